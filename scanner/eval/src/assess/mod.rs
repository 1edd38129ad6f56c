//! From verdicts to results: waivers, baseline, rules for each account, controls, score, coverage.
//!
//! Verdicts come in one by one, in their order; what is kept is counts, the worst findings and the
//! baseline's failures, so memory does not grow with the estate.

mod approvals;
mod baseline;
mod calls;
mod causes;
mod controls;
mod gaps;
mod people;
mod rules;
#[cfg(test)]
mod tests;
mod top;
mod waivers;

use std::collections::{BTreeMap, BTreeSet};

use assay_core::approval::{ApprovalKind, ApprovalResult, unapproved};
use assay_core::assessment::{
    ASSESSMENT_SCHEMA, Assessment, Counts, Population, SnapshotRef, Summary,
};
use assay_core::framework::{Framework, Objective};
use assay_core::manifest::{Listing, ListingState, Manifest};
use assay_core::rule::RuleMeta;
use assay_core::tailoring::{Clocks, Tailoring};
use assay_core::typedef::TypeRegistry;
use assay_core::verdict::{CauseKind, Status, Verdict};

pub use approvals::{approval, approvals};
pub use assay_core::tailoring::glob;
pub use baseline::Baseline;
pub use calls::CallLog;
pub use controls::CONTROL_NOTE_PERSONAL_DATA;

/// A loaded rule, as far as its result is concerned.
#[derive(Debug, Clone)]
pub struct RuleInfo {
    /// The metadata.
    pub meta: RuleMeta,
    /// sha256 of the rule's file.
    pub sha256: String,
    /// The rule's source text.
    pub source: String,
    /// What it reads, as pointers.
    pub reads: Vec<String>,
}

impl RuleInfo {
    /// The provider whose estate the rule judges: the first folder of its file.
    fn provider(&self) -> &str {
        self.meta.file.trim_start_matches("rules/").split('/').next().unwrap_or_default()
    }
}

/// What an assessment is made from, beside the verdicts.
#[derive(Debug)]
pub struct AssessInput<'a> {
    /// The snapshot's manifest.
    pub manifest: &'a Manifest,
    /// The snapshot's calls, added up.
    pub calls: &'a CallLog,
    /// Every rule, deselected ones included.
    pub rules: &'a [RuleInfo],
    /// The type files.
    pub types: &'a TypeRegistry,
    /// Objectives with their mappings.
    pub objectives: &'a [Objective],
    /// Frameworks with their controls.
    pub frameworks: &'a [Framework],
    /// What the organisation declares.
    pub tailoring: &'a Tailoring,
    /// The recorded clocks.
    pub clocks: Clocks,
    /// Digest of the content.
    pub rules_digest: String,
    /// Permissions that an operation needs, by operation: what to grant where it was denied.
    pub actions: &'a BTreeMap<String, Vec<String>>,
    /// Version of this program.
    pub tool_version: String,
}

/// Takes verdicts in their order, gives them back waived and carried, and ends in an
/// [`Assessment`].
#[derive(Debug)]
pub struct Assessor<'a> {
    input: AssessInput<'a>,
    approvals: Vec<ApprovalResult>,
    waivers: waivers::Waivers<'a>,
    baseline: Option<baseline::Running>,
    gaps: gaps::Accepted<'a>,
    rules: rules::Tally<'a>,
    causes: causes::Causes,
    top: top::Top,
    summary: Summary,
    /// Verdicts that a rule of this run gave.
    ran: u64,
}

impl<'a> Assessor<'a> {
    /// Starts.
    #[must_use]
    pub fn new(input: AssessInput<'a>, baseline: Option<Baseline>) -> Self {
        let known: BTreeSet<&str> = input.rules.iter().map(|r| r.meta.id.as_str()).collect();
        let not_run = |rule: &str| {
            let deselected = input.tailoring.deselected.iter().find(|d| d.rule == rule);
            match deselected {
                Some(d) => Some(format!("its rule is deselected ({})", d.reason())),
                None if known.contains(rule) => None,
                None => Some("its rule is not among the rules of this run".to_owned()),
            }
        };
        let baseline = baseline.map(|b| b.not_run(not_run));
        let (waivers, gaps) = (&input.tailoring.waivers, &input.tailoring.accepted_gaps);
        let approvals = approvals(input.tailoring, input.clocks.today);
        let refused = approvals::Refused::of(&approvals);
        let counting = |kind, n| refused.each(kind, n);
        Self {
            waivers: waivers::Waivers::new(
                waivers,
                counting(ApprovalKind::Waiver, waivers.len()),
                input.clocks.today,
            ),
            baseline: baseline.map(|b| baseline::Running::new(b, input.manifest, input.types)),
            gaps: gaps::Accepted::new(
                gaps,
                counting(ApprovalKind::AcceptedGap, gaps.len()),
                input.clocks.today,
            ),
            approvals,
            rules: rules::Tally::new(input.rules, input.tailoring, input.calls),
            causes: causes::Causes::default(),
            top: top::Top::default(),
            summary: Summary::default(),
            ran: 0,
            input,
        }
    }

    /// Takes the next verdict, with the tags of its resource (`None`: unknown). Gives what is to
    /// be written: carried failures of the baseline that come before it, then the verdict itself.
    pub fn take(
        &mut self,
        mut verdict: Verdict,
        tags: Option<&BTreeMap<String, String>>,
    ) -> Vec<Verdict> {
        self.waivers.apply(&mut verdict, tags, self.baseline.as_ref());
        let mut out = match &mut self.baseline {
            Some(b) => b.before(&verdict),
            None => Vec::new(),
        };
        if let Some(b) = &mut self.baseline {
            b.meet(&mut verdict);
        }
        for v in &out {
            self.count(v, false);
        }
        self.count(&verdict, true);
        out.push(verdict);
        out
    }

