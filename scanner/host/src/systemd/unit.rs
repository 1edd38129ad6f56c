//! One unit, merged: its file, its drop-ins in order, what they decide.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use assay_core::Gap;
use serde_json::Value;

use super::exec::Command;
use super::parse::{Assignment, boolean};
use super::specifier::{Facts, expand};
use super::{name, parse};
use crate::{Loser, Origin, Setting};

/// A file and a line in it, from 1. Links have line 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file or link.
    pub file: Arc<str>,
    /// The line.
    pub line: u32,
}

impl Place {
    /// The beginning of a file.
    #[must_use]
    pub fn of(path: &std::path::Path) -> Self {
        Self { file: path.display().to_string().into(), line: 1 }
    }
}

/// Whether systemd takes a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Load {
    /// It is loaded.
    Loaded,
    /// It is masked: a link to `/dev/null`, or an empty file.
    Masked(Place),
    /// There is no such unit.
    NotFound,
    /// systemd refuses its settings.
    Refused(String, Option<Place>),
    /// It could not be read.
    Unreadable(Gap),
}

/// What a unit is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Unit files.
    Files,
    /// A script in `/etc/init.d`, `/etc/rc.local` or a runlevel of OpenRC.
    Script,
}

/// A unit, merged.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Its name, aliases resolved.
    pub name: String,
    /// Its other names.
    pub aliases: Vec<String>,
    /// Whether systemd takes it.
    pub load: Load,
    /// What it is made from.
    pub source: Source,
    /// Its file. `None`: it has drop-ins at most.
    pub fragment: Option<PathBuf>,
    /// Files of the same name that lose to the fragment, the next best first.
    pub hidden: Vec<PathBuf>,
    /// Its drop-ins, in the order in which they are applied.
    pub drop_ins: Vec<PathBuf>,
    /// Every assignment, in the order in which they are applied.
    pub assignments: Vec<Assignment>,
    pub(crate) facts: Arc<Facts>,
}

impl Unit {
    /// The type (`service`).
    #[must_use]
    pub fn kind(&self) -> &str {
        name::kind(&self.name).unwrap_or("")
    }

    /// Whether systemd takes it.
    #[must_use]
    pub fn loaded(&self) -> bool {
        self.load == Load::Loaded
    }

    /// The assignments of a key that are in force: those after the last empty one, as lists take
    /// them. For single values the last of them is in force.
    #[must_use]
    pub fn list(&self, section: &str, key: &str) -> Vec<&Assignment> {
        let mut out = Vec::new();
        for a in self.assignments.iter().filter(|a| a.section == section && a.key == key) {
            if a.value.is_empty() {
                out.clear();
            } else {
                out.push(a);
            }
        }
        out
    }

    /// The assignment that decides a single value.
    #[must_use]
    pub fn last(&self, section: &str, key: &str) -> Option<&Assignment> {
        self.list(section, key).pop()
    }

    /// The single value of a key with its losers; `default` where nothing says it.
    #[must_use]
    pub fn setting(&self, section: &str, key: &str, default: impl Into<Value>) -> Setting {
        let in_force = self.list(section, key);
        self.decided(section, key, in_force.last().copied(), default.into(), |v| v.into())
    }

    /// The same for yes and no. What is neither is ignored, as systemd does.
    #[must_use]
    pub fn flag(&self, section: &str, key: &str, default: bool) -> Setting {
        let in_force = self.list(section, key);
        let last = in_force.into_iter().rfind(|a| boolean(&a.value).is_some());
        self.decided(section, key, last, default.into(), |v| boolean(v).into())
    }

    /// Whether a yes-or-no key is on.
    #[must_use]
    pub fn is(&self, section: &str, key: &str, default: bool) -> bool {
        let in_force = self.list(section, key);
        in_force.iter().rev().find_map(|a| boolean(&a.value)).unwrap_or(default)
    }

