//! EC2, VPC and EBS, in one region at a time.
//!
//! One `Describe` for each type and region, page by page; user data is the only thing that is read
//! instance by instance. `map` turns answers into facets and is pure; the other modules call.
//!
//! A member that an answer lacks although the API always gives it leaves its facet unknown. Where
//! the API leaves a member out to say that there is none (a public address, a key), the facet is
//! `null`: known to be absent.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests may panic"
    )
)]

mod compute;
mod map;
mod network;
mod page;
mod region;
pub mod regions;
mod storage;
mod user_data;

use assay_collect_aws_base::{Cx, Scope, Service, client};
use futures_util::FutureExt as _;

/// The services of this crate.
pub static SERVICES: &[&Service] = &[&SERVICE];

/// What is called. IAM's actions have the operations' names.
const OPERATIONS: &[&str] = &[
    "ec2:DescribeAddresses",
    "ec2:DescribeFlowLogs",
    "ec2:DescribeImages",
    "ec2:DescribeInstanceAttribute",
    "ec2:DescribeInstances",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribeManagedPrefixLists",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroupRules",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSnapshots",
    "ec2:DescribeSubnets",
    "ec2:DescribeTransitGateways",
    "ec2:DescribeVolumes",
    "ec2:DescribeVpcEndpointServiceConfigurations",
    "ec2:DescribeVpcEndpointServicePermissions",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeVpcs",
    "ec2:GetEbsEncryptionByDefault",
    "ec2:GetImageBlockPublicAccessState",
    "ec2:GetInstanceMetadataDefaults",
    "ec2:GetManagedPrefixListEntries",
    "ec2:GetSnapshotBlockPublicAccessState",
];

/// EC2, VPC and EBS.
static SERVICE: Service = Service {
    name: "ec2",
    scope: Scope::Regional,
    operations: OPERATIONS,
    actions: OPERATIONS,
    types: &[
        "AWS::EC2::EIP",
        "AWS::EC2::FlowLog",
        "AWS::EC2::Image",
        "AWS::EC2::Instance",
        "AWS::EC2::InternetGateway",
        "AWS::EC2::LaunchTemplate",
        "AWS::EC2::NetworkAcl",
        "AWS::EC2::NetworkInterface",
        "AWS::EC2::PrefixList",
        "AWS::EC2::RouteTable",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::Snapshot",
        "AWS::EC2::Subnet",
        "AWS::EC2::TransitGateway",
        "AWS::EC2::VPC",
        "AWS::EC2::VPCEndpoint",
        "AWS::EC2::VPCEndpointService",
        "AWS::EC2::VPCPeeringConnection",
        "AWS::EC2::Volume",
    ],
    collect: |cx| Box::pin(collect(cx)),
};

async fn collect(cx: Cx) {
    let ec2 = client!(cx, aws_sdk_ec2);
    let (cx, ec2) = (&cx, &ec2);
    let all = [
        region::settings(cx, ec2).boxed(),
        network::vpcs(cx, ec2).boxed(),
        network::subnets(cx, ec2).boxed(),
        network::route_tables(cx, ec2).boxed(),
        network::internet_gateways(cx, ec2).boxed(),
        network::network_acls(cx, ec2).boxed(),
        network::security_groups(cx, ec2).boxed(),
        network::interfaces(cx, ec2).boxed(),
        network::addresses(cx, ec2).boxed(),
        network::flow_logs(cx, ec2).boxed(),
        network::endpoints(cx, ec2).boxed(),
        network::endpoint_services(cx, ec2).boxed(),
        network::transit_gateways(cx, ec2).boxed(),
        network::peering_connections(cx, ec2).boxed(),
        network::prefix_lists(cx, ec2).boxed(),
        compute::instances(cx, ec2).boxed(),
        compute::launch_templates(cx, ec2).boxed(),
        compute::images(cx, ec2).boxed(),
        storage::volumes(cx, ec2).boxed(),
        storage::snapshots(cx, ec2).boxed(),
    ];
    // The context limits how many calls are under way.
    let all: Vec<_> = all.into();
    let width = all.len();
    cx.bounded(all, width).await;
}
