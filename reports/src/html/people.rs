//! What people say, ready to be shown: attestations, inherited reports, waivers, accepted gaps.

use assay_core::approval::ApprovalKind;
use assay_core::assessment::{Assessment, WaiverState};
use assay_core::tailoring::{AcceptGap, Attestation, Attested, Waiver};

use super::approved::{Sign, sign};
use super::lists::few;
use super::view::{card_anchor, control_anchor};
use crate::text::{clip, number};

/// A waiver.
pub(super) struct WaiverView<'a> {
    pub(super) w: &'a Waiver,
    pub(super) card: String,
    pub(super) resource: String,
    pub(super) state: &'static str,
    pub(super) covers: String,
    pub(super) reapprove: String,
    pub(super) sign: Sign,
}

/// An accepted gap.
pub(super) struct GapView<'a> {
    pub(super) g: &'a AcceptGap,
    pub(super) what: String,
    pub(super) place: String,
    pub(super) covers: String,
    pub(super) expired: bool,
    pub(super) sign: Sign,
}

/// An attestation, or a report that a control is inherited from.
#[derive(Clone)]
pub(super) struct AttestationView<'a> {
    pub(super) t: &'a Attestation,
    pub(super) anchor: String,
    pub(super) mark: &'static str,
    pub(super) says: String,
    pub(super) evidence: String,
    pub(super) state: &'static str,
    pub(super) sign: Sign,
}

/// Attestations, in the order of their file.
pub(super) fn attestations(a: &Assessment) -> Vec<AttestationView<'_>> {
    a.tailoring
        .attestations
        .iter()
        .enumerate()
        .map(|(i, t)| {
            let sign = sign(a, ApprovalKind::Attestation, i);
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
                anchor: control_anchor(&t.framework, &t.control),
                mark: if t.inherited.is_some() { "inherited" } else { "attested" },
                says: match t.outcome {
                    Attested::Pass => clip(&t.statement, 400).into_owned(),
                    Attested::Fail => format!("attested as failing: {}", clip(&t.statement, 400)),
                },
                evidence: evidence.join("; "),
                state: if sign.refused {
                    "its approval does not count"
                } else if a.clocks.today > t.valid_until {
                    "expired: the control is manual again"
                } else if a.clocks.today < t.date {
                    "not yet valid"
                } else {
                    "holds"
                },
                sign,
            }
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
                card: card_anchor(&w.rule),
                resource: clip(&resource, 300).into_owned(),
                state: match result.map(|r| r.state) {
                    Some(WaiverState::Active) => "active",
                    Some(WaiverState::Expired) => "expired: its alerts are back",
                    Some(WaiverState::Unused) => "covers nothing",
                    Some(WaiverState::NotApproved) => "its approval does not count",
                    None => "not evaluated",
                },
                covers: result.map_or_else(|| "–".to_owned(), |r| number(r.covers)),
                reapprove: result.map_or_else(String::new, |r| few(&r.reapprove, 5)),
                sign: sign(a, ApprovalKind::Waiver, i),
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
                sign: sign(a, ApprovalKind::AcceptedGap, i),
            }
        })
        .collect()
}
