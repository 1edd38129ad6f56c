//! Modules: where they lie, and which one a name really stands for.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_core::Gap;

use super::entry::Module;
use crate::Host;

/// Where modules lie beside the directories of an architecture.
const PLAIN: [&str; 4] =
    ["/lib/security", "/usr/lib/security", "/lib64/security", "/usr/lib64/security"];

/// The modules of a host.
pub(super) struct Modules<'h> {
    host: &'h Host<'h>,
    directories: Vec<PathBuf>,
    known: RefCell<BTreeMap<PathBuf, Option<String>>>,
}

impl<'h> Modules<'h> {
    /// Looks for their directories. `None`: there are no modules, so nothing uses PAM.
    ///
    /// # Errors
    /// A directory that cannot be listed.
    pub(super) fn of(host: &'h Host<'h>) -> Result<Option<Self>, Gap> {
        let mut all: Vec<PathBuf> = PLAIN.iter().map(PathBuf::from).collect();
        for base in ["/lib", "/usr/lib"] {
            for path in host.list(base)?.unwrap_or_default() {
                let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
                if name.is_some_and(|n| n.contains("-linux-")) {
                    all.push(path.join("security"));
                }
            }
        }
        let mut directories = Vec::new();
        for path in all {
            let inside = host.list(&path)?.unwrap_or_default();
            if inside.iter().any(|p| p.extension().is_some_and(|e| e == "so")) {
                directories.push(path);
            }
        }
        let known = RefCell::default();
        Ok((!directories.is_empty()).then_some(Self { host, directories, known }))
    }

    /// The module of a word in an entry.
    ///
    /// # Errors
    /// A file whose links cannot be followed.
    pub(super) fn find(&self, word: &str, args: Vec<String>, debian: bool) -> Result<Module, Gap> {
        let mut found = None;
        if word.starts_with('/') {
            found = self.file(Path::new(word))?;
            // The directory of the architecture may stand for itself.
            if found.is_none() && word.contains("$ISA") && !debian {
                found = self.file(Path::new(&word.replacen("$ISA", ".", 1)))?;
            }
        } else {
            for directory in &self.directories {
                if found.is_none() {
                    found = self.file(&directory.join(word))?;
                }
                if found.is_none() && word.contains("$ISA") {
                    found = self.file(&directory.join(word.replacen("$ISA", ".", 1)))?;
                }
            }
        }
        let present = found.is_some();
        let name = found.unwrap_or_else(|| plain(Path::new(word)));
        Ok(Module { name, args, present })
    }

    /// Whether a file is a copy of the module that always says yes.
    fn permits(&self, path: &Path, size: u64) -> bool {
        let name = format!("{PERMIT}.so");
        self.directories.iter().map(|d| d.join(&name)).any(|permit| {
            let same_size = matches!(self.host.stat(&permit), Ok(Some(s)) if s.size == size);
            let content = |p: &Path| self.host.root().read(p).ok().filter(|c| !c.is_empty());
            same_size && content(path).is_some_and(|c| content(&permit) == Some(c))
        })
    }

    /// The name of the module that a file is, links followed. `None`: no such file.
    fn file(&self, path: &Path) -> Result<Option<String>, Gap> {
        if let Some(known) = self.known.borrow().get(path) {
            return Ok(known.clone());
        }
        let found = match self.host.stat(path)? {
            None => None,
            Some(stat) => {
                let real = self.host.root().resolve(path).map_err(|m| crate::gap(path, &m))?;
                let name = plain(&real);
                let copy = !USUAL.contains(&name.as_str()) && self.permits(&real, stat.size);
                Some(if copy { PERMIT.to_owned() } else { name })
            }
        };
        self.known.borrow_mut().insert(path.to_owned(), found.clone());
        Ok(found)
    }
}

/// The module that always says yes.
const PERMIT: &str = "pam_permit";
/// Modules that are in nearly every stack, and need no second look.
const USUAL: [&str; 8] = [
    PERMIT,
    "pam_deny",
    "pam_unix",
    "pam_env",
    "pam_cap",
    "pam_rootok",
    "pam_faillock",
    "pam_pwquality",
];

/// The file name without its suffix.
fn plain(path: &Path) -> String {
    path.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}
