//! Lines and words as libpam takes them: pam.conf(5).

use std::iter::Peekable;
use std::str::Chars;

/// Longest line, in bytes, that all versions read in the same way: older ones cut there.
const MAX_LINE: usize = 1022;

/// The entries of a file.
pub(super) struct Lines {
    /// Assembled lines with the number of their first, from 1.
    pub(super) all: Vec<(u32, String)>,
    /// The file ends in the middle of an entry: libpam refuses all of it.
    pub(super) cut_short: bool,
    /// A line that versions of libpam read in different ways.
    pub(super) long: Option<u32>,
}

/// Joins continued lines and drops comments. A comment ends a line whatever stands before it; blank
/// and comment lines between continued ones are passed over.
pub(super) fn lines(text: &str) -> Lines {
    let mut out = Lines { all: Vec::new(), cut_short: false, long: None };
    let mut open: Option<(u32, String)> = None;
    for (number, raw) in (1_u32..).zip(text.split('\n')) {
        // The rest of a line behind a NUL is never seen.
        let line = raw.split('\0').next().unwrap_or_default();
        let held = open.as_ref().map_or(0, |(_, s)| s.len());
        if raw.len() + held > MAX_LINE {
            out.long.get_or_insert(number);
        }
        let line = line.trim_start_matches([' ', '\t']);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (text, continued) = match line.split_once('#') {
            Some((before, _)) => (before, false),
            None => {
                let end = line.trim_end_matches([' ', '\t']);
                match end.strip_suffix('\\') {
                    Some(before) => (before, true),
                    None => (line, false),
                }
            }
        };
        let (start, mut held) = open.take().unwrap_or((number, String::new()));
        held.push_str(text);
        if continued {
            held.push(' ');
            open = Some((start, held));
        } else {
            out.all.push((start, held));
        }
    }
    out.cut_short = open.is_some();
    out
}

/// The words of a line. `[…]` is one word, without its brackets; `\]` in it is a bracket.
pub(super) struct Words<'a>(Peekable<Chars<'a>>);

impl<'a> Words<'a> {
    /// Of a line.
    pub(super) fn of(line: &'a str) -> Self {
        Self(line.chars().peekable())
    }
}

/// What separates words. A carriage return does not.
const fn blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n')
}

impl Iterator for Words<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        while self.0.next_if(|c| blank(*c)).is_some() {}
        let mut word = String::new();
        if self.0.next_if_eq(&'[').is_some() {
            while let Some(c) = self.0.next() {
                match c {
                    ']' => break,
                    '\\' if self.0.peek() == Some(&']') => word.extend(self.0.next()),
                    c => word.push(c),
                }
            }
            return Some(word);
        }
        self.0.peek()?;
        while let Some(c) = self.0.next_if(|c| !blank(*c)) {
            word.push(c);
        }
        // The blank that ends a word is taken with it.
        self.0.next();
        Some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        Words::of(line).collect()
    }

    #[test]
    fn lines_are_joined_and_comments_dropped() {
        let text =
            "# auth required x\n\n auth \\\n# between\n\n\trequired \\  \n m.so a # c \\\nend\n";
        let l = lines(text);
        assert_eq!(l.all, [(3, "auth  required  m.so a ".to_owned()), (8, "end".to_owned())]);
        assert!(!l.cut_short && l.long.is_none());
        assert!(lines("auth required \\\n").cut_short);
        assert_eq!(lines(&format!("a\n{}\n", "x".repeat(2000))).long, Some(2));
    }

    #[test]
    fn brackets_make_one_word() {
        assert_eq!(words("auth [a=b c=d]x.so [y z] w"), ["auth", "a=b c=d", "x.so", "y z", "w"]);
        assert_eq!(words("[a\\]b] c\r d"), ["a]b", "c\r", "d"]);
        assert_eq!(words("[never closed x"), ["never closed x"]);
        assert_eq!(words("a[b] c"), ["a[b]", "c"]);
        assert!(words(" \t").is_empty());
    }
}
