//! CloudWatch Logs filter patterns for JSON events: `{ ($.eventName = X) || … }`.
//!
//! Patterns are parsed and run against events instead of being compared as text, so order, spacing,
//! quotes and parentheses do not matter.
//! Syntax: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>

use regex::Regex;
use serde_json::Value;

/// A parsed pattern.
#[derive(Debug)]
pub(crate) enum Pattern {
    /// The empty pattern: every event.
    Everything,
    /// A JSON pattern.
    Json(Expr),
}

/// An expression of a JSON pattern.
#[derive(Debug)]
pub(crate) enum Expr {
    /// All must hold.
    All(Vec<Expr>),
    /// One must hold.
    Any(Vec<Expr>),
    /// A condition on a field.
    Test(Vec<Step>, Test),
}

/// One step of a selector.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    /// A member.
    Name(String),
    /// An element.
    Index(usize),
    /// Any element or member.
    Any,
}

/// A condition on the value that a selector finds.
#[derive(Debug)]
pub(crate) enum Test {
    /// `= text`, with `*` as a wildcard; the flag is true for `!=`.
    Text(String, bool),
    /// `= number` and the like.
    Number(Compare, f64),
    /// `= %regex%`; the flag is true for `!=`.
    Regex(Regex, bool),
    /// `IS TRUE`, `IS FALSE`.
    Bool(bool),
    /// `IS NULL`.
    Null,
    /// `EXISTS`, `NOT EXISTS`.
    Exists(bool),
}

/// A comparison of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Compare {
    /// `=`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl Pattern {
    /// Parses a pattern. `None`: not a JSON pattern, or not understood.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return Some(Self::Everything);
        }
        let body = text.strip_prefix('{')?.strip_suffix('}')?;
        let mut parser = Parser { rest: body, depth: 0 };
        let expr = parser.any()?;
        parser.skip();
        parser.rest.is_empty().then_some(Self::Json(expr))
    }

    /// Whether an event matches.
    pub(crate) fn matches(&self, event: &Value) -> bool {
        match self {
            Self::Everything => true,
            Self::Json(expr) => expr.matches(event),
        }
    }
}

impl Expr {
    fn matches(&self, event: &Value) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|p| p.matches(event)),
            Self::Any(parts) => parts.iter().any(|p| p.matches(event)),
            Self::Test(path, test) => {
                let mut found = Vec::new();
                find(event, path, &mut found);
                match test {
                    Test::Exists(wanted) => found.is_empty() != *wanted,
                    // A comparison with a field that is not there does not hold, `!=` included.
                    _ => found.iter().any(|value| test.holds(value)),
                }
            }
        }
    }
}

impl Test {
    fn holds(&self, value: &Value) -> bool {
        match self {
            Self::Text(pattern, negated) => {
                text(value).is_some_and(|t| wildcard(pattern, &t) != *negated)
            }
            Self::Regex(regex, negated) => {
                text(value).is_some_and(|t| regex.is_match(&t) != *negated)
            }
            Self::Number(compare, wanted) => {
                let number = match value {
                    Value::Number(n) => n.as_f64(),
                    Value::String(s) => s.parse().ok(),
                    _ => None,
                };
                match (number, compare) {
                    // Text that is not a number differs from every number.
                    (None, Compare::Ne) => value.is_string(),
                    (None, _) => false,
                    (Some(n), _) => compare.holds(n, *wanted),
                }
            }
            Self::Bool(wanted) => value.as_bool() == Some(*wanted),
            Self::Null => value.is_null(),
            Self::Exists(wanted) => *wanted,
        }
    }
}

impl Compare {
    fn holds(self, a: f64, b: f64) -> bool {
        match self {
            Self::Eq => (a - b).abs() < f64::EPSILON,
            Self::Ne => (a - b).abs() >= f64::EPSILON,
            Self::Lt => a < b,
            Self::Le => a <= b,
            Self::Gt => a > b,
            Self::Ge => a >= b,
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

fn find<'a>(value: &'a Value, path: &[Step], found: &mut Vec<&'a Value>) {
    let Some((step, rest)) = path.split_first() else {
        found.push(value);
        return;
    };
    match (step, value) {
        (Step::Name(name), Value::Object(members)) => {
            if let Some(next) = members.get(name) {
                find(next, rest, found);
            }
        }
        (Step::Index(i), Value::Array(items)) => {
            if let Some(next) = items.get(*i) {
                find(next, rest, found);
            }
        }
        (Step::Any, Value::Array(items)) => items.iter().for_each(|v| find(v, rest, found)),
        (Step::Any, Value::Object(members)) => members.values().for_each(|v| find(v, rest, found)),
        _ => {}
    }
}

/// Whether a text fits a pattern in which `*` stands for any run of characters.
pub(crate) fn wildcard(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else { return text.is_empty() };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or(""),
            None => return false,
        }
    }
    true
}

