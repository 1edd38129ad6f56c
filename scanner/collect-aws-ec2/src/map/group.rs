//! Security groups: one member for each protocol, port range and peer, as CloudFormation has it.

use aws_sdk_ec2::types::{IpPermission, SecurityGroup, SecurityGroupRule};
use serde_json::{Map, Value};

use super::{Facets, text};

/// Which way the rules go: it names the peers.
struct Way {
    list: &'static str,
    group: &'static str,
    owner: &'static str,
}

const INGRESS: Way = Way {
    list: "SourcePrefixListId",
    group: "SourceSecurityGroupId",
    owner: "SourceSecurityGroupOwnerId",
};

const EGRESS: Way = Way {
    list: "DestinationPrefixListId",
    group: "DestinationSecurityGroupId",
    owner: "DestinationSecurityGroupOwnerId",
};

pub(crate) fn security_group(g: &SecurityGroup) -> Map<String, Value> {
    let rules = |of: Option<&Vec<IpPermission>>, way: &Way| {
        of.and_then(|l| l.iter().map(|p| permission(p, way)).collect::<Option<Vec<_>>>())
            .map(|l| Value::Array(l.concat()))
    };
    Facets::default()
        .must("GroupId", text(g.group_id.as_ref()))
        .must("GroupName", text(g.group_name.as_ref()))
        .must("GroupDescription", text(g.description.as_ref()))
        .may("VpcId", text(g.vpc_id.as_ref()))
        .must("OwnerId", text(g.owner_id.as_ref()))
        .must("SecurityGroupIngress", rules(g.ip_permissions.as_ref(), &INGRESS))
        .must("SecurityGroupEgress", rules(g.ip_permissions_egress.as_ref(), &EGRESS))
        .done()
}

/// The rules of a permission. `None` where it names no protocol or a peer has no name: the whole
/// list is then unknown, since a rule would be missing in it. The API leaves out what a permission
/// does not use.
fn permission(p: &IpPermission, way: &Way) -> Option<Vec<Value>> {
    let protocol = text(p.ip_protocol.as_ref())?;
    let rule = |description: Option<&String>| {
        Facets::default()
            .must("IpProtocol", Some(protocol))
            .must("FromPort", p.from_port)
            .must("ToPort", p.to_port)
            .must("Description", text(description))
    };
    let mut out = Vec::new();
    for r in p.ip_ranges.iter().flatten() {
        let cidr = text(r.cidr_ip.as_ref())?;
        out.push(rule(r.description.as_ref()).must("CidrIp", Some(cidr)).value());
    }
    for r in p.ipv6_ranges.iter().flatten() {
        let cidr = text(r.cidr_ipv6.as_ref())?;
        out.push(rule(r.description.as_ref()).must("CidrIpv6", Some(cidr)).value());
    }
    for l in p.prefix_list_ids.iter().flatten() {
        let id = text(l.prefix_list_id.as_ref())?;
        out.push(rule(l.description.as_ref()).must(way.list, Some(id)).value());
    }
    for g in p.user_id_group_pairs.iter().flatten() {
        // Groups of EC2-Classic have a name only.
        let id = text(g.group_id.as_ref()).or(text(g.group_name.as_ref()))?;
        let rule = rule(g.description.as_ref()).must(way.group, Some(id));
        out.push(rule.must(way.owner, text(g.user_id.as_ref())).value());
    }
    Some(out)
}

/// One rule with its id; its group is the key by which it is folded.
pub(crate) fn security_group_rule(r: &SecurityGroupRule) -> Value {
    let group = r.referenced_group_info.as_ref().and_then(|g| g.group_id.as_ref());
    Facets::default()
        .must("SecurityGroupRuleId", text(r.security_group_rule_id.as_ref()))
        .must("IsEgress", r.is_egress)
        .must("IpProtocol", text(r.ip_protocol.as_ref()))
        .must("FromPort", r.from_port)
        .must("ToPort", r.to_port)
        .must("CidrIpv4", text(r.cidr_ipv4.as_ref()))
        .must("CidrIpv6", text(r.cidr_ipv6.as_ref()))
        .must("PrefixListId", text(r.prefix_list_id.as_ref()))
        .must("ReferencedGroupId", text(group))
        .value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::{IpRange, Ipv6Range, PrefixListId, UserIdGroupPair};
    use serde_json::json;

    #[test]
    fn a_permission_is_one_rule_for_each_peer() {
        let p = IpPermission::builder()
            .ip_protocol("tcp")
            .from_port(22)
            .to_port(22)
            .ip_ranges(IpRange::builder().cidr_ip("10.0.0.0/8").description("office").build())
            .ipv6_ranges(Ipv6Range::builder().cidr_ipv6("::/0").build())
            .prefix_list_ids(PrefixListId::builder().prefix_list_id("pl-1").build())
            .user_id_group_pairs(UserIdGroupPair::builder().group_id("sg-2").user_id("1").build())
            .build();
        let g = SecurityGroup::builder().ip_permissions(p).set_ip_permissions_egress(Some(vec![]));
        let g = security_group(&g.build());
        assert_eq!(g["SecurityGroupEgress"], json!([]));
        assert_eq!(
            g["SecurityGroupIngress"],
            json!([
                {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "10.0.0.0/8", "Description": "office"},
                {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIpv6": "::/0"},
                {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "SourcePrefixListId": "pl-1"},
                {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "SourceSecurityGroupId": "sg-2",
                 "SourceSecurityGroupOwnerId": "1"}
            ])
        );
    }

    #[test]
    fn a_rule_that_cannot_be_read_hides_the_list() {
        let p = IpPermission::builder().ip_protocol("tcp").ip_ranges(IpRange::builder().build());
        let g = security_group(&SecurityGroup::builder().ip_permissions(p.build()).build());
        assert!(!g.contains_key("SecurityGroupIngress"));
        assert!(!g.contains_key("SecurityGroupEgress"), "no list at all");
    }
}
