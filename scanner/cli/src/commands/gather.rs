//! Collecting from one provider or several into one snapshot, and what follows: the part of `scan`
//! and `collect` that is the same for all.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use assay_core::manifest::SnapshotState;
use assay_core::typedef::TypeRegistry;
use assay_core::{ListingState, Manifest};
use assay_reports::text::count;
use assay_snapshot::{Overlap, Snapshot};

use super::judge::Judge;
use super::seen;
use crate::args::Global;
use crate::exit::Outcome;

/// What to collect from one provider.
pub(super) enum Part {
    #[cfg(feature = "aws")]
    Aws(assay_collect_aws::AwsPlan),
    #[cfg(feature = "azure")]
    Azure(assay_collect_azure::AzurePlan),
    #[cfg(feature = "host")]
    Host(assay_collect_host::HostPlan),
}

/// A snapshot that was written, whole or interrupted.
struct Gathered {
    /// Of whom it is.
    whose: String,
    manifest: Manifest,
}

impl Part {
    const fn name(&self) -> &'static str {
        match self {
            #[cfg(feature = "aws")]
            Self::Aws(_) => "aws",
            #[cfg(feature = "azure")]
            Self::Azure(_) => "azure",
            #[cfg(feature = "host")]
            Self::Host(_) => "host",
        }
    }

    fn run(self, folder: &Path, types: Arc<TypeRegistry>, global: &Global) -> Result<Gathered> {
        match self {
            #[cfg(feature = "aws")]
            Self::Aws(plan) => {
                let c = super::aws::run(plan, folder, types, global)?;
                let whose = match c.accounts.as_slice() {
                    [one] => format!("account {one}"),
                    all => count(all.len() as u64, "account", "accounts"),
                };
                Ok(Gathered { whose, manifest: c.manifest })
            }
            #[cfg(feature = "azure")]
            Self::Azure(plan) => {
                let c = super::azure::run(plan, folder, types, global)?;
                let n = count(c.subscriptions.len() as u64, "subscription", "subscriptions");
                let whose = format!("{n} of tenant {}", c.tenant);
                Ok(Gathered { whose, manifest: c.manifest })
            }
            #[cfg(feature = "host")]
            Self::Host(plan) => {
                let c = super::host::run(plan, folder, types, global)?;
                Ok(Gathered { whose: c.hosts.join(", "), manifest: c.manifest })
            }
        }
    }
}

/// Collects, judges, renders.
pub(super) fn scan(
    judge: Judge,
    parts: Vec<Part>,
    target: &Path,
    global: &Global,
) -> Result<Outcome> {
    let mut out = judge.prepare_out(target)?;
    let folder = out.path("snapshot");
    let types = Arc::new(judge.library().types.clone());
    let shards = out.path("shards");
    let gathered = gather(parts, &folder, &shards, types, global, &mut || out.keep())?;
    if gathered.manifest.state == SnapshotState::Interrupted {
        return seen::interrupted(&folder, global);
    }
    let snapshot = Snapshot::open(&folder).map_err(super::evaluate::usage)?;
    judge.run(&snapshot, out, global).with_context(|| {
        format!("the snapshot is kept for `assay evaluate {}`, but", folder.display())
    })
}

/// Only collects.
pub(super) fn collect(parts: Vec<Part>, out: &Path, global: &Global) -> Result<Outcome> {
    let mut shards = out.as_os_str().to_owned();
    shards.push(".shards");
    let (shards, types) = (PathBuf::from(shards), Arc::new(super::content::types()?));
    let gathered = gather(parts, out, &shards, types, global, &mut || {})?;
    if gathered.manifest.state == SnapshotState::Interrupted {
        return seen::interrupted(out, global);
    }
    let unseen = seen::unseen(out, &gathered.manifest)?;
    if !global.quiet {
        let m = &gathered.manifest;
        let documents: u64 = m.segments.iter().map(|s| s.count).sum();
        let whole = m.listings.iter().filter(|l| l.state == ListingState::Complete).count();
        let mut stdout = std::io::stdout().lock();
        writeln!(
            stdout,
            "{} of {}; {whole} of {} complete",
            count(documents, "resource", "resources"),
            gathered.whose,
            count(m.listings.len() as u64, "listing", "listings")
        )?;
        for line in &unseen {
            writeln!(stdout, "not seen: {}", assay_reports::text::plain(line))?;
        }
        writeln!(stdout, "snapshot {}", out.display())?;
        writeln!(stdout, "next: assay evaluate {}", out.display())?;
    }
    Ok(if unseen.is_empty() { Outcome::Clean } else { Outcome::Unseen })
}

/// One provider writes the snapshot itself; several write shards, one after the other, which are
/// then merged. `begun` is called once something was collected that should stay.
fn gather(
    mut parts: Vec<Part>,
    folder: &Path,
    shards: &Path,
    types: Arc<TypeRegistry>,
    global: &Global,
    begun: &mut dyn FnMut(),
) -> Result<Gathered> {
    if parts.len() == 1
        && let Some(part) = parts.pop()
    {
        let gathered = part.run(folder, types, global)?;
        // A collection takes its time: whatever follows, its snapshot stays.
        begun();
        return Ok(gathered);
    }
    let mut whose = Vec::new();
    let mut written: Vec<PathBuf> = Vec::new();
    for part in parts {
        let shard = shards.join(part.name());
        let gathered = part.run(&shard, Arc::clone(&types), global).with_context(|| {
            let kept: Vec<String> = written.iter().map(|s| s.display().to_string()).collect();
            match kept.is_empty() {
                true => "nothing was collected".to_owned(),
                false => format!("already collected are {}", kept.join(" and ")),
            }
        })?;
        begun();
        whose.push(gathered.whose);
        written.push(shard);
        if gathered.manifest.state == SnapshotState::Interrupted {
            break;
        }
    }
    let written: Vec<&Path> = written.iter().map(PathBuf::as_path).collect();
    let manifest =
        assay_snapshot::merge(&written, folder, types, Overlap::Join).map_err(seen::snapshot)?;
    std::fs::remove_dir_all(shards)
        .with_context(|| format!("cannot remove {}", shards.display()))?;
    Ok(Gathered { whose: whose.join(", "), manifest })
}
