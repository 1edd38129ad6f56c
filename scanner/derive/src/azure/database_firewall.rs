//! `firewall`: the lines of a database server's firewall and how much of the internet each lets in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use crate::{Deriver, Need, World};

const SQL: &str = "Microsoft.Sql/servers";
const COSMOS: &str = "Microsoft.DocumentDB/databaseAccounts";

/// The deriver, one for each type.
#[derive(Debug)]
pub(crate) enum Firewall {
    /// Azure SQL.
    Sql,
    /// Cosmos DB.
    Cosmos,
}

impl Deriver for Firewall {
    fn name(&self) -> &'static str {
        "firewall"
    }

    fn types(&self) -> &'static [&'static str] {
        match self {
            Self::Sql => &[SQL],
            Self::Cosmos => &[COSMOS],
        }
    }

    fn reads(&self) -> &'static [&'static str] {
        match self {
            Self::Sql => &["/firewallRules", "/ipv6FirewallRules"],
            Self::Cosmos => &["/ipRules"],
        }
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn derive(&self, doc: &Resource, _: &dyn World) -> Result<Value, Gap> {
        let lines = match self {
            Self::Cosmos => cosmos(doc)?,
            Self::Sql => {
                let mut lines = pairs(doc, "firewallRules", "startIpAddress", "endIpAddress")?;
                let v6 = ("startIPv6Address", "endIPv6Address");
                lines.extend(pairs(doc, "ipv6FirewallRules", v6.0, v6.1)?);
                lines
            }
        };
        Ok(lines.iter().map(Line::json).collect())
    }
}

/// One line: a range of addresses, both ends included.
struct Line {
    name: String,
    first: IpAddr,
    last: IpAddr,
}

impl Line {
    /// How many addresses; of IPv6, how many networks of 64 bits, since a site has at least one.
    fn addresses(&self) -> i64 {
        let count = match (self.first, self.last) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                (u64::from(b.to_bits()) + 1).saturating_sub(u64::from(a.to_bits()))
            }
            (IpAddr::V6(a), IpAddr::V6(b)) if a <= b => {
                let (a, b) = (a.to_bits() >> 64, b.to_bits() >> 64);
                u64::try_from(b - a).unwrap_or(u64::MAX).saturating_add(1)
            }
            _ => 0,
        };
        i64::try_from(count).unwrap_or(i64::MAX)
    }

    fn kind(&self) -> &'static str {
        match (self.first, self.last) {
            // The documented mark for every service of Azure, other tenants' included.
            (IpAddr::V4(a), IpAddr::V4(b)) if a.is_unspecified() && b.is_unspecified() => "azure",
            (IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V4(Ipv4Addr::BROADCAST)) => "everyone",
            (IpAddr::V6(a), IpAddr::V6(b))
                if a.is_unspecified() && b == Ipv6Addr::from([0xff; 16]) =>
            {
                "everyone"
            }
            (a, b) if private(a).is_some() && private(a) == private(b) => "private",
            _ => "range",
        }
    }

    fn json(&self) -> Value {
        json!({
            "key": format!("{}-{}", self.first, self.last), "name": self.name,
            "first": self.first.to_string(), "last": self.last.to_string(),
            "kind": self.kind(), "addresses": self.addresses(),
        })
    }
}

/// Which block of addresses that the internet does not route holds an address.
fn private(address: IpAddr) -> Option<u8> {
    match address {
        IpAddr::V4(a) => match a.octets() {
            [10, ..] => Some(1),
            [172, b, ..] if (16..32).contains(&b) => Some(2),
            [192, 168, ..] => Some(3),
            _ => None,
        },
        IpAddr::V6(a) => a.is_unique_local().then_some(4),
    }
}

fn pairs(doc: &Resource, facet: &str, from: &str, to: &str) -> Result<Vec<Line>, Gap> {
    let rules = doc.properties.get(facet).and_then(Value::as_array).into_iter().flatten();
    rules
        .map(|rule| {
            let address = |name: &str| {
                let text = rule.get(name).and_then(Value::as_str);
                text.and_then(|t| t.parse().ok()).ok_or_else(|| malformed(facet))
            };
            let name = rule.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            Ok(Line { name, first: address(from)?, last: address(to)? })
        })
        .collect()
}

