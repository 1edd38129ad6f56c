//! Units as systemd merges them: files in order of their directories, masks, aliases, templates,
//! drop-ins, resets; what starts at boot, and why not.
//!
//! ```ignore
//! let units = systemd::units(host)?;
//! units.starts("auditd.service").at_boot();
//! let unit = units.unit("ssh.service");            // aliases are resolved
//! unit.commands("ExecStart"); unit.flag("Service", "NoNewPrivileges", false);
//! ```
//!
//! OpenRC and SysV init are seen through the same words: a script `sshd` is the unit `sshd.service`.
//! What lies in `/run` is gone at the next start and is not read, so a running host and its disk get
//! the same answer. Sources: systemd.unit(5), systemd.service(5), systemd.special(7),
//! systemd-sysv-generator(8), kernel-command-line(7).

mod boot;
mod cmdline;
mod condition;
mod conf;
mod environment;
mod exec;
mod files;
mod install;
mod load;
mod name;
mod parse;
mod specifier;
mod sysv;
mod unit;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_core::Gap;

pub use boot::{By, Starts, Why, triggers as triggered};
pub(crate) use cmdline::kernel_lines;
pub use cmdline::{Word, kernel_words};
pub use condition::Holds;
pub use environment::Environment;
pub use exec::Command;
pub use install::Enablement;
pub use parse::{Assignment, boolean, words};
pub use specifier::Facts;
pub use sysv::Init;
pub use unit::{Load, Place, Source, Unit};

pub(crate) use condition::matches;
pub(crate) use conf::{Options, options};
pub(crate) use environment::variables;

use crate::Host;

/// The units of a host.
#[derive(Debug)]
pub struct Units {
    /// Who starts the host.
    pub init: Init,
    /// Where the host goes at boot: the default target, aliases resolved.
    pub target: String,
    units: BTreeMap<String, Arc<Unit>>,
    boot: BTreeMap<String, Starts>,
    files: files::Files,
    missing: Arc<Unit>,
}

/// The units of a host, read once for all subjects.
///
/// # Errors
/// A directory of units that cannot be listed: then no answer about any unit is sure. A single unit
/// that cannot be read is [`Load::Unreadable`] instead.
pub fn units(host: &Host<'_>) -> Result<Arc<Units>, Gap> {
    host.units(|| Units::load(host).map(Arc::new))
}

impl Units {
    /// Reads them.
    ///
    /// # Errors
    /// See [`units`], which remembers what this gives.
    pub fn load(host: &Host<'_>) -> Result<Self, Gap> {
        load::load(host)
    }

    /// The unit of a name, aliases resolved. An instance that nothing pulls in is its template; one
    /// that there is not has [`Load::NotFound`].
    #[must_use]
    pub fn unit(&self, name: &str) -> &Unit {
        let id = self.files.id(name);
        let template = || self.units.get(&name::template(&id)?);
        self.units.get(&id).or_else(template).unwrap_or(&self.missing)
    }

    /// Whether there is such a unit, masked or not.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.unit(name).load != Load::NotFound
    }

    /// Every unit that has a file or that something pulls in, by name.
    pub fn all(&self) -> impl Iterator<Item = &Unit> {
        self.units.values().map(AsRef::as_ref)
    }

    /// Whether and why a unit starts. Without systemd: whether the script of this name does.
    #[must_use]
    pub fn starts(&self, name: &str) -> Starts {
        let id = self.files.id(name);
        if let Some(known) = self.boot.get(&id) {
            return known.clone();
        }
        if self.init == Init::None {
            return Starts::No(Why::NoInit);
        }
        let unit = self.unit(&id);
        match (&unit.load, self.boot.get(boot::UNSURE)) {
            (Load::Unreadable(gap), _) | (Load::Loaded, Some(Starts::Unknown(gap))) => {
                Starts::Unknown(gap.clone())
            }
            (load, _) => Starts::No(boot::refusal(load)),
        }
    }

    /// The first of several names (a service has others elsewhere) that starts, else the answer for
    /// the first that exists, else for the first.
    #[must_use]
    pub fn any_starts(&self, names: &[&str]) -> Starts {
        let best = names.iter().map(|n| self.starts(n)).find(Starts::may);
        let unsure = || {
            let all = names.iter().map(|n| self.starts(n));
            all.into_iter().find(|s| matches!(s, Starts::Unknown(_)))
        };
        let known = || names.iter().find(|n| self.has(n)).or(names.first());
        best.or_else(unsure)
            .unwrap_or_else(|| known().map_or(Starts::No(Why::NotFound), |n| self.starts(n)))
    }

    /// What `systemctl is-enabled` says of a unit.
    #[must_use]
    pub fn enablement(&self, name: &str) -> Enablement {
        install::of(self, name)
    }
}
