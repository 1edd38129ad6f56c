//! What can go wrong with a snapshot, in words that name the file and the next step.

use std::path::{Path, PathBuf};

/// An error of reading or writing a snapshot.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The folder holds no manifest.
    #[error("{} is not a snapshot: it has no manifest.json; name the folder that `assay collect` wrote", .0.display())]
    NotASnapshot(PathBuf),
    /// The collection was cut off before the snapshot was whole.
    #[error("{} was never finished: collect again", .0.display())]
    Unfinished(PathBuf),
    /// The manifest is of another layout.
    #[error("{} has the layout `{found}`, this program reads `{known}`: use the release that wrote it, or collect again", .path.display())]
    UnknownSchema {
        /// The manifest.
        path: PathBuf,
        /// What it says.
        found: String,
        /// What this program reads.
        known: &'static str,
    },
    /// A file that the manifest names is not there.
    #[error("{} is missing, although manifest.json names it: restore the snapshot from its copy, or collect again", .0.display())]
    Missing(PathBuf),
    /// A file is not the one that was written.
    #[error("{} has changed since it was written (sha256 {found}, manifest.json says {expected}): do not trust it; restore the snapshot from its copy, or collect again", .path.display())]
    WrongDigest {
        /// The file.
        path: PathBuf,
        /// What the manifest says.
        expected: String,
        /// What the file has.
        found: String,
    },
    /// A file cannot be parsed.
    #[error("{}{}: {problem}; restore the snapshot from its copy, or collect again", .path.display(), line.map(|n| format!(" line {n}")).unwrap_or_default())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The line, from 1, where known.
        line: Option<u64>,
        /// What is wrong.
        problem: String,
    },
    /// The disk is full.
    #[error("no space left while writing {}: free some space, or choose another folder with --out", .0.display())]
    DiskFull(PathBuf),
    /// The target is something that must not be replaced.
    #[error("{} exists and is {what}: choose another folder with --out", .path.display())]
    Occupied {
        /// The target.
        path: PathBuf,
        /// Why it is left alone.
        what: &'static str,
    },
    /// A document of a type that has no type file.
    #[error("the type {0} has no type file in policies/types")]
    UnknownType(String),
    /// Another error of the file system.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's own words.
        source: std::io::Error,
    },
}

impl SnapshotError {
    /// The error for a failed file operation; a full disk gets its own.
    #[must_use]
    pub fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::DiskFull(path.to_owned())
            }
            _ => Self::Io { action, path: path.to_owned(), source },
        }
    }

    /// True if the files say something else than when they were written.
    #[must_use]
    pub const fn is_mismatch(&self) -> bool {
        matches!(self, Self::WrongDigest { .. } | Self::Missing(_) | Self::Corrupt { .. })
    }

    pub(crate) fn corrupt(path: &Path, line: Option<u64>, problem: impl ToString) -> Self {
        Self::Corrupt { path: path.to_owned(), line, problem: problem.to_string() }
    }
}
