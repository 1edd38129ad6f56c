//! What an earlier run knew: carried while nobody can look, fixed only where somebody did.

use super::*;

fn baseline(of: Vec<Verdict>) -> Option<Baseline> {
    Some(Baseline::new("then".into(), "2026-10-01T00:00:00Z".parse().unwrap(), of))
}

#[test]
fn a_known_failure_that_cannot_be_read_is_carried() {
    let mut w = World::new(vec![verdict("R1", "b", Status::NotAssessed)]);
    w.baseline = baseline(vec![verdict("R1", "b", Status::Fail)]);
    let (out, a) = w.run();
    assert_eq!(out[0].status, Status::NotAssessed);
    assert_eq!(out[0].cause.as_ref().unwrap().kind, CauseKind::StaleFailure);
    assert_eq!(out[0].failures[0].fingerprint, fingerprint("R1", "b", "k"));
    let b = a.baseline.unwrap();
    assert_eq!((b.carried, b.fixed, b.new), (1, 0, 0));

    // The next night the same: the first date stays.
    let mut w = World::new(vec![verdict("R1", "b", Status::NotAssessed)]);
    w.baseline = Some(Baseline::new("x".into(), "2026-10-20T00:00:00Z".parse().unwrap(), out));
    let (out, _) = w.run();
    assert!(out[0].cause.as_ref().unwrap().detail.contains("2026-10-01"));
}

#[test]
fn a_known_failure_of_a_rule_that_does_not_run_is_carried() {
    let known = || vec![verdict("R1", "b", Status::Fail), verdict("GONE", "b", Status::Fail)];
    let mut w = World::new(Vec::new());
    w.tailoring.deselected =
        vec![Deselected { rule: "R1".into(), by_flag: false, approval: Some(approval()) }];
    w.baseline = baseline(known());
    let (out, a) = w.run();
    let said: Vec<_> = out
        .iter()
        .map(|v| (v.rule.as_str(), v.status, v.cause.as_ref().unwrap().kind, v.failures.len()))
        .collect();
    let carried = |rule| (rule, Status::NotAssessed, CauseKind::RuleNotRun, 1);
    assert_eq!(said, [carried("GONE"), carried("R1")]);
    let detail = |n: usize| out[n].cause.as_ref().unwrap().detail.clone();
    assert!(detail(0).ends_with("its rule is not among the rules of this run"), "{}", detail(0));
    assert!(detail(1).contains("2026-10-01") && detail(1).contains("deselected"), "{}", detail(1));
    let b = a.baseline.unwrap();
    assert_eq!((b.carried, b.fixed, b.new), (2, 0, 0));
    // Carried failures are no rule that ran: the run is not a clean one.
    assert!(a.summary.unaccepted_gaps > 0);

    // The rule runs again the next night: what it says counts, and the first date stayed.
    let mut w = World::new(vec![verdict("R1", "b", Status::Pass)]);
    w.baseline = Some(Baseline::new("x".into(), "2026-10-20T00:00:00Z".parse().unwrap(), out));
    let (out, a) = w.run();
    assert_eq!(a.baseline.unwrap().fixed, 1);
    assert!(
        out.iter()
            .any(|v| v.rule == "GONE" && v.cause.as_ref().unwrap().detail.contains("2026-10-01"))
    );
}

#[test]
fn a_vanished_resource_is_fixed_only_if_its_listing_was_whole() {
    let with = |state| {
        let mut w = World::new(vec![verdict("R1", "c", Status::Pass)]).listed(state);
        w.baseline = baseline(vec![verdict("R1", "b", Status::Fail)]);
        w.run()
    };
    let (out, a) = with(ListingState::Complete);
    assert_eq!((out.len(), a.baseline.unwrap().fixed), (1, 1));
    let (out, a) = with(ListingState::Partial);
    assert_eq!((out.len(), a.baseline.unwrap().carried), (2, 1));
    assert_eq!(out[0].resource, "b", "in its place in the order");
    assert_eq!(out[0].status, Status::NotAssessed);
}

/// A bucket whose region is hidden now is judged in `global`: under another place in the order.
#[test]
fn a_known_failure_is_carried_while_its_resource_has_no_known_region() {
    let hidden = Verdict { region: "global".into(), ..verdict("R1", "b", Status::NotAssessed) };
    let mut w = World::new(vec![hidden]);
    w.manifest.segments = vec![SegmentInfo {
        path: String::new(),
        provider: "aws".into(),
        account: ACCOUNT.into(),
        region: "global".into(),
        kind: BUCKET.into(),
        count: 1,
        sha256: String::new(),
    }];
    w.baseline = baseline(vec![verdict("R1", "b", Status::Fail)]);
    let (out, a) = w.run();
    let b = a.baseline.unwrap();
    assert_eq!((b.carried, b.fixed), (1, 0));
    assert_eq!(out[0].failures[0].fingerprint, fingerprint("R1", "b", "k"));
}

#[test]
fn new_and_fixed_failures_are_counted() {
    let mut w =
        World::new(vec![verdict("R1", "b", Status::Pass), verdict("R1", "c", Status::Fail)]);
    w.baseline = baseline(vec![verdict("R1", "b", Status::Fail), verdict("R1", "x", Status::Pass)]);
    let b = w.run().1.baseline.unwrap();
    assert_eq!((b.failures, b.new, b.fixed, b.carried), (1, 1, 1, 0));
}
