//! Routes to the internet, and `internet_route` of a subnet.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_core::rule::RelatedScope;
use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use super::prefix_list::{LOOK, PrefixLists};
use super::set::{AddressSet, Family};
use super::{list, malformed, member, object, text};
use crate::{Deriver, Need, World, memo};

const KIND: &str = "AWS::EC2::RouteTable";

/// What derivers that read routes need.
pub(super) const NEED: Need = Need {
    kind: KIND,
    scope: RelatedScope::Region,
    facets: &["RouteTableId", "VpcId", "Routes", "Associations"],
};

/// The route table of each subnet, and the main one of each VPC.
#[derive(Debug, Default)]
pub(super) struct Tables {
    by_subnet: BTreeMap<String, Arc<Resource>>,
    main: BTreeMap<String, Arc<Resource>>,
}

impl Tables {
    /// Reads the tables around a document.
    pub(super) fn load(world: &dyn World) -> Self {
        let mut out = Self::default();
        for table in world.related(KIND, RelatedScope::Region).iter() {
            for a in list(table, "Associations").unwrap_or_default() {
                if let Some(subnet) = member(a, "SubnetId") {
                    out.by_subnet.insert(subnet.to_owned(), Arc::clone(table));
                }
                if let (Some(true), Ok(vpc)) =
                    (a.get("Main").and_then(Value::as_bool), text(table, "VpcId"))
                {
                    out.main.insert(vpc.to_owned(), Arc::clone(table));
                }
            }
        }
        out
    }

    /// The table that a subnet uses: its own, else the main one of its VPC.
    pub(super) fn of(&self, subnet: &str, vpc: &str) -> Result<&Arc<Resource>, Gap> {
        self.by_subnet.get(subnet).or_else(|| self.main.get(vpc)).ok_or_else(|| {
            let detail = format!("no route table of subnet {subnet} is listed");
            Gap::new(GapState::Unsupported, detail)
        })
    }
}

/// The destinations that a table sends to an internet gateway; the most specific route wins.
pub(super) fn internet(
    table: &Resource,
    family: Family,
    lists: &PrefixLists,
) -> Result<AddressSet, Gap> {
    let mut routes: Vec<(u8, bool, AddressSet)> = Vec::new();
    for route in list(table, "Routes")? {
        if member(route, "State") == Some("blackhole") {
            continue;
        }
        let gateway = member(route, "GatewayId").is_some_and(|g| g.starts_with("igw-"));
        for name in ["DestinationCidrBlock", "DestinationIpv6CidrBlock"] {
            if let Some(text) = member(route, name) {
                let set = AddressSet::block(text)
                    .ok_or_else(|| malformed(format!("{text:?} is no block")))?;
                routes.push((length(text), gateway, set));
            }
        }
        if let Some(id) = member(route, "DestinationPrefixListId") {
            match lists.resolve(id) {
                // Blocks of a list have lengths of their own.
                Ok(sets) => {
                    routes.extend(sets.iter().flat_map(AddressSet::blocks).filter_map(|b| {
                        Some((b.prefix_len(), gateway, AddressSet::block(&b.to_string())?))
                    }))
                }
                Err(gap) if gateway => return Err(gap),
                // What leads elsewhere can only make the answer smaller.
                Err(_) => {}
            }
        }
    }
    routes.sort_by_key(|(length, gateway, _)| (*length, *gateway));
    let mut out = AddressSet::empty(family);
    for (_, gateway, set) in routes.iter().filter(|(_, _, s)| s.family() == family) {
        out = if *gateway { out.or(set) } else { out.minus(set) };
    }
    Ok(out.and(AddressSet::public(family)))
}

fn length(cidr: &str) -> u8 {
    cidr.rsplit('/').next().and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// `internet_route` of a subnet: whether its routes lead to an internet gateway.
#[derive(Debug, Clone, Copy)]
pub struct InternetRoute;

impl Deriver for InternetRoute {
    fn name(&self) -> &'static str {
        "internet_route"
    }

    fn types(&self) -> &'static [&'static str] {
        &["AWS::EC2::Subnet"]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/SubnetId", "/VpcId"]
    }

    fn needs(&self) -> &'static [Need] {
        &[NEED]
    }

    fn looks(&self) -> &'static [Need] {
        &[LOOK]
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let tables = memo(world, &format!("net/routes/{}", doc.region), || Tables::load(world));
        let lists =
            memo(world, &format!("net/prefix-lists/{}", doc.region), || PrefixLists::load(world));
        let table = tables.of(text(doc, "SubnetId")?, text(doc, "VpcId")?)?;
        Ok(object([
            ("ipv4", json!(!internet(table, Family::V4, &lists)?.is_empty())),
            ("ipv6", json!(!internet(table, Family::V6, &lists)?.is_empty())),
            ("route_table", json!(text(table, "RouteTableId")?)),
        ]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(routes: Value) -> Resource {
        let mut t = Resource::new(KIND, "arn:rtb", "aws", "1", "r", "rtb-1");
        t.properties.insert("Routes".into(), routes);
        t
    }

    #[test]
    fn the_most_specific_route_wins() {
        let none = PrefixLists::default();
        let t = table(json!([
            {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"},
            {"DestinationCidrBlock": "0.0.0.0/1", "NatGatewayId": "nat-1", "State": "active"},
            {"DestinationCidrBlock": "128.0.0.0/1", "NatGatewayId": "nat-1", "State": "active"},
            {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1", "State": "active"}
        ]));
        assert!(internet(&t, Family::V4, &none).unwrap().is_empty());
        assert!(internet(&t, Family::V6, &none).unwrap().is_empty());
        let t = table(json!([
            {"DestinationCidrBlock": "0.0.0.0/0", "TransitGatewayId": "tgw-1", "State": "active"},
            {"DestinationCidrBlock": "8.0.0.0/8", "GatewayId": "igw-1", "State": "active"}
        ]));
        assert!(!internet(&t, Family::V4, &none).unwrap().is_empty());
        assert!(!internet(&t, Family::V4, &none).unwrap().is_internet());
        let t = table(json!([
            {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "blackhole"}
        ]));
        assert!(internet(&t, Family::V4, &none).unwrap().is_empty());
    }
}
