//! The result of a rule in each account, and over all of them.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::assessment::{AccountSummary, Counts, RuleAccount, RuleResult, Summary};
use assay_core::manifest::{DISCOVERIES, Listing, ListingState, Manifest};
use assay_core::tailoring::Tailoring;
use assay_core::typedef::{ListingScope, TypeRegistry};
use assay_core::verdict::{Cause, CauseKind, Status, Verdict};
use assay_core::{Gap, GapState};

use super::calls::{CallLog, note};
use super::{RuleInfo, add_counts};

/// Verdicts counted by rule and account.
#[derive(Debug)]
pub(super) struct Tally<'a> {
    rules: &'a [RuleInfo],
    deselected: BTreeSet<&'a str>,
    calls: &'a CallLog,
    seen: BTreeMap<String, BTreeMap<String, Seen>>,
}

#[derive(Debug, Default, Clone)]
struct Seen {
    counts: Counts,
    failures: u64,
    carried: u64,
    operations: Vec<u32>,
    cause: Option<Cause>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(rules: &'a [RuleInfo], tailoring: &'a Tailoring, calls: &'a CallLog) -> Self {
        let deselected = tailoring.deselected.iter().map(|d| d.rule.as_str()).collect();
        Self { rules, deselected, calls, seen: BTreeMap::new() }
    }

    /// Counts a verdict; `now`: it is about a document of this snapshot, and its calls are too.
    pub(super) fn add(&mut self, v: &Verdict, now: bool) {
        if !self.seen.contains_key(&v.rule) {
            self.seen.insert(v.rule.clone(), BTreeMap::new());
        }
        let Some(accounts) = self.seen.get_mut(&v.rule) else { return };
        if !accounts.contains_key(&v.account) {
            accounts.insert(v.account.clone(), Seen::default());
        }
        let Some(seen) = accounts.get_mut(&v.account) else { return };
        seen.counts.add(v.status, 1);
        if now {
            for place in v.evidence.calls.iter().filter_map(|call| self.calls.find(call)) {
                note(&mut seen.operations, place);
            }
        } else {
            seen.carried += 1;
        }
        if v.status == Status::Fail {
            seen.failures += v.failures.iter().filter(|f| f.waiver.is_none()).count() as u64;
        }
        if v.status == Status::NotAssessed && seen.cause.is_none() {
            seen.cause.clone_from(&v.cause);
        }
    }

    /// The results, in order of the rules' ids; fills the summary's counts.
    pub(super) fn finish(
        &self,
        manifest: &Manifest,
        types: &TypeRegistry,
        summary: &mut Summary,
    ) -> Vec<RuleResult> {
        let listings = Listings::new(manifest);
        let mut order: Vec<&RuleInfo> = self.rules.iter().collect();
        order.sort_by(|a, b| a.meta.id.cmp(&b.meta.id));
        order.into_iter().map(|r| self.rule(r, manifest, types, &listings, summary)).collect()
    }

    /// The listings that rules of the plan rest on and that the manifest does not speak of, as
    /// listings that nobody attempted; in order, each once.
    pub(super) fn unlisted(&self, manifest: &Manifest, types: &TypeRegistry) -> Vec<Listing> {
        let listings = Listings::new(manifest);
        let mut out: BTreeMap<(&str, &str, &str, &str), Listing> = BTreeMap::new();
        let concerned = self.rules.iter().filter(|r| {
            !self.deselected.contains(r.meta.id.as_str())
                && manifest.scope.providers.iter().any(|p| p == r.provider())
        });
        for rule in concerned {
            let accounts = manifest.scope.accounts.iter();
            // Where discovery failed, that says it all.
            let known = |a: &&String| listings.discovery(a).is_none();
            for account in accounts.filter(|a| listings.may_have(a, rule, types)).filter(known) {
                for kind in listings.kinds(account, &rule.meta.resources, types) {
                    for region in places(kind, types, manifest, account) {
                        if listings.find(account, kind, region).is_none() {
                            let key = (rule.provider(), account.as_str(), region, kind.as_str());
                            out.entry(key).or_insert_with(|| never(key));
                        }
                    }
                }
            }
        }
        out.into_values().collect()
    }

