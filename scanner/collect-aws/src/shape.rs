//! Building the JSON of a facet from an SDK's answer: what the answer lacks is left out.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::{Map, Value};

/// An object being built.
#[derive(Debug, Default)]
pub(crate) struct Shape(Map<String, Value>);

/// An empty object.
pub(crate) fn shape() -> Shape {
    Shape::default()
}

impl Shape {
    /// Adds a member, if there is a value.
    pub(crate) fn with(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
        self
    }

    /// Adds a member that is null where there is no value: known to be absent.
    pub(crate) fn or_null(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        self.0.insert(name.to_owned(), value.map_or(Value::Null, Into::into));
        self
    }

    /// The object.
    pub(crate) fn value(self) -> Value {
        Value::Object(self.0)
    }

    /// Its members.
    pub(crate) fn members(self) -> Map<String, Value> {
        self.0
    }
}

/// A time as RFC 3339. The SDK fills a required time that the answer lacks with 1970, which no
/// resource is from.
pub(crate) fn time(t: &DateTime) -> Option<String> {
    if t.secs() == 0 {
        return None;
    }
    t.fmt(Format::DateTime).ok()
}

/// Seconds since 1970, as the JSON protocols write a time, as RFC 3339.
pub(crate) fn epoch(seconds: &Value) -> Option<String> {
    time(&DateTime::from_secs_f64(seconds.as_f64()?))
}
