//! What starts at boot: everything that the default target pulls in, less what fails on the way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use assay_core::Gap;

use super::condition::Holds;
use super::unit::{Load, Place, Unit};

/// Whether a unit starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Starts {
    /// At boot.
    AtBoot(By),
    /// When something comes to a socket, a timer or a path that is active since boot.
    OnDemand(By),
    /// It does not.
    No(Why),
    /// Something that decides it could not be read.
    Unknown(Gap),
}

/// What makes a unit start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// The unit that pulls it in or triggers it.
    pub unit: String,
    /// The link or line that says so.
    pub place: Place,
    /// A condition that is only known while the host runs: key, value, place.
    pub unless: Option<(String, String, Place)>,
}

/// Why a unit does not start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// There is no such unit.
    NotFound,
    /// The host has no init.
    NoInit,
    /// It is masked.
    Masked(Place),
    /// systemd refuses its settings.
    Refused(String, Option<Place>),
    /// Nothing that starts asks for it.
    NotWanted,
    /// A condition fails: key, value, place.
    Condition(String, String, Place),
    /// Another unit that starts conflicts with it.
    Conflict(String, Place),
    /// Its program is not there.
    Program(String, Place),
}

impl Starts {
    /// At boot or on demand.
    #[must_use]
    pub const fn may(&self) -> bool {
        matches!(self, Self::AtBoot(_) | Self::OnDemand(_))
    }

    /// At boot.
    #[must_use]
    pub const fn at_boot(&self) -> bool {
        matches!(self, Self::AtBoot(_))
    }

    /// The word used in documents.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::AtBoot(_) => "at_boot",
            Self::OnDemand(_) => "on_demand",
            Self::No(_) => "no",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The place that decides, where one does.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::AtBoot(by) | Self::OnDemand(by) => Some(&by.place),
            Self::No(why) => why.place(),
            Self::Unknown(_) => None,
        }
    }
}

impl Why {
    /// The word used in documents.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::NoInit => "no_init",
            Self::Masked(_) => "masked",
            Self::Refused(..) => "refused",
            Self::NotWanted => "not_wanted",
            Self::Condition(..) => "condition",
            Self::Conflict(..) => "conflict",
            Self::Program(..) => "program",
        }
    }

    /// The place that decides, where one does.
    #[must_use]
    pub const fn place(&self) -> Option<&Place> {
        match self {
            Self::NotFound | Self::NoInit | Self::NotWanted => None,
            Self::Refused(_, place) => place.as_ref(),
            Self::Masked(p)
            | Self::Condition(_, _, p)
            | Self::Conflict(_, p)
            | Self::Program(_, p) => Some(p),
        }
    }
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such unit"),
            Self::NoInit => f.write_str("the host has no init"),
            Self::Masked(_) => f.write_str("it is masked"),
            Self::Refused(why, _) => f.write_str(why),
            Self::NotWanted => f.write_str("nothing that starts at boot asks for it"),
            Self::Condition(key, value, _) => write!(f, "{key}={value} does not hold"),
            Self::Conflict(unit, _) => write!(f, "{unit} starts and conflicts with it"),
            Self::Program(path, _) => write!(f, "its program {path} is not there"),
        }
    }
}

/// What the boot asks of units while it goes through them. Units are made when first asked for.
pub(crate) trait Source {
    /// The unit of an id, aliases resolved.
    fn unit(&mut self, name: &str) -> Arc<Unit>;
    /// Names that its directories (`.wants`), its settings and generators pull in; `true`: required.
    fn pulls(&mut self, unit: &Unit) -> Pulls;
    /// Its conditions, assertions and programs: what keeps it from starting, or what is not known.
    fn obstacle(&mut self, unit: &Unit) -> Result<Holds, Obstacle>;
}

/// What is in the way of a unit.
pub(crate) enum Obstacle {
    /// It would not start.
    Stops(Why),
    /// Its program could not be looked for.
    Unseen(Gap),
}

/// What a unit pulls in: name, place, whether it is required.
pub(crate) type Pulls = Arc<Vec<(String, Place, bool)>>;

