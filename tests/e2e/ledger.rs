//! A ledger as a nightly job and its auditor use it.

use std::fs;
use std::path::Path;

use crate::support::{assay, folder, ran, run};

/// A demo folder whose run is in a ledger.
fn recorded(name: &str) -> std::path::PathBuf {
    let dir = folder(name);
    run(assay(&dir).args(["demo", "--fail-on", "none", "--ledger", "l", "--rule", "AWS-S3-*"]))
        .expect(&[0, 3])
        .says(&["ledger l: entry 1", "head "]);
    dir
}

fn ledger(dir: &Path, args: &[&str]) -> crate::support::Ran {
    run(assay(dir).arg("ledger").args(args).args(["--ledger", "l"]))
}

#[test]
fn a_head_that_was_kept_tells_what_became_of_the_ledger() {
    let dir = recorded("ledger-head");
    let first = ledger(&dir, &["head"]).expect(&[0]).stdout;
    let head = first.split(' ').next().expect("a digest").to_owned();
    ledger(&dir, &["verify", "--head", &head]).expect(&[0]).says(&["that of this ledger"]);
    let hold = ["hold", "--from", "2026-01-01", "--reason", "case 7", "--by", "lee"];
    ledger(&dir, &hold).expect(&[0]).says(&["release 2"]);
    ledger(&dir, &["verify", "--head", &head]).expect(&[0]).says(&["1 entry was added since"]);
    ledger(&dir, &["show"]).expect(&[0]).says(&["run of ", "held from 2026-01-01", "case 7"]);

    // Another ledger with the same run, begun later.
    fs::rename(dir.join("l"), dir.join("old")).expect("renamed");
    ledger(&dir, &["verify"]).expect(&[2]).says(&["there is no ledger"]);
    ledger(&dir, &["add", "assay-out"]).expect(&[0]);
    ledger(&dir, &["verify"]).expect(&[0]);
    ledger(&dir, &["verify", "--head", &head])
        .expect(&[1])
        .says(&["MISMATCH", "cut off or written anew"]);
}

#[test]
fn a_changed_byte_in_a_row_is_named_and_nothing_is_reported() {
    let dir = recorded("ledger-byte");
    ledger(&dir, &["report"]).expect(&[0]).says(&["Controls by day", "Deviation rates"]);
    ledger(&dir, &["report", "--format", "html"]).expect(&[0]).says(&["<!doctype html>"]);
    ledger(&dir, &["report", "--from", "2030-01-01", "--to", "2029-01-01"]).expect(&[2]);
    let mut bytes = fs::read(dir.join("l")).expect("ledger");
    let word = b"\"status\":\"fail\"";
    let at = bytes.windows(word.len()).position(|w| w == word).expect("a failure");
    bytes[at + 10..at + 14].copy_from_slice(b"pass");
    fs::write(dir.join("l"), bytes).expect("written");
    ledger(&dir, &["verify"]).expect(&[1]).says(&["MISMATCH entry 1: its ", "were changed"]);
    ledger(&dir, &["report"]).expect(&[1]).says(&["MISMATCH entry 1"]);
}

#[test]
fn two_jobs_at_once_both_get_in() {
    let dir = folder("ledger-two");
    let snapshot = crate::support::bundled();
    let snapshot = snapshot.to_str().expect("a path");
    let args = ["--fail-on", "none", "--rule", "AWS-S3-009", "--quiet", "--format", "markdown"];
    run(assay(&dir).args(["evaluate", snapshot, "--out", "a"]).args(args)).expect(&[0, 3]);
    // The same run from two jobs: one is refused, and says why.
    let jobs: Vec<_> = (0..2)
        .map(|_| {
            let mut job = assay(&dir);
            job.args(["ledger", "add", "a", "--ledger", "l"]);
            job.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
            job.spawn().expect("it starts")
        })
        .collect();
    let mut codes = Vec::new();
    for job in jobs {
        let done = ran(&job.wait_with_output().expect("it ends"));
        if done.code != 0 {
            assert!(done.stderr.contains("in the ledger already"), "{}", done.stderr);
        }
        codes.push(done.code);
    }
    codes.sort_unstable();
    assert_eq!(codes, [0, 2]);
    ledger(&dir, &["verify"]).expect(&[0]).says(&["the chain of 1 entry holds"]);
}

#[test]
fn what_is_no_ledger_is_named_before_anything_is_judged() {
    let dir = folder("ledger-none");
    fs::write(dir.join("l"), "no database at all, but long enough to look like a file").expect("f");
    run(assay(&dir).args(["demo", "--ledger", "l"])).expect(&[2]).says(&["l is no ledger"]);
    assert!(!dir.join("assay-out").exists());
    run(assay(&dir).args(["demo", "--ledger", "no/l"]))
        .expect(&[2])
        .says(&["there is no folder no"]);
    assert!(!dir.join("assay-out").exists());
    fs::write(dir.join("assay.toml"), "[ledger]\nfile = \"l\"\nschedule = \"nightly\"\n")
        .expect("f");
    for command in ["declare", "report", "head"] {
        run(assay(&dir).args(["ledger", command])).expect(&[2]).says(&[
            "`nightly` is no schedule",
            "assay.toml:3:12",
            "^^^",
        ]);
    }
}
