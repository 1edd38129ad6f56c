//! The sections on what was not looked at, and what was left out by choice.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use assay_core::GapState;
use assay_core::approval::ApprovalKind;
use assay_core::assessment::{AcceptedGapResult, CauseCount, WaiverState};
use assay_core::verdict::CauseKind;

use super::Page;
use super::paint::Ink;
use crate::text::{count, fit, number, plain, width, wrap};
use crate::words;

/// Things named for each kind of cause.
const NAMES: usize = 3;
/// Incomplete listings shown.
const LISTINGS: usize = 3;
/// Columns of the names, at least.
const NAME: usize = 22;

impl Page<'_> {
    /// Whether nothing is missing.
    fn saw_all(&self) -> bool {
        self.a.causes.is_empty()
            && self.a.incomplete_listings.is_empty()
            && self.a.summary.verdicts.not_assessed == 0
    }

    /// What was not seen, why, and what to do about it.
    pub(super) fn unseen(&self) -> Vec<String> {
        let a = self.a;
        if self.saw_all() {
            return Vec::new();
        }
        let mut lines = self.heading("Not looked at").to_vec();
        let mut kinds: BTreeMap<CauseKind, Vec<&CauseCount>> = BTreeMap::new();
        for c in &a.causes {
            kinds.entry(c.cause.kind).or_default().push(c);
        }
        let mut kinds: Vec<_> = kinds.into_iter().collect();
        // What could not be looked at comes before what nobody declared or wanted.
        kinds.sort_by_key(|(kind, causes)| {
            let silence = matches!(kind, CauseKind::ParameterUndeclared | CauseKind::RuleNotRun);
            (silence, Reverse(causes.iter().map(|c| c.verdicts).sum::<u64>()))
        });
        for (kind, causes) in kinds {
            lines.extend(self.causes(kind, &causes));
        }
        if !a.incomplete_listings.is_empty() {
            let head = count(
                a.incomplete_listings.len() as u64,
                "incomplete listing",
                "incomplete listings",
            );
            let text = format!("{}: their rules cannot pass", self.listings());
            lines.extend(self.entry(&head, &text));
        }
        lines
    }

    /// The incomplete listings, by place and state.
    fn listings(&self) -> String {
        let alone = self.a.snapshot.scope.accounts.len() <= 1;
        let mut places: BTreeMap<(&str, &str, &str), Vec<&str>> = BTreeMap::new();
        for l in &self.a.incomplete_listings {
            // What cannot be listed here at all did not fail.
            let never = l.gap.as_ref().is_some_and(|g| g.state == GapState::Unsupported);
            let state = if never { "not known here" } else { l.state.as_str() };
            places.entry((&l.account, &l.region, state)).or_default().push(&l.kind);
        }
        let mut parts: Vec<String> = Vec::new();
        let mut left = LISTINGS;
        for ((account, region, state), kinds) in &places {
            if left == 0 {
                break;
            }
            let shown: Vec<_> = kinds.iter().take(left).map(|k| plain(k)).collect();
            left -= shown.len();
            let account = if alone { String::new() } else { format!(" of {}", plain(account)) };
            let state = state.replace('_', " ");
            parts.push(format!("{}{account} in {} ({state})", shown.join(", "), plain(region)));
        }
        let more = self.a.incomplete_listings.len().saturating_sub(LISTINGS);
        if more > 0 {
            parts.push(format!("and {} more", number(more as u64)));
        }
        parts.join("; ")
    }

    /// Causes of one kind: how much they weigh, what they are, what to do.
    fn causes(&self, kind: CauseKind, causes: &[&CauseCount]) -> Vec<String> {
        let verdicts = causes.iter().map(|c| c.verdicts).sum();
        let accounts: BTreeSet<&String> = causes.iter().flat_map(|c| &c.accounts).collect();
        let mut weight = count(verdicts, "verdict", "verdicts");
        if self.a.snapshot.scope.accounts.len() > 1 && !accounts.is_empty() {
            weight.push_str(" · ");
            weight.push_str(&match accounts.first() {
                Some(one) if accounts.len() == 1 => format!("account {}", plain(one)),
                _ => count(accounts.len() as u64, "account", "accounts"),
            });
        }
        if causes.iter().all(|c| c.accepted) {
            weight.push_str(" · accepted gap");
        }
        let mut text = words::next_steps(causes, NAMES);
        // Where the step does not say what it is about, the names do.
        let mut names: Vec<String> = Vec::new();
        for c in causes {
            let what = c.cause.operation.as_ref().unwrap_or(&c.cause.what);
            let name = fit(&plain(what), 48);
            let bare = name.strip_prefix("params/").unwrap_or(&name);
            if !name.is_empty() && !text.contains(bare) && !names.contains(&name) {
                names.push(name);
            }
        }
        if names.len() == causes.len() {
            let mut shown = names.iter().take(NAMES).cloned().collect::<Vec<_>>().join(", ");
            if names.len() > NAMES {
                shown.push_str(&format!(" and {} more", names.len() - NAMES));
            }
            text = format!("{shown} → {text}");
        } else {
            text = format!("→ {text}");
        }
        self.entry(words::cause(kind), &format!("{weight}  {text}"))
    }

    /// A yellow name and a text beside it, broken under itself.
    pub(super) fn entry(&self, name: &str, text: &str) -> Vec<String> {
        let column = self.column();
        let pad = " ".repeat(column.saturating_sub(width(name)));
        let indent = 2 + column + 2;
        let mut parts = wrap(text, self.width.saturating_sub(indent)).into_iter();
        let mut lines = vec![format!(
            "  {}{pad}  {}",
            self.paint.ink(Ink::Yellow, name),
            parts.next().unwrap_or_default()
        )];
        lines.extend(parts.map(|l| format!("{}{l}", " ".repeat(indent))));
        lines
    }

    /// Columns of the names.
    fn column(&self) -> usize {
        self.a.causes.iter().map(|c| width(words::cause(c.cause.kind))).max().unwrap_or(0).max(NAME)
    }

    /// What was left out by choice, waived or accepted.
    pub(super) fn choices(&self) -> Vec<String> {
        let a = self.a;
        let scope = &a.snapshot.scope;
        let mut parts = Vec::new();
        let left_out = |n: usize, one: &str, many: &str, names: &[String]| {
            let shown =
                if n <= 4 { format!(" ({})", plain(&names.join(", "))) } else { String::new() };
            format!("{} left out{shown}", count(n as u64, one, many))
        };
        if !scope.left_out_regions.is_empty() {
            parts.push(left_out(
                scope.left_out_regions.len(),
                "region",
                "regions",
                &scope.left_out_regions,
            ));
        }
        if !scope.left_out_accounts.is_empty() {
            parts.push(left_out(
                scope.left_out_accounts.len(),
                "account",
                "accounts",
                &scope.left_out_accounts,
            ));
        }
        if !scope.left_out_services.is_empty() {
            parts.push(left_out(
                scope.left_out_services.len(),
                "service",
                "services",
                &scope.left_out_services,
            ));
        }
        for (provider, n) in words::out_of_scope(a) {
            let rules = count(n, "rule", "rules");
            parts.push(format!(
                "{rules} of {} out of scope: none of it was scanned",
                plain(provider)
            ));
        }
        let deselected = a.rules.iter().filter(|r| r.deselected).count() as u64;
        if deselected > 0 {
            parts.push(format!("{} deselected", count(deselected, "rule", "rules")));
        }
        let counting = |kind| {
            // Results of before have no approvals: everything counted.
            let refused = a.approvals.iter().filter(|r| r.kind == kind && !r.counts).count();
            move |all: usize| all.saturating_sub(refused) as u64
        };
        let excluded = counting(ApprovalKind::ExcludedControl)(a.tailoring.excluded.len());
        if excluded > 0 {
            parts.push(format!("{} excluded", count(excluded, "control", "controls")));
        }
        parts.extend(words::parts_in_scope(a));
        let floors = counting(ApprovalKind::Floor)(a.tailoring.floors.len());
        if floors > 0 {
            parts.push(count(floors, "severity floor", "severity floors"));
        }
        let waivers = |state| a.waivers.iter().filter(|w| w.state == state).count() as u64;
        if waivers(WaiverState::Active) > 0 {
            let n = a.waivers.iter().map(|w| w.covers).sum();
            parts.push(format!("{} waived", count(n, "failure", "failures")));
        }
        if waivers(WaiverState::Expired) > 0 {
            parts.push(format!(
                "{} expired",
                count(waivers(WaiverState::Expired), "waiver has", "waivers have")
            ));
        }
        if waivers(WaiverState::Unused) > 0 {
            parts.push(format!(
                "{} nothing",
                count(waivers(WaiverState::Unused), "waiver covers", "waivers cover")
            ));
        }
        let gaps = |wanted: fn(&AcceptedGapResult) -> bool| {
            a.accepted_gaps.iter().filter(|g| wanted(g)).count() as u64
        };
        let accepted = gaps(|g| !g.expired && !g.not_approved && g.covers > 0);
        if accepted > 0 {
            parts.push(format!("{} accepted", count(accepted, "gap", "gaps")));
        }
        let expired = gaps(|g| g.expired);
        if expired > 0 {
            parts.push(format!(
                "{} expired",
                count(expired, "accepted gap has", "accepted gaps have")
            ));
        }
        let idle = gaps(|g| !g.expired && !g.not_approved && g.covers == 0);
        if idle > 0 {
            parts.push(format!(
                "{} nothing",
                count(idle, "accepted gap covers", "accepted gaps cover")
            ));
        }
        if parts.is_empty() {
            return Vec::new();
        }
        let mut lines = Vec::new();
        if self.saw_all() {
            lines.push(String::new());
        }
        lines.extend(self.entry("by choice", &parts.join(" · ")));
        lines
    }
}
