//! What a time shows: which runs were due and came, every control on every day, how long failures
//! stood, what was excepted, how much was seen.
//!
//! A night that is missing, a run whose rows were removed, a thing that nobody could look at: each
//! of them says so, and none is green.

mod controls;
mod failures;
mod nights;
mod population;

use assay_core::Timestamp;
use assay_core::tailoring::Date;
use serde::Serialize;

use crate::entry::{What, day};
use crate::sample::Sample;
use crate::schedule::Schedule;
use crate::store::{Ledger, Stored, head, holds, removed};
use crate::{Head, LedgerError};

pub use controls::{Cell, ControlPeriod, FrameworkPeriod, Rate};
pub use failures::{Episode, Exception, State, Tally};
pub use nights::{Night, NightState, RunLine};
pub(crate) use population::Seen;
pub use population::{Incomplete, Population, Populations};

/// Version of a report's layout.
pub const PERIOD_SCHEMA: &str = "assay/period/1";

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
    /// Who was there to be tested.
    pub populations: Populations,
    /// What was drawn from them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<Sample>,
}

/// A declaration in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Declaration {
    /// Its entry.
    pub entry: u64,
    /// When it was made.
    pub recorded: Timestamp,
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
        let declarations: Vec<Declaration> = entries
            .iter()
            .filter_map(|e| match &e.entry.what {
                What::Declare(d) => Some(Declaration {
                    entry: e.entry.seq,
                    recorded: e.entry.recorded,
                    schedule: d.schedule,
                    retention: d.retention,
                }),
                _ => None,
            })
            .collect();
        let to = ask.to.unwrap_or_else(|| day(as_of));
        let first = runs(&entries).map(|(_, r)| day(r.started)).min();
        let from = ask.from.or(first).unwrap_or(to).min(to);
        let mut nights = nights::nights(&entries, &declarations, as_of);
        let gone = removed(&entries);
        for n in &mut nights {
            n.settle(&gone);
        }

        // Failures have a history: runs before the period are read too, later ones are not.
        let mut order: Vec<&Stored> = entries
            .iter()
            .filter(|e| !gone.contains(&e.entry.seq))
            .filter(|e| e.run().is_some_and(|r| day(r.started) <= to && r.ended <= as_of))
            .collect();
        order.sort_by_key(|e| (e.run().map(|r| r.ended), e.entry.seq));
        let missing: Vec<Timestamp> = nights
            .iter()
            .filter(|n| n.state == NightState::Missing)
            .filter_map(|n| n.due)
            .collect();
        nights.retain(|n| (from..=to).contains(&n.day));
        let days: Vec<Date> =
            from.series(jiff::Span::new().days(1)).take_while(|d| *d <= to).collect();
        let mut matrix = controls::Matrix::new(&days, &nights, ask.framework.as_deref());
        let mut failures = failures::Failures::new(from, missing);
        let mut incomplete = population::Listings::default();
        let mut views = ledger.views();
        let mut inside = Vec::new();
        for stored in order {
            let Some(run) = stored.run() else { continue };
            let seq = stored.entry.seq;
            let view = views.get(seq)?;
            if matrix.take(seq, &view) {
                incomplete.take(&view);
                inside.push(seq);
            }
            failures.take(run.ended, &view);
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

fn runs(entries: &[Stored]) -> impl Iterator<Item = (&Stored, &crate::entry::Run)> {
    entries.iter().filter_map(|e| Some((e, e.run()?)))
}
