//! What writes kernel settings after the files of sysctl: ufw, ifupdown, scripts at the end of the
//! start, and units that call `sysctl`.

use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};

use super::read::{normal, parse};
use super::table::Write;
use crate::merged::{Piece, directories, pieces};
use crate::systemd::{Starts, units};
use crate::{FileKind, Host, boot};

/// Most interfaces files that are followed.
const MAX_SOURCES: usize = 256;

/// The writes, in the order in which a start makes them.
///
/// # Errors
/// Something that is started cannot be read.
pub(super) fn writes(host: &Host<'_>) -> Result<Vec<Write>, Gap> {
    let mut out = Vec::new();
    tmpfiles(host, &mut out)?;
    ufw(host, &mut out)?;
    interfaces(host, &mut out)?;
    commands(host, &mut out)?;
    apport(host, &mut out)?;
    scripts(host, &mut out)?;
    super::cron::reboot(host, &mut out)?;
    Ok(out)
}

/// Lines of tmpfiles.d(5) that write below `/proc/sys`.
fn tmpfiles(host: &Host<'_>, out: &mut Vec<Write>) -> Result<(), Gap> {
    if !boot::systemd(host) {
        return Ok(());
    }
    for Piece { path, text, .. } in pieces(host, &directories("tmpfiles.d"), ".conf")? {
        for (number, line) in (1_u32..).zip(text?.lines()) {
            let mut words = line.split_whitespace();
            let (Some(kind), Some(at)) = (words.next(), words.next()) else { continue };
            let Some(key) = at.trim_matches('"').strip_prefix("/proc/sys/") else { continue };
            // `f` writes only what it makes itself.
            if !(kind.starts_with(['w', 'F']) || kind.starts_with("f+")) {
                continue;
            }
            let value: Vec<&str> = words.skip(4).collect();
            if !value.is_empty() {
                out.push(Write {
                    key: normal(&format!("/{key}")),
                    value: value.join(" "),
                    file: path.clone(),
                    line: number,
                });
            }
        }
    }
    Ok(())
}

pub(super) fn runs(host: &Host<'_>, unit: &str) -> Result<bool, Gap> {
    match units(host)?.starts(unit) {
        Starts::Unknown(gap) => Err(gap),
        starts => Ok(starts.may()),
    }
}

/// Units that start and call `sysctl` or write below `/proc/sys` themselves.
fn commands(host: &Host<'_>, out: &mut Vec<Write>) -> Result<(), Gap> {
    let units = units(host)?;
    for unit in units.all().filter(|u| u.loaded() && u.name != "systemd-sysctl.service") {
        for key in ["ExecStartPre", "ExecStart", "ExecStartPost"] {
            for call in unit.commands(key) {
                let line = call.line();
                if !(line.contains("sysctl") || line.contains("/proc/sys/")) {
                    continue;
                }
                if !runs(host, &unit.name)? {
                    break;
                }
                command(host, &line, Path::new(&*call.place.file), call.place.line, out)?;
            }
        }
    }
    Ok(())
}

/// ufw loads a file of its own, with procps, when it is enabled.
fn ufw(host: &Host<'_>, out: &mut Vec<Write>) -> Result<(), Gap> {
    let Some(conf) = host.text("/etc/ufw/ufw.conf")? else { return Ok(()) };
    let mut none = std::collections::BTreeMap::new();
    let enabled = boot::assignments(&conf.text, &mut none)
        .into_iter()
        .rfind(|a| a.name == "ENABLED")
        .and_then(|a| a.value);
    if !enabled.is_some_and(|v| v.eq_ignore_ascii_case("yes")) || !runs(host, "ufw.service")? {
        return Ok(());
    }
    let mut path = None;
    if let Some(defaults) = host.text("/etc/default/ufw")? {
        path = boot::assignments(&defaults.text, &mut none)
            .into_iter()
            .rfind(|a| a.name == "IPT_SYSCTL")
            .and_then(|a| a.value);
    }
    if let Some(path) = path.filter(|p| p.starts_with('/')) {
        load(host, Path::new(&path), out)?;
    }
    Ok(())
}

