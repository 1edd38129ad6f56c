//! Sets of addresses: sorted, disjoint ranges.

use std::net::IpAddr;
use std::sync::LazyLock;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// An address family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// Both families, in order.
    pub const BOTH: [Self; 2] = [Self::V4, Self::V6];

    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V4 => "ipv4",
            Self::V6 => "ipv6",
        }
    }

    const fn last(self) -> u128 {
        match self {
            Self::V4 => u32::MAX as u128,
            Self::V6 => u128::MAX,
        }
    }

    const fn bits(self) -> u32 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }

    /// The block of every address.
    #[must_use]
    pub const fn everything(self) -> &'static str {
        match self {
            Self::V4 => "0.0.0.0/0",
            Self::V6 => "::/0",
        }
    }
}

/// IPv4 blocks that the internet does not route (IANA's special-purpose registry).
const SPECIAL_V4: &[(u32, u32)] = &[
    (0x0000_0000, 8),  // 0.0.0.0/8
    (0x0A00_0000, 8),  // 10.0.0.0/8
    (0x6440_0000, 10), // 100.64.0.0/10
    (0x7F00_0000, 8),  // 127.0.0.0/8
    (0xA9FE_0000, 16), // 169.254.0.0/16
    (0xAC10_0000, 12), // 172.16.0.0/12
    (0xC000_0000, 24), // 192.0.0.0/24
    (0xC000_0200, 24), // 192.0.2.0/24
    (0xC0A8_0000, 16), // 192.168.0.0/16
    (0xC612_0000, 15), // 198.18.0.0/15
    (0xC633_6400, 24), // 198.51.100.0/24
    (0xCB00_7100, 24), // 203.0.113.0/24
    (0xE000_0000, 3),  // 224.0.0.0/3
];

/// A set of addresses of one family.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressSet {
    family: Family,
    /// First and last address, sorted, disjoint and not adjacent.
    ranges: Vec<(u128, u128)>,
}

impl AddressSet {
    /// No address.
    #[must_use]
    pub const fn empty(family: Family) -> Self {
        Self { family, ranges: Vec::new() }
    }

    /// Every address.
    #[must_use]
    pub fn all(family: Family) -> Self {
        Self { family, ranges: vec![(0, family.last())] }
    }

    /// Every address that the internet routes.
    #[must_use]
    pub fn public(family: Family) -> &'static Self {
        static PUBLIC: LazyLock<[AddressSet; 2]> =
            LazyLock::new(|| Family::BOTH.map(AddressSet::routed));
        let [v4, v6] = &*PUBLIC;
        match family {
            Family::V4 => v4,
            Family::V6 => v6,
        }
    }

    fn routed(family: Family) -> Self {
        match family {
            Family::V4 => {
                let special = SPECIAL_V4.iter().map(|(base, length)| {
                    let base = u128::from(*base);
                    (base, base + (1_u128 << (32 - length)) - 1)
                });
                Self::all(family).minus(&Self::from_ranges(family, special.collect()))
            }
            Family::V6 => {
                // 2000::/3 without the documentation block 2001:db8::/32.
                let global = (0x2000_u128 << 112, (0x4000_u128 << 112) - 1);
                let example = 0x2001_0DB8_u128 << 96;
                let special = vec![(example, example + (1_u128 << 96) - 1)];
                Self::from_ranges(family, vec![global]).minus(&Self::from_ranges(family, special))
            }
        }
    }

    /// The addresses of a block; host bits that are set are ignored, as the provider does.
    #[must_use]
    pub fn block(text: &str) -> Option<Self> {
        match text.trim().parse::<IpNet>().ok()? {
            IpNet::V4(n) => {
                let range = (u32::from(n.network()).into(), u32::from(n.broadcast()).into());
                Some(Self { family: Family::V4, ranges: vec![range] })
            }
            IpNet::V6(n) => {
                let range = (u128::from(n.network()), u128::from(n.broadcast()));
                Some(Self { family: Family::V6, ranges: vec![range] })
            }
        }
    }

    /// True for a public address.
    #[must_use]
    pub fn is_public(address: &str) -> bool {
        let (family, n) = match address.parse::<IpAddr>() {
            Ok(IpAddr::V4(a)) => (Family::V4, u32::from(a).into()),
            Ok(IpAddr::V6(a)) => (Family::V6, u128::from(a)),
            Err(_) => return false,
        };
        Self::public(family).ranges.iter().any(|(a, b)| *a <= n && n <= *b)
    }

    fn from_ranges(family: Family, mut ranges: Vec<(u128, u128)>) -> Self {
        ranges.sort_unstable();
        let mut out: Vec<(u128, u128)> = Vec::with_capacity(ranges.len());
        for (a, b) in ranges {
            match out.last_mut() {
                Some(last) if a <= last.1.saturating_add(1) => last.1 = last.1.max(b),
                _ => out.push((a, b)),
            }
        }
        Self { family, ranges: out }
    }

    /// The family.
    #[must_use]
    pub const fn family(&self) -> Family {
        self.family
    }

    /// True without any address.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The addresses of either set.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self::from_ranges(self.family, [&self.ranges[..], &other.ranges[..]].concat())
    }

    /// The addresses of both sets.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut out = Vec::new();
        for (a, b) in &self.ranges {
            for (c, d) in &other.ranges {
                let (from, to) = (*a.max(c), *b.min(d));
                if from <= to {
                    out.push((from, to));
                }
            }
        }
        Self::from_ranges(self.family, out)
    }

    /// The addresses of this set that are not in the other.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut rest = Vec::new();
        let mut next = 0_u128;
        let mut whole = true;
        for (a, b) in &other.ranges {
            if *a > next {
                rest.push((next, a - 1));
            }
            match b.checked_add(1) {
                Some(n) if *b < self.family.last() => next = n,
                _ => whole = false,
            }
        }
        if whole {
            rest.push((next, self.family.last()));
        }
        self.and(&Self { family: self.family, ranges: rest })
    }

    /// Number of addresses; of all IPv6 addresses one less.
    #[must_use]
    fn size(&self) -> u128 {
        self.ranges.iter().fold(0, |n, (a, b)| n.saturating_add((b - a).saturating_add(1)))
    }

    /// True where the set holds at least half of the addresses that the internet routes: whoever
    /// admits that much admits the internet, however it is written.
    #[must_use]
    pub fn is_internet(&self) -> bool {
        let public = Self::public(self.family);
        self.and(public).size() >= public.size() / 2
    }

    /// The block that names the set in a report: that of every address if all public ones are in
    /// it, else the largest block.
    #[must_use]
    pub fn label(&self) -> String {
        if Self::public(self.family).minus(self).is_empty() {
            return self.family.everything().to_owned();
        }
        let widest = self.blocks().into_iter().min_by_key(IpNet::prefix_len);
        widest.map_or_else(String::new, |n| n.to_string())
    }

    /// The fewest blocks that make up the set, in order.
    #[must_use]
    pub fn blocks(&self) -> Vec<IpNet> {
        let bits = self.family.bits();
        let mut out = Vec::new();
        for (from, to) in &self.ranges {
            let mut next = Some(*from);
            while let Some(a) = next.filter(|a| a <= to) {
                let mut free = if a == 0 { bits } else { a.trailing_zeros().min(bits) };
                while free > 0 && last_of(a, free).is_none_or(|l| l > *to) {
                    free -= 1;
                }
                out.extend(net(self.family, a, bits - free));
                next = last_of(a, free).and_then(|l| l.checked_add(1));
            }
        }
        out
    }
}

