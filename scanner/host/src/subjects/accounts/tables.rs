//! Users and groups of every source that can be read here, in the order of lookup.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use assay_core::{Gap, GapState};

use super::lines::{Libc, Place, gnu_number, is_space, numbered};
use super::nsswitch::Switch;
use super::secret::Secret;
use super::userdb;
use crate::Host;

/// Most users, and most groups, that are looked at.
pub(crate) const MAX_ENTRIES: usize = 20_000;

/// Smallest id that the source `extrausers` gives; smaller ones are ignored.
const EXTRAUSERS_MIN: u32 = 500;

/// What stands in the password field of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Field {
    /// The hash is in the shadow file.
    Shadowed,
    /// The field itself counts.
    Here(Secret),
}

/// A user.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) field: Field,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) gecos: String,
    pub(crate) home: String,
    pub(crate) shell: String,
    pub(crate) place: Place,
    /// The shadow record that belongs to it, where its source carries its own.
    pub(crate) shadow: Option<Shadow>,
}

/// A shadow record. Days count from 1970; -1 is nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shadow {
    pub(crate) secret: Secret,
    pub(crate) last_change: i64,
    pub(crate) min: i64,
    pub(crate) max: i64,
    pub(crate) warn: i64,
    pub(crate) inactive: i64,
    pub(crate) expire: i64,
    pub(crate) place: Place,
}

/// A group.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) field: Field,
    pub(crate) gid: u32,
    pub(crate) members: Vec<String>,
    pub(crate) place: Place,
}

/// A record of the shadow file of groups.
#[derive(Debug, Clone)]
pub(crate) struct GroupShadow {
    pub(crate) secret: Secret,
    pub(crate) admins: Vec<String>,
    pub(crate) members: Vec<String>,
    pub(crate) place: Place,
}

/// Everything about accounts that the host's files say.
#[derive(Debug)]
pub(crate) struct Tables {
    pub(crate) libc: Libc,
    pub(crate) switch: Switch,
    pub(crate) users: Vec<User>,
    pub(crate) groups: Vec<Group>,
    /// By name; of several the first counts.
    pub(crate) shadow: Result<BTreeMap<String, Shadow>, Gap>,
    /// By name; of several the first counts.
    pub(crate) gshadow: Result<BTreeMap<String, GroupShadow>, Gap>,
    /// Whether all users were seen.
    pub(crate) all_users: Result<(), Gap>,
    /// Whether all groups were seen.
    pub(crate) all_groups: Result<(), Gap>,
    /// Sources that are asked and cannot be read here: database and source.
    pub(crate) unseen: Vec<(&'static str, String)>,
    /// `+` and `-` lines: file and line, and whether the source `compat` makes them count.
    pub(crate) compat: Vec<(Place, bool)>,
}

impl Tables {
    /// Reads them.
    ///
    /// # Errors
    /// Where not even the sources can be told.
    pub(crate) fn read(host: &Host<'_>) -> Result<Self, Gap> {
        let libc = Libc::of(host)?;
        let switch = Switch::read(host, libc)?;
        let mut tables = Self {
            libc,
            switch,
            users: Vec::new(),
            groups: Vec::new(),
            shadow: Ok(BTreeMap::new()),
            gshadow: Ok(BTreeMap::new()),
            all_users: Ok(()),
            all_groups: Ok(()),
            unseen: Vec::new(),
            compat: Vec::new(),
        };
        tables.fill_users(host);
        tables.fill_groups(host);
        tables.shadow = tables.shadows(host);
        tables.gshadow = tables.group_shadows(host);
        Ok(tables)
    }

    /// The sources of a database in order, `/etc` first where no line names it: programs that do
    /// not use the switch read it.
    fn sources(&mut self, database: &'static str) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        let sources = self.switch.get(database).map(|d| d.sources.clone()).unwrap_or_default();
        for source in sources {
            match source.name.as_str() {
                "files" | "compat" => out.push("/etc".to_owned()),
                "extrausers" => out.push("/var/lib/extrausers".to_owned()),
                "altfiles" => out.push("/usr/lib".to_owned()),
                "systemd" => out.push("systemd".to_owned()),
                // Users of running containers, never of the host.
                "mymachines" => {}
                other => {
                    self.unseen.push((database, other.to_owned()));
                }
            }
        }
        if !out.iter().any(|d| d == "/etc") {
            out.insert(0, "/etc".to_owned());
        }
        out.dedup();
        out
    }

