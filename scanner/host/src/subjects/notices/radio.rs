//! Wireless networks and Bluetooth.

use std::path::{Path, PathBuf};

use assay_core::Gap;
use serde_json::{Value, json};

use crate::{Host, Miss};

/// Programs of Bluetooth's service.
const DAEMONS: [&str; 3] =
    ["/usr/libexec/bluetooth/bluetoothd", "/usr/lib/bluetooth/bluetoothd", "/usr/sbin/bluetoothd"];

/// Links that start the service.
const LINKS: [&str; 4] = [
    "/etc/systemd/system/bluetooth.target.wants/bluetooth.service",
    "/etc/systemd/system/multi-user.target.wants/bluetooth.service",
    "/etc/systemd/system/dbus-org.bluez.service",
    "/etc/runlevels/default/bluetooth",
];

/// The service: `{State, file, line}`, `State` being `absent`, `off`, `masked`, `blocked` or `on`.
///
/// # Errors
/// A gap that names the path.
pub(super) fn bluetooth(host: &Host<'_>) -> Result<Value, Gap> {
    let mut there = false;
    for daemon in DAEMONS {
        there |= host.stat(daemon)?.is_some();
    }
    if !there {
        return Ok(json!({"State": "absent"}));
    }
    let unit = "/etc/systemd/system/bluetooth.service";
    let masked = match host.root().link(Path::new(unit)) {
        Ok(to) => to == Path::new("/dev/null"),
        Err(Miss::Absent | Miss::Kind(_)) => false,
        Err(miss) => return Err(crate::gap(Path::new(unit), &miss)),
    };
    if masked {
        return Ok(json!({"State": "masked", "file": unit, "line": 1}));
    }
    for directory in ["/etc/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d"] {
        for path in host.list(directory)?.unwrap_or_default() {
            if path.extension().is_none_or(|e| e != "conf") {
                continue;
            }
            let Some(found) = host.text(&path)? else { continue };
            for (line, text) in (1_u32..).zip(found.text.lines()) {
                let words: Vec<&str> = text.split_whitespace().collect();
                if let ["install", "bluetooth", program, ..] = words.as_slice()
                    && (program.ends_with("/false") || program.ends_with("/true"))
                {
                    let file = path.display().to_string();
                    return Ok(json!({"State": "blocked", "file": file, "line": line}));
                }
            }
        }
    }
    for link in LINKS {
        if host.lstat(link)?.is_some() {
            return Ok(json!({"State": "on", "file": link, "line": 1}));
        }
    }
    Ok(json!({"State": "off"}))
}

/// Wireless networks that the host joins by itself: `{file, line}`.
///
/// # Errors
/// A gap that names the path.
pub(super) fn networks(host: &Host<'_>) -> Result<Value, Gap> {
    let mut out = Vec::new();
    let mut look = |path: PathBuf, holds: &dyn Fn(&str) -> bool| -> Result<(), Gap> {
        let Some(found) = host.text(&path)? else { return Ok(()) };
        let line = (1_u32..).zip(found.text.lines()).find(|(_, l)| {
            let l = l.trim();
            !l.starts_with('#') && holds(&l.replace(' ', ""))
        });
        if let Some((line, _)) = line {
            out.push(json!({"file": path.display().to_string(), "line": line}));
        }
        Ok(())
    };
    for (directory, extension, word) in [
        ("/etc/wpa_supplicant", "conf", "network={"),
        ("/etc/NetworkManager/system-connections", "nmconnection", "type=wifi"),
        ("/etc/netplan", "yaml", "wifis:"),
        ("/var/lib/iwd", "psk", "["),
        ("/etc/network/interfaces.d", "", "wpa-"),
    ] {
        for path in host.few(directory, 1000)? {
            let fits = extension.is_empty() || path.extension().is_some_and(|e| e == extension);
            let file = host.stat(&path)?.is_some_and(|s| s.kind == crate::FileKind::File);
            if fits && file {
                look(path, &|l| l.starts_with(word))?;
            }
        }
    }
    look(PathBuf::from("/etc/network/interfaces"), &|l| {
        l.starts_with("wpa-ssid") || l.starts_with("wpa-conf") || l.starts_with("wireless-essid")
    })?;
    Ok(out.into())
}

/// Radios that are not blocked now: their kinds.
///
/// # Errors
/// A gap that names the path.
pub(super) fn running(host: &Host<'_>) -> Result<Value, Gap> {
    let mut out = Vec::new();
    for radio in host.few("/sys/class/rfkill", 100)? {
        let read = |name: &str| -> Result<String, Gap> {
            let text = host.text(radio.join(name))?;
            Ok(text.map(|t| t.text.trim().to_owned()).unwrap_or_default())
        };
        if read("soft")? != "1" && read("hard")? != "1" {
            out.push(read("type")?);
        }
    }
    Ok(out.into())
}
