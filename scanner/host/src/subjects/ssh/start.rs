//! How sshd is started: by which units, with which options, from which configuration file.

use std::collections::BTreeMap;
use std::rc::Rc;

use assay_core::Gap;

use super::keyword;
use super::lex;
use super::load::{Place, Statement};
use crate::boot;
use crate::systemd::{self, Init, Source, Starts, Unit, Units};
use crate::{Host, Origin};

/// One way in which sshd is started.
#[derive(Debug, Clone)]
pub(super) struct Start {
    /// The unit; empty for the first, which stands for the host's own server.
    pub(super) item: String,
    /// Its units.
    pub(super) units: Vec<String>,
    /// The configuration file that its options name.
    pub(super) config: Option<(String, Place)>,
    /// Its options as statements.
    pub(super) command: Vec<(Statement, Origin)>,
    /// Files that decide them: environment files.
    pub(super) files: Vec<String>,
    /// Options that cannot be read.
    pub(super) problems: Vec<(String, Place)>,
}

/// A word of a command line, and where it stands.
type Word = (String, Place);

/// Environment files that scripts read instead of units, and the variable with options.
const SCRIPTED: &[(&str, &[&str])] = &[
    ("/etc/default/ssh", &["SSHD_OPTS"]),
    ("/etc/conf.d/sshd", &["SSHD_OPTS", "command_args"]),
    ("/etc/sysconfig/sshd", &["OPTIONS"]),
    ("/etc/sysconfig/ssh", &["SSHD_OPTS"]),
];

/// Every way in which sshd is started, the host's own server first. Units with the same options are
/// one.
///
/// # Errors
/// The units, or an environment file of theirs, cannot be read.
pub(super) fn all(host: &Host<'_>) -> Result<Vec<Start>, Gap> {
    let units = systemd::units(host)?;
    let mut found: Vec<Start> = Vec::new();
    if units.init == Init::Systemd {
        for unit in ordered(&units) {
            let own = matches!(unit.name.as_str(), "ssh.service" | "sshd.service");
            let template = unit.name.contains("@.");
            let starts = matches!(
                units.starts(&unit.name),
                Starts::AtBoot(_) | Starts::OnDemand(_) | Starts::Unknown(_)
            );
            // A template is started by a socket, with the options of the service beside it.
            let stands_in = template && found.is_empty() && unit.name.starts_with("ssh");
            if !(own || starts || stands_in) {
                continue;
            }
            for command in unit.commands("ExecStart") {
                let Some(words) = words_of(host, unit, &command)? else { continue };
                let file = command.place.file.to_string();
                add(&mut found, unit.name.clone(), words, Some(file.as_str()));
            }
        }
    }
    if found.is_empty() {
        let (words, file) = scripted(host)?;
        add(&mut found, String::new(), words, None);
        if let (Some(start), Some(file)) = (found.first_mut(), file) {
            start.files.push(file);
        }
    }
    Ok(found)
}

/// The host's own server first.
fn ordered(units: &Units) -> Vec<&Unit> {
    let mut all: Vec<&Unit> = units
        .all()
        .filter(|u| u.loaded() && u.kind() == "service" && u.source == Source::Files)
        .collect();
    let rank = |u: &Unit| match u.name.as_str() {
        "ssh.service" | "sshd.service" => 0,
        name if name.contains("@.") => 2,
        _ => 1,
    };
    all.sort_by_key(|u| rank(u));
    all
}

fn add(found: &mut Vec<Start>, unit: String, words: Vec<Word>, file: Option<&str>) {
    let mut start = parse(words, file);
    let same = |a: &Start, b: &Start| {
        let of = |s: &Start| {
            let options = s.command.iter().map(|(s, _)| (s.keyword.name, s.rest.clone()));
            (s.config.as_ref().map(|(c, _)| c.clone()), options.collect::<Vec<_>>())
        };
        of(a) == of(b)
    };
    if let Some(known) = found.iter_mut().find(|s| same(s, &start)) {
        known.units.push(unit);
        return;
    }
    if !found.is_empty() {
        start.item.clone_from(&unit);
    }
    start.units.push(unit);
    found.push(start);
}

/// The options of a command that starts sshd, itself or through another program. `None`: it does
/// not.
fn words_of(
    host: &Host<'_>,
    unit: &Unit,
    command: &systemd::Command,
) -> Result<Option<Vec<Word>>, Gap> {
    let place = |p: &systemd::Place| Place { file: Rc::from(&*p.file), line: p.line };
    let is = |program: &str| program.rsplit('/').next() == Some("sshd");
    let words: Vec<Word> =
        unit.arguments(host, command)?.into_iter().map(|(w, p)| (w, place(&p))).collect();
    if is(&command.program) {
        return Ok(Some(words));
    }
    if let Some(at) = words.iter().position(|(w, _)| is(w)) {
        return Ok(words.get(at + 1..).map(<[_]>::to_vec));
    }
    // A shell's script.
    let environment = unit.environment(host)?;
    for (word, at) in &words {
        let Some(from) = word.find("sshd ") else { continue };
        if !word.get(..from).is_some_and(|b| b.is_empty() || b.ends_with('/') || b.ends_with(' ')) {
            continue;
        }
        let Some(script) = word.get(from + 5..) else { continue };
        let script = script.split([';', '|', '&', '\n']).next().unwrap_or("");
        let mut out = Vec::new();
        for part in lex::arguments(script).unwrap_or_default() {
            let name = part.trim_start_matches('$').trim_matches(['{', '}']);
            match environment.get(name).filter(|_| part.starts_with('$')) {
                Some((value, p)) => {
                    let split = lex::arguments(value).unwrap_or_default();
                    out.extend(split.into_iter().map(|w| (w, place(p))));
                }
                None => out.push((part, at.clone())),
            }
        }
        return Ok(Some(out));
    }
    Ok(None)
}

