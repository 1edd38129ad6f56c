//! Just enough DER to find the size of a key in a PEM file.

/// A value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'a> {
    /// Its content.
    pub(super) body: &'a [u8],
}

/// The first value, and what follows it.
pub(super) fn next(bytes: &[u8]) -> Option<(Item<'_>, &[u8])> {
    let (_, rest) = bytes.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut length = usize::from(first);
    if first >= 0x80 {
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 {
            return None;
        }
        length = 0;
        for _ in 0..count {
            let (&b, after) = rest.split_first()?;
            length = length << 8 | usize::from(b);
            rest = after;
        }
    }
    let body = rest.get(..length)?;
    Some((Item { body }, rest.get(length..)?))
}

/// The values inside a sequence.
pub(super) fn items(bytes: &[u8]) -> Vec<Item<'_>> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some((item, after)) = next(rest) {
        out.push(item);
        rest = after;
        if out.len() > 64 {
            break;
        }
    }
    out
}

/// The number of bits of a whole number.
pub(super) fn bits(body: &[u8]) -> u32 {
    let zeros = body.iter().take_while(|b| **b == 0).count();
    let Some(first) = body.get(zeros) else { return 0 };
    let bytes = u32::try_from(body.len() - zeros).unwrap_or(u32::MAX / 8);
    bytes.saturating_mul(8).saturating_sub(first.leading_zeros())
}

/// Base64 with the usual alphabet; white space is passed over.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut buffer, mut have, mut padding) = (0_u32, 0_u32, 0);
    for b in text.bytes().filter(|b| !b.is_ascii_whitespace()) {
        let value = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding += 1;
                continue;
            }
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        buffer = (buffer << 6 | u32::from(value)) & 0x00ff_ffff;
        have += 6;
        if have >= 8 {
            have -= 8;
            out.push(u8::try_from(buffer >> have & 0xff).unwrap_or(0));
        }
    }
    (padding <= 2).then_some(out)
}
