//! Routes to the internet, and `assigned_ipv6` of a subnet.
//!
//! What a route's target says of a connection that somebody on the internet opens to a public
//! address behind it (its answers take this route):
//!
//! | target | way in | why |
//! |---|---|---|
//! | internet gateway | yes | it translates and routes both ways |
//! | `local`, nothing (`blackhole`) | no | the traffic never leaves the VPC, or is dropped |
//! | NAT gateway, egress-only gateway | no | only connections from inside pass, by their documentation |
//! | VPC peering | no | a peer's gateways cannot be used, by its documentation |
//! | endpoint (`vpce-…`), network interface, instance | unknown | an appliance: Gateway Load Balancer, Network Firewall, a router of one's own may hand the traffic to an internet gateway |
//! | transit gateway, core network, virtual private gateway, local gateway, carrier gateway | unknown | networks that were not looked at; addresses of one's own may be announced there |
//! | anything else | unknown | a target that is not understood |
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html>,
//! <https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html>

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

/// Where a route leads. In this order a tie between equally long prefixes is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Leads {
    /// Nobody gets in that way.
    Inside,
    /// To something that was not looked at.
    Unknown,
    /// To an internet gateway.
    Internet,
}

impl Leads {
    fn of(route: &Value) -> Self {
        let has = |name| member(route, name).is_some();
        match member(route, "GatewayId") {
            Some(gateway) if gateway.starts_with("igw-") => return Self::Internet,
            Some("local") => return Self::Inside,
            Some(_) => return Self::Unknown,
            None => {}
        }
        if has("InstanceId") || has("NetworkInterfaceId") {
            return Self::Unknown;
        }
        let closed = ["NatGatewayId", "EgressOnlyInternetGatewayId", "VpcPeeringConnectionId"];
        if closed.into_iter().any(has) { Self::Inside } else { Self::Unknown }
    }
}

/// The destinations that a table sends to the internet; the most specific route wins.
#[derive(Debug, Clone)]
pub(super) struct Routed {
    /// To an internet gateway.
    pub(super) sure: AddressSet,
    /// The same, and what may get there by something that was not looked at.
    pub(super) possible: AddressSet,
    /// Why the two differ.
    pub(super) gap: Option<Gap>,
}

impl Routed {
    /// Whether some of the internet is routed.
    ///
    /// # Errors
    ///
    /// A gap, where nothing is for sure and something may be.
    fn any(&self) -> Result<bool, Gap> {
        match &self.gap {
            Some(gap) if self.sure.is_empty() && !self.possible.is_empty() => Err(gap.clone()),
            _ => Ok(!self.sure.is_empty()),
        }
    }
}

/// Reads the routes of a table.
pub(super) fn internet(
    table: &Resource,
    family: Family,
    lists: &PrefixLists,
) -> Result<Routed, Gap> {
    let mut routes: Vec<(u8, Leads, AddressSet)> = Vec::new();
    let mut gap = None;
    let mut unresolved = false;
    for route in list(table, "Routes")? {
        if member(route, "State") == Some("blackhole") {
            continue;
        }
        let leads = Leads::of(route);
        let mut sets = Vec::new();
        let mut named = false;
        for name in ["DestinationCidrBlock", "DestinationIpv6CidrBlock"] {
            if let Some(text) = member(route, name) {
                named = true;
                let set = AddressSet::block(text)
                    .ok_or_else(|| malformed(format!("{text:?} is no block")))?;
                sets.push((length(text), set));
            }
        }
        if let Some(id) = member(route, "DestinationPrefixListId") {
            named = true;
            match lists.resolve(id) {
                // Blocks of a list have lengths of their own.
                Ok(list) => sets.extend(
                    list.iter()
                        .flat_map(AddressSet::blocks)
                        .filter_map(|b| Some((b.prefix_len(), AddressSet::block(&b.to_string())?))),
                ),
                // What leads elsewhere can only make the answer smaller.
                Err(_) if leads == Leads::Inside => {}
                Err(cause) => {
                    unresolved = true;
                    gap = gap.or(Some(cause));
                }
            }
        }
        if !named {
            return Err(malformed("a route without destination"));
        }
        sets.retain(|(_, set)| set.family() == family);
        let public = sets.iter().any(|(_, s)| !s.and(AddressSet::public(family)).is_empty());
        if leads == Leads::Unknown && public && gap.is_none() {
            gap = Some(unseen(table, route));
        }
        routes.extend(sets.into_iter().map(|(length, set)| (length, leads, set)));
    }
    routes.sort_by_key(|(length, leads, _)| (*length, *leads));
    let (mut sure, mut possible) = (AddressSet::empty(family), AddressSet::empty(family));
    for (_, leads, set) in &routes {
        let takes = |out: &AddressSet, yes: bool| if yes { out.or(set) } else { out.minus(set) };
        sure = takes(&sure, *leads == Leads::Internet);
        possible = takes(&possible, *leads != Leads::Inside);
    }
    let public = AddressSet::public(family);
    let possible = if unresolved { public.clone() } else { possible.and(public) };
    Ok(Routed { sure: sure.and(public), possible, gap })
}

