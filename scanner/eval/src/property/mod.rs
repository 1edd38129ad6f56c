//! The property that every change must keep, as functions that any test can call.
//!
//! Deny any call, delete any facet, cut any listing, corrupt any leaf: keyed by (rule, resource,
//! key), each result stays or becomes `not_assessed`; a resource may vanish only where its listing
//! says that it is not complete; no control and no score gets better; and with a baseline no known
//! failure disappears.
//!
//! ```text
//! let estate = Estate::read(&snapshot)?;
//! let bench = Bench::new(&library, &types);
//! let before = bench.judge(&estate, None)?;
//! for change in estate.changes() {
//!     let after = bench.judge(&change.estate(), Some(&before))?;
//!     assert!(violations(&before, &after).is_empty());
//! }
//! ```

mod bench;
mod change;
mod compare;

pub use bench::{Bench, Outcome};
pub use change::{Change, Estate};
pub use compare::violations;
