//! `Condition…=` and `Assert…=`: what can be said of them while the host is at rest.

use std::path::Path;

use assay_core::Gap;

use super::parse::{Assignment, boolean};
use super::specifier::Facts;
use super::unit::{Place, Unit};
use crate::{FileKind, Host};

/// What is known of a unit's conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holds {
    /// All hold, or there are none.
    Yes,
    /// One fails: its key, its value, its place.
    No(String, String, Place),
    /// Nothing fails for sure; this one is only known while the host runs.
    Unknown(String, String, Place),
}

/// Judges the conditions (`Condition`) or assertions (`Assert`) of a unit.
///
/// # Errors
/// A path that a condition asks for cannot be looked at.
pub(crate) fn judge(host: &Host<'_>, unit: &Unit, word: &str) -> Result<Holds, Gap> {
    let mut list: Vec<&Assignment> = Vec::new();
    for a in unit.assignments.iter().filter(|a| a.section == "Unit") {
        if !a.key.strip_prefix(word).is_some_and(|k| KNOWN.contains(&k)) {
            continue;
        }
        // An empty one resets all of them, of whatever kind.
        if a.value.is_empty() {
            list.clear();
        } else {
            list.push(a);
        }
    }
    let mut unknown: Option<&Assignment> = None;
    let (mut triggers, mut triggered) = (Vec::new(), false);
    for a in list {
        let (trigger, rest) = strip(&a.value, '|');
        let (negated, rest) = strip(rest, '!');
        let kind = a.key.strip_prefix(word).unwrap_or(&a.key);
        let answer = match unit.expand(rest) {
            Some(text) => one(host, &unit.facts, kind, &text)?.map(|b| b != negated),
            None => None,
        };
        if trigger {
            triggers.push(a);
            triggered |= answer == Some(true);
        }
        match answer {
            Some(false) if !trigger => {
                return Ok(Holds::No(a.key.clone(), a.value.clone(), a.place()));
            }
            None => unknown = unknown.or(Some(a)),
            _ => {}
        }
    }
    let open = unknown.filter(|u| !triggered || !u.value.starts_with('|'));
    match (triggers.last(), open) {
        (_, Some(a)) => Ok(Holds::Unknown(a.key.clone(), a.value.clone(), a.place())),
        (Some(a), None) if !triggered => Ok(Holds::No(a.key.clone(), a.value.clone(), a.place())),
        _ => Ok(Holds::Yes),
    }
}

const KNOWN: [&str; 33] = [
    "Architecture",
    "Firmware",
    "Virtualization",
    "Host",
    "KernelCommandLine",
    "KernelVersion",
    "Credential",
    "Environment",
    "Security",
    "Capability",
    "ACPower",
    "NeedsUpdate",
    "FirstBoot",
    "PathExists",
    "PathExistsGlob",
    "PathIsDirectory",
    "PathIsSymbolicLink",
    "PathIsMountPoint",
    "PathIsReadWrite",
    "PathIsEncrypted",
    "PathIsSocket",
    "DirectoryNotEmpty",
    "FileNotEmpty",
    "FileIsExecutable",
    "User",
    "Group",
    "ControlGroupController",
    "Memory",
    "CPUs",
    "CPUFeature",
    "OSRelease",
    "MemoryPressure",
    "KernelModuleLoaded",
];

fn strip(text: &str, mark: char) -> (bool, &str) {
    match text.strip_prefix(mark) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text),
    }
}

