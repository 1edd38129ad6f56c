//! Errors name the thing and the next step, wherever it stands.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use serde_json::Value;

use crate::support::{assay, folder, json, lines, root, run, text};

#[test]
fn a_retired_id_says_what_replaces_it() {
    let dir = folder("retired");
    let words = ["AWS-IAM-024", "was retired", "AWS-IAM-023"];
    run(assay(&dir).args(["explain", "aws-iam-024"])).expect(&[0]).says(&words);
    run(assay(&dir).args(["demo", "--rule", "AWS-IAM-024"])).expect(&[2]).says(&words);
    for table in
        ["[[waive]]\nresource = \"*\"\nowner = \"a\"\nexpires = 2026-12-01", "[[deselect]]"]
    {
        let config = format!(
            "{table}\nreason = \"r\"\napprover = \"b\"\napproved = 2026-11-01\nrule = \"AWS-IAM-024\"\n"
        );
        fs::write(dir.join("assay.toml"), config).expect("write");
        run(assay(&dir).args(["demo"])).expect(&[2]).says(&words).says(&["^^^", "rule = "]);
    }
    fs::remove_file(dir.join("assay.toml")).expect("remove");

    // An own pack cannot take the id.
    let rules = dir.join("own/rules/aws/s3");
    fs::create_dir_all(&rules).expect("folder");
    let from = root().join("policies/rules/aws/s3");
    let rule = fs::read_to_string(from.join("bucket_versioning.rego")).expect("rule");
    fs::write(rules.join("bucket_versioning.rego"), rule.replace("AWS-S3-009", "AWS-IAM-024"))
        .expect("write");
    fs::copy(from.join("bucket_versioning.cases.yaml"), rules.join("bucket_versioning.cases.yaml"))
        .expect("copy");
    // A list of its own cannot take the id from the dead either.
    fs::write(dir.join("own/tombstones.yaml"), "[]\n").expect("write");
    run(assay(&dir).args(["demo", "--policies", "own"]))
        .expect(&[2])
        .says(&words)
        .says(&["1 mistake in", "bucket_versioning.rego"]);
    run(assay(&dir).args(["test", "own"])).expect(&[1]).says(&words);
    assert!(!dir.join("assay-out").exists());
}

#[test]
fn a_deselected_rule_keeps_its_known_failures_open() {
    let dir = folder("deselected-baseline");
    run(assay(&dir).args(["demo", "--quiet", "--out", "before"])).expect(&[1]);
    run(assay(&dir).args(["demo", "--quiet", "--out", "after", "--baseline", "before"]).args([
        "--rule",
        "AWS-S3-*",
        "--fail-on",
        "none",
    ]))
    .expect(&[0, 3]);
    let prints = |out: &str| -> std::collections::BTreeSet<String> {
        let sarif = json(&dir.join(out).join("results.sarif"));
        let runs = sarif["runs"].as_array().expect("runs").clone();
        runs.iter()
            .flat_map(|r| r["results"].as_array().cloned().unwrap_or_default())
            .map(|r| r["partialFingerprints"]["primaryLocationLineHash"].to_string())
            .collect()
    };
    assert_eq!(prints("before"), prints("after"), "no alert is closed");
    let other = |f: &&Value| !text(f, "rule").starts_with("AWS-S3-");
    let findings = lines(&dir.join("after/findings.ndjson"));
    let carried: Vec<&Value> = findings.iter().filter(other).collect();
    assert!(!carried.is_empty());
    for f in carried {
        assert_eq!(text(f, "status"), "not_assessed", "{f}");
        assert_eq!(f["cause"]["kind"], "rule_not_run", "{f}");
        assert!(f["cause"]["detail"].to_string().contains("left out by --rule"), "{f}");
    }
    let known = json(&dir.join("after/assessment.json"))["baseline"].clone();
    assert_eq!(known["fixed"], 0, "{known}");
    run(assay(&dir).args(["diff", "before", "after"])).expect(&[0]).says(&["fixed: 0", "new: 0"]);
}

#[test]
fn the_profile_and_the_endpoint_are_named() {
    let dir = folder("aws-words");
    run(assay(&dir).args(["scan", "aws", "--profile", "nope", "--out", "out"]))
        .expect(&[2])
        .says(&["profile `nope`"]);
    run(assay(&dir).args(["scan", "aws", "--out", "out"]).env("AWS_PROFILE", "other"))
        .expect(&[2])
        .says(&["profile `other`"]);
    let ran = run(assay(&dir)
        .args(["scan", "aws", "--region", "eu-west-1", "--out", "out"])
        .env("AWS_ACCESS_KEY_ID", "a")
        .env("AWS_SECRET_ACCESS_KEY", "b")
        .env("AWS_ENDPOINT_URL", "notaurl"))
    .expect(&[2])
    .says(&["`notaurl`", "AWS_ENDPOINT_URL", "https://"]);
    assert!(!ran.stderr.contains("SdkBody"), "{}", ran.stderr);
    assert!(!dir.join("out").exists() && !dir.join("out.partial").exists());
}

