//! The snapshot: what was seen, on disk or in memory.
//!
//! A snapshot is a folder: `manifest.json`, `calls.ndjson` and immutable segments, one for each
//! (provider, account, region, type). [`SnapshotWriter`] makes one, [`Snapshot`] reads one,
//! [`Memory`] is one without a folder. Whoever judges a snapshot sees only the trait [`Source`].
//! [`redact`] finds secrets in what is collected, so that none is ever written. [`corroborate`]
//! compares the calls with the provider's own log.
//!
//! No network and no clock here: times come from the collectors.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests may panic"
    )
)]

mod combine;
pub mod corroborate;
mod error;
mod memory;
mod merge;
mod project;
mod reader;
pub mod redact;
mod root;
pub mod seal;
mod sorter;
mod source;
#[cfg(test)]
mod tests;
mod writer;

pub use error::SnapshotError;
pub use memory::Memory;
pub use merge::{Overlap, merge};
pub use project::document;
pub use reader::Snapshot;
pub use root::root_digest;
pub use source::{Line, LineReader, Lines, Source, segment_path};
pub use writer::{Head, SnapshotWriter};

/// Longest line of a segment, in bytes. A longer one is not written and not read.
pub const MAX_LINE: usize = 8 * 1024 * 1024;

/// Deepest nesting of one facet. Readers stop at 128 levels; a document adds a few of its own.
pub const MAX_DEPTH: usize = 100;

/// Lines in one zstd frame.
pub const FRAME_LINES: usize = 50_000;

/// Name of the manifest inside the folder.
pub const MANIFEST: &str = "manifest.json";

/// Name of the call log inside the folder.
pub const CALLS: &str = "calls.ndjson";

/// Whether a file beside the manifest is somebody's own signature of it, by its name.
#[must_use]
pub fn is_signature(name: &str) -> bool {
    name.contains("signature") || name.ends_with(".sig")
}
