//! A file system to read.

mod memory;
mod question;
mod walk;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub use memory::Memory;
pub use question::Question;
pub use walk::{MAX_DEPTH, MAX_MISSED, Met, WalkPlan, Walked};

/// Largest configuration file that is read, in bytes. A larger one is a gap.
pub const MAX_FILE: u64 = 8 << 20;

/// Largest file that is handed on in pieces where a root has no stream, in bytes.
const MAX_PIECES: usize = 256 << 20;

/// Whether the host runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It runs: `/proc`, `/sys` and `/run` are its own and say what is in force now.
    Running,
    /// Only its disk is there. `/proc`, `/sys` and `/run` say nothing.
    AtRest,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A character or block device.
    Device,
    /// A FIFO. Never opened.
    Fifo,
    /// A socket.
    Socket,
}

impl FileKind {
    /// The word used in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Directory => "directory",
            Self::Link => "link",
            Self::Device => "device",
            Self::Fifo => "fifo",
            Self::Socket => "socket",
        }
    }
}

/// What the file system says of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: FileKind,
    /// Permission bits, SUID, SGID and sticky included (`0o7777`).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes.
    pub size: u64,
    /// Last change of the content, seconds since 1970.
    pub modified: i64,
    /// Hard links.
    pub links: u64,
    /// File system, to notice mount boundaries; 0 where there is none to tell.
    pub device: u64,
    /// Inode; 0 where there is none to tell.
    pub inode: u64,
}

/// Why something could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Miss {
    /// There is no such name: positive evidence.
    #[error("it does not exist")]
    Absent,
    /// Not allowed.
    #[error("permission denied")]
    Denied,
    /// It is there, but it is no file (or no directory) to be read.
    #[error("it is a {0}")]
    Kind(&'static str),
    /// Larger than [`MAX_FILE`].
    #[error("it has {0} bytes, more than are read")]
    TooLarge(u64),
    /// Links lead in a circle, or too far.
    #[error("its links lead in a circle")]
    Loop,
    /// Any other error.
    #[error("{0}")]
    Failed(String),
}

/// A file system to read. Paths are absolute; links, absolute ones included, stay inside the root.
///
/// Implementations never open anything but regular files and directories, never wait, and never leave
/// the root; but for [`Root::ask`] and [`Root::device`], which only a running host answers. No program
/// is started, but by [`Root::ask`].
pub trait Root: Send + Sync {
    /// Whether the host runs.
    fn standing(&self) -> Standing;

    /// What a name stands for, links followed.
    ///
    /// # Errors
    /// See [`Miss`].
    fn stat(&self, path: &Path) -> Result<Stat, Miss>;

    /// What a name stands for, a link at its end not followed.
    ///
    /// # Errors
    /// See [`Miss`].
    fn lstat(&self, path: &Path) -> Result<Stat, Miss>;

    /// The content of a regular file, links followed, at most [`MAX_FILE`] bytes.
    ///
    /// # Errors
    /// See [`Miss`].
    fn read(&self, path: &Path) -> Result<Vec<u8>, Miss>;

    /// The first bytes of a regular file of any size, links followed.
    ///
    /// # Errors
    /// See [`Miss`].
    fn head(&self, path: &Path, bytes: usize) -> Result<Vec<u8>, Miss>;

    /// The names in a directory, in order of their bytes, without `.` and `..`.
    ///
    /// # Errors
    /// See [`Miss`].
    fn list(&self, path: &Path) -> Result<Vec<OsString>, Miss>;

    /// Where a link points, as it is written.
    ///
    /// # Errors
    /// See [`Miss`].
    fn link(&self, path: &Path) -> Result<PathBuf, Miss>;

    /// The path without links, inside the root.
    ///
    /// # Errors
    /// See [`Miss`].
    fn resolve(&self, path: &Path) -> Result<PathBuf, Miss>;

    /// An extended attribute (`security.capability`, `system.posix_acl_access`) of a name, a link at
    /// its end not followed. `None`: it has none.
    ///
    /// # Errors
    /// See [`Miss`]; [`Miss::Failed`] where this root cannot tell.
    fn xattr(&self, path: &Path, name: &str) -> Result<Option<Vec<u8>>, Miss>;

    /// Hands the content of a regular file on in pieces, links followed, whatever its size.
    ///
    /// # Errors
    /// See [`Miss`].
    fn pieces(&self, path: &Path, take: &mut dyn FnMut(&[u8])) -> Result<(), Miss> {
        take(&self.head(path, MAX_PIECES)?);
        Ok(())
    }

    /// What a program of the running host tells. [`Miss::Absent`]: the host has no such program.
    ///
    /// # Errors
    /// See [`Miss`]. A host that does not run is not asked.
    fn ask(&self, question: Question) -> Result<Vec<u8>, Miss> {
        let _ = question;
        Err(Miss::Failed("only the running host tells".to_owned()))
    }

    /// The first bytes of a block device of the running host, links followed. No other device is ever
    /// opened, and nothing that is no device.
    ///
    /// # Errors
    /// See [`Miss`]. Devices of a host that does not run are not opened.
    fn device(&self, path: &Path, bytes: usize) -> Result<Vec<u8>, Miss> {
        let _ = (path, bytes);
        Err(Miss::Failed("devices are read on the running host only".to_owned()))
    }

    /// Meets every name once, in no particular order, without following links and without leaving
    /// the disks of the host: file systems of the kernel, of the network and of containers are left
    /// out and named.
    fn walk(&self, plan: &WalkPlan, visit: &mut dyn FnMut(&Met<'_>)) -> Walked {
        walk::walk(self, plan, visit)
    }
}
