//! Reads words of a logical line.

use super::text::Ch;

/// A place in a logical line.
pub(super) struct Cursor<'a> {
    chars: &'a [Ch],
    at: usize,
    last: u32,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(chars: &'a [Ch]) -> Self {
        let last = chars.last().map_or(1, |c| c.1);
        Self { chars, at: 0, last }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.look(0)
    }

    pub(super) fn look(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).map(|c| c.0)
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    /// The line of what comes next.
    pub(super) fn line(&self) -> u32 {
        self.chars.get(self.at).map_or(self.last, |c| c.1)
    }

    pub(super) fn mark(&self) -> usize {
        self.at
    }

    pub(super) fn back(&mut self, mark: usize) {
        self.at = mark;
    }

    pub(super) fn blanks(&mut self) -> bool {
        let before = self.at;
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        self.at != before
    }

    /// Takes this character, blanks around it aside.
    pub(super) fn take(&mut self, c: char) -> bool {
        let mark = self.at;
        self.blanks();
        if self.peek() == Some(c) {
            self.at += 1;
            self.blanks();
            return true;
        }
        self.at = mark;
        false
    }

    /// Takes all `!`; whether their number is odd.
    pub(super) fn negations(&mut self) -> bool {
        let mut odd = false;
        self.blanks();
        while self.peek() == Some('!') {
            odd = !odd;
            self.at += 1;
            self.blanks();
        }
        odd
    }

    pub(super) fn done(&mut self) -> bool {
        self.blanks();
        self.peek().is_none()
    }

    /// A word in capitals, digits and `_`, as aliases and tags are.
    pub(super) fn capitals(&self) -> String {
        let rest = self.chars.get(self.at..).unwrap_or_default().iter().map(|c| c.0);
        rest.take_while(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == '_').collect()
    }

    pub(super) fn skip(&mut self, chars: usize) {
        self.at = (self.at + chars).min(self.chars.len());
    }

    /// A word up to white space or one of `stop`; quotes and backslashes keep what they hold. `None`:
    /// there is none.
    pub(super) fn word(&mut self, stop: &[char]) -> Option<String> {
        if self.peek() == Some('"') {
            return self.quoted();
        }
        let mut out = String::new();
        while let Some(c) = self.peek() {
            if c.is_whitespace() || stop.contains(&c) {
                break;
            }
            self.at += 1;
            match c {
                '\\' => out.extend(self.escaped()),
                c => out.push(c),
            }
        }
        (!out.is_empty()).then_some(out)
    }

    /// What follows a backslash: `\x20` is a blank.
    fn escaped(&mut self) -> Option<char> {
        let hex = |c: Option<char>| c.and_then(|c| c.to_digit(16));
        if self.peek() == Some('x')
            && let (Some(a), Some(b)) = (hex(self.look(1)), hex(self.look(2)))
        {
            self.at += 3;
            return char::from_u32(a * 16 + b);
        }
        self.bump()
    }

    fn quoted(&mut self) -> Option<String> {
        self.at += 1;
        let mut out = String::new();
        while let Some(c) = self.bump() {
            match c {
                '"' => return Some(out),
                '\\' if self.peek() == Some('"') => out.extend(self.bump()),
                c => out.push(c),
            }
        }
        None
    }
}
