//! `linux.audit`: whether the audit daemon starts, which rules are in force after the start, what
//! they record and what they hide, and what becomes of the records when space runs out.

mod calls;
mod conf;
mod coverage;
mod event;
mod load;
mod merge;
mod names;
mod options;
mod rule;
mod start;
mod suppress;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;

use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use crate::subjects::accounts::{Defs, Tables};
use crate::systemd::{Place, Units, units};
use crate::{Host, Origin, Output, Setting, Subject, boot};

use load::{Kernel, World};
use rule::Names;
use start::{Daemon, Step};

const KIND: &str = "linux.audit";

/// The subject.
pub(crate) static SUBJECT: Subject = Subject { name: "audit", types: &[KIND], collect };

/// Most people whose events are tried.
const MAX_PEOPLE: usize = 8;

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    // What runs in a container is audited by its host.
    if boot::starts(host) {
        out.put(document(host));
    }
    out.listed(KIND, Ok(()));
}

fn set(out: &mut Resource, facet: &str, value: Result<Value, Gap>) {
    match value {
        Ok(value) => {
            out.properties.insert(facet.to_owned(), value);
        }
        Err(gap) => out.lose(facet, gap),
    }
}

fn document(host: &Host<'_>) -> Resource {
    let mut out = host.document(KIND, "");
    set(&mut out, "Installed", installed(host).map(Value::from));
    let entries = start::entries(host);
    set(&mut out, "BootEntries", entries.clone().map(|e| e.map_or(Value::Null, Value::from)));
    let units = units(host);
    let world = world(host);
    let daemon = units.as_ref().map_err(Clone::clone).and_then(|u| start::daemon(host, u));
    let conf = match (&daemon, &world) {
        (Ok(daemon), Ok((world, _))) => {
            conf::read(host, &daemon.directory, daemon.links, &world.names)
        }
        (Err(gap), _) | (_, Err(gap)) => Err(gap.clone()),
    };
    set(&mut out, "Starts", daemon_starts(&daemon, &conf));
    let why = daemon.as_ref().map_err(Clone::clone).and_then(|d| {
        let refused = conf.as_ref().map_err(Clone::clone)?.refused.as_ref();
        Ok(d.why_not.clone().or_else(|| refused.map(|r| r.0.clone())))
    });
    set(&mut out, "WhyNot", why.map(|w| w.map_or(Value::Null, Value::from)));
    let options = conf.as_ref().map_err(Clone::clone).map(|c| {
        c.options
            .iter()
            .map(|(k, v)| ((*k).to_owned(), v.json()))
            .collect::<serde_json::Map<_, _>>()
    });
    set(&mut out, "Configuration", options.map(Value::from));
    rules(host, &mut out, units, world, daemon, conf, entries);
    out
}

