//! Accepted gaps: known, printed, still not assessed, but they do not change the exit code.

use assay_core::assessment::AcceptedGapResult;
use assay_core::manifest::Listing;
use assay_core::tailoring::{AcceptGap, Date};
use assay_core::verdict::{CauseKind, Verdict};

/// All accepted gaps, and what each one covered so far.
#[derive(Debug)]
pub(super) struct Accepted<'a> {
    all: &'a [AcceptGap],
    approved: Vec<bool>,
    today: Date,
    covers: Vec<u64>,
}

impl<'a> Accepted<'a> {
    /// `approved` says of each one whether its approval counts.
    pub(super) fn new(all: &'a [AcceptGap], approved: Vec<bool>, today: Date) -> Self {
        Self { all, approved, today, covers: vec![0; all.len()] }
    }

    /// Whether an accepted gap covers the cause of a not-assessed verdict.
    pub(super) fn covers_verdict(&mut self, v: &Verdict) -> bool {
        let Some(cause) = &v.cause else { return false };
        self.find(&v.account, &v.region, |g| {
            let operation = g.operation.is_some() && g.operation == cause.operation;
            let listing = cause.kind == CauseKind::ListingIncomplete
                && g.listing
                    .as_ref()
                    .is_some_and(|l| cause.what.trim_start_matches("related/") == l);
            operation || listing
        })
    }

    /// Whether an accepted gap covers an incomplete listing.
    pub(super) fn covers_listing(&mut self, l: &Listing) -> bool {
        self.find(&l.account, &l.region, |g| {
            let operation = l.gap.as_ref().and_then(|gap| gap.operation.as_ref());
            g.listing.as_deref() == Some(&*l.kind)
                || (g.operation.is_some() && g.operation.as_ref() == operation)
        })
    }

    fn find(&mut self, account: &str, region: &str, test: impl Fn(&AcceptGap) -> bool) -> bool {
        let today = self.today;
        let mut hit = false;
        for ((g, approved), covers) in self.all.iter().zip(&self.approved).zip(&mut self.covers) {
            if *approved
                && g.expires >= today
                && g.account.as_ref().is_none_or(|a| a == account)
                && g.region.as_ref().is_none_or(|r| r == region)
                && test(g)
            {
                // Each one that matches is in use, the first and the others.
                *covers += 1;
                hit = true;
            }
        }
        hit
    }

    pub(super) fn finish(self) -> Vec<AcceptedGapResult> {
        let today = self.today;
        self.all
            .iter()
            .zip(self.approved)
            .zip(self.covers)
            .enumerate()
            .map(|(index, ((g, approved), covers))| AcceptedGapResult {
                index,
                expired: g.expires < today,
                not_approved: !approved,
                covers,
            })
            .collect()
    }
}

/// Whether a cause means that something in scope *could not be looked at*.
///
/// A parameter that the organisation has not declared is its own silence, not a missing look: like
/// a control that only people can judge, it stays not assessed and does not change the exit code.
/// Nor does a rule that was left out by choice, with or without failures that a baseline knew.
pub(super) const fn changes_exit(kind: CauseKind) -> bool {
    !matches!(kind, CauseKind::ParameterUndeclared | CauseKind::RuleNotRun)
}
