//! `exposure` of a database instance: whether the internet reaches its port.

use std::sync::LazyLock;

use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use crate::net::{Family, LOOKS as NET_LOOKS, NEEDS as NET_NEEDS, Network, Path};
use crate::{Deriver, Need, World};

/// The network, as something to look at: an instance without a public address does not depend on
/// it.
static LOOKS: LazyLock<Vec<Need>> =
    LazyLock::new(|| NET_NEEDS.iter().chain(NET_LOOKS).copied().collect());

/// The deriver.
pub(crate) struct Exposure;

impl Deriver for Exposure {
    fn name(&self) -> &'static str {
        "exposure"
    }

    fn types(&self) -> &'static [&'static str] {
        &["AWS::RDS::DBInstance"]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/PubliclyAccessible", "/Endpoint", "/DBSubnetGroup", "/VPCSecurityGroups"]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn looks(&self) -> &'static [Need] {
        &LOOKS
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let get = |pointer: &str| doc.properties.get(pointer);
        if get("PubliclyAccessible").and_then(Value::as_bool) != Some(true) {
            return Ok(private("the instance has no public address"));
        }
        // An instance that is being made has no endpoint yet: no port is known, so every port is
        // asked for.
        let port = match get("Endpoint").filter(|e| e.is_object()) {
            None => None,
            Some(endpoint) => {
                let port = endpoint.get("Port").and_then(Value::as_u64);
                let port = port.and_then(|p| u16::try_from(p).ok());
                Some(port.ok_or_else(|| Gap::new(GapState::Malformed, "the endpoint has no port"))?)
            }
        };
        let subnets = texts(get("DBSubnetGroup").and_then(|g| g.get("SubnetIds")));
        if subnets.is_empty() {
            return Err(Gap::new(GapState::Unsupported, "the instance names no subnets"));
        }
        for need in NET_NEEDS {
            if let Some(unknown) = world.lacking(need.kind, need.scope, need.facets) {
                return Err(unknown.gap);
            }
        }
        let network = Network::around(doc, world);
        let groups = texts(get("VPCSecurityGroups"));
        let (mut ways, mut unseen) = (Vec::new(), None);
        for subnet in subnets {
            // A public address of a database is an IPv4 one.
            match network.paths(subnet, &groups, Family::V4) {
                Ok(paths) => match paths.wanted(|p| leads_to(p, port)) {
                    Ok(open) => ways.extend(open),
                    Err(gap) => unseen = unseen.or(Some(gap)),
                },
                Err(gap) => unseen = unseen.or(Some(gap)),
            }
        }
        match (unseen, port) {
            (Some(gap), _) if ways.is_empty() => Err(gap),
            _ if ways.is_empty() => Ok(private(
                "the instance has a public address, and no route, network ACL and security group \
                 together let the internet reach its port",
            )),
            (_, None) => Err(Gap::new(
                GapState::Unsupported,
                "the instance has a public address and no endpoint yet; the internet reaches some \
                 ports behind its security groups, and its own port is not known",
            )),
            (_, Some(port)) => {
                let paths: Vec<Value> = ways
                    .iter()
                    .map(|w| {
                        json!({"subnet": w.subnet, "route_table": w.route_table,
                               "network_acl": w.network_acl, "groups": groups, "port": port})
                    })
                    .collect();
                Ok(json!({"public": true, "paths": paths,
                          "reason": format!("the internet reaches port {port}")}))
            }
        }
    }
}

/// Whether a way leads to the port; without one, to any.
fn leads_to(way: &Path, port: Option<u16>) -> bool {
    way.protocol == "tcp" && port.is_none_or(|port| (way.from..=way.to).contains(&port))
}

