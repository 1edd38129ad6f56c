//! Small steps on file descriptors, with errors in the words of [`Miss`].

use std::os::fd::{AsFd, OwnedFd};

use assay_host::{FileKind, Miss, Stat};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;

/// A name is looked at through such a descriptor: nothing is opened, not even a FIFO or a device.
pub(super) const LOOK: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);
/// Opening for reading: never waits, never becomes a terminal.
pub(super) const READ: OFlags =
    OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);
/// No mode: nothing is created.
pub(super) const NO_MODE: Mode = Mode::empty();

/// An error number as a reason.
pub(super) fn miss(e: Errno) -> Miss {
    match e {
        Errno::NOENT | Errno::NOTDIR => Miss::Absent,
        Errno::ACCESS | Errno::PERM => Miss::Denied,
        Errno::LOOP => Miss::Loop,
        other => Miss::Failed(std::io::Error::from(other).to_string()),
    }
}

/// The kernel's record of a name in our words.
pub(super) fn stat(s: &rustix::fs::Stat) -> Stat {
    Stat {
        kind: kind(FileType::from_raw_mode(s.st_mode)),
        mode: s.st_mode & 0o7777,
        uid: s.st_uid,
        gid: s.st_gid,
        size: u64::try_from(s.st_size).unwrap_or(0),
        #[allow(clippy::useless_conversion, reason = "narrower on some architectures")]
        modified: i64::try_from(s.st_mtime).unwrap_or(i64::MAX),
        #[allow(clippy::useless_conversion, reason = "narrower on some architectures")]
        links: u64::try_from(s.st_nlink).unwrap_or(u64::MAX),
        device: s.st_dev,
        inode: s.st_ino,
    }
}

/// What a name is.
pub(super) const fn kind(t: FileType) -> FileKind {
    match t {
        FileType::RegularFile => FileKind::File,
        FileType::Directory => FileKind::Directory,
        FileType::Symlink => FileKind::Link,
        FileType::Fifo => FileKind::Fifo,
        FileType::Socket => FileKind::Socket,
        _ => FileKind::Device,
    }
}

/// What lies behind a descriptor.
pub(super) fn look(fd: impl AsFd) -> Result<Stat, Miss> {
    rustix::fs::fstat(fd).map(|s| stat(&s)).map_err(miss)
}

/// Reads until the end, or one byte more than `limit`. The size that the kernel tells is only a
/// hint: files of `/proc` and `/sys` have none.
pub(super) fn read_up_to(fd: OwnedFd, hint: u64, limit: usize) -> Result<Vec<u8>, Miss> {
    use std::io::Read;
    let hint = usize::try_from(hint).unwrap_or(limit).min(limit);
    let mut out = Vec::with_capacity(hint.saturating_add(1));
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    std::fs::File::from(fd)
        .take(most)
        .read_to_end(&mut out)
        .map_err(|e| Errno::from_io_error(&e).map_or_else(|| Miss::Failed(e.to_string()), miss))?;
    Ok(out)
}
