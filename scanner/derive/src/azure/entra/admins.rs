//! `global_administrators` of a tenant: who holds the role, and who may activate it.

use std::collections::BTreeMap;

use assay_core::rule::RelatedScope;
use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::{Directory, TENANT, roles};
use crate::azure::{lacks, text};
use crate::{Deriver, Need, World};

/// Template id of the role.
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

/// The deriver.
#[derive(Debug)]
pub(crate) struct GlobalAdministrators;

impl Deriver for GlobalAdministrators {
    fn name(&self) -> &'static str {
        "global_administrators"
    }

    fn types(&self) -> &'static [&'static str] {
        &[TENANT]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/DirectoryRoleAssignments", "/DirectoryRoleEligibilitySchedules"]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn looks(&self) -> &'static [Need] {
        &[
            Need {
                kind: Directory::USERS,
                scope: RelatedScope::Account,
                facets: &["accountEnabled", "userPrincipalName"],
            },
            Need {
                kind: Directory::GROUPS,
                scope: RelatedScope::Account,
                facets: &["displayName", "transitiveMembers"],
            },
            Need { kind: Directory::PRINCIPALS, scope: RelatedScope::Account, facets: &[] },
        ]
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let directory = Directory::of(world);
        let list = |facet: &str| -> Result<(BTreeMap<String, String>, u64), Gap> {
            let lines = doc.properties.get(facet).and_then(Value::as_array);
            let (mut users, mut principals) = (BTreeMap::new(), BTreeMap::new());
            for line in lines.into_iter().flatten() {
                if roles::part(line, "roleDefinitionId") != GLOBAL_ADMINISTRATOR {
                    continue;
                }
                let id = roles::part(line, "principalId");
                for account in directory.behind(&id, world, Directory::members)? {
                    match who(&account, &directory, world)? {
                        Who::User(name) => drop(users.insert(account, name)),
                        Who::Principal => drop(principals.insert(account, ())),
                        Who::Nobody => {}
                    }
                }
            }
            Ok((users, principals.len() as u64))
        };
        let (active, principals) = list("DirectoryRoleAssignments")?;
        let (mut eligible, _) = list("DirectoryRoleEligibilitySchedules")?;
        eligible.retain(|id, _| !active.contains_key(id));
        let named = |users: &BTreeMap<String, String>| -> Value {
            users.iter().map(|(id, name)| json!({"id": id, "name": name})).collect()
        };
        Ok(json!({
            "active": named(&active), "eligible": named(&eligible), "service_principals": principals,
        }))
    }
}

enum Who {
    User(String),
    Principal,
    /// A disabled account, or one that was deleted.
    Nobody,
}

fn who(id: &str, directory: &Directory, world: &dyn World) -> Result<Who, Gap> {
    if directory.has_principal(id) {
        return Ok(Who::Principal);
    }
    let Some(user) = directory.user(id) else {
        let kinds = [Directory::USERS, Directory::PRINCIPALS];
        return Directory::unlisted(world, &kinds).map_or(Ok(Who::Nobody), Err);
    };
    if let Some(gap) = lacks(user, "accountEnabled") {
        return Err(gap);
    }
    if user.properties.get("accountEnabled") == Some(&Value::Bool(false)) {
        return Ok(Who::Nobody);
    }
    Ok(Who::User(text(user, "userPrincipalName").unwrap_or(id).to_owned()))
}
