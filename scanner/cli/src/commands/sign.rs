//! `assay sign DIR --key KEY`: a statement of every file of an output folder, signed.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;

use anyhow::{Context, Result};
use assay_reports::text::count;
use assay_snapshot::Source;
use assay_snapshot::seal::{
    self, ENVELOPE, Key, SIGNATURE, STATEMENT, SealError, Statement, Subject,
};
use serde_json::json;

use crate::args::{Global, SignArgs};
use crate::exit::{Outcome, Usage};
use crate::out;

/// The snapshot's manifest, below an output folder. It holds the digests of everything beside it.
pub(super) const MANIFEST: &str = "snapshot/manifest.json";

/// Runs the subcommand.
pub(crate) fn run(args: &SignArgs, global: &Global) -> Result<Outcome> {
    let dir = &args.dir;
    for name in [STATEMENT, ENVELOPE, SIGNATURE] {
        if dir.join(name).exists() {
            return Err(Usage::new(
                format!("{} is signed already: {name} is there", dir.display()),
                "a signature is not replaced; `assay verify` checks it",
            )
            .into());
        }
    }
    let key = Key::read(&args.key).map_err(usage)?;
    let assessment = super::trusted_assessment(dir, &[])?;
    // Nothing is signed that does not match its own digests.
    let snapshot = super::evaluate::open(dir)?;
    let mut problems = out::verify(dir)?.problems;
    if let Err(e) = snapshot.verify() {
        problems.push(e.to_string());
    }
    let root = &snapshot.manifest().root_digest;
    if assessment.snapshot.root_digest != *root {
        problems.push("assessment.json was made from another snapshot".to_owned());
    }
    if let Some(first) = problems.first() {
        return Err(Usage::new(
            format!("{} is not signed: {first}", dir.display()),
            format!("`assay verify {}` names every mismatch", dir.display()),
        )
        .into());
    }
    let mut subjects: Vec<Subject> =
        out::files(dir)?.into_iter().map(|(name, sha)| Subject::new(name, sha)).collect();
    let manifest = dir.join(MANIFEST);
    let sha =
        out::digest(&manifest).with_context(|| format!("cannot read {}", manifest.display()))?;
    subjects.push(Subject::new(MANIFEST, sha));
    let files = subjects.len() as u64;
    #[expect(clippy::disallowed_methods, reason = "when it was signed")]
    let now = jiff::Timestamp::now();
    let predicate = BTreeMap::from([
        ("toolVersion".to_owned(), json!(assessment.tool_version)),
        ("snapshot".to_owned(), json!(root)),
        ("rules".to_owned(), json!(assessment.rules_digest)),
        ("tailoring".to_owned(), json!(assessment.tailoring_digest)),
        ("collected".to_owned(), json!(assessment.snapshot.ended)),
        ("signed".to_owned(), json!(now)),
    ]);
    let seal = seal::seal(&Statement::new(subjects, predicate), &key).map_err(usage)?;
    // The statement last: a folder counts as signed once it is there.
    for (name, text) in
        [(ENVELOPE, &seal.envelope), (SIGNATURE, &seal.signature), (STATEMENT, &seal.statement)]
    {
        let path = dir.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if !global.quiet {
        let mut stdout = std::io::stdout().lock();
        writeln!(
            stdout,
            "signed {} of {} with {}",
            count(files, "file", "files"),
            dir.display(),
            key.fingerprint()
        )?;
        writeln!(stdout, "check it with `assay verify {}`, or without assay:", dir.display())?;
        writeln!(
            stdout,
            "  ssh-keygen -Y verify -f ALLOWED_SIGNERS -I NAME -n {} -s {SIGNATURE} < {STATEMENT}",
            seal::NAMESPACE
        )?;
    }
    Ok(Outcome::Clean)
}

/// What the user can mend.
fn usage(e: SealError) -> anyhow::Error {
    Usage::plain(e.to_string()).into()
}
