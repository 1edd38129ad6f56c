//! What an organisation declares: parameters, deselected rules, floors, waivers, accepted gaps.
//!
//! All of it is data with a reason, and all of it is printed.

mod deselected;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Timestamp;
use crate::approval::AllowedSigners;
use crate::rule::Severity;

pub use deselected::Deselected;

/// A calendar day, `2026-11-30`.
pub type Date = jiff::civil::Date;

/// Reads a day written as a text, or as TOML's own date (which arrives as a map of one text).
///
/// # Errors
/// It is no calendar day.
pub fn day<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    struct Day;

    impl<'de> serde::de::Visitor<'de> for Day {
        type Value = Date;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a day as 2026-11-30")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Date, E> {
            text.parse().map_err(|_| E::custom(format!("`{text}` is no day as 2026-11-30")))
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Date, A::Error> {
            match map.next_entry::<String, String>()? {
                Some((_, text)) => self.visit_str(&text),
                None => Err(serde::de::Error::custom("expected a day as 2026-11-30")),
            }
        }
    }

    deserializer.deserialize_any(Day)
}

/// As [`day`], for a field that may be missing.
///
/// # Errors
/// It is no calendar day.
pub fn day_if_any<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Date>, D::Error> {
    day(deserializer).map(Some)
}

/// An accepted failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The rule's id.
    pub rule: String,
    /// The resource's id; `*` stands for any run of characters.
    pub resource: String,
    /// The failure's key; absent means every key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Tags that the resource must carry. A resource with unknown tags does not match.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Why it is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Who approved it: another person than the owner.
    pub approver: String,
    /// When it was approved.
    #[serde(deserialize_with = "day")]
    pub approved: Date,
    /// Last day on which it holds: at most 365 days after `approved`.
    #[serde(deserialize_with = "day")]
    pub expires: Date,
    /// Ticket, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// The approver's SSH signature: see [`crate::approval`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// A gap that is known and does not change the exit code. It stays not assessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptGap {
    /// The operation (`s3:GetBucketAcl`) whose gaps are accepted; this or `listing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The type whose incomplete listings are accepted; this or `operation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing: Option<String>,
    /// Only in this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Only in this region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Last day on which it holds.
    #[serde(deserialize_with = "day")]
    pub expires: Date,
    /// Who approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    /// When.
    #[serde(default, deserialize_with = "day_if_any", skip_serializing_if = "Option::is_none")]
    pub approved: Option<Date>,
    /// The approver's SSH signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// One change from the default, with its approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Why.
    pub reason: String,
    /// Who approved it.
    pub approver: String,
    /// When.
    #[serde(deserialize_with = "day")]
    pub approved: Date,
    /// The approver's SSH signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// A control that the statement of applicability excludes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExcludedControl {
    /// The framework's id.
    pub framework: String,
    /// The control's id.
    pub control: String,
    /// The justification, who, when.
    #[serde(flatten)]
    pub approval: Approval,
}

/// Below which severity a failing rule does not fail a control of a framework.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    /// The framework's id.
    pub framework: String,
    /// Rules below it are shown as deviations and do not fail the control.
    pub severity: Severity,
    /// Why, who, when.
    #[serde(flatten)]
    pub approval: Approval,
}

/// A rule's parameter with its approval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// The rule's id, or `*` for all rules that have the parameter.
    pub rule: String,
    /// The parameter's name.
    pub name: String,
    /// Its value, as [`Tailoring::params`] holds it too.
    pub value: Value,
    /// Why, who, when.
    #[serde(flatten)]
    pub approval: Approval,
}

/// Which parts of a framework are in scope: categories of SOC 2, the roles that the GDPR knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeChoice {
    /// The framework's id.
    pub framework: String,
    /// Ids of the parts that are in scope, in order ([`crate::framework::Part`]).
    pub parts: Vec<String>,
    /// Why the others are not, who, when.
    #[serde(flatten)]
    pub approval: Approval,
}

