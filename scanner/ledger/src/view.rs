//! What a run said: the rows of its entry, typed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use assay_core::approval::{ApprovalKind, ApprovalResult, Signing};
use assay_core::assessment::{Assessment, Basis, Counts};
use assay_core::manifest::{DISCOVERIES, ListingState, Manifest};
use assay_core::tailoring::Waiver;
use assay_core::verdict::{Failure, Status, Verdict};
use serde::{Deserialize, Serialize};

/// A control in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ControlRow {
    /// The framework's id.
    pub framework: String,
    /// The framework's name.
    pub framework_title: String,
    /// Its place in the standard, from 0.
    pub place: u64,
    /// The control's id.
    pub control: String,
    /// Our own title.
    pub title: String,
    /// The result.
    pub status: Status,
    /// On what it rests.
    pub basis: Basis,
    /// Why it has that result.
    pub reason: String,
    /// Verdicts of its decisive rules, counted.
    pub verdicts: Counts,
    /// Whether its decisive rules saw their populations whole: every listing complete, nothing not
    /// assessed, no rule left out.
    pub whole: bool,
}

/// A rule in an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleRow {
    /// The account.
    pub account: String,
    /// The rule's id.
    pub rule: String,
    /// The rule's title.
    pub title: String,
    /// The status.
    pub status: Status,
    /// Whether it was left out by choice.
    pub deselected: bool,
    /// Verdicts, counted.
    pub verdicts: Counts,
}

/// A listing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListingRow {
    /// The provider.
    pub provider: String,
    /// The account.
    pub account: String,
    /// The type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The region, or `global`.
    pub region: String,
    /// Whether the population is known.
    pub state: ListingState,
}

/// Something that somebody approved, as it stood in a run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ApprovalRow {
    /// What is approved.
    pub kind: ApprovalKind,
    /// What exactly, in words.
    pub subject: String,
    /// Who approved it, as it says itself.
    pub approver: Option<String>,
    /// Whether it is signed.
    pub signing: Signing,
    /// The fingerprint of the key that signed.
    pub key: Option<String>,
    /// Whether it changed the result.
    pub counts: bool,
    /// sha256 of the text that is signed: all that the approval says.
    pub sha256: String,
}

/// A member of a population: type, account, region, id.
pub type Member = (String, String, String, String);

/// What a run said.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// Verdicts worth keeping, by rule, each in order of type, account, region, resource.
    pub findings: BTreeMap<String, Arc<Vec<Verdict>>>,
    /// Every control of every framework.
    pub controls: Vec<ControlRow>,
    /// Every rule that was in scope, in every account.
    pub rules: Vec<RuleRow>,
    /// Every listing.
    pub listings: Vec<ListingRow>,
    /// The waivers, in the order of `assay.toml`.
    pub waivers: Vec<Waiver>,
    /// What people approved, in order, without what a flag left out for one run; `None`: the run
    /// was recorded by a release that did not keep it.
    pub approvals: Option<Vec<ApprovalRow>>,
}

/// Rule and resource of a verdict.
pub type Place = (String, String);

impl View {
    /// Makes a view of an assessment, its verdicts and the manifest. Beside what is notable,
    /// verdicts at the places in `known` are kept, whatever they say: what failed before and passes
    /// now is the proof of a fix.
    ///
    /// # Errors
    /// A verdict cannot be read.
    pub fn new<E>(
        assessment: &Assessment,
        manifest: &Manifest,
        verdicts: impl Iterator<Item = Result<Verdict, E>>,
        known: &BTreeSet<Place>,
    ) -> Result<Self, E> {
        let mut findings: BTreeMap<String, Vec<Verdict>> = BTreeMap::new();
        for verdict in verdicts {
            let verdict = verdict?;
            let notable =
                matches!(verdict.status, Status::Fail | Status::Waived | Status::NotAssessed);
            if notable || known.contains(&(verdict.rule.clone(), verdict.resource.clone())) {
                findings.entry(verdict.rule.clone()).or_default().push(verdict);
            }
        }
        Ok(Self {
            findings: findings.into_iter().map(|(rule, v)| (rule, Arc::new(v))).collect(),
            controls: controls(assessment),
            rules: rules(assessment),
            listings: listings(manifest),
            waivers: assessment.tailoring.waivers.clone(),
            approvals: Some(approvals(assessment)),
        })
    }

