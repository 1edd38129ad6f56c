//! Services of inetd and xinetd.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use assay_core::Gap;
use serde_json::{Value, json};

use super::{cleartext, placed};
use crate::systemd::{Place, Starts, Units, words};
use crate::{Host, Output};

const KIND: &str = "linux.inetd_service";

/// Most files that xinetd's includes lead to.
const MAX_FILES: usize = 500;

/// One entry.
#[derive(Debug)]
struct Entry {
    name: String,
    udp: bool,
    local: bool,
    port: Option<String>,
    command: Vec<String>,
    enabled: (bool, Place),
    place: Place,
}

pub(super) fn collect(host: &Host<'_>, units: &Units, out: &mut dyn Output) {
    let inetd =
        ["inetd.service", "openbsd-inetd.service", "inetutils-inetd.service", "rlinetd.service"];
    let found = plain(host).map(|e| ("inetd", units.any_starts(&inetd), e));
    let other = xinetd(host).map(|e| ("xinetd", units.any_starts(&["xinetd.service"]), e));
    for found in [found, other] {
        let (server, starts, entries) = match found {
            Ok(found) => found,
            Err(gap) => return out.listed(KIND, Err(gap)),
        };
        let mut seen = BTreeSet::new();
        for entry in entries {
            let mut item =
                format!("{server}/{}{}", entry.name, if entry.udp { "-udp" } else { "" });
            while !seen.insert(item.clone()) {
                item.push('+');
            }
            put(host, out, server, &item, &starts, &entry);
        }
    }
    out.listed(KIND, Ok(()));
}

fn put(
    host: &Host<'_>,
    out: &mut dyn Output,
    server: &str,
    item: &str,
    starts: &Starts,
    e: &Entry,
) {
    let mut r = host.document(KIND, item);
    let command: Vec<&str> = e.command.iter().map(String::as_str).collect();
    let protocol = cleartext::program(&command)
        .or_else(|| cleartext::named(&e.name, e.udp))
        .or_else(|| e.port.as_ref().and_then(|p| cleartext::named(p, e.udp)));
    let clear = match protocol {
        Some(p) => {
            json!({"protocol": p, "local": e.local, "file": &*e.place.file, "line": e.place.line})
        }
        None => Value::Null,
    };
    let facets = [
        ("Name", e.name.as_str().into()),
        ("Server", server.into()),
        ("Command", command.join(" ").into()),
        ("ClearText", clear),
    ];
    r.properties.extend(facets.map(|(k, v)| (k.to_owned(), v)));
    let (on, place) = &e.enabled;
    match starts {
        Starts::Unknown(gap) if *on => r.lose("Starts", gap.clone()),
        _ => {
            let value = match (on, starts.may()) {
                (true, true) => placed("on_demand", Some(&e.place)),
                (true, false) => placed("no", starts.place()),
                (false, _) => placed("no", Some(place)),
            };
            r.properties.insert("Starts".to_owned(), value);
        }
    }
    out.put(r);
}

/// `/etc/inetd.conf`, `/etc/inetd.d/*`: service, socket type, protocol, flags, user, program,
/// arguments.
fn plain(host: &Host<'_>) -> Result<Vec<Entry>, Gap> {
    let mut files = vec![PathBuf::from("/etc/inetd.conf")];
    files.extend(host.few("/etc/inetd.d", MAX_FILES)?);
    let mut out = Vec::new();
    for path in files {
        let Some(found) = host.text(&path)? else { continue };
        let mut everywhere = String::new();
        for (line, text) in (1_u32..).zip(found.text.lines()) {
            let words: Vec<&str> = text.split_whitespace().collect();
            if text.trim_start().starts_with('#') {
                continue;
            }
            // `address:` alone holds for the lines after it.
            if let [one] = words.as_slice()
                && let Some(address) = one.strip_suffix(':')
            {
                address.clone_into(&mut everywhere);
                continue;
            }
            let [name, _, protocol, _, _, command @ ..] = words.as_slice() else { continue };
            let (address, name) = name.rsplit_once(':').unwrap_or((everywhere.as_str(), name));
            let place = Place { file: path.display().to_string().into(), line };
            // Behind tcpd stands the real program; arguments begin with the program's own name.
            let mut run: Vec<String> =
                command.first().map(|c| (*c).to_owned()).into_iter().collect();
            let wrapped =
                command.first().is_some_and(|c| c.ends_with("/tcpd") || c.ends_with("/busybox"));
            run.extend(command.iter().skip(if wrapped { 1 } else { 2 }).map(|w| (*w).to_owned()));
            out.push(Entry {
                name: name.to_owned(),
                udp: protocol.starts_with("udp"),
                local: local(address),
                port: None,
                command: run,
                enabled: (true, place.clone()),
                place,
            });
        }
    }
    Ok(out)
}

