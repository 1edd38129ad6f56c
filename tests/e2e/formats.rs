//! Every format, read back by readers that know nothing of this program.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::{assay, folder, json, lines, root, run, skip, text};

/// How many of some values satisfy a condition.
fn count<'a>(all: impl IntoIterator<Item = &'a Value>, what: impl Fn(&Value) -> bool) -> u64 {
    u64::try_from(all.into_iter().filter(|v| what(v)).count()).expect("a small number")
}

#[test]
fn other_readers_count_the_same() {
    let test = "formats::other_readers_count_the_same";
    let Some(python) = std::env::var_os("ASSAY_TEST_PYTHON") else {
        return skip(test, "Python is not set up");
    };
    let dir = folder("formats");
    run(assay(&dir).args([
        "demo",
        "--quiet",
        "--fail-on",
        "none",
        "--format",
        "csv,junit,ocsf,oscal,markdown,sarif,html",
    ]))
    .expect(&[0, 3]);
    let out = dir.join("assay-out");
    let component = run(assay(&dir).args(["rules", "--format", "oscal"])).expect(&[0]);
    fs::write(out.join("component.json"), component.stdout).expect("written");

    let mut read = Command::new(python);
    read.arg(root().join("tests/e2e/read_back.py")).arg(&out);
    let schemas = root().join("../shared/schemas");
    if schemas.is_dir() {
        read.arg(&schemas);
    } else {
        skip(test, "the schemas of OCSF and OSCAL are not beside the repository");
    }
    let said = run(&mut read).expect(&[0]);
    let read: Value = serde_json::from_str(&said.stdout).expect("JSON");

    let findings = lines(&out.join("findings.ndjson"));
    assert_eq!(read["csv"], findings.len());
    assert_eq!(read["csv_formulas"], 0);
    let status = |s: &str| count(&findings, |f| text(f, "status") == s);
    for s in ["fail", "not_assessed"] {
        assert!(status(s) > 0, "the estate has both");
        assert_eq!(read["csv_status"][s], status(s), "{s}");
    }

    let file = fs::File::open(out.join("verdicts.ndjson.zst")).expect("verdicts");
    let all = String::from_utf8(zstd::decode_all(file).expect("zstd")).expect("text");
    let all: Vec<Value> = all.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    let quiet = |s: &str| count(&all, |v| text(v, "status") == s);
    assert!(quiet("pass") > 0);
    assert_eq!(read["junit"]["Failure"], status("fail"));
    assert_eq!(read["junit"]["Error"], status("not_assessed"));
    assert_eq!(read["junit"]["Passed"], quiet("pass"));
    assert_eq!(read["junit_said"]["failures"], status("fail"));
    assert_eq!(read["junit_said"]["errors"], status("not_assessed"));

    for s in ["fail", "not_assessed"] {
        assert_eq!(read["ocsf"][s], status(s), "{s}");
    }
    for s in ["pass", "not_applicable"] {
        assert_eq!(read["ocsf"][s], quiet(s), "{s}");
    }

    let frameworks = json(&out.join("assessment.json"))["frameworks"].clone();
    let controls: Vec<&Value> = frameworks
        .as_array()
        .expect("frameworks")
        .iter()
        .flat_map(|f| f["controls"].as_array().expect("controls"))
        .collect();
    let seen = |s: &[&str]| {
        count(controls.iter().copied(), |c| {
            s.contains(&text(c, "status")) && !["unseen", "excluded"].contains(&text(c, "basis"))
        })
    };
    let states = &read["oscal_states"];
    assert_eq!(states["not-satisfied"], seen(&["fail", "waived"]));
    assert_eq!(states["satisfied"].as_u64().unwrap_or(0), seen(&["pass"]));
    let excluded = read["oscal_excluded"].as_u64().expect("a number");
    assert_eq!(excluded + seen(&["fail", "waived", "pass"]), controls.len() as u64);
    assert_eq!(read["oscal_twice"], Value::Array(vec![]));
    assert_eq!(read["oscal_dangling"], Value::Array(vec![]));
}

#[test]
fn several_formats_go_into_a_folder() {
    let dir = folder("formats-report");
    run(assay(&dir).args(["demo", "--quiet", "--format", "html"])).expect(&[1]);
    assert!(!dir.join("assay-out/results.sarif").exists(), "only what was asked for");
    run(assay(&dir).args(["report", "assay-out", "--format", "csv,markdown"]))
        .expect(&[2])
        .says(&["standard output", "--output"]);
    run(assay(&dir).args(["report", "assay-out", "--format", "csv,markdown", "-o", "made/here"]))
        .expect(&[0]);
    let markdown = fs::read_to_string(dir.join("made/here/summary.md")).expect("a summary");
    assert!(markdown.contains("| framework |") && markdown.contains("coverage of"), "{markdown}");
    assert!(dir.join("made/here/findings.csv").is_file());
    let one = run(assay(&dir).args(["report", "assay-out", "--format", "junit"])).expect(&[0]);
    assert!(one.stdout.starts_with("<?xml"), "{}", one.stdout);
    // Byte for byte what the run itself writes.
    run(assay(&dir).args(["demo", "--quiet", "--format", "junit", "--out", "again"])).expect(&[1]);
    let again = fs::read_to_string(dir.join("again/junit.xml")).expect("junit");
    assert_eq!(one.stdout, again);
}
