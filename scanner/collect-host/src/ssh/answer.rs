//! What the collector answers: names, values of the kernel, attributes, files.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use assay_host::{FileKind, Miss, Question, Standing, Stat};

use crate::archive::{ArchiveError, Blob, Lack, Stream, Tree};

/// Longest part of an answer that is read at once.
const MAX_PART: usize = 1 << 20;

/// A host as it answered.
pub(super) struct Answer {
    /// Its root.
    pub(super) tree: Tree,
    /// What its kernel calls it.
    pub(super) node: String,
    /// Who read it.
    pub(super) uid: String,
}

/// Reads an answer.
pub(super) fn read(blob: &Blob) -> Result<Answer, ArchiveError> {
    let mut from =
        Parts { from: BufReader::with_capacity(256 << 10, Stream::of(blob.clone())), at: 0 };
    // A shell of the user may greet before the collector speaks.
    let mut greeting = 0;
    while from.line()? != b"ASSAY-HOST 1" {
        greeting += 1;
        if greeting > 200 {
            return Err(ArchiveError::broken("the collector did not answer"));
        }
    }
    let text = |line: Vec<u8>, key: &str| {
        let line = String::from_utf8_lossy(&line).into_owned();
        line.strip_prefix(key).map(|v| v.trim().to_owned()).ok_or_else(unexpected)
    };
    let node = text(from.line()?, "node ")?;
    let uid = text(from.line()?, "uid ")?;
    let mut tree = Tree::new(Standing::Running);
    // Of these only what was asked for came along.
    for partial in ["/proc", "/sys", "/dev"] {
        tree.lack(Path::new(partial), Lack::Partly)?;
    }
    let busybox = match from.line()?.as_slice() {
        b"NAMES" => false,
        b"LINES" => true,
        _ => return Err(unexpected()),
    };
    if busybox {
        lines(&mut from, &mut tree)?
    } else {
        names(&mut from, &mut tree)?
    }
    from.section(b"VALUES")?;
    values(&mut from, &mut tree)?;
    from.section(b"ANSWERS")?;
    answers(&mut from, &mut tree)?;
    from.section(b"ATTRIBUTES")?;
    let attributes = attributes(&mut from)?;
    from.section(if busybox { b"TARS" } else { b"FILES" })?;
    let at = from.at;
    let files = blob.part(at, blob.len.saturating_sub(at))?;
    if busybox {
        tree.overlay_several(files)?
    } else {
        tree.overlay(files)?
    }
    tree.attributes(attributes);
    Ok(Answer { tree, node, uid })
}

fn unexpected() -> ArchiveError {
    ArchiveError::broken("it is cut off, or not the collector's")
}

/// The answer, part by part.
struct Parts {
    from: BufReader<Stream>,
    at: u64,
}

impl Parts {
    fn until(&mut self, end: u8) -> Result<Vec<u8>, ArchiveError> {
        use std::io::Read;
        let mut out = Vec::new();
        let n = (&mut self.from).take(MAX_PART as u64).read_until(end, &mut out)?;
        if out.pop() != Some(end) {
            return Err(unexpected());
        }
        self.at += n as u64;
        Ok(out)
    }

    fn line(&mut self) -> Result<Vec<u8>, ArchiveError> {
        self.until(b'\n')
    }

    fn section(&mut self, name: &[u8]) -> Result<(), ArchiveError> {
        if self.line()? == name { Ok(()) } else { Err(unexpected()) }
    }
}

