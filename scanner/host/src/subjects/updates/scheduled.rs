//! Other schedules that install updates: cron jobs, run-parts directories, timers of one's own.

use std::path::{Path, PathBuf};

use assay_core::Gap;

use crate::systemd::{Init, Units, triggered};
use crate::{FileKind, Host};

/// A schedule that installs updates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scheduled {
    /// The program, in words.
    pub(super) what: String,
    /// The file that says so.
    pub(super) file: PathBuf,
    /// Its line, from 1.
    pub(super) line: u32,
}

/// Most files of one directory that are looked at.
const MAX_FILES: usize = 2_000;
/// How much of a script is read, in bytes.
const MAX_SCRIPT: usize = 64 << 10;

/// Units that are judged by their own rules.
const OWN: [&str; 8] = [
    "apt-daily",
    "apt-daily-upgrade",
    "dnf-automatic",
    "dnf-automatic-install",
    "dnf-automatic-download",
    "dnf-automatic-notifyonly",
    "dnf5-automatic",
    "dnf-makecache",
];

/// Every such schedule.
///
/// # Errors
/// What cannot be read.
pub(super) fn scheduled(host: &Host<'_>, units: &Units) -> Result<Vec<Scheduled>, Gap> {
    let mut out = Vec::new();
    if units.init == Init::None {
        return Ok(out);
    }
    let running = |names: &[&str]| names.iter().any(|n| units.starts(n).may());
    if running(&[
        "cron.service",
        "crond.service",
        "cronie.service",
        "fcron.service",
        "busybox-cron.service",
        "anacron.timer",
    ]) {
        cron(host, &mut out)?;
    }
    for unit in units.all().filter(|u| u.kind() == "timer" && units.starts(&u.name).may()) {
        for (name, _) in triggered(unit) {
            let stem = name.strip_suffix(".service").unwrap_or(&name);
            if OWN.contains(&stem) {
                continue;
            }
            for command in units.unit(&name).commands("ExecStart") {
                let found = match installs(&command.line()) {
                    Some(what) => Some(what),
                    None => script(host, Path::new(&command.program))?.map(|(what, _)| what),
                };
                if let Some(what) = found {
                    let (file, line) = (PathBuf::from(&*command.place.file), command.place.line);
                    out.push(Scheduled { what, file, line });
                }
            }
        }
    }
    Ok(out)
}

fn cron(host: &Host<'_>, out: &mut Vec<Scheduled>) -> Result<(), Gap> {
    let mut tabs = vec![PathBuf::from("/etc/crontab"), PathBuf::from("/etc/anacrontab")];
    for directory in [
        "/etc/cron.d",
        "/var/spool/cron/crontabs",
        "/var/spool/cron",
        "/var/spool/cron/tabs",
        "/etc/crontabs",
    ] {
        tabs.extend(host.few(directory, MAX_FILES)?);
    }
    for path in tabs {
        if host.stat(&path)?.is_none_or(|s| s.kind != FileKind::File) {
            continue;
        }
        let Some(found) = host.text(&path)? else { continue };
        for (line, text) in (1_u32..).zip(found.text.lines()) {
            if let Some(what) = installs(text.trim_start()) {
                out.push(Scheduled { what, file: path.clone(), line });
            }
        }
    }
    for directory in [
        "/etc/cron.hourly",
        "/etc/cron.daily",
        "/etc/cron.weekly",
        "/etc/periodic/hourly",
        "/etc/periodic/daily",
        "/etc/periodic/weekly",
        "/etc/periodic/15min",
    ] {
        for path in host.few(directory, MAX_FILES)? {
            let name =
                path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            // Where systemd runs, this one only leaves.
            if name == "apt-compat"
                || name == "apt"
                || name.contains('.') && directory.contains("/cron.")
            {
                continue;
            }
            let runs =
                host.stat(&path)?.is_some_and(|s| s.kind == FileKind::File && s.mode & 0o111 != 0);
            if let Some((what, line)) = if runs { script(host, &path)? } else { None } {
                out.push(Scheduled { what, file: path, line });
            }
        }
    }
    Ok(())
}

