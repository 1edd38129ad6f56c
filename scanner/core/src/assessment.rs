//! The result of a judgement: rules, controls, score, coverage, what was not seen.

mod control;
mod rule;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::approval::ApprovalResult;
use crate::evidence::Operation;
use crate::manifest::{Listing, Scope, SnapshotState};
use crate::rule::Severity;
use crate::tailoring::{Clocks, Tailoring};
use crate::verdict::{Cause, Finding, Status};

pub use control::{Basis, ControlLine, ControlResult, FrameworkResult};
pub use rule::{RuleAccount, RuleResult};

/// Version of `assessment.json`.
pub const ASSESSMENT_SCHEMA: &str = "assay/assessment/1";

/// `assessment.json`: everything that a report shows, but for the findings themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// [`ASSESSMENT_SCHEMA`].
    pub schema: String,
    /// Version of the program that judged.
    pub tool_version: String,
    /// What was judged.
    pub snapshot: SnapshotRef,
    /// The recorded clocks.
    pub clocks: Clocks,
    /// sha256 over all rules, types, library, objectives and frameworks used.
    pub rules_digest: String,
    /// sha256 of the tailoring in its JSON form.
    pub tailoring_digest: String,
    /// What was changed from the default.
    pub tailoring: Tailoring,
    /// Numbers over everything.
    pub summary: Summary,
    /// Every rule, in order of its id.
    pub rules: Vec<RuleResult>,
    /// Every framework with every control.
    pub frameworks: Vec<FrameworkResult>,
    /// Listings that are not complete.
    pub incomplete_listings: Vec<Listing>,
    /// What was listed, by provider, account and type, in that order: the populations.
    #[serde(default)]
    pub populations: Vec<Population>,
    /// The operations that were called, by account and name: what rules and populations point to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<Operation>,
    /// The objectives by id, each in one sentence.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub objectives: BTreeMap<String, String>,
    /// Why things were not assessed, the most frequent cause first.
    pub causes: Vec<CauseCount>,
    /// Waivers and what became of them, in the order of `assay.toml`.
    pub waivers: Vec<WaiverResult>,
    /// Accepted gaps and how many verdicts each one covers, in the order of `assay.toml`.
    pub accepted_gaps: Vec<AcceptedGapResult>,
    /// Everything in the tailoring that somebody approved, whether it is signed, and whether it
    /// counts; in the order of [`Tailoring::approvals`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<ApprovalResult>,
    /// The baseline, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineResult>,
    /// The worst findings (severity, then order), at most [`TOP_FINDINGS`].
    pub top: Vec<Finding>,
}

/// How many findings `top` keeps.
pub const TOP_FINDINGS: usize = 200;

/// The judged snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SnapshotRef {
    /// The manifest's root digest.
    pub root_digest: String,
    /// Start of the collection.
    pub started: Timestamp,
    /// End of the collection.
    pub ended: Timestamp,
    /// Whether the collection came to its own end.
    pub state: SnapshotState,
    /// What was asked for.
    pub scope: Scope,
    /// Who asked, by account.
    pub callers: BTreeMap<String, String>,
    /// Resources by type.
    pub resources: BTreeMap<String, u64>,
    /// API calls made.
    pub calls: u64,
}

/// Counts by status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// See [`Status::Fail`].
    pub fail: u64,
    /// See [`Status::NotAssessed`].
    pub not_assessed: u64,
    /// See [`Status::Manual`].
    pub manual: u64,
    /// See [`Status::Waived`].
    pub waived: u64,
    /// See [`Status::Pass`].
    pub pass: u64,
    /// See [`Status::NotApplicable`].
    pub not_applicable: u64,
}

impl Counts {
    /// Adds some of a status.
    pub fn add(&mut self, status: Status, n: u64) {
        let slot = match status {
            Status::Fail => &mut self.fail,
            Status::NotAssessed => &mut self.not_assessed,
            Status::Manual => &mut self.manual,
            Status::Waived => &mut self.waived,
            Status::Pass => &mut self.pass,
            Status::NotApplicable => &mut self.not_applicable,
        };
        *slot += n;
    }

