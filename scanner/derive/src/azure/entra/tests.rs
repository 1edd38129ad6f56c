use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use super::*;
use crate::{Deriver, Fixed, derive};

const GLOBAL: &str = "62e90394-69f5-4237-9190-012177145e10";
const HELPDESK: &str = "729827e3-9c14-49f7-bb1b-9608f156bbb8";
const MANAGEMENT: &str = "797f4846-ba00-4fd7-ba43-dac1f8f63013";

/// A tenant with one administrator (through a group), one ordinary user, one guest.
struct Lab {
    policies: Vec<Value>,
    assignments: Value,
    eligible: Value,
    people: Vec<Resource>,
}

fn graph(kind: &str, id: &str, properties: Value) -> Resource {
    let mut doc = Resource::new(kind, format!("graph:t/x/{id}"), "azure", "t", "global", id);
    doc.properties = properties.as_object().unwrap().clone();
    doc
}

fn user(id: &str, kind: &str, enabled: bool, state: &str) -> Resource {
    let mut doc = graph(
        Directory::USERS,
        id,
        json!({"userPrincipalName": format!("{id}@x.org"), "userType": kind, "accountEnabled": enabled,
            "externalUserState": if kind == "Guest" { json!("Accepted") } else { json!(null) }}),
    );
    if !state.is_empty() {
        doc.properties.insert("perUserMfaState".into(), json!(state));
    }
    doc
}

fn group(id: &str, members: &[&str]) -> Resource {
    let members: Vec<Value> =
        members.iter().map(|m| json!({"@odata.type": "#microsoft.graph.user", "id": m})).collect();
    graph(Directory::GROUPS, id, json!({"displayName": id, "transitiveMembers": members}))
}

fn lab() -> Lab {
    let part = |id: &str, principal: &str, role: &str, scope: &str| json!({"id": id, "principalId": principal, "roleDefinitionId": role, "directoryScopeId": scope});
    Lab {
        policies: vec![],
        assignments: json!([
            part("1", "admins", GLOBAL, "/"),
            part("2", "helper", HELPDESK, "/administrativeUnits/u")
        ]),
        eligible: json!(null),
        people: vec![
            user("ada", "Member", true, "disabled"),
            user("helper", "Member", true, "disabled"),
            user("bob", "Member", true, "disabled"),
            user("gus", "Guest", true, "disabled"),
            user("off", "Member", false, "disabled"),
            group("admins", &["ada", "off"]),
            group("empty", &[]),
            group("out", &["bob", "ada"]),
        ],
    }
}

fn policy(change: Value) -> Value {
    let mut p = json!({
        "id": "p", "displayName": "P", "state": "enabled",
        "conditions": {
            "clientAppTypes": ["all"],
            "applications": {"includeApplications": ["All"], "excludeApplications": []},
            "users": {"includeUsers": ["All"]},
        },
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
    });
    merge(&mut p, &change);
    p
}

fn merge(into: &mut Value, change: &Value) {
    match (into, change) {
        (Value::Object(a), Value::Object(b)) => {
            for (k, v) in b {
                merge(a.entry(k.clone()).or_insert(Value::Null), v);
            }
        }
        (a, b) => *a = b.clone(),
    }
}

fn users(change: Value) -> Value {
    json!({"conditions": {"users": change}})
}

impl Lab {
    fn with(policies: Vec<Value>) -> Self {
        Self { policies, ..lab() }
    }

    fn tenant(&self) -> Resource {
        let mut doc = Resource::new(TENANT, "graph:t", "azure", "t", "global", "t");
        for (k, v) in [
            ("SecurityDefaults", json!({"isEnabled": false})),
            ("ConditionalAccessPolicies", json!(self.policies)),
            ("DirectoryRoleAssignments", self.assignments.clone()),
            ("DirectoryRoleEligibilitySchedules", self.eligible.clone()),
        ] {
            doc.properties.insert(k.into(), v);
        }
        doc
    }

    fn ask(&self, what: &Covered) -> Result<Vec<String>, String> {
        self.ask_in(what, &self.tenant(), &[])
    }

