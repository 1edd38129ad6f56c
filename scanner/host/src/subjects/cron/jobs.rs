//! The jobs of crontabs, of `run-parts` directories and of anacron.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};
use serde_json::{Value, json};

use super::commands::{Named, programs};
use super::{facet, list, placeholder};
use crate::commands::expanded;
use crate::subjects::accounts::Tables;
use crate::{FileKind, Host, Output};

/// Most jobs that are looked at.
const MAX_JOBS: usize = 10_000;

/// One job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) file: PathBuf,
    pub(super) line: u32,
    pub(super) user: String,
    pub(super) command: String,
    /// `PATH` of the crontab.
    pub(super) path: Option<String>,
    /// `SHELL` of the crontab, which runs the command.
    pub(super) shell: Option<String>,
}

/// Longest command whose variables are replaced.
const MAX_COMMAND: usize = 1 << 16;

/// All jobs.
pub(super) fn all(host: &Host<'_>) -> Result<Vec<Job>, Gap> {
    let mut jobs = Vec::new();
    let debian = host.stat("/etc/debian_version")?.is_some();
    let lsb = debian && long_names(host)?;
    tab(host, Path::new("/etc/crontab"), None, &mut jobs)?;
    for path in list(host, "/etc/cron.d")? {
        if counts(host, &path, debian, lsb)? {
            tab(host, &path, None, &mut jobs)?;
        }
    }
    for spool in super::SPOOLS {
        for path in list(host, spool)? {
            let file = host.stat(&path)?.is_some_and(|s| s.kind == FileKind::File);
            if let Some(user) = path.file_name().filter(|_| file) {
                let user = user.to_string_lossy().into_owned();
                tab(host, &path, Some(user), &mut jobs)?;
            }
        }
    }
    if let Some(found) = host.text("/etc/anacrontab")? {
        for (line, text) in (1_u32..).zip(found.text.lines()) {
            let words: Vec<&str> = text.split_whitespace().collect();
            let [period, _, _, command @ ..] = words.as_slice() else { continue };
            if (period.starts_with('@') || period.parse::<u32>().is_ok()) && !command.is_empty() {
                jobs.push(Job {
                    file: found.path.clone(),
                    line,
                    user: "root".to_owned(),
                    command: command.join(" "),
                    path: None,
                    shell: None,
                });
            }
        }
    }
    for directory in ["hourly", "daily", "weekly", "monthly", "yearly"] {
        let directory = format!("/etc/cron.{directory}");
        for path in list(host, &directory)? {
            let Some(stat) = host.stat(&path)? else { continue };
            if stat.kind == FileKind::File && stat.mode & 0o111 != 0 && part(&path, debian) {
                jobs.push(Job {
                    command: path.display().to_string(),
                    file: path,
                    line: 1,
                    user: "root".to_owned(),
                    path: None,
                    shell: None,
                });
            }
        }
    }
    if jobs.len() > MAX_JOBS {
        return Err(Gap::new(GapState::Malformed, format!("more than {MAX_JOBS} jobs")));
    }
    Ok(jobs)
}

/// Puts all jobs.
pub(super) fn put(host: &Host<'_>, out: &mut dyn Output) -> Result<(), Gap> {
    let jobs = all(host)?;
    let users: BTreeMap<String, u32> =
        Tables::read(host)?.users.into_iter().rev().map(|u| (u.name, u.uid)).collect();
    for job in jobs {
        let item = format!("{}:{}", job.file.display(), job.line);
        let mut r = host.document("linux.cron_job", &item);
        let place = json!({"file": job.file.display().to_string(), "line": job.line});
        let value = |v: &str| {
            let mut v = json!({"value": v, "origin": "file"});
            if let (Some(v), Some(p)) = (v.as_object_mut(), place.as_object()) {
                v.extend(p.clone());
            }
            v
        };
        facet(&mut r, "User", Ok(value(&job.user)));
        // What stands in a command may be secret: its program is all that is kept.
        let mut programs = programs(&job.command, job.path.as_deref());
        if let Some(shell) = job.shell.filter(|s| s.starts_with('/')) {
            programs.push(Named { path: shell.into(), searched: false, directory: false });
        }
        let own = users.get(&job.user).map(|uid| format!("user {uid}"));
        facet(&mut r, "Programs", accesses(host, &programs, own.as_deref()));
        out.put(r);
    }
    Ok(())
}

/// Whether cron takes a file of `/etc/cron.d`: its name, and in Debian also who can change it.
fn counts(host: &Host<'_>, path: &Path, debian: bool, lsb: bool) -> Result<bool, Gap> {
    let Some(stat) = host.stat(path)? else { return Ok(false) };
    let safe = stat.uid == 0 && (!debian || stat.mode & 0o022 == 0);
    Ok(stat.kind == FileKind::File && safe && (part(path, debian) || lsb && hierarchical(path)))
}

/// Whether Debian's cron is started with `-l`, and takes more names.
fn long_names(host: &Host<'_>) -> Result<bool, Gap> {
    let Some(found) = host.text("/etc/default/cron")? else { return Ok(false) };
    let mut variables = BTreeMap::new();
    let set = crate::boot::assignments(&found.text, &mut variables);
    let options = set.iter().rfind(|a| a.name == "EXTRA_OPTS").and_then(|a| a.value.clone());
    Ok(options.is_some_and(|o| o.split_whitespace().any(|w| w.starts_with('-') && w.contains('l'))))
}

