//! Waivers match failures; a verdict is waived only if each of its failures is.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::assessment::{WaiverResult, WaiverState};
use assay_core::tailoring::{Date, Waiver, glob};
use assay_core::verdict::{Failure, Status, Verdict};

use super::baseline::Running;

/// All waivers, and what each one covered so far.
#[derive(Debug)]
pub(super) struct Waivers<'a> {
    all: &'a [Waiver],
    approved: Vec<bool>,
    today: Date,
    covers: Vec<u64>,
    reapprove: Vec<BTreeSet<String>>,
}

impl<'a> Waivers<'a> {
    /// `approved` says of each waiver whether its approval counts.
    pub(super) fn new(all: &'a [Waiver], approved: Vec<bool>, today: Date) -> Self {
        let (covers, reapprove) = (vec![0; all.len()], vec![BTreeSet::new(); all.len()]);
        Self { all, approved, today, covers, reapprove }
    }

    /// Marks the failures that a waiver covers; turns `fail` into `waived` where all are.
    ///
    /// A waiver covers nothing before its approval, nothing after its last day, and nothing at all
    /// where its approval does not count. A waiver with tags never matches unknown tags. With a
    /// baseline, a resource that a wildcard starts to cover is remembered for approval.
    pub(super) fn apply(
        &mut self,
        verdict: &mut Verdict,
        tags: Option<&BTreeMap<String, String>>,
        baseline: Option<&Running>,
    ) {
        if verdict.status != Status::Fail {
            return;
        }
        let (rule, resource) = (verdict.rule.clone(), verdict.resource.clone());
        for failure in &mut verdict.failures {
            let newly = baseline.is_some_and(|b| !b.knew(&failure.fingerprint));
            failure.waiver = None;
            for (i, (w, approved)) in self.all.iter().zip(&self.approved).enumerate() {
                let holds = *approved
                    && (w.approved..=w.expires).contains(&self.today)
                    && matches(w, &rule, &resource, failure, tags);
                if !holds {
                    continue;
                }
                // The first one is named; a second one that matches is in use as well.
                failure.waiver.get_or_insert(i);
                if let Some(n) = self.covers.get_mut(i) {
                    *n += 1;
                }
                if w.resource.contains('*')
                    && newly
                    && let Some(set) = self.reapprove.get_mut(i)
                {
                    set.insert(resource.clone());
                }
            }
        }
        if !verdict.failures.is_empty() && verdict.failures.iter().all(|f| f.waiver.is_some()) {
            verdict.status = Status::Waived;
        }
    }

    pub(super) fn finish(self) -> Vec<WaiverResult> {
        let today = self.today;
        self.all
            .iter()
            .zip(self.approved)
            .zip(self.covers)
            .zip(self.reapprove)
            .enumerate()
            .map(|(index, (((w, approved), covers), reapprove))| WaiverResult {
                index,
                state: match covers {
                    _ if w.expires < today => WaiverState::Expired,
                    _ if !approved => WaiverState::NotApproved,
                    0 => WaiverState::Unused,
                    _ => WaiverState::Active,
                },
                covers,
                reapprove: reapprove.into_iter().collect(),
            })
            .collect()
    }
}

fn matches(
    w: &Waiver,
    rule: &str,
    resource: &str,
    failure: &Failure,
    tags: Option<&BTreeMap<String, String>>,
) -> bool {
    w.rule == rule
        && glob(&w.resource, resource)
        && w.key.as_ref().is_none_or(|k| *k == failure.key)
        && (w.tags.is_empty()
            || tags.is_some_and(|have| w.tags.iter().all(|(k, v)| have.get(k) == Some(v))))
}
