//! `reachability` of a virtual machine: what the internet reaches of it through its public
//! addresses.
//!
//! Inbound traffic passes the network security group of the subnet and then that of the interface.
//! Without any group a public address of the Basic SKU is open, one of the Standard SKU is closed
//! (<https://learn.microsoft.com/azure/virtual-network/ip-services/public-ip-addresses#sku>).

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_core::rule::RelatedScope;
use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use super::key;
use super::rules::{Protocol, Receiver, Rule, Senders, admitted, inbound};
use crate::net::sweep::{Admitted, Lines, Span, sweep};
use crate::net::{AddressSet, Family, list, malformed, member, object};
use crate::{Deriver, Need, World, known, memo};

const INTERFACE: &str = "Microsoft.Network/networkInterfaces";
const GROUP: &str = "Microsoft.Network/networkSecurityGroups";
const SUBNET: &str = "Microsoft.Network/virtualNetworks/subnets";
const ADDRESS: &str = "Microsoft.Network/publicIPAddresses";
const SCOPE: RelatedScope = RelatedScope::Estate;

/// `reachability` of a virtual machine.
#[derive(Debug, Clone, Copy)]
pub struct Reachability;

impl Deriver for Reachability {
    fn name(&self) -> &'static str {
        "reachability"
    }

    fn types(&self) -> &'static [&'static str] {
        &["Microsoft.Compute/virtualMachines"]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/networkProfile"]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    // Only the documents that a machine names matter: each is asked for by its id, and one that is
    // not there is a gap.
    fn looks(&self) -> &'static [Need] {
        &[
            Need {
                kind: INTERFACE,
                scope: SCOPE,
                facets: &["networkSecurityGroup", "ipConfigurations"],
            },
            Need { kind: GROUP, scope: SCOPE, facets: &["securityRules", "defaultSecurityRules"] },
            Need { kind: SUBNET, scope: SCOPE, facets: &["networkSecurityGroup"] },
            Need { kind: ADDRESS, scope: SCOPE, facets: &["sku", "publicIPAddressVersion"] },
        ]
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let estate = memo(world, "azure/reachability", || Estate::load(world));
        let profile = doc.properties.get("networkProfile");
        let interfaces = profile.and_then(|p| p.get("networkInterfaces"));
        // Every machine has one: where none is named, they are not known.
        let interfaces = interfaces.and_then(Value::as_array).filter(|all| !all.is_empty());
        let interfaces =
            interfaces.ok_or_else(|| malformed("the machine names no network interface"))?;
        let (mut lines, mut unseen) = (Lines::default(), None);
        for interface in interfaces {
            let id = member(interface, "id").ok_or_else(|| malformed("interface without id"))?;
            if let Err(gap) = estate.interface(id, &mut lines) {
                unseen.get_or_insert(gap);
            }
        }
        lines.open.sort();
        lines.open.dedup();
        match unseen {
            // One open way is enough; what else is unknown does not matter.
            Some(gap) if lines.open.is_empty() => Err(gap),
            _ => {
                let open: Vec<Value> = lines.open.iter().map(|l| l.json(false)).collect();
                Ok(object([("open", json!(open))]))
            }
        }
    }
}

/// The documents that machines name, by id in lower case.
struct Estate {
    interfaces: BTreeMap<String, Arc<Resource>>,
    subnets: BTreeMap<String, Arc<Resource>>,
    addresses: BTreeMap<String, Arc<Resource>>,
    groups: BTreeMap<String, Result<Vec<Rule>, Gap>>,
}

impl Estate {
    fn load(world: &dyn World) -> Self {
        let index = |kind: &str| {
            let all = world.related(kind, SCOPE);
            all.iter().map(|r| (key(&r.id), Arc::clone(r))).collect::<BTreeMap<_, _>>()
        };
        let groups = index(GROUP).into_iter().map(|(id, group)| {
            let unknown =
                ["securityRules", "defaultSecurityRules"].iter().find_map(|f| known(&group, f));
            (id, unknown.map_or_else(|| inbound(&group), |u| Err(u.gap)))
        });
        Self {
            groups: groups.collect(),
            interfaces: index(INTERFACE),
            subnets: index(SUBNET),
            addresses: index(ADDRESS),
        }
    }

