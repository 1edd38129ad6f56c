//! What has to hold for every service.

use std::collections::BTreeSet;

use crate::permissions::{GENERATE_REPORT, actions, policy};
use crate::services;

#[test]
fn descriptors_are_consistent() {
    let mut names = BTreeSet::new();
    for s in services() {
        assert!(names.insert(s.name), "{} is there twice", s.name);
        assert!(!s.operations.is_empty() && !s.types.is_empty(), "{}", s.name);
        for name in s.operations.iter().chain(s.actions) {
            assert!(name.contains(':'), "{}: {name}", s.name);
        }
    }
}

#[test]
fn only_reads_are_declared() {
    const READS: &[&str] = &["Get", "List", "Describe", "BatchGet"];
    for s in services() {
        for operation in s.operations.iter().filter(|o| **o != GENERATE_REPORT) {
            let verb = operation.split_once(':').map_or("", |(_, n)| n);
            assert!(READS.iter().any(|r| verb.starts_with(r)), "{}: {operation}", s.name);
        }
    }
}

#[test]
fn the_policy_leaves_the_writing_operation_out_on_request() {
    let all = services();
    assert!(actions(&all, true).contains(GENERATE_REPORT));
    assert!(!policy(&all, false).to_string().contains(GENERATE_REPORT));
}
