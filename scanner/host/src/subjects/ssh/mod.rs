//! The SSH server: what is in force for every kind of connection, its host keys, and the keys that it
//! lets in.

mod algorithm;
mod allow;
mod asn1;
mod authorized;
mod context;
mod criterion;
mod effective;
mod facets;
mod files;
mod glob;
mod host_key;
mod key;
mod keyword;
mod lex;
mod load;
mod options;
mod pattern;
mod query;
mod start;
mod value;
mod world;

#[cfg(test)]
pub(crate) mod tests;

use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use crate::{FileKind, Host, Output, Setting, Subject};
use algorithm::Version;
use context::Listening;
use effective::Server;
use load::Config;
use start::Start;
use world::World;

pub(crate) use asn1::base64;
pub use query::{Query, sshd_answer};

/// The SSH server, its keys, and the keys of users.
pub(crate) static SUBJECT: Subject =
    Subject { name: "ssh", types: &[SERVER, host_key::KIND, authorized::KIND], collect };

const SERVER: &str = "linux.sshd";

/// Names under which distributions package the program.
const PACKAGES: &[&str] = &["openssh-server", "openssh-server-pam", "openssh"];
/// Where programs named sshd lie.
const PROGRAMS: &[&str] = &[
    "/usr/sbin/sshd",
    "/usr/bin/sshd",
    "/usr/local/sbin/sshd",
    "/sbin/sshd",
    "/opt/ssh/sbin/sshd",
];

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    let kinds = [SERVER, host_key::KIND, authorized::KIND];
    let all = |out: &mut dyn Output, result: Result<(), Gap>| {
        for kind in kinds {
            out.listed(kind, result.clone());
        }
    };
    let program = match program(host) {
        Ok(Some(path)) => path,
        Ok(None) => return all(out, Ok(())),
        Err(gap) => return all(out, Err(gap)),
    };
    let read = || -> Result<_, Gap> {
        let starts = start::all(host)?;
        let world = World::read(host)?;
        Ok((starts, world, distribution(host)?))
    };
    let (starts, world, patched) = match read() {
        Ok(read) => read,
        Err(gap) => return all(out, Err(gap)),
    };
    let version = version(host, program);
    let mut result = Ok(());
    let mut keys = host_key::Keys::default();
    let mut users = authorized::Files::default();
    for start in &starts {
        let read = configuration(host, start);
        let (path, config) = match read {
            Ok(Some(found)) => found,
            Ok(None) => continue,
            Err(gap) => {
                result = Err(gap);
                continue;
            }
        };
        // Without its name the program's defaults are those of the version that Debian 12 has.
        let known = version.as_ref().ok().copied().flatten();
        let server = Server { config: &config, command: &start.command, version: known, patched };
        let seen = Seen::new(host, start, server, &world);
        let mut document = document(host, start, &path, &seen, &world);
        if let Err(gap) = &version {
            facets::lose_version(&mut document, gap);
        }
        out.put(document);
        keys.add(&seen);
        users.add(&seen, &world);
    }
    out.listed(SERVER, result.clone());
    let listed = keys.put(host, &world, out);
    out.listed(host_key::KIND, result.clone().and(listed));
    let listed = users.put(host, &world, out);
    out.listed(authorized::KIND, result.and(listed));
}

/// The program's version: as it names itself, else as its package does. `None`: neither says.
///
/// # Errors
/// The program cannot be read, and no package tells.
fn version(host: &Host<'_>, program: &str) -> Result<Option<Version>, Gap> {
    let bytes = host.bytes(program);
    if let Ok(Some(bytes)) = &bytes
        && let Some(version) = Version::find(bytes)
    {
        return Ok(Some(version));
    }
    let packaged = crate::packages::upstream(host, PACKAGES)?;
    match packaged.and_then(|v| Version::find(format!("OpenSSH_{v}").as_bytes())) {
        Some(version) => Ok(Some(version)),
        None => bytes.map(|_| None),
    }
}

