//! Single settings: what the kernel takes, and what it does when nobody sets them.

use assay_core::Gap;

use super::table::Table;
use crate::Setting;
use crate::boot::{Builds, agreed};

/// One setting.
pub(super) struct Key {
    /// Its name, dotted; the facet's too.
    pub name: &'static str,
    /// The numbers that the kernel takes; any other write fails and changes nothing.
    pub range: (i64, i64),
    /// What it is when nobody sets it.
    pub default: Default,
}

/// A default.
pub(super) enum Default {
    /// The same in every build.
    Fixed(i64),
    /// A build with the option has the first value, one without the second.
    Option(&'static str, i64, i64),
    /// Tracing of processes: off without Yama, and Debian's kernels switch it off until somebody
    /// asks for it.
    Yama,
}

const fn fixed(name: &'static str, range: (i64, i64), default: i64) -> Key {
    Key { name, range, default: Default::Fixed(default) }
}

const fn option(
    name: &'static str,
    range: (i64, i64),
    option: &'static str,
    with: i64,
    without: i64,
) -> Key {
    Key { name, range, default: Default::Option(option, with, without) }
}

/// The settings that have a facet of their own.
pub(super) const KEYS: &[Key] = &[
    option("kernel.randomize_va_space", (0, i32::MAX as i64), "CONFIG_COMPAT_BRK", 1, 2),
    fixed("kernel.kptr_restrict", (0, 2), 0),
    option("kernel.dmesg_restrict", (0, 1), "CONFIG_SECURITY_DMESG_RESTRICT", 1, 0),
    Key { name: "kernel.yama.ptrace_scope", range: (0, 3), default: Default::Yama },
    option("kernel.unprivileged_bpf_disabled", (0, 2), "CONFIG_BPF_UNPRIV_DEFAULT_OFF", 2, 0),
    fixed("kernel.modules_disabled", (0, 1), 0),
    fixed("net.core.bpf_jit_harden", (0, 2), 0),
    fixed("net.ipv4.tcp_syncookies", (0, 2), 1),
    fixed("fs.protected_hardlinks", (0, 1), 0),
    fixed("fs.protected_symlinks", (0, 1), 0),
    fixed("fs.protected_fifos", (0, 2), 0),
    fixed("fs.protected_regular", (0, 2), 0),
    fixed("fs.suid_dumpable", (0, 2), 0),
];

/// The value of a key in force after a start.
///
/// # Errors
/// It cannot be told: a file is unreadable, or the default depends on a build that is not there.
pub(super) fn value(
    table: &Table,
    key: &Key,
    builds: &Result<Builds, Gap>,
    debian: bool,
) -> Result<Setting, Gap> {
    let path = key.name.replace('.', "/");
    if let Some(setting) = table.number(&path, key.range)? {
        return Ok(setting);
    }
    let number =
        match key.default {
            Default::Fixed(n) => n,
            Default::Option(option, with, without) => {
                let builds = builds.as_ref().map_err(Clone::clone)?;
                agreed(builds, key.name, |b| {
                    if b.option(option) == Some("y") { with } else { without }
                })?
            }
            Default::Yama if debian => 0,
            Default::Yama => {
                let builds = builds.as_ref().map_err(Clone::clone)?;
                agreed(builds, key.name, |b| {
                    i64::from(b.option("CONFIG_SECURITY_YAMA") == Some("y"))
                })?
            }
        };
    Ok(table.built_in(&path, number))
}
