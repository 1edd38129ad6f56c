//! Security rules of a network security group, read exactly.
//!
//! Rules of one direction are taken by priority, the smallest number first; the first that matches
//! a packet decides (<https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview>).

use assay_core::{Gap, GapState, Resource};
use serde_json::Value;

use super::cells::{Cell, rest};
use super::key;
use super::ports::Ports;
use crate::net::{AddressSet, Family, list, malformed, member};

/// A protocol of a security rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Protocol {
    /// Every one.
    All,
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP of both families.
    Icmp,
    /// Encapsulating security payload.
    Esp,
    /// Authentication header.
    Ah,
}

impl Protocol {
    /// All that a packet can have.
    pub(super) const OF_PACKETS: [Self; 5] =
        [Self::Tcp, Self::Udp, Self::Icmp, Self::Esp, Self::Ah];

    fn parse(text: &str) -> Result<Self, Gap> {
        Ok(match text.to_ascii_lowercase().as_str() {
            "*" => Self::All,
            "tcp" => Self::Tcp,
            "udp" => Self::Udp,
            "icmp" => Self::Icmp,
            "esp" => Self::Esp,
            "ah" => Self::Ah,
            _ => return Err(malformed(format!("unknown protocol {text:?}"))),
        })
    }

    /// The word used in JSON and in keys.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
            Self::Esp => "esp",
            Self::Ah => "ah",
        }
    }

    /// True for the protocols that have ports.
    pub(super) const fn has_ports(self) -> bool {
        matches!(self, Self::Tcp | Self::Udp)
    }
}

/// One end of a rule: addresses, service tags, application security groups.
#[derive(Debug, Clone)]
struct End {
    v4: AddressSet,
    v6: AddressSet,
    /// Lower case.
    tags: Vec<String>,
    /// Lower-case ids of application security groups.
    groups: Vec<String>,
}

impl End {
    fn read(rule: &Value, side: &str) -> Result<Self, Gap> {
        let mut end = Self {
            v4: AddressSet::empty(Family::V4),
            v6: AddressSet::empty(Family::V6),
            tags: Vec::new(),
            groups: Vec::new(),
        };
        let words = texts(rule, &format!("{side}AddressPrefix"));
        for word in &words {
            end.add(word)?;
        }
        let groups = rule.get(format!("{side}ApplicationSecurityGroups")).and_then(Value::as_array);
        for group in groups.into_iter().flatten() {
            let id = member(group, "id").ok_or_else(|| malformed("a group without id"))?;
            end.groups.push(key(id));
        }
        if words.is_empty() && end.groups.is_empty() {
            return Err(malformed(format!("a security rule names no {side}")));
        }
        Ok(end)
    }

    fn add(&mut self, word: &str) -> Result<(), Gap> {
        let lower = word.to_ascii_lowercase();
        let block = match word.parse::<std::net::IpAddr>() {
            Ok(address) => AddressSet::block(&format!(
                "{address}/{}",
                if address.is_ipv4() { 32 } else { 128 }
            )),
            Err(_) => AddressSet::block(word),
        };
        match (lower.as_str(), block) {
            ("*" | "any", _) => {
                self.v4 = AddressSet::all(Family::V4);
                self.v6 = AddressSet::all(Family::V6);
            }
            (_, Some(set)) => {
                let own = if set.family() == Family::V4 { &mut self.v4 } else { &mut self.v6 };
                *own = own.or(&set);
            }
            (tag, None) => {
                let shaped = tag.starts_with(|c: char| c.is_ascii_lowercase())
                    && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
                if !shaped {
                    return Err(malformed(format!("{word:?} is no address and no service tag")));
                }
                self.tags.push(lower);
            }
        }
        Ok(())
    }

    fn addresses(&self, family: Family) -> &AddressSet {
        match family {
            Family::V4 => &self.v4,
            Family::V6 => &self.v6,
        }
    }

