//! One document for each user and each group.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::facet;
use super::groups::{Granted, Powers, granted};
use super::home;
use super::lines::Place;
use super::logins::Logins;
use super::policy::{at, uid_min};
use super::secret::{Secret, State};
use super::shells::{Kind, Shells};
use super::tables::{Field, Group, Shadow, Tables, User};
use crate::{Host, Output};

/// Id of `nobody`.
const NOBODY: u32 = 65_534;

/// What all users share.
struct Common<'a, 'r> {
    host: &'a Host<'r>,
    tables: &'a Tables,
    min: Result<u32, Gap>,
    mounts: Result<Vec<PathBuf>, Gap>,
    logins: Result<Logins, Gap>,
    today: i64,
    /// First user of an id and of a name, by index.
    ids: BTreeMap<u32, usize>,
    names: BTreeMap<&'a str, usize>,
    groups: BTreeMap<u32, &'a Group>,
}

/// Puts the users.
pub(crate) fn users(host: &Host<'_>, tables: &Tables, out: &mut dyn Output) {
    let mut shells = Shells::new(host);
    let mut highest = 0;
    for user in &tables.users {
        if user.uid < NOBODY && shells.kind(&user.shell) == Ok(Kind::Login) {
            highest = highest.max(user.uid);
        }
    }
    let mut ids = BTreeMap::new();
    let mut names = BTreeMap::new();
    for (n, user) in tables.users.iter().enumerate() {
        ids.entry(user.uid).or_insert(n);
        names.entry(user.name.as_str()).or_insert(n);
    }
    let mut groups = BTreeMap::new();
    for group in &tables.groups {
        groups.entry(group.gid).or_insert(group);
    }
    let common = Common {
        host,
        tables,
        min: uid_min(host),
        mounts: home::mounts(host),
        logins: Logins::read(host, highest),
        today: host.now().as_second().div_euclid(86_400),
        ids,
        names,
        groups,
    };
    for (n, user) in tables.users.iter().enumerate() {
        out.put(common.user(n, user, &mut shells));
    }
    out.listed("linux.user", tables.all_users.clone());
}

/// What to tell about one who has a name or an id first.
fn shared(what: &str, name: &str, place: &Place) -> Value {
    json!({
        "What": what, "Name": name,
        "file": place.file.display().to_string(), "line": place.line,
    })
}

