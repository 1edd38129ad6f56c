//! The timers that refresh lists and install updates, and whether they ever run.

use assay_core::{Gap, GapState};
use serde_json::{Value, json};

use super::scheduled::Scheduled;
use crate::Host;
use crate::systemd::{Init, Load, Place, Starts, Units, triggered};

/// A timer, the service that it is to start, and what for.
struct Timer {
    name: &'static str,
    service: &'static str,
    purpose: &'static str,
}

/// Timers of apt. Each of them is needed.
const APT: &[Timer] = &[
    Timer {
        name: "apt-daily.timer",
        service: "apt-daily.service",
        purpose: "refreshes the package lists",
    },
    Timer {
        name: "apt-daily-upgrade.timer",
        service: "apt-daily-upgrade.service",
        purpose: "installs updates",
    },
];

/// Timers elsewhere. One of each group is enough.
const OTHERS: &[&[Timer]] = &[
    &[
        Timer {
            name: "dnf-automatic-install.timer",
            service: "dnf-automatic-install.service",
            purpose: "installs updates",
        },
        Timer {
            name: "dnf-automatic.timer",
            service: "dnf-automatic.service",
            purpose: "installs updates",
        },
        Timer {
            name: "dnf5-automatic.timer",
            service: "dnf5-automatic.service",
            purpose: "installs updates",
        },
    ],
    &[Timer {
        name: "transactional-update.timer",
        service: "transactional-update.service",
        purpose: "installs updates",
    }],
    &[Timer { name: "os-update.timer", service: "os-update.service", purpose: "installs updates" }],
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
    let mut due = unit.elapses();
    let year = host.now().to_string().get(..4).and_then(|y| y.parse::<i64>().ok()).unwrap_or(0);
    if !due.is_empty()
        && due.iter().all(|a| a.key == "OnCalendar" && past(&a.value, year))
        && let Some(last) = due.pop()
    {
        return Ok(Some((format!("it is never due again: {}", last.value), Some(last.place()))));
    }
    let starts = triggered(unit);
    if let Some((name, place)) = starts.first().filter(|(name, _)| name != timer.service) {
        return Ok(Some((
            format!("it starts {name} instead of {}", timer.service),
            Some(place.clone()),
        )));
    }
    let service = units.unit(timer.service);
    let refused = match &service.load {
        Load::Masked(place) => Some(("is masked".to_owned(), Some(place.clone()))),
        Load::NotFound => Some(("is not there".to_owned(), unit.place())),
        Load::Refused(why, place) => Some((format!("is refused: {why}"), place.clone())),
        Load::Unreadable(gap) => return Err(gap.clone()),
        Load::Loaded => match units.starts(timer.service) {
            Starts::No(why) => Some((format!("does not start: {why}"), why.place().cloned())),
            _ => None,
        },
    };
    if let Some((why, place)) = refused {
        return Ok(Some((format!("{}, which it starts, {why}", timer.service), place)));
    }
    let commands = service.commands("ExecStart");
    let idle = commands.iter().all(|c| c.does_nothing());
    let first = commands.first().filter(|_| idle);
    Ok(first.map(|c| (format!("{} only runs {}", timer.service, c.line()), Some(c.place.clone()))))
}

/// Whether a calendar expression names a year that is over.
fn past(text: &str, now: i64) -> bool {
    let date = text.split_whitespace().find(|w| w.matches('-').count() == 2);
    let year = date.and_then(|d| d.split('-').next()?.parse::<i64>().ok());
    year.is_some_and(|y| y < now)
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
