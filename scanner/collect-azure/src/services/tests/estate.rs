//! The estate as it is: what is read, what is known, what is a gap.

use std::collections::BTreeSet;

use assay_core::{GapState, ListingState};
use serde_json::{Value, json};

use super::support::*;
use crate::services;

#[test]
fn every_type_is_read_and_nothing_misfits() {
    let left = collected(larkspur());
    let mut partial = Vec::new();
    for listing in &left.manifest.listings {
        if listing.state != ListingState::Complete {
            partial.push((listing.account.as_str(), listing.kind.as_str(), listing.state));
        }
    }
    assert_eq!(partial, [(LAB, "Microsoft.KeyVault/vaults/keys", ListingState::Partial)]);
    let read: BTreeSet<&str> = left.documents.values().map(|d| d.kind.as_str()).collect();
    for kind in services().iter().flat_map(|s| s.types) {
        assert!(read.contains(kind), "the estate has no {kind}");
    }
    let mut gaps = Vec::new();
    for d in left.documents.values() {
        for (at, gap) in &d.gaps {
            gaps.push((d.name.as_str(), at.as_str(), gap.state));
        }
        for call in d.sources.values() {
            assert!(left.calls.contains_key(call), "{}: {call} was not recorded", d.id);
        }
    }
    gaps.sort();
    assert_eq!(
        gaps,
        [
            ("Larkspur Lab", "/SecurityContacts", GapState::Denied),
            ("larkspurlabdata", "/blobServices", GapState::Denied),
            ("sql-larkspur-lab", "/auditingSettings", GapState::Denied),
            ("temp@larkspur.example", "/registrationDetails", GapState::Unresolved),
        ]
    );
}

#[test]
fn facets_are_known_where_their_calls_were_answered() {
    let left = collected(larkspur());
    // Not read by design: members of groups that nothing names, the MFA state of accounts that are
    // off, diagnostic settings of databases whose audit does not go through them, who has permissions
    // of what offers none.
    let left_out =
        ["transitiveMembers", "perUserMfaState", "diagnosticSettings", "appRoleAssignedTo"];
    for d in left.documents.values() {
        let types = types();
        let unread: Vec<&String> = types
            .get(&d.kind)
            .unwrap()
            .facets
            .keys()
            .filter(|f| !d.properties.contains_key(*f) && !d.gaps.contains_key(&format!("/{f}")))
            .filter(|f| !left_out.contains(&f.as_str()))
            .collect();
        assert!(unread.is_empty(), "{} {}: {unread:?}", d.kind, d.id);
    }
    let known =
        |kind: &str, name: &str, facet: &str| left.one(kind, name).properties.get(facet).cloned();
    let sql = "Microsoft.Sql/servers/databases";
    assert_eq!(known(sql, "orders", "diagnosticSettings"), None);
    let masters: Vec<_> = left.of(sql).into_iter().filter(|d| d.name == "master").collect();
    for master in masters {
        assert_eq!(master.properties["transparentDataEncryption"], Value::Null);
        assert!(master.properties["diagnosticSettings"].is_array());
    }
    let groups = "Microsoft.Graph/groups";
    assert_eq!(known(groups, "database-keepers", "transitiveMembers"), None);
    assert_eq!(
        known(groups, "till-machines", "transitiveMembers"),
        Some(
            json!([{"@odata.type": "#microsoft.graph.user", "id": "a1000000-0000-4000-8000-000000000007"}])
        )
    );
    let users = "Microsoft.Graph/users";
    assert_eq!(known(users, "temp@larkspur.example", "perUserMfaState"), None);
    assert_eq!(known(users, "jonas@larkspur.example", "perUserMfaState"), Some(json!("enforced")));
    assert_eq!(known(users, "emergency@larkspur.example", "signInActivity"), Some(Value::Null));
}

