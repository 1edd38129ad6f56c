//! Logs made from calls: whole, with one event less, one more, one changed.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use assay_core::manifest::CallResult;
use assay_core::{Call, Gap, GapState, Resource, TypeRegistry};
use serde_json::{Value, json};

use super::*;
use crate::Memory;

const ROLE: &str = "arn:aws:sts::1:assumed-role/auditor/tonight";
const SUBSCRIPTION: &str = "00000000-0000-0000-0000-0000000000c1";

struct Temp(PathBuf);

impl Temp {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("assay-trail-{}-{n}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn call(operation: &str, region: &str, n: u32, result: CallResult) -> Call {
    let at = |s: &str| format!("2026-11-01T02:00:{n:02}.{s}Z").parse().unwrap();
    Call {
        id: format!("aws/1/{region}/{operation}/{n}"),
        operation: operation.to_owned(),
        parameters: BTreeMap::new(),
        account: "1".to_owned(),
        region: region.to_owned(),
        started: at("100"),
        ended: at("900"),
        pages: 1,
        attempts: 1,
        result,
        request_ids: vec![format!("R{n}")],
        body_sha256: Vec::new(),
    }
}

fn calls() -> Vec<Call> {
    let denied = Gap::new(GapState::Denied, "AccessDenied: no");
    vec![
        call("s3:ListBuckets", "eu-west-1", 2, CallResult::Ok),
        call("s3:GetBucketLifecycleConfiguration", "eu-west-1", 3, CallResult::Ok),
        call(
            "s3:GetBucketPolicy",
            "eu-west-1",
            4,
            CallResult::Absent { code: "NoSuchBucketPolicy".into() },
        ),
        call("kms:GetKeyPolicy", "eu-west-1", 5, CallResult::Gap { gap: denied }),
        call("cloudwatch:DescribeAlarms", "eu-west-1", 6, CallResult::Ok),
        call("iam:GetAccountSummary", "us-east-1", 7, CallResult::Ok),
    ]
}

fn event(call: &Call) -> Value {
    let (source, name) = match call.operation.as_str() {
        "s3:GetBucketLifecycleConfiguration" => ("s3", "GetBucketLifecycle"),
        "cloudwatch:DescribeAlarms" => ("monitoring", "DescribeAlarms"),
        other => other.split_once(':').unwrap(),
    };
    let error = match &call.result {
        CallResult::Ok => None,
        CallResult::Absent { code } => Some(code.clone()),
        CallResult::Gap { .. } => Some("AccessDenied".to_owned()),
    };
    let mut event = json!({
        "eventVersion": "1.11", "eventID": format!("E-{}", call.id), "eventType": "AwsApiCall",
        "userIdentity": {"type": "AssumedRole", "arn": ROLE, "accountId": "1"},
        "eventTime": format!("{}Z", &call.ended.to_string()[..19]),
        "eventSource": format!("{source}.amazonaws.com"), "eventName": name,
        "awsRegion": call.region, "requestID": call.request_ids[0], "readOnly": true,
        "managementEvent": true, "eventCategory": "Management", "recipientAccountId": call.account,
    });
    if let Some(error) = error {
        event["errorCode"] = json!(error);
    }
    event
}

/// Somebody else's event, so that the log covers a region from here to there.
fn other(region: &str, second: u32) -> Value {
    let mut e = event(&call("ec2:DescribeVpcs", region, second, CallResult::Ok));
    e["userIdentity"]["arn"] = json!("arn:aws:iam::1:user/ann");
    e["requestID"] = json!(format!("other-{region}-{second}"));
    e["eventID"] = json!(format!("other-{region}-{second}"));
    e
}

fn events() -> Vec<Value> {
    let around = [0, 50].into_iter().flat_map(|s| [other("eu-west-1", s), other("us-east-1", s)]);
    calls().iter().map(event).chain(around).collect()
}

fn snapshot(calls: Vec<Call>) -> Memory {
    let file = json!({"type": "T::A::B", "title": "t", "doc": "d", "tags": false,
        "listing": {"scope": "regional", "operation": "a:List"}, "facets": {"N": "integer"}});
    let types = TypeRegistry::from_files([("T-A-B.yaml", file)]).unwrap();
    let now = "2026-11-01T02:01:00Z".parse().unwrap();
    let one = Resource::new("T::A::B", "arn:aws:a:eu-west-1:1:x", "aws", "1", "eu-west-1", "x");
    let mut memory = Memory::new(&types, vec![one], Vec::new(), now).unwrap();
    let manifest = memory.manifest_mut();
    manifest.started = "2026-11-01T02:00:00.5Z".parse().unwrap();
    manifest.callers.insert("1".into(), ROLE.into());
    manifest
        .callers
        .insert(SUBSCRIPTION.into(), "application a1b2 (object c3d4, by secret)".into());
    memory.add_calls(calls);
    memory
}

fn compare(calls: Vec<Call>, files: &[(&str, &[u8])]) -> Result<Report, CorroborateError> {
    let temp = Temp::new();
    files.iter().for_each(|(name, bytes)| _ = temp.put(name, bytes));
    corroborate(&snapshot(calls), std::slice::from_ref(&temp.0), Options::default())
}

fn records(events: &[Value]) -> Vec<u8> {
    json!({ "Records": events }).to_string().into_bytes()
}

fn against(events: &[Value]) -> Report {
    compare(calls(), &[("log.json", &records(events))]).unwrap()
}

fn kinds(report: &Report) -> Vec<(Kind, &str)> {
    report.contradictions.iter().map(|c| (c.kind, c.call.as_str())).collect()
}

#[test]
fn a_whole_log_corroborates_every_call() {
    let report = against(&events());
    assert_eq!(kinds(&report), []);
    assert_eq!((report.calls.compared, report.calls.corroborated), (6, 6));
    assert!(report.unchecked.is_empty(), "{:?}", report.unchecked);
    assert_eq!(report.coverage.len(), 2);
    assert_eq!(report.files[0].events, 10);
}

#[test]
fn every_form_of_a_log_reads_the_same() {
    let all = events();
    let lines = all.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&records(&all)).unwrap();
    let packed = packed.finish().unwrap();
    let looked: Vec<Value> = all
        .iter()
        .map(|e| json!({"EventId": e["eventID"], "EventTime": 1.5, "CloudTrailEvent": e.to_string()}))
        .collect();
    let looked = json!({ "Events": looked }).to_string();
    let list = Value::Array(all.clone()).to_string();
    let digest =
        json!({"awsAccountId": "1", "digestStartTime": "2026-11-01T02:00:00Z"}).to_string();
    let (one, two) = all.split_at(4);
    for files in [
        vec![("a.jsonl", lines.as_bytes())],
        vec![("AWSLogs/1/CloudTrail/x.json.gz", packed.as_slice())],
        vec![("looked.json", looked.as_bytes())],
        vec![("list.json", list.as_bytes()), ("README.txt", b"not read")],
        vec![("1.json", &records(one)), ("2.json", &records(two)), ("d.json", digest.as_bytes())],
        // Two trails deliver the same events.
        vec![("a.jsonl", lines.as_bytes()), ("b.json.gz", packed.as_slice())],
    ] {
        let report = compare(calls(), &files).unwrap();
        assert_eq!(report.calls.corroborated, 6, "{:?}", files[0].0);
        assert_eq!(report.contradicted, 0);
    }
}