/// The names that `-l` adds: `org.example-job`, not what dpkg leaves behind.
fn hierarchical(path: &Path) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.-".contains(&b);
    let dpkg = ["dpkg-old", "dpkg-dist", "dpkg-new", "dpkg-tmp"].iter().any(|e| name.ends_with(e));
    name.contains('-') && !name.ends_with('-') && !dpkg && name.bytes().all(plain)
}

/// Names that are taken from a directory.
fn part(path: &Path, debian: bool) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    if debian {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        return !placeholder(path) && name.bytes().all(plain);
    }
    let backup = ["~", ".rpmsave", ".rpmorig", ".rpmnew", ".swp", ",v"];
    !name.starts_with(['.', '#']) && !backup.iter().any(|b| name.ends_with(b))
}

/// The jobs of a crontab; those of the system name their user.
fn tab(host: &Host<'_>, path: &Path, user: Option<String>, out: &mut Vec<Job>) -> Result<(), Gap> {
    let Some(found) = host.text(path)? else { return Ok(()) };
    out.extend(parse(path, &found.text, user.as_deref()));
    Ok(())
}

/// Reads a crontab.
pub(super) fn parse(path: &Path, text: &str, user: Option<&str>) -> Vec<Job> {
    let mut out = Vec::new();
    let mut environment: BTreeMap<String, String> = BTreeMap::new();
    for (line, text) in (1_u32..).zip(text.lines()) {
        let text = text.trim_start_matches([' ', '\t']);
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let Some((_, mut rest)) = fields(text, if text.starts_with('@') { 1 } else { 5 }) else {
            if let Some((name, value)) = assignment(text) {
                environment.insert(name, value);
            }
            continue;
        };
        if let Some((name, value)) = assignment(text) {
            environment.insert(name, value);
            continue;
        }
        let owner = match user {
            Some(user) => user.to_owned(),
            None => match fields(rest, 1) {
                Some((user, after)) => {
                    rest = after;
                    user.to_owned()
                }
                None => continue,
            },
        };
        // Behind a bare percent sign comes the input of the command.
        let command = rest.split('%').next().unwrap_or_default().trim();
        if !command.is_empty() && out.len() <= MAX_JOBS {
            out.push(Job {
                file: path.to_owned(),
                line,
                user: owner,
                command: expanded(command, MAX_COMMAND, |name| {
                    environment.get(name).map(String::as_str)
                }),
                path: environment.get("PATH").cloned(),
                shell: environment.get("SHELL").cloned(),
            });
        }
    }
    out
}

/// The first fields of a line, and what comes behind them.
fn fields(text: &str, count: usize) -> Option<(&str, &str)> {
    let mut rest = text;
    for _ in 0..count {
        let end = rest.find([' ', '\t'])?;
        rest = rest.get(end..)?.trim_start_matches([' ', '\t']);
    }
    let taken = text.len().checked_sub(rest.len())?;
    (!rest.is_empty()).then(|| (text.get(..taken).unwrap_or_default().trim_end(), rest))
}

/// `NAME = value`, quotes around either.
fn assignment(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    let bare = |t: &str| t.trim().trim_matches(['"', '\'']).to_owned();
    let name = bare(name);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (!name.is_empty() && name.bytes().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit()))
        .then(|| (name, bare(value)))
}

/// Who beside the job's own user can change what it runs: `{path, writers, access}`. What is not there
/// yet is made by whoever can write to the directory; of a directory of jobs, all files count.
fn accesses(host: &Host<'_>, programs: &[Named], own: Option<&str>) -> Result<Value, Gap> {
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut found = false;
    for named in programs {
        // Of the directories of PATH, the first that has the program decides; one before it could.
        if found && named.searched {
            continue;
        }
        let kind = host.stat(&named.path)?.map(|s| s.kind);
        found = named.searched && kind.is_some();
        if kind == Some(FileKind::Directory) {
            // Those of the distribution are judged with the schedules.
            if named.directory && !named.path.starts_with("/etc") {
                paths.push(named.path.clone());
                paths.extend(host.list(&named.path)?.unwrap_or_default());
            }
        } else if kind.is_none() {
            paths.extend(existing(host, &named.path)?);
        } else {
            paths.push(named.path.clone());
        }
    }
    paths.dedup();
    let mine = |who: &str| {
        own.is_some_and(|o| who == o || who.strip_prefix(o).is_some_and(|r| r.starts_with(' ')))
    };
    let mut out = Vec::new();
    for path in paths {
        let Some(access) = host.access(&path)? else { continue };
        if matches!(access.stat.kind, FileKind::File | FileKind::Directory) {
            let writers: Vec<&String> = access.writers.iter().filter(|w| !mine(w)).collect();
            out.push(json!({
                "path": path.display().to_string(), "writers": writers, "access": access.json(),
            }));
        }
    }
    Ok(out.into())
}

/// The nearest directory above a path that is there; the root of all is root's anyway.
fn existing(host: &Host<'_>, path: &Path) -> Result<Option<PathBuf>, Gap> {
    for above in path.ancestors().skip(1).filter(|a| a.parent().is_some()) {
        if let Some(stat) = host.stat(above)? {
            return Ok((stat.kind == FileKind::Directory).then(|| above.to_owned()));
        }
    }
    Ok(None)
}
