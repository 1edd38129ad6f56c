//! The host while subjects read it: files with evidence, gaps, new documents.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use assay_core::{Gap, GapState, Resource, Timestamp};

use crate::access::{self, Access};
use crate::commands::Line;
use crate::packages::Database;
use crate::systemd::Units;
use crate::{MAX_FILE, Miss, Question, Root, Standing, Stat};

/// Provider of every document.
pub(crate) const PROVIDER: &str = "linux";

/// Largest file that is handed on in pieces, in bytes.
const MAX_STREAM: u64 = 256 << 20;

/// What became of one read: the evidence of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The path, as it was asked for.
    pub path: PathBuf,
    /// sha256 of the content in hex, or why there is none.
    pub result: Result<String, Miss>,
}

/// The content of a file: lossy UTF-8, as configurations may hold bytes of old encodings in
/// comments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The path, as it was asked for.
    pub path: PathBuf,
    /// The content.
    pub text: Arc<str>,
}

/// A host: a root with a name. Not shared between threads while a subject runs.
pub struct Host<'a> {
    root: &'a dyn Root,
    name: String,
    now: Timestamp,
    reads: Mutex<BTreeMap<PathBuf, Read>>,
    known: Arc<Known>,
}

/// What several subjects of one host ask for: it is read once, by whoever comes first.
#[derive(Debug, Default)]
pub struct Known {
    units: OnceLock<Remembered<Arc<Units>>>,
    packages: OnceLock<Remembered<Option<Arc<Database>>>>,
    commands: OnceLock<Remembered<Arc<Vec<Line>>>>,
}

/// What was read once for all subjects, with the reads that it rests on.
type Remembered<T> = (Result<T, Gap>, Vec<Read>);

impl std::fmt::Debug for Host<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<'a> Host<'a> {
    /// A host of this name over a root; `now` is the time of the collection.
    pub fn new(root: &'a dyn Root, name: impl Into<String>, now: Timestamp) -> Self {
        Self::knowing(root, name, now, Arc::default())
    }

    /// The same with what other subjects of this host, over the same root, know already.
    pub fn knowing(
        root: &'a dyn Root,
        name: impl Into<String>,
        now: Timestamp,
        known: Arc<Known>,
    ) -> Self {
        Self { root, name: name.into(), now, reads: Mutex::default(), known }
    }

