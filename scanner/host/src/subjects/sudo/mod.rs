//! sudo: who may run what as whom, and under which settings, when sudo has read all its files.

pub(super) mod ast;
mod command;
pub(super) mod contexts;
mod cursor;
mod defaults;
pub(super) mod glob;
mod grants;
mod load;
mod matching;
mod moment;
pub(super) mod names;
mod parse;
mod path;
pub(super) mod program;
pub(super) mod risk;
#[cfg(test)]
mod tests;
mod text;
mod version;

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use self::ast::What;
use self::defaults::Defaults;
use self::grants::Grant;
use self::matching::Lists;
use self::names::Names;
use self::program::Program;
use self::version::Built;
use crate::{Host, Output, Subject};

/// The policy of sudo.
pub(crate) static SUBJECT: Subject = Subject { name: "sudo", types: &[KIND], collect };

const KIND: &str = "linux.sudoers";
/// Elements of lists that are looked at: enough for a hundred thousand lines.
const BUDGET: u64 = 40_000_000;

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    match document(host) {
        Ok(Some(r)) => {
            out.put(r);
            out.listed(KIND, Ok(()));
        }
        Ok(None) => out.listed(KIND, Ok(())),
        Err(gap) => out.listed(KIND, Err(gap)),
    }
}

/// Where the policy is: what `/etc/sudo.conf` says, `/etc/sudoers`, or what the distribution ships.
fn main_file(host: &Host<'_>) -> Result<Option<PathBuf>, Gap> {
    if let Some(conf) = host.text("/etc/sudo.conf")? {
        for line in conf.text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [keyword, symbol, module, args @ ..] = words.as_slice() else { continue };
            // Where plug-ins lie: `Path plugin_dir /opt/plugins`.
            if keyword.eq_ignore_ascii_case("path") && *symbol == "plugin_dir" {
                let why = format!("/etc/sudo.conf: plug-ins are those of {module}");
                return Err(Gap::new(GapState::Unsupported, why));
            }
            if !keyword.eq_ignore_ascii_case("plugin") {
                continue;
            }
            let own = ["/usr/lib", "/usr/libexec/"].iter().any(|d| module.starts_with(d));
            if (*symbol == "sudoers_policy" || *symbol == "sudoers_audit")
                && (*module == "sudoers.so" || own)
            {
                let file = args.iter().find_map(|a| a.strip_prefix("sudoers_file="));
                if let Some(file) = file {
                    return Ok(Some(PathBuf::from(file)));
                }
            } else if symbol.contains("policy") {
                let why =
                    format!("/etc/sudo.conf: the policy is that of {module}, which is not read");
                return Err(Gap::new(GapState::Unsupported, why));
            }
        }
    }
    for path in ["/etc/sudoers", "/usr/etc/sudoers"] {
        if host.stat(path)?.is_some() {
            return Ok(Some(PathBuf::from(path)));
        }
    }
    Ok(None)
}

fn document(host: &Host<'_>) -> Result<Option<Resource>, Gap> {
    let mut installed = false;
    for path in version::PROGRAMS {
        installed |= host.stat(path)?.is_some();
    }
    let Some(main) = main_file(host)?.filter(|_| installed) else { return Ok(None) };
    let names = Names::read(host)?;
    let loaded = load::load(host, &names, &main);
    let mut r = host.document(KIND, "");
    r.properties.insert("Files".to_owned(), files(&loaded));
    r.properties.insert("Errors".to_owned(), errors(&loaded));
    let built = Built::read(host);
    let policy = &loaded.policy;
    let lists = |assume| Lists {
        names: &names,
        aliases: &policy.aliases,
        assume,
        budget: Cell::new(BUDGET),
        busy: RefCell::default(),
    };
    let (yes, no) = (lists(true), lists(false));
    let now = host.now().as_second();
    let (granted, more) = grants::grants(policy, &yes, now);
    let (sure, more_sure) = grants::grants(policy, &no, now);
    let defaults = Defaults { policy, lists: &yes };
    let contexts = contexts::contexts(policy, &yes, &granted);
    facets(&mut r, &defaults, &contexts, &built);
    match environments(host, &defaults, &contexts) {
        Ok(more) => {
            if let Some(Value::Array(kept)) = r.properties.get_mut("env_keep") {
                kept.extend(more);
            }
        }
        Err(gap) => r.lose("env_keep", gap),
    }
    let searched = r.properties.get("secure_path").cloned().unwrap_or_default();
    crate::subjects::accounts::facet(&mut r, "OpenPath", path::open(host, &searched));
    let too_many = (more || more_sure)
        .then(|| Gap::new(GapState::Malformed, "it grants more than can be looked at".to_owned()));
    let other = elsewhere(host).unwrap_or_else(Some);
    let lost = loaded.gaps.first().cloned().or(too_many).or(other);
    let grants = granted.iter().map(|g| grant(host, g, sure.contains(g))).collect::<Result<_, _>>();
    let grants = match lost {
        None => grants.map(Value::Array),
        Some(gap) => Err(gap),
    };
    match grants {
        Ok(grants) => {
            r.properties.insert("Grants".to_owned(), grants);
        }
        Err(gap) => r.lose("Grants", gap),
    }
    if let Some(gap) = loaded.gaps.first() {
        for facet in [
            "timestamp_timeout",
            "timestamp_type",
            "use_pty",
            "env_reset",
            "env_keep",
            "Logged",
            "secure_path",
            "OpenPath",
            "Files",
        ] {
            r.lose(facet, gap.clone());
        }
    }
    Ok(Some(r))
}

