//! `assay demo`: the bundled estate, end to end, offline.

use std::io::Write;

use anyhow::{Context, Result};
use assay_snapshot::Snapshot;

use super::judge::Judge;
use crate::args::{DemoArgs, Global};
use crate::exit::Outcome;
use crate::out::Out;

/// The bundled snapshot, file by file: path and content.
static SNAPSHOT: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/demo.rs"));

/// Whose account this is.
const INTRO: &str = "\
Larkspur Books sells books and has one AWS account, which grew faster than anybody looked after it.
The company is made up; the answers of its account were recorded. Everything below was judged just
now, on this machine, without a network. `assay scan aws` does the same with an account of yours.";

/// Runs the subcommand.
pub(crate) fn run(args: &DemoArgs, global: &Global) -> Result<Outcome> {
    let judge = Judge::prepare(&args.judge)?;
    let out = Out::prepare(&args.out.out)?;
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
