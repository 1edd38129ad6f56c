//! VPCs, subnets, routes, network ACLs, flow logs.

use aws_sdk_ec2::types::{
    BlockPublicAccessStates, FlowLog, InternetGateway, NetworkAcl, NetworkAclEntry, Route,
    RouteTable, Subnet, Vpc,
};
use serde_json::{Map, Value};

use super::{Facets, list, text};

pub(crate) fn vpc(v: &Vpc) -> Map<String, Value> {
    Facets::default()
        .must("VpcId", text(v.vpc_id.as_ref()))
        .must("OwnerId", text(v.owner_id.as_ref()))
        .must("State", v.state.as_ref().map(|s| s.as_str()))
        .must("CidrBlock", text(v.cidr_block.as_ref()))
        .must(
            "CidrBlockAssociationSet",
            list(v.cidr_block_association_set.as_ref(), |a| {
                let state = a.cidr_block_state.as_ref().and_then(|s| s.state.as_ref());
                Some(
                    Facets::default()
                        .must("CidrBlock", text(a.cidr_block.as_ref()))
                        .must("State", state.map(|s| s.as_str()))
                        .value(),
                )
            }),
        )
        // Left out where the VPC has no IPv6 block.
        .must(
            "Ipv6CidrBlockAssociationSet",
            list(Some(v.ipv6_cidr_block_association_set.as_ref().unwrap_or(&Vec::new())), |a| {
                let state = a.ipv6_cidr_block_state.as_ref().and_then(|s| s.state.as_ref());
                Some(
                    Facets::default()
                        .must("Ipv6CidrBlock", text(a.ipv6_cidr_block.as_ref()))
                        .must("State", state.map(|s| s.as_str()))
                        .value(),
                )
            }),
        )
        .must("IsDefault", v.is_default)
        .must("InstanceTenancy", v.instance_tenancy.as_ref().map(|t| t.as_str()))
        .must("DhcpOptionsId", text(v.dhcp_options_id.as_ref()))
        .may("BlockPublicAccessStates", v.block_public_access_states.as_ref().map(blocks))
        .done()
}

fn blocks(b: &BlockPublicAccessStates) -> Value {
    let mode = b.internet_gateway_block_mode.as_ref().map(|m| m.as_str());
    Facets::default().must("InternetGatewayBlockMode", mode).value()
}

pub(crate) fn subnet(s: &Subnet) -> Map<String, Value> {
    Facets::default()
        .must("SubnetId", text(s.subnet_id.as_ref()))
        .must("VpcId", text(s.vpc_id.as_ref()))
        .must("OwnerId", text(s.owner_id.as_ref()))
        .must("State", s.state.as_ref().map(|s| s.as_str()))
        .must("AvailabilityZone", text(s.availability_zone.as_ref()))
        .may("CidrBlock", text(s.cidr_block.as_ref()))
        .must(
            "Ipv6CidrBlockAssociationSet",
            list(Some(s.ipv6_cidr_block_association_set.as_ref().unwrap_or(&Vec::new())), |a| {
                let state = a.ipv6_cidr_block_state.as_ref().and_then(|s| s.state.as_ref());
                Some(
                    Facets::default()
                        .must("Ipv6CidrBlock", text(a.ipv6_cidr_block.as_ref()))
                        .must("State", state.map(|s| s.as_str()))
                        .value(),
                )
            }),
        )
        .must("MapPublicIpOnLaunch", s.map_public_ip_on_launch)
        .must("AssignIpv6AddressOnCreation", s.assign_ipv6_address_on_creation)
        .must("Ipv6Native", s.ipv6_native)
        .must("DefaultForAz", s.default_for_az)
        .may("BlockPublicAccessStates", s.block_public_access_states.as_ref().map(blocks))
        .done()
}

pub(crate) fn route_table(t: &RouteTable) -> Map<String, Value> {
    Facets::default()
        .must("RouteTableId", text(t.route_table_id.as_ref()))
        .must("VpcId", text(t.vpc_id.as_ref()))
        .must("OwnerId", text(t.owner_id.as_ref()))
        .must("Routes", list(t.routes.as_ref(), |r| Some(route(r))))
        .must(
            "Associations",
            list(t.associations.as_ref(), |a| {
                Some(
                    Facets::default()
                        .must("Main", a.main)
                        .must("SubnetId", text(a.subnet_id.as_ref()))
                        .must("GatewayId", text(a.gateway_id.as_ref()))
                        .value(),
                )
            }),
        )
        .done()
}

