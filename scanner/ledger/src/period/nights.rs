//! Which runs were due, and which came.

use std::collections::BTreeSet;

use assay_core::Timestamp;
use assay_core::assessment::Counts;
use assay_core::manifest::SnapshotState;
use assay_core::tailoring::Date;
use serde::Serialize;

use super::{Declaration, runs};
use crate::entry::{Run, day};
use crate::schedule::Slot;
use crate::store::Stored;

/// A run that was due, or one that came without being due.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Night {
    /// The day to which it belongs.
    pub day: Date,
    /// When it was due; `None`: it was not.
    pub due: Option<Timestamp>,
    /// What became of it.
    pub state: NightState,
    /// The runs that came, in the order of their collections.
    pub runs: Vec<RunLine>,
}

/// What became of a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NightState {
    /// A run came.
    Ran,
    /// It was due, and none came.
    Missing,
    /// It is due, and may still come.
    Due,
    /// A run came that was not due: before a schedule was declared, or without one.
    Unscheduled,
    /// A run came; its rows were removed after their retention.
    Removed,
}

impl NightState {
    /// In words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ran => "ran",
            Self::Missing => "missing",
            Self::Due => "due",
            Self::Unscheduled => "ran, not scheduled",
            Self::Removed => "rows removed after retention",
        }
    }
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunLine {
    /// Its entry.
    pub entry: u64,
    /// The entry's digest.
    pub digest: String,
    /// Start of the collection.
    pub started: Timestamp,
    /// End of the collection.
    pub ended: Timestamp,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// It was added after a later collection.
    pub late: bool,
    /// Somebody stopped the collection.
    pub interrupted: bool,
    /// Its rows were removed after their retention.
    pub removed: bool,
    /// Resources judged.
    pub resources: u64,
    /// Failures that no waiver covers.
    pub failures: u64,
    /// Rule results for each account, counted.
    pub rule_results: Counts,
    /// The share that was assessed; `None` where there is nothing.
    pub coverage: Option<f64>,
    /// Digest of the rules.
    pub rules: String,
    /// Digest of the tailoring.
    pub tailoring: String,
    /// What is not as in the collection before: `rules`, `tailoring`, `scope`, `program`.
    pub changed: Vec<&'static str>,
}

fn line(stored: &Stored, run: &Run, before: Option<&Run>) -> RunLine {
    RunLine {
        entry: stored.entry.seq,
        digest: stored.digest.clone(),
        started: run.started,
        ended: run.ended,
        recorded: stored.entry.recorded,
        late: run.late,
        interrupted: run.state == SnapshotState::Interrupted,
        removed: false,
        resources: run.resources,
        failures: run.failures.values().sum(),
        rule_results: run.rule_results,
        coverage: run.rule_results.coverage(),
        rules: run.rules.clone(),
        tailoring: run.tailoring.clone(),
        changed: before.map(|b| changed(b, run)).unwrap_or_default(),
    }
}

/// What two runs do not share: results that differ may rest on it.
fn changed(before: &Run, now: &Run) -> Vec<&'static str> {
    [
        ("rules", before.rules != now.rules),
        ("tailoring", before.tailoring != now.tailoring),
        ("scope", before.scope != now.scope),
        ("program", before.tool_version != now.tool_version),
    ]
    .into_iter()
    .filter_map(|(what, differs)| differs.then_some(what))
    .collect()
}

impl Night {
    /// Marks runs whose rows are gone.
    pub(super) fn settle(&mut self, gone: &BTreeSet<u64>) {
        for r in &mut self.runs {
            r.removed = gone.contains(&r.entry);
        }
        if !self.runs.is_empty() && self.runs.iter().all(|r| r.removed) {
            self.state = NightState::Removed;
        }
    }

    /// The moments of which nobody can say anything: a run that was due and did not come, or one
    /// whose rows are gone.
    pub(super) fn blind(&self) -> impl Iterator<Item = Timestamp> {
        let missing = self.due.filter(|_| self.state == NightState::Missing);
        missing.into_iter().chain(self.runs.iter().filter(|r| r.removed).map(|r| r.ended))
    }
}

/// Every night, from the first declaration or run to the moment of the report.
pub(super) fn nights(
    entries: &[Stored],
    declarations: &[Declaration],
    as_of: Timestamp,
) -> Vec<Night> {
    let mut slots: Vec<(Slot, Vec<RunLine>)> = Vec::new();
    for (n, d) in declarations.iter().enumerate() {
        // A schedule holds until another is declared.
        let until = declarations.get(n + 1).map_or(as_of, |next| next.holds_from.min(as_of));
        if let Some(schedule) = d.schedule {
            slots.extend(schedule.slots(d.holds_from, until).map(|s| (s, Vec::new())));
        }
    }
    let mut out = Vec::new();
    let mut came: Vec<(&Stored, &Run)> = runs(entries).filter(|(_, r)| r.ended <= as_of).collect();
    came.sort_by_key(|(e, r)| (r.started, e.entry.seq));
    let mut before = None;
    for (stored, run) in came {
        let line = line(stored, run, before.replace(run));
        let slot =
            slots.iter_mut().rev().find(|(s, _)| s.opens <= run.started && run.started < s.closes);
        match slot {
            Some((_, list)) => list.push(line),
            None => out.push(Night {
                day: day(run.started),
                due: None,
                state: NightState::Unscheduled,
                runs: vec![line],
            }),
        }
    }
    out.extend(slots.into_iter().map(|(slot, runs)| Night {
        day: day(slot.at),
        due: Some(slot.at),
        state: match runs.is_empty() {
            false => NightState::Ran,
            true if as_of < slot.closes => NightState::Due,
            true => NightState::Missing,
        },
        runs,
    }));
    out.sort_by_key(|n| (n.day, n.due.or_else(|| n.runs.first().map(|r| r.started))));
    out
}
