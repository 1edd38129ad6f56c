//! `standing_roles` of a tenant: privileged directory roles that somebody holds without an end.

use assay_core::rule::RelatedScope;
use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::roles::{self, part};
use super::{Directory, TENANT};
use crate::azure::{lacks, strange, text};
use crate::{Deriver, Need, World};

/// The deriver.
#[derive(Debug)]
pub(crate) struct StandingRoles;

impl Deriver for StandingRoles {
    fn name(&self) -> &'static str {
        "standing_roles"
    }

    fn types(&self) -> &'static [&'static str] {
        &[TENANT]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/DirectoryRoleAssignments", "/DirectoryRoleAssignmentSchedules"]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn looks(&self) -> &'static [Need] {
        &[
            Need {
                kind: Directory::USERS,
                scope: RelatedScope::Account,
                facets: &["userPrincipalName"],
            },
            Need {
                kind: Directory::GROUPS,
                scope: RelatedScope::Account,
                facets: &["displayName"],
            },
            Need { kind: Directory::PRINCIPALS, scope: RelatedScope::Account, facets: &[] },
        ]
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let directory = Directory::of(world);
        let schedules = doc.properties.get("DirectoryRoleAssignmentSchedules");
        let schedules = schedules.and_then(Value::as_array);
        let assignments = doc.properties.get("DirectoryRoleAssignments").and_then(Value::as_array);
        let mut standing = Vec::new();
        for held in assignments.into_iter().flatten() {
            let (id, template) = (part(held, "principalId"), part(held, "roleDefinitionId"));
            let Some(role) = roles::privileged(&template) else { continue };
            if Self::ends(held, schedules)? {
                continue;
            }
            // Those that are found may all be declared: one that is not known decides.
            if let Some((kind, name)) = who(&id, &directory, world)? {
                standing.push(json!({
                    "key": format!("{template}/{id}"), "role": role, "id": id, "kind": kind, "name": name,
                }));
            }
        }
        Ok(json!(standing))
    }
}

impl StandingRoles {
    /// Whether an assignment was activated, or ends by itself.
    fn ends(held: &Value, schedules: Option<&Vec<Value>>) -> Result<bool, Gap> {
        // Without a licence for PIM nothing ends.
        let Some(schedules) = schedules else { return Ok(false) };
        let same = |other: &&Value| {
            let keys = ["principalId", "roleDefinitionId", "directoryScopeId"];
            keys.iter().all(|k| part(held, k) == part(other, k))
        };
        let mut found = false;
        for schedule in schedules.iter().filter(same) {
            found = true;
            if !Self::limited(schedule)? {
                return Ok(false);
            }
        }
        let lone = || strange(format!("no schedule speaks of assignment {}", part(held, "id")));
        if found { Ok(true) } else { Err(lone()) }
    }

    fn limited(schedule: &Value) -> Result<bool, Gap> {
        if part(schedule, "assignmentType") == "activated" {
            return Ok(true);
        }
        let expiration = schedule.get("scheduleInfo").and_then(|i| i.get("expiration"));
        match expiration.map(|e| part(e, "type")).as_deref() {
            Some("noexpiration") => Ok(false),
            Some("afterdatetime" | "afterduration") => Ok(true),
            other => Err(strange(format!(
                "schedule {} has the expiration {}",
                part(schedule, "id"),
                other.unwrap_or("of nothing")
            ))),
        }
    }
}

