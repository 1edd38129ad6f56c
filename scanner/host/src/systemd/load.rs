//! Reads the units of a host.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use assay_core::{Gap, GapState};

use super::boot::{self, Obstacle, Pulls, Starts, Why};
use super::condition::{Holds, judge};
use super::exec::Command;
use super::files::{Entry, Files, is_device};
use super::parse::assignments;
use super::specifier::Facts;
use super::sysv::{self, Init};
use super::unit::{Load, Place, Source, Unit};
use super::{Units, cmdline, name};
use crate::Host;

/// Directories in which systemd looks for a program without a path.
const PROGRAMS: [&str; 6] =
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// Most units; more are a gap.
const MAX_UNITS: usize = 20_000;

struct Loader<'a, 'r> {
    host: &'a Host<'r>,
    files: Files,
    facts: Arc<Facts>,
    units: BTreeMap<String, Arc<Unit>>,
    pulls: BTreeMap<String, Pulls>,
    /// Target to what scripts and generators add to it.
    added: BTreeMap<String, Vec<(String, Place)>>,
}

pub(super) fn load(host: &Host<'_>) -> Result<Units, Gap> {
    let init = Init::of(host)?;
    let line = cmdline::kernel_words(host);
    let facts = Arc::new(facts(host, line.as_ref().ok().and_then(Option::as_deref))?);
    let mut files = Files::load(host)?;
    let words = if init == Init::Systemd { words(line)? } else { Vec::new() };
    // The mask that this makes hides even what lies in /etc.
    for (word, place) in &words {
        if let Some(unit) = word.strip_prefix("systemd.mask=").filter(|u| name::valid(u)) {
            files.mask(unit, &place.file);
        }
    }
    let mut added: BTreeMap<String, Vec<(String, Place)>> = BTreeMap::new();
    let mut units = BTreeMap::new();
    for (unit, wants) in sysv::scripts(host, init, &files, &facts)? {
        for (target, place) in wants {
            added.entry(files.id(&target)).or_default().push((unit.name.clone(), place));
        }
        units.insert(unit.name.clone(), Arc::new(unit));
    }
    if init == Init::Systemd {
        for (word, place) in &words {
            let unit = match word.as_str() {
                "systemd.debug_shell" | "systemd.debug-shell" => Some("debug-shell.service"),
                w => match w
                    .strip_prefix("systemd.debug_shell=")
                    .or(w.strip_prefix("systemd.debug-shell="))
                {
                    Some(value) if super::boolean(value) != Some(false) => {
                        Some("debug-shell.service")
                    }
                    _ => w.strip_prefix("systemd.wants="),
                },
            };
            if let Some(unit) = unit.filter(|u| name::valid(u)) {
                added
                    .entry(files.id("default.target"))
                    .or_default()
                    .push((unit.to_owned(), place.clone()));
            }
        }
        for (target, unit, place) in sysv::generated(host, &facts)? {
            added.entry(files.id(&target)).or_default().push((unit, place));
        }
    }
    let pulls = BTreeMap::new();
    let mut loader = Loader { host, files, facts, units, pulls, added };
    let mut names: Vec<String> = loader.files.names.keys().cloned().collect();
    // Lines of fstab become units without files here; their drop-ins are files all the same.
    names.extend(loader.files.dropped(".mount"));
    // So are drop-ins of a part of their names, or of their kind. An fstab that cannot be read is a
    // gap of every mount already.
    if let (Init::Systemd, Ok(lines)) = (init, crate::subjects::fstab_units(host)) {
        let mut lines = lines;
        lines.retain(|name| !loader.files.beside(name, ".d").is_empty());
        names.extend(lines);
    }
    if names.len() > MAX_UNITS {
        let text = format!("{} units, more than are read", names.len());
        return Err(Gap::new(GapState::Malformed, text));
    }
    for name in names {
        boot::Source::unit(&mut loader, &name);
    }
    let mut target = String::new();
    let boot = match init {
        Init::None => BTreeMap::new(),
        Init::Systemd => {
            target = default_target(&mut loader);
            boot::boot(&mut loader, &target)
        }
        Init::OpenRc | Init::SysV => {
            let wanted = loader.added.remove("default.target").unwrap_or_default();
            let by = |(name, place): (String, Place)| {
                let by = boot::By { unit: "default".to_owned(), place, unless: None };
                (name, Starts::AtBoot(by))
            };
            wanted.into_iter().map(by).collect()
        }
    };
    let missing = Arc::new(blank("", &loader.facts));
    Ok(Units { init, target, units: loader.units, boot, files: loader.files, missing })
}

