//! Whom a policy concerns.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::{Gap, Resource};
use serde_json::Value;

use super::Directory;
use super::policy::People;
use crate::World;
use crate::azure::{lacks, text};

/// Somebody who signs in.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// The object id, in lower case; a kind of external user without an account here.
    pub(super) id: String,
    pub(super) name: String,
    /// Kinds of guest that the account may be, in lower case.
    pub(super) kind: Option<&'static str>,
    /// Template ids of directory roles that policies see.
    pub(super) roles: BTreeSet<String>,
    /// Has no account here.
    pub(super) foreign: bool,
    /// Per-user MFA, where it was read.
    pub(super) per_user_mfa: Option<bool>,
}

/// External users that have no account in the directory.
const FOREIGN: [(&str, &str); 3] = [
    ("b2bdirectconnectuser", "B2B direct connect users"),
    ("otherexternaluser", "other external users"),
    ("serviceprovider", "service provider users"),
];

impl Person {
    /// An account; `None` if it is disabled.
    ///
    /// # Errors
    /// A gap, where what decides about the account is not known.
    pub(super) fn of(
        id: &str,
        doc: &Resource,
        roles: BTreeSet<String>,
    ) -> Result<Option<Self>, Gap> {
        let facets = ["accountEnabled", "userType", "externalUserState", "userPrincipalName"];
        if let Some(gap) = facets.iter().find_map(|f| lacks(doc, f)) {
            return Err(gap);
        }
        if doc.properties.get("accountEnabled") == Some(&Value::Bool(false)) {
            return Ok(None);
        }
        let name = text(doc, "userPrincipalName").unwrap_or(id);
        let guest = text(doc, "userType").is_some_and(|t| t.eq_ignore_ascii_case("guest"));
        let external =
            text(doc, "externalUserState").is_some() || name.to_ascii_uppercase().contains("#EXT#");
        let kind = match (guest, external) {
            (true, true) => Some("b2bcollaborationguest"),
            (true, false) => Some("internalguest"),
            (false, true) => Some("b2bcollaborationmember"),
            (false, false) => None,
        };
        let state =
            text(doc, "perUserMfaState").filter(|_| lacks(doc, "perUserMfaState").is_none());
        Ok(Some(Self {
            id: id.to_owned(),
            name: name.to_owned(),
            kind,
            roles,
            foreign: false,
            per_user_mfa: state.map(|s| s != "disabled"),
        }))
    }

    /// Kinds of external users without an account, each as one person.
    pub(super) fn foreign() -> impl Iterator<Item = Self> {
        FOREIGN.into_iter().map(|(kind, name)| Self {
            id: kind.to_owned(),
            name: name.to_owned(),
            kind: Some(kind),
            roles: BTreeSet::new(),
            foreign: true,
            per_user_mfa: Some(false),
        })
    }
}

/// Whether and how people are named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    Yes(How),
    No,
    /// It rests on something that is not known.
    Unsure(Gap),
}

/// By what somebody is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum How {
    Everybody,
    Account,
    Group(String),
    Role(String),
    Guests,
}

/// Groups with their members, by id.
#[derive(Debug)]
pub(super) struct Groups {
    members: BTreeMap<String, Result<BTreeSet<String>, Gap>>,
    names: BTreeMap<String, String>,
}

impl Groups {
    /// The groups with these ids. One that the directory does not have was deleted, if the
    /// directory's groups were all listed.
    pub(super) fn of<'a>(
        ids: impl IntoIterator<Item = &'a String>,
        directory: &Directory,
        world: &dyn World,
    ) -> Self {
        let mut out = Self { members: BTreeMap::new(), names: BTreeMap::new() };
        for id in ids {
            if out.members.contains_key(id) {
                continue;
            }
            let members = match directory.group(id) {
                Some(group) => {
                    let name = text(group, "displayName").unwrap_or(id).to_owned();
                    out.names.insert(id.clone(), name);
                    Directory::members(group).map(|m| m.into_iter().collect())
                }
                None => Directory::unlisted(world, &[Directory::GROUPS])
                    .map_or(Ok(BTreeSet::new()), Err),
            };
            out.members.insert(id.clone(), members);
        }
        out
    }

    pub(super) fn name(&self, id: &str) -> String {
        self.names.get(id).map_or_else(|| id.to_owned(), |n| format!("{n} ({id})"))
    }

    /// The members of a group that was asked for.
    pub(super) fn members(&self, id: &str) -> Result<&BTreeSet<String>, Gap> {
        match self.members.get(id) {
            Some(Ok(members)) => Ok(members),
            Some(Err(gap)) => Err(gap.clone()),
            None => Err(crate::azure::strange(format!("group {id} was not looked up"))),
        }
    }

    /// Whether people include somebody. `excluding` reads what cannot be told of external users
    /// against them.
    pub(super) fn named(&self, people: &People, who: &Person, excluding: bool) -> Named {
        if people.users.contains(&who.id) {
            return Named::Yes(How::Account);
        }
        if let Some(role) = people.roles.iter().find(|r| who.roles.contains(*r)) {
            return Named::Yes(How::Role(role.clone()));
        }
        if people.all() {
            return Named::Yes(How::Everybody);
        }
        let mut unsure = None;
        for group in people.groups.iter().filter(|_| !who.foreign) {
            match self.members(group) {
                Ok(members) if members.contains(&who.id) => {
                    return Named::Yes(How::Group(group.clone()));
                }
                Ok(_) => {}
                // Which exclusion is the first to hold is not known any more.
                Err(gap) if excluding => return Named::Unsure(gap),
                Err(gap) => unsure = Some(gap),
            }
        }
        match guests(people, who, excluding) {
            Some(true) => return Named::Yes(How::Guests),
            Some(false) => {}
            None => {
                let detail =
                    format!("whether {} belongs to the external tenants of a policy", who.name);
                unsure = unsure.or_else(|| Some(crate::azure::strange(detail)));
            }
        }
        unsure.map_or(Named::No, Named::Unsure)
    }
}

fn guests(people: &People, who: &Person, excluding: bool) -> Option<bool> {
    let Some(kind) = who.kind else { return Some(false) };
    if people.users.iter().any(|u| u == "guestsorexternalusers") {
        // The old word means guests; whether members from other tenants as well is not said.
        return if kind == "b2bcollaborationmember" { None } else { Some(true) };
    }
    let Some((kinds, every_tenant)) = &people.guests else { return Some(false) };
    if !kinds.iter().any(|k| k == kind) {
        return Some(false);
    }
    if *every_tenant || kind == "internalguest" {
        return Some(true);
    }
    // Some tenants: of a kind of people, some are left out and not all are meant.
    if who.foreign { Some(excluding) } else { None }
}
