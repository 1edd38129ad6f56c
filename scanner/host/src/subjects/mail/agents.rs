//! Postfix, Exim, Sendmail, OpenSMTPD.

use std::path::{Path, PathBuf};

use assay_core::Gap;

use super::Listens;
use crate::systemd::variables;
use crate::{Host, Origin, Setting};

/// Whether every address of a list is this host's own.
fn local(list: &str) -> bool {
    let mut words = list.split([' ', '\t', ',', ';']).filter(|w| !w.is_empty()).peekable();
    words.peek().is_some()
        && words.all(|w| {
            let bare = w.trim_matches(['[', ']']);
            // Exim adds a port after a dot.
            let v4 = bare.splitn(5, '.').take(4).collect::<Vec<_>>().join(".");
            let ip = bare.parse().or_else(|_| v4.parse::<std::net::IpAddr>());
            ["localhost", "loopback-only", "lo", "lo0", "socket", "localhost.localdomain"]
                .contains(&w)
                || ip.is_ok_and(|ip| ip.is_loopback())
        })
}

/// Logical lines: a line that begins with a blank goes on with the one before.
fn logical(text: &str) -> Vec<(u32, String)> {
    let mut out: Vec<(u32, String)> = Vec::new();
    for (number, line) in (1_u32..).zip(text.lines()) {
        if line.trim_start().starts_with('#') || line.trim().is_empty() {
            continue;
        }
        match out.last_mut() {
            Some((_, last)) if line.starts_with([' ', '\t']) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => out.push((number, line.trim_end().to_owned())),
        }
    }
    out
}

pub(super) fn postfix(host: &Host<'_>) -> Result<Option<Listens>, Gap> {
    let main = Path::new("/etc/postfix/main.cf");
    let Some(found) = host.text(main)? else { return Ok(None) };
    // The last assignment of a parameter counts.
    let values: Vec<(u32, String, String)> = logical(&found.text)
        .into_iter()
        .filter_map(|(n, l)| {
            l.split_once('=').map(|(k, v)| (n, k.trim().to_owned(), v.trim().to_owned()))
        })
        .collect();
    let get = |key: &str| values.iter().rfind(|(_, k, _)| k == key);
    let said = get("inet_interfaces");
    let mut value = said.map_or("all", |(_, _, v)| v.as_str()).to_owned();
    for _ in 0..5 {
        let Some((before, after)) = value.split_once('$') else { break };
        let name: String = after
            .trim_start_matches(['{', '('])
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        let rest = after
            .trim_start_matches(['{', '('])
            .get(name.len()..)
            .unwrap_or("")
            .trim_start_matches(['}', ')']);
        let inner = get(&name).map_or("", |(_, _, v)| v.as_str());
        value = format!("{before}{inner}{rest}");
    }
    let mut setting = match said {
        Some((line, ..)) => Setting::in_file(value.as_str(), main, *line),
        None => Setting::of("all", Origin::Default),
    };
    let mut is_local = local(&value);
    // A service may name an address of its own; without any there is nothing to reach.
    let master = Path::new("/etc/postfix/master.cf");
    if let Some(found) = host.text(master)? {
        let mut any = false;
        let mut own: Option<Setting> = None;
        for (line, text) in logical(&found.text) {
            let mut words = text.split_whitespace();
            let (Some(name), Some("inet")) = (words.next(), words.next()) else { continue };
            match name.rsplit_once(':') {
                Some((address, _)) if local(address) => {}
                Some((address, _)) => own = own.or(Some(Setting::in_file(address, master, line))),
                None => any = true,
            }
        }
        match own {
            Some(open) if is_local || !any => {
                setting = open;
                is_local = false;
            }
            _ => is_local |= !any,
        }
    }
    Ok(Some(Listens { setting, local: is_local }))
}

