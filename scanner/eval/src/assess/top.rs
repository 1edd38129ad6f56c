//! The worst findings, at most as many as a report's first page shows.

use std::collections::BTreeMap;

use assay_core::Severity;
use assay_core::assessment::TOP_FINDINGS;
use assay_core::verdict::{Finding, Status, Verdict};

/// The first findings of each severity, in their order.
#[derive(Debug, Default)]
pub(super) struct Top {
    by_severity: BTreeMap<Severity, Vec<Finding>>,
}

impl Top {
    pub(super) fn add(&mut self, v: &Verdict) {
        let open =
            v.status == Status::Fail || (v.status == Status::NotAssessed && !v.failures.is_empty());
        if !open {
            return;
        }
        let list = self.by_severity.entry(v.severity).or_default();
        if list.len() < TOP_FINDINGS {
            list.extend(v.findings().into_iter().filter(|f| f.status != Status::Waived));
        }
    }

    pub(super) fn finish(self) -> Vec<Finding> {
        self.by_severity.into_values().rev().flatten().take(TOP_FINDINGS).collect()
    }
}
