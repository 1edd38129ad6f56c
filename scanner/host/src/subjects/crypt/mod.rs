//! Encryption at rest and the rules for encryption in transit: volumes, swap, their keys and headers,
//! system-wide settings of OpenSSL, certificates that the host trusts.

mod ca;
mod conf;
mod luks;
mod policy;
mod running;
mod tables;

#[cfg(test)]
mod tests;

use std::path::Path;

use assay_core::{Gap, GapState};
use serde_json::{Value, json};

use crate::{FileKind, Host, Output, Setting, Subject};
use tables::{Entry, Key, State, Tables};

/// Volumes, swap, crypttab, system-wide settings, trusted certificates.
pub(crate) static SUBJECT: Subject =
    Subject { name: "crypt", types: &[VOLUME, SWAP, MAPPING, POLICY, STORE], collect };

const VOLUME: &str = "linux.volume";
const SWAP: &str = "linux.swap";
const MAPPING: &str = "linux.encrypted_volume";
const POLICY: &str = "linux.crypto";
const STORE: &str = "linux.ca_store";

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    match Tables::read(host) {
        Ok(tables) => {
            volumes(host, &tables, out);
            out.listed(VOLUME, Ok(()));
            out.listed(SWAP, Ok(()));
            let mut result = Ok(());
            for entry in &tables.mappings {
                if let Err(gap) = mapping(host, &tables, entry, out) {
                    result = Err(gap);
                }
            }
            if host.running()
                && let Err(gap) = running::collect(host, &tables, out)
            {
                result = Err(gap);
            }
            out.listed(MAPPING, result);
        }
        Err(gap) => {
            for kind in [VOLUME, SWAP, MAPPING] {
                out.listed(kind, Err(gap.clone()));
            }
        }
    }
    let result = policy::collect(host, POLICY, out);
    out.listed(POLICY, result);
    let result = ca::collect(host, STORE, out);
    out.listed(STORE, result);
}

/// Volumes and swap of `fstab` and of units.
fn volumes(host: &Host<'_>, tables: &Tables, out: &mut dyn Output) {
    for mount in &tables.mounts {
        let kind = if mount.swap() { SWAP } else { VOLUME };
        if !mount.swap() && !mount.holds_data() {
            continue;
        }
        let item = if mount.swap() { &mount.source } else { &mount.point };
        let below = item.trim_start_matches('/');
        let mut r = host.document(kind, if below.is_empty() { "/" } else { below });
        if !mount.swap() {
            r.properties.insert("MountPoint".to_owned(), mount.point.as_str().into());
        }
        r.properties.insert("Source".to_owned(), mount.source.as_str().into());
        let state = tables.state(&mount.source);
        match state {
            Some(state) => {
                let mut setting =
                    Setting::in_file(state.as_str(), Path::new(&mount.file), mount.line);
                if let State::Sound(line) | State::Weak(line) = state
                    && line > 0
                {
                    setting = Setting::in_file(state.as_str(), Path::new("/etc/crypttab"), line);
                }
                r.properties.insert("Encryption".to_owned(), setting.json());
            }
            None => {
                let detail = format!("what {} lies on is not written on this disk", mount.source);
                r.lose("Encryption", Gap::new(GapState::Unsupported, detail));
            }
        }
        out.put(r);
    }
}

