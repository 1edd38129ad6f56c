//! How long failures stood, and which were excepted.

use std::collections::HashMap;

use assay_core::tailoring::{Date, Waiver};
use assay_core::verdict::{Failure, Verdict};
use assay_core::{Severity, Timestamp};
use serde::Serialize;

use crate::view::{Index, Standing, View};

/// A failure from the run that first saw it to the run that saw it gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Episode {
    /// See [`assay_core::fingerprint`].
    pub fingerprint: String,
    /// The rule's id.
    pub rule: String,
    /// The rule's title, in the last run that has it.
    pub title: String,
    /// The resource's id.
    pub resource: String,
    /// The failure's key.
    pub key: String,
    /// The account.
    pub account: String,
    /// The rule's severity, in the last run that saw it.
    pub severity: Severity,
    /// What the last run that saw it said.
    pub message: String,
    /// End of the collection that first saw it.
    pub first_seen: Timestamp,
    /// It was there in the first run of the ledger: it may be older.
    pub from_first_run: bool,
    /// The first run of the ledger that knows of it could not look: it is older than the ledger.
    pub older: bool,
    /// End of the last collection that saw it; `None`: none in the ledger did.
    pub last_seen: Option<Timestamp>,
    /// End of the first collection that saw it gone.
    pub fixed: Option<Timestamp>,
    /// How it stands at the end.
    pub state: State,
    /// Runs that saw it failing.
    pub failing_runs: u64,
    /// Runs that saw it failing, excepted.
    pub excepted_runs: u64,
    /// Runs in which nobody could look.
    pub unknown_runs: u64,
    /// Runs that were due while it stood and did not come, or whose rows were removed.
    pub missing_runs: u64,
    /// Runs after the last that saw it in which nobody could look, up to the fix or to the end.
    pub unknown_since: u64,
    /// Runs that were due after the last that saw it and did not come, or whose rows were removed,
    /// up to the fix or to the end.
    pub missing_since: u64,
}

/// How a failure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is there.
    Open,
    /// Nobody could look in the last run: neither fixed nor failing.
    Unknown,
    /// It is there, exception noted, accepted.
    Excepted,
    /// It is proved gone.
    Fixed,
}

impl State {
    /// In words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Unknown => "not assessed",
            Self::Excepted => "exception noted, accepted",
            Self::Fixed => "fixed",
        }
    }
}

/// The failures of a severity, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// The severity.
    pub severity: Severity,
    /// All that stood at some time.
    pub all: u64,
    /// There at the end.
    pub open: u64,
    /// Not assessed at the end.
    pub unknown: u64,
    /// Excepted at the end.
    pub excepted: u64,
    /// Proved gone.
    pub fixed: u64,
    /// Seconds from first seen to the fix, of the one in the middle; those that nobody could look at
    /// in between count with the longest time that they may have taken.
    pub median: Option<i64>,
    /// The same, of the longest.
    pub longest: Option<i64>,
}

impl Tally {
    /// Counts failures, the worst severity first; severities without any are left out.
    #[must_use]
    pub fn of(all: &[Episode]) -> Vec<Self> {
        let one = |severity| {
            let mine: Vec<&Episode> = all.iter().filter(|e| e.severity == severity).collect();
            let count = |state| mine.iter().filter(|e| e.state == state).count() as u64;
            let mut times: Vec<i64> = mine.iter().filter_map(|e| e.at_most()).collect();
            times.sort_unstable();
            Self {
                severity,
                all: mine.len() as u64,
                open: count(State::Open),
                unknown: count(State::Unknown),
                excepted: count(State::Excepted),
                fixed: count(State::Fixed),
                median: times.get(times.len() / 2).copied(),
                longest: times.last().copied(),
            }
        };
        Severity::ALL.into_iter().map(one).filter(|t| t.all > 0).collect()
    }
}

impl Episode {
    /// Seconds for which it surely stood: from the first to the last run that saw it.
    #[must_use]
    pub fn at_least(&self) -> i64 {
        self.last_seen.map_or(0, |last| last.as_second() - self.first_seen.as_second())
    }

    /// Seconds from the first run that saw it to the one that saw it gone.
    #[must_use]
    pub fn at_most(&self) -> Option<i64> {
        self.fixed.map(|fixed| fixed.as_second() - self.first_seen.as_second())
    }
}

/// A failure that was excepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exception {
    /// `exception noted, accepted`.
    pub result: &'static str,
    /// See [`assay_core::fingerprint`].
    pub fingerprint: String,
    /// The rule's id.
    pub rule: String,
    /// The resource's id.
    pub resource: String,
    /// The failure's key.
    pub key: String,
    /// The account.
    pub account: String,
    /// The rule's severity.
    pub severity: Severity,
    /// First collection in the period that it was excepted in.
    pub first: Timestamp,
    /// Last one.
    pub last: Timestamp,
    /// Runs in which it was excepted.
    pub runs: u64,
    /// The waiver, as the last of them had it.
    pub waiver: Option<Waiver>,
}

/// Follows failures through runs, in the order of their collections.
pub(super) struct Failures {
    from: Date,
    missing: Vec<Timestamp>,
    titles: HashMap<String, String>,
    open: HashMap<String, (Verdict, Episode)>,
    closed: Vec<Episode>,
    exceptions: HashMap<(String, String), Exception>,
    first: Option<Timestamp>,
}

impl Failures {
    pub(super) fn new(from: Date, missing: Vec<Timestamp>) -> Self {
        Self {
            from,
            missing,
            titles: HashMap::new(),
            open: HashMap::new(),
            closed: Vec::new(),
            exceptions: HashMap::new(),
            first: None,
        }
    }