/// `<mark><kind> <mode> <uid> <gid> <size> <time> <links> <path>`, zero, target, zero.
fn names(from: &mut Parts, tree: &mut Tree) -> Result<(), ArchiveError> {
    loop {
        let record = from.until(0)?;
        if record == b"E" {
            return Ok(());
        }
        let target = from.until(0)?;
        let (mark, rest) = record.split_first().ok_or_else(unexpected)?;
        let fields: Vec<&[u8]> = rest.splitn(8, |b| *b == b' ').collect();
        let [kind, mode, uid, gid, size, time, links, path] = fields.as_slice() else {
            return Err(unexpected());
        };
        let text = |f: &[u8]| String::from_utf8_lossy(f).into_owned();
        let number = |f: &[u8]| text(f).parse::<u64>().map_err(|_| unexpected());
        let id = |f: &[u8]| text(f).parse::<u32>().map_err(|_| unexpected());
        let kind = match *kind {
            b"f" => FileKind::File,
            b"d" => FileKind::Directory,
            b"l" => FileKind::Link,
            b"p" => FileKind::Fifo,
            b"s" => FileKind::Socket,
            b"b" | b"c" => FileKind::Device,
            // Something that changed while it was looked at.
            _ => continue,
        };
        let stat = Stat {
            kind,
            mode: u32::from_str_radix(&text(mode), 8).map_err(|_| unexpected())?,
            uid: id(uid)?,
            gid: id(gid)?,
            size: number(size)?,
            modified: text(time).split('.').next().and_then(|t| t.parse().ok()).unwrap_or(0),
            links: number(links)?,
            device: 0,
            inode: 0,
        };
        let path = Path::new(OsStr::from_bytes(path));
        tree.name_of(path, stat, Path::new(OsStr::from_bytes(&target)))?;
        match mark {
            b'U' => tree.lack(path, Lack::Denied)?,
            b'P' => tree.lack(path, Lack::Partly)?,
            _ => {}
        }
    }
}

/// What BusyBox says of names: `<mark><mode with kind, hex> <uid> <gid> <size> <time> <links> <path>` in
/// lines, then directories that may not be read, then names that hold a line's end, each with a zero.
fn lines(from: &mut Parts, tree: &mut Tree) -> Result<(), ArchiveError> {
    loop {
        let line = from.line()?;
        if line == b"END" {
            break;
        }
        let (mark, rest) = line.split_first().ok_or_else(unexpected)?;
        let fields: Vec<&[u8]> = rest.splitn(7, |b| *b == b' ').collect();
        let [mode, uid, gid, size, time, links, path] = fields.as_slice() else {
            return Err(unexpected());
        };
        let text = |f: &[u8]| String::from_utf8_lossy(f).into_owned();
        let number = |f: &[u8]| text(f).parse::<u64>().map_err(|_| unexpected());
        let id = |f: &[u8]| text(f).parse::<u32>().map_err(|_| unexpected());
        let mode = u32::from_str_radix(&text(mode), 16).map_err(|_| unexpected())?;
        let kind = match mode & 0o170_000 {
            0o100_000 => FileKind::File,
            0o040_000 => FileKind::Directory,
            0o120_000 => FileKind::Link,
            0o010_000 => FileKind::Fifo,
            0o140_000 => FileKind::Socket,
            0o060_000 | 0o020_000 => FileKind::Device,
            _ => return Err(unexpected()),
        };
        let stat = Stat {
            kind,
            mode: mode & 0o7777,
            uid: id(uid)?,
            gid: id(gid)?,
            size: number(size)?,
            modified: text(time).parse().unwrap_or(0),
            links: number(links)?,
            device: 0,
            inode: 0,
        };
        let path = Path::new(OsStr::from_bytes(path));
        tree.name_of(path, stat, Path::new(""))?;
        if *mark == b'P' {
            tree.lack(path, Lack::Partly)?;
        }
    }
    for lack in [Lack::Denied, Lack::Partly] {
        loop {
            let path = from.until(0)?;
            if path == b"E" {
                break;
            }
            // What cannot be named in a line is missing in the directory that it lies in.
            let line = path.split(|b| *b == b'\n').next().unwrap_or_default();
            let folder = match (lack, line.iter().rposition(|b| *b == b'/')) {
                (Lack::Partly, Some(end)) => line.get(..end.max(1)).unwrap_or_default(),
                _ => path.as_slice(),
            };
            tree.lack(Path::new(OsStr::from_bytes(folder)), lack)?;
        }
    }
    Ok(())
}

