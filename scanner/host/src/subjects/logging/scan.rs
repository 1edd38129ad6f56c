//! The characters of rsyslog's configuration, taken one after the other.

use std::sync::Arc;

use crate::systemd::Place;

/// Where the reading is.
pub(super) struct Parser {
    pub(super) chars: Vec<char>,
    pub(super) at: usize,
    pub(super) line: u32,
    pub(super) count: usize,
    pub(super) file: Arc<str>,
}

impl Parser {
    pub(super) fn place(&self) -> Place {
        Place { file: Arc::clone(&self.file), line: self.line }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub(super) fn ahead(&self, n: usize) -> Option<char> {
        self.chars.get(self.at + n).copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        self.line += u32::from(c == '\n');
        Some(c)
    }

    /// Blanks, ends of lines and comments.
    pub(super) fn blank(&mut self) {
        while let Some(c) = self.peek() {
            if c.is_whitespace() {
                self.next();
            } else if c == '#' {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.next();
                }
            } else if c == '/' && self.ahead(1) == Some('*') {
                self.at += 2;
                while self.peek().is_some()
                    && (self.peek() != Some('*') || self.ahead(1) != Some('/'))
                {
                    self.next();
                }
                self.at += 2;
            } else {
                break;
            }
        }
    }

    /// What is left of a line; a backslash at its end joins the next one, blanks before it taken off.
    pub(super) fn rest(&mut self) -> String {
        let mut out = String::new();
        while let Some(c) = self.next() {
            if c == '\n' {
                break;
            }
            if c == '\\'
                && (self.peek() == Some('\n')
                    || self.peek() == Some('\r') && self.ahead(1) == Some('\n'))
            {
                while self.peek().is_some_and(char::is_whitespace) {
                    self.next();
                }
                continue;
            }
            out.push(c);
        }
        out.trim().to_owned()
    }

    pub(super) fn word(&mut self) -> String {
        let mut out = String::new();
        while let Some(c) = self.peek().filter(|c| c.is_alphanumeric() || *c == '_') {
            out.push(c);
            self.at += 1;
        }
        out
    }

    /// The word that follows, without taking it, and what comes behind it.
    pub(super) fn keyword(&self) -> (String, Option<char>) {
        let tail = self.chars.get(self.at..).unwrap_or_default();
        let word: String =
            tail.iter().take(40).take_while(|c| c.is_alphanumeric() || **c == '_').collect();
        let mut behind = tail.iter().skip(word.chars().count());
        let next = behind.find(|c| **c != ' ' && **c != '\t').copied();
        (word.to_ascii_lowercase(), next)
    }

    /// What is left of an action of which the first part was taken; never nothing taken.
    pub(super) fn finish(&mut self, taken: String) -> String {
        let rest = self.legacy();
        if taken.is_empty() && rest.is_empty() {
            self.next();
        }
        format!("{taken}{}{rest}", if rest.is_empty() { "" } else { " " })
    }

    pub(super) fn starts(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(i, c)| self.ahead(i) == Some(c))
    }

    pub(super) fn until(&mut self, end: impl Fn(char) -> bool) -> String {
        let mut out = String::new();
        while let Some(c) = self.peek().filter(|c| !end(*c)) {
            out.push(c);
            self.next();
        }
        out
    }

    /// Text up to an end outside of quotes.
    pub(super) fn expression(&mut self, end: impl Fn(char) -> bool) -> String {
        let mut out = String::new();
        let mut quote = None;
        while let Some(c) = self.peek() {
            match quote {
                None if end(c) => break,
                None if c == '"' || c == '\'' => quote = Some(c),
                Some(q) if c == q => quote = None,
                Some(_) if c == '\\' => {
                    out.push(c);
                    self.next();
                    out.extend(self.next());
                    continue;
                }
                _ => {}
            }
            out.push(c);
            self.next();
        }
        out
    }

    /// An action of old: to the end of its line, or of its block.
    pub(super) fn legacy(&mut self) -> String {
        let mut out = String::new();
        while let Some(c) = self.peek() {
            if c == '\n' || c == '}' {
                break;
            }
            if c == '\\' && self.ahead(1) == Some('\n') {
                self.at += 1;
                while self.peek().is_some_and(char::is_whitespace) {
                    self.next();
                }
                continue;
            }
            if c == '#' && out.ends_with([' ', '\t']) {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.next();
                }
                break;
            }
            out.push(c);
            self.next();
        }
        out.trim().to_owned()
    }

    /// A quoted value, or a list of them (joined by blanks).
    pub(super) fn value(&mut self) -> String {
        match self.peek() {
            Some(quote @ ('"' | '\'')) => {
                self.next();
                let mut out = String::new();
                while let Some(c) = self.next() {
                    match c {
                        c if c == quote => break,
                        '\\' => match self.next() {
                            Some('n') => out.push('\n'),
                            Some('t') => out.push('\t'),
                            Some(other) => out.push(other),
                            None => {}
                        },
                        c => out.push(c),
                    }
                }
                out
            }
            Some('[') => {
                self.next();
                let mut all = Vec::new();
                loop {
                    self.blank();
                    match self.peek() {
                        Some('"' | '\'') => all.push(self.value()),
                        Some(']') | None => {
                            self.next();
                            break;
                        }
                        Some(_) => {
                            self.next();
                        }
                    }
                }
                all.join(" ")
            }
            _ => self.until(|c| c.is_whitespace() || c == ')'),
        }
    }
}
