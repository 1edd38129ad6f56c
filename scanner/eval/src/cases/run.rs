//! Runs the cases of one rule.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use assay_core::{Status, Verdict};
use assay_policies::Content;

use super::estate::Estate;
use super::file::{Case, CaseFile};
use super::report::CaseFailure;
use crate::evaluate::evaluate_with;
use crate::load::{Library, Rule};
use crate::reads::Read;
use crate::run::Runner;
use crate::set::{Params, RuleSet};

/// What became of one rule's cases.
#[derive(Debug, Default)]
pub(crate) struct RuleRun {
    pub(crate) cases: usize,
    pub(crate) generated: usize,
    pub(crate) failures: Vec<CaseFailure>,
    /// Lines of the library that were reached and not reached.
    pub(crate) covered: BTreeMap<String, BTreeSet<u32>>,
    pub(crate) not_covered: BTreeMap<String, BTreeSet<u32>>,
}

type Kept = BTreeMap<String, RefCell<Runner>>;

struct Bench<'a> {
    library: &'a Library,
    rule: &'a Rule,
    /// Interpreters, kept over all cases for their coverage.
    interpreters: Kept,
    out: RuleRun,
}

impl RuleRun {
    pub(crate) fn of(library: &Library, rule: &Rule, content: &Content) -> Self {
        let mut bench = Bench { library, rule, interpreters: Kept::new(), out: Self::default() };
        let Some(file) = content.cases_of(&rule.meta.file) else {
            bench.fail("", "no cases; write them beside the rule");
            return bench.out;
        };
        match yaml_serde::from_str::<CaseFile>(&file.text) {
            Ok(cases) => bench.all(&cases.cases),
            Err(e) => bench.fail("", format!("{}: {e}", file.path)),
        }
        bench.out
    }
}

