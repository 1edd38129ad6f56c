use serde_json::json;

use super::*;
use crate::counterfactual::{Passed, Seeker, Sought, Subject, THOROUGH};

fn seek(documents: Vec<Resource>, rule: &str, name: &str, to_pass: bool) -> Sought {
    let (content, library, params) = (content(), library(), params());
    let memory = source(&library.types, documents);
    let all = verdicts(&memory, &params);
    let subject = Subject::of(of(&all, rule, name));
    let seeker = Seeker { library: &library, content: &content, params: &params, most: THOROUGH };
    let rule = library.rule(rule).unwrap();
    let seek = || match to_pass {
        true => seeker.passes(&memory, rule, &subject).unwrap(),
        false => seeker.fails(&memory, rule, &subject).unwrap(),
    };
    let sought = seek();
    assert_eq!(sought, seek(), "the same twice");
    sought
}

fn shown(sought: Sought) -> Vec<serde_json::Value> {
    let found = sought.found.unwrap();
    found.changes.iter().map(|c| serde_json::to_value(c).unwrap()).collect()
}

#[test]
fn another_word_of_the_type_file_makes_a_pass_fail() {
    let sought = seek(documents(), "AWS-S3-001", "a", false);
    let found = sought.found.clone().unwrap();
    assert_eq!((found.message.as_str(), found.at.as_str()), ("off", "/Status"));
    assert_eq!(shown(sought), [json!({"pointer": "/Status", "from": "on", "to": "off"})]);
}

#[test]
fn a_failure_shows_what_would_have_passed() {
    let sought = seek(documents(), "AWS-S3-001", "b", true);
    assert_eq!(shown(sought), [json!({"pointer": "/Status", "from": "off", "to": "on"})]);
}

#[test]
fn what_decides_may_lie_in_another_document() {
    let sought = seek(documents(), "AWS-S3-002", "acc", false);
    let trail = "arn:aws:x:eu-west-1:1:t";
    let change = json!({"document": trail, "pointer": "/IsLogging", "from": true, "to": false});
    assert_eq!(shown(sought), [change]);
}

#[test]
fn of_several_that_suffice_all_must_change() {
    let mut all = documents();
    let more = json!({"IsLogging": true, "Name": "u"});
    all.push(document("AWS::CloudTrail::Trail", "eu-west-1", "u", more));
    let changes = shown(seek(all, "AWS-S3-002", "acc", false));
    let pointers: Vec<&str> = changes.iter().filter_map(|c| c["pointer"].as_str()).collect();
    assert_eq!(pointers, ["/IsLogging", "/IsLogging"]);
}

#[test]
fn a_value_that_nobody_knows_turns_a_list() {
    let changes = shown(seek(documents(), "AWS-S3-003", "a", false));
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0]["pointer"], "/Grants/0/Who");
}

#[test]
fn what_cannot_fail_is_not_said_to() {
    let mut content = content();
    let body = "pass if input.properties.Other\n\nfail contains {\"message\": \"no\", \"at\": \"\"} if {\n\tinput.properties.Other == \"x\"\n\tinput.properties.Other == \"y\"\n}\n";
    let text = rule("AWS-S3-001", "AWS::S3::Bucket", "", "status", body);
    content.insert("rules/aws/s3/status.rego".into(), text.into());
    let library = Library::load(&content).unwrap();
    let memory = source(&library.types, documents());
    let params = params();
    let seeker = Seeker { library: &library, content: &content, params: &params, most: THOROUGH };
    let subject = Subject {
        kind: "AWS::S3::Bucket".into(),
        account: "1".into(),
        region: "eu-west-1".into(),
        resource: "arn:aws:x:eu-west-1:1:a".into(),
    };
    let rule = library.rule("AWS-S3-001").unwrap();
    let sought = seeker.fails(&memory, rule, &subject).unwrap();
    assert_eq!(sought.found, None);
    assert!(sought.tried > 0);
    let none = Subject { resource: "arn:aws:x:eu-west-1:1:gone".into(), ..subject };
    assert!(seeker.fails(&memory, rule, &none).is_err());
}

#[test]
fn the_first_that_passes_is_the_one_that_is_shown() {
    let library = library();
    let mut more = documents();
    more.push(bucket("c", json!({"Status": "on", "Grants": [], "Other": "x"})));
    let memory = source(&library.types, more);
    let (mut passed, mut other) = (Passed::default(), Passed::default());
    let all = verdicts(&memory, &params());
    all.iter().for_each(|v| passed.see(v));
    all.iter().filter(|v| v.name != "c").for_each(|v| other.see(v));
    assert_eq!(passed, other);
}
