//! Values of documents as people read them: what decided them, and what lost.

use assay_reports::text::{clip, plain};
use serde_json::{Map, Value};

/// The most characters of one text.
const TEXT: usize = 160;
/// The most characters of a list or an object that stays on one line.
const INLINE: usize = 100;
/// Deeper values are named, not shown.
const DEPTH: usize = 12;

/// The lines of a value, at most so many and one that counts the rest.
pub(super) fn lines(value: &Value, most: usize) -> Vec<String> {
    let mut out = Vec::new();
    put(&mut out, 0, "", value);
    let rest = out.len().saturating_sub(most);
    if rest > 1 {
        out.truncate(most);
        out.push(format!("… {rest} more lines (--format json shows all)"));
    }
    out
}

/// Adds a value below a label.
fn put(out: &mut Vec<String>, depth: usize, label: &str, value: &Value) {
    let indent = "  ".repeat(depth);
    let label =
        if label.is_empty() || label == "-" { label.to_owned() } else { format!("{label}:") };
    let gap = if label.is_empty() { "" } else { " " };
    if depth > DEPTH {
        out.push(format!("{indent}{label}{gap}…"));
        return;
    }
    if let Some(text) = inline(value) {
        out.push(format!("{indent}{label}{gap}{text}"));
        return;
    }
    match value {
        Value::Array(list) => {
            let inner = below(out, &indent, &label, depth);
            list.iter().for_each(|v| put(out, inner, "-", v));
        }
        Value::Object(map) => object(out, depth, &label, map),
        scalar => out.push(format!("{indent}{label}{gap}{}", word(scalar))),
    }
}

/// The label on a line of its own, where there is one; how deep what follows lies.
fn below(out: &mut Vec<String>, indent: &str, label: &str, depth: usize) -> usize {
    if label.is_empty() {
        return depth;
    }
    out.push(format!("{indent}{label}"));
    depth + 1
}

/// Members beside the place that decides them and the candidates that lost.
fn object(out: &mut Vec<String>, depth: usize, label: &str, map: &Map<String, Value>) {
    let indent = "  ".repeat(depth);
    let placed = place(map);
    let rest: Map<String, Value> = match &placed {
        Some(_) => {
            let hidden = ["file", "line", "origin", "others"];
            let own = map.iter().filter(|(k, _)| !hidden.contains(&k.as_str()));
            own.map(|(k, v)| (k.clone(), v.clone())).collect()
        }
        None => map.clone(),
    };
    let gap = if label.is_empty() { "" } else { " " };
    let head = match rest.get("value").filter(|_| rest.len() == 1) {
        Some(value) => inline(value),
        None => inline(&Value::Object(rest.clone())),
    };
    let tail = placed.map(|p| format!("  ← {p}")).unwrap_or_default();
    let inner = match head {
        Some(text) => {
            out.push(format!("{indent}{label}{gap}{text}{tail}"));
            depth + 1
        }
        None => {
            let mark = format!("{label}{tail}");
            let inner = below(out, &indent, mark.trim_start(), depth);
            rest.iter().for_each(|(k, v)| put(out, inner, &plain(k), v));
            inner
        }
    };
    for other in map.get("others").and_then(Value::as_array).into_iter().flatten() {
        let value = other.get("value").map(|v| inline(v).unwrap_or_else(|| v.to_string()));
        let at = other.as_object().and_then(place).unwrap_or_default();
        let value = clip(&value.unwrap_or_default(), INLINE).into_owned();
        out.push(format!("{}lost: {}  ← {at}", "  ".repeat(inner), plain(&value)));
    }
}

/// Where a value comes from: a file and line, or the words for its origin.
fn place(map: &Map<String, Value>) -> Option<String> {
    let text = |k: &str| map.get(k).and_then(Value::as_str);
    match (text("file").filter(|f| f.starts_with('/')), text("origin")) {
        (Some(file), _) => {
            let line = map.get("line").and_then(Value::as_u64);
            let line = line.map(|l| format!(":{l}")).unwrap_or_default();
            Some(format!("{}{line}", plain(file)))
        }
        (None, Some(origin)) => Some(match origin {
            "default" => "the program's default".to_owned(),
            "running" => "the running system".to_owned(),
            other => plain(other).replace('_', " "),
        }),
        (None, None) => None,
    }
}

/// A value on one line, where it is short and has no place of its own.
fn inline(value: &Value) -> Option<String> {
    let text = match value {
        Value::Array(list) if list.is_empty() => "none".to_owned(),
        Value::Array(list) if list.iter().all(scalar) => {
            list.iter().map(word).collect::<Vec<_>>().join(", ")
        }
        Value::Object(map) if map.is_empty() => "nothing".to_owned(),
        Value::Object(map) if place(map).is_none() && map.values().all(short) => {
            let each = map.iter();
            let each = each.map(|(k, v)| format!("{} {}", plain(k), inline(v).unwrap_or_default()));
            each.collect::<Vec<_>>().join(", ")
        }
        v if scalar(v) => return Some(word(v)),
        _ => return None,
    };
    (text.chars().count() <= INLINE).then_some(text)
}

fn short(value: &Value) -> bool {
    scalar(value) || value.as_array().is_some_and(|l| l.iter().all(scalar))
}

const fn scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

fn word(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(s) if s.is_empty() => "\"\"".to_owned(),
        Value::String(s) => clip(&plain(s), TEXT).into_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn winners_name_their_line_and_losers_follow() {
        let value = json!({"value": "no", "origin": "file", "file": "/etc/a.conf", "line": 3,
            "others": [{"value": "yes", "file": "/etc/b.conf", "line": 7}]});
        assert_eq!(lines(&value, 9), ["no  ← /etc/a.conf:3", "  lost: yes  ← /etc/b.conf:7"]);
        let value = json!([{"Permit": "yes", "Context": "User root", "origin": "default"}]);
        assert_eq!(lines(&value, 9), ["- Context User root, Permit yes  ← the program's default"]);
    }

    #[test]
    fn hostile_and_long_values_stay_in_their_lines() {
        let value = json!({"a\u{1b}[2J": "x\ny\u{202e}", "b": "z".repeat(500)});
        let all = lines(&value, 9);
        assert_eq!(all.len(), 2);
        assert!(all.iter().all(|l| l.chars().all(|c| !c.is_control()) && l.len() < 600), "{all:?}");
        let many: Vec<Value> = (0..100).map(|n| json!({"file": "/x", "line": n})).collect();
        let all = lines(&json!(many), 9);
        assert_eq!((all.len(), all[9].as_str()), (10, "… 91 more lines (--format json shows all)"));
    }

    #[test]
    fn what_is_nested_is_indented() {
        let value = json!({"A": {"B": [{"C": [{"D": 1}], "file": "/f", "line": 2}]}});
        assert_eq!(lines(&value, 9), ["A:", "  B:", "    -  ← /f:2", "      C:", "        - D 1"]);
    }
}
