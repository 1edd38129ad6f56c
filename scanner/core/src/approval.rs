//! Approvals: what somebody must have agreed to before it changes a result, and the text to sign.
//!
//! Waivers, attestations, excluded controls, accepted gaps, floors, parameters, deselected rules
//! and choices of scope name an approver. Where [`Tailoring::allowed_signers`] is set, each counts
//! only with the approver's SSH signature over its text ([`Entry::text`]). The text is made from
//! what the entry *says*, so the layout of the file that holds it does not matter:
//!
//! ```json
//! {
//!   "approval": "waiver",
//!   "entry": {
//!     "approved": "2026-11-01",
//!     …
//!   },
//!   "version": 1
//! }
//! ```
//!
//! JSON, keys in order, two spaces a level, one line feed at the end; fields that are not set are
//! left out, and so is `signature`. Where [`Tailoring::approval_accounts`] names accounts, they
//! stand before `approval` as `accounts`: what was signed for one estate is worth nothing in
//! another.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::manifest::{Manifest, Scope};
use crate::tailoring::{Approval, Attested, Date, LeftOutKind, Tailoring, glob};

/// What a signature of an approval is for, as `ssh-keygen -Y sign -n` takes it.
pub const NAMESPACE: &str = "assay-approval";

/// Version of the text that is signed.
const VERSION: u64 = 1;

/// An `allowed_signers` file as it was read. It is kept whole, so that a judgement can be repeated
/// and everybody sees whose keys counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowedSigners {
    /// The file, as `assay.toml` names it.
    pub file: String,
    /// sha256 of the text.
    pub sha256: String,
    /// What it holds.
    pub text: String,
}

/// What is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalKind {
    /// A failure is accepted.
    Waiver,
    /// A gap is accepted.
    AcceptedGap,
    /// A rule is left out.
    Deselected,
    /// A control does not apply.
    ExcludedControl,
    /// Failures below a severity do not fail a control.
    Floor,
    /// A rule's parameter.
    Parameter,
    /// Parts of a framework are out of scope.
    Scope,
    /// A region, an account or a service is not looked at.
    LeftOut,
    /// A control works, as people say.
    Attestation,
}

impl ApprovalKind {
    /// The word in the text that is signed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiver => "waiver",
            Self::AcceptedGap => "accepted_gap",
            Self::Deselected => "deselected",
            Self::ExcludedControl => "excluded_control",
            Self::Floor => "floor",
            Self::Parameter => "parameter",
            Self::Scope => "scope",
            Self::LeftOut => "left_out",
            Self::Attestation => "attestation",
        }
    }

    /// The words used on screen.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Waiver => "waiver",
            Self::AcceptedGap => "accepted gap",
            Self::Deselected => "deselected rule",
            Self::ExcludedControl => "excluded control",
            Self::Floor => "severity floor",
            Self::Parameter => "parameter",
            Self::Scope => "scope",
            Self::LeftOut => "left out",
            Self::Attestation => "attestation",
        }
    }
}

/// Whether an approval is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signing {
    /// By a key that the allowed signers name for the approver.
    Signed,
    /// Nobody signed it.
    Unsigned,
    /// There is a signature that does not count.
    Invalid,
    /// There is a signature, and no list of signers to check it by.
    Unchecked,
}

impl Signing {
    /// The words used on screen.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Unsigned => "unsigned",
            Self::Invalid => "invalid signature",
            Self::Unchecked => "signed, not checked",
        }
    }
}

/// What became of an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalResult {
    /// What is approved.
    pub kind: ApprovalKind,
    /// Its index in the tailoring's list of that kind, from 0.
    pub index: usize,
    /// What exactly, in words: the rule and resource, the control…
    pub subject: String,
    /// Who approved it, as it says itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    /// Whether it is signed. `signed` means: by its approver.
    pub signing: Signing,
    /// The fingerprint of the key that signed, as `ssh-keygen -l` shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Why the signature, or the lack of one, does not do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether it changes the result.
    pub counts: bool,
    /// sha256 of the text that is signed.
    pub sha256: String,
}

/// Something in a tailoring that somebody approves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What is approved.
    pub kind: ApprovalKind,
    /// Its index in the tailoring's list of that kind, from 0.
    pub index: usize,
    /// What exactly, in words.
    pub subject: String,
    /// Who approved it.
    pub approver: Option<&'a str>,
    /// When.
    pub approved: Option<Date>,
    /// The signature, as it stands in the file.
    pub signature: Option<&'a str>,
    /// Why it counts without a signature too, where it does.
    pub free: Option<&'static str>,
    /// The text to sign; `None` where it cannot be written.
    pub text: Option<String>,
}

impl<'a> Entry<'a> {
    fn new(
        t: &Tailoring,
        kind: ApprovalKind,
        index: usize,
        subject: String,
        of: &impl Serialize,
    ) -> Self {
        let text = text(kind, of, &t.approval_accounts);
        let (approver, approved, signature, free) = (None, None, None, None);
        Self { kind, index, subject, approver, approved, signature, free, text }
    }

    fn by(self, approver: &'a str, approved: Date, signature: Option<&'a String>) -> Self {
        let signature = signature.map(String::as_str);
        Self { approver: Some(approver), approved: Some(approved), signature, ..self }
    }

    fn with(self, a: &'a Approval) -> Self {
        self.by(&a.approver, a.approved, a.signature.as_ref())
    }
}