    fn decided(
        &self,
        section: &str,
        key: &str,
        winner: Option<&Assignment>,
        default: Value,
        value: impl Fn(&str) -> Value,
    ) -> Setting {
        let mut out = match winner {
            Some(a) => Setting::in_file(value(&a.value), std::path::Path::new(&*a.file), a.line),
            None => Setting::of(default, Origin::Default),
        };
        let all = self.assignments.iter().filter(|a| a.section == section && a.key == key);
        for a in all.filter(|a| winner.is_none_or(|w| !std::ptr::eq(*a, w))) {
            let file = a.file.to_string();
            out.others.push(Loser { value: a.value.as_str().into(), file, line: a.line });
        }
        out
    }

    /// Every word of a key that takes a list of units, with its place; dependencies are never reset
    /// by an empty assignment.
    #[must_use]
    pub fn dependencies(&self, key: &str) -> Vec<(String, Place)> {
        let all = self.assignments.iter().filter(|a| a.section == "Unit" && a.key == key);
        all.flat_map(|a| parse::words(&a.value).into_iter().map(|w| (w, a.place())))
            .filter_map(|(w, place)| Some((self.expand(&w)?, place)))
            .collect()
    }

    /// The commands of a key (`ExecStart`), specifiers replaced, variables not.
    #[must_use]
    pub fn commands(&self, key: &str) -> Vec<Command> {
        let section = match self.kind() {
            "socket" => "Socket",
            "mount" => "Mount",
            "swap" => "Swap",
            _ => "Service",
        };
        let mut out = Vec::new();
        for a in self.list(section, key) {
            let expand = |word: &str| self.expand(word).unwrap_or_else(|| word.to_owned());
            let found = Command::parse(key, &a.value, &a.place(), expand);
            out.extend(found.into_iter().filter(|c| {
                !c.program.is_empty() && (c.program.starts_with('/') || !c.program.contains('/'))
            }));
        }
        out
    }

    /// A value with its specifiers (`%i`) replaced. `None`: one of them is only known while it runs.
    #[must_use]
    pub fn expand(&self, text: &str) -> Option<String> {
        expand(text, &self.name, &self.facts)
    }

    /// The type of a service: `Type=`, or what systemd takes where it is missing.
    #[must_use]
    pub fn service_type(&self) -> &str {
        let known =
            ["simple", "exec", "forking", "oneshot", "dbus", "notify", "notify-reload", "idle"];
        let said = self.list("Service", "Type");
        if let Some(a) = said.into_iter().rfind(|a| known.contains(&a.value.as_str())) {
            return &a.value;
        }
        if self.last("Service", "BusName").is_some() {
            "dbus"
        } else if self.commands("ExecStart").is_empty() {
            "oneshot"
        } else {
            "simple"
        }
    }

    /// Checks what systemd refuses, from systemd.service(5), systemd.socket(5) and systemd.timer(5).
    pub(crate) fn verify(&mut self) {
        if !self.loaded() || self.source == Source::Script {
            return;
        }
        let refused = match self.kind() {
            "service" => self.refused_service(),
            "socket" if self.listens().is_empty() => Some(("Listen", "it listens to nothing")),
            "timer" if self.elapses().is_empty() => Some(("On", "it is never due")),
            _ => None,
        };
        if let Some((key, why)) = refused {
            let at = self.assignments.iter().rev().find(|a| a.key.starts_with(key));
            self.load = Load::Refused(why.to_owned(), at.map(Assignment::place));
        }
    }

    fn refused_service(&self) -> Option<(&'static str, &'static str)> {
        let start = self.commands("ExecStart").len();
        let stop = self.commands("ExecStop").len();
        let kind = self.service_type();
        let action = self.last("Unit", "SuccessAction").is_some_and(|a| a.value != "none");
        let restart = self.last("Service", "Restart").map(|a| a.value.as_str());
        if start == 0 && (kind != "oneshot" || (stop == 0 && !action)) {
            Some(("ExecStart", "it has no command to start"))
        } else if start == 0 && !action && !self.is("Service", "RemainAfterExit", false) {
            Some(("ExecStart", "it has no command to start and would not remain"))
        } else if kind != "oneshot" && start > 1 {
            Some((
                "ExecStart",
                "it has several commands to start, which only Type=oneshot may have",
            ))
        } else if kind == "oneshot" && matches!(restart, Some("always" | "on-success")) {
            Some(("Restart", "Type=oneshot cannot be restarted after success"))
        } else if kind == "dbus" && self.last("Service", "BusName").is_none() {
            Some(("Type", "Type=dbus needs BusName="))
        } else {
            None
        }
    }

