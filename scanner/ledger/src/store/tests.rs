//! What only the inside of a ledger can be made to show.

use super::*;
use crate::entry::Hold;

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
