//! `unattended-upgrades` as it is in force: apt's daily script asks `APT::Periodic`, the program asks
//! which releases it may take and which packages it may not.

use std::path::Path;

use assay_core::{Gap, GapState};
use serde_json::{Value as Json, json};

use super::super::problem::{Problem, Updater};
use super::lists::{lists, site};
use super::origins::{self, Distribution, Wanted};
use super::pattern::everything;
use super::{Apt, Conf, Sources, at, pins};
use crate::{FileKind, Host};

const PROGRAM: &str = "/usr/bin/unattended-upgrade";
const OPTIONS: [&str; 3] = [
    "APT::Periodic::Enable",
    "APT::Periodic::Update-Package-Lists",
    "APT::Periodic::Unattended-Upgrade",
];

/// Who reads `APT::Periodic`.
const SHELL: &str = "apt-config";

/// What the configuration makes of automatic updates. `first`: the `APT_CONFIG` of the service.
///
/// # Errors
/// What decides and could not be read.
pub(in super::super) fn automatic(
    host: &Host<'_>,
    apt: &Apt,
    first: Option<&Path>,
) -> Result<Updater, Gap> {
    let other = first.map(|first| Conf::after(host, Some(first)));
    let conf = other.as_ref().unwrap_or(&apt.conf);
    if let Some(gap) = &conf.gap {
        return Err(gap.clone());
    }
    let mut problems = Vec::new();
    if let Some((place, why)) = &conf.refused {
        let why = format!("apt refuses its configuration: {why}");
        problems.push(Problem::on(why, &place.file, place.line));
    }
    problems.extend(program(host)?);
    let days = periodic(conf, &mut problems);
    let sources = apt.sources.as_ref().map_err(Clone::clone)?;
    if let Some((file, line)) = &sources.refused {
        problems.push(Problem::on("apt refuses this package source", file, *line));
    }
    // Without the program its options decide nothing.
    if problems.is_empty() {
        packages(conf, &mut problems);
        origins(host, conf, sources, &mut problems)?;
        held(host, &mut problems)?;
    }
    let settings = OPTIONS.iter().map(|name| ((*name).to_owned(), setting(conf, name))).collect();
    Ok(Updater { tool: "unattended-upgrades", days, problems, settings })
}

/// Why the program is not what it should be.
fn program(host: &Host<'_>) -> Result<Option<Problem>, Gap> {
    let Some(stat) = host.stat(PROGRAM)? else {
        return Ok(Some(Problem::of("unattended-upgrades is not installed")));
    };
    let path = Path::new(PROGRAM);
    if stat.size == 0 || stat.kind == FileKind::File && stat.mode & 0o111 == 0 {
        return Ok(Some(Problem::on("unattended-upgrade is no program", path, 1)));
    }
    let real = host.root().resolve(path).unwrap_or_else(|_| path.to_owned());
    let name = real.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let idle = ["true", "false", "echo", "busybox", "null"].contains(&name.as_str());
    let why = || format!("unattended-upgrade is {}", real.display());
    Ok(idle.then(|| Problem::on(why(), path, 1)))
}

fn setting(conf: &Conf, name: &str) -> Json {
    let Some(value) = conf.get_for(SHELL, name) else {
        return json!({"value": null, "origin": "default"});
    };
    let mut out = json!({"value": value.text, "origin": "file"});
    if let (Some(out), Some(place)) = (out.as_object_mut(), &value.at) {
        out.insert("file".to_owned(), place.file.display().to_string().into());
        out.insert("line".to_owned(), place.line.into());
    }
    let lost: Vec<Json> = conf
        .lost(name)
        .iter()
        .filter_map(|v| {
            let place = v.at.as_ref()?;
            Some(json!({"value": v.text, "file": place.file.display().to_string(), "line": place.line}))
        })
        .collect();
    if let Some(out) = out.as_object_mut().filter(|_| !lost.is_empty()) {
        out.insert("others".to_owned(), lost.into());
    }
    out
}

/// Most packages that are named.
const MAX_HELD: usize = 50;

