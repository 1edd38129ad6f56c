//! The ledger: every run of an estate in one file, each chained to the one before.
//!
//! [`Ledger`] is the file: an embedded SQLite database with a chain of entries ([`entry`]) and the
//! rows that they vouch for. [`View`] is what one run said; [`compare`] puts two beside each other.
//! [`Period`] is what an auditor sees of a time: controls by day with the missing nights, how long
//! failures stood, exceptions, coverage, populations; [`sample`] draws from these.
//!
//! No Rego, no provider, no clock: moments are handed in.

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

mod canon;
mod compare;
pub mod entry;
mod error;
pub mod period;
pub mod render;
pub mod sample;
mod schedule;
mod store;
mod view;

pub use compare::{Change, Diff, compare};
pub use error::LedgerError;
pub use period::Period;
pub use schedule::{BadSchedule, EARLY, Schedule};
pub use store::{
    Added, Head, Ledger, Observed, Problem, Pruned, Stored, Verified, Views, declared, head, holds,
    last_run, removed,
};
pub use view::{
    ApprovalRow, ControlRow, Index, ListingRow, Member, Place, RuleRow, Standing, View,
};
