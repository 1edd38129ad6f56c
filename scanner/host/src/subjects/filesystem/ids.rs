//! Who the numbers are: users and groups as far as files name them.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::{Gap, GapState};

use crate::Host;

/// Files with accounts, beside `/etc`: those of `nss-altfiles` and `libnss-extrausers`.
const PASSWD: [&str; 3] = ["/etc/passwd", "/usr/lib/passwd", "/var/lib/extrausers/passwd"];
const GROUP: [&str; 3] = ["/etc/group", "/usr/lib/group", "/var/lib/extrausers/group"];
/// Sources of `nsswitch.conf` that files describe in full.
const FILES: [&str; 6] = ["files", "compat", "systemd", "altfiles", "extrausers", "myhostname"];
/// Numbers that systemd gives to units for as long as they run (`systemd.exec(5)`).
const DYNAMIC: std::ops::RangeInclusive<u32> = 61_184..=65_519;

/// One account.
#[derive(Debug, Clone)]
struct User {
    name: String,
    gid: u32,
    login: bool,
}

/// The accounts of a host.
#[derive(Debug, Default)]
pub(super) struct Ids {
    users: BTreeMap<u32, User>,
    groups: BTreeMap<u32, (String, Vec<String>)>,
    ranges: Vec<(u32, u32)>,
    /// Why a number that no file names may still have a name.
    pub(super) elsewhere: Option<Gap>,
}

impl Ids {
    /// Reads them.
    pub(super) fn read(host: &Host<'_>) -> Result<Self, Gap> {
        let mut ids = Self::default();
        let mut found = false;
        for file in PASSWD {
            let Some(text) = host.text(file)? else { continue };
            found = true;
            for line in text.text.lines() {
                let f: Vec<&str> = line.split(':').collect();
                let [name, _, uid, gid, ..] = f.as_slice() else { continue };
                let (Ok(uid), Ok(gid)) = (uid.parse(), gid.parse()) else { continue };
                let shell = f.get(6).copied().unwrap_or("/bin/sh").trim();
                let none = ["nologin", "false", "sync", "shutdown", "halt", "git-shell"];
                let login = !none.iter().any(|s| shell.rsplit('/').next() == Some(s));
                ids.users.entry(uid).or_insert(User { name: (*name).to_owned(), gid, login });
            }
        }
        for file in GROUP {
            let Some(text) = host.text(file)? else { continue };
            for line in text.text.lines() {
                let f: Vec<&str> = line.split(':').collect();
                let [name, _, gid, ..] = f.as_slice() else { continue };
                let Ok(gid) = gid.parse() else { continue };
                let members = f.get(3).copied().unwrap_or_default().split(',');
                let members = members.map(str::trim).filter(|m| !m.is_empty()).map(str::to_owned);
                let entry =
                    ids.groups.entry(gid).or_insert_with(|| ((*name).to_owned(), Vec::new()));
                entry.1.extend(members);
            }
        }
        if !found {
            return Err(Gap::new(GapState::Failed, "there is no /etc/passwd"));
        }
        for file in ["/etc/subuid", "/etc/subgid"] {
            let Some(text) = host.text(file)? else { continue };
            for line in text.text.lines() {
                let f: Vec<&str> = line.split(':').collect();
                if let [_, start, count] = f.as_slice()
                    && let (Ok(start), Ok(count)) =
                        (start.trim().parse::<u32>(), count.trim().parse::<u32>())
                {
                    ids.ranges.push((start, start.saturating_add(count)));
                }
            }
        }
        ids.elsewhere = elsewhere(host)?;
        Ok(ids)
    }

    /// Whether nobody has this user number.
    pub(super) fn no_user(&self, uid: u32) -> bool {
        !self.users.contains_key(&uid) && !self.lent(uid)
    }

    /// Whether no group has this number.
    pub(super) fn no_group(&self, gid: u32) -> bool {
        !self.groups.contains_key(&gid) && !self.lent(gid)
    }

    fn lent(&self, id: u32) -> bool {
        DYNAMIC.contains(&id) || self.ranges.iter().any(|(from, to)| (*from..*to).contains(&id))
    }

    /// Names of the members of a group, root left out: by the group's line and by their own.
    pub(super) fn members(&self, gid: u32) -> BTreeSet<&str> {
        let named =
            self.groups.get(&gid).into_iter().flat_map(|(_, m)| m.iter().map(String::as_str));
        let own = self.users.iter().filter(|(uid, u)| u.gid == gid && **uid != 0);
        named.chain(own.map(|(_, u)| u.name.as_str())).filter(|n| *n != "root").collect()
    }

    /// Members of a group that are people: accounts with a shell and an ordinary number, but for
    /// one user.
    pub(super) fn logins(&self, gid: u32, but: u32) -> bool {
        let members = self.members(gid);
        self.users.iter().any(|(uid, u)| {
            (1000..60_000).contains(uid)
                && *uid != but
                && u.login
                && members.contains(u.name.as_str())
        })
    }

    /// Those of an access list that stand for somebody: a group without members is nobody.
    ///
    /// # Errors
    /// The gap, where only groups are left whose members may come from elsewhere.
    pub(super) fn real(&self, who: &[String]) -> Result<Vec<String>, Gap> {
        let nobody = |w: &&String| {
            let word = w.split(" through ").next().unwrap_or(w);
            let gid = word.strip_prefix("group ").and_then(|g| g.parse().ok());
            gid.is_some_and(|gid| self.members(gid).is_empty())
        };
        let (unknown, known): (Vec<&String>, Vec<&String>) = who.iter().partition(nobody);
        match &self.elsewhere {
            Some(gap) if known.is_empty() && !unknown.is_empty() => Err(gap.clone()),
            _ => Ok(known.into_iter().cloned().collect()),
        }
    }
}

/// Whether `nsswitch.conf` names sources of accounts that are no files of this host.
fn elsewhere(host: &Host<'_>) -> Result<Option<Gap>, Gap> {
    let Some(text) = host.text("/etc/nsswitch.conf")? else { return Ok(None) };
    for line in text.text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let Some((database, sources)) = line.split_once(':') else { continue };
        if !matches!(database.trim(), "passwd" | "group") {
            continue;
        }
        let other = sources
            .split_whitespace()
            .find(|s| !s.starts_with('[') && !s.ends_with(']') && !FILES.contains(s));
        if let Some(source) = other {
            let detail =
                format!("accounts also come from `{source}`, which only the running host can ask");
            return Ok(Some(Gap::new(GapState::Unsupported, detail)));
        }
    }
    Ok(None)
}
