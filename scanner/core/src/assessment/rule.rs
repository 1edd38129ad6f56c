//! What became of each rule.

use serde::{Deserialize, Serialize};

use super::Counts;
use crate::counterfactual::Counterfactual;
use crate::evidence::Reconciled;
use crate::rule::RuleMeta;
use crate::verdict::{Cause, Status};

/// One rule over everything in scope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleResult {
    /// The rule.
    #[serde(flatten)]
    pub meta: RuleMeta,
    /// sha256 of the rule's file.
    pub sha256: String,
    /// The rule's source text.
    pub source: String,
    /// The worst status over the accounts.
    pub status: Status,
    /// Left out by choice.
    pub deselected: bool,
    /// The snapshot was not asked for anything of the rule's provider: the rule takes no part in
    /// any count, score or control.
    #[serde(default, skip_serializing_if = "crate::skip::is_false")]
    pub out_of_scope: bool,
    /// The facets that the rule reads, as pointers, and what else it rests on.
    pub reads: Vec<String>,
    /// Verdicts, counted.
    pub verdicts: Counts,
    /// Failures that no waiver covers.
    pub failures: u64,
    /// The result in each account.
    pub accounts: Vec<RuleAccount>,
    /// For the first resource that passes: what would have made the rule fail. `None` where nothing
    /// passes, nothing was found, or nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterfactual: Option<Counterfactual>,
}

/// One rule in one account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleAccount {
    /// The account.
    pub account: String,
    /// The status.
    pub status: Status,
    /// Verdicts, counted.
    pub verdicts: Counts,
    /// The first cause (in order) of what was not assessed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Documents of the rule's types in the account: what there was to judge. `None` in an
    /// assessment of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<u64>,
    /// Verdicts that only carry what an earlier run knew of resources that this one did not see:
    /// beside the population.
    #[serde(default, skip_serializing_if = "crate::skip::is_zero")]
    pub carried: u64,
    /// The operations on which the verdicts rest, as places in [`super::Assessment::operations`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<u32>,
}

impl RuleAccount {
    /// What became of the population, where it is recorded.
    #[must_use]
    pub fn reconciled(&self, deselected: bool) -> Option<Reconciled> {
        let population = self.population?;
        let v = &self.verdicts;
        let judged = v.total().saturating_sub(self.carried);
        Some(Reconciled {
            population,
            evaluated: v.pass + v.fail,
            excepted: v.waived,
            errored: (v.not_assessed + v.manual).saturating_sub(self.carried),
            not_applicable: v.not_applicable,
            not_run: if deselected { population.saturating_sub(judged) } else { 0 },
            carried: self.carried,
        })
    }
}
