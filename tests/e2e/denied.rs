//! Each operation denied: its name is in what was not assessed, and nothing gets better.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::lab::lab;
use crate::support::{Verdicts, folder, json as read, lines, text, verdicts};

/// Without these no scan can begin: the program says so instead (see `bad_input`).
const NEEDED: [&str; 2] = ["sts:GetCallerIdentity", "ec2:DescribeRegions"];

/// One operation of each service at a time: they do not hide each other.
fn rounds(operations: Vec<String>) -> Vec<Vec<String>> {
    let mut by_service: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for o in operations {
        let service = o.split(':').next().unwrap_or_default().to_owned();
        by_service.entry(service).or_default().push(o);
    }
    let longest = by_service.values().map(Vec::len).max().unwrap_or(0);
    (0..longest).map(|i| by_service.values().filter_map(|v| v.get(i).cloned()).collect()).collect()
}

#[test]
fn a_denied_operation_is_named_and_nothing_gets_better() {
    let Some(lab) = lab("a_denied_operation_is_named_and_nothing_gets_better") else { return };
    let dir = folder("denied");
    lab.scan(&dir).expect(&[1]);
    let before = verdicts(&dir.join("out"));
    let assessment = read(&dir.join("out/assessment.json"));
    let operations: Vec<String> =
        lab.calls().into_iter().map(|(o, _)| o).filter(|o| !NEEDED.contains(&o.as_str())).collect();
    assert!(operations.len() > 50, "only {} operations were called", operations.len());

    let (mut wrong, all, mut judged) = (Vec::new(), operations.len(), 0);
    for denied in rounds(operations) {
        lab.faults(&json!({"deny": denied}));
        lab.scan(&dir).expect(&[1, 3]);
        let out = dir.join("out");
        better(&before, &verdicts(&out), &denied, &mut wrong);
        controls(&assessment, &read(&out.join("assessment.json")), &denied, &mut wrong);
        judged += unnamed(&out, &denied, &mut wrong);
    }
    // A few operations read what no rule reads yet.
    assert!(
        judged * 10 >= all * 8,
        "only {judged} of {all} denied operations are named by a verdict"
    );
    assert!(
        wrong.is_empty(),
        "{} wrong, such as\n{}",
        wrong.len(),
        wrong[..wrong.len().min(40)].join("\n")
    );
}

/// Results that got better, or vanished without a trace.
pub(crate) fn better(before: &Verdicts, after: &Verdicts, why: &[String], wrong: &mut Vec<String>) {
    let pairs: BTreeSet<(&str, &str)> = after
        .iter()
        .filter(|(_, s)| *s == "not_assessed")
        .map(|((rule, resource, _), _)| (rule.as_str(), resource.as_str()))
        .collect();
    for ((rule, resource, key), was) in before {
        let now = after.get(&(rule.clone(), resource.clone(), key.clone()));
        let unseen = pairs.contains(&(rule.as_str(), resource.as_str()));
        match now {
            Some(now) if now == was || now == "not_assessed" => {}
            Some(now) => {
                wrong.push(format!("{why:?}: {rule} {resource} {key}: {was} became {now}"))
            }
            None if unseen || !after.keys().any(|(_, r, _)| r == resource) => {}
            None => wrong.push(format!("{why:?}: {rule} {resource} {key}: {was} vanished")),
        }
    }
    for ((rule, resource, key), now) in after {
        let id = (rule.clone(), resource.clone(), key.clone());
        if now != "not_assessed" && now != "fail" && !before.contains_key(&id) {
            wrong.push(format!("{why:?}: {rule} {resource} {key}: {now} out of nothing"));
        }
    }
}

/// Controls and scores that got better.
pub(crate) fn controls(before: &Value, after: &Value, why: &[String], wrong: &mut Vec<String>) {
    let all = |a: &Value| -> BTreeMap<String, String> {
        let frameworks = a.get("frameworks").and_then(Value::as_array).cloned().unwrap_or_default();
        frameworks
            .iter()
            .flat_map(|f| {
                let id = text(f, "id").to_owned();
                let controls =
                    f.get("controls").and_then(Value::as_array).cloned().unwrap_or_default();
                controls.into_iter().map(move |c| {
                    (format!("{id} {}", text(&c, "id")), text(&c, "status").to_owned())
                })
            })
            .collect()
    };
    let now = all(after);
    for (control, was) in all(before) {
        let is = now.get(&control).cloned().unwrap_or_default();
        let good = |s: &str| s == "pass" || s == "waived" || s == "not_applicable";
        if good(&is) && is != was {
            wrong.push(format!("{why:?}: control {control}: {was} became {is}"));
        }
    }
    let score = |a: &Value| a.pointer("/summary/score").and_then(Value::as_f64).unwrap_or(0.0);
    if score(after) > score(before) + 1e-9 {
        wrong.push(format!("{why:?}: the score rose from {} to {}", score(before), score(after)));
    }
}

/// Denied operations that nothing names: neither a verdict, nor, for what no rule reads, the call log.
fn unnamed(out: &std::path::Path, denied: &[String], wrong: &mut Vec<String>) -> usize {
    let assessment = read(&out.join("assessment.json"));
    let mut said: Vec<String> = lines(&out.join("findings.ndjson"))
        .iter()
        .filter(|f| text(f, "status") == "not_assessed")
        .filter_map(|f| f.get("cause").map(Value::to_string))
        .collect();
    said.extend(assessment.get("incomplete_listings").map(Value::to_string));
    said.extend(assessment.get("causes").map(Value::to_string));
    let calls = lines(&out.join("snapshot/calls.ndjson"));
    let logged = |operation: &str| {
        calls.iter().any(|c| {
            text(c, "operation") == operation
                && c.pointer("/result/state").and_then(Value::as_str) == Some("denied")
        })
    };
    let mut judged = 0;
    for operation in denied {
        if !logged(operation) {
            wrong.push(format!("the call log does not say that {operation} was denied"));
        }
        judged += usize::from(said.iter().any(|s| s.contains(operation.as_str())));
    }
    judged
}
