//! `exposure`: what a security group or a network ACL admits from the internet.

use std::collections::BTreeSet;

use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::prefix_list::{LOOK, PrefixLists};
use super::protocol::Protocol;
use super::rules::{Admit, Entry, admits, allowed, entries};
use super::set::{AddressSet, Family};
use super::sweep::{Admitted, Lines, Span, sweep};
use super::{list, object};
use crate::{Deriver, Need, World, memo};

/// `exposure` of a security group.
#[derive(Debug, Clone, Copy)]
pub struct GroupExposure;

impl Deriver for GroupExposure {
    fn name(&self) -> &'static str {
        "exposure"
    }

    fn types(&self) -> &'static [&'static str] {
        &["AWS::EC2::SecurityGroup"]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/SecurityGroupIngress"]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn looks(&self) -> &'static [Need] {
        &[LOOK]
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let lists =
            memo(world, &format!("net/prefix-lists/{}", doc.region), || PrefixLists::load(world));
        let admits = admits(list(doc, "SecurityGroupIngress")?, &lists)?;
        let mut protocols = BTreeSet::from([Protocol::All, Protocol::Tcp, Protocol::Udp]);
        protocols.extend(admits.iter().map(|a| a.protocol.clone()));
        let mut lines = Lines::default();
        for protocol in &protocols {
            for family in Family::BOTH {
                lines.add(
                    protocol.as_str(),
                    protocol.has_ports(),
                    &spans(&admits, protocol, family),
                );
            }
        }
        lines.open.sort();
        lines.ranges.sort();
        Ok(object([
            ("open", lines.open.iter().map(|l| l.json(false)).collect()),
            ("ranges", lines.ranges.iter().map(|l| l.json(true)).collect()),
        ]))
    }
}

/// Who gets in, by port. Protocols without ports are one span; they are listed for what their own
/// rules admit (`all` lists what every protocol admits).
fn spans(admits: &[Admit], protocol: &Protocol, family: Family) -> Vec<Span> {
    let ask = |port| admitted(admits, protocol, family, port);
    if !protocol.has_ports() {
        return vec![Span { from: 0, to: u16::MAX, admitted: ask(0) }];
    }
    let ranges = admits.iter().filter(|a| a.protocol == *protocol).map(|a| (a.from, a.to));
    sweep(ranges, ask)
}

/// Whom the rules together admit on one port.
pub(super) fn admitted(
    admits: &[Admit],
    protocol: &Protocol,
    family: Family,
    port: u16,
) -> Admitted {
    let mut out = Admitted { set: AddressSet::empty(family), at: String::new() };
    for a in admits.iter().filter(|a| a.covers(protocol, port)) {
        // Protocols without ports are reported once, under `all`, where every protocol is open.
        if !protocol.has_ports() && a.protocol != *protocol {
            continue;
        }
        for source in a.sources.iter().filter(|s| s.family() == family) {
            if out.at.is_empty() && !source.and(AddressSet::public(family)).is_empty() {
                out.at.clone_from(&a.at);
            }
            out.set = out.set.or(source);
        }
    }
    out
}

/// `exposure` of a network ACL: its entries in rule order, a denial before an allowance included.
#[derive(Debug, Clone, Copy)]
pub struct AclExposure;

