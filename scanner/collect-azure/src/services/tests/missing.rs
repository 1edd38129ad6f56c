//! Resource Graph knows of a resource that ARM's list lacks.

use assay_core::{GapState, ListingState};
use serde_json::json;

use super::support::*;
use crate::fake::{Fake, Fault, Harm, files};

const KIND: &str = "Microsoft.Storage/storageAccounts";
const ONE: &str = "/storageaccounts/larkspurcovers";

/// The estate with a list that lacks `larkspurcovers`; the account itself still answers.
fn short_list() -> Fake {
    let mut all = written();
    let resources = all.iter().flat_map(|f| f["resources"].as_array().into_iter().flatten());
    let kept: Vec<_> = resources
        .filter(|r| r["type"] == KIND && r["id"].as_str().unwrap().starts_with("$DATA"))
        .cloned()
        .collect();
    assert_eq!(kept.len(), 2);
    all.push(json!({"answers": {format!("$SHOP/providers/{KIND}"): kept}}));
    let (estate, faults) = files::read(all).unwrap();
    faults.into_iter().fold(Fake::new(estate), Fake::with_fault)
}

#[test]
fn it_is_asked_for_and_written() {
    let left = collected(short_list());
    let listing = left.listing(SHOP, KIND);
    assert_eq!((listing.state, listing.count), (ListingState::Complete, 3));
    let found = left.one(KIND, "larkspurcovers");
    assert_eq!(found.properties["minimumTlsVersion"], "TLS1_0");
    assert_eq!(found.properties["blobServices"]["deleteRetentionPolicy"]["enabled"], false);
}

#[test]
fn gone_is_gone() {
    let left =
        collected(short_list().with_fault(Fault::at(ONE, Harm::Missing("ResourceNotFound"))));
    let listing = left.listing(SHOP, KIND);
    assert_eq!((listing.state, listing.count), (ListingState::Complete, 2));
}

#[test]
fn what_arm_does_not_say_leaves_the_list_partial() {
    for harm in [Harm::Denied, Harm::Missing("SomethingElse"), Harm::Broken] {
        let left = collected(short_list().with_fault(Fault::at(ONE, harm)));
        let listing = left.listing(SHOP, KIND);
        assert_eq!((listing.state, listing.count), (ListingState::Partial, 2));
        assert_eq!(listing.gap.as_ref().unwrap().state, GapState::Unresolved);
        assert_eq!(left.listing(LAB, KIND).state, ListingState::Complete);
    }
}

#[test]
fn a_graph_that_cannot_be_asked_changes_nothing() {
    let fault = Fault::at("/providers/microsoft.resourcegraph/resources", Harm::Denied);
    let left = collected(larkspur().with_fault(fault));
    let other = collected(larkspur());
    assert_eq!(left.documents, other.documents);
}

#[test]
fn a_list_that_is_whole_costs_one_query_in_all() {
    let fake = larkspur().shared();
    collected_by(&fake);
    assert_eq!(fake.calls().answered["query"], 1);
}
