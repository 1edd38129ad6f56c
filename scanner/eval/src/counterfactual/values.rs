//! What could stand at a place instead, by what its type file allows and its rule compares with.

use assay_core::Timestamp;
use assay_core::typedef::{Kind, Scalar, Shape};
use jiff::{SignedDuration, ToSpan as _};
use serde_json::{Map, Value, json};

use super::edit::Edit;
use super::site::Site;
use crate::reads::Literals;

/// Where a value comes from: of equally small changes the first kind is preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    /// A case of the rule that fails has it there.
    Case,
    /// The type file lists it: the other boolean, another word.
    Listed,
    /// Nothing, or less.
    Less,
    /// The rule compares with it, or with its neighbour.
    Compared,
    /// Something else.
    Other,
    /// An object made up of such values: only where nothing else is found.
    Invented,
}

/// Ages in days that rules ask for, beside those that they name.
const DAYS: [i64; 5] = [1, 31, 91, 366, 3660];
/// The most days that a literal is taken for.
const MOST_DAYS: i64 = 4000;

/// The edits of one place.
pub(super) fn edits(site: &Site<'_>, literals: &Literals, now: Timestamp) -> Vec<(Tier, Edit)> {
    let mut out: Vec<(Tier, Option<Value>)> = Vec::new();
    match site.from {
        Some(Value::Bool(b)) => out.push((Tier::Listed, Some(Value::Bool(!b)))),
        Some(Value::Number(n)) => numbers(n, literals, &mut out),
        Some(Value::String(_)) => {}
        Some(Value::Array(list)) if !list.is_empty() => {
            out.push((Tier::Less, Some(json!([]))));
        }
        Some(Value::Object(map)) if !map.is_empty() => {
            out.push((Tier::Less, Some(Value::Object(Map::new()))));
        }
        None | Some(_) => {}
    }
    if site.optional && site.from.is_some() {
        out.push((Tier::Less, None));
    }
    if site.shape.is_some_and(|s| s.nullable) && site.from != Some(&Value::Null) {
        out.push((Tier::Less, Some(Value::Null)));
    }
    let open = matches!(site.from, Some(Value::String(_) | Value::Null | Value::Array(_)) | None);
    if open {
        let shaped = site.shape.map(|s| shaped(s, literals, now, 0));
        out.extend(shaped.unwrap_or_else(|| texts(literals)));
    }
    if let (Some(Value::Array(list)), Some(Kind::List(item))) =
        (site.from, site.shape.map(|s| &s.kind))
    {
        // One more element.
        for (tier, more) in shaped(item, literals, now, 0) {
            let grown = list.iter().cloned().chain(more).collect();
            out.push((tier, Some(Value::Array(grown))));
        }
    }
    let edits = out.into_iter().filter(|(_, to)| to.as_ref() != site.from);
    edits
        .map(|(tier, to)| {
            let (of, path) = (site.of.clone(), site.path.clone());
            (tier, Edit { of, path, from: site.from.cloned(), to })
        })
        .collect()
}

fn numbers(n: &serde_json::Number, literals: &Literals, out: &mut Vec<(Tier, Option<Value>)>) {
    for literal in &literals.numbers {
        for near in [literal.saturating_sub(1), *literal, literal.saturating_add(1)] {
            out.push((Tier::Compared, Some(json!(near))));
        }
    }
    out.push((Tier::Other, Some(json!(0))));
    if let Some(n) = n.as_i64() {
        let other = [n.saturating_add(1), n.saturating_sub(1), n.saturating_mul(1000)];
        out.extend(other.map(|n| (Tier::Other, Some(json!(n)))));
    }
}

fn texts(literals: &Literals) -> Vec<(Tier, Option<Value>)> {
    let mut out: Vec<_> = literals.texts.iter().map(|t| (Tier::Compared, Some(json!(t)))).collect();
    out.push((Tier::Other, Some(json!("other"))));
    out.push((Tier::Other, Some(json!(""))));
    out
}

