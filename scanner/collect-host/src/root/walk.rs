//! The walk over a folder: one `fstatat` for each name, directories held open one below the other.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use assay_host::{FileKind, MAX_DEPTH, Met, Miss, Stat, WalkPlan, Walked};
use rustix::fs::{AtFlags, Dir, OFlags};

use super::fd::{NO_MODE, READ, look, miss, stat};
use super::mounts::{self, Mount};

/// An open directory.
struct Level {
    entries: Dir,
    device: u64,
    reachable: bool,
}

/// Walks everything below `root`.
pub(super) fn walk(root: &OwnedFd, plan: &WalkPlan, visit: &mut dyn FnMut(&Met<'_>)) -> Walked {
    let mounts = mounts::below(root);
    let mut out = Walked::default();
    let mut path = PathBuf::from("/");
    let mut open: Vec<Level> = Vec::new();
    match rustix::fs::openat(root, ".", READ | OFlags::DIRECTORY, NO_MODE)
        .map_err(miss)
        .and_then(|fd| level(fd, true))
    {
        Ok(level) => open.push(level),
        Err(miss) => out.miss(&path, miss),
    }
    loop {
        let depth = open.len();
        let Some(top) = open.last_mut() else { break };
        let Some(entry) = top.entries.read() else {
            open.pop();
            path.pop();
            continue;
        };
        let entry = match entry {
            Ok(entry) => entry,
            Err(e) => {
                out.miss(&path, miss(e));
                open.pop();
                path.pop();
                continue;
            }
        };
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let Ok(fd) = top.entries.fd() else { continue };
        path.push(OsStr::from_bytes(name.to_bytes()));
        match rustix::fs::statat(fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => {
                let found = stat(&found);
                out.names += 1;
                visit(&Met { path: &path, stat: found, reachable: top.reachable });
                if found.kind == FileKind::Directory {
                    let here = Here { device: top.device, reachable: top.reachable, fd };
                    match enter(&here, name, &found, &path, plan, &mounts, depth) {
                        Ok(Ok(next)) => {
                            open.push(next);
                            continue;
                        }
                        Ok(Err(why)) => out.skipped.push((path.clone(), why)),
                        Err(miss) => out.miss(&path, miss),
                    }
                }
            }
            Err(e) => out.miss(&path, miss(e)),
        }
        path.pop();
    }
    out.skipped.sort();
    out.missed.sort_by(|a, b| a.0.cmp(&b.0));
    out
}

/// The directory above the one to enter.
struct Here<'a> {
    device: u64,
    reachable: bool,
    fd: BorrowedFd<'a>,
}

/// Opens a directory below another. `Ok(Err(_))`: it is left out, and why.
fn enter(
    here: &Here<'_>,
    name: &std::ffi::CStr,
    found: &Stat,
    path: &Path,
    plan: &WalkPlan,
    mounts: &BTreeMap<PathBuf, Mount>,
    depth: usize,
) -> Result<Result<Level, String>, Miss> {
    if let Some(why) = plan.skips(path) {
        return Ok(Err(why.to_owned()));
    }
    if let Some(why) = mounts.get(path).and_then(Mount::left_out) {
        return Ok(Err(why));
    }
    if depth >= MAX_DEPTH {
        return Err(Miss::Failed(format!("it lies more than {MAX_DEPTH} deep")));
    }
    let flags = READ | OFlags::DIRECTORY | OFlags::NOFOLLOW;
    let fd = rustix::fs::openat(here.fd, name, flags, NO_MODE).map_err(miss)?;
    if found.device != here.device
        && !mounts.contains_key(path)
        && let Some(why) = mounts::left_out_by_magic(&fd)
    {
        return Ok(Err(why));
    }
    level(fd, here.reachable && found.mode & 1 != 0).map(Ok)
}

fn level(fd: OwnedFd, reachable: bool) -> Result<Level, Miss> {
    let device = look(&fd)?.device;
    Ok(Level { entries: Dir::new(fd).map_err(miss)?, device, reachable })
}

/// The path of an open directory on this machine, as `/proc` tells it.
pub(super) fn path_of(fd: &OwnedFd) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/self/fd/{}", fd.as_raw_fd())).ok()
}
