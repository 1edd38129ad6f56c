//! Preferences of apt that keep security updates away. Source: apt_preferences(5).

use std::path::{Path, PathBuf};

use assay_core::Gap;

use super::super::problem::Problem;
use super::Conf;
use super::origins::Wanted;
use super::words::counts;
use crate::systemd::matches;
use crate::{FileKind, Host};

/// Below this, the version of the ordinary archive comes first.
const ORDINARY: i32 = 500;
/// Most records.
const MAX_RECORDS: usize = 5_000;

/// A record that holds for every package.
#[derive(Debug, PartialEq, Eq)]
struct Pin {
    file: PathBuf,
    line: u32,
    /// What it picks (`release l=Debian-Security`).
    picks: String,
    priority: i32,
}

/// The record that keeps all security updates away, where one does and no other takes it back.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn kept_away(
    host: &Host<'_>,
    conf: &Conf,
    wanted: &[Wanted],
) -> Result<Option<Problem>, Gap> {
    let pins = pins(host, conf)?;
    // Each release that carries security updates must be kept away for all of them to be.
    let mut last = None;
    for release in wanted {
        let mut hits = pins.iter().filter(|p| picks(&p.picks, release)).peekable();
        if hits.peek().is_none() || hits.clone().any(|p| p.priority >= ORDINARY) {
            return Ok(None);
        }
        last = hits.next();
    }
    Ok(last.map(|p| {
        let why =
            format!("preferences give security updates priority {} (\"{}\")", p.priority, p.picks);
        Problem::on(why, &p.file, p.line)
    }))
}

fn pins(host: &Host<'_>, conf: &Conf) -> Result<Vec<Pin>, Gap> {
    let mut files: Vec<PathBuf> = Vec::new();
    if let Some(directory) = conf.path("Dir::Etc::preferencesparts") {
        for path in host.list(directory)?.unwrap_or_default() {
            let name =
                path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let file = host.stat(&path)?.is_some_and(|s| s.kind == FileKind::File);
            if file && counts(&name, &["pref", ""]) {
                files.push(path);
            }
        }
    }
    files.extend(conf.path("Dir::Etc::preferences").map(PathBuf::from));
    let mut out = Vec::new();
    for path in files {
        if let Some(found) = host.text(&path)? {
            records(&path, &found.text, &mut out);
        }
    }
    Ok(out)
}

fn records(path: &Path, text: &str, out: &mut Vec<Pin>) {
    let (mut packages, mut picks, mut priority, mut at) = (String::new(), String::new(), None, 0);
    for (line, raw) in (1_u32..).zip(text.lines().chain(std::iter::once(""))) {
        if raw.starts_with('#') {
            continue;
        }
        if raw.trim().is_empty() {
            let all = packages.split_whitespace().any(|p| p == "*" || p == "*:*" || p == "/.*/");
            if let (true, Some(priority)) = (all && out.len() < MAX_RECORDS, priority) {
                let picks = std::mem::take(&mut picks);
                out.push(Pin { file: path.to_owned(), line: at, picks, priority });
            }
            (packages, picks, priority) = (String::new(), String::new(), None);
            continue;
        }
        let Some((key, value)) = raw.split_once(':') else { continue };
        let value = value.trim().to_owned();
        match key.trim().to_ascii_lowercase().as_str() {
            "package" => packages = value,
            "pin" => picks = value,
            "pin-priority" => (priority, at) = (value.parse().ok(), line),
            _ => {}
        }
    }
}

/// Whether a record picks a release, in any of its suites.
fn picks(text: &str, wanted: &Wanted) -> bool {
    let (kind, what) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let what = what.trim();
    let fits = |value: &str, have: &str| {
        let value = value.trim_matches('"').to_ascii_lowercase();
        matches(&value, &have.to_ascii_lowercase())
    };
    let r = &wanted.release;
    let suite = |value: &str| {
        fits(value, &r.suite) && !r.suite.is_empty() || wanted.suites.iter().any(|s| fits(value, s))
    };
    match kind.to_ascii_lowercase().as_str() {
        "origin" => {
            let value = what.trim_matches('"');
            !value.is_empty() && wanted.sites.iter().any(|s| fits(value, s))
        }
        "release" => {
            !what.is_empty()
                && what.split(',').all(|word| match word.trim().split_once('=') {
                    Some(("o", v)) => fits(v, &r.origin),
                    Some(("l", v)) => fits(v, &r.label),
                    Some(("a", v)) => suite(v),
                    Some(("n", v)) => fits(v, &r.codename),
                    Some(("c", v)) => fits(v, "main"),
                    Some(_) => false,
                    None => {
                        word.trim() == "*" || suite(word.trim()) || fits(word.trim(), &r.codename)
                    }
                })
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::origins::{Distribution, expected};
    use super::*;
    use crate::{Memory, Standing};

    fn found(text: &str) -> Option<u32> {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/etc/apt/preferences.d/x", text)
            .file("/etc/apt/preferences.d/x.bak", "Package: *\nPin: release *\nPin-Priority: 1\n");
        let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
        let debian = Distribution { id: "Debian".to_owned(), codename: "bookworm".to_owned() };
        let mut wanted = expected(&debian, Some(12)).unwrap();
        wanted.sites.push("security.debian.org".to_owned());
        let problem = kept_away(&host, &Conf::load(&host), &[wanted]).unwrap()?;
        problem.place.map(|(_, line)| line)
    }

    #[test]
    fn records_that_keep_security_updates_away() {
        let pin = |what: &str, priority: &str| {
            found(&format!("Explanation: x\nPackage: *\nPin: {what}\nPin-Priority: {priority}\n"))
        };
        for what in [
            "release l=Debian-Security",
            "release a=stable-security",
            "release n=bookworm-security",
            "release o=Debian,c=main",
            "release l=debian-sec*",
            "origin security.debian.org",
            "origin \"security.debian.org\"",
            "release bookworm-security",
            "release *",
        ] {
            assert_eq!(pin(what, "-1"), Some(4), "{what}");
            assert_eq!(pin(what, "990"), None, "{what}");
        }
        for what in [
            "release l=Debian",
            "release n=bookworm",
            "release n=bookworm-backports",
            "origin deb.debian.org",
            "version 1*",
            "origin \"\"",
            "release",
        ] {
            assert_eq!(pin(what, "-1"), None, "{what}");
        }
        let linux = "Package: linux-*\nPin: release *\nPin-Priority: -1\n";
        assert_eq!(found(linux), None);
        let both = "Package: *\nPin: release *\nPin-Priority: 1\n\nPackage: *\nPin: release l=Debian-Security\nPin-Priority: 500\n";
        assert_eq!(found(both), None);
    }
}
