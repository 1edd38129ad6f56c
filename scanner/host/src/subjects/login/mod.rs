//! `linux.login`: what a login shell ends up with, after all start-up files.

mod mask;
mod run;
mod session;
mod state;
mod syntax;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use super::accounts::{Defs, ShellKind, Shells, Tables, User};
use crate::{Host, Miss, Output, Setting, Subject};
use session::{Outcome, Person, evaluate};
use state::{UMASK, Val, Var};

/// The subject.
pub(crate) static SUBJECT: Subject = Subject { name: "login", types: &["linux.login"], collect };

/// Most accounts whose own files are read.
const MAX_OWN: usize = 500;

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    let result = sessions(host, out);
    out.listed("linux.login", result);
}

/// Puts root, the ordinary user of each shell, and those whose own files change something.
fn sessions(host: &Host<'_>, out: &mut dyn Output) -> Result<(), Gap> {
    let tables = Tables::read(host)?;
    let defs = Defs::login(host)?;
    let mut shells = Shells::new(host);
    let min = defs.number("UID_MIN", Some(1000)).value.as_u64().unwrap_or(1000);
    let min = u32::try_from(min).unwrap_or(1000).clamp(500, 60_000);
    let (mut roots, mut people) = (Vec::new(), Vec::new());
    for user in &tables.users {
        if shells.kind(&user.shell)? != ShellKind::Login {
            continue;
        }
        if user.uid == 0 {
            roots.push(user);
        } else if user.uid >= min && user.uid != 65_534 {
            people.push(user);
        }
    }
    tables.all_users.clone()?;
    for user in roots.iter().take(MAX_OWN) {
        let person = person(&tables, user);
        put(host, out, &user.name, &person, &evaluate(host, &defs, &person));
    }
    let mut usual: BTreeMap<String, Outcome> = BTreeMap::new();
    let fallback = if host.stat("/bin/bash")?.is_some() { "bash" } else { "sh" };
    let mut names: Vec<String> = people.iter().map(|u| program(&u.shell)).collect();
    if names.is_empty() && !roots.is_empty() {
        names.push(fallback.to_owned());
    }
    for shell in names {
        usual.entry(shell).or_insert_with_key(|shell| {
            let person = Person::ordinary(shell, min);
            let outcome = evaluate(host, &defs, &person);
            put(host, out, "ordinary users", &person, &outcome);
            outcome
        });
    }
    for user in people.iter().take(MAX_OWN) {
        let person = person(&tables, user);
        let outcome = evaluate(host, &defs, &person);
        if usual.get(&person.shell).is_none_or(|u| !u.same(&outcome)) {
            put(host, out, &user.name, &person, &outcome);
        }
    }
    if people.len().max(roots.len()) > MAX_OWN {
        let detail =
            format!("more than {MAX_OWN} accounts, the start-up files of the rest are not read");
        return Err(Gap::new(GapState::Malformed, detail));
    }
    Ok(())
}

fn program(shell: &str) -> String {
    let shell = if shell.is_empty() { "/bin/sh" } else { shell };
    shell.rsplit('/').next().unwrap_or(shell).to_owned()
}

fn person(tables: &Tables, user: &User) -> Person {
    let group = tables.groups.iter().find(|g| g.gid == user.gid);
    Person {
        name: user.name.clone(),
        uid: user.uid,
        own_group: group.is_some_and(|g| g.name == user.name),
        home: Some(user.home.clone()),
        shell: program(&user.shell),
        gecos: user.gecos.clone(),
        place: Some((user.place.file.display().to_string(), user.place.line)),
    }
}

fn put(host: &Host<'_>, out: &mut dyn Output, account: &str, person: &Person, o: &Outcome) {
    let mut r = host.document("linux.login", &format!("{account}/{}", person.shell));
    r.properties.insert("Account".to_owned(), account.into());
    r.properties.insert("Shell".to_owned(), person.shell.as_str().into());
    r.properties.insert("Root".to_owned(), (person.uid == 0).into());
    let text = |v: &str| Value::from(v);
    let seconds = |v: &str| v.trim().parse::<u32>().map_or(Value::Null, Value::from);
    let nested = o.nested.as_ref().unwrap_or(&o.login);
    facet(&mut r, "Umask", setting(o.login.vars.get(UMASK), text));
    facet(&mut r, "NestedUmask", setting(nested.vars.get(UMASK), text));
    facet(&mut r, "Timeout", setting(o.login.vars.get("TMOUT"), seconds));
    facet(&mut r, "NestedTimeout", setting(nested.vars.get("TMOUT"), seconds));
    facet(&mut r, "Path", setting(o.login.vars.get("PATH"), text));
    facet(&mut r, "PathEntries", entries(host, &o.login));
    out.put(r);
}

fn facet(r: &mut Resource, name: &str, value: Result<Value, Gap>) {
    match value {
        Ok(value) => {
            r.properties.insert(name.to_owned(), value);
        }
        Err(gap) => r.lose(name, gap),
    }
}

fn setting(var: Option<&Var>, of: impl Fn(&str) -> Value) -> Result<Value, Gap> {
    let Some(var) = var else {
        return Ok(json!({"value": Value::Null, "origin": "default"}));
    };
    let value = match &var.value {
        Val::Known(text) => of(text),
        Val::Unset => Value::Null,
        Val::Unknown(why) => return Err(Gap::new(GapState::Unsupported, why.clone())),
    };
    let mut setting = match &var.place {
        Some((file, line)) => Setting::in_file(value, std::path::Path::new(file), *line),
        None => Setting::of(value, crate::Origin::Default),
    };
    setting.others.clone_from(&var.others);
    Ok(setting.json())
}

/// The directories of the search path: `{Entry, Kind, Access, file, line}`.
fn entries(host: &Host<'_>, state: &state::State) -> Result<Value, Gap> {
    let path = match state.vars.get("PATH").map(|v| &v.value) {
        Some(Val::Known(path)) => path.clone(),
        Some(Val::Unknown(why)) => return Err(Gap::new(GapState::Unsupported, why.clone())),
        _ => String::new(),
    };
    let mut out = Vec::new();
    for entry in path.split(':').take(200) {
        let kind = match entry {
            "" => "empty",
            e if e.starts_with('/') => "absolute",
            _ => "relative",
        };
        let mut value = json!({"Entry": entry, "Kind": kind, "Access": null});
        let access = if kind == "absolute" {
            match host.root().stat(std::path::Path::new(entry)) {
                Err(Miss::Absent) => None,
                _ => host.access(entry)?,
            }
        } else {
            None
        };
        if let Some(map) = value.as_object_mut() {
            if let Some(access) = access {
                map.insert("Access".to_owned(), access.json());
            }
            if let Some((file, line)) = state.entries.get(entry) {
                map.insert("file".to_owned(), file.as_str().into());
                map.insert("line".to_owned(), (*line).into());
            }
        }
        out.push(value);
    }
    Ok(out.into())
}
