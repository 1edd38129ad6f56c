//! Frames of LZ4 (the format's own description: lz4_Frame_format, lz4_Block_format). Digests are not
//! checked: a damaged list gives text that is no list.

/// How far back a match may reach.
const WINDOW: usize = 64 << 10;
/// Largest block of the format.
const MAX_BLOCK: usize = 4 << 20;

/// A decoder that is fed in pieces.
#[derive(Debug, Default)]
pub(super) struct Lz4 {
    input: Vec<u8>,
    used: usize,
    window: Vec<u8>,
    frame: Option<Frame>,
    ended: bool,
}

/// What the head of a frame says.
#[derive(Debug, Clone, Copy)]
struct Frame {
    largest: usize,
    linked: bool,
    block_digests: bool,
    digest: bool,
}

impl Lz4 {
    /// Takes a piece, and hands the text on. `None`: it is damaged, or nobody takes more.
    pub(super) fn feed(&mut self, piece: &[u8], take: &mut dyn FnMut(&[u8]) -> bool) -> Option<()> {
        self.input.extend_from_slice(piece);
        while self.step(take)? {}
        self.input.drain(..self.used);
        self.used = 0;
        Some(())
    }

    /// Whether the last frame was whole.
    pub(super) fn ended(&self) -> bool {
        self.ended && self.input.is_empty()
    }

    /// One head, block or end. `false`: more input is needed.
    fn step(&mut self, take: &mut dyn FnMut(&[u8]) -> bool) -> Option<bool> {
        let rest = self.input.get(self.used..)?;
        let Some(frame) = self.frame else { return self.head() };
        let Some(size) = word(rest) else { return Some(false) };
        if size == 0 {
            let length = if frame.digest { 8 } else { 4 };
            if rest.len() < length {
                return Some(false);
            }
            self.used += length;
            (self.frame, self.ended) = (None, true);
            return Some(true);
        }
        let (plain, size) = (size >> 31 == 1, usize::try_from(size & 0x7fff_ffff).ok()?);
        if size > frame.largest {
            return None;
        }
        let length = 4 + size + if frame.block_digests { 4 } else { 0 };
        if rest.len() < length {
            return Some(false);
        }
        let block = rest.get(4..4 + size)?;
        if !frame.linked {
            self.window.clear();
        }
        let start = self.window.len();
        if plain {
            self.window.extend_from_slice(block);
        } else {
            block_of(block, &mut self.window, start + frame.largest)?;
        }
        if !take(self.window.get(start..)?) {
            return None;
        }
        let old = self.window.len().saturating_sub(WINDOW);
        self.window.drain(..old);
        self.used += length;
        Some(true)
    }

    fn head(&mut self) -> Option<bool> {
        let rest = self.input.get(self.used..)?;
        let (Some(magic), Some([flags, sizes])) = (word(rest), rest.get(4..6)) else {
            return Some(false);
        };
        if magic & 0xffff_fff0 == 0x184d_2a50 {
            // A frame to pass over.
            let Some(size) = rest.get(4..).and_then(word) else { return Some(false) };
            let length = 8 + usize::try_from(size).ok()?;
            if length > MAX_BLOCK {
                return None;
            }
            if rest.len() < length {
                return Some(false);
            }
            self.used += length;
            return Some(true);
        }
        if magic != 0x184d_2204 || flags >> 6 != 1 {
            return None;
        }
        let largest = match (sizes >> 4) & 7 {
            4 => 64 << 10,
            5 => 256 << 10,
            6 => 1 << 20,
            7 => MAX_BLOCK,
            _ => return None,
        };
        let length = 7 + if flags & 8 != 0 { 8 } else { 0 } + if flags & 1 != 0 { 4 } else { 0 };
        if rest.len() < length {
            return Some(false);
        }
        self.frame = Some(Frame {
            largest,
            linked: flags & 0x20 == 0,
            block_digests: flags & 0x10 != 0,
            digest: flags & 4 != 0,
        });
        self.used += length;
        self.window.clear();
        self.ended = false;
        Some(true)
    }
}

/// Four bytes, the lowest first.
fn word(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?))
}

/// Unpacks a block behind what is there already, up to a length.
fn block_of(block: &[u8], out: &mut Vec<u8>, most: usize) -> Option<()> {
    let mut at = 0;
    loop {
        let token = usize::from(*block.get(at)?);
        at += 1;
        let literals = length(token >> 4, block, &mut at)?;
        out.extend_from_slice(block.get(at..at.checked_add(literals)?)?);
        at += literals;
        if out.len() > most {
            return None;
        }
        if at == block.len() {
            return Some(());
        }
        let offset = usize::from(u16::from_le_bytes(block.get(at..at + 2)?.try_into().ok()?));
        at += 2;
        let count = length(token & 15, block, &mut at)?.checked_add(4)?;
        let from = out.len().checked_sub(offset).filter(|_| offset > 0)?;
        if out.len().checked_add(count)? > most {
            return None;
        }
        // The match may overlap what it writes.
        for i in 0..count {
            out.push(*out.get(from + i)?);
        }
    }
}

/// A length: 15 goes on in the next bytes, each 255 goes on further.
fn length(start: usize, block: &[u8], at: &mut usize) -> Option<usize> {
    let mut out = start;
    if start == 15 {
        loop {
            let next = usize::from(*block.get(*at)?);
            *at += 1;
            out = out.checked_add(next)?;
            if next != 255 {
                break;
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `abcabcabcabc…` (a match that overlaps), by hand: 3 literals, a match of 19 at offset 3, the
    /// last 5 literals.
    const FRAME: &[u8] = &[
        0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, 13, 0, 0, 0, 0x3f, b'a', b'b', b'c', 3, 0, 0,
        0x50, b'v', b'w', b'x', b'y', b'z', 0, 0, 0, 0,
    ];

    fn unpack(pieces: &[&[u8]]) -> Option<Vec<u8>> {
        let (mut lz4, mut out) = (Lz4::default(), Vec::new());
        for piece in pieces {
            lz4.feed(piece, &mut |t| {
                out.extend_from_slice(t);
                true
            })?;
        }
        lz4.ended().then_some(out)
    }

    #[test]
    fn blocks_and_pieces() {
        let whole = unpack(&[FRAME]).unwrap();
        assert_eq!(whole, b"abcabcabcabcabcabcabcavwxyz");
        for cut in 0..FRAME.len() {
            assert_eq!(unpack(&[&FRAME[..cut], &FRAME[cut..]]).unwrap(), whole, "{cut}");
            assert_eq!(unpack(&[&FRAME[..cut]]), None, "{cut}");
        }
    }

    #[test]
    fn damage_is_bounded() {
        let mut state = 7_u64;
        for _ in 0..5_000 {
            let mut bytes = FRAME.to_vec();
            for _ in 0..2 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let at = usize::try_from(state >> 40).unwrap() % bytes.len();
                bytes[at] = u8::try_from(state >> 32 & 255).unwrap();
            }
            let out = unpack(&[&bytes]).unwrap_or_default();
            assert!(out.len() <= MAX_BLOCK);
        }
    }
}