    /// The count of a status.
    #[must_use]
    pub const fn of(&self, status: Status) -> u64 {
        match status {
            Status::Fail => self.fail,
            Status::NotAssessed => self.not_assessed,
            Status::Manual => self.manual,
            Status::Waived => self.waived,
            Status::Pass => self.pass,
            Status::NotApplicable => self.not_applicable,
        }
    }

    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.fail + self.not_assessed + self.manual + self.waived + self.pass + self.not_applicable
    }

    /// pass ÷ (pass + fail + waived + `not_assessed`); `None` where nothing was assessed.
    #[must_use]
    pub fn score(&self) -> Option<f64> {
        let seen = self.pass + self.fail + self.waived;
        (seen > 0).then(|| ratio(self.pass, seen + self.not_assessed))
    }

    /// (pass + fail + waived) ÷ (pass + fail + waived + `not_assessed`); `None` without any.
    #[must_use]
    pub fn coverage(&self) -> Option<f64> {
        let seen = self.pass + self.fail + self.waived;
        let all = seen + self.not_assessed;
        (all > 0).then(|| ratio(seen, all))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// Numbers over everything.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Rule results for each account, counted: what score and coverage are made of.
    pub rule_results: Counts,
    /// [`Counts::score`] of `rule_results`.
    pub score: Option<f64>,
    /// [`Counts::coverage`] of `rule_results`.
    pub coverage: Option<f64>,
    /// Verdicts (rule × resource), counted.
    pub verdicts: Counts,
    /// Failures that no waiver covers, by severity word.
    pub failures: BTreeMap<String, u64>,
    /// Resources judged.
    pub resources: u64,
    /// Not-assessed verdicts and incomplete listings that no accepted gap covers.
    pub unaccepted_gaps: u64,
    /// The same numbers by account.
    pub accounts: BTreeMap<String, AccountSummary>,
}

impl Summary {
    /// Works scores and coverages out again from the counts: a fraction that was read from JSON may
    /// differ from the one that was written in its last digit.
    pub fn recount(&mut self) {
        self.score = self.rule_results.score();
        self.coverage = self.rule_results.coverage();
        for a in self.accounts.values_mut() {
            a.score = a.rule_results.score();
            a.coverage = a.rule_results.coverage();
        }
    }
}

/// Numbers of one account.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AccountSummary {
    /// Rule results, counted.
    pub rule_results: Counts,
    /// Their score.
    pub score: Option<f64>,
    /// Their coverage.
    pub coverage: Option<f64>,
}

/// One cause and how often it occurred.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CauseCount {
    /// The cause.
    pub cause: Cause,
    /// Verdicts that have it.
    pub verdicts: u64,
    /// Rules that have it.
    pub rules: u64,
    /// Covered by an accepted gap.
    pub accepted: bool,
    /// Accounts in which it occurred, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// Permissions that the operation needs, where the collector declares them (`s3:ListAllMyBuckets`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<String>,
}

/// The population of one type in one account: its listings over all regions, added up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Population {
    /// The provider.
    pub provider: String,
    /// The account.
    pub account: String,
    /// The resource type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Resources written.
    pub resources: u64,
    /// Listings (one for each region, or one `global`).
    pub listings: u64,
    /// Listings of which every page was read.
    pub complete: u64,
    /// Pages read.
    pub pages: u64,
    /// Start of the first call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// End of the last call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// The operations that listed, as places in [`Assessment::operations`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<u32>,
}

/// What became of a waiver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaiverResult {
    /// Its index in `assay.toml`, from 0.
    pub index: usize,
    /// Whether it is in use.
    pub state: WaiverState,
    /// Failures that it covers.
    pub covers: u64,
    /// Resources covered now that the baseline did not know: to be approved again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reapprove: Vec<String>,
}

/// State of a waiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaiverState {
    /// It covers at least one failure.
    Active,
    /// Its last day is over: its alerts return.
    Expired,
    /// It covers nothing.
    Unused,
    /// Its approval does not count: its alerts return.
    NotApproved,
}

/// What became of an accepted gap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AcceptedGapResult {
    /// Its index in `assay.toml`, from 0.
    pub index: usize,
    /// Its last day is over.
    pub expired: bool,
    /// Its approval does not count.
    #[serde(default, skip_serializing_if = "crate::skip::is_false")]
    pub not_approved: bool,
    /// Verdicts and listings that it covers.
    pub covers: u64,
}

/// What the baseline added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaselineResult {
    /// Root digest of the baseline's snapshot.
    pub root_digest: String,
    /// Failures that the baseline knew.
    pub failures: u64,
    /// Failures carried because their resource could not be read now, or their rule did not run.
    pub carried: u64,
    /// Failures that are new since.
    pub new: u64,
    /// Failures that are proved gone since.
    pub fixed: u64,
}

/// The severities at or above a threshold that have at least one failure.
#[must_use]
pub fn failures_at_or_above(summary: &Summary, floor: Severity) -> u64 {
    Severity::ALL
        .into_iter()
        .filter(|s| *s >= floor)
        .filter_map(|s| summary.failures.get(s.as_str()))
        .sum()
}
