//! Joins the shards of one scan: the union of their segments, calls and listings.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use assay_core::manifest::SnapshotState;
use assay_core::{Listing, Manifest, TypeRegistry};

use crate::writer::listing_key;
use crate::{Head, Snapshot, SnapshotError, SnapshotWriter, Source};

/// Merges snapshots into a new one at `out`. Documents of one id become one; a listing that several
/// shards have keeps its worst state; the times span all shards.
///
/// # Errors
/// A shard cannot be read, two shards hold calls of one account in conflict, or the new snapshot
/// cannot be written.
pub fn merge(
    shards: &[&Path],
    out: &Path,
    types: Arc<TypeRegistry>,
) -> Result<Manifest, SnapshotError> {
    let shards: Vec<Snapshot> =
        shards.iter().map(|d| Snapshot::open(d)).collect::<Result<_, _>>()?;
    let Some(head) = joined(&shards) else {
        return Err(SnapshotError::NotASnapshot(out.to_owned()));
    };
    let writer = SnapshotWriter::create(out, types)?;
    let mut listings: BTreeMap<_, Listing> = BTreeMap::new();
    for shard in &shards {
        for segment in shard.segments() {
            let mut lines = shard.lines(segment)?;
            while let Some(line) = lines.next()? {
                writer.put(line.resource()?)?;
            }
        }
        let mut failed = None;
        shard.calls(&mut |call| {
            if failed.is_none() {
                failed = writer.call(&call).err();
            }
        })?;
        if let Some(e) = failed {
            return Err(e);
        }
        for l in &shard.manifest().listings {
            match listings.get_mut(&listing_key(l)) {
                Some(old) => worse(old, l),
                None => {
                    listings.insert(listing_key(l), l.clone());
                }
            }
        }
    }
    listings.into_values().for_each(|l| writer.listing(l));
    writer.finish(head)
}

/// Keeps the worse state of two records of one listing, and the calls of both.
fn worse(old: &mut Listing, new: &Listing) {
    if new.state > old.state {
        old.state = new.state;
        old.gap.clone_from(&new.gap);
    }
    old.pages += new.pages;
    old.started = [old.started, new.started].into_iter().flatten().min();
    old.ended = [old.ended, new.ended].into_iter().flatten().max();
    old.calls.extend(new.calls.iter().cloned());
    old.calls.sort();
    old.calls.dedup();
}

fn joined(shards: &[Snapshot]) -> Option<Head> {
    let mut manifests = shards.iter().map(Source::manifest);
    let first = manifests.next()?;
    let mut head = Head {
        tool_version: first.tool_version.clone(),
        state: first.state,
        started: first.started,
        ended: first.ended,
        scope: first.scope.clone(),
        callers: first.callers.clone(),
    };
    for m in manifests {
        if m.state == SnapshotState::Interrupted {
            head.state = m.state;
        }
        head.started = head.started.min(m.started);
        head.ended = head.ended.max(m.ended);
        head.callers.extend(m.callers.clone());
        let (scope, other) = (&mut head.scope, &m.scope);
        for (mine, theirs) in [
            (&mut scope.providers, &other.providers),
            (&mut scope.accounts, &other.accounts),
            (&mut scope.regions, &other.regions),
            (&mut scope.left_out_regions, &other.left_out_regions),
            (&mut scope.left_out_services, &other.left_out_services),
        ] {
            mine.extend(theirs.iter().cloned());
            mine.sort();
            mine.dedup();
        }
        if scope.region_choice != other.region_choice {
            scope.region_choice = "requested".to_owned();
        }
    }
    let regions = head.scope.regions.clone();
    head.scope.left_out_regions.retain(|r| !regions.contains(r));
    Some(head)
}
