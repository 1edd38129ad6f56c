//! What the database of dpkg says of files: which package each belongs to, and its recorded digest.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};

use crate::{FileKind, Host};

const INFO: &str = "/var/lib/dpkg/info";
/// Directories that a merged `/usr` also has at the top.
const MERGED: [&str; 6] = ["/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/", "/libx32/"];
/// A directory that newer distributions make a link to its neighbour.
const SBIN: &str = "/usr/sbin/";

/// The database, as far as it was asked.
#[derive(Debug)]
pub(super) struct Packages {
    lists: Vec<PathBuf>,
    digests: Vec<PathBuf>,
    /// Top directories that are links into `/usr`.
    merged: Vec<&'static str>,
    /// Where a file lies whose name another package took: from, to, and who took it.
    diverted: Vec<(String, String, String)>,
}

impl Packages {
    /// Opens the database. `None`: there is none.
    pub(super) fn open(host: &Host<'_>) -> Result<Option<Self>, Gap> {
        let Some(names) = host.list(INFO)? else { return Ok(None) };
        let ending = |end: &str| -> Vec<PathBuf> {
            let mut out = names.clone();
            out.retain(|p| p.extension().is_some_and(|e| e == end));
            out
        };
        let (lists, digests) = (ending("list"), ending("md5sums"));
        if lists.is_empty() {
            let detail = "the package database of dpkg lists no files";
            return Err(Gap::new(GapState::Failed, detail));
        }
        let merged = merged(host);
        let mut diverted = Vec::new();
        if let Some(text) = host.text("/var/lib/dpkg/diversions")? {
            let lines: Vec<&str> = text.text.lines().collect();
            for three in lines.chunks_exact(3) {
                if let [from, to, by] = three {
                    diverted.push(((*from).to_owned(), (*to).to_owned(), (*by).to_owned()));
                }
            }
        }
        Ok(Some(Self { lists, digests, merged, diverted }))
    }

    /// A path as it really is: `/bin/su` is `/usr/bin/su` where `/usr` is merged.
    fn real(&self, path: &str) -> String {
        real(&self.merged, path)
    }

    /// The packages of some files, by path. A file that no package has is missing.
    pub(super) fn owners(
        &self,
        host: &Host<'_>,
        files: &HashSet<String>,
    ) -> Result<HashMap<String, String>, Gap> {
        let mut out = HashMap::new();
        // A diverted file is listed under the name that it had.
        let moved: HashMap<String, String> = self
            .diverted
            .iter()
            .filter(|(_, to, _)| files.contains(&self.real(to)))
            .map(|(from, to, _)| (self.real(from), self.real(to)))
            .collect();
        for list in &self.lists {
            let Some(found) = host.text(list)? else { continue };
            let package = package(list);
            for line in found.text.lines() {
                let path = self.real(line);
                if let Some(to) = moved.get(&path)
                    && !self.took(&path, &package)
                {
                    out.insert(to.clone(), package.clone());
                } else if files.contains(&path) {
                    out.insert(path, package.clone());
                }
            }
        }
        Ok(out)
    }

    /// Whether a package itself diverted the file of that name.
    fn took(&self, path: &str, package: &str) -> bool {
        self.diverted.iter().any(|(from, _, by)| self.real(from) == path && by == package)
    }

    /// Recorded digests of the files that `wanted` names: (file, package, MD5 in hex), by file.
    pub(super) fn digests(
        &self,
        host: &Host<'_>,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<BTreeMap<String, (String, String)>, Gap> {
        let mut out = BTreeMap::new();
        for file in &self.digests {
            let Some(found) = host.text(file)? else { continue };
            let package = package(file);
            for line in found.text.lines() {
                let Some((digest, path)) = line.split_once("  ") else { continue };
                let path = self.real(&format!("/{path}"));
                if !wanted(&path) || digest.len() != 32 {
                    continue;
                }
                let moved = self
                    .diverted
                    .iter()
                    .find(|(from, _, by)| self.real(from) == path && *by != package);
                let path = moved.map_or(path, |(_, to, _)| self.real(to));
                out.insert(path, (package.clone(), digest.to_ascii_lowercase()));
            }
        }
        Ok(out)
    }
}

/// The top directories that are links into `/usr`.
pub(super) fn merged(host: &Host<'_>) -> Vec<&'static str> {
    let link = |top: &&&str| {
        let stat = host.lstat(top.trim_end_matches('/'));
        matches!(stat, Ok(Some(s)) if s.kind == FileKind::Link)
    };
    MERGED.iter().chain([&SBIN]).filter(link).copied().collect()
}

/// A path as it really is where those directories are links.
pub(super) fn real(merged: &[&str], path: &str) -> String {
    let top = merged.iter().any(|top| *top != SBIN && path.starts_with(top));
    let path = if top { format!("/usr{path}") } else { path.to_owned() };
    match path.strip_prefix(SBIN) {
        Some(name) if merged.contains(&SBIN) => format!("/usr/bin/{name}"),
        _ => path,
    }
}

/// `/var/lib/dpkg/info/libc6:amd64.list` is `libc6`.
fn package(list: &Path) -> String {
    let stem = list.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    stem.split(':').next().unwrap_or_default().to_owned()
}
