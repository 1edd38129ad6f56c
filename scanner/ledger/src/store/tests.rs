//! What only the inside of a ledger can be made to show.

use assay_core::Timestamp;
use assay_core::identity::sha256;

use super::*;
use crate::entry::{Declared, Hold, Prune, Release, Run, What};

#[test]
fn a_full_disk_adds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::create(&dir.path().join("ledger")).unwrap();
    let pages: i64 = ledger.db.query_row("PRAGMA page_count", [], |r| r.get(0)).unwrap();
    ledger.db.query_row(&format!("PRAGMA max_page_count = {}", pages + 2), [], |_| Ok(())).unwrap();
    let now = "2026-11-01T00:00:00Z".parse().unwrap();
    let hold = |n| Hold { from: None, to: None, reason: "x".repeat(n), by: "lee".into() };
    let e = ledger.hold(hold(1 << 20), now).unwrap_err();
    assert!(matches!(e, LedgerError::Full(_)) && !e.is_usage(), "{e}");
    assert_eq!(ledger.head().unwrap().seq, 0);
    ledger.hold(hold(10), now).unwrap();
    assert_eq!(ledger.verify(None).unwrap().problems, []);
}

fn run(ended: Timestamp) -> What {
    What::Run(Box::new(Run {
        tool_version: "0".into(),
        snapshot: "s".into(),
        state: assay_core::manifest::SnapshotState::Complete,
        started: ended,
        ended,
        clocks: assay_core::tailoring::Clocks { now: ended, today: crate::entry::day(ended) },
        scope: assay_core::manifest::Scope::default(),
        callers: Vec::new(),
        rules: String::new(),
        tailoring: String::new(),
        assessment: String::new(),
        manifest: String::new(),
        files: Vec::new(),
        baseline: None,
        late: false,
        rule_results: assay_core::assessment::Counts::default(),
        verdicts: assay_core::assessment::Counts::default(),
        failures: std::collections::BTreeMap::new(),
        resources: 0,
        sections: Vec::new(),
    }))
}

/// Whoever writes entries by hand can say that rows were removed. Not those that were held, nor
/// what never was.
#[test]
fn an_entry_that_removes_what_was_held_is_found() {
    let now = "2026-11-01T00:00:00Z".parse().unwrap();
    let hold = || What::Hold(Hold { from: None, to: None, reason: "r".into(), by: "b".into() });
    let prune = |n| What::Prune(Prune { runs: vec![n], retention: 1 });
    let release = |hold| What::Release(Release { hold, reason: "r".into(), by: "b".into() });
    let check = |whats: Vec<What>| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger");
        let mut ledger = Ledger::create(&path).unwrap();
        for what in whats {
            let tx = ledger.begin().unwrap();
            let before = entries(&tx, &path).unwrap();
            put(&tx, &path, &before, what, now).unwrap();
            tx.commit().unwrap();
        }
        let found = ledger.verify(None).unwrap().problems;
        found.into_iter().map(|p| (p.entry.unwrap(), p.what)).collect::<Vec<_>>()
    };
    assert_eq!(check(vec![run(now), prune(1)]), []);
    assert_eq!(check(vec![hold(), run(now), release(1), prune(2)]), []);
    let held = (3, "it removed run 2, which entry 1 held".to_owned());
    assert_eq!(check(vec![hold(), run(now), prune(2)]), [held]);
    let none = (2, "it removed 7, which is no run before it".to_owned());
    assert_eq!(check(vec![run(now), prune(7)]), [none]);
    let twice = (2, "it releases 1, no hold".to_owned());
    assert_eq!(check(vec![run(now), release(1)]), [twice]);
}

/// An entry that another program would read otherwise is none, whatever its digest says.
#[test]
fn an_entry_has_one_way_to_be_written() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::create(&dir.path().join("ledger")).unwrap();
    let declared = Declared { schedule: None, retention: Some(9) };
    ledger.declare(&declared, "2026-11-01T00:00:00Z".parse().unwrap()).unwrap();
    let body = ledger.entries().unwrap()[0].body.clone();
    let before = head(&[]);
    let read = |body: &str| link(1, &sha256(body.as_bytes()), body, &before).map(|e| e.what);
    assert!(read(&body).is_ok());
    for (from, to) in [
        ("\"retention\":9", "\"retention\":9,\"retention\":9"),
        ("\"retention\":9", "\"retention\": 9"),
        ("\"kind\":\"declare\",", ""),
        ("{", "{\"kind\":\"declare\","),
    ] {
        let changed = body.replacen(from, to, 1);
        assert_ne!(changed, body);
        assert!(read(&changed).is_err(), "{changed}");
    }
}
