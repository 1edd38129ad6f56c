//! Which firewall managers are there, which of them start, and what they load.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_core::{Gap, GapState};

use super::late::{self, Did};
use super::model::Ruleset;
use super::{firewalld, iptables, nft, ufw};
use crate::Host;
use crate::commands::{self, Line};
use crate::systemd::{By, Init, Place, Starts, Units};

/// A manager that is installed.
#[derive(Debug)]
pub(super) struct Manager {
    pub(super) name: String,
    pub(super) unit: String,
    pub(super) starts: Starts,
    /// Why it loads nothing although it may start.
    pub(super) empty: Option<(String, Place)>,
    /// Where it stands: what it loads, else its unit.
    pub(super) place: Option<Place>,
}

/// Units of managers, in the order in which they are loaded.
const UNITS: [(&str, &[&str]); 6] = [
    ("nftables", &["nftables.service"]),
    ("iptables", &["iptables.service", "ip6tables.service"]),
    ("netfilter-persistent", &["netfilter-persistent.service", "iptables-persistent.service"]),
    ("ufw", &["ufw.service"]),
    ("firewalld", &["firewalld.service"]),
    ("shorewall", &["shorewall.service", "shorewall6.service"]),
];

/// Finds the managers and fills a ruleset with what those that start load, and with what other
/// commands make of it at every start.
pub(super) fn load(host: &Host<'_>, units: &Units, set: &mut Ruleset) -> Result<Vec<Manager>, Gap> {
    let mut out = Vec::new();
    let lines = commands::all(host)?;
    // What runs before the managers is theirs to keep or to flush.
    for line in lines.iter().filter(|l| l.boot && before(units, &l.unit)) {
        one(host, line, set, &mut out)?;
    }
    for (name, names) in UNITS {
        for unit in names.iter().filter(|n| units.has(n)) {
            let starts = units.starts(unit);
            if let Starts::Unknown(gap) = starts {
                return Err(gap);
            }
            let mut scratch = Ruleset::default();
            let used = if starts.at_boot() { &mut *set } else { &mut scratch };
            let loaded = match name {
                "nftables" => nftables(host, units, unit, used)?,
                "ufw" => of_ufw(host, used)?,
                "firewalld" => Loaded::from(firewalld::load(host, used)?, "no zone"),
                "shorewall" if starts.at_boot() => {
                    let text =
                        "what shorewall compiles its rules to is not known without running it";
                    return Err(Gap::new(GapState::Unsupported, text));
                }
                _ => saved(host, units, unit, used)?,
            };
            out.push(Manager {
                name: name.to_owned(),
                unit: (*unit).to_owned(),
                place: loaded.place.or_else(|| units.unit(unit).place()),
                empty: loaded.empty,
                starts,
            });
        }
    }
    let known: Vec<&str> = UNITS.iter().flat_map(|(_, names)| *names).copied().collect();
    for line in lines.iter().filter(|l| l.boot && !before(units, &l.unit)) {
        // Files that the managers' own commands load are loaded by now.
        let done = known.contains(&&*line.unit)
            && nft_files(units, &line.unit).iter().any(|(_, place)| *place == line.place);
        if !done {
            one(host, line, set, &mut out)?;
        }
    }
    Ok(out)
}

/// What becomes of a ruleset when all has run that does not run at every start: on a schedule, when
/// something comes. `None`: nothing does anything to it.
pub(super) fn later(host: &Host<'_>, set: &Ruleset) -> Result<Option<Ruleset>, Gap> {
    let mut out = None;
    for line in commands::all(host)?.iter().filter(|l| !l.boot) {
        late::apply(host, line, out.get_or_insert_with(|| set.clone()))?;
    }
    Ok(out)
}

/// Whether a unit of somebody's own runs before one of the managers.
fn before(units: &Units, unit: &str) -> bool {
    let managers = UNITS.iter().flat_map(|(_, names)| *names);
    let ordered = units.unit(unit).dependencies("Before");
    managers.into_iter().any(|m| {
        units.starts(m).at_boot() && *m != unit && ordered.iter().any(|(name, _)| name == m)
    })
}

/// One command line. What it loads makes it a manager of its own, and so does a rule that it adds
/// where there is no other manager.
fn one(host: &Host<'_>, line: &Line, set: &mut Ruleset, out: &mut Vec<Manager>) -> Result<(), Gap> {
    let place = match late::apply(host, line, set)? {
        Did::Loaded(place) => place,
        Did::Added if !out.iter().any(|m| m.starts.at_boot() && m.empty.is_none()) => {
            line.place.clone()
        }
        _ => return Ok(()),
    };
    let name =
        if line.unit.is_empty() { line.place.file.to_string() } else { line.unit.to_string() };
    if !out.iter().any(|m| m.name == name || m.unit == name) {
        let by = By { unit: line.unit.to_string(), place: line.place.clone(), unless: None };
        let (unit, starts) = (name.clone(), Starts::AtBoot(by));
        out.push(Manager { name, unit, starts, empty: None, place: Some(place) });
    }
    Ok(())
}

struct Loaded {
    place: Option<Place>,
    empty: Option<(String, Place)>,
}

impl Loaded {
    fn from(places: Vec<Place>, nothing: &str) -> Self {
        let place = places.into_iter().next();
        let empty = place.is_none().then(|| (nothing.to_owned(), Place::of(Path::new("/etc"))));
        Self { place, empty }
    }
}

