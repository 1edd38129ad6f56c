//! Regular expressions that take the name of every package.

/// Whether a regular expression of Python's, matched from the start, takes the name of every package:
/// two characters at least, the first a small letter or a digit.
pub(super) fn everything(pattern: &str) -> bool {
    let pattern = pattern.trim_start_matches('^');
    alternatives(inside(pattern)).into_iter().any(whole)
}

/// What one group around it all holds.
fn inside(pattern: &str) -> &str {
    let inner = pattern.strip_prefix('(').and_then(|p| p.strip_suffix(')'));
    match inner {
        Some(inner) if !inner.contains(['(', ')', '\\']) => {
            inner.strip_prefix("?:").unwrap_or(inner)
        }
        _ => pattern,
    }
}

/// The alternatives outside of groups and classes.
fn alternatives(pattern: &str) -> Vec<&str> {
    let (mut out, mut start, mut depth, mut class) = (Vec::new(), 0, 0_usize, false);
    let mut hidden = false;
    for (i, c) in pattern.char_indices() {
        match c {
            _ if hidden => hidden = false,
            '\\' => hidden = true,
            '[' => class = true,
            ']' => class = false,
            '(' if !class => depth += 1,
            ')' if !class => depth = depth.saturating_sub(1),
            '|' if !class && depth == 0 => {
                out.push(pattern.get(start..i).unwrap_or(""));
                start = i + 1;
            }
            _ => {}
        }
    }
    out.push(pattern.get(start..).unwrap_or(""));
    out
}

/// What an atom takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// Any character of a name.
    All,
    /// Letters and digits at least: what names begin with.
    First,
    /// Less.
    Some,
}

/// The same for one alternative.
fn whole(pattern: &str) -> bool {
    let mut rest = pattern.trim_start_matches('^');
    let mut needed = 0;
    let mut endless = false;
    while !rest.is_empty() && rest != "$" {
        let (takes, after) = atom(rest);
        let (optional, many, after) = match after.as_bytes().first() {
            Some(b'*') => (true, true, after.get(1..).unwrap_or("")),
            Some(b'?') => (true, false, after.get(1..).unwrap_or("")),
            Some(b'+') => (false, true, after.get(1..).unwrap_or("")),
            _ => (false, false, after),
        };
        if !optional {
            needed += 1;
        }
        let enough = takes == Takes::All || takes == Takes::First && needed <= 1;
        if !optional && (!enough || needed > 2) {
            return false;
        }
        endless |= many && takes == Takes::All;
        rest = after;
    }
    // With an end, something must take all the rest.
    rest.is_empty() || endless
}

/// One atom: what it takes, and what follows.
fn atom(text: &str) -> (Takes, &str) {
    let after = |n: usize| text.get(n..).unwrap_or("");
    let next = |n: usize| text.char_indices().nth(n).map_or("", |(i, _)| after(i));
    match text.as_bytes() {
        [b'.', ..] | [b'\\', b'S', ..] => {
            (Takes::All, next(if text.starts_with('.') { 1 } else { 2 }))
        }
        [b'\\', b'w', ..] => (Takes::First, after(2)),
        [b'\\', ..] => (Takes::Some, next(2)),
        [b'[', ..] => {
            let end = text.get(2..).and_then(|t| t.find(']')).map_or(text.len(), |e| e + 3);
            let class = text.get(1..end.saturating_sub(1)).unwrap_or("");
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
            let takes = match class.strip_prefix('^') {
                Some(not) if !not.contains(plain) && !not.contains('\\') => Takes::All,
                Some(_) => Takes::Some,
                None if class.contains("\\s\\S") || class.contains("\\w\\W") => Takes::All,
                None if class.contains("a-z") && class.contains("0-9") || class.contains("\\w") => {
                    Takes::First
                }
                None => Takes::Some,
            };
            (takes, after(end))
        }
        _ => (Takes::Some, next(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::everything;

    #[test]
    fn expressions_that_take_everything() {
        for yes in [
            "",
            ".",
            ".*",
            "^.*$",
            "^",
            ".+",
            "[a-z0-9].*",
            "(.*)",
            "(?:.+)",
            "\\w+",
            "[^X]?",
            "..",
            "^[a-z0-9].+$",
            "a*",
            "[^ ]",
            "lib.*|.*",
            "(x|.)",
            "[^_]*$",
            "\\S+$",
            "[a-z]?",
        ] {
            assert!(everything(yes), "{yes}");
        }
        for no in [
            "linux-",
            "libc6$",
            "(lib)?xen(store)?",
            "a",
            "[ab]",
            "[a-z]",
            "a.*",
            "^$",
            "a*$",
            "lib.*",
            "....",
            "\\w*$",
            "[a-z0-9]*$",
            "[^x]",
            "\\.",
            "a|b",
            "(a)|(b)",
            "[.*]",
        ] {
            assert!(!everything(no), "{no}");
        }
    }
}
