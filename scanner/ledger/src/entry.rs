//! What the chain holds: one entry for each thing that happened, in the order in which it was
//! recorded.
//!
//! An entry is a JSON object in the canonical form; its digest is the sha256 of that text, and it
//! names the digest of the entry before it. The head is the digest of the last entry.

use std::collections::BTreeMap;

use assay_core::Timestamp;
use assay_core::assessment::Counts;
use assay_core::manifest::{Scope, SnapshotState};
use assay_core::tailoring::{Clocks, Date};
use serde::{Deserialize, Serialize};

use crate::schedule::Schedule;

/// Version of an entry's layout.
pub const ENTRY_SCHEMA: &str = "assay/ledger/1";

/// What the first entry names as the digest before it.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One entry of the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// [`ENTRY_SCHEMA`].
    pub schema: String,
    /// Its number, from 1.
    pub seq: u64,
    /// The digest of the entry before, or [`GENESIS`].
    pub previous: String,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// What it says.
    #[serde(flatten)]
    pub what: What,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// From now on runs are due at these times, and are kept for so long.
    Declare(Declared),
    /// A run.
    Run(Box<Run>),
    /// Runs that nothing may remove.
    Hold(Hold),
    /// The end of a hold.
    Release(Release),
    /// Runs whose rows were removed; their entries, with all digests, stay.
    Prune(Prune),
}

/// A declaration.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Declared {
    /// When runs are due.
    pub schedule: Option<Schedule>,
    /// For how many days the rows of a run are kept; `None`: for ever.
    pub retention: Option<u32>,
}

/// A legal hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// First day of the runs that it covers; `None`: from the beginning.
    pub from: Option<Date>,
    /// Last day of the runs that it covers; `None`: without an end, later runs included.
    pub to: Option<Date>,
    /// Why.
    pub reason: String,
    /// Who holds.
    pub by: String,
}

impl Hold {
    /// Whether it covers a run: one that was collected on its days, or on some of them. A run over
    /// midnight belongs to both days.
    #[must_use]
    pub fn covers(&self, run: &Run) -> bool {
        let (first, last) = (day(run.started), day(run.ended).max(day(run.started)));
        self.from.is_none_or(|from| from <= last) && self.to.is_none_or(|to| first <= to)
    }
}

/// The end of a hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The number of the hold's entry.
    pub hold: u64,
    /// Why.
    pub reason: String,
    /// Who releases.
    pub by: String,
}

/// Rows that were removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prune {
    /// The numbers of the runs' entries.
    pub runs: Vec<u64>,
    /// The retention by which they were removed, in days.
    pub retention: u32,
}

/// A run: what was judged, by what, and the digests of all that it said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Version of the program that judged.
    pub tool_version: String,
    /// The snapshot's root digest.
    pub snapshot: String,
    /// Whether the collection came to its own end.
    pub state: SnapshotState,
    /// Start of the collection.
    pub started: Timestamp,
    /// End of the collection.
    pub ended: Timestamp,
    /// The clocks of the judgement.
    pub clocks: Clocks,
    /// What was asked for.
    pub scope: Scope,
    /// Who asked, by account: `[account, caller]`.
    pub callers: Vec<(String, String)>,
    /// Digest of rules, types, library, objectives and frameworks.
    pub rules: String,
    /// Digest of the tailoring.
    pub tailoring: String,
    /// sha256 of `assessment.json`.
    pub assessment: String,
    /// sha256 of the snapshot's manifest.
    pub manifest: String,
    /// The other files of the output folder: `[name, sha256]`.
    pub files: Vec<(String, String)>,
    /// Root digest of the run that was the baseline.
    pub baseline: Option<String>,
    /// An entry before it is of a later collection: it was added after its time.
    pub late: bool,
    /// Rule results for each account, counted: what score and coverage are made of.
    pub rule_results: Counts,
    /// Verdicts, counted.
    pub verdicts: Counts,
    /// Failures that no waiver covers, by severity word.
    pub failures: BTreeMap<String, u64>,
    /// Resources judged.
    pub resources: u64,
    /// The rows of the run, section by section.
    pub sections: Vec<SectionDigest>,
}

/// A section of a run's rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionDigest {
    /// Its name.
    pub name: String,
    /// Its parts.
    pub parts: u64,
    /// The rows of all its parts.
    pub rows: u64,
    /// sha256 over its parts: for each, in order of its name, the canonical line
    /// `["<name>",<rows>,"<sha256 of the part>"]`; the sha256 of a part is that of its rows, each
    /// with a line end.
    pub sha256: String,
}

/// The names of sections.
pub mod section {
    /// What people approved, as their approvals stood; one part.
    pub const APPROVALS: &str = "approvals";
    /// Verdicts that are failures, waived, not assessed, or that close an earlier failure; a part
    /// for each rule.
    pub const FINDINGS: &str = "findings";
    /// Statuses of controls; a part for each framework.
    pub const CONTROLS: &str = "controls";
    /// Rule results for each account; a part for each account.
    pub const RULES: &str = "rules";
    /// States of listings; a part for each account.
    pub const LISTINGS: &str = "listings";
    /// Resources; a part for each segment of the snapshot.
    pub const POPULATIONS: &str = "populations";
    /// Waivers; one part.
    pub const WAIVERS: &str = "waivers";
    /// All of them, in the order of their names.
    pub const ALL: [&str; 7] =
        [APPROVALS, CONTROLS, FINDINGS, LISTINGS, POPULATIONS, RULES, WAIVERS];
}

/// The day of a moment, in UTC.
#[must_use]
pub fn day(at: Timestamp) -> Date {
    jiff::tz::TimeZone::UTC.to_datetime(at).date()
}
