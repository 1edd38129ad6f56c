//! What a unit runs, and who else can change it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_core::Gap;
use serde_json::{Value, json};

use crate::subjects::cron;
use crate::systemd::{Place, Source, Unit};
use crate::{FileKind, Host};

/// Programs that run the file which their first argument names.
const INTERPRETERS: [&str; 16] = [
    "sh", "bash", "dash", "ash", "zsh", "ksh", "python", "python2", "python3", "perl", "ruby",
    "node", "php", "lua", "java", "env",
];

const SEARCHED: [&str; 6] =
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// Most files of one unit.
const MAX: usize = 200;

/// Every file that decides what the unit does: its programs, the scripts that interpreters run, its
/// own files, its environment files. Each with its access and who else than root, and than the
/// unit's own user, can change it.
pub(crate) fn of(host: &Host<'_>, unit: &Unit) -> Result<Value, Gap> {
    let mut files: BTreeMap<PathBuf, (&'static str, Place)> = BTreeMap::new();
    for path in unit.fragment.iter().chain(&unit.drop_ins) {
        files.insert(path.clone(), ("unit", Place::of(path)));
    }
    // Whoever writes to the folder of its drop-ins makes one.
    let folder = Path::new("/etc/systemd/system").join(format!("{}.d", unit.name));
    if unit.source == Source::Files {
        files.insert(folder.clone(), ("unit", Place::of(&folder)));
    }
    let mut elevated = false;
    let keys = [
        "ExecCondition",
        "ExecStartPre",
        "ExecStart",
        "ExecStartPost",
        "ExecReload",
        "ExecStop",
        "ExecStopPost",
    ];
    for command in keys.iter().flat_map(|k| unit.commands(k)) {
        elevated |= command.privileged;
        let Some(program) = found(host, &command.program)? else { continue };
        let interpreter = command.name().trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let runs = INTERPRETERS.contains(&interpreter) || INTERPRETERS.contains(&command.name());
        files.insert(program, ("program", command.place.clone()));
        // Variables replaced, as systemd hands them on.
        let arguments: Vec<String> =
            unit.arguments(host, &command)?.into_iter().map(|(a, _)| a).collect();
        let mut handed: Vec<PathBuf> = Vec::new();
        if runs {
            handed.extend(scripts(&arguments).into_iter().map(PathBuf::from));
        }
        for named in cron::programs(&format!("{} {}", command.program, arguments.join(" ")), None) {
            if named.directory
                && host.stat(&named.path)?.is_some_and(|s| s.kind == FileKind::Directory)
            {
                handed.extend(host.few(&named.path, MAX)?);
            } else {
                handed.push(named.path);
            }
        }
        for path in handed {
            files.entry(path).or_insert(("script", command.place.clone()));
        }
    }
    if unit.source == Source::Script {
        script(host, unit, &mut files)?;
    }
    if unit.source == Source::Files {
        for a in unit.list("Service", "EnvironmentFile") {
            let path = a.value.trim_start_matches('-');
            if path.starts_with('/') && !path.contains(['*', '?', '[', '%']) {
                files.insert(path.into(), ("environment", a.place()));
            }
        }
    }
    let own = if elevated { None } else { user(host, unit)? };
    let mut out = Vec::new();
    crate::at_most(&unit.name, "programs and files", files.len(), MAX)?;
    for (path, (what, place)) in files {
        let Some(access) = host.access(&path)? else { continue };
        let inside = access.stat.kind == FileKind::Directory && path != folder;
        if inside || access.stat.kind == FileKind::Device {
            continue;
        }
        let mut writers = access.writers.clone();
        if let Some(uid) = own {
            let name = format!("user {uid}");
            writers.retain(|w| *w != name && !w.starts_with(&format!("{name} ")));
        }
        out.push(json!({
            "path": path.display().to_string(),
            "use": what,
            "writers": writers,
            "access": access.json(),
            "file": &*place.file,
            "line": place.line,
        }));
    }
    Ok(out.into())
}

/// What a script in `/etc/init.d` starts, as far as it says so in one word (`command=` of OpenRC,
/// `DAEMON=` of others), and the file of settings that it runs.
fn script(
    host: &Host<'_>,
    unit: &Unit,
    files: &mut BTreeMap<PathBuf, (&'static str, Place)>,
) -> Result<(), Gap> {
    let Some(path) = &unit.fragment else { return Ok(()) };
    if let Some(found) = host.text(path)? {
        for (line, text) in (1_u32..).zip(found.text.lines()) {
            let Some((name, value)) = text.trim().split_once('=') else { continue };
            let value = value.trim_matches(['"', '\'']);
            let plain = value.starts_with('/') && !value.contains(['$', '`', ' ', '*', '?']);
            if plain && matches!(name, "command" | "DAEMON" | "daemon") {
                let place = Place { file: path.display().to_string().into(), line };
                files.insert(value.into(), ("program", place));
            }
        }
    }
    let stem = path.file_name().unwrap_or_default();
    for folder in ["/etc/conf.d", "/etc/default"] {
        let settings = Path::new(folder).join(stem);
        files.insert(settings.clone(), ("environment", Place::of(&settings)));
    }
    Ok(())
}

/// The files that an interpreter's arguments name: the first plain one, and what `-c` starts by its
/// path.
fn scripts(arguments: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    let command = arguments
        .iter()
        .position(|a| a.starts_with('-') && !a.starts_with("--") && a.ends_with('c'));
    if let Some(text) = command.and_then(|i| arguments.get(i + 1)) {
        for part in text.split([';', '\n', '&', '|', '(', ')']) {
            let part = part.trim().trim_start_matches("exec ");
            let first = part.split_whitespace().find(|w| !w.contains('='));
            out.extend(first.filter(|w| w.starts_with('/')).map(str::to_owned));
        }
        return out;
    }
    let jar = arguments.iter().position(|a| a == "-jar").and_then(|i| arguments.get(i + 1));
    let plain = arguments.iter().find(|a| a.starts_with('/'));
    out.extend(jar.or(plain).cloned());
    out
}

fn found(host: &Host<'_>, program: &str) -> Result<Option<PathBuf>, Gap> {
    if program.starts_with('/') {
        return Ok(Some(program.into()));
    }
    for directory in SEARCHED {
        let path = Path::new(directory).join(program);
        if host.stat(&path)?.is_some() {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// The uid of the unit's `User=`. `None`: root, or nobody that passwd knows.
fn user(host: &Host<'_>, unit: &Unit) -> Result<Option<u32>, Gap> {
    let Some(said) = unit.last("Service", "User") else { return Ok(None) };
    let wanted = unit.expand(&said.value).unwrap_or_else(|| said.value.clone());
    if let Ok(uid) = wanted.parse() {
        return Ok(Some(uid).filter(|u| *u != 0));
    }
    let passwd = host.text("/etc/passwd")?;
    let line = passwd.iter().flat_map(|f| f.text.lines()).find_map(|l| {
        let mut parts = l.split(':');
        (parts.next() == Some(&wanted)).then(|| parts.nth(1).and_then(|u| u.parse().ok())).flatten()
    });
    Ok(line.filter(|u| *u != 0))
}
