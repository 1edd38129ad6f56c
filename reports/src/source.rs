//! Where a format reads verdicts from.

use std::fs::File;
use std::path::{Path, PathBuf};

use assay_core::Verdict;

use crate::error::RenderError;
use crate::verdicts::VerdictReader;

/// One pass over the verdicts.
pub type VerdictIter<'a> = Box<dyn Iterator<Item = Result<Verdict, RenderError>> + 'a>;

/// Verdicts that can be read several times, always in the same order: type, account, region,
/// resource, rule.
pub trait VerdictSource {
    /// Starts one pass.
    ///
    /// # Errors
    /// When the verdicts cannot be opened.
    fn open(&self) -> Result<VerdictIter<'_>, RenderError>;
}

impl VerdictSource for [Verdict] {
    fn open(&self) -> Result<VerdictIter<'_>, RenderError> {
        Ok(Box::new(self.iter().cloned().map(Ok)))
    }
}

impl VerdictSource for Vec<Verdict> {
    fn open(&self) -> Result<VerdictIter<'_>, RenderError> {
        self.as_slice().open()
    }
}

/// The verdicts of a `verdicts.ndjson.zst`.
#[derive(Debug, Clone)]
pub struct VerdictFile {
    path: PathBuf,
}

impl VerdictFile {
    /// A source over the file.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl VerdictSource for VerdictFile {
    fn open(&self) -> Result<VerdictIter<'_>, RenderError> {
        let what = self.path.display().to_string();
        let file = File::open(&self.path)
            .map_err(|source| RenderError::Read { what: what.clone(), source })?;
        Ok(Box::new(VerdictReader::new(what, file)?))
    }
}
