//! Compares a snapshot's calls with the provider's own log, which an auditor pulled.
//!
//! A call and an event are one where the request ids are the same. What is named: calls that the log
//! should hold and does not, events of the scanner's identity that no call explains, and where both
//! say different things of one request. What cannot be compared is never called missing: operations
//! that no log holds, regions and times of which no event was pulled.

mod compare;
mod event;
mod matching;
mod names;
#[cfg(test)]
mod tests;
mod trail;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_core::Timestamp;
use serde::Serialize;

use crate::{SnapshotError, Source};
use matching::Matching;

/// Seconds by which clocks may differ.
pub const SKEW: u32 = 60;
/// The most contradictions that are listed; all are counted.
pub const LISTED: usize = 10_000;

/// Why a comparison stopped.
#[derive(Debug, thiserror::Error)]
pub enum CorroborateError {
    /// A file of events cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The error.
        source: std::io::Error,
    },
    /// A file holds something else.
    #[error("{} line {line}: {problem}; events are read as CloudTrail delivers them, as `aws cloudtrail lookup-events` and `az monitor activity-log list` print them, or one a line", .path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A folder without events.
    #[error("{} holds no file of events (.json, .json.gz, .jsonl, .ndjson, .log)", .0.display())]
    NoFiles(PathBuf),
    /// Folders lie too deep.
    #[error("{} lies too deep; name a folder below it", .0.display())]
    TooDeep(PathBuf),
    /// The snapshot cannot be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

impl CorroborateError {
    fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

/// How to compare.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Seconds by which the log's clock and the scanner's may differ.
    pub skew: u32,
    /// From when on all events were pulled; without it the first event of a region tells.
    pub from: Option<Timestamp>,
    /// Until when all events were pulled; without it the last event of a region tells.
    pub to: Option<Timestamp>,
}

impl Default for Options {
    fn default() -> Self {
        Self { skew: SKEW, from: None, to: None }
    }
}

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The snapshot's root digest.
    pub snapshot: String,
    /// Start of the collection.
    pub started: Timestamp,
    /// End of the collection.
    pub ended: Timestamp,
    /// Who collected, by account.
    pub callers: BTreeMap<String, String>,
    /// The files that were read, with their events.
    pub files: Vec<TrailFile>,
    /// What the events cover, in order of account and region.
    pub coverage: Vec<Coverage>,
    /// Calls, counted.
    pub calls: Counts,
    /// What does not fit, in order; at most [`LISTED`].
    pub contradictions: Vec<Contradiction>,
    /// How many there are.
    pub contradicted: u64,
    /// What could not be compared, in order of the reason.
    pub unchecked: Vec<Unchecked>,
    /// Events of the scanner's identity that its calls explain without an id of their own: further
    /// attempts and pages of a recorded call.
    pub repeated: u64,
    /// Events that a service made on behalf of the scanner's identity.
    pub on_behalf: u64,
    /// Events within the collection of the same role in other sessions: somebody else's.
    pub other_sessions: u64,
}

/// A file of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrailFile {
    /// Its path.
    pub path: String,
    /// Events in it.
    pub events: u64,
}

/// The events of one account and region.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Coverage {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The first event.
    pub first: Timestamp,
    /// The last event.
    pub last: Timestamp,
    /// Events.
    pub events: u64,
}

/// Calls by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Calls to a provider that keeps a log.
    pub compared: u64,
    /// The log holds each of their requests, and says the same.
    pub corroborated: u64,
    /// The log says something else.
    pub differing: u64,
    /// The log should hold them and does not.
    pub missing: u64,
    /// Nothing that was pulled could hold them.
    pub unchecked: u64,
    /// Reads of hosts, which no provider logs; not among the compared.
    pub hosts: u64,
}

/// What does not fit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Contradiction {
    /// What kind.
    pub kind: Kind,
    /// The call, by its id in the snapshot; empty for an event without call.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub call: String,
    /// `service:Operation`, or the event's source and name.
    pub operation: String,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// When: the call's end, or the event's time.
    pub time: Timestamp,
    /// The request id, where there is one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub request: String,
    /// The log's id of the event, where there is one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub event: String,
    /// For a person.
    pub detail: String,
}

/// Kinds of contradictions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A call without event.
    Missing,
    /// An event without call.
    Foreign,
    /// Another operation.
    Operation,
    /// Another account.
    Account,
    /// Another region.
    Region,
    /// Another time.
    Time,
    /// Another outcome.
    Outcome,
    /// Somebody else's request.
    Identity,
}

impl Kind {
    /// For a person.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "call without event",
            Self::Foreign => "event without call",
            Self::Operation => "another operation",
            Self::Account => "another account",
            Self::Region => "another region",
            Self::Time => "another time",
            Self::Outcome => "another outcome",
            Self::Identity => "another identity",
        }
    }
}

/// Calls that could not be compared for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unchecked {
    /// Why.
    pub reason: String,
    /// How many calls.
    pub calls: u64,
    /// The first of them, by id.
    pub first: String,
}

/// Compares the calls of a snapshot with events in files and folders.
///
/// # Errors
///
/// A file cannot be read or holds something else, or the snapshot cannot be read.
pub fn corroborate(
    source: &dyn Source,
    trail: &[PathBuf],
    options: Options,
) -> Result<Report, CorroborateError> {
    let mut matching = Matching::new(source, options)?;
    let mut files = Vec::new();
    for path in trail::files(trail)? {
        let events = trail::events(&path, &mut |event| matching.take(&event))?;
        files.push(TrailFile { path: path.display().to_string(), events });
    }
    Ok(matching.finish(files))
}