    fn fill_users(&mut self, host: &Host<'_>) {
        let compat = self.switch.asks("passwd", "compat");
        for source in self.sources("passwd") {
            if source == "systemd" {
                if let Err(gap) = userdb::users(host, &mut self.users) {
                    self.all_users = Err(gap);
                }
                continue;
            }
            let path = Path::new(&source).join("passwd");
            let text = match host.text(&path) {
                Ok(Some(found)) => found.text,
                Ok(None) => continue,
                Err(gap) => {
                    self.all_users = Err(gap);
                    continue;
                }
            };
            let file: Arc<Path> = path.into();
            for (line, text) in numbered(&text) {
                let place = Place { file: Arc::clone(&file), line };
                let Some(text) = self.libc.line(text) else { continue };
                if self.libc == Libc::Gnu && text.starts_with(['+', '-']) {
                    self.compat.push((place, compat));
                    continue;
                }
                let Some(user) = user(self.libc, text, place) else { continue };
                if source.ends_with("extrausers") && user.uid < EXTRAUSERS_MIN {
                    continue;
                }
                if self.users.len() >= MAX_ENTRIES {
                    self.all_users = Err(too_many(&file, "users"));
                    break;
                }
                self.users.push(user);
            }
        }
        if let Some((place, _)) = self.compat.iter().find(|(_, counts)| *counts) {
            self.unseen.push(("passwd", format!("nis, by {}", place.words())));
        }
    }

    fn fill_groups(&mut self, host: &Host<'_>) {
        for source in self.sources("group") {
            if source == "systemd" {
                if let Err(gap) = userdb::groups(host, &mut self.groups) {
                    self.all_groups = Err(gap);
                }
                continue;
            }
            let path = Path::new(&source).join("group");
            let text = match host.text(&path) {
                Ok(Some(found)) => found.text,
                Ok(None) => continue,
                Err(gap) => {
                    self.all_groups = Err(gap);
                    continue;
                }
            };
            let file: Arc<Path> = path.into();
            for (line, text) in numbered(&text) {
                let place = Place { file: Arc::clone(&file), line };
                let Some(text) = self.libc.line(text) else { continue };
                if self.libc == Libc::Gnu && text.starts_with(['+', '-']) {
                    continue;
                }
                let Some(group) = group(self.libc, text, place) else { continue };
                if source.ends_with("extrausers") && group.gid < EXTRAUSERS_MIN {
                    continue;
                }
                if self.groups.len() >= MAX_ENTRIES {
                    self.all_groups = Err(too_many(&file, "groups"));
                    break;
                }
                self.groups.push(group);
            }
        }
    }

    fn shadows(&mut self, host: &Host<'_>) -> Result<BTreeMap<String, Shadow>, Gap> {
        let mut out = BTreeMap::new();
        for source in self.sources("shadow") {
            let path = Path::new(&source).join("shadow");
            if source == "systemd" {
                continue;
            }
            let Some(found) = host.text(&path)? else { continue };
            let file: Arc<Path> = path.into();
            for (line, text) in numbered(&found.text) {
                let Some(text) = self.libc.line(text) else { continue };
                let place = Place { file: Arc::clone(&file), line };
                let Some((name, shadow)) = shadow(text, place) else { continue };
                if out.len() >= MAX_ENTRIES {
                    return Err(too_many(&file, "records"));
                }
                out.entry(name).or_insert(shadow);
            }
        }
        Ok(out)
    }

