//! The sections on what was not looked at, and what was left out by choice.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use assay_core::assessment::{AcceptedGapResult, CauseCount, WaiverState};
use assay_core::verdict::CauseKind;

use super::Page;
use super::paint::Ink;
use crate::text::{count, fit, plain, wrap};
use crate::words;

/// Operations shown for each kind of cause.
const CAUSES: usize = 5;
/// Incomplete listings shown.
const LISTINGS: usize = 4;

impl Page<'_> {
    /// What was not seen, why, and what to do about it.
    pub(super) fn unseen(&self) -> Vec<String> {
        let a = self.a;
        if a.causes.is_empty()
            && a.incomplete_listings.is_empty()
            && a.summary.verdicts.not_assessed == 0
        {
            return Vec::new();
        }
        let mut lines = self.heading("Not looked at").to_vec();
        let mut kinds: BTreeMap<CauseKind, Vec<&CauseCount>> = BTreeMap::new();
        for c in &a.causes {
            kinds.entry(c.cause.kind).or_default().push(c);
        }
        let mut kinds: Vec<_> = kinds.into_iter().collect();
        kinds.sort_by_key(|(_, causes)| Reverse(causes.iter().map(|c| c.verdicts).sum::<u64>()));
        for (kind, causes) in kinds {
            lines.extend(self.causes(kind, &causes));
        }
        if !a.incomplete_listings.is_empty() {
            let n = a.incomplete_listings.len() as u64;
            lines.push(format!(
                "  {} (their rules cannot pass):",
                self.paint.ink(
                    Ink::Yellow,
                    &count(n, "listing is incomplete", "listings are incomplete")
                )
            ));
            for l in a.incomplete_listings.iter().take(LISTINGS) {
                let why = l.gap.as_ref().and_then(|g| g.operation.as_deref()).unwrap_or_default();
                let text = format!(
                    "{} in {}, {}: {} {}",
                    plain(&l.kind),
                    plain(&l.account),
                    plain(&l.region),
                    l.state.as_str().replace('_', " "),
                    plain(why)
                );
                lines.push(format!("    {}", fit(text.trim_end(), self.width - 4)));
            }
            if a.incomplete_listings.len() > LISTINGS {
                lines.push(format!(
                    "    {}",
                    self.paint.ink(
                        Ink::Dim,
                        &format!("… and {} more", a.incomplete_listings.len() - LISTINGS)
                    )
                ));
            }
        }
        lines
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
        let mut names: Vec<String> = Vec::new();
        for c in causes {
            let what = c.cause.operation.as_ref().unwrap_or(&c.cause.what);
            let name = fit(&plain(what), 48);
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        let mut shown = names.iter().take(CAUSES).cloned().collect::<Vec<_>>().join(", ");
        if names.len() > CAUSES {
            shown.push_str(&format!(" and {} more", names.len() - CAUSES));
        }
        let mut lines = vec![format!(
            "  {}  {}",
            self.paint.ink(Ink::Yellow, words::cause(kind)),
            self.paint.ink(Ink::Dim, &weight)
        )];
        let indented = |text: &str| -> Vec<String> {
            wrap(text, self.width - 6).into_iter().map(|l| format!("    {l}")).collect()
        };
        lines.extend(indented(&shown).into_iter().map(|l| self.paint.ink(Ink::Dim, &l)));
        let mut step = indented(&words::next_steps(causes, 3)).into_iter();
        lines.extend(step.next().map(|l| format!("  → {}", l.trim_start())));
        lines.extend(step);
        lines
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
        if !scope.left_out_services.is_empty() {
            parts.push(left_out(
                scope.left_out_services.len(),
                "service",
                "services",
                &scope.left_out_services,
            ));
        }
        let deselected = a.rules.iter().filter(|r| r.deselected).count() as u64;
        if deselected > 0 {
            parts.push(format!("{} deselected", count(deselected, "rule", "rules")));
        }
        let excluded = a.tailoring.excluded.len() as u64;
        if excluded > 0 {
            parts.push(format!("{} excluded", count(excluded, "control", "controls")));
        }
        let floors = a.tailoring.floors.len() as u64;
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
        let accepted = gaps(|g| !g.expired && g.covers > 0);
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
        let idle = gaps(|g| !g.expired && g.covers == 0);
        if idle > 0 {
            parts.push(format!(
                "{} nothing",
                count(idle, "accepted gap covers", "accepted gaps cover")
            ));
        }
        if parts.is_empty() {
            return Vec::new();
        }
        let mut lines = self.heading("By choice").to_vec();
        lines
            .extend(wrap(&parts.join(" · "), self.width - 2).into_iter().map(|l| format!("  {l}")));
        lines
    }
}
