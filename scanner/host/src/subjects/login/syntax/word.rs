//! Words: quotes, parameters, the output of commands.

use super::*;

impl Parser {
    /// Skips to the end of a bracket that is open.
    pub(super) fn balanced(&mut self, open: char, close: char, depth: u32) -> Result<String> {
        let mut depth = depth;
        let mut out = String::new();
        while let Some(c) = self.next() {
            match c {
                '\'' => {
                    out.push(c);
                    while let Some(q) = self.next() {
                        out.push(q);
                        if q == '\'' {
                            break;
                        }
                    }
                    continue;
                }
                '\\' => {
                    out.push(c);
                    out.extend(self.next());
                    continue;
                }
                c if c == open => depth = depth.saturating_add(1),
                c if c == close => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return Ok(out);
                    }
                }
                _ => {}
            }
            out.push(c);
        }
        Err(Bad)
    }

    pub(super) fn word(&mut self, test: bool) -> Result<Word> {
        let mut out = Vec::new();
        let mut text = String::new();
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' | ')' => break,
                '(' => {
                    if text.ends_with(['?', '*', '+', '@', '!', '=']) || test && !text.is_empty() {
                        self.next();
                        self.balanced('(', ')', 1)?;
                        out.push(Part::Unknown);
                    } else {
                        break;
                    }
                }
                '\\' => {
                    self.next();
                    match self.next() {
                        Some('\n') | None => {}
                        Some(c) => {
                            flush(&mut out, &mut text, false);
                            out.push(Part::Text(c.to_string(), true));
                        }
                    }
                }
                '\'' => {
                    self.next();
                    flush(&mut out, &mut text, false);
                    let mut inner = String::new();
                    loop {
                        match self.next() {
                            None => return Err(Bad),
                            Some('\'') => break,
                            Some(c) => inner.push(c),
                        }
                    }
                    out.push(Part::Text(inner, true));
                }
                '"' => {
                    self.next();
                    flush(&mut out, &mut text, false);
                    self.quoted(&mut out)?;
                }
                '`' => {
                    self.next();
                    flush(&mut out, &mut text, false);
                    out.push(self.backquoted()?);
                }
                '$' => {
                    flush(&mut out, &mut text, false);
                    self.dollar(&mut out, false)?;
                }
                _ => {
                    text.push(c);
                    self.next();
                }
            }
        }
        flush(&mut out, &mut text, false);
        Ok(out)
    }

    pub(super) fn quoted(&mut self, out: &mut Word) -> Result<()> {
        let mut text = String::new();
        loop {
            match self.peek() {
                None => return Err(Bad),
                Some('"') => {
                    self.next();
                    // An empty pair of quotes is a word too.
                    out.push(Part::Text(text, true));
                    return Ok(());
                }
                Some('\\') => {
                    self.next();
                    match self.next() {
                        Some(c @ ('$' | '`' | '"' | '\\')) => text.push(c),
                        Some('\n') => {}
                        Some(c) => text.extend(['\\', c]),
                        None => return Err(Bad),
                    }
                }
                Some('`') => {
                    self.next();
                    flush(out, &mut text, true);
                    out.push(self.backquoted()?);
                }
                Some('$') => {
                    flush(out, &mut text, true);
                    self.dollar(out, true)?;
                }
                Some(c) => {
                    text.push(c);
                    self.next();
                }
            }
        }
    }

    pub(super) fn backquoted(&mut self) -> Result<Part> {
        let mut inner = String::new();
        loop {
            match self.next() {
                None => return Err(Bad),
                Some('`') => return Ok(Part::Command(inner)),
                Some('\\') => match self.next() {
                    Some(c @ ('`' | '\\' | '$')) => inner.push(c),
                    Some(c) => inner.extend(['\\', c]),
                    None => return Err(Bad),
                },
                Some(c) => inner.push(c),
            }
        }
    }

    pub(super) fn dollar(&mut self, out: &mut Word, quoted: bool) -> Result<()> {
        self.next();
        let plain = |name: String| Part::Param { name, op: String::new(), arg: Vec::new(), quoted };
        match self.peek() {
            Some('(') if self.ahead(1) == Some('(') => {
                self.eat("((");
                self.balanced('(', ')', 2)?;
                out.push(Part::Unknown);
            }
            Some('(') => {
                self.next();
                out.push(Part::Command(self.balanced('(', ')', 1)?));
            }
            Some('{') => {
                self.next();
                out.push(self.braced(quoted)?);
            }
            Some('\'' | '"') if !quoted => {
                // `$'…'`: escapes are not read.
                out.push(Part::Unknown);
            }
            Some(c) if c.is_ascii_digit() || "?#@*$!-".contains(c) => {
                self.next();
                out.push(plain(c.to_string()));
            }
            Some(c) if is_name(c) => {
                let mut name = String::new();
                while let Some(c) = self.peek().filter(|c| is_name(*c)) {
                    name.push(c);
                    self.next();
                }
                out.push(plain(name));
            }
            _ => out.push(Part::Text("$".to_owned(), quoted)),
        }
        Ok(())
    }

    pub(super) fn braced(&mut self, quoted: bool) -> Result<Part> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > MAX_DEPTH {
            return Err(Bad);
        }
        let inner = self.balanced('{', '}', 1)?;
        self.depth = self.depth.saturating_sub(1);
        let special = inner.starts_with(['?', '@', '*', '$', '!', '-']);
        let end = if special { 1 } else { inner.find(|c| !is_name(c)).unwrap_or(inner.len()) };
        let (name, rest) = inner.split_at(end);
        if name.is_empty() {
            return Ok(Part::Unknown);
        }
        let ops = [":-", ":=", ":+", ":?", "##", "%%", "-", "=", "+", "?", "#", "%"];
        let op = ops.into_iter().find(|op| rest.starts_with(op)).unwrap_or_default();
        if op.is_empty() && !rest.is_empty() {
            return Ok(Part::Unknown);
        }
        let arg = rest.get(op.len()..).unwrap_or_default();
        let mut p = Self {
            src: format!("{arg}\"").chars().collect(),
            at: 0,
            line: self.line,
            depth: self.depth.saturating_add(1),
            heredocs: Vec::new(),
        };
        let mut word = Vec::new();
        if p.depth > MAX_DEPTH {
            return Err(Bad);
        }
        // Patterns keep their special characters; quotes inside them are rare.
        let bare = arg.replace(['"', '\''], "");
        p.src = format!("{bare}\"").chars().collect();
        p.quoted(&mut word)?;
        for part in &mut word {
            if let Part::Text(_, quoted) = part {
                *quoted = false;
            }
        }
        Ok(Part::Param { name: name.to_owned(), op: op.to_owned(), arg: word, quoted })
    }
}

fn flush(out: &mut Word, text: &mut String, quoted: bool) {
    if !text.is_empty() {
        out.push(Part::Text(std::mem::take(text), quoted));
    }
}
