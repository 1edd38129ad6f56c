//! What the host's firewalls let in after the next start, from their configuration, and on a running
//! host what the rules in its kernel let in now.

mod firewalld;
mod iptables;
mod late;
mod managers;
mod model;
mod nft;
mod running;
mod ufw;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use self::managers::Manager;
use self::model::{Budget, Outcome, Packet, Ruleset};
use super::units::{at, placed};
use crate::systemd::{self, Init, Place, Units};
use crate::{Host, Output, Subject};

/// Firewalls.
pub(crate) static SUBJECT: Subject =
    Subject { name: "firewall", types: &["linux.firewall"], collect };

const KIND: &str = "linux.firewall";

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    let units = match systemd::units(host) {
        Ok(units) => units,
        Err(gap) => return out.listed(KIND, Err(gap)),
    };
    // An image without an init starts nothing and filters nothing of its own.
    if units.init == Init::None {
        return out.listed(KIND, Ok(()));
    }
    let mut r = host.document(KIND, "");
    match ipv6(host) {
        Ok(value) => {
            r.properties.insert("Ipv6".to_owned(), value);
        }
        Err(gap) => r.lose("Ipv6", gap),
    }
    let configured = configured(host, &units);
    match &configured {
        Ok(found) => {
            let list: Vec<Value> = found.managers.iter().map(manager).collect();
            r.properties.insert("Managers".to_owned(), list.into());
            facet(&mut r, "Inbound4", found.inbound(&SOURCES4).map(|i| i.json()));
            facet(&mut r, "Inbound6", found.inbound(&SOURCES6).map(|i| i.json()));
            facet(&mut r, "Looser6", looser(&found.set));
        }
        Err(gap) => {
            for facet in ["Managers", "Inbound4", "Inbound6", "Looser6"] {
                r.lose(facet, gap.clone());
            }
        }
    }
    if host.running() {
        running::facets(host, configured.as_ref(), &mut r);
    } else {
        // No kernel runs that could hold rules.
        for facet in ["RunningInbound4", "RunningInbound6", "RunningDrift"] {
            r.properties.insert(facet.to_owned(), Value::Null);
        }
    }
    out.put(r);
    out.listed(KIND, Ok(()));
}

fn facet(r: &mut Resource, name: &str, value: Result<Value, Gap>) {
    match value {
        Ok(value) => {
            r.properties.insert(name.to_owned(), value);
        }
        Err(gap) => r.lose(name, gap),
    }
}

/// What the configuration comes to.
struct Configured {
    managers: Vec<Manager>,
    /// After a start.
    set: Ruleset,
    /// And when all has run that runs later.
    later: Option<Ruleset>,
}

fn configured(host: &Host<'_>, units: &Units) -> Result<Configured, Gap> {
    let mut set = Ruleset::default();
    let managers = managers::load(host, units, &mut set)?;
    let later = managers::later(host, &set)?;
    Ok(Configured { managers, set, later })
}

impl Configured {
    /// Whether packets to ports that no rule means are denied.
    fn inbound(&self, sources: &[&'static str]) -> Result<Inbound, Gap> {
        let loads = self.managers.iter().filter(|m| m.starts.at_boot() && m.empty.is_none());
        let none = loads.clone().count() == 0;
        let first = loads.filter_map(|m| m.place.clone()).next();
        let place = first.or_else(|| self.managers.iter().find_map(|m| m.place.clone()));
        let why = if none { "no firewall loads rules at boot" } else { "it is accepted" };
        let mut found = inbound(&self.set, sources, place.as_ref(), why)?;
        if let (true, Some(later)) = (found.denied, &self.later) {
            let then = inbound(later, sources, place.as_ref(), why)?;
            if !then.denied {
                found = then;
            }
        }
        Ok(found)
    }
}

fn manager(m: &Manager) -> Value {
    let starts = placed(m.starts.as_str(), m.starts.place());
    let (why, place) = match (&m.empty, &m.starts) {
        (_, systemd::Starts::No(why)) => {
            (Some(why.to_string()), m.starts.place().or(m.place.as_ref()))
        }
        (Some((why, place)), _) => (Some(why.clone()), Some(place)),
        (None, _) => (None, m.place.as_ref()),
    };
    let mut out = json!({"name": m.name, "unit": m.unit, "starts": starts, "loads": m.starts.at_boot() && m.empty.is_none(), "why": why});
    if let (Some(map), Some(place)) = (out.as_object_mut(), place) {
        map.insert("file".to_owned(), place.file.to_string().into());
        map.insert("line".to_owned(), place.line.into());
    }
    out
}

/// Whether a new packet of a stranger reaches a port of the host after its next start. For tests that
/// ask the kernel the same.
///
/// # Errors
/// The configuration cannot be read.
pub fn inbound_answer(
    host: &Host<'_>,
    source: IpAddr,
    protocol: &'static str,
    port: u16,
) -> Result<bool, Gap> {
    let units = systemd::units(host)?;
    let set = configured(host, &units)?.set;
    let outcome = set.judge(&Packet { source, protocol, port }, &mut Budget::default())?;
    Ok(matches!(outcome, Outcome::Accepted(_)))
}

/// Whether the host speaks IPv6: the kernel's command line may switch it off.
fn ipv6(host: &Host<'_>) -> Result<Value, Gap> {
    let words = systemd::kernel_words(host)?.unwrap_or_default();
    let off = words
        .iter()
        .rfind(|(w, _)| w.starts_with("ipv6.disable=") || w.starts_with("ipv6.disable_ipv6="));
    Ok(match off {
        Some((word, place)) => placed(!word.ends_with("=1"), Some(place)),
        None => placed(true, None),
    })
}

/// Senders anywhere: two, as half of all addresses is anywhere too.
const SOURCES4: [&str; 2] = ["62.115.7.9", "203.114.5.6"];
const SOURCES6: [&str; 2] = ["2a01:4f8:c17::9", "2600:1f18::6"];

/// Ports that nobody is meant to offer: spread over all, and moved where a rule names one of them.
const PORTS: [u16; 10] = [197, 637, 991, 1987, 4987, 8963, 14_983, 26_981, 45_989, 58_991];

/// How many of them may be open by ranges that are meant.
const MEANT: usize = 2;

fn probes(set: &Ruleset) -> Vec<u16> {
    let named = set.ports();
    PORTS
        .iter()
        .map(|p| (0..50).map(|i| p + i).find(|p| !named.contains(p)).unwrap_or(*p))
        .collect()
}

fn packets<'a>(sources: &'a [&'static str], ports: &'a [u16]) -> impl Iterator<Item = Packet> + 'a {
    let ips = sources.iter().filter_map(|s| s.parse::<IpAddr>().ok());
    ips.flat_map(move |source| {
        ["tcp", "udp"].into_iter().flat_map(move |protocol| {
            ports.iter().map(move |port| Packet { source, protocol, port: *port })
        })
    })
}

