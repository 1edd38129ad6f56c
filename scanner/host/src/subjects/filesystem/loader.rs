//! What the dynamic loader takes into programs (`ld.so(8)`, `ldconfig(8)`).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use assay_core::Gap;
use serde_json::{Value, json};

use super::ids::Ids;
use super::search::makers;
use crate::Host;

/// Files that one `include` brings, and how deep they nest.
const MAX_FILES: usize = 256;
const MAX_DEPTH: usize = 8;

/// Libraries that are loaded into every program: `/etc/ld.so.preload`, and variables of the
/// environment that files set.
pub(super) fn preloads(host: &Host<'_>) -> Result<Value, Gap> {
    let mut out = Vec::new();
    if let Some(found) = host.text("/etc/ld.so.preload")? {
        for (n, line) in found.text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            for library in line.split([' ', '\t', ':']).filter(|l| !l.is_empty()) {
                out.push(json!({"Library": library, "By": "ld.so.preload",
                    "file": "/etc/ld.so.preload", "line": n + 1}));
            }
        }
    }
    let mut files: Vec<PathBuf> = [
        "/etc/environment",
        // The PAM stacks of Debian give it to pam_env.
        "/etc/default/locale",
        "/etc/profile",
        "/etc/bash.bashrc",
        "/etc/bashrc",
        "/etc/zsh/zshenv",
        "/etc/zshenv",
        "/etc/security/pam_env.conf",
        "/etc/systemd/system.conf",
        "/root/.profile",
        "/root/.bashrc",
        "/root/.bash_profile",
        "/root/.zshenv",
    ]
    .iter()
    .map(PathBuf::from)
    .collect();
    for folder in [
        "/etc/profile.d",
        "/etc/environment.d",
        "/usr/lib/environment.d",
        "/etc/systemd/system.conf.d",
        "/usr/lib/systemd/system.conf.d",
        "/etc/systemd/system-environment-generators",
    ] {
        files.extend(host.few(folder, MAX_FILES)?);
    }
    for file in files {
        let Some(found) = host.text(&file)? else { continue };
        for (n, line) in found.text.lines().enumerate() {
            let line = line.trim();
            if line.starts_with('#') || line.starts_with(';') {
                continue;
            }
            for name in ["LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH"] {
                if let Some(value) = assigned(line, name) {
                    out.push(json!({"Library": value, "By": name,
                        "file": file.display().to_string(), "line": n + 1}));
                }
            }
        }
    }
    // The environment that units give their programs.
    let units = crate::systemd::units(host)?;
    for unit in units.all().filter(|u| u.loaded() && u.kind() == "service") {
        let sets = |a: &crate::systemd::Assignment| {
            a.section == "Service" && matches!(a.key.as_str(), "Environment" | "EnvironmentFile")
        };
        if !unit.assignments.iter().any(sets) || !units.starts(&unit.name).may() {
            continue;
        }
        let environment = unit.environment(host)?;
        for name in ["LD_PRELOAD", "LD_AUDIT"] {
            if let Some((value, place)) = environment.get(name).filter(|(v, _)| !v.is_empty()) {
                out.push(
                    json!({"Library": value, "By": name, "file": &*place.file, "line": place.line}),
                );
            }
        }
    }
    // Of several places that name one library the first is shown: taking it away shows the next.
    let mut seen = BTreeSet::new();
    out.retain(|p: &Value| seen.insert(format!("{} {}", p["By"], p["Library"])));
    Ok(out.into())
}

/// The value that a line gives a variable: `NAME=value`, `export NAME=value`, `NAME DEFAULT=value`
/// of `pam_env.conf`, and a list of assignments as systemd has it. Empty values set nothing.
fn assigned(line: &str, name: &str) -> Option<String> {
    let mut rest = line;
    loop {
        let at = rest.find(name)?;
        let before = rest.get(..at).unwrap_or_default();
        let after = rest.get(at + name.len()..).unwrap_or_default();
        let starts = before.chars().next_back().is_none_or(|c| " \t;\"'=".contains(c));
        let value = after.strip_prefix('=').or_else(|| after.trim_start().strip_prefix("DEFAULT="));
        if let (true, Some(value)) = (starts, value) {
            let quoted = value.trim_start_matches(['"', '\'']);
            let value = quoted.split([' ', '\t', '"', '\'', ';']).next().unwrap_or_default();
            return (!value.is_empty()).then(|| value.to_owned());
        }
        rest = after;
    }
}

/// Directories that the loader searches, as `ld.so.conf` names them.
pub(super) fn directories(host: &Host<'_>, ids: &Ids) -> Result<Value, Gap> {
    let mut found = Vec::new();
    read(host, Path::new("/etc/ld.so.conf"), 0, &mut found)?;
    let mut out = Vec::new();
    let mut seen = BTreeSet::new();
    for (directory, file, line) in found {
        if !seen.insert(directory.clone()) {
            continue;
        }
        let writers = match host.access(&directory)? {
            Some(access) => ids.real(&access.writers)?,
            // Whoever can make it decides what is in it.
            None => match makers(host, ids, Path::new(&directory))? {
                nobody if nobody.is_empty() => continue,
                makers => makers,
            },
        };
        out.push(json!({
            "Directory": directory, "Writers": writers, "file": file, "line": line,
        }));
    }
    Ok(out.into())
}

