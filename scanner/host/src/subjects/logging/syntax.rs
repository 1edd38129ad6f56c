//! The text of rsyslog's configuration as statements: RainerScript and the lines of old, from
//! rsyslog.conf(5).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::scan::Parser;
use crate::systemd::Place;

/// What takes a message to the actions behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Filter {
    /// `auth,authpriv.*`
    Selector(String),
    /// `:msg, contains, "x"`, an expression, `!program`.
    Other(String),
}

/// A statement with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) place: Place,
    pub(super) what: What,
}

/// What it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// `$Name value`
    Directive(String, String),
    /// `name(key="value" …)`, names in lower case.
    Object(String, BTreeMap<String, String>),
    /// `ruleset(name="…") { … }`
    Ruleset(String, Vec<Statement>),
    /// A filter with what it leads to; `else` parts come as further filters.
    Filter(Filter, Vec<Statement>),
    /// An action of old: a path, `@host`, `~`…
    Action(String),
    Call(String),
    Stop,
}

/// Deepest nesting.
const MAX_DEPTH: usize = 40;
/// Most statements of one file.
const MAX_STATEMENTS: usize = 20_000;

/// The statements of a text. `Err`: the line at which it is nested too deep or too long.
pub(super) fn parse(text: &str, file: &Arc<str>) -> Result<Vec<Statement>, u32> {
    let file = Arc::clone(file);
    let mut p = Parser { chars: text.chars().collect(), at: 0, line: 1, count: 0, file };
    p.block(0, false)
}

impl Parser {
    fn block(&mut self, depth: usize, inner: bool) -> Result<Vec<Statement>, u32> {
        let mut out: Vec<Statement> = Vec::new();
        loop {
            self.blank();
            self.count += 1;
            if depth > MAX_DEPTH || self.count > MAX_STATEMENTS {
                return Err(self.line);
            }
            match self.peek() {
                None => break,
                Some('}') => {
                    self.next();
                    if inner {
                        break;
                    }
                }
                Some('&') => {
                    self.next();
                    let place = self.place();
                    let more = self.action(depth)?;
                    // A statement of its own, after the directives that stand between.
                    let last = out.iter().rev().find_map(|s| match &s.what {
                        What::Filter(filter, _) => Some(filter.clone()),
                        _ => None,
                    });
                    match last {
                        Some(filter) => {
                            out.push(Statement { place, what: What::Filter(filter, more) });
                        }
                        None => out.extend(more),
                    }
                }
                Some(_) => self.statement(depth, &mut out)?,
            }
        }
        Ok(out)
    }

    fn statement(&mut self, depth: usize, out: &mut Vec<Statement>) -> Result<(), u32> {
        let place = self.place();
        let (word, next) = self.keyword();
        let what = match (self.peek(), word.as_str(), next) {
            (Some('$'), ..) => {
                self.next();
                let rest = self.rest();
                let (name, value) = rest.split_once([' ', '\t']).unwrap_or((&rest, ""));
                let value = value.split(" #").next().unwrap_or("").trim();
                What::Directive(name.to_ascii_lowercase(), value.to_owned())
            }
            (_, "if", _) if next != Some('.') && next != Some(',') => {
                return self.condition(depth, out);
            }
            (_, "stop", _) if !matches!(next, Some('.' | ',')) => {
                self.word();
                What::Stop
            }
            (_, "call", _) if !matches!(next, Some('.' | ',')) => {
                self.word();
                self.blank();
                let name: String = self.until(|c| c.is_whitespace() || c == '}');
                What::Call(name.trim_matches('"').to_owned())
            }
            (_, "set" | "reset" | "unset" | "call_indirect" | "reload_lookup_table", _)
                if !matches!(next, Some('.' | ',')) =>
            {
                self.expression(|c| c == ';');
                self.next();
                return Ok(());
            }
            (_, "continue", _) => {
                self.word();
                return Ok(());
            }
            (_, "foreach", Some('(')) => {
                self.expression(|c| c == '{');
                self.next();
                let body = self.block(depth + 1, true)?;
                What::Filter(Filter::Other("foreach".to_owned()), body)
            }
            (_, name, Some('(')) if !name.is_empty() => {
                let name = name.to_owned();
                self.object(name, depth)?
            }
            (Some(':'), ..) if !self.starts(":om") => {
                let mut filter = String::new();
                let mut quoted = false;
                // Three parts between commas, the last one quoted.
                while let Some(c) = self.peek() {
                    if c == '\n' {
                        break;
                    }
                    self.next();
                    filter.push(c);
                    if c == '\\' {
                        filter.extend(self.next());
                    } else if c == '"' {
                        if quoted {
                            break;
                        }
                        quoted = true;
                    }
                }
                What::Filter(Filter::Other(filter), self.action(depth)?)
            }
            (Some('!' | '+'), ..) => {
                let rest = self.rest();
                // Only what follows is meant, until the next of its kind; `*` means everything.
                What::Directive("bsd".to_owned(), rest)
            }
            (Some('@' | '/' | '-' | '?' | '~' | '|' | '^' | '>' | ':'), ..) => {
                let text = self.legacy();
                if text.is_empty() {
                    self.next();
                    return Ok(());
                }
                What::Action(text)
            }
            _ => {
                let mut selector = String::new();
                while let Some(c) = self.peek().filter(|c| *c != '\n') {
                    if c == '\\' && self.ahead(1) == Some('\n') {
                        self.at += 1;
                        while self.peek().is_some_and(char::is_whitespace) {
                            self.next();
                        }
                        continue;
                    }
                    if c.is_whitespace() || c == '{' || c == '}' {
                        break;
                    }
                    selector.push(c);
                    self.next();
                }
                if !selector.contains('.') {
                    // No selector: an action inside of a block.
                    let more = self.finish(selector);
                    out.extend(
                        (!more.is_empty()).then_some(Statement { place, what: What::Action(more) }),
                    );
                    return Ok(());
                }
                What::Filter(Filter::Selector(selector), self.action(depth)?)
            }
        };
        out.push(Statement { place, what });
        Ok(())
    }

