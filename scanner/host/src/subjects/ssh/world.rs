//! Who can log in: the local users with their groups, and whether there may be others.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::Gap;

use crate::Host;

/// A local user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct User {
    /// The name.
    pub(super) name: String,
    /// The number.
    pub(super) uid: u32,
    /// The home directory.
    pub(super) home: String,
    /// The names of the groups, the primary one first.
    pub(super) groups: Vec<String>,
}

/// The users of a host.
#[derive(Debug, Clone, Default)]
pub(super) struct World {
    /// The local ones, in order of the file.
    pub(super) users: Vec<User>,
    /// Whether a directory service may know more.
    pub(super) others: bool,
    /// Groups that no user is in, by number: only programs with SGID get them.
    pub(super) empty_groups: Vec<u32>,
    /// Groups that one user alone is in: number and the user's name.
    pub(super) private_groups: Vec<(u32, String)>,
}

/// Sources of users that add no accounts to the local ones that a person could log in to.
const LOCAL: &[&str] = &["files", "compat", "systemd", "db", "cache", "mymachines", "altfiles"];

impl World {
    /// Reads `passwd`, `group` and `nsswitch.conf`.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub(super) fn read(host: &Host<'_>) -> Result<Self, Gap> {
        let mut names: BTreeMap<u32, String> = BTreeMap::new();
        let mut members: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut with_members: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
        if let Some(found) = host.text("/etc/group")? {
            for line in found.text.lines() {
                let f: Vec<&str> = line.split(':').collect();
                let [name, _, gid, list, ..] = f.as_slice() else { continue };
                let Ok(gid) = gid.parse::<u32>() else { continue };
                names.entry(gid).or_insert_with(|| (*name).to_owned());
                for member in list.split(',').filter(|m| !m.is_empty()) {
                    with_members.entry(gid).or_default().insert(member.to_owned());
                    members.entry(member.to_owned()).or_default().push((*name).to_owned());
                }
            }
        }
        let mut world = Self::default();
        if let Some(found) = host.text("/etc/passwd")? {
            for line in found.text.lines() {
                let f: Vec<&str> = line.split(':').collect();
                let [name, _, uid, gid, _, home, ..] = f.as_slice() else { continue };
                let (Ok(uid), Ok(gid)) = (uid.parse(), gid.parse::<u32>()) else { continue };
                let mut groups: Vec<String> = names.get(&gid).cloned().into_iter().collect();
                with_members.entry(gid).or_default().insert((*name).to_owned());
                groups.extend(members.get(*name).cloned().unwrap_or_default());
                let (name, home) = ((*name).to_owned(), (*home).to_owned());
                world.users.push(User { name, uid, home, groups });
            }
        }
        world.empty_groups =
            names.keys().copied().filter(|g| !with_members.contains_key(g)).collect();
        for (gid, users) in with_members {
            if let (1, Some(only)) = (users.len(), users.first()) {
                world.private_groups.push((gid, only.clone()));
            }
        }
        if let Some(found) = host.text("/etc/nsswitch.conf")? {
            for line in found.text.lines() {
                let line = line.split('#').next().unwrap_or("");
                let Some((database, sources)) = line.split_once(':') else { continue };
                if database.trim() == "passwd" {
                    let mut sources = sources.split_whitespace().filter(|s| !s.starts_with('['));
                    world.others = sources.any(|s| !LOCAL.contains(&s));
                }
            }
        }
        Ok(world)
    }
}
