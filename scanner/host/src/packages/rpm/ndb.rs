//! rpm's own format `ndb` (`Packages.db`): a table of slots, then blobs in blocks of sixteen bytes.

use super::bytes::{at, le32, size};

const PAGE: usize = 4096;
const SLOT: usize = 16;
const BLOCK: usize = 16;
/// The first slots hold the header of the file.
const HEADER: usize = 32;
/// Before a blob: magic, package, generation, length. After it, at the end of its last block: the
/// checksum over all before, length, magic.
const HEAD: usize = 16;
const TAIL: usize = 12;

/// Hands on the blob of every package. `None`: the file is damaged.
pub(super) fn packages(file: &[u8], take: &mut dyn FnMut(&[u8]) -> Option<()>) -> Option<()> {
    if at(file, 0, 4)? != b"RpmP" || le32(file, 4)? != 0 {
        return None;
    }
    let table = at(file, 0, size(le32(file, 12)?).checked_mul(PAGE)?)?;
    // Blobs do not overlap: together they are no longer than the file.
    let mut left = file.len();
    for slot in table.get(HEADER..)?.chunks_exact(SLOT) {
        if at(slot, 0, 4)? != b"Slot" {
            return None;
        }
        let (package, from, blocks) = (le32(slot, 4)?, size(le32(slot, 8)?), size(le32(slot, 12)?));
        if from == 0 {
            continue;
        }
        left = left.checked_sub(blocks.checked_mul(BLOCK)?)?;
        let blob = at(file, from.checked_mul(BLOCK)?, blocks.checked_mul(BLOCK)?)?;
        let length = size(le32(blob, 12)?);
        let data = at(blob, HEAD, length)?;
        let tail = blob.get(blob.len().checked_sub(TAIL)?..)?;
        let sound = at(blob, 0, 4)? == b"BlbS"
            && le32(blob, 4)? == package
            && size(le32(tail, 4)?) == length
            && at(tail, 8, 4)? == b"BlbE"
            && le32(tail, 0)? == adler(at(blob, 0, blob.len() - TAIL)?);
        if !sound {
            return None;
        }
        take(data)?;
    }
    Some(())
}

/// Adler-32 (RFC 1950).
fn adler(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for part in bytes.chunks(5552) {
        for byte in part {
            a += u32::from(*byte);
            b += a;
        }
        (a, b) = (a % 65_521, b % 65_521);
    }
    b << 16 | a
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A file with these blobs.
    pub(in super::super) fn file(blobs: &[Vec<u8>]) -> Vec<u8> {
        let put = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
        let pages = (blobs.len() + 2).div_ceil(PAGE / SLOT) + 1;
        let (mut slots, mut body) = (Vec::new(), Vec::new());
        for (n, blob) in blobs.iter().enumerate() {
            let from = (pages * PAGE + body.len()) / BLOCK;
            let mut whole = b"BlbS".to_vec();
            for word in [n + 1, 7, blob.len()] {
                whole.extend(put(word));
            }
            whole.extend(blob);
            whole.resize((whole.len() + TAIL).div_ceil(BLOCK) * BLOCK - TAIL, 0);
            let sum = adler(&whole);
            whole.extend(sum.to_le_bytes());
            whole.extend(put(blob.len()));
            whole.extend(b"BlbE");
            slots.extend(b"Slot");
            for word in [n + 1, from, whole.len() / BLOCK] {
                slots.extend(put(word));
            }
            body.extend(whole);
        }
        let mut out = b"RpmP".to_vec();
        for word in [0, 9, pages, blobs.len() + 1, 0, 0, 0] {
            out.extend(put(word));
        }
        out.extend(slots);
        while out.len() < pages * PAGE {
            out.extend(b"Slot");
            out.extend([0; 12]);
        }
        out.extend(body);
        out
    }

    #[test]
    fn adler_of_the_rfc() {
        assert_eq!(adler(b"Wikipedia"), 0x11e6_0398);
        assert_eq!(adler(b""), 1);
    }
}