    /// Every kept verdict.
    pub fn verdicts(&self) -> impl Iterator<Item = &Verdict> {
        self.findings.values().flat_map(|v| v.iter())
    }

    /// The places of what is known to fail: failing, waived, or carried from an earlier run.
    #[must_use]
    pub fn known(&self) -> BTreeSet<Place> {
        let failing = self.verdicts().filter(|v| !v.failures.is_empty());
        failing.map(|v| (v.rule.clone(), v.resource.clone())).collect()
    }

    /// Makes it ready to be asked about single failures.
    #[must_use]
    pub fn index(&self) -> Index<'_> {
        Index::new(self)
    }
}

fn approvals(a: &Assessment) -> Vec<ApprovalRow> {
    let by_flag = |r: &ApprovalResult| {
        let of = a.tailoring.deselected.get(r.index);
        r.kind == ApprovalKind::Deselected && of.is_some_and(|d| d.by_flag)
    };
    let mut out: Vec<ApprovalRow> = a
        .approvals
        .iter()
        .filter(|r| !by_flag(r))
        .map(|r| ApprovalRow {
            kind: r.kind,
            subject: r.subject.clone(),
            approver: r.approver.clone(),
            signing: r.signing,
            key: r.key.clone(),
            counts: r.counts,
            sha256: r.sha256.clone(),
        })
        .collect();
    out.sort();
    out.dedup();
    out
}

fn controls(a: &Assessment) -> Vec<ControlRow> {
    let open: HashSet<&str> = a
        .incomplete_listings
        .iter()
        .filter(|l| l.state != ListingState::LeftOut)
        .map(|l| l.kind.as_str())
        .collect();
    // Rules that did not see all that they are about.
    let partial: HashSet<&str> = a
        .rules
        .iter()
        .filter(|r| !r.out_of_scope)
        .filter(|r| {
            r.deselected
                || r.status == Status::NotAssessed
                || r.verdicts.not_assessed > 0
                || r.accounts.iter().any(|x| x.status == Status::NotAssessed)
                || r.meta.resources.iter().any(|kind| open.contains(kind.as_str()))
        })
        .map(|r| r.meta.id.as_str())
        .collect();
    let mut out = Vec::new();
    for f in &a.frameworks {
        for (place, c) in f.controls.iter().enumerate() {
            out.push(ControlRow {
                framework: f.id.clone(),
                framework_title: f.title.clone(),
                place: place as u64,
                control: c.id.clone(),
                title: c.title.clone(),
                status: c.status,
                basis: c.basis,
                reason: c.reason.clone(),
                verdicts: c.verdicts,
                whole: !c.decisive.iter().any(|r| partial.contains(r.as_str())),
            });
        }
    }
    out
}

fn rules(a: &Assessment) -> Vec<RuleRow> {
    let mut out = Vec::new();
    for r in a.rules.iter().filter(|r| !r.out_of_scope) {
        out.extend(r.accounts.iter().map(|x| RuleRow {
            account: x.account.clone(),
            rule: r.meta.id.clone(),
            title: r.meta.title.clone(),
            status: x.status,
            deselected: r.deselected,
            verdicts: x.verdicts,
        }));
    }
    out.sort_by(|a, b| (&a.account, &a.rule).cmp(&(&b.account, &b.rule)));
    out
}

