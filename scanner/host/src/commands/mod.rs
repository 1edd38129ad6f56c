//! Command lines that a host runs by itself as root: while it starts, when an interface or a device
//! comes, on a schedule. Of units, of scripts that these run, of hooks, of cron, of the device manager.
//!
//! Only lines are kept that name a program which changes what other subjects read from files (see
//! [`WORDS`]). Conditions and functions of scripts are passed over: every line counts, up to an
//! `exit` at the beginning of a line. Scripts of packages are their normal way of working and are
//! left out; a program that is no shell script cannot be told.

mod cron;
mod hooks;
mod script;
mod shell;
mod udev;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_core::{Gap, GapState};

use crate::Host;
use crate::systemd::{Init, Place, Starts, Unit, Units, units};
pub(crate) use hooks::interfaces;
pub(crate) use shell::{expanded, simple};
pub(crate) use udev::programs as udev_programs;

/// One command line, with the place that it stands at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// As a shell reads it.
    pub(crate) text: String,
    /// Where it stands.
    pub(crate) place: Place,
    /// The unit that runs it; empty where none does.
    pub(crate) unit: Arc<str>,
    /// Whether it runs at every start, not only when something comes or at its time.
    pub(crate) boot: bool,
}

/// Parts of the lines that are kept.
const WORDS: [&str; 14] = [
    "sysctl",
    "/proc/sys/",
    "nft",
    "iptables",
    "ip6tables",
    "ufw",
    "firewall",
    "netfilter",
    "mount",
    "insmod",
    "modprobe",
    "shorewall",
    "auditctl",
    "setenforce",
];

/// Most lines that are kept.
const MAX_LINES: usize = 20_000;

/// The lines of a host, read once for each subject that asks.
///
/// # Errors
/// Something that is started cannot be read.
pub(crate) fn all(host: &Host<'_>) -> Result<Arc<Vec<Line>>, Gap> {
    host.commands(|| {
        let units = units(host)?;
        let mut found = Found { host, units: &units, out: Vec::new(), seen: BTreeSet::new() };
        if units.init != Init::None {
            udev::lines(&mut found)?;
            for unit in units.all().filter(|u| u.kind() == "service" && u.loaded()) {
                found.unit(unit)?;
            }
            hooks::lines(&mut found)?;
            cron::lines(&mut found)?;
        }
        Ok(Arc::new(found.out))
    })
}

/// What is found so far.
struct Found<'a, 'h> {
    host: &'a Host<'h>,
    units: &'a Units,
    out: Vec<Line>,
    /// Scripts that were read.
    seen: BTreeSet<PathBuf>,
}

impl Found<'_, '_> {
    /// Whether a unit starts, at boot or later.
    fn runs(&self, unit: &str) -> Result<bool, Gap> {
        match self.units.starts(unit) {
            Starts::Unknown(gap) => Err(gap),
            starts => Ok(starts.may()),
        }
    }

    /// Takes a line, where it may matter.
    fn push(&mut self, text: &str, place: &Place, unit: &Arc<str>, boot: bool) -> Result<(), Gap> {
        if !WORDS.iter().any(|w| text.contains(w)) {
            return Ok(());
        }
        if self.out.len() >= MAX_LINES {
            let detail = format!("{}: more commands than are looked at", place.file);
            return Err(Gap::new(GapState::Malformed, detail));
        }
        let line = Line { text: text.to_owned(), place: place.clone(), unit: unit.clone(), boot };
        self.out.push(line);
        Ok(())
    }

    /// The commands of a unit that starts, and the scripts that they run.
    fn unit(&mut self, unit: &Unit) -> Result<(), Gap> {
        let mut keys = vec!["ExecStartPre", "ExecStart", "ExecStartPost"];
        // What stops it runs as soon as its commands have ended, where nothing remains.
        if unit.service_type() == "oneshot" && !unit.is("Service", "RemainAfterExit", false) {
            keys.extend(["ExecStop", "ExecStopPost"]);
        }
        let mut starts: Option<bool> = None;
        let name: Arc<str> = unit.name.as_str().into();
        for command in keys.into_iter().flat_map(|k| unit.commands(k)) {
            let starts = match starts {
                Some(known) => known,
                None => {
                    let state = self.units.starts(&unit.name);
                    if let Starts::Unknown(gap) = state {
                        return Err(gap);
                    }
                    if !state.may() {
                        return Ok(());
                    }
                    *starts.insert(state.at_boot())
                }
            };
            let shell = shell::is_shell(command.name());
            let inline = command.arguments.iter().position(|a| shell::takes_text(a));
            let text = match inline.filter(|_| shell) {
                Some(at) => command.arguments.get(at + 1).cloned().unwrap_or_default(),
                None => {
                    let words = unit.arguments(self.host, &command)?.into_iter().map(|(w, _)| w);
                    shell::joined(&command.program, words)
                }
            };
            self.push(&text, &command.place, &name, starts)?;
            self.programs(&text, &name, starts)?;
        }
        Ok(())
    }

    /// The scripts that a line runs by their paths.
    fn programs(&mut self, text: &str, unit: &Arc<str>, boot: bool) -> Result<(), Gap> {
        for words in simple(text) {
            let mut words = words.iter().map(String::as_str).peekable();
            while words.next_if(|w| shell::starter(w)).is_some() {}
            let Some(first) = words.next() else { continue };
            let by_shell = shell::is_shell(first.rsplit('/').next().unwrap_or(first));
            let path = if by_shell { words.find(|w| w.starts_with('/')) } else { Some(first) };
            if let Some(path) = path.filter(|p| p.starts_with('/')) {
                script::read(self, Path::new(path), by_shell, unit, boot)?;
            }
        }
        Ok(())
    }
}