/// Deeper nesting of parentheses is not understood.
const MAX_DEPTH: usize = 32;

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl Parser<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.skip();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// A word such as `IS`, which must end where it ends.
    fn word(&mut self, word: &str) -> bool {
        self.skip();
        let Some(head) = self.rest.get(..word.len()) else { return false };
        let rest = self.rest.get(word.len()..).unwrap_or("");
        if !head.eq_ignore_ascii_case(word) || rest.starts_with(|c: char| c.is_alphanumeric()) {
            return false;
        }
        self.rest = rest;
        true
    }

    fn any(&mut self) -> Option<Expr> {
        let mut parts = vec![self.all()?];
        while self.eat("||") {
            parts.push(self.all()?);
        }
        Some(Expr::Any(parts))
    }

    fn all(&mut self) -> Option<Expr> {
        let mut parts = vec![self.one()?];
        while self.eat("&&") {
            parts.push(self.one()?);
        }
        Some(Expr::All(parts))
    }

    fn one(&mut self) -> Option<Expr> {
        if self.eat("(") {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return None;
            }
            let inner = self.any()?;
            self.depth -= 1;
            return self.eat(")").then_some(inner);
        }
        let path = self.selector()?;
        let test = self.test()?;
        Some(Expr::Test(path, test))
    }

    fn selector(&mut self) -> Option<Vec<Step>> {
        if !self.eat("$") {
            return None;
        }
        let mut path = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix('.') {
                let end = rest
                    .find(|c: char| !(c.is_alphanumeric() || "_-:@*".contains(c)))
                    .unwrap_or(rest.len());
                let (name, rest) = rest.split_at_checked(end)?;
                if name.is_empty() {
                    return None;
                }
                path.push(if name == "*" { Step::Any } else { Step::Name(name.to_owned()) });
                self.rest = rest;
            } else if let Some(rest) = self.rest.strip_prefix('[') {
                let (inside, rest) = rest.split_once(']')?;
                let inside = inside.trim();
                path.push(if inside == "*" {
                    Step::Any
                } else if let Ok(index) = inside.parse() {
                    Step::Index(index)
                } else {
                    Step::Name(inside.trim_matches(|c| c == '"' || c == '\'').to_owned())
                });
                self.rest = rest;
            } else {
                break;
            }
        }
        (!path.is_empty()).then_some(path)
    }

    fn test(&mut self) -> Option<Test> {
        if self.word("NOT") {
            return self.word("EXISTS").then_some(Test::Exists(false));
        }
        if self.word("EXISTS") {
            return Some(Test::Exists(true));
        }
        if self.word("IS") {
            return if self.word("TRUE") {
                Some(Test::Bool(true))
            } else if self.word("FALSE") {
                Some(Test::Bool(false))
            } else {
                self.word("NULL").then_some(Test::Null)
            };
        }
        let compare = [
            ("!=", Compare::Ne),
            ("<=", Compare::Le),
            (">=", Compare::Ge),
            ("=", Compare::Eq),
            ("<", Compare::Lt),
            (">", Compare::Gt),
        ]
        .into_iter()
        .find_map(|(token, compare)| self.eat(token).then_some(compare))?;
        self.value(compare)
    }

    fn value(&mut self, compare: Compare) -> Option<Test> {
        self.skip();
        let negated = compare == Compare::Ne;
        let equality = negated || compare == Compare::Eq;
        if let Some(rest) = self.rest.strip_prefix('%') {
            let (inside, rest) = rest.split_once('%')?;
            self.rest = rest;
            return equality.then_some(Test::Regex(Regex::new(inside).ok()?, negated));
        }
        if let Some(rest) = self.rest.strip_prefix('"') {
            let mut value = String::new();
            let mut chars = rest.chars();
            loop {
                match chars.next()? {
                    '"' => break,
                    '\\' => value.push(chars.next()?),
                    c => value.push(c),
                }
            }
            self.rest = chars.as_str();
            return equality.then_some(Test::Text(value, negated));
        }
        let end = self
            .rest
            .find(|c: char| c.is_whitespace() || "()&|}{\"".contains(c))
            .unwrap_or(self.rest.len());
        let (value, rest) = self.rest.split_at_checked(end)?;
        if value.is_empty() {
            return None;
        }
        self.rest = rest;
        match value.parse::<f64>() {
            Ok(number) if number.is_finite() => Some(Test::Number(compare, number)),
            _ => equality.then(|| Test::Text(value.to_owned(), negated)),
        }
    }
}

#[cfg(test)]
#[path = "filter_pattern_tests.rs"]
mod tests;
