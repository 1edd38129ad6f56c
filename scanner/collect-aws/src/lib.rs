//! Collects AWS accounts.
//!
//! [`collect()`] asks who the caller is, gets into the accounts that the plan names, discovers the
//! regions of each and runs every [`services()`] in them, all at the same time, each with its own
//! limit of open calls. A service is one file in
//! `services/` and one line in its list; from the same descriptors come the IAM policy
//! ([`permissions`]) and the guard that refuses every operation that is not declared.

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

mod account;
mod accounts;
mod collect;
mod connect;
mod error;
pub mod permissions;
mod plan;
pub mod services;
mod shape;
#[cfg(test)]
mod tests;

pub use collect::{Collected, collect};
pub use error::CollectError;
pub use plan::{Accounts, AwsPlan};
pub use services::services;
