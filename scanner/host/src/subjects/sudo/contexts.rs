//! The Defaults for whom they differ: everybody, and each kind of person, target or command that
//! some line singles out.

use std::rc::Rc;

use serde_json::{Value, json};

use super::ast::{Op, Policy, Scope, What};
use super::command::{leaves, written};
use super::defaults::{Context, Defaults, minutes};
use super::grants::Grant;
use super::matching::{Lists, Person};
use crate::{Origin, Setting};

/// Contexts that are asked about.
const MAX_CONTEXTS: usize = 500;

/// A context with its name: `everyone`, `alice`, `as postgres`, `/usr/bin/apt`.
pub(crate) struct Named<'p> {
    pub(crate) label: String,
    user: Rc<Person>,
    target: Rc<Person>,
    command: Option<&'p What>,
}

impl Named<'_> {
    pub(crate) fn context(&self) -> Context<'_> {
        Context { user: &self.user, target: &self.target, command: self.command }
    }
}

/// Everybody first, then whom Defaults lines single out and the policy grants something.
pub(crate) fn contexts<'p>(
    policy: &'p Policy,
    lists: &Lists<'_>,
    grants: &[Grant<'_>],
) -> Vec<Named<'p>> {
    let anybody = Rc::new(Person::of(&super::ast::Who::All, lists.names));
    let root = Rc::new(Person::named("root", lists.names));
    let named = |label: String, user: &Rc<Person>, target: &Rc<Person>, command| Named {
        label,
        user: Rc::clone(user),
        target: Rc::clone(target),
        command,
    };
    let mut out = vec![named("everyone".to_owned(), &anybody, &root, None)];
    for line in &policy.defaults {
        if out.len() >= MAX_CONTEXTS {
            break;
        }
        let mut add = |n: Named<'p>| {
            if !out.iter().any(|o| o.label == n.label) {
                out.push(n);
            }
        };
        match line.scope.as_ref() {
            Scope::All | Scope::Hosts(_) => {}
            Scope::Users(list) => {
                for who in lists.named(list, &lists.aliases.users, MAX_CONTEXTS) {
                    let person = Rc::new(Person::of(&who, lists.names));
                    let granted = grants
                        .iter()
                        .any(|g| g.user.label == person.label || touches(&g.user, &person));
                    if granted && !person.is_root() && person.label != "ALL" {
                        add(named(person.label.clone(), &person, &root, None));
                    }
                }
            }
            Scope::Runas(list) => {
                for who in lists.named(list, &lists.aliases.runas, MAX_CONTEXTS) {
                    let person = Rc::new(Person::of(&who, lists.names));
                    if person.label != "ALL" && !person.is_root() {
                        add(named(format!("as {}", person.label), &anybody, &person, None));
                    }
                }
            }
            Scope::Commands(list) => {
                for leaf in list.iter().flat_map(|c| leaves(c, &policy.aliases.commands, lists)) {
                    if leaf.allow {
                        add(named(written(leaf.what), &anybody, &root, Some(leaf.what)));
                    }
                }
            }
        }
    }
    out
}

/// Whether what one is granted may be what the other is: a member of the group, anybody.
fn touches(granted: &Person, person: &Person) -> bool {
    granted.label == "ALL"
        || (granted.name.is_none() && granted.groups.iter().any(|g| person.groups.contains(g)))
        || (person.name.is_none() && person.groups.iter().any(|g| granted.groups.contains(g)))
}

