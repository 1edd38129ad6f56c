//! Lines that are needed twice: related documents are judged themselves, mostly.

use std::collections::BTreeMap;

/// The lines of segments, by path.
pub(super) type Kept = BTreeMap<String, Copies>;

/// Larger contents are read again, in bytes.
const MOST: usize = 256 << 10;

/// The lines of one segment.
#[derive(Debug, Default)]
pub(crate) struct Copies {
    bytes: Vec<u8>,
    /// Where each line ends.
    ends: Vec<usize>,
    full: bool,
}

impl Copies {
    /// Adds a line; drops all where they become too many.
    pub(super) fn push(&mut self, line: &[u8]) {
        if self.full || self.bytes.len() + line.len() > MOST {
            *self = Self { full: true, ..Self::default() };
            return;
        }
        self.bytes.extend_from_slice(line);
        self.ends.push(self.bytes.len());
    }

    /// Whether every line is here.
    pub(super) const fn whole(&self) -> bool {
        !self.full
    }

    /// The lines, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut from = 0;
        self.ends.iter().map(move |end| {
            let line = self.bytes.get(from..*end).unwrap_or_default();
            from = *end;
            line
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_in_order_or_not_at_all() {
        let mut copies = Copies::default();
        for line in [&b"one"[..], b"", b"three"] {
            copies.push(line);
        }
        assert!(copies.whole());
        assert_eq!(copies.iter().collect::<Vec<_>>(), [&b"one"[..], b"", b"three"]);
        copies.push(&vec![0; MOST]);
        copies.push(b"more");
        assert!(!copies.whole());
    }
}
