//! dockerd: its configuration, the options of its unit, its socket.

use std::path::Path;
use std::sync::Arc;

use assay_core::{Gap, GapState};
use serde_json::{Map, Value};

use super::{Daemon, line_of};
use crate::Host;
use crate::systemd::{Place, Units, boolean};

/// The options that decide, with their places; several values of one follow each other.
type Options = Vec<(String, String, Place)>;

pub(super) fn read(host: &Host<'_>, units: &Units) -> Result<Option<Daemon>, Gap> {
    let programs = ["/usr/bin/dockerd", "/usr/local/bin/dockerd", "/usr/sbin/dockerd"];
    let mut program = None;
    for path in programs {
        if program.is_none() && host.stat(path)?.is_some() {
            program = Some(path);
        }
    }
    if program.is_none() && !units.has("docker.service") {
        return Ok(None);
    }
    let mut options = flags(host, units)?;
    let file = options.iter().rev().find(|(k, ..)| k == "config-file").map(|(_, v, _)| v.clone());
    let file = file.unwrap_or_else(|| "/etc/docker/daemon.json".to_owned());
    let found = host.text(&file)?;
    let configured = found.is_some();
    if let Some(found) = found {
        let text: &str = &found.text;
        if !text.trim().is_empty() {
            let parsed: Value = serde_json::from_str(text).map_err(|e| {
                Gap::new(GapState::Malformed, format!("{file}: dockerd cannot read it: {e}"))
            })?;
            let file: Arc<str> = file.as_str().into();
            flatten(parsed.as_object().unwrap_or(&Map::new()), text, &file, &mut options);
        }
    }
    let mut daemon = Daemon::default();
    let last = |key: &str| options.iter().rev().find(|(k, ..)| k == key);
    let on = |key: &str| last(key).and_then(|(_, v, _)| boolean(v));
    let verified = on("tlsverify") == Some(true);
    for (key, value, place) in &options {
        if key == "host" || key == "hosts" {
            daemon.listeners.push((value.clone(), verified, place.clone()));
        }
    }
    let socket = units.unit("docker.socket");
    if units.starts("docker.socket").may() {
        for (key, address, place) in socket.listens() {
            let network = key == "ListenStream" && !address.starts_with(['/', '@']);
            let bare = address.parse::<u16>().is_ok();
            let text =
                if bare { format!("tcp://0.0.0.0:{address}") } else { format!("tcp://{address}") };
            if network {
                daemon.listeners.push((text, verified, place));
            }
        }
    }
    // Whoever opens the socket is root.
    let socket_starts = units.starts("docker.socket").may();
    let mode = socket.last("Socket", "SocketMode").filter(|_| socket_starts);
    let group = socket.last("Socket", "SocketGroup").filter(|_| socket_starts);
    // What nobody sets lies where the daemon is configured, or started.
    let own = configured.then(|| Place::of(Path::new(&file)));
    let started = || units.unit("docker.service").place();
    let default =
        own.or_else(started).unwrap_or_else(|| Place::of(Path::new(program.unwrap_or(&file))));
    let mut bad = |setting: &'static str, why: &str, place: Option<&Place>| {
        daemon.unsafe_defaults.push((setting, why.to_owned(), place.unwrap_or(&default).clone()));
    };
    let at = |key: &str| last(key).map(|(_, _, p)| p);
    if on("icc") != Some(false) {
        bad("icc", "containers reach each other on the default bridge", at("icc"));
    }
    if on("no-new-privileges") != Some(true) {
        bad(
            "no-new-privileges",
            "programs in containers can gain privileges",
            at("no-new-privileges"),
        );
    }
    // Without a mode systemd makes it everybody's.
    let open = mode.map_or(0o666, |a| u32::from_str_radix(a.value.trim(), 8).unwrap_or(0o666));
    if socket_starts && open & 0o006 != 0 {
        let place = mode.map(crate::systemd::Assignment::place).or_else(|| socket.place());
        bad("SocketMode", "everybody may speak to the daemon, who is root", place.as_ref());
    }
    for (name, place) in [
        group.map(|a| (a.value.clone(), a.place())),
        last("group").map(|(_, v, place)| (v.clone(), place.clone())),
    ]
    .into_iter()
    .flatten()
    {
        if !["docker", "root", "0", ""].contains(&name.as_str()) {
            bad(
                "group",
                &format!("the group {name} may speak to the daemon, who is root"),
                Some(&place),
            );
        }
    }
    if on("iptables") == Some(false) {
        bad("iptables", "the daemon sets no filter rules for containers", at("iptables"));
    }
    if last("seccomp-profile").is_some_and(|(_, v, _)| v == "unconfined") {
        bad("seccomp-profile", "containers may make every system call", at("seccomp-profile"));
    }
    let registries =
        options.iter().filter(|(k, ..)| k == "insecure-registry" || k == "insecure-registries");
    for (_, value, place) in registries {
        let local =
            value.starts_with("127.") || value.starts_with("localhost") || value.starts_with("::1");
        if !local {
            bad(
                "insecure-registries",
                &format!("images come from {value} unverified"),
                Some(place),
            );
        }
    }
    Ok(Some(daemon))
}

/// Options of the unit's command line, variables of its environment files replaced.
fn flags(host: &Host<'_>, units: &Units) -> Result<Options, Gap> {
    let mut out = Options::new();
    let unit = units.unit("docker.service");
    for command in
        unit.commands("ExecStart").iter().filter(|c| c.name() == "dockerd" || c.name() == "docker")
    {
        let words = unit.arguments(host, command)?;
        let mut words = words.into_iter().peekable();
        while let Some((word, place)) = words.next() {
            let (key, inline) = match word.split_once('=') {
                Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
                None => (word.clone(), None),
            };
            let name = match key.as_str() {
                "-H" => "host".to_owned(),
                "-G" => "group".to_owned(),
                k if k.starts_with("-H") && k.len() > 2 => {
                    let value = word.trim_start_matches("-H").trim_start_matches('=').to_owned();
                    out.push(("host".to_owned(), value, place));
                    continue;
                }
                k => match k.strip_prefix("--") {
                    Some(name) => name.to_owned(),
                    None => continue,
                },
            };
            let switch = [
                "tls",
                "tlsverify",
                "icc",
                "iptables",
                "no-new-privileges",
                "live-restore",
                "debug",
                "ip-forward",
                "ip-masq",
                "userland-proxy",
                "experimental",
                "selinux-enabled",
            ];
            let value = match inline {
                Some(value) => value,
                None if switch.contains(&name.as_str()) => "true".to_owned(),
                None => {
                    words.next_if(|(w, _)| !w.starts_with('-')).map_or_else(String::new, |(w, _)| w)
                }
            };
            out.push((name, value.trim_matches('"').to_owned(), place));
        }
    }
    Ok(out)
}

/// The members of daemon.json as options.
fn flatten(map: &Map<String, Value>, text: &str, file: &Arc<str>, out: &mut Options) {
    for (key, value) in map {
        let place = |word: &str| Place { file: file.clone(), line: line_of(text, word) };
        let quoted = format!("\"{key}\"");
        match value {
            Value::Array(list) => {
                for item in list.iter().filter_map(Value::as_str) {
                    out.push((key.clone(), item.to_owned(), place(&format!("\"{item}\""))));
                }
            }
            Value::String(s) => out.push((key.clone(), s.clone(), place(&quoted))),
            Value::Bool(_) | Value::Number(_) => {
                out.push((key.clone(), value.to_string(), place(&quoted)))
            }
            Value::Object(_) | Value::Null => {}
        }
    }
}
