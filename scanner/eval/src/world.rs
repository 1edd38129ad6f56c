//! The documents around a document: what relations and derived facets look at.
//!
//! One world lives for one account and is dropped with it. It holds only the types that somebody
//! needs, and of their documents only the facets that somebody declared.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use assay_core::manifest::SegmentInfo;
use assay_core::resource::TAGS;
use assay_core::rule::{Related, RelatedScope};
use assay_core::{Gap, GapState, Listing, ListingState, Resource, TypeRegistry};
use assay_derive::{Memo, Unknown, World, known};
use assay_snapshot::{SnapshotError, Source};
use regorus::Value;

/// What somebody looks at in documents that are not judged: type to facets.
pub(crate) type Wanted = BTreeMap<String, BTreeSet<String>>;

type Documents = Arc<Vec<Arc<Resource>>>;

/// By type, and the providers of who asks.
type EstateGaps = BTreeMap<(String, Vec<String>), Option<Gap>>;

/// What the worlds of one evaluation share: where things lie, and what is asked of the whole
/// estate.
pub(crate) struct Shared<'a> {
    pub(crate) source: &'a dyn Source,
    types: &'a TypeRegistry,
    wanted: &'a Wanted,
    /// By account, then type and region.
    listings: BTreeMap<&'a str, BTreeMap<(&'a str, &'a str), &'a Listing>>,
    segments: BTreeMap<&'a str, Vec<&'a SegmentInfo>>,
    estate: Mutex<BTreeMap<String, Documents>>,
    estate_gaps: Mutex<EstateGaps>,
    /// What was asked of the whole estate and is the same for every account that asks.
    lacking: Mutex<BTreeMap<String, Vec<Lacking>>>,
    views: Mutex<BTreeMap<String, Value>>,
    /// Whether all accounts are of one provider: then what one asks of the estate holds for all.
    one_provider: bool,
    /// The providers of each account.
    providers: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Shared<'a> {
    pub(crate) fn new(source: &'a dyn Source, types: &'a TypeRegistry, wanted: &'a Wanted) -> Self {
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
            types,
            wanted,
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
        self.types.get(kind).is_some()
    }

    /// When the collection ended.
    pub(crate) fn now(&self) -> String {
        self.source.manifest().ended.to_string()
    }

    /// Documents in each account that has any.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = (&'a str, u64)> + '_ {
        self.segments.iter().map(|(a, own)| (*a, own.iter().map(|s| s.count).sum()))
    }

    /// The regions of an account: those in scope, and those in which something was listed.
    fn regions(&self, account: &str) -> Vec<&'a str> {
        let scope = self.source.manifest().scope.regions.iter().map(String::as_str);
        let own = self.listings.get(account).into_iter().flat_map(BTreeMap::keys);
        let own = own.map(|(_, region)| *region).filter(|r| *r != "global");
        scope.chain(own).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The first listing of a type, in these regions of an account, that is not complete.
    fn gap(&self, account: &str, kind: &str, regions: &[&str]) -> Option<Gap> {
        let gap =
            |region: &str| incomplete(self.listing(account, region, kind), account, region, kind);
        if self.types.get(kind).is_some_and(|d| d.listing_region("-") == "global") {
            return gap("global");
        }
        if regions.is_empty() {
            let detail = format!("no region of {account} was looked at for {kind}");
            return Some(Gap::new(GapState::NotAttempted, detail));
        }
        regions.iter().find_map(|region| gap(region))
    }

    /// The same in all accounts and regions, asked once.
    fn estate_gap(&self, account: &str, kind: &str) -> Option<Gap> {
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
        let accounts = self.source.manifest().scope.accounts.iter().filter(alike);
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

    fn listings_of(&self, account: &str, kind: &str) -> Vec<&'a Listing> {
        let Some(own) = self.listings.get(account) else { return Vec::new() };
        own.range((kind, "")..).take_while(|((k, _), _)| *k == kind).map(|(_, l)| *l).collect()
    }

    /// The documents of a type in the whole estate, read once.
    fn estate(&self, kind: &str) -> Result<Documents, SnapshotError> {
        if let Some(found) = lock(&self.estate).get(kind) {
            return Ok(Arc::clone(found));
        }
        let documents = self.read(self.source.segments().iter(), kind)?;
        Ok(Arc::clone(lock(&self.estate).entry(kind.to_owned()).or_insert(documents)))
    }

    fn read<'s>(
        &self,
        segments: impl Iterator<Item = &'s SegmentInfo>,
        kind: &str,
    ) -> Result<Documents, SnapshotError> {
        let nothing = BTreeSet::new();
        let wanted = self.wanted.get(kind).unwrap_or(&nothing);
        let mut documents = Vec::new();
        for segment in segments.filter(|s| s.kind == kind) {
            let mut lines = self.source.lines(segment)?;
            while let Some(line) = lines.next()? {
                let mut doc = line.resource()?;
                project(&mut doc, wanted);
                documents.push(Arc::new(doc));
            }
        }
        documents.sort_by(|a: &Arc<Resource>, b| a.order().cmp(&b.order()));
        Ok(Arc::new(documents))
    }
}

