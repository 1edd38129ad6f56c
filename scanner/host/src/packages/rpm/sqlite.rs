//! The table `Packages` of a SQLite database, page by page.
//!
//! The file comes from an audited host: SQLite itself would run what its schema says (a view in the
//! place of the table may count to infinity). Here only pages are followed, each once. Source: the
//! description of SQLite's file format and of its write-ahead log.

use std::collections::{BTreeMap, HashSet};

use super::bytes::{at, be16, be32, size};

/// Most pages above each other.
const MAX_DEPTH: usize = 24;
/// Length of the header of a log, and of that of each frame in it.
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// The pages of a database, those of its log laid over them.
struct Pages<'a> {
    file: &'a [u8],
    /// Bytes of a page.
    size: usize,
    /// Bytes of a page that are used.
    usable: usize,
    log: BTreeMap<u32, &'a [u8]>,
    met: HashSet<u32>,
    /// Bytes of rows that may still come: cells that overlap would make more of them than there are.
    left: usize,
}

/// Hands on the blob of every row of `Packages`. `None`: the file is damaged.
pub(super) fn packages(
    file: &[u8],
    log: Option<&[u8]>,
    take: &mut dyn FnMut(&[u8]) -> Option<()>,
) -> Option<()> {
    let mut pages = Pages::open(file, log)?;
    let mut root = None;
    pages.rows(1, &mut |row| {
        let columns = columns(row)?;
        let text = |n: usize| columns.get(n).map(|(_, bytes)| *bytes);
        if text(0) == Some(b"table") && text(1) == Some(b"Packages") {
            let (kind, bytes) = columns.get(3)?;
            root = integer(*kind, bytes);
        }
        Some(())
    })?;
    pages.rows(u32::try_from(root?).ok()?, &mut |row| {
        let columns = columns(row)?;
        // Even types from 12 on are blobs.
        let (_, blob) = columns.iter().find(|(kind, _)| *kind >= 12 && kind % 2 == 0)?;
        take(blob)
    })
}

impl<'a> Pages<'a> {
    fn open(file: &'a [u8], log: Option<&'a [u8]>) -> Option<Self> {
        let log = match log {
            Some(log) => committed(log)?,
            None => None,
        };
        // A database that was only written to its log so far has no page of its own.
        let (log_size, log) = log.map_or((None, BTreeMap::new()), |l| (Some(l.0), l.1));
        let first = log.get(&1).copied().unwrap_or(file);
        if at(first, 0, 16)? != b"SQLite format 3\0" {
            return None;
        }
        let bytes = match be16(first, 16)? {
            1 => 65_536,
            n if n >= 512 && n.is_power_of_two() => usize::from(n),
            _ => return None,
        };
        if log_size.is_some_and(|n| n != bytes) {
            return None;
        }
        let usable = bytes.checked_sub(usize::from(*first.get(20)?))?;
        if usable < 480 {
            return None;
        }
        // Without a log the file is as long as its header says.
        if log.is_empty() && size(be32(first, 28)?).checked_mul(bytes)? > file.len() {
            return None;
        }
        let left = file.len() + log.len() * bytes;
        Some(Self { file, size: bytes, usable, log, met: HashSet::new(), left })
    }

