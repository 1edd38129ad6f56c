//! What a time shows: which runs were due and came, every control on every day, how long failures
//! stood, what was excepted, how much was seen.
//!
//! A night that is missing, a run whose rows were removed, a thing that nobody could look at: each
//! of them says so, and none is green.

mod controls;
mod failures;
mod nights;
mod population;

use std::collections::BTreeMap;

use assay_core::Timestamp;
use assay_core::tailoring::Date;
use serde::Serialize;

use crate::entry::{What, day};
use crate::sample::Sample;
use crate::schedule::Schedule;
use crate::store::{Ledger, Stored, head, holds, removed};
use crate::view::ApprovalRow;
use crate::{Head, LedgerError};

pub use controls::{Cell, ControlPeriod, FrameworkPeriod, Rate};
pub use failures::{Episode, Exception, State, Tally};
pub use nights::{Night, NightState, RunLine};
pub(crate) use population::Seen;
pub use population::{Incomplete, Population, Populations};

/// Version of a report's layout.
pub const PERIOD_SCHEMA: &str = "assay/period/1";

/// The most days of a report.
const MOST_DAYS: i32 = 3660;

/// What to report on.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// First day; `None`: that of the first run.
    pub from: Option<Date>,
    /// Last day; `None`: today.
    pub to: Option<Date>,
    /// Only this framework.
    pub framework: Option<String>,
    /// Only populations of these types.
    pub types: Vec<String>,
    /// How many to draw, and the seed.
    pub sample: Option<(usize, String)>,
}

/// A report on a time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Period {
    /// [`PERIOD_SCHEMA`].
    pub schema: &'static str,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// The moment of the report: what was due later is not missing.
    pub as_of: Timestamp,
    /// The end of the chain on which it rests.
    pub head: Head,
    /// What was declared, from the first: a schedule that was changed later shows here.
    pub declarations: Vec<Declaration>,
    /// Holds that stand.
    pub holds: Vec<u64>,
    /// Every run that was due and every other run, in order.
    pub nights: Vec<Night>,
    /// Every day, in order.
    pub days: Vec<Date>,
    /// Every control on every day.
    pub frameworks: Vec<FrameworkPeriod>,
    /// Failures that stood at some time in it, counted by severity.
    pub tally: Vec<Tally>,
    /// Failures that stood at some time in it, the worst first.
    pub failures: Vec<Episode>,
    /// Failures that were excepted at some time in it.
    pub exceptions: Vec<Exception>,
    /// Approvals that were not as in the run before, in the order of the runs.
    pub approvals: Vec<ApprovalsChanged>,
    /// Who was there to be tested.
    pub populations: Populations,
    /// What was drawn from them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<Sample>,
}

/// What people approved in a run and not in the one before, or the other way round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApprovalsChanged {
    /// The run's entry.
    pub entry: u64,
    /// The day to which it belongs.
    pub day: Date,
    /// Those that are not there any more, or not so.
    pub gone: Vec<ApprovalRow>,
    /// Those that were not there before, or not so.
    pub new: Vec<ApprovalRow>,
}

impl ApprovalsChanged {
    /// What two runs do not share; `None` where they share all.
    #[must_use]
    pub fn between(
        before: &[ApprovalRow],
        now: &[ApprovalRow],
        entry: u64,
        day: Date,
    ) -> Option<Self> {
        let lacks = |all: &[ApprovalRow], of: &[ApprovalRow]| {
            all.iter().filter(|r| !of.contains(r)).cloned().collect::<Vec<_>>()
        };
        let (gone, new) = (lacks(before, now), lacks(now, before));
        (!gone.is_empty() || !new.is_empty()).then_some(Self { entry, day, gone, new })
    }
}

/// A declaration in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Declaration {
    /// Its entry.
    pub entry: u64,
    /// When it was made.
    pub recorded: Timestamp,
    /// From when on it holds: later than `recorded` where an entry before it was recorded later, so
    /// that a clock that was set back takes no missing night away.
    pub holds_from: Timestamp,
    /// When runs are due from then on.
    pub schedule: Option<Schedule>,
    /// For how many days rows are kept.
    pub retention: Option<u32>,
}

impl Period {
    /// Reads a time out of a ledger, as of a moment.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn read(ledger: &Ledger, ask: &Ask, as_of: Timestamp) -> Result<Self, LedgerError> {
        let entries = ledger.entries()?;
        let declarations = declarations(&entries);
        let mut nights = nights::nights(&entries, &declarations, as_of);
        let (from, to) = limits(ask, &nights, as_of)?;
        let gone = removed(&entries);
        for n in &mut nights {
            n.settle(&gone);
        }