/// The last address of a block that begins at `a` and leaves `free` bits.
fn last_of(a: u128, free: u32) -> Option<u128> {
    let span = if free >= 128 { u128::MAX } else { (1_u128 << free) - 1 };
    a.checked_add(span)
}

fn net(family: Family, a: u128, length: u32) -> Option<IpNet> {
    let length = u8::try_from(length).ok()?;
    match family {
        Family::V4 => Ipv4Net::new(u32::try_from(a).ok()?.into(), length).ok().map(IpNet::V4),
        Family::V6 => Ipv6Net::new(a.into(), length).ok().map(IpNet::V6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(blocks: &[&str]) -> AddressSet {
        let mut sets = blocks.iter().map(|b| AddressSet::block(b).unwrap());
        let first = sets.next().unwrap();
        sets.fold(first, |a, b| a.or(&b))
    }

    #[test]
    fn halves_make_the_internet() {
        assert_eq!(of(&["0.0.0.0/1", "128.0.0.0/1"]), AddressSet::all(Family::V4));
        assert!(of(&["0.0.0.0/1", "128.0.0.0/1"]).is_internet());
        assert_eq!(of(&["0.0.0.0/1", "128.0.0.0/1"]).label(), "0.0.0.0/0");
        assert!(of(&["::/1", "8000::/1"]).is_internet());
        assert!(of(&["2000::/3"]).is_internet());
        assert_eq!(of(&["2000::/3"]).label(), "::/0");
        assert!(!of(&["2000::/5"]).is_internet());
        assert!(!of(&["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]).is_internet());
        assert!(!of(&["fc00::/7"]).is_internet());
    }

    #[test]
    fn all_but_the_private_ranges_is_the_internet() {
        let most = AddressSet::all(Family::V4).minus(&of(&["10.0.0.0/8", "192.168.0.0/16"]));
        assert!(most.is_internet());
        assert_eq!(most.label(), "0.0.0.0/0");
        let hole = AddressSet::all(Family::V4).minus(&of(&["8.8.8.0/24"]));
        assert!(hole.is_internet());
        assert_eq!(hole.label(), "128.0.0.0/1");
    }

    #[test]
    fn blocks_are_the_fewest() {
        let words = |s: &AddressSet| s.blocks().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(words(&of(&["10.0.0.0/25", "10.0.0.128/25"])), ["10.0.0.0/24"]);
        assert_eq!(words(&of(&["10.0.1.0/24", "10.0.2.0/24"])), ["10.0.1.0/24", "10.0.2.0/24"]);
        assert_eq!(words(&AddressSet::all(Family::V4)), ["0.0.0.0/0"]);
        assert_eq!(words(&AddressSet::all(Family::V6)), ["::/0"]);
        assert_eq!(words(&of(&["255.255.255.255/32"])), ["255.255.255.255/32"]);
    }

    #[test]
    fn sets_subtract_at_the_ends() {
        for family in Family::BOTH {
            let all = AddressSet::all(family);
            assert!(all.minus(&all).is_empty());
            assert_eq!(all.minus(&AddressSet::empty(family)), all);
        }
        let rest = of(&["10.0.0.0/24"]).minus(&of(&["10.0.0.0/25"]));
        assert_eq!(rest, of(&["10.0.0.128/25"]));
    }

    #[test]
    fn host_bits_and_odd_texts() {
        assert_eq!(of(&["10.0.0.7/24"]), of(&["10.0.0.0/24"]));
        assert!(AddressSet::block("10.0.0.0/33").is_none());
        assert!(AddressSet::is_public("8.8.8.8"));
        assert!(AddressSet::is_public("2a05:d018::1"));
        assert!(!AddressSet::is_public("10.1.2.3"));
        assert!(!AddressSet::is_public("fd00::1"));
    }
}