    fn ask_in(
        &self,
        what: &Covered,
        doc: &Resource,
        missing: &[&str],
    ) -> Result<Vec<String>, String> {
        let mut world = Fixed::around(doc, self.people.clone());
        for kind in missing {
            world = world.without(kind);
        }
        let v = derive(what, doc, &world).map_err(|u| u.gap.detail)?;
        let hole = |h: &Value| {
            let who = h["accounts"].as_array().unwrap().iter();
            let who: Vec<_> = who.map(|a| a["id"].as_str().unwrap().to_owned()).collect();
            format!("{} {}", h["key"].as_str().unwrap(), who.join("+"))
        };
        Ok(v["holes"].as_array().unwrap().iter().map(hole).collect())
    }
}

use super::derivers::Covered;

#[test]
fn one_policy_for_all_needs_no_directory() {
    let lab = Lab::with(vec![policy(json!({}))]);
    let everything = [Directory::USERS, Directory::GROUPS];
    for q in [&PRIVILEGED_MFA, &USER_MFA, &MANAGEMENT_MFA, &LEGACY_AUTHENTICATION] {
        assert_eq!(lab.ask_in(q, &lab.tenant(), &everything), Ok(vec![]), "{}", q.name());
    }
}

#[test]
fn security_defaults_are_an_answer_of_their_own() {
    let lab = Lab::with(vec![]);
    let mut doc = lab.tenant();
    doc.properties.insert("SecurityDefaults".into(), json!({"isEnabled": true}));
    doc.properties.remove("ConditionalAccessPolicies");
    for q in [&PRIVILEGED_MFA, &USER_MFA, &MANAGEMENT_MFA, &LEGACY_AUTHENTICATION] {
        assert_eq!(lab.ask_in(q, &doc, &[Directory::USERS]), Ok(vec![]), "{}", q.name());
    }
}

#[test]
fn without_policies_everybody_is_left() {
    let lab = Lab::with(vec![]);
    assert_eq!(lab.ask(&PRIVILEGED_MFA), Ok(vec!["not_included ada+helper".into()]));
    assert_eq!(lab.ask(&USER_MFA), Ok(vec!["not_included bob+gus".into()]));
    let all = "management_api/not_included ada+bob+gus+helper".to_owned();
    assert_eq!(lab.ask(&MANAGEMENT_MFA), Ok(vec![all]));
    assert_eq!(lab.ask(&LEGACY_AUTHENTICATION), Ok(vec!["not_included ada+bob+gus+helper".into()]));
}

