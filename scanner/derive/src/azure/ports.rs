//! Sets of ports.

use assay_core::Gap;

use crate::net::malformed;

/// Sorted, disjoint ranges of ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ports(Vec<(u16, u16)>);

impl Ports {
    /// Every port.
    pub(super) fn all() -> Self {
        Self(vec![(0, u16::MAX)])
    }

    /// Reads Azure's spellings: `*`, `22`, `20-25`, and several of them.
    pub(super) fn parse<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Self, Gap> {
        let mut ranges = Vec::new();
        for text in texts.flat_map(|t| t.split(',')).map(str::trim) {
            let odd = || malformed(format!("{text:?} is no port range"));
            let number = |t: &str| t.trim().parse::<u16>().map_err(|_| odd());
            let range = match text.split_once('-') {
                _ if text == "*" => (0, u16::MAX),
                Some((from, to)) => (number(from)?, number(to)?),
                None => (number(text)?, number(text)?),
            };
            if range.0 > range.1 {
                return Err(odd());
            }
            ranges.push(range);
        }
        if ranges.is_empty() {
            return Err(malformed("a security rule names no port"));
        }
        ranges.sort_unstable();
        let mut out: Vec<(u16, u16)> = Vec::new();
        for (from, to) in ranges {
            match out.last_mut() {
                Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
                _ => out.push((from, to)),
            }
        }
        Ok(Self(out))
    }

    /// The ranges, in order.
    pub(super) fn ranges(&self) -> impl Iterator<Item = (u16, u16)> + '_ {
        self.0.iter().copied()
    }

    /// Whether a port is in it.
    pub(super) fn has(&self, port: u16) -> bool {
        self.ranges().any(|(from, to)| (from..=to).contains(&port))
    }

    /// True without any port.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ports of both.
    pub(super) fn and(&self, other: &Self) -> Self {
        let pairs = self.ranges().flat_map(|a| other.ranges().map(move |b| (a, b)));
        let both = pairs.map(|((a, b), (c, d))| (a.max(c), b.min(d)));
        Self(both.filter(|(from, to)| from <= to).collect())
    }

    /// The ports of this set that are not in the other.
    pub(super) fn minus(&self, other: &Self) -> Self {
        let mut rest = Vec::new();
        let mut next = Some(0_u16);
        for (from, to) in other.ranges() {
            if let Some(start) = next.filter(|n| *n < from) {
                rest.push((start, from - 1));
            }
            next = to.checked_add(1);
        }
        rest.extend(next.map(|start| (start, u16::MAX)));
        self.and(&Self(rest))
    }
}
