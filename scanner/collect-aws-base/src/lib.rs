//! What every AWS service's collector needs.
//!
//! A service is a static [`Service`]: what it calls, what that needs in IAM, which listings it is
//! responsible for, and a function that collects with a [`Cx`]. Every request passes two guards:
//! the [`Probe`] interceptor refuses an operation that the service has not declared, and the HTTP
//! client refuses a request that no probe has seen. So what is declared is all that is called, and
//! the IAM policy printed from it is enough.
//!
//! ```ignore
//! pub static SERVICE: Service = Service {
//!     name: "organizations",
//!     scope: Scope::Global,
//!     operations: &["organizations:ListAccounts"],
//!     actions: &["organizations:ListAccounts"],
//!     types: &["AWS::Organizations::Account"],
//!     collect: |cx| Box::pin(collect(cx)),
//! };
//! ```

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

mod client;
mod cx;
mod error;
mod probe;
mod service;
#[cfg(test)]
mod tests;

pub use client::{guarded, https, sdk_config};
pub use cx::{AccountContext, Cx, Options};
pub use error::{Problem, chain, classify};
pub use probe::Probe;
pub use service::{Scope, Service};

pub use assay_aws_wire::{Protocol, Reach, WireOperation};
pub use assay_collect::{CallError, Called, Draft, Facet, Got, ListingGuard};
