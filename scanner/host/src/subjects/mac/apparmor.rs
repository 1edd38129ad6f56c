//! AppArmor: who loads its profiles, which of them are off.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_core::Gap;
use serde_json::{Value, json};

use super::Active;
use crate::systemd::{Place, Starts, Units, Why};
use crate::{FileKind, Host};

const PROFILES: &str = "/etc/apparmor.d";

/// Most profiles.
const MAX: usize = 5000;

/// Whether profiles are loaded at boot.
pub(super) fn active(host: &Host<'_>, units: &Units) -> Result<Active, Gap> {
    let off = |why: &str, place: Option<Place>| Active {
        system: "apparmor",
        on: false,
        why: why.to_owned(),
        place,
    };
    let profiles = profiles(host)?;
    if profiles.is_empty() {
        return Ok(off("it has no profiles to load", None));
    }
    match units.starts("apparmor.service") {
        Starts::AtBoot(by) | Starts::OnDemand(by) => {
            let idle = units.unit("apparmor.service").commands("ExecStart");
            if let Some(first) =
                idle.first().filter(|_| idle.iter().all(crate::systemd::Command::does_nothing))
            {
                return Ok(off(
                    "the unit that loads its profiles does nothing",
                    Some(first.place.clone()),
                ));
            }
            let why = "its profiles are loaded at boot".to_owned();
            Ok(Active { system: "apparmor", on: true, why, place: Some(by.place) })
        }
        Starts::Unknown(gap) => Err(gap),
        Starts::No(Why::NotFound) => Ok(off("no unit loads its profiles", None)),
        Starts::No(why) => {
            let place = why.place().cloned().or_else(|| units.unit("apparmor.service").place());
            Ok(off(&format!("apparmor.service does not start: {why}"), place))
        }
    }
}

/// The files that hold profiles.
fn profiles(host: &Host<'_>) -> Result<Vec<PathBuf>, Gap> {
    let mut out = Vec::new();
    let skipped = [
        ".dpkg-new",
        ".dpkg-old",
        ".dpkg-dist",
        ".dpkg-bak",
        ".dpkg-remove",
        ".pacsave",
        ".pacnew",
        ".rpmnew",
        ".rpmsave",
        ".orig",
        ".rej",
        "~",
        ".swp",
    ];
    for path in host.few(PROFILES, MAX)? {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let file = host.stat(&path)?.is_some_and(|s| s.kind == FileKind::File);
        if file
            && !name.starts_with('.')
            && name != "README"
            && !skipped.iter().any(|s| name.ends_with(s))
        {
            out.push(path);
        }
    }
    Ok(out)
}

/// Profiles that are not enforced: `{profile, state, file, line}`.
pub(super) fn weak(host: &Host<'_>) -> Result<Value, Gap> {
    let mut out = Vec::new();
    let mut add = |profile: &str, state: &str, file: &Path, line: u32| {
        out.push(json!({"profile": profile, "state": state, "file": file.display().to_string(), "line": line}));
    };
    for path in profiles(host)? {
        let base = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let mut marked = false;
        for (directory, state) in [("disable", "disabled"), ("force-complain", "complains")] {
            let link = Path::new(PROFILES).join(directory).join(&base);
            if host.lstat(&link)?.is_some() {
                add(&base, state, &link, 1);
                marked = true;
            }
        }
        if marked {
            continue;
        }
        let Some(found) = host.text(&path)? else { continue };
        let lax = lax(&found.text);
        // A profile that a package brings as it is, for programs that this host has not.
        if !lax.is_empty()
            && idle(host, &attached(&found.text))?
            && crate::dpkg::unchanged(host, &path)? == Some(true)
        {
            continue;
        }
        for (name, line, state) in lax {
            // Distributions ship profiles that only give a program a name.
            if state == "unconfined" && crate::dpkg::unchanged(host, &path)? != Some(false) {
                continue;
            }
            add(if name.is_empty() { &base } else { &name }, state, &path, line);
        }
    }
    let parser = Path::new("/etc/apparmor/parser.conf");
    if let Some(found) = host.text(parser)? {
        for (number, line) in (1_u32..).zip(found.text.lines()) {
            let word = line.trim().to_ascii_lowercase();
            if word == "complain" || word == "force-complain" {
                add("every profile", "complains", parser, number);
            }
        }
    }
    Ok(out.into())
}

/// The paths of programs that the profiles of a file are for, alternatives (`{a,b}`) written out.
fn attached(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or("").trim();
        if !line.ends_with('{') || !(line.starts_with("profile ") || line.starts_with('/')) {
            continue;
        }
        let head = line.split('(').next().unwrap_or(line).trim_end_matches('{');
        for word in head.split_whitespace().filter(|w| w.starts_with('/') || w.contains("@{")) {
            out.extend(written(word.trim_matches('"')));
        }
    }
    out
}

