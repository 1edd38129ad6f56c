//! A folder that holds a root file system, or `/` of the running host.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use assay_host::{FileKind, MAX_FILE, Met, Miss, Question, Root, Standing, Stat, WalkPlan, Walked};
use rustix::fs::{CWD, FileType, OFlags, RawDir, ResolveFlags};
use rustix::io::Errno;

use super::fd::{LOOK, NO_MODE, READ, look, miss, read_up_to};
use super::resolver::{below, find, link};

/// Names of one directory that are read. More are an error: no configuration needs them.
const MAX_NAMES: usize = 500_000;
/// Bytes of one extended attribute: the kernel's own limit.
const MAX_XATTR: usize = 64 << 10;
/// Bytes that are read at once where a file is handed on in pieces.
const PIECE: usize = 128 << 10;
/// How often a look-up is tried again that lost a race with a renamed directory.
const RACES: usize = 32;

/// A root file system on this machine. Nothing outside it is ever touched: links are followed as if
/// it were `/`, and nothing but regular files and directories is opened.
#[derive(Debug)]
pub struct Folder {
    fd: OwnedFd,
    standing: Standing,
    /// Whether the kernel follows paths for us (`openat2`); else we do it step by step.
    kernel: bool,
}

impl Folder {
    /// The root of the running host.
    ///
    /// # Errors
    /// What the system says.
    pub fn live() -> std::io::Result<Self> {
        Self::open_as(Path::new("/"), Standing::Running)
    }

    /// A folder that holds the root of a host that does not run.
    ///
    /// # Errors
    /// What the system says: it does not exist, is no folder, or may not be entered.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        Self::open_as(path, Standing::AtRest)
    }

    fn open_as(path: &Path, standing: Standing) -> std::io::Result<Self> {
        let fd = rustix::fs::openat(CWD, path, LOOK | OFlags::DIRECTORY, NO_MODE)?;
        let kernel = rustix::fs::openat2(&fd, ".", LOOK, NO_MODE, RESOLVE).is_ok();
        Ok(Self { fd, standing, kernel })
    }

    /// The same, but paths are followed step by step, as where the kernel lacks `openat2`.
    #[must_use]
    pub const fn step_by_step(mut self) -> Self {
        self.kernel = false;
        self
    }

    /// A descriptor that looks at a name without opening it.
    fn at(&self, path: &Path, follow: bool) -> Result<OwnedFd, Miss> {
        if !self.kernel {
            return find(self.fd.as_fd(), path, follow).map(|f| f.fd);
        }
        let flags = if follow { LOOK } else { LOOK | OFlags::NOFOLLOW };
        self.openat2(path, flags)
    }

    fn openat2(&self, path: &Path, flags: OFlags) -> Result<OwnedFd, Miss> {
        let mut races = 0;
        loop {
            match rustix::fs::openat2(&self.fd, below(path), flags, NO_MODE, RESOLVE) {
                Err(Errno::AGAIN) if races < RACES && flags.contains(OFlags::PATH) => races += 1,
                other => return other.map_err(miss),
            }
        }
    }

    /// Opens a regular file or a directory for reading, after a look at what it is.
    fn open_kind(&self, path: &Path, kind: FileKind) -> Result<(OwnedFd, Stat), Miss> {
        let mut flags = READ;
        if kind == FileKind::Directory {
            flags |= OFlags::DIRECTORY;
        }
        let (fd, before) = if self.kernel {
            let before = look(self.at(path, true)?)?;
            expect(&before, kind)?;
            (self.openat2(path, flags)?, before)
        } else {
            let found = find(self.fd.as_fd(), path, true)?;
            let before = look(&found.fd)?;
            expect(&before, kind)?;
            let flags = flags | OFlags::NOFOLLOW;
            let name = found.path.file_name().unwrap_or_else(|| OsStr::new("."));
            let above = found.above.as_ref().unwrap_or(&self.fd);
            (rustix::fs::openat(above, name, flags, NO_MODE).map_err(miss)?, before)
        };
        // What was looked at may have been replaced since.
        let stat = look(&fd)?;
        expect(&stat, kind)?;
        if (stat.device, stat.inode) != (before.device, before.inode) {
            return Err(Miss::Failed("it was replaced while being read".to_owned()));
        }
        Ok((fd, stat))
    }

    /// A regular file, open for reading, links followed inside the root.
    pub(crate) fn file(&self, path: &Path) -> Result<std::fs::File, Miss> {
        self.open_kind(path, FileKind::File).map(|(fd, _)| std::fs::File::from(fd))
    }

    /// Reads a regular file, at most `limit` bytes and one.
    fn content(&self, path: &Path, limit: usize) -> Result<Vec<u8>, Miss> {
        let (fd, before) = self.open_kind(path, FileKind::File)?;
        let again = fd.try_clone().map_err(|e| Miss::Failed(e.to_string()))?;
        let out = read_up_to(fd, before.size, limit)?;
        let after = look(again)?;
        // Files of /proc and /sys are made anew with each look.
        let real = before.size > 0;
        if real && (after.size, after.modified) != (before.size, before.modified) {
            return Err(Miss::Failed(CHANGED.to_owned()));
        }
        Ok(out)
    }

    /// As [`Self::content`]; a file that was being written gets a second chance.
    fn settled(&self, path: &Path, limit: usize) -> Result<Vec<u8>, Miss> {
        match self.content(path, limit) {
            Err(Miss::Failed(why)) if why == CHANGED => self.content(path, limit),
            other => other,
        }
    }
}

