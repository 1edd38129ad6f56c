//! Rules of all firewalls in one shape, and what becomes of a packet.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use assay_core::{Gap, GapState};

use crate::systemd::Place;

/// What a rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Accept,
    Drop,
    Return,
    /// Into another chain, and back (`false`) or not (`true`).
    Jump(String, bool),
    /// On to the next rule.
    Continue,
    /// On to the next rule, and the packet belongs to no connection from here on.
    Untrack,
}

/// One test of a rule; it holds where any of its values does, or none where negated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Test {
    pub(super) field: Field,
    pub(super) negated: bool,
    pub(super) values: Vec<Value>,
}

/// What a test looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Interface,
    Source,
    Destination,
    /// 4 or 6.
    Family,
    Protocol,
    Port,
    State,
    /// A number that lies somewhere between two in packets of strangers: what they choose, or what it
    /// always is.
    Within(u16, u16),
    /// Something that this packet has, has not, or may have.
    Known(Truth),
}

/// A value of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Word(String),
    Range(u16, u16),
    Net(IpAddr, u8),
    Between(IpAddr, IpAddr),
    /// Cannot be told.
    Other,
}

/// Whether a test holds. `May`: for some of these packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    No,
    May,
    Yes,
}

/// One rule.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) tests: Vec<Test>,
    pub(super) verdict: Verdict,
    pub(super) place: Place,
}

/// One chain.
#[derive(Debug, Clone, Default)]
pub(super) struct Chain {
    pub(super) rules: Vec<Rule>,
    /// Whether packets to this host come through it, and in which order.
    pub(super) hook: Option<i64>,
    /// What its end says, where it is hooked.
    pub(super) policy: Option<(Verdict, Place)>,
}

/// One table.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    /// Holds for IPv4, for IPv6.
    pub(super) families: (bool, bool),
    pub(super) chains: BTreeMap<String, Chain>,
    pub(super) dormant: bool,
}

/// Every table, by family and name.
#[derive(Debug, Clone, Default)]
pub(super) struct Ruleset {
    pub(super) tables: BTreeMap<String, Table>,
    /// What took rules away again: in words, and where it stands.
    pub(super) opened: Option<(String, Place)>,
}

/// A new packet from outside to a port of this host.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packet {
    pub(super) source: IpAddr,
    pub(super) protocol: &'static str,
    pub(super) port: u16,
}

/// What becomes of a packet, and the place that decides; no place where no rule does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Accepted(Option<Place>),
    Denied(Place),
}

/// Most chains that a jump leads into, one from another: the kernel's own limit.
const MAX_DEPTH: usize = 16;

/// How much work the packets of one question may make: values that are compared.
const MAX_WORK: usize = 40_000_000;

/// What is left of it.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(MAX_WORK)
    }
}

impl Budget {
    /// Takes the work of one rule.
    fn take(&mut self, rule: &Rule) -> Result<(), Gap> {
        let work = 1 + rule.tests.iter().map(|t| 1 + t.values.len()).sum::<usize>();
        let left = self.0.checked_sub(work).ok_or_else(|| {
            let detail = format!("{}: more rules than packets are sent through", rule.place.file);
            Gap::new(GapState::Malformed, detail)
        })?;
        self.0 = left;
        Ok(())
    }
}

impl Ruleset {
    /// Sends a packet through every hooked chain in order. One that drops it is final.
    ///
    /// # Errors
    /// The budget is used up.
    pub(super) fn judge(&self, packet: &Packet, budget: &mut Budget) -> Result<Outcome, Gap> {
        let mut chains: Vec<(i64, &Table, &Chain)> = Vec::new();
        for table in self.tables.values().filter(|t| !t.dormant) {
            let holds = if packet.source.is_ipv4() { table.families.0 } else { table.families.1 };
            if holds {
                let hooked = table.chains.values().filter_map(|c| Some((c.hook?, table, c)));
                chains.extend(hooked);
            }
        }
        chains.sort_by_key(|(priority, _, _)| *priority);
        let mut accepted = None;
        let mut way = Way { packet, untracked: false, budget };
        for (_, table, chain) in chains {
            match way.through(table, chain, 0)? {
                Some((Verdict::Drop, place)) => return Ok(Outcome::Denied(place)),
                Some((_, place)) => accepted = Some(place),
                None => match &chain.policy {
                    Some((Verdict::Drop, place)) => return Ok(Outcome::Denied(place.clone())),
                    Some((_, place)) => accepted = accepted.or_else(|| Some(place.clone())),
                    None => {}
                },
            }
        }
        Ok(Outcome::Accepted(accepted))
    }

    /// Every port that some rule names alone, for comparisons.
    pub(super) fn ports(&self) -> BTreeSet<u16> {
        let rules = self.tables.values().flat_map(|t| t.chains.values()).flat_map(|c| &c.rules);
        let tests = rules.flat_map(|r| &r.tests).filter(|t| t.field == Field::Port);
        let values = tests.flat_map(|t| &t.values);
        values.filter_map(|v| if let Value::Range(a, _) = v { Some(*a) } else { None }).collect()
    }
}

