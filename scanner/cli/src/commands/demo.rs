//! `assay demo`: the bundled estate, end to end, offline.

use std::io::Write;

use anyhow::{Context, Result};
use assay_snapshot::Snapshot;

use super::judge::Judge;
use crate::args::{DemoArgs, Global};
use crate::exit::Outcome;

/// The bundled snapshot, file by file: path and content.
static SNAPSHOT: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/demo.rs"));

/// Whose account this is.
const INTRO: &str = "\
Larkspur Books sells books. It has an AWS account that grew faster than anybody looked after it, two
Azure subscriptions, and two Linux hosts, of which one was forgotten. The company is made up; what
its clouds answered and what lies on its hosts was recorded. Everything below was judged just now,
on this machine, without a network. `assay scan` does the same with what is yours.";

/// Runs the subcommand.
pub(crate) fn run(args: &DemoArgs, global: &Global) -> Result<Outcome> {
    let mut judge = args.judge.clone();
    // A company that is made up has no place in the ledger of a real one.
    judge.no_ledger |= judge.ledger.is_none();
    let judge = Judge::prepare(&judge)?.with_counterfactuals();
    let out = judge.prepare_out(&args.out.out)?;
    let dir = out.path("snapshot");
    for (path, bytes) in SNAPSHOT {
        let file = dir.join(path);
        if let Some(parent) = file.parent() {
            std::fs::create_dir_all(parent)
                .with_context(|| format!("cannot create {}", parent.display()))?;
        }
        std::fs::write(&file, bytes).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let snapshot = Snapshot::open(&dir)?;
    if !global.quiet {
        writeln!(std::io::stdout().lock(), "{INTRO}\n")?;
    }
    judge.run(&snapshot, out, global)
}