#[test]
fn an_event_that_was_deleted_is_named() {
    for n in 0..6 {
        let mut all = events();
        all.remove(n);
        let report = against(&all);
        if calls()[n].operation.starts_with("kms") {
            // No other event of KMS: a trail may leave it out.
            assert_eq!((report.calls.unchecked, report.calls.missing), (1, 0));
            assert!(report.unchecked[0].reason.contains("KMS"), "{:?}", report.unchecked);
        } else {
            assert_eq!(kinds(&report), [(Kind::Missing, calls()[n].id.as_str())]);
            assert_eq!(report.calls.missing, 1);
        }
        assert_eq!(report.calls.corroborated, 5);
    }
}

#[test]
fn what_was_not_pulled_is_not_missing() {
    let europe: Vec<Value> =
        events().into_iter().filter(|e| e["awsRegion"] == "eu-west-1").collect();
    let report = against(&europe);
    assert_eq!((report.calls.corroborated, report.calls.unchecked, report.contradicted), (5, 1, 0));
    assert!(report.unchecked[0].reason.contains("no event of 1 in us-east-1"));

    let late = [other("eu-west-1", 50), other("us-east-1", 50)];
    let report = against(&late);
    assert_eq!((report.calls.unchecked, report.contradicted), (6, 0));
    assert!(report.unchecked[0].reason.contains("do not cover its time"));
    // Who says that all was pulled is taken at their word.
    let temp = Temp::new();
    let file = temp.put("late.json", &records(&late));
    let options = Options { from: "2026-11-01T02:00:00Z".parse().ok(), ..Options::default() };
    let report = corroborate(&snapshot(calls()), &[file], options).unwrap();
    assert_eq!((report.calls.missing, report.calls.unchecked), (5, 1), "all but KMS");

    let mut writes = vec![other("eu-west-1", 0), other("eu-west-1", 50)];
    writes.iter_mut().for_each(|e| e["readOnly"] = json!(false));
    let report = against(&writes);
    assert!(report.unchecked.iter().any(|u| u.reason.contains("writes only")));
    assert_eq!(report.contradicted, 0);
}

