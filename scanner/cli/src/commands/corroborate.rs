//! `assay corroborate DIR --trail EVENTS`: the calls of a snapshot against the provider's own log.

use std::io::{BufWriter, Write};

use anyhow::{Context, Result};
use assay_reports::text::{clip, count, number, plain, time};
use assay_snapshot::corroborate::{Contradiction, CorroborateError, Options, Report, corroborate};

use crate::args::{CorroborateArgs, ListFormat};
use crate::exit::{Outcome, Usage};

/// Contradictions and places that are shown as text.
const SHOWN: usize = 50;

/// Runs the subcommand.
pub(crate) fn run(args: &CorroborateArgs) -> Result<Outcome> {
    let snapshot = super::evaluate::open(&args.dir)?;
    let options = Options { skew: args.skew, from: args.from, to: args.to };
    let report = corroborate(&snapshot, &args.trail, options).map_err(|e| match e {
        CorroborateError::Snapshot(e) => super::evaluate::usage(e),
        other => Usage::plain(other.to_string()).into(),
    })?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    match args.format {
        ListFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &report).context("cannot write the result")?;
            writeln!(out)?;
        }
        ListFormat::Text => text(&mut out, &report)?,
    }
    out.flush()?;
    Ok(outcome(&report))
}

/// 1 beats 3; a snapshot without calls corroborates nothing.
fn outcome(report: &Report) -> Outcome {
    if report.contradicted > 0 {
        Outcome::Findings
    } else if report.calls.unchecked > 0 || report.calls.compared == 0 {
        Outcome::Unseen
    } else {
        Outcome::Clean
    }
}

fn text(out: &mut impl Write, report: &Report) -> Result<()> {
    writeln!(out, "Snapshot    {}", report.snapshot)?;
    writeln!(out, "Collected   {} to {}", time(report.started), time(report.ended))?;
    for (account, caller) in &report.callers {
        writeln!(out, "Caller      {} in {}", plain(caller), plain(account))?;
    }
    covered(out, report)?;
    let c = report.calls;
    writeln!(out, "\n{} to a provider that keeps a log", count(c.compared, "call", "calls"))?;
    for (n, what) in [
        (c.corroborated, "corroborated: the log holds each request and says the same"),
        (c.differing, "differ: the log says something else"),
        (c.missing, "missing: the log should hold them and does not"),
        (c.unchecked, "unchecked: nothing that was pulled could hold them"),
    ] {
        writeln!(out, "  {:>7}  {what}", number(n))?;
    }
    if c.hosts > 0 {
        let reads = count(c.hosts, "read of a host", "reads of hosts");
        writeln!(out, "Beside them {reads}, which no provider logs")?;
    }
    if !report.unchecked.is_empty() {
        writeln!(out, "\nUnchecked, and why")?;
        for u in &report.unchecked {
            let calls = count(u.calls, "call", "calls");
            writeln!(
                out,
                "  {}: {calls}, first {}",
                plain(&u.reason),
                clip(&plain(&u.first), 160)
            )?;
        }
    }
    aside(out, report)?;
    if report.contradicted > 0 {
        writeln!(out, "\nContradictions: {}", number(report.contradicted))?;
    }
    report.contradictions.iter().take(SHOWN).try_for_each(|c| contradiction(out, c))?;
    let rest = report.contradicted.saturating_sub(SHOWN as u64);
    if rest > 0 {
        writeln!(out, "  {} more (--format json lists them)", number(rest))?;
    }
    writeln!(out, "\n{}", verdict(report))?;
    Ok(())
}

fn covered(out: &mut impl Write, report: &Report) -> Result<()> {
    let events: u64 = report.files.iter().map(|f| f.events).sum();
    let files = count(report.files.len() as u64, "file", "files");
    writeln!(out, "\nEvents      {} in {files}", number(events))?;
    for c in report.coverage.iter().take(SHOWN) {
        let (account, region) = (plain(&c.account), plain(&c.region));
        let (from, to) = (time(c.first), time(c.last));
        writeln!(out, "  {account} {region}: {} from {from} to {to}", number(c.events))?;
    }
    let rest = report.coverage.len().saturating_sub(SHOWN);
    if rest > 0 {
        writeln!(
            out,
            "  {} (--format json lists them)",
            count(rest as u64, "more place", "more places")
        )?;
    }
    Ok(())
}

/// Events that are no contradiction, and that an auditor may want to know of.
fn aside(out: &mut impl Write, report: &Report) -> Result<()> {
    for (n, what) in [
        (report.repeated, "further attempts or pages of recorded calls"),
        (report.on_behalf, "made by a service on behalf of the scanner's identity"),
        (report.other_sessions, "of the scanner's role in another session, while it collected"),
    ] {
        if n > 0 {
            writeln!(out, "{} {what}", count(n, "event", "events"))?;
        }
    }
    Ok(())
}

fn contradiction(out: &mut impl Write, c: &Contradiction) -> Result<()> {
    let (operation, account, region) = (plain(&c.operation), plain(&c.account), plain(&c.region));
    writeln!(out, "  {}: {operation} in {account} {region} at {}", c.kind.as_str(), time(c.time))?;
    writeln!(out, "    {}", clip(&plain(&c.detail), 300))?;
    for (label, value) in [("call", &c.call), ("request", &c.request), ("event", &c.event)] {
        if !value.is_empty() {
            writeln!(out, "    {label} {}", clip(&plain(value), 200))?;
        }
    }
    Ok(())
}

fn verdict(report: &Report) -> &'static str {
    match outcome(report) {
        Outcome::Findings => "The log contradicts the snapshot",
        Outcome::Clean => "The log corroborates every call, and knows no other of the scanner's",
        _ if report.calls.compared == 0 => "The snapshot holds no call that a provider logs",
        _ => "Nothing contradicts the snapshot, but a part could not be checked",
    }
}
