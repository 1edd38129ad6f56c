//! Ansible inventories, INI and YAML: names, addresses, users and ports of hosts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::Remote;

/// Hosts of one inventory.
const MAX_HOSTS: usize = 10_000;
/// Groups inside groups.
const MAX_DEPTH: usize = 16;
/// Largest inventory.
const MAX_BYTES: u64 = 8 << 20;

/// Why an inventory cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("inventory {file}: {problem}")]
pub struct InventoryError {
    file: String,
    problem: String,
}

type Vars = BTreeMap<String, String>;

/// Reads an inventory: the hosts by their names in it.
///
/// Variables of a host come before those of its groups, and these before those of `all`; other
/// variables than address, user and port are not looked at. Scripts and plugins are not run.
///
/// # Errors
/// The file cannot be read, names no host, or one that `ssh` could not reach.
pub fn read(path: &Path, sudo: bool) -> Result<Vec<(String, Remote)>, InventoryError> {
    let error = |problem: String| InventoryError { file: path.display().to_string(), problem };
    let size = std::fs::metadata(path).map_err(|e| error(e.to_string()))?.len();
    if size > MAX_BYTES {
        return Err(error(format!("it has {size} bytes; split it")));
    }
    let text = std::fs::read_to_string(path).map_err(|e| error(e.to_string()))?;
    let yaml = matches!(path.extension().and_then(|e| e.to_str()), Some("yml" | "yaml"));
    let looks = text.lines().map(str::trim).find(|l| !l.is_empty() && !l.starts_with('#'));
    let hosts = if yaml || looks.is_some_and(|l| l == "---" || l == "all:") {
        from_yaml(&text)
    } else {
        from_ini(&text)
    };
    let hosts = hosts.map_err(&error)?;
    if hosts.is_empty() {
        return Err(error("it names no host".to_owned()));
    }
    hosts
        .into_iter()
        .map(|(name, vars)| remote(&name, &vars, sudo).map(|r| (name, r)).map_err(&error))
        .collect()
}

fn remote(name: &str, vars: &Vars, sudo: bool) -> Result<Remote, String> {
    let var = |keys: [&str; 2]| keys.iter().find_map(|k| vars.get(*k)).cloned();
    if let Some(other) = vars
        .get("ansible_connection")
        .filter(|c| !["ssh", "smart", "paramiko"].contains(&c.as_str()))
    {
        return Err(format!("{name} is reached by `{other}`, not by ssh; leave it out"));
    }
    let port = match var(["ansible_port", "ansible_ssh_port"]) {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| format!("{name} has the port `{text}`"))?),
    };
    let host = var(["ansible_host", "ansible_ssh_host"]).unwrap_or_else(|| name.to_owned());
    let user = var(["ansible_user", "ansible_ssh_user"]);
    let remote = Remote { host, user, port, sudo, program: "ssh".into() };
    remote.check()?;
    Ok(remote)
}

/// Groups while they are gathered.
#[derive(Default)]
struct Groups {
    hosts: BTreeMap<String, Vars>,
    /// Variables of a group.
    vars: BTreeMap<String, Vars>,
    /// Hosts of a group.
    members: BTreeMap<String, BTreeSet<String>>,
    /// Groups in a group.
    children: BTreeMap<String, BTreeSet<String>>,
}

impl Groups {
    /// The hosts with all that holds for them. Inner groups come before outer ones.
    fn resolve(self) -> Result<BTreeMap<String, Vars>, String> {
        let mut out = self.hosts.clone();
        if out.len() > MAX_HOSTS {
            return Err(format!("it names more than {MAX_HOSTS} hosts"));
        }
        for (name, vars) in &mut out {
            let mut level: BTreeSet<&String> =
                self.members.iter().filter(|(_, m)| m.contains(name)).map(|(g, _)| g).collect();
            for _ in 0..MAX_DEPTH {
                for group in level.iter().filter(|g| g.as_str() != "all") {
                    for (k, v) in self.vars.get(*group).into_iter().flatten() {
                        vars.entry(k.clone()).or_insert_with(|| v.clone());
                    }
                }
                let above: BTreeSet<&String> = self
                    .children
                    .iter()
                    .filter(|(_, c)| level.iter().any(|g| c.contains(*g)))
                    .map(|(g, _)| g)
                    .collect();
                if above.is_empty() {
                    break;
                }
                level = above;
            }
            for (k, v) in self.vars.get("all").into_iter().flatten() {
                vars.entry(k.clone()).or_insert_with(|| v.clone());
            }
        }
        Ok(out)
    }
}

