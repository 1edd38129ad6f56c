//! VPCs and what is in them.

use std::collections::BTreeMap;

use assay_collect_aws_base::{Cx, Draft, Facet};
use assay_core::Gap;
use aws_sdk_ec2::Client;
use serde_json::{Value, json};

use crate::map;
use crate::page::{Found, ask, draft, gather, pages};

/// A listing whose members need nothing but their page.
macro_rules! listing {
    ($(#[$doc:meta])* $name:ident: $kind:literal, $noun:literal, $operation:literal,
     $describe:ident($max:literal), $list:ident, $id:ident, |$item:ident| $owner:expr, $tags:ident, $map:path) => {
        $(#[$doc])*
        pub(crate) async fn $name(cx: &Cx, ec2: &Client) {
            let mut listing = cx.listing($kind);
            let request = || ec2.$describe().max_results($max);
            pages!(cx, listing, $operation, request(), $list, |items, call| {
                for $item in &items {
                    let owner: Option<&str> = $owner;
                    let (id, tags) = ($item.$id.as_ref(), $item.$tags.as_ref());
                    let found = Found { kind: $kind, noun: $noun, id, owner, tags };
                    if let Some(d) = draft(cx, &mut listing, &found, $map($item), &call) {
                        cx.put(d).await;
                    }
                }
            });
            listing.complete();
        }
    };
}
pub(crate) use listing;

listing!(
    /// VPCs, those that others share included.
    vpcs: "AWS::EC2::VPC", "vpc", "ec2:DescribeVpcs", describe_vpcs(1000), vpcs, vpc_id,
    |v| v.owner_id.as_deref(), tags, map::vpc
);

listing!(
    /// Subnets, those that others share included.
    subnets: "AWS::EC2::Subnet", "subnet", "ec2:DescribeSubnets", describe_subnets(1000), subnets,
    subnet_id, |s| s.owner_id.as_deref(), tags, map::subnet
);

listing!(
    /// Route tables.
    route_tables: "AWS::EC2::RouteTable", "route-table", "ec2:DescribeRouteTables",
    describe_route_tables(100), route_tables, route_table_id, |t| t.owner_id.as_deref(), tags,
    map::route_table
);

listing!(
    /// Internet gateways.
    internet_gateways: "AWS::EC2::InternetGateway", "internet-gateway",
    "ec2:DescribeInternetGateways", describe_internet_gateways(1000), internet_gateways,
    internet_gateway_id, |g| g.owner_id.as_deref(), tags, map::internet_gateway
);

listing!(
    /// Network ACLs.
    network_acls: "AWS::EC2::NetworkAcl", "network-acl", "ec2:DescribeNetworkAcls",
    describe_network_acls(1000), network_acls, network_acl_id, |a| a.owner_id.as_deref(), tags,
    map::network_acl
);

listing!(
    /// Network interfaces.
    interfaces: "AWS::EC2::NetworkInterface", "network-interface", "ec2:DescribeNetworkInterfaces",
    describe_network_interfaces(1000), network_interfaces, network_interface_id,
    |n| n.owner_id.as_deref(), tag_set, map::network_interface
);

listing!(
    /// VPC endpoints.
    endpoints: "AWS::EC2::VPCEndpoint", "vpc-endpoint", "ec2:DescribeVpcEndpoints",
    describe_vpc_endpoints(1000), vpc_endpoints, vpc_endpoint_id, |e| e.owner_id.as_deref(), tags,
    map::endpoint
);

listing!(
    /// Transit gateways, those that others share included.
    transit_gateways: "AWS::EC2::TransitGateway", "transit-gateway", "ec2:DescribeTransitGateways",
    describe_transit_gateways(1000), transit_gateways, transit_gateway_id, |g| g.owner_id.as_deref(),
    tags, map::transit_gateway
);

listing!(
    /// Peering connections.
    peering_connections: "AWS::EC2::VPCPeeringConnection", "vpc-peering-connection",
    "ec2:DescribeVpcPeeringConnections", describe_vpc_peering_connections(1000),
    vpc_peering_connections, vpc_peering_connection_id, |item| None, tags, map::peering_connection
);

listing!(
    /// Flow logs.
    flow_logs: "AWS::EC2::FlowLog", "vpc-flow-log", "ec2:DescribeFlowLogs",
    describe_flow_logs(1000), flow_logs, flow_log_id, |item| None, tags, map::flow_log
);

/// Elastic addresses: the operation has no pages.
pub(crate) async fn addresses(cx: &Cx, ec2: &Client) {
    const KIND: &str = "AWS::EC2::EIP";
    let mut listing = cx.listing(KIND);
    let called = cx.call("ec2:DescribeAddresses", &[], ec2.describe_addresses().send()).await;
    if let Some(got) = listing.page(called) {
        match &got.answer.addresses {
            None => listing.stop(crate::page::lacking("addresses", &got.id)),
            Some(all) => {
                for a in all {
                    // Addresses of EC2-Classic have no allocation.
                    let id = a.allocation_id.as_ref().or(a.public_ip.as_ref());
                    let tags = a.tags.as_ref();
                    let found = Found { kind: KIND, noun: "elastic-ip", id, owner: None, tags };
                    if let Some(d) = draft(cx, &mut listing, &found, map::address(a), &got.id) {
                        cx.put(d).await;
                    }
                }
            }
        }
    }
    listing.complete();
}

/// Security groups. The ids of their rules come from an operation of their own.
pub(crate) async fn security_groups(cx: &Cx, ec2: &Client) {
    const KIND: &str = "AWS::EC2::SecurityGroup";
    let rules = rules(cx, ec2).await;
    let mut listing = cx.listing(KIND);
    let request = || ec2.describe_security_groups().max_results(1000);
    pages!(cx, listing, "ec2:DescribeSecurityGroups", request(), security_groups, |items, call| {
        for g in &items {
            let (id, owner, tags) = (g.group_id.as_ref(), g.owner_id.as_deref(), g.tags.as_ref());
            let found = Found { kind: KIND, noun: "security-group", id, owner, tags };
            let facets = map::security_group(g);
            let Some(mut d) = draft(cx, &mut listing, &found, facets, &call) else { continue };
            let own = |all: &BTreeMap<String, Vec<Value>>| {
                id.and_then(|id| all.get(id)).cloned().unwrap_or_else(Vec::new)
            };
            match &rules {
                Ok((all, call)) => d.set("SecurityGroupRules", Facet::known(own(all), call)),
                Err(gap) => d.lose(&["SecurityGroupRules"], gap),
            };
            cx.put(d).await;
        }
    });
    listing.complete();
}

/// All rules of the region, by group.
async fn rules(cx: &Cx, ec2: &Client) -> Result<(BTreeMap<String, Vec<Value>>, String), Gap> {
    let request = || ec2.describe_security_group_rules().max_results(1000);
    let (all, call) =
        gather(ask!(cx, "ec2:DescribeSecurityGroupRules", &[], request(), security_group_rules))
            .await?;
    let mut out: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for rule in &all {
        let Some(group) = rule.group_id.clone() else {
            return Err(crate::page::lacking("the group of a rule", &call));
        };
        out.entry(group).or_default().push(map::security_group_rule(rule));
    }
    Ok((out, call))
}

/// Endpoint services of the account, each with its permissions.
pub(crate) async fn endpoint_services(cx: &Cx, ec2: &Client) {
    const KIND: &str = "AWS::EC2::VPCEndpointService";
    let mut listing = cx.listing(KIND);
    let request = || ec2.describe_vpc_endpoint_service_configurations().max_results(1000);
    pages!(
        cx,
        listing,
        "ec2:DescribeVpcEndpointServiceConfigurations",
        request(),
        service_configurations,
        |items, call| {
            let mut drafts = Vec::new();
            for s in &items {
                let (id, tags) = (s.service_id.as_ref(), s.tags.as_ref());
                let found =
                    Found { kind: KIND, noun: "vpc-endpoint-service", id, owner: None, tags };
                let facets = map::endpoint_service(s);
                drafts.extend(draft(cx, &mut listing, &found, facets, &call));
            }
            let all = drafts.into_iter().map(|d| permitted(cx, ec2, d));
            for d in cx.bounded(all, 8).await {
                cx.put(d).await;
            }
        }
    );
    listing.complete();
}

async fn permitted(cx: &Cx, ec2: &Client, mut d: Draft) -> Draft {
    const FACET: &str = "VPCEndpointServicePermissions";
    let id = d.resource.name.clone();
    let id = id.as_str();
    let params = [("ServiceId", id)];
    let params = &params;
    let request = || ec2.describe_vpc_endpoint_service_permissions().service_id(id);
    let request = &request;
    let principals = gather(ask!(
        cx,
        "ec2:DescribeVpcEndpointServicePermissions",
        params,
        request(),
        allowed_principals
    ))
    .await;
    match principals {
        Ok((all, call)) => {
            let all: Option<Vec<Value>> =
                all.iter().map(|p| p.principal.as_deref().map(Value::from)).collect();
            d.set(FACET, Facet::expected(all.map(|p| json!({"AllowedPrincipals": p})), &call));
        }
        Err(gap) => {
            d.lose(&[FACET], &gap);
        }
    }
    d
}

/// Prefix lists. The entries of the provider's own lists are not read.
pub(crate) async fn prefix_lists(cx: &Cx, ec2: &Client) {
    const KIND: &str = "AWS::EC2::PrefixList";
    let mut listing = cx.listing(KIND);
    let request = || ec2.describe_managed_prefix_lists().max_results(100);
    pages!(
        cx,
        listing,
        "ec2:DescribeManagedPrefixLists",
        request(),
        prefix_lists,
        |items, call| {
            let mut drafts = Vec::new();
            for l in &items {
                let owner = l.owner_id.as_deref().map(|o| if o == "AWS" { "aws" } else { o });
                let (id, tags) = (l.prefix_list_id.as_ref(), l.tags.as_ref());
                let found = Found { kind: KIND, noun: "prefix-list", id, owner, tags };
                let facets = map::prefix_list(l);
                let own = l.owner_id.as_deref() != Some("AWS");
                drafts.extend(draft(cx, &mut listing, &found, facets, &call).map(|d| (own, d)));
            }
            let all = drafts.into_iter().map(|(own, d)| entries(cx, ec2, own, d));
            for d in cx.bounded(all, 8).await {
                cx.put(d).await;
            }
        }
    );
    listing.complete();
}

async fn entries(cx: &Cx, ec2: &Client, own: bool, mut d: Draft) -> Draft {
    if !own {
        return d;
    }
    let id = d.resource.name.clone();
    let id = id.as_str();
    let params = [("PrefixListId", id)];
    let params = &params;
    let request = || ec2.get_managed_prefix_list_entries().prefix_list_id(id).max_results(100);
    let request = &request;
    let all = gather(ask!(cx, "ec2:GetManagedPrefixListEntries", params, request(), entries)).await;
    match all {
        Ok((all, call)) => {
            let all: Option<Vec<Value>> =
                all.iter().map(|e| Some(json!({"Cidr": e.cidr.as_deref()?}))).collect();
            d.set("Entries", Facet::expected(all, &call));
        }
        Err(gap) => {
            d.lose(&["Entries"], &gap);
        }
    }
    d
}
