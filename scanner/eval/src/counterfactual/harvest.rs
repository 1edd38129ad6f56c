//! What the rule's own cases hold: estates that are known to make it fail, moved to the place of the
//! judged document.

use std::collections::BTreeMap;

use assay_core::{Resource, Status, Timestamp, TypeRegistry};
use assay_policies::Content;
use jiff::SignedDuration;
use serde_json::Value;

use super::edit::{Edit, Key, diff, part};
use super::values::is_time;
use crate::cases::{CaseFile, Estate};
use crate::load::Rule;

/// The most cases of a rule that are looked at.
const MOST: usize = 24;

/// The estate of a case.
pub(super) struct Model {
    pub(super) own: Value,
    pub(super) others: Vec<(Key, Value)>,
}

/// The parameters of the cases of a rule in which it says `status`, each set of them once.
pub(super) fn params(content: &Content, rule: &Rule, status: Status) -> Vec<Params> {
    let Some(file) = cases(content, rule) else { return Vec::new() };
    let mut out: Vec<Params> = Vec::new();
    for case in file.cases.into_iter().filter(|c| c.expect == status).take(MOST) {
        if !out.contains(&case.params) {
            out.push(case.params);
        }
    }
    out
}

/// Parameters of one rule.
type Params = BTreeMap<String, Value>;

fn cases(content: &Content, rule: &Rule) -> Option<CaseFile> {
    yaml_serde::from_str(&content.cases_of(&rule.meta.file)?.text).ok()
}

/// The cases of a rule in which it says `status`, as if they were about `like`.
pub(super) fn models(
    content: &Content,
    rule: &Rule,
    types: &TypeRegistry,
    status: Status,
    like: &Resource,
    now: Timestamp,
) -> Vec<Model> {
    let Some(file) = cases(content, rule) else { return Vec::new() };
    let cases = file.cases.iter().filter(|c| c.expect == status).take(MOST);
    let estates = cases.filter_map(|case| Estate::of(case, rule, types).ok());
    estates.filter_map(|estate| model(&estate, like, now)).collect()
}

fn model(estate: &Estate, like: &Resource, now: Timestamp) -> Option<Model> {
    let own = estate.documents.first()?;
    let moved = Moved { from: own, to: like, by: now.duration_since(estate.now) };
    let mut all = estate.documents.iter().filter_map(|doc| {
        let mut doc = serde_json::to_value(doc).ok()?;
        moved.value(&mut doc);
        Some(doc)
    });
    let own = all.next()?;
    let others = all.filter_map(|doc| Some((key(&doc)?, doc))).collect();
    Some(Model { own, others })
}

fn key(doc: &Value) -> Option<Key> {
    let text = |name: &str| doc.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Key {
        kind: text("type")?,
        account: text("account")?,
        region: text("region")?,
        id: text("id")?,
    })
}

/// From a case's document to the judged one: names and times.
struct Moved<'m> {
    from: &'m Resource,
    to: &'m Resource,
    by: SignedDuration,
}

impl Moved<'_> {
    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(list) => list.iter_mut().for_each(|v| self.value(v)),
            Value::Object(map) => map.values_mut().for_each(|v| self.value(v)),
            _ => {}
        }
    }

    fn text(&self, text: &str) -> String {
        let (from, to) = (self.from, self.to);
        if text == from.name {
            return to.name.clone();
        }
        if text == from.region {
            return to.region.clone();
        }
        if is_time(text)
            && let Ok(time) = text.parse::<Timestamp>()
            && let Ok(moved) = time.checked_add(self.by)
        {
            return moved.to_string();
        }
        let text = text.replace(&from.id, &to.id).replace(&from.account, &to.account);
        if from.region == to.region || !text.contains(':') {
            return text;
        }
        text.replace(&format!(":{}:", from.region), &format!(":{}:", to.region))
    }
}

/// The edits that give a document some facets of a model: those that the model knows, also where
/// the document does not.
pub(super) fn facets(of: &Key, doc: &Value, model: &Value, roots: &[Vec<String>]) -> Vec<Edit> {
    let mut out = Vec::new();
    for root in roots {
        if let Some(to) = part(model, root) {
            diff(of, root, part(doc, root), Some(to), &mut out);
        }
    }
    out
}

/// The elements of a model's lists that a document's list at the same place lacks, each added; and
/// each whole facet that differs in several places.
pub(super) fn more(of: &Key, doc: &Value, model: &Value, roots: &[Vec<String>]) -> Vec<Edit> {
    let mut out = Vec::new();
    for root in roots {
        if let (Some(from), Some(to)) = (part(doc, root), part(model, root)) {
            grown(of, root, from, to, &mut out);
            if from != to {
                let (from, to) = (Some(from.clone()), Some(to.clone()));
                out.push(Edit { of: of.clone(), path: root.clone(), from, to });
            }
        }
    }
    out
}

fn grown(of: &Key, path: &[String], from: &Value, to: &Value, out: &mut Vec<Edit>) {
    let below = |step: &str| [path, &[step.to_owned()]].concat();
    match (from, to) {
        (Value::Object(a), Value::Object(b)) => {
            let both = a.iter().filter_map(|(k, v)| Some((k, v, b.get(k)?)));
            both.for_each(|(k, a, b)| grown(of, &below(k), a, b, out));
        }
        (Value::Array(a), Value::Array(b)) => {
            for element in b.iter().filter(|e| !a.contains(e)) {
                let path = below(&a.len().to_string());
                out.push(Edit { of: of.clone(), path, from: None, to: Some(element.clone()) });
            }
        }
        _ => {}
    }
}
