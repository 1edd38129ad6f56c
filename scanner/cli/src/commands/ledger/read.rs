//! Reading a ledger: reports, its head, a check of it, everything.

use std::io::{BufWriter, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, Result};
use assay_ledger::entry::What;
use assay_ledger::period::{Ask, Period};
use assay_ledger::render::{self, Table};
use assay_ledger::{Ledger, Problem};
use assay_reports::text::{count, number, plain, plain_lines, time};

use super::{day, find, now, open, usage};
use crate::args::{
    ExportFormat, LedgerExport, LedgerFile, LedgerReport, LedgerVerify, PeriodFormat, PeriodTable,
};
use crate::exit::{Outcome, Usage};

/// `assay ledger report`.
pub(super) fn report(args: &LedgerReport) -> Result<Outcome> {
    let ask = Ask {
        from: day("--from", args.from.as_deref())?,
        to: day("--to", args.to.as_deref())?,
        framework: args.framework.clone(),
        types: args.types.clone(),
        sample: args.sample.zip(args.seed.clone()),
    };
    if let (Some(from), Some(to)) = (ask.from, ask.to)
        && to < from
    {
        return Err(Usage::new("--to is before --from", "name the first day with --from").into());
    }
    let as_of = match &args.now {
        None => now(),
        Some(text) => text.parse().map_err(|e| {
            Usage::new(format!("--now {text}: {e}"), "write a moment as 2026-12-01T08:00:00Z")
        })?,
    };
    let ledger = open(&args.file)?;
    if !holds(&ledger)? {
        return Ok(Outcome::Findings);
    }
    let period = Period::read(&ledger, &ask, as_of).map_err(usage)?;
    if let (Some(id), true) = (&args.framework, period.frameworks.is_empty())
        && period.nights.iter().any(|n| n.runs.iter().any(|r| !r.removed))
    {
        return Err(Usage::new(
            format!("no run in this time has the framework {id}"),
            "known are `soc2_2017`, `iso27001_2022`, `gdpr` and those of own content",
        )
        .into());
    }
    write(args.output.as_deref(), &mut |mut out, terminal| {
        match args.format {
            PeriodFormat::Text => {
                let columns = if terminal { super::super::judge::width() } else { 100 };
                render::write_text(&period, columns, out).map_err(usage)?;
            }
            PeriodFormat::Html => render::write_html(&period, out).map_err(usage)?,
            PeriodFormat::Markdown => render::write_markdown(&period, out).map_err(usage)?,
            PeriodFormat::Csv => {
                render::write_csv(&period, table(args.table), out).map_err(usage)?;
            }
            PeriodFormat::Json => {
                serde_json::to_writer_pretty(&mut out, &period)?;
                writeln!(out)?;
            }
        }
        Ok(())
    })?;
    Ok(Outcome::Clean)
}

const fn table(table: PeriodTable) -> Table {
    match table {
        PeriodTable::Controls => Table::Controls,
        PeriodTable::Runs => Table::Runs,
        PeriodTable::Rates => Table::Rates,
        PeriodTable::Failures => Table::Failures,
        PeriodTable::Exceptions => Table::Exceptions,
        PeriodTable::Sample => Table::Sample,
    }
}

/// `assay ledger head`: the digest first, as `sha256sum` prints one.
pub(super) fn head(args: &LedgerFile) -> Result<Outcome> {
    let ledger = open(args)?;
    let head = ledger.head().map_err(usage)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}  entry {} of {}", head.digest, head.seq, ledger.path().display())?;
    Ok(Outcome::Clean)
}

/// `assay ledger verify`.
pub(super) fn verify(args: &LedgerVerify) -> Result<Outcome> {
    if let Some(head) = &args.head {
        let hex = head.trim().bytes().all(|b| b.is_ascii_hexdigit());
        if !hex || head.trim().len() != 64 {
            return Err(Usage::new(
                format!("--head {head}: that is no digest"),
                "name the 64 digits that `assay ledger head` printed",
            )
            .into());
        }
    }
    let file = find(&args.file)?.file;
    let ledger = Ledger::open_unchecked(&file).map_err(usage)?;
    let checked = ledger.verify(args.head.as_deref()).map_err(usage)?;
    if !checked.problems.is_empty() {
        mismatches(&checked.problems)?;
        return Ok(Outcome::Findings);
    }
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "ok: the chain of {} holds; {} match their digests",
        count(checked.entries, "entry", "entries"),
        count(checked.rows, "row", "rows")
    )?;
    let mut runs = count(checked.runs, "run", "runs");
    if checked.pruned > 0 {
        runs.push_str(&format!(
            ", of which {} had their rows removed after retention: only their digests are left",
            number(checked.pruned)
        ));
    }
    writeln!(out, "{runs}")?;
    match (checked.anchored, &checked.head) {
        (Some(n), Some(head)) if n == head.seq => {
            writeln!(out, "the head given is that of this ledger")?;
        }
        (Some(n), Some(head)) => writeln!(
            out,
            "the head given is entry {n}; {} since",
            count(head.seq - n, "entry was added", "entries were added")
        )?,
        _ => writeln!(
            out,
            "whether something is missing at the end tells --head, with a head that was kept elsewhere"
        )?,
    }
    if let Some(head) = checked.head {
        writeln!(out, "head {}", head.digest)?;
    }
    Ok(Outcome::Clean)
}

