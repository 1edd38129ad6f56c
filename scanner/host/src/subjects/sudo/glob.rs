//! Shell wildcards, as fnmatch(3) matches them, in time bounded by the product of both lengths.

/// Whether a wildcard matches a slash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slash {
    Matched,
    Apart,
}

/// Whether a text has characters that are wildcards.
pub(crate) fn is_pattern(text: &str) -> bool {
    let mut escaped = false;
    text.chars().any(|c| {
        let wild = !escaped && "*?[".contains(c);
        escaped = !escaped && c == '\\';
        wild
    })
}

/// A text without the backslashes before wildcards.
pub(crate) fn literal(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}

enum Part {
    Star,
    One,
    Char(char),
    Class(bool, Vec<(char, char)>),
}

/// Whether the pattern matches the whole text.
pub(crate) fn matches(pattern: &str, text: &str, slash: Slash) -> bool {
    let parts = parts(pattern);
    let text: Vec<char> = text.chars().collect();
    // Row by row: which prefixes of the text the parts so far can match.
    let mut row = vec![false; text.len() + 1];
    if let Some(first) = row.first_mut() {
        *first = true;
    }
    for part in &parts {
        let mut next = vec![false; text.len() + 1];
        let mut open = false;
        for (at, reached) in row.iter().enumerate() {
            if let Part::Star = part {
                if at > 0 && slash == Slash::Apart && text.get(at - 1) == Some(&'/') {
                    open = false;
                }
                open |= reached;
                if let Some(slot) = next.get_mut(at) {
                    *slot = open;
                }
            } else if *reached
                && text.get(at).is_some_and(|c| one(part, *c, slash))
                && let Some(slot) = next.get_mut(at + 1)
            {
                *slot = true;
            }
        }
        row = next;
    }
    row.last() == Some(&true)
}

fn one(part: &Part, c: char, slash: Slash) -> bool {
    let apart = slash == Slash::Apart && c == '/';
    match part {
        Part::Star => false,
        Part::One => !apart,
        Part::Char(own) => *own == c,
        Part::Class(negated, ranges) => {
            !apart && ranges.iter().any(|(a, b)| (*a..=*b).contains(&c)) != *negated
        }
    }
}

fn parts(pattern: &str) -> Vec<Part> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at) {
        at += 1;
        out.push(match c {
            '*' => Part::Star,
            '?' => Part::One,
            '\\' => {
                at += 1;
                chars.get(at - 1).map_or(Part::Char('\\'), |c| Part::Char(*c))
            }
            '[' => match class(chars.get(at..).unwrap_or_default()) {
                Some((part, used)) => {
                    at += used;
                    part
                }
                None => Part::Char('['),
            },
            c => Part::Char(*c),
        });
    }
    out
}

/// A bracket expression after its `[`, and how many characters it takes.
fn class(chars: &[char]) -> Option<(Part, usize)> {
    let mut at = 0;
    let negated = matches!(chars.first(), Some('!' | '^'));
    at += usize::from(negated);
    let start = at;
    let mut ranges = Vec::new();
    loop {
        let c = *chars.get(at)?;
        if c == ']' && at > start {
            return Some((Part::Class(negated, ranges), at + 1));
        }
        if c == '[' && chars.get(at + 1) == Some(&':') {
            let end = chars.get(at..)?.windows(2).position(|w| w == [':', ']'])?;
            let name: String = chars.get(at + 2..at + end)?.iter().collect();
            ranges.extend(named(&name));
            at += end + 2;
            continue;
        }
        let c = if c == '\\' {
            at += 1;
            *chars.get(at)?
        } else {
            c
        };
        match (chars.get(at + 1), chars.get(at + 2)) {
            (Some('-'), Some(last)) if *last != ']' => {
                ranges.push((c, *last));
                at += 3;
            }
            _ => {
                ranges.push((c, c));
                at += 1;
            }
        }
    }
}

fn named(class: &str) -> Vec<(char, char)> {
    match class {
        "alpha" => vec![('a', 'z'), ('A', 'Z')],
        "digit" => vec![('0', '9')],
        "alnum" => vec![('a', 'z'), ('A', 'Z'), ('0', '9')],
        "lower" => vec![('a', 'z')],
        "upper" => vec![('A', 'Z')],
        "space" | "blank" => vec![(' ', ' '), ('\t', '\t')],
        "xdigit" => vec![('a', 'f'), ('A', 'F'), ('0', '9')],
        "punct" => vec![('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        let apart = |p, t| matches(p, t, Slash::Apart);
        assert!(apart("/usr/bin/*", "/usr/bin/vi") && !apart("/usr/*", "/usr/bin/vi"));
        assert!(matches("/usr/*", "/usr/bin/vi", Slash::Matched));
        assert!(apart("/bin/[a-c]?[!x]", "/bin/bat") && !apart("/bin/[a-c]?[!x]", "/bin/bax"));
        assert!(apart("a\\*b", "a*b") && !apart("a\\*b", "axb") && apart("[[:digit:]]", "7"));
        assert!(apart("[", "[") && apart("*a*b*", "xxaxxb") && !apart("*a*b", "xxbxxa"));
        assert!(!is_pattern("a\\*") && is_pattern("a*") && literal("a\\*") == "a*");
        assert!(!apart(&"*a".repeat(2000), &"a".repeat(1999)));
    }
}