    /// `if … then … else …`
    fn condition(&mut self, depth: usize, out: &mut Vec<Statement>) -> Result<(), u32> {
        let place = self.place();
        self.word();
        let mut condition = String::new();
        loop {
            let part = self.expression(|c| c == 't' || c == '{');
            condition.push_str(&part);
            match self.peek() {
                None | Some('{') => break,
                Some(_) => {}
            }
            let before = part.chars().last().or(condition.chars().last());
            let open =
                before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '$' && c != '!');
            let (word, _) = self.keyword();
            if open && word == "then" {
                self.word();
                break;
            }
            condition.extend(self.next());
        }
        let body = self.action(depth)?;
        let condition = condition.trim().to_owned();
        out.push(Statement { place, what: What::Filter(Filter::Other(condition.clone()), body) });
        self.blank();
        let (word, _) = self.keyword();
        if word == "else" {
            self.word();
            self.blank();
            let place = self.place();
            let body = self.action(depth)?;
            let what = What::Filter(Filter::Other(format!("not ({condition})")), body);
            out.push(Statement { place, what });
        }
        Ok(())
    }

    /// What follows a filter: a block, or one statement.
    fn action(&mut self, depth: usize) -> Result<Vec<Statement>, u32> {
        while self.peek().is_some_and(|c| c == ' ' || c == '\t') {
            self.next();
        }
        if self.peek() == Some('\n') {
            self.blank();
        }
        if depth > MAX_DEPTH {
            return Err(self.line);
        }
        if self.peek() == Some('{') {
            self.next();
            return self.block(depth + 1, true);
        }
        let place = self.place();
        let (word, next) = self.keyword();
        let known = ["if", "stop", "call", "set", "unset", "reset", "continue", "foreach"];
        if known.contains(&word.as_str()) || (!word.is_empty() && next == Some('(')) {
            let mut out = Vec::new();
            self.count += 1;
            self.statement(depth + 1, &mut out)?;
            return Ok(out);
        }
        let text = self.legacy();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let what = if text == "stop" { What::Stop } else { What::Action(text) };
        Ok(vec![Statement { place, what }])
    }

    /// `name(…)`, and the block of a ruleset.
    fn object(&mut self, name: String, depth: usize) -> Result<What, u32> {
        self.until(|c| c == '(');
        self.next();
        let mut values = BTreeMap::new();
        loop {
            self.blank();
            match self.peek() {
                None => break,
                Some(')') => {
                    self.next();
                    break;
                }
                Some(_) => {}
            }
            let key = self.until(|c| c == '=' || c == ')' || c.is_whitespace());
            self.blank();
            if self.peek() != Some('=') {
                if key.is_empty() {
                    self.next();
                }
                continue;
            }
            self.next();
            self.blank();
            let value = self.value();
            values.insert(key.to_ascii_lowercase(), value);
        }
        if name == "ruleset" || name == "template" {
            self.blank();
            if self.peek() == Some('{') {
                self.next();
                let body = self.block(depth + 1, true)?;
                let called = values.get("name").cloned().unwrap_or_default();
                if name == "ruleset" {
                    return Ok(What::Ruleset(called, body));
                }
            }
        }
        Ok(What::Object(name, values))
    }
}