/// Goes through everything that `target` pulls in.
pub(crate) fn boot(source: &mut dyn Source, target: &str) -> BTreeMap<String, Starts> {
    let mut anchor = source.unit(target);
    // Where the target itself requires what cannot be loaded, systemd goes to the rescue target.
    if broken(source, &anchor) {
        anchor = source.unit("rescue.target");
    }
    let mut pulled =
        close(source, vec![(anchor.name.clone(), Place::of("/".as_ref()), true)], &anchor.name);
    let out_by_conflict = conflicts(source, &pulled);
    let mut unreadable: Option<Gap> = None;
    let mut out = BTreeMap::new();
    for (name, reason) in &pulled {
        let answer = judge(source, name, reason, out_by_conflict.get(name));
        if let (Starts::Unknown(gap), Load::Unreadable(_)) = (&answer, &source.unit(name).load) {
            unreadable = unreadable.or(Some(gap.clone()));
        }
        out.insert(name.clone(), answer);
    }
    // Sockets, timers and paths that are active trigger others, which pull in more.
    let mut wave: Vec<String> = pulled.keys().cloned().collect();
    for _ in 0..8 {
        let mut seeds = Vec::new();
        for name in wave.iter().filter(|n| out.get(*n).is_some_and(Starts::may)) {
            let unit = source.unit(name);
            for (triggered, place) in triggers(&unit) {
                let id = source.unit(&triggered).name.clone();
                if !pulled.contains_key(&id) {
                    seeds.push((id, place, name.clone()));
                }
            }
        }
        let mut next = Vec::new();
        for (id, place, by) in seeds {
            for (name, reason) in close(source, vec![(id, place, false)], &by) {
                if pulled.contains_key(&name) {
                    continue;
                }
                let answer = match judge(source, &name, &reason, None) {
                    Starts::AtBoot(by) => Starts::OnDemand(by),
                    other => other,
                };
                out.insert(name.clone(), answer);
                pulled.insert(name.clone(), reason);
                next.push(name);
            }
        }
        if next.is_empty() {
            break;
        }
        wave = next;
    }
    if let Some(gap) = unreadable {
        // What an unreadable unit pulls in is not known.
        out.entry(UNSURE.to_owned()).or_insert(Starts::Unknown(gap));
    }
    out
}

/// The entry of [`boot`] that tells that negative answers are not sure.
pub(crate) const UNSURE: &str = "";

struct Reason {
    by: String,
    place: Place,
    required: bool,
}

/// Everything that the seeds pull in, breadth first.
fn close(
    source: &mut dyn Source,
    seeds: Vec<(String, Place, bool)>,
    by: &str,
) -> BTreeMap<String, Reason> {
    let mut out: BTreeMap<String, Reason> = BTreeMap::new();
    let mut queue: VecDeque<(String, Reason)> = VecDeque::new();
    for (name, place, required) in seeds {
        queue.push_back((name, Reason { by: by.to_owned(), place, required }));
    }
    while let Some((name, reason)) = queue.pop_front() {
        let unit = source.unit(&name);
        let required = reason.required;
        match out.get_mut(&unit.name) {
            // Met before by a weaker way: what it requires is now required too.
            Some(known) if required && !known.required => known.required = true,
            Some(_) => continue,
            None => {
                out.insert(unit.name.clone(), reason);
            }
        }
        if !unit.loaded() {
            continue;
        }
        for (other, place, strong) in source.pulls(&unit).iter() {
            let (by, place) = (unit.name.clone(), place.clone());
            queue.push_back((other.clone(), Reason { by, place, required: required && *strong }));
        }
    }
    out
}

/// Whether something that a target requires, directly or not, cannot be loaded. Units that are only
/// wanted start all the same: systemd keeps their jobs.
fn broken(source: &mut dyn Source, unit: &Arc<Unit>) -> bool {
    let mut seen = BTreeSet::from([unit.name.clone()]);
    let mut queue = vec![Arc::clone(unit)];
    while let Some(unit) = queue.pop() {
        for (name, ..) in source.pulls(&unit).iter().filter(|(_, _, strong)| *strong) {
            let other = source.unit(name);
            if !seen.insert(other.name.clone()) {
                continue;
            }
            let bad = match other.load {
                Load::Loaded | Load::Unreadable(_) => false,
                // Mounts, devices and slices come from elsewhere.
                Load::NotFound => ["service", "socket", "timer", "path"].contains(&other.kind()),
                Load::Masked(_) | Load::Refused(..) => true,
            };
            if bad {
                return true;
            }
            queue.push(other);
        }
    }
    false
}

