//! Where root's programs are searched: every file that sets `PATH` for root, and who else can put
//! programs there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use assay_core::Gap;
use serde_json::{Value, json};

use super::ids::Ids;
use crate::{FileKind, Host};

/// Programs of one directory that are looked at.
const MAX_PROGRAMS: usize = 20_000;

/// What is searched where nothing else is said.
const DEFAULT: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Each directory in which root's programs are searched:
/// `{Directory, Problem, Writers, Programs, file, line}`.
pub(super) fn path(host: &Host<'_>, ids: &Ids) -> Result<Value, Gap> {
    let mut all: BTreeMap<String, Option<(String, usize)>> = BTreeMap::new();
    for directory in DEFAULT.split(':') {
        all.insert(directory.to_owned(), None);
    }
    let mut files: Vec<PathBuf> = [
        "/etc/environment",
        "/etc/login.defs",
        "/etc/crontab",
        "/etc/anacrontab",
        "/etc/profile",
        "/etc/bash.bashrc",
        "/etc/sudoers",
        "/root/.profile",
        "/root/.bashrc",
        "/root/.bash_profile",
        "/root/.bash_login",
        "/root/.zshrc",
        "/root/.zshenv",
        "/etc/systemd/system.conf",
    ]
    .iter()
    .map(PathBuf::from)
    .collect();
    for folder in [
        "/etc/profile.d",
        "/etc/cron.d",
        "/etc/sudoers.d",
        "/etc/systemd/system.conf.d",
        "/usr/lib/systemd/system.conf.d",
    ] {
        let name = |p: &Path| p.file_name().is_some_and(|n| taken(folder, &n.to_string_lossy()));
        files.extend(host.few(folder, 256)?.into_iter().filter(|p| name(p)));
    }
    for file in files {
        let Some(found) = host.text(&file)? else { continue };
        let mut document = None;
        for (n, line) in found.text.lines().enumerate() {
            // The text between `<<END` and `END` is data.
            if let Some(end) = &document {
                if line.trim_start_matches('\t') == end {
                    document = None;
                }
                continue;
            }
            document = here_document(line);
            let Some(value) = value(line) else { continue };
            for part in value.split(':') {
                let Some(part) = directory(part) else { continue };
                let place = Some((file.display().to_string(), n + 1));
                all.entry(part).or_insert(place);
            }
        }
    }
    let mut out = Vec::new();
    let mut seen = BTreeSet::new();
    for (directory, place) in all {
        // `/bin` is `/usr/bin` where `/usr` is merged: once is enough.
        let real = host.root().resolve(Path::new(&directory)).ok();
        if directory.starts_with('/') && !real.is_none_or(|r| seen.insert(r)) {
            continue;
        }
        let mut entry =
            json!({"Directory": directory, "Problem": null, "Writers": [], "Programs": []});
        let path = Path::new(&directory);
        if !path.is_absolute() {
            put(&mut entry, "Problem", json!("relative"));
        } else {
            let (writers, programs) = writers(host, ids, path)?;
            // The folder itself is where the weakness lies, unless a line names the place.
            if !writers.is_empty() && place.is_none() {
                put(&mut entry, "file", json!(directory));
            }
            put(&mut entry, "Writers", json!(writers));
            put(&mut entry, "Programs", json!(programs));
        }
        if let Some((file, line)) = place {
            put(&mut entry, "file", json!(file));
            put(&mut entry, "line", json!(line));
        }
        out.push(entry);
    }
    Ok(out.into())
}

/// Whether the program that reads a folder takes a file of that name.
fn taken(folder: &str, name: &str) -> bool {
    match folder {
        "/etc/profile.d" => name.ends_with(".sh") && !name.starts_with('.'),
        "/etc/sudoers.d" => !name.contains('.') && !name.ends_with('~'),
        "/etc/cron.d" => {
            name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-' || c == '.')
        }
        _ => name.ends_with(".conf") && !name.starts_with('.'),
    }
}

