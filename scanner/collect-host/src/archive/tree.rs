//! The names of an archive as a root file system, layer upon layer.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};

use assay_host::{FileKind, MAX_FILE, Miss, Question, Root, Standing, Stat};

use super::ArchiveError;
use super::blob::Blob;
use super::reader::{Entries, Entry, What};

/// Links followed before they count as a circle, as in Linux.
const MAX_LINKS: usize = 40;
/// Names of one archive.
const MAX_NAMES: usize = 3_000_000;
/// Names below each other.
const MAX_DEPTH: usize = 1000;
/// Bytes that are handed on at once.
const PIECE: usize = 128 << 10;
/// Marks what an upper layer deletes, and directories of which it shows nothing of those below.
const WHITEOUT: &[u8] = b".wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";

/// A name.
#[derive(Debug)]
struct Node {
    stat: Stat,
    body: Body,
    xattrs: Vec<(String, Vec<u8>)>,
    /// Whether its extended attributes came along: else nobody can say that there are none.
    told: bool,
    /// For a directory: why names may be missing in it.
    lack: Option<Lack>,
}

/// Why a directory may hold more than is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lack {
    /// Only what was asked for came along.
    Partly,
    /// It may not be read.
    Denied,
}

/// Extended attributes by path: names and values.
pub(crate) type Attributes = BTreeMap<PathBuf, Vec<(String, Vec<u8>)>>;

impl Lack {
    fn miss(self) -> Miss {
        match self {
            Self::Partly => Miss::Failed("it did not come along".to_owned()),
            Self::Denied => Miss::Denied,
        }
    }
}

/// What lies behind a name.
#[derive(Debug)]
enum Body {
    /// The names in a directory.
    Directory(BTreeMap<OsString, usize>),
    /// A regular file: its archive, and where in it.
    File(usize, u64),
    /// A symbolic link.
    Link(PathBuf),
    /// Nothing that can be read.
    Other,
    /// A regular file whose content is kept in memory: a few lines of the kernel.
    Kept(Vec<u8>),
    /// A regular file whose content did not come along.
    Without,
}

/// A root file system out of archives.
#[derive(Debug)]
pub struct Tree {
    standing: Standing,
    nodes: Vec<Node>,
    blobs: Vec<Blob>,
    /// What programs of a host that is elsewhere told.
    answers: BTreeMap<Question, Result<Vec<u8>, Miss>>,
}

const ROOT: usize = 0;

impl Tree {
    /// An empty root.
    pub(crate) fn new(standing: Standing) -> Self {
        Self { standing, nodes: vec![above()], blobs: Vec::new(), answers: BTreeMap::new() }
    }

    /// Keeps what a program told.
    pub(crate) fn told(&mut self, question: Question, answer: Result<Vec<u8>, Miss>) {
        self.answers.insert(question, answer);
    }

    /// Lays a tar over what is there.
    pub(crate) fn layer(&mut self, blob: Blob) -> Result<(), ArchiveError> {
        // What a layer deletes, it deletes from the layers below, wherever in it that is said.
        let mut entries = Entries::of(blob.clone());
        while let Some(entry) = entries.next()? {
            let parts = parts(&entry.name)?;
            let Some((last, above)) = parts.split_last() else { continue };
            if last.as_bytes() == OPAQUE {
                if let Some(Body::Directory(names)) = self.at(above).map(|n| &mut n.body) {
                    names.clear();
                }
            } else if let Some(gone) = last.as_bytes().strip_prefix(WHITEOUT)
                && !gone.starts_with(WHITEOUT)
                && let Some(Body::Directory(names)) = self.at(above).map(|n| &mut n.body)
            {
                names.remove(OsStr::from_bytes(gone));
            }
        }
        self.take(Entries::of(blob.clone()), blob, true, true)
    }

    /// Lays a tar of a host over what is known of it: nothing in it stands for a deletion.
    pub(crate) fn overlay(&mut self, blob: Blob) -> Result<(), ArchiveError> {
        self.take(Entries::of(blob.clone()), blob, false, true)
    }

    /// The same with tars one after another, of a program that knows no extended attributes.
    pub(crate) fn overlay_several(&mut self, blob: Blob) -> Result<(), ArchiveError> {
        self.take(Entries::of_several(blob.clone()), blob, false, false)
    }

    fn take(
        &mut self,
        mut entries: Entries,
        blob: Blob,
        whiteouts: bool,
        told: bool,
    ) -> Result<(), ArchiveError> {
        let place = self.blobs.len();
        self.blobs.push(blob);
        while let Some(entry) = entries.next()? {
            let parts = parts(&entry.name)?;
            if whiteouts && parts.last().is_some_and(|l| l.as_bytes().starts_with(WHITEOUT)) {
                continue;
            }
            self.put(&parts, entry, place, told)?;
        }
        Ok(())
    }

