//! What was judged: one verdict for each rule and resource.

use serde::{Deserialize, Serialize};

use crate::gap::GapState;
use crate::rule::Severity;

/// The status of a verdict, a rule or a control.
///
/// The order is that of the design, the worst first: `fail > not_assessed > manual > waived > pass
/// > not_applicable`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The weakness is there.
    Fail,
    /// It could not be looked at.
    NotAssessed,
    /// Only people can say, and they have not.
    Manual,
    /// It is there, and accepted with reason, owner and expiry.
    Waived,
    /// It is proved not to be there.
    Pass,
    /// The rule does not concern it, by positive evidence.
    NotApplicable,
}

impl Status {
    /// All statuses, the worst first.
    pub const ALL: [Self; 6] = [
        Self::Fail,
        Self::NotAssessed,
        Self::Manual,
        Self::Waived,
        Self::Pass,
        Self::NotApplicable,
    ];

    /// The word used in JSON and on screen.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::NotAssessed => "not_assessed",
            Self::Manual => "manual",
            Self::Waived => "waived",
            Self::Pass => "pass",
            Self::NotApplicable => "not_applicable",
        }
    }

    /// The worst of some statuses; `None` for none.
    #[must_use]
    pub fn worst(all: impl IntoIterator<Item = Self>) -> Option<Self> {
        all.into_iter().min()
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One failure: a rule says that this resource has the weakness, here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Failure {
    /// What tells two failures of one rule on one resource apart; empty where only one can occur.
    #[serde(default)]
    pub key: String,
    /// What is wrong, for a person.
    pub message: String,
    /// JSON pointer into `properties`: where to look.
    #[serde(default)]
    pub at: String,
    /// See [`crate::fingerprint`].
    pub fingerprint: String,
    /// The waiver that covers it (its index in `assay.toml`, from 0), if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<usize>,
    /// The file and line that decide it, where the evidence names them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// A place in a configuration file of an audited host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The file's absolute path on its host.
    pub file: String,
    /// The line, from 1; `None` where the file as a whole is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.file)?;
        self.line.map_or(Ok(()), |line| write!(f, ":{line}"))
    }
}

/// Why a verdict is `not_assessed`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cause {
    /// What kind of cause.
    pub kind: CauseKind,
    /// The unknown thing: a facet's pointer, `related/<type>`, `derived/<name>`, `params/<name>`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub what: String,
    /// The operation that would have told, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// One line for a person.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// Kinds of causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CauseKind {
    /// See [`GapState::Denied`].
    Denied,
    /// See [`GapState::Failed`].
    Failed,
    /// See [`GapState::Throttled`].
    Throttled,
    /// See [`GapState::Unsupported`].
    Unsupported,
    /// See [`GapState::Malformed`].
    Malformed,
    /// See [`GapState::Unresolved`].
    Unresolved,
    /// See [`GapState::NotAttempted`]; also a facet that is neither known nor a gap.
    NotAttempted,
    /// A listing that the rule rests on is not complete.
    ListingIncomplete,
    /// A parameter that only the organisation can declare is not declared.
    ParameterUndeclared,
    /// The rule contradicted itself or raised an error.
    RuleError,
    /// The rule said neither pass nor fail.
    NoVerdict,
    /// A limit of the sandbox was hit.
    Limit,
    /// A baseline knew a failure, and its resource could not be read now.
    StaleFailure,
    /// A baseline knew a failure, and its rule did not run now: it is deselected, or not there.
    RuleNotRun,
}

impl From<GapState> for CauseKind {
    fn from(state: GapState) -> Self {
        match state {
            GapState::Denied => Self::Denied,
            GapState::Failed => Self::Failed,
            GapState::Throttled => Self::Throttled,
            GapState::Unsupported => Self::Unsupported,
            GapState::Malformed => Self::Malformed,
            GapState::Unresolved => Self::Unresolved,
            GapState::NotAttempted => Self::NotAttempted,
        }
    }
}