/// The word that ends the document that begins on a shell's line (`cat <<-'END'`).
fn here_document(line: &str) -> Option<String> {
    let line = line.trim();
    let (_, rest) = line.split_once("<<").filter(|_| !line.starts_with('#'))?;
    let word = rest.trim_start_matches(['-', ' ', '\t', '"', '\'', '\\']);
    let end = word.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(word.len());
    let word = word.get(..end).filter(|w| w.starts_with(|c: char| c.is_ascii_alphabetic()))?;
    Some(word.to_owned())
}

fn put(entry: &mut Value, key: &str, value: Value) {
    if let Some(map) = entry.as_object_mut() {
        map.insert(key.to_owned(), value);
    }
}

/// The value of `PATH` that a line sets for root, in a shell, a crontab, `login.defs`
/// (`ENV_SUPATH`) or `sudoers` (`secure_path`).
fn value(line: &str) -> Option<&str> {
    let line = line.trim();
    if line.starts_with('#') {
        return None;
    }
    let rest = if let Some(rest) = line.strip_prefix("ENV_SUPATH") {
        rest.trim_start().strip_prefix("PATH=").or(Some(rest.trim()))?
    } else if line.starts_with("Defaults") {
        let (_, rest) = line.split_once("secure_path")?;
        rest.trim_start().strip_prefix('=')?.trim_start()
    } else if let Some(rest) =
        line.strip_prefix("DefaultEnvironment=").or(line.strip_prefix("ManagerEnvironment="))
    {
        // Of the system's manager: for every unit, or for itself.
        let at = rest.find("PATH=").filter(|at| {
            *at == 0 || rest.get(..*at).is_some_and(|b| b.ends_with([' ', '"', '\'']))
        })?;
        rest.get(at + 5..)?.split([' ', '"', '\'']).next()?
    } else {
        let rest = line.strip_prefix("export ").unwrap_or(line).trim_start();
        rest.strip_prefix("PATH=").or_else(|| {
            let rest = rest.strip_prefix("PATH")?.trim_start();
            rest.strip_prefix('=').map(str::trim_start)
        })?
    };
    let rest = rest.trim_start();
    match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => rest.get(1..)?.split(quote).next(),
        _ => rest.split([' ', '\t', ';', '&']).next(),
    }
}

/// One part of the value as root sees it. `None`: another variable, which says nothing here.
fn directory(part: &str) -> Option<String> {
    let part = part.trim();
    match part {
        "$PATH" | "${PATH}" | "${PATH}\"" => None,
        "" => Some(".".to_owned()),
        _ => {
            let home = ["$HOME", "${HOME}", "~"].iter().find_map(|h| part.strip_prefix(h));
            let part = home.map_or_else(|| part.to_owned(), |rest| format!("/root{rest}"));
            let trimmed = part.trim_end_matches('/');
            let part = if trimmed.is_empty() { "/" } else { trimmed };
            (!part.contains(['$', '`', '(', '{'])).then(|| part.to_owned())
        }
    }
}

/// Who else can put programs into a directory, and programs in it that others can change.
fn writers(host: &Host<'_>, ids: &Ids, path: &Path) -> Result<(Vec<String>, Vec<Value>), Gap> {
    let Some(access) = host.access(path)? else {
        return Ok((makers(host, ids, path)?, Vec::new()));
    };
    let writers = ids.real(&access.writers)?;
    let mut programs = Vec::new();
    if access.stat.kind != FileKind::Directory {
        return Ok((writers, programs));
    }
    for program in host.few(path, MAX_PROGRAMS)? {
        let Some(stat) = host.lstat(&program)? else { continue };
        // The files of the directory itself share its way down; links lead elsewhere.
        if stat.kind == FileKind::File && stat.mode & 0o022 == 0 && stat.uid == 0 {
            continue;
        }
        if stat.kind == FileKind::Directory {
            continue;
        }
        let Some(access) = host.access(&program)? else { continue };
        // A SUID program may belong to the account whose rights it gives.
        let owner = format!("user {}", access.stat.uid);
        let own = |w: &String| access.stat.mode & 0o4000 != 0 && *w == owner;
        let others: Vec<String> = ids
            .real(&access.writers)?
            .into_iter()
            .filter(|w| !writers.contains(w) && !own(w))
            .collect();
        if !others.is_empty() && access.stat.kind == FileKind::File {
            let path = program.display().to_string();
            programs.push(json!({"Path": path, "file": path, "Writers": others}));
        }
    }
    Ok((writers, programs))
}

