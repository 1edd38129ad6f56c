//! The entries of a tar: POSIX `ustar` and `pax`, and what GNU tar adds for long names.

use std::collections::BTreeMap;

use assay_host::{FileKind, Stat};

use super::ArchiveError;
use super::blob::Blob;

const BLOCK: u64 = 512;
/// Most bytes of a header that gives long names or attributes.
const MAX_EXTRA: u64 = 1 << 20;

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// Its name, as it is written.
    pub(crate) name: Vec<u8>,
    /// What it is.
    pub(crate) what: What,
    /// Kind, mode, owner, size.
    pub(crate) stat: Stat,
    /// Where its content begins.
    pub(crate) at: u64,
    /// Extended attributes.
    pub(crate) xattrs: Vec<(String, Vec<u8>)>,
}

/// What an entry is, beside its [`FileKind`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    /// A name of its own.
    Own,
    /// Another name of an earlier entry.
    Hard(Vec<u8>),
    /// A symbolic link.
    Symbolic(Vec<u8>),
}

/// Reads the entries one by one. Contents are passed over.
#[derive(Debug)]
pub(crate) struct Entries {
    blob: Blob,
    at: u64,
    /// Values that hold for all entries that follow (`pax` type `g`).
    global: BTreeMap<String, Vec<u8>>,
    ended: bool,
    /// Whether other archives may follow the end of one.
    several: bool,
}

impl Entries {
    /// The entries of a tar.
    pub(crate) const fn of(blob: Blob) -> Self {
        Self { blob, at: 0, global: BTreeMap::new(), ended: false, several: false }
    }

    /// The entries of tars one after another.
    pub(crate) const fn of_several(blob: Blob) -> Self {
        Self { blob, at: 0, global: BTreeMap::new(), ended: false, several: true }
    }

    /// The next entry; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Entry>, ArchiveError> {
        let mut extra: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        let (mut long_name, mut long_link) = (None, None);
        while !self.ended {
            let Some(head) = self.header()? else { return Ok(None) };
            let size = number(head.get(124..136))?;
            let kind = head.get(156).copied().unwrap_or(0);
            match kind {
                b'x' | b'g' => {
                    let values = pax(&self.extra(size)?)?;
                    let to = if kind == b'g' { &mut self.global } else { &mut extra };
                    to.extend(values);
                }
                b'L' => long_name = Some(until_zero(&self.extra(size)?).to_vec()),
                b'K' => long_link = Some(until_zero(&self.extra(size)?).to_vec()),
                _ => {
                    let mut all = self.global.clone();
                    all.append(&mut extra);
                    return self.entry(&head, kind, size, &all, long_name, long_link).map(Some);
                }
            }
        }
        Ok(None)
    }

    /// The next header; `None` at the end of the archive.
    fn header(&mut self) -> Result<Option<Vec<u8>>, ArchiveError> {
        loop {
            if self.at >= self.blob.len {
                self.ended = true;
                return Ok(None);
            }
            let head = self.blob.read_at(self.at, 512)?;
            if head.len() < 512 {
                return Err(ArchiveError::broken("it is cut off in the middle of a header"));
            }
            self.at += BLOCK;
            if head.iter().any(|b| *b != 0) {
                return checked(head).map(Some);
            }
            if !self.several {
                self.ended = true;
                return Ok(None);
            }
        }
    }

    fn extra(&mut self, size: u64) -> Result<Vec<u8>, ArchiveError> {
        if size > MAX_EXTRA {
            return Err(ArchiveError::Bomb(format!("a header of {size} bytes")));
        }
        let bytes =
            self.blob.part(self.at, size)?.read_at(0, usize::try_from(size).unwrap_or(0))?;
        self.pass(size)?;
        Ok(bytes)
    }

    /// Passes over a content and what fills its last block.
    fn pass(&mut self, size: u64) -> Result<(), ArchiveError> {
        let next = size.div_ceil(BLOCK).checked_mul(BLOCK).and_then(|n| self.at.checked_add(n));
        self.at = next.ok_or_else(|| ArchiveError::broken("a size is too large"))?;
        Ok(())
    }

    fn entry(
        &mut self,
        head: &[u8],
        kind: u8,
        size: u64,
        extra: &BTreeMap<String, Vec<u8>>,
        long_name: Option<Vec<u8>>,
        long_link: Option<Vec<u8>>,
    ) -> Result<Entry, ArchiveError> {
        let field = |from: usize, to: usize| until_zero(head.get(from..to).unwrap_or_default());
        let said = |key: &str| extra.get(key).and_then(|v| std::str::from_utf8(v).ok());
        let numbers = |key: &str, from: usize, to: usize| match said(key) {
            Some(text) => {
                text.split('.').next().and_then(|t| t.parse::<u64>().ok()).ok_or_else(|| {
                    ArchiveError::broken(format!("a header gives no number for {key}"))
                })
            }
            None => number(head.get(from..to)),
        };
        let size = if said("size").is_some() { numbers("size", 124, 136)? } else { size };
        let prefix =
            if head.get(257..263) == Some(b"ustar\0".as_slice()) { field(345, 500) } else { b"" };
        let name = extra.get("path").cloned().or(long_name).unwrap_or_else(|| {
            let mut name = prefix.to_vec();
            if !name.is_empty() {
                name.push(b'/');
            }
            name.extend(field(0, 100));
            name
        });
        let link = extra
            .get("linkpath")
            .cloned()
            .or(long_link)
            .unwrap_or_else(|| field(157, 257).to_vec());
        let (file, what) = match kind {
            b'1' => (FileKind::File, What::Hard(link)),
            b'2' => (FileKind::Link, What::Symbolic(link)),
            b'3' | b'4' => (FileKind::Device, What::Own),
            b'5' => (FileKind::Directory, What::Own),
            b'6' => (FileKind::Fifo, What::Own),
            // Old archives mark directories by a slash at the end.
            _ if name.ends_with(b"/") => (FileKind::Directory, What::Own),
            _ => (FileKind::File, What::Own),
        };
        let has_content = !matches!(kind, b'1'..=b'6');
        let at = self.at;
        if has_content {
            self.blob.part(at, size)?;
            self.pass(size)?;
        }
        let id =
            |n: u64| u32::try_from(n).map_err(|_| ArchiveError::broken("an owner is too large"));
        let stat = Stat {
            kind: file,
            mode: u32::try_from(number(head.get(100..108))? & 0o7777).unwrap_or(0),
            uid: id(numbers("uid", 108, 116)?)?,
            gid: id(numbers("gid", 116, 124)?)?,
            size: if has_content { size } else { 0 },
            modified: numbers("mtime", 136, 148)
                .ok()
                .and_then(|n| i64::try_from(n).ok())
                .unwrap_or(0),
            links: 1,
            device: 0,
            inode: 0,
        };
        let xattrs = extra
            .iter()
            .filter_map(|(k, v)| Some((k.strip_prefix("SCHILY.xattr.")?.to_owned(), v.clone())))
            .collect();
        Ok(Entry { name, what, stat, at, xattrs })
    }
}