/// The world of one account.
pub(crate) struct AccountWorld<'a> {
    pub(crate) shared: &'a Shared<'a>,
    pub(crate) account: String,
    regions: Vec<&'a str>,
    /// By type and region, the empty region for the whole account.
    raw: Mutex<BTreeMap<(String, String), Documents>>,
    lacking: Mutex<BTreeMap<String, Vec<Lacking>>>,
    /// A cell for each, so that two threads do not make the same index.
    memos: Mutex<BTreeMap<String, Arc<OnceLock<Memo>>>>,
    views: Mutex<BTreeMap<String, Value>>,
    errors: Mutex<Vec<SnapshotError>>,
}

/// What [`World::lacking`] answered.
struct Lacking {
    scope: RelatedScope,
    /// Empty but for the scope of a region.
    region: String,
    facets: Vec<String>,
    answer: Option<Unknown>,
}

impl<'a> AccountWorld<'a> {
    pub(crate) fn new(shared: &'a Shared<'a>, account: &str) -> Self {
        Self {
            shared,
            account: account.to_owned(),
            regions: shared.regions(account),
            raw: Mutex::default(),
            lacking: Mutex::default(),
            memos: Mutex::default(),
            views: Mutex::default(),
            errors: Mutex::default(),
        }
    }

    /// The view of a document in a region.
    pub(crate) fn at<'w>(&'w self, region: &'w str) -> Place<'w, 'a> {
        Place { world: self, region }
    }

    /// An error that reading met, if one did.
    pub(crate) fn take_error(&self) -> Option<SnapshotError> {
        lock(&self.errors).pop()
    }

    /// Listings that a type's population in a scope rests on and that are not complete.
    fn listing_gap(&self, kind: &str, scope: RelatedScope, region: &str) -> Option<Gap> {
        match scope {
            RelatedScope::Estate => self.shared.estate_gap(&self.account, kind),
            RelatedScope::Region => self.shared.gap(&self.account, kind, &[region]),
            RelatedScope::Account => self.shared.gap(&self.account, kind, &self.regions),
        }
    }

    /// The ids of the calls that listed a type in a scope, at most so many.
    pub(crate) fn listing_calls(
        &self,
        kind: &str,
        scope: RelatedScope,
        region: &str,
        most: usize,
    ) -> Vec<String> {
        let shared = self.shared;
        let listings: Vec<&Listing> = match scope {
            RelatedScope::Estate => {
                shared.listings.keys().flat_map(|a| shared.listings_of(a, kind)).collect()
            }
            _ => shared.listings_of(&self.account, kind),
        };
        let near = |l: &&&Listing| {
            scope != RelatedScope::Region || l.region == region || l.region == "global"
        };
        listings.iter().filter(near).flat_map(|l| &l.calls).take(most).cloned().collect()
    }

    /// The documents of a type, of a region, of this account (no region) or of the whole estate.
    fn documents(&self, kind: &str, scope: RelatedScope, region: &str) -> Documents {
        if scope == RelatedScope::Estate {
            return self.or_none(self.shared.estate(kind));
        }
        let place = if scope == RelatedScope::Region { region } else { "" };
        let key = (kind.to_owned(), place.to_owned());
        if let Some(found) = lock(&self.raw).get(&key) {
            return Arc::clone(found);
        }
        let documents = if place.is_empty() {
            let own = self.shared.segments.get(self.account.as_str()).into_iter().flatten();
            self.or_none(self.shared.read(own.copied(), kind))
        } else {
            let all = self.documents(kind, RelatedScope::Account, "");
            Arc::new(all.iter().filter(|d| d.region == place).cloned().collect())
        };
        Arc::clone(lock(&self.raw).entry(key).or_insert(documents))
    }

    /// No documents after an error, which ends the evaluation.
    fn or_none(&self, read: Result<Documents, SnapshotError>) -> Documents {
        read.unwrap_or_else(|e| {
            lock(&self.errors).push(e);
            Documents::default()
        })
    }

    /// The documents that a rule sees, as its input has them.
    pub(crate) fn view(&self, related: &Related, region: &str) -> Value {
        let place = if related.scope == RelatedScope::Region { region } else { "" };
        let key = format!("{}\n{:?}\n{place}\n{:?}", related.kind, related.scope, related.facets);
        // A derived facet is worked out in the world that asks for it.
        let alike = related.scope == RelatedScope::Estate && plain(&related.facets);
        let views = if alike { &self.shared.views } else { &self.views };
        if let Some(found) = lock(views).get(&key) {
            return found.clone();
        }
        let documents = self.at(region).related(&related.kind, related.scope);
        let list: Vec<_> = documents
            .iter()
            .map(|doc| shown(doc, &related.facets, &self.at(&doc.region)))
            .collect();
        // A list of JSON objects always serialises, and what it gives always parses.
        let value = serde_json::to_string(&list)
            .ok()
            .and_then(|text| Value::from_json_str(&text).ok())
            .unwrap_or(Value::Undefined);
        lock(views).entry(key).or_insert(value).clone()
    }

    /// Why a rule's related documents cannot be relied on.
    pub(crate) fn unknown(&self, related: &Related, region: &str) -> Option<Unknown> {
        let facets: Vec<&str> = related.facets.iter().map(String::as_str).collect();
        self.at(region).lacking(&related.kind, related.scope, &facets)
    }
}

