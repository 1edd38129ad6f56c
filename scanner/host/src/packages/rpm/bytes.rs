//! Numbers in bytes of other people. What lies outside is `None`, never a panic.

/// Bytes at a place.
pub(super) fn at(bytes: &[u8], from: usize, len: usize) -> Option<&[u8]> {
    bytes.get(from..from.checked_add(len)?)
}

/// 16 bits, least significant byte first.
pub(super) fn le16(bytes: &[u8], from: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*at(bytes, from, 2)?.first_chunk()?))
}

/// 32 bits, least significant byte first.
pub(super) fn le32(bytes: &[u8], from: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*at(bytes, from, 4)?.first_chunk()?))
}

/// 16 bits, most significant byte first.
pub(super) fn be16(bytes: &[u8], from: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*at(bytes, from, 2)?.first_chunk()?))
}

/// 32 bits, most significant byte first.
pub(super) fn be32(bytes: &[u8], from: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*at(bytes, from, 4)?.first_chunk()?))
}

/// A number that indexes.
pub(super) fn size(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