        // A run counts to the day of its night, which may have begun before midnight.
        nights.retain(|n| n.day <= to);
        let day_of: BTreeMap<u64, Date> =
            nights.iter().flat_map(|n| n.runs.iter().map(|r| (r.entry, n.day))).collect();
        // Failures have a history: runs before the period are read too, later ones are not.
        let mut order: Vec<(&Stored, Timestamp, Date)> = runs(&entries)
            .filter(|(e, _)| !gone.contains(&e.entry.seq))
            .filter_map(|(e, r)| Some((e, r.ended, *day_of.get(&e.entry.seq)?)))
            .collect();
        order.sort_by_key(|(e, ended, _)| (*ended, e.entry.seq));
        let missing: Vec<Timestamp> = nights.iter().flat_map(nights::Night::blind).collect();
        nights.retain(|n| n.day >= from);
        let days: Vec<Date> =
            from.series(jiff::Span::new().days(1)).take_while(|d| *d <= to).collect();
        let mut matrix = controls::Matrix::new(&days, &nights, ask.framework.as_deref());
        let mut failures = failures::Failures::new(from, missing);
        let mut incomplete = population::Listings::default();
        let mut views = ledger.views();
        let (mut inside, mut approvals) = (Vec::new(), Vec::new());
        let mut approved: Option<Vec<ApprovalRow>> = None;
        for (stored, ended, night) in order {
            let seq = stored.entry.seq;
            let view = views.get(stored)?;
            if matrix.take(seq, &view) {
                incomplete.take(&view);
                inside.push(seq);
            }
            failures.take(night, ended, &view);
            if let (Some(before), Some(now)) = (&approved, &view.approvals)
                && night >= from
            {
                approvals.extend(ApprovalsChanged::between(before, now, seq, night));
            }
            approved = view.approvals.or(approved);
        }
        let (failures, exceptions) = failures.finish();
        let (populations, members) =
            population::read(ledger, &inside, &ask.types, incomplete.finish())?;
        let sample = match &ask.sample {
            Some((n, seed)) => Some(Sample::draw(&populations.sha256, members, *n, seed)?),
            None => None,
        };
        Ok(Self {
            schema: PERIOD_SCHEMA,
            from,
            to,
            as_of,
            head: head(&entries),
            declarations,
            holds: holds(&entries).into_keys().collect(),
            frameworks: matrix.finish(),
            nights,
            days,
            tally: Tally::of(&failures),
            failures,
            exceptions,
            approvals,
            populations,
            sample,
        })
    }

    /// How many nights are in a state.
    #[must_use]
    pub fn count(&self, state: NightState) -> usize {
        self.nights.iter().filter(|n| n.state == state).count()
    }
}

/// Everything that was declared, from the first.
fn declarations(entries: &[Stored]) -> Vec<Declaration> {
    let mut latest = Timestamp::MIN;
    let mut out = Vec::new();
    for e in entries {
        latest = latest.max(e.entry.recorded);
        if let What::Declare(d) = &e.entry.what {
            out.push(Declaration {
                entry: e.entry.seq,
                recorded: e.entry.recorded,
                holds_from: latest,
                schedule: d.schedule,
                retention: d.retention,
            });
        }
    }
    out
}

/// The first and the last day.
fn limits(ask: &Ask, nights: &[Night], as_of: Timestamp) -> Result<(Date, Date), LedgerError> {
    let to = ask.to.unwrap_or_else(|| day(as_of));
    let from = match ask.from {
        Some(from) if from > to => {
            return Err(LedgerError::NoEntry(format!(
                "the first day, {from}, is after the last, {to}; name both with --from and --to"
            )));
        }
        Some(from) => from,
        None => {
            let first = nights.iter().filter(|n| !n.runs.is_empty()).map(|n| n.day).min();
            first.unwrap_or(to).min(to)
        }
    };
    let days = (to - from).get_days();
    if days > MOST_DAYS {
        return Err(LedgerError::NoEntry(format!(
            "{from} to {to} are {days} days, a report has {MOST_DAYS} at most; name a shorter time"
        )));
    }
    Ok((from, to))
}

fn runs(entries: &[Stored]) -> impl Iterator<Item = (&Stored, &crate::entry::Run)> {
    entries.iter().filter_map(|e| Some((e, e.run()?)))
}
