//! Bad input: a clear error that names the thing, the right exit code, nothing half-written.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::lab::lab;
use crate::support::{assay, bundled, copy, folder, program, run, tree};

fn evaluate(dir: &Path) -> Command {
    let mut c = assay(dir);
    c.args(["evaluate", "snapshot", "--out", "out"]);
    c
}

#[test]
fn a_missing_snapshot_is_named() {
    let dir = folder("missing-snapshot");
    run(&mut evaluate(&dir)).expect(&[2]).says(&["snapshot"]);
    assert!(!dir.join("out").exists());
}

#[test]
fn a_wrong_digest_is_named() {
    let dir = folder("wrong-digest");
    copy(&bundled(), &dir.join("snapshot"));
    let path = dir.join("snapshot/manifest.json");
    let text = fs::read_to_string(&path).expect("manifest");
    let digest = crate::support::json(&path)["root_digest"].as_str().expect("digest").to_owned();
    fs::write(&path, text.replace(&digest, &"0".repeat(digest.len()))).expect("write");
    run(assay(&dir).args(["verify", "snapshot"]))
        .expect(&[1])
        .says(&["manifest.json", "has changed"]);
    run(&mut evaluate(&dir)).expect(&[2]).says(&["manifest.json", "has changed"]);
    assert!(!dir.join("out").exists());
}

#[test]
fn a_flipped_byte_is_found_where_it_is() {
    let dir = folder("flipped-byte");
    copy(&bundled(), &dir.join("snapshot"));
    let manifest = crate::support::json(&dir.join("snapshot/manifest.json"));
    let segment = manifest["segments"][0]["path"].as_str().expect("a segment").to_owned();
    let path = dir.join("snapshot").join(&segment);
    let mut bytes = fs::read(&path).expect("segment");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(&path, bytes).expect("write");
    run(assay(&dir).args(["verify", "snapshot"])).expect(&[1]).says(&[&segment]);
    run(&mut evaluate(&dir)).expect(&[2]).says(&[&segment]);
    assert!(!dir.join("out").exists());
}

#[test]
fn a_bad_line_of_the_configuration_is_underlined() {
    let dir = folder("bad-config");
    fs::write(dir.join("assay.toml"), "[[waive]]\nrule = \"AWS-S3-009\"\nresorce = \"*\"\n")
        .expect("write");
    let ran = run(assay(&dir).args(["demo"])).expect(&[2]).says(&["assay.toml", "resorce", "^"]);
    assert!(ran.stderr.contains('3'), "no line number:\n{}", ran.stderr);
    assert!(!dir.join("assay-out").exists());
}

#[test]
fn a_missing_credential_is_named() {
    let dir = folder("no-credentials");
    run(assay(&dir).args(["scan", "aws", "--region", "eu-west-1", "--out", "out"]))
        .expect(&[2])
        .says(&["credential"]);
    assert!(!dir.join("out").exists());
}

#[test]
fn an_expired_credential_is_named() {
    let Some(lab) = lab("an_expired_credential_is_named") else { return };
    let dir = folder("expired");
    lab.faults(&json!({"expired": true}));
    lab.scan(&dir).expect(&[2]).says(&["expired"]);
    assert!(!dir.join("out").exists());
}

#[test]
fn an_unknown_region_is_named() {
    let Some(lab) = lab("an_unknown_region_is_named") else { return };
    let dir = folder("unknown-region");
    run(lab.assay(&dir).args(["scan", "aws", "--region", "eu-west-99", "--out", "out"]))
        .expect(&[2])
        .says(&["eu-west-99"]);
    assert!(!dir.join("out").exists());
}

#[test]
fn a_foreign_folder_is_not_replaced() {
    let dir = folder("foreign");
    fs::create_dir(dir.join("out")).expect("folder");
    fs::write(dir.join("out/thesis.txt"), "three years").expect("write");
    let before = tree(&dir);
    run(assay(&dir).args(["demo", "--out", "out"])).expect(&[2]).says(&["out"]);
    assert_eq!(tree(&dir), before);
}

#[test]
fn a_rule_with_unknown_metadata_does_not_load() {
    let dir = folder("bad-rule");
    let rules = dir.join("own/rules/aws/s3");
    fs::create_dir_all(&rules).expect("folder");
    let from = crate::support::root().join("policies/rules/aws/s3/bucket_versioning.rego");
    let text = fs::read_to_string(from).expect("rule").replacen("#   severity:", "#   sevrity:", 1);
    fs::write(rules.join("bucket_versioning.rego"), text).expect("write");
    run(assay(&dir).args(["test", "own"]))
        .expect(&[1, 2])
        .says(&["sevrity", "bucket_versioning.rego"]);
}

#[test]
fn an_own_pack_is_tested_over_the_built_in_types() {
    let dir = folder("own-pack");
    let rules = dir.join("own/rules/aws/s3");
    fs::create_dir_all(&rules).expect("folder");
    let from = crate::support::root().join("policies/rules/aws/s3");
    for name in ["bucket_versioning.rego", "bucket_versioning.cases.yaml"] {
        fs::copy(from.join(name), rules.join(name)).expect("copy");
    }
    run(assay(&dir).args(["test", "own"])).expect(&[0]).says(&["0 failures"]);
    run(assay(&dir).args(["test", "own", "--only", "no-such"])).expect(&[2]).says(&["no-such"]);
}

#[test]
fn an_unknown_flag_is_a_usage_error() {
    let dir = folder("usage");
    run(assay(&dir).args(["demo", "--no-such-flag"])).expect(&[2]).says(&["--no-such-flag"]);
    run(assay(&dir).args(["explain", "AWS-S3-999"])).expect(&[2]).says(&["AWS-S3-999"]);
}

/// A disk that fills, by a limit on the size of files: no file may grow past 32 KiB.
#[test]
fn a_full_disk_is_an_error_and_leaves_nothing_whole() {
    let dir = folder("full-disk");
    let mut c = Command::new("bash");
    c.current_dir(&dir)
        .env("HOME", &dir)
        .arg("-c")
        .arg(format!("trap '' XFSZ; ulimit -f 32; exec '{}' demo --out out", program().display()));
    let ran = run(&mut c).expect(&[2, 4]);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    assert!(!dir.join("out").exists(), "a whole folder from a full disk");
}
