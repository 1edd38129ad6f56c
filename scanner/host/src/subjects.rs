//! The one list of subjects. To add one: its folder below, one line here.

mod sysctl;

use crate::Subject;

static ALL: &[&Subject] = &[&sysctl::SUBJECT];

/// Every subject, in the order in which they are read.
#[must_use]
pub fn all() -> &'static [&'static Subject] {
    ALL
}
