//! Brings calls and events together, one event at a time.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::{Call, Manifest, Timestamp};

use super::compare::{SECOND, Who, differences, off, region_fits, who};
use super::event::{Event, Log};
use super::{Contradiction, Counts, Coverage, Kind, LISTED, Options, Report, TrailFile, Unchecked};
use super::{CorroborateError, names};
use crate::Source;

/// Events without call that are remembered until all files are read.
const REMEMBERED: usize = 100_000;

/// A call, waiting for its events.
struct Want {
    call: Call,
    /// The request ids that no event has had yet.
    open: BTreeSet<String>,
    differs: bool,
    /// Attempts and pages of which the call holds no id.
    more: u64,
}

/// What the events of an account and region are.
struct Seen {
    first: Timestamp,
    last: Timestamp,
    events: u64,
    reads: bool,
    sources: BTreeSet<String>,
}

/// A comparison under way.
pub(super) struct Matching<'m> {
    manifest: &'m Manifest,
    options: Options,
    wants: Vec<Want>,
    /// Request id to its calls: mostly one.
    by_request: BTreeMap<String, Vec<usize>>,
    hosts: u64,
    seen: BTreeMap<(String, String), Seen>,
    /// The log's ids of the events that were taken: several trails deliver one event.
    taken: BTreeSet<String>,
    strangers: Vec<Event>,
    more_strangers: u64,
    found: Vec<Contradiction>,
    on_behalf: u64,
    other_sessions: u64,
}

impl<'m> Matching<'m> {
    pub(super) fn new(source: &'m dyn Source, options: Options) -> Result<Self, CorroborateError> {
        let mut wants = Vec::new();
        let mut by_request: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut hosts = 0;
        source.calls(&mut |call| {
            if call.operation.starts_with("linux:") {
                hosts += 1;
                return;
            }
            let open: BTreeSet<String> = call.request_ids.iter().cloned().collect();
            for id in &open {
                by_request.entry(id.clone()).or_default().push(wants.len());
            }
            let all = call.pages.max(1) + call.attempts.max(1) - 1;
            let more = all.saturating_sub(open.len() as u64);
            wants.push(Want { call, open, differs: false, more });
        })?;
        Ok(Self {
            manifest: source.manifest(),
            options,
            wants,
            by_request,
            hosts,
            seen: BTreeMap::new(),
            taken: BTreeSet::new(),
            strangers: Vec::new(),
            more_strangers: 0,
            found: Vec::new(),
            on_behalf: 0,
            other_sessions: 0,
        })
    }

    /// Takes the next event.
    pub(super) fn take(&mut self, event: &Event) {
        self.cover(event);
        let known = event.requests.iter().find(|r| self.by_request.contains_key(*r));
        match known {
            Some(request) => self.matched(event, request),
            None => self.unmatched(event),
        }
    }

    /// The call of a request that an event is about: where several share an id, one of the event's
    /// own operation that no event has had yet.
    fn place(&self, event: &Event, request: &str) -> Option<usize> {
        let all = self.by_request.get(request)?;
        let open = |at: &&usize| self.wants.get(**at).is_some_and(|w| w.open.contains(request));
        let own = |at: &&usize| {
            self.wants.get(**at).is_some_and(|w| names::same(&w.call.operation, event))
        };
        all.iter().filter(open).find(own).or_else(|| all.iter().find(open)).copied()
    }

    fn cover(&mut self, event: &Event) {
        let key = (event.account.clone(), event.region.clone());
        let seen = self.seen.entry(key).or_insert_with(|| Seen {
            first: event.time,
            last: event.time,
            events: 0,
            reads: false,
            sources: BTreeSet::new(),
        });
        seen.first = seen.first.min(event.time);
        seen.last = seen.last.max(event.time);
        seen.events += 1;
        seen.reads |= event.read_only != Some(false);
        if !seen.sources.contains(&event.source) {
            seen.sources.insert(event.source.clone());
        }
    }

    fn matched(&mut self, event: &Event, request: &str) {
        if !self.first(event) {
            // Another trail delivered it too.
            return;
        }
        let (at, skew) = (self.place(event, request), self.options.skew);
        let Some(want) = at.and_then(|at| self.wants.get_mut(at)) else { return };
        want.open.remove(request);
        let caller = self.manifest.callers.get(&want.call.account).map(String::as_str);
        let differences = differences(&want.call, event, caller, skew);
        want.differs |= !differences.is_empty();
        for (kind, detail) in differences {
            let found = contradiction(kind, &want.call, request, &event.id, detail);
            self.found.push(found);
        }
    }

    fn unmatched(&mut self, event: &Event) {
        let (from, to) = (self.manifest.started, self.manifest.ended);
        let from = from.as_millisecond() / SECOND * SECOND;
        let time = event.time.as_millisecond();
        if time < from || time > to.as_millisecond() {
            return;
        }
        let Some(caller) = self.manifest.callers.get(&event.account) else { return };
        match who(caller, event) {
            Who::Else => {}
            Who::Session => self.other_sessions += u64::from(self.first(event)),
            Who::Scanner if !self.first(event) => {}
            Who::Scanner if event.on_behalf.is_some() => self.on_behalf += 1,
            Who::Scanner if self.strangers.len() < REMEMBERED => {
                self.strangers.push(event.clone());
            }
            Who::Scanner => self.more_strangers += 1,
        }
    }

    /// Whether an event is met for the first time.
    fn first(&mut self, event: &Event) -> bool {
        event.id.is_empty() || self.taken.insert(event.id.clone())
    }

