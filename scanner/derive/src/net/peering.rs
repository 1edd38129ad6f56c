//! `peering_routes` of a route table: which share of a peer's network its routes open.

use std::sync::Arc;

use assay_core::rule::RelatedScope;
use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use super::network::ids;
use super::prefix_list::{LOOK, PrefixLists};
use super::set::AddressSet;
use super::{list, malformed, member, object, text};
use crate::{Deriver, Need, World, memo};

const KIND: &str = "AWS::EC2::VPCPeeringConnection";

/// `peering_routes` of a route table.
#[derive(Debug, Clone, Copy)]
pub struct PeeringRoutes;

impl Deriver for PeeringRoutes {
    fn name(&self) -> &'static str {
        "peering_routes"
    }

    fn types(&self) -> &'static [&'static str] {
        &["AWS::EC2::RouteTable"]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/Routes", "/VpcId"]
    }

    fn needs(&self) -> &'static [Need] {
        &[Need {
            kind: KIND,
            scope: RelatedScope::Region,
            facets: &["VpcPeeringConnectionId", "RequesterVpcInfo", "AccepterVpcInfo"],
        }]
    }

    fn looks(&self) -> &'static [Need] {
        &[LOOK]
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let connections = world.related(KIND, RelatedScope::Region);
        let lists =
            memo(world, &format!("net/prefix-lists/{}", doc.region), || PrefixLists::load(world));
        let own = text(doc, "VpcId")?;
        let mut out = Vec::new();
        for (i, route) in list(doc, "Routes")?.iter().enumerate() {
            let Some(id) = member(route, "VpcPeeringConnectionId") else { continue };
            if member(route, "State") == Some("blackhole") {
                continue;
            }
            let peer = peer(&connections, id, own)?;
            let destinations = destinations(route, &lists)?;
            for blocks in destinations {
                let covers: Vec<&str> =
                    ids(peer.get("CidrBlocks")).into_iter().filter(|b| whole(&blocks, b)).collect();
                out.push(object([
                    ("connection", json!(id)),
                    ("destination", json!(blocks.label())),
                    ("peer_vpc", json!(member(peer, "VpcId").unwrap_or_default())),
                    ("peer_account", json!(member(peer, "OwnerId").unwrap_or_default())),
                    ("whole", json!(!covers.is_empty())),
                    ("covers", json!(covers)),
                    ("at", json!(format!("/Routes/{i}"))),
                ]));
            }
        }
        Ok(Value::Array(out))
    }
}

/// The other side of a connection.
fn peer<'a>(all: &'a [Arc<Resource>], id: &str, own: &str) -> Result<&'a Value, Gap> {
    let unlisted =
        || Gap::new(GapState::Unsupported, format!("peering connection {id} is not listed"));
    let same = |c: &&Arc<Resource>| text(c, "VpcPeeringConnectionId").is_ok_and(|i| i == id);
    let connection = all.iter().find(same).ok_or_else(unlisted)?;
    let sides = ["AccepterVpcInfo", "RequesterVpcInfo"];
    let mut sides = sides.iter().filter_map(|s| connection.properties.get(*s));
    sides
        .find(|s| member(s, "VpcId").is_some_and(|v| v != own))
        .ok_or_else(|| malformed(format!("peering connection {id} names no other VPC")))
}

fn destinations(route: &Value, lists: &PrefixLists) -> Result<Vec<AddressSet>, Gap> {
    for name in ["DestinationCidrBlock", "DestinationIpv6CidrBlock"] {
        if let Some(text) = member(route, name) {
            let set = AddressSet::block(text);
            return Ok(vec![set.ok_or_else(|| malformed(format!("{text:?} is no block")))?]);
        }
    }
    match member(route, "DestinationPrefixListId") {
        Some(id) => lists.resolve(id),
        None => Err(malformed("a route without destination")),
    }
}

/// True where the destination holds the whole block.
fn whole(destination: &AddressSet, block: &str) -> bool {
    AddressSet::block(block)
        .is_some_and(|b| b.family() == destination.family() && b.minus(destination).is_empty())
}