#[test]
fn a_proxy_is_asked_for_the_host() {
    let dir = folder("proxy");
    let proxy = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", proxy.local_addr().expect("address"));
    let mut scan = assay(&dir);
    scan.args(["scan", "aws", "--region", "eu-west-1", "--out", "out", "--quiet"])
        .env("AWS_ACCESS_KEY_ID", "a")
        .env("AWS_SECRET_ACCESS_KEY", "b")
        .env("HTTPS_PROXY", &address)
        .stderr(std::process::Stdio::null());
    let mut child = scan.spawn().expect("the program starts");
    let (mut asked, _) = proxy.accept().expect("nobody asked the proxy");
    let mut head = [0; 64];
    let n = asked.read(&mut head).expect("a request");
    let _ = asked.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n");
    child.kill().expect("it still tries");
    let _ = child.wait();
    let head = String::from_utf8_lossy(&head[..n]).into_owned();
    assert!(head.starts_with("CONNECT sts.") && head.contains(".amazonaws.com:443 "), "{head}");
}

#[test]
fn an_unknown_log_level_is_an_error_and_json_stays_json() {
    let dir = folder("log-level");
    run(assay(&dir).args(["--log", "nope", "rules"])).expect(&[2]).says(&["`nope` is no level"]);
    for args in [
        &["--log-format", "json", "explain", "AWS-S3-999"][..],
        &["--log-format=json", "demo", "--no-such-flag"][..],
        &["--log-format", "json", "--log", "off", "report", "nowhere", "--format", "html"][..],
    ] {
        let ran = run(assay(&dir).args(args)).expect(&[2]);
        for line in ran.stderr.lines() {
            let v: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
            assert_eq!(text(&v, "level"), "ERROR");
            assert_eq!(v["fields"]["exit_code"], 2);
            assert!(!text(&v["fields"], "message").is_empty());
        }
        assert!(!ran.stderr.is_empty());
    }
}

#[test]
fn progress_is_json_where_the_log_is() {
    let dir = folder("log-progress");
    fs::create_dir_all(dir.join("root/etc")).expect("folders");
    let ran = run(assay(&dir).args([
        "--log-format",
        "json",
        "collect",
        "host",
        "--name",
        "web",
        "--root",
        "root",
    ]))
    .expect(&[0, 3]);
    let mut done = 0;
    for line in ran.stderr.lines() {
        let v: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
        assert!(!text(&v["fields"], "message").is_empty());
        done = done.max(v["fields"]["done"].as_u64().unwrap_or(0));
    }
    assert!(done > 0, "{}", ran.stderr);
}

#[test]
fn a_parameter_is_underlined_in_the_file_that_sets_it() {
    let dir = folder("bad-parameter");
    fs::write(dir.join("mine.toml"), "[params.AWS-S3-014]\napproved_regions = 7\n").expect("write");
    let ran = run(assay(&dir).args(["demo", "--config", "mine.toml"])).expect(&[2]).says(&[
        "approved_regions must be a list of texts",
        "mine.toml:2:20",
        "^",
    ]);
    assert!(!ran.stderr.contains("assay.toml"), "{}", ran.stderr);
}

#[test]
fn a_failed_run_leaves_nothing_behind() {
    let dir = folder("no-litter");
    // The snapshot is damaged where only judging finds it.
    crate::support::copy(&crate::support::bundled(), &dir.join("snapshot"));
    let path = dir.join("snapshot/calls.ndjson");
    let mut bytes = fs::read(&path).expect("calls");
    bytes[10] ^= 1;
    fs::write(&path, bytes).expect("write");
    run(assay(&dir).args(["evaluate", "snapshot", "--out", "out"])).expect(&[2]);
    assert!(!dir.join("out").exists() && !dir.join("out.partial").exists());
}

#[test]
fn the_worst_come_first_in_a_diff() {
    let dir = folder("diff-order");
    run(assay(&dir).args(["demo", "--quiet", "--out", "all"])).expect(&[1]);
    let few = ["demo", "--quiet", "--fail-on", "none", "--out", "few", "--rule", "AWS-S3-009"];
    run(assay(&dir).args(few)).expect(&[0, 3]);
    let ran = run(assay(&dir).args(["diff", "few", "all"])).expect(&[1]);
    let rank = |l: &str| {
        ["critical", "high", "medium", "low"].iter().position(|s| l.trim_start().starts_with(s))
    };
    let ranks: Vec<usize> = ran.stdout.lines().filter_map(rank).collect();
    assert!(ranks.len() > 100 && ranks.is_sorted(), "{}", ran.stdout);
}
