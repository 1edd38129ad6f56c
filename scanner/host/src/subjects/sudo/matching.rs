//! Does an element of a list match? As sudo asks: from the last element to the first, and the first
//! that says anything decides.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use super::ast::{Aliases, Member, Who};
use super::glob;
use super::names::Names;

/// Aliases within aliases that are followed.
const MAX_DEPTH: usize = 64;

/// Somebody who might run sudo, or be run as: an account, any member of a group, anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// As reports name him: `alice`, `%ops`, `ALL`.
    pub(crate) label: String,
    pub(crate) name: Option<String>,
    pub(crate) uid: Option<u32>,
    pub(crate) groups: BTreeSet<String>,
    pub(crate) gids: BTreeSet<u32>,
    /// The netgroup or foreign group of which he is any member.
    foreign: Option<Who>,
}

impl Person {
    fn new(label: String) -> Self {
        Self {
            label,
            name: None,
            uid: None,
            groups: BTreeSet::new(),
            gids: BTreeSet::new(),
            foreign: None,
        }
    }

    /// An account, with the groups that the host's files give it.
    pub(crate) fn named(name: &str, names: &Names) -> Self {
        let mut person = Self::new(name.to_owned());
        person.name = Some(name.to_owned());
        if let Some(user) = names.users.get(name) {
            person.uid = Some(user.uid);
            person.groups = names.groups_of(user);
            person.gids =
                person.groups.iter().filter_map(|g| names.groups.get(g)).copied().collect();
            person.gids.insert(user.gid);
        } else if name == "root" {
            person.uid = Some(0);
        }
        person
    }

    /// The caller himself, with the rights of groups: `(:shadow)`.
    pub(crate) fn with_groups(groups: &[Member]) -> Self {
        let name = |m: &Member| match &m.who {
            Who::All => "ALL".to_owned(),
            Who::Alias(n) | Who::Name(n) | Who::Group(n) => n.clone(),
            Who::Uid(n) | Who::Gid(n) => format!("#{n}"),
            Who::Netgroup(n) | Who::NonUnix(n) => n.clone(),
        };
        let sign = |m: &Member| if m.negated { "!" } else { "" };
        let all: Vec<String> = groups.iter().map(|m| format!("{}{}", sign(m), name(m))).collect();
        Self::new(format!(":{}", all.join(",")))
    }

    /// Whom an element of a list names.
    pub(crate) fn of(who: &Who, names: &Names) -> Self {
        match who {
            Who::All => Self::new("ALL".to_owned()),
            Who::Alias(name) | Who::Name(name) => Self::named(name, names),
            Who::Uid(id) => match id.parse().ok().map(|uid| (uid, names.by_uid(uid))) {
                Some((_, Some(user))) => Self::named(&user.name.clone(), names),
                Some((uid, None)) => Self { uid: Some(uid), ..Self::new(format!("#{id}")) },
                None => Self::new(format!("#{id}")),
            },
            Who::Group(name) => {
                let mut person = Self::new(format!("%{name}"));
                person.groups.insert(name.clone());
                person.gids.extend(names.groups.get(name));
                person
            }
            Who::Gid(id) => {
                let mut person = Self::new(format!("%#{id}"));
                if let Ok(gid) = id.parse() {
                    person.gids.insert(gid);
                    person.groups.extend(names.group_name(gid).map(str::to_owned));
                }
                person
            }
            Who::Netgroup(name) => {
                Self { foreign: Some(who.clone()), ..Self::new(format!("+{name}")) }
            }
            Who::NonUnix(name) => {
                Self { foreign: Some(who.clone()), ..Self::new(format!("%:{name}")) }
            }
        }
    }

    /// Root needs no sudo.
    pub(crate) fn is_root(&self) -> bool {
        self.uid == Some(0)
    }

    /// Whether a name, id or group is his. `None`: nobody here can say.
    fn is(&self, who: &Who) -> Option<bool> {
        let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        Some(match who {
            Who::All => true,
            Who::Alias(name) | Who::Name(name) => {
                self.name.as_deref().is_some_and(|own| same(own, name))
            }
            Who::Uid(id) => id.parse().is_ok_and(|uid: u32| self.uid == Some(uid)),
            Who::Group(name) => self.groups.iter().any(|g| same(g, name)),
            Who::Gid(id) => id.parse().is_ok_and(|gid: u32| self.gids.contains(&gid)),
            foreign if self.foreign.as_ref() == Some(foreign) => true,
            Who::Netgroup(_) | Who::NonUnix(_) => return self.name.is_none().then_some(false),
        })
    }
}

