//! Databases of package managers: what is installed, and which file belongs to whom.
//!
//! Nothing is run and nothing is locked: the files are read as they lie there. A database that cannot
//! be read whole answers nothing.

pub(crate) mod apk;
mod files;
pub(crate) mod rpm;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use assay_core::Gap;

use crate::{Host, dpkg};
pub(crate) use files::{Digest, Files};

/// Most packages that are taken in.
pub(crate) const MAX_PACKAGES: usize = dpkg::MAX_PACKAGES;

/// Which program's database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// rpm's.
    Rpm,
    /// apk's.
    Apk,
}

/// A package whose files are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Its architecture.
    pub(crate) architecture: String,
    /// Its version; of rpm `epoch:version-release`, without an epoch of 0.
    pub(crate) version: String,
    /// The stream of a module that it comes from (`nodejs:18`), of rpm only.
    pub(crate) module: Option<String>,
    /// Whether it is wholly installed.
    pub(crate) whole: bool,
}

/// A database of rpm or apk.
#[derive(Debug)]
pub(crate) struct Database {
    /// Whose it is.
    pub(crate) kind: Kind,
    /// The packages, in order of their names.
    pub(crate) packages: Vec<Package>,
    /// Their files.
    pub(crate) files: Files,
}

impl Database {
    /// The packages of some files, by path.
    pub(crate) fn owners(
        &self,
        real: &dyn Fn(&str) -> String,
        asked: &HashSet<String>,
    ) -> std::collections::HashMap<String, String> {
        let mut out = std::collections::HashMap::new();
        self.files.each(&mut |file| {
            let path = real(file.path);
            if asked.contains(&path)
                && let Some(package) = self.packages.get(file.package)
            {
                out.insert(path, package.name.clone());
            }
        });
        out
    }
}

/// The version of the first of some packages that is installed, as its makers call it: without
/// epoch and without the distribution's own part.
///
/// # Errors
/// A database of packages cannot be read.
pub(crate) fn upstream(host: &Host<'_>, names: &[&str]) -> Result<Option<String>, Gap> {
    let dpkg = dpkg::installed(host)?.unwrap_or_default();
    let mut found =
        dpkg.into_values().find(|p| names.contains(&p.name.as_str())).map(|p| p.version);
    if found.is_none()
        && let Some(database) = database(host)?
    {
        let named = |p: &&Package| names.contains(&p.name.as_str());
        found = database.packages.iter().find(named).map(|p| p.version.clone());
    }
    let upstream = found.as_deref().map(|v| v.split_once(':').map_or(v, |(_, rest)| rest));
    // Alpine writes `1.9.15_p5`.
    Ok(upstream.and_then(|v| v.split('-').next()).map(|v| v.replace("_p", "p")))
}

/// The database of rpm, else of apk. `None`: there is neither, or it has no packages (Debian has rpm
/// as a tool).
///
/// # Errors
/// A database that cannot be read whole.
pub(crate) fn database(host: &Host<'_>) -> Result<Option<Arc<Database>>, Gap> {
    host.packages(|| {
        if let Some(found) = rpm::load(host)?.filter(|d| !d.packages.is_empty()) {
            return Ok(Some(Arc::new(found)));
        }
        Ok(apk::load(host)?.filter(|d| !d.packages.is_empty()).map(Arc::new))
    })
}
