//! Includes of rsyslog's configuration, put in their place.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_core::{Gap, GapState};

use super::syntax::{Statement, What, parse};
use crate::systemd::matches;
use crate::{FileKind, Host};

/// Most files that are read.
pub(super) const MAX_FILES: usize = 500;
/// Deepest includes.
const MAX_INCLUDES: usize = 12;

fn malformed(detail: String) -> Gap {
    Gap::new(GapState::Malformed, detail)
}

/// The statements of a text, those of includes in their place.
pub(super) fn expand(
    host: &Host<'_>,
    path: &Path,
    text: &str,
    depth: usize,
    left: &mut usize,
) -> Result<Vec<Statement>, Gap> {
    let file: Arc<str> = path.display().to_string().into();
    let statements = parse(text, &file)
        .map_err(|line| malformed(format!("{file}:{line}: nested too deep or too long")))?;
    inline(host, statements, depth, left)
}

fn inline(
    host: &Host<'_>,
    statements: Vec<Statement>,
    depth: usize,
    left: &mut usize,
) -> Result<Vec<Statement>, Gap> {
    let mut out = Vec::new();
    for Statement { place, what } in statements {
        let pattern = match &what {
            What::Directive(name, value) if name == "includeconfig" => Some(value.clone()),
            What::Object(name, values) if name == "include" => {
                Some(values.get("file").cloned().unwrap_or_default())
            }
            _ => None,
        };
        if let Some(pattern) = pattern {
            if depth >= MAX_INCLUDES {
                return Err(malformed(format!(
                    "{}:{}: includes go too deep",
                    place.file, place.line
                )));
            }
            for path in globbed(host, &pattern)? {
                *left = left.checked_sub(1).ok_or_else(|| {
                    malformed(format!("{}:{}: too many includes", place.file, place.line))
                })?;
                if let Some(found) = host.text(&path)? {
                    out.extend(expand(host, &path, &found.text, depth + 1, left)?);
                }
            }
            continue;
        }
        let what = match what {
            What::Ruleset(name, inner) => What::Ruleset(name, inline(host, inner, depth, left)?),
            What::Filter(filter, inner) => What::Filter(filter, inline(host, inner, depth, left)?),
            other => other,
        };
        out.push(Statement { place, what });
    }
    Ok(out)
}

/// The files of an include, in order of their names. A directory means all in it.
fn globbed(host: &Host<'_>, pattern: &str) -> Result<Vec<PathBuf>, Gap> {
    if !pattern.starts_with('/') {
        return Ok(Vec::new());
    }
    let mut paths = vec![PathBuf::from("/")];
    for part in pattern.split('/').filter(|p| !p.is_empty()) {
        let mut next = Vec::new();
        crate::at_most(&pattern, "directories", paths.len(), MAX_FILES)?;
        for base in paths {
            if !part.contains(['*', '?', '[']) {
                next.push(base.join(part));
                continue;
            }
            if host.stat(&base)?.is_none_or(|s| s.kind != FileKind::Directory) {
                continue;
            }
            for path in host.list(&base)?.unwrap_or_default() {
                let name =
                    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
                if matches(part, &name) && (!name.starts_with('.') || part.starts_with('.')) {
                    next.push(path);
                }
            }
        }
        paths = next;
    }
    let mut out = Vec::new();
    for path in paths {
        match host.stat(&path)?.map(|s| s.kind) {
            Some(FileKind::File) => out.push(path),
            Some(FileKind::Directory) => {
                for inner in host.list(&path)?.unwrap_or_default() {
                    let hidden =
                        inner.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
                    if !hidden && host.stat(&inner)?.is_some_and(|s| s.kind == FileKind::File) {
                        out.push(inner);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(out)
}
