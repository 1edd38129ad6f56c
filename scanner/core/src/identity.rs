//! Identity of a failure over time.

use sha2::{Digest, Sha256};

/// Version of the fingerprint's recipe. Part of every fingerprint.
pub const FINGERPRINT_VERSION: &str = "v1";

/// The fingerprint of a failure: sha256 over version, rule id, resource id and key, in hex.
///
/// The parts are separated by a byte that none of them can hold, so no two different tuples share
/// an input. Severity, message and time are not part of it: they may change while the failure
/// stays the same.
#[must_use]
pub fn fingerprint(rule: &str, resource: &str, key: &str) -> String {
    let mut h = Sha256::new();
    for (i, part) in [FINGERPRINT_VERSION, rule, resource, key].into_iter().enumerate() {
        if i > 0 {
            h.update([0x1f]);
        }
        h.update(part.as_bytes());
    }
    hex(&h.finalize())
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|b| [b >> 4, b & 15])
        .map(|n| char::from(DIGITS.get(usize::from(n)).copied().unwrap_or(b'0')))
        .collect()
}

/// sha256 of some bytes, in hex.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(fingerprint("A", "bc", ""), fingerprint("A", "b", "c"));
        assert_ne!(fingerprint("AB", "c", ""), fingerprint("A", "Bc", ""));
    }

    #[test]
    fn sha256_is_the_standard_one() {
        assert_eq!(
            sha256(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