fn route(r: &Route) -> Value {
    Facets::default()
        .must("DestinationCidrBlock", text(r.destination_cidr_block.as_ref()))
        .must("DestinationIpv6CidrBlock", text(r.destination_ipv6_cidr_block.as_ref()))
        .must("DestinationPrefixListId", text(r.destination_prefix_list_id.as_ref()))
        .must("GatewayId", text(r.gateway_id.as_ref()))
        .must("NatGatewayId", text(r.nat_gateway_id.as_ref()))
        .must("InstanceId", text(r.instance_id.as_ref()))
        .must("NetworkInterfaceId", text(r.network_interface_id.as_ref()))
        .must("VpcPeeringConnectionId", text(r.vpc_peering_connection_id.as_ref()))
        .must("TransitGatewayId", text(r.transit_gateway_id.as_ref()))
        .must("EgressOnlyInternetGatewayId", text(r.egress_only_internet_gateway_id.as_ref()))
        .must("CarrierGatewayId", text(r.carrier_gateway_id.as_ref()))
        .must("LocalGatewayId", text(r.local_gateway_id.as_ref()))
        .must("CoreNetworkArn", text(r.core_network_arn.as_ref()))
        .must("State", r.state.as_ref().map(|s| s.as_str()))
        .must("Origin", r.origin.as_ref().map(|o| o.as_str()))
        .value()
}

pub(crate) fn internet_gateway(g: &InternetGateway) -> Map<String, Value> {
    Facets::default()
        .must("InternetGatewayId", text(g.internet_gateway_id.as_ref()))
        .must("OwnerId", text(g.owner_id.as_ref()))
        .must(
            "Attachments",
            list(g.attachments.as_ref(), |a| {
                Some(
                    Facets::default()
                        .must("VpcId", text(a.vpc_id.as_ref()))
                        .must("State", a.state.as_ref().map(|s| s.as_str()))
                        .value(),
                )
            }),
        )
        .done()
}

pub(crate) fn network_acl(a: &NetworkAcl) -> Map<String, Value> {
    Facets::default()
        .must("NetworkAclId", text(a.network_acl_id.as_ref()))
        .must("VpcId", text(a.vpc_id.as_ref()))
        .must("OwnerId", text(a.owner_id.as_ref()))
        .must("IsDefault", a.is_default)
        .must("Entries", list(a.entries.as_ref(), |e| Some(entry(e))))
        .must(
            "Associations",
            list(a.associations.as_ref(), |a| {
                Some(Facets::default().must("SubnetId", text(a.subnet_id.as_ref())).value())
            }),
        )
        .done()
}

fn entry(e: &NetworkAclEntry) -> Value {
    let range = e
        .port_range
        .as_ref()
        .map(|p| Facets::default().must("From", p.from).must("To", p.to).value());
    Facets::default()
        .must("RuleNumber", e.rule_number)
        .must("Egress", e.egress)
        .must("Protocol", text(e.protocol.as_ref()))
        .must("RuleAction", e.rule_action.as_ref().map(|a| a.as_str()))
        .must("CidrBlock", text(e.cidr_block.as_ref()))
        .must("Ipv6CidrBlock", text(e.ipv6_cidr_block.as_ref()))
        .must("PortRange", range)
        .value()
}

pub(crate) fn flow_log(f: &FlowLog) -> Map<String, Value> {
    Facets::default()
        .must("FlowLogId", text(f.flow_log_id.as_ref()))
        .must("ResourceId", text(f.resource_id.as_ref()))
        .may("TrafficType", f.traffic_type.as_ref().map(|t| t.as_str()))
        .must("FlowLogStatus", text(f.flow_log_status.as_ref()))
        .may("DeliverLogsStatus", text(f.deliver_logs_status.as_ref()))
        .may("DeliverLogsErrorMessage", text(f.deliver_logs_error_message.as_ref()))
        .must("LogDestinationType", f.log_destination_type.as_ref().map(|t| t.as_str()))
        .may("LogDestination", text(f.log_destination.as_ref()))
        .may("LogGroupName", text(f.log_group_name.as_ref()))
        .must("MaxAggregationInterval", f.max_aggregation_interval)
        .done()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::{PortRange, RuleAction};
    use serde_json::json;

    #[test]
    fn what_an_answer_lacks_stays_unknown() {
        let v = vpc(&Vpc::builder().vpc_id("vpc-1").build());
        assert_eq!(v.get("IsDefault"), None, "always given: unknown");
        assert_eq!(v.get("BlockPublicAccessStates"), Some(&Value::Null), "left out: absent");
        assert_eq!(v.get("CidrBlockAssociationSet"), None);
        assert!(!route_table(&RouteTable::builder().build()).contains_key("Routes"));
    }

    #[test]
    fn entries_keep_their_order_and_ports() {
        let e = NetworkAclEntry::builder()
            .rule_number(100)
            .egress(false)
            .protocol("6")
            .rule_action(RuleAction::Allow)
            .cidr_block("0.0.0.0/0")
            .port_range(PortRange::builder().from(22).to(22).build())
            .build();
        let acl = network_acl(&NetworkAcl::builder().entries(e).build());
        assert_eq!(
            acl["Entries"],
            json!([{"RuleNumber": 100, "Egress": false, "Protocol": "6", "RuleAction": "allow",
                    "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 22, "To": 22}}])
        );
    }
}