impl Deriver for AclExposure {
    fn name(&self) -> &'static str {
        "exposure"
    }

    fn types(&self) -> &'static [&'static str] {
        &["AWS::EC2::NetworkAcl"]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/Entries"]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn derive(&self, doc: &Resource, _: &dyn World) -> Result<Value, Gap> {
        let entries = entries(list(doc, "Entries")?)?;
        let mut lines = Lines::default();
        for protocol in [Protocol::Tcp, Protocol::Udp] {
            for family in Family::BOTH {
                let spans = sweep(entries.iter().map(|e: &Entry| (e.from, e.to)), |port| {
                    let (set, at) = allowed(&entries, false, family, &protocol, port);
                    Admitted { set, at }
                });
                lines.add(protocol.as_str(), true, &spans);
            }
        }
        lines.open.sort();
        let open: Vec<Value> = lines.open.iter().map(|l| l.json(false)).collect();
        Ok(object([("open", json!(open))]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fixed;

    fn derive(kind: &str, facet: &str, rules: Value, others: Vec<Resource>) -> Result<Value, Gap> {
        let mut doc = Resource::new(kind, "arn:x", "aws", "1", "eu-west-1", "x");
        doc.properties.insert(facet.into(), rules);
        let world = Fixed::around(&doc, others);
        if kind == "AWS::EC2::NetworkAcl" {
            AclExposure.derive(&doc, &world)
        } else {
            GroupExposure.derive(&doc, &world)
        }
    }

    fn lines(value: &Value, name: &str) -> Vec<String> {
        let text = |l: &Value| {
            let s = |n: &str| l[n].to_string().replace('"', "");
            format!("{}/{}-{}/{}", s("protocol"), s("from"), s("to"), s("cidr"))
        };
        value[name].as_array().unwrap().iter().map(text).collect()
    }

    fn group(rules: Value) -> Value {
        derive("AWS::EC2::SecurityGroup", "SecurityGroupIngress", rules, vec![]).unwrap()
    }

    #[test]
    fn ranges_of_ports_and_spellings_of_protocols() {
        let out = group(json!([
            {"IpProtocol": "6", "FromPort": 20, "ToPort": 25, "CidrIp": "0.0.0.0/0"},
            {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "CidrIp": "0.0.0.0/0"}
        ]));
        assert_eq!(lines(&out, "open"), ["icmp/-1--1/0.0.0.0/0", "tcp/20-25/0.0.0.0/0"]);
    }

    #[test]
    fn every_protocol_opens_every_port() {
        let out = group(json!([{"IpProtocol": "-1", "CidrIpv6": "::/0"}]));
        assert_eq!(lines(&out, "open"), ["all/-1--1/::/0", "tcp/0-65535/::/0", "udp/0-65535/::/0"]);
    }

    #[test]
    fn two_halves_are_the_internet_only_where_their_ports_meet() {
        let out = group(json!([
            {"IpProtocol": "tcp", "FromPort": 10, "ToPort": 30, "CidrIp": "0.0.0.0/1"},
            {"IpProtocol": "tcp", "FromPort": 20, "ToPort": 40, "CidrIp": "128.0.0.0/1"}
        ]));
        assert_eq!(lines(&out, "open"), ["tcp/10-19/0.0.0.0/1", "tcp/20-30/0.0.0.0/0"]);
        assert!(lines(&out, "ranges").iter().all(|l| l.starts_with("tcp/31-40/")));
    }

    #[test]
    fn neighbouring_rules_are_one_line() {
        let out = group(json!([
            {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 1000, "CidrIp": "0.0.0.0/0"},
            {"IpProtocol": "tcp", "FromPort": 1001, "ToPort": 65535, "CidrIp": "0.0.0.0/0"}
        ]));
        assert_eq!(lines(&out, "open"), ["tcp/0-65535/0.0.0.0/0"]);
    }

    #[test]
    fn private_ranges_and_groups_are_not_public() {
        let out = group(json!([
            {"IpProtocol": "-1", "CidrIp": "10.0.0.0/8"},
            {"IpProtocol": "-1", "CidrIpv6": "fd00::/8"},
            {"IpProtocol": "-1", "SourceSecurityGroupId": "sg-1"},
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "8.8.0.0/16"}
        ]));
        assert!(lines(&out, "open").is_empty());
        assert_eq!(lines(&out, "ranges"), ["tcp/443-443/8.8.0.0/16"]);
    }

    #[test]
    fn a_rule_without_a_known_source_is_a_gap() {
        let rules = json!([{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}]);
        let out = derive("AWS::EC2::SecurityGroup", "SecurityGroupIngress", rules, vec![]);
        assert!(out.is_err());
    }

    #[test]
    fn prefix_lists_are_resolved_or_a_gap() {
        let rules = json!([
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "SourcePrefixListId": "pl-1"}
        ]);
        let mut list =
            Resource::new("AWS::EC2::PrefixList", "arn:pl", "aws", "1", "eu-west-1", "pl");
        list.properties.insert("PrefixListId".into(), json!("pl-1"));
        list.properties.insert("OwnerId".into(), json!("1"));
        let ask = |l: Resource| {
            derive("AWS::EC2::SecurityGroup", "SecurityGroupIngress", rules.clone(), vec![l])
        };
        assert!(ask(list.clone()).is_err(), "entries were not read");
        list.properties
            .insert("Entries".into(), json!([{"Cidr": "0.0.0.0/1"}, {"Cidr": "128.0.0.0/1"}]));
        assert_eq!(lines(&ask(list.clone()).unwrap(), "open"), ["tcp/22-22/0.0.0.0/0"]);
        list.properties.insert("OwnerId".into(), json!("AWS"));
        assert!(lines(&ask(list).unwrap(), "open").is_empty());
        assert!(derive("AWS::EC2::SecurityGroup", "SecurityGroupIngress", rules, vec![]).is_err());
    }

    #[test]
    fn the_first_entry_that_matches_decides() {
        let acl = |entries| {
            let out = derive("AWS::EC2::NetworkAcl", "Entries", entries, vec![]).unwrap();
            lines(&out, "open")
        };
        let allow = json!({"RuleNumber": 100, "Egress": false, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"});
        let deny = |n: i64| {
            json!({"RuleNumber": n, "Egress": false, "Protocol": "6", "RuleAction": "deny",
                   "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 22, "To": 22}})
        };
        assert_eq!(
            acl(json!([allow, deny(90)])),
            ["tcp/0-21/0.0.0.0/0", "tcp/23-65535/0.0.0.0/0", "udp/0-65535/0.0.0.0/0"]
        );
        assert_eq!(acl(json!([deny(110), allow])).len(), 2);
    }
}
