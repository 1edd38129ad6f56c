//! The operations behind the made-up verdicts.

use std::collections::BTreeMap;

use assay_core::Verdict;
use assay_core::evidence::{Operation, PARAMETER_EXAMPLES};

use super::ts;

/// Every operation that verdicts name, by account and name, and the place of each.
pub(crate) fn operations(
    verdicts: &[Verdict],
) -> (Vec<Operation>, BTreeMap<(String, String), u32>) {
    let mut all: BTreeMap<(String, String), Operation> = BTreeMap::new();
    for v in verdicts {
        for call in &v.evidence.calls {
            let Some(name) = call.split('/').nth(3) else { continue };
            let o = all.entry((v.account.clone(), name.to_owned())).or_insert_with(|| Operation {
                account: v.account.clone(),
                operation: name.to_owned(),
                regions: vec![],
                parameters: BTreeMap::new(),
                calls: 0,
                pages: 0,
                started: ts("2026-11-22T02:03:04Z"),
                ended: ts("2026-11-22T02:05:09Z"),
                results: BTreeMap::new(),
            });
            o.calls += 1;
            o.pages += 1;
            *o.results.entry(v.cause.as_ref().map_or("ok", |_| "denied").into()).or_default() += 1;
            if !o.regions.contains(&v.region) {
                o.regions.push(v.region.clone());
                o.regions.sort();
            }
            let values = o.parameters.entry("Name".into()).or_default();
            if values.examples.len() < PARAMETER_EXAMPLES {
                values.examples.push(v.name.chars().take(200).collect());
            } else {
                values.more = true;
            }
        }
    }
    let places = (0..).zip(all.keys()).map(|(i, key)| (key.clone(), i)).collect();
    (all.into_values().collect(), places)
}