/// What sudo answers on a host: `None` where somebody may not run a program with these arguments as a
/// target, else whether a password is asked for. For tests against sudo itself.
///
/// # Errors
/// What could not be read.
pub fn sudo_answer(
    host: &Host<'_>,
    user: &str,
    target: &str,
    program: &str,
    args: &str,
) -> Result<Option<bool>, String> {
    let answer = || -> Result<Option<bool>, Gap> {
        let Some(main) = main_file(host)? else { return Ok(None) };
        let names = Names::read(host)?;
        let loaded = load::load(host, &names, &main);
        let aliases = &loaded.policy.aliases;
        let (budget, busy) = (Cell::new(BUDGET), RefCell::default());
        let lists = Lists { names: &names, aliases, assume: false, budget, busy };
        let args = if args.is_empty() { ast::Args::None } else { ast::Args::Glob(args.to_owned()) };
        let what = What::Path(program.to_owned(), args);
        let now = host.now().as_second();
        Ok(grants::answer(&loaded.policy, &lists, now, (user, target), &what))
    };
    answer().map_err(|gap| gap.detail)
}

fn facets(
    r: &mut Resource,
    d: &Defaults<'_>,
    all: &[contexts::Named<'_>],
    built: &Result<Built, Gap>,
) {
    let unknown = || Gap::new(GapState::Failed, "the version of sudo cannot be told".to_owned());
    let known = |f: fn(&Built) -> Option<Value>| match built {
        Ok(b) => f(b).ok_or_else(unknown),
        Err(gap) => Err(gap.clone()),
    };
    let timeout = built.as_ref().map_err(Clone::clone).and_then(Built::timeout);
    let compiled = timeout.as_ref().ok().copied();
    let pty = known(|b| b.pty().map(Value::Bool));
    let pty_default = pty.as_ref().ok().and_then(Value::as_bool);
    let list: [(&str, Option<Value>, Option<Gap>); 6] = [
        (
            "timestamp_timeout",
            contexts::facet(all, |cx| contexts::timeout(d, compiled.unwrap_or(f64::NAN), cx)),
            timeout.err(),
        ),
        ("timestamp_type", contexts::facet(all, |cx| contexts::timestamp_type(d, cx)), None),
        ("use_pty", contexts::facet(all, |cx| d.flag("use_pty", pty_default, cx)), pty.err()),
        ("env_reset", contexts::facet(all, |cx| d.flag("env_reset", Some(true), cx)), None),
        (
            "secure_path",
            contexts::facet(all, |cx| d.text("secure_path", "".into(), cx).map(on)),
            None,
        ),
        ("Logged", contexts::facet(all, |cx| contexts::logged(d, cx)), None),
    ];
    for (name, value, gap) in list {
        match value {
            Some(value) => {
                r.properties.insert(name.to_owned(), value);
            }
            None => r.lose(name, gap.unwrap_or_else(unknown)),
        }
    }
    r.properties.insert("env_keep".to_owned(), contexts::kept(d, all));
}

/// Files of variables (`env_file`) that others than root can change, as if they kept what these say.
fn environments(
    host: &Host<'_>,
    d: &Defaults<'_>,
    all: &[contexts::Named<'_>],
) -> Result<Vec<Value>, Gap> {
    let mut out: Vec<Value> = Vec::new();
    for named in all {
        let Some(setting) = d.text("env_file", false.into(), named.context()) else { continue };
        let Some(path) = setting.value.as_str() else { continue };
        let known = out.iter().any(|o| o.get("Setting") == Some(&setting.json()));
        if !known && !Program::look(host, path)?.writers.is_empty() {
            let (label, setting) = (&named.label, setting.json());
            out.push(json!({"For": label, "Name": "any variable of a file", "Setting": setting}));
        }
    }
    Ok(out)
}

/// A source of rules beside the files that nsswitch.conf names and the host is set up for: what it
/// grants is not read.
fn elsewhere(host: &Host<'_>) -> Result<Option<Gap>, Gap> {
    let Some(conf) = host.text("/etc/nsswitch.conf")? else { return Ok(None) };
    let says = |l: &str| l.trim_start().strip_prefix("sudoers:").map(str::to_owned);
    let Some(list) = conf.text.lines().filter_map(says).next_back() else { return Ok(None) };
    let list = list.split('#').next().unwrap_or_default();
    for source in list.split_whitespace() {
        let set_up: &[&str] = match source {
            "sss" => &["/etc/sssd/sssd.conf"],
            "ldap" => &["/etc/sudo-ldap.conf", "/etc/ldap/ldap.conf", "/etc/ldap.conf"],
            _ => continue,
        };
        for path in set_up {
            let Some(file) = host.text(path)? else { continue };
            let base = file.text.lines().any(|l| l.trim_start().starts_with("sudoers_base"));
            if source == "sss" || base {
                let why = format!("/etc/nsswitch.conf: rules of sudo also come from {source}");
                return Ok(Some(Gap::new(GapState::Unsupported, why)));
            }
        }
    }
    Ok(None)
}

/// Switched off is the empty text.
fn on(mut setting: crate::Setting) -> crate::Setting {
    if setting.value == false {
        setting.value = "".into();
    }
    for other in &mut setting.others {
        if other.value == false {
            other.value = "".into();
        }
    }
    setting
}

fn files(loaded: &load::Loaded) -> Value {
    let one = |f: &load::Seen| {
        json!({
            "file": f.path,
            "line": 1,
            "Access": f.access.json(),
            "Owner": f.access.stat.uid,
            "Refused": f.refused,
        })
    };
    loaded.files.iter().map(one).collect()
}

fn errors(loaded: &load::Loaded) -> Value {
    let all = loaded.policy.errors.iter();
    all.map(|(why, at)| json!({"Why": why, "file": *at.file, "line": at.line})).collect()
}

fn grant(host: &Host<'_>, g: &Grant<'_>, certain: bool) -> Result<Value, Gap> {
    let (mut names, mut writers) = (Vec::new(), Vec::new());
    if let What::Path(path, args) = g.leaf.what {
        let plain = if glob::is_pattern(path) || path.ends_with('/') {
            path.rsplit_once('/').map_or("/", |(folder, _)| folder).to_owned()
        } else {
            glob::literal(path)
        };
        if glob::is_pattern(&plain) {
            names.extend(Path::new(&plain).file_name().map(|n| n.to_string_lossy().into_owned()));
        } else {
            Program { names, writers } = Program::look(host, &plain)?;
            if let Some(script) = risk::script(&names, args) {
                writers.extend(Program::look(host, &script)?.writers);
            }
        }
    }
    if let Some(uid) = g.target.uid.filter(|u| *u != 0) {
        let own = format!("user {uid}");
        writers.retain(|w| w.split(" through").next() != Some(own.as_str()));
    }
    let gives = risk::judge(g.leaf.what, &names, g.noexec).map(risk::Gives::as_str);
    let gives =
        if g.chroot { gives.filter(|g| *g == "everything").or(Some("shell")) } else { gives };
    let gives = if g.but { Some("everything_but") } else { gives };
    let setenv = g.setenv.as_ref().filter(|_| *g.leaf.what != What::All);
    Ok(json!({
        "User": g.user.label,
        "As": g.target.label,
        "Root": g.target.is_root(),
        "Command": g.command,
        "Pinned": g.leaf.digest,
        "Authenticate": g.authenticate.json(),
        "Password": g.password,
        "Gives": gives,
        "SetEnv": setenv.map(crate::Setting::json),
        "Writers": writers,
        "Certain": certain,
        "file": *g.place.file,
        "line": g.place.line,
    }))
}