    /// Notes that a directory may hold more than is known; it is made where it is missing.
    pub(crate) fn lack(&mut self, path: &Path, lack: Lack) -> Result<(), ArchiveError> {
        let found = self.make(&parts(path.as_os_str().as_bytes())?)?;
        if let Some(node) = self.nodes.get_mut(found) {
            node.lack = Some(lack);
        }
        Ok(())
    }

    /// Notes a name without its content.
    pub(crate) fn name_of(
        &mut self,
        path: &Path,
        stat: Stat,
        target: &Path,
    ) -> Result<(), ArchiveError> {
        let parts = parts(path.as_os_str().as_bytes())?;
        let body = match stat.kind {
            FileKind::File => Body::Without,
            FileKind::Link => Body::Link(target.to_owned()),
            FileKind::Directory => Body::Directory(BTreeMap::new()),
            _ => Body::Other,
        };
        let same = self.index(&parts).and_then(|i| self.nodes.get_mut(i));
        if let Some(node) = same.filter(|n| matches!(n.body, Body::Directory(_)))
            && stat.kind == FileKind::Directory
        {
            node.stat = stat;
            node.lack = None;
            return Ok(());
        }
        let Some((last, above)) = parts.split_last() else { return Ok(()) };
        let above = self.make(above)?;
        let new = self.add(Node { stat, body, xattrs: Vec::new(), told: false, lack: None })?;
        self.name(above, last, new)
    }

    /// Keeps the content of a file of the kernel.
    pub(crate) fn keep(&mut self, path: &Path, content: Vec<u8>) -> Result<(), ArchiveError> {
        let parts = parts(path.as_os_str().as_bytes())?;
        if let Some(node) = self.at(&parts) {
            node.body = Body::Kept(content);
            return Ok(());
        }
        let Some((last, above)) = parts.split_last() else { return Ok(()) };
        let above = self.make(above)?;
        let stat = Stat { kind: FileKind::File, mode: 0o444, ..directory() };
        let body = Body::Kept(content);
        let new = self.add(Node { stat, body, xattrs: Vec::new(), told: true, lack: None })?;
        self.name(above, last, new)
    }

    /// Takes the extended attributes of all names at once: what is not among them has none.
    pub(crate) fn attributes(&mut self, all: Option<Attributes>) {
        let Some(all) = all else { return };
        for node in &mut self.nodes {
            node.told = true;
        }
        for (path, xattrs) in all {
            let found = parts(path.as_os_str().as_bytes()).ok();
            if let Some(node) =
                found.and_then(|p| self.index(&p)).and_then(|i| self.nodes.get_mut(i))
            {
                node.xattrs = xattrs;
            }
        }
    }

    fn put(
        &mut self,
        parts: &[OsString],
        entry: Entry,
        blob: usize,
        told: bool,
    ) -> Result<(), ArchiveError> {
        let Some((last, above)) = parts.split_last() else {
            if let Some(root) = self.nodes.get_mut(ROOT) {
                root.stat = entry.stat;
                root.xattrs = entry.xattrs;
                root.told = told;
            }
            return Ok(());
        };
        let above = self.make(above)?;
        let body = match entry.what {
            What::Hard(to) => {
                let to = self::parts(&to)?;
                let Some(found) = self.follow(&to, false) else {
                    return Err(ArchiveError::broken(format!(
                        "{} is another name of something that is not there",
                        shown(parts)
                    )));
                };
                if let Some(node) = self.nodes.get_mut(found) {
                    node.stat.links += 1;
                }
                return self.name(above, last, found);
            }
            What::Symbolic(to) => Body::Link(PathBuf::from(OsString::from_vec(to))),
            What::Own => match entry.stat.kind {
                FileKind::File => Body::File(blob, entry.at),
                FileKind::Directory => {
                    let same = self.child(above, last);
                    if let Some(node) = same.and_then(|i| self.nodes.get_mut(i))
                        && matches!(node.body, Body::Directory(_))
                    {
                        node.stat = entry.stat;
                        node.xattrs = entry.xattrs;
                        node.told = told;
                        return Ok(());
                    }
                    Body::Directory(BTreeMap::new())
                }
                _ => Body::Other,
            },
        };
        let (stat, xattrs) = (entry.stat, entry.xattrs);
        let new = self.add(Node { stat, body, xattrs, told, lack: None })?;
        self.name(above, last, new)
    }

