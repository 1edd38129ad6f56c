//! What was not assessed, and what was counted, ready to be shown.

use std::collections::BTreeMap;

use assay_core::Listing;
use assay_core::assessment::{Assessment, CauseCount, Population};

use super::card::span;
use crate::text::{clip, number};
use crate::words;

/// A cause.
pub(super) struct CauseView<'a> {
    pub(super) c: &'a CauseCount,
    pub(super) what: String,
    pub(super) detail: String,
    pub(super) accounts: String,
    pub(super) next: String,
}

/// Causes of one kind.
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) verdicts: u64,
    pub(super) examples: String,
}

/// A listing that is not complete.
pub(super) struct ListingView<'a> {
    pub(super) l: &'a Listing,
    pub(super) state: String,
    pub(super) why: String,
}

/// A population.
pub(super) struct PopulationView<'a> {
    pub(super) p: &'a Population,
    pub(super) times: String,
}

/// The first few of some names.
pub(super) fn few(names: &[String], max: usize) -> String {
    let shown = names.iter().take(max).map(|n| clip(n, 120)).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(max) {
        0 => shown,
        more => format!("{shown} and {} more", number(more as u64)),
    }
}

/// Causes, at most `max`.
pub(super) fn causes(a: &Assessment, max: usize) -> Vec<CauseView<'_>> {
    a.causes
        .iter()
        .take(max)
        .map(|c| CauseView {
            c,
            what: clip(&c.cause.what, 200).into_owned(),
            detail: clip(&c.cause.detail, 300).into_owned(),
            accounts: few(&c.accounts, 3),
            next: words::next_step(c),
        })
        .collect()
}

/// Causes by kind, the most frequent first.
pub(super) fn groups(a: &Assessment) -> Vec<Group> {
    let mut by_kind: BTreeMap<_, (u64, Vec<String>)> = BTreeMap::new();
    for c in &a.causes {
        let entry = by_kind.entry(c.cause.kind).or_default();
        entry.0 += c.verdicts;
        let name = c.cause.operation.as_ref().unwrap_or(&c.cause.what);
        if !name.is_empty() && !entry.1.contains(name) {
            entry.1.push(name.clone());
        }
    }
    let mut groups: Vec<Group> = by_kind
        .into_iter()
        .map(|(kind, (verdicts, names))| Group {
            name: words::cause(kind),
            verdicts,
            examples: few(&names, 3),
        })
        .collect();
    groups.sort_by_key(|g| std::cmp::Reverse(g.verdicts));
    groups
}

/// Incomplete listings, at most `max`.
pub(super) fn listings(a: &Assessment, max: usize) -> Vec<ListingView<'_>> {
    a.incomplete_listings
        .iter()
        .take(max)
        .map(|l| ListingView {
            l,
            state: l.state.as_str().replace('_', " "),
            why: l.gap.as_ref().map_or_else(String::new, |g| {
                let operation = g.operation.as_deref().unwrap_or_default();
                clip(format!("{operation} {}", g.detail).trim(), 300).into_owned()
            }),
        })
        .collect()
}

/// Populations, at most `max`.
pub(super) fn populations(a: &Assessment, max: usize) -> Vec<PopulationView<'_>> {
    a.populations
        .iter()
        .take(max)
        .map(|p| PopulationView { p, times: span(p.started, p.ended) })
        .collect()
}
