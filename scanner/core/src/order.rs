//! The one order of everything that is written: type, account, region, id, rule, key.

use crate::verdict::Verdict;

/// Compares two verdicts in that order.
#[must_use]
pub fn verdicts(a: &Verdict, b: &Verdict) -> std::cmp::Ordering {
    key(a).cmp(&key(b))
}

fn key(v: &Verdict) -> (&str, &str, &str, &str, &str) {
    (&v.kind, &v.account, &v.region, &v.resource, &v.rule)
}