    /// A page, the first time that it is asked for.
    fn page(&mut self, number: u32) -> Option<&'a [u8]> {
        if number == 0 || !self.met.insert(number) {
            return None;
        }
        if let Some(page) = self.log.get(&number) {
            return Some(page);
        }
        at(self.file, (size(number) - 1).checked_mul(self.size)?, self.size)
    }

    /// Hands on the record of every row of a table.
    fn rows(&mut self, root: u32, take: &mut dyn FnMut(&[u8]) -> Option<()>) -> Option<()> {
        let mut open = vec![(root, 0)];
        while let Some((number, depth)) = open.pop() {
            let page = self.page(number)?;
            let head = if number == 1 { 100 } else { 0 };
            let cells = usize::from(be16(page, head + 3)?);
            match *page.get(head)? {
                // An inner page: children on the left of each cell, and the last one.
                5 if depth < MAX_DEPTH => {
                    open.push((be32(page, head + 8)?, depth + 1));
                    for n in (0..cells).rev() {
                        let cell = usize::from(be16(page, head + 12 + 2 * n)?);
                        open.push((be32(page, cell)?, depth + 1));
                    }
                }
                13 => {
                    for n in 0..cells {
                        let cell = usize::from(be16(page, head + 8 + 2 * n)?);
                        let record = self.record(page.get(cell..)?)?;
                        take(&record)?;
                    }
                }
                _ => return None,
            }
        }
        Some(())
    }

    /// The record of a cell: its length, its row's number, its bytes, the rest of them in a chain.
    fn record(&mut self, cell: &'a [u8]) -> Option<std::borrow::Cow<'a, [u8]>> {
        let (length, n) = varint(cell)?;
        let (_, m) = varint(cell.get(n..)?)?;
        let length = usize::try_from(length).ok()?;
        self.left = self.left.checked_sub(length)?;
        let most = self.usable - 35;
        if length <= most {
            return Some(at(cell, n + m, length)?.into());
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let left = least + (length - least) % (self.usable - 4);
        let local = if left <= most { left } else { least };
        let mut out = at(cell, n + m, local)?.to_vec();
        let mut next = be32(cell, n + m + local)?;
        while out.len() < length {
            let page = self.page(next)?;
            let bytes = (self.usable - 4).min(length - out.len());
            out.extend(at(page, 4, bytes)?);
            next = be32(page, 0)?;
        }
        Some(out.into())
    }
}

/// The pages that a log has committed: their size, and the last version of each. Inner `None`: the log
/// is empty, or was never begun.
#[expect(clippy::type_complexity, reason = "a pair of a size and a map")]
fn committed(log: &[u8]) -> Option<Option<(usize, BTreeMap<u32, &[u8]>)>> {
    if log.iter().take(LOG_HEADER).all(|b| *b == 0) {
        return Some(None);
    }
    let head = at(log, 0, LOG_HEADER)?;
    // The lowest bit of the magic number tells the byte order of the checksums.
    let big = match be32(head, 0)? {
        0x377f_0682 => false,
        0x377f_0683 => true,
        _ => return None,
    };
    let bytes = size(be32(head, 8)?);
    if !(512..=65_536).contains(&bytes) || !bytes.is_power_of_two() {
        return None;
    }
    let mut sum = checksum((0, 0), at(head, 0, 24)?, big)?;
    if sum != (be32(head, 24)?, be32(head, 28)?) {
        return Some(None);
    }
    let (mut done, mut open) = (BTreeMap::new(), Vec::new());
    for frame in log.get(LOG_HEADER..)?.chunks_exact(FRAME_HEADER + bytes) {
        let page = at(frame, FRAME_HEADER, bytes)?;
        sum = checksum(checksum(sum, at(frame, 0, 8)?, big)?, page, big)?;
        // What another run left behind ends the log.
        if at(frame, 8, 8)? != at(head, 16, 8)? || sum != (be32(frame, 16)?, be32(frame, 20)?) {
            break;
        }
        open.push((be32(frame, 0)?, page));
        if be32(frame, 4)? != 0 {
            done.extend(open.drain(..));
        }
    }
    Some((!done.is_empty()).then_some((bytes, done)))
}

/// Goes on with a checksum over bytes, eight at a time.
fn checksum(mut sum: (u32, u32), bytes: &[u8], big: bool) -> Option<(u32, u32)> {
    for eight in bytes.chunks_exact(8) {
        let word = |from: usize| {
            let four: [u8; 4] = *at(eight, from, 4)?.first_chunk()?;
            Some(if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
        };
        sum.0 = sum.0.wrapping_add(word(0)?).wrapping_add(sum.1);
        sum.1 = sum.1.wrapping_add(word(4)?).wrapping_add(sum.0);
    }
    Some(sum)
}

/// A number of one to nine bytes, seven bits in each but the ninth.
fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut out = 0_u64;
    for (n, byte) in bytes.iter().take(9).enumerate() {
        if n == 8 {
            return Some((out << 8 | u64::from(*byte), 9));
        }
        out = out << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((out, n + 1));
        }
    }
    None
}

/// The columns of a record: their types and bytes.
fn columns(record: &[u8]) -> Option<Vec<(u64, &[u8])>> {
    let (head, mut here) = varint(record)?;
    let head = usize::try_from(head).ok().filter(|n| *n <= record.len())?;
    let mut out = Vec::new();
    let mut from = head;
    while here < head {
        let (kind, n) = varint(record.get(here..head)?)?;
        here += n;
        let bytes = match kind {
            0 | 8 | 9 => 0,
            n @ 1..=4 => n,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            n => (n - 12) / 2,
        };
        let bytes = usize::try_from(bytes).ok()?;
        out.push((kind, at(record, from, bytes)?));
        from += bytes;
    }
    Some(out)
}

/// The value of a column that holds an integer.
fn integer(kind: u64, bytes: &[u8]) -> Option<u64> {
    match kind {
        8 => Some(0),
        9 => Some(1),
        1..=6 => Some(bytes.iter().fold(0, |n, b| n << 8 | u64::from(*b))),
        _ => None,
    }
}
