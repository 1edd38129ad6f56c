//! From an object as Azure Resource Manager writes it to the facets of a document.
//!
//! A document's properties are the members of ARM's `properties`, by ARM's own names. Members of
//! the envelope (`sku`, `kind`, `identity`…) stand beside them. ARM leaves a member out that has no
//! value: in an object that was read whole, what is missing is known to be absent (`null`). Whether
//! it may be absent at all, the type file says.
//!
//! ARM compares names, words of closed lists and ids without regard to case, and spells them as it
//! likes: all three get one spelling here, the type file's and that of documents' ids.

use assay_collect::{Draft, Facet};
use assay_core::TypeDef;
use assay_core::typedef::{Kind, Shape};
use serde_json::{Map, Value};

/// Members of ARM's envelope that are facets under their own names.
const ENVELOPE: [&str; 8] =
    ["sku", "kind", "identity", "zones", "managedBy", "plan", "extendedLocation", "etag"];

/// Types whose `properties` have a member of such a name themselves: there it is that member, and
/// the envelope's is read as `envelope.<name>`.
const INNER: [(&str, &[&str]); 6] = [
    ("Microsoft.KeyVault/vaults", &["sku"]),
    ("Microsoft.Cache/Redis", &["sku"]),
    ("Microsoft.Network/applicationGateways", &["sku"]),
    ("Microsoft.StreamAnalytics/streamingjobs", &["sku", "etag"]),
    ("Microsoft.Web/sites", &["sku", "kind"]),
    ("Microsoft.Web/serverfarms", &["kind"]),
];

/// Gives an ARM id the form that documents carry.
pub(crate) type Canonical<'c> = &'c (dyn Fn(&str) -> String + Sync);

/// Fills a document with what one whole ARM object says: every facet of the type file but those
/// that other calls give, and the tags.
pub(crate) fn fill(
    draft: &mut Draft,
    def: &TypeDef,
    row: &Value,
    others: &[&str],
    call: &str,
    ids: Canonical<'_>,
) {
    tags(draft, def, row, call);
    let inner = row.get("properties").and_then(Value::as_object);
    for (facet, shape) in &def.facets {
        if others.contains(&facet.as_str()) {
            continue;
        }
        // Without `properties` the object was not written whole.
        let known = inner.map(|inner| {
            let value = member(&def.name, facet, row, inner).cloned().unwrap_or(Value::Null);
            spelled(Some(&shape.shape), value, ids)
        });
        draft.set(facet, Facet::expected(known, call));
    }
}

/// The member of an ARM object that a facet names.
fn member<'a>(
    kind: &str,
    facet: &str,
    row: &'a Value,
    inner: &'a Map<String, Value>,
) -> Option<&'a Value> {
    if let Some(name) = facet.strip_prefix("envelope.") {
        return row.get(name);
    }
    let own = INNER.iter().any(|(k, names)| k.eq_ignore_ascii_case(kind) && names.contains(&facet));
    if ENVELOPE.contains(&facet) && !own {
        return row.get(facet);
    }
    named(inner, facet)
}

/// A member by its name, else by the only name that differs in case.
fn named<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let alike = || {
        let mut found = map.iter().filter(|(k, _)| k.eq_ignore_ascii_case(name));
        match (found.next(), found.next()) {
            (Some((_, v)), None) => Some(v),
            _ => None,
        }
    };
    map.get(name).or_else(alike)
}

/// The tags of an ARM object. ARM leaves them out where there are none.
fn tags(draft: &mut Draft, def: &TypeDef, row: &Value, call: &str) {
    if !def.tags {
        return;
    }
    let none = std::iter::empty::<(Option<&str>, Option<&str>)>();
    match row.get("tags") {
        None | Some(Value::Null) => draft.tags(none, call),
        Some(Value::Object(map)) => {
            draft.tags(map.iter().map(|(k, v)| (Some(k.as_str()), v.as_str())), call)
        }
        Some(_) => draft.tags([(None::<&str>, None::<&str>)], call),
    };
}

