//! One collection: its snapshot, its events, its switch.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use assay_core::{Call, Gap, GapState, Listing, ListingState, Manifest, Name, Resource};
use assay_snapshot::{Head, SnapshotError, SnapshotWriter};

use crate::{Cancel, Event, Events};

/// Where a listing or a document belongs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// `aws`, `azure`…
    pub provider: String,
    /// The account.
    pub account: String,
    /// The region, or `global`.
    pub region: String,
}

/// One collection. Shared by all its tasks.
pub struct Session {
    writer: SnapshotWriter,
    events: Events,
    cancel: Cancel,
    ids: Mutex<HashMap<String, u32>>,
    listings: Mutex<HashMap<Key, Listing>>,
    fatal: Mutex<Option<SnapshotError>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl Session {
    /// A session that writes a snapshot.
    #[must_use]
    pub fn new(writer: SnapshotWriter, events: Events, cancel: Cancel) -> Self {
        Self {
            writer,
            events,
            cancel,
            ids: Mutex::default(),
            listings: Mutex::default(),
            fatal: Mutex::default(),
        }
    }

    /// The snapshot being written.
    #[must_use]
    pub const fn writer(&self) -> &SnapshotWriter {
        &self.writer
    }

    /// The switch that stops the collection.
    #[must_use]
    pub const fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Tells what happened.
    pub fn tell(&self, event: Event) {
        (self.events)(event);
    }

    /// Makes a call id unique: the second call of the same name gets `#2`.
    #[must_use]
    pub fn call_id(&self, name: &str) -> String {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let n = ids.entry(name.to_owned()).or_insert(0);
        *n += 1;
        if *n == 1 { name.to_owned() } else { format!("{name}#{n}") }
    }

    /// Writes the record of a call.
    pub fn record(&self, call: &Call) {
        if let Err(e) = self.writer.call(call) {
            self.fail(e);
        }
    }

    /// Checks and writes a document.
    pub fn put(&self, resource: Resource) {
        let (kind, id) = (resource.kind.clone(), resource.id.clone());
        self.written(self.writer.put(resource), &kind, &id);
    }

    /// Checks and writes a part of a document that another collector puts.
    pub fn fold(&self, part: Resource) {
        let (kind, id) = (part.kind.clone(), part.id.clone());
        self.written(self.writer.fold(part), &kind, &id);
    }

    fn written(&self, outcome: Result<usize, SnapshotError>, kind: &str, id: &str) {
        match outcome {
            Ok(misfits) => {
                if misfits > 0 {
                    tracing::debug!(kind, id, misfits, "values that do not fit the type file");
                }
                self.tell(Event::Resource);
            }
            Err(e) => self.fail(e),
        }
    }

    /// Says in advance that a listing belongs to this collection: `not_attempted` until a collector
    /// says better.
    pub fn expect_listing(&self, place: &Place, kind: &str, why: Gap) {
        let listing = Listing {
            provider: (&place.provider).into(),
            account: (&place.account).into(),
            region: (&place.region).into(),
            kind: kind.into(),
            state: ListingState::NotAttempted,
            count: 0,
            pages: 0,
            started: None,
            ended: None,
            calls: Vec::new(),
            gap: Some(Box::new(why)),
        };
        let mut listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        listings.entry(key(&listing)).or_insert(listing);
    }

    /// Records a listing. The first real state replaces `not_attempted`; of two real ones the worse
    /// stays.
    pub fn listed(&self, listing: Listing) {
        let mut listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        let key = key(&listing);
        let replace = match listings.get(&key) {
            None => true,
            Some(old) if old.state == ListingState::NotAttempted => {
                old.pages == 0 && old.calls.is_empty()
            }
            Some(old) => listing.state > old.state,
        };
        if replace {
            listings.insert(key, listing);
        }
    }

    /// The snapshot cannot be written any more: the collection stops.
    pub fn fail(&self, error: SnapshotError) {
        tracing::error!(%error, "the snapshot cannot be written");
        let mut fatal = self.fatal.lock().unwrap_or_else(PoisonError::into_inner);
        fatal.get_or_insert(error);
        self.cancel.cancel();
    }

    /// The gap of what nothing tried to read.
    #[must_use]
    pub fn not_attempted() -> Gap {
        Gap::new(GapState::NotAttempted, "the collection ended before it was read")
    }

    /// Seals the snapshot.
    ///
    /// # Errors
    /// The first error of writing it.
    pub fn finish(self, head: Head) -> Result<Manifest, SnapshotError> {
        if let Some(e) = self.fatal.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(e);
        }
        let listings = self.listings.into_inner().unwrap_or_else(PoisonError::into_inner);
        listings.into_values().for_each(|l| self.writer.listing(l));
        self.writer.finish(head)
    }
}

/// Provider, account, region, type.
type Key = (Name, Name, Name, Name);

fn key(l: &Listing) -> Key {
    (l.provider.clone(), l.account.clone(), l.region.clone(), l.kind.clone())
}