/// Ubuntu's collector of crashes takes all dumps, those of privileged programs too.
fn apport(host: &Host<'_>, out: &mut Vec<Write>) -> Result<(), Gap> {
    const PATH: &str = "/etc/default/apport";
    let program = "/usr/share/apport/apport";
    if host.stat(program)?.is_none() || !runs(host, "apport.service")? {
        return Ok(());
    }
    let found = host.text(PATH)?;
    let mut none = std::collections::BTreeMap::new();
    let all = found.map(|f| boot::assignments(&f.text, &mut none)).unwrap_or_default();
    let last = all.into_iter().rfind(|a| a.name == "enabled");
    if last.as_ref().is_some_and(|a| a.value.as_deref() == Some("0")) {
        return Ok(());
    }
    let line = last.map_or(1, |a| a.line);
    for (key, value) in [
        ("kernel/core_pattern", format!("|{program} -p%p -s%s -c%c -d%d -P%P -u%u -g%g -- %E")),
        ("fs/suid_dumpable", "2".to_owned()),
    ] {
        out.push(Write { key: key.to_owned(), value, file: PATH.into(), line });
    }
    Ok(())
}

/// `sysctl -p FILE`: every assignment in order.
fn load(host: &Host<'_>, path: &Path, out: &mut Vec<Write>) -> Result<(), Gap> {
    let Some(found) = host.text(path)? else { return Ok(()) };
    for line in parse(path, &found.text, 0) {
        if let Some(value) = line.value {
            out.push(Write { key: line.key, value, file: line.file, line: line.line });
        }
    }
    Ok(())
}

/// Commands and options in `interfaces(5)`, where ifupdown is there.
fn interfaces(host: &Host<'_>, out: &mut Vec<Write>) -> Result<(), Gap> {
    if !["/sbin/ifup", "/usr/sbin/ifup"].iter().any(|p| host.root().stat(p.as_ref()).is_ok()) {
        return Ok(());
    }
    let mut paths = vec![PathBuf::from("/etc/network/interfaces")];
    let mut next = 0;
    while let Some(path) = paths.get(next).cloned() {
        next += 1;
        let Some(found) = host.text(&path)? else { continue };
        let mut interface = String::new();
        for (number, line) in (1_u32..).zip(found.text.lines()) {
            let line = line.trim();
            let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            match word {
                "iface" => {
                    rest.split_whitespace().next().unwrap_or("").clone_into(&mut interface);
                }
                "up" | "pre-up" | "post-up" => {
                    let rest = rest.replace("$IFACE", &interface);
                    command(host, &rest, &path, number, out)?;
                }
                "accept_ra" => out.push(Write {
                    key: format!("net/ipv6/conf/{interface}/accept_ra"),
                    value: rest.trim().to_owned(),
                    file: path.clone(),
                    line: number,
                }),
                "source-directory" => {
                    paths.extend(host.list(base(&path, rest.trim()))?.unwrap_or_default());
                }
                "source" => {
                    let to = base(&path, rest.trim());
                    match to.file_name().map(|n| n.to_string_lossy().into_owned()) {
                        Some(name) if name.contains('*') => {
                            let all = host.list(to.parent().unwrap_or(Path::new("/")))?;
                            let fits = |p: &PathBuf| {
                                let own = p.file_name().map(|n| n.to_string_lossy().into_owned());
                                own.is_some_and(|n| super::pattern::matches(&name, &n))
                            };
                            paths.extend(all.unwrap_or_default().into_iter().filter(fits));
                        }
                        _ => paths.push(to),
                    }
                }
                _ => {}
            }
        }
        if paths.len() > MAX_SOURCES {
            let detail = format!("{}: its files take in too many others", path.display());
            return Err(Gap::new(GapState::Malformed, detail));
        }
    }
    Ok(())
}

