//! Shells that a boot gives without a password: rescue and emergency mode, the debug shell.
//!
//! sulogin(8) asks for root's password. It opens without one where root's is empty, and where root
//! is locked and it is forced, by its option or by `SYSTEMD_SULOGIN_FORCE`.

use std::path::Path;

use assay_core::Gap;
use serde_json::{Value, json};

use crate::Host;
use crate::boot::Entries;
use crate::merged::{directories, pieces};
use crate::systemd::{Init, Place, boolean, units, words};

/// The shells: `{Unit, Why, file, line}`.
pub(super) fn shells(host: &Host<'_>, entries: &Result<Entries, Gap>) -> Result<Vec<Value>, Gap> {
    let units = units(host)?;
    let mut out = Vec::new();
    let root = root(host)?;
    if units.init != Init::Systemd {
        inittab(host, root, &mut out)?;
        return Ok(out);
    }
    let mut put = |unit: &str, why: &str, place: &Place| {
        out.push(json!({"Unit": unit, "Why": why, "file": &*place.file, "line": place.line}));
    };
    let forced = forced(host, entries)?;
    for name in ["rescue.service", "emergency.service"] {
        let unit = units.unit(name);
        if !unit.loaded() {
            continue;
        }
        let own = unit.environment(host)?.get("SYSTEMD_SULOGIN_FORCE").cloned();
        for command in unit.commands("ExecStart") {
            let line = command.line();
            if line.contains("sulogin") {
                let option = command.arguments.iter().any(|a| a == "--force" || a == "-e")
                    && command.name() == "sulogin";
                let by = match &own {
                    Some((value, place)) if boolean(value) == Some(true) => Some(place.clone()),
                    Some(_) => None,
                    None => forced.clone(),
                };
                let by = if option { Some(command.place.clone()) } else { by };
                match (root, by) {
                    (Root::Empty(line), _) => {
                        let place = Place { file: "/etc/shadow".into(), line };
                        put(name, "root has an empty password", &place);
                    }
                    (Root::Locked, Some(place)) => {
                        put(name, "root is locked and the shell opens all the same", &place);
                    }
                    _ => {}
                }
            } else if !command.does_nothing() {
                put(name, &format!("it starts {line} without asking"), &command.place);
            }
        }
    }
    for unit in units.all().filter(|u| u.loaded() && u.kind() == "service") {
        // A template of terminals starts whenever somebody comes to one.
        let asked = ["getty@.service", "serial-getty@.service", "container-getty@.service"];
        if !(asked.contains(&unit.name.as_str()) || units.starts(&unit.name).may()) {
            continue;
        }
        for command in unit.commands("ExecStart").iter().filter(|c| c.name().ends_with("getty")) {
            let arguments = unit.arguments(host, command)?;
            if let Some((why, place)) = unasked(&arguments) {
                put(&unit.name, &why, &place);
            }
        }
    }
    let debug = units.starts("debug-shell.service");
    if debug.may()
        && let Some(place) = debug.place()
    {
        put("debug-shell.service", "it gives a root shell on a terminal at every boot", place);
    }
    Ok(out)
}

/// How a program for terminals signs somebody in without asking, and the word that says so.
fn unasked(arguments: &[(String, Place)]) -> Option<(String, Place)> {
    let mut all = arguments.iter().peekable();
    while let Some((word, place)) = all.next() {
        let value = |short: &str, long: &str| {
            let inline = word.strip_prefix(long).and_then(|v| v.strip_prefix('='));
            let glued =
                word.strip_prefix(short).filter(|v| !v.is_empty() && !word.starts_with("--"));
            inline.or(glued).map(str::to_owned)
        };
        let next = |all: &mut std::iter::Peekable<std::slice::Iter<'_, (String, Place)>>| {
            all.peek().map(|(w, _)| w.clone()).unwrap_or_default()
        };
        if word == "-a" || word.starts_with("--autologin") || value("-a", "--autologin").is_some() {
            let user = value("-a", "--autologin").unwrap_or_else(|| next(&mut all));
            return Some((format!("it signs {user} in without asking"), place.clone()));
        }
        if word == "-l" || word.starts_with("--login-program") {
            let program = value("-l", "--login-program").unwrap_or_else(|| next(&mut all));
            let name = program.rsplit('/').next().unwrap_or("");
            if ["sh", "bash", "dash", "ash", "zsh", "ksh"].contains(&name) {
                return Some((format!("it starts {program} instead of a sign-in"), place.clone()));
            }
        }
    }
    None
}