impl CauseKind {
    /// Whether it is that of a failure which a baseline knew and nobody looked at now.
    #[must_use]
    pub const fn is_stale(self) -> bool {
        matches!(self, Self::StaleFailure | Self::RuleNotRun)
    }

    /// The word used in JSON and on screen.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Failed => "failed",
            Self::Throttled => "throttled",
            Self::Unsupported => "unsupported",
            Self::Malformed => "malformed",
            Self::Unresolved => "unresolved",
            Self::NotAttempted => "not_attempted",
            Self::ListingIncomplete => "listing_incomplete",
            Self::ParameterUndeclared => "parameter_undeclared",
            Self::RuleError => "rule_error",
            Self::NoVerdict => "no_verdict",
            Self::Limit => "limit",
            Self::StaleFailure => "stale_failure",
            Self::RuleNotRun => "rule_not_run",
        }
    }
}

/// What a verdict rests on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// sha256 of the judged document, as its line lies in the segment.
    pub document: String,
    /// Ids of the calls that gave the facets read, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<String>,
}

/// One rule judged on one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The rule's id.
    pub rule: String,
    /// The rule's severity.
    pub severity: Severity,
    /// The outcome.
    pub status: Status,
    /// The resource's id.
    pub resource: String,
    /// The resource's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The provider.
    pub provider: String,
    /// The account.
    pub account: String,
    /// The region, or `global`.
    pub region: String,
    /// The resource's short name.
    pub name: String,
    /// The failures, in order of key then message; not empty exactly for `fail` and `waived`, and
    /// for a stale failure (what the baseline knew).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
    /// Why it is `not_assessed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Why it is `not_applicable`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// What it rests on.
    #[serde(default)]
    pub evidence: Evidence,
}

/// One line of `findings.ndjson`: a failure, a waived failure or a not-assessed verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// The rule's severity.
    pub severity: Severity,
    /// `fail`, `waived` or `not_assessed` (and the others with `--verdicts all`).
    pub status: Status,
    /// The resource's id.
    pub resource: String,
    /// The resource's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The account.
    pub account: String,
    /// The region, or `global`.
    pub region: String,
    /// The failure's key, or empty.
    pub key: String,
    /// Where to look, or empty.
    pub at: String,
    /// The file and line that decide it, where the evidence names them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// For a person.
    pub message: String,
    /// The failure's fingerprint; for other verdicts that of the empty key.
    pub fingerprint: String,
    /// Why it is not assessed.
    pub cause: Option<Cause>,
    /// What it rests on.
    pub evidence: Evidence,
}

impl Verdict {
    /// The verdict's lines in `findings.ndjson`: one for each failure, or one for the verdict.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let line = |status, key: &str, message: String, fingerprint: String| Finding {
            rule: self.rule.clone(),
            severity: self.severity,
            status,
            resource: self.resource.clone(),
            kind: self.kind.clone(),
            account: self.account.clone(),
            region: self.region.clone(),
            key: key.to_owned(),
            at: String::new(),
            place: None,
            message,
            fingerprint,
            cause: self.cause.clone(),
            evidence: self.evidence.clone(),
        };
        if self.failures.is_empty() {
            let message = match &self.cause {
                Some(c) if c.what.is_empty() => format!("{}: {}", c.kind.as_str(), c.detail),
                Some(c) => format!("{} is not known ({}): {}", c.what, c.kind.as_str(), c.detail),
                None => self.reason.clone(),
            };
            let print = crate::fingerprint(&self.rule, &self.resource, "");
            return vec![line(self.status, "", message, print)];
        }
        self.failures
            .iter()
            .map(|f| {
                let status = match (self.status, f.waiver) {
                    (Status::Fail, Some(_)) => Status::Waived,
                    (other, _) => other,
                };
                let line = line(status, &f.key, f.message.clone(), f.fingerprint.clone());
                Finding { at: f.at.clone(), place: f.place.clone(), ..line }
            })
            .collect()
    }
}
