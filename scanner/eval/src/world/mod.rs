//! The documents around a document: what relations and derived facets look at.
//!
//! One world lives for one account and is dropped with it. It holds only the types that somebody
//! needs, and of their documents only the facets that somebody declared.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use assay_core::resource::TAGS;
use assay_core::rule::{Related, RelatedScope};
use assay_core::{Gap, Listing, Resource};
use assay_derive::{Memo, Unknown, World, known};
use assay_snapshot::SnapshotError;
use regorus::Value;

mod kept;
mod shared;
mod wanted;

use kept::{Copies, Kept};
pub(crate) use shared::{Shared, incomplete};
pub(crate) use wanted::Wanted;

type Documents = Arc<Vec<Arc<Resource>>>;

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
    /// Lines that were read for a relation and are still to be judged.
    kept: Mutex<Kept>,
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
            kept: Mutex::default(),
        }
    }

    /// The view of a document in a region.
    pub(crate) fn at<'w>(&'w self, region: &'w str) -> Place<'w, 'a> {
        Place { world: self, region }
    }

    /// The lines of a segment, if they were read already. They are given once.
    pub(crate) fn lines(&self, path: &str) -> Option<Copies> {
        lock(&self.kept).remove(path)
    }

    /// A document of this account as it is loaded, if its type is.
    pub(crate) fn loaded(&self, kind: &str, region: &str, id: &str) -> Option<Arc<Resource>> {
        let key = (kind.to_owned(), String::new());
        let all = lock(&self.raw).get(&key).map(Arc::clone)?;
        let at = all.binary_search_by(|d| (d.region.as_str(), d.id.as_str()).cmp(&(region, id)));
        all.get(at.ok()?).map(Arc::clone)
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
        let near = |l: &&Listing| {
            scope != RelatedScope::Region || l.region == region || l.region == "global"
        };
        let of = |account: &str| self.shared.listings_of(account, kind);
        let calls = |l: &Listing| l.calls.clone();
        match scope {
            RelatedScope::Estate => {
                let accounts = self.shared.listings.keys();
                accounts.flat_map(|a| of(a)).flat_map(calls).take(most).collect()
            }
            _ => of(&self.account).into_iter().filter(near).flat_map(calls).take(most).collect(),
        }
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
            self.or_none(self.shared.read(own.copied(), kind, Some(&self.kept)))
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

/// Locks; a panic elsewhere does not make plain data unusable.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
