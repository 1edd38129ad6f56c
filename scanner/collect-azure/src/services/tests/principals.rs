//! Service principals, their owners and permissions, and the report of registrations: what comes
//! along, what is cut off, what is refused.

use assay_core::{GapState, ListingState, Resource};
use serde_json::{Value, json};

use super::support::*;
use crate::fake::{Estate, Fake, Fault, Harm};

const PRINCIPALS: &str = "Microsoft.Graph/servicePrincipals";
const APPLICATIONS: &str = "Microsoft.Graph/applications";
const USERS: &str = "Microsoft.Graph/users";
const REPORT: &str = "/reports/authenticationmethods/userregistrationdetails";
const NO_LICENCE: &str = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";

/// A principal with so many owners.
fn principal(id: &str, owners: usize, roles: Value) -> Value {
    let owner = |n| json!({"@odata.type": "#microsoft.graph.user", "id": format!("u{n:02}")});
    json!({
        "id": id, "displayName": id, "appId": format!("app-{id}"), "accountEnabled": true,
        "servicePrincipalType": "Application", "appOwnerOrganizationId": TENANT,
        "appRoles": roles, "owners": (0..owners).map(owner).collect::<Vec<_>>(),
        "passwordCredentials": [{
            "keyId": "p", "hint": "abc", "secretText": "SECRET-TEXT", "customKeyIdentifier": "eA==",
            "startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2026-06-01T00:00:00Z",
        }],
        "keyCredentials": [{
            "keyId": "k", "type": "Symmetric", "usage": "Verify", "key": "SECRET-KEY",
            "startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2026-06-01T00:00:00Z",
        }],
    })
}

fn role(kind: &str) -> Value {
    json!([{"id": "r", "value": "X.Read", "isEnabled": true, "allowedMemberTypes": [kind]}])
}

fn tenant() -> Fake {
    let user = |n: usize| json!({"id": format!("u{n:02}"), "userPrincipalName": format!("u{n:02}@x"), "accountEnabled": true});
    let said = |n: usize| {
        json!({"id": format!("U{n:02}"), "isMfaRegistered": true, "isMfaCapable": n != 1,
            "methodsRegistered": ["fido2SecurityKey"], "userDisplayName": "dropped"})
    };
    let given = |id: &str, to: &str, kind: &str| json!({"id": id, "appRoleId": "r", "principalId": to, "principalType": kind});
    let app = |id: &str, owners| {
        let mut app = principal(id, owners, json!([]));
        app["signInAudience"] = json!("AzureADMyOrg");
        app
    };
    let file = json!({
        "tenant": TENANT,
        "subscriptions": [{"id": SHOP}],
        "graph": {
            "/v1.0/servicePrincipals": [
                principal("api", 0, role("Application")), principal("few", 19, json!([])),
                principal("just", 20, json!([])), principal("many", 25, role("User")),
            ],
            "/v1.0/servicePrincipals/api/appRoleAssignedTo": [
                given("1", "few", "ServicePrincipal"), given("2", "u01", "User"),
                given("3", "g", "Group"),
            ],
            "/v1.0/applications": [app("a1", 1), app("a2", 30)],
            "/v1.0/users": (1..5).map(user).collect::<Vec<_>>(),
            "/v1.0/reports/authenticationMethods/userRegistrationDetails":
                (1..4).map(said).collect::<Vec<_>>(),
        },
    });
    Fake::new(Estate::from_value(&file).unwrap())
}

fn owners(d: &Resource) -> Option<usize> {
    Some(d.properties.get("owners")?.as_array()?.len())
}

fn operations(left: &Left, name: &str) -> usize {
    left.calls.values().filter(|c| c.operation == name).count()
}

#[test]
fn owners_come_along_and_many_are_asked_for() {
    for fake in [tenant(), tenant().pages_of(1)] {
        let left = collected(fake);
        for (kind, id, count, by) in [
            (PRINCIPALS, "api", 0, "MicrosoftGraph:servicePrincipals"),
            (PRINCIPALS, "few", 19, "MicrosoftGraph:servicePrincipals"),
            (PRINCIPALS, "just", 20, "MicrosoftGraph:servicePrincipals/owners"),
            (PRINCIPALS, "many", 25, "MicrosoftGraph:servicePrincipals/owners"),
            (APPLICATIONS, "a1", 1, "MicrosoftGraph:applications"),
            (APPLICATIONS, "a2", 30, "MicrosoftGraph:applications/owners"),
        ] {
            let d = left.one(kind, id);
            assert_eq!(owners(d), Some(count), "{id}");
            assert_eq!(left.calls[&d.sources["owners"]].operation, by, "{id}");
        }
        // Only who offers permissions to programs is asked who has them.
        assert_eq!(operations(&left, "MicrosoftGraph:servicePrincipals/appRoleAssignedTo"), 1);
        let api = left.one(PRINCIPALS, "api");
        let given = api.properties["appRoleAssignedTo"].as_array().unwrap();
        assert_eq!(given.len(), 1);
        assert_eq!(given[0]["principalId"], "few");
        assert!(!left.one(PRINCIPALS, "many").properties.contains_key("appRoleAssignedTo"));
    }
}

