//! `linux.host`: notices before a login, and radios.

mod radio;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use crate::{Host, Miss, Output, Subject};

/// The subject.
pub(crate) static SUBJECT: Subject = Subject { name: "notices", types: &["linux.host"], collect };

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    let mut r = host.document("linux.host", "");
    facet(&mut r, "Notices", notices(host));
    facet(&mut r, "Bluetooth", radio::bluetooth(host));
    facet(&mut r, "WirelessNetworks", radio::networks(host));
    if host.running() {
        facet(&mut r, "RunningRadios", radio::running(host));
    }
    out.put(r);
    out.listed("linux.host", Ok(()));
}

fn facet(r: &mut Resource, name: &str, value: Result<Value, Gap>) {
    match value {
        Ok(value) => {
            r.properties.insert(name.to_owned(), value);
        }
        Err(gap) => r.lose(name, gap),
    }
}

/// The notices: `{Notice, State, Reveals: [{What, file, line}], file, line}`.
fn notices(host: &Host<'_>) -> Result<Value, Gap> {
    let words = words(host)?;
    let mut out = Vec::new();
    for (name, files) in [
        ("issue", with(host, "/etc/issue", &["/etc/issue.d", "/usr/lib/issue.d"], "issue")?),
        ("issue.net", vec![PathBuf::from("/etc/issue.net")]),
        ("motd", with(host, "/etc/motd", &["/etc/motd.d", "/usr/lib/motd.d"], "")?),
    ] {
        let mut state = "missing";
        let mut reveals = Vec::new();
        for file in &files {
            let text = match host.root().stat(file) {
                Err(Miss::Absent) => continue,
                _ => host.text(file)?,
            };
            let Some(text) = text else { continue };
            if state == "missing" {
                state = "empty";
            }
            for (line, text) in (1_u32..).zip(text.text.lines().take(10_000)) {
                if !text.trim().is_empty() {
                    state = "present";
                }
                for what in reveal(name, text, &words) {
                    if reveals.len() < 100 {
                        let file = file.display().to_string();
                        reveals.push(json!({"What": what, "file": file, "line": line}));
                    }
                }
            }
        }
        let first = files.first().map(|f| f.display().to_string()).unwrap_or_default();
        out.push(json!({
            "Notice": name, "State": state, "Reveals": reveals, "file": first, "line": 1,
        }));
    }
    Ok(out.into())
}

/// Most names in a directory of notices.
const MAX_NOTICES: usize = 200;

/// A file, and what lies in its directories.
fn with(
    host: &Host<'_>,
    file: &str,
    directories: &[&str],
    extension: &str,
) -> Result<Vec<PathBuf>, Gap> {
    let mut out = vec![PathBuf::from(file)];
    for directory in directories {
        let names = host.few(directory, MAX_NOTICES)?;
        let fits =
            |p: &PathBuf| extension.is_empty() || p.extension().is_some_and(|e| e == extension);
        out.extend(names.into_iter().filter(fits));
    }
    Ok(out)
}

/// Names of the distribution that a notice should not tell.
fn words(host: &Host<'_>) -> Result<Vec<String>, Gap> {
    let mut out = Vec::new();
    for path in ["/etc/os-release", "/usr/lib/os-release"] {
        let Some(found) = host.text(Path::new(path))? else { continue };
        for line in found.text.lines() {
            if let Some((key, value)) = line.split_once('=')
                && matches!(key, "ID" | "NAME" | "PRETTY_NAME" | "VERSION_CODENAME")
            {
                let value = value.trim().trim_matches(['"', '\'']).to_lowercase();
                if value.len() > 2 {
                    out.push(value);
                }
            }
        }
        break;
    }
    Ok(out)
}

/// What a line of a notice tells about the system.
fn reveal(notice: &str, line: &str, words: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    if notice == "issue" {
        // Escapes that the program before the login replaces, from agetty(8).
        let mut chars = line.chars();
        while let Some(c) = chars.next() {
            if c != '\\' {
                continue;
            }
            let what = match chars.next() {
                Some('s' | 'S') => "the name of the system",
                Some('r') => "the release of the kernel",
                Some('v') => "the version of the system",
                Some('m') => "the architecture",
                _ => continue,
            };
            out.push(what.to_owned());
        }
    }
    let lower = line.to_lowercase();
    // After the login the name is no news, the version still is none of a notice's business.
    let told = words.iter().find(|w| {
        let names = lower.match_indices(w.as_str()).any(|(at, _)| {
            let before = lower.get(..at).and_then(|t| t.chars().next_back());
            let after = lower.get(at.saturating_add(w.len())..).and_then(|t| t.chars().next());
            let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
            edge(before) && edge(after)
        });
        names && (notice != "motd" || w.chars().any(|c| c.is_ascii_digit()))
    });
    if told.is_some() {
        out.push("the distribution".to_owned());
    }
    out
}
