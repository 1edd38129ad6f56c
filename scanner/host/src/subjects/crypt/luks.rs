//! Headers of LUKS volumes, versions 1 and 2, by the published formats.

use serde_json::Value;

/// Most bytes of a header that are read: the largest that LUKS2 knows.
pub(super) const MAX_HEADER: usize = 4 << 20;

/// Least memory of a derivation that is hard on memory, in KiB: 19 MiB, the least that OWASP's
/// "Password Storage Cheat Sheet" gives for argon2id.
const MIN_MEMORY: u64 = 19 << 10;

/// The mark of a key slot of version 1 that is in use.
const ACTIVE: u32 = 0x00ac_71f3;

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// `luks1` or `luks2`.
    pub(super) format: &'static str,
    /// How each key slot derives its key: `argon2id`, `argon2i`, `pbkdf2`; with the memory behind it
    /// where that is too little.
    pub(super) derivations: Vec<String>,
    /// Ciphers of the volume's parts (`aes-xts-plain64`).
    pub(super) ciphers: Vec<String>,
    /// Key slots in use.
    pub(super) slots: usize,
}

/// Reads a header. `None`: there is none, or it is damaged.
pub(super) fn header(bytes: &[u8]) -> Option<Header> {
    let rest = bytes.strip_prefix(b"LUKS\xba\xbe")?;
    let (version, rest) = rest.split_first_chunk::<2>()?;
    match u16::from_be_bytes(*version) {
        1 => first(bytes),
        2 => {
            let (size, _) = rest.split_first_chunk::<8>()?;
            let size = usize::try_from(u64::from_be_bytes(*size)).ok()?.min(bytes.len());
            let text = bytes.get(4096..size)?;
            let text = text.split(|b| *b == 0).next()?;
            second(&serde_json::from_slice(text).ok()?)
        }
        _ => None,
    }
}

/// Version 1: names of fixed length, then eight key slots of 48 bytes.
fn first(bytes: &[u8]) -> Option<Header> {
    let text = |from: usize| {
        let name = bytes.get(from..from + 32)?.split(|b| *b == 0).next()?;
        std::str::from_utf8(name).ok().filter(|n| n.bytes().all(|b| b.is_ascii_graphic()))
    };
    let (cipher, mode) = (text(8)?, text(40)?);
    let active = |slot: usize| {
        let mark = bytes.get(208 + slot * 48..)?.first_chunk::<4>()?;
        Some(u32::from_be_bytes(*mark) == ACTIVE)
    };
    let slots = (0..8).map(active).collect::<Option<Vec<bool>>>()?;
    Some(Header {
        format: "luks1",
        derivations: vec!["pbkdf2".to_owned()],
        ciphers: vec![format!("{cipher}-{mode}")],
        slots: slots.into_iter().filter(|s| *s).count(),
    })
}

/// Version 2: what its JSON says.
fn second(json: &Value) -> Option<Header> {
    let slots = json.get("keyslots")?.as_object()?;
    let derivation = |slot: &Value| {
        let kdf = slot.get("kdf")?;
        let name = kdf.get("type")?.as_str()?;
        let memory = kdf.get("memory").and_then(Value::as_u64);
        Some(match memory.filter(|m| name.starts_with("argon2") && *m < MIN_MEMORY) {
            Some(memory) => format!("{name} with {memory} KiB"),
            None => name.to_owned(),
        })
    };
    let mut derivations: Vec<String> = slots.values().map(derivation).collect::<Option<_>>()?;
    derivations.sort();
    let segments = json.get("segments").and_then(Value::as_object);
    let parts = segments.into_iter().flat_map(|all| all.values());
    let mut ciphers: Vec<String> =
        parts.filter_map(|s| Some(s.get("encryption")?.as_str()?.to_owned())).collect();
    ciphers.sort();
    ciphers.dedup();
    Some(Header { format: "luks2", derivations, ciphers, slots: slots.len() })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A header of version 2 around its JSON.
    pub(crate) fn two(json: &str) -> Vec<u8> {
        let mut out = b"LUKS\xba\xbe\0\x02".to_vec();
        out.extend(16384_u64.to_be_bytes());
        out.resize(4096, 0);
        out.extend(json.as_bytes());
        out.resize(16384, 0);
        out
    }

    fn one() -> Vec<u8> {
        let mut out = b"LUKS\xba\xbe\0\x01aes".to_vec();
        out.resize(40, 0);
        out.extend(b"cbc-plain");
        out.resize(592, 0);
        for slot in [0, 3] {
            out[208 + slot * 48..212 + slot * 48].copy_from_slice(&ACTIVE.to_be_bytes());
        }
        out
    }

    #[test]
    fn both_versions() {
        let old = header(&one()).unwrap();
        assert_eq!((old.format, old.derivations.len(), old.slots), ("luks1", 1, 2));
        assert_eq!(old.ciphers, ["aes-cbc-plain"]);
        let json = r#"{"keyslots":{"0":{"kdf":{"type":"argon2id","memory":1048576}},"1":{"kdf":{"type":"pbkdf2"}},
            "2":{"kdf":{"type":"argon2id","memory":32}}},"segments":{"0":{"type":"crypt","encryption":"aes-xts-plain64"}}}"#;
        let new = header(&two(json)).unwrap();
        assert_eq!(new.derivations, ["argon2id", "argon2id with 32 KiB", "pbkdf2"]);
        assert_eq!((new.ciphers, new.slots), (vec!["aes-xts-plain64".to_owned()], 3));
        assert_eq!(header(&two(r#"{"keyslots":{"0":{}}}"#)), None, "a slot without a derivation");
    }

    #[test]
    fn damage_is_no_header() {
        let json = r#"{"keyslots":{"0":{"kdf":{"type":"argon2id"}}}}"#;
        for whole in [one(), two(json)] {
            for cut in (0..whole.len()).step_by(7) {
                let found = header(&whole[..cut]);
                assert!(found.is_none() || cut >= 548, "{cut}");
            }
            for at in (0..whole.len()).step_by(3) {
                for byte in [0, 0xff, b'"', b'{'] {
                    let mut bad = whole.clone();
                    bad[at] = byte;
                    let _ = header(&bad);
                }
            }
        }
        assert_eq!(header(b"LUKS\xba\xbe\0\x09"), None);
        assert_eq!(header(b""), None);
        assert_eq!(header(&two(&"[".repeat(5000))), None);
    }
}
