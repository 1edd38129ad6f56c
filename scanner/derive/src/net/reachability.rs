//! `reachability` of an instance: the ways from the internet to its interfaces.

use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::network::{LOOKS, NEEDS, Network, ids};
use super::set::{AddressSet, Family};
use super::{list, malformed, member, object};
use crate::{Deriver, Need, World};

/// `reachability` of an instance.
#[derive(Debug, Clone, Copy)]
pub struct Reachability;

impl Deriver for Reachability {
    fn name(&self) -> &'static str {
        "reachability"
    }

    fn types(&self) -> &'static [&'static str] {
        &["AWS::EC2::Instance"]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/NetworkInterfaces"]
    }

    fn needs(&self) -> &'static [Need] {
        NEEDS
    }

    fn looks(&self) -> &'static [Need] {
        LOOKS
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let network = Network::around(doc, world);
        let (mut paths, mut unseen) = (Vec::new(), None);
        for interface in list(doc, "NetworkInterfaces")? {
            let odd = || malformed("an interface without id or subnet");
            let id = member(interface, "NetworkInterfaceId").ok_or_else(odd)?;
            let subnet = member(interface, "SubnetId").ok_or_else(odd)?;
            let groups = ids(interface.get("Groups"));
            // Public IPv4 addresses are public by their name; IPv6 addresses can be local.
            let v4 = ids(interface.get("PublicIps")).into_iter().next();
            let v6 =
                ids(interface.get("Ipv6Addresses")).into_iter().find(|a| AddressSet::is_public(a));
            for (family, address) in [(Family::V4, v4), (Family::V6, v6)] {
                let Some(address) = address else { continue };
                let ways = network.paths(subnet, &groups, family).and_then(|w| w.wanted(|_| true));
                let ways = ways.unwrap_or_else(|gap| {
                    unseen.get_or_insert(gap);
                    Vec::new()
                });
                for way in ways {
                    paths.push(object([
                        ("interface", json!(id)),
                        ("address", json!(address)),
                        ("family", json!(family.as_str())),
                        ("subnet", json!(subnet)),
                        ("route_table", json!(way.route_table)),
                        ("network_acl", json!(way.network_acl)),
                        ("groups", json!(groups)),
                        ("protocol", json!(way.protocol)),
                        ("from", json!(way.from)),
                        ("to", json!(way.to)),
                    ]));
                }
            }
        }
        match unseen {
            // One open way is enough; what else is unknown does not matter.
            Some(gap) if paths.is_empty() => Err(gap),
            _ => Ok(object([("reachable", json!(!paths.is_empty())), ("paths", json!(paths))])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fixed;

    fn doc(kind: &str, id: &str, properties: Value) -> Resource {
        let mut r = Resource::new(kind, format!("arn:{id}"), "aws", "1", "eu-west-1", id);
        r.properties = properties.as_object().unwrap().clone();
        r
    }

    fn instance() -> Resource {
        doc(
            "AWS::EC2::Instance",
            "i-1",
            json!({"NetworkInterfaces": [{
            "NetworkInterfaceId": "eni-1", "SubnetId": "subnet-1", "Groups": ["sg-1"],
            "PublicIps": ["54.1.2.3"], "Ipv6Addresses": ["2a05:d018::5"]}]}),
        )
    }

    fn acl(entries: Value) -> Resource {
        doc(
            "AWS::EC2::NetworkAcl",
            "acl-1",
            json!({
            "NetworkAclId": "acl-1", "Associations": [{"SubnetId": "subnet-1"}], "Entries": entries}),
        )
    }

    fn open_acl() -> Resource {
        acl(json!([
            {"RuleNumber": 100, "Egress": false, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"},
            {"RuleNumber": 100, "Egress": true, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"},
            {"RuleNumber": 32767, "Egress": false, "Protocol": "-1", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0"}
        ]))
    }

    fn world(acl: Resource) -> Vec<Resource> {
        vec![
            doc(
                "AWS::EC2::Subnet",
                "subnet-1",
                json!({
                "SubnetId": "subnet-1", "VpcId": "vpc-1", "BlockPublicAccessStates": null}),
            ),
            doc(
                "AWS::EC2::RouteTable",
                "rtb-1",
                json!({
                "RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}],
                "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}]}),
            ),
            doc(
                "AWS::EC2::SecurityGroup",
                "sg-1",
                json!({
                "GroupId": "sg-1", "SecurityGroupIngress": [
                    {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}]}),
            ),
            acl,
        ]
    }

    fn ask(around: Vec<Resource>) -> Result<Value, Gap> {
        let it = instance();
        Reachability.derive(&it, &Fixed::around(&it, around))
    }

    #[test]
    fn the_whole_way_is_open_for_the_family_that_is_routed() {
        let out = ask(world(open_acl())).unwrap();
        assert_eq!(out["reachable"], json!(true));
        let paths = out["paths"].as_array().unwrap();
        assert_eq!(paths.len(), 1, "no IPv6 route, no IPv6 rule");
        assert_eq!(paths[0]["from"], json!(443));
        assert_eq!(paths[0]["route_table"], json!("rtb-1"));
    }

    #[test]
    fn any_closed_piece_closes_the_way() {
        let reach = |w| ask(w).unwrap()["reachable"].clone();
        for piece in 0..4 {
            let mut w = world(open_acl());
            match piece {
                0 => {
                    w[0].properties.insert(
                        "BlockPublicAccessStates".into(),
                        json!({"InternetGatewayBlockMode": "block-ingress"}),
                    );
                }
                1 => {
                    w[1].properties.insert("Routes".into(), json!([{"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"}]));
                }
                2 => {
                    w[2].properties.insert("SecurityGroupIngress".into(), json!([]));
                }
                _ => {
                    w[3] = acl(
                        json!([{"RuleNumber": 100, "Egress": false, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}]),
                    );
                }
            }
            assert_eq!(reach(w), json!(false), "piece {piece}");
        }
    }

    #[test]
    fn a_firewall_endpoint_on_the_way_is_unknown_unless_another_piece_closes_it() {
        for target in ["GatewayId", "TransitGatewayId", "NetworkInterfaceId"] {
            let route =
                json!([{"DestinationCidrBlock": "0.0.0.0/0", target: "vpce-1", "State": "active"}]);
            let mut w = world(open_acl());
            w[1].properties.insert("Routes".into(), route);
            assert_eq!(ask(w.clone()).unwrap_err().state, assay_core::GapState::Unsupported);
            w[2].properties.insert("SecurityGroupIngress".into(), json!([]));
            assert_eq!(ask(w).unwrap()["reachable"], json!(false));
        }
    }

    #[test]
    fn an_interface_without_groups_is_not_closed() {
        let mut it = instance();
        it.properties["NetworkInterfaces"][0]["Groups"] = json!([]);
        assert!(Reachability.derive(&it, &Fixed::around(&it, world(open_acl()))).is_err());
    }

    #[test]
    fn one_open_way_outweighs_an_unknown_one() {
        let mut it = instance();
        let mut more = it.properties["NetworkInterfaces"].as_array().unwrap().clone();
        let mut second = more[0].clone();
        second["SubnetId"] = json!("subnet-of-somebody-else");
        more.insert(0, second);
        it.properties.insert("NetworkInterfaces".into(), json!(more));
        let out = Reachability.derive(&it, &Fixed::around(&it, world(open_acl()))).unwrap();
        assert_eq!(out["reachable"], json!(true));
    }

    #[test]
    fn a_missing_piece_is_a_gap() {
        for piece in 0..4 {
            let mut w = world(open_acl());
            w.remove(piece);
            assert!(ask(w).is_err(), "piece {piece}");
        }
    }
}
