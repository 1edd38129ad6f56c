//! The status database of dpkg: which packages are installed, in which versions.

use std::collections::BTreeMap;
use std::path::Path;

use assay_core::{Gap, GapState};
use md5::{Digest, Md5};

use crate::Host;

/// Where it lies.
pub(crate) const STATUS: &str = "/var/lib/dpkg/status";
/// Most packages that are taken in.
pub(crate) const MAX_PACKAGES: usize = 50_000;
/// Longest paragraph, in bytes.
const MAX_PARAGRAPH: usize = 1 << 20;

/// Packages by name and architecture.
pub(crate) type Packages = BTreeMap<(String, String), Installed>;

/// A package whose files are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Installed {
    /// Its name.
    pub(crate) name: String,
    /// Its architecture.
    pub(crate) architecture: String,
    /// Its version.
    pub(crate) version: String,
    /// Whether it is to be kept as it is.
    pub(crate) held: bool,
    /// Whether it is wholly installed (else unpacked, or half configured).
    pub(crate) whole: bool,
}

/// The installed packages by name and architecture. `None`: there is no dpkg.
///
/// # Errors
/// A database that cannot be read, or is larger than one is.
pub(crate) fn installed(host: &Host<'_>) -> Result<Option<Packages>, Gap> {
    let mut out = BTreeMap::new();
    let mut full = false;
    let found = paragraphs(host, Path::new(STATUS), &mut |paragraph| {
        if let Some(package) = package(paragraph) {
            full |= out.len() >= MAX_PACKAGES;
            if !full {
                out.insert((package.name.clone(), package.architecture.clone()), package);
            }
        }
    })?;
    if full {
        let detail = format!("{STATUS}: more than {MAX_PACKAGES} packages");
        return Err(Gap::new(GapState::Malformed, detail));
    }
    Ok(found.then_some(out))
}

/// Whether a configuration file is as its package brought it. `None`: there is no dpkg to tell.
///
/// # Errors
/// The database or the file cannot be read.
pub(crate) fn unchanged(host: &Host<'_>, path: &Path) -> Result<Option<bool>, Gap> {
    let wanted = format!(" {} ", path.display());
    let mut recorded = None;
    let there = paragraphs(host, Path::new(STATUS), &mut |paragraph| {
        let mut lines = paragraph.lines();
        if let Some(rest) = lines.find_map(|l| l.strip_prefix(&wanted)) {
            recorded = rest.split(' ').next().map(str::to_owned);
        }
    })?;
    // A file of nobody's is none that a package brought.
    let Some(recorded) = recorded else { return Ok(there.then_some(false)) };
    let Some(found) = host.bytes(path)? else { return Ok(Some(false)) };
    Ok(Some(assay_core::identity::hex(&Md5::digest(&found)) == recorded))
}

fn package(paragraph: &str) -> Option<Installed> {
    let (mut name, mut status, mut architecture, mut version) = ("", "", "", "");
    // Paragraphs are long: each line is looked at once.
    for line in paragraph.lines() {
        match line.split_once(": ") {
            Some(("Package", value)) => name = value,
            Some(("Status", value)) => status = value,
            Some(("Architecture", value)) => architecture = value,
            Some(("Version", value)) => version = value,
            _ => {}
        }
    }
    let words: Vec<&str> = status.split_whitespace().collect();
    let [want, _, state] = words.as_slice() else { return None };
    let there = !matches!(*state, "not-installed" | "config-files" | "half-installed");
    (there && !name.is_empty() && !version.is_empty()).then(|| Installed {
        name: name.trim().to_owned(),
        architecture: architecture.trim().to_owned(),
        version: version.trim().to_owned(),
        held: *want == "hold",
        whole: *state == "installed",
    })
}

/// The first line of a field of a paragraph.
pub(crate) fn field<'a>(paragraph: &'a str, name: &str) -> Option<&'a str> {
    paragraph.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Hands on the paragraphs of a file of any size, one at a time. `false`: there is no such file.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn paragraphs(
    host: &Host<'_>,
    path: &Path,
    take: &mut dyn FnMut(&str),
) -> Result<bool, Gap> {
    let mut split = Paragraphs::default();
    let there = host.pieces(path, &mut |piece| split.feed(piece, take))?;
    split.end(take);
    Ok(there)
}

/// Cuts what comes in pieces into paragraphs.
#[derive(Debug, Default)]
pub(crate) struct Paragraphs {
    kept: Vec<u8>,
}

impl Paragraphs {
    /// Takes a piece.
    pub(crate) fn feed(&mut self, piece: &[u8], take: &mut dyn FnMut(&str)) {
        let mut rest = piece;
        while let Some(at) = rest.iter().position(|b| *b == b'\n') {
            let (line, after) = rest.split_at(at + 1);
            let empty = line == b"\n" && (self.kept.is_empty() || self.kept.ends_with(b"\n"));
            if empty {
                self.end(take);
            } else if self.kept.len() < MAX_PARAGRAPH {
                self.kept.extend_from_slice(line);
            }
            rest = after;
        }
        if self.kept.len() < MAX_PARAGRAPH {
            self.kept.extend_from_slice(rest);
        }
    }

    /// Hands on what is left.
    pub(crate) fn end(&mut self, take: &mut dyn FnMut(&str)) {
        if !self.kept.is_empty() {
            take(&String::from_utf8_lossy(&self.kept));
            self.kept.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    #[test]
    fn what_is_removed_is_not_installed_and_holds_are_seen() {
        let mut m = Memory::new(Standing::AtRest);
        m.file(
            STATUS,
            "Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n\n\
             Package: b\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n\n\
             Package: c\nStatus: hold ok unpacked\nVersion: 2\nDescription: x\n y\n Version: 9\n",
        );
        let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
        let all = installed(&host).unwrap().unwrap();
        assert_eq!(all.len(), 2);
        let c = all.get(&("c".to_owned(), String::new())).unwrap();
        assert!(c.held && !c.whole && c.version == "2");
        m.file(STATUS, b"\n\n\xff\xff: \nPackage");
        let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
        assert!(installed(&host).unwrap().unwrap().is_empty());
    }

    #[test]
    fn pieces_cut_anywhere() {
        let text = b"A: 1\nB: 2\n\nA: 3\n";
        for cut in 0..text.len() {
            let (mut all, mut split) = (Vec::new(), Paragraphs::default());
            let mut take = |p: &str| all.push(p.to_owned());
            split.feed(&text[..cut], &mut take);
            split.feed(&text[cut..], &mut take);
            split.end(&mut take);
            assert_eq!(all, ["A: 1\nB: 2\n", "A: 3\n"], "{cut}");
        }
    }
}