/// What becomes of packets to ports that no rule means.
struct Inbound {
    denied: bool,
    protocol: &'static str,
    why: String,
    place: Option<Place>,
}

impl Inbound {
    fn json(&self) -> Value {
        let mut out = json!({"denied": self.denied, "protocol": self.protocol, "why": self.why});
        if let (Some(map), Some(more)) = (out.as_object_mut(), self.place.as_ref().map(at)) {
            map.extend(more.as_object().cloned().unwrap_or_default());
        }
        out
    }
}

/// Whether packets to ports that no rule means are denied, and the place that decides.
fn inbound(
    set: &Ruleset,
    sources: &[&'static str],
    place: Option<&Place>,
    why: &str,
) -> Result<Inbound, Gap> {
    let mut budget = Budget::default();
    let ports = probes(set);
    let mut denied: Option<Place> = None;
    for source in sources {
        for protocol in ["tcp", "udp"] {
            let mut open = Vec::new();
            for packet in
                packets(std::slice::from_ref(source), &ports).filter(|p| p.protocol == protocol)
            {
                match set.judge(&packet, &mut budget)? {
                    Outcome::Accepted(place) => open.push(place),
                    Outcome::Denied(place) => denied = Some(place),
                }
            }
            if open.len() > MEANT {
                let decided = open.into_iter().flatten().next();
                let (why, place) = match (decided, &set.opened) {
                    (Some(place), _) => ("it is accepted".to_owned(), Some(place)),
                    (None, Some((by, place))) => (format!("`{by}` opens it"), Some(place.clone())),
                    (None, None) => (why.to_owned(), place.cloned()),
                };
                return Ok(Inbound { denied: false, protocol, why, place });
            }
        }
    }
    let (why, place) = ("it is denied".to_owned(), denied.or(place.cloned()));
    Ok(Inbound { denied: true, protocol: "", why, place })
}

/// A port that a stranger's packets reach, and the rule that lets them in.
type Reached = (&'static str, u16, Option<Place>);

/// Ports that one kind of senders reaches and another does not, of two sets of rules.
fn reached(
    (open, from): (&Ruleset, &[&'static str]),
    (closed, to): (&Ruleset, &[&'static str]),
) -> Result<Vec<Reached>, Gap> {
    let mut budget = Budget::default();
    let mut ports = open.ports();
    ports.extend(closed.ports());
    let mut ports: Vec<u16> = ports.into_iter().take(MAX_PORTS).collect();
    ports.extend(probes(open));
    let mut first = |set: &Ruleset, sources: &[&'static str], port: u16, protocol: &str| {
        let ports = [port];
        for packet in packets(sources, &ports).filter(|p| p.protocol == protocol) {
            if let Outcome::Accepted(place) = set.judge(&packet, &mut budget)? {
                return Ok(Some(place));
            }
        }
        Ok(None)
    };
    let mut out = Vec::new();
    for protocol in ["tcp", "udp"] {
        for port in &ports {
            if let Some(place) = first(open, from, *port, protocol)?
                && first(closed, to, *port, protocol)?.is_none()
            {
                out.push((protocol, *port, place));
            }
        }
    }
    Ok(out)
}

/// Most ports that are compared.
const MAX_PORTS: usize = 2000;

/// Ports that IPv6 reaches and IPv4 does not, for a sender anywhere.
fn looser(set: &Ruleset) -> Result<Value, Gap> {
    let all = reached((set, &SOURCES6), (set, &SOURCES4))?.into_iter();
    let entry = |(protocol, port, place): Reached| {
        let mut entry = json!({"protocol": protocol, "port": port});
        if let (Some(map), Some(more)) = (entry.as_object_mut(), place.as_ref().map(at)) {
            map.extend(more.as_object().cloned().unwrap_or_default());
        }
        entry
    };
    Ok(all.map(entry).collect())
}
