//! A period for spreadsheets: one table a file (RFC 4180). Nothing in it is a formula.

use std::io::Write;

use assay_reports::csv_cell;

use super::words;
use crate::period::{Cell, Period};
use crate::{Ledger, LedgerError, removed};

/// The tables of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// A row for each control and day.
    Controls,
    /// A row for each run that was due or came.
    Runs,
    /// A row for each control, with its deviation rate.
    Rates,
    /// A row for each failure.
    Failures,
    /// A row for each exception.
    Exceptions,
    /// A row for each resource that was drawn.
    Sample,
}

/// Writes one table.
///
/// # Errors
/// When the output cannot be written.
pub fn write_csv(p: &Period, table: Table, out: &mut dyn Write) -> Result<(), LedgerError> {
    let writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    let mut rows = Rows(writer);
    match table {
        Table::Controls => controls(p, &mut rows)?,
        Table::Runs => runs(p, &mut rows)?,
        Table::Rates => rates(p, &mut rows)?,
        Table::Failures => failures(p, &mut rows)?,
        Table::Exceptions => exceptions(p, &mut rows)?,
        Table::Sample => sample(p, &mut rows)?,
    }
    Ok(rows.0.flush()?)
}

/// Rows, each cell made safe.
struct Rows<W: Write>(csv::Writer<W>);

impl<W: Write> Rows<W> {
    fn row(&mut self, cells: &[&str]) -> Result<(), LedgerError> {
        let cells: Vec<String> = cells.iter().map(|c| csv_cell(c)).collect();
        self.0.write_record(&cells).map_err(|e| match e.into_kind() {
            csv::ErrorKind::Io(e) => LedgerError::Write(e),
            other => LedgerError::Form(format!("{other:?}")),
        })
    }
}

type To<'w, 'o> = Rows<&'w mut (dyn Write + 'o)>;

fn controls(p: &Period, rows: &mut To<'_, '_>) -> Result<(), LedgerError> {
    rows.row(&["framework", "control", "title", "day", "status"])?;
    for f in &p.frameworks {
        for c in &f.controls {
            for (day, cell) in p.days.iter().zip(&c.cells) {
                rows.row(&[&f.id, &c.id, &c.title, &day.to_string(), cell.as_str()])?;
            }
        }
    }
    Ok(())
}

fn runs(p: &Period, rows: &mut To<'_, '_>) -> Result<(), LedgerError> {
    rows.row(&[
        "day",
        "due",
        "state",
        "entry",
        "digest",
        "started",
        "ended",
        "recorded",
        "late",
        "interrupted",
        "pass",
        "fail",
        "waived",
        "not_assessed",
        "resources",
        "failures",
        "rules",
        "tailoring",
        "changed",
    ])?;
    for n in &p.nights {
        let due = n.due.map(|d| d.to_string()).unwrap_or_default();
        let (day, state) = (n.day.to_string(), n.state.as_str());
        if n.runs.is_empty() {
            let mut cells = vec![""; 19];
            cells.splice(0..3, [day.as_str(), &due, state]);
            rows.row(&cells)?;
        }
        for r in &n.runs {
            let c = &r.rule_results;
            let numbers =
                [r.entry, c.pass, c.fail, c.waived, c.not_assessed, r.resources, r.failures];
            let [entry, pass, fail, waived, unseen, resources, failures] =
                numbers.map(|n| n.to_string());
            rows.row(&[
                &day,
                &due,
                state,
                &entry,
                &r.digest,
                &r.started.to_string(),
                &r.ended.to_string(),
                &r.recorded.to_string(),
                &r.late.to_string(),
                &r.interrupted.to_string(),
                &pass,
                &fail,
                &waived,
                &unseen,
                &resources,
                &failures,
                &r.rules,
                &r.tailoring,
                &r.changed.join(" "),
            ])?;
        }
    }
    Ok(())
}

fn rates(p: &Period, rows: &mut To<'_, '_>) -> Result<(), LedgerError> {
    rows.row(&[
        "framework",
        "control",
        "title",
        "basis",
        "days",
        "tests",
        "deviations",
        "excepted",
        "not_assessed",
        "population",
    ])?;
    for f in &p.frameworks {
        for c in &f.controls {
            let r = &c.rate;
            let [tests, deviations, excepted, unseen] =
                [r.tests, r.deviations, r.excepted, r.not_assessed].map(|n| n.to_string());
            let population = words::partial(r).unwrap_or_else(|| "complete".to_owned());
            rows.row(&[
                &f.id,
                &c.id,
                &c.title,
                c.basis.as_str(),
                &words::counted(c),
                &tests,
                &deviations,
                &excepted,
                &unseen,
                &population,
            ])?;
        }
    }
    Ok(())
}

