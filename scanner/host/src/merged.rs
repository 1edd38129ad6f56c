//! Directories that a program merges by file name: a file in an earlier directory hides those of the
//! same name in later ones, and what is left is read in the order of the names, whatever directory
//! each lies in. So read `sysctl.d`, `modprobe.d`, `modules-load.d`, `coredump.conf.d` and others.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use assay_core::Gap;

use crate::Host;

/// Most files that are read from one set of directories.
const MAX_FILES: usize = 4096;

/// One file that takes part, in the order of reading.
#[derive(Debug)]
pub(crate) struct Piece {
    /// Where it lies.
    pub path: PathBuf,
    /// Its text; empty where it is a mask (a link to `/dev/null`) or a link to nothing.
    pub text: Result<Arc<str>, Gap>,
    /// Files of the same name that it hides.
    pub hides: Vec<PathBuf>,
}

/// The directories of a name (`sysctl.d`) in the order in which their files hide each other. `/run`
/// is not read: it is empty when a host starts.
pub(crate) fn directories(name: &str) -> Vec<PathBuf> {
    let bases = ["/etc", "/usr/local/lib", "/usr/lib", "/lib"];
    bases.iter().map(|b| PathBuf::from(b).join(name)).collect()
}

/// The files with a suffix that take part, in order.
///
/// # Errors
/// A directory that cannot be listed: then nothing is certain.
pub(crate) fn pieces(
    host: &Host<'_>,
    directories: &[PathBuf],
    suffix: &str,
) -> Result<Vec<Piece>, Gap> {
    let mut files: BTreeMap<OsString, Vec<PathBuf>> = BTreeMap::new();
    let mut seen: Vec<PathBuf> = Vec::new();
    for directory in directories {
        // `/lib` is a link to `usr/lib` nearly everywhere.
        let real = host.root().resolve(directory).unwrap_or_else(|_| directory.clone());
        if seen.contains(&real) {
            continue;
        }
        seen.push(real);
        for path in host.list(directory)?.unwrap_or_default() {
            let Some(name) = path.file_name() else { continue };
            let text = name.to_string_lossy();
            if text.ends_with(suffix) && !text.starts_with('.') {
                files.entry(name.to_owned()).or_default().push(path);
            }
        }
    }
    if files.len() > MAX_FILES {
        let detail = format!("more than {MAX_FILES} files in directories that are read together");
        return Err(Gap::new(assay_core::GapState::Malformed, detail));
    }
    let one = |mut all: Vec<PathBuf>| {
        let hides = all.split_off(1);
        all.pop().map(|path| Piece { hides, ..piece(host, path) })
    };
    Ok(files.into_values().filter_map(one).collect())
}

/// One file.
pub(crate) fn piece(host: &Host<'_>, path: PathBuf) -> Piece {
    if masked(host, &path) {
        return Piece { path, text: Ok("".into()), hides: Vec::new() };
    }
    let text = host.text(&path).map(|found| found.map_or_else(|| "".into(), |f| f.text));
    Piece { path, text, hides: Vec::new() }
}

/// Whether a name is a link to `/dev/null`.
pub(crate) fn masked(host: &Host<'_>, path: &std::path::Path) -> bool {
    matches!(host.root().link(path), Ok(to) if to.as_os_str() == "/dev/null" || to.ends_with("dev/null"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    #[test]
    fn a_name_is_read_once_and_names_decide_the_order() {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/etc/x.d/50-b.conf", "etc").file("/usr/lib/x.d/50-b.conf", "usr");
        m.file("/usr/lib/x.d/10-a.conf", "a").file("/run/x.d/99-r.conf", "run");
        m.file("/etc/x.d/.hidden.conf", "h").file("/etc/x.d/60-c.conf.bak", "c");
        m.symlink("/etc/x.d/70-m.conf", "/dev/null").file("/usr/lib/x.d/70-m.conf", "m");
        let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
        let pieces = pieces(&host, &directories("x.d"), ".conf").unwrap();
        let read: Vec<(String, String)> = pieces
            .into_iter()
            .map(|p| (p.path.display().to_string(), p.text.unwrap().to_string()))
            .collect();
        let expected = [
            ("/usr/lib/x.d/10-a.conf", "a"),
            ("/etc/x.d/50-b.conf", "etc"),
            ("/etc/x.d/70-m.conf", ""),
        ];
        let expected: Vec<_> =
            expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        assert_eq!(read, expected);
    }
}
