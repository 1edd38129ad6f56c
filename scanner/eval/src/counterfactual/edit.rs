//! One changed value, and documents with changed values. A document is JSON here: what is added or
//! taken away may be any part of it.

use std::cmp::Reverse;

use assay_core::counterfactual::Change;
use assay_core::path::escape;
use serde_json::{Map, Value};

/// Where a document lies, in the order of everything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) kind: String,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) id: String,
}

impl Key {
    pub(super) fn of(doc: &assay_core::Resource) -> Self {
        Self {
            kind: doc.kind.clone(),
            account: doc.account.clone(),
            region: doc.region.clone(),
            id: doc.id.clone(),
        }
    }
}

/// One value of one document, changed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Edit {
    pub(super) of: Key,
    /// The steps from the document's root (`properties`, `tags` or `derived`); none for the
    /// document itself.
    pub(super) path: Vec<String>,
    pub(super) from: Option<Value>,
    pub(super) to: Option<Value>,
}

impl Edit {
    /// How many leaves it changes.
    pub(super) fn leaves(&self) -> usize {
        match (self.path.is_empty(), &self.from, &self.to) {
            // Of a document that goes, nobody reads the leaves one by one.
            (true, _, None) => 2,
            (true, _, Some(doc)) => {
                let parts = ["properties", "derived"].into_iter();
                2 + parts.filter_map(|p| doc.get(p)).map(count).sum::<usize>()
            }
            _ => differing(self.from.as_ref(), self.to.as_ref()),
        }
    }

    /// The length of the new value as JSON.
    pub(super) fn length(&self) -> usize {
        self.to.as_ref().map_or(0, |v| v.to_string().len())
    }

    /// The change as people see it; `own` is the judged document.
    pub(super) fn change(&self, own: &Key) -> Change {
        let mut steps = self.path.iter().map(String::as_str);
        let mut pointer = match steps.next() {
            Some("derived") => format!("derived/{}", steps.next().unwrap_or_default()),
            Some("tags") => "tags".to_owned(),
            _ => String::new(),
        };
        steps.for_each(|s| {
            pointer.push('/');
            pointer.push_str(&escape(s));
        });
        let document = (self.of != *own).then(|| self.of.id.clone());
        Change { document, pointer, from: self.from.clone(), to: self.to.clone() }
    }
}

/// Leaves that are not the same.
fn differing(from: Option<&Value>, to: Option<&Value>) -> usize {
    match (from, to) {
        (Some(a), Some(b)) if a == b => 0,
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let more = b.keys().filter(|k| !a.contains_key(*k));
            a.keys().chain(more).map(|k| differing(a.get(k), b.get(k))).sum()
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            (0..a.len().max(b.len())).map(|i| differing(a.get(i), b.get(i))).sum()
        }
        (a, b) => a.map_or(0, count).max(b.map_or(0, count)),
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::Array(list) => list.iter().map(count).sum::<usize>().max(1),
        Value::Object(map) => map.values().map(count).sum::<usize>().max(1),
        _ => 1,
    }
}

/// The document with some of its values changed; `None` where one has no place in it, or the
/// document goes.
pub(super) fn apply(doc: &Value, edits: &[&Edit]) -> Option<Value> {
    let mut doc = doc.clone();
    let mut order: Vec<&&Edit> = edits.iter().filter(|e| e.to.is_some()).collect();
    // What goes from a list goes from its end, so that the places before it stay.
    let mut goes: Vec<&&Edit> = edits.iter().filter(|e| e.to.is_none()).collect();
    goes.sort_by_key(|e| Reverse(steps(&e.path)));
    order.extend(goes);
    for edit in order {
        let Some((last, above)) = edit.path.split_last() else {
            doc = edit.to.clone()?;
            continue;
        };
        let parent = above.iter().try_fold(&mut doc, |at, step| match at {
            Value::Object(map) => map.get_mut(step),
            Value::Array(list) => list.get_mut(step.parse::<usize>().ok()?),
            _ => None,
        })?;
        match (parent, &edit.to) {
            (Value::Object(map), Some(to)) => {
                map.insert(last.clone(), to.clone());
            }
            (Value::Object(map), None) => {
                map.remove(last)?;
            }
            (Value::Array(list), to) => {
                let at = last.parse::<usize>().ok().filter(|at| *at <= list.len())?;
                match (to, at == list.len()) {
                    (Some(to), true) => list.push(to.clone()),
                    (Some(to), false) => *list.get_mut(at)? = to.clone(),
                    (None, true) => return None,
                    (None, false) => {
                        list.remove(at);
                    }
                }
            }
            _ => return None,
        }
    }
    Some(doc)
}

/// Steps with numbers in the order of numbers.
fn steps(path: &[String]) -> Vec<(usize, &str)> {
    path.iter().map(|s| (s.parse().unwrap_or(0), s.as_str())).collect()
}

/// The edits that turn one value into another: as deep as both are alike.
pub(super) fn diff(
    of: &Key,
    path: &[String],
    from: Option<&Value>,
    to: Option<&Value>,
    out: &mut Vec<Edit>,
) {
    let below = |step: &str| [path, &[step.to_owned()]].concat();
    match (from, to) {
        (a, b) if a == b => {}
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            names.into_iter().for_each(|k| diff(of, &below(k), a.get(k), b.get(k), out));
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) if a.len() == b.len() => {
            let both = a.iter().zip(b).enumerate();
            both.for_each(|(i, (a, b))| diff(of, &below(&i.to_string()), Some(a), Some(b), out));
        }
        (from, to) => out.push(Edit {
            of: of.clone(),
            path: path.to_vec(),
            from: from.cloned(),
            to: to.cloned(),
        }),
    }
}

/// A part of a document.
pub(super) fn part<'v>(doc: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(doc, |at, step| match at {
        Value::Object(map) => map.get(step),
        Value::Array(list) => list.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// The members of an object, none where it is none.
pub(super) fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key() -> Key {
        let [kind, account, region, id] = ["T", "1", "r", "x"].map(str::to_owned);
        Key { kind, account, region, id }
    }

    #[test]
    fn a_difference_applied_is_the_other_document() {
        let a = json!({"properties": {"A": {"B": 1, "C": [1, {"D": 2}]}, "E": "x", "F": [1]}});
        let b = json!({"properties": {"A": {"B": 2, "C": [1, {"D": null}]}, "F": [1, 2], "G": []}});
        let mut edits = Vec::new();
        diff(&key(), &[], Some(&a), Some(&b), &mut edits);
        let all: Vec<&Edit> = edits.iter().collect();
        assert_eq!(apply(&a, &all), Some(b));
        let pointers: Vec<String> = edits.iter().map(|e| e.change(&key()).pointer).collect();
        assert_eq!(pointers, ["/A/B", "/A/C/1/D", "/E", "/F", "/G"]);
        assert!(edits.iter().all(|e| e.leaves() == 1));
    }

    #[test]
    fn what_goes_from_a_list_does_not_move_what_else_goes() {
        let doc = json!({"properties": {"L": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}});
        let edit = |at: &str| Edit {
            of: key(),
            path: ["properties", "L", at].map(str::to_owned).to_vec(),
            from: None,
            to: None,
        };
        let (two, ten) = (edit("2"), edit("10"));
        let out = apply(&doc, &[&two, &ten]).unwrap();
        assert_eq!(out["properties"]["L"], json!([0, 1, 3, 4, 5, 6, 7, 8, 9, 11]));
        assert_eq!(apply(&doc, &[&edit("12")]), None);
    }
}
