//! Files with `[sections]` and `key = value`, as dnf, yum and libzypp read them.

use std::path::{Path, PathBuf};

use assay_core::Gap;

use crate::Host;

/// Most assignments of one file.
const MAX_LINES: usize = 50_000;

/// An assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its section.
    pub(super) section: String,
    /// Its key.
    pub(super) key: String,
    /// Its value, continuation lines joined by blanks.
    pub(super) value: String,
    /// Its file.
    pub(super) file: PathBuf,
    /// Its line, from 1.
    pub(super) line: u32,
}

impl Entry {
    /// Yes or no in the words of these programs.
    pub(super) fn truth(&self) -> Option<bool> {
        match self.value.to_ascii_lowercase().as_str() {
            "1" | "yes" | "true" | "on" | "enabled" => Some(true),
            "0" | "no" | "false" | "off" | "disabled" => Some(false),
            _ => None,
        }
    }
}

/// The assignments of a file; none where it is not there.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn read(host: &Host<'_>, path: &Path) -> Result<Vec<Entry>, Gap> {
    Ok(host.text(path)?.map(|found| parse(path, &found.text)).unwrap_or_default())
}

/// Reads a text.
pub(super) fn parse(path: &Path, text: &str) -> Vec<Entry> {
    let mut out: Vec<Entry> = Vec::new();
    let mut section = String::new();
    let mut open = false;
    for (line, raw) in (1_u32..).zip(text.lines().take(MAX_LINES)) {
        let trimmed = raw.trim();
        if trimmed.is_empty() || raw.starts_with(['#', ';']) {
            open = open && !trimmed.is_empty();
            continue;
        }
        if raw.starts_with([' ', '\t'])
            && let Some(last) = out.last_mut().filter(|_| open)
        {
            if !trimmed.starts_with(['#', ';']) {
                last.value.push(' ');
                last.value.push_str(trimmed);
            }
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|t| t.split(']').next()) {
            section = name.to_owned();
            open = false;
        } else if let Some((key, value)) = trimmed.split_once('=') {
            let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
            out.push(Entry { section: section.clone(), key, value, file: path.to_owned(), line });
            open = true;
        }
    }
    out
}

/// The last assignment of a key in a section.
pub(super) fn last<'a>(all: &'a [Entry], section: &str, key: &str) -> Option<&'a Entry> {
    all.iter().rfind(|e| e.section == section && e.key == key)
}

/// The sections in order of their first assignment.
pub(super) fn sections(all: &[Entry]) -> Vec<&str> {
    let mut out: Vec<&str> = Vec::new();
    for entry in all {
        if !out.contains(&entry.section.as_str()) {
            out.push(&entry.section);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_continuations_and_the_last_value() {
        let text = "# c\n[a]\nx = 1\ny=one\n two\n\n three\n[b]\nx=0\n;x=2\n[a]\nx: 5\nx=No\n";
        let all = parse(Path::new("/f"), text);
        assert_eq!(sections(&all), ["a", "b"]);
        assert_eq!(last(&all, "a", "y").unwrap().value, "one two");
        assert_eq!(last(&all, "a", "x").unwrap().truth(), Some(false));
        assert_eq!(last(&all, "a", "x").unwrap().line, 13);
        for cut in 0..text.len() {
            parse(Path::new("/f"), &text[cut..]);
        }
    }
}
