//! What people say of controls: it counts until its last day, and never looks like a test.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{assay, folder, json, run, text};

const GOOD: &str = r#"
- framework: iso27001_2022
  control: A.5.1
  statement: The policies were reviewed and published.
  owner: dana@example.com
  approver: lee@example.com
  date: 2026-03-01
  valid_until: 2027-02-28
  link: https://wiki.example.com/policies
- framework: iso27001_2022
  control: A.7.1
  statement: The data centres are the provider's.
  owner: dana@example.com
  approver: lee@example.com
  date: 2026-03-01
  valid_until: 2027-02-28
  inherited: {provider: Amazon Web Services, report: SOC 2 Type II, from: 2025-04-01, to: 2026-03-31}
- framework: iso27001_2022
  control: A.6.3
  statement: Nobody was trained this year.
  outcome: fail
  owner: dana@example.com
  approver: lee@example.com
  date: 2026-03-01
  valid_until: 2027-02-28
"#;

/// A control of an output folder.
fn control(out: &Path, id: &str) -> Value {
    let assessment = json(&out.join("assessment.json"));
    let frameworks = assessment["frameworks"].as_array().expect("frameworks").clone();
    let iso = frameworks.iter().find(|f| f["id"] == "iso27001_2022").expect("ISO");
    let controls = iso["controls"].as_array().expect("controls");
    controls.iter().find(|c| c["id"] == id).unwrap_or_else(|| panic!("{id}")).clone()
}

#[test]
fn a_word_counts_until_its_last_day() {
    let dir = folder("attested");
    fs::write(dir.join("attestations.yaml"), GOOD).expect("written");
    fs::write(
        dir.join("soa.yaml"),
        "- {framework: iso27001_2022, control: A.7.4, applicable: false, \
         justification: there is no office, approver: lee, approved: 2026-03-01}\n",
    )
    .expect("written");
    let judged = |today: &str, out: &str| {
        run(assay(&dir).args(["demo", "--quiet", "--now", today, "--out", out])).expect(&[1]);
        dir.join(out)
    };
    let now = judged("2026-11-30", "now");
    let of = |c: &Value| (text(c, "status").to_owned(), text(c, "basis").to_owned());
    let is = |status: &str, basis: &str| (status.to_owned(), basis.to_owned());
    assert_eq!(of(&control(&now, "A.5.1")), is("pass", "attested"));
    assert_eq!(of(&control(&now, "A.7.1")), is("pass", "inherited"));
    assert_eq!(of(&control(&now, "A.6.3")), is("fail", "attested"));
    assert_eq!(of(&control(&now, "A.7.4")), is("not_applicable", "excluded"));
    let reason = control(&now, "A.7.1")["reason"].to_string();
    assert!(reason.contains("SOC 2 Type II (2025-04-01 to 2026-03-31)"), "{reason}");
    let page = fs::read_to_string(now.join("report.html")).expect("page");
    assert!(page.contains("The policies were reviewed") && page.contains("Attestations"));

    let late = judged("2027-03-01", "late");
    for id in ["A.5.1", "A.7.1", "A.6.3"] {
        assert_eq!(of(&control(&late, id)), is("manual", "unseen"), "{id}");
    }
    let reason = control(&late, "A.5.1")["reason"].to_string();
    assert!(reason.contains("expired on 2027-02-28"), "{reason}");
    run(assay(&dir).args(["verify", "now", "--replay"])).expect(&[0]).says(&["byte by byte"]);
}

#[test]
fn a_bad_entry_is_named() {
    let dir = folder("attested-bad");
    fs::write(dir.join("evidence.pdf"), "signed").expect("written");
    let evidence = "link: https://wiki.example.com/policies";
    for (from, to, why) in [
        ("approver: lee@example.com", "approver: Dana@example.com", "another person"),
        ("control: A.5.1", "control: A.5.99", "no control A.5.99"),
        ("valid_until: 2027-02-28", "valid_until: 2026-02-28", "ends before it begins"),
        ("statement: The policies", "statment: The policies", "unknown field `statment`"),
        (evidence, "file: evidence.pdf", "name its digest"),
        (evidence, "file: evidence.pdf\n  sha256: 00", "it is another file"),
        (evidence, "file: missing.pdf\n  sha256: 00", "cannot read"),
    ] {
        let bad = GOOD.replacen(from, to, 1);
        assert_ne!(bad, GOOD, "{from}");
        fs::write(dir.join("mine.yaml"), bad).expect("written");
        run(assay(&dir).args(["demo", "--quiet", "--attestations", "mine.yaml"]))
            .expect(&[2])
            .says(&["mine.yaml", why]);
    }
    run(assay(&dir).args(["demo", "--soa", "nowhere.yaml"])).expect(&[2]).says(&["nowhere.yaml"]);
}

#[test]
fn a_finding_is_waived_by_its_fingerprint() {
    let dir = folder("waive");
    let judged = || run(assay(&dir).args(["demo", "--quiet", "--now", "2026-12-01"])).expect(&[1]);
    judged();
    let open = |dir: &Path| -> Vec<Value> {
        let findings = crate::support::lines(&dir.join("assay-out/findings.ndjson"));
        findings.into_iter().filter(|f| text(f, "status") == "fail").collect()
    };
    let before = open(&dir);
    let keyed = before.iter().find(|f| !text(f, "key").is_empty()).expect("one with a key");
    let print = text(keyed, "fingerprint");
    let waive = |print: &str, more: &[&str]| {
        let mut c = assay(&dir);
        c.args(["waive", print, "--reason", "an \"old\" one", "--owner", "dana"]).args(more);
        run(&mut c)
    };
    let whole = ["--approver", "lee", "--approved", "2026-11-30", "--expires", "2027-05-31"];
    waive(print, &whole[2..]).expect(&[2]).says(&["a waiver needs --approver"]);
    waive("beef", &whole).expect(&[2]).says(&["no fingerprint"]);
    waive("00000000000000", &whole).expect(&[2]).says(&["no open failure"]);
    let late = ["--approver", "lee", "--approved", "2026-11-30", "--expires", "2028-05-31"];
    waive(print, &late).expect(&[2]).says(&["365"]);
    let own = ["--approver", "Dana", "--approved", "2026-11-30", "--expires", "2027-05-31"];
    waive(print, &own).expect(&[2]).says(&["another person"]);
    assert!(!dir.join("assay.toml").exists(), "a bad waiver is not written");

    waive(&print[..12], &whole).expect(&[0]).says(&["waived until 2027-05-31"]);
    judged();
    let after = open(&dir);
    assert_eq!(after.len() + 1, before.len(), "this one and no other");
    assert!(after.iter().all(|f| text(f, "fingerprint") != print));
    waive(print, &whole).expect(&[2]).says(&["no open failure"]);
}
