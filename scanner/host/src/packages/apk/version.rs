//! Versions of apk packages in their order: `digits{.digits}{letter}{_suffix{digits}}{~hash}{-rN}`.

use std::cmp::Ordering;

/// What comes next in a version. The order is that of apk: what comes later here is older where one
/// version goes on and the other does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    /// None of the others: apk looks no further.
    Odd,
    /// Digits after a dot.
    Fraction,
    /// Digits.
    Digits,
    Letter,
    Suffix,
    SuffixNumber,
    Hash,
    Revision,
    End,
}

/// Suffixes of what comes before a release, and of what comes after.
const BEFORE: [&str; 4] = ["alpha", "beta", "pre", "rc"];
const AFTER: [&str; 5] = ["cvs", "svn", "git", "hg", "p"];

/// A part of a version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    /// A fraction that begins with zeros: the more of them, the less; then what follows them.
    Zeros(std::cmp::Reverse<usize>, usize, &'a [u8]),
    /// A number of any length: its digits, the shorter first.
    Number(usize, &'a [u8]),
    Letter(u8),
    /// Below zero: before the release.
    Suffix(i8),
    Hash(&'a [u8]),
    None,
}

struct Walk<'a> {
    rest: &'a [u8],
    next: Next,
}

impl<'a> Walk<'a> {
    const fn new(version: &'a str) -> Self {
        Self { rest: version.as_bytes(), next: Next::Digits }
    }

    /// Takes the part that comes next, and finds out what follows it.
    fn part(&mut self) -> Part<'a> {
        if self.rest.is_empty() {
            self.next = Next::End;
            return Part::None;
        }
        let before = self.next;
        let part = match before {
            Next::Fraction if self.rest.first() == Some(&b'0') => {
                let zeros = self.take(|b| *b == b'0').len();
                let digits = self.take(u8::is_ascii_digit);
                Part::Zeros(std::cmp::Reverse(zeros), digits.len(), digits)
            }
            Next::Fraction | Next::Digits | Next::SuffixNumber | Next::Revision => {
                let digits = self.take(u8::is_ascii_digit);
                let zeros = digits.iter().take_while(|b| **b == b'0').count();
                let digits = digits.get(zeros..).unwrap_or(&[]);
                Part::Number(digits.len(), digits)
            }
            Next::Letter => Part::Letter(self.take_one()),
            Next::Suffix => match self.suffix() {
                Some(rank) => Part::Suffix(rank),
                None => {
                    self.next = Next::Odd;
                    return Part::None;
                }
            },
            Next::Hash => Part::Hash(self.take(u8::is_ascii_hexdigit)),
            Next::End | Next::Odd => {
                self.next = Next::Odd;
                return Part::None;
            }
        };
        self.next = self.follow(before);
        part
    }

    fn take(&mut self, fits: impl Fn(&u8) -> bool) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(self.rest.iter().take_while(|b| fits(b)).count());
        self.rest = rest;
        taken
    }

    fn take_one(&mut self) -> u8 {
        let first = self.rest.first().copied().unwrap_or(0);
        self.rest = self.rest.get(1..).unwrap_or(&[]);
        first
    }

    fn suffix(&mut self) -> Option<i8> {
        let ranks = (-4_i8..0).zip(BEFORE).chain((1..).zip(AFTER));
        let mut found =
            ranks.filter_map(|(rank, word)| Some((rank, self.rest.strip_prefix(word.as_bytes())?)));
        let (rank, rest) = found.next()?;
        self.rest = rest;
        Some(rank)
    }

    /// What follows a part of this kind.
    fn follow(&mut self, before: Next) -> Next {
        let Some(first) = self.rest.first().copied() else { return Next::End };
        let number = first.is_ascii_digit();
        let next = match (before, first) {
            (Next::Fraction | Next::Digits, b'a'..=b'z') => return Next::Letter,
            (Next::Letter, _) if number => return Next::Digits,
            (Next::Suffix, _) if number => return Next::SuffixNumber,
            (_, b'.') => Next::Fraction,
            (_, b'_') => Next::Suffix,
            (_, b'~') => Next::Hash,
            (_, b'-') if self.rest.get(1) == Some(&b'r') => {
                self.take_one();
                Next::Revision
            }
            _ => return Next::Odd,
        };
        self.take_one();
        // Parts have an order; only digits and suffixes may come again.
        let again = matches!(
            (before, next),
            (Next::Digits | Next::Fraction, Next::Fraction) | (Next::SuffixNumber, Next::Suffix)
        );
        if next < before && !again { Next::Odd } else { next }
    }
}

/// The order of two versions.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (mut x, mut y) = (Walk::new(a), Walk::new(b));
    while x.next == y.next && !matches!(x.next, Next::End | Next::Odd) {
        let order = x.part().cmp(&y.part());
        if order != Ordering::Equal {
            return order;
        }
    }
    if x.next == y.next {
        return Ordering::Equal;
    }
    // One goes on: it is newer, but for the suffix of what comes before a release.
    let early = |w: &mut Walk<'_>| {
        w.next == Next::Suffix && matches!(w.part(), Part::Suffix(rank) if rank < 0)
    };
    let (first, second) = (x.next, y.next);
    if early(&mut x) {
        return Ordering::Less;
    }
    if early(&mut y) {
        return Ordering::Greater;
    }
    second.cmp(&first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_fractions_and_revisions() {
        for (a, b) in [
            ("1.2.3-r0", "1.2.3-r1"),
            ("1.2.3-r9", "1.2.3-r10"),
            ("3.0.8-r0", "3.0.12-r4"),
            ("1.0_alpha", "1.0_beta2"),
            ("1.0_rc1", "1.0"),
            ("1.0", "1.0_git20240101"),
            ("1.0_git20240101-r0", "1.0_p1-r0"),
            ("9.9_p1-r0", "9.9_p2-r0"),
            ("1.0", "1.0a"),
            ("1.0a", "1.0b-r1"),
            ("1.05", "1.1"),
            ("1.005", "1.05"),
            ("1.0-r1", "1.0.1-r0"),
            ("1.0_pre20200101000000-r0", "1.0_pre20210101000000-r0"),
            ("2.9", "2.10"),
            ("1.0.1", "1.05"),
            ("1.0_rc1-r0", "1.0-r0"),
            ("1.3-r0", "1.3.1-r0"),
            ("0.1_alpha_pre2", "0.1_alpha"),
            ("1.2", "1.2-r0"),
            ("1", "99999999999999999999"),
        ] {
            assert_eq!(compare(a, b), Ordering::Less, "{a} {b}");
            assert_eq!(compare(b, a), Ordering::Greater, "{b} {a}");
            assert_eq!(compare(a, a), Ordering::Equal, "{a}");
        }
        assert_eq!(compare("006", "6"), Ordering::Equal);
        assert_eq!(compare("1.0-r01", "1.0-r1"), Ordering::Equal);
    }
}
