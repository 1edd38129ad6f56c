//! What the host's firewalls let in after the next start, from their configuration.

mod firewalld;
mod iptables;
mod managers;
mod model;
mod nft;
mod ufw;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use assay_core::Gap;
use serde_json::{Value, json};

use self::managers::Manager;
use self::model::{Outcome, Packet, Ruleset};
use super::units::{at, placed};
use crate::systemd::{self, Init, Place};
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
    let mut set = Ruleset::default();
    match managers::load(host, &units, &mut set) {
        Ok(managers) => {
            let list: Vec<Value> = managers.iter().map(manager).collect();
            r.properties.insert("Managers".to_owned(), list.into());
            let loads = managers.iter().filter(|m| m.starts.at_boot() && m.empty.is_none());
            let none = loads.clone().count() == 0;
            let first = loads.filter_map(|m| m.place.clone()).next();
            let place = first.or_else(|| managers.iter().find_map(|m| m.place.clone()));
            for (facet, source) in [("Inbound4", SOURCES4), ("Inbound6", SOURCES6)] {
                r.properties.insert(facet.to_owned(), inbound(&set, &source, place.as_ref(), none));
            }
            r.properties.insert("Looser6".to_owned(), looser(&set));
        }
        Err(gap) => {
            for facet in ["Managers", "Inbound4", "Inbound6", "Looser6"] {
                r.lose(facet, gap.clone());
            }
        }
    }
    out.put(r);
    out.listed(KIND, Ok(()));
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

/// Whether packets to ports that no rule means are denied, and the place that decides.
fn inbound(set: &Ruleset, sources: &[&'static str], place: Option<&Place>, none: bool) -> Value {
    let ports = probes(set);
    let mut denied: Option<Place> = None;
    for source in sources {
        for protocol in ["tcp", "udp"] {
            let mut open = Vec::new();
            for packet in
                packets(std::slice::from_ref(source), &ports).filter(|p| p.protocol == protocol)
            {
                match set.judge(&packet) {
                    Outcome::Accepted(place) => open.push(place),
                    Outcome::Denied(place) => denied = Some(place),
                }
            }
            if open.len() > MEANT {
                let why = if none { "no firewall loads rules at boot" } else { "it is accepted" };
                let decided = open.into_iter().flatten().next();
                return answer(false, protocol, why, decided.as_ref().or(place));
            }
        }
    }
    answer(true, "", "it is denied", denied.as_ref().or(place))
}

fn answer(denied: bool, protocol: &str, why: &str, place: Option<&Place>) -> Value {
    let mut out = json!({"denied": denied, "protocol": protocol, "why": why});
    if let (Some(map), Some(place), Some(more)) = (out.as_object_mut(), place, place.map(at)) {
        let _ = place;
        map.extend(more.as_object().cloned().unwrap_or_default());
    }
    out
}

/// Ports that IPv6 reaches and IPv4 does not, for a sender anywhere.
fn looser(set: &Ruleset) -> Value {
    let mut ports: Vec<u16> = set.ports().into_iter().take(2000).collect();
    ports.extend(probes(set));
    let mut out = Vec::new();
    let open = |sources: &[&'static str], port: u16, protocol: &str| -> Option<Option<Place>> {
        let ports = [port];
        packets(sources, &ports).filter(|p| p.protocol == protocol).find_map(|p| {
            match set.judge(&p) {
                Outcome::Accepted(place) => Some(place),
                Outcome::Denied(_) => None,
            }
        })
    };
    for protocol in ["tcp", "udp"] {
        for port in &ports {
            if let (Some(place), None) =
                (open(&SOURCES6, *port, protocol), open(&SOURCES4, *port, protocol))
            {
                let mut entry = json!({"protocol": protocol, "port": port});
                if let (Some(map), Some(more)) = (entry.as_object_mut(), place.as_ref().map(at)) {
                    map.extend(more.as_object().cloned().unwrap_or_default());
                }
                out.push(entry);
            }
        }
    }
    out.into()
}