    fn rule(
        &self,
        rule: &RuleInfo,
        manifest: &Manifest,
        types: &TypeRegistry,
        listings: &Listings<'_>,
        summary: &mut Summary,
    ) -> RuleResult {
        let deselected = self.deselected.contains(rule.meta.id.as_str());
        let in_plan = manifest.scope.providers.iter().any(|p| p == rule.provider());
        let mut accounts: BTreeSet<&str> = BTreeSet::new();
        if in_plan {
            let all = manifest.scope.accounts.iter().map(String::as_str);
            accounts.extend(all.filter(|a| listings.may_have(a, rule, types)));
        }
        let seen = self.seen.get(&rule.meta.id);
        accounts.extend(seen.into_iter().flat_map(|s| s.keys().map(String::as_str)));

        let mut result = RuleResult {
            meta: rule.meta.clone(),
            sha256: rule.sha256.clone(),
            source: rule.source.clone(),
            status: Status::NotAssessed,
            deselected,
            out_of_scope: !in_plan && seen.is_none(),
            reads: rule.reads.clone(),
            verdicts: Counts::default(),
            failures: 0,
            accounts: Vec::new(),
            counterfactual: None,
        };
        for account in accounts {
            let here = seen.and_then(|s| s.get(account)).cloned().unwrap_or_default();
            let unseen = listings.unseen(account, &rule.meta.resources, types, manifest);
            let (status, cause) = status(&here, unseen, deselected);
            summary.rule_results.add(status, 1);
            let a: &mut AccountSummary = summary.accounts.entry(account.to_owned()).or_default();
            a.rule_results.add(status, 1);
            a.score = a.rule_results.score();
            a.coverage = a.rule_results.coverage();
            add_counts(&mut result.verdicts, &here.counts);
            result.failures += here.failures;
            result.accounts.push(RuleAccount {
                account: account.to_owned(),
                status,
                verdicts: here.counts,
                cause,
                population: Some(listings.documents(account, &rule.meta.resources)),
                carried: here.carried,
                operations: here.operations,
            });
        }
        if let Some(worst) = Status::worst(result.accounts.iter().map(|a| a.status)) {
            result.status = worst;
        }
        result
    }
}

/// The design's order: fail, unseen, waived, pass, not applicable.
fn status(here: &Seen, unseen: Option<Cause>, deselected: bool) -> (Status, Option<Cause>) {
    if deselected {
        let cause = Cause {
            kind: CauseKind::NotAttempted,
            what: String::new(),
            operation: None,
            detail: "the rule is deselected".to_owned(),
        };
        return (Status::NotAssessed, Some(cause));
    }
    let c = &here.counts;
    let cause = here.cause.clone().or_else(|| unseen.clone());
    match () {
        () if c.fail > 0 => (Status::Fail, cause),
        () if c.not_assessed > 0 || unseen.is_some() => (Status::NotAssessed, cause),
        () if c.waived > 0 => (Status::Waived, None),
        () if c.pass > 0 => (Status::Pass, None),
        // Every listing is complete: the population is proved empty, or nobody is concerned.
        () => (Status::NotApplicable, None),
    }
}

/// The manifest's listings by account and type.
#[derive(Debug)]
pub(super) struct Listings<'a> {
    by_type: BTreeMap<(&'a str, &'a str), Vec<&'a Listing>>,
    by_account: BTreeMap<&'a str, BTreeSet<&'a str>>,
    providers: BTreeMap<&'a str, BTreeSet<&'a str>>,
    documents: BTreeMap<(&'a str, &'a str), u64>,
}

impl<'a> Listings<'a> {
    pub(super) fn new(manifest: &'a Manifest) -> Self {
        let mut by_type: BTreeMap<(&str, &str), Vec<&Listing>> = BTreeMap::new();
        let mut by_account: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for l in &manifest.listings {
            by_account.entry(&l.account).or_default().insert(&l.kind);
            by_type.entry((&l.account, &l.kind)).or_default().push(l);
        }
        let mut documents: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for s in &manifest.segments {
            *documents.entry((&s.account, &s.kind)).or_default() += s.count;
        }
        Self { by_type, by_account, providers: manifest.providers(), documents }
    }

    /// Documents of some types in an account.
    fn documents(&self, account: &str, kinds: &[String]) -> u64 {
        kinds.iter().filter_map(|kind| self.documents.get(&(account, kind.as_str()))).sum()
    }

    /// Whether an account may hold something that a rule judges: a host holds nothing of a cloud, a
    /// tenant nothing of a subscription. An account of which nothing was listed may hold anything.
    fn may_have(&self, account: &str, rule: &RuleInfo, types: &TypeRegistry) -> bool {
        self.providers.get(account).is_none_or(|all| {
            all.contains(rule.provider())
                && self.kinds(account, &rule.meta.resources, types).next().is_some()
        })
    }

