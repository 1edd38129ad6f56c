//! The property over the small estate, and that a breach is seen.

use std::collections::HashMap;

use assay_core::tailoring::Tailoring;
use assay_core::{ListingState, Status};

use super::*;
use crate::property::{Bench, Change, Estate, violations};

fn estate() -> Estate {
    let memory = source(&library().types, documents());
    let mut estate = Estate::read(&memory).unwrap();
    for doc in &estate.documents {
        for (facet, call) in &doc.sources {
            estate.operations.insert(call.clone(), format!("x:Get{facet}"));
        }
    }
    for listing in &mut estate.manifest.listings {
        listing.calls.push(format!("list/{}", listing.kind));
        estate.operations.insert(format!("list/{}", listing.kind), "x:List".to_owned());
    }
    estate
}

fn tailoring() -> Tailoring {
    Tailoring { params: params(), ..Tailoring::default() }
}

#[test]
fn less_evidence_never_says_more() {
    let (library, tailoring) = (library(), tailoring());
    let bench = Bench::new(&library, &tailoring).unwrap();
    let estate = estate();
    let before = bench.judge(&estate, None).unwrap();
    let changes = estate.changes();
    let mut tried = HashMap::new();
    for change in &changes {
        let Some(changed) = estate.with(change, &library.types) else { continue };
        *tried.entry(std::mem::discriminant(change)).or_insert(0) += 1;
        let after = bench.judge(&changed, Some(&before)).unwrap();
        let found = violations(&before, &after);
        assert!(found.is_empty(), "{change}: {found:#?}");
    }
    assert_eq!(tried.len(), 5, "every kind of change was tried: {changes:?}");
}

#[test]
fn a_breach_is_seen() {
    let (library, tailoring) = (library(), tailoring());
    let bench = Bench::new(&library, &tailoring).unwrap();
    let estate = estate();
    let before = bench.judge(&estate, None).unwrap();
    // A failing bucket that vanishes from a complete listing.
    let mut changed = estate.clone();
    changed.documents.retain(|d| d.name != "b");
    let found = violations(&before, &bench.judge(&changed, Some(&before)).unwrap());
    assert!(found.iter().any(|v| v.contains("vanished")), "{found:?}");
    // A weakness that turns green.
    let mut changed = estate.clone();
    let bucket = changed.documents.iter_mut().find(|d| d.name == "b").unwrap();
    bucket.properties.insert("Status".into(), "on".into());
    let found = violations(&before, &bench.judge(&changed, Some(&before)).unwrap());
    assert!(found.iter().any(|v| v.contains("AWS-S3-001")), "{found:?}");
}

#[test]
fn a_denied_listing_takes_its_documents_along() {
    let library = library();
    let changed = estate().with(&Change::Deny("x:List".into()), &library.types).unwrap();
    assert!(changed.documents.is_empty());
    assert!(changed.manifest.listings.iter().all(|l| l.state == ListingState::Denied));
    let tailoring = tailoring();
    let bench = Bench::new(&library, &tailoring).unwrap();
    let outcome = bench.judge(&changed, None).unwrap();
    assert!(outcome.assessment.rules.iter().all(|r| r.status == Status::NotAssessed));
    assert_eq!(outcome.assessment.summary.score, None);
}
