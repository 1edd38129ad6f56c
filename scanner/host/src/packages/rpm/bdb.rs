//! The hash of Berkeley DB (`Packages` of rpm before 4.16): pages of pairs, long values in chains.

use super::bytes::{at, be16, be32, le16, le32, size};

/// What tells a hash, at its place.
const MAGIC: u32 = 0x0006_1561;
/// Length of a page's header.
const HEADER: usize = 26;
/// Kinds of pages.
const HASH_UNSORTED: u8 = 2;
const OVERFLOW: u8 = 7;
const HASH: u8 = 13;
/// Kinds of items.
const ITEM: u8 = 1;
const CHAIN: u8 = 3;

struct Pages<'a> {
    file: &'a [u8],
    size: usize,
    big: bool,
    met: Vec<bool>,
    /// Bytes of items that may still come: items that overlap would make more than there are.
    left: usize,
}

/// Hands on the blob of every package. `None`: the file is damaged.
pub(super) fn packages(file: &[u8], take: &mut dyn FnMut(&[u8]) -> Option<()>) -> Option<()> {
    let big = match le32(file, 12)? {
        MAGIC => false,
        n if n.swap_bytes() == MAGIC => true,
        _ => return None,
    };
    let mut pages = Pages { file, size: 0, big, met: Vec::new(), left: file.len() };
    pages.size = size(pages.word(file, 20)?);
    // Encrypted databases, partitions, and pages with checksums are none of rpm's.
    let plain = *file.get(24)? == 0 && pages.word(file, 36)? == 0 && *file.get(25)? == 8;
    if !plain || pages.size < 512 || !pages.size.is_power_of_two() {
        return None;
    }
    let last = size(pages.word(file, 32)?);
    if (last.checked_add(1)?).checked_mul(pages.size)? > file.len() {
        return None;
    }
    pages.met = vec![false; last + 1];
    for number in 1..=last {
        let page = at(file, number * pages.size, pages.size)?;
        if !matches!(*page.get(25)?, HASH | HASH_UNSORTED) {
            continue;
        }
        let items = usize::from(pages.half(page, 20)?);
        for pair in 0..items / 2 {
            let key = pages.item(page, 2 * pair)?;
            // Number 0 holds the last number that was given.
            pages.left = pages.left.checked_sub(key.len())?;
            if at(key, 1, 4)? == [0; 4] {
                continue;
            }
            let value = pages.item(page, 2 * pair + 1)?;
            pages.left = pages.left.checked_sub(value.len())?;
            match *value.first()? {
                ITEM => take(value.get(1..)?)?,
                CHAIN => {
                    let (first, length) = (pages.word(value, 4)?, size(pages.word(value, 8)?));
                    take(&pages.chain(first, length)?)?;
                }
                _ => return None,
            }
        }
    }
    Some(())
}

impl<'a> Pages<'a> {
    fn word(&self, bytes: &[u8], from: usize) -> Option<u32> {
        if self.big { be32(bytes, from) } else { le32(bytes, from) }
    }

    fn half(&self, bytes: &[u8], from: usize) -> Option<u16> {
        if self.big { be16(bytes, from) } else { le16(bytes, from) }
    }

    /// An item of a page: items lie from the end on, each before the one of the number below.
    fn item(&self, page: &'a [u8], number: usize) -> Option<&'a [u8]> {
        let place = |n: usize| self.half(page, HEADER + 2 * n).map(usize::from);
        let end = if number == 0 { page.len() } else { place(number - 1)? };
        page.get(place(number)?..end)
    }

    /// A value in a chain of pages, none of which belongs to two values.
    fn chain(&mut self, first: u32, length: usize) -> Option<Vec<u8>> {
        let (mut out, mut next) = (Vec::new(), first);
        while out.len() < length {
            let met = self.met.get_mut(size(next))?;
            if std::mem::replace(met, true) {
                return None;
            }
            let page = at(self.file, size(next).checked_mul(self.size)?, self.size)?;
            if *page.get(25)? != OVERFLOW {
                return None;
            }
            let bytes = usize::from(self.half(page, 22)?);
            if bytes == 0 {
                return None;
            }
            out.extend(at(page, HEADER, bytes)?);
            next = self.word(page, 16)?;
        }
        (out.len() == length).then_some(out)
    }
}
