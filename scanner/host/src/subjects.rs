//! The one list of subjects. To add one: its folder below, one line here.

mod sysctl;

use crate::Subject;

/// Every subject, in the order in which they are read.
#[must_use]
pub fn all() -> &'static [&'static Subject] {
    &[&sysctl::SUBJECT]
}
