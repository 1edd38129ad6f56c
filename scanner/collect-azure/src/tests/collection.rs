//! A collection from its beginning to its end.

use assay_collect::Event;
use assay_core::{GapState, ListingState};

use super::support::*;
use crate::fake::{Fake, Fault, Harm};
use crate::{AzurePlan, CollectError, SUBSCRIPTION, TENANT as TENANT_TYPE};

#[test]
fn a_tenant_is_collected_whole() {
    let fake = Fake::new(estate(25, 7)).pages_of(10).shared();
    let left = run(&fake, plan(&fake)).unwrap();
    assert_eq!(left.collected.tenant, TENANT);
    let names: Vec<_> = left.collected.subscriptions.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["Production", "Test"]);
    for account in [ONE, TWO] {
        let listing = left.listing(account, VAULT);
        assert_eq!((listing.state, listing.count, listing.pages), (ListingState::Complete, 25, 3));
        assert_eq!(left.listing(account, SUBSCRIPTION).state, ListingState::Complete);
    }
    assert_eq!(left.listing(TENANT, USER).count, 7);
    assert_eq!(left.listing(TENANT, TENANT_TYPE).state, ListingState::Complete);
    let vaults = left.of(VAULT);
    assert_eq!(vaults.len(), 50);
    let first = vaults.iter().find(|d| d.name == "kv00000" && d.account == ONE).unwrap();
    assert_eq!(first.id, vault_id(ONE, 0).replace("/RG/", "/rg/"));
    assert_eq!(first.region, "westeurope");
    assert_eq!(first.properties["diagnosticSettings"], 0);
    assert!(first.gaps.is_empty(), "{:?}", first.gaps);
    let production = left.of(SUBSCRIPTION).into_iter().find(|d| d.account == ONE).unwrap();
    assert_eq!(production.name, "Production");
    assert_eq!(production.tags.as_ref().unwrap()["stage"], "prod");
    assert_eq!(left.of(TENANT_TYPE)[0].properties["displayName"], "Fabrikam");
    // Every source is a recorded call, with the provider's id and the digest of what it said.
    for source in left.documents.iter().flat_map(|d| d.sources.values()) {
        let call = left.calls.iter().find(|c| c.id == *source);
        let call = call.unwrap_or_else(|| panic!("{source} is no recorded call"));
        assert!(!call.request_ids.is_empty() && !call.body_sha256.is_empty(), "{call:?}");
    }
    // As few calls as possible: pages of vaults and users, settings, tenants, subscriptions.
    assert_eq!(fake.calls().total(), (3 + 3) + 1 + 50 + 1 + 1);
}

#[test]
fn who_asks_is_named() {
    let fake = Fake::new(estate(0, 0)).shared();
    let left = run(&fake, plan(&fake)).unwrap();
    let caller = "application 11111111-0000-0000-0000-000000000000 (object \
                  22222222-0000-0000-0000-000000000000, by client secret)";
    assert_eq!(left.collected.caller, caller);
    assert_eq!(left.collected.manifest.callers[ONE], caller);
    assert_eq!(left.collected.manifest.callers[TENANT], caller);
    let told = Event::Identified { provider: "azure", caller: caller.to_owned() };
    assert!(left.events.contains(&told));
}

#[test]
fn a_choice_of_subscriptions_is_read_one_by_one() {
    let fake = Fake::new(estate(2, 0)).shared();
    let subscriptions = vec![ONE.to_uppercase()];
    let left = run(&fake, AzurePlan { subscriptions, ..plan(&fake) }).unwrap();
    assert_eq!(left.collected.manifest.scope.accounts, [TENANT, ONE]);
    assert_eq!(left.collected.manifest.scope.left_out_accounts, [TWO], "printed, not forgotten");
    assert_eq!(left.of(VAULT).len(), 2);
    let subscriptions = vec!["dddddddd-0000-0000-0000-000000000004".to_owned()];
    let error = run(&fake, AzurePlan { subscriptions, ..plan(&fake) }).err().unwrap();
    assert!(matches!(error, CollectError::UnknownSubscription { .. }), "{error}");
}

#[test]
fn a_management_group_brings_what_lies_below_it() {
    let fake = Fake::new(estate(2, 0)).shared();
    let group = |name: &str| AzurePlan { management_group: Some(name.into()), ..plan(&fake) };
    let left = run(&fake, group("corp")).unwrap();
    // The third is below the group and cannot be read: in scope, and unseen.
    let lost = "cccccccc-0000-0000-0000-000000000003";
    assert_eq!(left.collected.manifest.scope.accounts, [TENANT, ONE, lost]);
    assert_eq!(left.listing(ONE, SUBSCRIPTION).state, ListingState::Complete);
    assert_eq!(left.listing(lost, SUBSCRIPTION).state, ListingState::Failed);
    assert_eq!(left.collected.manifest.scope.left_out_accounts, [TWO]);
    assert!(left.of(SUBSCRIPTION).iter().all(|d| d.account == ONE));
    let error = run(&fake, group("nobody")).err().unwrap();
    assert!(matches!(error, CollectError::ManagementGroup { .. }), "{error}");
}