    /// Adds what the internet reaches of an interface.
    fn interface(&self, id: &str, lines: &mut Lines) -> Result<(), Gap> {
        let interface = find(&self.interfaces, id, &["networkSecurityGroup", "ipConfigurations"])?;
        let own = self.group(interface)?;
        for config in list(interface, "ipConfigurations")? {
            let of = config.get("properties").unwrap_or(&Value::Null);
            let subnet = of.get("subnet").and_then(|s| member(s, "id"));
            let public = of.get("publicIPAddress").and_then(|p| member(p, "id"));
            for name in ["loadBalancerBackendAddressPools", "loadBalancerInboundNatRules"] {
                if of.get(name).and_then(Value::as_array).is_some_and(|l| !l.is_empty()) {
                    let detail = "it is behind a load balancer, whose rules are not followed";
                    return Err(Gap::new(GapState::Unsupported, detail));
                }
            }
            let Some(public) = public else { continue };
            let public = find(&self.addresses, public, &["sku", "publicIPAddressVersion"])?;
            let subnet = match subnet {
                Some(id) => self.group(find(&self.subnets, id, &["networkSecurityGroup"])?)?,
                None => return Err(malformed("an address in no subnet")),
            };
            let to = Way { of, public, groups: [subnet, own] };
            to.lines(lines)?;
        }
        Ok(())
    }

    /// The rules of the group of a subnet or interface, where one is there.
    fn group(&self, of: &Resource) -> Result<Option<&[Rule]>, Gap> {
        let group = of.properties.get("networkSecurityGroup").and_then(|g| member(g, "id"));
        let Some(id) = group else { return Ok(None) };
        match self.groups.get(&key(id)) {
            Some(rules) => rules.as_deref().map(Some).map_err(Clone::clone),
            None => Err(absent(id)),
        }
    }
}

fn find<'a>(
    all: &'a BTreeMap<String, Arc<Resource>>,
    id: &str,
    facets: &[&str],
) -> Result<&'a Resource, Gap> {
    let found = all.get(&key(id)).ok_or_else(|| absent(id))?;
    match facets.iter().find_map(|f| known(found, f)) {
        Some(unknown) => Err(unknown.gap),
        None => Ok(found),
    }
}

fn absent(id: &str) -> Gap {
    Gap::new(GapState::NotAttempted, format!("{id} is not in the snapshot"))
}

/// One way in: an address, and the groups before it.
struct Way<'a> {
    of: &'a Value,
    public: &'a Resource,
    /// Of the subnet, then of the interface.
    groups: [Option<&'a [Rule]>; 2],
}

impl Way<'_> {
    fn lines(&self, lines: &mut Lines) -> Result<(), Gap> {
        let sku = self.public.properties.get("sku").and_then(|s| member(s, "name"));
        let rules: Vec<&[Rule]> = self.groups.iter().flatten().copied().collect();
        if rules.is_empty() {
            let is = |name: &str| sku.is_some_and(|s| s.eq_ignore_ascii_case(name));
            if is("Standard") || is("StandardV2") {
                return Ok(());
            }
            // An address without a SKU is of the Basic one.
            if sku.is_some() && !is("Basic") {
                return Err(malformed("a public address is of a SKU that is not known"));
            }
        }
        let family = match self.public.properties.get("publicIPAddressVersion") {
            Some(Value::String(v)) if v == "IPv6" => Family::V6,
            _ => Family::V4,
        };
        let private = member(self.of, "privateIPAddress").and_then(|a| {
            AddressSet::block(&format!("{a}/{}", if family == Family::V4 { 32 } else { 128 }))
        });
        let asgs = self.of.get("applicationSecurityGroups").and_then(Value::as_array);
        let asgs: Vec<String> =
            asgs.into_iter().flatten().filter_map(|g| member(g, "id")).map(key).collect();
        let to = Receiver {
            address: private
                .ok_or_else(|| malformed("an interface's private address is not known"))?,
            groups: asgs.iter().map(String::as_str).collect(),
        };
        for protocol in Protocol::OF_PACKETS {
            let mut ranges: Vec<(u16, u16)> = Vec::new();
            ranges.extend(rules.iter().copied().flatten().flat_map(|r| r.ports.ranges()));
            let mut unknown = None;
            let mut ask = |port| {
                through(&rules, (protocol, port), family, &to).unwrap_or_else(|gap| {
                    unknown.get_or_insert(gap);
                    Admitted { set: AddressSet::empty(family), at: String::new() }
                })
            };
            let spans = if protocol.has_ports() {
                sweep(ranges, ask)
            } else {
                let admitted = ask(0);
                vec![Span { from: 0, to: u16::MAX, admitted }]
            };
            if let Some(gap) = unknown {
                return Err(gap);
            }
            lines.add(protocol.as_str(), protocol.has_ports(), &spans);
        }
        Ok(())
    }
}

/// Whom every group on the way lets in.
fn through(
    rules: &[&[Rule]],
    what: (Protocol, u16),
    family: Family,
    to: &Receiver<'_>,
) -> Result<Admitted, Gap> {
    let mut set = AddressSet::all(family);
    for group in rules {
        set = set.and(&admitted(group, what, family, &Senders::Addresses, to)?.0);
    }
    Ok(Admitted { set, at: "/networkProfile".to_owned() })
}