/// Where the host goes: what the kernel's command line says, else `default.target`, else the rescue
/// target.
fn default_target(loader: &mut Loader<'_, '_>) -> String {
    let words = loader.facts.cmdline.clone().unwrap_or_default();
    let mut wanted = "default.target".to_owned();
    for word in &words {
        wanted = match word.as_str() {
            w if w.starts_with("systemd.unit=") => w.replacen("systemd.unit=", "", 1),
            "rescue" | "single" | "s" | "S" | "1" => "rescue.target".to_owned(),
            "emergency" | "-b" => "emergency.target".to_owned(),
            w @ ("2" | "3" | "4" | "5") => format!("runlevel{w}.target"),
            _ => continue,
        };
    }
    let unit = boot::Source::unit(loader, &wanted);
    match &unit.load {
        // Of one that cannot be read nobody knows what it pulls in; it is not gone for that.
        Load::Loaded | Load::Unreadable(_) => unit.name.clone(),
        Load::NotFound | Load::Masked(_) | Load::Refused(..) => "rescue.target".to_owned(),
    }
}

fn blank(name: &str, facts: &Arc<Facts>) -> Unit {
    Unit {
        name: name.to_owned(),
        aliases: Vec::new(),
        load: Load::NotFound,
        source: Source::Files,
        fragment: None,
        hidden: Vec::new(),
        drop_ins: Vec::new(),
        assignments: Vec::new(),
        facts: Arc::clone(facts),
    }
}

impl Loader<'_, '_> {
    /// Merges the files of a unit.
    fn merge(&self, id: &str) -> Unit {
        let mut unit = blank(id, &self.facts);
        unit.aliases = self.files.names_of(id).into_iter().skip(1).collect();
        let all = self.files.all_of(id);
        let others = all.iter().skip(1).filter_map(|(path, entry)| match entry {
            Entry::File { path, .. } => Some(path.clone()),
            Entry::Mask => Some(path.clone()),
            Entry::Alias(_) => None,
        });
        unit.hidden = others.collect();
        match self.files.entry_of(id) {
            Some((path, Entry::Mask)) => {
                unit.load = Load::Masked(Place::of(path));
                unit.fragment = Some(path.clone());
                return unit;
            }
            Some((_, Entry::File { path, .. })) => match self.read(path) {
                Ok(Some(found)) => {
                    unit.load = Load::Loaded;
                    unit.fragment = Some(path.clone());
                    unit.assignments = found;
                }
                Ok(None) => {}
                Err(load) => {
                    unit.load = load;
                    unit.fragment = Some(path.clone());
                    return unit;
                }
            },
            Some((_, Entry::Alias(_))) | None => {}
        }
        for path in self.files.beside(id, ".d") {
            match is_device(self.host, &path) {
                Ok(false) => {}
                Ok(true) => {
                    unit.drop_ins.push(path);
                    continue;
                }
                Err(gap) => {
                    unit.load = Load::Unreadable(gap);
                    return unit;
                }
            }
            match self.read(&path) {
                Ok(Some(found)) => {
                    unit.assignments.extend(found);
                    unit.drop_ins.push(path);
                }
                Ok(None) => {}
                // systemd leaves out a drop-in that it cannot parse.
                Err(Load::Refused(..)) => {}
                Err(load) => {
                    unit.load = load;
                    return unit;
                }
            }
        }
        unit.verify();
        unit
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<super::Assignment>>, Load> {
        match self.host.text(path) {
            Ok(None) => Ok(None),
            Err(gap) => Err(Load::Unreadable(gap)),
            Ok(Some(found)) => {
                let file: Arc<str> = path.display().to_string().into();
                assignments(&found.text, &file).map(Some).map_err(|line| {
                    let place = Place { file: file.clone(), line };
                    Load::Refused("its file cannot be parsed".to_owned(), Some(place))
                })
            }
        }
    }

    /// Units named by the links of `<name>.wants` and its like.
    fn links(&self, unit: &Unit, suffix: &str) -> Vec<(String, Place)> {
        let mut out = Vec::new();
        for path in self.files.beside(&unit.name, suffix) {
            let base = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
            if !self.files.is_link(&path) || !name::valid(base) {
                continue;
            }
            out.push((base.to_owned(), Place::of(&path)));
        }
        out
    }

    /// The first program of a service that is not there.
    fn missing_program(&self, unit: &Unit) -> Result<Option<Command>, Gap> {
        let moved = ["RootDirectory", "RootImage"];
        if unit.kind() != "service" || moved.iter().any(|k| unit.last("Service", k).is_some()) {
            return Ok(None);
        }
        for key in ["ExecCondition", "ExecStartPre", "ExecStart"] {
            for command in unit.commands(key) {
                if command.may_fail || command.program.contains(['%', '$']) {
                    continue;
                }
                let mut there = false;
                if command.program.starts_with('/') {
                    let fleeting = ["/run/", "/proc/", "/tmp/", "/dev/"];
                    there = fleeting.iter().any(|d| command.program.starts_with(d))
                        || self.host.stat(&command.program)?.is_some();
                } else {
                    for directory in PROGRAMS {
                        there |=
                            self.host.stat(Path::new(directory).join(&command.program))?.is_some();
                    }
                }
                if !there {
                    return Ok(Some(command));
                }
            }
        }
        Ok(None)
    }
}

impl boot::Source for Loader<'_, '_> {
    fn unit(&mut self, name: &str) -> Arc<Unit> {
        let id = self.files.id(name);
        if let Some(known) = self.units.get(&id) {
            return Arc::clone(known);
        }
        let unit = Arc::new(self.merge(&id));
        self.units.insert(id, Arc::clone(&unit));
        unit
    }

