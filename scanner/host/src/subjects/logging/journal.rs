//! The journal: where it is kept, where it is sent to, what it takes from others. From
//! journald.conf(5), journal-upload.conf(5) and journal-remote.conf(5).

use std::path::Path;

use assay_core::Gap;
use serde_json::{Value, json};

use crate::subjects::mount::kind_at;
use crate::systemd::{Load, Options, Place, Starts, Units, options};
use crate::{FileKind, Host, Origin, Setting};

/// Where the journal is kept on a disk.
const DIRECTORY: &str = "/var/log/journal";

/// `Storage=` in force.
pub(super) fn storage(all: &Options) -> Setting {
    let good = |v: &str| ["volatile", "persistent", "auto", "none"].contains(&v);
    all.setting("Storage", "auto", good)
}

/// Whether the journal survives a start, with what decides it.
pub(super) fn persistent(host: &Host<'_>, units: &Units, all: &Options) -> Result<Setting, Gap> {
    let storage = storage(all);
    let word = storage.value.as_str().unwrap_or("auto").to_owned();
    let decided = |value: bool| Setting { value: value.into(), ..storage.clone() };
    if word == "volatile" || word == "none" {
        return Ok(decided(false));
    }
    if word == "auto" && host.stat(DIRECTORY)?.is_none_or(|s| s.kind != FileKind::Directory) {
        return Ok(decided(false));
    }
    if let Some(lost) = level(all, "MaxLevelStore") {
        return Ok(lost);
    }
    // Without this the journal stays where it begins: in /run.
    if let Load::Masked(place) = &units.unit("systemd-journal-flush.service").load {
        return Ok(Setting::in_file(false, Path::new(&*place.file), place.line));
    }
    let real = host.root().resolve(DIRECTORY.as_ref());
    let real = real.map_or_else(|_| DIRECTORY.to_owned(), |p| p.display().to_string());
    if real.starts_with("/run/") || real.starts_with("/dev/") {
        return Ok(Setting::in_file(false, Path::new(DIRECTORY), 1));
    }
    if let Some((kind, place)) = kind_at(host, &real)?
        && ["tmpfs", "ramfs"].contains(&kind.as_str())
    {
        return Ok(match place {
            Some((file, line)) => Setting::in_file(false, Path::new(&file), line),
            None => Setting::of(false, Origin::Default),
        });
    }
    Ok(decided(true))
}

/// A limit under which messages of signing in (of level `info`) are thrown away: `false`, where it is
/// set so.
pub(super) fn level(all: &Options, key: &str) -> Option<Setting> {
    const LEVELS: [&str; 8] =
        ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];
    let number = |v: &str| {
        LEVELS.iter().position(|l| *l == v).or_else(|| v.parse().ok().filter(|n| *n < LEVELS.len()))
    };
    let said = all.setting(key, "debug", |v| number(v).is_some());
    let low = said.value.as_str().and_then(number).is_some_and(|n| n < 6);
    low.then(|| Setting { value: false.into(), ..said })
}

/// Programs that send logs away by their own configuration.
const SHIPPERS: [&str; 22] = [
    "filebeat.service",
    "journalbeat.service",
    "elastic-agent.service",
    "fluent-bit.service",
    "td-agent.service",
    "td-agent-bit.service",
    "fluentd.service",
    "vector.service",
    "promtail.service",
    "alloy.service",
    "grafana-agent.service",
    "nxlog.service",
    "SplunkForwarder.service",
    "Splunkd.service",
    "amazon-cloudwatch-agent.service",
    "awslogsd.service",
    "google-cloud-ops-agent-fluent-bit.service",
    "google-fluentd.service",
    "azuremonitoragent.service",
    "datadog-agent.service",
    "wazuh-agent.service",
    "systemd-netlogd.service",
];

/// Whether a unit starts.
fn starts(units: &Units, name: &str) -> Result<Option<Place>, Gap> {
    match units.starts(name) {
        Starts::Unknown(gap) => Err(gap),
        Starts::No(_) => Ok(None),
        Starts::AtBoot(by) | Starts::OnDemand(by) => Ok(Some(by.place)),
    }
}

/// Ways out of the host that do not go through a syslog daemon: `{How, Target, file, line}`.
pub(super) fn forwards(host: &Host<'_>, units: &Units) -> Result<Vec<Value>, Gap> {
    let mut out = Vec::new();
    if let Some(place) = starts(units, "systemd-journal-upload.service")? {
        let all = options(host, "journal-upload.conf", "Upload")?;
        let url = all.setting("URL", "", |_| true);
        let unit = units.unit("systemd-journal-upload.service");
        let mut target = url.value.as_str().unwrap_or("").to_owned();
        let mut at = url.place.clone();
        for command in unit.commands("ExecStart") {
            for (argument, place) in unit.arguments(host, &command)? {
                if let Some(said) = argument.strip_prefix("--url=").or(argument.strip_prefix("-u"))
                {
                    said.clone_into(&mut target);
                    at = Some((place.file.to_string(), place.line));
                }
            }
        }
        let (file, line) = at.unwrap_or((place.file.to_string(), place.line));
        let bare = target.split("://").last().unwrap_or("").to_owned();
        if !target.is_empty() && !super::local(bare.split(['/']).next().unwrap_or("")) {
            out.push(json!({"How": "systemd-journal-upload", "Target": bare, "file": file, "line": line}));
        }
    }
    for unit in SHIPPERS {
        if let Some(place) = starts(units, unit)? {
            let how = unit.trim_end_matches(".service");
            out.push(json!({"How": how, "Target": "", "file": &*place.file, "line": place.line}));
        }
    }
    Ok(out)
}

/// Receivers of the journal: `{Program, Protocol, Port, Local, file, line}`.
pub(super) fn receivers(units: &Units) -> Result<Vec<Value>, Gap> {
    let mut out = Vec::new();
    let socket = "systemd-journal-remote.socket";
    if starts(units, socket)?.is_some() {
        for (key, value, place) in units.unit(socket).listens() {
            if key != "ListenStream" || value.starts_with(['/', '@']) {
                continue;
            }
            let (address, port) = value.rsplit_once(':').unwrap_or(("", &value));
            out.push(json!({
                "Program": "systemd-journal-remote", "Protocol": "tcp", "Port": port,
                "Local": super::local(address), "file": &*place.file, "line": place.line,
            }));
        }
    } else if let Some(place) = starts(units, "systemd-journal-remote.service")? {
        for command in units.unit("systemd-journal-remote.service").commands("ExecStart") {
            for argument in &command.arguments {
                let listen = ["--listen-http=", "--listen-https=", "--listen-raw="];
                let Some(said) = listen.iter().find_map(|l| argument.strip_prefix(l)) else {
                    continue;
                };
                if said.starts_with('-') {
                    continue;
                }
                let (address, port) = said.rsplit_once(':').unwrap_or(("", said));
                out.push(json!({
                    "Program": "systemd-journal-remote", "Protocol": "tcp", "Port": port,
                    "Local": super::local(address), "file": &*place.file, "line": place.line,
                }));
            }
        }
    }
    Ok(out)
}