    /// Takes the next run, which belongs to a day.
    pub(super) fn take(&mut self, night: Date, ended: Timestamp, view: &View) {
        let index = view.index();
        let inside = night >= self.from;
        let first = *self.first.get_or_insert(ended);
        for r in &view.rules {
            if self.titles.get(&r.rule) != Some(&r.title) {
                self.titles.insert(r.rule.clone(), r.title.clone());
            }
        }
        let mut gone = Vec::new();
        for (print, (verdict, e)) in &mut self.open {
            match index.standing(verdict, print) {
                Standing::Failing(..) | Standing::Waived(..) | Standing::Carried(..) => {}
                Standing::Gone => gone.push(print.clone()),
                Standing::Unknown => unknown(e),
            }
        }
        for print in gone {
            if let Some((_, mut e)) = self.open.remove(&print)
                && inside
            {
                e.fixed = Some(ended);
                e.state = State::Fixed;
                self.closed.push(e);
            }
        }
        for (verdict, failure) in index.failures() {
            self.meet((inside, ended), view, &index, verdict, failure);
        }
        if first == ended {
            self.open.values_mut().for_each(|(_, e)| e.from_first_run = true);
        }
    }

    fn meet(
        &mut self,
        (inside, ended): (bool, Timestamp),
        view: &View,
        index: &Index<'_>,
        v: &Verdict,
        f: &Failure,
    ) {
        let standing = index.standing(v, &f.fingerprint);
        let (verdict, e) = self
            .open
            .entry(f.fingerprint.clone())
            .or_insert_with(|| (bare(v), episode(ended, v, f)));
        let excepted = match standing {
            Standing::Failing(..) => false,
            Standing::Waived(..) => true,
            _ => {
                e.older |= e.failing_runs + e.excepted_runs == 0;
                return unknown(e);
            }
        };
        *verdict = bare(v);
        e.severity = v.severity;
        e.message.clone_from(&f.message);
        e.last_seen = Some(ended);
        (e.unknown_since, e.missing_since) = (0, 0);
        if excepted {
            e.state = State::Excepted;
            e.excepted_runs += 1;
            if inside {
                let waiver = f.waiver.and_then(|n| view.waivers.get(n)).cloned();
                exception(&mut self.exceptions, ended, v, f, waiver);
            }
        } else {
            e.state = State::Open;
            e.failing_runs += 1;
        }
    }

    pub(super) fn finish(self) -> (Vec<Episode>, Vec<Exception>) {
        let open = self.open.into_values().map(|(_, e)| e);
        let mut all: Vec<Episode> = self.closed.into_iter().chain(open).collect();
        for e in &mut all {
            e.title = self.titles.get(&e.rule).cloned().unwrap_or_default();
            let since = e.last_seen.unwrap_or(e.first_seen);
            let until = e.fixed.unwrap_or(Timestamp::MAX);
            let missing = |from: Timestamp, to: Timestamp| {
                self.missing.iter().filter(|at| from < **at && **at < to).count() as u64
            };
            e.missing_since = missing(since, until);
            e.missing_runs = missing(e.first_seen, until);
        }
        all.sort_by(|a, b| {
            b.severity
                .cmp(&a.severity)
                .then_with(|| a.rule.cmp(&b.rule))
                .then_with(|| a.state.cmp(&b.state))
                .then_with(|| (&a.resource, &a.key).cmp(&(&b.resource, &b.key)))
                .then_with(|| a.first_seen.cmp(&b.first_seen))
        });
        let mut exceptions: Vec<Exception> = self.exceptions.into_values().collect();
        exceptions.sort_by(|a, b| {
            (&a.rule, &a.resource, &a.key, a.first).cmp(&(&b.rule, &b.resource, &b.key, b.first))
        });
        (all, exceptions)
    }
}

const fn unknown(e: &mut Episode) {
    e.state = State::Unknown;
    e.unknown_runs += 1;
    e.unknown_since += 1;
}

/// As much of a verdict as asking for its standing needs.
fn bare(v: &Verdict) -> Verdict {
    Verdict {
        failures: Vec::new(),
        cause: None,
        reason: String::new(),
        evidence: assay_core::verdict::Evidence::default(),
        ..v.clone()
    }
}

fn episode(ended: Timestamp, v: &Verdict, f: &Failure) -> Episode {
    Episode {
        fingerprint: f.fingerprint.clone(),
        rule: v.rule.clone(),
        title: String::new(),
        resource: v.resource.clone(),
        key: f.key.clone(),
        account: v.account.clone(),
        severity: v.severity,
        message: f.message.clone(),
        first_seen: ended,
        from_first_run: false,
        older: false,
        last_seen: None,
        fixed: None,
        state: State::Open,
        failing_runs: 0,
        excepted_runs: 0,
        unknown_runs: 0,
        missing_runs: 0,
        unknown_since: 0,
        missing_since: 0,
    }
}

fn exception(
    all: &mut HashMap<(String, String), Exception>,
    ended: Timestamp,
    v: &Verdict,
    f: &Failure,
    waiver: Option<Waiver>,
) {
    // A waiver that was written anew is another exception.
    let key = (f.fingerprint.clone(), format!("{waiver:?}"));
    let e = all.entry(key).or_insert_with(|| Exception {
        result: State::Excepted.as_str(),
        fingerprint: f.fingerprint.clone(),
        rule: v.rule.clone(),
        resource: v.resource.clone(),
        key: f.key.clone(),
        account: v.account.clone(),
        severity: v.severity,
        first: ended,
        last: ended,
        runs: 0,
        waiver,
    });
    e.last = ended;
    e.severity = v.severity;
    e.runs += 1;
}
