//! Why things were not assessed, counted.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::assessment::CauseCount;
use assay_core::verdict::{Cause, CauseKind, Verdict};

type Key = (CauseKind, String, Option<String>);

/// Causes by kind, thing and operation; the first detail stands for the rest.
#[derive(Debug, Default)]
pub(super) struct Causes {
    by_key: BTreeMap<Key, Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    detail: String,
    verdicts: u64,
    accepted: u64,
    rules: BTreeSet<String>,
    accounts: BTreeSet<String>,
}

impl Causes {
    pub(super) fn add(&mut self, v: &Verdict, cause: &Cause, accepted: bool) {
        let key = (cause.kind, cause.what.clone(), cause.operation.clone());
        let seen = self.by_key.entry(key).or_default();
        if seen.verdicts == 0 {
            seen.detail.clone_from(&cause.detail);
        }
        seen.verdicts += 1;
        seen.accepted += u64::from(accepted);
        if !seen.rules.contains(&v.rule) {
            seen.rules.insert(v.rule.clone());
        }
        if !seen.accounts.contains(&v.account) {
            seen.accounts.insert(v.account.clone());
        }
    }

    pub(super) fn finish(self, actions: &BTreeMap<String, Vec<String>>) -> Vec<CauseCount> {
        let mut all: Vec<CauseCount> = self
            .by_key
            .into_iter()
            .map(|((kind, what, operation), s)| CauseCount {
                actions: operation
                    .as_ref()
                    .and_then(|o| actions.get(o))
                    .cloned()
                    .unwrap_or_default(),
                cause: Cause { kind, what, operation, detail: s.detail },
                verdicts: s.verdicts,
                rules: s.rules.len() as u64,
                accepted: s.accepted == s.verdicts,
                accounts: s.accounts.into_iter().collect(),
            })
            .collect();
        // Stable: ties keep the order of the map.
        all.sort_by_key(|c| std::cmp::Reverse(c.verdicts));
        all
    }
}