/// A world, seen from one region.
pub(crate) struct Place<'w, 'a> {
    world: &'w AccountWorld<'a>,
    region: &'w str,
}

impl World for Place<'_, '_> {
    fn related(&self, kind: &str, scope: RelatedScope) -> Documents {
        self.world.documents(kind, scope, self.region)
    }

    fn lacking(&self, kind: &str, scope: RelatedScope, facets: &[&str]) -> Option<Unknown> {
        let place = if scope == RelatedScope::Region { self.region } else { "" };
        let own = match self.world.shared.one_provider && plain(facets) {
            true if scope == RelatedScope::Estate => &self.world.shared.lacking,
            _ => &self.world.lacking,
        };
        let asked = |l: &&Lacking| l.scope == scope && l.region == place && l.facets == facets;
        if let Some(found) = lock(own).get(kind)
            && let Some(found) = found.iter().find(asked)
        {
            return found.answer.clone();
        }
        let answer = match self.world.listing_gap(kind, scope, self.region) {
            Some(gap) => Some(Unknown::listing(kind, gap)),
            None => self.related(kind, scope).iter().find_map(|doc| {
                let place = self.world.at(&doc.region);
                facets.iter().find_map(|facet| unknown_facet(doc, facet, &place))
            }),
        };
        let facets = facets.iter().map(|f| (*f).to_owned()).collect();
        let new = Lacking { scope, region: place.to_owned(), facets, answer: answer.clone() };
        lock(own).entry(kind.to_owned()).or_default().push(new);
        answer
    }