fn base(path: &Path, to: &str) -> PathBuf {
    path.parent().unwrap_or(Path::new("/")).join(to)
}

/// Scripts at the end of the start. They run only where they may be executed.
fn scripts(host: &Host<'_>, out: &mut Vec<Write>) -> Result<(), Gap> {
    let mut paths: Vec<PathBuf> = ["/etc/rc.local", "/etc/rc.d/rc.local", "/etc/init.d/boot.local"]
        .iter()
        .map(PathBuf::from)
        .collect();
    let local = host.list("/etc/local.d")?.unwrap_or_default();
    paths.extend(local.into_iter().filter(|p| p.extension().is_some_and(|e| e == "start")));
    let mut seen: Vec<PathBuf> = Vec::new();
    for path in paths {
        let executable =
            host.stat(&path)?.is_some_and(|s| s.mode & 0o111 != 0 && s.kind == FileKind::File);
        let real = host.root().resolve(&path).unwrap_or_else(|_| path.clone());
        let systemd = boot::systemd(host);
        let stopped = systemd && (!path.ends_with("rc.local") || !runs(host, "rc-local.service")?);
        if !executable || stopped || seen.contains(&real) {
            continue;
        }
        seen.push(real);
        let Some(found) = host.text(&path)? else { continue };
        for (number, line) in (1_u32..).zip(found.text.lines()) {
            let line = line.trim();
            if line == "exit" || line.starts_with("exit ") {
                break;
            }
            command(host, line, &path, number, out)?;
        }
    }
    Ok(())
}

/// The writes of one line of a script: `sysctl -w key=value`, `sysctl -p file`, `echo value >
/// /proc/sys/key`.
pub(super) fn command(
    host: &Host<'_>,
    line: &str,
    path: &Path,
    number: u32,
    out: &mut Vec<Write>,
) -> Result<(), Gap> {
    if line.starts_with('#') {
        return Ok(());
    }
    for part in line.split([';', '|', '&', '\n']) {
        let words: Vec<String> = part
            .replace('>', " > ")
            .split_whitespace()
            .map(|w| w.trim_matches(['"', '\'']).to_owned())
            .take_while(|w| !w.starts_with('#'))
            .collect();
        let call = words.iter().position(|w| w == "sysctl" || w.ends_with("/sysctl"));
        if let Some(call) = call {
            let mut loads = false;
            let mut file = None;
            for word in words.iter().skip(call + 1) {
                if let Some(option) = word.strip_prefix('-') {
                    loads |= option.starts_with('p') || option.starts_with("-load");
                    if let Some((_, named)) =
                        word.split_once('=').filter(|_| word.starts_with("--load"))
                    {
                        file = Some(named.to_owned());
                    }
                } else if let Some((key, value)) = word.split_once('=') {
                    out.push(Write {
                        key: normal(key),
                        value: value.trim_matches(['"', '\'']).to_owned(),
                        file: path.to_owned(),
                        line: number,
                    });
                } else if loads {
                    file = Some(word.clone());
                }
            }
            if loads {
                let file = file.unwrap_or_else(|| "/etc/sysctl.conf".to_owned());
                load(host, Path::new(&file), out)?;
            }
        }
        let Some(at) = words.iter().rposition(|w| w == ">") else { continue };
        let Some(key) = words.get(at + 1).and_then(|w| w.strip_prefix("/proc/sys/")) else {
            continue;
        };
        let says = words.iter().position(|w| matches!(w.as_str(), "echo" | "printf" | "/bin/echo"));
        let Some(says) = says else { continue };
        let value: Vec<&str> = words
            .iter()
            .take(at)
            .skip(says + 1)
            .filter(|w| !matches!(w.as_str(), "-n" | "-e" | ">"))
            .map(|w| w.trim_end_matches("\\n"))
            .collect();
        out.push(Write {
            key: normal(&format!("/{key}")),
            value: value.join(" "),
            file: path.to_owned(),
            line: number,
        });
    }
    Ok(())
}
