//! Which files make up the policy, in the order in which sudo reads them.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use assay_core::{Gap, GapState};

use super::ast::{Place, Policy};
use super::names::Names;
use super::parse;
use super::text::{self, Line};
use crate::{Access, FileKind, Host};

/// sudo's own limit of nested includes.
const MAX_DEPTH: usize = 128;
/// Files that are read in all, the same one again included.
const MAX_FILES: usize = 400;

/// A file or directory of the policy.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Its path, as it is named.
    pub(crate) path: String,
    /// Who can write to it.
    pub(crate) access: Access,
    /// Why sudo does not read it, though it is named. `None`: it reads it.
    pub(crate) refused: Option<&'static str>,
}

/// The policy with its files.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) policy: Policy,
    pub(crate) files: Vec<Seen>,
    /// Files in included directories whose names sudo skips.
    pub(crate) skipped: Vec<String>,
    /// What could not be read.
    pub(crate) gaps: Vec<Gap>,
}

struct Loader<'a> {
    host: &'a Host<'a>,
    short: Option<String>,
    out: Loaded,
    reads: usize,
}

/// Reads a policy from its main file.
pub(crate) fn load(host: &Host<'_>, names: &Names, main: &Path) -> Loaded {
    let short = names.host.as_deref().and_then(|h| h.split('.').next()).map(str::to_owned);
    let mut loader = Loader { host, short, out: Loaded::default(), reads: 0 };
    loader.trusted(Path::new("/etc/sudo.conf"), FileKind::File);
    loader.file(main, 0);
    loader.out
}

impl Loader<'_> {
    fn lose(&mut self, gap: Gap) {
        self.out.gaps.push(gap);
    }

    fn too_much(&mut self, path: &Path, why: &str) {
        let gap = Gap::new(GapState::Malformed, format!("{}: {why}", path.display()));
        self.lose(gap);
    }

    /// Whether it is there and sudo trusts it.
    fn trusted(&mut self, path: &Path, kind: FileKind) -> bool {
        let access = match self.host.access(path) {
            Ok(Some(access)) => access,
            Ok(None) => return false,
            Err(gap) => {
                self.lose(gap);
                return false;
            }
        };
        let stat = access.stat;
        let refused = if stat.kind != kind {
            Some("it is of another kind")
        } else if stat.uid != 0 {
            Some("its owner is not root")
        } else if stat.mode & 0o002 != 0 {
            Some("everyone can write to it")
        } else if stat.mode & 0o020 != 0 && stat.gid != 0 {
            Some("its group can write to it")
        } else {
            None
        };
        let path = path.display().to_string();
        if !self.out.files.iter().any(|f| f.path == path) {
            self.out.files.push(Seen { path, access, refused });
        }
        refused.is_none()
    }

    fn file(&mut self, path: &Path, depth: usize) {
        if !self.trusted(path, FileKind::File) {
            return;
        }
        self.reads += 1;
        if self.reads > MAX_FILES {
            if self.reads == MAX_FILES + 1 {
                self.too_much(path, "it includes more files than are read");
            }
            return;
        }
        let found = match self.host.text(path) {
            Ok(Some(found)) => found,
            Ok(None) => return,
            Err(gap) => return self.lose(gap),
        };
        let name: Rc<str> = path.display().to_string().into();
        for line in text::lines(&found.text) {
            match line {
                Line::Entry(chars) => parse::entry(&chars, &name, &mut self.out.policy),
                Line::Include { directory, path: written, line } => {
                    let place = Place { file: Rc::clone(&name), line };
                    self.include(path, &written, directory, depth, place);
                }
            }
        }
    }

    fn include(&mut self, from: &Path, written: &str, dir: bool, depth: usize, place: Place) {
        if depth >= MAX_DEPTH {
            self.out.policy.errors.push(("includes are nested too deeply".to_owned(), place));
            return;
        }
        let Some(written) = self.escapes(written) else {
            return self
                .too_much(from, "it includes a file by the host's name, which is not known");
        };
        let target = from.parent().unwrap_or(Path::new("/")).join(written);
        if !dir {
            if let Ok(None) = self.host.stat(&target) {
                let why = format!("{} does not exist", target.display());
                self.out.policy.errors.push((why, place));
            }
            return self.file(&target, depth + 1);
        }
        if !self.trusted(&target, FileKind::Directory) {
            return;
        }
        let names = match self.host.list(&target) {
            Ok(names) => names.unwrap_or_default(),
            Err(gap) => return self.lose(gap),
        };
        for path in names {
            let name = path.file_name().map(|n| n.to_string_lossy()).unwrap_or_default();
            if name.contains('.') || name.ends_with('~') {
                if name.len() > 1 {
                    self.out.skipped.push(path.display().to_string());
                }
                continue;
            }
            // Directories and what else is no file are passed over in silence.
            if matches!(self.host.stat(&path), Ok(Some(s)) if s.kind != FileKind::File) {
                continue;
            }
            self.file(&path, depth + 1);
        }
    }

    /// `%h` is the short name of the host, `%%` a percent sign.
    fn escapes(&self, written: &str) -> Option<PathBuf> {
        let mut out = String::new();
        let mut chars = written.chars().peekable();
        while let Some(c) = chars.next() {
            match (c, chars.peek()) {
                ('%', Some('h')) => {
                    chars.next();
                    out.push_str(self.short.as_deref()?);
                }
                ('%', Some('%')) => {
                    chars.next();
                    out.push('%');
                }
                (c, _) => out.push(c),
            }
        }
        Some(PathBuf::from(out))
    }
}
