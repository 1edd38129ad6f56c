//! `assay verify DIR`: digests of a snapshot, and of the reports made from it.

use std::io::Write;

use anyhow::Result;
use assay_reports::text::count;

use crate::args::VerifyArgs;
use crate::exit::Outcome;
use crate::out;

/// Runs the subcommand: every mismatch is named, and ends in exit code 1.
pub(crate) fn run(args: &VerifyArgs) -> Result<Outcome> {
    let mut stdout = std::io::stdout().lock();
    let snapshot = match super::evaluate::try_open(&args.dir) {
        Ok(s) => s,
        Err(e) if e.is_mismatch() || out::is_output(&args.dir) => {
            writeln!(stdout, "MISMATCH {e}")?;
            return Ok(Outcome::Findings);
        }
        Err(e) => return Err(super::evaluate::usage(e)),
    };
    let mut bad = 0;
    match snapshot.verify() {
        Err(e) if e.is_mismatch() => {
            writeln!(stdout, "MISMATCH {e}")?;
            bad += 1;
        }
        other => other?,
    }
    for path in snapshot.strangers()? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.parent() == Some(snapshot.folder()) && assay_snapshot::is_signature(&name) {
            writeln!(stdout, "not checked: {}: assay checks no signatures", path.display())?;
            continue;
        }
        writeln!(
            stdout,
            "MISMATCH {} is named by no entry of manifest.json: it was not written by assay",
            path.display()
        )?;
        bad += 1;
    }
    let mut files = 0;
    if out::is_output(&args.dir) {
        let report = out::verify(&args.dir)?;
        files = report.checked;
        for problem in &report.problems {
            writeln!(stdout, "MISMATCH {problem}")?;
            bad += 1;
        }
        match super::read_assessment(&args.dir) {
            Ok(a) => {
                let root = &assay_snapshot::Source::manifest(&snapshot).root_digest;
                if a.snapshot.root_digest != *root {
                    writeln!(
                        stdout,
                        "MISMATCH assessment.json was made from the snapshot {}, this one is {root}",
                        a.snapshot.root_digest
                    )?;
                    bad += 1;
                }
            }
            Err(e) => {
                writeln!(stdout, "MISMATCH {e:#}")?;
                bad += 1;
            }
        }
    } else if args.dir.join("assessment.json").exists() {
        // Without its digests a report could say anything.
        writeln!(
            stdout,
            "MISMATCH {} holds an assessment, but {} with its digests is missing",
            args.dir.display(),
            out::MARKER
        )?;
        bad += 1;
    }
    if bad > 0 {
        writeln!(stdout, "{}", count(bad, "mismatch", "mismatches"))?;
        return Ok(Outcome::Findings);
    }
    let manifest = assay_snapshot::Source::manifest(&snapshot);
    let segments = count(manifest.segments.len() as u64, "segment", "segments");
    write!(stdout, "ok: {segments} and the call log match the manifest")?;
    if files > 0 {
        write!(stdout, "; {files} report files match their digests")?;
    }
    writeln!(stdout)?;
    writeln!(stdout, "root digest {}", manifest.root_digest)?;
    Ok(Outcome::Clean)
}