/// Packages that somebody holds back: no updates reach them.
fn held(host: &Host<'_>, problems: &mut Vec<Problem>) -> Result<(), Gap> {
    let Some(all) = crate::dpkg::installed(host)? else { return Ok(()) };
    if !all.values().any(|p| p.held) {
        return Ok(());
    }
    let Some(found) = host.text(crate::dpkg::STATUS)? else { return Ok(()) };
    for package in all.values().filter(|p| p.held).take(MAX_HELD) {
        let own = format!("Package: {}", package.name);
        let line = (1_u32..).zip(found.text.lines()).find(|(_, l)| *l == own).map_or(1, |(n, _)| n);
        let why = format!("{} is held back: no update reaches it", package.name);
        problems.push(Problem::on(why, Path::new(crate::dpkg::STATUS), line));
    }
    Ok(())
}

/// What the daily script runs, and how often.
fn periodic(conf: &Conf, problems: &mut Vec<Problem>) -> Option<f64> {
    // The script compares with `-eq`: only a number can switch it off.
    if let Some(value) = conf.get_for(SHELL, "APT::Periodic::Enable")
        && value.text.trim().parse::<i64>() == Ok(0)
    {
        problems.push(at("APT::Periodic::Enable switches all of it off", value));
    }
    let mut days: Option<f64> = None;
    for (name, what) in [
        ("APT::Periodic::Update-Package-Lists", "package lists are not refreshed"),
        ("APT::Periodic::Unattended-Upgrade", "unattended-upgrades is not run"),
    ] {
        let Some(value) = conf.get_for(SHELL, name) else {
            let why = format!("{what}: {name} is not set");
            // Perhaps somebody cleared what was set before.
            let cleared = ["APT::Periodic", "APT"].iter().find_map(|n| conf.get(n));
            problems.push(match cleared.filter(|v| v.at.is_some()) {
                Some(value) => at(why, value),
                None => Problem::of(why),
            });
            continue;
        };
        match interval(&value.text) {
            Some(every) => days = Some(days.map_or(every, |d| d.max(every))),
            None => problems.push(at(format!("{what}: {name} is {:?}", value.text), value)),
        }
    }
    days
}

/// Days between two runs, as the script's arithmetic has it. `None`: never. Words count as 0.
fn interval(text: &str) -> Option<f64> {
    if text == "0" || text.trim().is_empty() {
        return None;
    }
    let (number, seconds) = match text.as_bytes().last() {
        Some(b's') => (text.trim_end_matches('s'), 1.0),
        Some(b'm') => (text.trim_end_matches('m'), 60.0),
        Some(b'h') => (text.trim_end_matches('h'), 3600.0),
        _ => (text.trim_end_matches('d'), 86400.0),
    };
    Some(number.trim().parse::<f64>().unwrap_or(0.0) * seconds / 86400.0)
}

/// Lists of packages that leave everything out.
fn packages(conf: &Conf, problems: &mut Vec<Problem>) {
    for value in conf.list("Unattended-Upgrade::Package-Blacklist") {
        if everything(&value.text) {
            let why = format!("Package-Blacklist {:?} leaves every package out", value.text);
            problems.push(at(why, value));
        } else if value.text.starts_with(['*', '+', '?']) {
            let why =
                format!("Package-Blacklist {:?} is no expression: the program stops", value.text);
            problems.push(at(why, value));
        }
    }
    let only = conf.list("Unattended-Upgrade::Package-Whitelist");
    if let Some(first) = only.first()
        && !only.iter().any(|v| everything(&v.text))
    {
        problems.push(at("Package-Whitelist lets only some packages be updated", first));
    }
    let days = conf.list("Unattended-Upgrade::Update-Days");
    if let Some(first) = days.first()
        && !days.iter().any(|v| may_be_day(&v.text))
    {
        problems.push(at(format!("Update-Days names no day: {:?}", first.text), first));
    }
}

/// A day as the program's locale may call it: its number from Sunday, or a name.
fn may_be_day(text: &str) -> bool {
    let english = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let long = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let folded = |all: [&str; 7]| all.iter().any(|d| d.eq_ignore_ascii_case(text));
    match text.parse::<u32>() {
        Ok(_) => matches!(text, "0" | "1" | "2" | "3" | "4" | "5" | "6"),
        // The program compares exactly.
        Err(_) if folded(english) || folded(long) => {
            english.contains(&text) || long.contains(&text)
        }
        Err(_) => !["never", "none", "no", "false"].contains(&text.to_ascii_lowercase().as_str()),
    }
}

