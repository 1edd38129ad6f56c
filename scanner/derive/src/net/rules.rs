//! Rules of security groups and entries of network ACLs, as sets.

use assay_core::Gap;
use serde_json::Value;

use super::prefix_list::PrefixLists;
use super::protocol::Protocol;
use super::set::{AddressSet, Family};
use super::{malformed, member};

/// Whom one rule of a security group admits.
#[derive(Debug, Clone)]
pub(super) struct Admit {
    /// The protocol.
    pub(super) protocol: Protocol,
    /// The first port; for protocols without ports 0.
    pub(super) from: u16,
    /// The last port.
    pub(super) to: u16,
    /// Whom: one set for each family that the rule names.
    pub(super) sources: Vec<AddressSet>,
    /// Pointer to the rule.
    pub(super) at: String,
}

impl Admit {
    /// True where the rule speaks of this protocol and port.
    pub(super) fn covers(&self, protocol: &Protocol, port: u16) -> bool {
        match &self.protocol {
            Protocol::All => true,
            own if own == protocol => !own.has_ports() || (self.from..=self.to).contains(&port),
            _ => false,
        }
    }
}

/// Reads `SecurityGroupIngress`. Rules whose source is another group admit nobody from outside.
pub(super) fn admits(rules: &[Value], lists: &PrefixLists) -> Result<Vec<Admit>, Gap> {
    let mut out = Vec::new();
    for (i, rule) in rules.iter().enumerate() {
        let protocol =
            member(rule, "IpProtocol").ok_or_else(|| malformed("rule without protocol"))?;
        let protocol = Protocol::parse(protocol)?;
        // A peer of a kind that is not known could be anybody.
        const PEERS: [&str; 4] =
            ["CidrIp", "CidrIpv6", "SourcePrefixListId", "SourceSecurityGroupId"];
        if PEERS.iter().all(|p| member(rule, p).is_none()) {
            return Err(malformed(format!("rule {i} names no source")));
        }
        let mut sources = Vec::new();
        for name in ["CidrIp", "CidrIpv6"] {
            if let Some(text) = member(rule, name) {
                sources.push(block(text)?);
            }
        }
        if let Some(id) = member(rule, "SourcePrefixListId") {
            sources.extend(lists.resolve(id)?);
        }
        if sources.is_empty() {
            continue;
        }
        let (from, to) =
            if protocol.has_ports() { ports(rule, "FromPort", "ToPort")? } else { (0, u16::MAX) };
        out.push(Admit { protocol, from, to, sources, at: format!("/SecurityGroupIngress/{i}") });
    }
    Ok(out)
}

/// One entry of a network ACL.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    number: i64,
    egress: bool,
    allow: bool,
    protocol: Protocol,
    /// The first port.
    pub(super) from: u16,
    /// The last port.
    pub(super) to: u16,
    peers: AddressSet,
    at: String,
}

/// Reads `Entries`, in rule order.
pub(super) fn entries(list: &[Value]) -> Result<Vec<Entry>, Gap> {
    let mut out = Vec::new();
    for (i, value) in list.iter().enumerate() {
        let odd = || malformed(format!("entry {i} does not have its shape"));
        let protocol = Protocol::parse(member(value, "Protocol").ok_or_else(odd)?)?;
        let number = value.get("RuleNumber").and_then(Value::as_i64).ok_or_else(odd)?;
        let egress = value.get("Egress").and_then(Value::as_bool).ok_or_else(odd)?;
        let allow = match member(value, "RuleAction") {
            Some("allow") => true,
            Some("deny") => false,
            _ => return Err(odd()),
        };
        let (from, to) = match value.get("PortRange") {
            Some(range) if protocol.has_ports() => ports(range, "From", "To")?,
            _ => (0, u16::MAX),
        };
        for name in ["CidrBlock", "Ipv6CidrBlock"] {
            if let Some(text) = member(value, name) {
                let (protocol, peers) = (protocol.clone(), block(text)?);
                let at = format!("/Entries/{i}");
                out.push(Entry { number, egress, allow, protocol, from, to, peers, at });
            }
        }
    }
    out.sort_by_key(|e| e.number);
    Ok(out)
}

/// Whom the entries let through for a protocol and port: the first entry that matches decides.
/// Also the pointer of the first entry that allows anybody public.
pub(super) fn allowed(
    entries: &[Entry],
    egress: bool,
    family: Family,
    protocol: &Protocol,
    port: u16,
) -> (AddressSet, String) {
    let mut decided = AddressSet::empty(family);
    let mut allowed = AddressSet::empty(family);
    let mut at = String::new();
    for e in entries.iter().filter(|e| e.egress == egress && e.peers.family() == family) {
        let speaks = e.protocol == Protocol::All
            || (e.protocol == *protocol && (e.from..=e.to).contains(&port));
        if !speaks {
            continue;
        }
        if e.allow {
            let new = e.peers.minus(&decided);
            if at.is_empty() && !new.and(AddressSet::public(family)).is_empty() {
                at.clone_from(&e.at);
            }
            allowed = allowed.or(&new);
        }
        decided = decided.or(&e.peers);
    }
    (allowed, at)
}

fn block(text: &str) -> Result<AddressSet, Gap> {
    AddressSet::block(text).ok_or_else(|| malformed(format!("{text:?} is no block")))
}

/// A port range. Missing ports and -1 mean every port.
fn ports(of: &Value, from: &str, to: &str) -> Result<(u16, u16), Gap> {
    let end = |name: &str, all: u16| match of.get(name).and_then(Value::as_i64) {
        None | Some(-1) => Ok(all),
        Some(n) => u16::try_from(n).map_err(|_| malformed(format!("{n} is no port"))),
    };
    Ok((end(from, 0)?, end(to, u16::MAX)?))
}
