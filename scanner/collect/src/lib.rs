//! What every collector needs, whatever its provider: calls that are recorded, facets that say how
//! they are known, listings that say how complete they are, and one session that ties them to a
//! snapshot.
//!
//! No provider's types and no network here. A collector never fails: what it cannot read becomes a
//! [`Facet::Unknown`] or a listing that is not complete.

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

mod bounded;
mod call;
mod cancel;
mod clock;
mod draft;
mod event;
mod facet;
mod listing;
mod session;

pub use bounded::bounded;
pub use call::{CallError, Called, Pending};
pub use cancel::Cancel;
pub use clock::now;
pub use draft::Draft;
pub use event::{Event, Events, silent};
pub use facet::Facet;
pub use listing::{Got, ListingGuard};
pub use session::{Place, Session};
