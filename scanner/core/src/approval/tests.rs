//! What is signed, and what is no part of it.

use super::*;

fn waiver(json: &str) -> Tailoring {
    let w = serde_json::from_str(json).unwrap();
    Tailoring { waivers: vec![w], ..Tailoring::default() }
}

const WAIVER: &str = r#"{
    "rule": "AWS-S3-009", "resource": "arn:aws:s3:::logs", "reason": "rebuilt every night",
    "owner": "dana", "approver": "lee", "approved": "2026-11-01", "expires": "2027-04-30",
    "signature": "c2ln"
}"#;

#[test]
fn the_text_is_what_the_entry_says() {
    let t = waiver(WAIVER);
    let e = t.approvals().remove(0);
    assert_eq!((e.approver, e.signature), (Some("lee"), Some("c2ln")));
    assert_eq!(
        e.text.unwrap(),
        r#"{
  "approval": "waiver",
  "entry": {
    "approved": "2026-11-01",
    "approver": "lee",
    "expires": "2027-04-30",
    "owner": "dana",
    "reason": "rebuilt every night",
    "resource": "arn:aws:s3:::logs",
    "rule": "AWS-S3-009"
  },
  "version": 1
}
"#
    );
}

/// Accounts are part of the text; without any the text is what it always was.
#[test]
fn the_estate_is_part_of_the_text() {
    let mut t = waiver(WAIVER);
    let text = |t: &Tailoring| t.approvals()[0].text.clone().unwrap();
    let bare = text(&t);
    t.approval_accounts = vec!["123456789012".into()];
    let tied = text(&t);
    assert_eq!(tied, bare.replacen("{\n", "{\n  \"accounts\": [\n    \"123456789012\"\n  ],\n", 1));
    t.approval_accounts.push("2*".into());
    assert_ne!(text(&t), tied);
}

#[test]
fn the_signature_is_no_part_of_the_text_and_everything_else_is() {
    let text = |t: &Tailoring| t.approvals()[0].text.clone().unwrap();
    let whole = text(&waiver(WAIVER));
    assert_eq!(text(&waiver(&WAIVER.replace("c2ln", "b3RoZXI="))), whole);
    for (from, to) in [
        ("S3-009", "S3-008"),
        ("::logs", "::*"),
        ("every night", "every nighu"),
        ("dana", "dano"),
        ("lee", "lea"),
        ("2026-11-01", "2026-11-02"),
        ("2027-04-30", "2027-05-30"),
        ("\"owner\"", "\"key\": \"k\", \"owner\""),
        ("\"owner\"", "\"tags\": {\"a\": \"b\"}, \"owner\""),
        ("\"owner\"", "\"ticket\": \"T-1\", \"owner\""),
    ] {
        let changed = WAIVER.replacen(from, to, 1);
        assert_ne!(text(&waiver(&changed)), whole, "{to}");
    }
}

/// The same choice has the same text on every day, and half an approval is none.
#[test]
fn what_a_flag_leaves_out_has_no_day() {
    let read = |json: &str| serde_json::from_str::<crate::tailoring::Deselected>(json);
    let flag = r#"{"rule":"AWS-S3-009","by_flag":true}"#;
    let d = read(flag).unwrap();
    assert_eq!((d.reason(), &d.approval), ("left out by --rule", &None));
    assert_eq!(serde_json::to_string(&d).unwrap(), flag);
    let whole = r#"{"rule":"R","reason":"r","approver":"lee","approved":"2026-11-01"}"#;
    let d = read(whole).unwrap();
    assert_eq!(d.approval.as_ref().map(|a| a.approver.as_str()), Some("lee"));
    assert_eq!(serde_json::to_string(&d).unwrap(), whole);
    assert!(read(&whole.replace("\"approver\":\"lee\",", "")).is_err());
    assert!(read(&whole.replace("2026-11-01", "soon")).is_err());
    let t = Tailoring { deselected: vec![read(flag).unwrap()], ..Tailoring::default() };
    let e = t.approvals().remove(0);
    assert!(e.free.is_some() && e.approver.is_none() && e.approved.is_none());
}

#[test]
fn failing_attestations_count_unsigned() {
    let a = |outcome: &str| {
        let json = format!(
            r#"{{"framework": "gdpr", "control": "Art.24", "statement": "s", {outcome}
            "owner": "o", "approver": "a", "date": "2026-01-01", "valid_until": "2026-12-31"}}"#
        );
        let a = serde_json::from_str(&json).unwrap();
        let t = Tailoring { attestations: vec![a], ..Tailoring::default() };
        t.approvals().remove(0).free
    };
    assert_eq!(a(""), None);
    assert!(a(r#""outcome": "fail","#).is_some());
}
