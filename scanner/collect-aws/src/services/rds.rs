//! RDS: instances, clusters, their snapshots, the parameter groups in use, and what the provider
//! says of the engine versions that run.

/// Reads every page of a listing and hands each to a block; ends in the gap of a call that failed,
/// which stopped the listing.
macro_rules! pages {
    ($cx:expr, $listing:ident, $operation:literal, $request:expr, |$page:ident| $body:block) => {{
        let mut marker: Option<String> = None;
        loop {
            let call = $request.max_records($crate::services::rds::PAGE).set_marker(marker).send();
            let called = $cx.call($operation, &[], call).await;
            let failed = called.result.as_ref().err().map(assay_collect::CallError::gap);
            let Some($page) = $listing.page(called) else {
                break Err(failed.unwrap_or_else($crate::services::rds::unlisted));
            };
            $body
            marker = $listing.more($page.marker());
            if marker.is_none() {
                break Ok(());
            }
        }
    }};
}

mod engines;
mod map;
mod parameters;
mod snapshots;

use std::collections::BTreeSet;

use assay_collect_aws_base::{Cx, Scope, Service, client};
use assay_core::{Gap, GapState};
use aws_sdk_rds::Client;

use engines::Engines;
use map::elsewhere;

const INSTANCE: &str = "AWS::RDS::DBInstance";
const CLUSTER: &str = "AWS::RDS::DBCluster";
/// The largest page.
const PAGE: i32 = 100;

/// Databases.
pub static SERVICE: Service = Service {
    name: "rds",
    scope: Scope::Regional,
    operations: &[
        "rds:DescribeDBInstances",
        "rds:DescribeDBClusters",
        "rds:DescribeDBSnapshots",
        "rds:DescribeDBSnapshotAttributes",
        "rds:DescribeDBClusterSnapshots",
        "rds:DescribeDBClusterSnapshotAttributes",
        "rds:DescribeDBParameterGroups",
        "rds:DescribeDBParameters",
        "rds:DescribeDBClusterParameterGroups",
        "rds:DescribeDBClusterParameters",
        "rds:DescribeDBEngineVersions",
        "rds:DescribeDBMajorEngineVersions",
    ],
    actions: &[
        "rds:DescribeDBInstances",
        "rds:DescribeDBClusters",
        "rds:DescribeDBSnapshots",
        "rds:DescribeDBSnapshotAttributes",
        "rds:DescribeDBClusterSnapshots",
        "rds:DescribeDBClusterSnapshotAttributes",
        "rds:DescribeDBParameterGroups",
        "rds:DescribeDBParameters",
        "rds:DescribeDBClusterParameterGroups",
        "rds:DescribeDBClusterParameters",
        "rds:DescribeDBEngineVersions",
        "rds:DescribeDBMajorEngineVersions",
    ],
    types: &[
        INSTANCE,
        CLUSTER,
        snapshots::SNAPSHOT,
        snapshots::CLUSTER_SNAPSHOT,
        parameters::GROUP,
        parameters::CLUSTER_GROUP,
    ],
    collect: |cx| Box::pin(collect(cx)),
};

/// Names of the parameter groups in use, or why they are not all known.
type Used = Result<BTreeSet<String>, Gap>;

async fn collect(cx: Cx) {
    let client = client!(cx, aws_sdk_rds);
    let databases = async {
        let mut engines = Engines::default();
        let groups = instances(&cx, &client, &mut engines).await;
        let cluster_groups = clusters(&cx, &client, &mut engines).await;
        tokio::join!(
            parameters::instance_groups(&cx, &client, groups),
            parameters::cluster_groups(&cx, &client, cluster_groups),
        );
    };
    tokio::join!(
        databases,
        snapshots::of_instances(&cx, &client),
        snapshots::of_clusters(&cx, &client),
    );
}

async fn instances(cx: &Cx, client: &Client, engines: &mut Engines) -> Used {
    let mut used = BTreeSet::new();
    let mut listing = cx.listing(INSTANCE);
    let read =
        pages!(cx, listing, "rds:DescribeDBInstances", client.describe_db_instances(), |page| {
            for i in page.db_instances() {
                let Some((arn, name)) = i.db_instance_arn().zip(i.db_instance_identifier()) else {
                    listing
                        .stop(Gap::new(GapState::Malformed, "an instance has no ARN or no name"));
                    continue;
                };
                if elsewhere(i.engine()) {
                    continue;
                }
                let groups = i.db_parameter_groups().iter();
                used.extend(groups.filter_map(|g| g.db_parameter_group_name()).map(str::to_owned));
                let mut doc = cx.resource(INSTANCE, arn, name);
                doc.set_all(map::instance(i), &page.id);
                doc.tags(i.tag_list().iter().map(|t| (t.key(), t.value().or(Some("")))), &page.id);
                engines.add(cx, client, &mut doc, i.engine(), i.engine_version()).await;
                cx.put(doc).await;
            }
        });
    read?;
    let stopped = listing.is_stopped();
    listing.complete();
    if stopped { Err(unlisted()) } else { Ok(used) }
}

async fn clusters(cx: &Cx, client: &Client, engines: &mut Engines) -> Used {
    let mut used = BTreeSet::new();
    let mut listing = cx.listing(CLUSTER);
    let read =
        pages!(cx, listing, "rds:DescribeDBClusters", client.describe_db_clusters(), |page| {
            for c in page.db_clusters() {
                let Some((arn, name)) = c.db_cluster_arn().zip(c.db_cluster_identifier()) else {
                    listing.stop(Gap::new(GapState::Malformed, "a cluster has no ARN or no name"));
                    continue;
                };
                if elsewhere(c.engine()) {
                    continue;
                }
                used.extend(c.db_cluster_parameter_group().map(str::to_owned));
                let mut doc = cx.resource(CLUSTER, arn, name);
                doc.set_all(map::cluster(c), &page.id);
                doc.tags(c.tag_list().iter().map(|t| (t.key(), t.value().or(Some("")))), &page.id);
                engines.add(cx, client, &mut doc, c.engine(), c.engine_version()).await;
                cx.put(doc).await;
            }
        });
    read?;
    let stopped = listing.is_stopped();
    listing.complete();
    if stopped { Err(unlisted()) } else { Ok(used) }
}

fn unlisted() -> Gap {
    Gap::new(GapState::Failed, "not every database is known, so neither is every group in use")
}