fn read(
    host: &Host<'_>,
    path: &Path,
    depth: usize,
    out: &mut Vec<(String, String, usize)>,
) -> Result<(), Gap> {
    let Some(found) = host.text(path)? else { return Ok(()) };
    for (n, line) in found.text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(pattern) = line.strip_prefix("include").filter(|r| r.starts_with([' ', '\t'])) {
            if depth >= MAX_DEPTH {
                let deep = crate::Miss::Failed("its includes nest too deep".to_owned());
                return Err(crate::gap(path, &deep));
            }
            for pattern in pattern.split_whitespace() {
                for file in glob(host, path, pattern)? {
                    read(host, &file, depth + 1, out)?;
                }
            }
        } else if line.starts_with('/') {
            // An old spelling names a library's type after `=`.
            let directory = line.split(['=', ' ', '\t', ':', ',']).next().unwrap_or(line);
            out.push((directory.to_owned(), path.display().to_string(), n + 1));
        }
    }
    Ok(())
}

/// The files of a pattern with `*` in its last part, relative to the folder of the file that has it.
fn glob(host: &Host<'_>, from: &Path, pattern: &str) -> Result<Vec<PathBuf>, Gap> {
    let path = from.parent().unwrap_or(Path::new("/etc")).join(pattern);
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Ok(vec![]) };
    let name = name.to_string_lossy();
    let Some((head, tail)) = name.split_once('*') else { return Ok(vec![path.clone()]) };
    let mut files = host.list(folder)?.unwrap_or_default();
    files.retain(|f| {
        let n = f.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        n.len() >= head.len() + tail.len()
            && n.starts_with(head)
            && n.ends_with(tail)
            && !n.starts_with('.')
    });
    files.truncate(MAX_FILES);
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    #[test]
    fn assignments_are_found_wherever_they_stand() {
        let value = |l: &str| assigned(l, "LD_PRELOAD");
        assert_eq!(value("export LD_PRELOAD=/x.so").as_deref(), Some("/x.so"));
        assert_eq!(value("DefaultEnvironment=A=1 \"LD_PRELOAD=/x.so\"").as_deref(), Some("/x.so"));
        assert_eq!(value("LD_PRELOAD DEFAULT=/x.so").as_deref(), Some("/x.so"));
        assert_eq!(value("LD_PRELOAD="), None);
        assert_eq!(value("NOT_LD_PRELOAD=/x.so"), None);
        assert_eq!(value("echo $LD_PRELOAD"), None);
    }

    #[test]
    fn preloads_have_their_line_and_comments_are_none() {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/etc/ld.so.preload", "# none\n\n/lib/a.so:/lib/b.so\n");
        m.file("/etc/ld.so.conf", "include ld.so.conf.d/*.conf\n")
            .file("/etc/ld.so.conf.d/a.conf", "# x\n/opt/lib\n/none\n");
        m.file("/etc/ld.so.conf.d/b.txt", "/tmp\n")
            .directory("/opt/lib")
            .owned("/opt/lib", 0, 0, 0o777);
        m.file("/etc/ld.so.conf.d/c.conf", "include more/*.conf\n/opt/lib\n")
            .file("/etc/ld.so.conf.d/more/d.conf", "/tmp/lib # later\n")
            .directory("/tmp")
            .owned("/tmp", 0, 0, 0o1777);
        m.file("/etc/passwd", "root:x:0:0::/root:/bin/sh\n");
        let host = Host::new(&m, "h", "2026-11-01T00:00:00Z".parse().unwrap());
        let found = preloads(&host).unwrap();
        assert_eq!(
            found[0],
            json!({"Library": "/lib/a.so", "By": "ld.so.preload", "file": "/etc/ld.so.preload", "line": 3})
        );
        assert_eq!(found.as_array().unwrap().len(), 2);
        m.file("/etc/environment", "export LD_PRELOAD=/x.so\n")
            .file("/etc/profile.d/x.sh", "LD_PRELOAD=/x.so\nLD_AUDIT=/x.so\n");
        let host = Host::new(&m, "h", "2026-11-01T00:00:00Z".parse().unwrap());
        let found = preloads(&host).unwrap();
        let by: Vec<_> = found.as_array().unwrap().iter().map(|p| p["By"].clone()).collect();
        assert_eq!(by, ["ld.so.preload", "ld.so.preload", "LD_PRELOAD", "LD_AUDIT"], "one of each");
        let ids = Ids::read(&host).unwrap();
        let dirs = directories(&host, &ids).unwrap();
        assert_eq!(
            dirs,
            json!([
                {"Directory": "/opt/lib", "Writers": ["everyone"], "file": "/etc/ld.so.conf.d/a.conf", "line": 2},
                {"Directory": "/tmp/lib", "Writers": ["everyone"], "file": "/etc/ld.so.conf.d/more/d.conf", "line": 1},
            ])
        );
    }
}