/// A facet over all contexts: `[{For, Setting}]`. A context that says the same as everybody's is left
/// out. `None`: nobody says it, and the program's default is not known.
pub(crate) fn facet(
    all: &[Named<'_>],
    mut of: impl FnMut(Context<'_>) -> Option<Setting>,
) -> Option<Value> {
    let mut out = Vec::new();
    let mut base: Option<Setting> = None;
    for named in all {
        let setting = of(named.context())?;
        if base.as_ref().is_some_and(|b| b.value == setting.value && b.place == setting.place) {
            continue;
        }
        out.push(json!({"For": named.label, "Setting": setting.json()}));
        base.get_or_insert(setting);
    }
    Some(out.into())
}

/// `timestamp_timeout` in minutes; `compiled` is the program's own default.
pub(crate) fn timeout(d: &Defaults<'_>, compiled: f64, cx: Context<'_>) -> Option<Setting> {
    let default = serde_json::Number::from_f64(compiled).map(Value::Number);
    d.value(&["timestamp_timeout"], default, cx, minutes)
}

/// `timestamp_type`, which `tty_tickets` sets too.
pub(crate) fn timestamp_type(d: &Defaults<'_>, cx: Context<'_>) -> Option<Setting> {
    d.value(&["timestamp_type", "tty_tickets"], Some("tty".into()), cx, |line| {
        match (line.name.as_str(), &line.op) {
            ("tty_tickets", Op::True) => Some("tty".into()),
            ("tty_tickets", Op::False) => Some("global".into()),
            ("timestamp_type", Op::Set(kind)) => Some(kind.as_str().into()),
            _ => None,
        }
    })
}

/// Whether allowed commands are logged somewhere, and the line that decides it.
pub(crate) fn logged(d: &Defaults<'_>, cx: Context<'_>) -> Option<Setting> {
    let allowed = d.flag("log_allowed", Some(true), cx)?;
    let off = |s: &Setting| {
        s.value == false || s.value.as_str().is_some_and(|v| ["", "/dev/null", "none"].contains(&v))
    };
    let syslog = d.text("syslog", "authpriv".into(), cx)?;
    let priority = d.text("syslog_goodpri", "notice".into(), cx)?;
    let file = d.text("logfile", false.into(), cx)?;
    let servers = d.text("log_servers", false.into(), cx)?;
    let decided = if allowed.value == false {
        Err(allowed)
    } else if !off(&syslog) && !off(&priority) {
        Ok(syslog)
    } else if !off(&file) {
        Ok(file)
    } else if !off(&servers) {
        Ok(servers)
    } else if off(&syslog) {
        Err(syslog)
    } else {
        Err(priority)
    };
    let on = decided.is_ok();
    let (Ok(mut setting) | Err(mut setting)) = decided;
    setting.value = on.into();
    setting.others.clear();
    Some(setting)
}

/// Variables that make programs load or run the caller's code.
pub(in crate::subjects) const DANGEROUS: &[&str] = &[
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "LD_AUDIT",
    "GCONV_PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "PYTHONINSPECT",
    "PERL5LIB",
    "PERLLIB",
    "PERL5OPT",
    "PERL5DB",
    "RUBYLIB",
    "RUBYOPT",
    "BASH_ENV",
    "ENV",
    "SHELLOPTS",
    "BASHOPTS",
    "PS4",
    "IFS",
    "CDPATH",
    "NODE_OPTIONS",
    "NODE_PATH",
    "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "CLASSPATH",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_EDITOR",
    "GIT_PAGER",
    "EDITOR",
    "VISUAL",
    "SUDO_EDITOR",
    "PAGER",
    "MANPAGER",
    "LESSOPEN",
    "LESSCLOSE",
    "BROWSER",
    "HOME",
    "PATH",
    "ZDOTDIR",
    "TMPDIR",
    "LOCALDOMAIN",
    "RES_OPTIONS",
    "HOSTALIASES",
    "NLSPATH",
    "TERMINFO",
    "TERMINFO_DIRS",
    "TERMPATH",
    "TERMCAP",
    "PHPRC",
    "LUA_INIT",
    "GLIBC_TUNABLES",
    "OPENSSL_CONF",
    "GTK_MODULES",
    "SYSTEMD_EDITOR",
    "KRB5_CONFIG",
    "XDG_CONFIG_HOME",
];

/// Dangerous variables that the caller's environment hands on: `[{For, Name, Setting}]`, the setting
/// with the pattern as its value. `PATH` counts where `secure_path` does not replace it.
pub(crate) fn kept(d: &Defaults<'_>, all: &[Named<'_>]) -> Value {
    let mut out: Vec<Value> = Vec::new();
    for named in all {
        let cx = named.context();
        for (pattern, line) in d.list("env_keep", &[], cx) {
            let Some(line) = line else { continue };
            let name = pattern.split('=').next().unwrap_or_default();
            // A pattern with a value keeps what the value says only; `*` is no constant.
            let bound = pattern.split_once('=').is_some_and(|(_, v)| !v.contains('*'));
            let hit = DANGEROUS
                .iter()
                .find(|v| super::glob::matches(name, v, super::glob::Slash::Matched));
            let Some(hit) = hit.filter(|_| !bound) else { continue };
            let place = Some((line.place.file.to_string(), line.place.line));
            let value = pattern.as_str().into();
            let setting = Setting { value, origin: Origin::File, place, others: Vec::new() };
            let setting = setting.json();
            let named_before = out.iter().any(|o| o.get("Setting") == Some(&setting));
            if !(named_before || *hit == "PATH" && secure(d, cx)) {
                out.push(json!({"For": named.label, "Name": hit, "Setting": setting}));
            }
        }
    }
    out.into()
}

/// Whether `secure_path` replaces the caller's.
fn secure(d: &Defaults<'_>, cx: Context<'_>) -> bool {
    d.text("secure_path", false.into(), cx).is_some_and(|s| s.value != false && s.value != "")
}
