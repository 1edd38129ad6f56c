//! Reading whole populations from Azure Resource Manager: every resource of a type in a
//! subscription, with the children that are folded into it.
//!
//! **Why ARM's lists, and not Resource Graph.** Resource Graph leaves out, without a word, what the
//! caller may not read, and it lags behind: an empty answer of it proves nothing. ARM's list of a
//! type refuses where it may not answer, and says what is there now. It is one call for each type
//! and subscription and brings the whole objects, so nothing that a rule fails on has to be read a
//! second time. Resource Graph is the cross-check: see [`super::crosscheck`].

use std::collections::BTreeSet;

use assay_collect::{Called, Draft, ListingGuard};
use assay_core::{Gap, GapState};
use futures_util::future::BoxFuture;
use serde_json::Value;

use super::child::{Child, facets_of, read};
use super::{crosscheck, row};
use crate::{Cx, Operation, Page, id};

/// Resources whose children are read at the same time. The calls themselves are bounded by the
/// context.
const READS: usize = 32;

/// ARM answers this where a subscription never registered a resource provider. A provider cannot
/// be unregistered while the subscription holds a resource of it, so the population is empty.
const UNREGISTERED: &str = "MissingSubscriptionRegistration";

/// A type of which all resources of a subscription are read.
pub(crate) struct Population {
    /// The type.
    pub(crate) kind: &'static str,
    /// Lists it: for a subscription, or below one parent (`{id}`).
    pub(crate) list: &'static Operation,
    /// Reads one of them (`{group}`, `{name}`), where Resource Graph counts the type too and may
    /// know of one that the list lacks.
    pub(crate) one: Option<&'static Operation>,
    /// A type that comes whole inside each row, and is written as documents of its own.
    pub(crate) inside: Option<Inside>,
    /// Which rows become documents, where no rule reads the others.
    pub(crate) keep: Option<fn(&Value) -> bool>,
    /// What is folded into each document.
    pub(crate) children: &'static [Child],
    /// What depends on the document itself and is read after its children.
    pub(crate) then: Option<Then>,
}

impl Population {
    /// A type of which the list says all.
    pub(crate) const fn new(kind: &'static str, list: &'static Operation) -> Self {
        Self { kind, list, one: None, inside: None, keep: None, children: &[], then: None }
    }

    /// The same, checked against Resource Graph.
    pub(crate) const fn checked_by(mut self, one: &'static Operation) -> Self {
        self.one = Some(one);
        self
    }

    /// The same, of some rows only.
    pub(crate) const fn keep(mut self, keep: fn(&Value) -> bool) -> Self {
        self.keep = Some(keep);
        self
    }

    /// The same, with a further step for each document.
    pub(crate) const fn then(mut self, then: Then) -> Self {
        self.then = Some(then);
        self
    }

    /// The same, with a type that comes inside its rows.
    pub(crate) const fn inside(mut self, inside: Inside) -> Self {
        self.inside = Some(inside);
        self
    }

    /// The same, with more calls for each resource.
    pub(crate) const fn with(mut self, children: &'static [Child]) -> Self {
        self.children = children;
        self
    }
}

/// A type whose resources come inside the rows of another one.
pub(crate) struct Inside {
    /// The type.
    pub(crate) kind: &'static str,
    /// The member of the row's `properties` that lists them.
    pub(crate) member: &'static str,
}

/// A further step for a document, and the facets that it gives.
pub(crate) struct Then {
    /// The facets.
    pub(crate) facets: &'static [&'static str],
    /// The step.
    pub(crate) step: for<'c> fn(&'c Cx, Draft) -> BoxFuture<'c, Draft>,
}

/// What a listing found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Canonical ids.
    pub(crate) ids: BTreeSet<String>,
    /// Why there may be more.
    pub(crate) stopped: Option<Gap>,
    /// A call that listed.
    pub(crate) call: Option<String>,
}

/// Lists a population and puts its documents.
pub(crate) async fn population(cx: &Cx, of: &'static Population) -> Found {
    let inside = of.inside.as_ref().map(|i| i.kind);
    let kinds: Vec<&str> = [of.kind].into_iter().chain(inside).collect();
    let mut listing = cx.listings(&kinds);
    let mut found = Found::default();
    let mut next: Option<String> = None;
    loop {
        let _room = cx.room().await;
        let called = cx.page(of.list, &[], next.as_deref()).await;
        let Some((page, call)) = taken(&mut listing, called) else { break };
        found.call.get_or_insert_with(|| call.clone());
        take(cx, of, &page.value, &call, &mut listing, &mut found).await;
        next = listing.more(page.next.as_deref());
        if next.is_none() {
            break;
        }
    }
    if let Some(one) = of.one
        && !listing.is_stopped()
    {
        for (row, call) in crosscheck::missing(cx, of.kind, one, &found.ids, &mut listing).await {
            take(cx, of, &[row], &call, &mut listing, &mut found).await;
        }
    }
    found.stopped = listing.gap().cloned();
    listing.complete();
    found
}

