//! Hooks of interfaces, and scripts at the end of the start.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_core::{Gap, GapState};

use super::{Found, script};
use crate::Host;
use crate::merged::{directories, pieces};
use crate::systemd::{Init, Place, matches};

/// Most files of interfaces that are followed.
const MAX_SOURCES: usize = 256;
/// Most files of one directory of hooks.
const MAX_HOOKS: usize = 2000;

/// Their lines.
pub(super) fn lines(found: &mut Found<'_, '_>) -> Result<(), Gap> {
    ifupdown(found)?;
    let none: Arc<str> = "".into();
    if found.runs("NetworkManager.service")? {
        for below in ["", "/pre-up.d"] {
            directory(found, &format!("/etc/NetworkManager/dispatcher.d{below}"), &none, false)?;
        }
    }
    if found.runs("networkd-dispatcher.service")? {
        for state in ["routable.d", "configured.d", "configuring.d", "carrier.d", "degraded.d"] {
            directory(found, &format!("/etc/networkd-dispatcher/{state}"), &none, false)?;
        }
    }
    if found.host.stat("/sbin/dhclient")?.is_some() {
        for when in ["enter", "exit"] {
            directory(found, &format!("/etc/dhcp/dhclient-{when}-hooks.d"), &none, true)?;
        }
    }
    directory(found, "/etc/update-motd.d", &none, false)?;
    modules(found, &none)?;
    at_the_end(found)
}

/// What modprobe runs instead of loading a module, as far as it changes settings of the kernel. The
/// rules of the modules themselves are read elsewhere.
fn modules(found: &mut Found<'_, '_>, unit: &Arc<str>) -> Result<(), Gap> {
    for piece in pieces(found.host, &directories("modprobe.d"), ".conf")? {
        let file: Arc<str> = piece.path.display().to_string().into();
        let text = piece.text?;
        for (number, line) in (1_u32..).zip(text.lines()) {
            let mut words = line.trim().splitn(3, char::is_whitespace);
            let (Some("install"), Some(_), Some(command)) =
                (words.next(), words.next(), words.next())
            else {
                continue;
            };
            if command.contains("sysctl") || command.contains("/proc/sys/") {
                let place = Place { file: file.clone(), line: number };
                found.push(command.trim(), &place, unit, false)?;
            }
        }
    }
    Ok(())
}

/// The scripts of a directory.
fn directory(
    found: &mut Found<'_, '_>,
    path: &str,
    unit: &Arc<str>,
    sourced: bool,
) -> Result<(), Gap> {
    for path in found.host.few(path, MAX_HOOKS)? {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if !name.starts_with('.') {
            script::read(found, &path, sourced, unit, true)?;
        }
    }
    Ok(())
}

/// Commands in interfaces(5) and the directories beside it, where ifupdown is there.
fn ifupdown(found: &mut Found<'_, '_>) -> Result<(), Gap> {
    let host = found.host;
    if !["/sbin/ifup", "/usr/sbin/ifup"].iter().any(|p| host.root().stat(p.as_ref()).is_ok()) {
        return Ok(());
    }
    let unit: Arc<str> = "networking.service".into();
    for path in interfaces(host)? {
        let Some(text) = host.text(&path)? else { continue };
        let file: Arc<str> = path.display().to_string().into();
        let mut interface = String::new();
        for (number, line) in (1_u32..).zip(text.text.lines()) {
            let line = line.trim();
            let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            match word {
                "iface" => {
                    rest.split_whitespace().next().unwrap_or("").clone_into(&mut interface);
                }
                "up" | "pre-up" | "post-up" => {
                    let place = Place { file: file.clone(), line: number };
                    let rest = rest.replace("$IFACE", &interface);
                    found.push(rest.trim(), &place, &unit, true)?;
                    found.programs(&rest, &unit, true)?;
                }
                _ => {}
            }
        }
    }
    for path in ["/etc/network/if-pre-up.d", "/etc/network/if-up.d"] {
        directory(found, path, &unit, false)?;
    }
    Ok(())
}

/// The files of interfaces(5), those that they take in included.
///
/// # Errors
/// One of them cannot be read, or they take in too many.
pub(crate) fn interfaces(host: &Host<'_>) -> Result<Vec<PathBuf>, Gap> {
    let mut paths = vec![PathBuf::from("/etc/network/interfaces")];
    let mut next = 0;
    while let Some(path) = paths.get(next).cloned() {
        next += 1;
        let Some(text) = host.text(&path)? else { continue };
        let base = |to: &str| path.parent().unwrap_or(Path::new("/")).join(to.trim());
        for line in text.text.lines().map(str::trim) {
            let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let to = base(rest);
            match word {
                "source-directory" => paths.extend(host.list(&to)?.unwrap_or_default()),
                "source" => match to.file_name().map(|n| n.to_string_lossy().into_owned()) {
                    Some(name) if name.contains('*') => {
                        let all = host.list(to.parent().unwrap_or(Path::new("/")))?;
                        let fits = |p: &PathBuf| {
                            p.file_name().is_some_and(|n| matches(&name, &n.to_string_lossy()))
                        };
                        paths.extend(all.unwrap_or_default().into_iter().filter(fits));
                    }
                    _ => paths.push(to),
                },
                _ => {}
            }
        }
        if paths.len() > MAX_SOURCES {
            let detail = format!("{}: its files take in too many others", path.display());
            return Err(Gap::new(GapState::Malformed, detail));
        }
    }
    Ok(paths)
}

/// Scripts at the end of the start: they run where they may be executed.
fn at_the_end(found: &mut Found<'_, '_>) -> Result<(), Gap> {
    let mut paths: Vec<PathBuf> =
        ["/etc/rc.local", "/etc/rc.d/rc.local"].iter().map(PathBuf::from).collect();
    let unit: Arc<str> = "rc-local.service".into();
    if found.units.init == Init::Systemd {
        if !found.runs("rc-local.service")? {
            return Ok(());
        }
    } else {
        paths.push("/etc/init.d/boot.local".into());
        let local = found.host.list("/etc/local.d")?.unwrap_or_default();
        paths.extend(local.into_iter().filter(|p| p.extension().is_some_and(|e| e == "start")));
    }
    for path in paths {
        script::read(found, &path, false, &unit, true)?;
    }
    Ok(())
}
