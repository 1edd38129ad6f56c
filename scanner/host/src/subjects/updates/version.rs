//! Versions of Debian packages in their order (deb-version(7)).

use std::cmp::Ordering;

/// The order of two versions: epoch, upstream version, revision.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let ((ea, ua, ra), (eb, ub, rb)) = (parts(a), parts(b));
    numbers(ea, eb).then_with(|| segments(ua, ub)).then_with(|| segments(ra, rb))
}

/// Epoch, upstream version, revision.
fn parts(version: &str) -> (&str, &str, &str) {
    let (epoch, rest) = version.split_once(':').unwrap_or(("", version));
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
    (epoch, upstream, revision)
}

/// Two runs of digits as numbers of any length.
fn numbers(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Where a character sorts: `~` before the end, letters before all else.
fn weight(b: Option<&u8>) -> i32 {
    match b {
        Some(b'~') => -1,
        None => 0,
        Some(b) if b.is_ascii_digit() => 0,
        Some(b) if b.is_ascii_alphabetic() => i32::from(*b),
        Some(b) => i32::from(*b) + 256,
    }
}

/// Runs that are no digits and runs that are, in turn.
pub(crate) fn segments(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    while !a.is_empty() || !b.is_empty() {
        let plain = |s: &[u8]| s.iter().take_while(|c| !c.is_ascii_digit()).count();
        let (na, nb) = (plain(a), plain(b));
        for i in 0..na.max(nb) {
            let of = |s: &[u8], n: usize| weight(if i < n { s.get(i) } else { s.get(n) });
            let order = of(a, na).cmp(&of(b, nb));
            if order != Ordering::Equal {
                return order;
            }
        }
        (a, b) = (a.get(na..).unwrap_or(&[]), b.get(nb..).unwrap_or(&[]));
        let digits = |s: &[u8]| s.iter().take_while(|c| c.is_ascii_digit()).count();
        let ((da, ra), (db, rb)) = (a.split_at(digits(a)), b.split_at(digits(b)));
        let text = |s: &[u8]| String::from_utf8_lossy(s).into_owned();
        let order = numbers(&text(da), &text(db));
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (ra, rb);
    }
    Ordering::Equal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tilde_first_then_the_end_then_letters() {
        for (a, b) in [
            ("1.0~rc1", "1.0"),
            ("1.0", "1.0a"),
            ("1.0a", "1.0+b"),
            ("1:0.1", "2:0.0"),
            ("9", "1:0"),
            ("1.9", "1.10"),
            ("1.0-1", "1.0-1+deb12u1"),
            ("1.0-1~deb12u1", "1.0-1"),
            ("1.0", "1.0-1"),
            ("0.9999999999999999999999", "0.10000000000000000000000"),
        ] {
            assert_eq!(compare(a, b), Ordering::Less, "{a} {b}");
            assert_eq!(compare(b, a), Ordering::Greater, "{b} {a}");
        }
        assert_eq!(compare("0:1.01-0", "1.1"), Ordering::Equal);
    }
}
