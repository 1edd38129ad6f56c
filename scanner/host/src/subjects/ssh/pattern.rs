//! Patterns of names and addresses, as sshd compares them.

use std::net::IpAddr;

/// The longest single pattern of a list that sshd looks at, in bytes.
const MAX_PATTERN: usize = 1024;

/// Whether a name fits a pattern with `*` and `?`. Linear in name times stars, no recursion.
pub(super) fn matches(name: &str, pattern: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let (mut n, mut p) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&c) if c == '?' || Some(&c) == name.get(n) => {
                n += 1;
                p += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    n = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_none_or(|rest| rest.iter().all(|c| *c == '*'))
}

/// What a list says of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It names it.
    Yes,
    /// It does not.
    No,
    /// It excludes it (`!`).
    Never,
}

/// Whether a list of patterns, with commas and `!`, names something. An exclusion wins; exclusions
/// alone name nobody.
pub(super) fn list(name: &str, patterns: &str) -> Answer {
    let mut answer = Answer::No;
    for part in patterns.split(',') {
        let (negated, pattern) = match part.strip_prefix('!') {
            Some(p) => (true, p),
            None => (false, part),
        };
        if pattern.len() > MAX_PATTERN {
            return Answer::No;
        }
        if matches(name, pattern) {
            if negated {
                return Answer::Never;
            }
            answer = Answer::Yes;
        }
    }
    answer
}

/// The same for host names: without regard to case.
pub(super) fn hosts(name: &str, patterns: &str) -> Answer {
    list(&name.to_ascii_lowercase(), &patterns.to_ascii_lowercase())
}

/// A network: an address and the length of its mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network {
    /// Its first address.
    pub(super) first: IpAddr,
    /// Length of the mask in bits.
    pub(super) bits: u32,
}

impl Network {
    /// `Ok(None)`: no address. `Err`: an address with a mask that does not fit it.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, ()> {
        let (address, mask) = match text.split_once('/') {
            Some((a, m)) => (a, Some(m)),
            None => (text, None),
        };
        let mask = match mask {
            None => None,
            Some(m) => match m.parse::<u32>() {
                Ok(m) if m <= 128 => Some(m),
                _ => return Ok(None),
            },
        };
        let Ok(first) = address.parse::<IpAddr>() else { return Ok(None) };
        let width = if first.is_ipv4() { 32 } else { 128 };
        let network = Self { first, bits: mask.unwrap_or(width) };
        if network.bits > width || number(first) & !network.mask() != 0 {
            return Err(());
        }
        Ok(Some(network))
    }

    const fn width(&self) -> u32 {
        if self.first.is_ipv4() { 32 } else { 128 }
    }

    fn mask(&self) -> u128 {
        let all = if self.first.is_ipv4() { u128::from(u32::MAX) } else { u128::MAX };
        let host = self.width().saturating_sub(self.bits);
        all & u128::MAX.checked_shl(host).unwrap_or(0)
    }

    /// Whether an address lies in it.
    pub(super) fn holds(&self, address: IpAddr) -> bool {
        self.first.is_ipv4() == address.is_ipv4()
            && number(address) & self.mask() == number(self.first)
    }

    /// Its first and last address and their outer neighbours: enough to tell any two networks apart.
    pub(super) fn edges(&self) -> Vec<IpAddr> {
        let first = number(self.first);
        let all = if self.first.is_ipv4() { u128::from(u32::MAX) } else { u128::MAX };
        let last = first | (all & !self.mask());
        let mut edges = vec![first, last];
        edges.extend(first.checked_sub(1));
        edges.extend(last.checked_add(1).filter(|n| *n <= all));
        edges.into_iter().map(|n| address(n, self.first.is_ipv4())).collect()
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(a) => u128::from(u32::from(a)),
        IpAddr::V6(a) => u128::from(a),
    }
}

fn address(number: u128, v4: bool) -> IpAddr {
    if v4 {
        IpAddr::V4(u32::try_from(number).unwrap_or(u32::MAX).into())
    } else {
        IpAddr::V6(number.into())
    }
}

