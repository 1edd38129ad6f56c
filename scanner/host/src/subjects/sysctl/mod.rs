//! `linux.sysctl`: kernel settings as they are after a start, from the kernel's command line,
//! `sysctl.d` and what writes later, with what the kernel makes of them for interfaces.

mod keys;
mod late;
mod network;
mod networkd;
pub(crate) mod pattern;
mod read;
mod running;
mod table;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use assay_core::{Gap, Resource};
use serde_json::Value;

use crate::boot::{self, Entries};
use crate::{Host, Origin, Output, Setting, Subject};
use keys::KEYS;
use networkd::Networkd;
use table::{Table, Write};

const KIND: &str = "linux.sysctl";

/// The subject.
pub(crate) static SUBJECT: Subject = Subject { name: "sysctl", types: &[KIND], collect };

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    match applies(host) {
        Ok(true) => out.put(document(host)),
        Ok(false) => {}
        Err(gap) => return out.listed(KIND, Err(gap)),
    }
    out.listed(KIND, Ok(()));
}

/// A root without an init and without files of sysctl has no kernel settings of its own.
fn applies(host: &Host<'_>) -> Result<bool, Gap> {
    Ok(boot::starts(host)
        || host.stat("/etc/sysctl.conf")?.is_some()
        || host.list("/etc/sysctl.d")?.is_some_and(|l| !l.is_empty()))
}

/// The value of one key that has a facet, for other subjects.
///
/// # Errors
/// It cannot be told.
pub(crate) fn effective(host: &Host<'_>, name: &str) -> Result<Setting, Gap> {
    let entries = boot::entries(host);
    let ipv6 = entries.as_ref().map_or(true, speaks_ipv6);
    let table = table(host, &entries, &networkd::read(host, ipv6))?;
    if name == "kernel.core_pattern" {
        let set = table.winner("kernel/core_pattern", &|_| true)?;
        return set.map_or_else(|| default_pattern(host), Ok);
    }
    let debian = distribution(host).as_deref() == Ok("debian");
    let builds = boot::builds(host);
    match KEYS.iter().find(|k| k.name == name) {
        Some(key) => keys::value(&table, key, &builds, debian),
        None => Err(Gap::new(assay_core::GapState::Unsupported, format!("{name} is not known"))),
    }
}

fn set(out: &mut Resource, name: &str, value: Result<Value, Gap>) {
    match value {
        Ok(value) => {
            out.properties.insert(name.to_owned(), value);
        }
        Err(gap) => out.lose(name, gap),
    }
}

fn document(host: &Host<'_>) -> Resource {
    let mut out = host.document(KIND, "");
    let entries = boot::entries(host);
    let ipv6 = entries.as_ref().map_or(true, speaks_ipv6);
    let networkd = networkd::read(host, ipv6);
    let table = table(host, &entries, &networkd);
    let builds = boot::builds(host);
    let debian = distribution(host).as_deref() == Ok("debian");
    for key in KEYS {
        let found = table.as_ref().map_err(Clone::clone);
        let mut found = found.and_then(|t| keys::value(t, key, &builds, debian));
        if key.name == "kernel.yama.ptrace_scope"
            && let (Some(off), Ok(setting)) = (yama_off(&entries), &found)
        {
            let mut off = off;
            off.others.clone_from(&setting.others);
            found = Ok(off);
        }
        set(&mut out, key.name, found.map(|s| s.json()));
    }
    let pattern = table.as_ref().map_err(Clone::clone).and_then(|t| {
        let set = t.winner("kernel/core_pattern", &|_| true)?;
        Ok(set.map_or_else(|| default_pattern(host), Ok)?.json())
    });
    set(&mut out, "kernel.core_pattern", pattern);
    let with = |f: &dyn Fn(&Table, bool) -> Result<Value, Gap>| -> Result<Value, Gap> {
        let entries = entries.as_ref().map_err(Clone::clone)?;
        f(table.as_ref().map_err(Clone::clone)?, speaks_ipv6(entries))
    };
    set(&mut out, "AcceptRedirects", with(&network::accept_redirects));
    set(&mut out, "SendRedirects", with(&|t, _| network::send_redirects(t)));
    set(&mut out, "AcceptSourceRoute", with(&network::source_route));
    set(&mut out, "RpFilter", with(&|t, _| network::rp_filter(t)));
    set(&mut out, "LogMartians", with(&|t, _| network::log_martians(t)));
    set(
        &mut out,
        "AcceptRouterAdvertisements",
        with(&|t, six| {
            let networkd = networkd.as_ref().map_err(Clone::clone)?;
            let mut all = network::accept_ra(t, six)?;
            all.extend(networkd.advertisements.iter().cloned());
            Ok(all.into())
        }),
    );
    set(&mut out, "Forwarding", with(&|t, six| network::forwards(t, six).map(Value::from)));
    match table.as_ref().map_err(Clone::clone).and_then(running::configured) {
        Ok(all) => {
            let written = all.iter().map(|(k, s)| (read::dotted(k), s.json())).collect();
            out.properties.insert("Configured".to_owned(), Value::Object(written));
            if host.running() {
                running::facets(host, &all, &mut out);
            }
        }
        Err(gap) => {
            out.lose("Configured", gap.clone());
            if host.running() {
                out.lose("Drift", gap);
            }
        }
    }
    out
}

