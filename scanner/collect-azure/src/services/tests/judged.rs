//! The collected estate, judged: what the rules say of it, and the property that every change must
//! keep (deny each operation, cut each listing, lose each facet, corrupt each leaf: nothing gets
//! better).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use assay_core::Status;
use assay_core::rule::ParamType;
use assay_core::tailoring::Tailoring;
use assay_eval::Library;
use assay_eval::property::{Bench, Estate, Outcome, violations};
use assay_policies::Content;
use serde_json::{Value, json};

use super::support::*;

fn estate() -> Estate {
    let left = collected(larkspur());
    let operations = left.calls.iter().map(|(id, c)| (id.clone(), c.operation.clone())).collect();
    let documents = left.documents.into_values().collect();
    Estate { manifest: left.manifest, documents, operations }
}

/// Declares every parameter that has no default, so that the rules which need one are judged too.
fn declared(library: &Library) -> Tailoring {
    let mut params: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for rule in library.rules.iter().filter(|r| r.meta.id.starts_with("AZ-")) {
        for (name, p) in rule.meta.params.iter().filter(|(_, p)| p.default.is_none()) {
            let value = match p.kind {
                ParamType::Integer | ParamType::Number => json!(30),
                ParamType::String => json!("westeurope"),
                ParamType::Boolean => json!(true),
                ParamType::Strings => json!(["westeurope", "northeurope"]),
                ParamType::Integers => json!([443]),
            };
            params.entry(rule.meta.id.clone()).or_default().insert(name.clone(), value);
        }
    }
    Tailoring { params, ..Tailoring::default() }
}

fn status(judged: &Outcome, rule: &str, name: &str) -> Status {
    let found = judged.verdicts.iter().find(|v| v.rule == rule && v.resource.ends_with(name));
    found.unwrap_or_else(|| panic!("{rule} says nothing of {name}")).status
}

#[test]
fn the_estate_is_judged() {
    let library = Library::load(&Content::embedded()).unwrap();
    let tailoring = declared(&library);
    let bench = Bench::new(&library, &tailoring).unwrap();
    let judged = bench.judge(&estate(), None).unwrap();
    for (rule, good, bad) in [
        ("AZ-STO-001", "/larkspurorders", "/larkspurcovers"),
        ("AZ-KV-001", "/kv-larkspur-shop", "/kv-larkspur-old"),
        ("AZ-NET-001", "/nsg-web", "/nsg-data"),
        ("AZ-SQL-002", "/databases/orders", "/databases/trial"),
        ("AZ-SQL-004", "/sql-larkspur", "/sql-larkspur-lab"),
        ("AZ-PG-001", "/pg-larkspur-catalogue", "/pg-larkspur-lab"),
        ("AZ-MY-001", "/mysql-larkspur-loyalty", "/mysql-larkspur-blog"),
        ("AZ-APP-001", "/sites/app-larkspur-shop", "/slots/staging"),
        ("AZ-AKS-002", "/aks-shop", "/aks-lab"),
        ("AZ-ACR-001", "/crlarkspur", "/crlarkspurlab"),
        ("AZ-VM-002", "/vm-shop-web", "/vm-shop-search"),
        // These look at other subscriptions, but not for machines and mails in the tenant.
        ("AZ-VM-003", "/vm-shop-web", "/vm-shop-search"),
        ("AZ-MON-001", SHOP, LAB),
        ("AZ-DEF-003", "/vm-shop-web", "/vm-shop-search"),
        (
            "AZ-ENT-013",
            "b2000000-0000-4000-8000-000000000004",
            "b2000000-0000-4000-8000-000000000003",
        ),
        (
            "AZ-ENT-014",
            "b2000000-0000-4000-8000-000000000008",
            "b2000000-0000-4000-8000-000000000003",
        ),
        (
            "AZ-ENT-015",
            "a1000000-0000-4000-8000-000000000001",
            "a1000000-0000-4000-8000-000000000004",
        ),
    ] {
        assert_eq!(status(&judged, rule, good), Status::Pass, "{rule} {good}");
        assert_eq!(status(&judged, rule, bad), Status::Fail, "{rule} {bad}");
    }
    assert_eq!(status(&judged, "AZ-MON-002", LAB), Status::Fail);
    for (rule, refused) in [
        ("AZ-STO-007", "/larkspurlabdata"),
        ("AZ-SQL-003", "/sql-larkspur-lab"),
        ("AZ-DEF-002", LAB),
    ] {
        assert_eq!(status(&judged, rule, refused), Status::NotAssessed, "{rule} {refused}");
    }
}

#[test]
fn less_evidence_never_says_more() {
    let library = Library::load(&Content::embedded()).unwrap();
    let tailoring = declared(&library);
    let bench = Bench::new(&library, &tailoring).unwrap();
    let estate = estate();
    let before = bench.judge(&estate, None).unwrap();
    assert!(before.failures.len() > 50, "{} failures", before.failures.len());
    let changes = estate.changes();
    assert!(changes.len() > 500, "{} changes", changes.len());
    let next = AtomicUsize::new(0);
    let work = || {
        let mut broken = Vec::new();
        while let Some(change) = changes.get(next.fetch_add(1, Ordering::Relaxed)) {
            let Some(less) = estate.with(change, &library.types) else { continue };
            let after = bench.judge(&less, Some(&before)).unwrap();
            broken.extend(violations(&before, &after).iter().map(|v| format!("{change}: {v}")));
        }
        broken
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let broken: Vec<String> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        all.into_iter().flat_map(|t| t.join().unwrap()).collect()
    });
    assert!(broken.is_empty(), "{} breaches:\n{}", broken.len(), broken.join("\n"));
}
