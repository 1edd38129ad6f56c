//! A run in which no rule ran is no clean run: not assessed everywhere, nothing green, exit code 3.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::support::{assay, folder, json, run, text};

/// The members of a list inside an object.
fn all<'a>(of: &'a Value, name: &str) -> &'a Vec<Value> {
    of.get(name).and_then(Value::as_array).unwrap_or_else(|| panic!("no list {name}"))
}

#[test]
fn zero_rules_are_never_a_clean_run() {
    let dir = folder("zero-rules");
    let said = run(assay(&dir).args(["rules", "--format", "json"])).expect(&[0]).stdout;
    let rules: Value = serde_json::from_str(&said).expect("JSON");
    let rules = rules.as_array().or_else(|| rules.get("rules")?.as_array()).expect("rules");
    assert!(rules.len() > 300, "the catalogue has {} rules", rules.len());
    let mut config = String::new();
    for rule in rules {
        let _ = write!(
            config,
            "[[deselect]]\nrule = \"{}\"\nreason = \"none runs\"\napprover = \"lee@example.com\"\n\
             approved = 2026-11-02\n",
            text(rule, "id")
        );
    }
    fs::write(dir.join("assay.toml"), config).expect("written");
    let formats = "csv,json,junit,ocsf,oscal,markdown,sarif,html";
    for threshold in ["none", "low"] {
        let args = ["demo", "--fail-on", threshold, "--format", formats];
        run(assay(&dir).args(args)).expect(&[3]).says(&["Nothing was assessed"]);
    }

    let out = dir.join("assay-out");
    let a = json(&out.join("assessment.json"));
    assert_eq!(a.pointer("/summary/score"), Some(&Value::Null), "a score of nothing");
    for rule in all(&a, "rules") {
        assert_eq!(text(rule, "status"), "not_assessed", "{}", text(rule, "id"));
    }
    for framework in all(&a, "frameworks") {
        for control in all(framework, "controls") {
            let status = text(control, "status");
            assert!(
                ["not_assessed", "manual"].contains(&status),
                "{} is {status}",
                text(control, "id")
            );
            assert_eq!(text(control, "basis"), "unseen", "{}", text(control, "id"));
        }
    }
    let read = |name: &str| fs::read_to_string(out.join(name)).expect(name);
    let page = read("report.html");
    for green in ["class=\"pill pass\"", "headline pass"] {
        assert!(!page.contains(green), "{green}");
    }
    for bar in page.split("<svg class=\"bar\"").skip(1) {
        let bar = bar.split("</svg>").next().unwrap_or_default();
        assert!(!bar.contains("class=\"pass\""), "a bar is green");
    }
    assert!(page.contains("Nothing was assessed"));
    assert!(!read("findings.ocsf.ndjson").contains("\"status\":\"Pass\""));
    assert!(!read("junit.xml").contains("<testcase"), "no case can pass");
    assert_eq!(read("findings.csv").lines().count(), 1, "the header alone");
    assert!(read("summary.md").contains("Nothing was assessed"));
    let oscal = json(&out.join("oscal.json"));
    let result = oscal.pointer("/assessment-results/results/0").expect("a result");
    assert!(result.get("findings").is_none(), "neither satisfied nor not");
    let sarif = json(&out.join("results.sarif"));
    let successful = sarif.pointer("/runs/0/invocations/0/executionSuccessful");
    assert_eq!(successful, Some(&Value::Bool(false)));
}
