//! What modules look at beside their own files: accounts and groups.

use assay_core::Gap;

use super::super::accounts::Tables;
use crate::Host;

/// Most accounts that conditions are tried on.
const MAX_USERS: usize = 500;

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

/// The host around the stacks.
pub(super) struct World<'h> {
    pub(super) host: &'h Host<'h>,
    /// Its accounts; `None`: not all are known.
    pub(super) people: Option<Vec<Person>>,
}

impl<'h> World<'h> {
    /// Reads the accounts. Where they are not all known, every condition on them may hold or not.
    pub(super) fn of(host: &'h Host<'h>) -> Self {
        Self { host, people: people(host).ok().flatten() }
    }
}

fn people(host: &Host<'_>) -> Result<Option<Vec<Person>>, Gap> {
    let tables = Tables::read(host)?;
    let whole = tables.all_users.is_ok() && tables.all_groups.is_ok() && tables.unseen.is_empty();
    if !whole || tables.users.len() > MAX_USERS {
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
    Ok(Some(tables.users.iter().map(person).collect()))
}