/// Who else can make a directory that is not there: those who can write the nearest one above it.
/// The sticky bit keeps nobody from making new names.
pub(super) fn makers(host: &Host<'_>, ids: &Ids, path: &Path) -> Result<Vec<String>, Gap> {
    for above in path.ancestors().skip(1) {
        let Some(stat) = host.stat(above)? else { continue };
        let mut who = host.access(above)?.map(|a| a.writers).unwrap_or_default();
        if stat.mode & 0o002 != 0 && !who.iter().any(|w| w == "everyone") {
            who.push("everyone".to_owned());
        }
        return ids.real(&who);
    }
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    #[test]
    fn every_spelling_of_a_path_is_read() {
        assert_eq!(value("ENV_SUPATH\tPATH=/a:/b"), Some("/a:/b"));
        assert_eq!(value("export PATH=\"/x:$PATH\" # c"), Some("/x:$PATH"));
        assert_eq!(value("Defaults\tsecure_path = \"/a:/b\""), Some("/a:/b"));
        assert_eq!(value("PATH = /a"), Some("/a"));
        assert_eq!(value("DefaultEnvironment=\"A=1\" \"PATH=/a:/b\" C=2"), Some("/a:/b"));
        assert_eq!(value("DefaultEnvironment=LD_LIBRARY_PATH=/a"), None);
        assert_eq!(value("#PATH=/x"), None);
        assert_eq!(value("MANPATH=/x"), None);
        assert_eq!(directory("$HOME/bin/").as_deref(), Some("/root/bin"));
        assert_eq!(directory("").as_deref(), Some("."));
        assert_eq!(directory("${X}/y"), None);
    }

    #[test]
    fn writable_directories_and_programs_are_named_with_their_line() {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/etc/passwd", "root:x:0:0::/root:/bin/bash\nann:x:1000:1000::/h:/bin/sh\n");
        m.file("/etc/group", "root:x:0:\nann:x:1000:\nstaff:x:50:\n");
        m.file("/etc/environment", "\nPATH=\"/usr/bin:/opt/t:/tmp/x:.\"\n# PATH=\n");
        m.file("/usr/bin/a", "").owned("/usr/bin/a", 0, 0, 0o757).file("/usr/bin/ok", "");
        m.file("/home/ann/p", "").owned("/home/ann", 1000, 1000, 0o755);
        m.symlink("/usr/bin/link", "/home/ann/p")
            .directory("/opt/t")
            .owned("/opt/t", 0, 1000, 0o775);
        m.directory("/tmp").owned("/tmp", 0, 0, 0o1777);
        m.directory("/usr/local/bin").owned("/usr/local/bin", 0, 50, 0o2775);
        let host = Host::new(&m, "h", "2026-11-01T00:00:00Z".parse().unwrap());
        let ids = Ids::read(&host).unwrap();
        let all = path(&host, &ids).unwrap();
        let relative: Vec<_> =
            all.as_array().unwrap().iter().filter(|e| e["Problem"] == "relative").collect();
        assert_eq!(relative.len(), 1);
        let of =
            |d: &str| all.as_array().unwrap().iter().find(|e| e["Directory"] == d).unwrap().clone();
        assert_eq!(of("/opt/t")["Writers"], json!(["group 1000"]));
        assert_eq!(
            (of("/opt/t")["file"].clone(), of("/opt/t")["line"].clone()),
            (json!("/etc/environment"), json!(2))
        );
        assert_eq!(of("/tmp/x")["Writers"], json!(["everyone"]));
        assert_eq!(of(".")["Problem"], json!("relative"));
        assert_eq!(of("/usr/local/bin")["Writers"], json!([]), "staff has no member");
        let programs = of("/usr/bin")["Programs"].clone();
        assert_eq!(programs[0]["Path"], "/usr/bin/a");
        assert_eq!(
            programs[1],
            json!({
                "Path": "/usr/bin/link", "file": "/usr/bin/link",
                "Writers": ["user 1000 through /home/ann"],
            })
        );
    }
}
