//! apk's database of installed packages: one file of text, a paragraph for each package. Source:
//! apk-tools' own description of its format, and its `apk_db_read_state`.

mod version;

use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};

use super::{Database, Files, Kind, MAX_PACKAGES, Package};
use crate::Host;
use crate::subjects::base64;
pub(crate) use version::compare;

/// Where it lies: of old, and since `/usr` holds all of it.
const PLACES: [&str; 2] = ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"];
/// Most files of all packages.
const MAX_FILES: usize = 4_000_000;
/// Longest line.
const MAX_LINE: usize = 1 << 20;

/// The database. `None`: there is none.
///
/// # Errors
/// One that cannot be read whole.
pub(crate) fn load(host: &Host<'_>) -> Result<Option<Database>, Gap> {
    let Some(path) = place(host)? else { return Ok(None) };
    let mut reader = Reader { files: Some(Files::new(false)), ..Reader::default() };
    let mut kept: Vec<u8> = Vec::new();
    let mut sound = true;
    host.pieces(&path, &mut |piece| {
        for part in piece.split_inclusive(|b| *b == b'\n') {
            kept.extend(part);
            sound &= kept.len() <= MAX_LINE;
            if part.ends_with(b"\n") || !sound {
                sound = sound && reader.line(&kept).is_some();
                kept.clear();
            }
        }
    })?;
    // The last paragraph ends with the file; a line without an end was cut off.
    if !sound || !kept.is_empty() || reader.end().is_none() {
        let detail = format!("{}: it is damaged, or larger than is read", path.display());
        return Err(Gap::new(GapState::Malformed, detail));
    }
    let mut files = reader.files.unwrap_or_default();
    files.done();
    Ok(Some(Database { kind: Kind::Apk, packages: reader.packages, files }))
}

fn place(host: &Host<'_>) -> Result<Option<PathBuf>, Gap> {
    let mut found: Vec<(PathBuf, PathBuf)> = Vec::new();
    for path in PLACES {
        let path = Path::new(path);
        if host.stat(path)?.is_none() {
            continue;
        }
        let real = host.root().resolve(path).map_err(|miss| crate::gap(path, &miss))?;
        if !found.iter().any(|(_, other)| *other == real) {
            found.push((path.to_owned(), real));
        }
    }
    if let [(one, _), (other, _)] = found.as_slice() {
        let detail =
            format!("there are two apk databases, {} and {}", one.display(), other.display());
        return Err(Gap::new(GapState::Unsupported, detail));
    }
    Ok(found.pop().map(|(path, _)| path))
}

#[derive(Debug, Default)]
struct Reader {
    packages: Vec<Package>,
    files: Option<Files>,
    /// The package of the paragraph, as far as it was read.
    name: Option<String>,
    version: Option<String>,
    architecture: String,
    broken: bool,
    directory: Option<u32>,
    /// Whether a file was named in the directory.
    file: bool,
}

impl Reader {
    /// Takes a line. `None`: it is none of this format.
    fn line(&mut self, line: &[u8]) -> Option<()> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if line.is_empty() {
            return self.end();
        }
        let (key, value) = line.split_first_chunk::<2>()?;
        let text = || String::from_utf8_lossy(value).into_owned();
        match key {
            b"P:" if self.name.is_none() => self.name = Some(text()),
            b"V:" => self.version = Some(text()),
            b"A:" => self.architecture = text(),
            // Files, a script or attributes of it could not be put in their place.
            b"f:" => self.broken = true,
            b"F:" => {
                let directory = text();
                let slash =
                    if directory.is_empty() { "/".to_owned() } else { format!("/{directory}/") };
                self.directory = Some(self.files.as_mut()?.directory(&slash)?);
                self.file = false;
            }
            b"R:" => {
                let package = self.packages.len();
                let files = self.files.as_mut()?;
                if files.count() >= MAX_FILES {
                    return None;
                }
                files.add(self.directory?, &text(), package, Some(0o644))?;
                self.file = true;
            }
            b"a:" if self.file => {
                let text = text();
                let mode = text.split(':').nth(2)?;
                let mode = u16::from_str_radix(mode, 8).ok()?;
                self.files.as_mut()?.set_mode(mode & 0o7777);
            }
            b"Z:" if self.file => {
                let (algorithm, digest) = match value.split_first_chunk::<2>()? {
                    (b"Q1", rest) => (2, rest),
                    (b"Q2", rest) => (8, rest),
                    _ => return Some(()),
                };
                let digest = base64(std::str::from_utf8(digest).ok()?.trim_end())?;
                let whole = if algorithm == 2 { 20 } else { 32 };
                if digest.len() != whole {
                    return None;
                }
                self.files.as_mut()?.set_digest(algorithm, &digest)?;
            }
            [letter, b':'] if letter.is_ascii_alphabetic() => {}
            _ => return None,
        }
        Some(())
    }

    /// Ends a paragraph. `None`: it names no package.
    fn end(&mut self) -> Option<()> {
        let (name, version) = (self.name.take(), self.version.take());
        let empty = name.is_none() && version.is_none() && self.directory.is_none();
        let architecture = std::mem::take(&mut self.architecture);
        let whole = !std::mem::take(&mut self.broken);
        (self.directory, self.file) = (None, false);
        if empty {
            return Some(());
        }
        if self.packages.len() >= MAX_PACKAGES {
            return None;
        }
        let (name, version) = (name?, version?);
        self.packages.push(Package { name, architecture, version, module: None, whole });
        Some(())
    }
}
