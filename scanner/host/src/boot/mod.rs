//! What boots a host: the entries of its boot loader with the words they give the kernel, and how
//! the kernel was built.
//!
//! Several subjects need it: options of the kernel decide over settings, modules and safeguards.

mod build;
mod entries;
mod grub;
mod shell;
mod unified;
mod words;

pub(crate) use build::{Builds, agreed, builds};
pub(crate) use entries::{Entries, Entry, entries};
pub(crate) use grub::{Grub, grub};
pub(crate) use shell::{Assignment, assignments};
pub(crate) use words::{Word, words};

use crate::Host;

/// Whether a root holds what starts a host: an init. A container's image holds none, and nothing of
/// the kernel or of mounts is its own.
pub(crate) fn starts(host: &Host<'_>) -> bool {
    let inits = [
        "/sbin/init",
        "/usr/sbin/init",
        "/lib/systemd/systemd",
        "/usr/lib/systemd/systemd",
        "/sbin/openrc-init",
        "/etc/inittab",
    ];
    inits.iter().any(|path| may_be(host, path))
}

/// Whether a name is there; one that cannot be looked at may be.
fn may_be(host: &Host<'_>, path: &str) -> bool {
    !matches!(host.root().lstat(path.as_ref()), Err(crate::Miss::Absent))
}

/// Whether systemd is the init.
pub(crate) fn systemd(host: &Host<'_>) -> bool {
    let there = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"];
    if !there.iter().any(|path| may_be(host, path)) {
        return false;
    }
    match host.root().resolve("/sbin/init".as_ref()) {
        Ok(init) => init.ends_with("systemd"),
        Err(_) => true,
    }
}
