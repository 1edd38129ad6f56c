//! What the manifest does not speak of, and matches beside the first one.

use super::*;

fn accepted() -> AcceptGap {
    AcceptGap {
        operation: None,
        listing: None,
        account: None,
        region: None,
        reason: "r".into(),
        owner: "o".into(),
        expires: "2026-12-31".parse().unwrap(),
        approver: None,
        approved: None,
        signature: None,
    }
}

#[test]
fn a_listing_that_the_manifest_does_not_speak_of_is_a_gap() {
    let whole = World::new(vec![verdict("R1", "a", Status::Pass)]);
    assert_eq!(whole.run().1.summary.unaccepted_gaps, 0);
    let silent = || {
        let mut w = World::new(vec![verdict("R1", "a", Status::Pass)]);
        w.manifest.scope.regions.push("eu-west-2".into());
        w
    };
    let (_, a) = silent().run();
    assert_eq!(a.rules[0].status, Status::NotAssessed);
    assert_eq!(a.summary.unaccepted_gaps, 1, "once, whatever the number of rules");
    let missing = a.incomplete_listings.iter().find(|l| l.region == "eu-west-2").unwrap();
    assert_eq!(missing.state, ListingState::NotAttempted);
    let mut known = silent();
    known.tailoring.accepted_gaps = vec![AcceptGap {
        listing: Some(BUCKET.into()),
        region: Some("eu-west-2".into()),
        ..accepted()
    }];
    assert_eq!(known.run().1.summary.unaccepted_gaps, 0);
}

#[test]
fn an_account_is_asked_for_its_own_regions_only() {
    let estate = |own: &[&str]| {
        let mut w = World::new(vec![verdict("R1", "a", Status::Pass)]);
        w.manifest.scope.regions.push("eu-west-2".into());
        let own = own.iter().map(|r| (*r).to_owned()).collect();
        w.manifest.scope.account_regions.insert(ACCOUNT.into(), own);
        w.run().1
    };
    assert_eq!(estate(&["eu-west-1"]).rules[0].status, Status::Pass);
    let a = estate(&["eu-west-1", "eu-west-2"]);
    assert_eq!(a.rules[0].status, Status::NotAssessed);
    assert_eq!(a.incomplete_listings.len(), 1);
}

#[test]
fn where_discovery_failed_no_listing_is_missed_beside_it() {
    let mut w = World::new(vec![verdict("R1", "a", Status::Pass)]);
    w.manifest.scope.accounts.push("other".into());
    let denied = |account: &str| Listing {
        account: account.into(),
        region: "global".into(),
        kind: "Assay::AWS::Region".into(),
        ..listing(ListingState::Denied)
    };
    w.manifest.listings.push(denied("other"));
    let (_, a) = w.run();
    assert_eq!(a.incomplete_listings, [denied("other")]);
    let other = a.rules[0].accounts.iter().find(|a| a.account == "other").unwrap();
    assert_eq!(other.status, Status::NotAssessed);
    assert_eq!(a.rules[0].status, Status::NotAssessed);
}

#[test]
fn a_plan_without_regions_is_not_green_for_what_is_regional() {
    let mut w = World::new(vec![verdict("R1", "a", Status::Pass)]);
    w.manifest.scope.regions.clear();
    let (_, a) = w.run();
    assert_eq!(a.rules[0].status, Status::NotAssessed);
    assert!(a.summary.unaccepted_gaps > 0);
}

#[test]
fn a_second_waiver_or_accepted_gap_that_matches_is_used_too() {
    let mut w = World::new(vec![verdict("R1", "a", Status::Fail)]);
    w.tailoring.waivers = vec![waiver("a"), waiver("*"), waiver("b")];
    let (_, a) = w.run();
    let states: Vec<_> = a.waivers.iter().map(|w| w.state).collect();
    assert_eq!(states, [WaiverState::Active, WaiverState::Active, WaiverState::Unused]);
    let mut w = World::new(vec![verdict("R1", "a", Status::NotAssessed)]);
    let operation = || AcceptGap { operation: Some("s3:GetX".into()), ..accepted() };
    w.tailoring.accepted_gaps = vec![operation(), operation()];
    let covers: Vec<_> = w.run().1.accepted_gaps.iter().map(|g| g.covers).collect();
    assert_eq!(covers, [1, 1]);
}

#[test]
fn a_tenant_and_what_lies_below_it_are_asked_for_their_own_types() {
    const USER: &str = "Microsoft.Graph/users";
    const VAULT: &str = "Microsoft.KeyVault/vaults";
    let kind = |name: &str, scope: &str| {
        let value = serde_json::json!({
            "type": name, "title": "t", "doc": "https://example.org", "tags": false,
            "listing": {"scope": scope, "operation": "x:List"}, "facets": {},
        });
        (format!("{}.yaml", assay_core::typedef::stem(name)), value)
    };
    let azure = |kind: &str, account: &str| Listing {
        provider: "azure".into(),
        account: account.into(),
        region: "global".into(),
        kind: kind.into(),
        ..listing(ListingState::Complete)
    };
    let estate = |kinds: &[&str]| {
        let mut w = World::new(vec![]);
        w.types = TypeRegistry::from_files([kind(USER, "tenant"), kind(VAULT, "global")]).unwrap();
        w.manifest.scope.providers = vec!["azure".into()];
        w.manifest.scope.accounts = vec!["tenant".into(), "subscription".into()];
        w.manifest.listings = vec![azure(USER, "tenant"), azure(VAULT, "subscription")];
        w.rules[0].meta.resources = kinds.iter().map(|k| (*k).to_owned()).collect();
        w.rules[0].meta.file = "rules/azure/x/x.rego".into();
        w
    };
    let concerned = |kinds: &[&str]| -> Vec<(String, Status)> {
        let (_, a) = estate(kinds).run();
        assert_eq!(a.summary.unaccepted_gaps, 1, "only that no rule ran on anything");
        a.rules[0].accounts.iter().map(|a| (a.account.clone(), a.status)).collect()
    };
    let proved = |account: &str| (account.to_owned(), Status::NotApplicable);
    assert_eq!(concerned(&[USER]), [proved("tenant")]);
    assert_eq!(concerned(&[VAULT]), [proved("subscription")]);
    assert_eq!(concerned(&[USER, VAULT]), [proved("subscription"), proved("tenant")]);
    let mut lost = estate(&[USER]);
    lost.manifest.listings[0].state = ListingState::Denied;
    let (_, a) = lost.run();
    assert_eq!(a.rules[0].status, Status::NotAssessed);
}