/// One condition without its marks. `None`: only known while the host runs.
fn one(host: &Host<'_>, facts: &Facts, kind: &str, text: &str) -> Result<Option<bool>, Gap> {
    if kind.starts_with("Path") || kind.starts_with("File") || kind.starts_with("Directory") {
        return path(host, kind, text);
    }
    Ok(match kind {
        "KernelCommandLine" => facts.cmdline.as_ref().map(|words| {
            let is = |w: &String| w == text || w.split_once('=').is_some_and(|(k, _)| k == text);
            words.iter().any(is)
        }),
        "Host" => host_is(facts, text),
        "Architecture" => match text {
            "native" => Some(true),
            name => facts.architecture.as_ref().map(|a| a == name),
        },
        // The manager of the system is root with every capability.
        "User" => Some(matches!(text, "root" | "0" | "@system")),
        "Group" => Some(matches!(text, "root" | "0")),
        "Capability" => Some(text.to_ascii_uppercase().starts_with("CAP_")),
        "FirstBoot" => match (&facts.machine, boolean(text)) {
            (Some(_), Some(wanted)) => Some(!wanted),
            _ => None,
        },
        "Security" if text == "selinux" => {
            // Without its configuration no policy is loaded at boot.
            host.stat("/etc/selinux/config")?.is_none().then_some(false)
        }
        "Environment" => {
            let key = text.split('=').next().unwrap_or(text);
            let set = ["PATH", "LANG", "TERM", "HOME", "container", "NOTIFY_SOCKET", "init"];
            let may = set.contains(&key)
                || ["LC_", "SYSTEMD_", "XDG_", "LISTEN_"].iter().any(|p| key.starts_with(p))
                || facts.cmdline.as_ref().is_none_or(|c| c.iter().any(|w| w.starts_with(key)));
            (!may).then_some(false)
        }
        "OSRelease" => release(facts, text),
        _ => None,
    })
}

fn host_is(facts: &Facts, text: &str) -> Option<bool> {
    let id = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if id {
        return facts.machine.as_ref().map(|m| m.eq_ignore_ascii_case(text));
    }
    let host = facts.host.as_ref()?;
    Some(matches(&text.to_lowercase(), &host.to_lowercase()))
}

/// Paths that exist on every running host, though not on its disk.
const ALWAYS: [&str; 14] = [
    "/",
    "/proc",
    "/sys",
    "/dev",
    "/run",
    "/dev/null",
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
    "/proc/cmdline",
    "/proc/self",
    "/proc/1",
    "/proc/sys",
    "/run/systemd/system",
];

fn path(host: &Host<'_>, kind: &str, text: &str) -> Result<Option<bool>, Gap> {
    let path = Path::new(text);
    if kind == "PathExists" && ALWAYS.contains(&text.trim_end_matches('/')) || text == "/" {
        return Ok((kind == "PathExists" || kind == "PathIsDirectory").then_some(true));
    }
    let fleeting = ["/proc", "/sys", "/dev", "/run", "/var/run", "/var/lock", "/tmp"];
    if !path.is_absolute() || fleeting.iter().any(|d| path.starts_with(d)) {
        return Ok(None);
    }
    Ok(match kind {
        "PathExists" => Some(host.stat(path)?.is_some()),
        "PathExistsGlob" => glob(host, path)?,
        "PathIsDirectory" => Some(host.stat(path)?.is_some_and(|s| s.kind == FileKind::Directory)),
        "PathIsSymbolicLink" => Some(host.lstat(path)?.is_some_and(|s| s.kind == FileKind::Link)),
        "PathIsMountPoint" | "PathIsReadWrite" | "PathIsEncrypted" | "PathIsSocket" => {
            host.stat(path)?.is_none().then_some(false)
        }
        "DirectoryNotEmpty" => Some(match host.stat(path)? {
            Some(s) if s.kind == FileKind::Directory => {
                host.list(path)?.is_some_and(|names| !names.is_empty())
            }
            _ => false,
        }),
        "FileNotEmpty" => {
            Some(host.stat(path)?.is_some_and(|s| s.kind == FileKind::File && s.size > 0))
        }
        "FileIsExecutable" => {
            Some(host.stat(path)?.is_some_and(|s| s.kind == FileKind::File && s.mode & 0o111 != 0))
        }
        _ => None,
    })
}

