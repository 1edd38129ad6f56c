//! What leads out of a VPC: endpoints, endpoint services, transit gateways, peering, prefix lists.

use aws_sdk_ec2::types::{
    ManagedPrefixList, ServiceConfiguration, TransitGateway, VpcEndpoint, VpcPeeringConnection,
    VpcPeeringConnectionVpcInfo,
};
use serde_json::{Map, Value};

use super::{Facets, list, text, texts};

pub(crate) fn endpoint(e: &VpcEndpoint) -> Map<String, Value> {
    let none = Vec::new();
    // Lists that the API leaves out for kinds of endpoints that have none.
    let ids = |of: Option<&Vec<String>>| texts(Some(of.unwrap_or(&none)));
    let out = Facets::default()
        .must("VpcEndpointId", text(e.vpc_endpoint_id.as_ref()))
        .must("VpcEndpointType", e.vpc_endpoint_type.as_ref().map(|t| t.as_str()))
        .must("VpcId", text(e.vpc_id.as_ref()))
        .must("OwnerId", text(e.owner_id.as_ref()))
        .may("ServiceName", text(e.service_name.as_ref()))
        .must("State", e.state.as_ref().map(|s| s.as_str()))
        .must("RouteTableIds", ids(e.route_table_ids.as_ref()))
        .must("SubnetIds", ids(e.subnet_ids.as_ref()))
        .must(
            "SecurityGroupIds",
            list(Some(e.groups.as_ref().unwrap_or(&Vec::new())), |g| {
                text(g.group_id.as_ref()).map(Into::into)
            }),
        )
        .may("PrivateDnsEnabled", e.private_dns_enabled);
    // A text that is no JSON is kept: the type file's check makes it a gap.
    let policy = text(e.policy_document.as_ref())
        .map(|t| serde_json::from_str::<Value>(t).unwrap_or_else(|_| t.into()));
    out.may("PolicyDocument", policy).done()
}

pub(crate) fn endpoint_service(s: &ServiceConfiguration) -> Map<String, Value> {
    let none = Vec::new();
    // Of the two kinds of load balancers the API gives the one that is there.
    let arns = |of: Option<&Vec<String>>| texts(Some(of.unwrap_or(&none)));
    Facets::default()
        .must("ServiceId", text(s.service_id.as_ref()))
        .must("ServiceName", text(s.service_name.as_ref()))
        .must("ServiceState", s.service_state.as_ref().map(|s| s.as_str()))
        .must("AcceptanceRequired", s.acceptance_required)
        .must("NetworkLoadBalancerArns", arns(s.network_load_balancer_arns.as_ref()))
        .must("GatewayLoadBalancerArns", arns(s.gateway_load_balancer_arns.as_ref()))
        .done()
}

pub(crate) fn transit_gateway(g: &TransitGateway) -> Map<String, Value> {
    let options = g.options.as_ref();
    Facets::default()
        .must("TransitGatewayId", text(g.transit_gateway_id.as_ref()))
        .must("OwnerId", text(g.owner_id.as_ref()))
        .must("State", g.state.as_ref().map(|s| s.as_str()))
        .may("Description", text(g.description.as_ref()))
        .must(
            "AutoAcceptSharedAttachments",
            options.and_then(|o| o.auto_accept_shared_attachments.as_ref()).map(|v| v.as_str()),
        )
        .must(
            "DefaultRouteTableAssociation",
            options.and_then(|o| o.default_route_table_association.as_ref()).map(|v| v.as_str()),
        )
        .must(
            "DefaultRouteTablePropagation",
            options.and_then(|o| o.default_route_table_propagation.as_ref()).map(|v| v.as_str()),
        )
        .done()
}

pub(crate) fn peering_connection(c: &VpcPeeringConnection) -> Map<String, Value> {
    let status = c
        .status
        .as_ref()
        .map(|s| Facets::default().must("Code", s.code.as_ref().map(|c| c.as_str())).value());
    Facets::default()
        .must("VpcPeeringConnectionId", text(c.vpc_peering_connection_id.as_ref()))
        .must("Status", status)
        .must("RequesterVpcInfo", c.requester_vpc_info.as_ref().map(side))
        .must("AccepterVpcInfo", c.accepter_vpc_info.as_ref().map(side))
        .done()
}

/// One side. All its blocks in one list; a side that has not accepted yet shows none, which is no
/// statement about its blocks, so the list is then missing.
fn side(i: &VpcPeeringConnectionVpcInfo) -> Value {
    let v4 = i.cidr_block_set.iter().flatten().filter_map(|b| b.cidr_block.as_deref());
    let v6 = i.ipv6_cidr_block_set.iter().flatten().filter_map(|b| b.ipv6_cidr_block.as_deref());
    let mut blocks: Vec<&str> = i.cidr_block.as_deref().into_iter().chain(v4).chain(v6).collect();
    blocks.sort_unstable();
    blocks.dedup();
    let blocks = (!blocks.is_empty()).then(|| Value::from(blocks));
    Facets::default()
        .must("OwnerId", text(i.owner_id.as_ref()))
        .must("VpcId", text(i.vpc_id.as_ref()))
        .must("Region", text(i.region.as_ref()))
        .must("CidrBlocks", blocks)
        .value()
}

pub(crate) fn prefix_list(l: &ManagedPrefixList) -> Map<String, Value> {
    Facets::default()
        .must("PrefixListId", text(l.prefix_list_id.as_ref()))
        .must("PrefixListName", text(l.prefix_list_name.as_ref()))
        .must("OwnerId", text(l.owner_id.as_ref()))
        .may("AddressFamily", text(l.address_family.as_ref()))
        .may("State", l.state.as_ref().map(|s| s.as_str()))
        .done()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_policy_is_parsed_and_odd_text_is_kept_for_the_check() {
        let policy = |t: &str| {
            endpoint(&VpcEndpoint::builder().policy_document(t).build())["PolicyDocument"].clone()
        };
        assert_eq!(policy("{\"Statement\":[]}"), json!({"Statement": []}));
        assert_eq!(policy("{"), json!("{"));
        assert_eq!(endpoint(&VpcEndpoint::builder().build())["PolicyDocument"], Value::Null);
    }

    #[test]
    fn a_side_without_blocks_says_nothing_of_them() {
        let side = side(&VpcPeeringConnectionVpcInfo::builder().vpc_id("vpc-1").build());
        assert_eq!(side, json!({"VpcId": "vpc-1"}));
    }
}