/// A packet on its way through the chains.
struct Way<'a> {
    packet: &'a Packet,
    /// A rule took it out of the tracking of connections.
    untracked: bool,
    budget: &'a mut Budget,
}

impl Way<'_> {
    fn through(
        &mut self,
        table: &Table,
        chain: &Chain,
        depth: usize,
    ) -> Result<Option<(Verdict, Place)>, Gap> {
        for rule in &chain.rules {
            self.budget.take(rule)?;
            let truth = rule.tests.iter().map(|t| self.holds(t)).min().unwrap_or(Truth::Yes);
            if truth == Truth::No {
                continue;
            }
            let found = match &rule.verdict {
                Verdict::Continue => None,
                Verdict::Untrack => {
                    self.untracked = true;
                    None
                }
                Verdict::Return if truth == Truth::Yes => return Ok(None),
                Verdict::Return => None,
                Verdict::Jump(name, gone) => {
                    let inner = table.chains.get(name).filter(|_| depth < MAX_DEPTH);
                    let found = match inner {
                        Some(inner) => self.through(table, inner, depth + 1)?,
                        None => None,
                    };
                    if found.is_none() && *gone && truth == Truth::Yes {
                        return Ok(None);
                    }
                    found
                }
                verdict => Some((verdict.clone(), rule.place.clone())),
            };
            match found {
                // Where only some of the packets are dropped, others go on.
                Some((Verdict::Drop, _)) if truth == Truth::May => {}
                Some(found) => return Ok(Some(found)),
                None => {}
            }
        }
        Ok(None)
    }

    fn holds(&self, test: &Test) -> Truth {
        if let Field::Known(truth) = test.field {
            return match (truth, test.negated) {
                (Truth::No, true) => Truth::Yes,
                (Truth::Yes, true) => Truth::No,
                (truth, _) => truth,
            };
        }
        let all = test.values.iter().map(|v| self.one(test.field, v));
        let truth = all.max().unwrap_or(Truth::No);
        match (truth, test.negated) {
            (truth, false) => truth,
            (Truth::Yes, true) => Truth::No,
            (Truth::May, true) => Truth::May,
            (Truth::No, true) => Truth::Yes,
        }
    }

    fn one(&self, field: Field, value: &Value) -> Truth {
        let packet = self.packet;
        let is = |b: bool| if b { Truth::Yes } else { Truth::No };
        match (field, value) {
            (Field::Interface, Value::Word(name)) => interface(name),
            (Field::Source, Value::Net(net, bits)) => is(within(packet.source, *net, *bits)),
            (Field::Source, Value::Between(from, to)) => is(packet.source.is_ipv4()
                == from.is_ipv4()
                && (*from..=*to).contains(&packet.source)),
            (Field::Destination, Value::Net(net, bits)) => {
                if *bits == 0 {
                    is(net.is_ipv4() == packet.source.is_ipv4())
                } else if net.is_multicast()
                    || net.is_loopback()
                    || net.to_string().ends_with(".255")
                {
                    Truth::No
                } else if net.is_ipv4() == packet.source.is_ipv4() {
                    // It may well be the address of this host.
                    Truth::May
                } else {
                    Truth::No
                }
            }
            (Field::Destination, Value::Between(..)) => Truth::May,
            (Field::Family, Value::Word(family)) => is((family == "4") == packet.source.is_ipv4()),
            (Field::Protocol, Value::Word(name)) => {
                is(name == packet.protocol || name == "all" || name == "0")
            }
            (Field::Port, Value::Range(from, to)) => is((*from..=*to).contains(&packet.port)),
            (Field::Within(low, high), Value::Range(from, to)) => {
                if *from <= low && high <= *to {
                    Truth::Yes
                } else if *to < low || high < *from {
                    Truth::No
                } else {
                    Truth::May
                }
            }
            (Field::State, Value::Word(state)) => {
                is(state.eq_ignore_ascii_case(if self.untracked { "untracked" } else { "new" }))
            }
            _ => Truth::No,
        }
    }
}

impl Test {
    /// A test whose answer is known.
    pub(super) const fn known(truth: Truth) -> Self {
        Self { field: Field::Known(truth), negated: false, values: Vec::new() }
    }
}

/// Whether a packet from outside may come in by an interface of this name: never by the loopback,
/// nor by what containers, virtual machines and tunnels use.
fn interface(name: &str) -> Truth {
    let bare = name.trim_end_matches(['*', '+']);
    if bare.is_empty() {
        return Truth::Yes;
    }
    let outside = ["eth", "en", "wl", "ww", "ppp", "bond", "team", "venet", "ib", "usb", "rename"];
    // `e*` takes `eth0` and `enp1s0` in.
    let wide = |p: &str| bare.len() < name.len() && p.starts_with(bare);
    if outside.iter().any(|p| bare.starts_with(p) || wide(p)) { Truth::May } else { Truth::No }
}

