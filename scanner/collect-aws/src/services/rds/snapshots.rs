//! Snapshots, and who may restore them. Automated ones cannot be shared, so nothing is asked.

use assay_collect::{Facet, bounded};
use assay_collect_aws_base::Cx;
use assay_core::{Gap, GapState};
use aws_sdk_rds::Client;
use aws_sdk_rds::types::{DbClusterSnapshot, DbSnapshot};
use serde_json::Value;

use super::map::{self, elsewhere};

pub(super) const SNAPSHOT: &str = "AWS::RDS::DBSnapshot";
pub(super) const CLUSTER_SNAPSHOT: &str = "AWS::RDS::DBClusterSnapshot";
/// Snapshots read at once.
const READS: usize = 6;

/// Snapshots of instances.
pub(super) async fn of_instances(cx: &Cx, client: &Client) {
    let mut listing = cx.listing(SNAPSHOT);
    let read =
        pages!(cx, listing, "rds:DescribeDBSnapshots", client.describe_db_snapshots(), |page| {
            let named: Vec<_> = page
                .db_snapshots()
                .iter()
                .filter_map(|s| Some((s.db_snapshot_arn()?, s.db_snapshot_identifier()?, s)))
                .collect();
            if named.len() < page.db_snapshots().len() {
                listing.stop(Gap::new(GapState::Malformed, "a snapshot has no ARN or no name"));
            }
            let reads: Vec<_> = named
                .iter()
                .filter(|(_, _, s)| !elsewhere(s.engine()))
                .map(|(arn, name, s)| one(cx, client, &page.id, arn, name, s))
                .collect();
            bounded(reads, READS).await;
        });
    if read.is_ok() {
        listing.complete();
    }
}

async fn one(cx: &Cx, client: &Client, listed: &str, arn: &str, name: &str, s: &DbSnapshot) {
    let attributes = if automated(s.snapshot_type()) {
        Facet::absent(listed)
    } else {
        let call = client.describe_db_snapshot_attributes().db_snapshot_identifier(name).send();
        let asked = [("snapshot", name)];
        let called = cx.call("rds:DescribeDBSnapshotAttributes", &asked, call).await;
        called.facet(|a| {
            let all = a.db_snapshot_attributes_result()?.db_snapshot_attributes().iter();
            let all = all.map(|a| map::attribute(a.attribute_name(), a.attribute_values()));
            all.collect::<Option<Vec<Value>>>().map(Value::Array)
        })
    };
    let mut doc = cx.resource(SNAPSHOT, arn, name);
    doc.set_all(map::snapshot(s), listed).set("DBSnapshotAttributes", attributes);
    doc.tags(s.tag_list().iter().map(|t| (t.key(), t.value().or(Some("")))), listed);
    cx.put(doc).await;
}

/// Snapshots of clusters.
pub(super) async fn of_clusters(cx: &Cx, client: &Client) {
    let mut listing = cx.listing(CLUSTER_SNAPSHOT);
    let read = pages!(
        cx,
        listing,
        "rds:DescribeDBClusterSnapshots",
        client.describe_db_cluster_snapshots(),
        |page| {
            let named: Vec<_> = page
                .db_cluster_snapshots()
                .iter()
                .filter_map(|s| {
                    Some((s.db_cluster_snapshot_arn()?, s.db_cluster_snapshot_identifier()?, s))
                })
                .collect();
            if named.len() < page.db_cluster_snapshots().len() {
                listing.stop(Gap::new(GapState::Malformed, "a snapshot has no ARN or no name"));
            }
            let reads: Vec<_> = named
                .iter()
                .filter(|(_, _, s)| !elsewhere(s.engine()))
                .map(|(arn, name, s)| of_cluster(cx, client, &page.id, arn, name, s))
                .collect();
            bounded(reads, READS).await;
        }
    );
    if read.is_ok() {
        listing.complete();
    }
}

async fn of_cluster(
    cx: &Cx,
    client: &Client,
    listed: &str,
    arn: &str,
    name: &str,
    s: &DbClusterSnapshot,
) {
    let attributes = if automated(s.snapshot_type()) {
        Facet::absent(listed)
    } else {
        let call = client
            .describe_db_cluster_snapshot_attributes()
            .db_cluster_snapshot_identifier(name)
            .send();
        let asked = [("snapshot", name)];
        let called = cx.call("rds:DescribeDBClusterSnapshotAttributes", &asked, call).await;
        called.facet(|a| {
            let result = a.db_cluster_snapshot_attributes_result()?;
            let all = result.db_cluster_snapshot_attributes().iter();
            let all = all.map(|a| map::attribute(a.attribute_name(), a.attribute_values()));
            all.collect::<Option<Vec<Value>>>().map(Value::Array)
        })
    };
    let mut doc = cx.resource(CLUSTER_SNAPSHOT, arn, name);
    doc.set_all(map::cluster_snapshot(s), listed).set("DBClusterSnapshotAttributes", attributes);
    doc.tags(s.tag_list().iter().map(|t| (t.key(), t.value().or(Some("")))), listed);
    cx.put(doc).await;
}

fn automated(kind: Option<&str>) -> bool {
    kind == Some("automated")
}
