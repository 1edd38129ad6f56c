//! `assay ledger …`: every run of an estate in one chained file.

mod add;
mod keep;
mod read;

use std::path::PathBuf;

use anyhow::Result;
use assay_ledger::{Ledger, LedgerError};

use crate::args::{Global, JudgeArgs, LedgerCommand, LedgerFile};
use crate::config::LedgerPlan;
use crate::exit::{Outcome, Usage};

pub(super) use add::{baseline_for, baseline_of, record, refuse_recorded};

/// Runs the subcommand.
pub(crate) fn run(command: &LedgerCommand, global: &Global) -> Result<Outcome> {
    match command {
        LedgerCommand::Add(args) => add::run(args, global),
        LedgerCommand::Declare(args) => keep::declare(args, global),
        LedgerCommand::Report(args) => read::report(args),
        LedgerCommand::Head(args) => read::head(args),
        LedgerCommand::Verify(args) => read::verify(args),
        LedgerCommand::Show(args) => read::show(args),
        LedgerCommand::Export(args) => read::export(args),
        LedgerCommand::Hold(args) => keep::hold(args, global),
        LedgerCommand::Release(args) => keep::release(args, global),
        LedgerCommand::Prune(args) => keep::prune(args, global),
    }
}

/// The ledger of a judgement, where it has one. What is wrong with it is said before anything is
/// collected.
pub(super) fn plan(args: &JudgeArgs, configured: Option<LedgerPlan>) -> Result<Option<LedgerPlan>> {
    if args.no_ledger {
        return Ok(None);
    }
    let Some(plan) = chosen(args.ledger.clone(), configured) else { return Ok(None) };
    if args.baseline.is_some() {
        return Err(Usage::new(
            "with a ledger its last run is always the baseline",
            "leave --baseline out, or the ledger with --no-ledger",
        )
        .into());
    }
    Ledger::has_folder(&plan.file).map_err(usage)?;
    if plan.file.exists() {
        Ledger::open(&plan.file).and_then(|l| l.entries()).map_err(usage)?;
    }
    Ok(Some(plan))
}

/// The ledger that a command names, else that of the configuration.
fn find(args: &LedgerFile) -> Result<LedgerPlan> {
    let configured = crate::config::load_ledger(args.config.as_deref())?;
    chosen(args.ledger.clone(), configured).ok_or_else(|| {
        Usage::new(
            "no ledger is named",
            "name it with --ledger FILE, or with `file` in a `[ledger]` table of assay.toml",
        )
        .into()
    })
}

fn chosen(named: Option<PathBuf>, configured: Option<LedgerPlan>) -> Option<LedgerPlan> {
    match (named, configured) {
        (Some(file), Some(plan)) => Some(LedgerPlan { file, ..plan }),
        (Some(file), None) => Some(LedgerPlan { file, declared: None }),
        (None, plan) => plan,
    }
}

/// Opens a ledger to read it.
fn open(args: &LedgerFile) -> Result<Ledger> {
    Ledger::open(&find(args)?.file).map_err(usage)
}

/// Now.
fn now() -> jiff::Timestamp {
    #[expect(clippy::disallowed_methods, reason = "when an entry is recorded, and it says so")]
    let now = jiff::Timestamp::now();
    // To the millisecond: what is finer is noise.
    jiff::Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// What the user can mend.
fn usage(e: LedgerError) -> anyhow::Error {
    if e.is_usage() { Usage::plain(e.to_string()).into() } else { e.into() }
}

/// A day of the command line.
fn day(flag: &str, text: Option<&str>) -> Result<Option<assay_core::tailoring::Date>> {
    text.map(|text| {
        text.parse().map_err(|e| {
            Usage::new(format!("{flag} {text}: {e}"), "write a day as 2026-11-30").into()
        })
    })
    .transpose()
}

#[cfg(test)]
mod tests;
