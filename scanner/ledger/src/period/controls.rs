//! Every control on every day, and how often it deviated.

use std::collections::{BTreeMap, HashMap};

use assay_core::assessment::Basis;
use assay_core::tailoring::Date;
use assay_core::verdict::Status;
use serde::Serialize;

use super::nights::{Night, NightState};
use crate::view::{ControlRow, View};

/// A control on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// See [`Status::Fail`].
    Fail,
    /// A run was due that did not come.
    Missing,
    /// See [`Status::NotAssessed`].
    NotAssessed,
    /// The rows of the run were removed after their retention.
    Removed,
    /// A run is due and may still come.
    Due,
    /// See [`Status::Manual`].
    Manual,
    /// Exception noted, accepted.
    Excepted,
    /// See [`Status::Pass`].
    Pass,
    /// See [`Status::NotApplicable`].
    NotApplicable,
    /// No run was due, and none came.
    None,
}

impl Cell {
    /// All, the worst first.
    pub const ALL: [Self; 10] = [
        Self::Fail,
        Self::Missing,
        Self::NotAssessed,
        Self::Removed,
        Self::Due,
        Self::Manual,
        Self::Excepted,
        Self::Pass,
        Self::NotApplicable,
        Self::None,
    ];

    /// In one letter.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Fail => 'F',
            Self::Missing => '?',
            Self::NotAssessed => 'N',
            Self::Removed => 'x',
            Self::Due => '…',
            Self::Manual => 'm',
            Self::Excepted => 'E',
            Self::Pass => 'p',
            Self::NotApplicable => '-',
            Self::None => '·',
        }
    }

    /// In words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Missing => "missing run",
            Self::NotAssessed => "not assessed",
            Self::Removed => "removed after retention",
            Self::Due => "due",
            Self::Manual => "manual",
            Self::Excepted => "exception noted, accepted",
            Self::Pass => "pass",
            Self::NotApplicable => "not applicable",
            Self::None => "no run",
        }
    }

    const fn of(status: Status) -> Self {
        match status {
            Status::Fail => Self::Fail,
            Status::NotAssessed => Self::NotAssessed,
            Status::Manual => Self::Manual,
            Status::Waived => Self::Excepted,
            Status::Pass => Self::Pass,
            Status::NotApplicable => Self::NotApplicable,
        }
    }

    fn rank(self) -> usize {
        Self::ALL.iter().position(|c| *c == self).unwrap_or(Self::ALL.len())
    }

    fn worse(self, other: Self) -> Self {
        if other.rank() < self.rank() { other } else { self }
    }
}

/// A framework over a time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrameworkPeriod {
    /// Its id.
    pub id: String,
    /// Its name.
    pub title: String,
    /// Its controls, in the standard's order.
    pub controls: Vec<ControlPeriod>,
}

/// A control over a time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ControlPeriod {
    /// Its id.
    pub id: String,
    /// Our own title.
    pub title: String,
    /// How it stands on each day: the worst of the day's runs.
    pub cells: Vec<Cell>,
    /// On what the last run's result rests.
    pub basis: Basis,
    /// Why the last run's result is what it is.
    pub reason: String,
    /// How often its decisive rules deviated.
    pub rate: Rate,
}

impl ControlPeriod {
    /// On how many days it stands so.
    #[must_use]
    pub fn days(&self, cell: Cell) -> usize {
        self.cells.iter().filter(|c| **c == cell).count()
    }
}

/// Deviations among tests: a test is a decisive rule on a resource in a run. Exceptions count as
/// deviations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Rate {
    /// Tests that passed, failed or were excepted.
    pub tests: u64,
    /// Failed and excepted ones.
    pub deviations: u64,
    /// Excepted ones.
    pub excepted: u64,
    /// What could not be tested.
    pub not_assessed: u64,
    /// Runs.
    pub runs: u64,
    /// Runs in which the rules did not see their whole population.
    pub incomplete_runs: u64,
    /// Runs that were due and did not come, or whose rows were removed.
    pub missing_runs: u64,
}

impl Rate {
    /// Deviations ÷ tests; `None` without any test.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub fn share(&self) -> Option<f64> {
        (self.tests > 0).then(|| self.deviations as f64 / self.tests as f64)
    }

    /// Whether it is over everything that it should be over.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.incomplete_runs == 0 && self.missing_runs == 0
    }
}

/// Collects the controls of runs.
pub(super) struct Matrix<'a> {
    /// What each day holds without any run's result.
    base: Vec<Cell>,
    /// The place of the day of each run.
    places: HashMap<u64, usize>,
    missing: u64,
    framework: Option<&'a str>,
    /// By framework: its title and its controls.
    all: BTreeMap<String, (String, Controls)>,
}

/// Controls by place in the standard and id.
type Controls = BTreeMap<(u64, String), ControlPeriod>;

impl<'a> Matrix<'a> {
    pub(super) fn new(days: &[Date], nights: &[Night], framework: Option<&'a str>) -> Self {
        let mut base = vec![Cell::None; days.len()];
        let mut places = HashMap::new();
        let mut missing = 0;
        for night in nights {
            let Some(place) = days.iter().position(|d| *d == night.day) else { continue };
            let state = match night.state {
                NightState::Missing => Cell::Missing,
                NightState::Removed => Cell::Removed,
                NightState::Due => Cell::Due,
                // What the others of its runs say is not the worst of all.
                _ if night.runs.iter().any(|r| r.removed) => Cell::Removed,
                NightState::Ran | NightState::Unscheduled => Cell::None,
            };
            missing += night.blind().count() as u64;
            if let Some(cell) = base.get_mut(place) {
                *cell = cell.worse(state);
            }
            places.extend(night.runs.iter().map(|r| (r.entry, place)));
        }
        Self { base, places, missing, framework, all: BTreeMap::new() }
    }

    /// Takes a run, if it is in the period.
    pub(super) fn take(&mut self, seq: u64, view: &View) -> bool {
        let Some(place) = self.places.get(&seq).copied() else { return false };
        for row in &view.controls {
            if self.framework.is_none_or(|f| f == row.framework) {
                self.row(place, row);
            }
        }
        true
    }

    fn row(&mut self, place: usize, row: &ControlRow) {
        let (title, controls) = self.all.entry(row.framework.clone()).or_default();
        title.clone_from(&row.framework_title);
        let control =
            controls.entry((row.place, row.control.clone())).or_insert_with(|| ControlPeriod {
                id: row.control.clone(),
                title: String::new(),
                cells: self.base.clone(),
                basis: row.basis,
                reason: String::new(),
                rate: Rate { missing_runs: self.missing, ..Rate::default() },
            });
        control.title.clone_from(&row.title);
        control.reason.clone_from(&row.reason);
        control.basis = row.basis;
        if let Some(cell) = control.cells.get_mut(place) {
            *cell = cell.worse(Cell::of(row.status));
        }
        let (v, rate) = (row.verdicts, &mut control.rate);
        rate.tests += v.pass + v.fail + v.waived;
        rate.deviations += v.fail + v.waived;
        rate.excepted += v.waived;
        rate.not_assessed += v.not_assessed;
        rate.runs += 1;
        rate.incomplete_runs += u64::from(!row.whole);
    }

    pub(super) fn finish(self) -> Vec<FrameworkPeriod> {
        self.all
            .into_iter()
            .map(|(id, (title, controls))| FrameworkPeriod {
                id,
                title,
                controls: controls.into_values().collect(),
            })
            .collect()
    }
}
