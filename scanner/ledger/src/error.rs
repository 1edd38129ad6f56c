//! What can go wrong with a ledger, each with the next step.

use std::path::{Path, PathBuf};

use assay_core::Timestamp;
use assay_snapshot::SnapshotError;

/// Why a ledger cannot be used, or refuses.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// There is no file.
    #[error("there is no ledger {}; name it with --ledger, or begin one with `assay ledger add`", .0.display())]
    Missing(PathBuf),
    /// The folder in which it would lie is not there.
    #[error("there is no folder {} for the ledger; make it, or name another file with --ledger", .0.display())]
    NoFolder(PathBuf),
    /// There is a file without anything in it.
    #[error(
        "the ledger {} is an empty file: it was cut off, or never was one; restore it from its copy, or remove it to begin a new ledger",
        .0.display()
    )]
    Empty(PathBuf),
    /// It is another kind of file.
    #[error("{} is no ledger: it is no SQLite file; name another file with --ledger", .0.display())]
    NotSqlite(PathBuf),
    /// It is a database of somebody else.
    #[error("{} is an SQLite file, but no ledger of assay; name another file with --ledger", .0.display())]
    Foreign(PathBuf),
    /// A later release wrote it.
    #[error(
        "the ledger {} has layout {found}, this release reads up to {known}; use the release that wrote it, or a later one",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its layout.
        found: i64,
        /// The latest layout of this release.
        known: i64,
    },
    /// Tables, views or triggers are not those of its layout.
    #[error(
        "the ledger {} was changed: {what}; `assay ledger verify` says more, restore it from its copy",
        path.display()
    )]
    Changed {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: String,
    },
    /// Somebody else writes, for longer than we wait.
    #[error(
        "the ledger {} is in use by another process: nothing was added; try again when it has ended",
        .0.display()
    )]
    Busy(PathBuf),
    /// No room.
    #[error(
        "the disk is full: nothing was added to the ledger {}; make room, then `assay ledger add` the folder",
        .0.display()
    )]
    Full(PathBuf),
    /// The file or its folder may not be written.
    #[error(
        "the ledger {} cannot be opened or written; give this user access to the file and its folder, or name another file with --ledger",
        .0.display()
    )]
    ReadOnly(PathBuf),
    /// Anything else that SQLite says.
    #[error("the ledger {} cannot be used: {source}; `assay ledger verify` says more", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The snapshot is in the ledger already.
    #[error(
        "this run is in the ledger already: entry {entry}, collected {ended}, has the snapshot {root}; a collection is recorded once"
    )]
    Twice {
        /// The entry.
        entry: u64,
        /// The end of its collection.
        ended: Timestamp,
        /// The snapshot's root digest.
        root: String,
    },
    /// An entry that is named is not there, or is of another kind.
    #[error("{0}")]
    NoEntry(String),
    /// A value cannot be written in the canonical form.
    #[error("cannot be recorded: {0}")]
    Form(String),
    /// The snapshot cannot be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A report cannot be written.
    #[error("cannot write: {0}")]
    Write(#[from] std::io::Error),
}

impl LedgerError {
    /// What SQLite says, as far as we know what it means.
    pub(crate) fn sql(path: &Path, source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(Code::NotADatabase) => Self::NotSqlite(path),
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Busy(path),
            Some(Code::DiskFull) => Self::Full(path),
            Some(Code::ReadOnly | Code::CannotOpen | Code::PermissionDenied) => {
                Self::ReadOnly(path)
            }
            Some(Code::DatabaseCorrupt) => {
                Self::Changed { path, what: "the database file is damaged".to_owned() }
            }
            _ => Self::Sqlite { path, source },
        }
    }

    /// Whether the user can mend it: else it is a bug, or the machine.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        !matches!(self, Self::Full(_) | Self::Sqlite { .. } | Self::Form(_) | Self::Write(_))
    }
}
