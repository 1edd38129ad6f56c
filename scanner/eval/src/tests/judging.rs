//! From a rule's output to a status: one test for each sentence.

use assay_core::Status;
use assay_core::verdict::{Cause, CauseKind};
use regorus::Value;

use crate::judge::{Judged, judge};
use crate::program::Output;

fn output(members: &str) -> Output {
    let Value::Array(list) = Value::from_json_str(members).unwrap() else { panic!() };
    let mut set = regorus::value::Set::new();
    for member in list.iter() {
        set.insert(member.clone());
    }
    Output::Set(set.into_value())
}

fn says(members: &str) -> Judged {
    judge("R", "id", &output(members), None)
}

fn kind(judged: &Judged) -> CauseKind {
    judged.cause.as_ref().unwrap().kind
}

#[test]
fn not_applicable_beats_fail_beats_pass() {
    assert_eq!(says(r#"[["p"]]"#).status, Status::Pass);
    assert_eq!(says(r#"[["f", {"message": "m", "at": ""}]]"#).status, Status::Fail);
    let narrowed = says(r#"[["p"], ["n", {"reason": "b"}], ["n", {"reason": "a"}]]"#);
    assert_eq!((narrowed.status, narrowed.reason.as_str()), (Status::NotApplicable, "a; b"));
}

#[test]
fn silence_is_not_assessed() {
    assert_eq!(kind(&says("[]")), CauseKind::NoVerdict);
}

#[test]
fn contradictions_and_errors_are_rule_errors() {
    assert_eq!(kind(&says(r#"[["p"], ["f", {"message": "m", "at": ""}]]"#)), CauseKind::RuleError);
    assert_eq!(kind(&judge("R", "id", &Output::Error("x".into()), None)), CauseKind::RuleError);
    assert_eq!(kind(&judge("R", "id", &Output::Limit, None)), CauseKind::Limit);
    assert_eq!(kind(&judge("R", "id", &Output::Set(Value::Undefined), None)), CauseKind::RuleError);
}

#[test]
fn members_have_their_shape() {
    for members in [
        r#"[["f", {"at": ""}]]"#,
        r#"[["f", {"message": "m"}]]"#,
        r#"[["f", {"message": "m", "at": "Status"}]]"#,
        r#"[["f", {"message": "m", "at": "", "extra": "x"}]]"#,
        r#"[["f", {"message": 7, "at": ""}]]"#,
        r#"[["f", "text"]]"#,
        r#"[["n", {"why": "x"}]]"#,
        r#"[["f", {"message": "m", "at": "", "key": "k"}], ["f", {"message": "n", "at": "", "key": "k"}]]"#,
    ] {
        assert_eq!(kind(&says(members)), CauseKind::RuleError, "{members}");
    }
}

#[test]
fn failures_are_in_order_of_their_keys() {
    let judged = says(
        r#"[["f", {"message": "1", "at": "", "key": "b"}], ["f", {"message": "2", "at": "/X", "key": "a"}]]"#,
    );
    let keys: Vec<_> = judged.failures.iter().map(|f| f.key.as_str()).collect();
    assert_eq!(keys, ["a", "b"]);
}

#[test]
fn behind_a_gate_only_not_applicable_is_believed() {
    let cause = Cause {
        kind: CauseKind::Denied,
        what: "/X".into(),
        operation: None,
        detail: String::new(),
    };
    let gated = |members| judge("R", "id", &output(members), Some(cause.clone()));
    assert_eq!(kind(&gated(r#"[["p"]]"#)), CauseKind::Denied);
    assert_eq!(kind(&gated("[]")), CauseKind::Denied);
    assert_eq!(gated(r#"[["n", {"reason": "r"}]]"#).status, Status::NotApplicable);
}