/// `<path>:<line>` of files of the kernel.
fn values(from: &mut Parts, tree: &mut Tree) -> Result<(), ArchiveError> {
    let mut all: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    loop {
        let line = from.line()?;
        if line == b"END" {
            break;
        }
        let Some(colon) = line.iter().position(|b| *b == b':') else { continue };
        let (path, value) = line.split_at(colon);
        let path = Path::new(OsStr::from_bytes(path));
        if path.starts_with("/proc") || path.starts_with("/sys") {
            let to = all.entry(path.to_owned()).or_default();
            to.extend(value.get(1..).unwrap_or_default());
            to.push(b'\n');
        }
    }
    for (path, content) in all {
        tree.keep(&path, content)?;
    }
    Ok(())
}

/// What programs of the host told: a mark and a name, then the lines of the answer after bars.
fn answers(from: &mut Parts, tree: &mut Tree) -> Result<(), ArchiveError> {
    let mut here: Option<(Question, Vec<u8>)> = None;
    loop {
        let line = from.line()?;
        if let (Some(text), Some((_, all))) = (line.strip_prefix(b"|"), &mut here) {
            all.extend(text);
            all.push(b'\n');
            continue;
        }
        if let Some((question, all)) = here.take() {
            tree.told(question, Ok(all));
        }
        if line == b"END" {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&line).into_owned();
        let (mark, name) = text.split_once(' ').ok_or_else(unexpected)?;
        let Some(question) = Question::ALL.into_iter().find(|q| name_of(*q) == name) else {
            return Err(unexpected());
        };
        match mark {
            "A" => here = Some((question, Vec::new())),
            "D" => tree.told(question, Err(Miss::Denied)),
            "N" => tree.told(question, Err(Miss::Absent)),
            _ => tree.told(question, Err(Miss::Failed("its program failed".to_owned()))),
        }
    }
}

/// As the collector calls them.
const fn name_of(question: Question) -> &'static str {
    match question {
        Question::Nftables => "nftables",
        Question::Iptables => "iptables",
        Question::Ip6tables => "ip6tables",
        Question::LegacyIptables => "legacy_iptables",
        Question::LegacyIp6tables => "legacy_ip6tables",
    }
}

/// What `getfattr --encoding=hex` prints: `# file: <path>`, then `<name>=0x<hex>`. `None`: the host
/// has no such program.
type Attributes = Option<BTreeMap<PathBuf, Vec<(String, Vec<u8>)>>>;

fn attributes(from: &mut Parts) -> Result<Attributes, ArchiveError> {
    let mut out: Attributes = None;
    let mut here: Option<PathBuf> = None;
    loop {
        let line = from.line()?;
        match line.as_slice() {
            b"END" => return Ok(out),
            b"all" if out.is_none() => out = Some(BTreeMap::new()),
            b"" => here = None,
            _ => {
                if let Some(path) = line.strip_prefix(b"# file: ") {
                    here = Some(PathBuf::from(OsStr::from_bytes(&unescape(path))));
                } else if let (Some(path), Some(all)) = (&here, &mut out)
                    && let Some((name, value)) = pair(&line)
                {
                    all.entry(path.clone()).or_default().push((name, value));
                }
            }
        }
    }
}

fn pair(line: &[u8]) -> Option<(String, Vec<u8>)> {
    let (name, hex) = std::str::from_utf8(line).ok()?.split_once("=0x")?;
    let byte = |i: usize| hex.get(i..i + 2).and_then(|d| u8::from_str_radix(d, 16).ok());
    let value: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(byte).collect();
    Some((name.to_owned(), value?))
}

/// `getfattr` writes odd bytes of names as three octal digits after a backslash.
fn unescape(name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((first, more)) = rest.split_first() {
        let octal = more.get(..3).and_then(|d| std::str::from_utf8(d).ok());
        match octal.and_then(|d| u8::from_str_radix(d, 8).ok()).filter(|_| *first == b'\\') {
            Some(byte) => {
                out.push(byte);
                rest = more.get(3..).unwrap_or_default();
            }
            None => {
                out.push(*first);
                rest = more;
            }
        }
    }
    out
}