#[test]
fn what_weakens_a_policy() {
    for (change, want) in [
        (json!({"state": "disabled"}), "not_included bob+gus"),
        (json!({"state": "enabledForReportingButNotEnforced"}), "policy/p/report_only bob+gus"),
        (
            json!({"grantControls": {"builtInControls": ["mfa", "compliantDevice"]}}),
            "policy/p/grant bob+gus",
        ),
        (
            json!({"grantControls": {"operator": "AND", "builtInControls": ["mfa", "compliantDevice"]}}),
            "",
        ),
        (
            json!({"grantControls": {"builtInControls": ["compliantDevice"]}}),
            "not_included bob+gus",
        ),
        (json!({"grantControls": null}), "not_included bob+gus"),
        (json!({"grantControls": {"builtInControls": ["block"]}}), ""),
        (json!({"conditions": {"clientAppTypes": ["browser"]}}), "policy/p/clients bob+gus"),
        (json!({"conditions": {"clientAppTypes": ["browser", "mobileAppsAndDesktopClients"]}}), ""),
        (
            json!({"conditions": {"platforms": {"includePlatforms": ["all"], "excludePlatforms": ["linux"]}}}),
            "policy/p/platforms bob+gus",
        ),
        (
            json!({"conditions": {"locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}}}),
            "policy/p/locations bob+gus",
        ),
        (json!({"conditions": {"signInRiskLevels": ["high"]}}), "policy/p/risk bob+gus"),
        (
            json!({"conditions": {"devices": {"deviceFilter": {"mode": "exclude", "rule": "x"}}}}),
            "policy/p/devices bob+gus",
        ),
        (
            json!({"conditions": {"applications": {"includeApplications": ["Office365"]}}}),
            "not_included bob+gus",
        ),
        (
            json!({"conditions": {"applications": {"excludeApplications": ["A1"]}}}),
            "policy/p/application/a1 bob+gus",
        ),
    ] {
        let got = Lab::with(vec![policy(change.clone())]).ask(&USER_MFA);
        let want: Vec<String> = if want.is_empty() { vec![] } else { vec![want.to_owned()] };
        assert_eq!(got, Ok(want), "{change}");
    }
}

#[test]
fn whom_a_policy_leaves_out() {
    for (change, want) in [
        (json!({"excludeUsers": ["BOB"]}), "excluded/user/bob bob"),
        (json!({"excludeUsers": ["off"]}), ""),
        (json!({"excludeUsers": ["ada"]}), ""),
        (json!({"excludeGroups": ["out"]}), "excluded/group/out bob"),
        (json!({"excludeGroups": ["empty"]}), ""),
        (json!({"excludeGroups": ["deleted"]}), ""),
        (json!({"excludeRoles": [GLOBAL]}), ""),
        (
            json!({"excludeUsers": ["GuestsOrExternalUsers"]}),
            "excluded/external/b2bdirectconnectuser |excluded/external/otherexternaluser |excluded/external/serviceprovider |excluded/guests/b2bcollaborationguest gus",
        ),
        (
            json!({"excludeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "internalGuest,b2bCollaborationGuest", "externalTenants": {"membershipKind": "all"}}}),
            "excluded/guests/b2bcollaborationguest gus",
        ),
        (
            json!({"excludeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "internalGuest"}}),
            "",
        ),
        (
            json!({"excludeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "serviceProvider", "externalTenants": {"membershipKind": "enumerated"}}}),
            "excluded/external/serviceprovider ",
        ),
        (json!({"includeUsers": ["bob"]}), "not_included gus"),
        (json!({"includeUsers": ["None"], "includeGroups": ["out"]}), "not_included gus"),
    ] {
        let got = Lab::with(vec![policy(users(change.clone()))]).ask(&USER_MFA);
        assert_eq!(got.map(|h| h.join("|")), Ok(want.to_owned()), "{change}");
    }
    // Guests of some tenants: whether this guest is one of them cannot be told.
    let some = json!({"excludeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "b2bCollaborationGuest", "externalTenants": {"membershipKind": "enumerated"}}});
    assert!(Lab::with(vec![policy(users(some))]).ask(&USER_MFA).is_err());
}

#[test]
fn policies_complete_each_other() {
    let left = policy(users(json!({"excludeGroups": ["out"]})));
    let mut right = policy(users(json!({"includeUsers": [], "includeGroups": ["out"]})));
    right["id"] = json!("q");
    assert_eq!(Lab::with(vec![left, right.clone()]).ask(&USER_MFA), Ok(vec![]));
    let browser = policy(json!({"conditions": {"clientAppTypes": ["browser"]}}));
    let app = policy(json!({"conditions": {"clientAppTypes": ["mobileAppsAndDesktopClients"]}}));
    assert_eq!(Lab::with(vec![browser, app]).ask(&USER_MFA), Ok(vec![]));
    let most = policy(json!({"conditions": {"applications": {"excludeApplications": ["A1"]}}}));
    let rest = policy(json!({"conditions": {"applications": {"includeApplications": ["a1"]}}}));
    assert_eq!(Lab::with(vec![most, rest]).ask(&USER_MFA), Ok(vec![]));
}

#[test]
fn roles_count_as_policies_see_them() {
    let admins = policy(users(json!({"includeUsers": [], "includeRoles": [GLOBAL, HELPDESK]})));
    // A role over an administrative unit is not seen by policies.
    assert_eq!(
        Lab::with(vec![admins.clone()]).ask(&PRIVILEGED_MFA),
        Ok(vec!["not_included helper".into()])
    );
    let mut lab = Lab::with(vec![admins]);
    lab.assignments = json!([]);
    let eligible = |role: &str| json!([{"id": "e", "principalId": "bob", "roleDefinitionId": role, "directoryScopeId": "/"}]);
    lab.eligible = eligible(GLOBAL);
    assert_eq!(lab.ask(&PRIVILEGED_MFA), Ok(vec![]), "whoever activates the role is asked");
    lab.eligible = eligible("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3");
    assert_eq!(lab.ask(&PRIVILEGED_MFA), Ok(vec!["not_included bob".into()]));
    // Before they activate it, they are asked for nothing.
    lab.eligible = eligible(GLOBAL);
    assert_eq!(lab.ask(&USER_MFA), Ok(vec!["not_included ada+bob+gus+helper".into()]));
    // A role that is held already and that no policy names stays without MFA.
    lab.assignments = json!([{"id": "a", "principalId": "bob", "directoryScopeId": "/",
        "roleDefinitionId": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"}]);
    assert_eq!(lab.ask(&PRIVILEGED_MFA), Ok(vec!["not_included bob".into()]));
    let out = policy(users(json!({"excludeRoles": [GLOBAL]})));
    let want = format!("excluded/role/{GLOBAL} ada");
    assert_eq!(Lab::with(vec![out]).ask(&PRIVILEGED_MFA), Ok(vec![want]));
}

#[test]
fn the_management_plane_by_its_two_names() {
    let only = |apps: &[&str]| {
        policy(json!({"conditions": {"applications": {"includeApplications": apps}}}))
    };
    let all = "ada+bob+gus+helper";
    assert_eq!(
        Lab::with(vec![only(&[MANAGEMENT, "MicrosoftAdminPortals"])]).ask(&MANAGEMENT_MFA),
        Ok(vec![])
    );
    assert_eq!(
        Lab::with(vec![only(&[MANAGEMENT])]).ask(&MANAGEMENT_MFA),
        Ok(vec![format!("admin_portals/not_included {all}")])
    );
    let but =
        policy(json!({"conditions": {"applications": {"excludeApplications": [MANAGEMENT]}}}));
    let want = format!("management_api/policy/p/application/{MANAGEMENT} {all}");
    assert_eq!(Lab::with(vec![but.clone()]).ask(&MANAGEMENT_MFA), Ok(vec![want]));
    assert_eq!(Lab::with(vec![but, only(&[MANAGEMENT])]).ask(&MANAGEMENT_MFA), Ok(vec![]));
    let other = policy(json!({"conditions": {"applications": {"excludeApplications": ["A1"]}}}));
    assert_eq!(Lab::with(vec![other]).ask(&MANAGEMENT_MFA), Ok(vec![]));
}

#[test]
fn legacy_protocols_are_blocked_by_a_block_or_by_mfa() {
    let block = |clients: &[&str], apps: &[&str]| {
        policy(
            json!({"conditions": {"clientAppTypes": clients, "applications": {"includeApplications": apps}},
            "grantControls": {"builtInControls": ["block"]}}),
        )
    };
    let legacy = ["exchangeActiveSync", "other"];
    let all = "ada+bob+gus+helper";
    for (policies, want) in [
        (vec![block(&legacy, &["All"])], String::new()),
        (vec![block(&["other"], &["All"])], format!("policy/p/clients {all}")),
        (
            vec![block(&["other"], &["All"]), block(&["exchangeActiveSync"], &["Office365"])],
            String::new(),
        ),
        (vec![block(&legacy, &["Office365"])], format!("not_included {all}")),
        (vec![policy(json!({}))], String::new()),
        (
            vec![policy(
                json!({"conditions": {"clientAppTypes": ["browser", "mobileAppsAndDesktopClients"]}}),
            )],
            format!("not_included {all}"),
        ),
        (
            vec![policy(json!({"grantControls": {"builtInControls": ["compliantDevice"]}}))],
            format!("not_included {all}"),
        ),
    ] {
        let got = Lab::with(policies.clone()).ask(&LEGACY_AUTHENTICATION);
        assert_eq!(got.map(|h| h.join("|")), Ok(want), "{policies:?}");
    }
}

#[test]
fn per_user_mfa_counts_where_it_was_read_and_is_unknown_where_not() {
    let mut lab = Lab::with(vec![]);
    lab.people.retain(|p| p.name != "bob" && p.name != "gus");
    lab.people.push(user("bob", "Member", true, "enforced"));
    assert_eq!(lab.ask(&USER_MFA), Ok(vec![]));
    lab.people.push(user("eve", "Member", true, ""));
    assert!(lab.ask(&USER_MFA).unwrap_err().contains("per-user MFA"));
    lab.people.push(user("ian", "Member", true, "disabled"));
    assert_eq!(lab.ask(&USER_MFA), Ok(vec!["not_included ian".into()]), "one is proof enough");
    // Not of another hole, though: which failures there are would depend on what was read.
    lab.policies = vec![policy(users(json!({"includeUsers": ["eve"], "excludeUsers": ["eve"]})))];
    assert!(lab.ask(&USER_MFA).is_err());
    lab.policies = vec![];
    // It does nothing about legacy protocols: app passwords pass by it.
    let got = lab.ask(&LEGACY_AUTHENTICATION).unwrap();
    assert_eq!(got, ["not_included ada+bob+eve+helper+ian"]);
}

#[test]
fn what_was_not_read_is_not_covered() {
    let lab = Lab::with(vec![policy(users(json!({"excludeGroups": ["empty"]})))]);
    assert_eq!(lab.ask(&USER_MFA), Ok(vec![]));
    assert!(lab.ask_in(&USER_MFA, &lab.tenant(), &[Directory::USERS]).is_err());
    for facet in [
        "ConditionalAccessPolicies",
        "DirectoryRoleAssignments",
        "DirectoryRoleEligibilitySchedules",
        "SecurityDefaults",
    ] {
        let mut doc = lab.tenant();
        doc.properties.remove(facet);
        assert!(lab.ask_in(&USER_MFA, &doc, &[]).is_err(), "{facet}");
    }
    let gone = Lab::with(vec![policy(users(json!({"excludeGroups": ["deleted"]})))]);
    assert!(gone.ask_in(&USER_MFA, &gone.tenant(), &[Directory::GROUPS]).is_err());
    let mut closed = Lab::with(vec![policy(users(json!({"excludeGroups": ["closed"]})))]);
    closed.people.push(graph(Directory::GROUPS, "closed", json!({"displayName": "closed"})));
    assert!(closed.ask(&USER_MFA).is_err());
    // Whether the policy that only reports would cover bob decides which failure is named.
    closed.policies = vec![policy(json!({"state": "enabledForReportingButNotEnforced",
        "conditions": {"users": {"includeUsers": [], "includeGroups": ["closed"]}}}))];
    assert!(closed.ask(&USER_MFA).is_err());
    closed.policies = vec![policy(users(json!({"excludeGroups": ["closed", "out"]})))];
    assert!(closed.ask(&USER_MFA).is_err());
    let mut strange = lab.tenant();
    strange
        .gaps
        .insert("/ConditionalAccessPolicies/0/state".into(), Gap::new(GapState::Malformed, "x"));
    assert!(lab.ask_in(&USER_MFA, &strange, &[]).is_err());
}

#[test]
fn global_administrators_are_counted_as_people() {
    let mut lab = lab();
    lab.people.push(graph(Directory::PRINCIPALS, "robot", json!({})));
    let part = |principal: &str, role: &str| json!({"id": "x", "principalId": principal, "roleDefinitionId": role, "directoryScopeId": "/"});
    lab.assignments = json!([
        part("admins", GLOBAL),
        part("ada", GLOBAL),
        part("robot", GLOBAL),
        part("bob", HELPDESK),
        part("deleted", GLOBAL)
    ]);
    lab.eligible = json!([part("bob", GLOBAL), part("ada", GLOBAL)]);
    let doc = lab.tenant();
    let ids = |v: &Value| -> Vec<String> {
        v.as_array().unwrap().iter().map(|a| a["id"].as_str().unwrap().to_owned()).collect()
    };
    let v = derive(&GlobalAdministrators, &doc, &Fixed::around(&doc, lab.people.clone())).unwrap();
    assert_eq!(
        (ids(&v["active"]), ids(&v["eligible"])),
        (vec!["ada".to_owned()], vec!["bob".to_owned()])
    );
    assert_eq!(v["service_principals"], json!(1));
    for kind in [Directory::USERS, Directory::GROUPS, Directory::PRINCIPALS] {
        let world = Fixed::around(&doc, lab.people.clone()).without(kind);
        assert!(derive(&GlobalAdministrators, &doc, &world).is_err(), "{kind}");
    }
}
