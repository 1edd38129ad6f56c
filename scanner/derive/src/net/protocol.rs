//! Protocols, by name or number.

use assay_core::Gap;

use super::malformed;

/// A protocol of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Protocol {
    /// Every protocol and port.
    All,
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// Another one, by name where it has one, else by number: without ports.
    Other(String),
}

impl Protocol {
    /// Reads any spelling: `-1`, `all`, `tcp`, `TCP`, `6`.
    pub(super) fn parse(text: &str) -> Result<Self, Gap> {
        let word = text.trim().to_ascii_lowercase();
        Ok(match word.as_str() {
            "-1" | "all" => Self::All,
            "6" | "tcp" => Self::Tcp,
            "17" | "udp" => Self::Udp,
            "1" | "icmp" => Self::Other("icmp".into()),
            "58" | "icmpv6" | "ipv6-icmp" => Self::Other("icmpv6".into()),
            _ if word.parse::<u8>().is_ok() => Self::Other(word),
            _ => return Err(malformed(format!("unknown protocol {text:?}"))),
        })
    }

    /// The word used in JSON and in keys.
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::All => "all",
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Other(word) => word,
        }
    }

    /// True for the protocols that have ports.
    pub(super) const fn has_ports(&self) -> bool {
        matches!(self, Self::Tcp | Self::Udp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_one() {
        for (text, word) in [
            ("-1", "all"),
            ("all", "all"),
            ("6", "tcp"),
            ("TCP", "tcp"),
            ("17", "udp"),
            ("1", "icmp"),
            ("icmpv6", "icmpv6"),
            ("50", "50"),
        ] {
            assert_eq!(Protocol::parse(text).unwrap().as_str(), word, "{text}");
        }
        assert!(Protocol::parse("http").is_err());
        assert!(Protocol::parse("300").is_err());
    }
}
