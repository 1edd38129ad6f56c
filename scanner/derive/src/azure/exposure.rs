//! `exposure` of a network security group: what it lets in from the internet after all its rules.

use std::collections::BTreeSet;

use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::rules::{Protocol, Receiver, Rule, Senders, admitted, inbound};
use crate::net::sweep::{Admitted, Line, Lines, Span, sweep};
use crate::net::{AddressSet, Family, object};
use crate::{Deriver, Need, World};

/// `exposure` of a network security group.
#[derive(Debug, Clone, Copy)]
pub struct Exposure;

impl Deriver for Exposure {
    fn name(&self) -> &'static str {
        "exposure"
    }

    fn types(&self) -> &'static [&'static str] {
        &["Microsoft.Network/networkSecurityGroups"]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/securityRules", "/defaultSecurityRules"]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn derive(&self, doc: &Resource, _: &dyn World) -> Result<Value, Gap> {
        let rules = inbound(doc)?;
        let groups: BTreeSet<&str> = rules.iter().flat_map(Rule::groups).collect();
        let mut lines = Lines::default();
        let mut strangers = Vec::new();
        for protocol in Protocol::OF_PACKETS {
            for family in Family::BOTH {
                let spans = spans(&rules, protocol, |port| {
                    anybody(&rules, &groups, protocol, port, family)
                })?;
                lines.add(protocol.as_str(), protocol.has_ports(), &spans);
            }
            for tag in rules.iter().flat_map(Rule::strangers).collect::<BTreeSet<_>>() {
                let spans =
                    spans(&rules, protocol, |port| tagged(&rules, &groups, protocol, port, tag))?;
                let mut own = Lines::default();
                own.add(protocol.as_str(), protocol.has_ports(), &spans);
                strangers.extend(own.open.into_iter().map(|l| Line { cidr: word(tag), ..l }));
            }
        }
        Ok(object([("open", json!(merged(lines.open, strangers)))]))
    }
}

/// The tag as Azure writes it.
fn word(tag: &str) -> String {
    match tag.split_once('.') {
        Some((_, region)) => format!("AzureCloud.{region}"),
        None => "AzureCloud".to_owned(),
    }
}

/// One line for what is open alike: IPv6 is named where IPv4 is closed, and a tag where the
/// internet as a whole is.
fn merged(open: Vec<Line>, strangers: Vec<Line>) -> Vec<Value> {
    let inside =
        |l: &Line, of: &Line| l.protocol == of.protocol && of.from <= l.from && l.to <= of.to;
    let (v4, v6): (Vec<_>, Vec<_>) =
        open.into_iter().partition(|l| l.family == Family::V4.as_str());
    let mut out = v4;
    for more in [v6, strangers] {
        let new: Vec<Line> =
            more.into_iter().filter(|l| !out.iter().any(|of| inside(l, of))).collect();
        out.extend(new);
    }
    out.sort();
    out.iter().map(|l| l.json(false)).collect()
}

/// The answer for every port; the first gap ends it.
fn spans(
    rules: &[Rule],
    protocol: Protocol,
    mut ask: impl FnMut(u16) -> Result<Admitted, Gap>,
) -> Result<Vec<Span>, Gap> {
    if !protocol.has_ports() {
        return Ok(vec![Span { from: 0, to: u16::MAX, admitted: ask(0)? }]);
    }
    let speak = |r: &&Rule| r.protocol == Protocol::All || r.protocol == protocol;
    let ranges: Vec<_> = rules.iter().filter(speak).flat_map(|r| r.ports.ranges()).collect();
    let mut unknown = None;
    let spans = sweep(ranges, |port| {
        ask(port).unwrap_or_else(|gap| {
            unknown.get_or_insert(gap);
            Admitted { set: AddressSet::empty(Family::V4), at: String::new() }
        })
    });
    unknown.map_or(Ok(spans), Err)
}

/// Whom the rules let in to any address, as a member of any one application security group or of
/// none.
fn anybody(
    rules: &[Rule],
    groups: &BTreeSet<&str>,
    protocol: Protocol,
    port: u16,
    family: Family,
) -> Result<Admitted, Gap> {
    ask(rules, groups, (protocol, port), family, &Senders::Addresses)
}

fn tagged(
    rules: &[Rule],
    groups: &BTreeSet<&str>,
    protocol: Protocol,
    port: u16,
    tag: &str,
) -> Result<Admitted, Gap> {
    ask(rules, groups, (protocol, port), Family::V4, &Senders::Tag(tag))
}

fn ask(
    rules: &[Rule],
    groups: &BTreeSet<&str>,
    what: (Protocol, u16),
    family: Family,
    who: &Senders<'_>,
) -> Result<Admitted, Gap> {
    let mut out = Admitted { set: AddressSet::empty(family), at: String::new() };
    let none = std::iter::once(Vec::new());
    for groups in none.chain(groups.iter().map(|g| vec![*g])) {
        let to = Receiver { address: AddressSet::all(family), groups };
        let (set, at) = admitted(rules, what, family, who, &to)?;
        if out.at.is_empty() {
            out.at = at;
        }
        out.set = out.set.or(&set);
    }
    Ok(out)
}