/// Whether a list of addresses, networks and wildcards names an address.
///
/// # Errors
/// A mask does not fit its address, or an entry is empty: sshd refuses the list.
pub(super) fn addresses(address: Option<&str>, list: &str) -> Result<Answer, ()> {
    let parsed = match address {
        None => None,
        Some(a) => match a.parse::<IpAddr>() {
            Ok(ip) => Some(ip),
            Err(_) => return Ok(Answer::No),
        },
    };
    let mut answer = Answer::No;
    for part in list.split(',') {
        let (negated, entry) = match part.strip_prefix('!') {
            Some(p) => (true, p),
            None => (false, part),
        };
        if entry.is_empty() {
            return Err(());
        }
        let found = match (Network::parse(entry)?, parsed, address) {
            (Some(network), Some(ip), _) => network.holds(ip),
            (None, _, Some(text)) => matches(text, entry),
            _ => false,
        };
        if found {
            if negated {
                return Ok(Answer::Never);
            }
            answer = Answer::Yes;
        }
    }
    Ok(answer)
}

/// Whether an entry of `AllowUsers` or `DenyUsers` (`USER` or `USER@HOST`) names a login.
pub(super) fn login(user: &str, host: &str, address: &str, entry: &str) -> bool {
    let Some((user_pattern, host_pattern)) = entry.rsplit_once('@') else {
        return matches(user, entry);
    };
    if !matches(user, user_pattern) {
        return false;
    }
    let by_address = addresses(Some(address), host_pattern).unwrap_or(Answer::Never);
    let by_name = hosts(host, host_pattern);
    by_address != Answer::Never
        && by_name != Answer::Never
        && (by_address == Answer::Yes || by_name == Answer::Yes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        for (name, pattern, want) in [
            ("root", "root", true),
            ("root", "r*", true),
            ("root", "*o*t", true),
            ("root", "?oot", true),
            ("root", "*", true),
            ("", "*", true),
            ("root", "", false),
            ("root", "rooty", false),
            ("Root", "root", false),
        ] {
            assert_eq!(matches(name, pattern), want, "{name} {pattern}");
        }
        let long = "a".repeat(5000);
        assert!(!matches(&long, &format!("{}b", "*a".repeat(400))), "ends in time");
    }

    #[test]
    fn an_exclusion_wins_and_names_nobody_alone() {
        assert_eq!(list("root", "*,!root"), Answer::Never);
        assert_eq!(list("bob", "*,!root"), Answer::Yes);
        assert_eq!(list("bob", "!root"), Answer::No);
    }

    #[test]
    fn networks() {
        assert_eq!(addresses(Some("10.1.2.3"), "10.0.0.0/8"), Ok(Answer::Yes));
        assert_eq!(addresses(Some("10.1.2.3"), "10.0.0.0/8,!10.1.0.0/16"), Ok(Answer::Never));
        assert_eq!(addresses(Some("10.1.2.3"), "!10.1.0.0/16"), Ok(Answer::Never));
        assert_eq!(addresses(Some("11.1.2.3"), "!10.1.0.0/16"), Ok(Answer::No));
        assert_eq!(addresses(Some("10.1.2.3"), "10.1.*"), Ok(Answer::Yes));
        assert_eq!(addresses(Some("2001:db8::5"), "2001:db8::/32"), Ok(Answer::Yes));
        assert_eq!(addresses(Some("10.1.2.3"), "0.0.0.0/0"), Ok(Answer::Yes));
        assert_eq!(addresses(Some("10.1.2.3"), "::/0"), Ok(Answer::No));
        assert_eq!(addresses(None, "10.0.0.1/8"), Err(()));
        assert_eq!(addresses(None, "10.0.0.0/33"), Err(()));
        assert!(login("bob", "10.1.2.3", "10.1.2.3", "bob@10.0.0.0/8"));
        assert!(!login("bob", "11.1.2.3", "11.1.2.3", "bob@10.0.0.0/8"));
    }
}
