//! Linux hosts as snapshots.
//!
//! `root` reads the running host or a folder without ever leaving it, `programs` are those of the
//! running host that are asked what no file holds, `archive` reads images,
//! `ssh` reads hosts that are elsewhere, `collect` runs every subject of
//! `assay-host` over a root and writes what it finds.

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

pub mod archive;
pub mod collect;
mod name;
mod programs;
pub mod root;
pub mod ssh;
mod subject;

pub use collect::{CollectError, Collected, HostPlan, Source, Target, collect};
pub use name::host_name;
pub use root::Folder;
