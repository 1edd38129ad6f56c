//! The canonical form: what is hashed, byte by byte.
//!
//! It is JSON as RFC 8785 writes it, of objects, arrays, texts, booleans, null and whole numbers:
//! no white space, members in the order of their names. A digest is the sha256 of these bytes, so
//! that `sha256sum` is enough to check one.

use assay_core::identity::hex;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::LedgerError;

/// The canonical text of a value.
///
/// # Errors
/// It holds a number that is not whole: such a number has no single way to be written.
pub(crate) fn canonical<T: Serialize>(value: &T) -> Result<String, LedgerError> {
    let value = serde_json::to_value(value).map_err(|e| LedgerError::Form(e.to_string()))?;
    let mut out = String::new();
    write(&value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut String) -> Result<(), LedgerError> {
    match value {
        Value::Number(n) if !n.is_u64() && !n.is_i64() => {
            return Err(LedgerError::Form(format!("{n} is no whole number")));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
        Value::String(text) => quote(text, out)?,
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (n, (name, member)) in members.into_iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                quote(name, out)?;
                out.push(':');
                write(member, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn quote(text: &str, out: &mut String) -> Result<(), LedgerError> {
    out.push_str(&serde_json::to_string(text).map_err(|e| LedgerError::Form(e.to_string()))?);
    Ok(())
}

/// sha256 over lines, each with its line end.
#[derive(Debug, Default, Clone)]
pub(crate) struct Lines(Sha256);

impl Lines {
    pub(crate) fn add(&mut self, line: &str) {
        self.0.update(line.as_bytes());
        self.0.update(b"\n");
    }

    pub(crate) fn digest(self) -> String {
        hex(&self.0.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_are_sorted_and_nothing_is_spaced() {
        let value = json!({"b": [1, true, null], "a": {"z": "\u{1b}\n\"ü", "y": -2}, "": 0});
        assert_eq!(
            canonical(&value).unwrap(),
            "{\"\":0,\"a\":{\"y\":-2,\"z\":\"\\u001b\\n\\\"ü\"},\"b\":[1,true,null]}"
        );
    }

    #[test]
    fn names_are_ordered_by_utf_16_as_the_rfc_says() {
        // The emoji is larger as a code point, and smaller as UTF-16.
        let value = json!({"\u{fb33}": 1, "\u{1f600}": 2});
        assert_eq!(canonical(&value).unwrap(), "{\"\u{1f600}\":2,\"\u{fb33}\":1}");
    }

    #[test]
    fn a_fraction_is_refused() {
        assert!(canonical(&json!({"share": 0.5})).is_err());
    }

    #[test]
    fn a_digest_is_what_sha256sum_says() {
        let mut lines = Lines::default();
        lines.add("a");
        lines.add("b");
        // printf 'a\nb\n' | sha256sum
        assert_eq!(
            lines.digest(),
            "911169ddaaf146aff539f58c26c489af3b892dff0fe283c1c264c65ae5aa59a2"
        );
    }
}