fn within(ip: IpAddr, net: IpAddr, bits: u8) -> bool {
    match (ip, net) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(bits.into())).unwrap_or(0);
            a.to_bits() & mask == b.to_bits() & mask
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(bits.into())).unwrap_or(0);
            a.to_bits() & mask == b.to_bits() & mask
        }
        _ => false,
    }
}

/// An address, a network or a range of addresses.
pub(super) fn address(text: &str) -> Value {
    let text = text.trim_matches(['[', ']', '"']);
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Value::Net(ip, if ip.is_ipv4() { 32 } else { 128 });
    }
    if let Some((ip, mask)) = text.split_once('/') {
        let ip: Option<IpAddr> = ip.parse().ok();
        let bits = mask.parse::<u8>().ok().or_else(|| {
            let mask: std::net::Ipv4Addr = mask.parse().ok()?;
            u8::try_from(mask.to_bits().leading_ones()).ok()
        });
        if let (Some(ip), Some(bits)) = (ip, bits) {
            return Value::Net(ip, bits);
        }
    }
    if let Some((from, to)) = text.split_once('-')
        && let (Ok(from), Ok(to)) = (from.parse(), to.parse())
    {
        return Value::Between(from, to);
    }
    Value::Other
}

/// Names of ports that rules use most.
const SERVICES: [(&str, u16); 30] = [
    ("ssh", 22),
    ("http", 80),
    ("https", 443),
    ("domain", 53),
    ("smtp", 25),
    ("smtps", 465),
    ("submission", 587),
    ("imap", 143),
    ("imap2", 143),
    ("imaps", 993),
    ("pop3", 110),
    ("pop3s", 995),
    ("ntp", 123),
    ("telnet", 23),
    ("ftp", 21),
    ("ftp-data", 20),
    ("bootps", 67),
    ("bootpc", 68),
    ("mysql", 3306),
    ("postgresql", 5432),
    ("ldap", 389),
    ("ldaps", 636),
    ("snmp", 161),
    ("syslog", 514),
    ("mdns", 5353),
    ("nfs", 2049),
    ("sunrpc", 111),
    ("microsoft-ds", 445),
    ("dhcpv6-client", 546),
    ("dhcpv6-server", 547),
];

/// A port, a range (`a-b`, `a:b`) or a service's name.
pub(super) fn port(text: &str) -> Value {
    let text = text.trim_matches('"');
    let number = |t: &str, default: u16| {
        if t.is_empty() {
            return Some(default);
        }
        t.parse().ok().or_else(|| SERVICES.iter().find(|(n, _)| *n == t).map(|(_, p)| *p))
    };
    if let Some(port) = number(text, 0).filter(|_| !text.is_empty()) {
        return Value::Range(port, port);
    }
    let split = text.split_once(':').or_else(|| text.split_once('-'));
    match split.map(|(a, b)| (number(a, 0), number(b, u16::MAX))) {
        Some((Some(from), Some(to))) => Value::Range(from, to),
        _ => Value::Other,
    }
}

/// A number or a range of numbers, decimal or hexadecimal; larger ones than 65535 are that.
pub(super) fn numbers(text: &str) -> Value {
    let number = |t: &str| {
        let n = match t.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16).ok(),
            None => t.parse().ok().or_else(|| class(t)),
        };
        n.map(|n| u16::try_from(n).unwrap_or(u16::MAX))
    };
    // `mark 0x1/0xff`: bits under a mask.
    let text = text.trim_matches('"').split('/').next().unwrap_or("");
    match text.split_once(['-', ':']).map(|(a, b)| (number(a), number(b))) {
        Some((Some(from), Some(to))) => Value::Range(from, to),
        _ => number(text).map_or(Value::Other, |n| Value::Range(n, n)),
    }
}

/// Classes of service by their names.
fn class(name: &str) -> Option<u64> {
    let digits = |from: usize| name.get(from..)?.parse::<u64>().ok();
    match name {
        "be" | "default" | "none" => Some(0),
        "ef" => Some(46),
        _ if name.starts_with("cs") => digits(2).filter(|n| *n < 8).map(|n| n * 8),
        _ if name.starts_with("af") => {
            digits(2).filter(|n| *n < 50).map(|n| n / 10 * 8 + n % 10 * 2)
        }
        _ => None,
    }
}

/// A protocol by name or number.
pub(super) fn protocol(text: &str) -> Value {
    let name = match text.trim_matches('"').to_ascii_lowercase().as_str() {
        "6" => "tcp".to_owned(),
        "17" => "udp".to_owned(),
        "58" | "ipv6-icmp" | "icmp6" | "icmpv6" => "icmpv6".to_owned(),
        "1" => "icmp".to_owned(),
        other => other.to_owned(),
    };
    Value::Word(name)
}
