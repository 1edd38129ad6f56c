//! Who may log in: `DenyUsers`, `AllowUsers`, `DenyGroups`, `AllowGroups`.

use serde_json::Value;

use super::criterion::Connection;
use super::effective::{Decision, Server};
use super::keyword;
use super::pattern;

/// The four lists of a context.
#[derive(Debug)]
pub(super) struct Lists {
    deny_users: Option<Decision>,
    /// `AllowUsers`.
    pub(super) users: Option<Decision>,
    deny_groups: Option<Decision>,
    /// `AllowGroups`.
    pub(super) groups: Option<Decision>,
}

/// The words of a list.
pub(super) fn words(decision: Option<&Decision>) -> Vec<&str> {
    let list = decision.and_then(|d| d.value.as_array());
    list.map(|l| l.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

fn named(list: &Option<Decision>, c: &Connection) -> bool {
    words(list.as_ref()).iter().any(|e| pattern::login(&c.user, &c.host, &c.address, e))
}

fn grouped(list: &Option<Decision>, c: &Connection) -> bool {
    let list = words(list.as_ref());
    c.groups.iter().any(|g| list.iter().any(|e| pattern::matches(g, e)))
}

impl Lists {
    /// The lists in force where these blocks are active.
    pub(super) fn of(server: &Server<'_>, active: &[bool]) -> Self {
        let get = |name| keyword::find(name).map(|k| server.decide(k, active));
        Self {
            deny_users: get("DenyUsers"),
            users: get("AllowUsers"),
            deny_groups: get("DenyGroups"),
            groups: get("AllowGroups"),
        }
    }

    /// Whether they let a login in.
    pub(super) fn admit(&self, c: &Connection) -> bool {
        !self.denies(c) && self.overlooks(c).is_none()
    }

    /// Whether a list turns a login away by name.
    pub(super) fn denies(&self, c: &Connection) -> bool {
        named(&self.deny_users, c) || grouped(&self.deny_groups, c)
    }

    /// The list of those who may log in that does not have this one.
    pub(super) fn overlooks(&self, c: &Connection) -> Option<&'static str> {
        let open = |list: &Option<Decision>| words(list.as_ref()).is_empty();
        if !open(&self.users) && !named(&self.users, c) {
            Some("AllowUsers")
        } else if !open(&self.groups) && !grouped(&self.groups, c) {
            Some("AllowGroups")
        } else {
            None
        }
    }

    /// The list that limits logins to users or groups that it names. `None`: there is none, or each
    /// names everybody.
    pub(super) fn limiting(&self) -> Option<&Decision> {
        let everybody = |entry: &str| {
            let user = entry.rsplit_once('@').map_or(entry, |(user, _)| user);
            user.chars().all(|c| c == '*')
        };
        let lists = [&self.users, &self.groups].into_iter().filter_map(Option::as_ref);
        lists.into_iter().find(|d| {
            let words = words(Some(d));
            !words.is_empty() && !words.iter().any(|w| everybody(w))
        })
    }
}
