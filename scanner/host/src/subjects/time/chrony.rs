//! chrony's configuration, from chrony.conf(5): includes, `confdir` and `sourcedir` in place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};

use super::{Source, source};
use crate::systemd::matches;
use crate::{FileKind, Host};

/// Deepest includes, as in the program.
const MAX_DEPTH: usize = 10;
/// Most files.
const MAX_FILES: usize = 500;

/// What is gathered.
#[derive(Debug, Default)]
pub(super) struct Chrony {
    pub(super) sources: Vec<Source>,
    files: usize,
}

impl Chrony {
    /// Reads a file; one that is not there ends the program's start, so nothing of it counts.
    pub(super) fn read(&mut self, host: &Host<'_>, path: &Path, depth: usize) -> Result<(), Gap> {
        self.files += 1;
        if depth > MAX_DEPTH || self.files > MAX_FILES {
            let detail = format!("{}: includes go too deep or are too many", path.display());
            return Err(Gap::new(GapState::Malformed, detail));
        }
        let Some(found) = host.text(path)? else { return Ok(()) };
        for (number, line) in (1_u32..).zip(found.text.lines()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let Some((first, rest)) = words.split_first() else { continue };
            if first.starts_with(['!', ';', '#', '%']) {
                continue;
            }
            match first.to_ascii_lowercase().as_str() {
                "include" => {
                    for file in globbed(host, rest.first().unwrap_or(&""))? {
                        self.read(host, &file, depth + 1)?;
                    }
                }
                "confdir" => self.directory(host, rest, ".conf", depth)?,
                "sourcedir" => self.directory(host, rest, ".sources", depth)?,
                kind @ ("server" | "pool" | "peer") => {
                    // What is only measured never sets the clock.
                    let measured = rest.iter().any(|w| w.eq_ignore_ascii_case("noselect"));
                    if let Some(name) = rest.first().filter(|_| !measured) {
                        self.sources.push(source("chrony", kind, name, path, number));
                    }
                }
                "refclock" => {
                    let name = rest.iter().take(2).copied().collect::<Vec<_>>().join(" ");
                    self.sources.push(source("chrony", "refclock", &name, path, number));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The files of directories by name; of several with one name the first directory's.
    fn directory(
        &mut self,
        host: &Host<'_>,
        directories: &[&str],
        suffix: &str,
        depth: usize,
    ) -> Result<(), Gap> {
        let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
        for directory in directories.iter().take(10) {
            // Made while the host runs: by DHCP, for example.
            if directory.starts_with("/run/") || directory.starts_with("/var/run/") {
                continue;
            }
            if host.stat(directory)?.is_none_or(|s| s.kind != FileKind::Directory) {
                continue;
            }
            for path in host.list(directory)?.unwrap_or_default() {
                let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
                let name = name.unwrap_or_default();
                if name.ends_with(suffix) && !name.starts_with('.') {
                    files.entry(name).or_insert(path);
                }
            }
        }
        for path in files.into_values() {
            self.read(host, &path, depth + 1)?;
        }
        Ok(())
    }
}

/// The files of an include: a pattern in the last part of the path.
pub(super) fn globbed(host: &Host<'_>, pattern: &str) -> Result<Vec<PathBuf>, Gap> {
    let path = Path::new(pattern);
    let base = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    if !path.is_absolute() {
        return Ok(Vec::new());
    }
    if !base.contains(['*', '?', '[']) {
        return Ok(vec![path.to_owned()]);
    }
    let Some(above) = path.parent() else { return Ok(Vec::new()) };
    if host.stat(above)?.is_none_or(|s| s.kind != FileKind::Directory) {
        return Ok(Vec::new());
    }
    let mut all = host.list(above)?.unwrap_or_default();
    all.retain(|p| {
        let name = p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        matches(&base, &name) && (!name.starts_with('.') || base.starts_with('.'))
    });
    Ok(all)
}
