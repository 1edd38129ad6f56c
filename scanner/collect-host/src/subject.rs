//! One subject over one root: its documents with their sources, its listings, and the one call that
//! is its evidence.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use assay_collect::{Event, Place, Session, now};
use assay_core::identity::sha256;
use assay_core::{Call, CallResult, Gap, GapState, Listing, ListingState, Resource, Timestamp};
use assay_host::{Host, Known, Output, Read, Root, Subject};

/// Reads that a call names one by one. The digest over all of them covers the rest.
const MAX_READS: usize = 256;

/// Runs a subject. Whatever happens, its listings say how it ended.
pub(crate) fn run(
    session: &Session,
    subject: &Subject,
    root: &dyn Root,
    known: &Arc<Known>,
    place: &Place,
) {
    let started = now();
    let operation = format!("linux:{}", subject.name);
    let id = session
        .call_id(&format!("{}/{}/{}/{operation}", place.provider, place.account, place.region));
    let host = Host::knowing(root, place.account.as_str(), started, Arc::clone(known));
    let mut sink = Sink {
        session,
        call: &id,
        operation: &operation,
        put: BTreeMap::new(),
        listed: BTreeMap::new(),
    };
    let ran = catch_unwind(AssertUnwindSafe(|| (subject.collect)(&host, &mut sink)));
    let ended = now();
    if ran.is_err() {
        let gap =
            Gap::new(GapState::Failed, format!("the subject {} broke off: a bug", subject.name));
        for kind in subject.types {
            sink.listed.insert(kind, Err(gap.clone()));
        }
        session.tell(Event::Warning(format!("{}: {}", place.account, gap.detail)));
    }
    let (put, listed) = (sink.put, sink.listed);
    let mut worst: Option<Gap> = None;
    for kind in subject.types {
        let outcome = listed.get(kind).cloned().unwrap_or_else(|| {
            Err(Gap::new(GapState::NotAttempted, "the collector did not say that it listed it"))
        });
        let pages = u64::from(outcome.is_ok() || put.get(*kind).is_some_and(|n| *n > 0));
        let (state, gap) = match outcome {
            Ok(()) => (ListingState::Complete, None),
            Err(mut gap) => {
                gap.call.get_or_insert_with(|| id.clone());
                gap.operation.get_or_insert_with(|| operation.clone());
                worst.get_or_insert_with(|| gap.clone());
                (state_of(&gap, pages > 0), Some(gap))
            }
        };
        session.listed(Listing {
            provider: (&place.provider).into(),
            account: (&place.account).into(),
            region: (&place.region).into(),
            kind: (*kind).into(),
            state,
            count: 0,
            pages,
            started: Some(started),
            ended: Some(ended),
            calls: vec![id.clone()],
            gap: gap.map(Box::new),
        });
    }
    let reads = host.take_reads();
    let ok = worst.is_none();
    session.record(&call(id, operation, place, &reads, worst, (started, ended)));
    session.tell(Event::Called { operation: "linux:read", ok, retries: 0 });
}

fn state_of(gap: &Gap, some: bool) -> ListingState {
    match gap.state {
        _ if some => ListingState::Partial,
        GapState::Denied => ListingState::Denied,
        GapState::NotAttempted => ListingState::NotAttempted,
        _ => ListingState::Failed,
    }
}

/// The evidence of a subject: what was read, with the sha256 of each content.
fn call(
    id: String,
    operation: String,
    place: &Place,
    reads: &[Read],
    gap: Option<Gap>,
    (started, ended): (Timestamp, Timestamp),
) -> Call {
    let line = |r: &Read| {
        let result = match &r.result {
            Ok(sha256) => format!("sha256:{sha256}"),
            Err(miss) => miss.to_string(),
        };
        (r.path.display().to_string(), result)
    };
    let mut all = String::new();
    for (path, result) in reads.iter().map(line) {
        all.push_str(&path);
        all.push('\0');
        all.push_str(&result);
        all.push('\n');
    }
    let mut parameters: BTreeMap<String, String> = reads.iter().take(MAX_READS).map(line).collect();
    if let Some(more) = reads.len().checked_sub(MAX_READS).filter(|n| *n > 0) {
        parameters.insert("…".to_owned(), format!("{more} more; the digest covers them"));
    }
    Call {
        id,
        operation,
        parameters,
        account: place.account.clone(),
        region: place.region.clone(),
        started,
        ended,
        pages: 1,
        attempts: 1,
        result: gap.map_or(CallResult::Ok, |gap| CallResult::Gap { gap }),
        request_ids: Vec::new(),
        body_sha256: vec![sha256(all.as_bytes())],
    }
}

/// Takes what a subject finds.
struct Sink<'a> {
    session: &'a Session,
    call: &'a str,
    operation: &'a str,
    put: BTreeMap<String, u64>,
    listed: BTreeMap<&'static str, Result<(), Gap>>,
}

impl Output for Sink<'_> {
    fn put(&mut self, mut document: Resource) {
        for facet in document.properties.keys() {
            if !document.sources.contains_key(facet) {
                document.sources.insert(facet.clone(), self.call.to_owned());
            }
        }
        for gap in document.gaps.values_mut() {
            gap.call.get_or_insert_with(|| self.call.to_owned());
            gap.operation.get_or_insert_with(|| self.operation.to_owned());
        }
        *self.put.entry(document.kind.clone()).or_default() += 1;
        self.session.put(document);
    }

    fn listed(&mut self, kind: &'static str, result: Result<(), Gap>) {
        // Of two answers the worse stays.
        let worse = result.is_err() || !self.listed.contains_key(kind);
        if worse {
            self.listed.insert(kind, result);
        }
    }
}

/// Says that nothing of a host could be read.
pub(crate) fn unreachable(session: &Session, subjects: &[&Subject], place: &Place, gap: &Gap) {
    for kind in subjects.iter().flat_map(|s| s.types) {
        session.listed(Listing {
            provider: (&place.provider).into(),
            account: (&place.account).into(),
            region: (&place.region).into(),
            kind: (*kind).into(),
            state: state_of(gap, false),
            count: 0,
            pages: 0,
            started: None,
            ended: None,
            calls: gap.call.iter().cloned().collect(),
            gap: Some(Box::new(gap.clone())),
        });
    }
}