    /// The root, for what has no shorter way here.
    #[must_use]
    pub fn root(&self) -> &'a dyn Root {
        self.root
    }

    /// The host's name in ids.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The time of the collection.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Whether `/proc`, `/sys` and `/run` say what is in force now.
    #[must_use]
    pub fn running(&self) -> bool {
        self.root.standing() == Standing::Running
    }

    /// A configuration file. `None`: it does not exist.
    ///
    /// # Errors
    /// A gap that names the path.
    pub fn text(&self, path: impl AsRef<Path>) -> Result<Option<Found>, Gap> {
        let path = path.as_ref();
        match self.bytes(path)? {
            None => Ok(None),
            Some(bytes) => Ok(Some(Found {
                path: path.to_owned(),
                text: String::from_utf8_lossy(&bytes).into(),
            })),
        }
    }

    /// The content of a regular file. `None`: it does not exist.
    ///
    /// # Errors
    /// A gap that names the path.
    pub fn bytes(&self, path: impl AsRef<Path>) -> Result<Option<Vec<u8>>, Gap> {
        let path = path.as_ref();
        let result = self.root.read(path);
        let noted = result.as_ref().map(|b| assay_core::identity::sha256(b)).map_err(Clone::clone);
        self.note(path, noted);
        found(path, result)
    }

    /// Hands on the content of a regular file that may be too large to be read whole. `false`: it does
    /// not exist. Such a large file leaves no digest behind.
    ///
    /// # Errors
    /// A gap that names the path.
    pub fn pieces(&self, path: impl AsRef<Path>, take: &mut dyn FnMut(&[u8])) -> Result<bool, Gap> {
        let path = path.as_ref();
        match self.stat(path)? {
            None => Ok(false),
            Some(stat) if stat.size <= MAX_FILE => {
                let bytes = self.bytes(path)?;
                take(bytes.as_deref().unwrap_or(&[]));
                Ok(bytes.is_some())
            }
            Some(stat) if stat.size > MAX_STREAM => Err(gap(path, &Miss::TooLarge(stat.size))),
            Some(_) => Ok(found(path, self.root.pieces(path, take))?.is_some()),
        }
    }

    /// The paths in a directory, in order of the bytes of their names. `None`: it does not exist.
    ///
    /// # Errors
    /// A gap that names the path.
    pub fn list(&self, path: impl AsRef<Path>) -> Result<Option<Vec<PathBuf>>, Gap> {
        let path = path.as_ref();
        let result = self.root.list(path);
        let digest = |names: &Vec<OsString>| {
            let all: Vec<_> = names.iter().map(|n| n.to_string_lossy()).collect();
            assay_core::identity::sha256(all.join("\n").as_bytes())
        };
        self.note(path, result.as_ref().map(digest).map_err(Clone::clone));
        let names = found(path, result)?;
        Ok(names.map(|names| names.into_iter().map(|n| path.join(n)).collect()))
    }

    /// The paths in a directory, none where it does not exist.
    ///
    /// # Errors
    /// A gap that names the path; also where it holds more than `most` names: those beyond would not
    /// be looked at.
    pub fn few(&self, path: impl AsRef<Path>, most: usize) -> Result<Vec<PathBuf>, Gap> {
        let path = path.as_ref();
        let all = self.list(path)?.unwrap_or_default();
        at_most(&path.display(), "names", all.len(), most)?;
        Ok(all)
    }

    /// What a program of the running host tells, as text. `None`: the host has no such program.
    ///
    /// # Errors
    /// A gap that names the command.
    pub fn ask(&self, question: Question) -> Result<Option<String>, Gap> {
        let path = Path::new(question.as_str());
        let result = self.root.ask(question);
        let noted = result.as_ref().map(|b| assay_core::identity::sha256(b)).map_err(Clone::clone);
        self.note(path, noted);
        Ok(found(path, result)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// The first bytes of a block device of the running host. `None`: it does not exist.
    ///
    /// # Errors
    /// A gap that names the path.
    pub fn device(&self, path: impl AsRef<Path>, bytes: usize) -> Result<Option<Vec<u8>>, Gap> {
        let path = path.as_ref();
        let result = self.root.device(path, bytes);
        let noted = result.as_ref().map(|b| assay_core::identity::sha256(b)).map_err(Clone::clone);
        self.note(path, noted);
        found(path, result)
    }

    /// What a name stands for, links followed. `None`: it does not exist.
    ///
    /// # Errors
    /// A gap that names the path.
    pub fn stat(&self, path: impl AsRef<Path>) -> Result<Option<Stat>, Gap> {
        found(path.as_ref(), self.root.stat(path.as_ref()))
    }

    /// What a name stands for, a link at its end not followed. `None`: it does not exist.
    ///
    /// # Errors
    /// A gap that names the path.
    pub fn lstat(&self, path: impl AsRef<Path>) -> Result<Option<Stat>, Gap> {
        found(path.as_ref(), self.root.lstat(path.as_ref()))
    }

    /// Where a link points, as it is written. `None`: it does not exist.
    ///
    /// # Errors
    /// A gap that names the path; also where it is no link.
    pub fn link(&self, path: impl AsRef<Path>) -> Result<Option<PathBuf>, Gap> {
        found(path.as_ref(), self.root.link(path.as_ref()))
    }

    /// Who else than root can read and change a name, its directories and ACLs included. `None`: it
    /// does not exist.
    ///
    /// # Errors
    /// A gap that names the path.
    pub fn access(&self, path: impl AsRef<Path>) -> Result<Option<Access>, Gap> {
        found(path.as_ref(), access::of(self.root, path.as_ref()))
    }

    /// A new document of a type, for an item of the host: id `host:<name>/<subject>/<item>`, or
    /// `host:<name>/<subject>` where `item` is empty. `kind` is `linux.<subject>`.
    #[must_use]
    pub fn document(&self, kind: &str, item: &str) -> Resource {
        let subject = kind.strip_prefix("linux.").unwrap_or(kind);
        let mut id = format!("host:{}/{subject}", self.name);
        let name = if item.is_empty() {
            subject
        } else {
            id.push('/');
            id.push_str(item);
            item
        };
        let mut r = Resource::new(kind, id, PROVIDER, self.name.as_str(), "global", name);
        r.tags = Some(BTreeMap::new());
        r
    }

    /// The reads since the last call, in order of their paths.
    #[must_use]
    pub fn take_reads(&self) -> Vec<Read> {
        let mut reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *reads).into_values().collect()
    }

    /// The units, read by `load` where nobody asked before. They are evidence of every subject that
    /// asks.
    pub(crate) fn units(
        &self,
        load: impl FnOnce() -> Result<Arc<Units>, Gap>,
    ) -> Result<Arc<Units>, Gap> {
        self.once(&self.known.units, load)
    }

    /// The package database of rpm or apk, likewise.
    pub(crate) fn packages(
        &self,
        load: impl FnOnce() -> Result<Option<Arc<Database>>, Gap>,
    ) -> Result<Option<Arc<Database>>, Gap> {
        self.once(&self.known.packages, load)
    }

    /// The command lines that the host runs by itself, likewise.
    pub(crate) fn commands(
        &self,
        load: impl FnOnce() -> Result<Arc<Vec<Line>>, Gap>,
    ) -> Result<Arc<Vec<Line>>, Gap> {
        self.once(&self.known.commands, load)
    }

    fn once<T: Clone>(
        &self,
        cell: &OnceLock<Remembered<T>>,
        load: impl FnOnce() -> Result<T, Gap>,
    ) -> Result<T, Gap> {
        let (result, reads) = cell.get_or_init(|| {
            let before = self.take_reads();
            let result = load();
            let reads = self.take_reads();
            self.renote(&before);
            (result, reads)
        });
        self.renote(reads);
        result.clone()
    }

    fn renote(&self, reads: &[Read]) {
        let mut all = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(reads.iter().map(|r| (r.path.clone(), r.clone())));
    }

    fn note(&self, path: &Path, result: Result<String, Miss>) {
        let mut reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        reads.insert(path.to_owned(), Read { path: path.to_owned(), result });
    }
}

/// The gap of a path that could not be read.
#[must_use]
pub fn gap(path: &Path, miss: &Miss) -> Gap {
    let state = match miss {
        Miss::Absent | Miss::Failed(_) => GapState::Failed,
        Miss::Denied => GapState::Denied,
        Miss::Kind(_) | Miss::TooLarge(_) | Miss::Loop => GapState::Malformed,
    };
    let mut gap = Gap::new(state, format!("{}: {miss}", path.display()));
    gap.operation = Some("linux:read".to_owned());
    gap
}

/// Refuses what is more than is read: what lies beyond a bound has not been looked at.
///
/// # Errors
/// There are more than `most`.
pub fn at_most(place: &dyn Display, what: &str, there: usize, most: usize) -> Result<(), Gap> {
    if there > most {
        let detail = format!("{place} has {there} {what}, more than the {most} that are read");
        return Err(Gap::new(GapState::Malformed, detail));
    }
    Ok(())
}

/// Absence is an answer.
fn found<T>(path: &Path, result: Result<T, Miss>) -> Result<Option<T>, Gap> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Miss::Absent) => Ok(None),
        Err(miss) => Err(gap(path, &miss)),
    }
}
