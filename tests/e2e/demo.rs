//! `assay demo` and the steps after collection, over the bundled snapshot.

use std::fs;

use serde_json::Value;

use crate::support::{assay, folder, json, lines, run, text, tree, verdicts};

#[test]
fn demo_writes_its_files_and_says_what_it_found() {
    let dir = folder("demo");
    let ran = run(assay(&dir).arg("demo")).expect(&[1]);
    let out = dir.join("assay-out");
    for name in ["findings.ndjson", "assessment.json", "results.sarif", "report.html"] {
        assert!(
            out.join(name).metadata().is_ok_and(|m| m.len() > 100),
            "{name} is missing or empty"
        );
    }
    assert!(out.join("snapshot/manifest.json").is_file());
    assert!(ran.stdout.lines().count() > 5, "no summary:\n{}", ran.stdout);
    let findings = lines(&out.join("findings.ndjson"));
    assert!(findings.iter().any(|f| text(f, "status") == "fail"));
    for f in &findings {
        for key in ["rule", "severity", "status", "resource", "type", "account", "region"] {
            assert!(!text(f, key).is_empty(), "{key} is empty in {f}");
        }
        assert_ne!(text(f, "status"), "pass", "findings are failures and what was not assessed");
    }
}

#[test]
fn what_was_denied_is_named_and_not_green() {
    let dir = folder("demo-denied");
    run(assay(&dir).args(["demo", "--verdicts", "all"])).expect(&[1]);
    let all = lines(&dir.join("assay-out/findings.ndjson"));
    for operation in ["s3:GetBucketAcl", "kms:GetKeyPolicy", "guardduty:ListDetectors"] {
        let named = all
            .iter()
            .filter(|f| f.get("cause").is_some_and(|c| c.to_string().contains(operation)));
        let mut count = 0;
        for f in named {
            assert_eq!(text(f, "status"), "not_assessed", "{f}");
            count += 1;
        }
        assert!(count > 0, "nothing names {operation}");
    }
}

#[test]
fn two_runs_give_the_same_bytes() {
    let dir = folder("twice");
    for out in ["a", "b"] {
        run(assay(&dir).args(["demo", "--now", "2026-12-01", "--out", out])).expect(&[1]);
    }
    let (a, b) = (tree(&dir.join("a")), tree(&dir.join("b")));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (name, bytes) in &a {
        assert!(b.get(name) == Some(bytes), "{} differs", name.display());
    }
}

#[test]
fn evaluating_the_snapshot_gives_what_the_demo_gave() {
    let dir = folder("evaluate");
    run(assay(&dir).args(["demo", "--verdicts", "all", "--now", "2026-12-01", "--out", "demo"]))
        .expect(&[1]);
    let snapshot = dir.join("demo/snapshot");
    run(assay(&dir).arg("evaluate").arg(&snapshot).args([
        "--verdicts",
        "all",
        "--now",
        "2026-12-01",
        "--out",
        "again",
    ]))
    .expect(&[1]);
    assert_eq!(verdicts(&dir.join("demo")), verdicts(&dir.join("again")));
}

#[test]
fn json_of_a_report_is_the_assessment_byte_by_byte() {
    let dir = folder("report-json");
    run(assay(&dir).args(["demo", "--format", "json", "--out", "out"])).expect(&[1]);
    assert!(!dir.join("out/report.html").exists(), "only what was asked for");
    let said = run(assay(&dir).args(["report", "out", "--format", "json"])).expect(&[0]).stdout;
    let file = fs::read_to_string(dir.join("out/assessment.json")).expect("assessment");
    assert!(said == file, "standard output and the file differ");
}

#[test]
fn exit_codes_follow_the_threshold() {
    let dir = folder("exit-codes");
    run(assay(&dir).args(["demo", "--fail-on", "low"])).expect(&[1]);
    // Nothing counts as a finding, but calls were denied.
    run(assay(&dir).args(["demo", "--fail-on", "none"])).expect(&[3]);
}

#[test]
fn an_output_folder_verifies_until_it_is_touched() {
    let dir = folder("verify");
    run(assay(&dir).args(["demo", "--out", "out"])).expect(&[1]);
    run(assay(&dir).args(["verify", "out"])).expect(&[0]);
    let path = dir.join("out/snapshot/calls.ndjson");
    let mut bytes = fs::read(&path).expect("calls");
    bytes[10] ^= 1;
    fs::write(&path, bytes).expect("write");
    run(assay(&dir).args(["verify", "out"])).expect(&[1]).says(&["calls.ndjson"]);
    run(assay(&dir).args(["demo", "--out", "bare"])).expect(&[1]);
    fs::remove_file(dir.join("bare/.assay-output")).expect("remove");
    run(assay(&dir).args(["verify", "bare"])).expect(&[1]).says(&[".assay-output"]);
}

#[test]
fn every_control_of_every_framework_is_there() {
    let dir = folder("controls");
    run(assay(&dir).args(["demo", "--out", "out"])).expect(&[1]);
    let a = json(&dir.join("out/assessment.json"));
    let frameworks = a.get("frameworks").and_then(Value::as_array).expect("frameworks");
    let sizes: Vec<usize> = frameworks
        .iter()
        .map(|f| f.get("controls").and_then(Value::as_array).map_or(0, Vec::len))
        .collect();
    assert_eq!(frameworks.len(), 3);
    assert!(sizes.contains(&123), "ISO 27001: 30 clauses and 93 controls, not {sizes:?}");
    assert!(sizes.contains(&61), "SOC 2: 61 criteria, not {sizes:?}");
}