/// A value in one spelling: members of objects and words of closed lists that differ from the type
/// file in case only are written as it writes them, ids as documents carry them. What differs
/// otherwise stays as it is.
pub(crate) fn spelled(shape: Option<&Shape>, value: Value, ids: Canonical<'_>) -> Value {
    match (shape.map(|s| &s.kind), value) {
        (_, Value::String(text)) if is_id(&text) => Value::String(ids(&text)),
        (Some(Kind::Enum(words)), Value::String(text)) => Value::String(word(words, text)),
        (Some(Kind::OneOf(shapes)), value) => {
            let mut tried = shapes.iter().map(|s| (s, spelled(Some(s), value.clone(), ids)));
            let fitting = tried.find(|(s, v)| s.fits(v));
            fitting.map_or_else(|| spelled(None, value.clone(), ids), |(_, v)| v)
        }
        (kind, Value::Array(list)) => {
            let item = match kind {
                Some(Kind::List(item)) => Some(&**item),
                _ => None,
            };
            Value::Array(list.into_iter().map(|v| spelled(item, v, ids)).collect())
        }
        (Some(Kind::Object(_)), Value::Object(map)) => object(shape, map, ids),
        (kind, Value::Object(map)) => {
            let item = match kind {
                Some(Kind::Map(item)) => Some(&**item),
                _ => None,
            };
            Value::Object(map.into_iter().map(|(k, v)| (k, spelled(item, v, ids))).collect())
        }
        (_, value) => value,
    }
}

fn object(shape: Option<&Shape>, map: Map<String, Value>, ids: Canonical<'_>) -> Value {
    let Some(Kind::Object(members)) = shape.map(|s| &s.kind) else { return Value::Object(map) };
    let (exact, other): (Vec<_>, Vec<_>) =
        map.into_iter().partition(|(key, _)| members.contains_key(key));
    let mut out = Map::new();
    for (key, value) in exact.into_iter().chain(other) {
        let mut alike = members.keys().filter(|k| k.eq_ignore_ascii_case(&key));
        let name = match (alike.next(), alike.next()) {
            (Some(name), None) if !out.contains_key(name) => name.clone(),
            _ => key,
        };
        let member = members.get(&name);
        // ARM leaves out and writes `null` without difference.
        if value.is_null() && member.is_some_and(|m| m.optional && !m.shape.nullable) {
            continue;
        }
        let value = spelled(member.map(|m| &m.shape), value, ids);
        out.insert(name, value);
    }
    Value::Object(out)
}

fn is_id(text: &str) -> bool {
    let head = |start: &str| text.get(..start.len()).is_some_and(|h| h.eq_ignore_ascii_case(start));
    head("/subscriptions/") || head("/providers/")
}

fn word(words: &[Value], text: String) -> String {
    let texts = || words.iter().filter_map(Value::as_str);
    if texts().any(|w| w == text) {
        return text;
    }
    let mut known = texts().filter(|w| w.eq_ignore_ascii_case(&text));
    match (known.next(), known.next()) {
        (Some(w), None) => w.to_owned(),
        _ => text,
    }
}

/// A child resource that is folded into its parent: its own `properties`.
pub(crate) fn child(shape: Option<&Shape>, row: &Value, ids: Canonical<'_>) -> Option<Value> {
    let inner = row.get("properties").filter(|p| p.is_object())?;
    Some(spelled(shape, inner.clone(), ids))
}

/// One member of the `properties` of a child resource; `null` where it has none.
pub(crate) fn child_member(
    shape: Option<&Shape>,
    row: &Value,
    name: &str,
    ids: Canonical<'_>,
) -> Option<Value> {
    let inner = row.get("properties")?.as_object()?;
    let value = named(inner, name).cloned().unwrap_or(Value::Null);
    Some(spelled(shape, value, ids))
}

/// Child resources that are folded into their parent: a list of `{id, name, …}` with the members of
/// each one's `properties`. `None`: one of them has no name or no properties.
pub(crate) fn children(shape: Option<&Shape>, rows: &[Value], ids: Canonical<'_>) -> Option<Value> {
    let one = |row: &Value| {
        let name = row.get("name").filter(|n| n.is_string())?.clone();
        let mut inner = row.get("properties")?.as_object()?.clone();
        inner.insert("name".to_owned(), name);
        if let Some(id) = row.get("id").filter(|id| id.is_string()) {
            inner.insert("id".to_owned(), id.clone());
        }
        Some(Value::Object(inner))
    };
    let list = rows.iter().map(one).collect::<Option<Vec<_>>>()?;
    Some(spelled(shape, Value::Array(list), ids))
}

#[cfg(test)]
#[path = "row_tests.rs"]
mod tests;