fn listings(manifest: &Manifest) -> Vec<ListingRow> {
    let mut out: Vec<ListingRow> = manifest
        .listings
        .iter()
        .map(|l| ListingRow {
            provider: l.provider.to_string(),
            account: l.account.to_string(),
            kind: l.kind.to_string(),
            region: l.region.to_string(),
            state: l.state,
        })
        .collect();
    out.sort_by(|a, b| (&a.account, &a.kind, &a.region).cmp(&(&b.account, &b.kind, &b.region)));
    out
}

/// How a failure stands in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing<'a> {
    /// It is there.
    Failing(&'a Verdict, &'a Failure),
    /// It is there, and a waiver covers it.
    Waived(&'a Verdict, &'a Failure),
    /// Nobody could look; it was known before.
    Carried(&'a Verdict, &'a Failure),
    /// It is proved gone: the rule gave another result there, or the resource is gone from a
    /// listing that was read to its end.
    Gone,
    /// Nobody looked, or could: neither fixed nor failing.
    Unknown,
}

/// A view that can be asked about single failures.
pub struct Index<'a> {
    prints: HashMap<&'a str, (&'a Verdict, &'a Failure)>,
    places: HashMap<(&'a str, &'a str), Status>,
    ran: HashSet<&'a str>,
    listings: HashMap<(&'a str, &'a str), Vec<&'a ListingRow>>,
    undiscovered: HashSet<&'a str>,
}

impl<'a> Index<'a> {
    fn new(view: &'a View) -> Self {
        let mut out = Self {
            prints: HashMap::new(),
            places: HashMap::new(),
            ran: view.rules.iter().filter(|r| !r.deselected).map(|r| r.rule.as_str()).collect(),
            listings: HashMap::new(),
            undiscovered: HashSet::new(),
        };
        for v in view.verdicts() {
            for f in &v.failures {
                out.prints.insert(&f.fingerprint, (v, f));
            }
            // Of several (a resource that moved) the worst counts.
            let worst = out.places.entry((&v.rule, &v.resource)).or_insert(v.status);
            *worst = v.status.min(*worst);
        }
        for l in &view.listings {
            out.listings.entry((&l.account, &l.kind)).or_default().push(l);
            let discovers = DISCOVERIES.contains(&(l.provider.as_str(), l.kind.as_str()));
            if discovers && l.state != ListingState::Complete {
                out.undiscovered.insert(&l.account);
            }
        }
        out
    }

    /// Every failure that the run knows: failing, waived or carried.
    pub fn failures(&self) -> impl Iterator<Item = (&'a Verdict, &'a Failure)> {
        self.prints.values().copied()
    }

    /// How an earlier failure stands.
    #[must_use]
    pub fn standing(&self, earlier: &Verdict, fingerprint: &str) -> Standing<'a> {
        if let Some((v, f)) = self.prints.get(fingerprint).copied() {
            return match v.status {
                Status::NotAssessed => Standing::Carried(v, f),
                Status::Waived => Standing::Waived(v, f),
                _ if f.waiver.is_some() => Standing::Waived(v, f),
                _ => Standing::Failing(v, f),
            };
        }
        match self.places.get(&(earlier.rule.as_str(), earlier.resource.as_str())) {
            Some(Status::NotAssessed | Status::Manual) => return Standing::Unknown,
            Some(_) => return Standing::Gone,
            None => {}
        }
        let looked = self.ran.contains(earlier.rule.as_str())
            && !self.undiscovered.contains(earlier.account.as_str())
            && self.listed(&earlier.account, &earlier.kind, &earlier.region);
        if looked { Standing::Gone } else { Standing::Unknown }
    }

    /// Whether the listing that would name a resource was read to its end.
    fn listed(&self, account: &str, kind: &str, region: &str) -> bool {
        let all = self.listings.get(&(account, kind)).map(Vec::as_slice).unwrap_or_default();
        let mut here = all.iter().filter(|l| l.region == region || l.region == "global").peekable();
        here.peek().is_some() && here.all(|l| l.state == ListingState::Complete)
    }
}
