//! Who may run what as whom: every kind of person that a rule names is asked about; of the rules that
//! match, the last one decides.

use std::collections::BTreeSet;

use super::parse::Rule;
use crate::subjects::sudo::names::Names;

/// Most pairs of rules that are compared.
pub(super) const MAX_PAIRS: usize = 4_000_000;

/// A user, or any member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    /// As reports name him: `alice`, `%ops`, `#1000`.
    pub(super) label: String,
    uid: Option<u32>,
    gids: BTreeSet<u32>,
}

/// A rule in force for somebody.
#[derive(Debug)]
pub(super) struct Grant<'r> {
    pub(super) person: Person,
    pub(super) rule: &'r Rule,
    /// Later rules take some commands out of it.
    pub(super) but: bool,
}

/// The number of a user: by name, else as it stands.
pub(super) fn uid(names: &Names, word: &str) -> Option<u32> {
    names.users.get(word).map(|u| u.uid).or_else(|| word.parse().ok())
}

fn gid(names: &Names, word: &str) -> Option<u32> {
    names.groups.get(word).copied().or_else(|| word.parse().ok())
}

impl Person {
    /// Whom a rule names. `None`: nobody.
    fn of(names: &Names, identity: &str) -> Option<Self> {
        if let Some(group) = identity.strip_prefix(':') {
            let gid = gid(names, group)?;
            let label = format!("%{}", names.group_name(gid).unwrap_or(group));
            return Some(Self { label, uid: None, gids: BTreeSet::from([gid]) });
        }
        let uid = uid(names, identity)?;
        let Some(user) = names.by_uid(uid) else {
            return Some(Self { label: format!("#{uid}"), uid: Some(uid), gids: BTreeSet::new() });
        };
        let mut gids: BTreeSet<u32> =
            names.groups_of(user).iter().filter_map(|g| names.groups.get(g)).copied().collect();
        gids.insert(user.gid);
        Some(Self { label: user.name.clone(), uid: Some(uid), gids })
    }

    fn meets(&self, names: &Names, rule: &Rule) -> bool {
        match rule.identity.strip_prefix(':') {
            Some(group) => gid(names, group).is_some_and(|g| self.gids.contains(&g)),
            None => self.uid.is_some() && uid(names, &rule.identity) == self.uid,
        }
    }
}

/// Whether every command that one rule is about is what another is about too.
fn covers(wide: &Rule, narrow: &Rule) -> bool {
    let args = match (&wide.args, &narrow.args) {
        (None, _) => true,
        (a, b) => a == b,
    };
    wide.command.is_none() || wide.command == narrow.command && args
}

/// All grants. `None`: there are more rules than are compared.
pub(super) fn grants<'r>(names: &Names, rules: &'r [Rule]) -> Option<Vec<Grant<'r>>> {
    if rules.len().saturating_mul(rules.len()) > MAX_PAIRS {
        return None;
    }
    let mut out = Vec::new();
    let mut seen = BTreeSet::new();
    for named in rules.iter().filter(|r| r.permit) {
        let Some(person) = Person::of(names, &named.identity) else { continue };
        if person.uid == Some(0) || !seen.insert(person.label.clone()) {
            continue;
        }
        let mine: Vec<&Rule> = rules.iter().filter(|r| person.meets(names, r)).collect();
        for (at, rule) in mine.iter().enumerate().filter(|(_, r)| r.permit) {
            // Who may become anybody is asked for root.
            let target = uid(names, rule.target.as_deref().unwrap_or("root")).unwrap_or(0);
            let about =
                |r: &&&Rule| r.target.as_deref().is_none_or(|t| uid(names, t) == Some(target));
            let later = || mine.get(at + 1..).unwrap_or_default().iter().filter(about);
            if later().any(|l| covers(l, rule)) {
                continue;
            }
            let but = later().any(|l| !l.permit && covers(rule, l));
            out.push(Grant { person: person.clone(), rule, but });
        }
    }
    Some(out)
}