    /// Ends: what of the calls no event had, and what of the events no call explains.
    pub(super) fn finish(mut self, files: Vec<TrailFile>) -> Report {
        let repeated = self.explain();
        let mut calls = Counts { hosts: self.hosts, ..Counts::default() };
        let mut unchecked: BTreeMap<String, Unchecked> = BTreeMap::new();
        for want in std::mem::take(&mut self.wants) {
            calls.compared += 1;
            let call = &want.call;
            if want.differs {
                calls.differing += 1;
            } else if want.open.is_empty() && !call.request_ids.is_empty() {
                calls.corroborated += 1;
            } else if let Some(reason) = self.excused(call) {
                calls.unchecked += 1;
                let (id, reason) = (call.id.clone(), reason);
                let one = unchecked.entry(reason.clone()).or_insert_with(|| Unchecked {
                    reason,
                    calls: 0,
                    first: id,
                });
                one.calls += 1;
            } else {
                calls.missing += 1;
                let request = want.open.first().cloned().unwrap_or_default();
                let detail = "the events cover its account, region and time, and none has its \
                              request id"
                    .to_owned();
                self.found.push(contradiction(Kind::Missing, call, &request, "", detail));
            }
        }
        let contradicted = self.found.len() as u64 + self.more_strangers;
        self.found.sort();
        self.found.truncate(LISTED);
        let coverage = self.seen.into_iter().map(|((account, region), s)| Coverage {
            account,
            region,
            first: s.first,
            last: s.last,
            events: s.events,
        });
        Report {
            snapshot: self.manifest.root_digest.clone(),
            started: self.manifest.started,
            ended: self.manifest.ended,
            callers: self.manifest.callers.clone(),
            files,
            coverage: coverage.collect(),
            calls,
            contradictions: self.found,
            contradicted,
            unchecked: unchecked.into_values().collect(),
            repeated,
            on_behalf: self.on_behalf,
            other_sessions: self.other_sessions,
        }
    }

    /// Events without call: those that are a further attempt or page of one are explained; how many.
    fn explain(&mut self) -> u64 {
        let skew = self.options.skew;
        let mut repeated = 0;
        let mut strangers = std::mem::take(&mut self.strangers);
        strangers.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        for event in strangers {
            let near = |w: &&mut Want| {
                w.more > 0
                    && w.call.account == event.account
                    && names::same(&w.call.operation, &event)
                    && region_fits(&w.call, &event)
                    && off(&w.call, event.time, skew).is_none()
            };
            if let Some(want) = self.wants.iter_mut().find(near) {
                want.more -= 1;
                repeated += 1;
                continue;
            }
            let verb = match (event.data, event.read_only) {
                (true, _) => "touched the data inside a resource",
                (false, Some(false)) => "made a request that is no read",
                (false, _) => "made a request",
            };
            let detail = format!(
                "the scanner's identity {verb} that the snapshot does not hold{}",
                event.error.as_ref().map(|e| format!(" (answered {e})")).unwrap_or_default()
            );
            let operation = match event.log {
                Log::CloudTrail => format!("{} {}", event.source, event.name),
                Log::Activity => event.name,
            };
            self.found.push(Contradiction {
                kind: Kind::Foreign,
                call: String::new(),
                operation,
                account: event.account,
                region: event.region,
                time: event.time,
                request: event.requests.into_iter().next().unwrap_or_default(),
                event: event.id,
                detail,
            });
        }
        repeated
    }

    /// Why nothing that was pulled could hold a call; `None` where it could.
    fn excused(&self, call: &Call) -> Option<String> {
        if call.request_ids.is_empty() {
            return Some("no answer came, so there is no request id to look for".to_owned());
        }
        let azure = !call.id.starts_with("aws/");
        if azure
            && (call.operation.ends_with("/read") || call.operation.starts_with("MicrosoftGraph"))
        {
            return Some(
                "Azure's activity log holds no reads: only its writes and actions".to_owned(),
            );
        }
        let (account, region) = (&call.account, if azure { "global" } else { &call.region });
        let place = self.seen.get(&(account.clone(), region.to_owned()));
        let Some(seen) = place.or_else(|| self.elsewhere(call)) else {
            return Some(format!("no event of {account} in {region} was pulled"));
        };
        let from = self.options.from.unwrap_or(seen.first).as_millisecond();
        let to = self.options.to.unwrap_or(seen.last).as_millisecond();
        let (started, ended) = (call.started.as_millisecond(), call.ended.as_millisecond());
        if ended / SECOND * SECOND < from || started > to.saturating_add(SECOND) {
            return Some(format!("the events of {account} in {region} do not cover its time"));
        }
        if azure {
            return None;
        }
        if names::is_data(&call.operation) {
            return Some("no trail logs reads of data unless it was told to".to_owned());
        }
        if !seen.reads {
            return Some(format!("the events of {account} in {region} are writes only"));
        }
        let source = names::source(&call.operation);
        if source == "kms.amazonaws.com" && !seen.sources.contains(&source) {
            return Some(format!(
                "no event of KMS was pulled from {account} in {region}: a trail may leave KMS out"
            ));
        }
        None
    }

    /// Where the events of a global service lie.
    fn elsewhere(&self, call: &Call) -> Option<&Seen> {
        if !names::is_global(&call.operation) {
            return None;
        }
        let source = names::source(&call.operation);
        let own = self.seen.iter().filter(|((account, _), _)| *account == call.account);
        own.map(|(_, seen)| seen).find(|seen| seen.sources.contains(&source))
    }
}

fn contradiction(
    kind: Kind,
    call: &Call,
    request: &str,
    event: &str,
    detail: String,
) -> Contradiction {
    Contradiction {
        kind,
        call: call.id.clone(),
        operation: call.operation.clone(),
        account: call.account.clone(),
        region: call.region.clone(),
        time: call.ended,
        request: request.to_owned(),
        event: event.to_owned(),
        detail,
    }
}
