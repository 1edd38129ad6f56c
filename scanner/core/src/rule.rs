//! A rule's metadata, as its file declares it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How bad a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Hygiene.
    Low,
    /// Weakens a defence.
    Medium,
    /// A defence is missing.
    High,
    /// Open to anybody, now.
    Critical,
}

impl Severity {
    /// All severities, the worst first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// The word used in JSON and on screen.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Over which part of the estate a related listing reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RelatedScope {
    /// The judged resource's account and region.
    Region,
    /// The judged resource's account, all regions and `global`.
    Account,
    /// Every account of the snapshot.
    Estate,
}

/// Resources of another type that a rule or a derived facet looks at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Related {
    /// The other type.
    #[serde(rename = "type")]
    pub kind: String,
    /// How far to look.
    pub scope: RelatedScope,
    /// The facets that are looked at. The rule sees these facets and no others, so what it
    /// reads is what is declared. `tags` and `derived/<name>` may be named too.
    pub facets: Vec<String>,
}

/// How to close a failure.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remediation {
    /// What to do, in words.
    pub text: String,
    /// A Terraform snippet to paste.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub terraform: String,
    /// A `CloudFormation` snippet to paste.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cloudformation: String,
    /// A Bicep snippet to paste.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub bicep: String,
    /// A command to paste.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cli: String,
}

/// A parameter that the pack or `assay.toml` sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// `integer`, `number`, `string`, `boolean`, `strings` or `integers`.
    #[serde(rename = "type")]
    pub kind: ParamType,
    /// What it means, with its unit.
    pub description: String,
    /// The default. Without one only the organisation can declare the value, and the rule is not
    /// assessed until it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
}

/// Type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParamType {
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// A text.
    String,
    /// True or false.
    Boolean,
    /// A list of texts.
    Strings,
    /// A list of whole numbers.
    Integers,
}

/// A rule's metadata: the `# METADATA` block of its file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleMeta {
    /// `<PROVIDER>-<SERVICE>-<NNN>`, opaque and for ever.
    pub id: String,
    /// Names the weakness, as a finding would say it.
    pub title: String,
    /// Why it matters, in a sentence or two.
    pub description: String,
    /// How bad a failure is.
    pub severity: Severity,
    /// The one objective that the rule proves.
    pub objective: String,
    /// The types that the rule judges.
    pub resources: Vec<String>,
    /// How to close a failure.
    pub remediation: Remediation,
    /// Similar checks of other tools: tool to ids.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub aliases: BTreeMap<String, Vec<String>>,
    /// Pages of the provider's documentation on which the judgement rests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// Other types that the rule looks at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
    /// Parameters by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, Param>,
    /// What the rule cannot see, said in the verdict and the catalogue.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub limits: String,
    /// The Rego package, without `data.`.
    pub package: String,
    /// Path of the rule's file below the content root, with `/`.
    pub file: String,
}
