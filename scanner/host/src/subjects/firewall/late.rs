//! What command lines do to the rules: nft, iptables and its kin, the tools of managers, systemctl.

use std::path::Path;
use std::sync::Arc;

use assay_core::{Gap, GapState};

use super::model::Ruleset;
use super::{iptables, nft};
use crate::Host;
use crate::commands::{Line, simple};
use crate::systemd::Place;

/// What a line did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Did {
    /// Nothing that matters here.
    Nothing,
    /// It loaded rules of a file.
    Loaded(Place),
    /// It added rules of its own.
    Added,
    /// It took rules away.
    Cleared,
}

/// Does it to a ruleset.
///
/// # Errors
/// A file cannot be read, or the rules come from where they cannot be seen.
pub(super) fn apply(host: &Host<'_>, line: &Line, set: &mut Ruleset) -> Result<Did, Gap> {
    let mut did = Did::Nothing;
    let mut before: Vec<String> = Vec::new();
    for words in simple(&line.text) {
        let one = command(host, &words, &before, line, set)?;
        match &one {
            Did::Cleared => set.opened = Some((words.join(" "), line.place.clone())),
            Did::Loaded(_) => set.opened = None,
            Did::Nothing | Did::Added => {}
        }
        if did == Did::Nothing || matches!(one, Did::Loaded(_)) {
            did = one;
        }
        before = words;
    }
    Ok(did)
}

fn command(
    host: &Host<'_>,
    words: &[String],
    before: &[String],
    line: &Line,
    set: &mut Ruleset,
) -> Result<Did, Gap> {
    for (at, word) in words.iter().enumerate() {
        let rest = words.get(at + 1..).unwrap_or(&[]);
        let name = word.rsplit('/').next().unwrap_or(word);
        let has = |all: &[&str]| rest.iter().any(|w| all.contains(&w.as_str()));
        return match name {
            "nft" => of_nft(host, rest, line, set),
            "systemctl" if has(&["stop", "kill", "--now"]) && !has(&["start", "enable"]) => {
                Ok(stopped(rest, set))
            }
            "service" | "invoke-rc.d" | "rc-service" if has(&["stop"]) => Ok(stopped(rest, set)),
            "ufw" if has(&["disable", "reset"]) => Ok(stopped(&["ufw".to_owned()], set)),
            "ufw-init" if has(&["stop", "force-stop"]) => Ok(stopped(&["ufw".to_owned()], set)),
            "netfilter-persistent" if has(&["flush"]) => Ok(stopped(&["nftables".to_owned()], set)),
            _ if word.starts_with("/etc/init.d/") && has(&["stop"]) => {
                Ok(stopped(&[name.to_owned()], set))
            }
            _ => match program(name) {
                Some((six, false)) => Ok(own(rest, six, line, set)),
                Some((six, true)) => restore(host, rest, before, six, line, set),
                None => continue,
            },
        };
    }
    Ok(Did::Nothing)
}

/// A program of the family of iptables: whether for IPv6, whether it restores a file.
fn program(name: &str) -> Option<(bool, bool)> {
    let (six, rest) = match name.strip_prefix("ip6tables") {
        Some(rest) => (true, rest),
        None => (false, name.strip_prefix("iptables")?),
    };
    match rest {
        "" | "-nft" | "-legacy" => Some((six, false)),
        "-restore" | "-nft-restore" | "-legacy-restore" => Some((six, true)),
        _ => None,
    }
}

/// What the ends of managers take away.
fn stopped(units: &[String], set: &mut Ruleset) -> Did {
    let before = set.tables.len();
    for unit in units {
        match unit.strip_suffix(".service").unwrap_or(unit) {
            // Its unit flushes everything when it ends.
            "nftables" => set.tables.clear(),
            "ufw" => set.tables.retain(|key, _| !key.starts_with("ufw ")),
            "firewalld" => set.tables.retain(|key, _| key != "firewalld"),
            "iptables" => set.tables.retain(|key, _| !key.starts_with("iptables4 ")),
            "ip6tables" => set.tables.retain(|key, _| !key.starts_with("iptables6 ")),
            _ => {}
        }
    }
    if set.tables.len() < before { Did::Cleared } else { Did::Nothing }
}

/// A command of iptables.
fn own(words: &[String], six: bool, line: &Line, set: &mut Ruleset) -> Did {
    let opens = |w: &String| ["-F", "--flush", "-X", "-P", "--policy"].contains(&w.as_str());
    if iptables::line(words, six, &line.place, set) {
        Did::Added
    } else if words.iter().any(opens) {
        Did::Cleared
    } else {
        Did::Nothing
    }
}

/// A command of nft.
fn of_nft(host: &Host<'_>, words: &[String], line: &Line, set: &mut Ruleset) -> Result<Did, Gap> {
    let mut text: Vec<&str> = Vec::new();
    let mut words = words.iter();
    let (mut file, mut input) = (None, None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-c" | "--check" | "-v" | "-h" => return Ok(Did::Nothing),
            "-f" | "--file" => file = words.next().cloned(),
            "-I" | "--includepath" | "-D" | "--define" | "-d" | "--debug" => {
                words.next();
            }
            "<" => input = words.next().cloned(),
            ">" | ">>" => {
                words.next();
            }
            option if option.starts_with("-f/") => file = option.get(2..).map(str::to_owned),
            option if option.starts_with("--file=") => file = option.get(7..).map(str::to_owned),
            option if option.starts_with('-') && text.is_empty() => {}
            word => text.push(word),
        }
    }
    let before = set.tables.len();
    let own = Path::new(&*line.place.file);
    let file = file.map(|f| if f == "-" || f == "/dev/stdin" { input } else { Some(f) });
    let (count, place) = match &file {
        Some(Some(path)) if path.starts_with('/') => {
            let path = Path::new(path);
            (nft::load(host, path, set)?.unwrap_or(0), Some(Place::of(path)))
        }
        Some(_) => return Err(unseen(line)),
        None if text.is_empty() || text.first() == Some(&"list") => return Ok(Did::Nothing),
        None => (nft::load_text(host, &text.join(" "), own, Some(&line.place), set)?, None),
    };
    let takes = text.first().is_some_and(|w| ["flush", "delete", "destroy", "reset"].contains(w));
    Ok(match place {
        Some(place) if count > 0 || set.tables.len() > before => Did::Loaded(place),
        _ if set.tables.len() < before || takes => Did::Cleared,
        _ if count > 0 => Did::Added,
        _ => Did::Nothing,
    })
}

/// iptables-restore, from a file or from what is handed to it.
fn restore(
    host: &Host<'_>,
    words: &[String],
    before: &[String],
    six: bool,
    line: &Line,
    set: &mut Ruleset,
) -> Result<Did, Gap> {
    if words.iter().any(|w| w == "-t" || w == "--test") {
        return Ok(Did::Nothing);
    }
    let keep = words.iter().any(|w| w == "-n" || w == "--noflush");
    let piped = before.iter().filter(|_| before.first().is_some_and(|w| w.ends_with("cat")));
    let Some(path) = words.iter().chain(piped.skip(1)).find(|w| w.starts_with('/')) else {
        return Err(unseen(line));
    };
    let Some(found) = host.text(path)? else { return Ok(Did::Nothing) };
    let file: Arc<str> = path.as_str().into();
    iptables::load(&found.text, &file, six, keep, set);
    Ok(Did::Loaded(Place { file, line: 1 }))
}

fn unseen(line: &Line) -> Gap {
    let Place { file, line } = &line.place;
    let detail = format!("{file}:{line}: the rules that it loads are in no file");
    Gap::new(GapState::Unsupported, detail)
}
