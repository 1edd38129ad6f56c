//! What a rule saw of a document, facet by facet: for people who ask why.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use regorus::Value;

use super::{Segment, facet};
use crate::evaluate::EvalError;
use crate::explain::{Explained, Seen};
use crate::reads::Read;
use crate::run::Runner;

/// A document as rules see it.
struct Shown<'o> {
    properties: Option<&'o Value>,
    derived: Option<&'o Value>,
    tags: Option<&'o Value>,
    sources: Option<&'o Value>,
}

impl Segment<'_> {
    /// The verdict of each rule on a document, with what the rule read of it.
    pub(crate) fn explain(
        &self,
        runner: &mut Runner,
        line: &[u8],
    ) -> Result<Vec<Explained>, EvalError> {
        let judged = self.judge(runner, line)?;
        let (mut object, gaps, sources) = self.taken(line)?;
        let object = Arc::make_mut(&mut object);
        let unknown = self.unknown(object, gaps.as_ref(), line)?;
        let shown = Shown {
            properties: object.get(&self.keys.properties),
            derived: object.get(&self.keys.derived),
            tags: object.get(&self.keys.tags),
            sources: sources.as_ref(),
        };
        let rules = self.plan.rules.iter().enumerate().zip(judged.verdicts);
        let explained = rules.map(|((position, rule), verdict)| {
            let mut reads: BTreeMap<String, Seen> = BTreeMap::new();
            for place in rule.narrows.iter().chain(&rule.judges) {
                let Some(mut seen) = self.seen(position, *place, &shown) else { continue };
                seen.unknown = unknown.get(*place).cloned().flatten();
                // Several paths below one facet are shown as that facet.
                let old = reads.entry(seen.what.clone()).or_insert_with(|| seen.clone());
                old.unknown = old.unknown.take().or(seen.unknown);
            }
            let group = self.plan.groups.iter().find(|g| g.rules.contains(&position));
            let params = group.and_then(|g| serde_json::to_value(&g.params).ok());
            let params = params.and_then(|p| p.as_object().cloned()).unwrap_or_default();
            let source = self.set.rules.get(rule.rule).map_or("", |r| r.source.as_str());
            let beside = beside(source, shown.properties, &reads);
            Explained { verdict, reads: reads.into_values().collect(), beside, params }
        });
        Ok(explained.collect())
    }

    /// One thing that a rule reads, by its place in the plan.
    fn seen(&self, position: usize, place: usize, shown: &Shown<'_>) -> Option<Seen> {
        let item = self.plan.items.get(place)?;
        let groups = &self.plan.groups;
        let group = groups.iter().position(|g| g.rules.contains(&position));
        let (what, value) = match &item.read {
            Read::Property(_) => (facet(item), member(shown.properties, &item.key)),
            Read::Tags => (item.read.to_string(), shown.tags.cloned()),
            Read::Derived(_) => (item.read.to_string(), member(shown.derived, &item.key)),
            Read::Related(kind) => {
                let all = group.map(|g| self.related(g));
                let all = member(all.as_ref(), &Value::from(kind.as_str()));
                (item.read.to_string(), all)
            }
            // Declared parameters are no items: they are known.
            Read::Param(_) => (item.read.to_string(), None),
        };
        Some(Seen {
            what,
            // A value of the engine is always one of JSON, but for what is undefined.
            value: value.and_then(|v| serde_json::to_value(&v).ok()),
            unknown: None,
            calls: self.calls(std::iter::once(&place), shown.sources),
        })
    }
}

/// Settings that a rule's text names as whole words, and that it does not read.
fn beside(source: &str, properties: Option<&Value>, reads: &BTreeMap<String, Seen>) -> Vec<Seen> {
    let Some(Value::Object(properties)) = properties else { return Vec::new() };
    let words: BTreeSet<&str> = source
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-' || c == '.'))
        .map(|w| w.trim_matches('.'))
        .collect();
    let mut out = Vec::new();
    for (name, value) in properties.iter_sorted() {
        let Value::String(name) = name else { continue };
        let what = format!("/{}", assay_core::path::escape(name));
        let own = match value {
            Value::Array(list) => list.first().is_some_and(placed),
            other => placed(other),
        };
        if own && words.contains(name.as_ref()) && !reads.contains_key(&what) {
            let value = serde_json::to_value(value).ok();
            out.push(Seen { what, value, unknown: None, calls: Vec::new() });
        }
    }
    out
}

/// Whether a value says where it comes from.
fn placed(value: &Value) -> bool {
    matches!(value, Value::Object(map) if map.contains_key(&Value::from("origin")))
}

fn member(of: Option<&Value>, key: &Value) -> Option<Value> {
    match of {
        Some(Value::Object(map)) => map.get(key).cloned(),
        _ => None,
    }
}
