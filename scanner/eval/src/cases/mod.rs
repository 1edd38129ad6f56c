//! Cases prove that a rule does what it says: pass, fail, and not assessed where evidence lacks.
//!
//! Every case runs on the bytecode and on the interpreter, which must agree. From each case more
//! cases are made: everything that the rule reads is taken away, one thing at a time, and the
//! verdict must become `not_assessed`. The lines of the rule that no case reaches are failures.

mod estate;
mod file;
mod report;
mod run;
mod sample;

use std::collections::BTreeSet;

use assay_policies::Content;
use rayon::prelude::*;

use crate::load::Library;
pub(crate) use estate::Estate;
pub(crate) use file::CaseFile;
pub use report::{CaseFailure, Report};
use run::RuleRun;
pub use sample::sample;

/// Runs the cases of the rules whose id or file contains `filter`.
#[must_use]
pub fn run_cases(content: &Content, filter: &str) -> Report {
    let (library, errors) = Library::load_lenient(content);
    let wanted =
        |file: &str, id: &str| filter.is_empty() || file.contains(filter) || id.contains(filter);
    let rules: Vec<_> = library.rules.iter().filter(|r| wanted(&r.meta.file, &r.meta.id)).collect();
    let runs: Vec<RuleRun> =
        rules.par_iter().map(|rule| RuleRun::of(&library, rule, content)).collect();
    let mut report = Report::default();
    for error in errors {
        if !error.file.starts_with("rules/") || wanted(&error.file, "") {
            report.load_errors.push(error);
        }
    }
    let loaded: BTreeSet<&str> = library.rules.iter().map(|r| r.meta.file.as_str()).collect();
    let broken: BTreeSet<String> = report.load_errors.iter().map(|e| e.file.clone()).collect();
    for file in content.cases() {
        let rule = file.path.replace(".cases.yaml", ".rego");
        if wanted(&file.path, "") && !loaded.contains(rule.as_str()) && !broken.contains(&rule) {
            report
                .failures
                .push(CaseFailure::of_file(&file.path, "it has cases but no rule beside it"));
        }
    }
    for run in runs {
        report.add(run, filter.is_empty());
    }
    report.finish(filter.is_empty());
    report
}