impl Bench<'_> {
    fn fail(&mut self, case: &str, message: impl Into<String>) {
        self.out.failures.push(CaseFailure {
            file: self.rule.meta.file.clone(),
            rule: self.rule.meta.id.clone(),
            case: case.to_owned(),
            message: message.into(),
        });
    }

    fn all(&mut self, cases: &[Case]) {
        let mut names = BTreeSet::new();
        for case in cases {
            self.out.cases += 1;
            if !names.insert(&case.name) {
                self.fail(&case.name, "another case has this name");
            }
            self.one(case);
        }
        for status in [Status::Pass, Status::Fail] {
            if !cases.iter().any(|c| c.expect == status) {
                self.fail("", format!("no case expects `{status}`"));
            }
        }
        if self.out.failures.is_empty() {
            self.coverage();
        }
    }

    fn one(&mut self, case: &Case) {
        let estate = match Estate::of(case, self.rule, &self.library.types) {
            Ok(estate) => estate,
            Err(message) => return self.fail(&case.name, message),
        };
        let bytecode = match self.judge(&estate, false) {
            Ok(verdict) => verdict,
            Err(message) => return self.fail(&case.name, message),
        };
        match self.judge(&estate, true) {
            Ok(verdict) if verdict == bytecode => {}
            Ok(verdict) => {
                let message = format!(
                    "bytecode and interpreter disagree\nbytecode: {}\ninterpreter: {}",
                    words(&bytecode),
                    words(&verdict)
                );
                return self.fail(&case.name, message);
            }
            Err(message) => return self.fail(&case.name, message),
        }
        if bytecode.status != case.expect {
            let message = format!("expected {}, got {}", case.expect, words(&bytecode));
            return self.fail(&case.name, message);
        }
        if let Some(keys) = &case.keys {
            let mut wanted = keys.clone();
            wanted.sort();
            let got: Vec<_> = bytecode.failures.iter().map(|f| f.key.clone()).collect();
            if wanted != got {
                let message = format!("expected the keys {wanted:?}, got {got:?}");
                return self.fail(&case.name, message);
            }
        }
        self.places(case, &bytecode);
        if case.expect != Status::NotAssessed {
            self.generated(case, &estate);
        }
    }

    /// Each `at` must be a path that the type has.
    fn places(&mut self, case: &Case, verdict: &Verdict) {
        let Some(def) = self.library.types.get(&verdict.kind) else { return };
        for failure in &verdict.failures {
            if !def.knows(&assay_core::Path::parse(&failure.at)) {
                let message =
                    format!("`at` is {}, which {} does not have", failure.at, verdict.kind);
                self.fail(&case.name, message);
            }
        }
    }

    fn generated(&mut self, case: &Case, estate: &Estate) {
        let reads: Vec<Read> = self.rule.reads.all().into_iter().cloned().collect();
        for read in &reads {
            let must = estate.without(read, self.rule).into_iter().map(|(w, e)| (w, e, true));
            let may = estate.without_looks(read).into_iter().map(|(w, e)| (w, e, false));
            for (what, changed, must) in must.chain(may) {
                self.out.generated += 1;
                let verdict = match self.judge(&changed, false) {
                    Ok(verdict) => verdict,
                    Err(message) => {
                        self.fail(&case.name, format!("{what}: {message}"));
                        continue;
                    }
                };
                let later = case.expect == Status::NotApplicable
                    && !self.rule.reads.not_applicable.contains(read);
                let fine = verdict.status == Status::NotAssessed
                    || ((later || !must) && verdict.status == case.expect);
                if !fine {
                    let message = format!(
                        "{what} (generated): expected not_assessed, got {}",
                        words(&verdict)
                    );
                    self.fail(&case.name, message);
                }
            }
        }
    }

    fn judge(&mut self, estate: &Estate, interpret: bool) -> Result<Verdict, String> {
        let mut params = Params::new();
        params.insert(self.rule.meta.id.clone(), estate.params.clone());
        let set = RuleSet::of(self.library, vec![self.rule.clone()], &params);
        let source = estate.source(&self.library.types)?;
        let mut fresh = Kept::new();
        let kept = if interpret { &mut self.interpreters } else { &mut fresh };
        let mut found = None;
        evaluate_with(
            &set,
            &source,
            &|kind, plan| {
                if interpret {
                    Runner::interpreters(&set, plan).ok().map(RefCell::new)
                } else {
                    set.ready(kind).ok().flatten().map(|p| RefCell::new(Runner::machines(p)))
                }
            },
            kept,
            &mut |verdict| {
                if verdict.resource == estate.id && verdict.kind == estate.kind {
                    found = Some(verdict);
                }
            },
        )
        .map_err(|e| e.to_string())?;
        found.ok_or_else(|| format!("the rule does not judge {}", estate.kind))
    }

    fn coverage(&mut self) {
        let mut covered: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
        let mut not_covered: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
        for runner in self.interpreters.values() {
            let Runner::Interpreter(engines) = &*runner.borrow() else { continue };
            for report in engines.iter().filter_map(|e| e.get_coverage_report().ok()) {
                for file in report.files {
                    covered.entry(file.path.clone()).or_default().extend(file.covered);
                    not_covered.entry(file.path).or_default().extend(file.not_covered);
                }
            }
        }
        for (file, lines) in not_covered {
            let reached = covered.get(&file);
            let missed: BTreeSet<u32> =
                lines.into_iter().filter(|l| reached.is_none_or(|r| !r.contains(l))).collect();
            if file == self.rule.meta.file {
                if !missed.is_empty() {
                    let lines: Vec<String> = missed.iter().map(u32::to_string).collect();
                    self.fail("", format!("no case reaches lines {}", lines.join(", ")));
                }
            } else if file.starts_with("lib/") {
                self.out.not_covered.insert(file, missed);
            }
        }
        covered.retain(|file, _| file.starts_with("lib/"));
        self.out.covered = covered;
    }
}

/// A verdict for a person.
fn words(verdict: &Verdict) -> String {
    let mut text = verdict.status.to_string();
    if let Some(cause) = &verdict.cause {
        text.push_str(&format!(" ({} {}: {})", cause.kind.as_str(), cause.what, cause.detail));
    }
    if !verdict.reason.is_empty() {
        text.push_str(&format!(" ({})", verdict.reason));
    }
    for f in &verdict.failures {
        text.push_str(&format!("\nkey `{}` at `{}`: {}", f.key, f.at, f.message));
    }
    text
}