    fn add(&mut self, node: Node) -> Result<usize, ArchiveError> {
        if self.nodes.len() >= MAX_NAMES {
            return Err(ArchiveError::Bomb(format!("it holds more than {MAX_NAMES} names")));
        }
        self.nodes.push(node);
        Ok(self.nodes.len() - 1)
    }

    fn name(&mut self, above: usize, name: &OsStr, node: usize) -> Result<(), ArchiveError> {
        match self.nodes.get_mut(above).map(|n| &mut n.body) {
            Some(Body::Directory(names)) => {
                names.insert(name.to_owned(), node);
                Ok(())
            }
            _ => Err(ArchiveError::broken(format!(
                "{} lies in something that is no directory",
                name.display()
            ))),
        }
    }

    /// The directory of a path; made where it is missing. Links on the way are followed, as they
    /// would be where the archive is unpacked.
    fn make(&mut self, parts: &[OsString]) -> Result<usize, ArchiveError> {
        let mut here = ROOT;
        for (depth, part) in parts.iter().enumerate() {
            here = match self.child(here, part) {
                Some(next)
                    if matches!(self.nodes.get(next).map(|n| &n.body), Some(Body::Link(_))) =>
                {
                    let path: PathBuf = std::iter::once(OsStr::new("/"))
                        .chain(parts.iter().take(depth + 1).map(OsString::as_os_str))
                        .collect();
                    self.find(&path, true).map(|(_, found)| found).map_err(|_| {
                        ArchiveError::broken(format!("{} leads nowhere", path.display()))
                    })?
                }
                Some(next)
                    if matches!(
                        self.nodes.get(next).map(|n| &n.body),
                        Some(Body::Directory(_))
                    ) =>
                {
                    next
                }
                _ => {
                    // Of what lies in a partial directory only a part is known too.
                    let lack = self.nodes.get(here).and_then(|n| n.lack);
                    let new = self.add(Node { lack, ..above() })?;
                    self.name(here, part, new)?;
                    new
                }
            };
        }
        Ok(here)
    }

    fn child(&self, directory: usize, name: &OsStr) -> Option<usize> {
        match &self.nodes.get(directory)?.body {
            Body::Directory(names) => names.get(name).copied(),
            _ => None,
        }
    }

    /// The node of a path, no link followed.
    fn index(&self, parts: &[OsString]) -> Option<usize> {
        parts.iter().try_fold(ROOT, |here, part| self.child(here, part))
    }

    /// The node of a path as whoever unpacks the archive finds it: links on the way are followed.
    fn at(&mut self, parts: &[OsString]) -> Option<&mut Node> {
        let found = self.follow(parts, true)?;
        self.nodes.get_mut(found)
    }

    fn follow(&self, parts: &[OsString], last: bool) -> Option<usize> {
        let path = Path::new("/").join(parts.iter().collect::<PathBuf>());
        self.find(&path, last).ok().map(|(_, found)| found)
    }

    /// The node of a path and the path without links.
    fn find(&self, path: &Path, last: bool) -> Result<(PathBuf, usize), Miss> {
        let mut left: Vec<OsString> = steps(path);
        left.reverse();
        let mut open: Vec<(OsString, usize)> = Vec::new();
        let mut links = 0;
        while let Some(part) = left.pop() {
            if part == ".." {
                open.pop();
                continue;
            }
            let here = open.last().map_or(ROOT, |(_, n)| *n);
            let lack = self.nodes.get(here).and_then(|n| n.lack);
            let missing = || lack.map_or(Miss::Absent, Lack::miss);
            let found = self.child(here, &part).ok_or_else(missing)?;
            let node = self.nodes.get(found).ok_or(Miss::Absent)?;
            match &node.body {
                Body::Link(to) if last || !left.is_empty() => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(Miss::Loop);
                    }
                    if to.is_absolute() {
                        open.clear();
                    }
                    left.extend(steps(to).into_iter().rev());
                }
                Body::Directory(_) => open.push((part, found)),
                _ if left.is_empty() => open.push((part, found)),
                _ => return Err(Miss::Absent),
            }
        }
        let path = open.iter().fold(PathBuf::from("/"), |p, (name, _)| p.join(name));
        Ok((path, open.last().map_or(ROOT, |(_, n)| *n)))
    }

    fn node(&self, path: &Path, last: bool) -> Result<&Node, Miss> {
        let (_, found) = self.find(path, last)?;
        self.nodes.get(found).ok_or(Miss::Absent)
    }

    /// The content of a regular file: where it lies and its size.
    pub(crate) fn content(&self, path: &Path) -> Result<Blob, Miss> {
        let node = self.node(path, true)?;
        match &node.body {
            Body::File(blob, at) => {
                let blob = self.blobs.get(*blob).ok_or(Miss::Absent)?;
                blob.part(*at, node.stat.size).map_err(|e| Miss::Failed(e.to_string()))
            }
            Body::Without => Err(Miss::Failed("its content did not come along".to_owned())),
            _ => Err(Miss::Kind(node.stat.kind.as_str())),
        }
    }
}

