//! What reaches which action.

use std::collections::BTreeSet;

use super::condition;
use super::rsyslog::{Act, Config, Flow};
use super::syntax::Filter;
use crate::systemd::Place;

/// The message that is followed: of the facility that signing in uses, of severity info.
pub(super) const FACILITY: &str = "authpriv";
pub(super) const SEVERITY: usize = 6;

/// Programs whose messages are followed.
const PROGRAMS: [&str; 2] = ["sshd", "sudo"];

/// Deepest calls.
const MAX_CALLS: usize = 12;

/// Whether a selector takes the message.
pub(super) fn selects(selector: &str) -> bool {
    let names = [
        ["emerg", "panic"],
        ["alert", ""],
        ["crit", ""],
        ["err", "error"],
        ["warning", "warn"],
        ["notice", ""],
        ["info", ""],
        ["debug", ""],
    ];
    let mut taken = [false; 8];
    for part in selector.split(';') {
        let Some((facilities, priority)) = part.trim().rsplit_once('.') else { continue };
        let meant = facilities
            .split(',')
            .map(str::trim)
            .any(|f| f == "*" || f.eq_ignore_ascii_case(FACILITY) || f == "10");
        if !meant {
            continue;
        }
        let (priority, not) = priority.strip_prefix('!').map_or((priority, false), |p| (p, true));
        let (priority, only) = priority.strip_prefix('=').map_or((priority, false), |p| (p, true));
        if priority == "*" || priority == "none" {
            taken = [(priority == "*") != not; 8];
            continue;
        }
        let level =
            names.iter().position(|all| all.iter().any(|n| n.eq_ignore_ascii_case(priority)));
        let Some(level) = level.or_else(|| priority.parse().ok()) else { continue };
        for (i, slot) in taken.iter_mut().enumerate() {
            if i == level || (!only && i < level) {
                *slot = !not;
            }
        }
    }
    taken.get(SEVERITY).copied().unwrap_or(false)
}

/// Whether a filter that is no selector is taken to let most messages through: it looks at where they
/// come from, or how grave they are, not at who or what they speak of.
fn broad(condition: &str) -> bool {
    let text = condition.to_ascii_lowercase();
    let narrow = [
        "programname",
        "app-name",
        "msg",
        "syslogtag",
        "procid",
        "hostname",
        "facility-text",
        "foreach",
        "syslogfacility",
    ];
    !narrow.iter().any(|n| text.contains(n))
}

/// A forward that the message reaches: how, where, place.
pub(super) type Forward = (String, String, Place);

/// Most steps that the message takes.
const MAX_STEPS: usize = 100_000;

/// The forwards that messages of this host reach, whichever of the programs they come from.
pub(super) fn forwards(config: &Config) -> Vec<Forward> {
    let of = |program| {
        let mut walk = Walk { config, program, out: Vec::new(), left: MAX_STEPS };
        if let Some(flows) = config.rulesets.get(&config.default) {
            walk.through(flows, true, 0);
        }
        walk.out
    };
    let mut all = PROGRAMS.into_iter().map(of);
    let first = all.next().unwrap_or_default();
    let rest: Vec<Vec<Forward>> = all.collect();
    first.into_iter().filter(|f| rest.iter().all(|r| r.contains(f))).collect()
}

struct Walk<'a> {
    config: &'a Config,
    program: &'static str,
    out: Vec<Forward>,
    left: usize,
}

impl Walk<'_> {
    /// Whether the message ends here; `sure`: no filter before could have kept it away.
    fn through(&mut self, flows: &[Flow], sure: bool, depth: usize) -> bool {
        for flow in flows {
            let Some(left) = self.left.checked_sub(1) else { return true };
            self.left = left;
            let ends = match flow {
                Flow::Filter(Filter::Selector(s), inner) => {
                    selects(s) && self.through(inner, sure, depth)
                }
                Flow::Filter(Filter::Other(condition), inner) => {
                    match condition::holds(condition, self.program) {
                        Some(known) => known && self.through(inner, sure, depth),
                        None => broad(condition) && self.through(inner, false, depth),
                    }
                }
                Flow::Act(Act::Forward(how, target), place) => {
                    self.out.push((how.clone(), target.clone(), place.clone()));
                    false
                }
                Flow::Act(Act::Discard, _) | Flow::Stop => sure,
                Flow::Act(..) => false,
                Flow::Call(name) => match self.config.rulesets.get(name) {
                    Some(inner) if depth < MAX_CALLS => self.through(inner, sure, depth + 1),
                    _ => false,
                },
            };
            if ends {
                return true;
            }
        }
        false
    }
}

/// Files that are written: path or template, mode, what decides it.
pub(super) fn files(config: &Config) -> Vec<(String, u32, Place)> {
    let mut names: Vec<String> = vec![config.default.clone()];
    names.extend(config.bound.iter().cloned());
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    while let Some(name) = names.pop() {
        if let Some(flows) = config.rulesets.get(&name).filter(|_| seen.insert(name.clone())) {
            collect(flows, &mut names, &mut out);
        }
    }
    out
}

fn collect(flows: &[Flow], names: &mut Vec<String>, out: &mut Vec<(String, u32, Place)>) {
    for flow in flows {
        match flow {
            Flow::Filter(_, inner) => collect(inner, names, out),
            Flow::Call(name) => names.push(name.clone()),
            Flow::Act(Act::File(path, mode, place), _) => {
                out.push((path.clone(), *mode, place.clone()));
            }
            Flow::Act(..) | Flow::Stop => {}
        }
    }
}