impl Common<'_, '_> {
    fn user(&self, n: usize, user: &User, shells: &mut Shells<'_, '_>) -> Resource {
        let first = self.names.get(user.name.as_str()) == Some(&n);
        let item =
            if first { user.name.clone() } else { format!("{}#{}", user.name, user.place.line) };
        let mut r = self.host.document("linux.user", &item);
        let mut put = |name: &str, value: Value| r.properties.insert(name.to_owned(), value);
        put("Name", user.name.as_str().into());
        put("Uid", at(user.uid, &user.place));
        put("Gid", at(user.gid, &user.place));
        put("LoginShell", at(user.shell.as_str(), &user.place));
        let hash_here = matches!(&user.field, Field::Here(s) if s.scheme.is_some());
        put("HashInPasswd", at(hash_here, &user.place));
        put("SharedWith", self.twins(n, user));

        let shadow = self.shadow(user);
        let secret = match (&user.field, &shadow) {
            (Field::Here(secret), _) => Ok((secret.clone(), user.place.clone())),
            (Field::Shadowed, Ok(Some(s))) => Ok((s.secret.clone(), s.place.clone())),
            (Field::Shadowed, Ok(None)) => Ok((Secret::ABSENT, user.place.clone())),
            (Field::Shadowed, Err(gap)) => Err(gap.clone()),
        };
        let get = |f: &dyn Fn(&Secret) -> Value| {
            secret.as_ref().map(|(s, place)| at(f(s), place)).map_err(Clone::clone)
        };
        let value = get(&|s| s.state.as_str().into());
        facet(&mut r, "PasswordState", value);
        facet(&mut r, "PasswordScheme", get(&|s| s.scheme.into()));
        facet(&mut r, "PasswordRounds", get(&|s| s.rounds.into()));
        facet(&mut r, "Ageing", shadow.as_ref().map(|s| ageing(s.as_ref())).map_err(Clone::clone));
        facet(&mut r, "Today", Ok(self.today.into()));
        let expired = shadow.map(|s| s.is_some_and(|s| s.expire >= 0 && self.today >= s.expire));
        facet(&mut r, "Expired", expired.clone().map(Value::from));

        let shell = shells.kind(&user.shell);
        facet(&mut r, "ShellKind", shell.clone().map(|k| k.as_str().into()));
        let role = self.min.clone().map(|min| match user.uid {
            0 => "root",
            uid if uid < min || uid == NOBODY => "service",
            _ => "person",
        });
        facet(&mut r, "Role", role.map(Value::from));
        let group = self.groups.get(&user.gid);
        let group = match group {
            Some(group) => Ok(at(group.name.as_str(), &user.place)),
            None => match (self.tables.all_groups.clone(), self.unseen("group")) {
                (Err(gap), _) | (_, Err(gap)) => Err(gap),
                (Ok(()), Ok(())) => Ok(at(Value::Null, &user.place)),
            },
        };
        facet(&mut r, "PrimaryGroup", group);
        let mounts = self.mounts.clone();
        let t = self.tables;
        let alone = t.all_groups.is_ok()
            && t.all_users.is_ok()
            && !t.users.iter().any(|u| u.gid == user.gid && u.name != user.name && u.uid != 0)
            && !t.groups.iter().any(|g| {
                g.gid == user.gid && g.members.iter().any(|m| *m != user.name && m != "root")
            });
        facet(&mut r, "Home", mounts.and_then(|m| home::home(self.host, user, alone, &m)));
        facet(&mut r, "TrustFiles", home::trust(self.host, &user.home).map(Value::from));
        facet(&mut r, "Forwarding", home::forward(self.host, &user.home).map(Value::from));
        let enabled = self.enabled(user, &secret.map(|s| s.0.state), &shell, &expired);
        facet(&mut r, "LastLogin", self.last_login(user, &enabled));
        facet(&mut r, "Enabled", enabled.map(Value::from));
        r
    }

    /// An error where a database has sources that cannot be read here.
    fn unseen(&self, database: &str) -> Result<(), Gap> {
        match self.tables.unseen.iter().find(|(d, _)| *d == database) {
            None => Ok(()),
            Some((_, source)) => Err(Gap::new(
                assay_core::GapState::Unsupported,
                format!("{database} is also looked up in {source}, which is not read"),
            )),
        }
    }

    fn twins(&self, n: usize, user: &User) -> Value {
        let mut twins = Vec::new();
        let mut add = |what: &str, at: Option<&usize>| {
            if let Some(first) = at.filter(|f| **f != n).and_then(|f| self.tables.users.get(*f)) {
                twins.push(shared(what, &first.name, &first.place));
            }
        };
        add("name", self.names.get(user.name.as_str()));
        add("uid", self.ids.get(&user.uid));
        twins.into()
    }

    fn shadow(&self, user: &User) -> Result<Option<Shadow>, Gap> {
        if user.shadow.is_some() {
            return Ok(user.shadow.clone());
        }
        match &self.tables.shadow {
            Ok(all) => Ok(all.get(&user.name).cloned()),
            Err(gap) => Err(gap.clone()),
        }
    }

    /// Whether he can come in: by a shell, and with a password or a key.
    fn enabled(
        &self,
        user: &User,
        secret: &Result<State, Gap>,
        shell: &Result<Kind, Gap>,
        expired: &Result<bool, Gap>,
    ) -> Result<bool, Gap> {
        if shell.clone()? != Kind::Login || expired.clone()? {
            return Ok(false);
        }
        if matches!(secret.clone()?, State::Set | State::Empty) {
            return Ok(true);
        }
        home::keys(self.host, &user.home)
    }

    fn last_login(&self, user: &User, enabled: &Result<bool, Gap>) -> Result<Value, Gap> {
        if *enabled == Ok(false) {
            return Ok(Value::Null);
        }
        let last = self.logins.as_ref().map_err(Clone::clone)?.last(user.uid, &user.name)?;
        Ok(last.map_or(Value::Null, |t| t.to_string().into()))
    }
}

fn ageing(shadow: Option<&Shadow>) -> Value {
    let Some(s) = shadow else { return Value::Null };
    let days = json!({
        "LastChange": s.last_change, "Min": s.min, "Max": s.max, "Warn": s.warn,
        "Inactive": s.inactive, "Expire": s.expire,
    });
    at(days, &s.place)
}

