//! How a facet is known.

use assay_core::{Gap, GapState};
use serde_json::Value;

/// The value of a facet, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum Facet {
    /// A call gave the value; `null` means known to be absent.
    Known {
        /// The value.
        value: Value,
        /// Id of the call.
        call: String,
    },
    /// No call gave it.
    Unknown(Gap),
}

impl Facet {
    /// A value that a call gave.
    #[must_use]
    pub fn known(value: impl Into<Value>, call: &str) -> Self {
        Self::Known { value: value.into(), call: call.to_owned() }
    }

    /// Known to be absent, by a call.
    #[must_use]
    pub fn absent(call: &str) -> Self {
        Self::known(Value::Null, call)
    }

    /// A value of an answer that should hold it: `None` becomes a `malformed` gap, never a default.
    #[must_use]
    pub fn expected(value: Option<impl Into<Value>>, call: &str) -> Self {
        match value {
            Some(v) => Self::known(v, call),
            None => {
                let mut gap = Gap::new(GapState::Malformed, "the answer lacks it");
                gap.call = Some(call.to_owned());
                Self::Unknown(gap)
            }
        }
    }

    /// The value, if it is known and not absent.
    #[must_use]
    pub const fn value(&self) -> Option<&Value> {
        match self {
            Self::Known { value: Value::Null, .. } | Self::Unknown(_) => None,
            Self::Known { value, .. } => Some(value),
        }
    }

    /// The same facet with its value changed; an absent or unknown one stays as it is.
    #[must_use]
    pub fn map(self, f: impl FnOnce(Value) -> Value) -> Self {
        match self {
            Self::Known { value, call } if !value.is_null() => {
                Self::Known { value: f(value), call }
            }
            other => other,
        }
    }
}
