//! The timers that refresh lists and install updates, and whether they ever run.

use assay_core::{Gap, GapState};
use serde_json::{Value, json};

use super::scheduled::{Scheduled, installs};
use crate::Host;
use crate::systemd::{Command, Init, Load, Place, Starts, Units, triggered};

/// A timer, and what for.
struct Timer {
    name: &'static str,
    purpose: &'static str,
    /// What apt's daily script is to do; empty for others.
    verb: &'static str,
}

/// Timers of apt. Each of them is needed.
const APT: &[Timer] = &[
    Timer { name: "apt-daily.timer", purpose: "refreshes the package lists", verb: "update" },
    Timer { name: "apt-daily-upgrade.timer", purpose: "installs updates", verb: "install" },
];

/// Timers elsewhere. One of each group is enough.
const OTHERS: &[&[Timer]] = &[
    &[
        Timer { name: "dnf-automatic-install.timer", purpose: "installs updates", verb: "" },
        Timer { name: "dnf-automatic.timer", purpose: "installs updates", verb: "" },
        Timer { name: "dnf5-automatic.timer", purpose: "installs updates", verb: "" },
    ],
    &[Timer { name: "transactional-update.timer", purpose: "installs updates", verb: "" }],
    &[Timer { name: "os-update.timer", purpose: "installs updates", verb: "" }],
];

/// The timers of the updaters that are there: `{Name, Purpose, Starts, Problem}`. Another schedule
/// that does the same stands in for them.
///
/// # Errors
/// Units that could not be read.
pub(super) fn timers(
    host: &Host<'_>,
    units: &Units,
    scheduled: &[Scheduled],
) -> Result<Value, Gap> {
    let mut out = Vec::new();
    if units.init != Init::Systemd {
        return Ok(out.into());
    }
    let unattended = host.stat("/usr/bin/unattended-upgrade")?.is_some();
    for timer in APT.iter().filter(|t| units.has(t.name) || unattended) {
        out.push(document(host, units, timer, scheduled)?);
    }
    for group in OTHERS {
        let there: Vec<&Timer> = group.iter().filter(|t| units.has(t.name)).collect();
        let mut all = Vec::new();
        for timer in &there {
            all.push(document(host, units, timer, scheduled)?);
        }
        // The first that runs, else the one that comes with the configuration file.
        let runs = all.iter().position(|d| d.get("Problem").is_some_and(Value::is_null));
        let plain = there.iter().position(|t| !t.name.ends_with("-install.timer"));
        if let Some(found) = runs.or(plain).or((!all.is_empty()).then_some(0)) {
            out.push(all.swap_remove(found));
        }
    }
    Ok(out.into())
}

/// Whether a timer starts what it is to start. `None`: it does.
fn problem(
    host: &Host<'_>,
    units: &Units,
    timer: &Timer,
) -> Result<Option<(String, Option<Place>)>, Gap> {
    let unit = units.unit(timer.name);
    match units.starts(timer.name) {
        Starts::Unknown(gap) => return Err(gap),
        Starts::No(why) => {
            let place = why.place().cloned().or_else(|| unit.place());
            return Ok(Some((why.to_string(), place)));
        }
        Starts::AtBoot(_) | Starts::OnDemand(_) => {}
    }
    let due = unit.elapses();
    let year = host.now().to_string().get(..4).and_then(|y| y.parse::<i64>().ok()).unwrap_or(0);
    let all = |fits: &dyn Fn(&str, &str) -> bool| {
        !due.is_empty() && due.iter().all(|a| fits(&a.key, &a.value))
    };
    let why = if all(&|key, text| key == "OnCalendar" && past(text, year)) {
        Some("it is never due again")
    } else if all(&|key, text| if key == "OnCalendar" { rare(text) } else { long(text) }) {
        Some("it is due once a month at most")
    } else {
        None
    };
    if let (Some(why), Some(last)) = (why, due.last()) {
        return Ok(Some((format!("{why}: {}", last.value), Some(last.place()))));
    }
    // An alias of a timer starts what stands behind it.
    let service = format!("{}.service", unit.name.strip_suffix(".timer").unwrap_or(&unit.name));
    let starts = triggered(unit);
    if let Some((name, place)) = starts.first().filter(|(name, _)| *name != service) {
        return Ok(Some((format!("it starts {name} instead of {service}"), Some(place.clone()))));
    }
    let target = units.unit(&service);
    let refused = match &target.load {
        Load::Masked(place) => Some(("is masked".to_owned(), Some(place.clone()))),
        Load::NotFound => Some(("is not there".to_owned(), unit.place())),
        Load::Refused(why, place) => Some((format!("is refused: {why}"), place.clone())),
        Load::Unreadable(gap) => return Err(gap.clone()),
        Load::Loaded => match units.starts(&service) {
            Starts::No(why) => Some((format!("does not start: {why}"), why.place().cloned())),
            _ => None,
        },
    };
    if let Some((why, place)) = refused {
        return Ok(Some((format!("{service}, which it starts, {why}"), place)));
    }
    let commands = target.commands("ExecStart");
    let idle = commands.iter().all(|c| c.does_nothing());
    if let Some(first) = commands.first().filter(|_| idle) {
        let why = format!("{service} only runs {}", first.line());
        return Ok(Some((why, Some(first.place.clone()))));
    }
    let before =
        target.commands("ExecCondition").into_iter().chain(target.commands("ExecStartPre"));
    if let Some(c) = before.into_iter().find(|c| c.name() == "false" && !c.may_fail) {
        let why = format!("{service} gives up before it starts: {}", c.line());
        return Ok(Some((why, Some(c.place))));
    }
    let verb = timer.verb;
    if let Some(first) = commands.first().filter(|_| !verb.is_empty())
        && !commands.iter().any(|c| does(c, verb))
    {
        let why = format!("{service} runs {}", first.line());
        return Ok(Some((why, Some(first.place.clone()))));
    }
    Ok(None)
}

