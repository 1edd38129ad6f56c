//! Adding runs, and what a ledger means to the run that is being made.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use assay_core::verdict::Verdict;
use assay_eval::assess::Baseline;
use assay_ledger::period::ApprovalsChanged;
use assay_ledger::render::approvals;
use assay_ledger::{Added, Ledger, Observed, Stored, View, last_run, removed};
use assay_reports::text::{number, plain};
use assay_reports::{Format, VerdictFile, VerdictSource};
use assay_snapshot::{Snapshot, Source};
use serde_json::json;

use super::{find, now, usage};
use crate::args::{Global, LedgerAdd, VerifyArgs};
use crate::config::LedgerPlan;
use crate::exit::{Outcome, Usage};
use crate::out;

/// Runs `assay ledger add`.
pub(super) fn run(args: &LedgerAdd, global: &Global) -> Result<Outcome> {
    let plan = find(&args.file)?;
    // Nothing is recorded that does not match its own digests.
    super::super::trusted_assessment(&args.dir, &[])?;
    let checked = super::super::verify::check(&VerifyArgs {
        dir: args.dir.clone(),
        allowed_signers: None,
        replay: false,
        baseline: None,
        ledger: None,
    })?;
    if let Some(first) = checked.problems.first() {
        return Err(Usage::new(
            format!("{} is not added: {first}", args.dir.display()),
            format!("`assay verify {}` names every mismatch", args.dir.display()),
        )
        .into());
    }
    said(&args.dir, &plan, &add(&args.dir, &plan)?, global)?;
    Ok(Outcome::Clean)
}

/// Adds the run that was just written.
pub(in crate::commands) fn record(dir: &Path, plan: &LedgerPlan, global: &Global) -> Result<()> {
    let added = add(dir, plan).with_context(|| {
        let dir = dir.display();
        format!("the run in {dir} is not in the ledger yet (`assay ledger add {dir}` adds it)")
    })?;
    said(dir, plan, &added, global)
}

/// What became of a run that was added.
struct Recorded {
    added: Added,
    /// The run before it, and the approvals that both do not share.
    approvals: Option<(u64, ApprovalsChanged)>,
}

fn add(dir: &Path, plan: &LedgerPlan) -> Result<Recorded> {
    let assessment = super::super::read_assessment(dir)?;
    let snapshot = super::super::evaluate::open(dir)?;
    let mut files = out::files(dir)?;
    let manifest = super::super::sign::MANIFEST;
    let path = dir.join(manifest);
    let sha = out::digest(&path).with_context(|| format!("cannot read {}", path.display()))?;
    files.insert(manifest.to_owned(), sha);
    let mut ledger = Ledger::create(&plan.file).map_err(usage)?;
    if let Some(declared) = &plan.declared {
        ledger.declare(declared, now()).map_err(usage)?;
    }
    let entries = ledger.entries().map_err(usage)?;
    let gone = removed(&entries);
    let last = last_run(&entries, Some(assessment.snapshot.ended));
    let before = last.filter(|e| !gone.contains(&e.entry.seq)).map(|e| ledger.proved(e));
    let before = before.transpose().map_err(usage)?;
    let known = before.as_ref().map_or_else(BTreeSet::new, View::known);
    let verdicts = VerdictFile::new(dir.join(Format::Verdicts.file_name()));
    let view = View::new(&assessment, snapshot.manifest(), verdicts.open()?, &known)?;
    let run = Observed { assessment: &assessment, view: &view, snapshot: &snapshot, files: &files };
    let added = ledger.add(&run, now()).map_err(usage)?;
    let seq = added.head.seq;
    let approvals = match (last, before.as_ref().and_then(|v| v.approvals.as_ref())) {
        (Some(last), Some(before)) => {
            let now = view.approvals.as_deref().unwrap_or_default();
            let day = assay_ledger::entry::day(assessment.snapshot.ended);
            ApprovalsChanged::between(before, now, seq, day).map(|c| (last.entry.seq, c))
        }
        _ => None,
    };
    Ok(Recorded { added, approvals })
}

