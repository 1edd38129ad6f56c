//! Collects Azure tenants: Resource Manager, Resource Graph and Microsoft Graph.
//!
//! [`collect()`] finds a credential (and names it), asks which tenant and subscriptions there are,
//! and runs every [`services()`] where it belongs, all at the same time. A service is one file in
//! `services/` and one line in its list. What it may ask is declared as [`Operation`]s: from them
//! come the custom role and the application permissions ([`permissions`]), and the guard of the
//! pipeline that refuses everything else.
//!
//! ```ignore
//! static KEYS: Operation =
//!     Operation::arm("Microsoft.KeyVault:vaults/keys/read", "{id}/keys", "2023-07-01");
//!
//! pub static SERVICE: Service = Service {
//!     name: "keyvault",
//!     scope: Scope::Subscription,
//!     operations: &[&KEYS],
//!     types: &["Microsoft.KeyVault/vaults/keys"],
//!     collect: |cx| Box::pin(collect(cx)),
//! };
//! ```
//!
//! | a service calls | and gets |
//! |---|---|
//! | [`Cx::get`] | one object |
//! | [`Cx::page`] | one page, for a [`ListingGuard`] |
//! | [`Cx::list`] | all pages of a small collection, as one recorded call |
//! | [`Cx::gets`], [`Cx::lists`] | the same of several objects of Microsoft Graph, 20 in a request |
//! | [`Cx::resource_graph`] | one page of a query over several subscriptions |
//!
//! Every request is paced by what the provider says is left of its quotas, retried where that
//! helps, and recorded with the provider's request id and the digest of the answer. An error
//! carries the provider's code ([`CallError::code`]): only the service knows whether a code such as
//! `ResourceNotFound` proves absence ([`Called::absent_on`]).

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

mod batch;
mod check;
mod client;
mod cloud;
mod collect;
mod credential;
mod cx;
mod discover;
mod error;
#[cfg(any(test, feature = "fake"))]
pub mod fake;
pub mod id;
mod operation;
pub mod permissions;
mod plan;
mod policy;
mod problem;
mod read;
mod secret;
mod service;
pub mod services;
#[cfg(test)]
mod tests;
mod transport;

pub use assay_collect::{CallError, Called, Draft, Facet, Got, ListingGuard};
pub use check::{Checked, Refused, check};
pub use cloud::Cloud;
pub use collect::{Collected, collect};
pub use credential::{Access, VARIABLES};
pub use cx::{Cx, Options, Subscription};
pub use error::CollectError;
pub use operation::{Api, Operation};
pub use plan::AzurePlan;
pub use read::{Page, RESOURCE_GRAPH, Rows};
pub use service::{Scope, Service};
pub use services::services;

/// The provider's name in documents and listings.
pub const PROVIDER: &str = "azure";
/// The region of what has none, and of every listing.
pub const GLOBAL: &str = "global";
/// The type of a subscription's document.
pub const SUBSCRIPTION: &str = "Microsoft.Resources/subscriptions";
/// The type of the tenant's document.
pub const TENANT: &str = "Assay::Azure::Tenant";
