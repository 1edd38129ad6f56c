//! The documents around a document: what relations and derived facets look at.
//!
//! One world lives for one account and is dropped with it. It holds only the types that somebody
//! needs, and of their documents only the facets that somebody declared.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use assay_core::resource::TAGS;
use assay_core::rule::{Related, RelatedScope};
use assay_core::{Gap, GapState, Listing, ListingState, Resource, TypeRegistry};
use assay_derive::{Memo, Unknown, World, known};
use assay_snapshot::{SnapshotError, Source};
use regorus::Value;

/// What somebody looks at in documents that are not judged: type to facets.
pub(crate) type Wanted = BTreeMap<String, BTreeSet<String>>;

type Documents = Arc<Vec<Arc<Resource>>>;

/// The world of one account.
pub(crate) struct AccountWorld<'a> {
    source: &'a dyn Source,
    types: &'a TypeRegistry,
    wanted: &'a Wanted,
    pub(crate) account: String,
    regions: Vec<String>,
    /// The accounts in scope that may hold what this one holds: those of its provider.
    estate: Vec<String>,
    raw: Mutex<BTreeMap<(String, bool), Documents>>,
    lacking: Mutex<BTreeMap<String, Option<Unknown>>>,
    memos: Mutex<BTreeMap<String, Memo>>,
    views: Mutex<BTreeMap<String, Value>>,
    errors: Mutex<Vec<SnapshotError>>,
}

impl<'a> AccountWorld<'a> {
    pub(crate) fn new(
        source: &'a dyn Source,
        types: &'a TypeRegistry,
        wanted: &'a Wanted,
        account: &str,
    ) -> Self {
        let manifest = source.manifest();
        let mut regions: BTreeSet<String> = manifest.scope.regions.iter().cloned().collect();
        let own = manifest.listings.iter().filter(|l| l.account == account && l.region != "global");
        regions.extend(own.map(|l| l.region.clone()));
        let providers = manifest.providers();
        let own = providers.get(account);
        let alike = |a: &&String| match (own, providers.get(a.as_str())) {
            (Some(own), Some(theirs)) => !own.is_disjoint(theirs),
            _ => true,
        };
        let estate = manifest.scope.accounts.iter().filter(alike).cloned().collect();
        Self {
            source,
            types,
            wanted,
            account: account.to_owned(),
            regions: regions.into_iter().collect(),
            estate,
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
        let global = self.types.get(kind).is_some_and(|d| d.listing_region("-") == "global");
        let accounts: Vec<&str> = match scope {
            RelatedScope::Estate => self.estate.iter().map(String::as_str).collect(),
            _ => vec![self.account.as_str()],
        };
        if accounts.is_empty() {
            let detail = format!("no account was looked at for {kind}");
            return Some(Gap::new(GapState::NotAttempted, detail));
        }
        for account in accounts {
            let regions: Vec<&str> = match scope {
                _ if global => vec!["global"],
                RelatedScope::Region => vec![region],
                _ => self.regions.iter().map(String::as_str).collect(),
            };
            if regions.is_empty() {
                let detail = format!("no region of {account} was looked at for {kind}");
                return Some(Gap::new(GapState::NotAttempted, detail));
            }
            for region in regions {
                if let Some(gap) =
                    incomplete(self.source.listing(account, region, kind), account, region, kind)
                {
                    return Some(gap);
                }
            }
        }
        None
    }

    /// The ids of the calls that listed a type in a scope.
    pub(crate) fn listing_calls(
        &self,
        kind: &str,
        scope: RelatedScope,
        region: &str,
    ) -> Vec<String> {
        let near = |l: &&Listing| {
            l.kind == kind
                && match scope {
                    RelatedScope::Estate => true,
                    RelatedScope::Account => l.account == self.account,
                    RelatedScope::Region => {
                        l.account == self.account && (l.region == region || l.region == "global")
                    }
                }
        };
        self.source
            .manifest()
            .listings
            .iter()
            .filter(near)
            .flat_map(|l| l.calls.iter().cloned())
            .collect()
    }

    /// The documents of a type, of this account or of the whole estate.
    fn documents(&self, kind: &str, estate: bool) -> Documents {
        let key = (kind.to_owned(), estate);
        if let Some(found) = lock(&self.raw).get(&key) {
            return Arc::clone(found);
        }
        let mut documents = Vec::new();
        if let Err(e) = self.read(kind, estate, &mut documents) {
            lock(&self.errors).push(e);
        }
        documents.sort_by(|a: &Arc<Resource>, b| a.order().cmp(&b.order()));
        let documents = Arc::new(documents);
        Arc::clone(lock(&self.raw).entry(key).or_insert(documents))
    }

    fn read(
        &self,
        kind: &str,
        estate: bool,
        into: &mut Vec<Arc<Resource>>,
    ) -> Result<(), SnapshotError> {
        let nothing = BTreeSet::new();
        let wanted = self.wanted.get(kind).unwrap_or(&nothing);
        for segment in self.source.segments_of(kind) {
            if !estate && segment.account != self.account {
                continue;
            }
            let mut lines = self.source.lines(segment)?;
            while let Some(line) = lines.next()? {
                let mut doc = line.resource()?;
                project(&mut doc, wanted);
                into.push(Arc::new(doc));
            }
        }
        Ok(())
    }

    /// The documents that a rule sees, as its input has them.
    pub(crate) fn view(&self, related: &Related, region: &str) -> Value {
        let place = if related.scope == RelatedScope::Region { region } else { "" };
        let key = format!("{}\n{:?}\n{place}\n{:?}", related.kind, related.scope, related.facets);
        if let Some(found) = lock(&self.views).get(&key) {
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
        lock(&self.views).entry(key).or_insert(value).clone()
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
        let all = self.world.documents(kind, scope == RelatedScope::Estate);
        if scope != RelatedScope::Region {
            return all;
        }
        Arc::new(all.iter().filter(|d| d.region == self.region).cloned().collect())
    }

    fn lacking(&self, kind: &str, scope: RelatedScope, facets: &[&str]) -> Option<Unknown> {
        let place = if scope == RelatedScope::Region { self.region } else { "" };
        let key = format!("{kind}\n{scope:?}\n{place}\n{facets:?}");
        if let Some(found) = lock(&self.world.lacking).get(&key) {
            return found.clone();
        }
        let answer = match self.world.listing_gap(kind, scope, self.region) {
            Some(gap) => Some(Unknown::listing(kind, gap)),
            None => self.related(kind, scope).iter().find_map(|doc| {
                let place = self.world.at(&doc.region);
                facets.iter().find_map(|facet| unknown_facet(doc, facet, &place))
            }),
        };
        lock(&self.world.lacking).entry(key).or_insert(answer).clone()
    }

    fn memo(&self, key: &str, make: &mut dyn FnMut() -> Memo) -> Memo {
        if let Some(found) = lock(&self.world.memos).get(key) {
            return Arc::clone(found);
        }
        let made = make();
        Arc::clone(lock(&self.world.memos).entry(key.to_owned()).or_insert(made))
    }
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
