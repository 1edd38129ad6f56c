//! `access` of a role assignment: what it gives and where; `standing`: whether for good, and with how
//! many others.

use assay_core::rule::RelatedScope;
use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use super::ASSIGNMENTS;
use super::power::Level;
use super::role::{LOOKS, activated, holders, role};
use super::scope::Scope;
use crate::azure::text;
use crate::{Deriver, Need, World};

/// What it gives, and where.
#[derive(Debug)]
pub(crate) struct Access;

/// Whether an assignment that can give out any role is there for good.
#[derive(Debug)]
pub(crate) struct Standing;

impl Deriver for Access {
    fn name(&self) -> &'static str {
        "access"
    }

    fn types(&self) -> &'static [&'static str] {
        &[ASSIGNMENTS]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/roleDefinitionId", "/scope", "/condition", "/principalType"]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn looks(&self) -> &'static [Need] {
        &[LOOKS]
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let role = role(doc, world)?;
        let (_, scope) = scope(doc)?;
        Ok(json!({
            "role": role.name, "level": role.level.word(), "narrowed": role.narrowed,
            "scope": scope.word(),
        }))
    }
}

impl Deriver for Standing {
    fn name(&self) -> &'static str {
        "standing"
    }

    fn types(&self) -> &'static [&'static str] {
        &[ASSIGNMENTS]
    }

    fn reads(&self) -> &'static [&'static str] {
        Access.reads()
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn looks(&self) -> &'static [Need] {
        &[
            LOOKS,
            Need {
                kind: ASSIGNMENTS,
                scope: RelatedScope::Account,
                facets: &[
                    "roleDefinitionId",
                    "scope",
                    "condition",
                    "principalType",
                    "roleAssignmentScheduleInstance",
                ],
            },
        ]
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let role = role(doc, world)?;
        let (path, scope) = scope(doc)?;
        let giver = role.level == Level::Owner && scope <= Scope::Subscription;
        // Asked only where it matters: each is one more thing that may be unknown.
        let activated = giver && activated(doc)?;
        let counted = giver && !activated && scope == Scope::Subscription;
        let holders = if counted { Some(holders(path, world)?) } else { None };
        Ok(json!({"activated": activated, "holders": holders}))
    }
}

fn scope(doc: &Resource) -> Result<(&str, Scope), Gap> {
    let path = text(doc, "scope").ok_or_else(|| Gap::new(GapState::Malformed, "no scope"))?;
    Ok((path, Scope::of(path)))
}

#[cfg(test)]
mod tests {
    use super::super::DEFINITIONS;
    use super::*;
    use crate::{Fixed, derive};

    const SUB: &str = "/subscriptions/aaaaaaaa-0000-0000-0000-000000000000";
    const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

    fn assignment(name: &str, role: &str, scope: &str) -> Resource {
        let id = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}");
        let mut doc = Resource::new(ASSIGNMENTS, id, "azure", "t", "global", name);
        let role = format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{role}");
        for (k, v) in [
            ("roleDefinitionId", json!(role)),
            ("scope", json!(scope)),
            ("condition", json!(null)),
            ("principalType", json!("User")),
            ("roleAssignmentScheduleInstance", json!(null)),
        ] {
            doc.properties.insert(k.into(), v);
        }
        doc
    }

    fn custom(guid: &str, permissions: Value) -> Resource {
        let id = format!("/providers/Microsoft.Authorization/roleDefinitions/{guid}");
        let mut doc = Resource::new(DEFINITIONS, id, "azure", "t", "global", guid);
        doc.properties.insert("roleName".into(), json!("Ours"));
        doc.properties.insert("permissions".into(), permissions);
        doc
    }

    #[test]
    fn standing_holders_of_a_subscription_are_counted() {
        let mut jit = assignment("c", OWNER, SUB);
        jit.properties.insert(
            "roleAssignmentScheduleInstance".into(),
            json!({"assignmentType": "Activated", "endDateTime": "2026-11-01T08:00:00Z"}),
        );
        let own = assignment("a", &OWNER.to_uppercase(), SUB);
        let world = [
            own.clone(),
            assignment("b", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", &SUB.to_uppercase()),
            jit.clone(),
            assignment("d", OWNER, &format!("{SUB}/resourceGroups/x")),
            assignment("e", "b24988ac-6180-42a0-ab88-20f7382dd24c", SUB),
        ];
        let v = derive(&Standing, &own, &Fixed::around(&own, world.clone())).unwrap();
        assert_eq!(v["holders"], json!(2));
        let v = derive(&Access, &own, &Fixed::around(&own, [])).unwrap();
        assert_eq!(
            (&v["role"], &v["level"], &v["scope"]),
            (&json!("Owner"), &json!("owner"), &json!("subscription"))
        );
        let v = derive(&Standing, &jit, &Fixed::around(&jit, world.clone())).unwrap();
        assert_eq!((&v["activated"], &v["holders"]), (&json!(true), &json!(null)));
        assert!(derive(&Standing, &own, &Fixed::around(&own, world).without(ASSIGNMENTS)).is_err());
        // At a management group nobody is counted, so nothing else is asked.
        let wide = assignment("f", OWNER, "/providers/Microsoft.Management/managementGroups/mg");
        let alone = Fixed::around(&wide, []).without(ASSIGNMENTS);
        let v = derive(&Standing, &wide, &alone).unwrap();
        assert_eq!((&v["activated"], &v["holders"]), (&json!(false), &json!(null)));
        let v = derive(&Access, &wide, &alone).unwrap();
        assert_eq!(v["scope"], json!("management_group"));
    }

    #[test]
    fn a_custom_role_is_judged_by_its_permissions() {
        let guid = "cccccccc-0000-0000-0000-000000000000";
        let doc = assignment("a", guid, "/");
        let owner = custom(guid, json!([{"actions": ["*"], "notActions": []}]));
        let v = derive(&Access, &doc, &Fixed::around(&doc, [owner])).unwrap();
        assert_eq!(
            (&v["level"], &v["role"], &v["scope"]),
            (&json!("owner"), &json!("Ours"), &json!("root"))
        );
        let reader = custom(guid, json!([{"actions": ["*/read"], "notActions": []}]));
        let v = derive(&Access, &doc, &Fixed::around(&doc, [reader])).unwrap();
        assert_eq!(v["level"], json!("none"));
        assert!(derive(&Access, &doc, &Fixed::around(&doc, [])).is_err(), "an unknown role");
    }

    #[test]
    fn a_condition_can_take_the_giving_away() {
        let kept = "!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})";
        for (role, condition, level) in [
            (OWNER, kept, "write"),
            ("f58310d9-a9f6-439a-9e8d-f62e7b41a168", kept, "none"),
            (OWNER, "(@Request[a:b] StringEquals 'x')", "owner"),
        ] {
            let mut doc = assignment("a", role, "/");
            doc.properties.insert("condition".into(), json!(condition));
            let v = derive(&Access, &doc, &Fixed::around(&doc, [])).unwrap();
            assert_eq!(v["level"], json!(level), "{role} {condition}");
        }
        let mut doc = assignment("a", OWNER, "/");
        doc.properties.insert("condition".into(), json!("???"));
        assert!(derive(&Access, &doc, &Fixed::around(&doc, [])).is_err());
    }
}
