//! Throttling, latency, broken answers, Ctrl-C, and how many calls a scan makes.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::lab::{SCAN, lab};
use crate::support::{folder, json as read, lines, ran, root, text, verdicts};

#[test]
fn throttling_changes_nothing() {
    let Some(lab) = lab("throttling_changes_nothing") else { return };
    let dir = folder("throttling");
    lab.scan(&dir).expect(&[1]);
    let calm = verdicts(&dir.join("out"));
    lab.faults(&json!({"throttle_every": 2}));
    lab.scan(&dir).expect(&[1]);
    let stats = lab.control("stats", &json!({}));
    assert!(
        stats["throttled"].as_object().is_some_and(|t| t.len() > 20),
        "hardly anything was throttled"
    );
    let hard = verdicts(&dir.join("out"));
    let differ: Vec<_> = calm.iter().filter(|(k, v)| hard.get(*k) != Some(v)).take(10).collect();
    assert!(differ.is_empty() && calm.len() == hard.len(), "throttling changed {differ:?}");
}

#[test]
fn what_stays_throttled_is_a_gap() {
    let Some(lab) = lab("what_stays_throttled_is_a_gap") else { return };
    let dir = folder("always-throttled");
    lab.faults(&json!({"throttle_always": ["kms:ListKeys@eu-west-1"]}));
    lab.scan(&dir).expect(&[1, 3]);
    let a = read(&dir.join("out/assessment.json"));
    let told = a["incomplete_listings"].to_string();
    assert!(told.contains("AWS::KMS::Key") && told.contains("throttled"), "{told}");
}

#[test]
fn latency_changes_nothing() {
    let Some(lab) = lab("latency_changes_nothing") else { return };
    let dir = folder("latency");
    lab.scan(&dir).expect(&[1]);
    let calm = verdicts(&dir.join("out"));
    lab.faults(&json!({"latency_ms": 40, "latency_jitter_ms": 40}));
    lab.scan(&dir).expect(&[1]);
    assert!(verdicts(&dir.join("out")) == calm, "latency changed verdicts");
}

#[test]
fn a_broken_answer_is_a_gap() {
    let Some(lab) = lab("a_broken_answer_is_a_gap") else { return };
    let dir = folder("garbled");
    lab.scan(&dir).expect(&[1]);
    let before = verdicts(&dir.join("out"));
    let broken = ["s3:GetBucketVersioning", "rds:DescribeDBSnapshots", "cloudtrail:GetTrailStatus"];
    for fault in ["garble", "server_error"] {
        lab.faults(&json!({fault: broken}));
        lab.scan(&dir).expect(&[1, 3]);
        let mut wrong = Vec::new();
        crate::denied::better(
            &before,
            &verdicts(&dir.join("out")),
            &[fault.to_owned()],
            &mut wrong,
        );
        assert!(wrong.is_empty(), "{wrong:#?}");
        let all = lines(&dir.join("out/findings.ndjson"));
        for operation in broken {
            let named = |f: &Value| {
                text(f, "status") == "not_assessed"
                    && f.get("cause").is_some_and(|c| c.to_string().contains(operation))
            };
            assert!(all.iter().any(named), "{fault}: nothing names {operation}");
        }
    }
}

/// Ctrl-C: exit 130, and a snapshot that says it is not whole.
#[test]
fn an_interrupted_scan_says_so() {
    let Some(lab) = lab("an_interrupted_scan_says_so") else { return };
    let dir = folder("interrupted");
    lab.faults(&json!({"latency_ms": 400}));
    let mut c = lab.assay(&dir);
    c.args(SCAN).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = c.spawn().expect("starts");
    let started = Instant::now();
    while lab.calls().iter().map(|(_, n)| n).sum::<u64>() < 30 {
        assert!(started.elapsed() < Duration::from_secs(60), "the scan does not begin");
        std::thread::sleep(Duration::from_millis(50));
    }
    let killed =
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(killed.success());
    let ran = ran(&child.wait_with_output().expect("ends")).expect(&[130]);
    assert!(started.elapsed() < Duration::from_secs(90), "it took too long to stop");
    let manifests: Vec<_> = crate::support::tree(&dir)
        .into_iter()
        .filter(|(p, _)| p.ends_with("manifest.json"))
        .map(|(_, b)| serde_json::from_slice::<Value>(&b).expect("manifest"))
        .collect();
    assert!(!manifests.is_empty(), "no snapshot is left:\n{}", ran.stderr);
    for m in manifests {
        assert_eq!(text(&m, "state"), "interrupted");
        let open = m["listings"]
            .as_array()
            .expect("listings")
            .iter()
            .filter(|l| text(l, "state") != "complete");
        assert!(open.count() > 0, "an interrupted snapshot whose listings are all complete");
    }
}

/// At most 1.2 × the fewest calls that read what the rules read.
#[test]
fn a_scan_makes_few_calls() {
    let Some(lab) = lab("a_scan_makes_few_calls") else { return };
    let dir = folder("calls");
    lab.scan(&dir).expect(&[1]);
    let made: u64 = lab.calls().iter().map(|(_, n)| n).sum();
    let python = std::env::var_os("ASSAY_TEST_PYTHON").expect("the lab runs");
    let out = Command::new(python)
        .arg(root().join("fixtures/demo/floor.py"))
        .args(["--endpoint", &lab.url()])
        .output()
        .expect("floor.py");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let floor: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let fewest = floor["total"].as_u64().expect("total");
    assert!(made * 10 <= fewest * 12, "{made} calls, and {fewest} are enough\n{floor:#}");
}
