//! Where accounts are looked up: `/etc/nsswitch.conf`.

use std::path::Path;

use assay_core::Gap;
use serde_json::{Value, json};

use super::lines::{Libc, numbered};
use crate::{Host, Origin, Setting};

/// The databases that decide who may come in and what he is.
pub(crate) const DATABASES: [&str; 6] =
    ["passwd", "group", "shadow", "gshadow", "initgroups", "subid"];

/// One source of a database, with the actions written behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// Its name (`files`).
    pub(crate) name: String,
    /// What stands in brackets behind it, in lower case, without the brackets.
    pub(crate) actions: Vec<String>,
}

/// The sources of one database.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Database {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its sources, in order.
    pub(crate) sources: Vec<Source>,
    /// The same as a value with its provenance.
    pub(crate) setting: Setting,
}

impl Database {
    /// Whether it asks a source.
    pub(crate) fn asks(&self, source: &str) -> bool {
        self.sources.iter().any(|s| s.name == source)
    }
}

/// All databases.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Switch(pub(crate) Vec<Database>);

impl Switch {
    /// Reads the file: of several lines for one database the last counts.
    pub(crate) fn read(host: &Host<'_>, libc: Libc) -> Result<Self, Gap> {
        let path = Path::new("/etc/nsswitch.conf");
        let text = match libc {
            Libc::Musl => None,
            Libc::Gnu => host.text(path)?,
        };
        let mut found: Vec<Database> = DATABASES.iter().filter_map(default).collect();
        let Some(text) = text else { return Ok(Self(found)) };
        for (number, line) in numbered(&text.text) {
            let line = line.split('#').next().unwrap_or_default();
            let Some((name, rest)) = line.trim_start().split_once(':') else { continue };
            let Some(name) = DATABASES.iter().find(|n| **n == name.trim()) else { continue };
            let sources = sources(rest);
            if sources.is_empty() {
                continue;
            }
            let mut setting = Setting::in_file(json(&sources), path, number);
            if let Some(at) = found.iter().position(|d| d.name == *name) {
                let old = found.remove(at);
                setting.others = old.setting.others;
                if let Some((file, line)) = old.setting.place {
                    setting = setting.beating(old.setting.value, Path::new(&file), line);
                }
            }
            found.push(Database { name, sources, setting });
        }
        found.sort_by_key(|d| DATABASES.iter().position(|n| *n == d.name));
        Ok(Self(found))
    }

    /// One database. `None`: no line names it and it has no default of its own.
    pub(crate) fn get(&self, name: &str) -> Option<&Database> {
        self.0.iter().find(|d| d.name == name)
    }

    /// Whether a database asks a source.
    pub(crate) fn asks(&self, name: &str, source: &str) -> bool {
        self.get(name).is_some_and(|d| d.asks(source))
    }
}

/// What the library does without a line.
fn default(name: &&'static str) -> Option<Database> {
    if matches!(*name, "initgroups" | "subid") {
        return None;
    }
    let sources = vec![Source { name: "files".to_owned(), actions: Vec::new() }];
    let setting = Setting::of(json(&sources), Origin::Default);
    Some(Database { name, sources, setting })
}

fn json(sources: &[Source]) -> Value {
    sources.iter().map(|s| json!({"Name": s.name, "Actions": s.actions})).collect::<Vec<_>>().into()
}

/// `files [NOTFOUND=return] sss`: names, and behind them actions in brackets.
fn sources(text: &str) -> Vec<Source> {
    let mut out: Vec<Source> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (actions, after) = inner.split_once(']').unwrap_or((inner, ""));
            if let Some(last) = out.last_mut() {
                let words = actions.split_whitespace().map(str::to_ascii_lowercase);
                last.actions.extend(words);
            }
            rest = after.trim_start();
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || c == '[').unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            out.push(Source { name: name.to_owned(), actions: Vec::new() });
            rest = after.trim_start();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    #[test]
    fn the_last_line_counts_and_actions_belong_to_their_source() {
        let mut m = Memory::new(Standing::AtRest);
        m.file(
            "/etc/nsswitch.conf",
            "passwd: files\n # passwd: nis\n  passwd : sss [ SUCCESS=return NOTFOUND=continue ]files # x\n",
        );
        let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
        let switch = Switch::read(&host, Libc::Gnu).unwrap();
        let passwd = switch.get("passwd").unwrap();
        let names: Vec<_> = passwd.sources.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["sss", "files"]);
        assert_eq!(passwd.sources[0].actions, ["success=return", "notfound=continue"]);
        assert_eq!(passwd.setting.place, Some(("/etc/nsswitch.conf".to_owned(), 3)));
        assert_eq!(passwd.setting.others.len(), 1);
        assert_eq!(switch.get("group").unwrap().setting.origin, Origin::Default);
    }
}
