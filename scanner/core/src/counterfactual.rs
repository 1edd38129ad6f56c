//! What would have made a passing rule fail: proof that a pass could have been otherwise.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// The smallest change found that makes a rule fail on a resource that it passes, replayed through
/// the evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counterfactual {
    /// The resource that passes.
    pub resource: String,
    /// sha256 of its document as it lies in the snapshot, before the change.
    pub document: String,
    /// What was changed, in order of document and pointer.
    pub changes: Vec<Change>,
    /// What the rule says of the changed document: the message of its first failure.
    pub message: String,
    /// Where that failure points, as a JSON pointer into `properties`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub at: String,
    /// How many changed documents were judged until this one was found.
    pub tried: u64,
}

/// One value, changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The related document that is changed, by its id; `None` for the resource itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// A JSON pointer into `properties`; `tags` or `derived/<name>` with a pointer below it (what was
    /// derived while collecting); `params/<name>` where the pass rests on what the organisation
    /// declared; empty where a related document comes or goes as a whole.
    pub pointer: String,
    /// The value in the snapshot; `None` where there is none (`null` is known to be absent).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub from: Option<Value>,
    /// The value that makes the rule fail; `None` where it is taken away.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub to: Option<Value>,
}

/// Keeps `null` apart from a member that is not there.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_null_and_what_is_not_there_stay_apart() {
        let change = Change {
            document: None,
            pointer: "/A/B".to_owned(),
            from: None,
            to: Some(Value::Null),
        };
        let text = serde_json::to_value(&change).unwrap();
        assert_eq!(text, json!({"pointer": "/A/B", "to": null}));
        assert_eq!(serde_json::from_value::<Change>(text).unwrap(), change);
    }
}
