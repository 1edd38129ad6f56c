//! Container daemons: Docker, Podman's service, containerd.

mod docker;
mod other;

#[cfg(test)]
mod tests;

use assay_core::Gap;
use serde_json::{Value, json};

use super::units::{at, placed};
use crate::systemd::{self, Place, Starts, Units};
use crate::{Host, Output, Subject};

/// Container daemons.
pub(crate) static SUBJECT: Subject =
    Subject { name: "containers", types: &["linux.container_daemon"], collect };

const KIND: &str = "linux.container_daemon";

/// What a daemon listens to and starts containers with.
#[derive(Debug, Default)]
pub(super) struct Daemon {
    /// Address, whether clients must show a certificate, where it is said.
    pub(super) listeners: Vec<(String, bool, Place)>,
    /// Setting, what is wrong with it, where it is said.
    pub(super) unsafe_defaults: Vec<(&'static str, String, Place)>,
}

type Reader = fn(&Host<'_>, &Units) -> Result<Option<Daemon>, Gap>;

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    let units = match systemd::units(host) {
        Ok(units) => units,
        Err(gap) => return out.listed(KIND, Err(gap)),
    };
    let all: [(&str, &[&str], Reader); 3] = [
        ("docker", &["docker.service", "docker.socket"], docker::read),
        ("podman", &["podman.service", "podman.socket"], other::podman),
        ("containerd", &["containerd.service"], other::containerd),
    ];
    for (name, names, read) in all {
        let found = read(host, &units);
        let mut r = host.document(KIND, name);
        r.properties.insert("Name".to_owned(), name.into());
        match units.any_starts(names) {
            Starts::Unknown(gap) => r.lose("Starts", gap),
            known => {
                r.properties.insert("Starts".to_owned(), placed(known.as_str(), known.place()));
            }
        }
        match found {
            Ok(None) => continue,
            Ok(Some(daemon)) => {
                r.properties.insert("Listeners".to_owned(), listeners(&daemon));
                r.properties.insert("UnsafeDefaults".to_owned(), defaults(&daemon));
            }
            Err(gap) => {
                r.lose("Listeners", gap.clone());
                r.lose("UnsafeDefaults", gap);
            }
        }
        out.put(r);
    }
    out.listed(KIND, Ok(()));
}

fn with(mut value: Value, place: &Place) -> Value {
    if let (Some(map), Some(more)) = (value.as_object_mut(), at(place).as_object()) {
        map.extend(more.clone());
    }
    value
}

fn listeners(daemon: &Daemon) -> Value {
    let all = daemon.listeners.iter();
    all.map(|(address, verified, place)| {
        with(json!({"address": address, "remote": remote(address), "verified": verified}), place)
    })
    .collect()
}

fn defaults(daemon: &Daemon) -> Value {
    let all = daemon.unsafe_defaults.iter();
    all.map(|(setting, why, place)| with(json!({"setting": setting, "why": why}), place)).collect()
}

/// Whether other hosts reach an address: TCP, and not only on the loopback.
pub(super) fn remote(address: &str) -> bool {
    let address = address.trim();
    let rest = match address.split_once("://") {
        Some(("tcp" | "http" | "https", rest)) => rest,
        Some(_) => return false,
        None => match address.split_once(':') {
            Some(("unix" | "fd" | "npipe" | "ssh", _)) => return false,
            Some(("tcp", rest)) => rest,
            _ if address.starts_with('/') || address.is_empty() => return false,
            _ => address,
        },
    };
    let host = rest.split('/').next().unwrap_or("");
    let host = if let Some(v6) = host.strip_prefix('[') {
        v6.split(']').next().unwrap_or("")
    } else {
        host.rsplit_once(':').map_or(host, |(h, _)| h)
    };
    let ip: Option<std::net::IpAddr> = host.parse().ok();
    // Docker takes the loopback where a TCP address names no host.
    !(host.is_empty() && address.starts_with("tcp://"))
        && host != "localhost"
        && !ip.is_some_and(|ip| ip.is_loopback())
}

/// The first line of a text that holds a word; 1 where none does.
pub(super) fn line_of(text: &str, word: &str) -> u32 {
    let found = (1_u32..).zip(text.lines()).find(|(_, l)| l.contains(word));
    found.map_or(1, |(n, _)| n)
}
