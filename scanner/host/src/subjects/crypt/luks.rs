//! Headers of LUKS volumes, versions 1 and 2, by the published formats.

use serde_json::Value;

/// Most bytes of a header that are read: the largest that LUKS2 knows.
pub(super) const MAX_HEADER: usize = 4 << 20;

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// `luks1` or `luks2`.
    pub(super) format: &'static str,
    /// How each key slot derives its key: `argon2id`, `argon2i`, `pbkdf2`.
    pub(super) derivations: Vec<String>,
}

/// Reads a header. `None`: there is none.
pub(super) fn header(bytes: &[u8]) -> Option<Header> {
    let rest = bytes.strip_prefix(b"LUKS\xba\xbe")?;
    let (version, rest) = rest.split_first_chunk::<2>()?;
    match u16::from_be_bytes(*version) {
        1 => Some(Header { format: "luks1", derivations: vec!["pbkdf2".to_owned()] }),
        2 => {
            let (size, _) = rest.split_first_chunk::<8>()?;
            let size = usize::try_from(u64::from_be_bytes(*size)).ok()?.min(bytes.len());
            let text = bytes.get(4096..size)?;
            let text = text.split(|b| *b == 0).next()?;
            let json: Value = serde_json::from_slice(text).ok()?;
            let slots = json.get("keyslots")?.as_object()?;
            let mut derivations: Vec<String> = slots
                .values()
                .filter_map(|s| Some(s.get("kdf")?.get("type")?.as_str()?.to_owned()))
                .collect();
            derivations.sort();
            Some(Header { format: "luks2", derivations })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_and_damage() {
        let one = header(b"LUKS\xba\xbe\0\x01aes").unwrap();
        assert_eq!((one.format, one.derivations.len()), ("luks1", 1));
        let mut two = b"LUKS\xba\xbe\0\x02".to_vec();
        two.extend(16384_u64.to_be_bytes());
        two.resize(4096, 0);
        two.extend(
            br#"{"keyslots":{"0":{"kdf":{"type":"argon2id"}},"1":{"kdf":{"type":"pbkdf2"}}}}"#,
        );
        two.resize(16384, 0);
        assert_eq!(header(&two).unwrap().derivations, ["argon2id", "pbkdf2"]);
        for cut in (0..two.len()).step_by(97) {
            let _ = header(&two[..cut]);
        }
        assert_eq!(header(b"LUKS\xba\xbe\0\x09"), None);
        assert_eq!(header(b""), None);
    }
}
