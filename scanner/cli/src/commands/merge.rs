//! `assay merge SNAPSHOT…`: one snapshot out of several.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use assay_reports::text::{count, plain};
use assay_snapshot::{Overlap, SnapshotError, merge};

use super::evaluate::{snapshot_dir, usage};
use crate::args::{Global, MergeArgs};
use crate::exit::{Outcome, Usage};

/// Runs the subcommand.
pub(crate) fn run(args: &MergeArgs, global: &Global) -> Result<Outcome> {
    let types = Arc::new(super::content::types()?);
    let shards: Vec<PathBuf> = args.snapshots.iter().map(|s| snapshot_dir(s)).collect();
    let shards: Vec<&Path> = shards.iter().map(PathBuf::as_path).collect();
    let overlap = if args.replace { Overlap::Replace } else { Overlap::Join };
    let manifest = merge(&shards, &args.out, types, overlap).map_err(|e| match e {
        SnapshotError::Occupied { .. } => Usage::plain(e.to_string()).into(),
        other => usage(other),
    })?;
    if !global.quiet {
        let documents: u64 = manifest.segments.iter().map(|s| s.count).sum();
        let mut out = std::io::stdout().lock();
        writeln!(
            out,
            "{} of {}: {}",
            count(documents, "document", "documents"),
            count(manifest.scope.accounts.len() as u64, "account or host", "accounts and hosts"),
            plain(&manifest.scope.accounts.join(", ")),
        )?;
        writeln!(out, "snapshot {}", args.out.display())?;
        writeln!(out, "next: assay evaluate {}", args.out.display())?;
    }
    Ok(Outcome::Clean)
}