/// Whether a ledger holds; where it does not, every mismatch is printed.
fn holds(ledger: &Ledger) -> Result<bool> {
    let checked = ledger.verify(None).map_err(usage)?;
    if !checked.problems.is_empty() {
        mismatches(&checked.problems)?;
    }
    Ok(checked.problems.is_empty())
}

fn mismatches(problems: &[Problem]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    for p in problems {
        let at = p.entry.map(|n| format!("entry {n}: ")).unwrap_or_default();
        writeln!(out, "MISMATCH {}", plain(&format!("{at}{}", p.what)))?;
    }
    writeln!(out, "{}", count(problems.len() as u64, "mismatch", "mismatches"))?;
    Ok(())
}

/// `assay ledger show`.
pub(super) fn show(args: &LedgerFile) -> Result<Outcome> {
    let ledger = open(args)?;
    let entries = ledger.entries().map_err(usage)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    for e in &entries {
        let what = match &e.entry.what {
            What::Declare(d) => {
                let schedule =
                    d.schedule.map_or_else(|| "no schedule".to_owned(), |s| format!("{s} UTC"));
                let kept = d.retention.map_or_else(
                    || "for ever".to_owned(),
                    |n| format!("for {}", count(n.into(), "day", "days")),
                );
                format!("declared: {schedule}, rows kept {kept}")
            }
            What::Run(r) => format!(
                "run of {}: {}, {}{}",
                time(r.ended),
                count(r.resources, "resource", "resources"),
                count(r.failures.values().sum(), "open failure", "open failures"),
                if r.late { ", added late" } else { "" }
            ),
            What::Hold(h) => {
                let from = h.from.map_or_else(|| "the beginning".to_owned(), |d| d.to_string());
                let to = h.to.map_or_else(|| "no end".to_owned(), |d| d.to_string());
                format!("held from {from} to {to} by {}: {}", h.by, h.reason)
            }
            What::Release(r) => format!("entry {} released by {}: {}", r.hold, r.by, r.reason),
            What::Prune(p) => {
                let runs: Vec<String> = p.runs.iter().map(ToString::to_string).collect();
                format!(
                    "rows older than {} removed, of entry {}",
                    count(p.retention.into(), "day", "days"),
                    runs.join(", ")
                )
            }
        };
        writeln!(
            out,
            "{:>5}  {}  {}  {}",
            e.entry.seq,
            e.digest.get(..12).unwrap_or(&e.digest),
            time(e.entry.recorded),
            plain(&what)
        )?;
    }
    out.flush()?;
    Ok(Outcome::Clean)
}

/// `assay ledger export`.
pub(super) fn export(args: &LedgerExport) -> Result<Outcome> {
    let ledger = open(&args.file)?;
    // JSON lines can be checked by whoever reads them, a table cannot.
    if args.format == ExportFormat::Csv && !holds(&ledger)? {
        return Ok(Outcome::Findings);
    }
    write(args.output.as_deref(), &mut |out, _| {
        match args.format {
            ExportFormat::Jsonl => {
                ledger.export(&mut |line| writeln!(out, "{line}")).map_err(usage)?;
            }
            ExportFormat::Csv => render::write_findings(&ledger, out).map_err(usage)?,
        }
        Ok(())
    })?;
    Ok(Outcome::Clean)
}

/// Writes to a file, or to standard output: a terminal gets nothing that it would obey.
fn write(
    path: Option<&Path>,
    render: &mut dyn FnMut(&mut dyn Write, bool) -> Result<()>,
) -> Result<()> {
    let Some(path) = path else {
        let stdout = std::io::stdout();
        let terminal = stdout.is_terminal();
        if terminal {
            let mut text = Vec::new();
            render(&mut text, true)?;
            let text = String::from_utf8_lossy(&text);
            stdout.lock().write_all(plain_lines(&text).as_bytes())?;
            return Ok(());
        }
        let mut out = BufWriter::new(stdout.lock());
        render(&mut out, false)?;
        return Ok(out.flush()?);
    };
    let mut out = crate::commands::report::create(path)?;
    render(&mut out, false)?;
    out.flush().with_context(|| format!("cannot write {}", path.display()))
}
