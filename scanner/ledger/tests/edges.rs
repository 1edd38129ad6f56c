//! Where days end: nights over midnight, clocks that were set back, runs of which a part is gone.

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

use assay_core::tailoring::Waiver;
use assay_ledger::entry::{Declared, Hold};
use assay_ledger::period::{Ask, Cell, NightState, State};
use assay_ledger::render::{write_findings, write_text};
use assay_ledger::{Ledger, LedgerError, Period};
use common::{at, judge, library, new, small, three_nights};
use rusqlite::Connection;

fn declare(ledger: &mut Ledger, schedule: Option<&str>, now: &str) {
    let schedule = schedule.map(|s| s.parse().unwrap());
    ledger.declare(&Declared { schedule, retention: Some(30) }, at(now)).unwrap();
}

fn night(ledger: &mut Ledger, started: &str) {
    let started = at(started);
    let judged = judge(&library(&[]), &small(), started, &[], None);
    judged.add(ledger, started + jiff::Span::new().minutes(7)).unwrap();
}

fn until(ledger: &Ledger, to: &str, as_of: &str) -> Period {
    let ask = Ask { to: Some(to.parse().unwrap()), ..Ask::default() };
    Period::read(ledger, &ask, at(as_of)).unwrap()
}

fn text(p: &Period) -> String {
    let mut out = Vec::new();
    write_text(p, 200, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// How A.8.13 stands on each day.
fn cells(p: &Period) -> &[Cell] {
    let iso = p.frameworks.iter().find(|f| f.id == "iso27001_2022").unwrap();
    &iso.controls.iter().find(|c| c.id == "A.8.13").unwrap().cells
}

#[test]
fn a_run_after_midnight_belongs_to_the_night_that_was_due() {
    let (_dir, mut ledger) = new();
    declare(&mut ledger, Some("daily 23:50"), "2026-11-01T12:00:00Z");
    night(&mut ledger, "2026-11-02T00:05:00Z");
    night(&mut ledger, "2026-11-03T00:05:00Z");
    let p = until(&ledger, "2026-11-02", "2026-11-03T12:00:00Z");
    assert_eq!((p.from, p.nights.len()), ("2026-11-01".parse().unwrap(), 2));
    assert_eq!(cells(&p), [Cell::Fail, Cell::Fail], "the last night is among them");
    let open = p.failures.iter().filter(|e| e.state == State::Open && e.failing_runs == 2);
    assert!(open.count() > 0);

    // Held until the second, the run that was collected over its midnight stays.
    let hold = Hold {
        from: None,
        to: Some("2026-11-02".parse().unwrap()),
        reason: "case 7".into(),
        by: "lee".into(),
    };
    night(&mut ledger, "2026-11-03T23:56:00Z");
    let held = ledger.hold(hold, at("2026-11-04T12:00:00Z")).unwrap();
    let dry = ledger.prune(at("2027-03-01T00:00:00Z"), true).unwrap();
    assert_eq!(dry.held, [(2, held.seq)], "{dry:?}");
    let hold = Hold {
        from: None,
        to: Some("2026-11-03".parse().unwrap()),
        reason: "case 8".into(),
        by: "lee".into(),
    };
    ledger.hold(hold, at("2026-11-04T12:00:00Z")).unwrap();
    let dry = ledger.prune(at("2027-03-01T00:00:00Z"), true).unwrap();
    assert_eq!(dry.held.iter().map(|h| h.0).collect::<Vec<_>>(), [2, 3, 4], "{dry:?}");
}

#[test]
fn a_clock_that_is_set_back_takes_no_missing_night_away() {
    let (_dir, mut ledger) = new();
    declare(&mut ledger, Some("daily 02:00"), "2026-10-31T12:00:00Z");
    night(&mut ledger, "2026-11-01T02:00:00Z");
    night(&mut ledger, "2026-11-04T02:00:00Z");
    let missing = |l: &Ledger| until(l, "2026-11-04", "2026-11-05T00:00:00Z");
    assert_eq!(missing(&ledger).count(NightState::Missing), 2);
    declare(&mut ledger, None, "2026-11-01T12:00:00Z");
    let p = missing(&ledger);
    assert_eq!(p.count(NightState::Missing), 2);
    assert!(text(&p).contains("a clock was wrong"), "{}", text(&p));
}

#[test]
fn what_is_left_of_a_night_is_not_the_worst_of_it() {
    let (_dir, mut ledger) = new();
    declare(&mut ledger, Some("daily 23:50"), "2026-10-31T12:00:00Z");
    // Both in the night of the first: one before midnight, in which a bucket fails.
    night(&mut ledger, "2026-11-01T23:51:00Z");
    let started = at("2026-11-02T12:00:00Z");
    let mut estate = small();
    estate.documents.retain(|d| d.kind == "AWS::S3::Bucket" && d.name == "web");
    let good = judge(&library(&[]), &estate, started, &[], None);
    good.add(&mut ledger, started + jiff::Span::new().minutes(7)).unwrap();
    let as_of = "2026-12-02T12:00:00Z";
    assert_eq!(cells(&until(&ledger, "2026-11-01", as_of)), [Cell::Fail]);
    let pruned = ledger.prune(at(as_of), false).unwrap();
    assert_eq!(pruned.runs.iter().map(|r| r.0).collect::<Vec<_>>(), [2]);
    let p = until(&ledger, "2026-11-01", as_of);
    assert_eq!(cells(&p), [Cell::Removed], "never what is left of it");
    let rate = p.frameworks[0].controls[0].rate;
    assert_eq!((rate.runs, rate.missing_runs), (1, 1));

    // Nor does a table of findings leave the run out.
    let mut table = Vec::new();
    write_findings(&ledger, &mut table).unwrap();
    let table = String::from_utf8(table).unwrap();
    assert!(table.contains("2,2026-11-01T23:57:00Z,,,removed after retention,"), "{table}");
}

#[test]
fn a_failure_that_nobody_looks_at_any_more_says_so() {
    let (_dir, mut ledger) = new();
    declare(&mut ledger, Some("daily 02:00"), "2026-10-31T12:00:00Z");
    night(&mut ledger, "2026-11-01T02:00:00Z");
    night(&mut ledger, "2026-11-02T02:00:00Z");
    let p = until(&ledger, "2026-11-05", "2026-11-06T03:00:00Z");
    assert!(p.failures.iter().all(|e| (e.state, e.missing_since) == (State::Open, 3)));
    let said = "open for 1 d 0 h; last seen 2026-11-02 02:06, since then 3 runs are missing";
    assert!(text(&p).contains(said), "{}", text(&p));
}

#[test]
fn a_time_that_cannot_be_is_refused() {
    let (_dir, ledger) = new();
    let ask = |from: &str, to: Option<&str>| {
        let day = |d: &str| d.parse().unwrap();
        let ask = Ask { from: Some(day(from)), to: to.map(day), ..Ask::default() };
        Period::read(&ledger, &ask, at("2026-11-06T00:00:00Z")).map(|p| p.days.len())
    };
    assert!(ask("2026-11-07", None).unwrap_err().to_string().contains("is after the last"));
    assert!(ask("0001-01-01", None).unwrap_err().to_string().contains("at most"));
    assert_eq!(ask("2026-11-06", None).unwrap(), 1);
}

/// A baseline out of rows that somebody changed would let a known failure go.
#[test]
fn changed_rows_are_no_baseline() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ledger");
    let ledger = three_nights(&library(&[]), &file);
    let entries = ledger.entries().unwrap();
    let known = ledger.proved(&entries[3]).unwrap().known();
    assert!(!known.is_empty());
    drop(ledger);
    let db = Connection::open(&file).unwrap();
    db.execute_batch("DELETE FROM sections WHERE section = 'findings' AND entry = 4").unwrap();
    drop(db);
    let ledger = Ledger::open(&file).unwrap();
    assert!(ledger.view(&entries[3]).unwrap().known().is_empty());
    let e = ledger.proved(&entries[3]).unwrap_err();
    assert!(matches!(e, LedgerError::Changed { .. }), "{e}");
    assert!(e.to_string().contains("entry 4: its findings were changed"), "{e}");
}

#[test]
fn approvals_that_are_gone_are_named() {
    let (_dir, mut ledger) = new();
    let waiver = |reason: &str| Waiver {
        rule: "AWS-S3-009".into(),
        resource: "arn:aws:s3:::logs".into(),
        key: None,
        tags: std::collections::BTreeMap::new(),
        reason: reason.into(),
        owner: "dana".into(),
        approver: "lee".into(),
        approved: "2026-10-25".parse().unwrap(),
        expires: "2027-01-01".parse().unwrap(),
        ticket: None,
        signature: None,
    };
    for (day, waivers) in [
        (1, vec![waiver("rebuilt")]),
        (2, vec![waiver("rebuilt")]),
        (3, vec![waiver("rebuilt every night")]),
        (4, vec![]),
    ] {
        let started = at(&format!("2026-11-0{day}T02:00:00Z"));
        let judged = judge(&library(&[]), &small(), started, &waivers, None);
        judged.add(&mut ledger, started).unwrap();
    }
    assert_eq!(ledger.verify(None).unwrap().problems, []);
    let p = until(&ledger, "2026-11-04", "2026-11-05T00:00:00Z");
    let short: Vec<_> = p.approvals.iter().map(|c| (c.entry, c.gone.len(), c.new.len())).collect();
    assert_eq!(short, [(3, 1, 1), (4, 1, 0)]);
    let said = "gone: waiver AWS-S3-009 on arn:aws:s3:::logs by lee, unsigned (";
    assert!(text(&p).contains(said), "{}", text(&p));
}
