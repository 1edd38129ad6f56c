//! Security keys that are none, and sign as those do.

use super::*;

/// A `string` of SSH.
fn string(bytes: &[u8]) -> Vec<u8> {
    let mut out = u32::try_from(bytes.len()).unwrap().to_be_bytes().to_vec();
    out.extend_from_slice(bytes);
    out
}

/// Signs some bytes.
type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

/// A security key that is none: the kind of its key, the fields after it, and how it signs.
pub(super) struct Token {
    pub(super) kind: &'static str,
    fields: Vec<u8>,
    sign: Sign,
}

impl Token {
    pub(super) fn ed25519(key: &Path) -> Self {
        let key = Key::read(key).unwrap();
        let point = key.0.public_key().key_data().ed25519().unwrap().0;
        let sign = move |what: &[u8]| {
            let sig: ssh_key::Signature = key.0.try_sign(what).unwrap();
            sig.as_bytes().to_vec()
        };
        let (kind, fields) = ("sk-ssh-ed25519@openssh.com", string(&point));
        Self { kind, fields, sign: Box::new(sign) }
    }

    pub(super) fn ecdsa() -> Self {
        use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
        let by = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let random = ring::rand::SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(by, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(by, made.as_ref(), &random).unwrap();
        let fields = [string(b"nistp256"), string(pair.public_key().as_ref())].concat();
        let number = |bytes: &[u8]| {
            let zeros = bytes.iter().take_while(|b| **b == 0).count();
            let lead: &[u8] = if bytes[zeros] & 0x80 == 0 { &[] } else { &[0] };
            string(&[lead, &bytes[zeros..]].concat())
        };
        let sign = move |what: &[u8]| {
            let sig = pair.sign(&random, what).unwrap();
            [number(&sig.as_ref()[..32]), number(&sig.as_ref()[32..])].concat()
        };
        Self { kind: "sk-ecdsa-sha2-nistp256@openssh.com", fields, sign: Box::new(sign) }
    }
}

/// What a security key signs: the line of its public key, and the armoured signature.
pub(super) fn token_signature(
    token: &Token,
    namespace: &str,
    message: &[u8],
    flags: u8,
) -> (String, String) {
    use sha2::{Digest as _, Sha256, Sha512};
    let kind = token.kind.as_bytes();
    let public = [string(kind), token.fields.clone(), string(b"ssh:")].concat();
    let signed = [
        b"SSHSIG".to_vec(),
        string(namespace.as_bytes()),
        string(b""),
        string(b"sha512"),
        string(&Sha512::digest(message)),
    ]
    .concat();
    let tail = [&[flags][..], &7_u32.to_be_bytes()].concat();
    let what =
        [Sha256::digest(b"ssh:").to_vec(), tail.clone(), Sha256::digest(&signed).to_vec()].concat();
    let sig = [string(kind), string(&(token.sign)(&what)), tail].concat();
    let whole = [
        b"SSHSIG".to_vec(),
        1_u32.to_be_bytes().to_vec(),
        string(&public),
        string(namespace.as_bytes()),
        string(b""),
        string(b"sha512"),
        string(&sig),
    ]
    .concat();
    let line = format!("{} {}", token.kind, STANDARD.encode(public));
    let packed = STANDARD.encode(whole);
    let lines: Vec<&str> =
        packed.as_bytes().chunks(70).map(|c| std::str::from_utf8(c).unwrap()).collect();
    let armour = |inner: &str| {
        format!("-----BEGIN SSH SIGNATURE-----\n{inner}\n-----END SSH SIGNATURE-----\n")
    };
    (line, armour(&lines.join("\n")))
}