/// A header, where its checksum is right.
fn checked(head: Vec<u8>) -> Result<Vec<u8>, ArchiveError> {
    let said = number(head.get(148..156))?;
    let sum: u64 = head
        .iter()
        .enumerate()
        .map(|(i, b)| if (148..156).contains(&i) { 32 } else { u64::from(*b) })
        .sum();
    if sum != said {
        return Err(ArchiveError::broken("it is no tar, or damaged: a checksum is wrong"));
    }
    Ok(head)
}

/// A number of a header: octal digits, or, with the highest bit set, bytes of the number itself.
fn number(field: Option<&[u8]>) -> Result<u64, ArchiveError> {
    let bad = || ArchiveError::broken("it is no tar, or damaged: a header holds no number");
    let field = field.ok_or_else(bad)?;
    let (first, rest) = field.split_first().ok_or_else(bad)?;
    if first & 0x80 != 0 {
        let mut out = u64::from(first & 0x7f);
        for b in rest {
            out =
                out.checked_mul(256).and_then(|n| n.checked_add(u64::from(*b))).ok_or_else(bad)?;
        }
        return Ok(out);
    }
    let text = std::str::from_utf8(until_zero(field)).map_err(|_| bad())?.trim();
    if text.is_empty() { Ok(0) } else { u64::from_str_radix(text, 8).map_err(|_| bad()) }
}

fn until_zero(bytes: &[u8]) -> &[u8] {
    bytes.split(|b| *b == 0).next().unwrap_or_default()
}

/// The records of a `pax` header: `<length> <key>=<value>\n`.
fn pax(mut bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, ArchiveError> {
    let bad = || ArchiveError::broken("a header with attributes is damaged");
    let mut out = BTreeMap::new();
    while !bytes.is_empty() && bytes.first() != Some(&0) {
        let space = bytes.iter().take(12).position(|b| *b == b' ').ok_or_else(bad)?;
        let length = bytes.get(..space).and_then(|d| std::str::from_utf8(d).ok());
        let length: usize = length.and_then(|t| t.parse().ok()).ok_or_else(bad)?;
        let record =
            bytes.get(space + 1..length).and_then(|r| r.strip_suffix(b"\n")).ok_or_else(bad)?;
        let equals = record.iter().position(|b| *b == b'=').ok_or_else(bad)?;
        let (key, value) = record.split_at(equals);
        let key = String::from_utf8_lossy(key).into_owned();
        out.insert(key, value.get(1..).unwrap_or_default().to_vec());
        bytes = bytes.get(length..).unwrap_or_default();
    }
    Ok(out)
}
