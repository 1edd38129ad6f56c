//! Home directories: whose they are, who gets in, and what lies in them.

use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};
use serde_json::{Value, json};

use super::lines::numbered;
use super::tables::User;
use crate::{FileKind, Host};

/// Files that let others in without a password, and what they are.
const TRUST: [(&str, &str); 2] = [(".rhosts", "hosts"), (".shosts", "hosts")];

/// Files that keep passwords in clear text.
const CREDENTIALS: [&str; 2] = [".netrc", ".git-credentials"];

/// The home directory of a user.
///
/// `{Path, State, file, line, Owner, Mode, Readers, Writers}`; the last four only where it is there.
/// Readers and writers are those beside root and the user; his own group may read, and write where
/// `alone` says that nobody else is in it. The place is the directory where it is there, else the
/// line that names it.
///
/// # Errors
/// A gap that names the path; also where the directory lies on a file system that is not mounted.
pub(crate) fn home(
    host: &Host<'_>,
    user: &User,
    alone: bool,
    remote: &[PathBuf],
) -> Result<Value, Gap> {
    let mut out = json!({
        "Path": user.home, "file": user.place.file.display().to_string(), "line": user.place.line,
    });
    let mut set = |key: &str, value: Value| {
        if let Some(map) = out.as_object_mut() {
            map.insert(key.to_owned(), value);
        }
    };
    if !user.home.starts_with('/') {
        set("State", if user.home.is_empty() { "unset" } else { "relative" }.into());
        return Ok(out);
    }
    let path = Path::new(&user.home);
    let Some(access) = host.access(path)? else {
        if !host.running()
            && let Some(mount) = remote.iter().find(|m| path.starts_with(m))
        {
            let detail = format!("{}: {} is not mounted here", user.home, mount.display());
            return Err(Gap::new(GapState::Unsupported, detail));
        }
        set("State", "missing".into());
        return Ok(out);
    };
    let stat = access.stat;
    if stat.kind != FileKind::Directory {
        set("State", "no_directory".into());
        return Ok(out);
    }
    let own = format!("user {}", user.uid);
    let group = format!("group {}", user.gid);
    let others = |list: Vec<String>, group_may: bool| -> Vec<String> {
        let mut list: Vec<String> = list
            .into_iter()
            .filter(|who| {
                let by_self =
                    *who == own || who.strip_prefix(&own).is_some_and(|r| r.starts_with(' '));
                !(by_self || group_may && *who == group)
            })
            .collect();
        list.dedup();
        list
    };
    let mut readers = others(access.readers, true);
    // Whoever may only pass through still reads what he knows the name of.
    if stat.mode & 0o1 != 0 && !readers.iter().any(|r| r == "everyone") {
        readers.push("everyone who knows a name in it".to_owned());
    }
    let writers = others(access.writers, alone);
    set("State", "present".into());
    set("file", user.home.as_str().into());
    set("line", Value::Null);
    set("Owner", stat.uid.into());
    set("Mode", format!("{:04o}", stat.mode).into());
    set("Readers", readers.into());
    set("Writers", writers.into());
    Ok(out)
}

/// Mount points on which homes may lie, from fstab and the automounter's master map.
///
/// # Errors
/// A gap that names the path.
pub(crate) fn mounts(host: &Host<'_>) -> Result<Vec<PathBuf>, Gap> {
    let mut out = Vec::new();
    for (file, column) in [("/etc/fstab", 1), ("/etc/auto.master", 0)] {
        let Some(found) = host.text(file)? else { continue };
        for (_, line) in numbered(&found.text).take(10_000) {
            let mut words = line.split_whitespace();
            if line.trim_start().starts_with('#') {
                continue;
            }
            if let Some(point) = words.nth(column)
                && point.starts_with('/')
                && point != "/"
            {
                // A direct map may name any place.
                let point = if point.starts_with("/-") { "/" } else { point };
                out.push(PathBuf::from(point));
            }
        }
    }
    Ok(out)
}

/// The trust and credential files of a home: `{file, line, Kind}`, the line being the first that
/// grants or keeps something. Empty files, and names that are no regular files, do nothing.
///
/// # Errors
/// A gap that names the path.
pub(crate) fn trust(host: &Host<'_>, home: &str) -> Result<Vec<Value>, Gap> {
    let mut out = Vec::new();
    if !home.starts_with('/') {
        return Ok(out);
    }
    for (name, kind) in TRUST {
        let path = Path::new(home).join(name);
        if let Some(line) = first(host, &path, |l| !l.is_empty() && !l.starts_with('#'))? {
            out.push(json!({"file": path.display().to_string(), "line": line, "Kind": kind}));
        }
    }
    for name in CREDENTIALS {
        let path = Path::new(home).join(name);
        let secret = |l: &str| match name {
            ".netrc" => {
                l.split_whitespace().any(|w| matches!(w, "password" | "passwd" | "account"))
            }
            _ => l.contains("://"),
        };
        if let Some(line) = first(host, &path, secret)? {
            out.push(json!({"file": path.display().to_string(), "line": line, "Kind": "password"}));
        }
    }
    Ok(out)
}

/// The forwarding file of a home: `{file, line}` of its first address or program.
///
/// # Errors
/// A gap that names the path.
pub(crate) fn forward(host: &Host<'_>, home: &str) -> Result<Vec<Value>, Gap> {
    if !home.starts_with('/') {
        return Ok(Vec::new());
    }
    let path = Path::new(home).join(".forward");
    let line = first(host, &path, |l| !l.is_empty() && !l.starts_with('#'))?;
    Ok(line
        .map(|line| json!({"file": path.display().to_string(), "line": line}))
        .into_iter()
        .collect())
}

/// The first line of a regular file that holds something.
pub(crate) fn first(
    host: &Host<'_>,
    path: &Path,
    holds: impl Fn(&str) -> bool,
) -> Result<Option<u32>, Gap> {
    match host.stat(path)? {
        Some(stat) if stat.kind == FileKind::File && stat.size > 0 => {}
        _ => return Ok(None),
    }
    let Some(found) = host.text(path)? else { return Ok(None) };
    Ok(numbered(&found.text).find(|(_, l)| holds(l.trim())).map(|(n, _)| n))
}

/// Whether keys let the user in.
///
/// # Errors
/// A gap that names the path.
pub(crate) fn keys(host: &Host<'_>, home: &str) -> Result<bool, Gap> {
    for name in [".ssh/authorized_keys", ".ssh/authorized_keys2"] {
        let path = Path::new(home).join(name);
        if home.starts_with('/')
            && let Some(stat) = host.stat(&path)?
            && stat.kind == FileKind::File
            && stat.size > 0
        {
            return Ok(true);
        }
    }
    Ok(false)
}
