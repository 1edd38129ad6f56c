//! Quotas: nobody is refused twice, and nothing is lost.

use std::sync::Arc;
use std::time::Duration;

use super::support::*;
use crate::fake::{Fake, Fault, Harm, Quotas};

/// Documents without what differs from run to run.
fn told(left: &Left) -> Vec<String> {
    let mut all: Vec<String> = left
        .documents
        .iter()
        .map(|d| format!("{} {} {:?} {:?}", d.account, d.id, d.properties, d.gaps))
        .collect();
    all.sort();
    all
}

#[test]
fn with_quotas_the_same_is_seen_and_nobody_is_refused_twice() {
    let free = Fake::new(estate(40, 30)).pages_of(7).shared();
    let wanted = run(&free, plan(&free)).unwrap();
    let quotas = Quotas { reads: 12, queries: 3, graph: 3, window: Duration::from_millis(200) };
    let tight = Fake::new(estate(40, 30)).pages_of(7).with_quotas(quotas).shared();
    let left = run(&tight, plan(&tight)).unwrap();
    assert_eq!(told(&left), told(&wanted));
    let calls = tight.calls();
    assert_eq!(calls.total(), free.calls().total(), "no answer was asked for twice");
    assert!(calls.refused.values().all(|n| *n <= 1), "{:?}", calls.refused);
    let refused: u64 = calls.refused.values().sum();
    assert!(refused <= 4, "only what was open before the first answer: {:?}", calls.refused);
}

#[test]
fn queries_wait_for_their_window() {
    let quotas =
        Quotas { reads: 250, queries: 3, window: Duration::from_millis(150), ..Quotas::default() };
    let fake = Fake::new(estate(50, 0)).pages_of(10).with_quotas(quotas).shared();
    let rows = super::reading::all_rows(&fake, "resources | order by id asc");
    assert_eq!(rows.len(), 100);
    assert_eq!(fake.calls().answered["query"], 10);
    assert!(fake.calls().refused.values().all(|n| *n <= 1), "{:?}", fake.calls().refused);
}

#[test]
fn load_that_never_ends_is_a_throttled_gap() {
    let path = format!("{ONE}/providers/microsoft.keyvault/vaults");
    let fault = Fault::at(&path, Harm::Status(429, "OperationNotAllowed"));
    let fake = Fake::new(estate(1, 0)).with_fault(fault).shared();
    let left = run(&fake, plan(&fake)).unwrap();
    let gap = left.listing(ONE, VAULT).gap.clone().unwrap();
    assert_eq!(gap.state, assay_core::GapState::Throttled);
    let call = left.calls.iter().find(|c| Some(&c.id) == gap.call.as_ref()).unwrap();
    assert_eq!(call.attempts, 8);
}

#[test]
fn a_date_in_retry_after_is_understood() {
    let path = format!("{ONE}/providers/microsoft.keyvault/vaults");
    let fake = Fake::new(estate(1, 0)).with_fault(Fault::at(&path, Harm::Busy)).shared();
    let left = run(&fake, plan(&fake)).unwrap();
    let gap = left.listing(ONE, VAULT).gap.clone().unwrap();
    assert!(gap.detail.contains("ServerBusy"), "{gap:?}");
    assert_eq!(Arc::strong_count(&fake), 1, "no task is left over");
}