/// A path with its first alternatives written out, and so on.
fn written(path: &str) -> Vec<String> {
    let open = path.find('{').filter(|at| !path.get(..*at).is_some_and(|p| p.ends_with('@')));
    let parts = open.and_then(|at| {
        let (before, rest) = path.split_at(at);
        let (inside, after) = rest.get(1..)?.split_once('}')?;
        Some((before, inside, after))
    });
    let Some((before, inside, after)) = parts else { return vec![path.to_owned()] };
    let all = inside.split(',').take(16);
    all.flat_map(|one| written(&format!("{before}{one}{after}"))).take(256).collect()
}

/// Whether programs are named and none of them is there. Patterns and variables may name any.
fn idle(host: &Host<'_>, programs: &[String]) -> Result<bool, Gap> {
    for program in programs {
        if program.contains(['*', '?', '[', '@', '{']) || host.stat(program)?.is_some() {
            return Ok(false);
        }
    }
    Ok(!programs.is_empty())
}

/// Profiles whose flags let their programs do everything: name, line and state. A header may span
/// lines up to its brace.
fn lax(text: &str) -> Vec<(String, u32, &'static str)> {
    let mut out = Vec::new();
    let mut header = String::new();
    let mut start = 1_u32;
    for (number, line) in (1_u32..).zip(text.lines()) {
        // A comment begins with `#`; `#include` never holds a header.
        let line = line.split('#').next().unwrap_or("").trim();
        if line.is_empty() {
            continue;
        }
        if header.is_empty() {
            // These stand alone on a line, without a comma.
            if ["include ", "abi "].iter().any(|w| line.starts_with(w)) {
                continue;
            }
            start = number;
        }
        header.push_str(line);
        header.push(' ');
        if line.contains('{')
            || line.ends_with(',') && !header.contains("flags") && !header.contains('(')
        {
            if let Some((name, state)) = flagged(&header) {
                out.push((name, start, state));
            }
            header.clear();
        } else if line.ends_with('}') || header.len() > 4000 {
            header.clear();
        }
    }
    out
}

/// The profile's name and state where its header has such a flag.
fn flagged(header: &str) -> Option<(String, &'static str)> {
    let (before, _) = header.rsplit_once('{')?;
    let (name, flags) = before.rsplit_once('(')?;
    let flags = flags.split(')').next()?;
    let has = |flag: &str| flags.split([',', ' ']).any(|f| f.trim() == flag);
    let state = if has("complain") {
        "complains"
    } else if has("unconfined") || has("default_allow") {
        "unconfined"
    } else {
        return None;
    };
    let name = name.trim().trim_end_matches('=').trim_end().trim_end_matches("flags").trim();
    let name = name.strip_prefix("profile ").unwrap_or(name);
    let name: Arc<str> = name.split_whitespace().next().unwrap_or("").trim_matches('"').into();
    Some((name.to_string(), state))
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn programs_of_profiles() {
        let text = "profile ping /{usr/,}bin/{,x-}ping flags=(complain) {\n  /{usr/,}lib/x rm,\n}\n\
                    /usr/bin/y {\n}\nprofile z @{bin}/z {\n}\nprofile name {\n}\n";
        assert_eq!(
            attached(text),
            [
                "/usr/bin/ping",
                "/usr/bin/x-ping",
                "/bin/ping",
                "/bin/x-ping",
                "/usr/bin/y",
                "@{bin}/z"
            ]
        );
    }

    #[test]
    fn headers() {
        let text = "# vim: flags=(complain) {\n#include <tunables/global>\nprofile ping /{usr/,}bin/{,iputils-}ping flags=(attach_disconnected,complain) {\n  /x rw,\n}\n/usr/bin/y (complain)\n{\n}\nprofile z flags=(enforce) { ^hat flags=(complain) {\n }\n}\n";
        assert_eq!(
            lax(text),
            [
                ("ping".to_owned(), 3, "complains"),
                ("/usr/bin/y".to_owned(), 6, "complains"),
                ("z".to_owned(), 9, "complains"),
            ]
        );
        let after = "abi <abi/3.0>,\n\ninclude <tunables/global>\n\nprofile n flags=(complain) {\n";
        assert_eq!(lax(after), [("n".to_owned(), 5, "complains")]);
        let free = "profile n flags=(attach_disconnected, unconfined) {\n";
        assert_eq!(lax(free), [("n".to_owned(), 1, "unconfined")]);
        assert_eq!(
            lax(
                "profile a flags=(attach_disconnected) {\n  capability setuid,\n  signal (send) set=(term),\n}\n"
            ),
            []
        );
    }
}