/// What one call lists and nothing writes as documents: parents of what is read below them.
pub(crate) async fn parents(cx: &Cx, list: &'static Operation) -> Found {
    let called = cx.list(list, &[]).await.or_absent(&[UNREGISTERED]);
    let mut found = Found { call: Some(called.id.clone()), ..Found::default() };
    match &called.result {
        Ok(rows) => {
            for row in rows.iter().flatten() {
                match row.get("id").and_then(Value::as_str) {
                    Some(id) => {
                        found.ids.insert(cx.canonical(id));
                    }
                    None => {
                        let mut gap = Gap::new(GapState::Malformed, "a resource without an id");
                        gap.call = Some(called.id.clone());
                        found.stopped = Some(gap);
                    }
                }
            }
        }
        Err(e) => found.stopped = Some(e.gap()),
    }
    found
}

/// Lists a type below each of its parents and puts its documents. A parent that cannot be asked
/// leaves the listing partial, as does a listing of parents that is.
pub(crate) async fn nested(cx: &Cx, of: &'static Population, parents: &Found) -> Found {
    let mut listing = cx.listing(of.kind);
    let mut found = Found { call: parents.call.clone(), ..Found::default() };
    match (&parents.stopped, &parents.call) {
        (Some(gap), _) => listing.stop(gap.clone()),
        (None, Some(call)) => listing.proved_by(call),
        (None, None) => {}
    }
    let parents: Vec<&String> = parents.ids.iter().collect();
    for some in parents.chunks(READS) {
        let reads = some.iter().map(|id| below(cx, of.list, id));
        for called in cx.bounded(reads, READS).await {
            let Some(page) = listing.page(called) else { continue };
            take(cx, of, &page.answer, &page.id, &mut listing, &mut found).await;
        }
    }
    found.stopped = listing.gap().cloned();
    listing.complete();
    found
}

async fn below(cx: &Cx, list: &'static Operation, id: &str) -> Called<Vec<Value>> {
    cx.list(list, &[("id", id)]).await
}

/// A page, where there is one. A provider that was never registered has nothing.
fn taken(listing: &mut ListingGuard, called: Called<Page>) -> Option<(Page, String)> {
    let page = listing.page(called.or_absent(&[UNREGISTERED]))?;
    let nothing = || Page { value: Vec::new(), next: None };
    Some((page.answer.unwrap_or_else(nothing), page.id))
}

/// Puts the documents of rows. A row without an id stops the listing.
async fn take(
    cx: &Cx,
    of: &'static Population,
    rows: &[Value],
    call: &str,
    listing: &mut ListingGuard,
    found: &mut Found,
) {
    let kept: Vec<&Value> =
        rows.iter().filter(|row| of.keep.is_none_or(|keep| keep(row))).collect();
    // A document is larger than its row: only some are there at a time.
    for some in kept.chunks(2 * READS) {
        let mut drafts = Vec::with_capacity(some.len());
        for row in some {
            match draft(cx, of, row, call) {
                Some(draft) => drafts.push(draft),
                None => listing.stop_malformed("a resource without an id", call),
            }
            if let Some(inside) = &of.inside {
                for draft in inner(cx, inside, row, call, listing) {
                    cx.put(draft).await;
                }
            }
        }
        found.ids.extend(drafts.iter().map(|d| d.id().to_owned()));
        let whole = drafts.into_iter().map(|draft| finished(cx, of, draft));
        cx.bounded(whole, READS).await;
    }
}

/// The document of a row, without what other calls give.
fn draft(cx: &Cx, of: &Population, row: &Value, call: &str) -> Option<Draft> {
    let mut draft = envelope(cx, of.kind, row)?;
    let mut others = facets_of(of.children);
    others.extend(of.then.iter().flat_map(|t| t.facets));
    if let Some(def) = cx.type_def(of.kind) {
        row::fill(&mut draft, def, row, &others, call, &|id| cx.canonical(id));
    }
    Some(draft)
}

/// The documents of what a row holds inside, in its region.
fn inner(cx: &Cx, of: &Inside, row: &Value, call: &str, listing: &mut ListingGuard) -> Vec<Draft> {
    let within = row.get("properties").and_then(|p| p.get(of.member)).and_then(Value::as_array);
    let (Some(rows), Some(def)) = (within, cx.type_def(of.kind)) else {
        listing.stop_malformed("a resource does not say what is in it", call);
        return Vec::new();
    };
    let region = id::region(row.get("location").and_then(Value::as_str));
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        match envelope(cx, of.kind, row) {
            Some(mut draft) => {
                draft.region(&region);
                row::fill(&mut draft, def, row, &[], call, &|id| cx.canonical(id));
                out.push(draft);
            }
            None => listing.stop_malformed("a resource without an id", call),
        }
    }
    out
}

/// An empty document with id, name and region of a row.
pub(crate) fn envelope(cx: &Cx, kind: &str, row: &Value) -> Option<Draft> {
    let raw = row.get("id")?.as_str().filter(|id| id.starts_with('/'))?;
    let id = cx.canonical(raw);
    let last = id.rsplit('/').next().unwrap_or(&id).to_owned();
    let name = row.get("name").and_then(Value::as_str).map_or(last, str::to_owned);
    let mut draft = cx.resource(kind, &id, name);
    draft.region(&id::region(row.get("location").and_then(Value::as_str)));
    Some(draft)
}

async fn finished(cx: &Cx, of: &'static Population, draft: Draft) {
    let mut draft = read(cx, of.children, draft).await;
    if let Some(then) = &of.then {
        draft = (then.step)(cx, draft).await;
    }
    cx.put(draft).await;
}
