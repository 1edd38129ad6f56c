//! A root in memory: small images, what came over a wire, and tests.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use super::{FileKind, MAX_FILE, Miss, Question, Root, Standing, Stat};

/// Links followed before they count as a circle, as in Linux.
const MAX_LINKS: usize = 40;

/// A name in a [`Memory`].
#[derive(Debug, Clone)]
struct Node {
    stat: Stat,
    content: Vec<u8>,
    link: PathBuf,
    xattrs: BTreeMap<String, Vec<u8>>,
    miss: Option<Miss>,
}

/// A file system in memory.
#[derive(Debug, Clone)]
pub struct Memory {
    standing: Standing,
    nodes: BTreeMap<PathBuf, Node>,
    answers: BTreeMap<Question, Result<Vec<u8>, Miss>>,
}

impl Memory {
    /// An empty root: one directory, root's, mode 0755.
    #[must_use]
    pub fn new(standing: Standing) -> Self {
        let mut memory = Self { standing, nodes: BTreeMap::new(), answers: BTreeMap::new() };
        memory.nodes.insert(PathBuf::from("/"), node(FileKind::Directory, 0o755));
        memory
    }

    /// Adds a regular file of root's with mode 0644, and the directories above it.
    pub fn file(&mut self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> &mut Self {
        let mut file = node(FileKind::File, 0o644);
        file.content = content.as_ref().to_vec();
        file.stat.size = file.content.len() as u64;
        self.put(path.as_ref(), file)
    }

    /// Adds a directory of root's with mode 0755, and those above it.
    pub fn directory(&mut self, path: impl AsRef<Path>) -> &mut Self {
        self.put(path.as_ref(), node(FileKind::Directory, 0o755))
    }

    /// Adds a symbolic link.
    pub fn symlink(&mut self, path: impl AsRef<Path>, to: impl AsRef<Path>) -> &mut Self {
        let mut link = node(FileKind::Link, 0o777);
        link.link = to.as_ref().to_owned();
        self.put(path.as_ref(), link)
    }

    /// Adds a name of another kind.
    pub fn special(&mut self, path: impl AsRef<Path>, kind: FileKind, mode: u32) -> &mut Self {
        self.put(path.as_ref(), node(kind, mode))
    }

    /// Adds a block device with this content.
    pub fn disk(&mut self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> &mut Self {
        let mut device = node(FileKind::Device, 0o660);
        device.content = content.as_ref().to_vec();
        self.put(path.as_ref(), device)
    }

    /// Sets what a program of the host tells.
    pub fn answer(&mut self, question: Question, answer: Result<Vec<u8>, Miss>) -> &mut Self {
        self.answers.insert(question, answer);
        self
    }

    /// Changes owner, group and mode of a name.
    pub fn owned(&mut self, path: impl AsRef<Path>, uid: u32, gid: u32, mode: u32) -> &mut Self {
        self.change(path.as_ref(), |n| {
            (n.stat.uid, n.stat.gid, n.stat.mode) = (uid, gid, mode);
        })
    }

    /// Sets the whole of what a name's file system says.
    pub fn stated(&mut self, path: impl AsRef<Path>, stat: Stat) -> &mut Self {
        self.change(path.as_ref(), |n| n.stat = stat)
    }

    /// Gives a name an extended attribute.
    pub fn attribute(
        &mut self,
        path: impl AsRef<Path>,
        name: &str,
        value: impl AsRef<[u8]>,
    ) -> &mut Self {
        self.change(path.as_ref(), |n| {
            n.xattrs.insert(name.to_owned(), value.as_ref().to_vec());
        })
    }

    /// Makes the content of a name unreadable.
    pub fn unreadable(&mut self, path: impl AsRef<Path>, miss: Miss) -> &mut Self {
        self.change(path.as_ref(), |n| n.miss = Some(miss))
    }

    fn put(&mut self, path: &Path, new: Node) -> &mut Self {
        let path = clean(path);
        for above in path.ancestors().skip(1) {
            let directory = node(FileKind::Directory, 0o755);
            self.nodes.entry(above.to_owned()).or_insert(directory);
        }
        self.nodes.insert(path, new);
        self
    }

    fn change(&mut self, path: &Path, f: impl FnOnce(&mut Node)) -> &mut Self {
        if let Some(node) = self.nodes.get_mut(&clean(path)) {
            f(node);
        }
        self
    }

    /// The node of a path, links above it followed, and the one at its end where `last`.
    fn find(&self, path: &Path, last: bool) -> Result<(PathBuf, &Node), Miss> {
        let mut left: Vec<OsString> = parts(path);
        left.reverse();
        let mut here = PathBuf::from("/");
        let mut links = 0;
        while let Some(part) = left.pop() {
            if part == ".." {
                here.pop();
                continue;
            }
            let next = here.join(&part);
            let node = self.nodes.get(&next).ok_or(Miss::Absent)?;
            if node.stat.kind == FileKind::Link && (last || !left.is_empty()) {
                links += 1;
                if links > MAX_LINKS {
                    return Err(Miss::Loop);
                }
                if node.link.is_absolute() {
                    here = PathBuf::from("/");
                }
                left.extend(parts(&node.link).into_iter().rev());
                continue;
            }
            if !left.is_empty() && node.stat.kind != FileKind::Directory {
                return Err(Miss::Absent);
            }
            here = next;
        }
        let node = self.nodes.get(&here).ok_or(Miss::Absent)?;
        Ok((here, node))
    }
}

fn node(kind: FileKind, mode: u32) -> Node {
    let stat =
        Stat { kind, mode, uid: 0, gid: 0, size: 0, modified: 0, links: 1, device: 0, inode: 0 };
    Node { stat, content: Vec::new(), link: PathBuf::new(), xattrs: BTreeMap::new(), miss: None }
}

fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::from("/");
    for part in parts(path) {
        if part == ".." {
            out.pop();
        } else {
            out.push(part);
        }
    }
    out
}

fn parts(path: &Path) -> Vec<OsString> {
    path.components()
        .filter_map(|c| match c {
            Component::Normal(part) => Some(part.to_owned()),
            Component::ParentDir => Some(OsString::from("..")),
            _ => None,
        })
        .collect()
}

impl Root for Memory {
    fn standing(&self) -> Standing {
        self.standing
    }

