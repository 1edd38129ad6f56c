//! `assay evaluate SNAPSHOT`: only judge.

use std::path::Path;

use anyhow::{Context, Result};
use assay_snapshot::{Snapshot, SnapshotError};

use super::judge::Judge;
use crate::args::{EvaluateArgs, Global};
use crate::exit::{Outcome, Usage};

/// Runs the subcommand. The output folder holds a copy of the snapshot, so that it can be verified
/// by itself.
pub(crate) fn run(args: &EvaluateArgs, global: &Global) -> Result<Outcome> {
    let judge = Judge::prepare(&args.judge)?;
    let snapshot = open(&args.snapshot)?;
    let out = judge.prepare_out(&args.out.out)?;
    copy(&snapshot_dir(&args.snapshot), &out.path("snapshot"))?;
    judge.run(&snapshot, out, global)
}

/// Opens a snapshot folder, or the snapshot inside an output folder.
pub(super) fn open(path: &Path) -> Result<Snapshot> {
    try_open(path).map_err(usage)
}

/// [`open`], with what is wrong as the snapshot says it.
pub(super) fn try_open(path: &Path) -> Result<Snapshot, SnapshotError> {
    Snapshot::open(&snapshot_dir(path))
}

/// The snapshot folder itself, or the one inside an output folder.
pub(super) fn snapshot_dir(path: &Path) -> std::path::PathBuf {
    let inner = path.join("snapshot");
    if inner.join("manifest.json").is_file() { inner } else { path.to_path_buf() }
}

/// A snapshot that cannot be used is the user's to mend: another folder, or its copy.
pub(super) fn usage(e: SnapshotError) -> anyhow::Error {
    match e {
        SnapshotError::Io { .. } | SnapshotError::DiskFull(_) => e.into(),
        other => Usage::plain(other.to_string()).into(),
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    let entries =
        std::fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", from.display()))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target)?;
        } else {
            std::fs::copy(&source, &target).with_context(|| {
                format!("cannot copy {} to {}", source.display(), target.display())
            })?;
        }
    }
    Ok(())
}
