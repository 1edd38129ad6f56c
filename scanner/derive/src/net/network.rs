//! The network of a region, and the ways from the internet into it.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_core::rule::RelatedScope;
use assay_core::{Gap, GapState, Resource};
use serde_json::Value;

use super::exposure::admitted;
use super::prefix_list::{self, PrefixLists};
use super::protocol::Protocol;
use super::routes::{self, Tables, internet};
use super::rules::{Admit, Entry, admits, allowed, entries};
use super::set::{AddressSet, Family};
use super::sweep::{Admitted, sweep};
use super::{list, member, text};
use crate::{Need, World, memo};

const SUBNET: &str = "AWS::EC2::Subnet";
const ACL: &str = "AWS::EC2::NetworkAcl";
const GROUP: &str = "AWS::EC2::SecurityGroup";

/// What a deriver that asks [`Network`] declares in its `needs`.
pub const NEEDS: &[Need] = &[
    Need {
        kind: SUBNET,
        scope: RelatedScope::Region,
        facets: &["SubnetId", "VpcId", "BlockPublicAccessStates"],
    },
    routes::NEED,
    Need {
        kind: ACL,
        scope: RelatedScope::Region,
        facets: &["NetworkAclId", "Entries", "Associations"],
    },
    Need { kind: GROUP, scope: RelatedScope::Region, facets: &["GroupId", "SecurityGroupIngress"] },
];

/// What it declares in its `looks`.
pub const LOOKS: &[Need] = &[prefix_list::LOOK];

/// A way from the internet to an interface.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path {
    /// The subnet.
    pub subnet: String,
    /// The address family.
    pub family: Family,
    /// The route table that leads to an internet gateway.
    pub route_table: String,
    /// The network ACL that lets it through, both ways.
    pub network_acl: String,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// The first port.
    pub from: u16,
    /// The last port.
    pub to: u16,
}

/// The ways from the internet to an interface.
#[derive(Debug, Clone, Default)]
pub struct Ways {
    /// Those that are open.
    pub open: Vec<Path>,
    /// Those that are open if the internet gets in behind a target that was not looked at (an
    /// endpoint of a firewall, an appliance, another network); the open ones are among them.
    pub possible: Vec<Path>,
    /// Why there are more possible ways than open ones.
    pub gap: Option<Gap>,
}

impl Ways {
    /// The open ways that somebody asks for.
    ///
    /// # Errors
    ///
    /// A gap, where none is open and one may be.
    pub fn wanted(self, wants: impl Fn(&Path) -> bool) -> Result<Vec<Path>, Gap> {
        let Self { mut open, possible, gap } = self;
        open.retain(&wants);
        match gap {
            Some(gap) if open.is_empty() && possible.iter().any(wants) => Err(gap),
            _ => Ok(open),
        }
    }
}

/// Subnets, routes, ACLs and groups of one region.
#[derive(Debug)]
pub struct Network {
    subnets: BTreeMap<String, Arc<Resource>>,
    tables: Tables,
    /// By subnet.
    acls: BTreeMap<String, Arc<Acl>>,
    groups: BTreeMap<String, Result<Vec<Admit>, Gap>>,
    lists: PrefixLists,
}

/// A network ACL.
#[derive(Debug)]
struct Acl {
    id: String,
    entries: Result<Vec<Entry>, Gap>,
}

impl Network {
    /// The network around a document, read once for its region. The caller's `needs` hold
    /// [`NEEDS`], its `looks` hold [`LOOKS`].
    #[must_use]
    pub fn around(doc: &Resource, world: &dyn World) -> Arc<Self> {
        memo(world, &format!("net/network/{}", doc.region), || Self::load(world))
    }

    fn load(world: &dyn World) -> Self {
        let lists = PrefixLists::load(world);
        let related = |kind| world.related(kind, RelatedScope::Region);
        let mut subnets = BTreeMap::new();
        for doc in related(SUBNET).iter() {
            if let Ok(id) = text(doc, "SubnetId") {
                subnets.insert(id.to_owned(), Arc::clone(doc));
            }
        }
        let mut acls = BTreeMap::new();
        for doc in related(ACL).iter() {
            let read = list(doc, "Entries").and_then(entries);
            let id = text(doc, "NetworkAclId").unwrap_or(&doc.name).to_owned();
            let acl = Arc::new(Acl { id, entries: read });
            for a in list(doc, "Associations").unwrap_or_default() {
                if let Some(subnet) = member(a, "SubnetId") {
                    acls.insert(subnet.to_owned(), Arc::clone(&acl));
                }
            }
        }
        let mut groups = BTreeMap::new();
        for doc in related(GROUP).iter() {
            if let Ok(id) = text(doc, "GroupId") {
                let read = list(doc, "SecurityGroupIngress").and_then(|r| admits(r, &lists));
                groups.insert(id.to_owned(), read);
            }
        }
        Self { subnets, tables: Tables::load(world), acls, groups, lists }
    }

