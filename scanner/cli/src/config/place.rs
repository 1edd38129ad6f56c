//! Where something stands in `assay.toml`, so that an error can underline it.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::exit::Usage;

/// A step towards a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'a> {
    /// A key of a table.
    Key(&'a str),
    /// A table of an array, from 0.
    Item(usize),
}

/// The file with the place of every key and value.
pub(super) struct Places<'a> {
    name: &'a str,
    text: &'a str,
    root: DeValue<'a>,
}

impl<'a> Places<'a> {
    /// Reads the file.
    ///
    /// # Errors
    /// It is no TOML; the place is underlined.
    pub(super) fn read(name: &'a str, text: &'a str) -> Result<Self, Usage> {
        let root = DeTable::parse(text).map_err(|e| match e.span() {
            Some(span) => underline(name, text, span, e.message()),
            None => Usage::plain(format!("{name}: {}", e.message())),
        })?;
        Ok(Self { name, text, root: DeValue::Table(root.into_inner()) })
    }

    /// An error at some bytes of the file, or at no place.
    pub(super) fn error(&self, span: Option<Range<usize>>, message: &str) -> Usage {
        match span {
            Some(span) => underline(self.name, self.text, span, message),
            None => Usage::plain(format!("{}: {message}", self.name)),
        }
    }

    /// An error at a value, or at the table around it where the value is missing.
    pub(super) fn at_value(&self, path: &[Step<'_>], message: &str) -> Usage {
        self.error(self.find(path).map(|(_, value)| value), message)
    }

    /// An error at a key.
    pub(super) fn at_key(&self, path: &[Step<'_>], message: &str) -> Usage {
        self.error(self.find(path).map(|(key, _)| key), message)
    }

    /// The file with a key of a table set to a text; `None` where the table is not there, or stands
    /// on one line in braces.
    ///
    /// Everything else stays as it is written, comments included.
    pub(super) fn with(&self, path: &[Step<'_>], key: &str, value: &str) -> Option<String> {
        let mut here = &self.root;
        let mut start = 0;
        for step in path {
            let next = match (*step, here) {
                (Step::Key(name), DeValue::Table(t)) => t.get(name)?,
                (Step::Item(n), DeValue::Array(a)) => a.get(n)?,
                _ => return None,
            };
            (here, start) = (next.get_ref(), next.span().start);
        }
        let DeValue::Table(table) = here else { return None };
        let begins = |at: usize, c: char| self.text.get(at..).is_some_and(|t| t.starts_with(c));
        if begins(start, '{') {
            return None;
        }
        // A JSON string is a TOML string too.
        let value = serde_json::to_string(value).ok()?;
        let (at, new) = match table.get(key) {
            Some(old) => (old.span(), value),
            None => {
                // After its last value: tables below it have headers of their own.
                let own = table.iter().map(|(_, v)| v.span()).filter(|s| !self.header(s.start));
                let end = own.map(|s| s.end).max()?;
                let rest = self.text.get(end..)?;
                let line = rest.find('\n').map_or(self.text.len(), |n| end + n);
                (line..line, format!("\n{key} = {value}"))
            }
        };
        let (head, tail) = (self.text.get(..at.start)?, self.text.get(at.end..)?);
        Some(format!("{head}{new}{tail}"))
    }

    /// Whether a header of a table (`[a.b]`) begins there, and not an array.
    fn header(&self, at: usize) -> bool {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.rfind('\n').map_or(0, |n| n + 1);
        let lead = before.get(line..).unwrap_or_default();
        lead.trim().is_empty() && self.text.get(at..).is_some_and(|t| t.starts_with('['))
    }

    /// The places of the key and of the value at the end of a path, as far as it goes.
    fn find(&self, path: &[Step<'_>]) -> Option<(Range<usize>, Range<usize>)> {
        let mut here = &self.root;
        let mut found = None;
        for step in path {
            let next = match (*step, here) {
                (Step::Key(name), DeValue::Table(t)) => {
                    t.iter().find(|(k, _)| k.get_ref() == name).map(|(k, v)| (k.span(), v))
                }
                (Step::Item(n), DeValue::Array(a)) => a.get(n).map(|v| (v.span(), v)),
                _ => None,
            };
            let Some((key, value)) = next else { break };
            found = Some((key, value.span()));
            here = value.get_ref();
        }
        found
    }
}

/// An error with the offending line under it, as compilers show it.
fn underline(name: &str, text: &str, span: Range<usize>, message: &str) -> Usage {
    let start = span.start.min(text.len());
    let before = text.get(..start).unwrap_or(text);
    let line_no = before.matches('\n').count() + 1;
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    let line = text.get(line_start..).unwrap_or("").lines().next().unwrap_or("");
    let column = before.get(line_start..).map_or(0, |s| s.chars().count());
    let shown = line.chars().count().saturating_sub(column).max(1);
    let wanted = text.get(span).map_or(1, |s| s.chars().count()).max(1);
    let gutter = line_no.to_string().len();
    let marks = "^".repeat(wanted.min(shown));
    Usage::plain(format!(
        "{message}\n{:gutter$}--> {name}:{line_no}:{}\n{:gutter$} |\n{line_no} | {line}\n{:gutter$} | {}{marks}",
        "",
        column + 1,
        "",
        "",
        " ".repeat(column),
    ))
}