fn installed(host: &Host<'_>) -> Result<bool, Gap> {
    for path in ["/usr/sbin/auditd", "/sbin/auditd", "/usr/bin/auditd"] {
        if host.stat(path)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn placed(value: impl Into<Value>, place: Option<&Place>) -> Setting {
    match place {
        Some(place) => Setting::in_file(value, place.file.as_ref().as_ref(), place.line),
        None => Setting::of(value, Origin::Default),
    }
}

fn daemon_starts(
    daemon: &Result<Daemon, Gap>,
    conf: &Result<conf::Conf, Gap>,
) -> Result<Value, Gap> {
    let daemon = daemon.as_ref().map_err(Clone::clone)?;
    if !daemon.starts {
        return Ok(placed(false, daemon.place.as_ref()).json());
    }
    Ok(match &conf.as_ref().map_err(Clone::clone)?.refused {
        Some((_, place)) => placed(false, Some(place)).json(),
        None => placed(true, daemon.place.as_ref()).json(),
    })
}

/// The people whose events count, and what of the host decides over the meaning of rules.
fn world<'h, 'r>(host: &'h Host<'r>) -> Result<(World<'h, 'r>, Vec<u32>), Gap> {
    let tables = Tables::read(host)?;
    let mut names = Names { machine: machine(host), ..Names::default() };
    let mut ids: Vec<u32> = Vec::new();
    for user in tables.users.iter().rev() {
        names.users.insert(user.name.clone(), user.uid);
        ids.push(user.uid);
    }
    names.groups.extend(tables.groups.iter().rev().map(|g| (g.name.clone(), g.gid)));
    let unsure = tables.all_users.err().or(tables.all_groups.err());
    let least = Defs::login(host)?.number("UID_MIN", Some(1000)).value.as_u64();
    let least = least.and_then(|n| u32::try_from(n).ok()).unwrap_or(1000);
    ids.retain(|id| (least..60_000).contains(id));
    ids.push(least);
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(MAX_PEOPLE);
    let mounts = super::mount::points(host)?;
    Ok((World { host, names, unsure, mounts }, ids))
}

/// The machine, by the head of a program of it.
fn machine(host: &Host<'_>) -> String {
    for path in ["/bin/sh", "/usr/sbin/auditctl", "/sbin/auditctl"] {
        let Ok(head) = host.root().head(path.as_ref(), 20) else { continue };
        if !head.starts_with(b"\x7fELF") {
            continue;
        }
        let wide = head.get(4) == Some(&2);
        let code = head.get(18).copied().unwrap_or(0);
        let name = match (code, wide) {
            (62, true) => "x86_64",
            (62 | 3, false) => "i386",
            (183, _) => "aarch64",
            (40, _) => "arm",
            _ => "other",
        };
        return name.to_owned();
    }
    "x86_64".to_owned()
}

/// What the rules come to.
fn rules(
    host: &Host<'_>,
    out: &mut Resource,
    units: Result<std::sync::Arc<Units>, Gap>,
    world: Result<(World<'_, '_>, Vec<u32>), Gap>,
    daemon: Result<Daemon, Gap>,
    conf: Result<conf::Conf, Gap>,
    entries: Result<Option<Vec<Value>>, Gap>,
) {
    let facets =
        ["Rules", "Refused", "Loads", "Locked", "NotLocked", "Failure", "Hidden", "Coverage"];
    let result = (|| {
        let (world, people) = world?;
        let (mut daemon, conf) = (daemon?, conf?);
        daemon.starts &= conf.refused.is_none();
        let steps = start::steps(host, &*units?, &daemon)?;
        let off = entries?
            .and_then(|e| e.first().filter(|e| e.get("Off") == Some(&true.into())).cloned());
        let kernel = load(host, &steps, &world, &daemon, off.as_ref())?;
        Ok((kernel, steps, world, people))
    })();
    let (kernel, steps, world, people) = match result {
        Ok(all) => all,
        Err(gap) => {
            let gap: Gap = gap;
            for facet in facets {
                out.lose(facet, gap.clone());
            }
            return;
        }
    };
    let loads = steps.iter().any(|s| matches!(s, Step::File(_)));
    let at =
        |text: &str, place: &Place| json!({"Text": text, "file": &*place.file, "line": place.line});
    let list: Vec<Value> = kernel.rules.iter().take(2_000).map(|r| at(&r.text, &r.place)).collect();
    let refused = kernel.refused.iter();
    let refused: Vec<Value> = refused
        .map(|(why, place, stops)| {
            json!({"Why": why, "Stops": stops, "file": &*place.file, "line": place.line})
        })
        .collect();
    let stop = kernel.refused.iter().find(|r| r.2);
    let locked = kernel.enabled.0 == 2;
    let place = match stop {
        Some((_, place, _)) if !locked => Some(place),
        _ => kernel.enabled.1.as_ref(),
    };
    let not_locked = match (locked, loads, stop) {
        (true, ..) => None,
        (_, false, _) => Some("nothing that starts loads the rules".to_owned()),
        (_, _, Some((why, ..))) => Some(format!("the loading ends before it: {why}")),
        (..) if kernel.enabled.1.is_some() => {
            Some(format!("the last word is -e {}", kernel.enabled.0))
        }
        _ => Some("no line says -e 2".to_owned()),
    };
    let failure = placed(kernel.failure.0, kernel.failure.1.as_ref());
    for (facet, value) in [
        ("Rules", Ok(Value::from(list))),
        ("Refused", Ok(Value::from(refused))),
        ("Loads", Ok(loads.into())),
        ("Locked", Ok(placed(locked, place).json())),
        ("NotLocked", Ok(not_locked.map_or(Value::Null, Value::from))),
        ("Failure", Ok(failure.json())),
        ("Hidden", suppress::hidden(&kernel, &world, &people).map(Value::from)),
        ("Coverage", coverage::missing(&kernel, &world, &people).map(Value::from)),
    ] {
        set(out, facet, value);
    }
}

/// The kernel after everything that starts has had its way.
fn load(
    host: &Host<'_>,
    steps: &[Step],
    world: &World<'_, '_>,
    daemon: &Daemon,
    off: Option<&Value>,
) -> Result<Kernel, Gap> {
    let mut kernel = Kernel { enabled: (1, None), failure: (1, None), ..Kernel::default() };
    if let Some(entry) = off {
        let line = entry.get("line").and_then(Value::as_u64).and_then(|l| u32::try_from(l).ok());
        let file = entry.get("file").and_then(Value::as_str).unwrap_or("");
        kernel.enabled = (0, Some(Place { file: file.into(), line: line.unwrap_or(1) }));
        return Ok(kernel);
    }
    if let Some(place) = &daemon.disables {
        kernel.enabled = (0, Some(place.clone()));
    }
    let mut files: BTreeMap<String, Vec<merge::Line>> = BTreeMap::new();
    for step in steps {
        match step {
            Step::Merge => {
                if let Some(lines) = merge::merged(host)? {
                    files.insert(merge::RULES.to_owned(), lines);
                }
            }
            Step::File(file) => {
                // Where the rules are locked, auditctl does not begin.
                if kernel.enabled.0 == 2 {
                    continue;
                }
                let read;
                let lines = match files.get(file) {
                    Some(lines) => lines,
                    None => {
                        read = merge::lines(host, file)?.unwrap_or_default();
                        &read
                    }
                };
                kernel.load(lines, world)?;
            }
            Step::Command(text, place) => kernel.command(text, place, world)?,
        }
    }
    Ok(kernel)
}

/// The port at which the daemon takes the records of other hosts: `{Program, Protocol, Port, Local,
/// file, line}`.
pub(super) fn listener(host: &Host<'_>, units: &Units) -> Result<Option<Value>, Gap> {
    let daemon = start::daemon(host, units)?;
    let names = world(host)?.0.names;
    let conf = conf::read(host, &daemon.directory, daemon.links, &names)?;
    let port = conf.options.get("tcp_listen_port");
    let open = daemon.starts && conf.refused.is_none();
    let Some(port) = port.filter(|p| open && p.value != "0") else { return Ok(None) };
    let Some((file, line)) = &port.place else { return Ok(None) };
    Ok(Some(json!({
        "Program": "auditd", "Protocol": "tcp", "Port": port.value, "Local": false,
        "file": file, "line": line,
    })))
}

/// The lines of the file that augenrules would write now, for tests against it.
///
/// # Errors
/// A file that cannot be read.
pub fn audit_rules(host: &Host<'_>) -> Result<Vec<String>, Gap> {
    Ok(merge::merged(host)?.unwrap_or_default().into_iter().map(|l| l.text).collect())
}
