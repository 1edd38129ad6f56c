//! Finds names below a root one step at a time, and follows links itself.
//!
//! The kernel does the same in one call where it has `openat2`; this is for kernels and sandboxes
//! that refuse it, and for the question which path without links a name has.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};

use assay_host::{FileKind, Miss};
use rustix::fs::OFlags;

use super::fd::{LOOK, NO_MODE, look, miss};

/// Links followed before they count as a circle, as in Linux.
const MAX_LINKS: usize = 40;
/// Directories below each other that are held open. Deeper paths of configurations do not exist.
const MAX_DEPTH: usize = 200;

/// Where a path leads.
pub(super) struct Found {
    /// A descriptor that looks at the name.
    pub(super) fd: OwnedFd,
    /// The directory that holds it; `None` for the root itself.
    pub(super) above: Option<OwnedFd>,
    /// The path without links, inside the root.
    pub(super) path: PathBuf,
}

/// Finds a path below `root`. Links above its last name are followed, and the last one where
/// `last`. Nothing is opened but directories, and those only to look through them.
pub(super) fn find(root: BorrowedFd<'_>, path: &Path, last: bool) -> Result<Found, Miss> {
    let mut left: Vec<OsString> = parts(path);
    left.reverse();
    let mut open: Vec<(OwnedFd, OsString)> = Vec::new();
    let mut links = 0;
    while let Some(part) = left.pop() {
        if part == ".." {
            open.pop();
            continue;
        }
        let here = open.last().map_or(root, |(fd, _)| fd.as_fd());
        let fd =
            rustix::fs::openat(here, &*part, LOOK | OFlags::NOFOLLOW, NO_MODE).map_err(miss)?;
        let stat = look(&fd)?;
        match stat.kind {
            FileKind::Link if last || !left.is_empty() => {
                links += 1;
                if links > MAX_LINKS {
                    return Err(Miss::Loop);
                }
                let to = link(&fd)?;
                if to.is_absolute() {
                    open.clear();
                }
                left.extend(parts(&to).into_iter().rev());
            }
            FileKind::Directory => {
                if open.len() >= MAX_DEPTH {
                    return Err(Miss::Failed(format!("it lies more than {MAX_DEPTH} deep")));
                }
                open.push((fd, part));
            }
            _ if left.is_empty() => open.push((fd, part)),
            _ => return Err(Miss::Absent),
        }
    }
    let path = open.iter().fold(PathBuf::from("/"), |p, (_, name)| p.join(name));
    let Some((fd, _)) = open.pop() else {
        let fd = rustix::fs::openat(root, ".", LOOK | OFlags::DIRECTORY, NO_MODE).map_err(miss)?;
        return Ok(Found { fd, above: None, path });
    };
    let above = match open.pop() {
        Some((above, _)) => above,
        None => rustix::fs::openat(root, ".", LOOK | OFlags::DIRECTORY, NO_MODE).map_err(miss)?,
    };
    Ok(Found { fd, above: Some(above), path })
}

/// Where the link behind a descriptor points.
pub(super) fn link(fd: impl AsFd) -> Result<PathBuf, Miss> {
    let to = rustix::fs::readlinkat(fd, c"", Vec::with_capacity(256)).map_err(miss)?;
    Ok(PathBuf::from(OsString::from_vec(to.into_bytes())))
}

/// The names of a path, `..` included, without `.` and the root.
fn parts(path: &Path) -> Vec<OsString> {
    path.components()
        .filter_map(|c| match c {
            Component::Normal(part) => Some(part.to_owned()),
            Component::ParentDir => Some(OsString::from("..")),
            _ => None,
        })
        .collect()
}

/// The path below a root, as the system calls take it: never absolute, never empty.
pub(super) fn below(path: &Path) -> &OsStr {
    let bytes = path.as_os_str().as_bytes();
    let start = bytes.iter().position(|b| *b != b'/').unwrap_or(bytes.len());
    let rest = bytes.get(start..).unwrap_or_default();
    OsStr::from_bytes(if rest.is_empty() { b"." } else { rest })
}
