//! Users, groups and service principals of a tenant by their object ids.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_core::rule::RelatedScope;
use assay_core::{Gap, Resource};
use serde_json::Value;

use crate::azure::{because, lacks, last_segment};
use crate::{World, memo};

/// The directory, as far as it was read.
#[derive(Debug)]
pub(crate) struct Directory {
    users: BTreeMap<String, Arc<Resource>>,
    groups: BTreeMap<String, Arc<Resource>>,
    principals: BTreeMap<String, Arc<Resource>>,
}

impl Directory {
    pub(crate) const USERS: &str = "Microsoft.Graph/users";
    pub(crate) const GROUPS: &str = "Microsoft.Graph/groups";
    pub(crate) const PRINCIPALS: &str = "Microsoft.Graph/servicePrincipals";

    /// The directory around a document, made once for its account.
    pub(crate) fn of(world: &dyn World) -> Arc<Self> {
        let index = |kind: &str| {
            let all = world.related(kind, RelatedScope::Account);
            all.iter().map(|d| (last_segment(&d.id), Arc::clone(d))).collect()
        };
        memo(world, "azure/directory", || Self {
            users: index(Self::USERS),
            groups: index(Self::GROUPS),
            principals: index(Self::PRINCIPALS),
        })
    }

    pub(crate) fn user(&self, id: &str) -> Option<&Resource> {
        self.users.get(id).map(AsRef::as_ref)
    }

    pub(crate) fn group(&self, id: &str) -> Option<&Resource> {
        self.groups.get(id).map(AsRef::as_ref)
    }

    pub(crate) fn principal(&self, id: &str) -> Option<&Resource> {
        self.principals.get(id).map(AsRef::as_ref)
    }

    /// Every service principal that was seen, in the order of the ids.
    pub(crate) fn principals(&self) -> impl Iterator<Item = (&str, &Resource)> {
        self.principals.iter().map(|(id, doc)| (id.as_str(), doc.as_ref()))
    }

    pub(crate) fn has_principal(&self, id: &str) -> bool {
        self.principals.contains_key(id)
    }

    /// Every user that was seen, in the order of the ids.
    pub(crate) fn users(&self) -> impl Iterator<Item = (&str, &Resource)> {
        self.users.iter().map(|(id, doc)| (id.as_str(), doc.as_ref()))
    }

    /// The users in a group, through other groups too.
    ///
    /// # Errors
    /// A gap, where the members were not read.
    pub(crate) fn members(group: &Resource) -> Result<Vec<String>, Gap> {
        let user = |m: &Value| {
            m.get("@odata.type").and_then(Value::as_str) == Some("#microsoft.graph.user")
        };
        Self::members_that(group, user)
    }

    /// Everything in a group, through other groups too: programs, devices and groups beside users.
    ///
    /// # Errors
    /// A gap, where the members were not read.
    pub(crate) fn everything(group: &Resource) -> Result<Vec<String>, Gap> {
        Self::members_that(group, |_| true)
    }

    fn members_that(group: &Resource, is: impl Fn(&Value) -> bool) -> Result<Vec<String>, Gap> {
        if let Some(gap) = lacks(group, "transitiveMembers") {
            return Err(gap);
        }
        let members = group.properties.get("transitiveMembers").and_then(Value::as_array);
        let id = |m: &Value| Some(m.get("id")?.as_str()?.to_ascii_lowercase());
        Ok(members.into_iter().flatten().filter(|m| is(m)).filter_map(id).collect())
    }

    /// Who stands behind a principal: itself, or of the group that it is what `members` says.
    ///
    /// # Errors
    /// A gap, where the members were not read, or the principal may be a group that was not.
    pub(crate) fn behind(
        &self,
        principal: &str,
        world: &dyn World,
        members: impl Fn(&Resource) -> Result<Vec<String>, Gap>,
    ) -> Result<Vec<String>, Gap> {
        if let Some(group) = self.group(principal) {
            return members(group);
        }
        if self.user(principal).is_some() || self.has_principal(principal) {
            return Ok(vec![principal.to_owned()]);
        }
        // A group that was not listed would have members.
        match Self::unlisted(world, &[Self::GROUPS]) {
            Some(gap) => Err(gap),
            None => Ok(vec![principal.to_owned()]),
        }
    }

    /// Why somebody who is not found among some types may be there: one of them was not listed to its
    /// end.
    pub(crate) fn unlisted(world: &dyn World, kinds: &[&str]) -> Option<Gap> {
        kinds.iter().find_map(|k| world.lacking(k, RelatedScope::Account, &[])).map(because)
    }
}