/// What is asked of lists.
pub(crate) struct Lists<'a> {
    pub(crate) names: &'a Names,
    pub(crate) aliases: &'a Aliases,
    /// What a question that nobody here can answer counts as. All is asked in both worlds.
    pub(crate) assume: bool,
    /// Elements that may still be looked at: aliases of aliases can make a short file long.
    pub(crate) budget: Cell<u64>,
    /// Aliases that are being looked into: inside itself, one stands for nothing.
    pub(crate) busy: RefCell<Vec<String>>,
}

impl Lists<'_> {
    /// Takes from the budget. `None`: it is used up.
    pub(crate) fn spend(&self, steps: u64) -> Option<()> {
        let left = self.budget.get().checked_sub(steps);
        self.budget.set(left.unwrap_or(0));
        left.map(drop)
    }

    /// Looks into an alias. `None`: it is being looked into already, or too deep.
    pub(crate) fn inside<T>(&self, name: &str, look: impl FnOnce() -> T) -> Option<T> {
        if self.busy.borrow().len() >= MAX_DEPTH || self.busy.borrow().iter().any(|b| b == name) {
            return None;
        }
        self.busy.borrow_mut().push(name.to_owned());
        let out = look();
        self.busy.borrow_mut().pop();
        Some(out)
    }

    fn list(
        &self,
        list: &[Member],
        aliases: &BTreeMap<String, Vec<Member>>,
        is: &dyn Fn(&Who) -> Option<bool>,
    ) -> Option<bool> {
        list.iter().rev().find_map(|member| {
            self.spend(1)?;
            let inner = match &member.who {
                Who::Alias(name) => aliases
                    .get(name)
                    .and_then(|inner| self.inside(name, || self.list(inner, aliases, is))),
                _ => None,
            };
            let answer = match inner {
                Some(answer) => answer?,
                None => is(&member.who).unwrap_or(self.assume).then_some(true)?,
            };
            Some(answer != member.negated)
        })
    }

    /// Whether a list of users holds somebody.
    pub(crate) fn users(&self, list: &[Member], who: &Person) -> bool {
        self.list(list, &self.aliases.users, &|w| who.is(w)) == Some(true)
    }

    /// Whether a list of target users holds somebody.
    pub(crate) fn targets(&self, list: &[Member], who: &Person) -> bool {
        self.list(list, &self.aliases.runas, &|w| who.is(w)) == Some(true)
    }

    /// Whether a list of hosts holds this host.
    pub(crate) fn hosts(&self, list: &[Member]) -> bool {
        self.list(list, &self.aliases.hosts, &|w| self.host(w)) == Some(true)
    }

    fn host(&self, who: &Who) -> Option<bool> {
        let pattern = match who {
            Who::All => return Some(true),
            Who::Alias(name) | Who::Name(name) => name,
            _ => return None,
        };
        if pattern.split('/').next().is_some_and(|a| a.parse::<std::net::IpAddr>().is_ok()) {
            return None;
        }
        let pattern = pattern.to_ascii_lowercase();
        let own = self.names.host.as_deref()?.to_ascii_lowercase();
        let long = self.names.canonical.as_deref().map(str::to_ascii_lowercase);
        let short = own.split('.').next().unwrap_or_default();
        if !pattern.contains('.') {
            return Some(glob::matches(&pattern, short, glob::Slash::Matched));
        }
        let mut full = [Some(own.clone()), long].into_iter().flatten().filter(|n| n.contains('.'));
        match full.next() {
            Some(first) => Some(
                glob::matches(&pattern, &first, glob::Slash::Matched)
                    || full.any(|n| glob::matches(&pattern, &n, glob::Slash::Matched)),
            ),
            // Only a resolver knows the full name: a pattern with another first part is another host.
            None => {
                let part = pattern.split('.').next().unwrap_or_default();
                (!glob::matches(part, short, glob::Slash::Matched)).then_some(false)
            }
        }
    }

    /// The positive elements of a list, aliases resolved, at most `most`.
    pub(crate) fn named(
        &self,
        list: &[Member],
        aliases: &BTreeMap<String, Vec<Member>>,
        most: usize,
    ) -> Vec<Who> {
        let mut out = Vec::new();
        let mut steps = most.saturating_mul(4);
        collect(list, aliases, 0, false, &mut steps, &mut out);
        out.truncate(most);
        out
    }
}

fn collect(
    list: &[Member],
    aliases: &BTreeMap<String, Vec<Member>>,
    depth: usize,
    negated: bool,
    steps: &mut usize,
    out: &mut Vec<Who>,
) {
    for member in list {
        if *steps == 0 {
            return;
        }
        *steps -= 1;
        let negated = negated != member.negated;
        match &member.who {
            Who::Alias(name) if depth < MAX_DEPTH && aliases.contains_key(name) => {
                let inner = aliases.get(name).map_or(&[][..], Vec::as_slice);
                collect(inner, aliases, depth + 1, negated, steps, out);
            }
            who if !negated => out.push(who.clone()),
            _ => {}
        }
    }
}
