//! Failures that somebody accepted.

use super::*;

#[test]
fn a_verdict_is_waived_only_if_each_failure_is() {
    let mut two = verdict("R1", "b", Status::Fail);
    two.failures.push(failure("R1", "b", "other"));
    let mut w = World::new(vec![two.clone()]);
    w.tailoring.waivers = vec![Waiver { key: Some("k".into()), ..waiver("b") }];
    let (out, a) = w.run();
    assert_eq!(out[0].status, Status::Fail);
    assert_eq!(a.summary.failures["high"], 1, "the waived one does not count");

    let mut w = World::new(vec![two]);
    w.tailoring.waivers = vec![waiver("b")];
    let (out, a) = w.run();
    assert_eq!(out[0].status, Status::Waived);
    assert_eq!((a.rules[0].status, a.waivers[0].covers), (Status::Waived, 2));
}

#[test]
fn expired_and_unused_waivers_are_told() {
    let mut w = World::new(vec![verdict("R1", "b", Status::Fail)]);
    let expired = Waiver { expires: "2026-10-31".parse().unwrap(), ..waiver("b") };
    w.tailoring.waivers = vec![expired, waiver("another")];
    let (out, a) = w.run();
    assert_eq!(out[0].status, Status::Fail, "the alert returns");
    assert_eq!(a.waivers[0].state, WaiverState::Expired);
    assert_eq!(a.waivers[1].state, WaiverState::Unused);
}

#[test]
fn no_waiver_matches_through_an_unknown_tag() {
    let tags = BTreeMap::from([("team".to_owned(), "data".to_owned())]);
    let world = || {
        let mut w = World::new(vec![verdict("R1", "b", Status::Fail)]);
        w.tailoring.waivers = vec![Waiver { tags: tags.clone(), ..waiver("*") }];
        w
    };
    assert_eq!(world().run_with_tags(None).0[0].status, Status::Fail);
    assert_eq!(world().run_with_tags(Some(&BTreeMap::new())).0[0].status, Status::Fail);
    assert_eq!(world().run_with_tags(Some(&tags)).0[0].status, Status::Waived);
}

#[test]
fn wildcards_match_runs_of_characters() {
    use crate::assess::glob;
    for (pattern, text, wanted) in [
        ("a*c", "abc", true),
        ("a*c", "ac", true),
        ("a*c", "ab", false),
        ("*", "", true),
        ("a*b*c", "a-b-b-c", true),
        ("abc", "abcd", false),
        ("ab*ba", "aba", false),
    ] {
        assert_eq!(glob(pattern, text), wanted, "{pattern} {text}");
    }
}