fn from_ini(text: &str) -> Result<BTreeMap<String, Vars>, String> {
    let mut groups = Groups::default();
    let mut section = ("ungrouped".to_owned(), String::new());
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            let name = name.split(']').next().unwrap_or_default();
            let (group, kind) = name.split_once(':').unwrap_or((name, ""));
            section = (group.trim().to_owned(), kind.trim().to_owned());
            continue;
        }
        let (group, kind) = (section.0.clone(), section.1.as_str());
        match kind {
            "vars" => {
                let (key, value) =
                    line.split_once('=').ok_or_else(|| format!("line {}: no `=`", n + 1))?;
                let value = plain(value.split(" #").next().unwrap_or(value));
                groups.vars.entry(group).or_default().insert(key.trim().to_owned(), value);
            }
            "children" => {
                let child = line.split([' ', '\t', '#']).next().unwrap_or_default().to_owned();
                groups.children.entry(group).or_default().insert(child);
            }
            "" => {
                let mut words = words(line);
                if words.is_empty() {
                    continue;
                }
                let first = words.remove(0);
                let vars: Vars = words
                    .iter()
                    .filter_map(|w| w.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned())))
                    .collect();
                for name in range(&first)? {
                    // `host:2222` names a port.
                    let mut vars = vars.clone();
                    let name = match name.rsplit_once(':') {
                        Some((host, port))
                            if port.parse::<u16>().is_ok() && !host.contains(':') =>
                        {
                            vars.entry("ansible_port".to_owned())
                                .or_insert_with(|| port.to_owned());
                            host.to_owned()
                        }
                        _ => name,
                    };
                    groups.members.entry(group.clone()).or_default().insert(name.clone());
                    groups.hosts.entry(name).or_default().extend(vars);
                }
            }
            other => return Err(format!("line {}: unknown section kind `{other}`", n + 1)),
        }
    }
    groups.resolve()
}

fn plain(text: &str) -> String {
    let text = text.trim();
    let inner = ['"', '\''].iter().find_map(|q| text.strip_prefix(*q)?.strip_suffix(*q));
    inner.unwrap_or(text).to_owned()
}

/// The words of a line: quotes hold spaces, a `#` after a space ends it.
fn words(line: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let (mut word, mut quote) = (String::new(), None);
    for c in line.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '#') if word.is_empty() => break,
            (None, c) if c.is_whitespace() => {
                if !word.is_empty() {
                    out.push(std::mem::take(&mut word));
                }
            }
            (_, c) => word.push(c),
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

/// `web[01:03]` is web01, web02, web03; `db-[a:c]` likewise; a third number is the step.
fn range(name: &str) -> Result<Vec<String>, String> {
    let Some((head, rest)) = name.split_once('[') else { return Ok(vec![name.to_owned()]) };
    let (inner, tail) = rest.split_once(']').ok_or_else(|| format!("`{name}` lacks a ]"))?;
    let parts: Vec<&str> = inner.split(':').collect();
    let bad = || format!("`{name}` has no range that can be read");
    let (from, to, step) = match parts.as_slice() {
        [from, to] => (*from, *to, 1),
        [from, to, step] => (*from, *to, step.parse::<usize>().map_err(|_| bad())?.max(1)),
        _ => return Err(bad()),
    };
    let from = if from.is_empty() { "0" } else { from };
    let items: Vec<String> = match (from.parse::<u32>(), to.parse::<u32>()) {
        (Ok(a), Ok(b)) => {
            let width = if from.starts_with('0') { from.len() } else { 0 };
            (a..=b).step_by(step).take(MAX_HOSTS + 1).map(|i| format!("{i:0width$}")).collect()
        }
        _ => match (from.chars().next(), to.chars().next()) {
            (Some(a), Some(b)) if from.len() == 1 && to.len() == 1 => {
                (a..=b).step_by(step).map(String::from).collect()
            }
            _ => return Err(bad()),
        },
    };
    let mut out = Vec::new();
    for item in items {
        out.extend(range(tail)?.into_iter().map(|t| format!("{head}{item}{t}")));
        if out.len() > MAX_HOSTS {
            return Err(format!("`{name}` stands for more than {MAX_HOSTS} hosts"));
        }
    }
    Ok(out)
}

fn from_yaml(text: &str) -> Result<BTreeMap<String, Vars>, String> {
    let value: Value = yaml_serde::from_str(text).map_err(|e| e.to_string())?;
    let top = value.as_object().ok_or("its top is no mapping of groups")?;
    let mut groups = Groups::default();
    for (name, group) in top {
        gather(name, group, &mut groups, 0)?;
    }
    groups.resolve()
}

fn gather(name: &str, group: &Value, out: &mut Groups, depth: usize) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("the group {name} lies too deep"));
    }
    let part = |key: &str| group.get(key).and_then(Value::as_object);
    for (host, vars) in part("hosts").into_iter().flatten() {
        for host in range(host)? {
            out.members.entry(name.to_owned()).or_default().insert(host.clone());
            out.hosts.entry(host).or_default().extend(texts(vars));
        }
    }
    if let Some(vars) = group.get("vars") {
        out.vars.entry(name.to_owned()).or_default().extend(texts(vars));
    }
    for (child, inner) in part("children").into_iter().flatten() {
        out.children.entry(name.to_owned()).or_default().insert(child.clone());
        gather(child, inner, out, depth + 1)?;
    }
    Ok(())
}

fn texts(vars: &Value) -> Vars {
    let map = vars.as_object().into_iter().flatten();
    map.filter_map(|(k, v)| match v {
        Value::String(s) => Some((k.clone(), s.clone())),
        Value::Number(n) => Some((k.clone(), n.to_string())),
        _ => None,
    })
    .collect()
}
