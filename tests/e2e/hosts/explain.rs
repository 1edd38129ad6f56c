//! `assay explain ID --on DIR`: the value that won, its line, and what lost to it.

use super::{ended, scan, tars};
use crate::support::{assay, folder, run};

#[test]
fn the_winner_and_the_losers_of_a_host_are_shown() {
    let dir = folder("explain-host");
    if tars("hosts::explain::the_winner_and_the_losers_of_a_host_are_shown", &dir).is_none() {
        return;
    }
    let mut c = scan(&dir, "assay-out");
    c.arg("--image").arg(dir.join("web-2.tar")).arg("--image").arg(dir.join("stockroom.tar"));
    ended(&mut c);
    let explain = |args: &[&str]| {
        run(assay(&dir).arg("explain").args(args).args(["--on", "assay-out/snapshot"]))
    };
    let ran = explain(&["LINUX-SSH-001"]).expect(&[0]).says(&[
        "FAIL  host:stockroom/sshd",
        "PASS  host:web-2/sshd",
        "PermitRootLogin yes",
        "← /etc/ssh/sshd_config:4",
        "linux:ssh",
    ]);
    // The line in a directory of drop-ins comes too late on one host, and wins on the other.
    let (stockroom, web) = ran.stdout.split_once("PASS  host:web-2").expect("both hosts");
    for (text, value, winner, loser) in [
        (
            stockroom,
            "yes",
            "sshd_config:4",
            "lost: no  ← /etc/ssh/sshd_config.d/50-hardening.conf:2",
        ),
        (web, "no", "sshd_config.d/10-larkspur.conf:2", "lost: yes  ← /etc/ssh/sshd_config:5"),
    ] {
        let won = |l: &str| l.contains(&format!("value {value}")) && l.ends_with(winner);
        assert!(text.lines().any(won) && text.contains(loser), "{text}");
    }
    let one = explain(&["LINUX-SSH-001", "--resource", "web-*"]).expect(&[0]);
    assert!(!one.stdout.contains("stockroom"), "{}", one.stdout);
    explain(&["LINUX-SSH-001", "--resource", "nobody"]).expect(&[2]).says(&["nobody"]);
    // A setting with candidates that lost.
    explain(&["LINUX-SSH-004", "--resource", "host:stockroom/sshd"]).expect(&[0]).says(&[
        "FAIL",
        "10 ",
        "← /etc/ssh/sshd_config:8",
    ]);
    explain(&["LINUX-SYSCTL-008", "--resource", "web-2"])
        .expect(&[0])
        .says(&["PASS", "← /etc/sysctl.d/60-larkspur.conf:"]);
    // The whole output folder will do, and other tools' names for the rule.
    run(assay(&dir).args(["explain", "ssh.root_login", "--on", "assay-out"]))
        .expect(&[0])
        .says(&["LINUX-SSH-001", "FAIL"]);
}

#[test]
fn the_facets_of_a_cloud_resource_and_their_calls_are_shown() {
    let dir = folder("explain-cloud");
    run(assay(&dir).args(["demo", "--quiet"])).expect(&[1]);
    let explain =
        |args: &[&str]| run(assay(&dir).arg("explain").args(args).args(["--on", "assay-out"]));
    explain(&["AWS-S3-009", "--resource", "*larkspur-print-files"]).expect(&[0]).says(&[
        "arn:aws:s3:::larkspur-print-files",
        "VersioningConfiguration",
        "s3:GetBucketVersioning",
    ]);
    // What was denied names its call.
    let denied = explain(&["AWS-S3-009", "--format", "json"]).expect(&[0]);
    let all: serde_json::Value = serde_json::from_str(&denied.stdout).expect("JSON");
    let resources = all["resources"].as_array().expect("resources");
    assert!(resources.len() > 5);
    for r in resources {
        let reads = r["reads"].as_array().expect("reads");
        assert!(!reads.is_empty());
        let known = reads.iter().all(|f| f.get("unknown").is_none());
        assert_eq!(known, r["verdict"]["status"] != "not_assessed", "{r}");
    }
    explain(&["AWS-GUARDDUTY-001"]).expect(&[0, 2]);
}

#[test]
fn what_nobody_looked_for_is_not_called_absent() {
    let dir = folder("explain-nobody");
    if tars("hosts::explain::what_nobody_looked_for_is_not_called_absent", &dir).is_none() {
        return;
    }
    ended(scan(&dir, "assay-out").arg("--image").arg(dir.join("web-2.tar")));
    run(assay(&dir).args(["explain", "LINUX-SVC-010", "--on", "assay-out"]))
        .expect(&[0])
        .says(&["looked, and there is none", "web-2"]);
    run(assay(&dir).args(["explain", "AWS-S3-009", "--on", "assay-out"]))
        .expect(&[0])
        .says(&["nobody looked for it"]);
}