/// What a principal is, and its name. `None`: a program, which cannot activate a role, or nobody.
fn who(
    id: &str,
    directory: &Directory,
    world: &dyn World,
) -> Result<Option<(&'static str, String)>, Gap> {
    // Whoever is declared may be declared by name.
    let name = |doc: &Resource, facet| match lacks(doc, facet) {
        Some(gap) => Err(gap),
        None => Ok(text(doc, facet).unwrap_or(id).to_owned()),
    };
    if let Some(user) = directory.user(id) {
        return Ok(Some(("user", name(user, "userPrincipalName")?)));
    }
    if let Some(group) = directory.group(id) {
        return Ok(Some(("group", name(group, "displayName")?)));
    }
    if directory.has_principal(id) {
        return Ok(None);
    }
    let kinds = [Directory::USERS, Directory::GROUPS, Directory::PRINCIPALS];
    Directory::unlisted(world, &kinds).map_or(Ok(None), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fixed, derive};

    const GLOBAL: &str = "62e90394-69f5-4237-9190-012177145e10";

    fn tenant(assignments: &Value, schedules: &Value) -> Resource {
        let mut doc = Resource::new(TENANT, "/tenants/t", "azure", "t", "global", "t");
        doc.properties.insert("DirectoryRoleAssignments".into(), assignments.clone());
        doc.properties.insert("DirectoryRoleAssignmentSchedules".into(), schedules.clone());
        doc
    }

    fn held(principal: &str, role: &str) -> Value {
        json!({"id": "r", "principalId": principal, "roleDefinitionId": role, "directoryScopeId": "/"})
    }

    fn schedule(principal: &str, kind: &str, end: &str) -> Value {
        let mut out = held(&principal.to_uppercase(), GLOBAL);
        out["assignmentType"] = json!(kind);
        out["scheduleInfo"] = json!({"expiration": {"type": end}});
        out
    }

    fn people() -> Vec<Resource> {
        let doc = |kind: &str, id: &str, name: &str| {
            let mut doc =
                Resource::new(kind, format!("graph:t/x/{id}"), "azure", "t", "global", id);
            doc.properties.insert(name.into(), json!(id));
            doc
        };
        vec![
            doc(Directory::USERS, "ada", "userPrincipalName"),
            doc(Directory::GROUPS, "team", "displayName"),
            doc(Directory::PRINCIPALS, "app", "displayName"),
        ]
    }

    fn found(assignments: &Value, schedules: &Value) -> Result<Vec<String>, ()> {
        let doc = tenant(assignments, schedules);
        let out = derive(&StandingRoles, &doc, &Fixed::around(&doc, people())).map_err(|_| ())?;
        let key = |v: &Value| v["id"].as_str().unwrap().to_owned();
        Ok(out.as_array().unwrap().iter().map(key).collect())
    }

    #[test]
    fn what_stands() {
        let own = |p: &str| json!([held(p, GLOBAL)]);
        let set = |s: Value| json!([s]);
        for (assignments, schedules, want) in [
            (own("ada"), set(schedule("ada", "Assigned", "noExpiration")), Ok(vec!["ada"])),
            (own("ada"), set(schedule("ada", "Assigned", "afterDateTime")), Ok(vec![])),
            (own("ada"), set(schedule("ada", "Activated", "afterDuration")), Ok(vec![])),
            (own("team"), set(schedule("team", "Assigned", "noExpiration")), Ok(vec!["team"])),
            // Without PIM.
            (own("ada"), json!(null), Ok(vec!["ada"])),
            // A program, somebody who was deleted, a role that is not privileged.
            (own("app"), json!(null), Ok(vec![])),
            (own("gone"), json!(null), Ok(vec![])),
            (json!([held("ada", "88d8e3e3-8f55-4a1e-953a-9b9898b8876b")]), json!(null), Ok(vec![])),
            // What the schedules do not tell.
            (own("ada"), json!([]), Err(())),
            (own("ada"), set(schedule("ada", "Assigned", "sometime")), Err(())),
            // One that is not known may be the one that nobody declared.
            (
                json!([held("ada", GLOBAL), held("team", GLOBAL)]),
                set(schedule("ada", "Assigned", "noExpiration")),
                Err(()),
            ),
        ] {
            let want =
                want.map(|w: Vec<&str>| w.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(found(&assignments, &schedules), want, "{assignments} {schedules}");
        }
    }

    #[test]
    fn who_has_no_name_may_be_declared() {
        let doc = tenant(&json!([held("ada", GLOBAL)]), &json!(null));
        let mut all = people();
        all[0].properties.clear();
        assert!(derive(&StandingRoles, &doc, &Fixed::around(&doc, all)).is_err());
    }

    #[test]
    fn a_stranger_is_nobody_only_where_everybody_was_listed() {
        let doc = tenant(&json!([held("gone", GLOBAL)]), &json!(null));
        for kind in [Directory::USERS, Directory::GROUPS, Directory::PRINCIPALS] {
            let world = Fixed::around(&doc, people()).without(kind);
            assert!(derive(&StandingRoles, &doc, &world).is_err(), "{kind}");
        }
    }
}
