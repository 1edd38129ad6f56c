//! Files of `name = value` lines, and the settings that they and the words of an entry make.

use std::path::{Path, PathBuf};

use assay_core::Gap;
use serde_json::Value;

use super::entry::Entry;
use crate::{Host, Origin, Setting};

/// Longest line that these files may have.
const MAX_LINE: usize = 1022;

/// A file of settings.
#[derive(Debug, Default)]
pub(super) struct Options {
    /// Name, value and line of each.
    pub(super) all: Vec<(String, String, u32)>,
    pub(super) path: PathBuf,
    /// A line that the program stops at.
    pub(super) broken: bool,
}

/// Reads one: comments from `#`, a name, blanks with at most one `=` among them, a value. `None`: it
/// does not exist.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn options(host: &Host<'_>, path: &Path) -> Result<Option<Options>, Gap> {
    let Some(found) = host.text(path)? else { return Ok(None) };
    let mut out = Options { path: path.to_owned(), ..Options::default() };
    for (number, line) in (1_u32..).zip(found.text.split('\n')) {
        if line.len() > MAX_LINE {
            out.broken = true;
            break;
        }
        let line = line.split(['#', '\0']).next().unwrap_or_default();
        let line = line.trim_matches(space);
        let end = line.find(|c| space(c) || c == '=').unwrap_or(line.len());
        let (name, rest) = line.split_at(end);
        let rest = rest.trim_start_matches(space);
        let value = rest.strip_prefix('=').unwrap_or(rest).trim_start_matches(space);
        if !line.is_empty() {
            out.all.push((name.to_owned(), value.to_owned(), number));
        }
    }
    Ok(Some(out))
}

/// What C calls a space.
pub(super) fn space(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\x0b'
}

/// The number at the start of a text: blanks, a sign, digits. What follows is not looked at.
pub(super) fn number(text: &str) -> Option<i64> {
    let text = text.trim_start_matches(space);
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let digits = digits.get(..end).filter(|d| !d.is_empty())?;
    Some(digits.parse::<i64>().unwrap_or(i64::from(u32::MAX)).min(i64::from(u32::MAX)) * sign)
}

/// A setting that later candidates take over.
#[derive(Debug, Clone)]
pub(super) struct Chosen(pub(super) Setting);

impl Chosen {
    /// The default.
    pub(super) fn new(value: impl Into<Value>) -> Self {
        Self(Setting::of(value, Origin::Default))
    }

    /// A later candidate wins.
    pub(super) fn take(&mut self, value: impl Into<Value>, file: &Path, line: u32) {
        let mut new = Setting::in_file(value, file, line);
        new.others = std::mem::take(&mut self.0.others);
        if let Some((file, line)) = &self.0.place {
            new = new.beating(self.0.value.clone(), Path::new(file), *line);
        }
        self.0 = new;
    }

    /// The same from an entry.
    pub(super) fn take_entry(&mut self, value: impl Into<Value>, entry: &Entry) {
        self.take(value, Path::new(&entry.file), entry.line);
    }

    /// As a number.
    pub(super) fn number(&self) -> i64 {
        self.0.value.as_i64().unwrap_or(0)
    }

    /// As documents hold it; a default is placed at the entry that relies on it.
    pub(super) fn json(&self, entry: &Entry) -> Value {
        let mut out = self.0.clone();
        if out.place.is_none() {
            out.place = Some((entry.file.clone(), entry.line));
        }
        out.json()
    }
}