fn failures(p: &Period, rows: &mut To<'_, '_>) -> Result<(), LedgerError> {
    rows.row(&[
        "severity",
        "rule",
        "account",
        "resource",
        "key",
        "message",
        "state",
        "first_seen",
        "last_seen",
        "fixed",
        "seconds_at_least",
        "seconds_at_most",
        "failing_runs",
        "excepted_runs",
        "unknown_runs",
        "unknown_since",
        "missing_since",
        "words",
        "fingerprint",
    ])?;
    for e in &p.failures {
        let at = |t: Option<assay_core::Timestamp>| t.map(|t| t.to_string()).unwrap_or_default();
        let runs =
            [e.failing_runs, e.excepted_runs, e.unknown_runs, e.unknown_since, e.missing_since];
        let [failing, excepted, unknown, since, missing] = runs.map(|n| n.to_string());
        rows.row(&[
            e.severity.as_str(),
            &e.rule,
            &e.account,
            &e.resource,
            &e.key,
            &e.message,
            e.state.as_str(),
            &e.first_seen.to_string(),
            &at(e.last_seen),
            &at(e.fixed),
            &e.at_least().to_string(),
            &e.at_most().map(|s| s.to_string()).unwrap_or_default(),
            &failing,
            &excepted,
            &unknown,
            &since,
            &missing,
            &words::episode(e),
            &e.fingerprint,
        ])?;
    }
    Ok(())
}

fn exceptions(p: &Period, rows: &mut To<'_, '_>) -> Result<(), LedgerError> {
    rows.row(&[
        "severity",
        "rule",
        "account",
        "resource",
        "key",
        "result",
        "first",
        "last",
        "runs",
        "reason",
        "owner",
        "approver",
        "approved",
        "expires",
        "ticket",
        "fingerprint",
    ])?;
    for e in &p.exceptions {
        let w = e.waiver.as_ref();
        rows.row(&[
            e.severity.as_str(),
            &e.rule,
            &e.account,
            &e.resource,
            &e.key,
            e.result,
            &e.first.to_string(),
            &e.last.to_string(),
            &e.runs.to_string(),
            w.map_or("", |w| &w.reason),
            w.map_or("", |w| &w.owner),
            w.map_or("", |w| &w.approver),
            &w.map(|w| w.approved.to_string()).unwrap_or_default(),
            &w.map(|w| w.expires.to_string()).unwrap_or_default(),
            w.and_then(|w| w.ticket.as_deref()).unwrap_or_default(),
            &e.fingerprint,
        ])?;
    }
    Ok(())
}

fn sample(p: &Period, rows: &mut To<'_, '_>) -> Result<(), LedgerError> {
    rows.row(&["rank", "type", "account", "region", "resource", "runs"])?;
    for d in p.sample.iter().flat_map(|s| &s.drawn) {
        rows.row(&[&d.rank, &d.kind, &d.account, &d.region, &d.resource, &d.runs.to_string()])?;
    }
    Ok(())
}

/// Writes the findings of every run, oldest first.
///
/// # Errors
/// The ledger cannot be read or the output cannot be written.
pub fn write_findings(ledger: &Ledger, out: &mut dyn Write) -> Result<(), LedgerError> {
    let writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    let mut rows = Rows(writer);
    rows.row(&[
        "entry",
        "collected",
        "rule",
        "severity",
        "status",
        "resource",
        "key",
        "type",
        "account",
        "region",
        "message",
        "cause",
        "fingerprint",
    ])?;
    let mut views = ledger.views();
    let entries = ledger.entries()?;
    let gone = removed(&entries);
    for stored in &entries {
        let Some(run) = stored.run() else { continue };
        let (entry, ended) = (stored.entry.seq.to_string(), run.ended.to_string());
        if gone.contains(&stored.entry.seq) {
            // A run without a row would look like one without a finding.
            let mut cells = vec![entry.as_str(), &ended, "", "", Cell::Removed.as_str()];
            cells.resize(13, "");
            rows.row(&cells)?;
            continue;
        }
        let view = views.get(stored)?;
        for f in view.verdicts().flat_map(assay_core::Verdict::findings) {
            rows.row(&[
                &entry,
                &ended,
                &f.rule,
                f.severity.as_str(),
                f.status.as_str(),
                &f.resource,
                &f.key,
                &f.kind,
                &f.account,
                &f.region,
                &f.message,
                f.cause.as_ref().map_or("", |c| c.kind.as_str()),
                &f.fingerprint,
            ])?;
        }
    }
    Ok(rows.0.flush()?)
}