/// Values of a shape.
fn shaped(
    shape: &Shape,
    literals: &Literals,
    now: Timestamp,
    depth: usize,
) -> Vec<(Tier, Option<Value>)> {
    let all = |tier: Tier, values: &[&str]| {
        values.iter().map(|v| (tier, Some(json!(v)))).collect::<Vec<_>>()
    };
    match &shape.kind {
        Kind::Enum(values) => values.iter().map(|v| (Tier::Listed, Some(v.clone()))).collect(),
        Kind::Scalar(s) => match s {
            Scalar::Boolean => [true, false].map(|b| (Tier::Listed, Some(Value::Bool(b)))).to_vec(),
            Scalar::String | Scalar::Any => texts(literals),
            Scalar::Integer | Scalar::Number => {
                let mut out = Vec::new();
                numbers(&serde_json::Number::from(0), literals, &mut out);
                out
            }
            Scalar::Time => times(literals, now),
            Scalar::Cidr => all(Tier::Other, &["0.0.0.0/0", "::/0", "10.0.0.0/8"]),
            Scalar::Cidr4 => all(Tier::Other, &["0.0.0.0/0", "10.0.0.0/8"]),
            Scalar::Cidr6 => all(Tier::Other, &["::/0", "fd00::/8"]),
            Scalar::Ip => all(Tier::Other, &["192.0.2.1", "10.0.0.1"]),
            Scalar::Arn => all(Tier::Other, &["arn:aws:iam::999999999999:role/other"]),
            Scalar::Policy => Vec::new(),
        },
        Kind::List(item) if depth < 2 => {
            let mut out = vec![(Tier::Less, Some(json!([])))];
            let one = shaped(item, literals, now, depth + 1).into_iter();
            out.extend(one.filter_map(|(tier, v)| Some((tier, Some(Value::Array(vec![v?]))))));
            out
        }
        Kind::Object(members) if depth < 2 => object(members, literals, now, depth),
        Kind::Map(_) => vec![(Tier::Less, Some(json!({})))],
        Kind::OneOf(shapes) if depth < 2 => {
            shapes.iter().flat_map(|s| shaped(s, literals, now, depth + 1)).collect()
        }
        Kind::List(_) | Kind::Object(_) | Kind::OneOf(_) => Vec::new(),
    }
}

/// Objects with every member that must be there at its first value, and one member varied.
fn object(
    members: &std::collections::BTreeMap<String, assay_core::typedef::Member>,
    literals: &Literals,
    now: Timestamp,
    depth: usize,
) -> Vec<(Tier, Option<Value>)> {
    let mut base = Map::new();
    for (name, member) in members.iter().filter(|(_, m)| !m.optional) {
        let first = if member.shape.nullable {
            Some(Value::Null)
        } else {
            shaped(&member.shape, literals, now, depth + 1).into_iter().find_map(|(_, v)| v)
        };
        let Some(first) = first else { return Vec::new() };
        base.insert(name.clone(), first);
    }
    let mut out = vec![(Tier::Invented, Some(Value::Object(base.clone())))];
    for (name, member) in members {
        for (_, value) in shaped(&member.shape, literals, now, depth + 1) {
            let mut varied = base.clone();
            varied.extend(value.map(|v| (name.clone(), v)));
            out.push((Tier::Invented, Some(Value::Object(varied))));
        }
    }
    out
}

/// Times before and after now, by the days that the rule names.
fn times(literals: &Literals, now: Timestamp) -> Vec<(Tier, Option<Value>)> {
    let named = literals.numbers.iter().filter(|n| (0..MOST_DAYS).contains(*n));
    let days = named.map(|n| (Tier::Compared, n + 1)).chain(DAYS.map(|d| (Tier::Other, d)));
    let mut out = Vec::new();
    for (tier, days) in days {
        for signed in [-days, days] {
            // The hours of a day that is cut off count too.
            let hours = signed.saturating_mul(24);
            let at = now.checked_add(SignedDuration::from_hours(hours));
            out.extend(at.ok().map(|t| (tier, Some(json!(whole(t))))));
        }
    }
    out
}

/// A time without parts of a second.
fn whole(time: Timestamp) -> String {
    let part = i64::from(time.subsec_nanosecond());
    time.checked_sub(part.nanoseconds()).unwrap_or(time).to_string()
}

/// Whether a text at this place is a time.
pub(super) fn is_time(text: &str) -> bool {
    text.len() >= 20 && text.as_bytes().get(10) == Some(&b'T') && text.parse::<Timestamp>().is_ok()
}