#[test]
fn what_the_scanner_asked_and_the_snapshot_lacks_is_named() {
    let mut foreign = event(&call("s3:GetObject", "eu-west-1", 8, CallResult::Ok));
    foreign["requestID"] = json!("not-ours");
    let also = |change: &dyn Fn(&mut Value)| {
        let mut more = foreign.clone();
        change(&mut more);
        let all: Vec<Value> = events().into_iter().chain([more]).collect();
        against(&all)
    };
    let report = also(&|_| {});
    assert_eq!(kinds(&report), [(Kind::Foreign, "")]);
    assert_eq!(report.contradictions[0].operation, "s3.amazonaws.com GetObject");
    assert_eq!(report.calls.corroborated, 6);
    // Before and after the collection, by others, by a service for it: not the scanner's calls.
    let out = also(&|e| e["eventTime"] = json!("2026-11-01T01:59:59Z"));
    assert_eq!(out.contradicted, 0);
    let by = also(&|e| e["userIdentity"]["arn"] = json!("arn:aws:iam::1:user/ann"));
    assert_eq!(by.contradicted, 0);
    let session = also(&|e| {
        e["userIdentity"]["arn"] = json!("arn:aws:sts::1:assumed-role/auditor/other");
    });
    assert_eq!((session.contradicted, session.other_sessions), (0, 1));
    let service = also(&|e| e["userIdentity"]["invokedBy"] = json!("s3.amazonaws.com"));
    assert_eq!((service.contradicted, service.on_behalf), (0, 1));
}

#[test]
fn a_further_attempt_of_a_call_is_explained() {
    let mut more = event(&calls()[0]);
    more["requestID"] = json!("first-attempt");
    more["eventID"] = json!("first-attempt");
    more["errorCode"] = json!("SlowDown");
    let all: Vec<Value> = events().into_iter().chain([more]).collect();
    let mut twice = calls();
    twice[0].attempts = 2;
    let report = compare(twice, &[("log.json", &records(&all))]).unwrap();
    assert_eq!((report.contradicted, report.repeated), (0, 1));
    assert_eq!(against(&all).contradicted, 1, "one attempt, two events");
}

#[test]
fn two_calls_with_one_request_id_have_an_event_each() {
    let mut all = calls();
    all[1].request_ids = vec!["R2".to_owned()];
    let mut log = events();
    log[1]["requestID"] = json!("R2");
    log.swap(0, 1);
    let report = compare(all.clone(), &[("log.json", &records(&log))]).unwrap();
    assert_eq!((report.calls.corroborated, report.contradicted), (6, 0));
    log.remove(0);
    let report = compare(all.clone(), &[("log.json", &records(&log))]).unwrap();
    assert_eq!(kinds(&report), [(Kind::Missing, all[1].id.as_str())]);
}

#[test]
fn each_difference_of_one_request_is_named() {
    let changed = |n: usize, name: &str, value: Value| {
        let mut all = events();
        all[n][name] = value;
        against(&all)
    };
    for (n, name, value, kind) in [
        (0, "errorCode", json!("AccessDenied"), Kind::Outcome),
        (2, "errorCode", json!("AccessDenied"), Kind::Outcome),
        (2, "errorCode", Value::Null, Kind::Outcome),
        (3, "errorCode", Value::Null, Kind::Outcome),
        (1, "eventName", json!("GetBucketPolicy"), Kind::Operation),
        (4, "eventSource", json!("cloudwatch.amazonaws.com"), Kind::Operation),
        (0, "awsRegion", json!("us-east-1"), Kind::Region),
        (0, "recipientAccountId", json!("2"), Kind::Account),
        (0, "eventTime", json!("2026-11-01T02:05:00Z"), Kind::Time),
        (5, "userIdentity", json!({"arn": "arn:aws:iam::1:user/ann"}), Kind::Identity),
    ] {
        let report = changed(n, name, value);
        assert_eq!(kinds(&report), [(kind, calls()[n].id.as_str())], "{name}");
        assert_eq!((report.calls.corroborated, report.calls.differing), (5, 1));
    }
    // A minute is the clocks' own; a global service is logged in another region.
    let mut all = events();
    all[0]["eventTime"] = json!("2026-11-01T02:00:50Z");
    all[5]["awsRegion"] = json!("eu-central-1");
    // Credentials of a role are renewed under another session's name.
    all[3]["userIdentity"]["arn"] = json!(ROLE.replace("tonight", "tonight-2"));
    assert_eq!(against(&all).contradicted, 0);
}

