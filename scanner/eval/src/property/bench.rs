//! Judges an estate as the program does, from documents to controls.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::assessment::Assessment;
use assay_core::framework::Objective;
use assay_core::manifest::Manifest;
use assay_core::tailoring::{Clocks, Tailoring};
use assay_core::{Status, Verdict};

use super::change::Estate;
use crate::assess::{AssessInput, Assessor, Baseline, CallLog, RuleInfo};
use crate::evaluate::{EvalError, evaluate};
use crate::load::Library;
use crate::set::{RuleSet, SetError};

/// Rules and tailoring, ready to judge one estate after another.
#[derive(Debug)]
pub struct Bench<'a> {
    library: &'a Library,
    tailoring: &'a Tailoring,
    set: RuleSet,
    infos: Vec<RuleInfo>,
    objectives: Vec<Objective>,
}

/// What a judgement came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The manifest of what was judged.
    pub manifest: Manifest,
    /// (rule, resource, key) to status; a verdict without failures has the empty key.
    pub results: BTreeMap<(String, String, String), Status>,
    /// Fingerprints of failures, carried ones included.
    pub failures: BTreeSet<String>,
    /// (account, region, type) of each judged resource.
    pub places: BTreeMap<String, (String, String, String)>,
    /// The verdicts.
    pub verdicts: Vec<Verdict>,
    /// The assessment.
    pub assessment: Assessment,
}

impl<'a> Bench<'a> {
    /// Makes the rules ready.
    ///
    /// # Errors
    ///
    /// If the rules do not compile.
    pub fn new(library: &'a Library, tailoring: &'a Tailoring) -> Result<Self, SetError> {
        let deselected: BTreeSet<&str> =
            tailoring.deselected.iter().map(|d| d.rule.as_str()).collect();
        let set =
            RuleSet::select(library, &tailoring.params, |m| !deselected.contains(m.id.as_str()))?;
        Ok(Self {
            library,
            tailoring,
            set,
            infos: library.rules.iter().map(crate::load::Rule::info).collect(),
            objectives: library.objectives.values().cloned().collect(),
        })
    }

    /// Judges an estate, with an earlier outcome as baseline.
    ///
    /// # Errors
    ///
    /// If the estate cannot be read.
    pub fn judge(&self, estate: &Estate, baseline: Option<&Outcome>) -> Result<Outcome, EvalError> {
        let source = estate.source(&self.library.types)?;
        let manifest = assay_snapshot::Source::manifest(&source).clone();
        let now = manifest.ended;
        let actions = BTreeMap::new();
        let calls = CallLog::read(&source)?;
        let input = AssessInput {
            manifest: &manifest,
            calls: &calls,
            rules: &self.infos,
            types: &self.library.types,
            objectives: &self.objectives,
            frameworks: &self.library.frameworks,
            tailoring: self.tailoring,
            clocks: Clocks { now, today: jiff::tz::TimeZone::UTC.to_datetime(now).date() },
            rules_digest: String::new(),
            actions: &actions,
            tool_version: String::new(),
        };
        let known = baseline
            .map(|b| Baseline::new(String::new(), b.manifest.ended, b.verdicts.iter().cloned()));
        let mut assessor = Assessor::new(input, known);
        let mut verdicts = Vec::new();
        evaluate(&self.set, &source, &mut |verdict, tags| {
            verdicts.extend(assessor.take(verdict, tags));
        })?;
        let (rest, assessment) = assessor.finish();
        verdicts.extend(rest);
        Ok(outcome(manifest, verdicts, assessment))
    }
}

fn outcome(manifest: Manifest, verdicts: Vec<Verdict>, assessment: Assessment) -> Outcome {
    let mut results = BTreeMap::new();
    let mut failures = BTreeSet::new();
    let mut places = BTreeMap::new();
    for v in &verdicts {
        let place = (v.account.clone(), v.region.clone(), v.kind.clone());
        places.insert(v.resource.clone(), place);
        let mut add = |key: &str| {
            results.insert((v.rule.clone(), v.resource.clone(), key.to_owned()), v.status);
        };
        if !matches!(v.status, Status::Fail | Status::Waived) {
            add("");
        } else {
            v.failures.iter().for_each(|f| add(&f.key));
        }
        failures.extend(v.failures.iter().map(|f| f.fingerprint.clone()));
    }
    Outcome { manifest, results, failures, places, verdicts, assessment }
}
