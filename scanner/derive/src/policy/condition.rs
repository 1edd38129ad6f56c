//! The condition block of a statement.

use serde_json::{Value, json};

use super::PolicyError;

/// A comparison, without its set qualifier and its `IfExists`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are those of the policy grammar")]
pub enum Operator {
    StringEquals,
    StringNotEquals,
    StringEqualsIgnoreCase,
    StringNotEqualsIgnoreCase,
    StringLike,
    StringNotLike,
    NumericEquals,
    NumericNotEquals,
    NumericLessThan,
    NumericLessThanEquals,
    NumericGreaterThan,
    NumericGreaterThanEquals,
    DateEquals,
    DateNotEquals,
    DateLessThan,
    DateLessThanEquals,
    DateGreaterThan,
    DateGreaterThanEquals,
    Bool,
    BinaryEquals,
    IpAddress,
    NotIpAddress,
    ArnEquals,
    ArnLike,
    ArnNotEquals,
    ArnNotLike,
    Null,
}

use Operator as O;

const OPERATORS: &[(&str, O)] = &[
    ("stringequals", O::StringEquals),
    ("stringnotequals", O::StringNotEquals),
    ("stringequalsignorecase", O::StringEqualsIgnoreCase),
    ("stringnotequalsignorecase", O::StringNotEqualsIgnoreCase),
    ("stringlike", O::StringLike),
    ("stringnotlike", O::StringNotLike),
    ("numericequals", O::NumericEquals),
    ("numericnotequals", O::NumericNotEquals),
    ("numericlessthan", O::NumericLessThan),
    ("numericlessthanequals", O::NumericLessThanEquals),
    ("numericgreaterthan", O::NumericGreaterThan),
    ("numericgreaterthanequals", O::NumericGreaterThanEquals),
    ("dateequals", O::DateEquals),
    ("datenotequals", O::DateNotEquals),
    ("datelessthan", O::DateLessThan),
    ("datelessthanequals", O::DateLessThanEquals),
    ("dategreaterthan", O::DateGreaterThan),
    ("dategreaterthanequals", O::DateGreaterThanEquals),
    ("bool", O::Bool),
    ("binaryequals", O::BinaryEquals),
    ("ipaddress", O::IpAddress),
    ("notipaddress", O::NotIpAddress),
    ("arnequals", O::ArnEquals),
    ("arnlike", O::ArnLike),
    ("arnnotequals", O::ArnNotEquals),
    ("arnnotlike", O::ArnNotLike),
    ("null", O::Null),
];

impl Operator {
    /// The name, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        OPERATORS.iter().find(|(_, o)| *o == self).map_or("", |(n, _)| *n)
    }

    /// Whether it holds where the key has one of the values, and fails where the key is missing.
    #[must_use]
    pub fn is_match(self) -> bool {
        matches!(
            self,
            O::StringEquals
                | O::StringEqualsIgnoreCase
                | O::StringLike
                | O::ArnEquals
                | O::ArnLike
                | O::IpAddress
        )
    }

    /// The operator that holds exactly where this one fails, if there is one. A negated operator
    /// also holds where the key is missing.
    #[must_use]
    pub fn opposite(self) -> Option<Self> {
        Some(match self {
            O::StringNotEquals => O::StringEquals,
            O::StringNotEqualsIgnoreCase => O::StringEqualsIgnoreCase,
            O::StringNotLike => O::StringLike,
            O::ArnNotEquals => O::ArnEquals,
            O::ArnNotLike => O::ArnLike,
            O::NotIpAddress => O::IpAddress,
            _ => return None,
        })
    }
}

/// How an operator treats a key with several values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantifier {
    /// `ForAllValues`: holds too where the key is missing.
    All,
    /// `ForAnyValue`: needs at least one value.
    Any,
}

/// One comparison: the key against any of the values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The comparison.
    pub operator: Operator,
    /// Holds too where the key is missing.
    pub if_exists: bool,
    /// `ForAllValues` or `ForAnyValue`.
    pub quantifier: Option<Quantifier>,
    /// The key, in lower case.
    pub key: String,
    /// The values, as texts, in the order of the document.
    pub values: Vec<String>,
}

impl Condition {
    /// Whether it can hold although the request does not carry the key.
    #[must_use]
    pub fn holds_without_key(&self) -> bool {
        self.if_exists
            || self.quantifier == Some(Quantifier::All)
            || (self.operator.opposite().is_some() && self.quantifier.is_none())
    }

    /// The shape that rules see.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "operator": self.operator.as_str(),
            "if_exists": self.if_exists,
            "quantifier": self.quantifier.map(|q| match q {
                Quantifier::All => "forallvalues",
                Quantifier::Any => "foranyvalue",
            }),
            "key": self.key,
            "values": self.values,
        })
    }

    pub(super) fn canonical(&self) -> Value {
        let mut c = self.clone();
        c.values.sort();
        c.values.dedup();
        c.json()
    }
}

/// Reads a `Condition` element.
pub(super) fn parse(value: &Value, at: &str) -> Result<Vec<Condition>, PolicyError> {
    let Value::Object(block) = value else {
        return Err(PolicyError::Type { at: at.to_owned(), want: "an object" });
    };
    let mut out = Vec::new();
    for (name, keys) in block {
        let at = format!("{at}/{}", assay_core::path::escape(name));
        let (operator, if_exists, quantifier) =
            operator(name).ok_or_else(|| PolicyError::Unknown { at: at.clone() })?;
        let Value::Object(keys) = keys else {
            return Err(PolicyError::Type { at, want: "an object" });
        };
        for (key, values) in keys {
            let values = match values {
                Value::Array(list) => list.iter().map(scalar).collect(),
                one => scalar(one).map(|s| vec![s]),
            };
            let values = values.ok_or_else(|| PolicyError::Type {
                at: format!("{at}/{}", assay_core::path::escape(key)),
                want: "a value or a list of values",
            })?;
            let key = key.to_ascii_lowercase();
            out.push(Condition { operator, if_exists, quantifier, key, values });
        }
    }
    Ok(out)
}

fn operator(name: &str) -> Option<(Operator, bool, Option<Quantifier>)> {
    let lower = name.to_ascii_lowercase();
    let (quantifier, rest) = match lower.split_once(':') {
        Some(("forallvalues", rest)) => (Some(Quantifier::All), rest),
        Some(("foranyvalue", rest)) => (Some(Quantifier::Any), rest),
        Some(_) => return None,
        None => (None, lower.as_str()),
    };
    let (rest, if_exists) = match rest.strip_suffix("ifexists") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    OPERATORS.iter().find(|(n, _)| *n == rest).map(|(_, o)| (*o, if_exists, quantifier))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Bool(b) => Some(b.to_string()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}
