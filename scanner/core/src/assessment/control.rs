//! What became of each control, and on what that rests.

use serde::{Deserialize, Serialize};

use super::Counts;
use crate::framework::Assessability;
use crate::verdict::Status;

/// One framework.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrameworkResult {
    /// The framework's id.
    pub id: String,
    /// Its name.
    pub title: String,
    /// What of the standard is listed.
    pub coverage: String,
    /// Controls, counted by status.
    pub counts: Counts,
    /// The control line.
    pub line: ControlLine,
    /// Every control.
    pub controls: Vec<ControlResult>,
}

/// How many controls rest on what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ControlLine {
    /// Tested by rules that gave a result.
    pub tested: u64,
    /// Attested by people.
    pub attested: u64,
    /// Inherited from a provider's report.
    pub inherited: u64,
    /// Neither.
    pub unseen: u64,
    /// All controls of the framework.
    pub of: u64,
}

/// On what a control's result rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Rules were run.
    Tested,
    /// A person says so.
    Attested,
    /// A provider's report says so.
    Inherited,
    /// Both rules and a person.
    TestedAndAttested,
    /// Both rules and a provider's report.
    TestedAndInherited,
    /// Excluded by the statement of applicability.
    Excluded,
    /// Nothing: nobody looked.
    Unseen,
}

impl Basis {
    /// The words used on screen.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tested => "tested",
            Self::Attested => "attested",
            Self::Inherited => "inherited",
            Self::TestedAndAttested => "tested and attested",
            Self::TestedAndInherited => "tested and inherited",
            Self::Excluded => "excluded",
            Self::Unseen => "unseen",
        }
    }
}

/// One control.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ControlResult {
    /// The control's id.
    pub id: String,
    /// Our own title.
    pub title: String,
    /// What a machine can say of it.
    pub assessability: Assessability,
    /// What a machine sees of it and what not.
    pub why: String,
    /// The result.
    pub status: Status,
    /// Why it has that result, in one line.
    pub reason: String,
    /// The technical part, where rules exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technical: Option<Status>,
    /// The human part, where one is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub human: Option<Status>,
    /// On what it rests.
    pub basis: Basis,
    /// Rules that decide, by id, in order.
    pub decisive: Vec<String>,
    /// Rules that only support, by id, in order.
    pub supporting: Vec<String>,
    /// Decisive rules that fail below the severity floor, by id.
    pub deviations: Vec<String>,
    /// Verdicts of the decisive rules, counted.
    pub verdicts: Counts,
}