/// Whether a command of apt's services does their work: the daily script with its verb (or without
/// one: then it does all), or another command that does it.
fn does(command: &Command, verb: &str) -> bool {
    if command.name() == "apt.systemd.daily" {
        return command.arguments.first().is_none_or(|a| a == verb);
    }
    let line = command.line();
    // A program of somebody's own may do anything.
    let known = ["apt-get", "apt", "apt-config", "unattended-upgrade", "sh", "bash"];
    installs(&line).is_some()
        || verb == "update" && line.contains(" update")
        || !known.contains(&command.name())
}

/// Whether a calendar expression names a year that is over.
fn past(text: &str, now: i64) -> bool {
    let date = text.split_whitespace().find(|w| w.matches('-').count() == 2);
    let year = date.and_then(|d| d.split('-').next()?.parse::<i64>().ok());
    year.is_some_and(|y| y < now)
}

/// Whether a time span (`10y`, `90 days`) is longer than four weeks.
fn long(text: &str) -> bool {
    let mut days = 0.0;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let after = after.trim_start();
        let letters = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let Ok(number) = number.parse::<f64>() else { return false };
        days += number
            * match unit {
                "y" | "year" | "years" => 365.25,
                "M" | "month" | "months" => 30.44,
                "w" | "week" | "weeks" => 7.0,
                "d" | "day" | "days" => 1.0,
                "h" | "hr" | "hour" | "hours" => 1.0 / 24.0,
                "m" | "min" | "minute" | "minutes" => 1.0 / 1440.0,
                _ => 1.0 / 86400.0,
            };
        rest = after.trim_start();
    }
    days > 28.0
}

/// Whether a calendar expression is met once a month at most: a fixed day or month.
fn rare(text: &str) -> bool {
    let words = ["monthly", "quarterly", "semiannually", "semi-annually", "yearly", "annually"];
    if words.iter().any(|w| text.eq_ignore_ascii_case(w)) {
        return true;
    }
    let date =
        text.split_whitespace().find(|w| w.contains('-') && w.contains(['*', '0', '1', '2', '3']));
    let Some(date) = date else { return false };
    let mut parts = date.rsplit(['-', '~']);
    let fixed = |part: Option<&str>| {
        part.is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
    };
    fixed(parts.next()) || fixed(parts.next())
}

fn document(
    host: &Host<'_>,
    units: &Units,
    timer: &Timer,
    scheduled: &[Scheduled],
) -> Result<Value, Gap> {
    let starts = units.starts(timer.name);
    if let Starts::Unknown(gap) = &starts {
        return Err(Gap::new(GapState::Failed, gap.detail.clone()));
    }
    let mut found = problem(host, units, timer)?;
    let instead = scheduled.first().filter(|_| found.is_some());
    if instead.is_some() {
        found = None;
    }
    let mut out = json!({
        "Name": timer.name,
        "Purpose": timer.purpose,
        "Starts": starts.as_str(),
        "Problem": found.as_ref().map(|(why, _)| why),
        "Instead": instead.map(|s| s.what.as_str()),
    });
    let place = match (instead, found) {
        (Some(s), _) => Some((s.file.display().to_string(), s.line)),
        (None, Some((_, place))) => place.map(|p| (p.file.to_string(), p.line)),
        (None, None) => starts.place().map(|p| (p.file.to_string(), p.line)),
    };
    if let (Some(out), Some((file, line))) = (out.as_object_mut(), place) {
        out.insert("file".to_owned(), file.into());
        out.insert("line".to_owned(), line.into());
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::{long, past, rare};

    #[test]
    fn calendar_expressions() {
        for text in
            ["yearly", "Monthly", "*-*-1", "*-02-*", "Mon *-01-01 06:00", "2019-01-01", "*-*~03"]
        {
            assert!(rare(text), "{text}");
        }
        for text in [
            "daily",
            "*-*-* 6,18:00",
            "Mon..Fri 04:00",
            "weekly",
            "06:00",
            "*-*-1,15",
            "*-*-1/2",
            "*:0/10",
            "Mon",
        ] {
            assert!(!rare(text), "{text}");
        }
        assert!(long("10y") && long("90 days") && long("1000h") && long("4w 1d"));
        assert!(!long("1d") && !long("12h 30min") && !long("x") && !long("2419200") && !long(""));
        assert!(past("2019-01-01", 2026) && !past("2026-12-01", 2026) && !past("daily", 2026));
    }
}