#[test]
fn objects_of_the_provider_become_facets() {
    let left = collected(larkspur());
    let known = |kind: &str, name: &str| Value::Object(left.one(kind, name).properties.clone());
    let account = "Microsoft.Storage/storageAccounts";
    let files = known(account, "larkspurfiles");
    assert_eq!((&files["blobServices"], &files["kind"]), (&Value::Null, &json!("FileStorage")));
    assert_eq!(known(account, "larkspurcovers")["allowSharedKeyAccess"], Value::Null);
    assert_eq!(
        known(account, "larkspurorders")["blobServices"]["deleteRetentionPolicy"]["days"],
        json!(30)
    );
    let key = known("Microsoft.KeyVault/vaults/keys", "orders");
    assert_eq!(key["rotationPolicy"]["attributes"]["expiryTime"], "P1Y");
    assert_eq!(known("Microsoft.KeyVault/vaults/keys", "invoices")["rotationPolicy"], Value::Null);
    let subnet = left.one("Microsoft.Network/virtualNetworks/subnets", "data");
    assert_eq!(subnet.region, "westeurope");
    let group = left.one("Microsoft.Network/networkSecurityGroups", "nsg-data");
    assert_eq!(subnet.properties["networkSecurityGroup"]["id"], group.id.as_str());
    let machine = left.one("Microsoft.Compute/virtualMachines", "vm-shop-search");
    let disk = left.one("Microsoft.Compute/disks", "disk-shop-search");
    assert_eq!(disk.properties["managedBy"], machine.id.as_str());
    let found = left.of("Microsoft.Security/assessments");
    assert_eq!(found.len(), 4);
    assert!(found.iter().any(|a| a.properties["resourceDetails"]["Id"] == machine.id.as_str()));
    let backup = left
        .of("Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems");
    let web = left.one("Microsoft.Compute/virtualMachines", "vm-shop-web");
    assert_eq!(backup[0].properties["sourceResourceId"], web.id.as_str());
    let site = known("Microsoft.Web/sites", "app-larkspur-shop");
    assert_eq!(
        (&site["envelope.kind"], &site["config"]["ftpsState"]),
        (&json!("app,linux"), &json!("Disabled"))
    );
    let lab = known("Microsoft.Sql/servers", "sql-larkspur-lab");
    assert_eq!(lab["sqlVulnerabilityAssessments"], Value::Null);
    assert_eq!(lab["vulnerabilityAssessments"]["recurringScans"]["isEnabled"], false);
    assert_eq!(lab["firewallRules"].as_array().unwrap().len(), 2);
    let pg = known("Microsoft.DBforPostgreSQL/flexibleServers", "pg-larkspur-lab");
    assert_eq!(pg["configurations"].as_array().unwrap().len(), 4);
    let sub = known("Microsoft.Resources/subscriptions", "Larkspur Shop");
    assert_eq!(sub["PolicyAssignments"].as_array().unwrap().len(), 2);
    assert_eq!(sub["PolicySetDefinitions"].as_array().unwrap().len(), 1);
    assert_eq!(sub["PolicyExemptions"][0]["exemptionCategory"], "Waiver");
    assert_eq!(sub["DiagnosticSettings"][0]["name"], "activity");
}

#[test]
fn an_inherited_role_assignment_is_one_document_of_the_tenant() {
    let left = collected(larkspur());
    let all = left.of("Microsoft.Authorization/roleAssignments");
    assert_eq!(all.len(), 6);
    assert!(all.iter().all(|d| d.account == TENANT));
    let inherited: Vec<_> =
        all.iter().filter(|d| d.id.contains("managementGroups/larkspur")).collect();
    assert_eq!(inherited.len(), 1);
    let activated: Vec<_> =
        all.iter().filter(|d| !d.properties["roleAssignmentScheduleInstance"].is_null()).collect();
    assert_eq!(activated.len(), 1);
    let definitions = left.of("Microsoft.Authorization/roleDefinitions");
    assert_eq!(definitions.len(), 6);
    let role = activated[0].properties["roleDefinitionId"].as_str().unwrap();
    let guid = role.rsplit('/').next().unwrap();
    assert!(definitions.iter().any(|d| d.id.ends_with(guid)));
}

#[test]
fn small_pages_change_nothing() {
    let (whole, paged) = (collected(larkspur()), collected(larkspur().pages_of(1)));
    let facts = |left: &Left| -> Vec<(String, Value)> {
        let all = left.documents.values();
        all.map(|d| (d.id.clone(), Value::Object(d.properties.clone()))).collect()
    };
    assert_eq!(facts(&whole), facts(&paged));
}

#[test]
fn nothing_is_asked_twice() {
    let fake = larkspur().shared();
    let left = collected_by(&fake);
    // Every page holds all there is: each request has one answer, and some share it.
    let ids: BTreeSet<_> = left.calls.values().flat_map(|c| &c.request_ids).collect();
    assert_eq!(fake.calls().total(), ids.len() as u64);
    assert!(left.calls.values().all(|c| c.request_ids.len() == 1));
    let mut asked = BTreeSet::new();
    let mut again = Vec::new();
    for call in left.calls.values() {
        assert!(!call.id.contains('#'), "{} was made before", call.id);
        // A list of a subscription has no parameter; the same initiative may be assigned in two.
        let place = call.parameters.is_empty().then_some(&call.account);
        if !asked.insert((&call.operation, place, &call.parameters)) {
            again.push(call.operation.as_str());
        }
    }
    assert_eq!(again, ["Microsoft.Authorization:policySetDefinitions/read"]);
}

#[test]
fn no_secret_of_the_estate_is_written() {
    let left = collected(larkspur());
    let text = serde_json::to_string(&left.documents.values().collect::<Vec<_>>()).unwrap();
    // What Graph tells of a credential beside its dates.
    assert!(!text.contains("hint") && !text.contains("secretText"));
    assert!(!text.contains("appSettings") && !text.contains("connectionStrings"));
}