impl Tailoring {
    /// Everything that somebody approves: by kind, then in the order of its file.
    #[must_use]
    pub fn approvals(&self) -> Vec<Entry<'_>> {
        use ApprovalKind as Kind;
        let waivers =
            self.waivers.iter().enumerate().map(|(i, w)| {
                let key = w.key.as_ref().map_or_else(String::new, |k| format!(", key {k}"));
                Entry::new(self, Kind::Waiver, i, format!("{} on {}{key}", w.rule, w.resource), w)
                    .by(&w.approver, w.approved, w.signature.as_ref())
            });
        let gaps = self.accepted_gaps.iter().enumerate().map(|(i, g)| {
            let what = match (&g.operation, &g.listing) {
                (Some(operation), _) => operation.clone(),
                (None, listing) => format!("listing of {}", listing.as_deref().unwrap_or("none")),
            };
            let (approver, signature) = (g.approver.as_deref(), g.signature.as_deref());
            let entry = Entry::new(self, Kind::AcceptedGap, i, what, g);
            Entry { approver, approved: g.approved, signature, ..entry }
        });
        let deselected = self.deselected.iter().enumerate().map(|(i, d)| {
            let entry = Entry::new(self, Kind::Deselected, i, d.rule.clone(), d);
            let entry = match &d.approval {
                Some(a) => entry.with(a),
                None => entry,
            };
            Entry {
                free: d.by_flag.then_some("left out on the command line, for this run"),
                ..entry
            }
        });
        let excluded = self.excluded.iter().enumerate().map(|(i, x)| {
            let what = format!("{} {}", x.framework, x.control);
            Entry::new(self, Kind::ExcludedControl, i, what, x).with(&x.approval)
        });
        let floors = self.floors.iter().enumerate().map(|(i, f)| {
            let what = format!("{}: {}", f.framework, f.severity.as_str());
            Entry::new(self, Kind::Floor, i, what, f).with(&f.approval)
        });
        let parameters = self.parameters.iter().enumerate().map(|(i, p)| {
            let what = format!("{}.{} = {}", p.rule, p.name, p.value);
            Entry::new(self, Kind::Parameter, i, what, p).with(&p.approval)
        });
        let scope = self.scope.iter().enumerate().map(|(i, s)| {
            let what = format!("{}: {}", s.framework, s.parts.join(", "));
            Entry::new(self, Kind::Scope, i, what, s).with(&s.approval)
        });
        let left_out = self.left_out.iter().enumerate().map(|(i, l)| {
            let what = format!("{} {}", l.what.many(), l.names.join(", "));
            Entry::new(self, Kind::LeftOut, i, what, l).with(&l.approval)
        });
        let attestations = self.attestations.iter().enumerate().map(|(i, a)| Entry {
            free: (a.outcome == Attested::Fail).then_some("bad news counts unsigned"),
            ..Entry::new(self, Kind::Attestation, i, format!("{} {}", a.framework, a.control), a)
                .by(&a.approver, a.date, a.signature.as_ref())
        });
        waivers
            .chain(gaps)
            .chain(deselected)
            .chain(excluded)
            .chain(floors)
            .chain(parameters)
            .chain(scope)
            .chain(left_out)
            .chain(attestations)
            .collect()
    }
}

/// What a collection left out without an approval that counts. Where nobody has to sign, nothing.
#[must_use]
pub fn unapproved<'a>(
    scope: &'a Scope,
    tailoring: &Tailoring,
    results: &[ApprovalResult],
) -> Vec<(LeftOutKind, &'a str)> {
    if tailoring.allowed_signers.is_none() {
        return Vec::new();
    }
    let counts = |index: usize| {
        let mut all = results.iter().filter(|r| r.kind == ApprovalKind::LeftOut && r.counts);
        all.any(|r| r.index == index)
    };
    let approved = |what: LeftOutKind, name: &str| {
        let mut all = tailoring.left_out.iter().enumerate();
        all.any(|(i, l)| l.what == what && l.names.iter().any(|n| glob(n, name)) && counts(i))
    };
    [
        (LeftOutKind::Region, &scope.left_out_regions),
        (LeftOutKind::Account, &scope.left_out_accounts),
        (LeftOutKind::Service, &scope.left_out_services),
    ]
    .into_iter()
    .flat_map(|(what, names)| names.iter().map(move |n| (what, n.as_str())))
    .filter(|(what, name)| !approved(*what, name))
    .collect()
}

/// The accounts of a snapshot that the approvals are not for. None where nothing ties them.
#[must_use]
pub fn foreign<'m>(manifest: &'m Manifest, tailoring: &Tailoring) -> BTreeSet<&'m str> {
    let known = &tailoring.approval_accounts;
    let listed = manifest.listings.iter().map(|l| l.account.as_str());
    let held = manifest.segments.iter().map(|s| s.account.as_str());
    let asked = manifest.scope.accounts.iter().map(String::as_str);
    let all = listed.chain(held).chain(asked).filter(|_| !known.is_empty());
    all.filter(|account| !known.iter().any(|k| glob(k, account))).collect()
}

/// The text that is signed.
fn text(kind: ApprovalKind, of: &impl Serialize, accounts: &[String]) -> Option<String> {
    let mut entry = serde_json::to_value(of).ok()?;
    entry.as_object_mut()?.remove("signature");
    let mut whole = serde_json::json!({
        "approval": kind.as_str(),
        "entry": in_order(entry),
        "version": VERSION,
    });
    if !accounts.is_empty() {
        whole.as_object_mut()?.insert("accounts".to_owned(), accounts.into());
    }
    let whole = in_order(whole);
    let mut text = serde_json::to_string_pretty(&whole).ok()?;
    text.push('\n');
    Some(text)
}

/// The same value with the keys of every object in order, whatever keeps them.
fn in_order(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut all: Vec<(String, Value)> = map.into_iter().collect();
            all.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(all.into_iter().map(|(k, v)| (k, in_order(v))).collect::<Map<_, _>>())
        }
        Value::Array(all) => Value::Array(all.into_iter().map(in_order).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
