//! Settings that the kernel keeps for each interface, for all, and as the default of new ones, and
//! what it makes of them (`ip-sysctl` of the kernel's documentation).

use assay_core::{Gap, GapState};
use serde_json::{Value, json};

use super::table::{Table, number};
use crate::{Origin, Setting};

/// How the value for all and the interface's own make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joined {
    /// On where either is on.
    Either,
    /// On where both are on.
    Both,
    /// The greater one.
    Greater,
}

/// One setting of interfaces.
struct Key {
    name: &'static str,
    joined: Joined,
    /// Built in: for all, and for new interfaces.
    default: (i64, i64),
}

const INT: (i64, i64) = (i32::MIN as i64, i32::MAX as i64);
/// Most interfaces that files may name.
const MAX_INTERFACES: usize = 128;

/// One interface's answer: `{Interface, Family, Setting}`.
fn item(interface: &str, family: &str, setting: &Setting) -> Value {
    json!({"Interface": interface, "Family": family, "Setting": setting.json()})
}

/// The interfaces that files name, with a limit.
fn named(table: &Table, family: &str) -> Result<Vec<String>, Gap> {
    let all = table.interfaces(family);
    if all.len() > MAX_INTERFACES {
        let detail = format!("settings name more than {MAX_INTERFACES} interfaces");
        return Err(Gap::new(GapState::Malformed, detail));
    }
    Ok(all)
}

fn read(table: &Table, family: &str, name: &str, key: &str) -> Result<Option<Setting>, Gap> {
    table.number(&format!("net/{family}/conf/{name}/{key}"), INT)
}

fn value(setting: &Setting) -> i64 {
    setting.value.as_i64().unwrap_or(0)
}

fn in_file(setting: &Setting) -> bool {
    setting.origin != Origin::Default
}

fn built_in(n: i64) -> Setting {
    Setting::of(n, Origin::Default)
}

/// What the kernel makes of a key for the interfaces of IPv4: the default stands for all that no
/// file names.
fn four(table: &Table, key: &Key) -> Result<Vec<(String, Setting)>, Gap> {
    let or = |name: &str, n: i64| {
        let found = read(table, "ipv4", name, key.name)?;
        let path = || format!("net/ipv4/conf/{name}/{}", key.name);
        Ok::<_, Gap>(found.unwrap_or_else(|| table.built_in(&path(), n)))
    };
    let all = or("all", key.default.0)?;
    let default = or("default", key.default.1)?;
    let mut out = vec![("default".to_owned(), join(key.joined, &all, &default))];
    for name in named(table, "ipv4")? {
        if let Some(own) = read(table, "ipv4", &name, key.name)? {
            out.push((name, join(key.joined, &all, &own)));
        }
    }
    Ok(out)
}

/// The one of two that decides.
fn join(joined: Joined, all: &Setting, own: &Setting) -> Setting {
    let (a, o) = (value(all), value(own));
    let all_decides = match joined {
        Joined::Greater => a > o || (a == o && o != 0 && !in_file(own)),
        // Where both say yes, the one that a file says.
        Joined::Either => a != 0 && (o == 0 || !in_file(own) || in_file(all)),
        Joined::Both if !in_file(own) => a == 0 || o != 0,
        Joined::Both => a == 0 && o != 0,
    };
    let mut out = if all_decides { all.clone() } else { own.clone() };
    let on = match joined {
        Joined::Either => a != 0 || o != 0,
        Joined::Both => a != 0 && o != 0,
        Joined::Greater => return out,
    };
    out.value = on.into();
    out
}

/// IPv6 keeps no value for all: each interface starts with the default, and only its own counts.
/// Still a file that says it for all says what is meant, and is listed.
fn six(table: &Table, name: &str, built: i64) -> Result<Vec<(String, Setting)>, Gap> {
    let mut out = Vec::new();
    let off = |interface: &str| off(table, interface);
    if !off("default")? {
        let own = read(table, "ipv6", "default", name)?;
        out.push((
            "default".to_owned(),
            own.unwrap_or_else(|| table.built_in(&format!("net/ipv6/conf/default/{name}"), built)),
        ));
        if let Some(all) = read(table, "ipv6", "all", name)? {
            out.push(("all".to_owned(), all));
        }
    }
    for interface in named(table, "ipv6")? {
        if let Some(own) = read(table, "ipv6", &interface, name)?
            && !off(&interface)?
        {
            out.push((interface, own));
        }
    }
    Ok(out)
}

/// Whether IPv6 is switched off for an interface (`default`: for those that no file names).
fn off(table: &Table, interface: &str) -> Result<bool, Gap> {
    let own = read(table, "ipv6", interface, "disable_ipv6")?;
    let default = read(table, "ipv6", "default", "disable_ipv6")?;
    let all = read(table, "ipv6", "all", "disable_ipv6")?;
    Ok([own, default, all].iter().flatten().next().is_some_and(|s| value(s) != 0))
}