/// Everything that writes settings.
fn table(
    host: &Host<'_>,
    entries: &Result<Entries, Gap>,
    networkd: &Result<Networkd, Gap>,
) -> Result<Table, Gap> {
    let files = read::lines(host)?;
    let all = networkd.as_ref().map_err(Clone::clone).and_then(|networkd| {
        let mut all = networkd.writes.clone();
        all.extend(late::writes(host)?);
        Ok(all)
    });
    let (late, late_gap) = match all {
        Ok(late) => (late, None),
        Err(gap) => (Vec::new(), Some(gap)),
    };
    let first = entries.as_ref().map(command_line).unwrap_or_default();
    Ok(Table { first, files, late, late_gap })
}

/// `sysctl.*` and older words of the kernel's command line, of the entries a start can take.
fn command_line(entries: &Entries) -> Vec<Write> {
    let mut out: Vec<Write> = Vec::new();
    let all = if entries.generated.is_empty() { &entries.planned } else { &entries.generated };
    for entry in all.iter().filter(|e| !e.recovery) {
        for word in entry.words.iter().filter(|w| !w.after) {
            let (key, value) = match (word.key().as_str(), &word.value) {
                ("norandmaps", _) => ("kernel/randomize_va_space".to_owned(), "0".to_owned()),
                ("ipv6.disable_ipv6", Some(value)) => {
                    ("net/ipv6/conf/all/disable_ipv6".to_owned(), value.clone())
                }
                (_, Some(value)) => match word.name.strip_prefix("sysctl.") {
                    Some(key) => (read::normal(key), value.clone()),
                    None => continue,
                },
                _ => continue,
            };
            let write = Write { key, value, file: PathBuf::from(&entry.file), line: entry.line };
            if !out.iter().any(|w| w.key == write.key && w.value == write.value) {
                out.push(write);
            }
        }
    }
    out
}

/// Whether the kernel speaks IPv6: not where every entry switches it off.
fn speaks_ipv6(entries: &Entries) -> bool {
    let all = if entries.generated.is_empty() { &entries.planned } else { &entries.generated };
    let mut usual = all.iter().filter(|e| !e.recovery).peekable();
    let off = |e: &boot::Entry| {
        let last = e.words.iter().rfind(|w| !w.after && w.key() == "ipv6.disable");
        last.is_some_and(|w| w.value.as_deref() == Some("1"))
    };
    // Sources are one entry cut in pieces: one piece that says it is enough.
    if entries.generated.is_empty() {
        return !usual.any(off);
    }
    usual.peek().is_none() || !usual.all(off)
}

/// An entry whose list of security modules lacks Yama makes the setting of tracing void.
fn yama_off(entries: &Result<Entries, Gap>) -> Option<Setting> {
    let entries = entries.as_ref().ok()?;
    for entry in &entries.generated {
        let last = entry.words.iter().rfind(|w| !w.after && w.key() == "lsm");
        if let Some(list) = last.and_then(|w| w.value.as_deref())
            && !list.split(',').any(|m| m == "yama")
        {
            let mut off = Setting::in_file(0, entry.file.as_ref(), entry.line);
            off.origin = Origin::Kernel;
            return Some(off);
        }
    }
    None
}

/// Whether the distribution is Debian or made from it, whose systemd leaves dumps as the kernel does
/// them.
pub(crate) fn debian_like(host: &Host<'_>) -> Result<bool, Gap> {
    Ok(distribution(host)?.split_whitespace().any(|id| id == "debian"))
}

/// The kernel's pattern for dumps where nobody sets it: elsewhere than on Debian systemd throws them
/// away until a file says otherwise.
fn default_pattern(host: &Host<'_>) -> Result<Setting, Gap> {
    let thrown = boot::systemd(host) && !debian_like(host)?;
    Ok(Setting::of(if thrown { "|/bin/false" } else { "core" }, Origin::Default))
}

/// The distribution's id and those it is like.
fn distribution(host: &Host<'_>) -> Result<String, Gap> {
    for path in ["/etc/os-release", "/usr/lib/os-release"] {
        if let Some(found) = host.text(path)? {
            let mut none = std::collections::BTreeMap::new();
            let all = boot::assignments(&found.text, &mut none);
            let of = |name: &str| {
                let last = all.iter().rfind(|a| a.name == name);
                last.and_then(|a| a.value.clone()).unwrap_or_default()
            };
            return Ok(format!("{} {}", of("ID"), of("ID_LIKE")).trim().to_owned());
        }
    }
    Ok(String::new())
}
