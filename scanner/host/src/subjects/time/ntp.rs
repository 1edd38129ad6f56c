//! The other daemons: ntpd, ntpsec, openntpd and the one of BusyBox, from their manuals.

use std::path::Path;

use assay_core::{Gap, GapState};

use super::chrony::globbed;
use super::{Source, first, option, source};
use crate::systemd::{Unit, variables, words};
use crate::{FileKind, Host};

/// Deepest includes.
const MAX_DEPTH: usize = 5;
/// Most files.
const MAX_FILES: usize = 200;

/// The options of a script of init, from the file of its settings.
pub(super) fn script_arguments(host: &Host<'_>, unit: &Unit) -> Result<Vec<String>, Gap> {
    let name = unit.name.trim_end_matches(".service");
    let mut out = Vec::new();
    for base in ["/etc/conf.d", "/etc/default", "/etc/sysconfig"] {
        let Some(found) = host.text(Path::new(base).join(name))? else { continue };
        for (name, value, _) in variables(&found.text) {
            let name = name.to_ascii_uppercase();
            if name.ends_with("OPTS") || name.ends_with("OPTIONS") || name.ends_with("ARGS") {
                out.extend(words(&value));
            }
        }
    }
    Ok(out)
}

/// The sources of a daemon. `None`: it does not set the clock.
pub(super) fn read(
    host: &Host<'_>,
    name: &'static str,
    arguments: &[String],
) -> Result<Option<Vec<Source>>, Gap> {
    // BusyBox names its peers on its command line.
    let mut out = Vec::new();
    let mut all = arguments.iter();
    while let Some(argument) = all.next() {
        if argument == "-p"
            && name == "ntpd"
            && let Some(peer) = all.next().filter(|p| !p.starts_with('/'))
        {
            out.push(Source {
                daemon: name,
                kind: "server".to_owned(),
                name: peer.to_ascii_lowercase(),
                place: None,
            });
        }
    }
    let open = name == "openntpd" || host.stat("/etc/openntpd/ntpd.conf")?.is_some();
    if open && name != "ntpsec" {
        let path = match option(arguments, "-f") {
            Some(path) => path,
            None => first(host, &["/etc/openntpd/ntpd.conf", "/etc/ntpd.conf"])?,
        };
        openntpd(host, Path::new(&path), &mut out)?;
        return Ok(Some(out));
    }
    let usual: &[&str] = if name == "ntpsec" {
        &["/etc/ntpsec/ntp.conf", "/etc/ntp.conf"]
    } else {
        &["/etc/ntp.conf"]
    };
    let path = match option(arguments, "-c") {
        Some(path) => path,
        None => first(host, usual)?,
    };
    let mut off = false;
    let mut left = MAX_FILES;
    ntpd(host, name, Path::new(&path), 0, &mut left, &mut out, &mut off)?;
    if name == "ntpsec"
        && host.stat("/etc/ntpsec/ntp.d")?.is_some_and(|s| s.kind == FileKind::Directory)
    {
        for path in globbed(host, "/etc/ntpsec/ntp.d/*.conf")? {
            ntpd(host, name, &path, 0, &mut left, &mut out, &mut off)?;
        }
    }
    Ok(if off { None } else { Some(out) })
}

fn openntpd(host: &Host<'_>, path: &Path, out: &mut Vec<Source>) -> Result<(), Gap> {
    let Some(found) = host.text(path)? else { return Ok(()) };
    for (number, line) in (1_u32..).zip(found.text.lines()) {
        let words: Vec<&str> = line.split('#').next().unwrap_or("").split_whitespace().collect();
        if let [kind @ ("server" | "servers" | "sensor"), name, ..] = words.as_slice() {
            out.push(source("openntpd", kind, name.trim_matches('"'), path, number));
        }
    }
    Ok(())
}

fn ntpd(
    host: &Host<'_>,
    daemon: &'static str,
    path: &Path,
    depth: usize,
    left: &mut usize,
    out: &mut Vec<Source>,
    off: &mut bool,
) -> Result<(), Gap> {
    let deep = || {
        let detail = format!("{}: includes go too deep or are too many", path.display());
        Gap::new(GapState::Malformed, detail)
    };
    *left = left.checked_sub(1).ok_or_else(deep)?;
    if depth > MAX_DEPTH {
        return Err(deep());
    }
    let Some(found) = host.text(path)? else { return Ok(()) };
    for (number, line) in (1_u32..).zip(found.text.lines()) {
        let words: Vec<&str> = line.split('#').next().unwrap_or("").split_whitespace().collect();
        match words.as_slice() {
            ["includefile", file, ..] => {
                let file = Path::new(file.trim_matches('"'));
                let file = path.parent().map_or_else(|| file.to_owned(), |above| above.join(file));
                ntpd(host, daemon, &file, depth + 1, left, out, off)?;
            }
            ["disable", rest @ ..] if rest.contains(&"ntp") => *off = true,
            ["enable", rest @ ..] if rest.contains(&"ntp") => *off = false,
            [_, rest @ ..] if rest.contains(&"noselect") => {}
            ["refclock", rest @ ..] => {
                let name = rest.first().copied().unwrap_or("");
                out.push(source(daemon, "refclock", name, path, number));
            }
            [kind @ ("server" | "pool" | "peer"), rest @ ..] => {
                let name = rest.iter().find(|w| !w.starts_with('-')).copied().unwrap_or("");
                let kind = if name.starts_with("127.127.") { "refclock" } else { *kind };
                out.push(source(daemon, kind, name, path, number));
            }
            _ => {}
        }
    }
    Ok(())
}
