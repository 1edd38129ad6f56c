//! What writes kernel settings after the files of sysctl: ufw, ifupdown, and every command line that
//! the host runs by itself and that calls `sysctl` or writes below `/proc/sys`.

use std::path::Path;

use assay_core::Gap;

use super::read::{normal, parse};
use super::table::Write;
use crate::merged::{Piece, directories, pieces};
use crate::systemd::{Starts, units};
use crate::{Host, boot, commands};

/// The writes, in the order in which a start makes them.
///
/// # Errors
/// Something that is started cannot be read.
pub(super) fn writes(host: &Host<'_>) -> Result<Vec<Write>, Gap> {
    let mut out = Vec::new();
    tmpfiles(host, &mut out)?;
    ufw(host, &mut out)?;
    interfaces(host, &mut out)?;
    apport(host, &mut out)?;
    for line in commands::all(host)?.iter().filter(|l| &*l.unit != "systemd-sysctl.service") {
        command(host, line, &mut out)?;
    }
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

fn runs(host: &Host<'_>, unit: &str) -> Result<bool, Gap> {
    match units(host)?.starts(unit) {
        Starts::Unknown(gap) => Err(gap),
        starts => Ok(starts.may()),
    }
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

/// Options in `interfaces(5)`, where ifupdown is there.
fn interfaces(host: &Host<'_>, out: &mut Vec<Write>) -> Result<(), Gap> {
    if !["/sbin/ifup", "/usr/sbin/ifup"].iter().any(|p| host.root().stat(p.as_ref()).is_ok()) {
        return Ok(());
    }
    for path in commands::interfaces(host)? {
        let Some(found) = host.text(&path)? else { continue };
        let mut interface = "";
        for (number, line) in (1_u32..).zip(found.text.lines()) {
            let line = line.trim();
            let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            match word {
                "iface" => interface = rest.split_whitespace().next().unwrap_or(""),
                "accept_ra" => out.push(Write {
                    key: format!("net/ipv6/conf/{interface}/accept_ra"),
                    value: rest.trim().to_owned(),
                    file: path.clone(),
                    line: number,
                }),
                _ => {}
            }
        }
    }
    Ok(())
}

/// The writes of one line: `sysctl -w key=value`, `sysctl -p file`, `echo value > /proc/sys/key`,
/// also by way of `tee`.
fn command(host: &Host<'_>, line: &commands::Line, out: &mut Vec<Write>) -> Result<(), Gap> {
    let write = |key: &str, value: &str, out: &mut Vec<Write>| {
        out.push(Write {
            key: normal(key),
            value: value.to_owned(),
            file: (*line.place.file).into(),
            line: line.place.line,
        });
    };
    let mut said = String::new();
    for words in commands::simple(&line.text) {
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
                    write(key, value, out);
                } else if loads {
                    file = Some(word.clone());
                }
            }
            if loads {
                let file = file.unwrap_or_else(|| "/etc/sysctl.conf".to_owned());
                load(host, Path::new(&file), out)?;
            }
        }
        let to = words.iter().rposition(|w| w == ">" || w == ">>");
        let end = to.unwrap_or(words.len());
        if let Some(says) =
            words.iter().position(|w| matches!(w.as_str(), "echo" | "printf" | "/bin/echo"))
        {
            let value: Vec<&str> = words
                .iter()
                .take(end)
                .skip(says + 1)
                .filter(|w| !matches!(w.as_str(), "-n" | "-e"))
                .map(|w| w.trim_end_matches("\\n"))
                .collect();
            said = value.join(" ");
            if let Some(key) = words.get(end + 1).and_then(|w| w.strip_prefix("/proc/sys")) {
                write(key, &said, out);
            }
        } else if words.iter().any(|w| w == "tee" || w.ends_with("/tee")) {
            for key in words.iter().filter_map(|w| w.strip_prefix("/proc/sys/")) {
                write(&format!("/{key}"), &said, out);
            }
        }
    }
    Ok(())
}
