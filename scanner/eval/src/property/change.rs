//! An estate in memory and every way to know less of it.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::resource::TAGS;
use assay_core::{
    Gap, GapState, Listing, ListingState, Manifest, Path, Resource, Segment, TypeRegistry,
};
use assay_snapshot::{Memory, SnapshotError, Source};
use serde_json::Value;

/// A whole estate in memory: small ones only.
#[derive(Debug, Clone)]
pub struct Estate {
    /// The manifest.
    pub manifest: Manifest,
    /// The documents.
    pub documents: Vec<Resource>,
    /// The operation of each call.
    pub operations: BTreeMap<String, String>,
}

/// One way to know less.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Every call of an operation was denied.
    Deny(String),
    /// A listing (account, region, type) stopped half way: the later half of its documents is
    /// missing.
    Cut(String, String, String),
    /// A facet (type, `tags`, `derived/<name>` or a property) is unknown in every document.
    Lose(String, String),
    /// The same in the first document only.
    LoseFirst(String, String),
    /// A value (type, pointer with `*` for any index) has a wrong type wherever it occurs.
    Corrupt(String, String),
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Deny(operation) => write!(f, "deny {operation}"),
            Self::Cut(account, region, kind) => write!(f, "cut {kind} in {account}, {region}"),
            Self::Lose(kind, facet) => write!(f, "lose {facet} of every {kind}"),
            Self::LoseFirst(kind, facet) => write!(f, "lose {facet} of the first {kind}"),
            Self::Corrupt(kind, pointer) => write!(f, "corrupt {pointer} of every {kind}"),
        }
    }
}

impl Estate {
    /// Reads a snapshot whole.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn read(source: &dyn Source) -> Result<Self, SnapshotError> {
        let mut documents = Vec::new();
        for segment in source.segments() {
            let mut lines = source.lines(segment)?;
            while let Some(line) = lines.next()? {
                documents.push(line.resource()?);
            }
        }
        let mut operations = BTreeMap::new();
        source.calls(&mut |call| {
            operations.insert(call.id, call.operation);
        })?;
        Ok(Self { manifest: source.manifest().clone(), documents, operations })
    }

    /// The estate as a snapshot, checked against the type files.
    ///
    /// # Errors
    ///
    /// If a document has no type file.
    pub fn source(&self, types: &TypeRegistry) -> Result<Memory, SnapshotError> {
        let mut memory =
            Memory::new(types, self.documents.clone(), Vec::new(), self.manifest.ended)?;
        let manifest = memory.manifest_mut();
        manifest.listings.clone_from(&self.manifest.listings);
        manifest.scope.clone_from(&self.manifest.scope);
        manifest.callers.clone_from(&self.manifest.callers);
        Ok(memory)
    }

    /// Every change, in order.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        let mut all = BTreeSet::new();
        all.extend(self.operations.values().cloned().map(Change::Deny));
        for l in &self.manifest.listings {
            if l.state == ListingState::Complete {
                all.insert(Change::Cut(
                    l.account.to_string(),
                    l.region.to_string(),
                    l.kind.to_string(),
                ));
            }
        }
        for doc in &self.documents {
            let kind = || doc.kind.clone();
            let mut facets: Vec<String> = doc.properties.keys().cloned().collect();
            facets.extend(doc.derived.keys().map(|name| format!("derived/{name}")));
            facets.extend(doc.tags.as_ref().map(|_| TAGS.to_owned()));
            for facet in facets {
                all.insert(Change::Lose(kind(), facet.clone()));
                all.insert(Change::LoseFirst(kind(), facet));
            }
            let mut leaves = BTreeSet::new();
            for (name, value) in &doc.properties {
                pointers(value, &mut vec![Segment::Key(name.clone())], &mut leaves);
            }
            all.extend(leaves.into_iter().map(|p| Change::Corrupt(kind(), p)));
        }
        all.into_iter().collect()
    }

    /// The estate after a change; `None` where the change changes nothing that the type files
    /// would notice.
    #[must_use]
    pub fn with(&self, change: &Change, types: &TypeRegistry) -> Option<Self> {
        let mut changed = self.clone();
        match change {
            Change::Deny(operation) => changed.deny(operation, types),
            Change::Cut(account, region, kind) => changed.cut(account, region, kind, types),
            Change::Lose(kind, facet) => {
                for doc in changed.documents.iter_mut().filter(|d| d.kind == *kind) {
                    lose(doc, facet, &Gap::new(GapState::Failed, "taken away by a test"));
                }
            }
            Change::LoseFirst(kind, facet) => {
                let doc =
                    changed.documents.iter_mut().find(|d| d.kind == *kind && has(d, facet))?;
                lose(doc, facet, &Gap::new(GapState::Failed, "taken away by a test"));
            }
            Change::Corrupt(kind, pointer) => {
                let def = types.get(kind)?;
                let path = Path::parse(pointer);
                let mut noticed = false;
                for doc in changed.documents.iter_mut().filter(|d| d.kind == *kind) {
                    let before = doc.clone();
                    for (name, value) in &mut doc.properties {
                        corrupt(value, &path.0, name);
                    }
                    let known = doc.gaps.len();
                    def.check(doc);
                    if doc.gaps.len() > known {
                        noticed = true;
                    } else {
                        // The type takes any value here: another value is no damage.
                        *doc = before;
                    }
                }
                if !noticed {
                    return None;
                }
            }
        }
        Some(changed)
    }

    /// Whether a listing covers a document.
    fn lists(l: &Listing, doc: &Resource, types: &TypeRegistry) -> bool {
        l.account == doc.account
            && l.kind == doc.kind
            && types.get(&doc.kind).is_some_and(|d| d.listing_region(&doc.region) == l.region)
    }

    fn deny(&mut self, operation: &str, types: &TypeRegistry) {
        let denied = |call: &String| self.operations.get(call).is_some_and(|o| o == operation);
        let gap = |call: &str| Gap {
            call: Some(call.to_owned()),
            operation: Some(operation.to_owned()),
            ..Gap::new(GapState::Denied, "denied by a test")
        };
        let mut gone: Vec<Listing> = Vec::new();
        for l in &mut self.manifest.listings {
            if l.state != ListingState::Complete || !l.calls.iter().any(denied) {
                continue;
            }
            l.gap = l.calls.iter().find(|c| denied(c)).map(|c| Box::new(gap(c)));
            if l.calls.iter().all(denied) {
                l.state = ListingState::Denied;
                l.count = 0;
                gone.push(l.clone());
            } else {
                l.state = ListingState::Partial;
            }
        }
        for doc in &mut self.documents {
            let lost: Vec<(String, String)> = doc
                .sources
                .iter()
                .filter(|(_, call)| denied(call))
                .map(|(facet, call)| (facet.clone(), call.clone()))
                .collect();
            for (facet, call) in lost {
                lose(doc, &facet, &gap(&call));
            }
        }
        self.documents.retain(|doc| !gone.iter().any(|l| Self::lists(l, doc, types)));
    }

    fn cut(&mut self, account: &str, region: &str, kind: &str, types: &TypeRegistry) {
        let found = self
            .manifest
            .listings
            .iter_mut()
            .find(|l| l.account == account && l.region == region && l.kind == kind);
        let Some(listing) = found else { return };
        listing.state = ListingState::Partial;
        let listing = listing.clone();
        let all = self.documents.iter().filter(|d| Self::lists(&listing, d, types)).count();
        let mut seen = 0;
        self.documents.retain(|doc| {
            if !Self::lists(&listing, doc, types) {
                return true;
            }
            seen += 1;
            seen <= all / 2
        });
    }
}

