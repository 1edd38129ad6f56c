//! A period as Markdown, for a page that is kept beside the audit's other papers.

use std::io::Write;

use assay_reports::markdown_cell as cell;
use assay_reports::text::{count, number, percent, time};

use super::words;
use crate::LedgerError;
use crate::period::{FrameworkPeriod, NightState, Period};

/// Writes a period as Markdown.
///
/// # Errors
/// When the output cannot be written.
pub fn write_markdown(p: &Period, out: &mut dyn Write) -> Result<(), LedgerError> {
    head(p, out)?;
    nights(p, out)?;
    writeln!(
        out,
        "## Controls by day\n\n{}. A day shows the worst of its runs.\n",
        cell(&words::legend(p))
    )?;
    for f in &p.frameworks {
        matrix(p, f, out)?;
    }
    failures(p, out)?;
    exceptions(p, out)?;
    approvals(p, out)?;
    populations(p, out)?;
    sample(p, out)?;
    Ok(out.flush()?)
}

fn head(p: &Period, out: &mut dyn Write) -> Result<(), LedgerError> {
    writeln!(out, "# {} to {}\n", p.from, p.to)?;
    writeln!(
        out,
        "As of {}. The ledger has {}, its head is `{}`.\n",
        time(p.as_of),
        count(p.head.seq, "entry", "entries"),
        p.head.digest
    )?;
    if p.declarations.is_empty() {
        return Ok(());
    }
    writeln!(out, "| declared | entry | what |\n|---|---:|---|")?;
    for d in &p.declarations {
        writeln!(out, "| {} | {} | {} |", time(d.recorded), d.entry, cell(&words::declared(d)))?;
    }
    writeln!(out)?;
    Ok(())
}

fn nights(p: &Period, out: &mut dyn Write) -> Result<(), LedgerError> {
    writeln!(out, "## Runs and coverage\n\n{}.\n", cell(&words::runs(p)))?;
    if p.nights.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "| day | due | entry | coverage | resources | failures | what became of it |\n|---|---|---:|---:|---:|---:|---|"
    )?;
    for n in &p.nights {
        let due = n.due.map_or_else(|| "–".to_owned(), words::clock);
        let state = words::night(n);
        if n.runs.is_empty() {
            let mark = if n.state == NightState::Missing { "**" } else { "" };
            let state = cell(&state);
            writeln!(out, "| {} | {due} | – | – | – | – | {mark}{state}{mark} |", n.day)?;
        }
        for r in &n.runs {
            writeln!(
                out,
                "| {} | {due} | {} | {} | {} | {} | {} |",
                n.day,
                r.entry,
                percent(r.coverage),
                number(r.resources),
                number(r.failures),
                cell(&state)
            )?;
        }
    }
    writeln!(out)?;
    Ok(())
}

fn matrix(p: &Period, f: &FrameworkPeriod, out: &mut dyn Write) -> Result<(), LedgerError> {
    writeln!(out, "### {}\n", cell(&f.title))?;
    writeln!(
        out,
        "| control | | `{}` to `{}` | days | deviations |\n|---|---|---|---|---|",
        p.from, p.to
    )?;
    for c in &f.controls {
        let cells: String = c.cells.iter().map(|c| c.letter()).collect();
        let mut rate = words::rate(&c.rate);
        if let Some(why) = words::partial(&c.rate).filter(|_| c.rate.tests > 0) {
            rate.push_str("; ");
            rate.push_str(&why);
        }
        writeln!(
            out,
            "| {} | {} | `{cells}` | {} | {} |",
            cell(&c.id),
            cell(&c.title),
            cell(&words::counted(c)),
            cell(&rate)
        )?;
    }
    writeln!(out)?;
    Ok(())
}

fn failures(p: &Period, out: &mut dyn Write) -> Result<(), LedgerError> {
    writeln!(out, "## Failures, from first seen to fix\n")?;
    if p.failures.is_empty() {
        writeln!(out, "None was seen.\n")?;
        return Ok(());
    }
    for t in &p.tally {
        writeln!(out, "- {}: {}", t.severity, cell(&words::tally(t)))?;
    }
    writeln!(
        out,
        "\n| severity | rule | resource | what | since | how it went |\n|---|---|---|---|---|---|"
    )?;
    for e in &p.failures {
        let mut text = words::episode(e);
        if let Some(gaps) = words::gaps(e) {
            text.push_str("; ");
            text.push_str(&gaps);
        }
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            e.severity,
            cell(&e.rule),
            cell(&e.resource),
            cell(&e.message),
            cell(&words::since(e)),
            cell(&text)
        )?;
    }
    writeln!(out)?;
    Ok(())
}

fn exceptions(p: &Period, out: &mut dyn Write) -> Result<(), LedgerError> {
    writeln!(out, "## Exceptions\n")?;
    if p.exceptions.is_empty() {
        writeln!(out, "None was made.\n")?;
        return Ok(());
    }
    writeln!(
        out,
        "| severity | rule | resource | result | first | last | runs | waiver |\n|---|---|---|---|---|---|---:|---|"
    )?;
    for e in &p.exceptions {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            e.severity,
            cell(&e.rule),
            cell(&e.resource),
            e.result,
            words::minute(e.first),
            words::minute(e.last),
            e.runs,
            cell(&words::waiver(e.waiver.as_ref()))
        )?;
    }
    writeln!(out)?;
    Ok(())
}

fn approvals(p: &Period, out: &mut dyn Write) -> Result<(), LedgerError> {
    if p.approvals.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "## Approvals that came and went\n\n| day | entry | | approval |\n|---|---:|---|---|"
    )?;
    for c in &p.approvals {
        for (word, text) in words::changed(c) {
            writeln!(out, "| {} | {} | {word} | {} |", c.day, c.entry, cell(&text))?;
        }
    }
    writeln!(out)?;
    Ok(())
}

fn populations(p: &Period, out: &mut dyn Write) -> Result<(), LedgerError> {
    let all = &p.populations;
    writeln!(
        out,
        "## Populations\n\n{} of {}, digest `{}`.\n",
        count(all.resources, "resource", "resources"),
        count(all.types.len() as u64, "type", "types"),
        all.sha256
    )?;
    if !all.types.is_empty() {
        writeln!(out, "| type | resources | digest |\n|---|---:|---|")?;
        for t in &all.types {
            writeln!(out, "| {} | {} | `{}` |", cell(&t.kind), number(t.resources), t.sha256)?;
        }
        writeln!(out)?;
    }
    if !all.incomplete.is_empty() {
        writeln!(out, "What these listings would have named is not in the population:\n")?;
        for i in &all.incomplete {
            writeln!(out, "- {}", cell(&words::incomplete(i)))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn sample(p: &Period, out: &mut dyn Write) -> Result<(), LedgerError> {
    let Some(sample) = &p.sample else { return Ok(()) };
    writeln!(
        out,
        "## Sample\n\nPopulation digest `{}`, seed {}: {} of {}, in the order of their ranks. {}\n",
        sample.population,
        cell(&sample.seed),
        number(sample.drawn.len() as u64),
        number(sample.of),
        cell(words::BY_HAND)
    )?;
    writeln!(
        out,
        "| rank | type | account | region | resource | runs |\n|---|---|---|---|---|---:|"
    )?;
    for d in &sample.drawn {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            words::short(&d.rank),
            cell(&d.kind),
            cell(&d.account),
            cell(&d.region),
            cell(&d.resource),
            d.runs
        )?;
    }
    writeln!(out)?;
    Ok(())
}
