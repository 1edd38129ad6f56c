//! Public keys: their kind and size.

use super::asn1;

/// What a key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kind {
    /// Its type without curve and hash: `rsa`, `dsa`, `ecdsa`, `ed25519`, `sk-ecdsa`, `sk-ed25519`,
    /// or as it is written.
    pub(super) name: String,
    /// Its size in bits, where it has one that tells.
    pub(super) bits: Option<u32>,
}

/// The names that a key line may have.
pub(super) const TYPES: &[&str] = &[
    "ssh-rsa",
    "ssh-dss",
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-rsa-cert-v01@openssh.com",
    "ssh-ed25519-cert-v01@openssh.com",
    "ecdsa-sha2-nistp256-cert-v01@openssh.com",
];

/// A string of SSH's binary form, and what follows it.
fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    Some((rest.get(..length)?, rest.get(length..)?))
}

/// What the binary form of a public key says.
pub(super) fn public(blob: &[u8]) -> Option<Kind> {
    let (name, rest) = field(blob)?;
    let name = std::str::from_utf8(name).ok()?;
    let kind = |name: &str, bits| Some(Kind { name: name.to_owned(), bits });
    match name {
        "ssh-rsa" => {
            let (_, rest) = field(rest)?;
            kind("rsa", Some(asn1::bits(field(rest)?.0)))
        }
        "ssh-dss" => kind("dsa", Some(asn1::bits(field(rest)?.0))),
        "ssh-ed25519" => kind("ed25519", Some(256)),
        "sk-ssh-ed25519@openssh.com" => kind("sk-ed25519", Some(256)),
        "sk-ecdsa-sha2-nistp256@openssh.com" => kind("sk-ecdsa", Some(256)),
        other => match other.strip_prefix("ecdsa-sha2-nistp").and_then(|b| b.parse().ok()) {
            Some(bits) => kind("ecdsa", Some(bits)),
            None if TYPES.contains(&other) => kind(other, None),
            None => None,
        },
    }
}

/// What a file with a private key says of it, without its secret part. `None`: it holds none that can
/// be read.
pub(super) fn private(text: &str) -> Option<Kind> {
    let (label, body) = pem(text)?;
    let bytes = asn1::base64(&body)?;
    let kind = |name: &str, bits| Some(Kind { name: name.to_owned(), bits });
    match label.as_str() {
        "OPENSSH PRIVATE KEY" => {
            let rest = bytes.strip_prefix(b"openssh-key-v1\0")?;
            let (_, rest) = field(rest)?;
            let (_, rest) = field(rest)?;
            let (_, rest) = field(rest)?;
            let (_, rest) = rest.split_first_chunk::<4>()?;
            public(field(rest)?.0)
        }
        "RSA PRIVATE KEY" => kind("rsa", Some(asn1::bits(rsa(&bytes)?))),
        "DSA PRIVATE KEY" => {
            let (outer, _) = asn1::next(&bytes)?;
            kind("dsa", asn1::items(outer.body).get(1).map(|p| asn1::bits(p.body)))
        }
        "EC PRIVATE KEY" => {
            let (outer, _) = asn1::next(&bytes)?;
            let secret = asn1::items(outer.body).get(1)?.body.len();
            // The secret is as long as the curve's order.
            let bits = match secret {
                32 => Some(256),
                48 => Some(384),
                66 => Some(521),
                _ => None,
            };
            kind("ecdsa", bits)
        }
        "PRIVATE KEY" => {
            let (outer, _) = asn1::next(&bytes)?;
            let parts = asn1::items(outer.body);
            let (name, _) = asn1::next(parts.get(1)?.body)?;
            // Object identifiers: rsaEncryption, id-ecPublicKey, id-Ed25519, id-dsa.
            match name.body {
                [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01] => {
                    kind("rsa", Some(asn1::bits(rsa(parts.get(2)?.body)?)))
                }
                [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01] => kind("ecdsa", None),
                [0x2b, 0x65, 0x70] => kind("ed25519", Some(256)),
                [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01] => kind("dsa", None),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The modulus of an RSA key in PKCS #1 form.
fn rsa(bytes: &[u8]) -> Option<&[u8]> {
    let (outer, _) = asn1::next(bytes)?;
    Some(asn1::items(outer.body).get(1)?.body)
}

/// The label and the body of the first PEM block, headers left out.
fn pem(text: &str) -> Option<(String, String)> {
    let mut lines = text.lines().map(str::trim);
    let label = lines.find_map(|l| l.strip_prefix("-----BEGIN ")?.strip_suffix("-----"))?;
    let lines = lines.take_while(|l| !l.starts_with("-----END "));
    let body: String = lines.filter(|l| !l.contains(':')).collect();
    Some((label.to_owned(), body))
}

/// Whether a text begins like a private key.
pub(super) fn looks_private(text: &str) -> bool {
    let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
    first.starts_with("-----BEGIN ") && first.contains("PRIVATE KEY-----")
}

/// One line with a key: options, kind, comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its options, in order.
    pub(super) options: Vec<String>,
    /// The key.
    pub(super) kind: Kind,
    /// sha256 of the binary key, in hex.
    pub(super) fingerprint: String,
    /// The comment, trimmed.
    pub(super) comment: String,
}

/// A line of an `authorized_keys` file. `None`: a blank line or a comment. `Err`: sshd cannot read it.
pub(super) fn line(text: &str) -> Option<Result<Entry, ()>> {
    let text = text.trim_start_matches([' ', '\t']).trim_end();
    if text.is_empty() || text.starts_with('#') {
        return None;
    }
    Some(entry(text).ok_or(()))
}

fn entry(text: &str) -> Option<Entry> {
    let first = text.split([' ', '\t']).next()?;
    let (options, rest) = if TYPES.contains(&first) {
        ("", text)
    } else {
        let end = options_end(text);
        (text.get(..end)?, text.get(end..)?.trim_start_matches([' ', '\t']))
    };
    let mut parts = rest.splitn(2, [' ', '\t']);
    let name = parts.next()?;
    if !TYPES.contains(&name) {
        return None;
    }
    let rest = parts.next()?.trim_start_matches([' ', '\t']);
    let (blob, comment) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
    let blob = asn1::base64(blob)?;
    if field(&blob)?.0 != name.as_bytes() {
        return None;
    }
    Some(Entry {
        options: split_options(options),
        kind: public(&blob)?,
        fingerprint: assay_core::identity::sha256(&blob),
        comment: comment.trim().to_owned(),
    })
}

/// Where options end: at the first blank outside quotes.
fn options_end(text: &str) -> usize {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ' ' | '\t' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

fn split_options(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        if c == '"' {
            quoted = !quoted;
        }
        match out.last_mut() {
            Some(last) if c != ',' || quoted => last.push(c),
            _ => out.push(String::new()),
        }
    }
    out.retain(|o| !o.is_empty());
    out
}