    fn group_shadows(&mut self, host: &Host<'_>) -> Result<BTreeMap<String, GroupShadow>, Gap> {
        let mut out = BTreeMap::new();
        for source in self.sources("gshadow") {
            let path = Path::new(&source).join("gshadow");
            if source == "systemd" {
                continue;
            }
            let Some(found) = host.text(&path)? else { continue };
            let file: Arc<Path> = path.into();
            for (line, text) in numbered(&found.text) {
                let Some(text) = self.libc.line(text) else { continue };
                let mut fields = text.splitn(4, ':');
                let (Some(name), Some(field)) = (fields.next(), fields.next()) else { continue };
                let admins = names(fields.next().unwrap_or_default());
                let members = names(fields.next().unwrap_or_default());
                let secret = Secret::read(field);
                if out.len() >= MAX_ENTRIES {
                    return Err(too_many(&file, "records"));
                }
                let place = Place { file: Arc::clone(&file), line };
                let record = GroupShadow { secret, admins, members, place };
                out.entry(name.to_owned()).or_insert(record);
            }
        }
        Ok(out)
    }
}

fn too_many(file: &Path, what: &str) -> Gap {
    let detail =
        format!("{}: more than {MAX_ENTRIES} {what}, the rest is not read", file.display());
    Gap::new(GapState::Malformed, detail)
}

/// `name:password:uid:gid:gecos:home:shell`. The GNU library takes a line that ends after the gid.
fn user(libc: Libc, text: &str, place: Place) -> Option<User> {
    let fields: Vec<&str> = text.splitn(7, ':').collect();
    let [name, field, uid, gid, rest @ ..] = fields.as_slice() else { return None };
    if libc == Libc::Musl && rest.len() < 3 {
        return None;
    }
    let get = |n: usize| rest.get(n).copied().unwrap_or_default().to_owned();
    let shadowed = match *field {
        "x" | "*NP*" => true,
        other => other.strip_prefix("##") == Some(name),
    };
    Some(User {
        name: (*name).to_owned(),
        field: if shadowed { Field::Shadowed } else { Field::Here(Secret::read(field)) },
        uid: libc.id(uid)?,
        gid: libc.id(gid)?,
        gecos: get(0),
        home: get(1),
        shell: get(2),
        place,
        shadow: None,
    })
}

/// `name:password:gid:members`.
fn group(libc: Libc, text: &str, place: Place) -> Option<Group> {
    let fields: Vec<&str> = text.splitn(4, ':').collect();
    let [name, field, gid, rest @ ..] = fields.as_slice() else { return None };
    if libc == Libc::Musl && rest.is_empty() {
        return None;
    }
    let field = if *field == "x" { Field::Shadowed } else { Field::Here(Secret::read(field)) };
    let members = rest.first().map(|m| names(m)).unwrap_or_default();
    Some(Group { name: (*name).to_owned(), field, gid: libc.id(gid)?, members, place })
}

/// Names between commas; blanks before a name do not count.
fn names(text: &str) -> Vec<String> {
    let names = text.split(',').map(|n| n.trim_start_matches(is_space));
    names.filter(|n| !n.is_empty()).map(str::to_owned).collect()
}

/// `name:password:change:min:max:warn:inactive:expire:flag`. The library skips a line with a field
/// that is no number.
fn shadow(text: &str, place: Place) -> Option<(String, Shadow)> {
    let fields: Vec<&str> = text.split(':').take(10).collect();
    let [name, field, numbers @ ..] = fields.as_slice() else { return None };
    // The old form ends behind the third number; the new one needs its sixth, or the flag behind it.
    let last = *numbers.last()?;
    let fits = match numbers.len() {
        3 | 6 => !last.is_empty(),
        4 => last.trim_matches(is_space).is_empty(),
        7 => last.is_empty() || gnu_number(last).is_some(),
        _ => false,
    };
    if !fits {
        return None;
    }
    let mut days = [-1_i64; 6];
    for (day, text) in days.iter_mut().zip(numbers) {
        if !text.trim_matches(is_space).is_empty() {
            *day = i64::from(gnu_number(text)?.cast_signed());
        }
    }
    let [last_change, min, max, warn, inactive, expire] = days;
    let secret = Secret::read(field);
    let shadow = Shadow { secret, last_change, min, max, warn, inactive, expire, place };
    Some(((*name).to_owned(), shadow))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_need_all_their_fields() {
        let read = |text: &str| {
            let file = Path::new("/etc/shadow").into();
            shadow(text, Place { file, line: 1 }).map(|(_, s)| (s.max, s.expire))
        };
        assert_eq!(read("a:*:1:2:3:4:5:6:"), Some((3, 6)));
        assert_eq!(read("a:*:1:2:3:4:5:6"), Some((3, 6)));
        assert_eq!(read("a:*:1:2:3"), Some((3, -1)));
        assert_eq!(read("a:*:1:2:3:"), Some((3, -1)));
        assert_eq!(read("a:*:::::::"), Some((-1, -1)));
        assert_eq!(read("a:*:1:2:4294967295:4:5:6:"), Some((-1, 6)));
        for skipped in [
            "a:*",
            "a:*::",
            "a:*:1:2:3:4",
            "a:*:1:2:3:4:5:",
            "a:*:1:-1:3:4:5:6:",
            "a:*:1:2:3:4:5:6:x",
            "a:*:1:2:3:4:5:6:0:9",
        ] {
            assert_eq!(read(skipped), None, "{skipped}");
        }
    }
}
