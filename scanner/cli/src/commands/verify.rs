//! `assay verify DIR`: digests of a snapshot, and of the reports made from it.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;

use anyhow::Result;
use assay_reports::text::count;
use assay_snapshot::seal::{self, ENVELOPE, SIGNATURE, STATEMENT, Seal, Signers};
use assay_snapshot::{Snapshot, Source};

use crate::args::VerifyArgs;
use crate::exit::{Outcome, Usage};
use crate::out;

/// What a check of a folder found.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// What does not match; empty where all does.
    pub(super) problems: Vec<String>,
    /// What was not checked, and what else there is to say.
    notes: Vec<String>,
    /// What was compared, where there is a snapshot.
    good: Option<(u64, usize, String)>,
}

impl Checked {
    fn bad(&mut self, what: impl Into<String>) {
        self.problems.push(what.into());
    }
}

/// Runs the subcommand: every mismatch is named, and ends in exit code 1.
pub(crate) fn run(args: &VerifyArgs) -> Result<Outcome> {
    let checked = check(args)?;
    let mut stdout = std::io::stdout().lock();
    for problem in &checked.problems {
        writeln!(stdout, "MISMATCH {problem}")?;
    }
    let bad = checked.problems.len() as u64;
    if bad > 0 {
        writeln!(stdout, "{}", count(bad, "mismatch", "mismatches"))?;
        return Ok(Outcome::Findings);
    }
    let Some((segments, files, root)) = checked.good else { return Ok(Outcome::Clean) };
    let segments = count(segments, "segment", "segments");
    write!(stdout, "ok: {segments} and the call log match the manifest")?;
    if files > 0 {
        write!(stdout, "; {files} report files match their digests")?;
    }
    writeln!(stdout)?;
    for note in checked.notes {
        writeln!(stdout, "{note}")?;
    }
    writeln!(stdout, "root digest {root}")?;
    Ok(Outcome::Clean)
}

/// Checks a folder.
///
/// # Errors
/// It is neither a snapshot nor an output folder.
pub(super) fn check(args: &VerifyArgs) -> Result<Checked> {
    let mut out = Checked::default();
    let snapshot = match super::evaluate::try_open(&args.dir) {
        Ok(s) => s,
        Err(e) if e.is_mismatch() || out::is_output(&args.dir) => {
            out.bad(e.to_string());
            return Ok(out);
        }
        Err(e) => return Err(super::evaluate::usage(e)),
    };
    match snapshot.verify() {
        Err(e) if e.is_mismatch() => out.bad(e.to_string()),
        other => other?,
    }
    for path in snapshot.strangers()? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.parent() == Some(snapshot.folder()) && assay_snapshot::is_signature(&name) {
            let note = format!("not checked: {}: assay checks no signatures", path.display());
            out.notes.push(note);
            continue;
        }
        out.bad(format!(
            "{} is named by no entry of manifest.json: it was not written by assay",
            path.display()
        ));
    }
    let mut files = 0;
    if out::is_output(&args.dir) {
        files = output(args, &snapshot, &mut out)?;
    } else if args.replay {
        return Err(Usage::new(
            format!("{} is no output folder: nothing was judged in it", args.dir.display()),
            "name a folder that `assay scan`, `assay evaluate` or `assay demo` wrote",
        )
        .into());
    } else if args.dir.join("assessment.json").exists() {
        // Without its digests a report could say anything.
        out.bad(format!(
            "{} holds an assessment, but {} with its digests is missing",
            args.dir.display(),
            out::MARKER
        ));
    }
    let manifest = snapshot.manifest();
    out.good = Some((manifest.segments.len() as u64, files, manifest.root_digest.clone()));
    Ok(out)
}

/// Checks what was made of a snapshot; gives the number of files that were compared.
fn output(args: &VerifyArgs, snapshot: &Snapshot, out: &mut Checked) -> Result<usize> {
    let report = out::verify(&args.dir)?;
    out.problems.extend(report.problems);
    match super::read_assessment(&args.dir) {
        Ok(a) => {
            let root = &snapshot.manifest().root_digest;
            if a.snapshot.root_digest != *root {
                out.bad(format!(
                    "assessment.json was made from the snapshot {}, this one is {root}",
                    a.snapshot.root_digest
                ));
            }
            if args.replay {
                let baseline = super::replay::baseline(args, &a)?;
                let (compared, differ) = super::replay::run(&args.dir, snapshot, &a, baseline)?;
                if differ.is_empty() {
                    out.notes
                        .push(format!("judged again: {compared} files are the same, byte by byte"));
                }
                out.problems.extend(differ);
            }
        }
        Err(e) => out.bad(format!("{e:#}")),
    }
    match signature(args)? {
        Signature::None => {}
        Signature::Holds(who) => out.notes.push(who),
        Signature::Broken(problems) => out.problems.extend(problems),
    }
    Ok(report.checked)
}

/// What a folder's seal says.
enum Signature {
    /// There is none, and nobody asked for one.
    None,
    /// It holds; in words.
    Holds(String),
    /// What does not hold.
    Broken(Vec<String>),
}

/// Checks the seal of an output folder: its files against each other, the key against the signers,
/// every subject against the file that lies there now.
fn signature(args: &VerifyArgs) -> Result<Signature> {
    let signers = args
        .allowed_signers
        .as_deref()
        .map(Signers::read)
        .transpose()
        .map_err(|e| Usage::plain(e.to_string()))?;
    let read = |name: &str| fs::read_to_string(args.dir.join(name)).ok();
    let (statement, envelope, signature) = (read(STATEMENT), read(ENVELOPE), read(SIGNATURE));
    if statement.is_none() && envelope.is_none() && signature.is_none() {
        return Ok(match signers {
            None => Signature::None,
            Some(_) => Signature::Broken(vec![format!("{} is not signed", args.dir.display())]),
        });
    }
    // A seal that `ssh-keygen` made has no envelope.
    let (Some(statement), Some(signature)) = (statement, signature) else {
        let why = format!("of {STATEMENT} and {SIGNATURE} not all can be read");
        return Ok(Signature::Broken(vec![why]));
    };
    #[expect(clippy::disallowed_methods, reason = "signers are allowed for a time")]
    let now = jiff::Timestamp::now();
    let seal = Seal { statement, envelope, signature };
    let sealed = match seal::check(&seal, signers.as_ref(), now) {
        Ok(sealed) => sealed,
        Err(e) => return Ok(Signature::Broken(vec![e.to_string()])),
    };
    let mut problems = Vec::new();
    let mut named: BTreeSet<&str> = BTreeSet::new();
    for subject in &sealed.statement.subject {
        named.insert(&subject.name);
        match out::digest(&args.dir.join(&subject.name)) {
            Ok(found) if found == subject.sha256() => {}
            Ok(_) => problems.push(format!("{} is not what was signed", subject.name)),
            Err(e) => {
                problems.push(format!("{} was signed, and cannot be read: {e}", subject.name))
            }
        }
    }
    let files = out::files(&args.dir)?;
    let all = files.keys().map(String::as_str).chain([super::sign::MANIFEST]);
    for name in all.filter(|n| !named.contains(n)) {
        problems.push(format!("{name} is not in the signed statement"));
    }
    if !problems.is_empty() {
        return Ok(Signature::Broken(problems));
    }
    let files = count(named.len() as u64, "file", "files");
    Ok(Signature::Holds(match sealed.signer {
        Some(who) => format!("signed by {who} ({}): {files}", sealed.fingerprint),
        None => format!(
            "signed by {}: {files}; whose key that is tells --allowed-signers",
            sealed.fingerprint
        ),
    }))
}
