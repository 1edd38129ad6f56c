//! `linux.logging`: whether the journal stays, where logs are sent, who can read new log files, and
//! what takes logs from the network.

mod condition;
mod include;
mod journal;
mod reach;
mod rotate;
mod rsyslog;
mod scan;
mod syntax;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use crate::systemd::{Init, Source, Starts, Units, options, units, variables, words};
use crate::{Host, Output, Setting, Subject, boot};
use rsyslog::Config;

const KIND: &str = "linux.logging";

/// The subject.
pub(crate) static SUBJECT: Subject = Subject { name: "logging", types: &[KIND], collect };

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    // What runs in a container is logged by its engine.
    if boot::starts(host) {
        out.put(document(host));
    }
    out.listed(KIND, Ok(()));
}

fn set(out: &mut Resource, facet: &str, value: Result<Value, Gap>) {
    match value {
        Ok(value) => {
            out.properties.insert(facet.to_owned(), value);
        }
        Err(gap) => out.lose(facet, gap),
    }
}

/// What a syslog daemon does.
#[derive(Default)]
struct Daemon {
    forwards: Vec<Value>,
    receivers: Vec<Value>,
    files: Vec<Value>,
    /// Why it is not known how new files are made.
    unknown: Option<Gap>,
}

fn document(host: &Host<'_>) -> Resource {
    let mut out = host.document(KIND, "");
    let units = match units(host) {
        Ok(units) => units,
        Err(gap) => {
            for facet in ["Storage", "Persistent", "Daemons", "Forwards", "Receivers", "NewFiles"] {
                out.lose(facet, gap.clone());
            }
            return out;
        }
    };
    let journal = options(host, "journald.conf", "Journal");
    if units.init == Init::Systemd {
        let storage = journal.as_ref().map_err(Clone::clone).map(journal::storage);
        set(&mut out, "Storage", storage.map(|s| s.json()));
        let persistent = journal
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|j| journal::persistent(host, &units, j));
        set(&mut out, "Persistent", persistent.map(|s| s.json()));
    } else {
        set(&mut out, "Storage", Ok(Value::Null));
        set(&mut out, "Persistent", Ok(Value::Null));
    }
    let mut names: Vec<&str> = Vec::new();
    let mut all: Vec<Result<Daemon, Gap>> = Vec::new();
    for (name, services) in DAEMONS {
        // `syslog.service` is also the other name of whichever daemon is installed.
        let own: Vec<&str> = services.iter().copied().filter(|s| !taken(&units, name, s)).collect();
        match units.any_starts(&own) {
            Starts::No(_) => continue,
            Starts::Unknown(gap) => all.push(Err(gap)),
            _ => all.push(match name {
                "rsyslog" => journal.as_ref().map_err(Clone::clone).and_then(|j| {
                    let limit = journal::level(j, "MaxLevelSyslog");
                    syslog(host, &units, limit.unwrap_or_else(|| j.flag("ForwardToSyslog", true)))
                }),
                "busybox" => busybox(host),
                _ => Err(Gap::new(
                    GapState::Unsupported,
                    format!("the configuration of {name} is not read"),
                )),
            }),
        }
        names.push(name);
    }
    set(&mut out, "Daemons", Ok(json!(names)));
    let gather = |f: fn(&Daemon) -> &Vec<Value>| {
        let mut out = Vec::new();
        for daemon in &all {
            out.extend(f(daemon.as_ref().map_err(Clone::clone)?).iter().cloned());
        }
        Ok::<_, Gap>(out)
    };
    let more = |list: Result<Vec<Value>, Gap>, more: Result<Vec<Value>, Gap>| {
        let (mut list, more) = (list?, more?);
        list.extend(more);
        Ok(Value::from(list))
    };
    set(&mut out, "Forwards", more(gather(|d| &d.forwards), journal::forwards(host, &units)));
    let others = journal::receivers(&units).and_then(|mut r| {
        r.extend(super::audit::listener(host, &units)?);
        Ok(r)
    });
    set(&mut out, "Receivers", more(gather(|d| &d.receivers), others));
    let unknown = all.iter().flatten().find_map(|d| d.unknown.clone());
    let files = unknown.map_or_else(|| gather(|d| &d.files), Err);
    let rotated = files.as_ref().map_err(Clone::clone).and_then(|f| rotate::readable(host, f));
    set(&mut out, "NewFiles", more(files, rotated));
    out
}

/// Whether a service is that of another daemon under this name.
fn taken(units: &Units, name: &str, service: &str) -> bool {
    let real = &units.unit(service).name;
    let others = DAEMONS.iter().filter(|(other, _)| *other != name);
    others.flat_map(|(_, services)| *services).any(|other| other == real)
}

