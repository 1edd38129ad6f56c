//! What is declared, held, released and removed.

use std::io::Write;

use anyhow::Result;
use assay_ledger::entry::{Hold, Release};
use assay_ledger::{Head, Ledger};
use assay_reports::text::count;

use super::{day, find, now, usage};
use crate::args::{Global, LedgerFile, LedgerHold, LedgerPrune, LedgerRelease, Said};
use crate::exit::{Outcome, Usage};

/// `assay ledger declare`.
pub(super) fn declare(args: &LedgerFile, global: &Global) -> Result<Outcome> {
    let plan = find(args)?;
    let Some(declared) = &plan.declared else {
        return Err(Usage::new(
            "there is nothing to declare",
            "write a `[ledger]` table into assay.toml: file = \"assay.ledger\", schedule = \"daily 02:00\"",
        )
        .into());
    };
    let mut ledger = Ledger::create(&plan.file).map_err(usage)?;
    let new = ledger.declare(declared, now()).map_err(usage)?;
    let head = ledger.head().map_err(usage)?;
    let what = match new {
        Some(n) => format!("declared, entry {n}"),
        None => "declared already".to_owned(),
    };
    let schedule = declared.schedule.map_or_else(
        || "no schedule: a missing night cannot be told".to_owned(),
        |s| format!("runs are due {s} UTC"),
    );
    let kept = declared.retention.map_or_else(
        || "rows are kept for ever".to_owned(),
        |d| format!("rows are kept for {}", count(d.into(), "day", "days")),
    );
    said(&format!("{what}: {schedule}, {kept}"), &head, global)
}

/// `assay ledger hold`.
pub(super) fn hold(args: &LedgerHold, global: &Global) -> Result<Outcome> {
    let (from, to) = (day("--from", args.from.as_deref())?, day("--to", args.to.as_deref())?);
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        return Err(Usage::new("--to is before --from", "name the first day with --from").into());
    }
    let Said { reason, by } = filled(&args.said)?;
    let mut ledger = existing(&args.file)?;
    let hold = Hold { from, to, reason, by };
    let head = ledger.hold(hold, now()).map_err(usage)?;
    let n = head.seq;
    said(&format!("held, entry {n}; `assay ledger release {n}` ends it"), &head, global)
}

/// `assay ledger release`.
pub(super) fn release(args: &LedgerRelease, global: &Global) -> Result<Outcome> {
    let Said { reason, by } = filled(&args.said)?;
    let mut ledger = existing(&args.file)?;
    let release = Release { hold: args.entry, reason, by };
    let head = ledger.release(release, now()).map_err(usage)?;
    said(&format!("released, entry {}", head.seq), &head, global)
}

/// `assay ledger prune`.
pub(super) fn prune(args: &LedgerPrune, global: &Global) -> Result<Outcome> {
    let plan = find(&args.file)?;
    let mut ledger = existing(&args.file)?;
    if let (Some(declared), false) = (&plan.declared, args.dry_run) {
        ledger.declare(declared, now()).map_err(usage)?;
    }
    let pruned = ledger.prune(now(), args.dry_run).map_err(usage)?;
    let Some(retention) = pruned.retention else {
        return Err(Usage::new(
            "no retention is declared: runs are kept for ever",
            "write `retention = 400` (days) into `[ledger]` of assay.toml, then `assay ledger declare`",
        )
        .into());
    };
    if !global.quiet {
        let mut out = std::io::stdout().lock();
        for (entry, hold) in &pruned.held {
            writeln!(out, "entry {entry} stays: held by entry {hold}")?;
        }
        let word = if args.dry_run { "would be removed" } else { "removed" };
        for (entry, collected) in &pruned.runs {
            writeln!(out, "entry {entry}: rows of the run of {collected} {word}")?;
        }
        let n = pruned.runs.len() as u64;
        writeln!(
            out,
            "{} older than {}",
            count(n, "run is", "runs are"),
            count(retention.into(), "day", "days")
        )?;
        if let Some(head) = pruned.head {
            writeln!(out, "  head {}", head.digest)?;
        }
    }
    Ok(Outcome::Clean)
}

/// A ledger that is there, to write to it.
fn existing(args: &LedgerFile) -> Result<Ledger> {
    let file = find(args)?.file;
    Ledger::open(&file).map_err(usage)?;
    Ledger::create(&file).map_err(usage)
}

/// What was said, if it says something.
fn filled(said: &Said) -> Result<Said> {
    let fields = [("--reason", &said.reason), ("--by", &said.by)];
    match fields.iter().find(|(_, text)| text.trim().is_empty()) {
        Some((flag, _)) => Err(Usage::plain(format!("{flag} must say something")).into()),
        None => Ok(said.clone()),
    }
}

fn said(what: &str, head: &Head, global: &Global) -> Result<Outcome> {
    if !global.quiet {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{what}\n  head {}", head.digest)?;
    }
    Ok(Outcome::Clean)
}
