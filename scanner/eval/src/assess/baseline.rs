//! The baseline: a failure that was known and could not be looked at now is carried, not "fixed".
//!
//! Passes are never carried.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::assessment::BaselineResult;
use assay_core::manifest::Manifest;
use assay_core::typedef::{ListingScope, TypeRegistry};
use assay_core::verdict::{Cause, CauseKind, Failure, Status, Verdict};
use assay_core::{Name, Timestamp};

use super::rules::Listings;

/// What an earlier run knew: its failures, waived and carried ones included.
#[derive(Debug, Clone)]
pub struct Baseline {
    root_digest: String,
    /// In the order of everything: type, account, region, id, rule.
    known: BTreeMap<Order, Verdict>,
}

type Order = (String, String, String, String, String);

fn order(v: &Verdict) -> Order {
    (v.kind.clone(), v.account.clone(), v.region.clone(), v.resource.clone(), v.rule.clone())
}

/// Opens the detail of a carried failure; what follows is the time since when it is known.
const SINCE: &str = "known to fail since ";

/// Where a listing of the whole account is recorded.
const GLOBAL: &str = "global";

impl Baseline {
    /// Takes the earlier run's verdicts; those without failures are dropped.
    ///
    /// `ended` is the end of the earlier collection: the time since when a failure is known, unless
    /// it was carried already and names an earlier one.
    #[must_use]
    pub fn new(
        root_digest: String,
        ended: Timestamp,
        verdicts: impl IntoIterator<Item = Verdict>,
    ) -> Self {
        let known = verdicts
            .into_iter()
            .filter(|v| !v.failures.is_empty())
            .map(|mut v| {
                let since = carried_since(&v).unwrap_or_else(|| ended.to_string());
                v.status = Status::NotAssessed;
                v.cause = Some(Cause {
                    kind: CauseKind::StaleFailure,
                    what: String::new(),
                    operation: None,
                    detail: format!("{SINCE}{since}"),
                });
                for f in &mut v.failures {
                    f.waiver = None;
                }
                (order(&v), v)
            })
            .collect();
        Self { root_digest, known }
    }

    /// Marks the failures of rules that do not run now, with the reason: they say neither "fixed"
    /// nor "still there", so they are carried.
    pub(super) fn not_run(mut self, why: impl Fn(&str) -> Option<String>) -> Self {
        for v in self.known.values_mut() {
            if let (Some(why), Some(cause)) = (why(&v.rule), &mut v.cause) {
                cause.kind = CauseKind::RuleNotRun;
                cause.detail = format!("{}; now {why}", cause.detail);
            }
        }
        self
    }
}

fn carried_since(v: &Verdict) -> Option<String> {
    let cause = v.cause.as_ref().filter(|c| c.kind.is_stale())?;
    let rest = cause.detail.strip_prefix(SINCE)?;
    Some(rest.split(';').next().unwrap_or(rest).to_owned())
}

/// The baseline while verdicts come in, in the same order.
#[derive(Debug)]
pub(super) struct Running {
    known: BTreeMap<Order, Verdict>,
    prints: BTreeSet<String>,
    unlooked: Unlooked,
    result: BaselineResult,
}

/// Where this run did not look.
#[derive(Debug)]
struct Unlooked {
    /// (account, type, region of the listing) that were read to their end.
    complete: BTreeSet<(Name, Name, Name)>,
    /// Accounts whose discovery is not complete.
    undiscovered: BTreeMap<String, Cause>,
    /// Types with one listing for the account.
    global: BTreeSet<String>,
    /// (account, type) with documents that stay with their listing: in `global`, because the
    /// region of some of them is not known now.
    unplaced: BTreeSet<(Name, Name)>,
}

impl Running {
    pub(super) fn new(b: Baseline, manifest: &Manifest, types: &TypeRegistry) -> Self {
        let prints: BTreeSet<String> = b
            .known
            .values()
            .flat_map(|v| v.failures.iter().map(|f| f.fingerprint.clone()))
            .collect();
        let listings = Listings::new(manifest);
        let unlooked = Unlooked {
            complete: manifest
                .listings
                .iter()
                .filter(|l| l.state == assay_core::ListingState::Complete)
                .map(|l| (l.account.clone(), l.kind.clone(), l.region.clone()))
                .collect(),
            undiscovered: manifest
                .scope
                .accounts
                .iter()
                .filter_map(|a| Some((a.clone(), listings.discovery(a)?)))
                .collect(),
            global: types
                .iter()
                .filter(|t| t.listing.scope != ListingScope::Regional)
                .map(|t| t.name.clone())
                .collect(),
            unplaced: manifest
                .segments
                .iter()
                .filter(|s| s.region == GLOBAL)
                .map(|s| (s.account.clone(), s.kind.clone()))
                .collect(),
        };
        let result = BaselineResult {
            root_digest: b.root_digest,
            failures: prints.len() as u64,
            carried: 0,
            new: 0,
            fixed: 0,
        };
        Self { known: b.known, prints, unlooked, result }
    }

