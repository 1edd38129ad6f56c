//! Operators over values.

use super::run::Stop;
use super::value::Value;

/// Longest text that a script makes, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// The number that a value counts as. `None`: it is an object, whose rules are not known here.
fn number(value: &Value) -> Option<f64> {
    Some(match value {
        Value::Undefined => f64::NAN,
        Value::Null => 0.0,
        Value::Bool(b) => f64::from(u8::from(*b)),
        Value::Number(n) => *n,
        Value::Text(t) if t.trim().is_empty() => 0.0,
        Value::Text(t) if t.trim().bytes().all(|b| b.is_ascii_digit() || b"+-.".contains(&b)) => {
            t.trim().parse().unwrap_or(f64::NAN)
        }
        // `1e3`, `0x10`, `Infinity`.
        Value::Text(t) if t.trim().starts_with(|c: char| c.is_ascii_digit() || c == 'I') => {
            return None;
        }
        Value::Text(_) => f64::NAN,
        _ => return None,
    })
}

/// The text that a value counts as.
pub(super) fn text(value: &Value) -> Result<String, Stop> {
    Ok(match value {
        Value::Undefined => "undefined".to_owned(),
        Value::Null => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) if n.fract() == 0.0 && n.abs() < 1e15 => format!("{n:.0}"),
        Value::Text(t) => t.to_string(),
        _ => return Err(Stop::unknown("a value as text")),
    })
}

/// `==`.
pub(super) fn equal(a: &Value, b: &Value) -> Result<bool, Stop> {
    use Value::{Null, Undefined};
    Ok(match (a, b) {
        (Null | Undefined, Null | Undefined) => true,
        (Null | Undefined, _) | (_, Null | Undefined) => false,
        (Value::Text(a), Value::Text(b)) => a == b,
        _ => match (number(a), number(b)) {
            (Some(a), Some(b)) => a == b,
            _ if same_kind(a, b) => a.strictly(b),
            _ => return Err(Stop::unknown("a comparison of unlike values")),
        },
    })
}

fn same_kind(a: &Value, b: &Value) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

/// What two values give.
pub(super) fn binary(operator: &str, a: &Value, b: &Value) -> Result<Value, Stop> {
    let numbers = || match (number(a), number(b)) {
        (Some(a), Some(b)) => Ok((a, b)),
        _ => Err(Stop::unknown("arithmetic with objects")),
    };
    if let (Value::Text(x), Value::Text(y)) = (a, b) {
        let (x, y) = (&**x, &**y);
        match operator {
            "<" => return Ok(Value::Bool(x < y)),
            ">" => return Ok(Value::Bool(x > y)),
            "<=" => return Ok(Value::Bool(x <= y)),
            ">=" => return Ok(Value::Bool(x >= y)),
            _ => {}
        }
    }
    Ok(match operator {
        "===" => Value::Bool(a.strictly(b)),
        "!==" => Value::Bool(!a.strictly(b)),
        "==" => Value::Bool(equal(a, b)?),
        "!=" => Value::Bool(!equal(a, b)?),
        "+" if matches!(a, Value::Text(_)) || matches!(b, Value::Text(_)) => {
            let sum = text(a)? + &text(b)?;
            if sum.len() > MAX_TEXT {
                return Err(Stop::unknown("a very long text"));
            }
            Value::text(sum)
        }
        _ => {
            let (x, y) = numbers()?;
            match operator {
                "+" => Value::Number(x + y),
                "-" => Value::Number(x - y),
                "*" => Value::Number(x * y),
                "/" => Value::Number(x / y),
                "%" => Value::Number(x % y),
                "<" => Value::Bool(x < y),
                ">" => Value::Bool(x > y),
                "<=" => Value::Bool(x <= y),
                ">=" => Value::Bool(x >= y),
                other => return Err(Stop::unknown(other)),
            }
        }
    })
}

/// What an operator before a value gives.
pub(super) fn unary(operator: &str, value: &Value) -> Result<Value, Stop> {
    Ok(match operator {
        "!" => Value::Bool(!value.truthy()),
        "typeof" => Value::text(match value {
            Value::Undefined => "undefined",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::Text(_) => "string",
            Value::Function(..) => "function",
            _ => "object",
        }),
        sign => {
            let n = number(value).ok_or_else(|| Stop::unknown("arithmetic with objects"))?;
            Value::Number(if sign == "-" { -n } else { n })
        }
    })
}
