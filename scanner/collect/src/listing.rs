//! Listings: whether all resources of a type are known.

use std::ops::Deref;
use std::sync::Arc;

use assay_core::{Gap, GapState, Listing, ListingState, Timestamp};

use crate::{CallError, Called, Place, Session};

/// An answer of a page, with the id of the call that gave it.
#[derive(Debug)]
pub struct Got<T> {
    /// Id of the call: the source of the facets that the page gives.
    pub id: String,
    /// The answer.
    pub answer: T,
}

impl<T> Deref for Got<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.answer
    }
}

/// An open listing of one type, or of several that one operation lists together.
///
/// It is complete only if [`Self::complete`] is called while nothing stopped it. Dropped before
/// that, it is `partial` where a page was read, else `failed`, `denied` or `not_attempted` by its
/// cause.
#[derive(Debug)]
pub struct ListingGuard {
    session: Arc<Session>,
    places: Vec<(Place, String)>,
    pages: u64,
    calls: Vec<String>,
    tokens: Vec<String>,
    started: Timestamp,
    ended: Option<Timestamp>,
    stop: Option<Gap>,
    complete: bool,
}

impl ListingGuard {
    /// Opens a listing of types, each with the place in which it is recorded.
    #[must_use]
    pub fn open(session: Arc<Session>, places: Vec<(Place, String)>) -> Self {
        Self {
            session,
            places,
            pages: 0,
            calls: Vec::new(),
            tokens: Vec::new(),
            started: crate::now(),
            ended: None,
            stop: None,
            complete: false,
        }
    }

    /// Takes the call of one page. `None`: it failed, and the listing is stopped.
    pub fn page<T>(&mut self, called: Called<T>) -> Option<Got<T>> {
        self.ended = Some(crate::now());
        self.calls.push(called.id.clone());
        match called.result {
            Ok(answer) => {
                self.pages += 1;
                Some(Got { id: called.id, answer })
            }
            Err(e) => {
                self.stopped(&e);
                None
            }
        }
    }

    /// The token of the next page, if there is one. A token that was seen before would loop for
    /// ever: it stops the listing, which is then partial.
    pub fn more(&mut self, token: Option<&str>) -> Option<String> {
        let token = token.filter(|t| !t.is_empty())?;
        if self.tokens.iter().any(|t| t == token) {
            self.stop(Gap::new(GapState::Malformed, "the provider repeated a page token"));
            return None;
        }
        self.tokens.push(token.to_owned());
        Some(token.to_owned())
    }

    /// Stops the listing for the cause of a call. Later calls of [`Self::complete`] have no effect.
    pub fn stopped(&mut self, error: &CallError) {
        if !self.calls.contains(&error.call) {
            self.calls.push(error.call.clone());
        }
        self.stop(error.gap());
    }

    /// Stops the listing for another cause.
    pub fn stop(&mut self, gap: Gap) {
        self.stop.get_or_insert(gap);
    }

    /// Stops the listing because an answer of it cannot be used: a resource without an id, for
    /// example. Its other resources may still be written.
    pub fn stop_malformed(&mut self, detail: &str, call: &str) {
        let mut gap = Gap::new(GapState::Malformed, detail);
        gap.call = Some(call.to_owned());
        self.stop(gap);
    }

    /// Names a call that proves the population without listing it.
    pub fn proved_by(&mut self, call: &str) {
        self.pages += 1;
        self.calls.push(call.to_owned());
    }

    /// Whether something stopped it.
    #[must_use]
    pub const fn is_stopped(&self) -> bool {
        self.stop.is_some()
    }

    /// What stopped it.
    #[must_use]
    pub const fn gap(&self) -> Option<&Gap> {
        self.stop.as_ref()
    }

    /// Every page was read: the population is known, unless something stopped the listing before.
    pub fn complete(mut self) {
        self.complete = true;
    }

    fn state(&self) -> (ListingState, Option<Gap>) {
        let gap = match &self.stop {
            Some(gap) => gap.clone(),
            None if self.complete => return (ListingState::Complete, None),
            None if self.session.cancel().is_cancelled() => {
                Gap::new(GapState::NotAttempted, "the collection was interrupted")
            }
            None => Gap::new(GapState::Failed, "the collector ended before the last page"),
        };
        let state = match gap.state {
            _ if self.pages > 0 => ListingState::Partial,
            GapState::Denied => ListingState::Denied,
            GapState::NotAttempted => ListingState::NotAttempted,
            _ => ListingState::Failed,
        };
        (state, Some(gap))
    }
}

impl Drop for ListingGuard {
    fn drop(&mut self) {
        let (state, gap) = self.state();
        for (place, kind) in std::mem::take(&mut self.places) {
            self.session.listed(Listing {
                provider: place.provider.into(),
                account: place.account.into(),
                region: place.region.into(),
                kind: kind.into(),
                state,
                count: 0,
                pages: self.pages,
                started: Some(self.started),
                ended: self.ended,
                calls: self.calls.clone(),
                gap: gap.clone().map(Box::new),
            });
        }
    }
}