/// What was left out of a collection, with its approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// What it is.
    pub what: LeftOutKind,
    /// Names or patterns of them: `*` stands for any run of characters.
    pub names: Vec<String>,
    /// Why, who, when.
    #[serde(flatten)]
    pub approval: Approval,
}

/// What can be left out of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOutKind {
    /// A region.
    Region,
    /// An account or a subscription.
    Account,
    /// A service.
    Service,
}

impl LeftOutKind {
    /// The word used on screen.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::Account => "account",
            Self::Service => "service",
        }
    }

    /// The word for several, on screen and in `assay.toml`.
    #[must_use]
    pub const fn many(self) -> &'static str {
        match self {
            Self::Region => "regions",
            Self::Account => "accounts",
            Self::Service => "services",
        }
    }
}

/// What people, or a provider's report, say of a control that no machine sees whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    /// The framework's id.
    pub framework: String,
    /// The control's id.
    pub control: String,
    /// What is attested, in a sentence.
    pub statement: String,
    /// Whether the control works, or is attested as failing.
    #[serde(default)]
    pub outcome: Attested,
    /// Who answers for it.
    pub owner: String,
    /// Who approved it: another person than the owner.
    pub approver: String,
    /// When it was attested.
    #[serde(deserialize_with = "day")]
    pub date: Date,
    /// Last day on which it holds.
    #[serde(deserialize_with = "day")]
    pub valid_until: Date,
    /// Where the evidence lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// A file that is the evidence, as the attestation names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The file's sha256, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The provider's report that the control is inherited from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inherited: Option<Inherited>,
    /// The approver's SSH signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// What an attestation says of its control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Attested {
    /// It works.
    #[default]
    Pass,
    /// It does not.
    Fail,
}

/// A provider's report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inherited {
    /// The provider (`Amazon Web Services`).
    pub provider: String,
    /// The report (`SOC 2 Type II`).
    pub report: String,
    /// First day of its period.
    #[serde(deserialize_with = "day")]
    pub from: Date,
    /// Last day of its period.
    #[serde(deserialize_with = "day")]
    pub to: Date,
}

/// All that changes a verdict or a status away from the default.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Tailoring {
    /// Rule parameters: rule id (or `*` for all rules that have the parameter) to name to value.
    #[serde(default)]
    pub params: BTreeMap<String, BTreeMap<String, Value>>,
    /// Rules left out by choice.
    #[serde(default)]
    pub deselected: Vec<Deselected>,
    /// Severity floors.
    #[serde(default)]
    pub floors: Vec<Floor>,
    /// Excluded controls.
    #[serde(default)]
    pub excluded: Vec<ExcludedControl>,
    /// Waivers.
    #[serde(default)]
    pub waivers: Vec<Waiver>,
    /// Accepted gaps.
    #[serde(default)]
    pub accepted_gaps: Vec<AcceptGap>,
    /// Attestations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attestations: Vec<Attestation>,
    /// Approvals of parameters. One that is set without any is in `params` only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// Parts of frameworks that are in scope; of a framework that is not named, every part is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<ScopeChoice>,
    /// Approvals of what collections left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// Accounts that the approvals are for, in order; `*` stands for any run of characters. They
    /// stand in every text that is signed, and nothing is judged of another account. Empty: nothing
    /// ties the approvals to an estate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approval_accounts: Vec<String>,
    /// Whose signatures make an approval count. Without it nobody has to sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_signers: Option<AllowedSigners>,
}

/// The recorded clocks of a judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clocks {
    /// `input.now`: the end of collection.
    pub now: Timestamp,
    /// The waivers' today.
    pub today: Date,
}

/// Whether a text fits a pattern: `*` stands for any run of characters, everything else for itself.
/// Linear in the text for each star: no backtracking beyond the last star.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(i) => rest = rest.get(i + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}