    /// Whether the baseline knew this failure.
    pub(super) fn knew(&self, fingerprint: &str) -> bool {
        self.prints.contains(fingerprint)
    }

    /// Failures whose resource and rule come before this verdict and gave none now.
    pub(super) fn before(&mut self, next: &Verdict) -> Vec<Verdict> {
        let key = order(next);
        let later = self.known.split_off(&key);
        let gone = std::mem::replace(&mut self.known, later);
        gone.into_values().filter_map(|v| self.settle(v)).collect()
    }

    /// Meets a verdict of now: a known failure that was not assessed is carried into it.
    pub(super) fn meet(&mut self, now: &mut Verdict) {
        let Some(old) = self.known.remove(&order(now)) else {
            if matches!(now.status, Status::Fail | Status::Waived) {
                self.result.new += now.failures.len() as u64;
            }
            return;
        };
        match now.status {
            Status::NotAssessed => self.carry(old, now),
            Status::Fail | Status::Waived => {
                let have = |list: &[Failure], f: &Failure| {
                    list.iter().any(|g| g.fingerprint == f.fingerprint)
                };
                let new = now.failures.iter().filter(|f| !have(&old.failures, f)).count();
                let fixed = old.failures.iter().filter(|f| !have(&now.failures, f)).count();
                self.result.new += new as u64;
                self.result.fixed += fixed as u64;
            }
            _ => self.result.fixed += old.failures.len() as u64,
        }
    }

    fn carry(&mut self, old: Verdict, now: &mut Verdict) {
        self.result.carried += old.failures.len() as u64;
        let why = now.cause.as_ref();
        let known = old.cause.map(|c| c.detail).unwrap_or_default();
        now.cause = Some(Cause {
            kind: CauseKind::StaleFailure,
            what: why.map(|c| c.what.clone()).unwrap_or_default(),
            operation: why.and_then(|c| c.operation.clone()),
            detail: why.map_or_else(
                || known.clone(),
                |c| format!("{known}; now {}: {}", c.kind.as_str(), c.detail),
            ),
        });
        now.failures = old.failures;
    }

    /// What is left at the end of the verdicts.
    pub(super) fn rest(&mut self) -> Vec<Verdict> {
        let left = std::mem::take(&mut self.known);
        left.into_values().filter_map(|v| self.settle(v)).collect()
    }

    /// A known failure without a verdict now: fixed where its listing was read to the end without
    /// it, carried otherwise.
    fn settle(&mut self, mut v: Verdict) -> Option<Verdict> {
        if v.cause.as_ref().is_some_and(|c| c.kind == CauseKind::RuleNotRun) {
            self.result.carried += v.failures.len() as u64;
            return Some(v);
        }
        let region = if self.unlooked.global.contains(&v.kind) { GLOBAL } else { &v.region };
        let (account, kind) = (Name::from(&v.account), Name::from(&v.kind));
        let listing = (account.clone(), kind.clone(), region.into());
        let undiscovered = self.unlooked.undiscovered.get(&v.account);
        // A bucket whose region is hidden now is judged in `global`: it may be this one.
        let moved = v.region != GLOBAL && self.unlooked.unplaced.contains(&(account, kind));
        if undiscovered.is_none() && !moved && self.unlooked.complete.contains(&listing) {
            self.result.fixed += v.failures.len() as u64;
            return None;
        }
        self.result.carried += v.failures.len() as u64;
        if let Some(cause) = &mut v.cause {
            cause.what = v.kind.clone();
            cause.detail.push_str(if moved {
                "; now the region of some resources of its type is not known"
            } else {
                "; now its listing is not complete"
            });
        }
        Some(v)
    }

    pub(super) fn finish(self) -> BaselineResult {
        self.result
    }
}
