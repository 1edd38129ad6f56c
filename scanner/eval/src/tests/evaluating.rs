//! The gate, relations, parameters, order.

use assay_core::verdict::CauseKind;
use assay_core::{Gap, GapState, Status};

use super::*;

#[test]
fn statuses_and_keys() {
    let v = verdicts(&source(&library().types, documents()), &params());
    assert_eq!(of(&v, "AWS-S3-001", "a").status, Status::Pass);
    assert_eq!(of(&v, "AWS-S3-001", "b").status, Status::Fail);
    assert_eq!(of(&v, "AWS-S3-002", "acc").status, Status::Pass);
    let grants = of(&v, "AWS-S3-003", "b");
    assert_eq!(grants.status, Status::Fail);
    assert_eq!(grants.failures[0].key, "you");
    assert_eq!(
        grants.failures[0].fingerprint,
        assay_core::fingerprint("AWS-S3-003", &grants.resource, "you")
    );
    assert_eq!(grants.evidence.calls, ["call/AWS::S3::Bucket/Grants"]);
    assert_eq!(grants.evidence.document.len(), 64);
    assert!(v.is_sorted_by(|a, b| assay_core::order::verdicts(a, b).is_le()));
}

#[test]
fn neither_known_nor_a_gap_is_not_assessed() {
    let v =
        verdicts(&source(&library().types, vec![bucket("a", json!({"Other": "x"}))]), &params());
    let v = of(&v, "AWS-S3-001", "a");
    assert_eq!(v.status, Status::NotAssessed);
    assert_eq!(v.cause.as_ref().unwrap().kind, CauseKind::NotAttempted);
    assert_eq!(v.cause.as_ref().unwrap().what, "/Status");
}

#[test]
fn a_gap_gates_with_its_cause() {
    let mut doc = bucket("a", json!({"Status": "on"}));
    doc.lose(
        "Status",
        Gap { operation: Some("s3:GetX".into()), ..Gap::new(GapState::Denied, "no") },
    );
    let v = verdicts(&source(&library().types, vec![doc]), &params());
    let cause = of(&v, "AWS-S3-001", "a").cause.clone().unwrap();
    assert_eq!((cause.kind, cause.operation.as_deref()), (CauseKind::Denied, Some("s3:GetX")));
}

#[test]
fn a_nested_gap_gates_and_a_sibling_does_not() {
    let grants = |at: &str| {
        let mut doc = bucket("a", json!({"Status": "on", "Grants": [{"Who": "me"}]}));
        doc.gaps.insert(at.into(), Gap::new(GapState::Malformed, "x"));
        let v = verdicts(&source(&library().types, vec![doc]), &params());
        (of(&v, "AWS-S3-001", "a").status, of(&v, "AWS-S3-003", "a").status)
    };
    assert_eq!(grants("/Grants/0/What"), (Status::Pass, Status::NotAssessed));
    assert_eq!(grants("/Other"), (Status::Pass, Status::Pass));
}

#[test]
fn not_applicable_gates_first_and_wins() {
    let status = |change: &dyn Fn(&mut Resource)| {
        let mut doc = bucket("a", json!({"Status": "off"}));
        doc.tags.as_mut().unwrap().insert("exempt".into(), "yes".into());
        change(&mut doc);
        of(&verdicts(&source(&library().types, vec![doc]), &params()), "AWS-S3-001", "a").status
    };
    assert_eq!(status(&|_| ()), Status::NotApplicable);
    assert_eq!(
        status(&|d| d.lose("Status", Gap::new(GapState::Denied, ""))),
        Status::NotApplicable
    );
    assert_eq!(status(&|d| d.tags = None), Status::NotAssessed);
}

#[test]
fn an_undeclared_parameter_is_not_assessed() {
    let v = verdicts(&source(&library().types, documents()), &Params::new());
    let v = of(&v, "AWS-S3-003", "a");
    assert_eq!(v.cause.as_ref().unwrap().kind, CauseKind::ParameterUndeclared);
}

#[test]
fn relations_rest_on_listings_and_facets() {
    let types = library().types;
    let mut m = source(&types, documents());
    cut(&mut m, "AWS::CloudTrail::Trail");
    let v = verdicts(&m, &params());
    let cause = of(&v, "AWS-S3-002", "acc").cause.clone().unwrap();
    assert_eq!(
        (cause.kind, cause.what.as_str()),
        (CauseKind::ListingIncomplete, "related/AWS::CloudTrail::Trail")
    );
    let mut docs = documents();
    docs[2].lose("IsLogging", Gap::new(GapState::Throttled, "slow down"));
    let v = verdicts(&source(&types, docs), &params());
    assert_eq!(of(&v, "AWS-S3-002", "acc").cause.as_ref().unwrap().kind, CauseKind::Throttled);
    // A facet that nobody declared may be unknown.
    let mut docs = documents();
    docs[2].lose("Name", Gap::new(GapState::Throttled, "slow down"));
    let v = verdicts(&source(&types, docs), &params());
    assert_eq!(of(&v, "AWS-S3-002", "acc").status, Status::Pass);
    // Without any region nothing was looked at.
    let v = verdicts(&source(&types, vec![documents().remove(3)]), &params());
    assert_eq!(of(&v, "AWS-S3-002", "acc").status, Status::NotAssessed);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let documents: Vec<_> = (0..3000)
        .map(|n| {
            bucket(
                &format!("{n:05}"),
                json!({"Status": if n % 3 == 0 { "off" } else { "on" }, "Grants": []}),
            )
        })
        .collect();
    let memory = source(&library().types, documents);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| verdicts(&memory, &params()))
    };
    let one = run(1);
    assert_eq!(one.len(), 6000);
    assert_eq!(one, run(2));
    assert_eq!(one, run(5));
}

#[test]
fn tags_come_with_failures_only_where_known() {
    let library = library();
    let set = RuleSet::new(&library, &params()).unwrap();
    let mut known = bucket("a", json!({"Status": "off", "Grants": []}));
    known.tags.as_mut().unwrap().insert("team".into(), "x".into());
    let mut seen = Vec::new();
    let memory = source(&library.types, vec![known]);
    evaluate(&set, &memory, &mut |v, tags| seen.push((v.status, tags.cloned()))).unwrap();
    assert_eq!(seen[0].1.as_ref().unwrap()["team"], "x");
    assert_eq!(seen[0].0, Status::Fail);
}

#[test]
fn the_size_of_blocks_changes_nothing() {
    let library = library();
    let mut documents = documents();
    for account in ["2", "3", "4"] {
        for mut d in self::documents() {
            d.id = d.id.replace(":1:", &format!(":{account}:"));
            account.clone_into(&mut d.account);
            documents.push(d);
        }
    }
    let memory = source(&library.types, documents);
    let set = RuleSet::new(&library, &params()).unwrap();
    let by = |size: u64| {
        let mut out = Vec::new();
        crate::evaluate::evaluate_blocks(&set, &memory, size, false, &mut |v, tags| {
            out.push((v, tags.cloned()));
        })
        .unwrap();
        out
    };
    let whole = by(u64::MAX);
    assert_eq!(whole.len(), 20, "four accounts");
    for size in [1, 4, 5, 8] {
        assert_eq!(by(size), whole, "blocks of {size} documents");
    }
    // Compiled rules that were let go of are compiled again.
    for _ in 0..2 {
        let mut out = Vec::new();
        crate::evaluate_once(&set, &memory, &mut |v, tags| out.push((v, tags.cloned()))).unwrap();
        assert_eq!(out, whole, "let go of");
    }
}
