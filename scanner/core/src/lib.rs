//! The words of Assay: plain types that every other crate shares.
//!
//! No input or output happens here, nothing is async, and no clock is read. Whoever opens this
//! crate finds what a resource, a gap, a listing, a rule, a verdict and an assessment *are*; what
//! is done with them lives in the crates above.

pub mod approval;
pub mod assessment;
pub mod counterfactual;
pub mod evidence;
pub mod framework;
pub mod gap;
pub mod identity;
pub mod manifest;
pub mod name;
pub mod order;
pub mod path;
pub mod resource;
pub mod rule;
mod skip;
pub mod tailoring;
pub mod typedef;
pub mod verdict;

pub use counterfactual::Counterfactual;
pub use gap::{Gap, GapState};
pub use identity::fingerprint;
pub use manifest::{Call, CallResult, Listing, ListingState, Manifest};
pub use name::Name;
pub use path::{Path, Segment};
pub use resource::{Origin, Resource};
pub use rule::{RuleMeta, Severity};
pub use typedef::{TypeDef, TypeRegistry};
pub use verdict::{Failure, Status, Verdict};

/// A point in time in UTC, written as RFC 3339 (`2026-11-01T02:03:04Z`).
pub type Timestamp = jiff::Timestamp;
