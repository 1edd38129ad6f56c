//! Synthetic documents for benchmarks, made of what the cases say.

use std::collections::BTreeMap;

use assay_core::{Resource, TypeRegistry};
use assay_policies::Content;
use serde_json::Value;

use super::file::{AZURE_SUBSCRIPTION, CaseFile};
use crate::load::Library;

/// `count` documents over all types that rules judge. Every facet that a case names is known, and
/// takes the cases' values in turn; so all rules run, and they pass and fail.
#[must_use]
pub fn sample(library: &Library, content: &Content, count: usize) -> Vec<Resource> {
    let mut values: BTreeMap<String, Kind> = BTreeMap::new();
    for rule in &library.rules {
        let Some(file) = content.cases_of(&rule.meta.file) else { continue };
        let Ok(file) = yaml_serde::from_str::<CaseFile>(&file.text) else { continue };
        let default = rule.meta.resources.first().cloned().unwrap_or_default();
        for case in file.cases {
            for document in std::iter::once(&case.resource).chain(&case.related) {
                let doc = document.resource(&default, 0, &library.types);
                values.entry(doc.kind.clone()).or_default().add(doc, &library.types);
            }
        }
    }
    let judged: Vec<(&String, &Kind)> = values
        .iter()
        .filter(|(kind, _)| library.rules.iter().any(|r| r.meta.resources.contains(kind)))
        .collect();
    let (single, many): (Vec<_>, Vec<_>) = judged
        .into_iter()
        .partition(|(kind, _)| kind.starts_with("Assay::") || *kind == AZURE_SUBSCRIPTION);
    let mut out = Vec::with_capacity(count);
    for (kind, known) in single {
        // An account, a subscription and a region exist once, however large the estate.
        out.extend(known.document(kind, 0));
    }
    for n in 0..count.saturating_sub(out.len()) {
        let Some((kind, known)) = many.get(n % many.len().max(1)) else { break };
        out.extend(known.document(kind, n));
    }
    out
}

/// What is known of a type: the values of each facet.
#[derive(Default)]
struct Kind {
    model: Option<Resource>,
    properties: BTreeMap<String, Vec<Value>>,
    derived: BTreeMap<String, Vec<Value>>,
}

impl Kind {
    fn add(&mut self, mut doc: Resource, types: &TypeRegistry) {
        if types.get(&doc.kind).is_none_or(|def| def.check(&mut doc) > 0) {
            return;
        }
        let note = |into: &mut BTreeMap<String, Vec<Value>>, name: &String, value: &Value| {
            let list = into.entry(name.clone()).or_default();
            if !list.contains(value) {
                list.push(value.clone());
            }
        };
        doc.properties.iter().for_each(|(k, v)| note(&mut self.properties, k, v));
        doc.derived.iter().for_each(|(k, v)| note(&mut self.derived, k, v));
        self.model.get_or_insert(doc);
    }

    fn document(&self, kind: &str, n: usize) -> Option<Resource> {
        let mut doc = self.model.clone()?;
        doc.name = format!("{:08}", n);
        doc.id = match doc.provider.as_str() {
            "azure" if kind == AZURE_SUBSCRIPTION => format!("/subscriptions/{}", doc.account),
            "azure" => format!(
                "/subscriptions/{}/resourceGroups/sample/providers/{kind}/{n:08}",
                doc.account
            ),
            _ => format!("arn:aws:sample:{}:{}:{kind}/{n:08}", doc.region, doc.account),
        };
        doc.tags.get_or_insert_default();
        doc.gaps.clear();
        let pick = |values: &Vec<Value>| values.get(n % values.len().max(1)).cloned();
        for (name, values) in &self.properties {
            doc.properties.extend(pick(values).map(|v| (name.clone(), v)));
            doc.sources.insert(name.clone(), format!("aws/{}/{kind}/{name}", doc.account));
        }
        for (name, values) in &self.derived {
            doc.derived.extend(pick(values).map(|v| (name.clone(), v)));
        }
        Some(doc)
    }
}