    fn stat(&self, path: &Path) -> Result<Stat, Miss> {
        self.find(path, true).map(|(_, n)| n.stat)
    }

    fn lstat(&self, path: &Path) -> Result<Stat, Miss> {
        self.find(path, false).map(|(_, n)| n.stat)
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, Miss> {
        let (_, node) = self.find(path, true)?;
        match &node.miss {
            Some(miss) => Err(miss.clone()),
            None if node.stat.kind != FileKind::File => Err(Miss::Kind(node.stat.kind.as_str())),
            None if node.stat.size > MAX_FILE => Err(Miss::TooLarge(node.stat.size)),
            None => Ok(node.content.clone()),
        }
    }

    fn head(&self, path: &Path, bytes: usize) -> Result<Vec<u8>, Miss> {
        let (_, node) = self.find(path, true)?;
        match &node.miss {
            Some(miss) => Err(miss.clone()),
            None if node.stat.kind != FileKind::File => Err(Miss::Kind(node.stat.kind.as_str())),
            None => Ok(node.content.iter().copied().take(bytes).collect()),
        }
    }

    fn list(&self, path: &Path) -> Result<Vec<OsString>, Miss> {
        let (at, node) = self.find(path, true)?;
        match &node.miss {
            Some(miss) => return Err(miss.clone()),
            None if node.stat.kind != FileKind::Directory => {
                return Err(Miss::Kind(node.stat.kind.as_str()));
            }
            None => {}
        }
        let below = self.nodes.range(at.clone()..).skip(1).take_while(|(p, _)| p.starts_with(&at));
        let mut names: Vec<OsString> = below
            .filter(|(p, _)| p.parent() == Some(&at))
            .filter_map(|(p, _)| p.file_name().map(OsStr::to_owned))
            .collect();
        names.sort();
        Ok(names)
    }

    fn link(&self, path: &Path) -> Result<PathBuf, Miss> {
        let (_, node) = self.find(path, false)?;
        match node.stat.kind {
            FileKind::Link => Ok(node.link.clone()),
            other => Err(Miss::Kind(other.as_str())),
        }
    }

    fn resolve(&self, path: &Path) -> Result<PathBuf, Miss> {
        self.find(path, true).map(|(p, _)| p)
    }

    fn ask(&self, question: Question) -> Result<Vec<u8>, Miss> {
        self.answers.get(&question).cloned().unwrap_or(Err(Miss::Absent))
    }

    fn device(&self, path: &Path, bytes: usize) -> Result<Vec<u8>, Miss> {
        let (_, node) = self.find(path, true)?;
        match &node.miss {
            Some(miss) => Err(miss.clone()),
            None if node.stat.kind != FileKind::Device => Err(Miss::Kind(node.stat.kind.as_str())),
            None => Ok(node.content.iter().copied().take(bytes).collect()),
        }
    }

    fn xattr(&self, path: &Path, name: &str) -> Result<Option<Vec<u8>>, Miss> {
        self.find(path, false).map(|(_, n)| n.xattrs.get(name).cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_inside_and_circles_end() {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/etc/real", "x").symlink("/etc/a", "/etc/real").symlink("/up", "../../etc/real");
        m.symlink("/etc/x", "y").symlink("/etc/y", "x").symlink("/d", "etc");
        assert_eq!(m.read(Path::new("/etc/a")).unwrap(), b"x");
        assert_eq!(m.read(Path::new("/up")).unwrap(), b"x");
        assert_eq!(m.resolve(Path::new("/d/a")).unwrap(), Path::new("/etc/real"));
        assert_eq!(m.read(Path::new("/etc/x")), Err(Miss::Loop));
        assert_eq!(m.read(Path::new("/etc")), Err(Miss::Kind("directory")));
        assert_eq!(m.read(Path::new("/nope/x")), Err(Miss::Absent));
        assert_eq!(m.list(Path::new("/etc")).unwrap(), ["a", "real", "x", "y"]);
    }
}