fn has(doc: &Resource, facet: &str) -> bool {
    match facet.strip_prefix("derived/") {
        Some(name) => doc.derived.contains_key(name),
        None if facet == TAGS => doc.tags.is_some(),
        None => doc.properties.contains_key(facet),
    }
}

fn lose(doc: &mut Resource, facet: &str, gap: &Gap) {
    if let Some(name) = facet.strip_prefix("derived/") {
        doc.derived.remove(name);
        doc.gaps.insert(facet.to_owned(), gap.clone());
    } else if facet == TAGS {
        doc.tags = None;
        doc.gaps.insert(TAGS.to_owned(), gap.clone());
    } else {
        doc.lose(facet, gap.clone());
    }
}

/// The pointers of a value's leaves, `*` standing for an index.
fn pointers(value: &Value, at: &mut Vec<Segment>, out: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                at.push(Segment::Key(key.clone()));
                pointers(value, at, out);
                at.pop();
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for value in list {
                at.push(Segment::Any);
                pointers(value, at, out);
                at.pop();
            }
        }
        _ => {
            out.insert(Path(at.clone()).to_string());
        }
    }
}

/// Gives the leaves at a path a wrong type.
fn corrupt(value: &mut Value, path: &[Segment], name: &str) {
    let Some((step, rest)) = path.split_first() else {
        *value = match value {
            Value::String(_) => Value::from(7),
            Value::Number(_) => Value::from("seven"),
            Value::Bool(_) => Value::from("maybe"),
            _ => Value::from(0.5),
        };
        return;
    };
    // The first step names the facet; the caller walks the facets.
    if let (Segment::Key(key), true) = (step, !name.is_empty()) {
        if key == name {
            corrupt(value, rest, "");
        }
        return;
    }
    match (step, value) {
        (Segment::Key(key), Value::Object(map)) => {
            if let Some(value) = map.get_mut(key) {
                corrupt(value, rest, "");
            }
        }
        (_, Value::Array(list)) => {
            for value in list {
                corrupt(value, rest, "");
            }
        }
        _ => {}
    }
}