fn mapping(
    host: &Host<'_>,
    tables: &Tables,
    entry: &Entry,
    out: &mut dyn Output,
) -> Result<(), Gap> {
    let mut r = host.document(MAPPING, &entry.name);
    let place =
        |value: Value| Setting::in_file(value, Path::new("/etc/crypttab"), entry.line).json();
    let set = |r: &mut assay_core::Resource, name: &str, value: Value| {
        r.properties.insert(name.to_owned(), value);
    };
    set(&mut r, "Name", entry.name.as_str().into());
    set(&mut r, "Device", entry.device.as_str().into());
    set(&mut r, "Options", place(entry.options.clone().into()));
    set(&mut r, "Key", place(entry.key.as_str().into()));
    match &entry.key {
        Key::File(path) => match host.access(path)? {
            Some(access) => {
                let clear = match tables.under(path) {
                    Some(State::No) => Value::Bool(true),
                    Some(State::Sound(_) | State::Weak(_)) => Value::Bool(false),
                    None => Value::Null,
                };
                set(&mut r, "KeyFile", json!({"Access": access.json(), "OnClearDisk": clear}));
            }
            None => set(&mut r, "KeyFile", Value::Null),
        },
        _ => set(&mut r, "KeyFile", Value::Null),
    }
    if let Some(format) = entry.format() {
        set(&mut r, "Format", place(format.into()));
        set(&mut r, "Derivations", json!([]));
        set(&mut r, "Ciphers", entry.option("cipher").into_iter().collect());
        set(&mut r, "KeySlots", json!(0));
    } else {
        let detached = entry.option("header");
        let header = match detached {
            Some(header) => header_of(host, header),
            None => header_of(host, &entry.device),
        };
        match header {
            // systemd takes what has no header for a plain volume, unless the line says otherwise.
            Ok(None) if detached.is_none() && !entry.options.iter().any(|o| o == "luks") => {
                set(&mut r, "Format", place("plain".into()));
                set(&mut r, "Derivations", json!([]));
                set(&mut r, "Ciphers", entry.option("cipher").into_iter().collect());
                set(&mut r, "KeySlots", json!(0));
            }
            header => {
                let header = header.and_then(|h| {
                    let path = detached.unwrap_or(&entry.device);
                    let detail = format!("{path}: no LUKS header is at its beginning");
                    h.ok_or_else(|| Gap::new(GapState::Malformed, detail))
                });
                headed(&mut r, header, &place);
            }
        }
    }
    out.put(r);
    Ok(())
}

/// What a header says, as facets.
fn headed(
    r: &mut assay_core::Resource,
    header: Result<luks::Header, Gap>,
    place: &dyn Fn(Value) -> Value,
) {
    match header {
        Ok(header) => {
            for (facet, value) in [
                ("Format", place(header.format.into())),
                ("Derivations", header.derivations.into()),
                ("Ciphers", header.ciphers.into()),
                ("KeySlots", header.slots.into()),
            ] {
                r.properties.insert(facet.to_owned(), value);
            }
        }
        Err(gap) => {
            for facet in ["Format", "Derivations", "Ciphers", "KeySlots"] {
                r.lose(facet, gap.clone());
            }
        }
    }
}

/// The header of a file, or of a device of the running host. `None`: there is none.
fn header_of(host: &Host<'_>, path: &str) -> Result<Option<luks::Header>, Gap> {
    if let Some(device) = device(path) {
        if !host.running() {
            let detail = format!("{path}: devices are opened on a running host only");
            return Err(Gap::new(GapState::Unsupported, detail));
        }
        return read(host, &device);
    }
    if !path.starts_with('/') || host.stat(path)?.is_none_or(|s| s.kind != FileKind::File) {
        let detail = format!("{path}: it is neither a file nor a device that is known");
        return Err(Gap::new(GapState::Unsupported, detail));
    }
    let head = host.root().head(Path::new(path), luks::MAX_HEADER);
    let bytes = head.map_err(|miss| crate::gap(Path::new(path), &miss))?;
    Ok(luks::header(&bytes))
}

/// The header of a device that is open as a LUKS volume.
fn on_device(host: &Host<'_>, device: &str) -> Result<luks::Header, Gap> {
    read(host, device)?.ok_or_else(|| {
        let detail = format!("{device}: no LUKS header is at its beginning");
        Gap::new(GapState::Malformed, detail)
    })
}

fn read(host: &Host<'_>, device: &str) -> Result<Option<luks::Header>, Gap> {
    let Some(bytes) = host.device(device, luks::MAX_HEADER)? else {
        return Err(Gap::new(GapState::Failed, format!("{device}: there is no such device now")));
    };
    Ok(luks::header(&bytes))
}

/// The name of a device below `/dev`. `None`: it is no device.
fn device(spec: &str) -> Option<String> {
    let by = [
        ("UUID", "uuid"),
        ("PARTUUID", "partuuid"),
        ("LABEL", "label"),
        ("PARTLABEL", "partlabel"),
    ];
    if let Some((tag, value)) = spec.split_once('=')
        && let Some((_, directory)) = by.iter().find(|(t, _)| t.eq_ignore_ascii_case(tag))
    {
        let value = value.trim_matches('"');
        let lower = value.to_ascii_lowercase();
        let value = if directory.ends_with("uuid") { &lower } else { value };
        let sane = !value.is_empty() && !value.contains('/') && value != "." && value != "..";
        return sane.then(|| format!("/dev/disk/by-{directory}/{value}"));
    }
    let normal = spec.starts_with("/dev/") && !spec.split('/').any(|p| p == "..");
    normal.then(|| spec.to_owned())
}