    /// Counts a verdict; `now`: it is about a document of this snapshot.
    fn count(&mut self, v: &Verdict, now: bool) {
        self.summary.verdicts.add(v.status, 1);
        let carried = v.cause.as_ref().is_some_and(|c| c.kind == CauseKind::RuleNotRun);
        self.ran += u64::from(!carried);
        self.rules.add(v, now);
        self.top.add(v);
        if v.status == Status::Fail {
            let open = v.failures.iter().filter(|f| f.waiver.is_none()).count() as u64;
            *self.summary.failures.entry(v.severity.as_str().to_owned()).or_default() += open;
        }
        if let (Status::NotAssessed, Some(cause)) = (v.status, &v.cause) {
            let accepted = self.gaps.covers_verdict(v);
            self.causes.add(v, cause, accepted);
            if !accepted && gaps::changes_exit(cause.kind) {
                self.summary.unaccepted_gaps += 1;
            }
        } else if v.status == Status::NotAssessed {
            self.summary.unaccepted_gaps += 1;
        }
    }

    /// Ends: gives the carried failures that are left, and the assessment.
    #[must_use]
    pub fn finish(mut self) -> (Vec<Verdict>, Assessment) {
        let rest = self.baseline.as_mut().map(baseline::Running::rest).unwrap_or_default();
        for v in &rest {
            self.count(v, false);
        }
        let manifest = self.input.manifest;
        let mut incomplete: Vec<Listing> = manifest
            .listings
            .iter()
            .filter(|l| l.state != ListingState::Complete)
            .cloned()
            .collect();
        // What the manifest does not even speak of was not looked at either.
        incomplete.extend(self.rules.unlisted(manifest, self.input.types));
        for l in incomplete.iter().filter(|l| l.state != ListingState::LeftOut) {
            if !self.gaps.covers_listing(l) {
                self.summary.unaccepted_gaps += 1;
            }
        }
        let rules = self.rules.finish(manifest, self.input.types, &mut self.summary);
        let frameworks = controls::results(
            self.input.frameworks,
            self.input.objectives,
            &rules,
            controls::Decided {
                tailoring: self.input.tailoring,
                approvals: &self.approvals,
                today: self.input.clocks.today,
            },
        );
        // What was left out without anybody's signature counts as what could not be looked at.
        let left_out = unapproved(&manifest.scope, self.input.tailoring, &self.approvals);
        self.summary.unaccepted_gaps += left_out.len() as u64;
        self.summary.resources = manifest.segments.iter().map(|s| s.count).sum();
        self.summary.score = self.summary.rule_results.score();
        self.summary.coverage = self.summary.rule_results.coverage();
        if self.ran == 0 {
            // Nothing was judged at all: that is never a clean run.
            self.summary.unaccepted_gaps += 1;
        }
        let tailoring_json = serde_json::to_vec(self.input.tailoring).unwrap_or_default();
        let assessment = Assessment {
            schema: ASSESSMENT_SCHEMA.to_owned(),
            tool_version: self.input.tool_version,
            snapshot: snapshot_ref(manifest, self.input.calls.total()),
            clocks: self.input.clocks,
            rules_digest: self.input.rules_digest,
            tailoring_digest: assay_core::identity::sha256(&tailoring_json),
            tailoring: self.input.tailoring.clone(),
            summary: self.summary,
            rules,
            frameworks,
            incomplete_listings: incomplete,
            populations: populations(manifest, self.input.calls),
            operations: self.input.calls.operations().to_vec(),
            objectives: objectives(self.input.objectives),
            causes: self.causes.finish(self.input.actions),
            waivers: self.waivers.finish(),
            accepted_gaps: self.gaps.finish(),
            approvals: self.approvals,
            baseline: self.baseline.map(baseline::Running::finish),
            top: self.top.finish(),
        };
        (rest, assessment)
    }
}

fn snapshot_ref(m: &Manifest, calls: u64) -> SnapshotRef {
    let mut resources: BTreeMap<String, u64> = BTreeMap::new();
    for s in &m.segments {
        *resources.entry(s.kind.to_string()).or_default() += s.count;
    }
    SnapshotRef {
        root_digest: m.root_digest.clone(),
        started: m.started,
        ended: m.ended,
        state: m.state,
        scope: m.scope.clone(),
        callers: m.callers.clone(),
        resources,
        calls,
    }
}

fn objectives(all: &[Objective]) -> BTreeMap<String, String> {
    all.iter().map(|o| (o.id.clone(), o.title.clone())).collect()
}

fn populations(m: &Manifest, calls: &CallLog) -> Vec<Population> {
    let mut all: BTreeMap<(&str, &str, &str), Population> = BTreeMap::new();
    for l in &m.listings {
        let p = all.entry((&l.provider, &l.account, &l.kind)).or_insert_with(|| Population {
            provider: l.provider.to_string(),
            account: l.account.to_string(),
            kind: l.kind.to_string(),
            resources: 0,
            listings: 0,
            complete: 0,
            pages: 0,
            started: None,
            ended: None,
            operations: Vec::new(),
        });
        for place in l.calls.iter().filter_map(|call| calls.find(call)) {
            calls::note(&mut p.operations, place);
        }
        p.resources += l.count;
        p.listings += 1;
        p.complete += u64::from(l.state == ListingState::Complete);
        p.pages += l.pages;
        p.started = earliest(p.started, l.started);
        p.ended = p.ended.max(l.ended);
    }
    all.into_values().collect()
}

fn earliest<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Adds the counts of one to another.
fn add_counts(to: &mut Counts, from: &Counts) {
    for s in Status::ALL {
        to.add(s, from.of(s));
    }
}