pub(super) fn exim(host: &Host<'_>) -> Result<Option<Listens>, Gap> {
    let whole = ["/etc/exim4/exim4.conf", "/etc/exim/exim.conf", "/etc/exim.conf"];
    for path in whole {
        let Some(found) = host.text(path)? else { continue };
        return Ok(Some(interfaces(&found.text, Path::new(path))));
    }
    // Debian writes the configuration from answers at every start.
    let answers = Path::new("/etc/exim4/update-exim4.conf.conf");
    let Some(found) = host.text(answers)? else { return Ok(None) };
    if let Some(defaults) = host.text("/etc/default/exim4")? {
        let runner = variables(&defaults.text).into_iter().rfind(|(k, _, _)| k == "QUEUERUNNER");
        if let Some((_, value, line)) = runner
            && ["no", "nodaemon", "queueonly", "ppp"].contains(&value.as_str())
        {
            let setting = Setting::in_file(value, Path::new("/etc/default/exim4"), line);
            return Ok(Some(Listens { setting, local: true }));
        }
    }
    let mut overriding: Vec<PathBuf> = host.list("/etc/exim4/conf.d/main")?.unwrap_or_default();
    overriding.push(PathBuf::from("/etc/exim4/exim4.conf.localmacros"));
    for path in overriding {
        if let Some(found) = host.text(&path)? {
            let line = (1_u32..).zip(found.text.lines()).find(|(_, l)| {
                let l = l.trim();
                let key = l.split('=').next().unwrap_or("").trim();
                (key == "local_interfaces" || key == "MAIN_LOCAL_INTERFACES")
                    && !l.contains("= MAIN_LOCAL_INTERFACES")
                    && !l.contains("=MAIN_LOCAL_INTERFACES")
                    && !l.contains("DEBCONF")
            });
            if line.is_some() {
                return Ok(Some(interfaces(&found.text, &path)));
            }
        }
    }
    let said = variables(&found.text).into_iter().rfind(|(k, _, _)| k == "dc_local_interfaces");
    Ok(Some(match said {
        Some((_, value, line)) => {
            let is_local = local(&value);
            Listens { setting: Setting::in_file(value, answers, line), local: is_local }
        }
        None => Listens { setting: Setting::of("", Origin::Default), local: false },
    }))
}

/// `local_interfaces` of Exim: a list whose separator may be given as `<;`.
fn interfaces(text: &str, path: &Path) -> Listens {
    let keys = ["local_interfaces", "MAIN_LOCAL_INTERFACES"];
    for (line, text) in (1_u32..).zip(text.lines()) {
        let Some((key, value)) = text.split_once('=') else { continue };
        if keys.contains(&key.trim()) {
            let value = value.trim();
            let list = match value.strip_prefix('<') {
                Some(rest) => rest.get(1..).unwrap_or("").to_owned(),
                // Without it a colon separates, doubled inside addresses.
                None => value.replace("::", "\u{0}").replace(':', " ").replace('\u{0}', ":"),
            };
            return Listens { setting: Setting::in_file(value, path, line), local: local(&list) };
        }
    }
    Listens { setting: Setting::of("", Origin::Default), local: false }
}

pub(super) fn sendmail(host: &Host<'_>) -> Result<Option<Listens>, Gap> {
    let path = Path::new("/etc/mail/sendmail.cf");
    let Some(found) = host.text(path)? else { return Ok(None) };
    let mut last = None;
    for (line, text) in (1_u32..).zip(found.text.lines()) {
        let Some(options) = text.strip_prefix("O DaemonPortOptions=") else { continue };
        let address = options
            .split(',')
            .map(str::trim)
            .find_map(|o| o.strip_prefix("Addr=").or_else(|| o.strip_prefix("A=")));
        let is_local = address.is_some_and(local);
        let setting = Setting::in_file(options, path, line);
        if !is_local {
            return Ok(Some(Listens { setting, local: false }));
        }
        last = Some(Listens { setting, local: true });
    }
    let all = Listens { setting: Setting::of("all", Origin::Default), local: false };
    Ok(Some(last.unwrap_or(all)))
}

pub(super) fn opensmtpd(host: &Host<'_>) -> Result<Option<Listens>, Gap> {
    let path = Path::new("/etc/smtpd.conf");
    let Some(found) = host.text(path)? else { return Ok(None) };
    let mut last = None;
    for (line, text) in (1_u32..).zip(found.text.lines()) {
        let mut words = text.split_whitespace();
        if (words.next(), words.next()) != (Some("listen"), Some("on")) {
            continue;
        }
        let on = words.next().unwrap_or("");
        let setting = Setting::in_file(on, path, line);
        if !local(on) {
            return Ok(Some(Listens { setting, local: false }));
        }
        last = Some(Listens { setting, local: true });
    }
    // Without any, it listens on the loopback.
    let own = Listens { setting: Setting::of("localhost", Origin::Default), local: true };
    Ok(Some(last.unwrap_or(own)))
}
