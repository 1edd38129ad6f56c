//! `openssl.cnf`, as OpenSSL reads it, as far as its system-wide defaults go.

use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};

use crate::{FileKind, Host};

/// How deep files may include others.
const MAX_DEPTH: usize = 8;
/// Most assignments that are read.
const MAX_LINES: usize = 50_000;
/// Longest value, in bytes.
const MAX_VALUE: usize = 64 << 10;

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

/// What is known while files are read.
#[derive(Debug, Default)]
struct State {
    section: String,
    /// Where includes without a path lie: `.pragma includedir`.
    base: Option<PathBuf>,
    out: Vec<Line>,
}

/// Every assignment, includes followed. `None`: there is no such file.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn read(host: &Host<'_>, path: &Path) -> Result<Option<Vec<Line>>, Gap> {
    let mut state = State { section: "default".to_owned(), ..State::default() };
    let found = file(host, path, &mut state, 0)?;
    Ok(found.then_some(state.out))
}

fn file(host: &Host<'_>, path: &Path, state: &mut State, depth: usize) -> Result<bool, Gap> {
    if depth > MAX_DEPTH || state.out.len() > MAX_LINES {
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
            name.trim().clone_into(&mut state.section);
            continue;
        }
        if let Some(rest) = text.strip_prefix(".pragma") {
            let rest = rest.trim().trim_start_matches('=').trim();
            if let Some(base) = rest.strip_prefix("includedir") {
                state.base = Some(PathBuf::from(base.trim_start_matches([':', '=', ' ', '\t'])));
            }
            continue;
        }
        if let Some(rest) = text.strip_prefix(".include") {
            let target = rest.trim().trim_start_matches('=').trim().trim_matches('"');
            let target = expand(target, &state.section, &state.out);
            include(host, Path::new(&target), state, depth)?;
            continue;
        }
        let Some((name, value)) = text.split_once('=') else { continue };
        let name = name.trim();
        let (section, name) = match name.split_once("::") {
            Some((s, n)) => (s.to_owned(), n),
            None => (state.section.clone(), name),
        };
        let line = u32::try_from(start + 1).unwrap_or(u32::MAX);
        let value = value.trim().trim_matches(['"', '\'']);
        let value = expand(value, &section, &state.out);
        state.out.push(Line { section, name: name.to_owned(), value, file: path.to_owned(), line });
    }
    Ok(true)
}

/// A value with `$name`, `${name}` and `${section::name}` replaced by what was said before: in its own
/// section, else at the top. What is not known stays.
fn expand(value: &str, section: &str, lines: &[Line]) -> String {
    if !value.contains('$') {
        return value.to_owned();
    }
    let mut out = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let bracket =
            [('{', '}'), ('(', ')')].into_iter().find(|(open, _)| after.starts_with(*open));
        let (name, tail) = match bracket.and_then(|(_, close)| after.get(1..)?.split_once(close)) {
            Some(parts) => parts,
            None => {
                let other = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':');
                after.split_at(after.find(other).unwrap_or(after.len()))
            }
        };
        let (own, name) = name.split_once("::").unwrap_or((section, name));
        let last = |s: &str| lines.iter().rfind(|l| l.section == s && l.name == name);
        match last(own).or_else(|| last("default")) {
            Some(line) if out.len() < MAX_VALUE => {
                out.push_str(&line.value);
                rest = tail;
            }
            _ => {
                out.push('$');
                rest = after;
            }
        }
    }
    out + rest
}

fn include(host: &Host<'_>, target: &Path, state: &mut State, depth: usize) -> Result<(), Gap> {
    let target = match &state.base {
        Some(base) if !target.is_absolute() => base.join(target),
        _ => target.to_owned(),
    };
    if !target.is_absolute() {
        return Ok(());
    }
    if host.stat(&target)?.is_some_and(|s| s.kind == FileKind::Directory) {
        for path in host.list(&target)?.unwrap_or_default() {
            if path.extension().is_some_and(|e| e == "cnf" || e == "conf") {
                file(host, &path, state, depth + 1)?;
            }
        }
        return Ok(());
    }
    file(host, &target, state, depth + 1)?;
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