/// Syslog daemons and their services.
const DAEMONS: [(&str, &[&str]); 5] = [
    ("rsyslog", &["rsyslog.service", "rsyslogd.service"]),
    ("syslog-ng", &["syslog-ng.service"]),
    ("busybox", &["syslog.service", "busybox-syslogd.service"]),
    ("metalog", &["metalog.service"]),
    ("sysklogd", &["sysklogd.service", "inetutils-syslogd.service"]),
];

/// Whether an address is this host itself.
fn local(address: &str) -> bool {
    let bare = address.trim_matches(['[', ']']);
    let port = bare.rsplit_once(':').filter(|(h, p)| !h.contains(':') && p.parse::<u16>().is_ok());
    let bare = port.map_or(bare, |(host, _)| host).trim_matches(['[', ']']);
    bare == "::1"
        || bare == "localhost"
        || bare.starts_with("127.")
        || bare.starts_with("localhost.")
}

/// What rsyslog does as it starts.
fn syslog(host: &Host<'_>, units: &Units, handed_on: Setting) -> Result<Daemon, Gap> {
    let unit = units.unit("rsyslog.service");
    let mut path = PathBuf::from("/etc/rsyslog.conf");
    if unit.source == Source::Files {
        for command in unit.commands("ExecStart") {
            let arguments = unit.arguments(host, &command)?;
            let mut all = arguments.iter().map(|a| a.0.as_str());
            while let Some(argument) = all.next() {
                if let Some(value) = argument.strip_prefix("-f") {
                    let value = if value.is_empty() { all.next() } else { Some(value) };
                    path = value.unwrap_or("/etc/rsyslog.conf").into();
                }
            }
        }
    }
    let Some(config) = rsyslog::read(host, &path)? else { return Ok(Daemon::default()) };
    let mask = unit.last("Service", "UMask").and_then(|a| u32::from_str_radix(&a.value, 8).ok());
    let mask = config.umask.or(mask).unwrap_or(0o022);
    let mut out = Daemon::default();
    // Where the journal hands nothing on, only a daemon that reads the journal gets messages.
    let fed = units.init != Init::Systemd
        || handed_on.value == true
        || config.modules.contains("imjournal");
    for (how, target, place) in reach::forwards(&config) {
        if fed && !local(&target) {
            out.forwards.push(json!({
                "How": format!("rsyslog {how}"), "Target": target,
                "file": &*place.file, "line": place.line,
            }));
        }
    }
    out.receivers = receivers(&config);
    for (path, mode, place) in reach::files(&config) {
        if path.starts_with("/dev/") {
            continue;
        }
        let mode = mode & !mask & 0o777;
        out.files.push(json!({
            "Path": path, "Mode": format!("{mode:04o}"), "Readable": mode & 4 != 0,
            "file": &*place.file, "line": place.line,
        }));
    }
    Ok(out)
}

/// The ports that rsyslog opens: those of modules that are loaded.
fn receivers(config: &Config) -> Vec<Value> {
    let open = config.inputs.iter().filter(|i| config.modules.contains(&i.module));
    let one = |i: &rsyslog::Input| {
        json!({
            "Program": "rsyslog", "Protocol": i.protocol, "Port": i.port,
            "Local": local(&i.address), "file": &*i.place.file, "line": i.place.line,
        })
    };
    open.map(one).collect()
}

/// The syslog daemon of BusyBox: its options are all there is.
fn busybox(host: &Host<'_>) -> Result<Daemon, Gap> {
    let mut out = Daemon::default();
    let (mut memory, mut local_too) = (false, false);
    for path in
        ["/etc/conf.d/syslog", "/etc/conf.d/busybox-syslogd", "/etc/default/busybox-syslogd"]
    {
        let Some(found) = host.text(path)? else { continue };
        for (name, value, line) in variables(&found.text) {
            if name != "SYSLOGD_OPTS" {
                continue;
            }
            let options = words(&value);
            let mut all = options.iter();
            while let Some(option) = all.next() {
                memory |= option.starts_with("-C");
                local_too |= option == "-L";
                let Some(rest) = option.strip_prefix("-R") else { continue };
                let next =
                    if rest.is_empty() { all.next().map(String::as_str) } else { Some(rest) };
                let target = next.unwrap_or("");
                if !target.is_empty() && !local(target) {
                    out.forwards.push(json!({
                        "How": "busybox udp", "Target": target, "file": path, "line": line,
                    }));
                }
            }
        }
    }
    // With a target it writes no file, unless told to; nor where it keeps messages in memory.
    if !memory && (out.forwards.is_empty() || local_too) {
        let detail =
            "the mode of new files of BusyBox's syslogd is that of the shell that starts it";
        out.unknown = Some(Gap::new(GapState::Unsupported, detail));
    }
    Ok(out)
}
