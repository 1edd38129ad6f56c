//! Volumes and snapshots.

use std::collections::BTreeSet;

use assay_collect_aws_base::{Cx, Facet};
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::Snapshot;

use crate::map;
use crate::network::listing;
use crate::page::{Found, ask, draft, gather, pages};

listing!(
    /// Volumes.
    volumes: "AWS::EC2::Volume", "volume", "ec2:DescribeVolumes", describe_volumes(500), volumes,
    volume_id, |item| None, tags, map::volume
);

/// Snapshots of the account. Which of them are public is one more listing, not a call for each.
pub(crate) async fn snapshots(cx: &Cx, ec2: &Client) {
    const KIND: &str = "AWS::EC2::Snapshot";
    let own = || ec2.describe_snapshots().owner_ids("self").max_results(1000);
    let public = || own().restorable_by_user_ids("all");
    let params = &[("RestorableByUserIds", "all")];
    let public = gather(ask!(cx, "ec2:DescribeSnapshots", params, public(), snapshots)).await.map(
        |(all, call)| {
            let ids = all.into_iter().filter_map(|s: Snapshot| s.snapshot_id);
            (ids.collect::<BTreeSet<String>>(), call)
        },
    );
    let mut listing = cx.listing(KIND);
    pages!(cx, listing, "ec2:DescribeSnapshots", own(), snapshots, |items, call| {
        for s in &items {
            let (id, tags) = (s.snapshot_id.as_ref(), s.tags.as_ref());
            // ARNs of snapshots name no account.
            let found = Found { kind: KIND, noun: "snapshot", id, owner: Some(""), tags };
            let facets = map::snapshot(s);
            let Some(mut d) = draft(cx, &mut listing, &found, facets, &call) else { continue };
            match &public {
                Ok((ids, call)) => {
                    let public = id.is_some_and(|id| ids.contains(id));
                    d.set("Public", Facet::known(public, call));
                }
                Err(gap) => {
                    d.lose(&["Public"], gap);
                }
            }
            cx.put(d).await;
        }
    });
    listing.complete();
}
