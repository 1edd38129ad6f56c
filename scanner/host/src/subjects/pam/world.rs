//! What modules look at beside their own files: accounts and groups.

use assay_core::Gap;

use super::super::accounts::Tables;
use crate::Host;

/// Most accounts, and groups, that conditions are tried on.
const MAX_USERS: usize = 2000;

/// An account that conditions are tried on.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) home: String,
    pub(super) shell: String,
    /// Names of his groups.
    pub(super) groups: Vec<String>,
}

impl Person {
    /// Root, as far as conditions ask for him.
    pub(super) fn root() -> Self {
        let (name, home) = ("root".to_owned(), "/root".to_owned());
        Self { name: name.clone(), uid: 0, gid: 0, home, groups: vec![name], ..Self::ordinary() }
    }

    /// Somebody without a special group.
    pub(super) fn ordinary() -> Self {
        let text = String::new;
        Self { name: text(), uid: 1000, gid: 1000, home: text(), shell: text(), groups: Vec::new() }
    }
}

/// The host around the stacks.
pub(super) struct World<'h> {
    pub(super) host: &'h Host<'h>,
    /// Its accounts, and a person who is in no group; `None`: there are too many, or they are unknown.
    pub(super) people: Option<Vec<Person>>,
}

impl<'h> World<'h> {
    /// Reads the accounts. Those of directories are not seen.
    pub(super) fn of(host: &'h Host<'h>) -> Self {
        Self { host, people: people(host).ok().flatten() }
    }
}

fn people(host: &Host<'_>) -> Result<Option<Vec<Person>>, Gap> {
    let tables = Tables::read(host)?;
    let whole = tables.all_users.is_ok() && tables.all_groups.is_ok();
    if !whole || tables.users.len().max(tables.groups.len()) > MAX_USERS {
        return Ok(None);
    }
    let person = |u: &super::super::accounts::User| Person {
        name: u.name.clone(),
        uid: u.uid,
        gid: u.gid,
        home: u.home.clone(),
        shell: u.shell.clone(),
        groups: tables
            .groups
            .iter()
            .filter(|g| g.gid == u.gid || g.members.contains(&u.name))
            .map(|g| g.name.clone())
            .collect(),
    };
    let mut out: Vec<Person> = tables.users.iter().map(person).collect();
    out.push(Person::ordinary());
    Ok(Some(out))
}