/// The first line of a script that installs updates.
fn script(host: &Host<'_>, path: &Path) -> Result<Option<(String, u32)>, Gap> {
    let Ok(head) = host.root().head(path, MAX_SCRIPT) else { return Ok(None) };
    if !head.starts_with(b"#!") {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let mut lines = (1_u32..).zip(text.lines());
    Ok(lines.find_map(|(line, text)| Some((installs(text.trim_start())?, line))))
}

/// Most words of a line.
const MAX_WORDS: usize = 500;

/// The command of a line that installs updates without asking.
pub(super) fn installs(line: &str) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let words: Vec<&str> = line
        .split(|c: char| c.is_whitespace() || ";&|()`'\"".contains(c))
        .filter(|w| !w.is_empty())
        .take(MAX_WORDS)
        .collect();
    for (i, word) in words.iter().enumerate() {
        let name = word.rsplit('/').next().unwrap_or(word);
        let rest = words.get(i + 1..).unwrap_or(&[]);
        let has = |all: &[&str]| rest.iter().any(|w| all.contains(w));
        // Asked only where a program of these stands: lines may be long.
        let dry = || {
            has(&[
                "-s",
                "--simulate",
                "--dry-run",
                "-d",
                "--download-only",
                "--just-print",
                "--downloadonly",
                "--help",
                "--version",
                "list",
            ])
        };
        let yes = || {
            rest.iter().any(|w| {
                [
                    "--yes",
                    "--assume-yes",
                    "--assumeyes",
                    "--non-interactive",
                    "-qqy",
                    "-yqq",
                    "-qy",
                    "-yq",
                ]
                .contains(w)
                    || w.starts_with('-') && !w.starts_with("--") && w.contains('y')
            })
        };
        let does = match name {
            "unattended-upgrade" | "unattended-upgrades" => {
                !has(&["--dry-run", "--download-only", "--help"])
            }
            "apt-get" | "apt" | "aptitude" => {
                has(&["upgrade", "dist-upgrade", "full-upgrade", "safe-upgrade"]) && yes() && !dry()
            }
            "dnf" | "dnf5" | "yum" | "microdnf" | "tdnf" => {
                has(&["upgrade", "update", "upgrade-minimal", "update-minimal"]) && yes() && !dry()
            }
            "dnf-automatic" | "yum-cron" => has(&["--installupdates"]),
            "zypper" => {
                has(&["patch", "up", "update", "dup", "dist-upgrade"])
                    && (yes() || has(&["-n"]))
                    && !dry()
            }
            "transactional-update" => has(&["up", "dup", "patch"]) || rest.is_empty(),
            "apk" => has(&["upgrade"]) && !has(&["-s", "--simulate"]),
            _ => false,
        };
        if does {
            return Some(format!("{name} {}", rest.first().unwrap_or(&"")).trim_end().to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::installs;

    #[test]
    fn commands_that_install() {
        for yes in [
            "0 4 * * * root apt-get update && apt-get -y upgrade",
            "@daily root /usr/bin/unattended-upgrade",
            "0 3 * * * apk -U upgrade",
            "5 4 * * * root dnf -y update --security",
            "zypper -n patch",
            "apt-get -qqy dist-upgrade",
        ] {
            assert!(installs(yes).is_some(), "{yes}");
        }
        for no in [
            "# 0 4 * * * root apt-get -y upgrade",
            "0 4 * * * root apt-get -s -y upgrade",
            "0 4 * * * root apt-get update",
            "0 4 * * * root echo upgrade",
            "unattended-upgrade --dry-run",
            "apt list --upgradable",
            "apt-get upgrade",
        ] {
            assert!(installs(no).is_none(), "{no}");
        }
    }
}
