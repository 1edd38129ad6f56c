//! The one list of subjects. To add one: its folder below, one line here.

mod accounts;
mod audit;
mod bootloader;
mod cloud_init;
mod containers;
mod coredump;
mod cron;
mod crypt;
mod doas;
mod filesystem;
mod firewall;
mod hooks;
mod integrity;
mod kernel;
mod logging;
mod login;
mod mac;
mod mail;
mod module;
mod mount;
mod notices;
mod os;
mod pam;
mod polkit;
mod sockets;
mod ssh;
mod sudo;
mod sysctl;
mod time;
mod units;
mod updates;

pub use audit::audit_rules;
pub use firewall::inbound_answer;
pub(crate) use mount::fstab_units;
pub use pam::pam_answer;
pub(crate) use ssh::base64;
pub use ssh::{Query, sshd_answer};
pub use sudo::sudo_answer;
pub use time::chrony_sources;
pub use updates::{apk_order, apt_options, debian_order, rpm_order};

use crate::Subject;

#[rustfmt::skip]
static ALL: &[&Subject] = &[
    &accounts::SUBJECT,
    &audit::SUBJECT,
    &bootloader::SUBJECT,
    &cloud_init::SUBJECT,
    &containers::SUBJECT,
    &coredump::SUBJECT,
    &crypt::SUBJECT,
    &cron::SUBJECT,
    &doas::SUBJECT,
    &filesystem::SUBJECT,
    &firewall::SUBJECT,
    &hooks::SUBJECT,
    &integrity::SUBJECT,
    &kernel::SUBJECT,
    &logging::SUBJECT,
    &login::SUBJECT,
    &mac::SUBJECT,
    &mail::SUBJECT,
    &module::SUBJECT,
    &mount::SUBJECT,
    &notices::SUBJECT,
    &os::SUBJECT,
    &pam::SUBJECT,
    &polkit::SUBJECT,
    &sockets::SUBJECT,
    &ssh::SUBJECT,
    &sudo::SUBJECT,
    &sysctl::SUBJECT,
    &time::SUBJECT,
    &units::SUBJECT,
    &updates::SUBJECT,
];

/// Every subject, in the order in which they are read.
#[must_use]
pub fn all() -> &'static [&'static Subject] {
    ALL
}
