//! `directory_permissions` of a service principal: what it was given of Microsoft Graph, as far as
//! it can take over the directory with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assay_core::rule::RelatedScope;
use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::Directory;
use crate::azure::{because, lacks, last_segment, text};
use crate::{Deriver, Need, World, memo};

/// The application of Microsoft Graph, in every cloud.
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// Permissions of Microsoft Graph whose holder can become, or make somebody, administrator of the
/// directory: it gives out roles, permissions or memberships of groups that hold roles, adds
/// credentials to other applications, or resets other people's.
const TAKEOVER: [&str; 11] = [
    "AppRoleAssignment.ReadWrite.All",
    "Application.ReadWrite.All",
    "Directory.ReadWrite.All",
    "PrivilegedAccess.ReadWrite.AzureADGroup",
    "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
    "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
    "RoleAssignmentSchedule.ReadWrite.Directory",
    "RoleEligibilitySchedule.ReadWrite.Directory",
    "RoleManagement.ReadWrite.Directory",
    "RoleManagementPolicy.ReadWrite.Directory",
    "UserAuthenticationMethod.ReadWrite.All",
];

/// What of service principals the permissions rest on; and their owners, for
/// [`super::OutsideOwners`], which finds a document that was loaded for others as it was loaded.
pub(super) const LOOKS: Need = Need {
    kind: Directory::PRINCIPALS,
    scope: RelatedScope::Account,
    facets: &["appId", "appRoleAssignedTo", "appRoles", "displayName", "owners"],
};

/// The deriver.
#[derive(Debug)]
pub(crate) struct DirectoryPermissions;

impl Deriver for DirectoryPermissions {
    fn name(&self) -> &'static str {
        "directory_permissions"
    }

    fn types(&self) -> &'static [&'static str] {
        &[Directory::PRINCIPALS]
    }

    fn reads(&self) -> &'static [&'static str] {
        &[]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn looks(&self) -> &'static [Need] {
        &[LOOKS]
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        Ok(json!(of(&last_segment(&doc.id), world)?))
    }
}

/// Permissions by the principal that holds them, or why they are not known.
type Granted = Result<BTreeMap<String, BTreeSet<String>>, Gap>;

/// The permissions of a principal with which it can take over the directory.
pub(super) fn of(principal: &str, world: &dyn World) -> Result<BTreeSet<String>, Gap> {
    let granted: Arc<Granted> =
        memo(world, "azure/graph-permissions", || granted(&Directory::of(world), world));
    match granted.as_ref() {
        Ok(by) => Ok(by.get(principal).cloned().unwrap_or_default()),
        Err(gap) => Err(gap.clone()),
    }
}

fn granted(directory: &Directory, world: &dyn World) -> Granted {
    let is = |doc: &Resource| text(doc, "appId").is_some_and(|id| id.eq_ignore_ascii_case(GRAPH));
    let Some((_, graph)) = directory.principals().find(|(_, doc)| is(doc)) else {
        // Without its service principal nobody in the tenant can hold a permission of it.
        return match world.lacking(Directory::PRINCIPALS, RelatedScope::Account, &["appId"]) {
            Some(unknown) => Err(because(unknown)),
            None => Ok(BTreeMap::new()),
        };
    };
    if let Some(gap) = ["appRoles", "appRoleAssignedTo"].iter().find_map(|f| lacks(graph, f)) {
        return Err(gap);
    }
    let list = |facet: &str| graph.properties.get(facet).and_then(Value::as_array);
    let part = |v: &Value, name: &str| v.get(name).and_then(Value::as_str).map(str::to_owned);
    let names: BTreeMap<String, String> = list("appRoles")
        .into_iter()
        .flatten()
        .filter_map(|r| Some((part(r, "id")?.to_ascii_lowercase(), part(r, "value")?)))
        .collect();
    let mut by: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for given in list("appRoleAssignedTo").into_iter().flatten() {
        let lower = |name: &str| part(given, name).unwrap_or_default().to_ascii_lowercase();
        let name = names.get(&lower("appRoleId")).filter(|n| TAKEOVER.contains(&n.as_str()));
        if let Some(name) = name {
            by.entry(lower("principalId")).or_default().insert(name.clone());
        }
    }
    Ok(by)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fixed, derive};

    fn principal(id: &str, properties: Value) -> Resource {
        let mut doc = Resource::new(
            Directory::PRINCIPALS,
            format!("graph:t/servicePrincipals/{id}"),
            "azure",
            "t",
            "global",
            id,
        );
        doc.properties = properties.as_object().unwrap().clone();
        doc
    }

    fn graph() -> Resource {
        principal(
            "g",
            json!({
                "appId": GRAPH.to_uppercase(),
                "appRoles": [
                    {"id": "R1", "value": "Application.ReadWrite.All", "allowedMemberTypes": ["Application"]},
                    {"id": "r2", "value": "User.Read.All", "allowedMemberTypes": ["Application"]},
                ],
                "appRoleAssignedTo": [
                    {"id": "1", "appRoleId": "r1", "principalId": "A"},
                    {"id": "2", "appRoleId": "r2", "principalId": "b"},
                    {"id": "3", "appRoleId": "retired", "principalId": "b"},
                ],
            }),
        )
    }

    #[test]
    fn permissions_that_take_over_are_told_from_others() {
        for (id, want) in [("a", json!(["Application.ReadWrite.All"])), ("b", json!([]))] {
            let doc = principal(id, json!({"appId": "x"}));
            let world = Fixed::around(&doc, [graph(), doc.clone()]);
            assert_eq!(derive(&DirectoryPermissions, &doc, &world).unwrap(), want, "{id}");
            // Of an API that was seen everything is known, whatever other principals there are.
            let world = Fixed::around(&doc, [graph()]).without(Directory::PRINCIPALS);
            assert_eq!(derive(&DirectoryPermissions, &doc, &world).unwrap(), want, "{id}");
        }
    }

    #[test]
    fn nothing_is_said_where_the_api_was_not_read() {
        let doc = principal("b", json!({"appId": "x"}));
        let said = |world: &Fixed| derive(&DirectoryPermissions, &doc, world).is_ok();
        assert!(said(&Fixed::around(&doc, [doc.clone()])), "a tenant without Microsoft Graph");
        assert!(!said(&Fixed::around(&doc, [doc.clone()]).without(Directory::PRINCIPALS)));
        let nameless = principal("g", json!({}));
        assert!(!said(&Fixed::around(&doc, [nameless])), "it may be Microsoft Graph");
        for facet in ["appRoles", "appRoleAssignedTo"] {
            let mut half = graph();
            half.properties.remove(facet);
            assert!(!said(&Fixed::around(&doc, [half])), "{facet}");
        }
    }
}
