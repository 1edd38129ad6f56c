//! The one list of subjects. To add one: its folder below, one line here.

mod bootloader;
mod firewall;
mod kernel;
mod module;
mod ssh;
mod sysctl;
mod units;

pub use ssh::{Query, sshd_answer};

use crate::Subject;

#[rustfmt::skip]
static ALL: &[&Subject] = &[
    &bootloader::SUBJECT,
    &firewall::SUBJECT,
    &kernel::SUBJECT,
    &module::SUBJECT,
    &ssh::SUBJECT,
    &sysctl::SUBJECT,
    &units::SUBJECT,
];

/// Every subject, in the order in which they are read.
#[must_use]
pub fn all() -> &'static [&'static Subject] {
    ALL
}
