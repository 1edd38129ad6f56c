//! The worst of many findings, with bounded memory.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use assay_core::{Failure, Severity, Status, Verdict};

/// Where a finding stands among all: the smaller, the worse.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    group: u8,
    severity: Reverse<Severity>,
    fingerprint: String,
}

impl Rank {
    /// The rank of a finding of a verdict.
    pub(crate) fn new(verdict: &Verdict, status: Status, fingerprint: &str) -> Self {
        let group = match status {
            Status::Fail => 0,
            _ if is_stale(verdict) => 1,
            Status::NotAssessed => 2,
            _ => 3,
        };
        Self { group, severity: Reverse(verdict.severity), fingerprint: fingerprint.to_owned() }
    }
}

/// Keeps the worst `cap` ranks that were offered.
#[derive(Debug)]
pub(crate) struct Worst {
    cap: usize,
    offered: u64,
    kept: BinaryHeap<Rank>,
}

impl Worst {
    /// Keeps at most `cap`.
    pub(crate) const fn new(cap: usize) -> Self {
        Self { cap, offered: 0, kept: BinaryHeap::new() }
    }

    /// Offers one more.
    pub(crate) fn offer(&mut self, rank: Rank) {
        self.offered += 1;
        if self.kept.len() < self.cap {
            self.kept.push(rank);
        } else if let Some(mut last) = self.kept.peek_mut()
            && rank < *last
        {
            *last = rank;
        }
    }

    /// Whether a rank that was offered is among those kept.
    pub(crate) fn keeps(&self, rank: &Rank) -> bool {
        self.kept.peek().is_some_and(|last| rank <= last)
    }

    /// How many were offered.
    pub(crate) const fn offered(&self) -> u64 {
        self.offered
    }

    /// How many are left out.
    pub(crate) fn left_out(&self) -> u64 {
        self.offered.saturating_sub(u64::try_from(self.kept.len()).unwrap_or(u64::MAX))
    }
}

/// True for an earlier failure that is carried because nobody looked at it now.
pub(crate) fn is_stale(verdict: &Verdict) -> bool {
    verdict.status == Status::NotAssessed
        && verdict.cause.as_ref().is_some_and(|c| c.kind.is_stale())
}

/// The open failures of a verdict: those that no waiver covers, and carried ones. A fingerprint
/// that a faulty rule repeats is taken once.
pub(crate) fn open_failures(verdict: &Verdict) -> impl Iterator<Item = &Failure> {
    let open = verdict.status == Status::Fail || is_stale(verdict);
    verdict.failures.iter().enumerate().filter_map(move |(i, f)| {
        let repeated =
            verdict.failures.iter().take(i).any(|earlier| earlier.fingerprint == f.fingerprint);
        (open && f.waiver.is_none() && !repeated).then_some(f)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank(severity: Severity, fingerprint: &str) -> Rank {
        Rank { group: 0, severity: Reverse(severity), fingerprint: fingerprint.to_owned() }
    }

    #[test]
    fn the_worst_stay_whatever_the_order() {
        let all = [
            rank(Severity::Low, "a"),
            rank(Severity::Critical, "c"),
            rank(Severity::High, "b"),
            rank(Severity::Critical, "a"),
        ];
        for turn in 0..all.len() {
            let mut worst = Worst::new(2);
            for i in 0..all.len() {
                worst.offer(all[(i + turn) % all.len()].clone());
            }
            assert_eq!(worst.left_out(), 2);
            let kept: Vec<_> = all.iter().filter(|r| worst.keeps(r)).collect();
            assert_eq!(kept, [&all[1], &all[3]]);
        }
    }
}
