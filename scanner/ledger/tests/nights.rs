//! Thirty nights of one estate: exactly what changed is new or fixed, and what nobody could look at
//! is neither.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "tests may panic"
)]

#[allow(dead_code, reason = "every test uses a part of it")]
mod common;

use std::collections::{BTreeMap, BTreeSet};

use assay_core::assessment::Assessment;
use assay_core::tailoring::Waiver;
use assay_ledger::entry::Declared;
use assay_ledger::period::{Ask, Cell, NightState, State};
use assay_ledger::{Period, View, compare};
use common::{Estate, at, judge, library, new, short, ssh, ssh6};
use serde_json::json;

const LAST: i8 = 31;
/// No run came.
const MISSING: i8 = 28;

type Names = BTreeSet<(String, String)>;
/// Resource and key.
type Pairs = &'static [(&'static str, &'static str)];

fn names(list: &[(&str, &str)]) -> Names {
    list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

fn first() -> Estate {
    let mut e = Estate::default();
    for n in 0..12 {
        e.bucket(&format!("b{n:02}"), n % 2 == 1);
    }
    e.group("sg-0", json!([ssh("0.0.0.0/0"), ssh6()]));
    e.group("sg-1", json!([ssh("10.0.0.0/8")]));
    e
}

/// What is really there after each night's changes.
fn change(e: &mut Estate, night: i8) {
    match night {
        3 => drop(e.bucket("b20", false)),
        5 => e.remove("b02"),
        7 => e.documents.iter_mut().for_each(|d| {
            d.tags = Some(BTreeMap::from([("night".to_owned(), "seven".to_owned())]));
        }),
        8 => {
            e.documents.reverse();
            e.group("sg-0", json!([ssh6(), ssh("10.0.0.0/8"), ssh("0.0.0.0/0")]));
        }
        // While nobody could look.
        13 => {
            e.bucket("b04", true);
            e.bucket("b22", false);
        }
        18 => drop(e.group("sg-0", json!([ssh6()]))),
        19 => drop(e.group("sg-1", json!([ssh("0.0.0.0/0")]))),
        21 => drop(e.bucket("b06", true)),
        24 => drop(e.bucket("b06", false)),
        // While no run came.
        28 => drop(e.bucket("b08", true)),
        _ => {}
    }
}

fn expected(night: i8) -> (Names, Names) {
    let (new, fixed): (Pairs, Pairs) = match night {
        3 => (&[("b20", "")], &[]),
        5 => (&[], &[("b02", "")]),
        15 => (&[("b22", "")], &[("b04", "")]),
        18 => (&[], &[("sg-0", "tcp/22/0.0.0.0/0")]),
        19 => (&[("sg-1", "tcp/22/0.0.0.0/0")], &[]),
        21 => (&[], &[("b06", "")]),
        24 => (&[("b06", "")], &[]),
        29 => (&[], &[("b08", "")]),
        _ => (&[], &[]),
    };
    (names(new), names(fixed))
}

fn waiver() -> Waiver {
    Waiver {
        rule: "AWS-S3-009".into(),
        resource: "arn:aws:s3:::b10".into(),
        key: None,
        tags: BTreeMap::new(),
        reason: "rebuilt every night".into(),
        owner: "dana".into(),
        approver: "lee".into(),
        approved: "2026-10-25".parse().unwrap(),
        expires: "2027-01-01".parse().unwrap(),
        ticket: None,
        signature: None,
    }
}

#[test]
fn thirty_nights_give_exactly_what_changed() {
    let (_dir, mut ledger) = new();
    let declared = Declared { schedule: Some("daily 02:00".parse().unwrap()), retention: None };
    ledger.declare(&declared, at("2026-09-30T12:00:00Z")).unwrap();
    let plain = library(&[]);
    let versioning = "rules/aws/s3/bucket_versioning.rego";
    let other = library(&[
        (versioning, "versioning was never turned on", "no version is ever kept"),
        (versioning, "severity: medium", "severity: high"),
    ]);
    let mut estate = first();
    let mut before: Option<(View, Assessment)> = None;
    let mut alone: Option<View> = None;
    for night in 1..=LAST {
        change(&mut estate, night);
        if night == MISSING {
            continue;
        }
        let started = at(&format!("2026-10-{night:02}T02:00:30Z"));
        let seen = match night {
            12 | 14 => estate.clone().denied(),
            13 => estate.clone().unlisted(),
            _ => estate.clone(),
        };
        let rules = if (10..=16).contains(&night) { &other } else { &plain };
        let waivers = if night >= 26 { vec![waiver()] } else { Vec::new() };
        let judged = judge(rules, &seen, started, &waivers, Some(&ledger));
        judged.add(&mut ledger, started + jiff::Span::new().minutes(10)).unwrap();
        let entries = ledger.entries().unwrap();
        let view = ledger.view(entries.last().unwrap()).unwrap();

        let (new, fixed) = expected(night);
        if let Some((last, _)) = &before {
            let diff = compare(last, &view);
            assert_eq!(short(&diff.new), new, "new on night {night}");
            assert_eq!(short(&diff.fixed), fixed, "fixed on night {night}");
            let lost = if night == 12 { 6 } else { 0 };
            assert_eq!(diff.no_longer_assessed.len(), lost, "lost on night {night}");
            let blind = if (13..=14).contains(&night) { 6 } else { 0 };
            assert_eq!(diff.still_not_assessed, blind, "blind on night {night}");
            // The evaluation's own count.
            let b = judged.assessment.baseline.as_ref().unwrap();
            assert_eq!((b.new, b.fixed), (new.len() as u64, fixed.len() as u64), "night {night}");
            let carried = if (12..=14).contains(&night) { 6 } else { 0 };
            assert_eq!(b.carried, carried, "carried on night {night}");
        }
        // Without a baseline nothing is carried; still nothing is fixed that nobody looked at.
        let bare = judge(rules, &seen, started, &waivers, None);
        let bare = bare.view(alone.as_ref());
        if let Some(last) = &alone {
            let diff = compare(last, &bare);
            if !(12..=15).contains(&night) {
                assert_eq!(short(&diff.new), new, "new on night {night}, without baseline");
            }
            if night != 15 {
                assert_eq!(short(&diff.fixed), fixed, "fixed on night {night}, without baseline");
            }
        }
        alone = Some(bare);
        before = Some((view, judged.assessment));
    }

    let checked = ledger.verify(None).unwrap();
    assert_eq!(checked.problems, []);
    assert_eq!((checked.entries, checked.runs), (31, 30));

    let ask = Ask { to: Some("2026-10-31".parse().unwrap()), ..Ask::default() };
    let p = Period::read(&ledger, &ask, at("2026-11-01T00:30:00Z")).unwrap();
    assert_eq!(p.days.len(), 31);
    // Other rules from the tenth to the sixteenth, a waiver from the 26th.
    let changed: Vec<_> = p
        .nights
        .iter()
        .flat_map(|n| n.runs.iter().map(move |r| (n.day.day(), r.changed.as_slice())))
        .filter(|(_, c)| !c.is_empty())
        .collect();
    assert_eq!(changed, [(10, &["rules"][..]), (17, &["rules"]), (26, &["tailoring"])]);
    assert_eq!((p.count(NightState::Ran), p.count(NightState::Missing)), (30, 1));
    matrix(&p);
    failures(&p);
    let excepted: Vec<_> =
        p.exceptions.iter().map(|e| (e.resource.as_str(), e.runs, e.result)).collect();
    assert_eq!(excepted, [("arn:aws:s3:::b10", 5, "exception noted, accepted")]);
    let by = p.exceptions[0].waiver.as_ref().map(|w| w.approver.as_str());
    assert_eq!(by, Some("lee"));
}

/// A.8.13 is decided by the versioning of buckets: red while something fails, grey while nobody
/// could look, never green on the missing night.
fn matrix(p: &Period) {
    let iso = p.frameworks.iter().find(|f| f.id == "iso27001_2022").unwrap();
    let control = iso.controls.iter().find(|c| c.id == "A.8.13").unwrap();
    for (day, cell) in p.days.iter().zip(&control.cells) {
        let want = match day.day() {
            MISSING => Cell::Missing,
            12..=14 => Cell::NotAssessed,
            _ => Cell::Fail,
        };
        assert_eq!(*cell, want, "A.8.13 on {day}");
    }
    assert_eq!(control.rate.incomplete_runs, 3);
    assert_eq!(control.rate.missing_runs, 1);
    assert_eq!(control.rate.excepted, 5);
    assert!(control.rate.deviations > control.rate.excepted && !control.rate.is_whole());
    for f in &p.frameworks {
        for c in &f.controls {
            assert_eq!(c.cells[usize::from(MISSING.unsigned_abs()) - 1], Cell::Missing, "{}", c.id);
        }
    }
}

fn failures(p: &Period) {
    let of = |name: &str| {
        let list: Vec<_> = p.failures.iter().filter(|e| e.resource.ends_with(name)).collect();
        assert!(!list.is_empty(), "{name}");
        list
    };
    let day = |t: Option<jiff::Timestamp>| t.map(|t| t.to_string()[8..10].parse::<i8>().unwrap());

    // Fixed while nobody looked: somewhere between two nights, and it says so.
    let b04 = of("b04")[0];
    assert_eq!((day(b04.last_seen), day(b04.fixed)), (Some(11), Some(15)));
    assert_eq!((b04.unknown_since, b04.missing_since), (3, 0));
    assert_eq!(b04.at_least(), 10 * 86_400);
    assert_eq!(b04.at_most(), Some(14 * 86_400));
    // Fixed while no run came.
    let b08 = of("b08")[0];
    assert_eq!((day(b08.last_seen), day(b08.fixed)), (Some(27), Some(29)));
    assert_eq!(b08.missing_since, 1);
    // Fixed, and broken again: two failures of one fingerprint.
    let b06 = of("b06");
    assert_eq!(b06.len(), 2);
    assert_eq!(b06[0].fingerprint, b06[1].fingerprint);
    assert_eq!(day(b06.iter().find(|e| e.state == State::Fixed).unwrap().fixed), Some(21));
    // Went on: unknown for three nights, and there again.
    let b00 = of("b00")[0];
    assert_eq!((b00.state, b00.unknown_runs, b00.unknown_since), (State::Open, 3, 0));
    assert_eq!(b00.failing_runs, 27);
    assert!(b00.from_first_run && b00.missing_runs == 1 && b00.missing_since == 0);
    assert!(!of("b20")[0].from_first_run);
    let b10 = of("b10")[0];
    assert_eq!((b10.state, b10.excepted_runs), (State::Excepted, 5));
    // Gone with its listing read to the end.
    assert_eq!(day(of("b02")[0].fixed), Some(5));
    // b00, b02, b04, 2 × b06, b08, b10, b20, b22, two keys of sg-0, one of sg-1.
    assert_eq!(p.failures.len(), 12);
}
