//! The limits of sessions on core dumps, as pam_limits sets them (limits.conf(5)).
//!
//! `limits.conf`, then `limits.d` by name. Of lines for the same domain the later one wins, and a
//! user's own line beats a group's and the general one wherever they stand. Neither groups nor `*`
//! reach root.

use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};

use crate::{Host, Origin, Setting};

/// A limit of a domain.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Limit {
    /// User, `@group` or `*`.
    pub who: String,
    /// The hard limit: 0, a number of KiB, or -1 for none.
    pub hard: Setting,
}

/// Most domains that are told apart.
const MAX_DOMAINS: usize = 1024;

/// The hard limits: the general one first, then those of users and groups that have their own.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn limits(host: &Host<'_>) -> Result<Vec<Limit>, Gap> {
    let mut out = vec![Limit { who: "*".to_owned(), hard: Setting::of(-1, Origin::Default) }];
    let (files, unreached) = files(host)?;
    for path in files {
        let Some(found) = host.text(&path)? else { continue };
        for (number, line) in (1_u32..).zip(found.text.lines()) {
            one(&path, number, line, &mut out);
        }
        if out.len() > MAX_DOMAINS {
            let detail = format!("more than {MAX_DOMAINS} domains in {}", path.display());
            return Err(Gap::new(GapState::Malformed, detail));
        }
    }
    if let Some((service, path)) = unreached {
        let mut hard = Setting::in_file(-1, &path, 1);
        if let Some(general) = out.first().filter(|l| l.hard.value != -1)
            && let Some((file, line)) = &general.hard.place
        {
            hard = hard.beating(general.hard.value.clone(), Path::new(file), *line);
        }
        out.push(Limit { who: format!("sessions of {service}"), hard });
    }
    Ok(out)
}

fn one(path: &Path, number: u32, line: &str, out: &mut Vec<Limit>) {
    let line = line.split('#').next().unwrap_or("");
    let words: Vec<&str> = line.split_whitespace().collect();
    let (who, value) = match words.as_slice() {
        // A domain and a dash alone: no limits at all.
        [who, "-"] => (*who, -1),
        [who, kind, item, value, ..]
            if item.eq_ignore_ascii_case("core") && !kind.eq_ignore_ascii_case("soft") =>
        {
            if !(kind.eq_ignore_ascii_case("hard") || *kind == "-") {
                return;
            }
            let value = match value.to_ascii_lowercase().as_str() {
                "unlimited" | "infinity" | "-1" => -1,
                n => match n.parse::<i64>() {
                    Ok(n) => n,
                    Err(_) => return,
                },
            };
            (*who, value)
        }
        _ => return,
    };
    let place = Setting::in_file(value, path, number);
    match out.iter_mut().find(|l| l.who == who) {
        None => out.push(Limit { who: who.to_owned(), hard: place }),
        Some(limit) => {
            let mut new = place;
            new.others = std::mem::take(&mut limit.hard.others);
            if let Some((file, line)) = &limit.hard.place {
                new = new.beating(limit.hard.value.clone(), Path::new(file), *line);
            }
            limit.hard = new;
        }
    }
}

/// Where files of PAM lie; the first that has a name counts.
const PAM: [&str; 3] = ["/etc/pam.d", "/usr/lib/pam.d", "/usr/etc/pam.d"];

/// The file of a service, or of a stack that others include.
fn stack(host: &Host<'_>, name: &str) -> Result<Option<PathBuf>, Gap> {
    for base in PAM {
        let path = Path::new(base).join(name);
        if host.stat(&path)?.is_some() {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// The files that pam_limits reads, and a service of sign-ins that never calls it.
type Files = (Vec<PathBuf>, Option<(String, PathBuf)>);

fn files(host: &Host<'_>) -> Result<Files, Gap> {
    let mut unreached = None;
    for service in ["sshd", "login"] {
        let Some(path) = stack(host, service)? else { continue };
        let mut budget = 64;
        match calls(host, &path, &mut budget)? {
            Some(Some(own)) => return Ok((vec![own], unreached)),
            Some(None) => {}
            None => unreached = unreached.or(Some((service.to_owned(), path))),
        }
    }
    let mut files = Vec::new();
    for base in ["/etc/security", "/usr/etc/security", "/usr/lib/security"] {
        let path = Path::new(base).join("limits.conf");
        if host.stat(&path)?.is_some() {
            files.push(path);
            break;
        }
    }
    let inside = host.list("/etc/security/limits.d")?.unwrap_or_default();
    let named = |p: &PathBuf| {
        let name = p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        name.ends_with(".conf") && !name.starts_with('.')
    };
    files.extend(inside.into_iter().filter(named));
    Ok((files, unreached))
}

/// Whether the session part of a service reaches pam_limits, and with which file of its own.
fn calls(host: &Host<'_>, path: &Path, budget: &mut usize) -> Result<Option<Option<PathBuf>>, Gap> {
    if *budget == 0 {
        let detail = format!("{}: its files include too many others", path.display());
        return Err(Gap::new(GapState::Malformed, detail));
    }
    *budget -= 1;
    let Some(found) = host.text(path)? else { return Ok(None) };
    for line in found.text.lines() {
        let line = line.split('#').next().unwrap_or("");
        let words: Vec<&str> = line.split_whitespace().collect();
        let to = match words.as_slice() {
            ["@include", to, ..] => *to,
            [kind, control, to, ..]
                if kind.trim_start_matches('-').eq_ignore_ascii_case("session")
                    && matches!(*control, "include" | "substack") =>
            {
                *to
            }
            [kind, rest @ ..]
                if kind.trim_start_matches('-').eq_ignore_ascii_case("session")
                    && rest.iter().any(|w| w.ends_with("pam_limits.so")) =>
            {
                let own = rest.iter().find_map(|w| w.strip_prefix("conf="));
                return Ok(Some(own.map(PathBuf::from)));
            }
            _ => continue,
        };
        let Some(next) = stack(host, to)? else { continue };
        if let Some(found) = calls(host, &next, budget)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
