//! What a document is called, and how it is tagged.

use std::collections::BTreeMap;

use assay_core::resource::TAGS;
use regorus::Value;
use regorus::value::Object;
use serde::Deserialize;

use crate::gate::{self, Keys};

/// What a document is called.
#[derive(Deserialize)]
pub(crate) struct Head {
    pub(crate) id: String,
    pub(crate) name: String,
}

impl Head {
    pub(crate) fn of(object: &Object, keys: &Keys) -> Option<Self> {
        let text = |key: &Value| match object.get(key) {
            Some(Value::String(s)) => Some(s.to_string()),
            _ => None,
        };
        Some(Self { id: text(&keys.id)?, name: text(&keys.name)? })
    }
}

/// The tags, where they are known.
pub(crate) fn tags(value: Option<&Value>, gaps: Option<&Value>) -> Option<Value> {
    let known = matches!(value, Some(Value::Object(_))) && gate::at(gaps, TAGS).is_none();
    value.filter(|_| known).cloned()
}

/// Tags as they are compared.
pub(crate) fn owned(tags: &Value) -> Option<BTreeMap<String, String>> {
    let Value::Object(tags) = tags else { return None };
    tags.iter()
        .map(|(key, value)| match (key, value) {
            (Value::String(k), Value::String(v)) => Some((k.to_string(), v.to_string())),
            _ => None,
        })
        .collect()
}