/// What root's password is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Root {
    /// There is one.
    Set,
    /// None is asked for; the line of `/etc/shadow`.
    Empty(u32),
    /// None is accepted.
    Locked,
}

fn root(host: &Host<'_>) -> Result<Root, Gap> {
    let Some(found) = host.text("/etc/shadow")? else { return Ok(Root::Set) };
    for (number, line) in (1_u32..).zip(found.text.lines()) {
        let mut fields = line.split(':');
        if fields.next() != Some("root") {
            continue;
        }
        return Ok(match fields.next() {
            Some("") => Root::Empty(number),
            Some(hash) if hash.starts_with(['!', '*']) => Root::Locked,
            _ => Root::Set,
        });
    }
    Ok(Root::Locked)
}

/// Where every service is told to force: the manager's configuration, or the kernel's command line,
/// whose assignments become the manager's environment.
fn forced(host: &Host<'_>, entries: &Result<Entries, Gap>) -> Result<Option<Place>, Gap> {
    const NAME: &str = "SYSTEMD_SULOGIN_FORCE";
    let mut files = vec![crate::merged::piece(host, "/etc/systemd/system.conf".into())];
    files.extend(pieces(host, &directories("systemd/system.conf.d"), ".conf")?);
    let mut out = None;
    for piece in files {
        let text = piece.text?;
        for (number, line) in (1_u32..).zip(text.lines()) {
            let Some((key, value)) = line.split_once('=') else { continue };
            if !matches!(key.trim(), "DefaultEnvironment" | "ManagerEnvironment") {
                continue;
            }
            if value.trim().is_empty() {
                out = None;
            }
            for word in words(value) {
                if let Some((_, on)) = word.split_once('=').filter(|(n, _)| *n == NAME) {
                    let here = place(&piece.path, number);
                    out = if boolean(on) == Some(true) { Some(here) } else { None };
                }
            }
        }
    }
    let entries = entries.as_ref().map_err(Clone::clone)?;
    for entry in entries.generated.iter().chain(&entries.planned) {
        let last = entry.words.iter().rfind(|w| w.name == NAME);
        if last.and_then(|w| w.value.as_deref()).and_then(boolean) == Some(true) {
            out = out.or_else(|| Some(place(Path::new(&entry.file), entry.line)));
        }
    }
    Ok(out)
}

fn place(path: &Path, line: u32) -> Place {
    Place { file: path.display().to_string().into(), line }
}

/// Without systemd: what `/etc/inittab` starts on terminals.
fn inittab(host: &Host<'_>, root: Root, out: &mut Vec<Value>) -> Result<(), Gap> {
    let Some(found) = host.text("/etc/inittab")? else { return Ok(()) };
    for (number, line) in (1_u32..).zip(found.text.lines()) {
        if line.trim_start().starts_with('#') {
            continue;
        }
        let fields: Vec<&str> = line.splitn(4, ':').collect();
        let [id, _, action, process] = fields.as_slice() else { continue };
        let first = process.split_whitespace().next().unwrap_or("").trim_start_matches(['-', '@']);
        let name = first.rsplit('/').next().unwrap_or("");
        let shell = ["sh", "bash", "ash", "dash"].contains(&name) && !process.contains(" -c");
        let ends = ["respawn", "askfirst", "wait", "once", "sysinit", "bootwait"].contains(action);
        let mut put = |why: &str| {
            let unit = format!("inittab {id}");
            out.push(json!({"Unit": unit, "Why": why, "file": "/etc/inittab", "line": number}));
        };
        if shell && ends {
            put("it starts a shell without asking");
        } else if process.contains("login -f root") || process.contains("--autologin root") {
            put("it signs root in without asking");
        } else if name == "sulogin" && matches!(root, Root::Empty(_)) {
            put("root has an empty password");
        }
    }
    Ok(())
}
