//! What was not assessed, what was accepted, what was changed, ready to be shown.

use std::collections::BTreeMap;

use assay_core::Listing;
use assay_core::assessment::{Assessment, CauseCount, Population, WaiverState};
use assay_core::tailoring::{AcceptGap, Approval, Attestation, Attested, Waiver};

use crate::text::{clip, count, number};
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

/// A waiver.
pub(super) struct WaiverView<'a> {
    pub(super) w: &'a Waiver,
    pub(super) resource: String,
    pub(super) state: &'static str,
    pub(super) covers: String,
    pub(super) reapprove: String,
}

/// An accepted gap.
pub(super) struct GapView<'a> {
    pub(super) g: &'a AcceptGap,
    pub(super) what: String,
    pub(super) place: String,
    pub(super) covers: String,
    pub(super) expired: bool,
}

/// A change from the default.
pub(super) struct Tailored {
    pub(super) change: &'static str,
    pub(super) what: String,
    pub(super) reason: String,
    pub(super) approved: String,
}

/// An attestation.
pub(super) struct AttestationView<'a> {
    pub(super) t: &'a Attestation,
    pub(super) says: String,
    pub(super) evidence: String,
    pub(super) state: &'static str,
}

/// Attestations, in the order of their file.
pub(super) fn attestations(a: &Assessment) -> Vec<AttestationView<'_>> {
    a.tailoring
        .attestations
        .iter()
        .map(|t| {
            let mut evidence = Vec::new();
            if let Some(i) = &t.inherited {
                evidence.push(format!("{}: {}, {} to {}", i.provider, i.report, i.from, i.to));
            }
            evidence.extend(t.link.iter().map(|l| clip(l, 200).into_owned()));
            if let (Some(file), Some(sha)) = (&t.file, &t.sha256) {
                evidence.push(format!("{}, sha256 {sha}", clip(file, 200)));
            }
            AttestationView {
                t,
                says: match t.outcome {
                    Attested::Pass => clip(&t.statement, 400).into_owned(),
                    Attested::Fail => format!("attested as failing: {}", clip(&t.statement, 400)),
                },
                evidence: evidence.join("; "),
                state: if a.clocks.today > t.valid_until {
                    "expired: the control is manual again"
                } else if a.clocks.today < t.date {
                    "not yet valid"
                } else {
                    "holds"
                },
            }
        })
        .collect()
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
        .map(|p| PopulationView {
            p,
            times: match (p.started, p.ended) {
                (Some(from), Some(to)) => {
                    format!("{} to {}", from.strftime("%Y-%m-%d %H:%M:%S"), to.strftime("%H:%M:%S"))
                }
                _ => "–".to_owned(),
            },
        })
        .collect()
}

/// Waivers, in the order of `assay.toml`.
pub(super) fn waivers(a: &Assessment) -> Vec<WaiverView<'_>> {
    a.tailoring
        .waivers
        .iter()
        .enumerate()
        .map(|(i, w)| {
            let result = a.waivers.iter().find(|r| r.index == i);
            let mut resource = w.resource.clone();
            if let Some(key) = &w.key {
                resource.push_str(&format!(", key {key}"));
            }
            for (k, v) in &w.tags {
                resource.push_str(&format!(", tag {k}={v}"));
            }
            WaiverView {
                w,
                resource: clip(&resource, 300).into_owned(),
                state: match result.map(|r| r.state) {
                    Some(WaiverState::Active) => "active",
                    Some(WaiverState::Expired) => "expired: its alerts are back",
                    Some(WaiverState::Unused) => "covers nothing",
                    None => "not evaluated",
                },
                covers: result.map_or_else(|| "–".to_owned(), |r| number(r.covers)),
                reapprove: result.map_or_else(String::new, |r| few(&r.reapprove, 5)),
            }
        })
        .collect()
}

/// Accepted gaps, in the order of `assay.toml`.
pub(super) fn gaps(a: &Assessment) -> Vec<GapView<'_>> {
    a.tailoring
        .accepted_gaps
        .iter()
        .enumerate()
        .map(|(i, g)| {
            let result = a.accepted_gaps.iter().find(|r| r.index == i);
            let place: Vec<&str> =
                [&g.account, &g.region].into_iter().flatten().map(String::as_str).collect();
            GapView {
                g,
                what: match (&g.operation, &g.listing) {
                    (Some(operation), _) => operation.clone(),
                    (None, Some(listing)) => format!("listing of {listing}"),
                    (None, None) => "nothing named".to_owned(),
                },
                place: if place.is_empty() { "everywhere".to_owned() } else { place.join(", ") },
                covers: result.map_or_else(|| "–".to_owned(), |r| number(r.covers)),
                expired: result.is_some_and(|r| r.expired),
            }
        })
        .collect()
}

/// Everything that was changed from the default.
pub(super) fn tailored(a: &Assessment) -> Vec<Tailored> {
    let t = &a.tailoring;
    let approved = |x: &Approval| format!("{}, {}", x.approver, x.approved);
    let mut out = Vec::new();
    for (rule, params) in &t.params {
        for (name, value) in params {
            out.push(Tailored {
                change: "Parameter set",
                what: clip(&format!("{rule} {name} = {value}"), 300).into_owned(),
                reason: String::new(),
                approved: String::new(),
            });
        }
    }
    for d in &t.deselected {
        out.push(Tailored {
            change: "Rule left out",
            what: d.rule.clone(),
            reason: d.approval.reason.clone(),
            approved: approved(&d.approval),
        });
    }
    for (provider, n) in words::out_of_scope(a) {
        out.push(Tailored {
            change: "Out of scope",
            what: format!("{} of {provider}", count(n, "rule", "rules")),
            reason: "nothing of this provider was scanned".to_owned(),
            approved: String::new(),
        });
    }
    for f in &t.floors {
        out.push(Tailored {
            change: "Severity floor",
            what: format!("{}: {} and above fail a control", f.framework, f.severity),
            reason: f.approval.reason.clone(),
            approved: approved(&f.approval),
        });
    }
    for e in &t.excluded {
        out.push(Tailored {
            change: "Control excluded",
            what: format!("{} {}", e.framework, e.control),
            reason: e.approval.reason.clone(),
            approved: approved(&e.approval),
        });
    }
    let scope = &a.snapshot.scope;
    for (change, names) in [
        ("Regions left out", &scope.left_out_regions),
        ("Accounts left out", &scope.left_out_accounts),
        ("Services left out", &scope.left_out_services),
    ] {
        if !names.is_empty() {
            out.push(Tailored {
                change,
                what: names.join(", "),
                reason: "by the command line".to_owned(),
                approved: String::new(),
            });
        }
    }
    out
}
