//! `assay permissions azure --check`, over the fake.

use std::sync::Arc;

use azure_core::http::HttpClient;
use serde_json::json;

use super::support::*;
use crate::Access;
use crate::check::{Checked, check_services};
use crate::fake::{Estate, Fake, Fault, Harm};

fn checked(estate: Estate, faults: Vec<Fault>) -> Checked {
    let fake = faults.into_iter().fold(Fake::new(estate), Fake::with_fault).shared();
    let access = Access::to(Arc::clone(&fake) as Arc<dyn HttpClient>);
    let wanted = [&VAULT_SERVICE, &USER_SERVICE];
    runtime().block_on(check_services(&wanted, &plan(&fake), &access)).unwrap()
}

fn granted(entries: serde_json::Value) -> Estate {
    let path =
        |s: &str| format!("/subscriptions/{s}/providers/Microsoft.Authorization/permissions");
    Estate::from_value(&json!({
        "tenant": TENANT, "subscriptions": [{"id": ONE}, {"id": TWO}],
        "answers": {path(ONE): [{"actions": ["*/read", "Microsoft.Web/sites/*"]}], path(TWO): entries},
        "graph": {"/v1.0/users": []},
    }))
    .unwrap()
}

#[test]
fn what_is_missing_is_named_where_it_is_missing() {
    let whole = checked(granted(json!([{"actions": ["*"]}])), vec![]);
    assert!(whole.is_whole(), "{whole:?}");
    assert_eq!(whole.graph_checked, 1);
    let some =
        json!([{"actions": ["*/read", "Microsoft.Web/*"], "notActions": ["Microsoft.KeyVault/*"]}]);
    let lacks = checked(granted(some), vec![Fault::at("/v1.0/users", Harm::Denied)]);
    assert!(!lacks.is_whole());
    let missing = |n: usize| -> Vec<String> {
        lacks.subscriptions[n].1.clone().unwrap().into_iter().collect()
    };
    assert_eq!(missing(0), Vec::<String>::new());
    assert_eq!(missing(1), ["Microsoft.KeyVault/vaults/read"]);
    assert_eq!(lacks.graph[0].operation, "MicrosoftGraph:users");
    assert_eq!(lacks.graph[0].needs, ["User.Read.All"]);
    let denied = Fault::at("microsoft.authorization/permissions", Harm::Denied);
    let unknown = checked(granted(json!([])), vec![denied]);
    assert!(!unknown.is_whole() && unknown.subscriptions.iter().all(|(_, m)| m.is_err()));
}
