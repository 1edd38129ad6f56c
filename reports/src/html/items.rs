//! The documents that a rule judged: a few of each status, with the digest of each.

use std::collections::BTreeMap;

use assay_core::{Status, Verdict};

use crate::text::{clip, count};
use crate::words;

/// How many items of a status a card shows. `verdicts.ndjson.zst` has all.
const fn shown(status: Status) -> usize {
    match status {
        Status::Fail => 10,
        Status::NotAssessed | Status::Waived => 6,
        Status::Pass => 4,
        Status::Manual | Status::NotApplicable => 2,
    }
}

/// One judged document.
pub(super) struct Item {
    pub(super) status: Status,
    pub(super) name: String,
    pub(super) resource: String,
    pub(super) place: String,
    pub(super) said: String,
    pub(super) document: String,
}

/// The items of one rule: the first ones of each status, in the order of everything.
#[derive(Default)]
pub(super) struct Items {
    by_status: BTreeMap<Status, Vec<Item>>,
    offered: u64,
}

impl Items {
    /// Offers a verdict.
    pub(super) fn offer(&mut self, v: &Verdict) {
        self.offered += 1;
        let list = self.by_status.entry(v.status).or_default();
        if list.len() < shown(v.status) {
            list.push(item(v));
        }
    }

    /// What is shown, the worst first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Item> {
        self.by_status.values().flatten()
    }

    /// How many are not shown.
    pub(super) fn left_out(&self) -> u64 {
        let shown: usize = self.by_status.values().map(Vec::len).sum();
        self.offered.saturating_sub(shown as u64)
    }
}

fn item(v: &Verdict) -> Item {
    let name = if v.name.trim().is_empty() { crate::text::short_id(&v.resource) } else { &v.name };
    let place = match v.region.as_str() {
        "global" | "" => v.account.clone(),
        region => format!("{} · {region}", v.account),
    };
    Item {
        status: v.status,
        name: clip(name, 120).into_owned(),
        resource: clip(&v.resource, 240).into_owned(),
        place: clip(&place, 120).into_owned(),
        said: clip(&said(v), 300).into_owned(),
        document: v.evidence.document.clone(),
    }
}

/// Why it has its status.
fn said(v: &Verdict) -> String {
    if let (Status::NotAssessed, Some(cause)) = (v.status, &v.cause) {
        let line = words::cause_line(cause);
        return if cause.detail.is_empty() { line } else { format!("{line}: {}", cause.detail) };
    }
    match v.failures.as_slice() {
        [] => v.reason.clone(),
        [one] => at(one),
        [first, rest @ ..] => {
            format!(
                "{}; and {}",
                at(first),
                count(rest.len() as u64, "more failure", "more failures")
            )
        }
    }
}

fn at(f: &assay_core::Failure) -> String {
    match &f.place {
        Some(place) => format!("{} ({place})", f.message),
        None => f.message.clone(),
    }
}
