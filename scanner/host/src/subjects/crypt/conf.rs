//! `openssl.cnf`, as OpenSSL reads it, as far as its system-wide defaults go.

use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};

use crate::{FileKind, Host};

/// How deep files may include others.
const MAX_DEPTH: usize = 8;
/// Most assignments that are read.
const MAX_LINES: usize = 50_000;

/// An assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Its section; `default` before the first.
    pub(super) section: String,
    /// Its name.
    pub(super) name: String,
    /// Its value.
    pub(super) value: String,
    /// Its file.
    pub(super) file: PathBuf,
    /// Its line, from 1.
    pub(super) line: u32,
}

/// Every assignment, includes followed. `None`: there is no such file.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn read(host: &Host<'_>, path: &Path) -> Result<Option<Vec<Line>>, Gap> {
    let mut out = Vec::new();
    let found = file(host, path, &mut "default".to_owned(), &mut out, 0)?;
    Ok(found.then_some(out))
}

fn file(
    host: &Host<'_>,
    path: &Path,
    section: &mut String,
    out: &mut Vec<Line>,
    depth: usize,
) -> Result<bool, Gap> {
    if depth > MAX_DEPTH || out.len() > MAX_LINES {
        let detail = format!("{}: includes too deep, or too much in them", path.display());
        return Err(Gap::new(GapState::Malformed, detail));
    }
    let Some(found) = host.text(path)? else { return Ok(false) };
    let mut joined = String::new();
    let mut start = 0;
    for (number, line) in found.text.lines().enumerate() {
        if joined.is_empty() {
            start = number;
        }
        if let Some(more) = line.strip_suffix('\\') {
            joined.push_str(more);
            continue;
        }
        joined.push_str(line);
        let text = std::mem::take(&mut joined);
        let text = bare(&text);
        if text.is_empty() {
            continue;
        }
        if let Some(name) = text.strip_prefix('[').and_then(|t| t.split(']').next()) {
            name.trim().clone_into(section);
            continue;
        }
        if let Some(rest) = text.strip_prefix(".include") {
            let target = rest.trim().trim_start_matches('=').trim().trim_matches('"');
            include(host, Path::new(target), section, out, depth)?;
            continue;
        }
        let Some((name, value)) = text.split_once('=') else { continue };
        let name = name.trim();
        if name.starts_with(".pragma") {
            continue;
        }
        let (section, name) = match name.split_once("::") {
            Some((s, n)) => (s.to_owned(), n),
            None => (section.clone(), name),
        };
        let line = u32::try_from(start + 1).unwrap_or(u32::MAX);
        let value = value.trim().trim_matches(['"', '\'']).to_owned();
        out.push(Line { section, name: name.to_owned(), value, file: path.to_owned(), line });
    }
    Ok(true)
}

fn include(
    host: &Host<'_>,
    target: &Path,
    section: &mut String,
    out: &mut Vec<Line>,
    depth: usize,
) -> Result<(), Gap> {
    if !target.is_absolute() {
        return Ok(());
    }
    if host.stat(target)?.is_some_and(|s| s.kind == FileKind::Directory) {
        for path in host.list(target)?.unwrap_or_default() {
            if path.extension().is_some_and(|e| e == "cnf" || e == "conf") {
                file(host, &path, section, out, depth + 1)?;
            }
        }
        return Ok(());
    }
    file(host, target, section, out, depth + 1)?;
    Ok(())
}

/// A line without its comment and blanks.
fn bare(text: &str) -> String {
    let mut out = String::new();
    let mut quote = None;
    for c in text.chars() {
        match (c, quote) {
            ('#', None) => break,
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(q)) if c == q => quote = None,
            _ => {}
        }
        out.push(c);
    }
    out.trim().to_owned()
}

/// The assignments of the section to which a chain of names leads, from the top.
pub(super) fn follow<'a>(lines: &'a [Line], chain: &[&str]) -> Vec<&'a Line> {
    let mut section = "default".to_owned();
    for name in chain {
        let last = lines.iter().rfind(|l| l.section == section && l.name == *name);
        let Some(line) = last else { return Vec::new() };
        section.clone_from(&line.value);
    }
    lines.iter().filter(|l| l.section == section).collect()
}