#[test]
fn a_call_without_answer_and_a_read_of_a_host_are_no_contradiction() {
    let mut all = calls();
    let failed = Gap::new(GapState::Failed, "no route");
    let mut lost = call("ec2:DescribeVpcs", "eu-west-1", 9, CallResult::Gap { gap: failed });
    lost.request_ids.clear();
    let mut host = call("linux:sshd", "global", 10, CallResult::Ok);
    host.request_ids.clear();
    all.extend([lost, host]);
    let report = compare(all, &[("log.json", &records(&events()))]).unwrap();
    assert_eq!((report.calls.compared, report.calls.hosts), (7, 1));
    assert_eq!((report.calls.unchecked, report.contradicted), (1, 0));
    assert!(report.unchecked[0].reason.contains("no answer came"));
}

#[test]
fn the_activity_log_holds_no_reads() {
    let azure = |operation: &str, n: u32| Call {
        id: format!("azure/{SUBSCRIPTION}/global/{operation}/{n}"),
        account: SUBSCRIPTION.into(),
        region: "global".into(),
        ..call(operation, "global", n, CallResult::Ok)
    };
    let all = vec![
        azure("Microsoft.Storage:storageAccounts/read", 2),
        azure("Microsoft.Web:sites/config/list/action", 3),
        azure("Microsoft.Web:sites/config/list/action", 4),
    ];
    let entry = |request: &str, caller: &str, second: u32| {
        json!({"eventTimestamp": format!("2026-11-01T02:00:{second:02}.5Z"), "caller": caller,
            "subscriptionId": SUBSCRIPTION, "eventDataId": request, "correlationId": request,
            "operationName": {"value": "Microsoft.Web/sites/config/list/action"},
            "status": {"value": "Succeeded"}})
    };
    let log = json!([
        entry("x", "ann", 0),
        entry("R3", "a1b2", 3),
        entry("mine", "c3d4", 5),
        entry("y", "ann", 50)
    ]);
    let report = compare(all.clone(), &[("activity.json", log.to_string().as_bytes())]).unwrap();
    assert_eq!(kinds(&report), [(Kind::Missing, all[2].id.as_str()), (Kind::Foreign, "")]);
    assert_eq!((report.calls.corroborated, report.calls.unchecked), (1, 1));
    assert!(report.unchecked[0].reason.contains("holds no reads"));
    let wrapped = json!({ "value": log }).to_string();
    let again = compare(all, &[("activity.json", wrapped.as_bytes())]).unwrap();
    assert_eq!(again.contradictions, report.contradictions);
}

#[test]
fn what_is_no_log_is_named_with_file_and_line() {
    let bad = |bytes: &[u8]| compare(calls(), &[("x.json", bytes)]).unwrap_err().to_string();
    let broken = format!("{}\n{}\n{{\"eventSource\": ", events()[0], events()[1]);
    assert!(bad(broken.as_bytes()).contains("x.json line 3"), "{}", bad(broken.as_bytes()));
    let mut late = events();
    late[1]["eventTime"] = json!("yesterday");
    let lines = late.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    let error = bad(lines.as_bytes());
    assert!(error.contains("line 2") && error.contains("yesterday is no time"), "{error}");
    for (bytes, word) in [
        (&b"{\"a\": 1}"[..], "neither of CloudTrail nor of the Azure"),
        (b"[1]", "no object"),
        (b"\"text\"", "expected events"),
        (b"{\"Records\": 3}", "invalid type"),
        (b"{}", "empty object"),
        (b"\x1f\x8bgarbage", "line"),
    ] {
        assert!(bad(bytes).contains(word), "{}", bad(bytes));
    }
    let nothing = compare(calls(), &[("x.txt", b"")]).unwrap_err().to_string();
    assert!(nothing.contains("holds no file of events"), "{nothing}");
    let gone = corroborate(&snapshot(calls()), &["/nowhere.json".into()], Options::default());
    assert!(gone.unwrap_err().to_string().contains("/nowhere.json"));
}