/// What a script gives sshd.
fn scripted(host: &Host<'_>) -> Result<(Vec<Word>, Option<String>), Gap> {
    for (path, names) in SCRIPTED {
        let Some(found) = host.text(path)? else { continue };
        let mut variables = BTreeMap::new();
        let set = boot::assignments(&found.text, &mut variables);
        let mut out = Vec::new();
        for name in *names {
            let Some(last) = set.iter().rfind(|a| a.name == *name) else { continue };
            let place = Place { file: Rc::from(*path), line: last.line };
            let value = last.value.clone().unwrap_or_default();
            let split = lex::arguments(&value).unwrap_or_default();
            out.extend(split.into_iter().map(|w| (w, place.clone())));
        }
        for name in ["SSHD_CONFIG", "cfgfile"] {
            if let Some(last) = set.iter().rfind(|a| a.name == name)
                && let Some(value) = last.value.clone().filter(|v| !v.is_empty())
            {
                let place = Place { file: Rc::from(*path), line: last.line };
                out.push(("-f".to_owned(), place.clone()));
                out.push((value, place));
            }
        }
        return Ok((out, Some((*path).to_owned())));
    }
    Ok((Vec::new(), None))
}

/// Options that take an argument, and those that take none.
const WITH: &str = "CEbcfghkopu";
const WITHOUT: &str = "46DGQRTVdeiqrt";

/// Reads options as `getopt` does.
fn parse(words: Vec<Word>, unit_file: Option<&str>) -> Start {
    let mut start = Start {
        item: String::new(),
        units: Vec::new(),
        config: None,
        command: Vec::new(),
        files: Vec::new(),
        problems: Vec::new(),
    };
    for (_, place) in &words {
        if Some(&*place.file) != unit_file && !start.files.iter().any(|f| **f == *place.file) {
            start.files.push(place.file.to_string());
        }
    }
    let mut words = words.into_iter();
    while let Some((word, place)) = words.next() {
        let Some(options) = word.strip_prefix('-').filter(|o| !o.is_empty() && *o != "-") else {
            break;
        };
        let mut options = options.chars();
        while let Some(option) = options.next() {
            if WITHOUT.contains(option) {
                flag(&mut start, option, &place, unit_file);
            } else if WITH.contains(option) {
                let rest = options.as_str();
                let (argument, place) = if rest.is_empty() {
                    let Some(next) = words.next() else { break };
                    next
                } else {
                    (rest.to_owned(), place.clone())
                };
                with(&mut start, option, &argument, &place, unit_file);
                break;
            } else {
                start.problems.push((format!("sshd has no option -{option}"), place.clone()));
            }
        }
    }
    start
}

fn flag(start: &mut Start, option: char, place: &Place, unit_file: Option<&str>) {
    let line = match option {
        'q' => "LogLevel QUIET",
        'd' => "LogLevel DEBUG",
        '4' => "AddressFamily inet",
        '6' => "AddressFamily inet6",
        _ => return,
    };
    set(start, line, place, unit_file);
}

fn with(start: &mut Start, option: char, value: &str, place: &Place, unit_file: Option<&str>) {
    match option {
        'f' => start.config = Some((value.to_owned(), place.clone())),
        'o' => set(start, value, place, unit_file),
        'p' => set(start, &format!("Port {value}"), place, unit_file),
        'g' => set(start, &format!("LoginGraceTime {value}"), place, unit_file),
        'h' => set(start, &format!("HostKey {value}"), place, unit_file),
        'c' => set(start, &format!("HostCertificate {value}"), place, unit_file),
        _ => {}
    }
}

fn set(start: &mut Start, line: &str, place: &Place, unit_file: Option<&str>) {
    let mut refuse = |what: String| start.problems.push((what, place.clone()));
    let Some((name, Some(rest))) = lex::keyword(line) else {
        return refuse(format!("{line:?} sets nothing"));
    };
    let Some(keyword) = keyword::find(&name) else {
        return refuse(format!("{name} is not known"));
    };
    if keyword.kind == keyword::Kind::Ignored {
        return;
    }
    let Some(arguments) = lex::arguments(rest) else {
        return refuse(format!("{line:?}: a quote does not end"));
    };
    let origin =
        if Some(&*place.file) == unit_file { Origin::CommandLine } else { Origin::Environment };
    let rest = rest.trim().to_owned();
    let chain = Rc::from([]);
    let statement = Statement { keyword, arguments, rest, place: place.clone(), chain };
    start.command.push((statement, origin));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> Start {
        let place = Place { file: "/u".into(), line: 1 };
        let words = lex::arguments(line).unwrap().into_iter().map(|w| (w, place.clone())).collect();
        parse(words, Some("/u"))
    }

    #[test]
    fn options_have_many_spellings() {
        for line in [
            "-D -oPermitRootLogin=yes",
            "-Do PermitRootLogin=yes",
            "-4Do 'permitrootlogin yes'",
            "-D -o \"PermitRootLogin yes\" -f /x",
        ] {
            let start = options(line);
            let set = start.command.iter().find(|(s, _)| s.keyword.name == "PermitRootLogin");
            assert_eq!(set.unwrap().0.arguments, ["yes"], "{line}");
            assert!(start.problems.is_empty(), "{line}");
        }
        assert_eq!(options("-f/etc/x").config.unwrap().0, "/etc/x");
        assert_eq!(options("-g 0").command[0].0.rest, "0");
        assert!(options("-D stray -oPermitRootLogin=yes").command.is_empty());
        assert_eq!(options("-Z").problems.len(), 1);
    }
}
