use super::*;
use crate::{Fixed, derive};

const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
const GLOBAL: &str = "62e90394-69f5-4237-9190-012177145e10";
const APPS: &str = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3";

fn object(kind: &str, id: &str, properties: Value) -> Resource {
    let mut doc = Resource::new(kind, format!("graph:t/x/{id}"), "azure", "t", "global", id);
    doc.properties = properties.as_object().unwrap().clone();
    doc
}

fn own(ids: &[&str]) -> Value {
    ids.iter().map(|id| json!({"id": id})).collect()
}

fn held(principal: &str, role: &str, scope: &str) -> Value {
    json!({"id": "r", "principalId": principal, "roleDefinitionId": role, "directoryScopeId": scope})
}

/// A tenant with `tool`, which may add credentials to every application.
fn estate(owners: &[&str], of_application: &[&str]) -> Vec<Resource> {
    let member = |id: &str| json!({"@odata.type": "#microsoft.graph.user", "id": id});
    let user = |id: &str, on: bool| {
        object(
            Directory::USERS,
            id,
            json!({"accountEnabled": on, "userPrincipalName": format!("{id}@x")}),
        )
    };
    let mut tenant = object(
        TENANT,
        "t",
        json!({
            "DirectoryRoleAssignments": [
                held("root", GLOBAL, "/"), held("keepers", APPS, "/"),
                held("near", APPS, "/A-TOOL"), held("elsewhere", APPS, "/a-other"),
            ],
            "DirectoryRoleEligibilitySchedules": [held("soon", GLOBAL, "/")],
        }),
    );
    tenant.id = "/tenants/t".to_owned();
    vec![
        tenant,
        object(
            Directory::PRINCIPALS,
            "graph",
            json!({
                "appId": GRAPH, "appOwnerOrganizationId": "m", "owners": [],
                "appRoles": [{"id": "r1", "value": "Application.ReadWrite.All"}],
                "appRoleAssignedTo": [
                    {"id": "1", "appRoleId": "r1", "principalId": "tool"},
                    {"id": "2", "appRoleId": "r1", "principalId": "twin"},
                ],
            }),
        ),
        object(
            Directory::PRINCIPALS,
            "tool",
            json!({"appId": "A", "appOwnerOrganizationId": "T", "owners": own(owners)}),
        ),
        object(
            Directory::PRINCIPALS,
            "twin",
            json!({"appId": "b", "appOwnerOrganizationId": "other", "owners": [], "displayName": "Twin"}),
        ),
        object(
            Directory::PRINCIPALS,
            "robot",
            json!({"appId": "c", "appOwnerOrganizationId": null, "owners": [], "displayName": "Robot"}),
        ),
        object(APPLICATIONS, "a-tool", json!({"appId": "a", "owners": own(of_application)})),
        object(
            Directory::GROUPS,
            "keepers",
            json!({"displayName": "keepers", "transitiveMembers": [member("KEEPER")]}),
        ),
        user("root", true),
        user("keeper", true),
        user("near", true),
        user("elsewhere", true),
        user("soon", true),
        user("off", false),
        user("ada", true),
    ]
}

fn ask(id: &str, all: &[Resource], without: &[&str]) -> Result<Value, ()> {
    let doc = all.iter().find(|d| d.id == format!("graph:t/x/{id}")).unwrap();
    let world = Fixed::around(doc, all.to_vec());
    let world = without.iter().fold(world, |w, kind| w.without(kind));
    derive(&OutsideOwners, doc, &world).map_err(|_| ())
}

fn outside(all: &[Resource], without: &[&str]) -> Result<Vec<String>, ()> {
    let found = ask("tool", all, without)?;
    assert_eq!(found["powers"], json!(["Application.ReadWrite.All"]));
    let id =
        |o: &Value| format!("{} of the {}", o["name"].as_str().unwrap(), o["of"].as_str().unwrap());
    Ok(found["owners"].as_array().unwrap().iter().map(id).collect())
}

#[test]
fn who_is_outside() {
    for (owner, want) in [
        ("ada", Some("ada@x")),
        ("ROOT", None),
        ("keeper", None),
        ("soon", None),
        ("near", None),
        ("elsewhere", Some("elsewhere@x")),
        ("off", None),
        ("twin", None),
        ("robot", Some("Robot")),
    ] {
        let named = |what: &str| want.map(|n| format!("{n} of the {what}")).into_iter().collect();
        assert_eq!(outside(&estate(&[owner], &[]), &[]), Ok(named("service principal")), "{owner}");
        assert_eq!(outside(&estate(&[], &[owner]), &[]), Ok(named("application")), "{owner}");
    }
    assert_eq!(outside(&estate(&["gone"], &[]), &[]), Err(()));
}

#[test]
fn who_has_no_power_has_no_outside_owners() {
    let all = estate(&["ada"], &[]);
    assert_eq!(ask("robot", &all, &[]), Ok(json!({"powers": [], "owners": []})));
    // A role makes privileged too, through a group as well.
    let mut all = estate(&[], &[]);
    let roles = json!([held("crew", GLOBAL, "/")]);
    all[0].properties.insert("DirectoryRoleAssignments".into(), roles);
    let crew = json!({"displayName": "crew", "transitiveMembers": [{"id": "ROBOT"}]});
    all.push(object(Directory::GROUPS, "crew", crew));
    assert_eq!(ask("robot", &all, &[]).unwrap()["powers"], json!(["Global Administrator"]));
}

#[test]
fn less_evidence_never_clears_anybody() {
    let clean = estate(&["root"], &["keeper"]);
    assert_eq!(outside(&clean, &[]), Ok(vec![]));
    let open = estate(&["ada"], &["keeper"]);
    let lose = |all: &[Resource], kind: &str, id: &str, facet: &str| {
        let mut all = all.to_vec();
        let doc = all.iter_mut().find(|d| d.kind == kind && d.name == id).unwrap();
        assert!(doc.properties.remove(facet).is_some());
        all
    };
    for (kind, id, facet) in [
        (APPLICATIONS, "a-tool", "owners"),
        (APPLICATIONS, "a-tool", "appId"),
        (Directory::PRINCIPALS, "tool", "owners"),
    ] {
        assert_eq!(outside(&lose(&clean, kind, id, facet), &[]), Err(()), "{kind} {facet}");
    }
    // One of several findings must not be all of them.
    assert_eq!(outside(&lose(&open, APPLICATIONS, "a-tool", "owners"), &[]), Err(()));
    for (kind, id, facet) in [
        (TENANT, "t", "DirectoryRoleAssignments"),
        (TENANT, "t", "DirectoryRoleEligibilitySchedules"),
        (Directory::GROUPS, "keepers", "transitiveMembers"),
        (Directory::USERS, "ada", "accountEnabled"),
    ] {
        assert_eq!(outside(&lose(&open, kind, id, facet), &[]), Err(()), "{kind} {facet}");
    }
    let unread = lose(&open, Directory::PRINCIPALS, "graph", "appRoleAssignedTo");
    assert_eq!(ask("tool", &unread, &[]), Err(()));
    let gone: Vec<Resource> = clean.iter().filter(|d| d.kind != APPLICATIONS).cloned().collect();
    assert_eq!(outside(&gone, &[APPLICATIONS]), Err(()));
    assert_eq!(outside(&gone, &[]), Ok(vec![]), "its application was deleted");
}
