//! What the collecting subcommands say of a snapshot: what it lacks, that it was interrupted, that
//! it cannot be written.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use assay_core::ListingState;
use assay_core::manifest::CallResult;
use assay_reports::text::count;
use assay_snapshot::{Snapshot, SnapshotError, Source};

use crate::args::Global;
use crate::exit::{Outcome, Usage};
use crate::log;

/// What a collection could not see: calls without answer by operation and state, and listings that
/// are not complete.
pub(super) fn unseen(folder: &Path, manifest: &assay_core::Manifest) -> Result<Vec<String>> {
    let snapshot = Snapshot::open(folder)?;
    let mut calls: BTreeMap<(String, &str), u64> = BTreeMap::new();
    snapshot.calls(&mut |call| {
        if let CallResult::Gap { gap } = call.result {
            *calls.entry((call.operation, gap.state.as_str())).or_default() += 1;
        }
    })?;
    let mut out: Vec<String> = calls
        .into_iter()
        .map(|((operation, state), n)| {
            format!("{operation} {state} ({})", count(n, "call", "calls"))
        })
        .collect();
    let open = manifest
        .listings
        .iter()
        .filter(|l| !matches!(l.state, ListingState::Complete | ListingState::LeftOut));
    out.extend(open.map(|l| format!("{} in {}: {}", l.kind, l.region, l.state.as_str())));
    Ok(out)
}

/// The error of a snapshot that cannot be written.
pub(super) fn snapshot(e: SnapshotError) -> anyhow::Error {
    match e {
        SnapshotError::Occupied { .. } | SnapshotError::UnknownType(_) => {
            Usage::plain(e.to_string()).into()
        }
        other => other.into(),
    }
}

/// Says where the partial snapshot lies.
pub(super) fn interrupted(folder: &Path, global: &Global) -> Result<Outcome> {
    let text = format!(
        "interrupted: the partial snapshot is kept in {0}; `assay evaluate {0}` judges what it holds",
        folder.display()
    );
    log::line(global.log_format, "WARN", &text, &serde_json::json!({"message": text}));
    Ok(Outcome::Interrupted)
}
