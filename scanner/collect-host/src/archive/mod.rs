//! Archives that hold a root file system: images of containers and tars, with their layers applied.
//!
//! Only an index of names is kept in memory. The content stays in the archive's file, or, where it
//! was compressed, in a temporary file that has no name.

mod blob;
mod image;
mod reader;
#[cfg(test)]
mod tests;
mod tree;

pub(crate) use blob::{Blob, Stream, nameless};
pub use image::open;
pub(crate) use tree::Lack;
pub use tree::Tree;

/// Why an archive cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The file system says no.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// It is damaged, or none of the known kinds.
    #[error("{0}")]
    Broken(String),
    /// It would take more than a host can be.
    #[error("{0}: it may be made to exhaust the reader")]
    Bomb(String),
}

impl ArchiveError {
    pub(crate) fn broken(text: impl Into<String>) -> Self {
        Self::Broken(text.into())
    }
}
