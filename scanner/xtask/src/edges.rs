//! Arrows between crates point down only. Asserted from what cargo itself says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The floors of the house, lowest first. A crate may depend on crates of lower floors, and on its
/// own floor only where [`SAME_FLOOR`] says so.
const FLOORS: [&[&str]; 6] = [
    &["assay-core", "assay-aws-wire"],
    &["assay-snapshot", "assay-policies", "assay-reports"],
    &["assay-derive", "assay-collect", "assay-host"],
    &[
        "assay-eval",
        "assay-ledger",
        "assay-collect-aws",
        "assay-collect-aws-ec2",
        "assay-collect-aws-base",
        "assay-collect-azure",
        "assay-collect-host",
    ],
    &["assay-cli"],
    &["xtask", "assay-bench", "assay-tests"],
];

/// The leaf crates of one provider build on each other.
const SAME_FLOOR: [(&str, &str); 3] = [
    ("assay-collect-aws", "assay-collect-aws-base"),
    ("assay-collect-aws", "assay-collect-aws-ec2"),
    ("assay-collect-aws-ec2", "assay-collect-aws-base"),
];

/// Rules and collectors share the type files, nothing else; the ledger knows neither.
const NEVER: [(&str, &str); 6] = [
    ("assay-eval", "assay-collect"),
    ("assay-ledger", "assay-collect"),
    ("assay-ledger", "assay-policies"),
    ("assay-derive", "assay-collect"),
    ("assay-collect-aws", "assay-eval"),
    ("assay-reports", "assay-snapshot"),
];

fn edges() -> BTreeMap<String, BTreeSet<String>> {
    let out = crate::run::output(
        crate::run::cargo(&["metadata", "--no-deps", "--format-version", "1", "--offline"])
            .unwrap(),
    )
    .unwrap();
    let metadata: Value = serde_json::from_str(&out).unwrap();
    let text = |v: &Value, k: &str| v[k].as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().unwrap();
    let ours: BTreeSet<String> = packages.iter().map(|p| text(p, "name")).collect();
    packages
        .iter()
        .map(|p| {
            let needs = p["dependencies"].as_array().unwrap().iter();
            let needs = needs.filter(|d| d["kind"] != "dev").map(|d| text(d, "name"));
            (text(p, "name"), needs.filter(|n| ours.contains(n)).collect())
        })
        .collect()
}

fn floor(name: &str) -> usize {
    FLOORS
        .iter()
        .position(|f| f.contains(&name))
        .unwrap_or_else(|| panic!("{name} has no floor: say in edges.rs where it lives"))
}

#[test]
fn arrows_point_down_only() {
    let edges = edges();
    assert!(edges.len() > 10, "cargo metadata names our crates");
    for (from, to) in
        edges.iter().flat_map(|(f, t)| t.iter().map(move |t| (f.as_str(), t.as_str())))
    {
        let down = floor(to) < floor(from);
        assert!(down || SAME_FLOOR.contains(&(from, to)), "{from} must not know {to}");
        assert!(!NEVER.contains(&(from, to)), "{from} must never know {to}");
    }
}
