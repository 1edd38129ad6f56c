//! From text to tokens.

use std::rc::Rc;

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Word(Rc<str>),
    Number(f64),
    Text(Rc<str>),
    /// Pattern and flags.
    Regex(Rc<str>, Rc<str>),
    Sign(&'static str),
}

/// A token, its line, and whether a line ended before it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) line: u32,
    pub(super) fresh: bool,
}

/// Signs, longer ones first.
const SIGNS: [&str; 43] = [
    "===", "!==", ">>>", "=>", "==", "!=", "<=", ">=", "&&", "||", "++", "--", "+=", "-=", "*=",
    "/=", "<<", ">>", "...", "{", "}", "(", ")", "[", "]", ";", ",", "<", ">", "+", "-", "*", "/",
    "%", "&", "|", "^", "!", "~", "?", ":", "=", ".",
];
/// Most tokens of a script.
const MAX_TOKENS: usize = 200_000;

/// The tokens of a script.
///
/// # Errors
/// What is wrong, and the line.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, (String, u32)> {
    let mut lexer = Lexer { rest: text, line: 1, out: Vec::new() };
    let mut fresh = false;
    while lexer.blanks(&mut fresh)? {
        let line = lexer.line;
        let token = lexer.token().map_err(|why| (why, line))?;
        lexer.out.push(Placed { token, line, fresh });
        fresh = false;
        if lexer.out.len() > MAX_TOKENS {
            return Err(("it is longer than is read".to_owned(), line));
        }
    }
    Ok(lexer.out)
}

struct Lexer<'t> {
    rest: &'t str,
    line: u32,
    out: Vec<Placed>,
}

impl Lexer<'_> {
    fn take(&mut self, bytes: usize) {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        let lines = taken.bytes().filter(|b| *b == b'\n').count();
        self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.rest = rest;
    }

    /// Passes blanks and comments. Whether something is left.
    fn blanks(&mut self, fresh: &mut bool) -> Result<bool, (String, u32)> {
        loop {
            let before = self.line;
            let blank = self.rest.len()
                - self
                    .rest
                    .trim_start_matches([
                        ' ', '\t', '\r', '\n', '\u{feff}', '\u{b}', '\u{c}', '\u{a0}',
                    ])
                    .len();
            self.take(blank);
            if self.rest.starts_with("//") {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.take(end);
            } else if self.rest.starts_with("/*") {
                let end = self.rest.find("*/");
                let end = end.ok_or(("a comment does not end".to_owned(), self.line))?;
                self.take(end + 2);
            } else if blank == 0 {
                return Ok(!self.rest.is_empty());
            }
            *fresh |= self.line != before;
        }
    }

    fn token(&mut self) -> Result<Token, String> {
        let first = self.rest.chars().next().unwrap_or_default();
        if first.is_ascii_alphabetic() || first == '_' || first == '$' {
            let ends = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '$');
            let end = self.rest.find(ends).unwrap_or(self.rest.len());
            let word = self.rest.get(..end).unwrap_or_default();
            let word = Token::Word(word.into());
            self.take(end);
            return Ok(word);
        }
        if first.is_ascii_digit() {
            let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.'));
            let end = end.unwrap_or(self.rest.len());
            let text = self.rest.get(..end).unwrap_or_default();
            let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            let octal = text.len() > 1 && text.starts_with('0') && !text.starts_with("0.");
            let number = text.parse().ok().filter(|_| plain && !octal);
            let number = number.ok_or_else(|| format!("number {text}"))?;
            self.take(end);
            return Ok(Token::Number(number));
        }
        if first == '"' || first == '\'' {
            return self.text(first);
        }
        if first == '/' && self.operand() {
            return self.regex();
        }
        let sign = SIGNS.iter().find(|s| self.rest.starts_with(**s));
        let sign = sign.ok_or_else(|| format!("character {first:?}"))?;
        self.take(sign.len());
        Ok(Token::Sign(sign))
    }

    /// Whether an operand comes next, so that a slash begins a regular expression.
    fn operand(&self) -> bool {
        match self.out.last().map(|p| &p.token) {
            None => true,
            Some(Token::Sign(sign)) => ![")", "]", "}"].contains(sign),
            Some(Token::Word(word)) => ["return", "typeof", "case", "in"].contains(&&**word),
            Some(_) => false,
        }
    }

    fn text(&mut self, quote: char) -> Result<Token, String> {
        let mut out = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.take(at + 1);
                    return Ok(Token::Text(out.into()));
                }
                '\n' | '\r' => break,
                '\\' => match chars.next().map(|(_, c)| c) {
                    Some('n') => out.push('\n'),
                    Some('t') => out.push('\t'),
                    Some('r') => out.push('\r'),
                    Some('\n') => {}
                    Some(c) if c.is_ascii_alphanumeric() => {
                        return Err(format!("escape \\{c}"));
                    }
                    Some(c) => out.push(c),
                    None => break,
                },
                c => out.push(c),
            }
        }
        Err("a text does not end".to_owned())
    }

    fn regex(&mut self) -> Result<Token, String> {
        let (mut escaped, mut class) = (false, false);
        for (at, c) in self.rest.char_indices().skip(1) {
            match c {
                '\n' | '\r' => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '[' => class = true,
                ']' => class = false,
                '/' if !class => {
                    let pattern = self.rest.get(1..at).unwrap_or_default().replace("\\/", "/");
                    self.take(at + 1);
                    let end = self.rest.find(|c: char| !c.is_ascii_alphabetic());
                    let end = end.unwrap_or(self.rest.len());
                    let flags: Rc<str> = self.rest.get(..end).unwrap_or_default().into();
                    self.take(end);
                    return Ok(Token::Regex(pattern.into(), flags));
                }
                _ => {}
            }
        }
        Err("a regular expression does not end".to_owned())
    }
}