    fn memo(&self, key: &str, make: &mut dyn FnMut() -> Memo) -> Memo {
        let cell = Arc::clone(lock(&self.world.memos).entry(key.to_owned()).or_default());
        // Another thread that makes the same one is waited for: it is dearer than the wait.
        Arc::clone(cell.get_or_init(make))
    }
}

/// Whether no facet is derived.
fn plain(facets: &[impl AsRef<str>]) -> bool {
    facets.iter().all(|f| !f.as_ref().starts_with("derived/"))
}

/// Why a facet of a related document is not known; a deriver runs where the facet has one.
fn unknown_facet(doc: &Resource, facet: &str, place: &Place<'_, '_>) -> Option<Unknown> {
    let deriver = facet.strip_prefix("derived/").and_then(|n| assay_derive::of(&doc.kind, n));
    let found = match deriver {
        Some(deriver) => assay_derive::derive(deriver, doc, place).err(),
        None => known(doc, facet),
    };
    found.map(|mut unknown| {
        unknown.what = format!("related/{}", doc.kind);
        unknown.gap.detail = format!("{facet} of {}: {}", doc.id, unknown.gap.detail);
        unknown
    })
}

/// A related document as a rule sees it.
fn shown(doc: &Resource, facets: &[String], place: &Place<'_, '_>) -> serde_json::Value {
    let mut properties = serde_json::Map::new();
    let mut derived = serde_json::Map::new();
    let mut out = serde_json::json!({
        "id": doc.id, "type": doc.kind, "provider": doc.provider,
        "account": doc.account, "region": doc.region, "name": doc.name,
    });
    for facet in facets {
        if facet == TAGS {
            if let Some(object) = out.as_object_mut() {
                object.insert(TAGS.to_owned(), serde_json::json!(doc.tags));
            }
        } else if let Some(name) = facet.strip_prefix("derived/") {
            let value = match assay_derive::of(&doc.kind, name) {
                Some(deriver) => assay_derive::derive(deriver, doc, place).ok(),
                None => doc.derived.get(name).cloned(),
            };
            if let Some(value) = value {
                derived.insert(name.to_owned(), value);
            }
        } else if let Some(value) = doc.properties.get(facet) {
            properties.insert(facet.clone(), value.clone());
        }
    }
    if let Some(object) = out.as_object_mut() {
        object.insert("properties".to_owned(), properties.into());
        object.insert("derived".to_owned(), derived.into());
    }
    out
}

/// Leaves of a document only the facets that somebody looks at.
fn project(doc: &mut Resource, wanted: &BTreeSet<String>) {
    doc.properties.retain(|name, _| wanted.contains(name));
    doc.derived.retain(|name, _| wanted.contains(&format!("derived/{name}")));
    doc.sources.clear();
    if !wanted.contains(TAGS) {
        doc.tags = None;
    }
    doc.gaps.retain(|pointer, _| match pointer.strip_prefix('/') {
        Some(rest) => {
            let facet = rest.split('/').next().unwrap_or(rest);
            wanted.contains(&assay_core::path::unescape(facet))
        }
        None => {
            let head: Vec<&str> = pointer.splitn(3, '/').take(2).collect();
            wanted.contains(&head.join("/"))
        }
    });
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
    let mut gap = listing.gap.clone().unwrap_or_else(|| Gap::new(state, ""));
    let said = if gap.detail.is_empty() { String::new() } else { format!(": {}", gap.detail) };
    gap.detail = format!("{place} is {}{said}", listing.state.as_str());
    Some(gap)
}

/// Locks; a panic elsewhere does not make plain data unusable.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
