//! A gap is what could not be seen: a fact about the evidence, never an exception and never a
//! default value.

use serde::{Deserialize, Serialize};

/// Why a value is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapState {
    /// The caller was not allowed to read it.
    Denied,
    /// The call failed for another reason: a server error, a time-out, a broken connection.
    Failed,
    /// The provider kept refusing for load until the retries were used up.
    Throttled,
    /// The provider or the collector cannot answer this question here.
    Unsupported,
    /// An answer came, but it does not fit the type file.
    Malformed,
    /// Infrastructure code whose value is only known once it is applied.
    Unresolved,
    /// Nothing tried to read it: out of time, interrupted, or not part of this collection.
    NotAttempted,
}

impl GapState {
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
        }
    }
}

impl std::fmt::Display for GapState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One unknown value of a resource: its state, the call that should have given it, and detail for
/// a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// Why the value is unknown.
    pub state: GapState,
    /// Id of the call in `calls.ndjson`, where one was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The operation, as `service:Operation`, where one was involved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// What the provider or the check said, in one line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

impl Gap {
    /// A gap of the given state with nothing but a detail.
    #[must_use]
    pub fn new(state: GapState, detail: impl Into<String>) -> Self {
        Self { state, call: None, operation: None, detail: detail.into() }
    }
}