/// The steps of a name in an archive. It may begin with a slash; it may not lead out.
fn parts(name: &[u8]) -> Result<Vec<OsString>, ArchiveError> {
    let path = Path::new(OsStr::from_bytes(name));
    let steps = steps(path);
    if steps.iter().any(|s| s == "..") {
        let text = format!("it names {}, which lies outside its root", path.display());
        return Err(ArchiveError::broken(text));
    }
    if steps.len() > MAX_DEPTH {
        return Err(ArchiveError::Bomb(format!("a name lies more than {MAX_DEPTH} deep")));
    }
    Ok(steps)
}

fn steps(path: &Path) -> Vec<OsString> {
    path.components()
        .filter_map(|c| match c {
            Component::Normal(part) => Some(part.to_owned()),
            Component::ParentDir => Some(OsString::from("..")),
            _ => None,
        })
        .collect()
}

fn shown(parts: &[OsString]) -> String {
    parts.iter().collect::<PathBuf>().display().to_string()
}

/// A directory that nobody described: one above something that was.
fn above() -> Node {
    let body = Body::Directory(BTreeMap::new());
    Node { stat: directory(), body, xattrs: Vec::new(), told: true, lack: None }
}

fn directory() -> Stat {
    let kind = FileKind::Directory;
    Stat { kind, mode: 0o755, uid: 0, gid: 0, size: 0, modified: 0, links: 1, device: 0, inode: 0 }
}

impl Root for Tree {
    fn standing(&self) -> Standing {
        self.standing
    }

    fn stat(&self, path: &Path) -> Result<Stat, Miss> {
        self.node(path, true).map(|n| n.stat)
    }

    fn lstat(&self, path: &Path) -> Result<Stat, Miss> {
        self.node(path, false).map(|n| n.stat)
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, Miss> {
        if let Body::Kept(content) = &self.node(path, true)?.body {
            return Ok(content.clone());
        }
        let content = self.content(path)?;
        if content.len > MAX_FILE {
            return Err(Miss::TooLarge(content.len));
        }
        self.head(path, usize::try_from(content.len).unwrap_or(usize::MAX))
    }

    fn head(&self, path: &Path, bytes: usize) -> Result<Vec<u8>, Miss> {
        if let Body::Kept(content) = &self.node(path, true)?.body {
            return Ok(content.iter().copied().take(bytes).collect());
        }
        self.content(path)?.read_at(0, bytes).map_err(|e| Miss::Failed(e.to_string()))
    }

    fn pieces(&self, path: &Path, take: &mut dyn FnMut(&[u8])) -> Result<(), Miss> {
        let content = self.content(path)?;
        let mut at = 0;
        while at < content.len {
            let piece = content.read_at(at, PIECE).map_err(|e| Miss::Failed(e.to_string()))?;
            at += piece.len() as u64;
            take(&piece);
        }
        Ok(())
    }

    fn list(&self, path: &Path) -> Result<Vec<OsString>, Miss> {
        let node = self.node(path, true)?;
        match &node.body {
            Body::Directory(names) => match node.lack {
                None => Ok(names.keys().cloned().collect()),
                Some(lack) => Err(lack.miss()),
            },
            _ => Err(Miss::Kind(node.stat.kind.as_str())),
        }
    }

    fn link(&self, path: &Path) -> Result<PathBuf, Miss> {
        let node = self.node(path, false)?;
        match &node.body {
            Body::Link(to) => Ok(to.clone()),
            _ => Err(Miss::Kind(node.stat.kind.as_str())),
        }
    }

    fn resolve(&self, path: &Path) -> Result<PathBuf, Miss> {
        self.find(path, true).map(|(p, _)| p)
    }

    fn ask(&self, question: Question) -> Result<Vec<u8>, Miss> {
        let missing = || Err(Miss::Failed("the answer did not come along".to_owned()));
        self.answers.get(&question).cloned().unwrap_or_else(missing)
    }

    fn xattr(&self, path: &Path, name: &str) -> Result<Option<Vec<u8>>, Miss> {
        let node = self.node(path, false)?;
        let found = node.xattrs.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        if found.is_none() && !node.told {
            return Err(Miss::Failed("its extended attributes did not come along".to_owned()));
        }
        Ok(found)
    }
}
