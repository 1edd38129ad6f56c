//! EventBridge event patterns, run against events.
//!
//! Syntax: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>

use serde_json::{Map, Value};

use super::filter_pattern::wildcard;

/// Whether an event matches a pattern. `None`: the pattern uses an operator that is not understood.
pub(crate) fn matches(pattern: &Value, event: &Value) -> Option<bool> {
    object(pattern.as_object()?, Some(event))
}

fn object(pattern: &Map<String, Value>, event: Option<&Value>) -> Option<bool> {
    let mut all = true;
    for (name, wanted) in pattern {
        let holds = if name == "$or" {
            let mut any = false;
            for part in wanted.as_array()? {
                any |= object(part.as_object()?, event)?;
            }
            any
        } else {
            let value = event.and_then(|e| e.get(name));
            match wanted {
                Value::Object(inner) => object(inner, value)?,
                Value::Array(options) => leaf(options, value)?,
                _ => return None,
            }
        };
        all &= holds;
    }
    Some(all)
}

/// A leaf: one of the options must fit the value, or one of its elements.
fn leaf(options: &[Value], value: Option<&Value>) -> Option<bool> {
    let values: Vec<&Value> = match value {
        None => Vec::new(),
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
    };
    let mut any = false;
    for option in options {
        any |= match option {
            Value::Object(matcher) => operator(matcher, &values)?,
            literal => values.contains(&literal),
        };
    }
    Some(any)
}

fn operator(matcher: &Map<String, Value>, values: &[&Value]) -> Option<bool> {
    let (name, argument) = matcher.iter().next()?;
    if matcher.len() != 1 {
        return None;
    }
    let texts = || values.iter().filter_map(|v| v.as_str());
    Some(match name.as_str() {
        "exists" => values.is_empty() != argument.as_bool()?,
        "prefix" | "suffix" => {
            let fold = argument.get("equals-ignore-case").is_some();
            let wanted = match argument {
                Value::String(s) => s.clone(),
                other => other.get("equals-ignore-case")?.as_str()?.to_ascii_lowercase(),
            };
            let fits = |t: &str| {
                let t = if fold { t.to_ascii_lowercase() } else { t.to_owned() };
                if name == "prefix" { t.starts_with(&wanted) } else { t.ends_with(&wanted) }
            };
            texts().any(fits)
        }
        "wildcard" => {
            let wanted = argument.as_str()?;
            texts().any(|t| wildcard(wanted, t))
        }
        "equals-ignore-case" => {
            let wanted = argument.as_str()?;
            texts().any(|t| t.eq_ignore_ascii_case(wanted))
        }
        "anything-but" => {
            let fits = anything_but(argument)?;
            values.iter().any(|v| !fits.iter().any(|f| f.fits(v)))
        }
        _ => return None,
    })
}

/// What `anything-but` leaves out.
enum But<'a> {
    Literal(&'a Value),
    Prefix(&'a str),
    Suffix(&'a str),
    Wildcard(&'a str),
    Fold(&'a str),
}

impl But<'_> {
    fn fits(&self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Self::Literal(wanted) => value == *wanted,
            Self::Prefix(p) => text.is_some_and(|t| t.starts_with(p)),
            Self::Suffix(p) => text.is_some_and(|t| t.ends_with(p)),
            Self::Wildcard(p) => text.is_some_and(|t| wildcard(p, t)),
            Self::Fold(p) => text.is_some_and(|t| t.eq_ignore_ascii_case(p)),
        }
    }
}

fn anything_but(argument: &Value) -> Option<Vec<But<'_>>> {
    let Value::Object(inner) = argument else {
        return Some(match argument {
            Value::Array(items) => items.iter().map(But::Literal).collect(),
            one => vec![But::Literal(one)],
        });
    };
    let (name, argument) = inner.iter().next()?;
    let arguments: Vec<&Value> = match argument {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    };
    arguments
        .into_iter()
        .map(|a| {
            let text = a.as_str()?;
            Some(match name.as_str() {
                "prefix" => But::Prefix(text),
                "suffix" => But::Suffix(text),
                "wildcard" => But::Wildcard(text),
                "equals-ignore-case" => But::Fold(text),
                _ => return None,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patterns_of_every_kind() {
        let event = json!({
            "source": "aws.iam",
            "detail-type": "AWS API Call via CloudTrail",
            "detail": {"eventName": "PutRolePolicy", "userIdentity": {"type": "Root"}, "n": 3},
        });
        for (pattern, expected) in [
            (json!({"source": ["aws.iam", "aws.ec2"]}), Some(true)),
            (json!({"source": ["aws.ec2"]}), Some(false)),
            (json!({"detail": {"eventName": [{"prefix": "Put"}]}}), Some(true)),
            (
                json!({"detail": {"eventName": [{"suffix": {"equals-ignore-case": "POLICY"}}]}}),
                Some(true),
            ),
            (json!({"detail": {"eventName": [{"wildcard": "*Role*"}]}}), Some(true)),
            (
                json!({"detail": {"eventName": [{"anything-but": ["Get", "PutRolePolicy"]}]}}),
                Some(false),
            ),
            (json!({"detail": {"eventName": [{"anything-but": {"prefix": "Get"}}]}}), Some(true)),
            (
                json!({"detail": {"eventName": [{"equals-ignore-case": "putrolepolicy"}]}}),
                Some(true),
            ),
            (json!({"detail": {"errorCode": [{"exists": false}]}}), Some(true)),
            (json!({"detail": {"eventName": [{"exists": true}]}}), Some(true)),
            (
                json!({"detail": {"userIdentity": {"type": ["Root"]}}, "account": ["1"]}),
                Some(false),
            ),
            (
                json!({"$or": [{"source": ["x"]}, {"detail": {"userIdentity": {"type": ["Root"]}}}]}),
                Some(true),
            ),
            (json!({"detail": {"n": [{"numeric": [">", 1]}]}}), None),
            (json!({"source": "aws.iam"}), None),
        ] {
            assert_eq!(matches(&pattern, &event), expected, "{pattern}");
        }
    }
}