/// Whether the releases with security updates are taken, and whether there are any.
fn origins(
    host: &Host<'_>,
    conf: &Conf,
    sources: &Sources,
    problems: &mut Vec<Problem>,
) -> Result<(), Gap> {
    let facts = facts(host)?;
    let patterns = match origins::patterns(conf, &facts.distribution) {
        Ok(patterns) => patterns,
        Err(value) => {
            let why = format!("the program stops at the origin {:?}", value.text);
            problems.push(at(why, value));
            return Ok(());
        }
    };
    let wanted = wanted(host, conf, sources, &facts)?;
    if wanted.is_empty() {
        let why = "no package source with security updates is enabled";
        let first = sources.all.iter().find(|s| s.binary);
        problems
            .push(first.map_or_else(|| Problem::of(why), |s| Problem::on(why, &s.file, s.line)));
        return Ok(());
    }
    if wanted.iter().any(|w| patterns.iter().any(|p| p.takes(w))) {
        problems.extend(pins::kept_away(host, conf, &wanted)?);
        return Ok(());
    }
    let why = "no entry of Allowed-Origins or Origins-Pattern takes the security updates";
    let last = patterns.last().map(|p| p.value);
    let lists = ["Unattended-Upgrade::Origins-Pattern", "Unattended-Upgrade::Allowed-Origins"];
    let cleared = || lists.iter().find_map(|l| conf.get(l)).filter(|v| v.at.is_some());
    problems.push(last.or_else(cleared).map_or_else(|| Problem::of(why), |v| at(why, v)));
    Ok(())
}

/// What os-release says, as lsb_release words it.
struct Facts {
    distribution: Distribution,
    version: Option<u32>,
}

fn facts(host: &Host<'_>) -> Result<Facts, Gap> {
    let mut text = None;
    for path in ["/etc/os-release", "/usr/lib/os-release"] {
        text = text.or(host.text(path)?);
    }
    let value = |key: &str| {
        let lines = text.as_ref().map(|t| t.text.lines().collect::<Vec<_>>()).unwrap_or_default();
        let line = lines.into_iter().rev().find_map(|l| l.strip_prefix(key)?.strip_prefix('='));
        line.map(|v| v.trim_matches(['"', '\'']).to_owned()).unwrap_or_default()
    };
    let id = value("ID");
    let mut letters = id.chars();
    let id = letters.next().map(|c| c.to_ascii_uppercase().to_string() + letters.as_str());
    let version = value("VERSION_ID").split('.').next().and_then(|v| v.parse().ok());
    let distribution =
        Distribution { id: id.unwrap_or_default(), codename: value("VERSION_CODENAME") };
    Ok(Facts { distribution, version })
}

/// The releases with security updates that the sources offer.
fn wanted(
    host: &Host<'_>,
    conf: &Conf,
    sources: &Sources,
    facts: &Facts,
) -> Result<Vec<Wanted>, Gap> {
    let mut out = Vec::new();
    for list in lists(host, conf, &sources.all)? {
        if list.release.security() {
            out.push(Wanted { release: list.release, suites: Vec::new(), sites: vec![list.site] });
        }
    }
    if !out.is_empty() {
        return Ok(out);
    }
    let Some(mut expected) = origins::expected(&facts.distribution, facts.version) else {
        let detail = "which package source of this distribution has security updates is not known \
                      without its lists";
        return Err(Gap::new(GapState::Unsupported, detail));
    };
    let offered: Vec<_> = sources.all.iter().filter(|s| s.binary && offers(s)).collect();
    if offered.is_empty() {
        return Ok(Vec::new());
    }
    let uris = offered.iter().flat_map(|s| &s.uris);
    expected.sites = uris.map(|u| site(u)).filter(|s| !s.is_empty()).collect();
    Ok(vec![expected])
}

/// Whether a source looks like one with security updates.
fn offers(source: &super::Source) -> bool {
    let suite = |s: &String| s.ends_with("-security") || s.ends_with("/updates");
    source.suites.iter().any(suite) || source.uris.iter().any(|u| u.contains("security"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_script() {
        for (text, days) in [
            ("0", None),
            ("", None),
            ("1", Some(1.0)),
            ("always", Some(0.0)),
            ("12h", Some(0.5)),
            ("7d", Some(7.0)),
            ("0d", Some(0.0)),
            ("no", Some(0.0)),
            ("00", Some(0.0)),
        ] {
            assert_eq!(interval(text), days, "{text}");
        }
        assert!(may_be_day("Mon") && may_be_day("0") && may_be_day("Montag"));
        assert!(!may_be_day("mon") && !may_be_day("7") && !may_be_day("never"));
    }
}
