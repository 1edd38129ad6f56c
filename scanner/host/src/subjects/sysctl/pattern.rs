//! Patterns in keys, as `glob(7)`: nothing matches a separator.

/// Whether a key matches a pattern.
pub(crate) fn matches(pattern: &str, key: &str) -> bool {
    let mut patterns = pattern.split('/');
    let mut parts = key.split('/');
    loop {
        match (patterns.next(), parts.next()) {
            (None, None) => return true,
            (Some(pattern), Some(part)) if name(pattern, part) => {}
            _ => return false,
        }
    }
}

/// One name. Only the last `*` is ever tried again, so the time is bounded by the product of the
/// lengths.
fn name(pattern: &str, text: &str) -> bool {
    let atoms = atoms(pattern);
    let text: Vec<char> = text.chars().collect();
    let (mut a, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        let here = text.get(t);
        match (atoms.get(a), here) {
            (None, None) => return true,
            (Some(Atom::Any), _) => {
                star = Some((a, t));
                a += 1;
                continue;
            }
            (Some(atom), Some(c)) if atom.fits(*c) => {
                a += 1;
                t += 1;
                continue;
            }
            _ => {}
        }
        match star {
            Some((at, from)) if from < text.len() => {
                star = Some((at, from + 1));
                (a, t) = (at + 1, from + 1);
            }
            _ => return false,
        }
    }
}

enum Atom {
    Any,
    One,
    Char(char),
    Set { not: bool, ranges: Vec<(char, char)> },
}

impl Atom {
    fn fits(&self, c: char) -> bool {
        match self {
            Self::Any => false,
            Self::One => true,
            Self::Char(own) => *own == c,
            Self::Set { not, ranges } => ranges.iter().any(|(a, b)| *a <= c && c <= *b) != *not,
        }
    }
}

fn atoms(pattern: &str) -> Vec<Atom> {
    let mut out = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '*' => Atom::Any,
            '?' => Atom::One,
            '\\' => Atom::Char(chars.next().unwrap_or('\\')),
            '[' => match set(chars.as_str()) {
                Some((set, rest)) => {
                    chars = rest.chars();
                    set
                }
                None => Atom::Char('['),
            },
            c => Atom::Char(c),
        });
    }
    out
}

/// A set after its `[`, and what follows it. `None`: it is never closed.
fn set(text: &str) -> Option<(Atom, &str)> {
    let not = text.starts_with(['!', '^']);
    let inner = if not { text.get(1..)? } else { text };
    // A bracket that comes first is one of the set.
    let first = inner.chars().next().map_or(0, char::len_utf8);
    let end = first + inner.get(first..)?.find(']')?;
    let mut ranges = Vec::new();
    let mut chars = inner.get(..end)?.chars().peekable();
    while let Some(a) = chars.next() {
        let mut ahead = chars.clone();
        match (ahead.next(), ahead.next()) {
            (Some('-'), Some(b)) => {
                ranges.push((a, b));
                chars = ahead;
            }
            _ => ranges.push((a, a)),
        }
    }
    Some((Atom::Set { not, ranges }, inner.get(end + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        assert!(matches("net/ipv4/conf/*/rp_filter", "net/ipv4/conf/eth0/rp_filter"));
        assert!(!matches("net/*/rp_filter", "net/ipv4/conf/eth0/rp_filter"));
        assert!(matches("a/e*h?[0-9]", "a/eetthx7") && !matches("a/e*h?[!0-9]", "a/eetthx7"));
        assert!(matches("a[]]b", "a]b") && matches("a[b", "a[b") && !matches("a*b", "abc"));
        assert!(!matches(&"*a".repeat(200), &"a".repeat(150)));
    }
}
