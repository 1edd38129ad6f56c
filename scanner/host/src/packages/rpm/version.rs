//! Versions of rpm packages in their order (rpm-version(7)).

use std::cmp::Ordering;

/// The order of two versions, or of two releases.
///
/// Runs of digits and runs of letters are compared in turn, everything else only separates them. `~`
/// sorts before the end, `^` after the end and before anything that goes on.
pub(crate) fn segments(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        (a, b) = (separated(a), separated(b));
        let (first, second) = (a.first().copied(), b.first().copied());
        match (first, second) {
            (Some(b'~'), Some(b'~')) | (Some(b'^'), Some(b'^')) => {
                (a, b) = (a.get(1..).unwrap_or(&[]), b.get(1..).unwrap_or(&[]));
                continue;
            }
            (Some(b'~'), _) => return Ordering::Less,
            (_, Some(b'~')) => return Ordering::Greater,
            (None, None) => return Ordering::Equal,
            // The end comes before a caret, a caret before all else.
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(b'^'), _) => return Ordering::Less,
            (_, Some(b'^')) => return Ordering::Greater,
            (Some(_), Some(_)) => {}
        }
        let digits = first.is_some_and(|c| c.is_ascii_digit());
        let kind = |c: &u8| if digits { c.is_ascii_digit() } else { c.is_ascii_alphabetic() };
        let run = |s: &[u8]| s.iter().take_while(|c| kind(c)).count();
        let ((x, rest_a), (y, rest_b)) = (a.split_at(run(a)), b.split_at(run(b)));
        if y.is_empty() {
            // A number is newer than a word.
            return if digits { Ordering::Greater } else { Ordering::Less };
        }
        let order = if digits {
            let zero = |s: &[u8]| s.iter().take_while(|c| **c == b'0').count();
            let (x, y) = (x.split_at(zero(x)).1, y.split_at(zero(y)).1);
            x.len().cmp(&y.len()).then_with(|| x.cmp(y))
        } else {
            x.cmp(y)
        };
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
}

/// What follows the separators.
fn separated(s: &[u8]) -> &[u8] {
    let counts = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'~' | b'^');
    let skip = s.iter().take_while(|c| !counts(c)).count();
    s.split_at(skip).1
}

/// The order of two `epoch:version-release`; without an epoch it is 0.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let ((ea, va, ra), (eb, vb, rb)) = (parts(a), parts(b));
    segments(ea, eb).then_with(|| segments(va, vb)).then_with(|| segments(ra, rb))
}

fn parts(evr: &str) -> (&str, &str, &str) {
    let number = |s: &&str| s.bytes().all(|b| b.is_ascii_digit());
    let (epoch, rest) = match evr.split_once(':') {
        Some((epoch, rest)) if number(&epoch) && !epoch.is_empty() => (epoch, rest),
        Some((_, rest)) => ("0", rest),
        None => ("0", evr),
    };
    let (version, release) = rest.rsplit_once('-').unwrap_or((rest, ""));
    (epoch, version, release)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tildes_carets_numbers_and_words() {
        for (a, b) in [
            ("1.0~rc1", "1.0"),
            ("1.0", "1.0^git1"),
            ("1.0^git1", "1.0.1"),
            ("1.0~rc1^2", "1.0"),
            ("1.0^20~x", "1.0^20"),
            ("1.0a", "1.0.1"),
            ("a", "1"),
            ("1.9", "1.10"),
            ("1.0", "1.0.0"),
            ("5.14.0-362.8.1.el9_3", "5.14.0-427.el9"),
            ("1:1-1", "2:0-1"),
            ("9-1", "1:0-1"),
            ("1-1.el9", "1-1.el9_1"),
            ("0.9999999999999999999998", "0.9999999999999999999999"),
        ] {
            assert_eq!(compare(a, b), Ordering::Less, "{a} {b}");
            assert_eq!(compare(b, a), Ordering::Greater, "{b} {a}");
        }
        for (a, b) in [("1.0", "1..0"), ("0:1_0-01", "1.0-1"), ("1.0.", "1.0"), ("ü", "")] {
            assert_eq!(compare(a, b), Ordering::Equal, "{a} {b}");
        }
    }
}