/// The program. `None`: it is not installed.
fn program(host: &Host<'_>) -> Result<Option<&'static str>, Gap> {
    for path in PROGRAMS {
        if host.stat(path)?.is_some_and(|s| s.kind == FileKind::File) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// The configuration that a server reads. `None`: there is none, so it does not start.
fn configuration(host: &Host<'_>, start: &Start) -> Result<Option<(String, Config)>, Gap> {
    if let Some((path, _)) = &start.config {
        return Ok(Config::read(host, path)?.map(|c| (path.clone(), c)));
    }
    // SUSE keeps the packaged file below /usr/etc, for where there is none in /etc.
    for path in ["/etc/ssh/sshd_config", "/usr/etc/ssh/sshd_config"] {
        if let Some(config) = Config::read(host, path)? {
            return Ok(Some((path.to_owned(), config)));
        }
    }
    Ok(None)
}

/// Whether sshd asks PAM: of several ways in which the host starts it, one that does not. `None`: it is
/// not installed, or has no configuration.
///
/// # Errors
/// What cannot be read.
pub(super) fn uses_pam(host: &Host<'_>) -> Result<Option<Setting>, Gap> {
    if program(host)?.is_none() {
        return Ok(None);
    }
    let patched = distribution(host)?;
    let mut out: Option<Setting> = None;
    for start in &start::all(host)? {
        let Some((_, config)) = configuration(host, start)? else { continue };
        let server = Server { config: &config, command: &start.command, version: None, patched };
        let seen = Seen { server, start, contexts: Ok(Vec::new()) };
        let Some(decision) = seen.global("UsePAM") else { continue };
        let yes = decision.value == "yes";
        if out.as_ref().is_none_or(|o| o.value == true) {
            let mut setting = Setting::of(yes, decision.origin);
            setting.place = decision.place.map(|p| (p.file.to_string(), p.line));
            out = Some(setting);
        }
    }
    Ok(out)
}

/// Defaults that the distribution's build of sshd has changed.
fn distribution(host: &Host<'_>) -> Result<&'static [(&'static str, &'static str)], Gap> {
    let mut text = host.text("/etc/os-release")?;
    if text.is_none() {
        text = host.text("/usr/lib/os-release")?;
    }
    let Some(found) = text else { return Ok(&[]) };
    let value = |key: &str| {
        let line = found.text.lines().rev().find_map(|l| l.strip_prefix(key)?.strip_prefix('='));
        line.unwrap_or("").trim().trim_matches(['"', '\'']).to_ascii_lowercase()
    };
    let (id, like, version) = (value("ID"), value("ID_LIKE"), value("VERSION_ID"));
    let suse = id.contains("suse") || id.starts_with("sles") || like.contains("suse");
    Ok(match suse {
        true if version.starts_with("12") || version.starts_with("15") => {
            &[("UsePAM", "yes"), ("X11Forwarding", "yes"), ("PermitRootLogin", "yes")]
        }
        true => &[("UsePAM", "yes"), ("X11Forwarding", "yes")],
        false => &[],
    })
}

/// A server with the kinds of connections that it tells apart.
struct Seen<'a> {
    server: Server<'a>,
    start: &'a Start,
    contexts: Result<Vec<context::Context>, Gap>,
}

impl<'a> Seen<'a> {
    fn new(host: &Host<'_>, start: &'a Start, server: Server<'a>, world: &World) -> Self {
        let listening = listening(host, &server, start);
        let contexts = context::all(server.config, world, &listening);
        Self { server, start, contexts }
    }

    /// What decides a keyword that `Match` cannot set.
    fn global(&self, name: &str) -> Option<effective::Decision> {
        let keyword = keyword::find(name)?;
        let none: Vec<bool> = self.server.config.blocks.iter().map(criterion::Block::all).collect();
        Some(self.server.decide(keyword, &none))
    }

    /// The word that decides a keyword that `Match` cannot set.
    fn word(&self, name: &str) -> String {
        let value = self.global(name).map(|d| d.value);
        value.and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// The ports and addresses that the configuration says. Sockets of systemd decide instead where they
/// start the server: then any port counts.
fn listening(host: &Host<'_>, server: &Server<'_>, start: &Start) -> Listening {
    let seen = Seen { server: Server { ..*server }, start, contexts: Ok(Vec::new()) };
    let list = |name: &str| -> Vec<String> {
        let value = seen.global(name).map_or(Value::Null, |d| d.value);
        let words = value.as_array().cloned().unwrap_or_default();
        words.iter().filter_map(|w| w.as_str().map(str::to_owned)).collect()
    };
    let names = seen.word("UseDNS") == "yes";
    let sockets = crate::systemd::units(host)
        .map(|units| ["ssh.socket", "sshd.socket"].iter().any(|s| units.starts(s).may()));
    if sockets != Ok(false) {
        return Listening { names, ..Listening::default() };
    }
    let mut ports: Vec<u16> = list("Port").iter().filter_map(|p| port(p)).collect();
    if ports.is_empty() {
        ports.push(22);
    }
    let mut addresses = Vec::new();
    let mut own_ports = Vec::new();
    let listens = list("ListenAddress");
    let mut any = listens.is_empty();
    for text in &listens {
        let (address, own) = match text.strip_prefix('[') {
            Some(rest) => {
                let (a, p) = rest.split_once(']').unwrap_or((rest, ""));
                (a, p.strip_prefix(':'))
            }
            None if text.matches(':').count() == 1 => {
                text.split_once(':').map_or((text.as_str(), None), |(a, p)| (a, Some(p)))
            }
            None => (text.as_str(), None),
        };
        match own.and_then(port) {
            Some(p) => own_ports.push(p),
            None => own_ports.extend(&ports),
        }
        match address.parse::<std::net::IpAddr>() {
            Ok(ip) if !ip.is_unspecified() => addresses.push(ip),
            _ => any = true,
        }
    }
    if any {
        addresses.clear();
    }
    let ports = if own_ports.is_empty() { ports } else { own_ports };
    Listening { ports, addresses, names }
}

fn port(text: &str) -> Option<u16> {
    if text == "ssh" { Some(22) } else { text.parse().ok() }
}

fn document(
    host: &Host<'_>,
    start: &Start,
    path: &str,
    seen: &Seen<'_>,
    world: &World,
) -> Resource {
    let mut r = host.document(SERVER, &start.item);
    let mut errors = Vec::new();
    for (what, place) in &start.problems {
        errors.push(json!({"What": what, "file": &*place.file, "line": place.line}));
    }
    for p in &seen.server.config.problems {
        errors.push(json!({"What": p.what, "file": &*p.place.file, "line": p.place.line}));
    }
    for s in &seen.server.config.statements {
        if let Err(what) = seen.server.value(s) {
            errors.push(json!({"What": what, "file": &*s.place.file, "line": s.place.line}));
        }
    }
    let version = seen.server.version.map(|v| format!("{}.{}", v.0, v.1));
    let mut set = |name: &str, value: Value| {
        r.properties.insert(name.to_owned(), value);
    };
    set("ConfigurationFile", path.into());
    set("Version", version.into());
    set("Units", start.units.iter().filter(|u| !u.is_empty()).cloned().collect());
    set("Errors", errors.into());
    facets::keywords(seen, &mut r);
    facets::combined(host, seen, &mut r);
    match files::of(host, start, path, seen, world) {
        Ok(value) => {
            r.properties.insert("Files".to_owned(), value);
        }
        Err(gap) => r.lose("Files", gap),
    }
    r
}
