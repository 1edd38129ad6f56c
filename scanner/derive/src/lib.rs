//! Derived facets: what follows from one document and the documents around it.
//!
//! A deriver is a pure function of a document and of related documents. It never guesses: the
//! framework calls it only where every facet that it reads, of its own document and of the related
//! ones, is known and every listing that it rests on is complete. Otherwise the derived facet is
//! unknown with that cause, and rules that read it are not assessed.
//!
//! One file a deriver, registered in [`all`]. No input or output, no clock, no provider client.

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

mod alerts;
pub mod azure;
mod cloudtrail;
mod deriver;
mod fixed;
pub mod iam;
mod kms_access;
mod kms_references;
mod known;
mod list;
pub mod net;
pub mod policy;
mod rds_exposure;
mod s3_external_access;
mod s3_public_access;
mod s3_replication_targets;
mod s3_tls;
mod sharing;
mod trail_bucket;

pub use deriver::{Deriver, Memo, Need, World, derive, memo};
pub use fixed::Fixed;
pub use known::{Unknown, UnknownKind, known};
pub use list::{all, of};