fn unseen(table: &Resource, route: &Value) -> Gap {
    const TARGETS: [&str; 7] = [
        "GatewayId",
        "NetworkInterfaceId",
        "InstanceId",
        "TransitGatewayId",
        "CoreNetworkArn",
        "LocalGatewayId",
        "CarrierGatewayId",
    ];
    let target = TARGETS.iter().find_map(|t| member(route, t)).unwrap_or("a target of a new kind");
    let detail = format!(
        "routes of {} lead to {target}: whether the internet gets in behind it was not looked at",
        text(table, "RouteTableId").unwrap_or(&table.name)
    );
    Gap::new(GapState::Unsupported, detail)
}

fn length(cidr: &str) -> u8 {
    cidr.rsplit('/').next().and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// `assigned_ipv6` of a subnet: whether the IPv6 addresses that it assigns by itself are routed to
/// the internet. Where it assigns none, where its routes lead does not matter.
#[derive(Debug, Clone, Copy)]
pub struct AssignedIpv6;

impl Deriver for AssignedIpv6 {
    fn name(&self) -> &'static str {
        "assigned_ipv6"
    }

    fn types(&self) -> &'static [&'static str] {
        &["AWS::EC2::Subnet"]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/SubnetId", "/VpcId", "/AssignIpv6AddressOnCreation"]
    }

    fn needs(&self) -> &'static [Need] {
        &[NEED]
    }

    fn looks(&self) -> &'static [Need] {
        &[LOOK]
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let assigns = doc.properties.get("AssignIpv6AddressOnCreation").and_then(Value::as_bool);
        let tables = memo(world, &format!("net/routes/{}", doc.region), || Tables::load(world));
        let table = tables.of(text(doc, "SubnetId")?, text(doc, "VpcId")?)?;
        let public = if assigns == Some(false) {
            false
        } else {
            let key = format!("net/prefix-lists/{}", doc.region);
            let lists = memo(world, &key, || PrefixLists::load(world));
            internet(table, Family::V6, &lists)?.any()?
        };
        Ok(object([
            ("public", json!(public)),
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

    fn routed(routes: Value, family: Family) -> Routed {
        internet(&table(routes), family, &PrefixLists::default()).unwrap()
    }

    #[test]
    fn the_most_specific_route_wins() {
        let routes = json!([
            {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"},
            {"DestinationCidrBlock": "0.0.0.0/1", "NatGatewayId": "nat-1", "State": "active"},
            {"DestinationCidrBlock": "128.0.0.0/1", "NatGatewayId": "nat-1", "State": "active"},
            {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1", "State": "active"}
        ]);
        assert!(!routed(routes.clone(), Family::V4).any().unwrap());
        assert!(!routed(routes, Family::V6).any().unwrap());
        let routes = json!([
            {"DestinationCidrBlock": "0.0.0.0/0", "TransitGatewayId": "tgw-1", "State": "active"},
            {"DestinationCidrBlock": "8.0.0.0/8", "GatewayId": "igw-1", "State": "active"}
        ]);
        let both = routed(routes, Family::V4);
        assert!(both.any().unwrap(), "a sure way stays");
        assert!(!both.sure.is_internet());
        assert!(both.possible.is_internet());
        assert!(both.gap.is_some());
        let dead = json!([
            {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "blackhole"}
        ]);
        assert!(!routed(dead, Family::V4).any().unwrap());
    }

    #[test]
    fn each_kind_of_target_is_a_way_in_or_none_or_unknown() {
        for (member, target, want) in [
            ("GatewayId", "igw-1", Some(true)),
            ("GatewayId", "local", Some(false)),
            ("NatGatewayId", "nat-1", Some(false)),
            ("EgressOnlyInternetGatewayId", "eigw-1", Some(false)),
            ("VpcPeeringConnectionId", "pcx-1", Some(false)),
            ("GatewayId", "vpce-1", None),
            ("GatewayId", "vgw-1", None),
            ("GatewayId", "new-1", None),
            ("NetworkInterfaceId", "eni-1", None),
            ("InstanceId", "i-1", None),
            ("TransitGatewayId", "tgw-1", None),
            ("CoreNetworkArn", "arn:aws:networkmanager::1:core-network/c", None),
            ("LocalGatewayId", "lgw-1", None),
            ("CarrierGatewayId", "cagw-1", None),
            ("OdbNetworkArn", "arn:aws:odb:eu-west-1:1:odb-network/o", None),
        ] {
            for (family, name, all) in [
                (Family::V4, "DestinationCidrBlock", "0.0.0.0/0"),
                (Family::V6, "DestinationIpv6CidrBlock", "::/0"),
            ] {
                let route = json!([{member: target, name: all, "State": "active"}]);
                assert_eq!(routed(route, family).any().ok(), want, "{target} {all}");
            }
            let private =
                json!([{member: target, "DestinationCidrBlock": "10.0.0.0/8", "State": "active"}]);
            assert_eq!(routed(private, Family::V4).any().ok(), Some(false), "{target}, private");
        }
    }

    #[test]
    fn what_a_prefix_list_holds_decides_and_an_unread_one_is_unknown() {
        let route = |member: &str, target: &str| json!([{"DestinationPrefixListId": "pl-1", member: target, "State": "active"}]);
        let unread = |r| routed(r, Family::V4).any().ok();
        assert_eq!(unread(route("GatewayId", "igw-1")), None);
        assert_eq!(unread(route("GatewayId", "vpce-1")), None);
        assert_eq!(unread(route("NatGatewayId", "nat-1")), Some(false));
        let mut list = Resource::new("AWS::EC2::PrefixList", "arn:pl", "aws", "1", "r", "pl");
        list.properties.insert("PrefixListId".into(), json!("pl-1"));
        list.properties.insert("OwnerId".into(), json!("AWS"));
        let t = table(route("GatewayId", "vpce-1"));
        let lists = PrefixLists::load(&crate::Fixed::around(&t, [list]));
        let s3 = internet(&t, Family::V4, &lists).unwrap();
        assert!(!s3.any().unwrap(), "a gateway endpoint leads to a service of AWS");
    }

    #[test]
    fn a_subnet_that_assigns_no_ipv6_address_does_not_depend_on_where_it_is_routed() {
        let mut t = table(json!([
            {"DestinationIpv6CidrBlock": "::/0", "TransitGatewayId": "tgw-1", "State": "active"}]));
        t.properties.insert("RouteTableId".into(), json!("rtb-1"));
        t.properties.insert("VpcId".into(), json!("vpc-1"));
        t.properties.insert("Associations".into(), json!([{"Main": true}]));
        for (assigns, want) in [(false, Some(json!(false))), (true, None)] {
            let mut subnet = Resource::new("AWS::EC2::Subnet", "arn:s", "aws", "1", "r", "s");
            subnet.properties.insert("SubnetId".into(), json!("s"));
            subnet.properties.insert("VpcId".into(), json!("vpc-1"));
            subnet.properties.insert("AssignIpv6AddressOnCreation".into(), json!(assigns));
            let out = AssignedIpv6.derive(&subnet, &crate::Fixed::around(&subnet, [t.clone()]));
            assert_eq!(out.ok().map(|o| o["public"].clone()), want);
        }
    }
}
