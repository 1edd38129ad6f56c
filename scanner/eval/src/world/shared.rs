//! What the worlds of one evaluation share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use assay_core::manifest::{DISCOVERIES, SegmentInfo};
use assay_core::typedef::ListingScope;
use assay_core::{Gap, GapState, Listing, ListingState, Resource};
use assay_snapshot::{SnapshotError, Source};
use regorus::Value;

use super::kept::{Copies, Kept};
use super::{Documents, Lacking, lock};
use crate::set::RuleSet;

/// By type, and the providers of who asks.
type EstateGaps = BTreeMap<(String, Vec<String>), Option<Gap>>;

/// What the worlds of one evaluation share: where things lie, and what is asked of the whole
/// estate.
pub(crate) struct Shared<'a> {
    pub(crate) source: &'a dyn Source,
    set: &'a RuleSet,
    /// By account, then type and region.
    pub(super) listings: BTreeMap<&'a str, BTreeMap<(&'a str, &'a str), &'a Listing>>,
    pub(super) segments: BTreeMap<&'a str, Vec<&'a SegmentInfo>>,
    estate: Mutex<BTreeMap<String, Documents>>,
    estate_gaps: Mutex<EstateGaps>,
    /// What was asked of the whole estate and is the same for every account that asks.
    pub(super) lacking: Mutex<BTreeMap<String, Vec<Lacking>>>,
    pub(super) views: Mutex<BTreeMap<String, Value>>,
    /// Whether all accounts are of one provider: then what one asks of the estate holds for all.
    pub(super) one_provider: bool,
    /// The providers of each account.
    providers: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Shared<'a> {
    pub(crate) fn new(source: &'a dyn Source, set: &'a RuleSet) -> Self {
        let mut listings: BTreeMap<&str, BTreeMap<(&str, &str), &Listing>> = BTreeMap::new();
        for l in &source.manifest().listings {
            let own = listings.entry(&l.account).or_default();
            own.entry((&l.kind, &l.region)).or_insert(l);
        }
        let mut segments: BTreeMap<&str, Vec<&SegmentInfo>> = BTreeMap::new();
        for s in source.segments() {
            segments.entry(&s.account).or_default().push(s);
        }
        let providers = source.manifest().providers();
        Self {
            source,
            set,
            listings,
            segments,
            estate: Mutex::default(),
            estate_gaps: Mutex::default(),
            lacking: Mutex::default(),
            views: Mutex::default(),
            one_provider: providers.values().flatten().collect::<BTreeSet<_>>().len() <= 1,
            providers,
        }
    }

    /// The listing of a type in an account and region.
    pub(crate) fn listing(&self, account: &str, region: &str, kind: &str) -> Option<&'a Listing> {
        self.listings.get(account)?.get(&(kind, region)).copied()
    }

    /// Whether there is a type file.
    pub(crate) fn knows(&self, kind: &str) -> bool {
        self.set.types.get(kind).is_some()
    }

    /// When the collection ended.
    pub(crate) fn now(&self) -> String {
        self.source.manifest().ended.to_string()
    }

    /// The segments of an account, in order.
    pub(crate) fn segments(&self, account: &str) -> &[&'a SegmentInfo] {
        self.segments.get(account).map_or(&[], Vec::as_slice)
    }

    /// Documents in each account that has any.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = (&'a str, u64)> + '_ {
        self.segments.iter().map(|(a, own)| (*a, own.iter().map(|s| s.count).sum()))
    }

    /// Documents of some types in the whole estate.
    pub(crate) fn documents(&self, kinds: &BTreeSet<&str>) -> u64 {
        let all = self.source.segments().iter();
        all.filter(|s| kinds.contains(s.kind.as_str())).map(|s| s.count).sum()
    }

    /// The regions of an account: those in scope, and those in which something was listed.
    pub(super) fn regions(&self, account: &str) -> Vec<&'a str> {
        let scope = self.source.manifest().scope.regions_of(account).iter().map(String::as_str);
        let own = self.listings.get(account).into_iter().flat_map(BTreeMap::keys);
        let own = own.map(|(_, region)| *region).filter(|r| *r != "global");
        scope.chain(own).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The first listing of a type, in these regions of an account, that is not complete.
    pub(super) fn gap(&self, account: &str, kind: &str, regions: &[&str]) -> Option<Gap> {
        let gap =
            |region: &str| incomplete(self.listing(account, region, kind), account, region, kind);
        if self.set.types.get(kind).is_some_and(|d| d.listing_region("-") == "global") {
            return gap("global");
        }
        if regions.is_empty() {
            let detail = format!("no region of {account} was looked at for {kind}");
            return Some(Gap::new(GapState::NotAttempted, detail));
        }
        regions.iter().find_map(|region| gap(region))
    }

    /// The same in all accounts and regions, asked once.
    pub(super) fn estate_gap(&self, account: &str, kind: &str) -> Option<Gap> {
        let own = self.providers.get(account);
        let asking = own.into_iter().flatten().map(|p| (*p).to_owned()).collect();
        let key = (kind.to_owned(), asking);
        if let Some(found) = lock(&self.estate_gaps).get(&key) {
            return found.clone();
        }
        // The accounts in scope that may hold what this one holds: those of its provider.
        let alike = |a: &&String| match (own, self.providers.get(a.as_str())) {
            (Some(own), Some(theirs)) => !own.is_disjoint(theirs),
            _ => true,
        };
        let holds = |a: &&String| self.may_hold(a, kind);
        let accounts = self.source.manifest().scope.accounts.iter().filter(alike).filter(holds);
        let accounts: Vec<&String> = accounts.collect();
        let gap = if accounts.is_empty() {
            let detail = format!("no account was looked at for {kind}");
            Some(Gap::new(GapState::NotAttempted, detail))
        } else {
            accounts.into_iter().find_map(|a| self.gap(a, kind, &self.regions(a)))
        };
        lock(&self.estate_gaps).insert(key, gap.clone());
        gap
    }

    /// Whether documents of a type can lie in an account: those of tenants' types where any such type
    /// was listed, all others where any other was. Discovery is listed in both. Of an account in
    /// which nothing was listed it cannot be told.
    fn may_hold(&self, account: &str, kind: &str) -> bool {
        let of_tenant = |kind: &str| {
            self.set.types.get(kind).is_some_and(|t| t.listing.scope == ListingScope::Tenant)
        };
        let discovery = |kind: &str| DISCOVERIES.iter().any(|(_, d)| *d == kind);
        self.listings.get(account).is_none_or(|own| {
            let mut types =
                own.keys().map(|(listed, _)| *listed).filter(|t| !discovery(t)).peekable();
            types.peek().is_none() || types.any(|t| of_tenant(t) == of_tenant(kind))
        })
    }

    pub(super) fn listings_of(&self, account: &str, kind: &str) -> Vec<&'a Listing> {
        let Some(own) = self.listings.get(account) else { return Vec::new() };
        own.range((kind, "")..).take_while(|((k, _), _)| *k == kind).map(|(_, l)| *l).collect()
    }

    /// The documents of a type in the whole estate, read once.
    pub(super) fn estate(&self, kind: &str) -> Result<Documents, SnapshotError> {
        if let Some(found) = lock(&self.estate).get(kind) {
            return Ok(Arc::clone(found));
        }
        let documents = self.read(self.source.segments().iter(), kind, None)?;
        Ok(Arc::clone(lock(&self.estate).entry(kind.to_owned()).or_insert(documents)))
    }

    /// The documents of a type in some segments: of the whole estate, or of an account, which gives
    /// `kept`. There the lines of small segments stay where the type is judged too: they are read
    /// once.
    pub(super) fn read<'s>(
        &self,
        segments: impl Iterator<Item = &'s SegmentInfo>,
        kind: &str,
        kept: Option<&Mutex<Kept>>,
    ) -> Result<Documents, SnapshotError> {
        let nothing = BTreeSet::new();
        let wanted = match kept {
            Some(_) => self.set.wanted.near(kind),
            None => self.set.wanted.estate(kind),
        };
        let wanted = wanted.unwrap_or(&nothing);
        let kept = kept.filter(|_| self.set.plans.contains_key(kind));
        let mut documents = Vec::new();
        for segment in segments.filter(|s| s.kind == kind) {
            let mut lines = self.source.lines(segment)?;
            let mut copies = Copies::default();
            while let Some(line) = lines.next()? {
                documents.push(Arc::new(line.facets(wanted)?));
                copies.push(line.bytes());
            }
            if let (Some(kept), true) = (kept, copies.whole()) {
                lock(kept).insert(segment.path.clone(), copies);
            }
        }
        documents.sort_by(|a: &Arc<Resource>, b| a.order().cmp(&b.order()));
        Ok(Arc::new(documents))
    }
}

/// Why a listing is not complete; `None` where it is.
pub(crate) fn incomplete(
    listing: Option<&Listing>,
    account: &str,
    region: &str,
    kind: &str,
) -> Option<Gap> {
    let place = format!("the listing of {kind} in {account}, {region}");
    let Some(listing) = listing else {
        return Some(Gap::new(GapState::NotAttempted, format!("{place} was not attempted")));
    };
    if listing.state == ListingState::Complete {
        return None;
    }
    let state = match listing.state {
        ListingState::Denied => GapState::Denied,
        ListingState::NotAttempted | ListingState::LeftOut => GapState::NotAttempted,
        _ => GapState::Failed,
    };
    let mut gap = listing.gap.as_deref().cloned().unwrap_or_else(|| Gap::new(state, ""));
    let said = if gap.detail.is_empty() { String::new() } else { format!(": {}", gap.detail) };
    gap.detail = format!("{place} is {}{said}", listing.state.as_str());
    Some(gap)
}
