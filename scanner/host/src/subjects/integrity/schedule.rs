//! What runs by itself: timers that start, and jobs of a scheduler that starts.

use std::sync::Arc;

use assay_core::Gap;

use crate::subjects::cron::commands;
use crate::systemd::{Init, Place, Starts, Units, triggered};
use crate::{Host, Origin, Setting};

/// Command lines with the places that schedule them.
pub(super) struct Schedules {
    running: Vec<(String, Place)>,
    /// The same of timers that do not start.
    idle: Vec<(String, Place)>,
}

/// Services of schedulers.
const CRON: [&str; 5] =
    ["cron.service", "crond.service", "cronie.service", "anacron.timer", "anacron.service"];

impl Schedules {
    /// Reads them.
    pub(super) fn read(host: &Host<'_>, units: &Units) -> Result<Self, Gap> {
        let (mut running, mut idle) = (Vec::new(), Vec::new());
        for timer in units.all().filter(|u| u.kind() == "timer") {
            let starts = units.starts(&timer.name);
            for (service, _) in triggered(timer) {
                let unit = units.unit(&service);
                let Some(place) = starts.place().cloned().or_else(|| timer.place()) else {
                    continue;
                };
                // A unit that is masked, or whose program is not there, is never started.
                let works = unit.loaded()
                    && !matches!(units.starts(&service), Starts::No(ref why) if gone(why));
                for command in unit.commands("ExecStart") {
                    let line = (command.line(), place.clone());
                    if starts.may() && works && !command.does_nothing() {
                        running.push(line);
                    } else {
                        idle.push(line);
                    }
                }
            }
        }
        let cron = units.any_starts(&CRON);
        if let Starts::Unknown(gap) = cron {
            return Err(gap);
        }
        for (command, file, line) in commands(host)? {
            let shown: Arc<str> = file.display().to_string().into();
            let place = Place { file: shown, line };
            // A script of a directory is its own command: what it runs is inside.
            let script = command == file.display().to_string();
            let text = if script { host.text(&file)?.map(|f| f.text) } else { None };
            let list = if cron.may() { &mut running } else { &mut idle };
            match text {
                None => list.push((command, place)),
                Some(text) => {
                    let lines = text.lines().map(str::trim).filter(|l| !l.starts_with('#'));
                    let body: Vec<&str> = lines.collect();
                    let body = body.join("\n");
                    // Debian's scripts leave the work to timers where systemd runs.
                    if units.init == Init::Systemd && leaves(&body) {
                        continue;
                    }
                    list.push((body, place));
                }
            }
        }
        Ok(Self { running, idle })
    }

    /// Whether one of some programs is run.
    pub(super) fn of(&self, programs: &[&str]) -> Setting {
        let runs = |line: &str| {
            let split = |c: char| c.is_whitespace() || "\"';|&()=$`{}".contains(c);
            let mut words = line.split(split);
            words.any(|w| programs.contains(&w.rsplit('/').next().unwrap_or(w)))
        };
        for (list, value) in [(&self.running, true), (&self.idle, false)] {
            if let Some((_, place)) = list.iter().find(|(line, _)| runs(line)) {
                return Setting::in_file(value, place.file.as_ref().as_ref(), place.line);
            }
        }
        Setting::of(false, Origin::Default)
    }
}

fn gone(why: &crate::systemd::Why) -> bool {
    matches!(why.as_str(), "not_found" | "masked" | "refused" | "program")
}

/// Whether a script ends where systemd runs.
fn leaves(body: &str) -> bool {
    let Some(at) = body.find("/run/systemd/system") else { return false };
    let after: String = body.get(at..).unwrap_or("").lines().take(3).collect::<Vec<_>>().join("\n");
    after.contains("exit")
}
