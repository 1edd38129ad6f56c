//! `linux.cron`: who can see and change the schedules, and who may make some.
//! `linux.cron_job`: each job, and the program that it runs.

mod commands;
mod jobs;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use crate::{FileKind, Host, Output, Subject};
pub(crate) use commands::programs;

/// The subject.
pub(crate) static SUBJECT: Subject =
    Subject { name: "cron", types: &["linux.cron", "linux.cron_job"], collect };

/// Most files of one directory that are looked at.
const MAX_FILES: usize = 5_000;

/// Programs of which one proves that there is a scheduler.
const CRON: [&str; 6] = [
    "/usr/sbin/cron",
    "/usr/sbin/crond",
    "/usr/bin/crontab",
    "/sbin/crond",
    "/usr/bin/fcron",
    "/usr/sbin/anacron",
];

/// Schedules of the system: files and directories.
const SYSTEM: [&str; 8] = [
    "/etc/crontab",
    "/etc/anacrontab",
    "/etc/cron.d",
    "/etc/cron.hourly",
    "/etc/cron.daily",
    "/etc/cron.weekly",
    "/etc/cron.monthly",
    "/etc/cron.yearly",
];

/// Directories of the users' schedules.
const SPOOLS: [&str; 4] =
    ["/var/spool/cron/crontabs", "/var/spool/cron", "/var/spool/cron/tabs", "/etc/crontabs"];

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    let there: Result<bool, Gap> = CRON
        .into_iter()
        .chain(["/usr/bin/at"])
        .try_fold(false, |there, path| Ok(there || host.stat(path)?.is_some()));
    match there {
        Err(gap) => {
            out.listed("linux.cron", Err(gap.clone()));
            out.listed("linux.cron_job", Err(gap));
        }
        Ok(false) => {
            out.listed("linux.cron", Ok(()));
            out.listed("linux.cron_job", Ok(()));
        }
        Ok(true) => {
            let mut r = host.document("linux.cron", "");
            facet(&mut r, "Schedules", schedules(host));
            facet(&mut r, "CronAccess", limits(host, "cron"));
            facet(&mut r, "AtAccess", limits(host, "at"));
            out.put(r);
            out.listed("linux.cron", Ok(()));
            let result = jobs::put(host, out);
            out.listed("linux.cron_job", result);
        }
    }
}

/// The commands of all jobs, with file and line. Nothing says here whether a scheduler starts.
///
/// # Errors
/// A schedule that cannot be read.
pub(crate) fn commands(host: &Host<'_>) -> Result<Vec<(String, PathBuf, u32)>, Gap> {
    Ok(jobs::all(host)?.into_iter().map(|j| (j.command, j.file, j.line)).collect())
}

pub(super) fn facet(r: &mut Resource, name: &str, value: Result<Value, Gap>) {
    match value {
        Ok(value) => {
            r.properties.insert(name.to_owned(), value);
        }
        Err(gap) => r.lose(name, gap),
    }
}

/// The names in a directory, at most so many.
pub(super) fn list(host: &Host<'_>, path: &str) -> Result<Vec<PathBuf>, Gap> {
    match host.stat(path)? {
        Some(stat) if stat.kind == FileKind::Directory => {}
        _ => return Ok(Vec::new()),
    }
    let names = host.list(path)?.unwrap_or_default();
    if names.len() > MAX_FILES {
        let detail = format!("{path}: more than {MAX_FILES} names");
        return Err(Gap::new(GapState::Malformed, detail));
    }
    Ok(names)
}

/// Every schedule with who else than root, or than the user whose it is, can read or change it:
/// `{File, Readers, Writers}`.
fn schedules(host: &Host<'_>) -> Result<Value, Gap> {
    let mut paths: Vec<(PathBuf, bool)> = Vec::new();
    for path in SYSTEM {
        paths.push((PathBuf::from(path), false));
        // What lies in a directory that others cannot enter is as closed as the directory.
        if path.contains("/cron.") {
            let files = list(host, path)?;
            paths.extend(files.into_iter().filter(|p| !placeholder(p)).map(|p| (p, false)));
        }
    }
    for spool in SPOOLS {
        for path in list(host, spool)? {
            if host.stat(&path)?.is_some_and(|s| s.kind == FileKind::File) {
                paths.push((path, true));
            }
        }
    }
    let mut out = Vec::new();
    for (path, own) in paths {
        let Some(access) = host.access(&path)? else { continue };
        let me = format!("user {}", access.stat.uid);
        // The program that writes the users' schedules does so through the group of its directory.
        let mine = |who: &String| own && (*who == me || who.contains(" through /var/spool/cron"));
        let closed = !own && closed_above(host, &path)?;
        let readers: Vec<&String> = access.readers.iter().filter(|w| !mine(w) && !closed).collect();
        let writers: Vec<&String> = access.writers.iter().filter(|w| !mine(w)).collect();
        let (readers, writers) = (json!(readers), json!(writers));
        out.push(json!({"File": access.json(), "Readers": readers, "Writers": writers}));
    }
    Ok(out.into())
}

/// Whether only root can enter the directory of a path.
fn closed_above(host: &Host<'_>, path: &Path) -> Result<bool, Gap> {
    let Some(above) = path.parent() else { return Ok(false) };
    let stat = host.stat(above)?;
    Ok(stat
        .is_some_and(|s| s.uid == 0 && s.mode & 0o001 == 0 && (s.gid == 0 || s.mode & 0o010 == 0)))
}

fn placeholder(path: &Path) -> bool {
    path.file_name().is_some_and(|n| n == ".placeholder")
}

/// Who may use a scheduler: `{Installed, Rule, file, line}`. `Rule` is `allow` where a list names
/// who may, `deny` where one names who may not, `root` where only root may, `everyone` where all may.
fn limits(host: &Host<'_>, name: &str) -> Result<Value, Gap> {
    let programs: &[&str] = if name == "at" { &["/usr/bin/at"] } else { &CRON };
    let mut installed = false;
    for program in programs {
        installed |= host.stat(program)?.is_some();
    }
    // The crontab of BusyBox knows no lists: whoever may write the schedules through it, may.
    if name == "cron"
        && let Ok(real) = host.root().resolve(Path::new("/usr/bin/crontab"))
        && real.file_name().is_some_and(|n| n == "bbsuid" || n == "busybox")
    {
        let suid = host.stat(&real)?.is_some_and(|s| s.mode & 0o4000 != 0);
        let rule = if suid { "everyone" } else { "root" };
        return Ok(json!({"Installed": installed, "Rule": rule}));
    }
    for word in ["allow", "deny"] {
        // SUSE and Alpine keep the lists of cron elsewhere.
        let places = [
            format!("/etc/{name}.{word}"),
            format!("/var/spool/cron/{word}"),
            format!("/etc/cron.d/{name}.{word}"),
        ];
        for file in places.iter().take(if name == "at" { 1 } else { 3 }) {
            if host.stat(file)?.is_some() {
                return Ok(json!({"Installed": installed, "Rule": word, "file": file, "line": 1}));
            }
        }
    }
    // Without lists `at` and cronie serve root only; the cron of Debian serves everybody.
    let debian = host.stat("/etc/debian_version")?.is_some();
    let rule = if name == "cron" && debian { "everyone" } else { "root" };
    Ok(json!({"Installed": installed, "Rule": rule}))
}
