//! Several reads of Microsoft Graph in one request: what each of them says is what it says alone.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::*;
use crate::fake::{Estate, Fake, Fault, Harm, Quotas};

const PRINCIPALS: &str = "Microsoft.Graph/servicePrincipals";
const APIS: usize = 45;

/// A tenant with many programs that offer permissions.
fn tenant() -> Fake {
    let api = |n: usize| {
        json!({
            "id": format!("api{n:02}"), "displayName": format!("api{n:02}"), "appId": format!("a{n}"),
            "servicePrincipalType": "Application", "accountEnabled": true, "owners": [],
            "passwordCredentials": [], "keyCredentials": [],
            "appRoles": [{"id": "r", "value": "X", "allowedMemberTypes": ["Application"]}],
        })
    };
    let mut graph = json!({"/v1.0/servicePrincipals": (0..APIS).map(api).collect::<Vec<_>>()});
    for n in 0..APIS {
        let given = |to: usize| {
            json!({"id": format!("{n}-{to}"), "appRoleId": "r", "principalId": format!("p{to}"),
                "principalType": "ServicePrincipal"})
        };
        let path = format!("/v1.0/servicePrincipals/api{n:02}/appRoleAssignedTo");
        graph[path] = (0..n % 4).map(given).collect();
    }
    let file = json!({"tenant": TENANT, "subscriptions": [{"id": SHOP}], "graph": graph});
    Fake::new(Estate::from_value(&file).unwrap())
}

fn given(left: &Left) -> Vec<Option<usize>> {
    let all = left.of(PRINCIPALS);
    assert_eq!(all.len(), APIS);
    let count = |d: &&assay_core::Resource| {
        d.properties.get("appRoleAssignedTo").and_then(Value::as_array).map(Vec::len)
    };
    all.iter().map(count).collect()
}

fn whole() -> Vec<Option<usize>> {
    (0..APIS).map(|n| Some(n % 4)).collect()
}

#[test]
fn twenty_share_a_request_and_each_has_its_record() {
    let fake = tenant().shared();
    let left = collected_by(&fake);
    assert_eq!(given(&left), whole());
    assert_eq!(fake.calls().answered["batched"], APIS as u64);
    let own: Vec<_> =
        left.calls.values().filter(|c| c.operation.ends_with("/appRoleAssignedTo")).collect();
    assert_eq!(own.len(), APIS);
    let ids: std::collections::BTreeSet<_> = own.iter().flat_map(|c| &c.request_ids).collect();
    assert_eq!(ids.len(), 3, "45 in batches of 20");
    for call in own {
        assert_eq!((call.pages, call.attempts, call.body_sha256.len()), (1, 1, 1));
        assert!(call.started <= call.ended && call.parameters.len() == 1);
    }
}

#[test]
fn a_batch_that_fails_is_asked_one_by_one() {
    let nothing = Harm::Body("{\"responses\": [{\"id\": \"7\"}, {\"id\": \"x\"}, 3]}".to_owned());
    for harm in [Harm::Denied, Harm::Broken, Harm::Body("{}".to_owned()), nothing] {
        let fake = tenant().with_fault(Fault::at("/v1.0/$batch", harm.clone())).shared();
        assert_eq!(given(&collected_by(&fake)), whole(), "{harm:?}");
    }
}

#[test]
fn what_one_of_them_is_refused_the_others_are_told() {
    for harm in [
        Harm::Denied,
        Harm::Broken,
        Harm::Status(404, "Request_ResourceNotFound"),
        Harm::Status(500, "InternalServerError"),
        Harm::Body("[]".to_owned()),
        Harm::Body("{\"value\": null}".to_owned()),
    ] {
        let fault = Fault::at("/api07/approleassignedto", harm.clone());
        let left = collected(tenant().with_fault(fault));
        let mut wanted = whole();
        wanted[7] = None;
        assert_eq!(given(&left), wanted, "{harm:?}");
        let lost = left.one(PRINCIPALS, "api07");
        let gap = &lost.gaps["/appRoleAssignedTo"];
        assert!(left.calls[gap.call.as_ref().unwrap()].id.ends_with("/api07"), "{gap:?}");
    }
}

#[test]
fn further_pages_follow_alone() {
    assert_eq!(given(&collected(tenant().pages_of(2))), whole());
}

#[test]
fn what_is_refused_for_load_waits_and_comes() {
    let window = Duration::from_millis(300);
    let quotas = Quotas { graph: 30, window, ..Quotas::default() };
    let fake = tenant().with_quotas(quotas).shared();
    assert_eq!(given(&collected_by(&fake)), whole());
    let calls = fake.calls();
    assert!(!calls.refused.is_empty(), "the quota was never met");
    assert!(calls.refused.values().all(|n| *n <= 1), "{:?}", calls.refused);
}