/// Whether a pattern names anything; patterns in the last part only, others are unknown.
fn glob(host: &Host<'_>, path: &Path) -> Result<Option<bool>, Gap> {
    let (Some(above), Some(base)) = (path.parent(), path.file_name().and_then(|n| n.to_str()))
    else {
        return Ok(None);
    };
    if above.to_string_lossy().contains(['*', '?', '[']) {
        return Ok(None);
    }
    if host.stat(above)?.is_none_or(|s| s.kind != FileKind::Directory) {
        return Ok(Some(false));
    }
    let names = host.list(above)?.unwrap_or_default();
    let hit = |p: &std::path::PathBuf| {
        p.file_name()
            .and_then(|n| n.to_str())
            .is_some_and(|n| matches(base, n) && (base.starts_with('.') || !n.starts_with('.')))
    };
    Ok(Some(names.iter().any(hit)))
}

/// A shell pattern with `*`, `?` and `[…]`.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (p, t): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut i, mut j) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(&c) = t.get(j) {
        let step = match p.get(i) {
            Some('*') => {
                star = Some((i, j));
                i += 1;
                continue;
            }
            Some('?') => Some(1),
            Some('[') => class(p.get(i..).unwrap_or(&[]), c),
            Some(&x) if x == c => Some(1),
            _ => None,
        };
        match (step, star) {
            (Some(n), _) => {
                i += n;
                j += 1;
            }
            (None, Some((at, from))) => {
                (i, j) = (at + 1, from + 1);
                star = Some((at, from + 1));
            }
            (None, None) => return false,
        }
    }
    p.get(i..).is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

/// How many characters of the pattern a `[…]` takes, where it holds the character.
fn class(pattern: &[char], c: char) -> Option<usize> {
    let end = pattern.iter().skip(2).position(|x| *x == ']').map(|at| at + 2)?;
    let inside = pattern.get(1..end)?;
    let (not, inside) = match inside.split_first() {
        Some(('!' | '^', rest)) => (true, rest),
        _ => (false, inside),
    };
    let mut hit = false;
    let mut rest = inside;
    while let Some((&a, tail)) = rest.split_first() {
        match tail {
            ['-', b, more @ ..] => {
                hit |= (a..=*b).contains(&c);
                rest = more;
            }
            _ => {
                hit |= a == c;
                rest = tail;
            }
        }
    }
    (hit != not).then_some(end + 1)
}

/// `ID=debian`, `VERSION_ID>=12`: several must all hold.
fn release(facts: &Facts, text: &str) -> Option<bool> {
    if facts.release.is_empty() {
        return None;
    }
    let mut all = true;
    for word in super::parse::words(text) {
        let at = word.find(['=', '<', '>', '!'])?;
        let (key, rest) = word.split_at(at);
        let value = rest.trim_start_matches(['=', '<', '>', '!', '$']);
        let operator = rest.strip_suffix(value)?;
        let have = facts.release.get(key).map_or("", String::as_str);
        let number =
            |t: &str| -> Option<Vec<u64>> { t.split('.').map(|p| p.parse().ok()).collect() };
        all &= match operator {
            "=" | "==" => have == value,
            "!=" | "<>" => have != value,
            "=$" => matches(value, have),
            "!=$" => !matches(value, have),
            _ => {
                let order = number(have)?.cmp(&number(value)?);
                match operator {
                    "<" => order.is_lt(),
                    "<=" => order.is_le(),
                    ">" => order.is_gt(),
                    ">=" => order.is_ge(),
                    _ => return None,
                }
            }
        };
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shell_patterns() {
        for (p, t) in
            [("a*c", "abbc"), ("*.conf", ".conf"), ("[a-c]?", "bx"), ("[!a]", "b"), ("*", "")]
        {
            assert!(matches(p, t), "{p} {t}");
        }
        for (p, t) in [("a*c", "abb"), ("[!a]", "a"), ("?", ""), ("a", "ab"), ("[a", "a")] {
            assert!(!matches(p, t), "{p} {t}");
        }
        let evil = "*a".repeat(20);
        assert!(!matches(&evil, &"b".repeat(2000)));
    }
}
