//! One pass over every name of a root.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{FileKind, Miss, Root, Stat};

/// Directories that a walk could not enter and names: more are only counted.
pub const MAX_MISSED: usize = 32;
/// Directories below each other. Deeper ones are left out and named.
pub const MAX_DEPTH: usize = 256;

/// What a walk leaves out.
#[derive(Debug, Clone, Default)]
pub struct WalkPlan {
    /// Directories that are not entered, with the reason. What does not exist is not named.
    pub skip: Vec<(PathBuf, &'static str)>,
}

impl WalkPlan {
    /// Why a directory is left out, if it is.
    #[must_use]
    pub fn skips(&self, path: &Path) -> Option<&'static str> {
        self.skip.iter().find(|(p, _)| p == path).map(|(_, why)| *why)
    }
}

/// A name that a walk meets. The root itself is not met.
#[derive(Debug)]
pub struct Met<'a> {
    /// Its path.
    pub path: &'a Path,
    /// What it is, a link not followed.
    pub stat: Stat,
    /// Whether everyone may pass through all directories above it.
    pub reachable: bool,
}

/// How a walk went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walked {
    /// Names met.
    pub names: u64,
    /// Directories left out, with the reason.
    pub skipped: Vec<(PathBuf, String)>,
    /// Directories and names that could not be looked at: the first few.
    pub missed: Vec<(PathBuf, Miss)>,
    /// All of them, counted.
    pub missed_count: u64,
}

impl Walked {
    /// Notes what could not be looked at.
    pub fn miss(&mut self, path: &Path, miss: Miss) {
        // What vanishes between its listing and the look was never there for long.
        if miss == Miss::Absent {
            return;
        }
        self.missed_count += 1;
        if self.missed.len() < MAX_MISSED {
            self.missed.push((path.to_owned(), miss));
        }
    }
}

/// The walk of roots that have no faster one.
pub(super) fn walk(
    root: &(impl Root + ?Sized),
    plan: &WalkPlan,
    visit: &mut dyn FnMut(&Met<'_>),
) -> Walked {
    let mut out = Walked::default();
    // Names left in each open directory, and whether everyone may pass through it.
    let mut open: Vec<(Vec<OsString>, bool)> = Vec::new();
    let mut path = PathBuf::from("/");
    enter(root, &path, true, &mut open, &mut out);
    while let Some((names, reachable)) = open.last_mut() {
        let reachable = *reachable;
        let Some(name) = names.pop() else {
            open.pop();
            path.pop();
            continue;
        };
        path.push(name);
        match root.lstat(&path) {
            Ok(stat) => {
                out.names += 1;
                visit(&Met { path: &path, stat, reachable });
                if stat.kind == FileKind::Directory {
                    if let Some(why) = plan.skips(&path) {
                        out.skipped.push((path.clone(), why.to_owned()));
                    } else if open.len() >= MAX_DEPTH {
                        let deep = Miss::Failed(format!("it lies more than {MAX_DEPTH} deep"));
                        out.miss(&path, deep);
                    } else if enter(
                        root,
                        &path,
                        reachable && stat.mode & 1 != 0,
                        &mut open,
                        &mut out,
                    ) {
                        continue;
                    }
                }
            }
            Err(miss) => out.miss(&path, miss),
        }
        path.pop();
    }
    out.skipped.sort();
    out.missed.sort_by(|a, b| a.0.cmp(&b.0));
    out
}

/// Opens a directory for the walk. False: it cannot be listed.
fn enter(
    root: &(impl Root + ?Sized),
    path: &Path,
    reachable: bool,
    open: &mut Vec<(Vec<OsString>, bool)>,
    out: &mut Walked,
) -> bool {
    match root.list(path) {
        Ok(mut names) => {
            names.reverse();
            open.push((names, reachable));
            true
        }
        Err(miss) => {
            out.miss(path, miss);
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    #[test]
    fn every_name_is_met_once_and_links_are_not_followed() {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/a/b/c", "").symlink("/a/loop", "/a").file("/proc/1/mem", "").file("/z", "");
        m.directory("/home/x/open").owned("/home/x", 1000, 1000, 0o700);
        m.directory("/locked").unreadable("/locked", Miss::Denied);
        let plan = WalkPlan { skip: vec![("/proc".into(), "not a disk"), ("/none".into(), "x")] };
        let mut met = Vec::new();
        let walked = m.walk(&plan, &mut |e| met.push((e.path.display().to_string(), e.reachable)));
        met.sort();
        let names: Vec<&str> = met.iter().map(|(p, _)| p.as_str()).collect();
        let all = [
            "/a",
            "/a/b",
            "/a/b/c",
            "/a/loop",
            "/home",
            "/home/x",
            "/home/x/open",
            "/locked",
            "/proc",
            "/z",
        ];
        assert_eq!(names, all);
        assert_eq!(
            met.iter().filter(|(_, r)| !r).map(|(p, _)| p.as_str()).collect::<Vec<_>>(),
            ["/home/x/open"]
        );
        assert_eq!(walked.skipped, [("/proc".into(), "not a disk".to_owned())]);
        assert_eq!(
            (walked.missed, walked.missed_count),
            (vec![("/locked".into(), Miss::Denied)], 1)
        );
        assert_eq!(walked.names, 10);
    }
}
