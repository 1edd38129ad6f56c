//! What only a running host's own programs tell.

/// A question to one of them. None of them changes anything: they list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    /// Every rule of nftables.
    Nftables,
    /// Rules for IPv4 that iptables made by way of nftables, in its own words.
    Iptables,
    /// The same for IPv6.
    Ip6tables,
    /// Rules for IPv4 of iptables before nftables.
    LegacyIptables,
    /// The same for IPv6.
    LegacyIp6tables,
}

impl Question {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Nftables,
        Self::Iptables,
        Self::Ip6tables,
        Self::LegacyIptables,
        Self::LegacyIp6tables,
    ];

    /// The command that answers it, as evidence names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nftables => "nft list ruleset",
            Self::Iptables => "iptables-nft-save",
            Self::Ip6tables => "ip6tables-nft-save",
            Self::LegacyIptables => "iptables-legacy-save",
            Self::LegacyIp6tables => "ip6tables-legacy-save",
        }
    }
}
