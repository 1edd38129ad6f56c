//! The lists that `apt-get update` left behind, of the sources that are enabled now.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use assay_core::Gap;

use super::release::Release;
use super::{Conf, Source};
use crate::Host;

/// The list of one source and suite.
#[derive(Debug)]
pub(crate) struct List {
    /// Its `Release` file.
    pub(crate) file: PathBuf,
    /// What it says.
    pub(crate) release: Release,
    /// The host of its source.
    pub(crate) site: String,
    /// Its lists of packages.
    pub(crate) packages: Vec<PathBuf>,
}

/// The lists of binary sources.
///
/// # Errors
/// What cannot be read.
pub(crate) fn lists(host: &Host<'_>, conf: &Conf, sources: &[Source]) -> Result<Vec<List>, Gap> {
    let Some(directory) = conf.path("Dir::State::lists") else { return Ok(Vec::new()) };
    let names: Vec<String> = host
        .list(directory.trim_end_matches('/'))?
        .unwrap_or_default()
        .iter()
        .filter_map(|p| p.file_name()?.to_str().map(str::to_owned))
        .collect();
    let mut out = Vec::new();
    let mut seen = BTreeSet::new();
    for source in sources.iter().filter(|s| s.binary) {
        for (uri, suite) in
            source.uris.iter().flat_map(|u| source.suites.iter().map(move |s| (u, s)))
        {
            let Some(prefix) = prefix(&names, uri, suite) else { continue };
            if !seen.insert(prefix.clone()) {
                continue;
            }
            let release = ["InRelease", "Release"].map(|end| format!("{prefix}{end}"));
            let Some(name) = release.into_iter().find(|n| names.contains(n)) else { continue };
            let file = Path::new(&directory).join(name);
            let Some(found) = host.text(&file)? else { continue };
            let packages = names
                .iter()
                .filter(|n| n.starts_with(&prefix) && is_packages(n, &prefix, source))
                .map(|n| Path::new(&directory).join(n));
            out.push(List {
                release: Release::read(&found.text),
                site: site(uri),
                packages: packages.collect(),
                file,
            });
        }
    }
    Ok(out)
}

/// Whether a file lists packages of one of the source's components.
fn is_packages(name: &str, prefix: &str, source: &Source) -> bool {
    let Some(rest) = name.strip_prefix(prefix) else { return false };
    let stem = match rest.rsplit_once('.') {
        Some((stem, "lz4" | "xz" | "gz" | "bz2" | "zst" | "lzma")) => stem,
        _ => rest,
    };
    let Some(middle) = stem.strip_suffix("Packages") else { return false };
    middle.is_empty()
        || source
            .components
            .iter()
            .any(|c| middle.starts_with(&format!("{}_binary-", c.replace('/', "_"))))
}

/// How the files of a source begin. Where a mirror list stands for the host, the suite tells.
fn prefix(names: &[String], uri: &str, suite: &str) -> Option<String> {
    let rest = if suite.ends_with('/') { suite.to_owned() } else { format!("dists/{suite}/") };
    let slash = if uri.ends_with('/') { "" } else { "/" };
    let exact = file_name(&format!("{uri}{slash}{rest}"));
    if names.iter().any(|n| n.starts_with(&exact)) {
        return Some(exact);
    }
    if !uri.starts_with("mirror") {
        return None;
    }
    let path = uri.split_once(':').map_or(uri, |(_, p)| p).trim_matches('/');
    let end = file_name(&format!("x://{path}{slash}{rest}"));
    let at = |n: &String| n.find(&end).and_then(|at| n.get(..at + end.len()).map(str::to_owned));
    names.iter().find_map(at)
}

/// The name that apt gives a file of an address: no scheme, no password, `_` for `/`.
fn file_name(uri: &str) -> String {
    let rest = match uri.split_once("://") {
        Some((_, rest)) => rest,
        None => uri.split_once(':').map_or(uri, |(_, rest)| rest),
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit_once('@').map_or(host, |(_, h)| h);
    let mut out = String::new();
    for c in format!("{host}/{path}").chars() {
        match c {
            '/' => out.push('_'),
            '\\' | '|' | '{' | '}' | '[' | ']' | '<' | '>' | '"' | '^' | '~' | '_' | '=' | '!'
            | '@' | '#' | '$' | '%' | '&' | '*' => out.push_str(&format!("%{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// The host of an address.
pub(super) fn site(uri: &str) -> String {
    let rest = uri.split_once("://").map_or("", |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or("");
    let host = host.rsplit_once('@').map_or(host, |(_, h)| h);
    host.split(':').next().unwrap_or("").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        assert_eq!(
            file_name("http://u:p@deb.example/debian-security/dists/a_b/updates/"),
            "deb.example_debian-security_dists_a%5fb_updates_"
        );
        assert_eq!(file_name("file:/srv/x/./"), "_srv_x_._");
        assert_eq!(site("https://u@a.example:8/x"), "a.example");
        assert_eq!(site("file:/x"), "");
    }
}