    /// Those types that an account may hold: a tenant holds types of tenants only, and nothing else
    /// holds these.
    fn kinds<'k>(
        &self,
        account: &str,
        kinds: &'k [String],
        types: &'k TypeRegistry,
    ) -> impl Iterator<Item = &'k String> {
        let of_tenant =
            |kind: &str| types.get(kind).is_some_and(|t| t.listing.scope == ListingScope::Tenant);
        let listed = self.providers.contains_key(account);
        let tenant =
            self.by_account.get(account).is_some_and(|all| all.iter().any(|k| of_tenant(k)));
        kinds.iter().filter(move |k| !listed || of_tenant(k) == tenant)
    }

    /// The first reason for which the population of these types in this account is not known:
    /// discovery first, then each type in each region where it must have been listed.
    pub(super) fn unseen(
        &self,
        account: &str,
        kinds: &[String],
        types: &TypeRegistry,
        manifest: &Manifest,
    ) -> Option<Cause> {
        self.discovery(account).or_else(|| {
            self.kinds(account, kinds, types).find_map(|kind| {
                places(kind, types, manifest, account).find_map(|r| self.one(account, kind, r))
            })
        })
    }

    /// Discovery (of regions, of subscriptions) is a listing of its own; where it is recorded it
    /// must be complete.
    pub(super) fn discovery(&self, account: &str) -> Option<Cause> {
        DISCOVERIES.into_iter().find_map(|(_, kind)| {
            let found = self.by_type.get(&(account, kind))?;
            found.iter().find(|l| l.region == "global").and_then(|l| incomplete(l))
        })
    }

    fn find(&self, account: &str, kind: &str, region: &str) -> Option<&'a Listing> {
        let found = self.by_type.get(&(account, kind));
        found.and_then(|all| all.iter().copied().find(|l| l.region == region))
    }

    /// Why one listing is not complete.
    pub(super) fn one(&self, account: &str, kind: &str, region: &str) -> Option<Cause> {
        match self.find(account, kind, region) {
            Some(l) => incomplete(l),
            None => Some(Cause {
                kind: CauseKind::ListingIncomplete,
                what: kind.to_owned(),
                operation: None,
                detail: unlisted(kind, region),
            }),
        }
    }
}

/// Stands for the regions of a plan that has none: nothing regional was looked at.
const NOWHERE: &str = "none";

/// Where a type must have been listed in an account: each of its regions in the plan, or once.
fn places<'m>(
    kind: &str,
    types: &TypeRegistry,
    manifest: &'m Manifest,
    account: &str,
) -> impl Iterator<Item = &'m str> {
    let regional = types.get(kind).is_none_or(|t| t.listing.scope == ListingScope::Regional);
    let regions = manifest.scope.regions_of(account);
    let (regions, once) = match (regional, regions.is_empty()) {
        (true, false) => (regions, None),
        (true, true) => (&[][..], Some(NOWHERE)),
        (false, _) => (&[][..], Some("global")),
    };
    regions.iter().map(String::as_str).chain(once)
}

fn unlisted(kind: &str, region: &str) -> String {
    match region {
        NOWHERE => format!("{kind} was not listed: no region is in scope"),
        _ => format!("{kind} was not listed in {region}"),
    }
}

fn never((provider, account, region, kind): (&str, &str, &str, &str)) -> Listing {
    Listing {
        provider: provider.into(),
        account: account.into(),
        region: region.into(),
        kind: kind.into(),
        state: ListingState::NotAttempted,
        count: 0,
        pages: 0,
        started: None,
        ended: None,
        calls: Vec::new(),
        gap: Some(Box::new(Gap::new(GapState::NotAttempted, unlisted(kind, region)))),
    }
}

fn incomplete(l: &Listing) -> Option<Cause> {
    if l.state == ListingState::Complete {
        return None;
    }
    let why = l.gap.as_ref().map(|g| g.detail.as_str()).unwrap_or_default();
    Some(Cause {
        kind: CauseKind::ListingIncomplete,
        what: l.kind.to_string(),
        operation: l.gap.as_ref().and_then(|g| g.operation.clone()),
        detail: format!("the listing in {} is {}: {why}", l.region, l.state.as_str())
            .trim_end_matches([':', ' '])
            .to_owned(),
    })
}
