//! Which approvals count: all of them where nobody has to sign, else those that their approver
//! signed. What does not count changes nothing: its alerts return, its control comes back.

use std::collections::BTreeSet;
use std::path::Path;

use assay_core::approval::{
    AllowedSigners, ApprovalKind, ApprovalResult, Entry, NAMESPACE, Signing,
};
use assay_core::identity::sha256;
use assay_core::tailoring::{Date, Tailoring};
use assay_snapshot::seal::{Signature, Signers, When};

/// Looks at every approval of a tailoring, in the order of [`Tailoring::approvals`], as of a day.
#[must_use]
pub fn approvals(tailoring: &Tailoring, today: Date) -> Vec<ApprovalResult> {
    let signers = tailoring.allowed_signers.as_ref().map(signers);
    let all = tailoring.approvals();
    all.iter().map(|e| begun(result(e, signers.as_ref()), e, today)).collect()
}

/// What is approved for a later day does not count yet. Waivers and attestations have their own
/// days, and say so themselves.
fn begun(mut r: ApprovalResult, e: &Entry<'_>, today: Date) -> ApprovalResult {
    let own = matches!(e.kind, ApprovalKind::Waiver | ApprovalKind::Attestation);
    if let Some(day) = e.approved.filter(|day| *day > today && !own && e.free.is_none()) {
        r.counts = false;
        r.reason.get_or_insert(format!("it is approved from {day} on, which is still to come"));
    }
    r
}

/// Looks at one approval.
#[must_use]
pub fn approval(e: &Entry<'_>, list: Option<&AllowedSigners>) -> ApprovalResult {
    result(e, list.map(signers).as_ref())
}

/// A list that cannot be read allows nobody.
fn signers(list: &AllowedSigners) -> Signers {
    Signers::parse(Path::new(&list.file), &list.text).unwrap_or_default()
}

fn result(e: &Entry<'_>, signers: Option<&Signers>) -> ApprovalResult {
    let read = e.signature.map(Signature::read);
    let key = match &read {
        Some(Ok(s)) => Some(s.key().fingerprint()),
        _ => None,
    };
    let (signing, reason) = match (read, signers) {
        (None, None) => (Signing::Unsigned, None),
        (Some(_), None) => (Signing::Unchecked, None),
        (None, Some(_)) => {
            let why = match e.approver {
                Some(_) => "it is not signed",
                None => "it names no approver, so nobody can have signed it",
            };
            (Signing::Unsigned, Some(why.to_owned()))
        }
        (Some(Err(why)), Some(_)) => {
            (Signing::Invalid, Some(format!("its signature cannot be read: {why}")))
        }
        (Some(Ok(s)), Some(signers)) => match signed(e, &s, signers) {
            Ok(()) => (Signing::Signed, None),
            Err(why) => (Signing::Invalid, Some(why)),
        },
    };
    let counts = signers.is_none() || signing == Signing::Signed || e.free.is_some();
    let reason = match e.free {
        Some(free) if signing != Signing::Signed && signers.is_some() => Some(free.to_owned()),
        _ => reason,
    };
    ApprovalResult {
        kind: e.kind,
        index: e.index,
        subject: e.subject.clone(),
        approver: e.approver.map(str::to_owned),
        signing,
        key,
        reason,
        counts,
        sha256: sha256(e.text.as_deref().unwrap_or_default().as_bytes()),
    }
}

fn signed(e: &Entry<'_>, signature: &Signature, signers: &Signers) -> Result<(), String> {
    let text = e.text.as_ref().ok_or("it cannot be written as a text to sign")?;
    let approver = e.approver.ok_or("it names no approver, so nobody can have signed it")?;
    let day = e.approved.and_then(When::on).ok_or("it names no day of its approval")?;
    signature
        .verify(NAMESPACE, text.as_bytes())
        .map_err(|why| format!("its signature does not hold: {why}"))?;
    signers.check(approver, signature, NAMESPACE, text.as_bytes(), day)
}

/// The approvals that do not count, by kind and index.
#[derive(Debug)]
pub(super) struct Refused(BTreeSet<(ApprovalKind, usize)>);

impl Refused {
    pub(super) fn of(all: &[ApprovalResult]) -> Self {
        Self(all.iter().filter(|a| !a.counts).map(|a| (a.kind, a.index)).collect())
    }

    /// For each of the first `n` of a kind whether it counts.
    pub(super) fn each(&self, kind: ApprovalKind, n: usize) -> Vec<bool> {
        (0..n).map(|i| !self.0.contains(&(kind, i))).collect()
    }
}