fn private(reason: &str) -> Value {
    json!({"public": false, "paths": [], "reason": reason})
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fixed, derive};

    fn doc(kind: &str, id: &str, properties: Value) -> Resource {
        let mut r = Resource::new(kind, format!("arn:{id}"), "aws", "1", "eu-west-1", id);
        r.properties = properties.as_object().unwrap().clone();
        r
    }

    fn instance(public: bool) -> Resource {
        doc(
            "AWS::RDS::DBInstance",
            "db",
            json!({
            "PubliclyAccessible": public, "Endpoint": {"Address": "x", "Port": 5432},
            "DBSubnetGroup": {"VpcId": "vpc-1", "SubnetIds": ["subnet-1"]},
            "VPCSecurityGroups": ["sg-1"]}),
        )
    }

    fn network(cidr: &str, target: &str) -> Vec<Resource> {
        let any = |egress: bool| json!({"RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "Egress": egress, "CidrBlock": "0.0.0.0/0"});
        vec![
            doc(
                "AWS::EC2::Subnet",
                "subnet-1",
                json!({"SubnetId": "subnet-1", "VpcId": "vpc-1", "BlockPublicAccessStates": null}),
            ),
            doc(
                "AWS::EC2::RouteTable",
                "rtb-1",
                json!({"RouteTableId": "rtb-1", "VpcId": "vpc-1",
                "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": target, "State": "active"}],
                "Associations": [{"Main": true}]}),
            ),
            doc(
                "AWS::EC2::NetworkAcl",
                "acl-1",
                json!({"NetworkAclId": "acl-1",
                "Entries": [any(true), any(false)], "Associations": [{"SubnetId": "subnet-1", "NetworkAclAssociationId": "a"}]}),
            ),
            doc(
                "AWS::EC2::SecurityGroup",
                "sg-1",
                json!({"GroupId": "sg-1", "SecurityGroupIngress": [
                {"IpProtocol": "tcp", "FromPort": 5000, "ToPort": 6000, "CidrIp": cidr}]}),
            ),
        ]
    }

    fn public(instance: &Resource, around: Vec<Resource>) -> bool {
        let world = Fixed::around(instance, around);
        derive(&Exposure, instance, &world).unwrap()["public"] == true
    }

    #[test]
    fn every_link_counts() {
        assert!(public(&instance(true), network("0.0.0.0/0", "igw-1")));
        assert!(!public(&instance(false), network("0.0.0.0/0", "igw-1")));
        assert!(!public(&instance(true), network("10.0.0.0/8", "igw-1")));
        assert!(!public(&instance(true), network("0.0.0.0/0", "local")));
    }

    #[test]
    fn a_firewall_endpoint_on_the_way_is_unknown() {
        let it = instance(true);
        let ask = |n: Vec<Resource>| derive(&Exposure, &it, &Fixed::around(&it, n));
        assert!(ask(network("0.0.0.0/0", "vpce-1")).is_err());
        assert_eq!(ask(network("10.0.0.0/8", "vpce-1")).unwrap()["public"], json!(false));
        // A second subnet proves it.
        let mut it = instance(true);
        let group = json!({"VpcId": "vpc-1", "SubnetIds": ["subnet-2", "subnet-1"]});
        it.properties.insert("DBSubnetGroup".into(), group);
        assert!(public(&it, network("0.0.0.0/0", "igw-1")), "subnet-2 is not listed");
    }

    #[test]
    fn an_instance_without_endpoint_is_unknown_unless_nothing_is_open() {
        let mut it = instance(true);
        it.properties.insert("Endpoint".into(), Value::Null);
        let ask = |n: Vec<Resource>| derive(&Exposure, &it, &Fixed::around(&it, n));
        assert!(ask(network("0.0.0.0/0", "igw-1")).is_err());
        assert_eq!(ask(network("10.0.0.0/8", "igw-1")).unwrap()["public"], json!(false));
        assert_eq!(ask(network("0.0.0.0/0", "local")).unwrap()["public"], json!(false));
        let mut hidden = instance(false);
        hidden.properties.insert("Endpoint".into(), Value::Null);
        assert!(!public(&hidden, network("0.0.0.0/0", "igw-1")));
    }

    #[test]
    fn an_unknown_network_matters_only_with_a_public_address() {
        let world = |i: &Resource| Fixed::around(i, []).without("AWS::EC2::RouteTable");
        let (open, closed) = (instance(true), instance(false));
        assert!(derive(&Exposure, &open, &world(&open)).is_err());
        assert!(derive(&Exposure, &closed, &world(&closed)).is_ok());
    }
}
