//! `assay demo`: the bundled estate, end to end, offline.

use anyhow::{Context, Result};
use assay_snapshot::Snapshot;

use super::judge::Judge;
use crate::args::{DemoArgs, Global};
use crate::exit::Outcome;
use crate::out::Out;

/// The bundled snapshot, file by file: path and content.
static SNAPSHOT: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/demo.rs"));

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
    judge.run(&snapshot, out, global)
}
