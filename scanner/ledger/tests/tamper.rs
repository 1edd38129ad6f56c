//! Whatever is changed in a ledger is found; whoever writes at the same time waits.

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

use std::path::{Path, PathBuf};
use std::time::Duration;

use assay_ledger::entry::{Declared, Hold, Release, What};
use assay_ledger::period::{Ask, Cell, NightState};
use assay_ledger::{Ledger, LedgerError, Period};
use common::{at, judge, library, small, three_nights};
use rusqlite::Connection;
use rusqlite::config::DbConfig;

/// The file of a ledger of three nights.
fn made() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ledger");
    three_nights(&library(&[]), &file);
    (dir, file)
}

/// Changes a copy as somebody does who knows SQLite: triggers are back in place afterwards.
fn change(file: &Path, copy: &Path, sql: &str) {
    std::fs::copy(file, copy).unwrap();
    let db = Connection::open(copy).unwrap();
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false).unwrap();
    let mut query =
        db.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").unwrap();
    let triggers: Vec<(String, String)> =
        query.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap().map(Result::unwrap).collect();
    for (name, _) in &triggers {
        db.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    db.execute_batch(sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
    assert!(db.total_changes() > 0 || sql.contains("VIEW") || sql.contains("TABLE"), "{sql}");
    for (_, sql) in &triggers {
        db.execute_batch(sql).unwrap();
    }
}

/// What a check says, in one text.
fn found(file: &Path, head: Option<&str>) -> String {
    let checked = Ledger::open_unchecked(file).unwrap().verify(head).unwrap();
    let lines = checked.problems.iter().map(|p| match p.entry {
        Some(n) => format!("entry {n}: {}", p.what),
        None => p.what.clone(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_column_of_every_table_is_guarded() {
    let (dir, file) = made();
    assert_eq!(found(&file, None), "");
    let copy = dir.path().join("copy");
    for (sql, what) in [
        (
            "UPDATE entries SET body = replace(body, '\"late\":false', '\"late\":true') WHERE seq = 3",
            "entry 3",
        ),
        (
            "UPDATE entries SET digest = replace(digest, substr(digest, 1, 1), 'g') WHERE seq = 2",
            "entry 2",
        ),
        ("UPDATE entries SET seq = 9 WHERE seq = 4", "entry 4 is missing"),
        ("DELETE FROM entries WHERE seq = 2", "entry 2 is missing"),
        ("DELETE FROM entries WHERE seq = 1", "entry 1 is missing"),
        (
            "UPDATE rows SET line = replace(line, '\"status\":\"fail\"', '\"status\":\"pass\"') WHERE part = (SELECT part FROM sections WHERE section = 'findings' LIMIT 1)",
            "its findings were changed in AWS-EC2-001:",
        ),
        (
            "UPDATE rows SET line = replace(line, '\"status\":\"manual\"', '\"status\":\"pass\"') WHERE part = (SELECT part FROM sections WHERE section = 'controls' LIMIT 1)",
            "its controls were changed",
        ),
        (
            "UPDATE rows SET line = replace(line, 'complete', 'denied') WHERE part = (SELECT part FROM sections WHERE section = 'listings' LIMIT 1)",
            "its listings were changed",
        ),
        (
            "UPDATE rows SET line = replace(line, 'AWS-S3', 'AWS-S4') WHERE part = (SELECT part FROM sections WHERE section = 'rules' LIMIT 1)",
            "its rules were changed",
        ),
        (
            "DELETE FROM rows WHERE n = 0 AND part = (SELECT part FROM sections WHERE section = 'populations' LIMIT 1)",
            "its populations were changed",
        ),
        (
            "INSERT INTO rows SELECT part, max(n) + 1, line FROM rows WHERE part = (SELECT part FROM sections WHERE section = 'findings' LIMIT 1)",
            "its findings were changed",
        ),
        ("UPDATE rows SET n = n + 100000 WHERE part = 1", "not numbered from 0"),
        ("UPDATE rows SET part = 999 WHERE part = 1", "belong to no part"),
        (
            "UPDATE sections SET name = 'x' WHERE section = 'findings' AND name = 'AWS-S3-009' AND entry = 3",
            "entry 3: its findings",
        ),
        (
            "UPDATE sections SET part = (SELECT part FROM sections WHERE entry = 4 AND section = 'findings' AND name = 'AWS-S3-009') WHERE entry = 2 AND section = 'findings' AND name = 'AWS-S3-009'",
            "entry 2: its findings",
        ),
        (
            "UPDATE sections SET section = 'more' WHERE entry = 4 AND section = 'populations'",
            "entry 4",
        ),
        (
            "UPDATE sections SET entry = 1 WHERE entry = 4 AND section = 'rules'",
            "no run of this number has rules",
        ),
        ("DELETE FROM sections WHERE entry = 4", "entry 4: its findings"),
        (
            "INSERT INTO sections SELECT 3, 'findings', 'more', part FROM sections LIMIT 1",
            "entry 3: its findings",
        ),
        ("INSERT INTO sections SELECT 99, section, name, part FROM sections LIMIT 1", "entry 99"),
        ("UPDATE parts SET digest = 'x' WHERE id = 1", "part 1 is not what it says"),
        ("UPDATE parts SET count = count + 1 WHERE id = 1", "part 1 is not what it says"),
        ("UPDATE parts SET id = 777 WHERE id = 1", "rows that no run has"),
        ("INSERT INTO parts (digest, count) VALUES ('y', 0)", "rows that no run has"),
        (
            "DROP VIEW findings; CREATE VIEW findings AS SELECT 'pass' AS status",
            "view findings is another one",
        ),
        ("DROP VIEW controls", "view controls is missing"),
        ("CREATE TABLE more (x)", "table more does not belong in it"),
    ] {
        change(&file, &copy, sql);
        let said = found(&copy, None);
        assert!(said.contains(what), "{sql}\nsays {said}");
        // Nothing is added to it, and nothing is reported from it, where the chain or the layout is
        // broken; rows are compared by `verify`.
        if said.contains("is missing") || said.contains("view") || said.contains("table") {
            assert!(Ledger::open(&copy).and_then(|l| l.entries().map(|_| ())).is_err(), "{sql}");
        }
        std::fs::remove_file(&copy).unwrap();
    }
}

#[test]
fn a_ledger_that_was_cut_off_or_written_anew_is_told_by_its_head() {
    let (dir, file) = made();
    let head = Ledger::open(&file).unwrap().head().unwrap();
    assert_eq!(head.seq, 4);
    assert_eq!(found(&file, Some(&head.digest)), "");
    let copy = dir.path().join("copy");
    change(
        &file,
        &copy,
        "DELETE FROM entries WHERE seq = 4; DELETE FROM sections WHERE entry = 4;
         DELETE FROM rows WHERE part NOT IN (SELECT part FROM sections);
         DELETE FROM parts WHERE id NOT IN (SELECT part FROM sections);",
    );
    assert_eq!(found(&copy, None), "", "a cut at the end leaves a whole chain");
    assert!(found(&copy, Some(&head.digest)).contains("cut off or written anew"));
    // Another history, whole in itself.
    let other = dir.path().join("other");
    let mut anew = three_nights(&library(&[]), &other);
    anew.declare(&Declared::default(), at("2026-11-09T00:00:00Z")).unwrap();
    assert!(found(&other, Some(&"0".repeat(64))).contains("cut off"));
    let earlier = anew.entries().unwrap()[1].digest.clone();
    let checked = anew.verify(Some(&earlier)).unwrap();
    assert_eq!((checked.problems.len(), checked.anchored), (0, Some(2)));
}

#[test]
fn a_changed_byte_is_found_or_changes_nothing() {
    let (dir, file) = made();
    let bytes = std::fs::read(&file).unwrap();
    let text = |path: &Path| -> Result<Vec<String>, String> {
        let ledger = Ledger::open_unchecked(path).map_err(|e| e.to_string())?;
        let checked = ledger.verify(None).map_err(|e| e.to_string())?;
        if let Some(first) = checked.problems.first() {
            return Err(first.what.clone());
        }
        let mut lines = Vec::new();
        ledger
            .export(&mut |l| {
                lines.push(l.to_owned());
                Ok(())
            })
            .map_err(|e| e.to_string())?;
        Ok(lines)
    };
    let whole = text(&file).unwrap();
    let copy = dir.path().join("copy");
    let (mut told, mut harmless) = (0, 0);
    // The header byte by byte, then all over the file.
    for place in (0..100).chain((100..bytes.len()).step_by(997)) {
        let mut changed = bytes.clone();
        changed[place] ^= 1 << (place % 8);
        std::fs::write(&copy, &changed).unwrap();
        match text(&copy) {
            Err(_) => told += 1,
            Ok(lines) => {
                assert!(lines == whole, "byte {place} changed what the ledger says, unseen");
                harmless += 1;
            }
        }
    }
    assert!(told > harmless, "{told} found, {harmless} harmless");
}

#[test]
fn what_is_no_ledger_says_what_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    let open = |name: &str| Ledger::open(&file(name)).unwrap_err().to_string();
    let write = |name: &str| Ledger::create(&file(name)).unwrap_err().to_string();
    assert!(open("none").contains("there is no ledger"));
    std::fs::write(file("text"), "not a database, whatever its name says").unwrap();
    std::fs::write(file("empty"), "").unwrap();
    Connection::open(file("other")).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    for say in [&open as &dyn Fn(&str) -> String, &write] {
        assert!(say("text").contains("no SQLite file"), "{}", say("text"));
        assert!(say("empty").contains("an empty file"), "{}", say("empty"));
        assert!(say("other").contains("no ledger of assay"), "{}", say("other"));
        assert!(say("").contains("no SQLite file"), "{}", say(""));
    }
    drop(Ledger::create(&file("new")).unwrap());
    Connection::open(file("new")).unwrap().pragma_update(None, "user_version", 2).unwrap();
    for say in [open("new"), write("new")] {
        assert!(say.contains("layout 2") && say.contains("a later one"), "{say}");
    }
    assert!(write("no/such/file").contains("there is no folder"));
}

/// A ledger whose writer was killed half-way is read as it was before.
#[test]
fn what_a_killed_writer_began_is_taken_back() {
    let (dir, file) = made();
    let head = Ledger::open(&file).unwrap().head().unwrap();
    let db = Connection::open(&file).unwrap();
    db.pragma_update(None, "cache_size", 1).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    for n in 0..2000 {
        db.execute("INSERT INTO rows VALUES (9999, ?1, ?2)", (n, "x".repeat(200))).unwrap();
    }
    // As the disk has it at this moment.
    let (copy, journal) = (dir.path().join("copy"), dir.path().join("copy-journal"));
    std::fs::copy(&file, &copy).unwrap();
    std::fs::copy(dir.path().join("ledger-journal"), &journal).unwrap();
    assert!(std::fs::metadata(&copy).unwrap().len() > 300_000, "half of it is in the file");
    assert_eq!(found(&copy, Some(&head.digest)), "");
    assert!(!journal.exists());
}

#[test]
fn writers_wait_for_each_other() {
    let library = library(&[]);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ledger");
    std::thread::scope(|scope| {
        for who in 0..2 {
            let (file, library) = (&file, &library);
            scope.spawn(move || {
                let mut ledger = Ledger::create(file).unwrap();
                for n in 0..5 {
                    let started = at(&format!("2026-11-0{}T0{who}:00:00Z", n + 1));
                    let judged = judge(library, &small(), started, &[], None);
                    judged.add(&mut ledger, started).unwrap();
                }
            });
        }
    });
    let checked = Ledger::open(&file).unwrap().verify(None).unwrap();
    assert_eq!((checked.problems.len(), checked.entries, checked.runs), (0, 10, 10));

    // The same run twice: one of both is refused.
    let started = at("2026-11-09T00:00:00Z");
    let refused: Vec<String> = std::thread::scope(|scope| {
        let two: Vec<_> = (0..2)
            .map(|_| {
                let (file, library) = (&file, &library);
                scope.spawn(move || {
                    let mut ledger = Ledger::create(file).unwrap();
                    let judged = judge(library, &small(), started, &[], None);
                    judged.add(&mut ledger, started).err().map(|e| e.to_string())
                })
            })
            .collect();
        two.into_iter().filter_map(|t| t.join().unwrap()).collect()
    });
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(refused[0].contains("in the ledger already: entry 11"), "{}", refused[0]);

    // Who waits too long says so, and adds nothing.
    let mut ledger = Ledger::create(&file).unwrap();
    ledger.patience(Duration::from_millis(20)).unwrap();
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let declared = Declared { retention: Some(1), ..Declared::default() };
    let e = ledger.declare(&declared, started).unwrap_err();
    assert!(matches!(e, LedgerError::Busy(_)), "{e}");
    other.execute_batch("ROLLBACK").unwrap();
    assert!(ledger.declare(&declared, started).unwrap().is_some());
}

#[test]
fn a_run_is_recorded_once_and_a_late_one_says_so() {
    let library = library(&[]);
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = three_nights(&library, &dir.path().join("ledger"));
    let again = judge(&library, &small(), at("2026-11-01T02:00:00Z"), &[], None);
    let e = again.add(&mut ledger, at("2026-11-04T09:00:00Z")).unwrap_err();
    assert!(e.is_usage() && e.to_string().contains("entry 2"), "{e}");
    let missed = judge(&library, &small(), at("2026-11-02T14:00:00Z"), &[], None);
    assert!(missed.add(&mut ledger, at("2026-11-04T09:00:00Z")).unwrap().late);
    let entries = ledger.entries().unwrap();
    assert!(entries.last().unwrap().run().unwrap().late);
    // The baseline of what comes next is the last collection, not the last entry.
    let last = assay_ledger::last_run(&entries, None).unwrap();
    assert_eq!(last.entry.seq, 4);
    assert_eq!(ledger.verify(None).unwrap().problems, []);
}

#[test]
fn what_is_held_stays_and_what_is_removed_keeps_its_digest() {
    let library = library(&[]);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ledger");
    let mut ledger = three_nights(&library, &file);
    let hold = |from: &str, to: &str| Hold {
        from: Some(from.parse().unwrap()),
        to: Some(to.parse().unwrap()),
        reason: "case 7".into(),
        by: "lee".into(),
    };
    let now = at("2026-12-02T12:00:00Z");
    let held = ledger.hold(hold("2026-11-02", "2026-11-02"), now).unwrap();
    // Thirty days: the first of November may go on the second of December, the others not yet.
    let dry = ledger.prune(now, true).unwrap();
    assert_eq!(dry.runs.iter().map(|r| r.0).collect::<Vec<_>>(), [2]);
    let later = at("2026-12-20T12:00:00Z");
    let pruned = ledger.prune(later, false).unwrap();
    assert_eq!(pruned.runs.iter().map(|r| r.0).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(pruned.held, [(3, held.seq)]);
    let checked = ledger.verify(None).unwrap();
    assert_eq!((checked.problems.len(), checked.pruned), (0, 2));
    let entries = ledger.entries().unwrap();
    assert!(ledger.view(&entries[1]).unwrap().findings.is_empty());
    assert!(!ledger.view(&entries[2]).unwrap().findings.is_empty());

    let ask = Ask { to: Some("2026-11-04".parse().unwrap()), ..Ask::default() };
    let p = Period::read(&ledger, &ask, later).unwrap();
    let states: Vec<NightState> = p.nights.iter().map(|n| n.state).collect();
    use NightState::{Missing, Ran, Removed};
    assert_eq!(states, [Removed, Ran, Removed, Missing]);
    for c in p.frameworks.iter().flat_map(|f| &f.controls) {
        assert_eq!(
            (c.cells[0], c.cells[2], c.cells[3]),
            (Cell::Removed, Cell::Removed, Cell::Missing)
        );
    }

    // Released, it may go; a hold that does not stand cannot be released.
    let release = |hold| Release { hold, reason: "closed".into(), by: "lee".into() };
    ledger.release(release(held.seq), later).unwrap();
    assert!(ledger.release(release(held.seq), later).is_err());
    assert_eq!(ledger.prune(later, false).unwrap().runs.len(), 1);
    assert_eq!(ledger.verify(None).unwrap().problems, []);
    assert!(!String::from_utf8_lossy(&std::fs::read(&file).unwrap()).contains("arn:aws:s3:::web"));

    assert!(matches!(ledger.entries().unwrap().last().unwrap().entry.what, What::Prune(_)));
}