fn of_ufw(host: &Host<'_>, set: &mut Ruleset) -> Result<Loaded, Gap> {
    match ufw::enabled(host)? {
        Some((true, place)) => {
            ufw::load(host, set)?;
            Ok(Loaded { place: Some(place), empty: None })
        }
        Some((false, place)) => {
            let why = Some(("ufw is not enabled".to_owned(), place.clone()));
            Ok(Loaded { place: Some(place), empty: why })
        }
        None => {
            let place = Place::of(Path::new("/etc/ufw/ufw.conf"));
            Ok(Loaded { place: None, empty: Some(("ufw has no configuration".to_owned(), place)) })
        }
    }
}

/// Files after `-f` (or `--file`) of nft commands.
fn nft_files(units: &Units, unit: &str) -> Vec<(PathBuf, Place)> {
    let mut out = Vec::new();
    for command in units.unit(unit).commands("ExecStart") {
        let words: Vec<&str> = std::iter::once(command.program.as_str())
            .chain(command.arguments.iter().flat_map(|a| a.split_whitespace()))
            .collect();
        if !words.iter().any(|w| w.rsplit('/').next() == Some("nft")) {
            continue;
        }
        // What is only checked is not loaded.
        if words.contains(&"-c") || words.contains(&"--check") {
            continue;
        }
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let inline = word
                .strip_prefix("--file=")
                .or_else(|| word.strip_prefix("-f").filter(|r| r.starts_with('/')));
            let file = match (word, inline) {
                (_, Some(path)) => Some(path),
                ("-f" | "--file", None) => words.next(),
                _ => None,
            };
            if let Some(path) = file.filter(|p| p.starts_with('/')) {
                out.push((path.into(), command.place.clone()));
            }
        }
    }
    out
}

fn nftables(host: &Host<'_>, units: &Units, unit: &str, set: &mut Ruleset) -> Result<Loaded, Gap> {
    let mut files = nft_files(units, unit);
    if units.init != Init::Systemd {
        let usual = ["/etc/nftables.nft", "/etc/nftables.conf"].map(PathBuf::from);
        for path in usual {
            if files.is_empty() && host.stat(&path)?.is_some() {
                files.push((path.clone(), Place::of(&path)));
            }
        }
    }
    let mut first = None;
    let mut rules = 0;
    let mut missing = None;
    for (path, place) in files {
        if path == Path::new("/dev/null") {
            missing = Some(("it loads nothing".to_owned(), place));
            continue;
        }
        match nft::load(host, &path, set)? {
            Some(count) => {
                rules += count;
                first = first.or_else(|| Some(Place::of(&path)));
            }
            None => missing = Some((format!("{} is not there", path.display()), place)),
        }
    }
    let chains = set.tables.values().any(|t| !t.chains.is_empty());
    let empty = match (&first, rules, chains) {
        (Some(place), 0, false) => Some(("its file holds no rules".to_owned(), place.clone())),
        (Some(_), ..) => None,
        (None, ..) => missing.or_else(|| {
            let place = units.unit(unit).place()?;
            Some(("it loads no file".to_owned(), place))
        }),
    };
    Ok(Loaded { place: first, empty })
}

/// Files of iptables-save, by distribution: path, IPv6.
fn saved_files(unit: &str, init: Init) -> &'static [(&'static str, bool)] {
    match (unit, init) {
        ("iptables.service", Init::OpenRc) => &[("/etc/iptables/rules-save", false)],
        ("ip6tables.service", Init::OpenRc) => &[("/etc/iptables/rules6-save", true)],
        ("iptables.service", _) => {
            &[("/etc/sysconfig/iptables", false), ("/etc/iptables/iptables.rules", false)]
        }
        ("ip6tables.service", _) => {
            &[("/etc/sysconfig/ip6tables", true), ("/etc/iptables/ip6tables.rules", true)]
        }
        _ => &[("/etc/iptables/rules.v4", false), ("/etc/iptables/rules.v6", true)],
    }
}

fn saved(host: &Host<'_>, units: &Units, unit: &str, set: &mut Ruleset) -> Result<Loaded, Gap> {
    let mut first = None;
    let mut count = 0;
    let files = saved_files(unit, units.init);
    for (path, six) in files {
        if unit.contains("persistent") && !plugin(host, *six)? {
            continue;
        }
        if let Some(found) = host.text(path)? {
            let file: Arc<str> = (*path).into();
            let before = set.tables.len();
            count += iptables::load(&found.text, &file, *six, false, set);
            if set.tables.len() > before || count > 0 {
                first = first.or(Some(Place { file, line: 1 }));
            }
        }
    }
    let usual = files.first().map_or("/etc", |(path, _)| path);
    let nothing = || ("no saved rules are there".to_owned(), Place::of(Path::new(usual)));
    let empty = first.is_none().then(nothing);
    Ok(Loaded { place: first, empty })
}

/// netfilter-persistent loads through plugins; one that is not executable is skipped.
fn plugin(host: &Host<'_>, six: bool) -> Result<bool, Gap> {
    let name = if six { "25-ip6tables" } else { "15-ip4tables" };
    let path = Path::new("/usr/share/netfilter-persistent/plugins.d").join(name);
    let directory = host.stat("/usr/share/netfilter-persistent/plugins.d")?;
    Ok(directory.is_none() || host.stat(path)?.is_some_and(|s| s.mode & 0o111 != 0))
}