#[test]
fn a_call_for_one_object_that_fails_is_a_gap_of_that_object() {
    for (harm, state) in [
        (Harm::Denied, GapState::Denied),
        (Harm::Status(429, "TooManyRequests"), GapState::Throttled),
        (Harm::Broken, GapState::Malformed),
        (Harm::Body("{\"value\": {}}".to_owned()), GapState::Malformed),
        (Harm::Status(404, "Request_ResourceNotFound"), GapState::Failed),
    ] {
        for (part, id, facet) in
            [("/many/owners", "many", "owners"), ("/appRoleAssignedTo", "api", "appRoleAssignedTo")]
        {
            let left = collected(tenant().with_fault(Fault::at(part, harm.clone())));
            assert_eq!(left.listing(TENANT, PRINCIPALS).state, ListingState::Complete);
            let d = left.one(PRINCIPALS, id);
            assert!(!d.properties.contains_key(facet));
            assert_eq!(d.gaps[&format!("/{facet}")].state, state, "{facet}");
            assert_eq!(owners(left.one(PRINCIPALS, "few")), Some(19));
        }
    }
}

#[test]
fn a_relation_that_graph_leaves_out_is_no_empty_one() {
    let without: Vec<Value> = ["api", "few"]
        .iter()
        .map(|id| {
            let mut p = principal(id, 3, json!([]));
            p.as_object_mut().unwrap().remove("owners");
            p
        })
        .collect();
    let body = json!({"value": without}).to_string();
    let fault = Fault::at("/v1.0/serviceprincipals", Harm::Body(body));
    let left = collected(tenant().with_fault(fault));
    for d in left.of(PRINCIPALS) {
        assert_eq!(d.gaps["/owners"].state, GapState::Malformed);
        assert!(d.properties.contains_key("keyCredentials"));
    }
}

#[test]
fn a_list_that_cannot_bring_owners_is_asked_without() {
    for kind in [PRINCIPALS, APPLICATIONS] {
        let path = format!("/v1.0/{}", kind.rsplit('/').next().unwrap());
        let fault = Fault::at(&path, Harm::Status(400, "Request_UnsupportedQuery"));
        let left = collected(tenant().with_fault(fault.asking("expand")));
        assert_eq!(left.listing(TENANT, kind).state, ListingState::Complete);
        for d in left.of(kind) {
            let gap = &d.gaps["/owners"];
            assert!(gap.detail.contains("Request_UnsupportedQuery"), "{}", gap.detail);
            assert!(d.properties.contains_key("passwordCredentials"));
        }
        // Who may not read them is not asked twice.
        let left = collected(tenant().with_fault(Fault::at(&path, Harm::Denied)));
        assert_eq!(left.listing(TENANT, kind).state, ListingState::Denied);
        assert_eq!(operations(&left, &format!("MicrosoftGraph:{}", &path[6..])), 1);
    }
}

#[test]
fn registrations_are_read_page_by_page() {
    for fake in [tenant(), tenant().pages_of(1)] {
        let left = collected(fake);
        let said = |n: usize, what: &str| {
            let user = left.one(USERS, &format!("u{n:02}@x"));
            user.properties.get("registrationDetails").map(|d| d[what].clone())
        };
        assert_eq!(said(1, "isMfaCapable"), Some(json!(false)));
        assert_eq!(said(2, "isMfaCapable"), Some(json!(true)));
        assert_eq!(said(2, "userDisplayName"), Some(Value::Null));
        // Whom the report does not name.
        assert_eq!(said(4, "isMfaCapable"), None);
        let gap = &left.one(USERS, "u04@x").gaps["/registrationDetails"];
        assert_eq!(gap.state, GapState::Unresolved);
        assert_eq!(left.listing(TENANT, USERS).state, ListingState::Complete);
    }
}

#[test]
fn a_tenant_without_a_licence_knows_no_registrations() {
    let fault = Fault::at(REPORT, Harm::Status(403, NO_LICENCE));
    let left = collected(tenant().with_fault(fault));
    for user in left.of(USERS) {
        let gap = &user.gaps["/registrationDetails"];
        assert_eq!(gap.state, GapState::Denied);
        assert!(gap.detail.contains(NO_LICENCE), "{}", gap.detail);
        assert!(left.calls.contains_key(gap.call.as_ref().unwrap()));
    }
    assert_eq!(left.of(USERS).len(), 4);
}

#[test]
fn a_report_that_breaks_off_is_half_known() {
    for harm in [Harm::Denied, Harm::Broken, Harm::Body("{\"value\": [{}]}".to_owned())] {
        let left = collected(tenant().pages_of(1).with_fault(Fault::at(REPORT, harm).from(1)));
        let state = |n: usize| {
            let user = left.one(USERS, &format!("u{n:02}@x"));
            user.gaps.get("/registrationDetails").map(|g| g.state)
        };
        assert_eq!(state(1), None);
        assert!([2, 3, 4].into_iter().all(|n| state(n).is_some_and(|s| s != GapState::Unresolved)));
    }
}

#[test]
fn what_graph_tells_of_a_credential_is_not_kept() {
    let left = collected(tenant());
    let text = serde_json::to_string(&left.documents.values().collect::<Vec<_>>()).unwrap();
    assert!(text.contains("customKeyIdentifier"));
    for secret in ["SECRET-TEXT", "SECRET-KEY", "secretText", "\"hint\"", "\"key\""] {
        assert!(!text.contains(secret), "{secret}");
    }
}
