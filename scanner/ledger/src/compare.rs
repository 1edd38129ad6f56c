//! Two runs beside each other: what is new, fixed, unchanged, and what is no longer assessed.
//!
//! A failure counts as fixed only where the later run looked: the same rule gave another result on
//! the same resource, or the resource is gone from a listing that was read to its end.

use std::collections::HashSet;

use assay_core::Severity;
use assay_core::verdict::{Failure, Status, Verdict};
use serde::Serialize;

use crate::view::{Standing, View};

/// The comparison. Each list has the worst first, then is in the order of rule, resource, key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Diff {
    /// Failing now, and not known before.
    pub new: Vec<Change>,
    /// Known before, and proved gone.
    pub fixed: Vec<Change>,
    /// Known before, failing or waived now.
    pub unchanged: usize,
    /// Failing or waived before, and nobody could look now.
    pub no_longer_assessed: Vec<Change>,
    /// Carried from an earlier run before, and nobody could look now either.
    pub still_not_assessed: usize,
}

/// A failure that changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// The rule's id.
    pub rule: String,
    /// The resource's id.
    pub resource: String,
    /// The failure's key.
    pub key: String,
    /// The rule's severity.
    pub severity: Severity,
    /// For a person.
    pub message: String,
    /// See [`assay_core::fingerprint`].
    pub fingerprint: String,
}

/// Compares two runs.
#[must_use]
pub fn compare(before: &View, after: &View) -> Diff {
    let mut diff = Diff::default();
    let now = after.index();
    let mut known: HashSet<&str> = HashSet::new();
    for v in before.verdicts() {
        for f in &v.failures {
            known.insert(&f.fingerprint);
            match now.standing(v, &f.fingerprint) {
                Standing::Failing(..) | Standing::Waived(..) => diff.unchanged += 1,
                Standing::Gone => diff.fixed.push(change(v, f)),
                Standing::Carried(..) | Standing::Unknown if v.status == Status::NotAssessed => {
                    diff.still_not_assessed += 1;
                }
                Standing::Carried(..) | Standing::Unknown => {
                    diff.no_longer_assessed.push(change(v, f));
                }
            }
        }
    }
    for v in after.verdicts().filter(|v| v.status != Status::NotAssessed) {
        let new = v.failures.iter().filter(|f| !known.contains(f.fingerprint.as_str()));
        diff.new.extend(new.map(|f| change(v, f)));
    }
    for list in [&mut diff.new, &mut diff.fixed, &mut diff.no_longer_assessed] {
        list.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.cmp(b)));
    }
    diff
}

fn change(v: &Verdict, f: &Failure) -> Change {
    Change {
        rule: v.rule.clone(),
        resource: v.resource.clone(),
        key: f.key.clone(),
        severity: v.severity,
        message: f.message.clone(),
        fingerprint: f.fingerprint.clone(),
    }
}
