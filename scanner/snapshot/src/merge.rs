//! Joins the shards of one scan: the union of their segments, calls and listings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use assay_core::manifest::SnapshotState;
use assay_core::{Listing, Manifest, Name, TypeRegistry};

use crate::writer::listing_key;
use crate::{Head, Snapshot, SnapshotError, SnapshotWriter, Source};

/// What becomes of an account that several shards hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// Documents of one id become one; where they disagree on a facet, nothing is known of it. A
    /// listing that several shards have keeps its worst state.
    Join,
    /// The last shard that holds the account says all of it.
    Replace,
}

/// Merges snapshots into a new one at `out`. The times span all shards.
///
/// # Errors
/// A shard cannot be read, two shards hold calls of one account in conflict, or the new snapshot
/// cannot be written.
pub fn merge(
    shards: &[&Path],
    out: &Path,
    types: Arc<TypeRegistry>,
    overlap: Overlap,
) -> Result<Manifest, SnapshotError> {
    let mut shards: Vec<Shard> =
        shards.iter().map(|d| Snapshot::open(d).map(Shard::new)).collect::<Result<_, _>>()?;
    if overlap == Overlap::Replace {
        let mut later = BTreeSet::new();
        for shard in shards.iter_mut().rev() {
            let own = std::mem::take(&mut shard.places);
            shard.places = own.difference(&later).cloned().collect();
            later.extend(own);
        }
        // What is replaced as a whole has no part in the times either.
        shards.retain(|s| !s.places.is_empty());
    }
    let Some(head) = joined(&shards) else {
        return Err(SnapshotError::NotASnapshot(out.to_owned()));
    };
    let writer = SnapshotWriter::create(out, types)?;
    let mut listings: BTreeMap<_, Listing> = BTreeMap::new();
    for Shard { snapshot: shard, places } in &shards {
        let keeps = |provider: &str, account: &str| {
            places.iter().any(|(p, a)| p == provider && a == account)
        };
        for segment in shard.segments().iter().filter(|s| keeps(&s.provider, &s.account)) {
            let mut lines = shard.lines(segment)?;
            while let Some(line) = lines.next()? {
                writer.put(line.resource()?)?;
            }
        }
        let mut failed = None;
        shard.calls(&mut |call| {
            // A call's id begins with its provider.
            let provider = call.id.split('/').next().unwrap_or_default();
            if failed.is_none() && keeps(provider, &call.account) {
                failed = writer.call(&call).err();
            }
        })?;
        if let Some(e) = failed {
            return Err(e);
        }
        for l in shard.manifest().listings.iter().filter(|l| keeps(&l.provider, &l.account)) {
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

/// A shard, and whose part of it is taken: (provider, account).
struct Shard {
    snapshot: Snapshot,
    places: BTreeSet<(Name, Name)>,
}

impl Shard {
    fn new(snapshot: Snapshot) -> Self {
        let listed = snapshot.manifest().listings.iter().map(|l| (&l.provider, &l.account));
        let held = snapshot.segments().iter().map(|s| (&s.provider, &s.account));
        let places = listed.chain(held).map(|(p, a)| (p.clone(), a.clone())).collect();
        Self { snapshot, places }
    }
}

fn joined(shards: &[Shard]) -> Option<Head> {
    let mut manifests = shards.iter().map(|s| s.snapshot.manifest());
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
            (&mut scope.left_out_accounts, &other.left_out_accounts),
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
    let accounts = head.scope.accounts.clone();
    head.scope.left_out_accounts.retain(|a| !accounts.contains(a));
    head.scope.account_regions = account_regions(shards, &regions);
    Some(head)
}

/// The regions of accounts in which not all that the merged snapshot speaks of are in scope. A
/// provider without regions leaves none.
fn account_regions(shards: &[Shard], all: &[String]) -> BTreeMap<String, Vec<String>> {
    let mut own: BTreeMap<&str, BTreeSet<&String>> = BTreeMap::new();
    for Shard { snapshot, places } in shards {
        let scope = &snapshot.manifest().scope;
        for (_, account) in places {
            own.entry(account).or_default().extend(scope.regions_of(account));
        }
    }
    let fewer = own.into_iter().filter(|(_, own)| !own.is_empty() && own.len() < all.len());
    fewer.map(|(a, own)| (a.to_owned(), own.into_iter().cloned().collect())).collect()
}
