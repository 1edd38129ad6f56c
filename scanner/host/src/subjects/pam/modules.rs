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
        let mut tries: Vec<PathBuf> = Vec::new();
        // The directory of the architecture may stand for itself.
        let own = word.contains("$ISA").then(|| word.replacen("$ISA", ".", 1));
        if word.starts_with('/') {
            tries.push(PathBuf::from(word));
            tries.extend(own.filter(|_| !debian).map(PathBuf::from));
        } else {
            for directory in &self.directories {
                tries.push(directory.join(word));
                tries.extend(own.as_ref().map(|own| directory.join(own)));
            }
        }
        for path in tries {
            if let Some(name) = self.file(&path)? {
                return Ok(Module { name, args, present: true, path: Some(path) });
            }
        }
        Ok(Module { name: plain(Path::new(word)), args, present: false, path: None })
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
