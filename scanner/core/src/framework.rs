//! Frameworks are data: controls with our own titles, and objectives that map to them.

use serde::{Deserialize, Serialize};

/// What a machine can say of a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Assessability {
    /// Configuration alone decides.
    Automated,
    /// A machine sees a part; people must say the rest.
    Partial,
    /// Only people can say.
    Manual,
}

/// One control of a framework.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// The standard's own id (`A.8.24`, `CC6.1`, `Art.32(1)(a)`).
    pub id: String,
    /// Our own short title, never the standard's text.
    pub title: String,
    /// What a machine can say of it.
    pub assessability: Assessability,
    /// What a machine sees of it and what not.
    pub why: String,
    /// Where evidence can come from: `cloud`, `host`, `iac`, `k8s`.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Parts of the framework to which the control belongs, by id; none: it belongs to all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
}

/// A framework: every control of it, in the standard's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framework {
    /// `iso27001_2022`, `soc2_2017`, `gdpr`.
    pub id: String,
    /// The name that people use (`ISO/IEC 27001:2022`).
    pub title: String,
    /// What of the standard is in this file.
    pub coverage: String,
    /// Of what its parts are, in one word for many of them: `categories`, `roles`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parted_by: Option<String>,
    /// The parts of which an organisation may leave some out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// Every control.
    pub controls: Vec<Control>,
}

/// A part of a framework that an organisation may have in scope or not: a category of criteria, or
/// a role that the law gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// `availability`, `processor`.
    pub id: String,
    /// Its name.
    pub title: String,
    /// It cannot be left out.
    #[serde(default)]
    pub always: bool,
}

/// One mapping of an objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The framework's id.
    pub framework: String,
    /// The control's id.
    pub control: String,
    /// Whether the objective's rules decide the technical part of the control, or only support it.
    pub decisive: bool,
    /// Decides only under a condition; while the condition is not declared, it supports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<OnlyFor>,
}

/// A condition under which a mapping decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnlyFor {
    /// Only for stores that hold personal data.
    PersonalData,
}

/// What we want of an estate: the one place where rules and controls meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    /// `crypto.in_transit`.
    pub id: String,
    /// In one sentence.
    pub title: String,
    /// The controls that it proves or supports.
    pub controls: Vec<Mapping>,
}