    /// The ways from the internet to an interface that has a public address of this family, in a
    /// subnet, behind security groups: routed to an internet gateway, let through by the network
    /// ACL both ways (answers leave to the ports 1024-65535), admitted by a group. Routes to
    /// something that was not looked at make ways possible; see [`Ways`].
    ///
    /// # Errors
    ///
    /// A gap, where a piece of the way is not listed (a subnet that another account shares, whose
    /// routes only its owner sees) or cannot be read.
    pub fn paths(&self, subnet: &str, groups: &[&str], family: Family) -> Result<Ways, Gap> {
        let missing = |what: &str, id: &str| {
            Gap::new(GapState::Unsupported, format!("{what} {id} is not listed"))
        };
        let doc = self.subnets.get(subnet).ok_or_else(|| missing("subnet", subnet))?;
        if blocked(doc) {
            return Ok(Ways::default());
        }
        let table = self.tables.of(subnet, text(doc, "VpcId")?)?;
        let routed = internet(table, family, &self.lists)?;
        let acl = self.acls.get(subnet).ok_or_else(|| missing("the network ACL of", subnet))?;
        let entries = acl.entries.as_ref().map_err(Clone::clone)?;
        if groups.is_empty() {
            let detail = "the interface names no security group, and each one has some";
            return Err(Gap::new(GapState::Unsupported, detail));
        }
        let mut rules: Vec<Admit> = Vec::new();
        for id in groups {
            let read = self.groups.get(*id).ok_or_else(|| missing("security group", id))?;
            rules.extend(read.as_ref().map_err(Clone::clone)?.iter().cloned());
        }
        let ways = |routed: &AddressSet| -> Result<Vec<Path>, Gap> {
            let mut out = Vec::new();
            for protocol in [Protocol::Tcp, Protocol::Udp] {
                let back = answers(entries, family, &protocol).and(routed);
                let ranges = rules.iter().map(|a| (a.from, a.to));
                let spans = sweep(ranges.chain(entries.iter().map(|e| (e.from, e.to))), |port| {
                    let group = admitted(&rules, &protocol, family, port);
                    let (acl, _) = allowed(entries, false, family, &protocol, port);
                    Admitted { set: group.set.and(&acl).and(&back), at: String::new() }
                });
                for span in spans.into_iter().filter(|s| s.admitted.set.is_internet()) {
                    let way = Path {
                        subnet: subnet.to_owned(),
                        family,
                        route_table: text(table, "RouteTableId")?.to_owned(),
                        network_acl: acl.id.clone(),
                        protocol: protocol.as_str().to_owned(),
                        from: span.from,
                        to: span.to,
                    };
                    push(&mut out, way);
                }
            }
            Ok(out)
        };
        let open = ways(&routed.sure)?;
        let possible = if routed.gap.is_some() { ways(&routed.possible)? } else { Vec::new() };
        Ok(Ways { open, possible, gap: routed.gap })
    }
}

/// VPC block public access stops what comes in through an internet gateway.
fn blocked(subnet: &Resource) -> bool {
    let states = subnet.properties.get("BlockPublicAccessStates");
    let mode = states.and_then(|s| member(s, "InternetGatewayBlockMode"));
    matches!(mode, Some("block-bidirectional" | "block-ingress"))
}

/// To whom answers may leave.
fn answers(entries: &[Entry], family: Family, protocol: &Protocol) -> AddressSet {
    let spans = sweep(entries.iter().map(|e| (e.from, e.to)).chain([(1024, u16::MAX)]), |port| {
        Admitted { set: allowed(entries, true, family, protocol, port).0, at: String::new() }
    });
    spans
        .iter()
        .filter(|s| s.from >= 1024)
        .fold(AddressSet::empty(family), |all, s| all.or(&s.admitted.set))
}

fn push(ways: &mut Vec<Path>, new: Path) {
    match ways.last_mut() {
        Some(l) if l.protocol == new.protocol && l.to.checked_add(1) == Some(new.from) => {
            l.to = new.to;
        }
        _ => ways.push(new),
    }
}

/// The ids in a list of texts.
pub(super) fn ids(value: Option<&Value>) -> Vec<&str> {
    let list = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).collect()
}
