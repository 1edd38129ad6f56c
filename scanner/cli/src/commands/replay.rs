//! `assay verify DIR --replay`: the snapshot judged again, with what the folder records.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result};
use assay_core::Status;
use assay_core::assessment::Assessment;
use assay_core::verdict::Finding;
use assay_eval::assess::Baseline;
use assay_reports::{Format, Which};
use assay_snapshot::{Snapshot, Source};

use super::content;
use super::judge::Judge;
use crate::args::VerifyArgs;
use crate::exit::Usage;
use crate::out::{self, Out};

/// What was the baseline, from the folder or the ledger that is named.
///
/// # Errors
/// A baseline was used and is not named, or another one is.
pub(super) fn baseline(args: &VerifyArgs, earlier: &Assessment) -> Result<Option<Baseline>> {
    let Some(used) = &earlier.baseline else { return Ok(None) };
    match (&args.baseline, &args.ledger) {
        (Some(dir), _) => super::judge::baseline(dir).map(Some),
        (None, Some(file)) => super::ledger::baseline_of(file, &used.root_digest).map(Some),
        (None, None) => Err(Usage::new(
            format!("{} was judged with a baseline", args.dir.display()),
            format!(
                "name it with --baseline: the folder whose snapshot has the root digest {}; or with \
                 --ledger: the ledger that holds it",
                used.root_digest
            ),
        )
        .into()),
    }
}

/// Judges again and compares byte by byte: what differs, and how many files were compared.
///
/// # Errors
/// The rules are not recorded.
pub(super) fn run(
    dir: &Path,
    snapshot: &Snapshot,
    earlier: &Assessment,
    baseline: Option<Baseline>,
) -> Result<(usize, Vec<String>)> {
    let files = out::files(dir)?;
    let recorded = content::recorded(&dir.join(content::RECORDED))?;
    let which = if holds_passes(&dir.join(Format::Findings.file_name()))? {
        Which::All
    } else {
        Which::Notable
    };
    let formats: Vec<Format> =
        Format::ALL.into_iter().filter(|f| files.contains_key(f.file_name())).collect();
    let judge = Judge::again(recorded, earlier, baseline, which, formats)?;
    let scratch = std::env::temp_dir().join(format!("assay-replay-{}", std::process::id()));
    let again = Out::prepare(&scratch)?;
    let made = judge.write(snapshot, &again)?;
    let mut differ = Vec::new();
    if made.tool_version != earlier.tool_version {
        differ.push(format!(
            "judged by version {} then, {} now: files that name the version differ",
            earlier.tool_version, made.tool_version
        ));
    }
    for (name, sha) in &files {
        match out::digest(&again.path(name)) {
            Ok(found) if found == *sha => {}
            Ok(found) => differ.push(format!(
                "{name} is not what the snapshot and the rules give (sha256 {found}, was {sha})"
            )),
            Err(_) => differ.push(format!("{name} is not made by a judgement")),
        }
    }
    debug_assert_eq!(made.snapshot.root_digest, snapshot.manifest().root_digest);
    Ok((files.len(), differ))
}

/// Whether the findings hold verdicts that are none: then all were asked for. Where there are none
/// of these, both ways give the same file.
fn holds_passes(findings: &Path) -> Result<bool> {
    let failed = || format!("cannot read {}", findings.display());
    for line in BufReader::new(File::open(findings).with_context(failed)?).lines() {
        let finding: Finding = serde_json::from_str(&line.with_context(failed)?)
            .with_context(|| format!("{} is damaged", findings.display()))?;
        if matches!(finding.status, Status::Pass | Status::NotApplicable) {
            return Ok(true);
        }
    }
    Ok(false)
}
