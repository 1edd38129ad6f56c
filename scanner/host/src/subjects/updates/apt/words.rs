//! Words, lines and names as apt takes them.

/// Longest word.
const MAX_WORD: usize = 1024;

fn space(b: u8) -> bool {
    b.is_ascii_whitespace() || b == 0x0b
}

/// The first word, quotes taken off, `%41` decoded, and what follows. Blanks inside `"…"` and `[…]`
/// belong to it.
pub(super) fn quoted(text: &str) -> Option<(String, &str)> {
    let bytes = text.as_bytes();
    let mut i = bytes.iter().take_while(|b| **b == b' ').count();
    bytes.get(i)?;
    let start = i;
    while let Some(b) = bytes.get(i).filter(|b| !space(**b)) {
        let close = match b {
            b'"' => Some(b'"'),
            b'[' => Some(b']'),
            _ => None,
        };
        if let Some(close) = close {
            i += 1 + bytes.get(i + 1..)?.iter().position(|b| *b == close)?;
        }
        i += 1;
    }
    let word = bytes.get(start..i)?;
    let mut out = Vec::new();
    let mut rest = word;
    while let Some((first, tail)) = rest.split_first() {
        if let (b'%', [a, b, more @ ..]) = (first, tail)
            && let (Some(a), Some(b)) = (hex(*a), hex(*b))
        {
            out.push(a * 16 + b);
            rest = more;
            continue;
        }
        if *first != b'"' {
            out.push(*first);
        }
        rest = tail;
    }
    if out.len() >= MAX_WORD {
        return None;
    }
    let after = text.get(i..)?.trim_start_matches(|c: char| c.is_ascii() && space(c as u8));
    Some((String::from_utf8_lossy(&out).into_owned(), after))
}

fn hex(b: u8) -> Option<u8> {
    char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

/// Several quoted words that make one, and what follows (nothing). `None`: something is not quoted.
pub(super) fn joined(text: &str) -> Option<(String, &str)> {
    let trimmed = text.trim_start_matches(' ');
    if trimmed.is_empty() || text.len() >= MAX_WORD {
        return None;
    }
    let mut out = String::new();
    let mut inside = false;
    let mut before = ' ';
    for (i, c) in trimmed.char_indices() {
        if c == '"' {
            inside = !inside;
        } else if inside {
            out.push(c);
        } else if !c.is_ascii_whitespace() {
            return None;
        } else if i == 0 || !before.is_ascii_whitespace() {
            out.push(' ');
        }
        before = c;
    }
    (!inside).then_some((out, ""))
}

/// Whether a file of a directory counts, by its name.
pub(crate) fn counts(name: &str, endings: &[&str]) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b':' | b'.');
    let ending = name.rsplit_once('.').map_or("", |(_, e)| e);
    let dotted = name.contains('.');
    !name.is_empty()
        && !name.starts_with('.')
        && !name.ends_with('.')
        && name.bytes().all(plain)
        && endings.iter().any(|e| if e.is_empty() { !dotted } else { dotted && *e == ending })
}

/// Yes or no in the words of apt.
pub(crate) fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "yes" | "true" | "with" | "on" | "enable" => Some(true),
        "0" | "no" | "false" | "without" | "off" | "disable" => Some(false),
        other => match number(other)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
    }
}

/// A number as strtol reads it with base 0, the whole text.
fn number(text: &str) -> Option<u64> {
    let text = text.trim_start();
    let text = text.strip_prefix('+').unwrap_or(text);
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None if text.starts_with('0') => u64::from_str_radix(text, 8).ok(),
        None => text.parse().ok(),
    }
}

/// The parts of a name. What follows an empty part is one name, its colons included, as apt has it.
pub(super) fn split(name: &str) -> Vec<&str> {
    let bytes = name.as_bytes();
    let (mut out, mut start, mut i) = (Vec::new(), 0, 0);
    while i + 1 < bytes.len() {
        if bytes.get(i..i + 2) == Some(b"::") {
            out.push(name.get(start..i).unwrap_or(""));
            start = i + 2;
            i = start;
        }
        i += 1;
    }
    out.push(name.get(start..).unwrap_or(""));
    out
}

/// A line without comments and outer space.
pub(super) fn stripped(raw: &str, comment: &mut bool) -> String {
    let tabs = raw.replace('\t', "        ");
    let mut line = tabs.trim();
    if *comment {
        let Some(end) = line.find("*/") else { return String::new() };
        line = line.get(end + 2..).unwrap_or("");
        *comment = false;
    }
    let outside = |line: &str, at: usize| {
        line.get(..at).unwrap_or("").bytes().filter(|b| *b == b'"').count() % 2 == 0
    };
    if let Some((at, _)) = line.match_indices("//").find(|(at, _)| outside(line, *at)) {
        line = line.get(..at).unwrap_or("");
    }
    let magic = |at: usize| {
        let after = line.get(at + 1..).unwrap_or("");
        ["clear", "include", "x-apt-configure-index"].iter().any(|m| after.starts_with(m))
    };
    if let Some((at, _)) = line.match_indices('#').find(|(at, _)| outside(line, *at) && !magic(*at))
    {
        line = line.get(..at).unwrap_or("");
    }
    let mut out = String::with_capacity(line.len());
    while let Some((at, _)) = line.match_indices("/*").find(|(at, _)| outside(line, *at)) {
        out.push_str(line.get(..at).unwrap_or(""));
        let rest = line.get(at + 2..).unwrap_or("");
        match rest.find("*/") {
            Some(end) => line = rest.get(end + 2..).unwrap_or(""),
            None => {
                *comment = true;
                return out;
            }
        }
    }
    out.push_str(line);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_as_apt_takes_them() {
        assert_eq!(quoted("a b"), Some(("a".to_owned(), "b")));
        assert_eq!(quoted("\"a b\"c  d"), Some(("a bc".to_owned(), "d")));
        assert_eq!(quoted("a%20b [x y] z"), Some(("a b".to_owned(), "[x y] z")));
        assert_eq!(quoted("[x y]z"), Some(("[x y]z".to_owned(), "")));
        assert_eq!(quoted("\"a"), None);
        assert_eq!(quoted("  "), None);
        assert_eq!(joined("\"a\"  \"b\""), Some(("a b".to_owned(), "")));
        assert_eq!(joined("\"a\"\"b\""), Some(("ab".to_owned(), "")));
        assert_eq!(joined("a \"b\""), None);
    }
}