fn local(address: &str) -> bool {
    let address = address.trim_matches(['[', ']']);
    address == "localhost" || address.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// xinetd's files: `defaults { … }` and `service <name> { key = value … }`.
fn xinetd(host: &Host<'_>) -> Result<Vec<Entry>, Gap> {
    let mut out = Vec::new();
    let mut defaults: Vec<(String, Vec<String>)> = Vec::new();
    let mut files = vec![PathBuf::from("/etc/xinetd.conf")];
    let mut seen = BTreeSet::new();
    while let Some(path) = files.pop() {
        if seen.len() > MAX_FILES || !seen.insert(path.clone()) {
            continue;
        }
        let Some(found) = host.text(&path)? else { continue };
        let file: std::sync::Arc<str> = path.display().to_string().into();
        let mut open: Option<(Entry, String)> = None;
        let mut in_defaults = false;
        for (line, text) in (1_u32..).zip(found.text.lines()) {
            let text = text.trim();
            let place = Place { file: file.clone(), line };
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            if text.starts_with('}') {
                out.extend(open.take());
                in_defaults = false;
            } else if let Some(rest) = text.strip_prefix("includedir") {
                files.extend(included(host, Path::new(rest.trim()))?);
            } else if let Some(rest) = text.strip_prefix("include") {
                files.push(rest.trim().into());
            } else if let Some(rest) = text.strip_prefix("service ") {
                let name = rest.trim().trim_end_matches('{').trim().to_owned();
                open = Some((blank(&name, place), name));
            } else if text.starts_with("defaults") {
                in_defaults = true;
            } else if let Some((key, value)) = text.split_once('=') {
                let key = key.trim().trim_end_matches(['+', '-']).trim();
                let value = words(value);
                if let Some((entry, id)) = &mut open {
                    attribute(entry, id, key, &value, place);
                } else if in_defaults {
                    defaults.push((key.to_owned(), value));
                }
            }
        }
        out.extend(open.take());
    }
    let named = |key: &str| -> Vec<String> {
        defaults.iter().filter(|(k, _)| k == key).flat_map(|(_, v)| v.clone()).collect()
    };
    let (off, on) = (named("disabled"), named("enabled"));
    let limited = defaults.iter().any(|(k, _)| k == "enabled");
    let everywhere = named("bind").into_iter().chain(named("interface")).next_back();
    for (entry, id) in &mut out {
        if off.contains(id) || (limited && !on.contains(id)) {
            entry.enabled.0 = false;
        }
        if let Some(address) = &everywhere {
            entry.local |= local(address);
        }
    }
    Ok(out.into_iter().map(|(entry, _)| entry).collect())
}

fn blank(name: &str, place: Place) -> Entry {
    Entry {
        name: name.to_owned(),
        udp: false,
        local: false,
        port: None,
        command: Vec::new(),
        enabled: (true, place.clone()),
        place,
    }
}

fn attribute(entry: &mut Entry, id: &mut String, key: &str, value: &[String], place: Place) {
    let first = value.first().cloned().unwrap_or_default();
    match key {
        // Where it is missing, the service is on.
        "disable" => entry.enabled = (!first.eq_ignore_ascii_case("yes"), place),
        "id" => *id = first,
        "socket_type" => entry.udp = first == "dgram",
        "protocol" => entry.udp = first == "udp",
        "port" => entry.port = Some(first),
        "bind" | "interface" => entry.local = local(&first),
        "server" => entry.command.insert(0, first),
        "server_args" => entry.command.extend(value.iter().cloned()),
        _ => {}
    }
}

/// Files of a directory, without names that hold a dot or end in a tilde.
fn included(host: &Host<'_>, directory: &Path) -> Result<Vec<PathBuf>, Gap> {
    let mut all = host.list(directory)?.unwrap_or_default();
    all.retain(|p| {
        let name = p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        !name.contains('.') && !name.ends_with('~')
    });
    all.reverse();
    Ok(all)
}
