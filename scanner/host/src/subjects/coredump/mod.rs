//! `linux.coredump`: every layer that decides whether the memory of a crashed program ends up on
//! the disk.

mod limits;
#[cfg(test)]
mod tests;

use std::path::Path;

use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use crate::merged::{directories, piece, pieces};
use crate::systemd::{Load, Unit, units};
use crate::{Host, Origin, Output, Setting, Subject, boot};

const KIND: &str = "linux.coredump";

/// The subject.
pub(crate) static SUBJECT: Subject = Subject { name: "coredump", types: &[KIND], collect };

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    if boot::starts(host) {
        out.put(document(host));
    }
    out.listed(KIND, Ok(()));
}

fn document(host: &Host<'_>) -> Resource {
    let mut out = host.document(KIND, "");
    let pattern = super::sysctl::effective(host, "kernel.core_pattern");
    let suid = super::sysctl::effective(host, "fs.suid_dumpable");
    let keeper = pattern.as_ref().map_err(Clone::clone).and_then(|p| keeper(host, p));
    let limits = limits::limits(host).map(|all| {
        let one = |l: &limits::Limit| json!({"Who": l.who, "Hard": l.hard.json()});
        Value::from(all.iter().map(one).collect::<Vec<_>>())
    });
    for (facet, value) in [
        ("SuidDumpable", suid.map(|s| s.json())),
        ("CorePattern", pattern.map(|s| s.json())),
        ("Keeps", keeper.as_ref().map(|k| k.keeps.json()).map_err(Clone::clone)),
        ("Storage", keeper.map(|k| k.storage.map_or(Value::Null, |s| s.json()))),
        ("Limits", limits),
        ("Services", services(host).map(Value::from)),
    ] {
        match value {
            Ok(value) => {
                out.properties.insert(facet.to_owned(), value);
            }
            Err(gap) => out.lose(facet, gap),
        }
    }
    out
}

/// What becomes of a dump.
struct Keeper {
    /// Whether one can end up on the disk.
    keeps: Setting,
    /// `Storage=` of systemd-coredump, where that is who gets them.
    storage: Option<Setting>,
}

fn decided(value: bool, by: &Setting) -> Setting {
    Setting { value: value.into(), others: Vec::new(), ..by.clone() }
}

fn keeper(host: &Host<'_>, pattern: &Setting) -> Result<Keeper, Gap> {
    let text = pattern.value.as_str().unwrap_or("").trim();
    let plain = |keeps| Ok(Keeper { keeps: decided(keeps, pattern), storage: None });
    let Some(command) = text.strip_prefix('|') else {
        return plain(!text.is_empty() && text != "/dev/null");
    };
    let program = command.split_whitespace().next().unwrap_or("");
    let name = program.rsplit('/').next().unwrap_or("");
    // A program that is not there takes nothing.
    if matches!(name, "true" | "false") || host.stat(program)?.is_none() {
        return plain(false);
    }
    if name != "systemd-coredump" {
        return plain(true);
    }
    let (storage, size) = configured(host)?;
    let off = storage.value == "none" || size.as_ref().is_some_and(|s| s.value == "0");
    let by = match &size {
        Some(size) if storage.value != "none" && size.value == "0" => size,
        _ => &storage,
    };
    let mut keeps = decided(!off, by);
    if let Load::Masked(place) = &units(host)?.unit("systemd-coredump.socket").load {
        keeps = Setting::in_file(false, Path::new(&*place.file), place.line);
    }
    Ok(Keeper { keeps, storage: Some(storage) })
}

/// `Storage=` and `ProcessSizeMax=` of coredump.conf(5).
fn configured(host: &Host<'_>) -> Result<(Setting, Option<Setting>), Gap> {
    let mut storage = Setting::of("external", Origin::Default);
    let mut size: Option<Setting> = None;
    for (key, value, path, line) in ini(host, "coredump.conf", "Coredump")? {
        let new = |value: &str, before: Option<&Setting>| {
            let mut new = Setting::in_file(value, Path::new(&path), line);
            if let Some(Setting { value, place: Some((file, line)), others, .. }) = before {
                new.others.clone_from(others);
                new = new.beating(value.clone(), Path::new(file), *line);
            }
            new
        };
        match key.as_str() {
            "Storage" if matches!(value.as_str(), "none" | "external" | "journal") => {
                storage = new(&value, Some(&storage));
            }
            "ProcessSizeMax" => size = Some(new(zero(&value), size.as_ref())),
            _ => {}
        }
    }
    Ok((storage, size))
}

/// `0` for every spelling of nothing, else the text.
fn zero(value: &str) -> &str {
    let digits = value.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    if !digits.is_empty() && digits.chars().all(|c| c == '0') { "0" } else { value }
}

/// The assignments of a section of one of systemd's own configuration files and its drop-ins, in
/// order: key, value, file, line.
fn ini(
    host: &Host<'_>,
    name: &str,
    section: &str,
) -> Result<Vec<(String, String, String, u32)>, Gap> {
    let mut files = Vec::new();
    for base in ["/etc/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd"] {
        let path = Path::new(base).join(name);
        if host.lstat(&path)?.is_some() {
            files.push(piece(host, path));
            break;
        }
    }
    files.extend(pieces(host, &directories(&format!("systemd/{name}.d")), ".conf")?);
    let mut out = Vec::new();
    for file in files {
        let text = file.text?;
        let mut inside = false;
        for (number, line) in (1_u32..).zip(text.lines()) {
            let line = line.trim();
            if let Some(head) = line.strip_prefix('[') {
                inside = head.trim_end_matches(']') == section;
            } else if inside
                && !line.starts_with(['#', ';'])
                && let Some((key, value)) = line.split_once('=')
            {
                let path = file.path.display().to_string();
                out.push((key.trim().to_owned(), value.trim().to_owned(), path, number));
            }
        }
    }
    Ok(out)
}

/// Services that may dump without asking: `{Unit, Limit}`, the manager's default first.
fn services(host: &Host<'_>) -> Result<Vec<Value>, Gap> {
    let mut out = Vec::new();
    if !boot::systemd(host) {
        return Ok(out);
    }
    let debian = super::sysctl::debian_like(host)?;
    let mut default = Setting::of(if debian { "0:infinity" } else { "infinity" }, Origin::Default);
    for (key, value, path, line) in ini(host, "system.conf", "Manager")? {
        if key == "DefaultLimitCORE" && !value.is_empty() {
            let mut new = Setting::in_file(value.as_str(), Path::new(&path), line);
            if let Some((file, line)) = &default.place {
                new = new.beating(default.value.clone(), Path::new(file), *line);
            }
            default = new;
        }
    }
    if soft(default.value.as_str().unwrap_or("")) {
        out.push(json!({"Unit": "DefaultLimitCORE", "Limit": default.json()}));
    }
    let units = units(host)?;
    for unit in units.all().filter(|u| u.loaded() && limited(u)) {
        let setting = unit.setting("Service", "LimitCORE", "");
        if setting.place.is_some()
            && soft(setting.value.as_str().unwrap_or(""))
            && units.starts(&unit.name).may()
        {
            out.push(json!({"Unit": unit.name, "Limit": setting.json()}));
        }
    }
    Ok(out)
}

fn limited(unit: &Unit) -> bool {
    unit.last("Service", "LimitCORE").is_some()
}

/// Whether the soft part of a limit is more than nothing.
fn soft(limit: &str) -> bool {
    zero(limit.split(':').next().unwrap_or("").trim()) != "0"
}
