//! What verdicts rest on, added up: the operations that were called, and what there was to judge.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// How many values of a parameter [`Values`] keeps.
pub const PARAMETER_EXAMPLES: usize = 3;

/// All calls of one operation in one account. `calls.ndjson` has each of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// The account that was asked.
    pub account: String,
    /// `service:Operation`.
    pub operation: String,
    /// The regions the calls went to, in order.
    pub regions: Vec<String>,
    /// Parameters by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Values>,
    /// Calls made.
    pub calls: u64,
    /// Pages read.
    pub pages: u64,
    /// Start of the first call.
    pub started: Timestamp,
    /// End of the last call, retries included.
    pub ended: Timestamp,
    /// How the calls ended: `ok`, `absent` (the provider answered that there is none), or the state
    /// of the gap (`denied`, `failed`, …).
    pub results: BTreeMap<String, u64>,
}

impl Operation {
    /// Calls that gave an answer, be it that there is nothing.
    #[must_use]
    pub fn answered(&self) -> u64 {
        ["ok", "absent"].iter().filter_map(|r| self.results.get(*r)).sum()
    }
}

/// The values that a parameter had.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Values {
    /// The first ones, at most [`PARAMETER_EXAMPLES`], each cut to its first 200 characters.
    pub examples: Vec<String>,
    /// Whether there are others.
    #[serde(default, skip_serializing_if = "crate::skip::is_false")]
    pub more: bool,
}

/// What became of a population: the terms add up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reconciled {
    /// Documents that there were to judge.
    pub population: u64,
    /// Judged, and a result reached: pass or fail.
    pub evaluated: u64,
    /// The weakness is there, and accepted: waived.
    pub excepted: u64,
    /// No result could be reached: not assessed.
    pub errored: u64,
    /// The rule does not concern them, by positive evidence.
    pub not_applicable: u64,
    /// The rule did not run: left out by choice.
    pub not_run: u64,
    /// Beside the population: failures of an earlier run whose resource this one did not see.
    pub carried: u64,
}

impl Reconciled {
    /// Whether the terms add up to the population.
    #[must_use]
    pub const fn adds_up(&self) -> bool {
        self.population
            == self.evaluated + self.excepted + self.errored + self.not_applicable + self.not_run
    }

    /// Adds another one, term by term.
    pub const fn add(&mut self, other: &Self) {
        self.population += other.population;
        self.evaluated += other.evaluated;
        self.excepted += other.excepted;
        self.errored += other.errored;
        self.not_applicable += other.not_applicable;
        self.not_run += other.not_run;
        self.carried += other.carried;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_term_is_seen() {
        let mut all =
            Reconciled { population: 5, evaluated: 3, errored: 1, ..Reconciled::default() };
        assert!(!all.adds_up());
        all.add(&Reconciled { excepted: 1, ..Reconciled::default() });
        assert!(all.adds_up());
    }
}