/// Says what became of it, in the folder too.
fn said(dir: &Path, plan: &LedgerPlan, recorded: &Recorded, global: &Global) -> Result<()> {
    let added = &recorded.added;
    let receipt = json!({
        "ledger": plan.file.display().to_string(),
        "entry": added.head.seq,
        "digest": added.head.digest,
    });
    let path = dir.join(out::RECEIPT);
    let marked = std::fs::write(&path, format!("{receipt:#}\n"));
    if global.quiet {
        return Ok(());
    }
    let mut stdout = std::io::stdout().lock();
    writeln!(
        stdout,
        "ledger {}: entry {}, {} rows ({} new)",
        plan.file.display(),
        added.head.seq,
        number(added.rows),
        number(added.new_rows)
    )?;
    if added.late {
        writeln!(stdout, "  late: an entry before it is of a later collection")?;
    }
    if let Some((before, changed)) = &recorded.approvals {
        writeln!(stdout, "  approvals since entry {before}:")?;
        for (word, rows) in [("gone", &changed.gone), ("new", &changed.new)] {
            for text in approvals(rows) {
                writeln!(stdout, "    {word}: {}", plain(&text))?;
            }
        }
    }
    if let Err(e) = marked {
        writeln!(stdout, "  note: {} cannot be written ({e})", path.display())?;
    }
    writeln!(stdout, "  head {}", added.head.digest)?;
    Ok(())
}

/// The last run of a ledger, as the baseline of the run that is being made.
pub(in crate::commands) fn baseline_for(
    plan: &LedgerPlan,
    snapshot: &Snapshot,
) -> Result<Option<Baseline>> {
    let manifest = snapshot.manifest();
    if !plan.file.exists() {
        return Ok(None);
    }
    let ledger = Ledger::open(&plan.file).map_err(usage)?;
    let entries = ledger.entries().map_err(usage)?;
    if let Some(e) = of_snapshot(&entries, &manifest.root_digest) {
        return Err(Usage::new(
            format!(
                "the snapshot {} is in the ledger {} already, as entry {}: a collection is recorded once",
                manifest.root_digest,
                plan.file.display(),
                e.entry.seq
            ),
            "judge it with --no-ledger",
        )
        .into());
    }
    last_run(&entries, Some(manifest.ended)).map(|last| read(&ledger, last)).transpose()
}

/// The run with a root digest, as a baseline.
pub(in crate::commands) fn baseline_of(file: &Path, root: &str) -> Result<Baseline> {
    let ledger = Ledger::open(file).map_err(usage)?;
    let entries = ledger.entries().map_err(usage)?;
    let stored = of_snapshot(&entries, root).ok_or_else(|| {
        Usage::new(
            format!("no run in the ledger {} has the snapshot {root}", file.display()),
            "name the ledger that the folder's run is in, or the baseline's folder with --baseline",
        )
    })?;
    read(&ledger, stored)
}

fn read(ledger: &Ledger, stored: &Stored) -> Result<Baseline> {
    let Some(run) = stored.run() else {
        return Err(Usage::plain(format!("entry {} is no run", stored.entry.seq)).into());
    };
    let gone = removed(&ledger.entries().map_err(usage)?);
    if gone.contains(&stored.entry.seq) {
        return Err(Usage::new(
            format!(
                "the rows of entry {}, the last run, were removed after their retention",
                stored.entry.seq
            ),
            "judge without the ledger (--no-ledger), then `assay ledger add` the folder",
        )
        .into());
    }
    let view = ledger.proved(stored).map_err(usage)?;
    let known: Vec<Verdict> = view.verdicts().filter(|v| !v.failures.is_empty()).cloned().collect();
    Ok(Baseline::new(run.snapshot.clone(), run.ended, known))
}

fn of_snapshot<'e>(entries: &'e [Stored], root: &str) -> Option<&'e Stored> {
    entries.iter().find(|e| e.run().is_some_and(|r| r.snapshot == root))
}

/// A folder whose run is in the ledger is never overwritten, nor does one hold the ledger that is
/// written to.
pub(in crate::commands) fn refuse_recorded(plan: &LedgerPlan, target: &Path) -> Result<()> {
    let folder = plan.file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let (Ok(folder), Ok(target)) = (folder.canonicalize(), target.canonicalize())
        && folder.starts_with(&target)
    {
        return Err(Usage::new(
            format!("the ledger {} lies in the output folder", plan.file.display()),
            "a run replaces its output folder: keep the ledger elsewhere",
        )
        .into());
    }
    if !plan.file.exists() || !out::is_output(target) {
        return Ok(());
    }
    let Ok(assessment) = super::super::read_assessment(target) else { return Ok(()) };
    let ledger = Ledger::open(&plan.file).map_err(usage)?;
    let entries = ledger.entries().map_err(usage)?;
    match of_snapshot(&entries, &assessment.snapshot.root_digest) {
        Some(_) => Err(out::recorded(target).into()),
        None => Ok(()),
    }
}
