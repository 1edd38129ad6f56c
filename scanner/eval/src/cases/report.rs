//! What became of the cases.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::run::RuleRun;
use crate::load::LoadError;

/// A case that did not go as expected.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CaseFailure {
    /// The rule's file, below the content root.
    pub file: String,
    /// The rule's id.
    pub rule: String,
    /// The case's name.
    pub case: String,
    /// What is wrong: expected, got, and why.
    pub message: String,
}

impl CaseFailure {
    pub(crate) fn of_file(file: &str, message: &str) -> Self {
        Self {
            file: file.to_owned(),
            rule: String::new(),
            case: String::new(),
            message: message.to_owned(),
        }
    }
}

impl fmt::Display for CaseFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if !self.rule.is_empty() {
            write!(f, " ({})", self.rule)?;
        }
        if !self.case.is_empty() {
            write!(f, ", case `{}`", self.case)?;
        }
        write!(f, "\n    {}", self.message.replace('\n', "\n    "))
    }
}

/// What became of all cases.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Rules that were tested.
    pub rules: usize,
    /// Cases that their files declare.
    pub cases: usize,
    /// Cases that were made from them.
    pub generated: usize,
    /// What went wrong, in order of file and case.
    pub failures: Vec<CaseFailure>,
    /// Files that could not be loaded.
    pub load_errors: Vec<LoadError>,
    /// Lines of the library that no case reaches; only known when all rules were tested.
    pub uncovered_lib: BTreeMap<String, BTreeSet<u32>>,
    covered_lib: BTreeMap<String, BTreeSet<u32>>,
}

impl Report {
    /// Whether everything went as expected.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.failures.is_empty() && self.load_errors.is_empty()
    }

    pub(crate) fn add(&mut self, run: RuleRun, _all: bool) {
        self.rules += 1;
        self.cases += run.cases;
        self.generated += run.generated;
        self.failures.extend(run.failures);
        for (file, lines) in run.covered {
            self.covered_lib.entry(file).or_default().extend(lines);
        }
        for (file, lines) in run.not_covered {
            self.uncovered_lib.entry(file).or_default().extend(lines);
        }
    }

    pub(crate) fn finish(&mut self, all: bool) {
        self.failures.sort();
        self.load_errors.sort();
        for (file, covered) in &self.covered_lib {
            if let Some(lines) = self.uncovered_lib.get_mut(file) {
                lines.retain(|l| !covered.contains(l));
            }
        }
        self.uncovered_lib.retain(|_, lines| all && !lines.is_empty());
    }
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for error in &self.load_errors {
            writeln!(f, "error: {error}")?;
        }
        for failure in &self.failures {
            writeln!(f, "failed: {failure}")?;
        }
        for (file, lines) in &self.uncovered_lib {
            let lines: Vec<String> = lines.iter().map(u32::to_string).collect();
            writeln!(f, "note: no case reaches {file}, lines {}", lines.join(", "))?;
        }
        write!(
            f,
            "{}, {} and {} generated: {}, {}",
            count(self.rules, "rule", "rules"),
            count(self.cases, "case", "cases"),
            self.generated,
            count(self.failures.len(), "failure", "failures"),
            count(self.load_errors.len(), "file that does not load", "files that do not load")
        )
    }
}
