//! `assay sign DIR --key KEY`: a statement of every file of an output folder, signed. Without a
//! key it is left to `ssh-keygen`.

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
    let key = args.key.as_deref().map(Key::read).transpose().map_err(usage)?;
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
    let number = subjects.len() as u64;
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
    let statement = Statement::new(subjects, predicate);
    let put = |name: &str, text: &str| {
        let path = dir.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    let mut stdout = std::io::stdout().lock();
    let number = count(number, "file", "files");
    // The statement last: a folder counts as signed once it is there.
    let Some(key) = key else {
        put(STATEMENT, &seal::written(&statement).map_err(usage)?)?;
        if !global.quiet {
            writeln!(stdout, "wrote the statement of {number} of {}; sign it:", dir.display())?;
            let (namespace, path) = (seal::NAMESPACE, dir.join(STATEMENT));
            writeln!(stdout, "  ssh-keygen -Y sign -n {namespace} -f KEY {}", path.display())?;
        }
        return Ok(Outcome::Clean);
    };
    let seal = seal::seal(&statement, &key).map_err(usage)?;
    if let Some(envelope) = &seal.envelope {
        put(ENVELOPE, envelope)?;
    }
    put(SIGNATURE, &seal.signature)?;
    put(STATEMENT, &seal.statement)?;
    if !global.quiet {
        writeln!(stdout, "signed {number} of {} with {}", dir.display(), key.fingerprint())?;
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
