//! The program that a grant names: what it is called, and who can put another in its place.

use std::path::Path;

use assay_core::Gap;

use crate::{FileKind, Host};

/// A program.
#[derive(Debug, Default)]
pub(in crate::subjects) struct Program {
    /// The last part of its path, and of what the path links to.
    pub(in crate::subjects) names: Vec<String>,
    /// Who beside root can replace it.
    pub(in crate::subjects) writers: Vec<String>,
}

impl Program {
    /// Looks at a path without wildcards.
    ///
    /// # Errors
    /// A name on the way that cannot be looked at.
    pub(in crate::subjects) fn look(host: &Host<'_>, plain: &str) -> Result<Self, Gap> {
        let last = |p: &Path| p.file_name().map(|n| n.to_string_lossy().into_owned());
        let mut out = Self::default();
        out.names.extend(last(Path::new(plain)));
        if plain.is_empty() {
            return Ok(out);
        }
        // What is not there yet is made by whoever can write to the directory.
        let mut at = Path::new(plain);
        let mut access = host.access(at)?;
        while access.is_none()
            && let Some(above) = at.parent()
        {
            at = above;
            access = host.access(at)?;
        }
        if let Some(access) = access {
            if at == Path::new(plain) {
                out.names.extend(last(Path::new(&access.path)));
            }
            out.writers = access.writers;
        }
        // A link is replaced where it stands.
        if let Some(above) = Path::new(plain).parent()
            && host.lstat(plain)?.is_some_and(|s| s.kind == FileKind::Link)
            && let Some(folder) = host.access(above)?
        {
            out.writers.extend(folder.writers.iter().map(|w| format!("{w} through a link")));
        }
        Ok(out)
    }
}