    fn tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|t| t == tag)
    }

    /// The addresses of a source, or of what has a service tag: then all or none.
    ///
    /// `Internet` is what lies outside the network and is reachable from the internet. The other
    /// tags are the network itself (`VirtualNetwork`), the probes of load balancers, or addresses of
    /// Azure's own services: no part of the internet that a stranger can have, but for `AzureCloud`,
    /// which holds the machines of every customer and is asked for by its name.
    fn senders(&self, family: Family, who: &Senders<'_>) -> AddressSet {
        match who {
            Senders::Addresses if self.tag("internet") => {
                self.addresses(family).or(AddressSet::public(family))
            }
            Senders::Addresses => self.addresses(family).clone(),
            Senders::Tag(tag) => {
                let all = AddressSet::public(family).minus(self.addresses(family)).is_empty();
                let region = tag.split_once('.').map_or(*tag, |(wide, _)| wide);
                if all || self.tag("internet") || self.tag(tag) || self.tag(region) {
                    AddressSet::all(family)
                } else {
                    AddressSet::empty(family)
                }
            }
        }
    }

    /// The destinations: what receives has an address of the network, so `VirtualNetwork` is all of
    /// them and `Internet` none. `None`: a tag whose addresses nobody knows here.
    fn receivers(&self, family: Family, to: &Receiver<'_>) -> Option<AddressSet> {
        if self.tag("virtualnetwork") || self.groups.iter().any(|g| to.groups.contains(&g.as_str()))
        {
            return Some(AddressSet::all(family));
        }
        let known = self.addresses(family).clone();
        let strange =
            self.tags.iter().any(|t| !matches!(t.as_str(), "internet" | "azureloadbalancer"));
        (!strange || known == AddressSet::all(family)).then_some(known)
    }
}

/// The texts of `<name>` and `<name>s`; Azure fills one of both.
fn texts<'a>(rule: &'a Value, name: &str) -> Vec<&'a str> {
    let one = member(rule, name).into_iter();
    let many = rule.get(format!("{name}es")).or_else(|| rule.get(format!("{name}s")));
    let many = many.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    one.chain(many).map(str::trim).filter(|t| !t.is_empty()).collect()
}

/// Whose traffic is asked for.
#[derive(Debug, Clone)]
pub(super) enum Senders<'a> {
    /// Anybody, by address.
    Addresses,
    /// The machines behind a service tag, in lower case.
    Tag(&'a str),
}

/// What receives.
#[derive(Debug, Clone)]
pub(super) struct Receiver<'a> {
    /// Its address, or all of them where any will do.
    pub(super) address: AddressSet,
    /// The application security groups that it is in, in lower case.
    pub(super) groups: Vec<&'a str>,
}

/// An inbound rule.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    allow: bool,
    priority: i64,
    /// The protocol.
    pub(super) protocol: Protocol,
    /// The destination ports.
    pub(super) ports: Ports,
    source: End,
    source_ports: Ports,
    destination: End,
    /// Pointer to the rule.
    at: String,
}

impl Rule {
    fn speaks(&self, protocol: Protocol, port: u16) -> bool {
        let same = self.protocol == Protocol::All || self.protocol == protocol;
        // What a rule for every protocol and some ports means for one without ports is not
        // documented: it is taken to open and not to close.
        let ports = match (protocol.has_ports(), self.protocol) {
            (true, _) => self.ports.has(port),
            (false, Protocol::All) => self.allow || self.ports == Ports::all(),
            (false, _) => true,
        };
        same && ports
    }

    /// `None`: its destination cannot be told.
    fn cell(&self, family: Family, who: &Senders<'_>, to: &Receiver<'_>) -> Option<Cell> {
        Some(Cell {
            source: self.source.senders(family, who),
            destination: self.destination.receivers(family, to)?.and(&to.address),
            source_ports: self.source_ports.clone(),
        })
    }

    /// What it would match if its destination were anything.
    fn anywhere(&self, family: Family, who: &Senders<'_>, to: &Receiver<'_>) -> Cell {
        Cell {
            source: self.source.senders(family, who),
            destination: to.address.clone(),
            source_ports: self.source_ports.clone(),
        }
    }

    /// Application security groups that it admits something to.
    pub(super) fn groups(&self) -> impl Iterator<Item = &str> {
        self.destination.groups.iter().filter(|_| self.allow).map(String::as_str)
    }