/// Units that do not start because another that is pulled in names them in `Conflicts=`. Two that
/// name each other: which of them wins is not sure, so both stay.
fn conflicts(
    source: &mut dyn Source,
    pulled: &BTreeMap<String, Reason>,
) -> BTreeMap<String, (String, Place)> {
    let mut edges: BTreeMap<(String, String), Place> = BTreeMap::new();
    for name in pulled.keys() {
        let unit = source.unit(name);
        if !unit.loaded() {
            continue;
        }
        for (other, place) in unit.dependencies("Conflicts") {
            let id = source.unit(&other).name.clone();
            if id != *name && pulled.contains_key(&id) {
                edges.insert((name.clone(), id), place);
            }
        }
    }
    let mut out = BTreeMap::new();
    for ((winner, loser), place) in &edges {
        let mutual = edges.contains_key(&(loser.clone(), winner.clone()));
        if !mutual && pulled.get(loser).is_some_and(|r| !r.required) {
            out.insert(loser.clone(), (winner.clone(), place.clone()));
        }
    }
    out
}

fn judge(
    source: &mut dyn Source,
    name: &str,
    reason: &Reason,
    conflict: Option<&(String, Place)>,
) -> Starts {
    let unit = source.unit(name);
    match &unit.load {
        Load::Loaded => {}
        Load::Unreadable(gap) => return Starts::Unknown(gap.clone()),
        other => return Starts::No(refusal(other)),
    }
    if let Some((unit, place)) = conflict {
        return Starts::No(Why::Conflict(unit.clone(), place.clone()));
    }
    let unless = match source.obstacle(&unit) {
        Err(Obstacle::Stops(why)) => return Starts::No(why),
        Err(Obstacle::Unseen(gap)) => return Starts::Unknown(gap),
        Ok(Holds::Unknown(key, value, place)) => Some((key, value, place)),
        Ok(_) => None,
    };
    Starts::AtBoot(By { unit: reason.by.clone(), place: reason.place.clone(), unless })
}

/// Why a unit that is not loaded does not start.
pub(crate) fn refusal(load: &Load) -> Why {
    match load {
        Load::Masked(place) => Why::Masked(place.clone()),
        Load::Refused(why, place) => Why::Refused(why.clone(), place.clone()),
        Load::Loaded => Why::NotWanted,
        Load::NotFound | Load::Unreadable(_) => Why::NotFound,
    }
}

/// What a socket, timer, path or automount starts.
#[must_use]
pub fn triggers(unit: &Unit) -> Vec<(String, Place)> {
    let (section, key, kind) = match unit.kind() {
        "socket" => ("Socket", "Service", "service"),
        "timer" => ("Timer", "Unit", "service"),
        "path" => ("Path", "Unit", "service"),
        "automount" => ("Automount", "", "mount"),
        // What starts when the service fails or ends.
        "service" => {
            let mut out = unit.dependencies("OnFailure");
            out.extend(unit.dependencies("OnSuccess"));
            return out;
        }
        _ => return Vec::new(),
    };
    let Some(place) = unit.place() else { return Vec::new() };
    // Of several units that a timer or path names, the first counts; of a socket's, the last.
    let mut said = unit.list(section, key).into_iter();
    let said = if unit.kind() == "socket" { said.next_back() } else { said.next() };
    if let Some(said) = said {
        return unit.expand(&said.value).map(|u| (u, said.place())).into_iter().collect();
    }
    let stem = unit.name.rsplit_once('.').map_or(unit.name.as_str(), |(stem, _)| stem);
    let accept = unit.kind() == "socket" && unit.is("Socket", "Accept", false);
    // One instance for each connection; which name it gets is only known then.
    let name = if accept && !stem.contains('@') {
        format!("{stem}@0.{kind}")
    } else {
        format!("{stem}.{kind}")
    };
    vec![(name, place)]
}