/// A list of answers as a facet.
fn list(family: &str, all: Vec<(String, Setting)>, f: impl Fn(i64) -> Option<Value>) -> Vec<Value> {
    let one = |(interface, mut setting): (String, Setting)| {
        if let Some(value) = setting.value.as_i64().and_then(&f) {
            setting.value = value;
        }
        item(&interface, family, &setting)
    };
    all.into_iter().map(one).collect()
}

const fn key(name: &'static str, joined: Joined, default: (i64, i64)) -> Key {
    Key { name, joined, default }
}

/// ICMP redirects that are taken. `ipv6`: whether the kernel speaks it.
pub(super) fn accept_redirects(table: &Table, ipv6: bool) -> Result<Value, Gap> {
    let mut out =
        list("ipv4", four(table, &key("accept_redirects", Joined::Either, (1, 1)))?, |_| None);
    if ipv6 {
        out.extend(list("ipv6", six(table, "accept_redirects", 1)?, |n| Some((n != 0).into())));
    }
    Ok(out.into())
}

/// ICMP redirects that are sent.
pub(super) fn send_redirects(table: &Table) -> Result<Value, Gap> {
    let all = four(table, &key("send_redirects", Joined::Either, (1, 1)))?;
    Ok(list("ipv4", all, |_| None).into())
}

/// Source routes that are taken.
pub(super) fn source_route(table: &Table, ipv6: bool) -> Result<Value, Gap> {
    let all = four(table, &key("accept_source_route", Joined::Both, (0, 1)))?;
    let mut out = list("ipv4", all, |_| None);
    if ipv6 {
        let all = six(table, "accept_source_route", 0)?;
        out.extend(list("ipv6", all, |n| Some((n > 0).into())));
    }
    Ok(out.into())
}

/// Reverse path filtering: 0 off, 1 strict, 2 loose.
pub(super) fn rp_filter(table: &Table) -> Result<Value, Gap> {
    let all = four(table, &key("rp_filter", Joined::Greater, (0, 0)))?;
    Ok(list("ipv4", all, |_| None).into())
}

/// Packets with impossible addresses that are logged.
pub(super) fn log_martians(table: &Table) -> Result<Value, Gap> {
    let all = four(table, &key("log_martians", Joined::Either, (0, 0)))?;
    Ok(list("ipv4", all, |_| None).into())
}

/// Router advertisements that are taken: with 1 only where the interface does not forward.
pub(super) fn accept_ra(table: &Table, ipv6: bool) -> Result<Vec<Value>, Gap> {
    if !ipv6 {
        return Ok(Vec::new());
    }
    let forwards = forwarding(table, "ipv6")?;
    let on = |name: &str| {
        let own = forwards.iter().find(|(n, _)| n == name);
        own.or_else(|| forwards.first()).is_some_and(|(_, s)| value(s) != 0)
    };
    let mut all = six(table, "accept_ra", 1)?;
    for (name, setting) in &mut all {
        let n = value(setting);
        setting.value = (n >= 2 || (n == 1 && !on(name))).into();
    }
    Ok(list("ipv6", all, |_| None))
}

/// Forwarding of a family, in the order in which it is written: what is written for all reaches
/// every interface and the default. First comes the default, which stands for all others.
fn forwarding(table: &Table, family: &str) -> Result<Vec<(String, Setting)>, Gap> {
    if let Some(gap) = table.late_gap.clone().or(table.files.blind.first().map(|(_, g)| g.clone()))
    {
        return Err(gap);
    }
    let names = named(table, family)?;
    let key = |name: &str| format!("net/{family}/conf/{name}/forwarding");
    let mut state: Vec<(String, Setting)> = std::iter::once("default".to_owned())
        .chain(names.iter().cloned())
        .map(|n| (n, built_in(0)))
        .collect();
    let mut all = 0;
    for (keys, at) in table.steps(&["default", "all"], &names, family) {
        let Some(n) = number(at.value.as_str().unwrap_or("")) else { continue };
        let mut new = at.clone();
        new.value = n.into();
        for name in keys {
            if name == "all" {
                // A write that changes nothing is passed on to nobody.
                if (n != 0) != (all != 0) {
                    for (_, setting) in &mut state {
                        *setting = new.clone();
                    }
                }
                all = n;
            } else if let Some((_, setting)) = state.iter_mut().find(|(own, _)| *own == name) {
                *setting = new.clone();
            }
        }
    }
    let written: Vec<String> =
        names.iter().filter(|n| table.reach(&key(n)).is_empty()).cloned().collect();
    state.retain(|(n, _)| !written.contains(n));
    Ok(state)
}

/// Packet forwarding.
pub(super) fn forwards(table: &Table, ipv6: bool) -> Result<Vec<Value>, Gap> {
    let on = |n: i64| Some((n != 0).into());
    let mut out = list("ipv4", forwarding(table, "ipv4")?, on);
    if ipv6 {
        out.extend(list("ipv6", forwarding(table, "ipv6")?, on));
    }
    Ok(out)
}
