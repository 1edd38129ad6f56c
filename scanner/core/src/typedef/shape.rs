//! Shapes: what a value may look like.

use std::collections::BTreeMap;

use serde_json::Value;

use super::format::Scalar;
use crate::path::Segment;

/// The shape of a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Whether `null` fits: known to be absent.
    pub nullable: bool,
    /// What fits beside `null`.
    pub kind: Kind,
}

/// What fits a shape beside `null`.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A scalar, or one of the formats that are checked as a whole.
    Scalar(Scalar),
    /// One of these values and no other.
    Enum(Vec<Value>),
    /// An object with these members.
    Object(BTreeMap<String, Member>),
    /// An array of one shape.
    List(Box<Shape>),
    /// An object with any keys and values of one shape.
    Map(Box<Shape>),
    /// Any of these shapes: the first that fits.
    OneOf(Vec<Shape>),
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Whether it may be missing.
    pub optional: bool,
    /// The shape of its value.
    pub shape: Shape,
}

impl Shape {
    /// Whether a path can exist inside a value of this shape.
    #[must_use]
    pub fn knows(&self, path: &[Segment]) -> bool {
        let Some((step, rest)) = path.split_first() else {
            return true;
        };
        match &self.kind {
            Kind::Scalar(s) => s.is_open(),
            Kind::Enum(_) => false,
            Kind::Object(members) => match step {
                Segment::Key(k) => members.get(k).is_some_and(|m| m.shape.knows(rest)),
                Segment::Any => members.values().any(|m| m.shape.knows(rest)),
            },
            Kind::List(item) => match step {
                Segment::Key(k) => k.parse::<usize>().is_ok() && item.knows(rest),
                Segment::Any => item.knows(rest),
            },
            Kind::Map(item) => item.knows(rest),
            Kind::OneOf(shapes) => shapes.iter().any(|s| s.knows(path)),
        }
    }

    /// Whether a value fits exactly: nothing missing, nothing wrong. Unlisted members are no
    /// misfit, they are dropped while writing.
    #[must_use]
    pub fn fits(&self, value: &Value) -> bool {
        if value.is_null() {
            return self.nullable || matches!(self.kind, Kind::Scalar(Scalar::Any));
        }
        match (&self.kind, value) {
            (Kind::Scalar(s), v) => s.problem(v).is_none(),
            (Kind::Enum(allowed), v) => allowed.contains(v),
            (Kind::Object(members), Value::Object(map)) => {
                members.iter().all(|(name, m)| match map.get(name) {
                    Some(v) => m.shape.fits(v),
                    None => m.optional,
                })
            }
            (Kind::List(item), Value::Array(list)) => list.iter().all(|v| item.fits(v)),
            (Kind::Map(item), Value::Object(map)) => map.values().all(|v| item.fits(v)),
            (Kind::OneOf(shapes), v) => shapes.iter().any(|s| s.fits(v)),
            _ => false,
        }
    }

    /// What fits, in words: `an array`, `one of Enabled, Suspended`.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.kind {
            Kind::Scalar(s) => s.describe().to_owned(),
            Kind::Enum(allowed) => {
                let words: Vec<String> = allowed
                    .iter()
                    .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
                    .collect();
                format!("one of {}", words.join(", "))
            }
            Kind::Object(_) | Kind::Map(_) => "an object".to_owned(),
            Kind::List(_) => "an array".to_owned(),
            Kind::OneOf(shapes) => {
                shapes.iter().map(Self::describe).collect::<Vec<_>>().join(" or ")
            }
        }
    }
}
