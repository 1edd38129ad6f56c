//! `linux.time`: which daemons keep the clock after a start, and by which servers.

mod chrony;
mod ntp;
#[cfg(test)]
mod tests;

use std::path::Path;

use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use crate::systemd::{Place, Source as Kind, Starts, Unit, Units, options, units};
use crate::{Host, Output, Subject, boot};

const KIND: &str = "linux.time";

/// The subject.
pub(crate) static SUBJECT: Subject = Subject { name: "time", types: &[KIND], collect };

/// A server, pool or clock.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Source {
    daemon: &'static str,
    kind: String,
    name: String,
    place: Option<(String, u32)>,
}

fn source(daemon: &'static str, kind: &str, name: &str, path: &Path, line: u32) -> Source {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let place = Some((path.display().to_string(), line));
    Source { daemon, kind: kind.to_owned(), name, place }
}

/// Daemons and their services.
const DAEMONS: [(&str, &[&str]); 5] = [
    ("chrony", &["chrony.service", "chronyd.service"]),
    ("systemd-timesyncd", &["systemd-timesyncd.service"]),
    ("ntpsec", &["ntpsec.service"]),
    ("ntpd", &["ntp.service", "ntpd.service"]),
    ("openntpd", &["openntpd.service"]),
];

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    // A container has its host's clock.
    if boot::starts(host) {
        out.put(document(host));
    }
    out.listed(KIND, Ok(()));
}

fn document(host: &Host<'_>) -> Resource {
    let mut out = host.document(KIND, "");
    let found = units(host).and_then(|units| {
        let daemons = daemons(&units)?;
        Ok((units, daemons))
    });
    let (units, daemons) = match found {
        Ok(found) => found,
        Err(gap) => {
            out.lose("Daemons", gap.clone());
            out.lose("Sources", gap);
            return out;
        }
    };
    let mut keeping = Vec::new();
    let mut sources: Result<Vec<Source>, Gap> = Ok(Vec::new());
    for (name, unit, place) in daemons {
        match read(host, name, units.unit(&unit)) {
            // It runs and does not set the clock.
            Ok(None) => continue,
            Ok(Some(more)) => {
                if let Ok(all) = &mut sources {
                    all.extend(more);
                }
            }
            Err(gap) => sources = Err(gap),
        }
        keeping.push(json!({"Name": name, "Unit": unit, "file": &*place.file, "line": place.line}));
    }
    out.properties.insert("Daemons".to_owned(), keeping.into());
    match sources {
        Ok(all) => {
            let json: Vec<Value> = all.iter().map(shown).collect();
            out.properties.insert("Sources".to_owned(), json.into());
        }
        Err(gap) => out.lose("Sources", gap),
    }
    out
}

fn shown(source: &Source) -> Value {
    let mut out = json!({"Daemon": source.daemon, "Kind": source.kind, "Name": source.name});
    if let (Some((file, line)), Some(out)) = (&source.place, out.as_object_mut()) {
        out.insert("file".to_owned(), file.as_str().into());
        out.insert("line".to_owned(), (*line).into());
    }
    out
}

