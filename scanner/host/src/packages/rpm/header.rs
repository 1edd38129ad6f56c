//! The header of one package, as all formats of rpm's database hold it.
//!
//! Two big-endian numbers (entries, bytes of data), an index of sixteen bytes for each entry (tag,
//! type, offset, count), then the data. Source: rpm's manual of its package format.

use super::bytes::{at, be16, be32, size};

/// Tags, by their numbers in `rpmtag.h`.
pub(super) mod tag {
    pub(in super::super) const NAME: u32 = 1000;
    pub(in super::super) const VERSION: u32 = 1001;
    pub(in super::super) const RELEASE: u32 = 1002;
    pub(in super::super) const EPOCH: u32 = 1003;
    pub(in super::super) const ARCH: u32 = 1022;
    pub(in super::super) const OLD_NAMES: u32 = 1027;
    pub(in super::super) const STATES: u32 = 1029;
    pub(in super::super) const MODES: u32 = 1030;
    pub(in super::super) const DIGESTS: u32 = 1035;
    pub(in super::super) const FLAGS: u32 = 1037;
    pub(in super::super) const VERIFY_FLAGS: u32 = 1045;
    pub(in super::super) const DIR_INDEXES: u32 = 1116;
    pub(in super::super) const BASE_NAMES: u32 = 1117;
    pub(in super::super) const DIR_NAMES: u32 = 1118;
    pub(in super::super) const CAPABILITIES: u32 = 5010;
    pub(in super::super) const DIGEST_ALGORITHM: u32 = 5011;
    pub(in super::super) const MODULE: u32 = 5096;
}

/// Most entries, and most bytes of data: rpm's own limits.
const MAX_ENTRIES: usize = 0xffff;
const MAX_DATA: usize = 0x0fff_ffff;

/// Most texts or numbers of one entry that are taken in: no package has as many files.
const MAX_COUNT: usize = 1 << 20;

/// A header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header<'a> {
    index: &'a [u8],
    data: &'a [u8],
}

impl<'a> Header<'a> {
    /// Reads one. `None`: it is none.
    pub(super) fn parse(blob: &'a [u8]) -> Option<Self> {
        let (entries, bytes) = (size(be32(blob, 0)?), size(be32(blob, 4)?));
        if entries == 0 || entries > MAX_ENTRIES || bytes > MAX_DATA {
            return None;
        }
        let index = at(blob, 8, entries * 16)?;
        let data = at(blob, 8 + entries * 16, bytes)?;
        Some(Self { index, data })
    }

    /// Type, count and the data from its place on.
    fn entry(&self, tag: u32) -> Option<(u32, usize, &'a [u8])> {
        let entry = self.index.chunks_exact(16).find(|e| be32(e, 0) == Some(tag))?;
        let (kind, from, count) = (be32(entry, 4)?, size(be32(entry, 8)?), size(be32(entry, 12)?));
        Some((kind, count, self.data.get(from..)?))
    }

    /// A text; of several, the first.
    pub(super) fn text(&self, tag: u32) -> Option<&'a [u8]> {
        self.texts(tag)?.first().copied()
    }

    /// Texts. `None`: there are none, or they run beyond the data.
    pub(super) fn texts(&self, tag: u32) -> Option<Vec<&'a [u8]>> {
        let (kind, count, mut rest) = self.entry(tag)?;
        // STRING, STRING_ARRAY, I18NSTRING. Each takes at least its final zero.
        if !matches!(kind, 6 | 8 | 9) || count > rest.len().min(MAX_COUNT) {
            return None;
        }
        let mut out = Vec::with_capacity(count);
        for _ in 0..count {
            let end = rest.iter().position(|b| *b == 0)?;
            let (text, after) = rest.split_at(end);
            out.push(text);
            rest = after.get(1..)?;
        }
        Some(out)
    }

    /// Numbers of 8, 16 or 32 bits. `None`: there are none, or they run beyond the data.
    pub(super) fn numbers(&self, tag: u32) -> Option<Vec<u32>> {
        let (kind, count, rest) = self.entry(tag)?;
        let width = match kind {
            1 | 2 => 1,
            3 => 2,
            4 => 4,
            _ => return None,
        };
        if count > MAX_COUNT {
            return None;
        }
        let bytes = at(rest, 0, count.checked_mul(width)?)?;
        let number = |b: &[u8]| match width {
            1 => b.first().map(|b| u32::from(*b)),
            2 => be16(b, 0).map(u32::from),
            _ => be32(b, 0),
        };
        bytes.chunks_exact(width).map(number).collect()
    }

    /// Whether there is such an entry.
    pub(super) fn has(&self, tag: u32) -> bool {
        self.entry(tag).is_some()
    }
}