const RESOLVE: ResolveFlags = ResolveFlags::IN_ROOT.union(ResolveFlags::NO_MAGICLINKS);
const CHANGED: &str = "it changed while being read";

fn expect(stat: &Stat, kind: FileKind) -> Result<(), Miss> {
    if stat.kind == kind { Ok(()) } else { Err(Miss::Kind(stat.kind.as_str())) }
}

impl Root for Folder {
    fn standing(&self) -> Standing {
        self.standing
    }

    fn stat(&self, path: &Path) -> Result<Stat, Miss> {
        look(self.at(path, true)?)
    }

    fn lstat(&self, path: &Path) -> Result<Stat, Miss> {
        look(self.at(path, false)?)
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, Miss> {
        let limit = usize::try_from(MAX_FILE).unwrap_or(usize::MAX);
        let stat = self.stat(path)?;
        if stat.kind == FileKind::File && stat.size > MAX_FILE {
            return Err(Miss::TooLarge(stat.size));
        }
        let out = self.settled(path, limit)?;
        if out.len() > limit {
            return Err(Miss::TooLarge(out.len() as u64));
        }
        Ok(out)
    }

    fn head(&self, path: &Path, bytes: usize) -> Result<Vec<u8>, Miss> {
        let (fd, stat) = self.open_kind(path, FileKind::File)?;
        let mut out = read_up_to(fd, stat.size, bytes)?;
        out.truncate(bytes);
        Ok(out)
    }

    fn list(&self, path: &Path) -> Result<Vec<OsString>, Miss> {
        let (fd, _) = self.open_kind(path, FileKind::Directory)?;
        let mut buffer = Vec::with_capacity(32 << 10);
        let mut entries = RawDir::new(fd, buffer.spare_capacity_mut());
        let mut names = Vec::new();
        while let Some(entry) = entries.next() {
            let entry = entry.map_err(miss)?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            if names.len() >= MAX_NAMES {
                return Err(Miss::Failed(format!("it holds more than {MAX_NAMES} names")));
            }
            names.push(OsStr::from_bytes(name).to_owned());
        }
        names.sort();
        Ok(names)
    }

    fn link(&self, path: &Path) -> Result<PathBuf, Miss> {
        let fd = self.at(path, false)?;
        let stat = look(&fd)?;
        expect(&stat, FileKind::Link)?;
        link(fd)
    }

    fn resolve(&self, path: &Path) -> Result<PathBuf, Miss> {
        find(self.fd.as_fd(), path, true).map(|f| f.path)
    }

    fn xattr(&self, path: &Path, name: &str) -> Result<Option<Vec<u8>>, Miss> {
        let fd = self.at(path, false)?;
        if look(&fd)?.kind == FileKind::Link {
            return Ok(None);
        }
        attribute(&fd, name)
    }

    fn pieces(&self, path: &Path, take: &mut dyn FnMut(&[u8])) -> Result<(), Miss> {
        use std::io::Read;
        let (fd, _) = self.open_kind(path, FileKind::File)?;
        let mut file = std::fs::File::from(fd);
        let mut buffer = vec![0; PIECE];
        loop {
            let n = file.read(&mut buffer).map_err(|e| Miss::Failed(e.to_string()))?;
            match buffer.get(..n) {
                Some(piece) if n > 0 => take(piece),
                _ => return Ok(()),
            }
        }
    }

    fn ask(&self, question: Question) -> Result<Vec<u8>, Miss> {
        match self.standing {
            Standing::Running => crate::programs::ask(self, question),
            Standing::AtRest => Err(Miss::Failed("only the running host tells".to_owned())),
        }
    }

    fn device(&self, path: &Path, bytes: usize) -> Result<Vec<u8>, Miss> {
        if self.standing == Standing::AtRest {
            return Err(Miss::Failed("devices are read on the running host only".to_owned()));
        }
        let fd = self.at(path, true)?;
        let stat = rustix::fs::fstat(&fd).map_err(miss)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::BlockDevice => {}
            FileType::CharacterDevice => return Err(Miss::Kind("character device")),
            _ => return Err(Miss::Kind(look(&fd)?.kind.as_str())),
        }
        // By way of the descriptor: what was looked at is what is opened, whatever its name is now.
        let own = format!("/proc/self/fd/{}", fd.as_raw_fd());
        let fd = rustix::fs::openat(CWD, &*own, READ, NO_MODE).map_err(miss)?;
        let mut out = read_up_to(fd, 0, bytes)?;
        out.truncate(bytes);
        Ok(out)
    }

    fn walk(&self, plan: &WalkPlan, visit: &mut dyn FnMut(&Met<'_>)) -> Walked {
        super::walk::walk(&self.fd, plan, visit)
    }
}

/// An extended attribute of what a looking descriptor looks at. The kernel takes no such descriptor
/// itself, but a path through `/proc` to it.
pub(crate) fn attribute(fd: &OwnedFd, name: &str) -> Result<Option<Vec<u8>>, Miss> {
    let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
    let mut value = Vec::with_capacity(256);
    let first = rustix::fs::getxattr(&*path, name, rustix::buffer::spare_capacity(&mut value));
    let read = match first {
        Err(Errno::RANGE) => {
            value = Vec::with_capacity(MAX_XATTR);
            rustix::fs::getxattr(&*path, name, rustix::buffer::spare_capacity(&mut value))
        }
        other => other,
    };
    match read {
        Ok(_) => Ok(Some(value)),
        Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(None),
        Err(Errno::NOENT) => {
            Err(Miss::Failed("attributes are read through /proc, which is not there".to_owned()))
        }
        Err(e) => Err(miss(e)),
    }
}
