//! `assay diff A B`: what is new, fixed, unchanged, and what is no longer assessed.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use anyhow::Result;
use assay_ledger::{Diff, Place, View, compare};
use assay_reports::{Format, VerdictFile, VerdictSource};
use assay_snapshot::Source;

use crate::args::{DiffArgs, ListFormat};
use crate::exit::{Outcome, Usage};

/// Runs the subcommand.
pub(crate) fn run(args: &DiffArgs) -> Result<Outcome> {
    let before = load(&args.before, &BTreeSet::new())?;
    let after = load(&args.after, &before.known())?;
    let diff = compare(&before, &after);
    let mut out = std::io::stdout().lock();
    match args.format {
        ListFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &diff)?;
            writeln!(out)?;
        }
        ListFormat::Text => print(&mut out, &diff)?,
    }
    Ok(if diff.new.is_empty() { Outcome::Clean } else { Outcome::Findings })
}

/// What a run said; of what passes only what failed before.
fn load(dir: &Path, known: &BTreeSet<Place>) -> Result<View> {
    let name = Format::Verdicts.file_name();
    let assessment = super::trusted_assessment(dir, &[Format::Findings.file_name(), name])?;
    let help = "name a folder that `assay scan` or `assay demo` wrote";
    let snapshot = super::evaluate::open(dir)?;
    let verdicts = VerdictFile::new(dir.join(name));
    let verdicts = verdicts.open().map_err(|e| Usage::new(e.to_string(), help))?;
    View::new(&assessment, snapshot.manifest(), verdicts, known)
        .map_err(|e| Usage::new(e.to_string(), help).into())
}

fn print(out: &mut impl Write, diff: &Diff) -> Result<()> {
    for (title, list) in [
        ("new", &diff.new),
        ("fixed", &diff.fixed),
        ("no longer assessed (not fixed)", &diff.no_longer_assessed),
    ] {
        writeln!(out, "{title}: {}", list.len())?;
        for e in list {
            let line =
                format!("  {:8} {}  {}  {}", e.severity.as_str(), e.rule, e.resource, e.message);
            writeln!(out, "{}", assay_reports::text::plain(&line))?;
        }
    }
    writeln!(out, "unchanged: {}", diff.unchanged)?;
    if diff.still_not_assessed > 0 {
        writeln!(out, "still not assessed: {}", diff.still_not_assessed)?;
    }
    Ok(())
}