    /// The `[Install]` words of a key.
    pub(crate) fn install(&self, key: &str) -> Vec<String> {
        let list = self.list("Install", key);
        let words = list.iter().flat_map(|a| parse::words(&a.value));
        words.filter_map(|w| self.expand(&w)).collect()
    }

    /// Socket addresses: each `Listen…=` with its place, in order, resets obeyed. Any empty
    /// assignment of one of them empties all.
    #[must_use]
    pub fn listens(&self) -> Vec<(&str, String, Place)> {
        let mut out = Vec::new();
        for a in &self.assignments {
            if a.section != "Socket" || !a.key.starts_with("Listen") {
                continue;
            }
            if a.value.is_empty() {
                out.clear();
            } else {
                let value = self.expand(&a.value).unwrap_or_else(|| a.value.clone());
                out.push((a.key.as_str(), value, a.place()));
            }
        }
        out
    }

    /// When a timer is due: each `On…=`, resets obeyed. Any empty assignment of one empties all.
    #[must_use]
    pub fn elapses(&self) -> Vec<&Assignment> {
        let keys = [
            "OnActiveSec",
            "OnBootSec",
            "OnStartupSec",
            "OnUnitActiveSec",
            "OnUnitInactiveSec",
            "OnCalendar",
            "OnTimezoneChange",
            "OnClockChange",
        ];
        let mut out = Vec::new();
        for a in self.assignments.iter().filter(|a| a.section == "Timer") {
            if keys.contains(&a.key.as_str()) {
                if a.value.is_empty() {
                    out.clear();
                } else {
                    out.push(a);
                }
            }
        }
        out
    }

    /// The assignment of `CapabilityBoundingSet=` that takes a capability away; `None` where the
    /// service may have it.
    ///
    /// Lists without `~` add to the set (the first one begins it), lists with `~` take away; an empty
    /// one leaves nothing.
    #[must_use]
    pub fn lacks_capability(&self, capability: &str) -> Option<Place> {
        let mut set: Option<bool> = None;
        let mut place = None;
        let all = self.assignments.iter();
        for a in all.filter(|a| a.section == "Service" && a.key == "CapabilityBoundingSet") {
            let (without, names) =
                a.value.strip_prefix('~').map_or((false, a.value.as_str()), |names| (true, names));
            let named = parse::words(names).iter().any(|n| n.eq_ignore_ascii_case(capability));
            let before = set;
            set = Some(match (without, names.trim().is_empty()) {
                (false, true) => false,
                (true, true) => true,
                (true, false) => set.unwrap_or(true) && !named,
                (false, false) => set.unwrap_or(false) || named,
            });
            if set != before {
                place = Some(a.place());
            }
        }
        if set == Some(false) { place } else { None }
    }

    /// Where the unit stands: its file.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        match (&self.load, &self.fragment) {
            (Load::Masked(place), _) => Some(place.clone()),
            (_, Some(path)) => Some(Place::of(path)),
            (_, None) => self.drop_ins.first().map(|p| Place::of(p)),
        }
    }

    /// Sections and keys in force, for tests and people: the last value of each.
    #[must_use]
    pub fn summary(&self) -> BTreeMap<(String, String), Vec<String>> {
        let mut out: BTreeMap<_, Vec<String>> = BTreeMap::new();
        for a in &self.assignments {
            let at = out.entry((a.section.clone(), a.key.clone())).or_default();
            if a.value.is_empty() {
                at.clear();
            } else {
                at.push(a.value.clone());
            }
        }
        out
    }
}

impl Assignment {
    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { file: Arc::clone(&self.file), line: self.line }
    }
}
