//! The property that every change must keep, over the bundled estate: deny each operation, cut each
//! listing, lose each facet, corrupt each leaf; nothing gets better, and nothing known disappears.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests may panic"
)]

use std::collections::BTreeMap;
use std::path::Path;

use assay_core::rule::ParamType;
use assay_core::tailoring::Tailoring;
use assay_eval::Library;
use assay_eval::property::{Bench, Estate, violations};
use assay_policies::Content;
use assay_snapshot::Snapshot;
use rayon::prelude::*;
use serde_json::json;

/// Declares every parameter that has no default, so that the rules which need one are judged too.
fn declared(library: &Library) -> Tailoring {
    let mut params: BTreeMap<String, BTreeMap<String, serde_json::Value>> = BTreeMap::new();
    for rule in &library.rules {
        for (name, p) in rule.meta.params.iter().filter(|(_, p)| p.default.is_none()) {
            let value = match p.kind {
                ParamType::Integer | ParamType::Number => json!(30),
                ParamType::String => json!("production"),
                ParamType::Boolean => json!(true),
                ParamType::Strings => json!(["production"]),
                ParamType::Integers => json!([443]),
            };
            params.entry(rule.meta.id.clone()).or_default().insert(name.clone(), value);
        }
    }
    Tailoring { params, ..Tailoring::default() }
}

#[test]
fn less_evidence_never_says_more() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/demo/snapshot");
    let snapshot = Snapshot::open(&root).unwrap();
    let library = Library::load(&Content::embedded()).unwrap();
    let tailoring = declared(&library);
    let bench = Bench::new(&library, &tailoring).unwrap();
    let estate = Estate::read(&snapshot).unwrap();
    let before = bench.judge(&estate, None).unwrap();
    assert!(before.failures.len() > 100, "the estate has failures to lose");

    let changes = estate.changes();
    let broken: Vec<String> = changes
        .par_iter()
        .filter_map(|change| estate.with(change, &library.types).map(|e| (change, e)))
        .flat_map_iter(|(change, less)| {
            let after = bench.judge(&less, Some(&before)).unwrap();
            violations(&before, &after).into_iter().map(move |v| format!("{change}: {v}"))
        })
        .collect();
    eprintln!("{} changes of {} documents", changes.len(), estate.documents.len());
    assert!(changes.len() > 500, "the estate has evidence to lose");
    assert!(broken.is_empty(), "{} breaches:\n{}", broken.len(), broken.join("\n"));
}