#[test]
fn an_incomplete_discovery_is_a_listing_that_is_not_complete() {
    let broken = Fault::at("/subscriptions", Harm::Denied).from(1);
    let fake = Fake::new(estate(2, 0)).pages_of(1).with_fault(broken).shared();
    let left = run(&fake, plan(&fake));
    // Nothing of a list that broke off is taken: no subscription is known, the tenant is.
    let left = left.unwrap();
    let discovery = left.listing(TENANT, SUBSCRIPTION);
    assert_eq!(discovery.state, ListingState::Denied);
    assert_eq!(discovery.gap.as_ref().unwrap().state, GapState::Denied);
    assert_eq!(left.collected.manifest.scope.accounts, [TENANT]);
}

#[test]
fn a_tenant_without_a_readable_subscription_is_no_clean_scan() {
    let nothing = crate::fake::Estate::from_value(&serde_json::json!({"tenant": TENANT})).unwrap();
    let fake = Fake::new(nothing).shared();
    let error = run(&fake, plan(&fake)).err().unwrap().to_string();
    assert!(error.contains("can read no subscription"), "{error}");
    assert!(error.contains("assay permissions azure"), "{error}");
}

#[test]
fn each_denial_is_exactly_one_gap() {
    let settings = format!("{}/providers/microsoft.insights/diagnosticsettings", vault_id(ONE, 1));
    for (harm, state) in [
        (Harm::Denied, GapState::Denied),
        (Harm::Broken, GapState::Malformed),
        (Harm::Body("[]".into()), GapState::Malformed),
        (Harm::Body("{\"value\": 7}".into()), GapState::Malformed),
        (
            Harm::Body("{\"value\": [], \"nextLink\": \"https://evil.example/\"}".into()),
            GapState::Malformed,
        ),
        (Harm::Missing("ResourceNotFound"), GapState::Failed),
        (Harm::Status(409, "MissingSubscriptionRegistration"), GapState::Unsupported),
        (Harm::Status(400, "BadRequest"), GapState::Failed),
    ] {
        let fault = Fault::at(&settings, harm.clone());
        let fake = Fake::new(estate(3, 1)).with_fault(fault).shared();
        let left = run(&fake, plan(&fake)).unwrap();
        let gaps: Vec<_> = left
            .documents
            .iter()
            .flat_map(|d| d.gaps.iter().map(move |(at, g)| (d.id.as_str(), at.as_str(), g.state)))
            .collect();
        let id = vault_id(ONE, 1).replace("/RG/", "/rg/");
        assert_eq!(gaps, [(id.as_str(), "/diagnosticSettings", state)], "{harm:?}");
        assert!(left.collected.manifest.listings.iter().all(|l| l.state == ListingState::Complete));
    }
}

#[test]
fn a_list_that_breaks_off_is_partial_and_its_pages_stay() {
    let path = format!("{ONE}/providers/microsoft.keyvault/vaults");
    let fault = Fault::at(&path, Harm::Denied).from(10);
    let fake = Fake::new(estate(25, 0)).pages_of(10).with_fault(fault).shared();
    let left = run(&fake, plan(&fake)).unwrap();
    assert_eq!(left.listing(ONE, VAULT).state, ListingState::Partial);
    assert_eq!(left.listing(ONE, VAULT).count, 10);
    assert_eq!(left.listing(TWO, VAULT).state, ListingState::Complete);
    let refused = Fake::new(estate(5, 0)).with_fault(Fault::at(&path, Harm::Denied)).shared();
    let left = run(&refused, plan(&refused)).unwrap();
    assert_eq!(left.listing(ONE, VAULT).state, ListingState::Denied);
}

#[test]
fn what_a_flag_leaves_out_is_left_out() {
    let fake = Fake::new(estate(1, 1)).shared();
    let left_out_services = vec!["users".to_owned()];
    let left = run(&fake, AzurePlan { left_out_services, ..plan(&fake) }).unwrap();
    assert_eq!(left.listing(TENANT, USER).state, ListingState::LeftOut);
    assert_eq!(left.collected.manifest.scope.left_out_services, ["users"]);
    let left_out_services = vec!["nothing".to_owned()];
    let error = run(&fake, AzurePlan { left_out_services, ..plan(&fake) }).err().unwrap();
    assert!(error.to_string().contains("known are keyvault, users"), "{error}");
}