/// The daemons that start: name, unit, what makes it start.
fn daemons(units: &Units) -> Result<Vec<(&'static str, String, Place)>, Gap> {
    let mut out: Vec<(&'static str, String, Place)> = Vec::new();
    for (name, services) in DAEMONS {
        for service in services {
            let place = match units.starts(service) {
                Starts::Unknown(gap) => return Err(gap),
                Starts::No(_) => continue,
                Starts::AtBoot(by) | Starts::OnDemand(by) => by.place,
            };
            let unit = units.unit(service);
            let idle = |c: &crate::systemd::Command| c.does_nothing();
            let commands = unit.commands("ExecStart");
            // One program under several names is one daemon.
            let known = out.iter().any(|d| d.1 == unit.name);
            let works = unit.source == Kind::Script || !commands.iter().all(idle);
            if !known && works {
                out.push((name, unit.name.clone(), place));
            }
        }
    }
    Ok(out)
}

/// The arguments with which a unit starts its program.
fn arguments(host: &Host<'_>, unit: &Unit) -> Result<Vec<String>, Gap> {
    let mut out = Vec::new();
    if unit.source == Kind::Script {
        return ntp::script_arguments(host, unit);
    }
    for command in unit.commands("ExecStart") {
        out.extend(unit.arguments(host, &command)?.into_iter().map(|a| a.0));
    }
    Ok(out)
}

/// The value of a one-letter option.
fn option(arguments: &[String], letter: &str) -> Option<String> {
    let mut all = arguments.iter();
    let mut out = None;
    while let Some(argument) = all.next() {
        if let Some(value) = argument.strip_prefix(letter) {
            out = if value.is_empty() { all.next().cloned() } else { Some(value.to_owned()) };
        }
    }
    out
}

/// The sources of a daemon. `None`: it does not set the clock.
fn read(host: &Host<'_>, name: &'static str, unit: &Unit) -> Result<Option<Vec<Source>>, Gap> {
    let arguments = arguments(host, unit)?;
    match name {
        "chrony" => {
            if arguments.iter().any(|a| a == "-x") {
                return Ok(None);
            }
            let path = match option(&arguments, "-f") {
                Some(path) => path,
                None => first(host, &["/etc/chrony/chrony.conf", "/etc/chrony.conf"])?,
            };
            let mut out = chrony::Chrony::default();
            out.read(host, path.as_ref(), 0)?;
            Ok(Some(out.sources))
        }
        "systemd-timesyncd" => timesyncd(host).map(Some),
        _ => ntp::read(host, name, &arguments),
    }
}

/// The first of several files that is there, else the first.
fn first(host: &Host<'_>, paths: &[&str]) -> Result<String, Gap> {
    for path in paths {
        if host.stat(path)?.is_some() {
            return Ok((*path).to_owned());
        }
    }
    Ok(paths.first().map(|p| (*p).to_owned()).unwrap_or_default())
}

/// The servers of systemd-timesyncd: its own, else those to fall back on.
fn timesyncd(host: &Host<'_>) -> Result<Vec<Source>, Gap> {
    let all = options(host, "timesyncd.conf", "Time")?;
    for (key, kind) in [("NTP", "server"), ("FallbackNTP", "fallback")] {
        let words = all.words(key);
        if !words.is_empty() {
            let one = |(name, place): (String, Place)| {
                source("systemd-timesyncd", kind, &name, place.file.as_ref().as_ref(), place.line)
            };
            return Ok(words.into_iter().map(one).collect());
        }
        if key == "FallbackNTP" && all.emptied(key) {
            return Ok(Vec::new());
        }
    }
    let (daemon, kind) = ("systemd-timesyncd", "built-in".to_owned());
    let named = |name: String| Source { daemon, kind: kind.clone(), name, place: None };
    Ok(match distribution(host)?.as_str() {
        "ubuntu" => vec![named("ntp.ubuntu.com".to_owned())],
        id @ ("debian" | "fedora" | "arch") => {
            (0..4).map(|i| named(format!("{i}.{id}.pool.ntp.org"))).collect()
        }
        _ => vec![named("built-in".to_owned())],
    })
}

fn distribution(host: &Host<'_>) -> Result<String, Gap> {
    for path in ["/etc/os-release", "/usr/lib/os-release"] {
        if let Some(found) = host.text(path)? {
            let id = found.text.lines().find_map(|l| l.strip_prefix("ID="));
            return Ok(id.unwrap_or("").trim().trim_matches(['"', '\'']).to_owned());
        }
    }
    Ok(String::new())
}

/// The sources of chrony's configuration at a path, for tests against the program: `kind name`.
///
/// # Errors
/// A file that cannot be read.
pub fn chrony_sources(host: &Host<'_>, path: &Path) -> Result<Vec<String>, Gap> {
    let mut out = chrony::Chrony::default();
    out.read(host, path, 0)?;
    Ok(out.sources.iter().map(|s| format!("{} {}", s.kind, s.name)).collect())
}
