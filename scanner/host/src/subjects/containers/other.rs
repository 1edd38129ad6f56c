//! Podman's service and containerd.

use std::sync::Arc;

use assay_core::{Gap, GapState};

use super::{Daemon, line_of};
use crate::Host;
use crate::systemd::{Place, Units, words};

/// A TOML file: its table, its text. `None`: it is not there.
fn toml(host: &Host<'_>, path: &str) -> Result<Option<(toml::Table, Arc<str>)>, Gap> {
    let Some(found) = host.text(path)? else { return Ok(None) };
    let table = found
        .text
        .parse::<toml::Table>()
        .map_err(|e| Gap::new(GapState::Malformed, format!("{path}: {}", e.message())))?;
    Ok(Some((table, found.text)))
}

/// Podman: its service where it listens to the network, and `containers.conf`.
pub(super) fn podman(host: &Host<'_>, units: &Units) -> Result<Option<Daemon>, Gap> {
    if !units.has("podman.service") && host.stat("/usr/bin/podman")?.is_none() {
        return Ok(None);
    }
    let mut daemon = Daemon::default();
    for unit in units.all().filter(|u| u.kind() == "service" && units.starts(&u.name).may()) {
        for command in unit.commands("ExecStart").iter().filter(|c| c.name() == "podman") {
            let arguments = unit.arguments(host, command)?;
            if !arguments.iter().any(|(a, _)| a == "service") {
                continue;
            }
            for (address, place) in arguments.into_iter().filter(|(a, _)| a.starts_with("tcp:")) {
                daemon.listeners.push((address, false, place));
            }
        }
    }
    let socket = units.unit("podman.socket");
    if units.starts("podman.socket").may() {
        for (key, address, place) in socket.listens() {
            if key == "ListenStream" && !address.starts_with(['/', '@', '%']) {
                let bare = address.parse::<u16>().is_ok();
                let host = if bare { "0.0.0.0:" } else { "" };
                daemon.listeners.push((format!("tcp://{host}{address}"), false, place));
            }
        }
    }
    // Later files change single settings of earlier ones.
    let mut files = vec![
        "/usr/share/containers/containers.conf".to_owned(),
        "/etc/containers/containers.conf".to_owned(),
    ];
    for directory in
        ["/usr/share/containers/containers.conf.d", "/etc/containers/containers.conf.d"]
    {
        let inside = host.list(directory)?.unwrap_or_default();
        let inside = inside.iter().map(|p| p.display().to_string());
        files.extend(inside.filter(|p| p.ends_with(".conf")));
    }
    let mut found: Vec<(&'static str, String, Place)> = Vec::new();
    for path in files {
        let Some((table, text)) = toml(host, &path)? else { continue };
        let Some(section) = table.get("containers").and_then(toml::Value::as_table) else {
            continue;
        };
        let file: Arc<str> = path.as_str().into();
        let checks: [(&'static str, &str); 6] = [
            ("privileged", "true"),
            ("seccomp_profile", "unconfined"),
            ("apparmor_profile", "unconfined"),
            ("label", "false"),
            ("pidns", "host"),
            ("ipcns", "host"),
        ];
        for (key, bad) in checks {
            let Some(value) = section.get(key) else { continue };
            let text_value = match value {
                toml::Value::String(s) => s.clone(),
                toml::Value::Boolean(b) => b.to_string(),
                _ => continue,
            };
            found.retain(|(k, ..)| *k != key);
            if text_value == bad {
                let line = line_of(&text, key);
                found.push((key, format!("{key} is {bad}"), Place { file: file.clone(), line }));
            }
        }
        if let Some(list) = section.get("default_capabilities").and_then(toml::Value::as_array) {
            found.retain(|(k, ..)| *k != "default_capabilities");
            let strong = ["SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "NET_ADMIN", "ALL", "SYS_RAWIO"];
            let named = list.iter().filter_map(toml::Value::as_str);
            let names: Vec<&str> = named
                .map(|n| n.trim_start_matches("CAP_"))
                .filter(|n| strong.contains(n))
                .collect();
            if !names.is_empty() {
                let line = line_of(&text, "default_capabilities");
                let why = format!("containers get {}", names.join(", "));
                found.push(("default_capabilities", why, Place { file: file.clone(), line }));
            }
        }
    }
    daemon.unsafe_defaults = found;
    Ok(Some(daemon))
}

/// containerd: `/etc/containerd/config.toml`.
pub(super) fn containerd(host: &Host<'_>, units: &Units) -> Result<Option<Daemon>, Gap> {
    if !units.has("containerd.service") && host.stat("/usr/bin/containerd")?.is_none() {
        return Ok(None);
    }
    let mut daemon = Daemon::default();
    let mut path = "/etc/containerd/config.toml".to_owned();
    let unit = units.unit("containerd.service");
    for command in unit.commands("ExecStart") {
        let mut arguments = command.arguments.iter().flat_map(|a| words(a));
        while let Some(word) = arguments.next() {
            if word == "-c" || word == "--config" {
                path = arguments.next().unwrap_or(path);
            } else if let Some(value) = word.strip_prefix("--config=") {
                value.clone_into(&mut path);
            }
        }
    }
    let Some((table, text)) = toml(host, &path)? else { return Ok(Some(daemon)) };
    let file: Arc<str> = path.as_str().into();
    let place = |word: &str| Place { file: file.clone(), line: line_of(&text, word) };
    if let Some(grpc) = table.get("grpc").and_then(toml::Value::as_table) {
        let get = |key: &str| grpc.get(key).and_then(toml::Value::as_str).unwrap_or("");
        if !get("tcp_address").is_empty() {
            let verified = !get("tcp_tls_ca").is_empty() && !get("tcp_tls_cert").is_empty();
            daemon.listeners.push((get("tcp_address").to_owned(), verified, place("tcp_address")));
        }
    }
    for plugin in table.get("plugins").and_then(toml::Value::as_table).into_iter().flatten() {
        let on = |key: &str| plugin.1.get(key).and_then(toml::Value::as_bool) == Some(true);
        if on("disable_apparmor") {
            let why = "containers run without AppArmor".to_owned();
            daemon.unsafe_defaults.push(("disable_apparmor", why, place("disable_apparmor")));
        }
        let unset = plugin.1.get("unset_seccomp_profile").and_then(toml::Value::as_str);
        if unset == Some("unconfined") {
            let why = "containers may make every system call".to_owned();
            daemon.unsafe_defaults.push((
                "unset_seccomp_profile",
                why,
                place("unset_seccomp_profile"),
            ));
        }
        let stream =
            plugin.1.get("stream_server_address").and_then(toml::Value::as_str).unwrap_or("");
        if !stream.is_empty()
            && super::remote(&format!("tcp://{stream}:1"))
            && !on("enable_tls_streaming")
        {
            daemon.listeners.push((
                format!("tcp://{stream}"),
                false,
                place("stream_server_address"),
            ));
        }
    }
    Ok(Some(daemon))
}
