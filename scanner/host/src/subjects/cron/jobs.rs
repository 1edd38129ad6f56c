//! The jobs of crontabs, of `run-parts` directories and of anacron.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};
use serde_json::{Value, json};

use super::{facet, list, placeholder};
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
}

/// All jobs.
pub(super) fn all(host: &Host<'_>) -> Result<Vec<Job>, Gap> {
    let mut jobs = Vec::new();
    let debian = host.stat("/etc/debian_version")?.is_some();
    tab(host, Path::new("/etc/crontab"), None, &mut jobs)?;
    for path in list(host, "/etc/cron.d")? {
        if counts(host, &path, debian)? {
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
        let programs = programs(&job);
        let own = users.get(&job.user).map(|uid| format!("user {uid}"));
        facet(&mut r, "Programs", accesses(host, &programs, own.as_deref()));
        out.put(r);
    }
    Ok(())
}

/// Whether cron takes a file of `/etc/cron.d`: its name, and in Debian also who can change it.
fn counts(host: &Host<'_>, path: &Path, debian: bool) -> Result<bool, Gap> {
    let Some(stat) = host.stat(path)? else { return Ok(false) };
    let safe = stat.uid == 0 && (!debian || stat.mode & 0o022 == 0);
    Ok(stat.kind == FileKind::File && safe && part(path, debian))
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
                command: command.to_owned(),
                path: environment.get("PATH").cloned(),
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

/// The files that a command runs or hands to an interpreter: every absolute path at the place of a
/// command, or behind an interpreter.
pub(super) fn programs(job: &Job) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut expect = true;
    let spaced = job
        .command
        .replace("&&", " ; ")
        .replace("||", " ; ")
        .replace(['|', ';', '(', ')', '{', '}', '&'], " ; ");
    for word in spaced.split_whitespace().take(500) {
        let word = word.trim_matches(['"', '\'', '`']);
        if word == ";" {
            expect = true;
            continue;
        }
        let name = word.rsplit('/').next().unwrap_or(word);
        if !expect || word.starts_with('-') || (word.contains('=') && !word.starts_with('/')) {
            continue;
        }
        if word.starts_with('/') {
            out.push(PathBuf::from(word));
        } else if let Some(path) = &job.path {
            // The first directory that has it runs it; all before it could.
            for directory in path.split(':').filter(|d| d.starts_with('/')).take(20) {
                out.push(Path::new(directory).join(word));
            }
        }
        let passes_on = [
            "sh",
            "bash",
            "dash",
            "zsh",
            "python",
            "python3",
            "perl",
            "ruby",
            "php",
            "node",
            "env",
            "nice",
            "ionice",
            "nohup",
            "timeout",
            "flock",
            "chronic",
            "exec",
            "sudo",
            "command",
            "systemd-cat",
            "setsid",
            "if",
            "then",
            "!",
            "time",
        ];
        let number = word.bytes().all(|b| b.is_ascii_digit() || b == b's' || b == b'm');
        expect = passes_on.contains(&name) || number;
        if name == "test" || name == "[" || name == "cd" {
            out.pop();
        }
    }
    out.dedup();
    out
}

/// Who beside the job's own user can change what it runs: `{path, writers, access}`. Files that are
/// not there are left out.
fn accesses(host: &Host<'_>, programs: &[PathBuf], own: Option<&str>) -> Result<Value, Gap> {
    let mut out = Vec::new();
    let mine = |who: &str| {
        own.is_some_and(|o| who == o || who.strip_prefix(o).is_some_and(|r| r.starts_with(' ')))
    };
    for path in programs {
        let kind = host.stat(path)?.map(|s| s.kind);
        if kind == Some(FileKind::File)
            && let Some(access) = host.access(path)?
        {
            let writers: Vec<&String> = access.writers.iter().filter(|w| !mine(w)).collect();
            out.push(json!({
                "path": path.display().to_string(), "writers": writers, "access": access.json(),
            }));
        }
    }
    Ok(out.into())
}