/// Single addresses and blocks. `0.0.0.0` is the mark for every service of Azure here too.
fn cosmos(doc: &Resource) -> Result<Vec<Line>, Gap> {
    let rules = doc.properties.get("ipRules").and_then(Value::as_array).into_iter().flatten();
    rules
        .map(|rule| {
            let text = rule.get("ipAddressOrRange").and_then(Value::as_str).unwrap_or_default();
            let (first, last) = if let Ok(one) = text.parse::<IpAddr>() {
                (one, one)
            } else {
                let net: ipnet::IpNet = text.parse().map_err(|_| malformed("ipRules"))?;
                (net.network(), net.broadcast())
            };
            Ok(Line { name: text.to_owned(), first, last })
        })
        .collect()
}

fn malformed(facet: &str) -> Gap {
    Gap::new(GapState::Malformed, format!("{facet} holds something that is no address"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fixed, derive};

    fn server(rules: &[(&str, &str)], v6: &[(&str, &str)]) -> Vec<(String, i64)> {
        let mut doc = Resource::new(SQL, "/s", "azure", "1", "global", "s");
        let list = |rules: &[(&str, &str)], from: &str, to: &str| -> Value {
            rules.iter().map(|(a, b)| json!({"name": "r", from: a, to: b})).collect()
        };
        doc.properties
            .insert("firewallRules".into(), list(rules, "startIpAddress", "endIpAddress"));
        let v6 = list(v6, "startIPv6Address", "endIPv6Address");
        doc.properties.insert("ipv6FirewallRules".into(), v6);
        lines(&doc)
    }

    fn lines(doc: &Resource) -> Vec<(String, i64)> {
        let deriver = if doc.kind == SQL { Firewall::Sql } else { Firewall::Cosmos };
        let v = derive(&deriver, doc, &Fixed::around(doc, [])).unwrap();
        let line =
            |l: &Value| (l["kind"].as_str().unwrap().to_owned(), l["addresses"].as_i64().unwrap());
        v.as_array().unwrap().iter().map(line).collect()
    }

    #[test]
    fn what_a_line_lets_in() {
        for (first, last, kind, addresses) in [
            ("0.0.0.0", "0.0.0.0", "azure", 1),
            ("0.0.0.0", "255.255.255.255", "everyone", 1 << 32),
            ("0.0.0.0", "127.255.255.255", "range", 1 << 31),
            ("1.0.0.0", "255.255.255.254", "range", (1 << 32) - (1 << 24) - 1),
            ("203.0.113.7", "203.0.113.7", "range", 1),
            ("10.0.0.0", "10.255.255.255", "private", 1 << 24),
            ("172.16.0.1", "172.31.255.255", "private", (1 << 20) - 1),
            ("192.168.0.0", "192.168.255.255", "private", 1 << 16),
            // From one private block into another: all in between as well.
            ("10.0.0.0", "192.168.0.0", "range", 3_232_235_520 - 167_772_160 + 1),
            ("203.0.113.9", "203.0.113.7", "range", 0),
        ] {
            let got = server(&[(first, last)], &[]);
            assert_eq!(got, [(kind.to_owned(), addresses)], "{first}-{last}");
        }
        for (first, last, kind, addresses) in [
            ("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "everyone", i64::MAX),
            ("2001:db8::", "2001:db8::ffff:ffff:ffff:ffff", "range", 1),
            ("2001:db8::", "2001:db8:0:ffff:ffff:ffff:ffff:ffff", "range", 1 << 16),
            ("fd00::1", "fd00::2", "private", 1),
        ] {
            assert_eq!(server(&[], &[(first, last)]), [(kind.to_owned(), addresses)], "{first}");
        }
    }

    #[test]
    fn cosmos_takes_addresses_and_blocks() {
        let mut doc = Resource::new(COSMOS, "/c", "azure", "1", "global", "c");
        doc.properties.insert(
            "ipRules".into(),
            json!([{"ipAddressOrRange": "0.0.0.0"}, {"ipAddressOrRange": "203.0.113.0/24"},
                   {"ipAddressOrRange": "0.0.0.0/0"}]),
        );
        let want = [("azure", 1), ("range", 256), ("everyone", 1 << 32)];
        assert_eq!(lines(&doc), want.map(|(k, n)| (k.to_owned(), n)));
        doc.properties.insert("ipRules".into(), json!([{"ipAddressOrRange": "anywhere"}]));
        assert!(derive(&Firewall::Cosmos, &doc, &Fixed::around(&doc, [])).is_err());
    }

    #[test]
    fn a_list_that_was_not_read_is_a_gap() {
        let mut doc = Resource::new(SQL, "/s", "azure", "1", "global", "s");
        doc.properties.insert("firewallRules".into(), json!([]));
        assert!(derive(&Firewall::Sql, &doc, &Fixed::around(&doc, [])).is_err());
    }
}