/// Puts the groups.
pub(crate) fn groups(host: &Host<'_>, tables: &Tables, out: &mut dyn Output) {
    let powers = Powers::read(host);
    let given = granted(host);
    let mut shells = Shells::new(host);
    let mut ids: BTreeMap<u32, &Group> = BTreeMap::new();
    let mut names: BTreeMap<&str, &Group> = BTreeMap::new();
    let mut primary: BTreeMap<u32, Vec<&User>> = BTreeMap::new();
    for user in &tables.users {
        primary.entry(user.gid).or_default().push(user);
    }
    for group in &tables.groups {
        let by_id = *ids.entry(group.gid).or_insert(group);
        let by_name = *names.entry(group.name.as_str()).or_insert(group);
        let again = by_name.place != group.place;
        let item =
            if again { format!("{}#{}", group.name, group.place.line) } else { group.name.clone() };
        let mut r = host.document("linux.group", &item);
        let mut put = |name: &str, value: Value| r.properties.insert(name.to_owned(), value);
        put("Name", group.name.as_str().into());
        put("Gid", at(group.gid, &group.place));
        let hash_here = matches!(&group.field, Field::Here(s) if s.scheme.is_some());
        put("HashInGroup", at(hash_here, &group.place));
        let mut twins = Vec::new();
        if again {
            twins.push(shared("name", &by_name.name, &by_name.place));
        }
        if by_id.place != group.place {
            twins.push(shared("gid", &by_id.name, &by_id.place));
        }
        put("SharedWith", twins.into());
        let power = powers.as_ref().map(|p| p.of(tables, group)).map_err(Clone::clone);
        let powerful = !matches!(power, Ok(None));
        let power =
            power.map(|p| p.map_or(Value::Null, |(name, can)| json!({"Group": name, "Can": can})));
        facet(&mut r, "Power", power);
        // Of other groups nobody asks for the members.
        let members = if powerful {
            let given = given.as_deref().map_err(Clone::clone);
            given.and_then(|given| {
                members(tables, group, primary.get(&group.gid), given, &mut shells)
            })
        } else {
            Ok(Value::Null)
        };
        facet(&mut r, "Members", members);
        out.put(r);
    }
    out.listed("linux.group", tables.all_groups.clone());
}

/// Everybody beside root who is in a group, or may make himself a member.
fn members(
    tables: &Tables,
    group: &Group,
    primary: Option<&Vec<&User>>,
    given: &[Granted],
    shells: &mut Shells<'_, '_>,
) -> Result<Value, Gap> {
    let roots: BTreeSet<&str> =
        tables.users.iter().filter(|u| u.uid == 0).map(|u| u.name.as_str()).collect();
    let mut out = Vec::new();
    let mut add = |name: &str, via: &str, place: &Place| {
        if !roots.contains(name) {
            out.push(json!({
                "Name": name, "Via": via,
                "file": place.file.display().to_string(), "line": place.line,
            }));
        }
    };
    for name in &group.members {
        add(name, "member", &group.place);
    }
    for user in primary.into_iter().flatten() {
        // Some distributions give programs such as `halt` the group of root.
        if group.gid != 0 || shells.kind(&user.shell)? == Kind::Login {
            add(&user.name, "primary group", &user.place);
        }
    }
    for line in given.iter().filter(|g| g.groups.contains(&group.name)) {
        for user in &line.users {
            let name = if user == "*" { "everyone who signs in" } else { user };
            add(name, "pam_group", &line.place);
        }
    }
    let shadows = tables.gshadow.as_ref().map_err(Clone::clone)?;
    if let Some(shadow) = shadows.get(&group.name) {
        for name in shadow.members.iter().filter(|n| !group.members.contains(n)) {
            add(name, "member by gshadow", &shadow.place);
        }
        for name in &shadow.admins {
            add(name, "administrator of the group", &shadow.place);
        }
        if shadow.secret.state == State::Set {
            add("everyone who knows the group's password", "password", &shadow.place);
        }
    }
    if let Field::Here(secret) = &group.field
        && secret.state == State::Set
    {
        add("everyone who knows the group's password", "password", &group.place);
    }
    Ok(out.into())
}