    fn pulls(&mut self, unit: &Unit) -> Pulls {
        if let Some(known) = self.pulls.get(&unit.name) {
            return Arc::clone(known);
        }
        let mut out = Vec::new();
        for (key, strong) in
            [("Requires", true), ("BindsTo", true), ("Wants", false), ("Upholds", false)]
        {
            let said = unit.dependencies(key);
            out.extend(said.into_iter().map(|(name, place)| (name, place, strong)));
        }
        for (suffix, strong) in [(".requires", true), (".wants", false), (".upholds", false)] {
            let linked = self.links(unit, suffix);
            out.extend(linked.into_iter().map(|(name, place)| (name, place, strong)));
        }
        let added = self.added.get(&unit.name).into_iter().flatten();
        out.extend(added.map(|(name, place)| (name.clone(), place.clone(), false)));
        let place = unit.place().unwrap_or_else(|| Place::of(Path::new("/")));
        if let Some(sockets) = unit.last("Service", "Sockets") {
            let named = super::words(&sockets.value);
            out.extend(named.into_iter().map(|name| (name, sockets.place(), false)));
        }
        let plain = ["service", "socket", "timer", "path"].contains(&unit.kind());
        if plain && unit.is("Unit", "DefaultDependencies", true) {
            out.push(("sysinit.target".to_owned(), place, true));
        }
        let out: Pulls = Arc::new(out);
        self.pulls.insert(unit.name.clone(), Arc::clone(&out));
        out
    }

    fn obstacle(&mut self, unit: &Unit) -> Result<Holds, Obstacle> {
        let mut unknown = Holds::Yes;
        for word in ["Condition", "Assert"] {
            match judge(self.host, unit, word) {
                Ok(Holds::No(key, value, place)) => {
                    return Err(Obstacle::Stops(Why::Condition(key, value, place)));
                }
                Ok(Holds::Yes) => {}
                Ok(open @ Holds::Unknown(..)) => unknown = open,
                // A path that cannot be looked at leaves it open.
                Err(gap) => {
                    let place = unit.place().unwrap_or_else(|| Place::of(Path::new("/")));
                    unknown = Holds::Unknown(word.to_owned(), gap.detail, place);
                }
            }
        }
        match self.missing_program(unit) {
            Ok(None) => Ok(unknown),
            Ok(Some(command)) => Err(Obstacle::Stops(Why::Program(command.program, command.place))),
            Err(gap) => Err(Obstacle::Unseen(gap)),
        }
    }
}

/// The kernel's command line. A word can mask or start any unit: while the boot loader's files cannot
/// be read, nothing is sure of any. A line that only the boot loader can tell counts as plain.
fn words(line: Result<Option<Vec<cmdline::Word>>, Gap>) -> Result<Vec<cmdline::Word>, Gap> {
    match line {
        Ok(words) => Ok(words.unwrap_or_default()),
        Err(gap) if matches!(gap.state, GapState::Denied | GapState::Failed) => Err(gap),
        Err(_) => Ok(Vec::new()),
    }
}

/// What conditions and specifiers ask of the host. `line`: the kernel's command line, where it is
/// known.
fn facts(host: &Host<'_>, line: Option<&[cmdline::Word]>) -> Result<Facts, Gap> {
    let first = |path: &str| -> Result<Option<String>, Gap> {
        let found = host.text(path)?;
        let mut lines = found.iter().flat_map(|f| f.text.lines()).map(str::trim);
        Ok(lines.find(|l| !l.is_empty() && !l.starts_with('#')).map(str::to_owned))
    };
    let mut release = BTreeMap::new();
    for path in ["/etc/os-release", "/usr/lib/os-release"] {
        if let Some(found) = host.text(path)? {
            let all = super::environment::variables(&found.text);
            release = all.into_iter().map(|(k, v, _)| (k, v)).collect();
            break;
        }
    }
    let machine = first("/etc/machine-id")?;
    let set = |id: &String| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
    Ok(Facts {
        host: first("/etc/hostname")?,
        machine: machine.filter(set),
        architecture: architecture(host),
        release,
        cmdline: line.map(|words| words.iter().map(|(w, _)| w.clone()).collect()),
    })
}

/// The machine that the programs on the disk are for, from the header of one of them.
fn architecture(host: &Host<'_>) -> Option<String> {
    let head = host.root().head(Path::new("/bin/sh"), 20).ok()?;
    let [low, high] = *head.get(18..20)?.first_chunk::<2>()?;
    if !head.starts_with(b"\x7fELF") {
        return None;
    }
    let name = match u16::from_le_bytes([low, high]) {
        3 => "x86",
        62 => "x86-64",
        40 => "arm",
        183 => "arm64",
        243 => "riscv64",
        _ => return None,
    };
    Some(name.to_owned())
}