    /// Service tags whose machines are anybody's.
    pub(super) fn strangers(&self) -> impl Iterator<Item = &str> {
        let any = |t: &&String| *t == "azurecloud" || t.starts_with("azurecloud.");
        self.source.tags.iter().filter(|_| self.allow).filter(any).map(String::as_str)
    }
}

/// The inbound rules of a group, by priority.
///
/// # Errors
///
/// If one of them cannot be read: it might open or close anything.
pub(super) fn inbound(group: &Resource) -> Result<Vec<Rule>, Gap> {
    let mut out = Vec::new();
    for facet in ["securityRules", "defaultSecurityRules"] {
        for (i, rule) in list(group, facet)?.iter().enumerate() {
            let at = format!("/{facet}/{i}");
            let name = member(rule, "name").unwrap_or_default();
            let named = |mut gap: Gap| {
                gap.detail = format!("security rule {name}: {}", gap.detail);
                gap
            };
            let of = rule.get("properties").unwrap_or(&Value::Null);
            out.extend(read(of, at).map_err(named)?);
        }
    }
    out.sort_by_key(|r| r.priority);
    Ok(out)
}

fn read(of: &Value, at: String) -> Result<Option<Rule>, Gap> {
    let odd = |what: &str| malformed(format!("it has no {what}"));
    match member(of, "direction").ok_or_else(|| odd("direction"))? {
        "Inbound" => {}
        "Outbound" => return Ok(None),
        _ => return Err(odd("known direction")),
    }
    let allow = match member(of, "access").ok_or_else(|| odd("access"))? {
        "Allow" => true,
        "Deny" => false,
        _ => return Err(odd("known access")),
    };
    Ok(Some(Rule {
        allow,
        priority: of.get("priority").and_then(Value::as_i64).ok_or_else(|| odd("priority"))?,
        protocol: Protocol::parse(member(of, "protocol").ok_or_else(|| odd("protocol"))?)?,
        ports: Ports::parse(texts(of, "destinationPortRange").into_iter())?,
        source_ports: Ports::parse(texts(of, "sourcePortRange").into_iter())?,
        source: End::read(of, "source")?,
        destination: End::read(of, "destination")?,
        at,
    }))
}

/// Whom the rules let in, and the pointer of the first rule that lets anybody public in.
///
/// # Errors
///
/// If a rule that decides names a destination that nobody knows here.
pub(super) fn admitted(
    rules: &[Rule],
    (protocol, port): (Protocol, u16),
    family: Family,
    who: &Senders<'_>,
    to: &Receiver<'_>,
) -> Result<(AddressSet, String), Gap> {
    let mut denied: Vec<Cell> = Vec::new();
    let (mut unsure, mut unclear): (Option<&Rule>, Option<&Rule>) = (None, None);
    let mut out = AddressSet::empty(family);
    let mut at = String::new();
    for rule in rules.iter().filter(|r| r.speaks(protocol, port)) {
        let known = rule.cell(family, who, to);
        if !rule.allow {
            match known {
                Some(cell) => denied.push(cell),
                None => unsure = unsure.or(Some(rule)),
            }
            continue;
        }
        let cell = known.clone().unwrap_or_else(|| rule.anywhere(family, who, to));
        let mut set = AddressSet::empty(family);
        for left in rest(cell, denied.iter())? {
            set = set.or(&left.source);
        }
        if set.and(AddressSet::public(family)).is_empty() {
            continue;
        }
        if known.is_none() || unsure.is_some() {
            // Either it might not reach what is asked for, or a denial before it might close it.
            unclear = unclear.or(unsure).or(Some(rule));
            continue;
        }
        if at.is_empty() {
            at.clone_from(&rule.at);
        }
        out = out.or(&set);
    }
    match unclear {
        Some(rule) if !out.is_internet() => {
            let detail = format!(
                "the destination of the security rule at {} is a service tag whose addresses are not known here",
                rule.at
            );
            Err(Gap::new(GapState::Unsupported, detail))
        }
        _ => Ok((out, at)),
    }
}
