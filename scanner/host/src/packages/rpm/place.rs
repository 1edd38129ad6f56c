//! Where rpm's database lies, and in which format.

use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};

use crate::Host;

/// Formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Sqlite,
    Ndb,
    Bdb,
}

/// Formats by the names of their files and by the words of the macro `_db_backend`.
const FORMATS: [(&str, &[&str], Format); 3] = [
    ("rpmdb.sqlite", &["sqlite"], Format::Sqlite),
    ("Packages.db", &["ndb"], Format::Ndb),
    ("Packages", &["bdb", "bdb_ro"], Format::Bdb),
];

/// Directories of the database: of Fedora and SUSE, of the RHEL family, of rpm-ostree.
const DIRECTORIES: [&str; 3] = ["/usr/lib/sysimage/rpm", "/var/lib/rpm", "/usr/share/rpm"];

/// The file of the database and its format. `None`: there is none.
///
/// # Errors
/// What cannot be read; two databases of which nothing says which one counts.
pub(super) fn find(host: &Host<'_>) -> Result<Option<(PathBuf, Format)>, Gap> {
    let mut found: Vec<(PathBuf, PathBuf, Format)> = Vec::new();
    for directory in DIRECTORIES {
        for (name, _, format) in FORMATS {
            let path = Path::new(directory).join(name);
            if host.stat(&path)?.is_none_or(|s| s.size == 0) {
                continue;
            }
            // One of the directories is often a link to the other.
            let real = host.root().resolve(&path).map_err(|miss| crate::gap(&path, &miss))?;
            if !found.iter().any(|(_, other, _)| *other == real) {
                found.push((path, real, format));
            }
        }
    }
    if found.len() > 1 {
        narrow(host, &mut found)?;
    }
    if let [(one, ..), (other, ..), ..] = found.as_slice() {
        let detail = format!(
            "there are two rpm databases, {} and {}, and nothing says which one counts",
            one.display(),
            other.display()
        );
        return Err(Gap::new(GapState::Unsupported, detail));
    }
    Ok(found.pop().map(|(path, _, format)| (path, format)))
}

/// Keeps those that rpm's macros name.
fn narrow(host: &Host<'_>, found: &mut Vec<(PathBuf, PathBuf, Format)>) -> Result<(), Gap> {
    let mut files = vec![PathBuf::from("/usr/lib/rpm/macros")];
    for directory in ["/usr/lib/rpm/macros.d", "/etc/rpm"] {
        let mut all = host.list(directory)?.unwrap_or_default();
        all.retain(|p| {
            let name = p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            name.starts_with("macros.")
        });
        files.extend(all);
    }
    files.push(PathBuf::from("/etc/rpm/macros"));
    let (mut directory, mut backend) = (None, None);
    for path in files {
        let Some(text) = host.text(&path)? else { continue };
        for line in text.text.lines() {
            let mut words = line.split_whitespace();
            match (words.next(), words.next()) {
                (Some("%_dbpath"), Some(value)) => {
                    directory = Some(value.replace("%{_usr}", "/usr").replace("%{_var}", "/var"));
                }
                (Some("%_db_backend"), Some(value)) => backend = Some(value.to_owned()),
                _ => {}
            }
        }
    }
    let mut keep = |fits: &dyn Fn(&(PathBuf, PathBuf, Format)) -> bool| {
        if found.iter().any(fits) {
            found.retain(fits);
        }
    };
    if let Some(directory) = directory {
        keep(&|(path, ..)| path.parent() == Some(Path::new(&directory)));
    }
    if let Some(backend) = backend {
        let named = FORMATS.iter().find(|(_, words, _)| words.contains(&backend.as_str()));
        if let Some((_, _, format)) = named {
            keep(&|(_, _, f)| f == format);
        }
    }
    Ok(())
}
