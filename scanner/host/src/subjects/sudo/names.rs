//! Who is who on this host, by its own files, and what its name is.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::Gap;

use crate::Host;

/// A local account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) shell: String,
}

/// The names that policies speak of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    /// Local accounts by name.
    pub(crate) users: BTreeMap<String, User>,
    /// Local groups by name.
    pub(crate) groups: BTreeMap<String, u32>,
    /// Groups by member: supplementary ones only.
    pub(crate) memberships: BTreeMap<String, BTreeSet<String>>,
    /// The host's name, as `/etc/hostname` has it. `None`: no file says it.
    pub(crate) host: Option<String>,
    /// The host's first name in `/etc/hosts`, which is its canonical one.
    pub(crate) canonical: Option<String>,
}

impl Names {
    /// Reads them.
    pub(crate) fn read(host: &Host<'_>) -> Result<Self, Gap> {
        let mut names = Self::default();
        let text = |path: &str| host.text(path).map(|f| f.map(|f| f.text.to_string()));
        for line in text("/etc/passwd")?.unwrap_or_default().lines() {
            names.user(line);
        }
        for line in text("/etc/group")?.unwrap_or_default().lines() {
            names.group(line);
        }
        let first = |text: String| {
            let line = text.lines().map(str::trim).find(|l| !l.is_empty() && !l.starts_with('#'));
            line.map(str::to_owned)
        };
        names.host = text("/etc/hostname")?.and_then(first);
        if names.host.is_none() && host.running() {
            names.host = text("/proc/sys/kernel/hostname")?.and_then(first);
        }
        if let (Some(me), Some(hosts)) = (names.host.clone(), text("/etc/hosts")?) {
            names.canonical = canonical(&hosts, &me);
        }
        Ok(names)
    }

    fn user(&mut self, line: &str) {
        let mut parts = line.split(':');
        let (Some(name), Some(uid), Some(gid)) = (parts.next(), parts.nth(1), parts.next()) else {
            return;
        };
        let (Ok(uid), Ok(gid)) = (uid.parse(), gid.parse()) else { return };
        let shell = parts.nth(2).unwrap_or_default().to_owned();
        let user = User { name: name.to_owned(), uid, gid, shell };
        // The first of two lines of the same name is the one that is found.
        self.users.entry(name.to_owned()).or_insert(user);
    }

    fn group(&mut self, line: &str) {
        let mut parts = line.split(':');
        let (Some(name), Some(gid)) = (parts.next(), parts.nth(1)) else { return };
        let Ok(gid) = gid.parse() else { return };
        self.groups.entry(name.to_owned()).or_insert(gid);
        for member in parts.next().unwrap_or_default().split(',').filter(|m| !m.is_empty()) {
            self.memberships.entry(member.to_owned()).or_default().insert(name.to_owned());
        }
    }

    /// The account of a uid.
    pub(crate) fn by_uid(&self, uid: u32) -> Option<&User> {
        self.users.values().find(|u| u.uid == uid)
    }

    /// The name of a group.
    pub(crate) fn group_name(&self, gid: u32) -> Option<&str> {
        self.groups.iter().find(|(_, g)| **g == gid).map(|(n, _)| n.as_str())
    }

    /// Every group of an account, the primary one included, by name.
    pub(crate) fn groups_of(&self, user: &User) -> BTreeSet<String> {
        let mut out = self.memberships.get(&user.name).cloned().unwrap_or_default();
        out.extend(self.group_name(user.gid).map(str::to_owned));
        out
    }
}

/// The first name of the line of `/etc/hosts` that holds this one.
fn canonical(hosts: &str, me: &str) -> Option<String> {
    hosts.lines().find_map(|line| {
        let line = line.split('#').next().unwrap_or_default();
        let mut names = line.split_whitespace().skip(1);
        let first = names.next()?;
        let here = first.eq_ignore_ascii_case(me) || names.any(|n| n.eq_ignore_ascii_case(me));
        here.then(|| first.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    #[test]
    fn accounts_groups_and_the_host_s_names() {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/etc/passwd", "root:x:0:0::/root:/bin/sh\na:x:5:6::/:/bin/sh\nbad\na:x:9:9:::\n");
        m.file("/etc/group", "root:x:0:\ng:x:6:\nwheel:x:10:a,b\n");
        m.file("/etc/hostname", "# name\nweb1\n");
        m.file("/etc/hosts", "127.0.0.1 localhost\n10.0.0.1 web1.example.org web1 # me\n");
        let now = assay_core::Timestamp::UNIX_EPOCH;
        let names = Names::read(&Host::new(&m, "h", now)).unwrap();
        let a = &names.users["a"];
        assert_eq!((a.uid, names.groups_of(a)), (5, ["g", "wheel"].map(str::to_owned).into()));
        assert_eq!(names.canonical.as_deref(), Some("web1.example.org"));
    }
}
