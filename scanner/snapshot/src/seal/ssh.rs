//! OpenSSH's signatures as `ssh-keygen -Y sign` makes them, checked.
//!
//! Formats: `PROTOCOL.sshsig` and `PROTOCOL.u2f` of OpenSSH, RFC 4253 (keys), RFC 5656 (ECDSA),
//! RFC 8332 (RSA with SHA-2), RFC 8709 (Ed25519). The arithmetic is ring's: only public keys are
//! in play here.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use sha2::{Digest as _, Sha256, Sha512};

/// What every signature begins with.
const MAGIC: &[u8] = b"SSHSIG";
/// The one version of the format.
const VERSION: u32 = 1;
/// The lines around a signature.
const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
/// See [`BEGIN`].
const END: &str = "-----END SSH SIGNATURE-----";
/// The largest signature that is read: an RSA key of 8192 bits with its signature is a quarter.
const MAX: usize = 16 << 10;

/// A public key: the name of its kind, and the bytes that hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Public {
    kind: String,
    blob: Vec<u8>,
}

impl Public {
    /// From `ssh-ed25519 AAAA… comment`; `None` where the text does not begin with a key.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let kind = words.next()?;
        let blob = STANDARD.decode(words.next()?).ok()?;
        let key = Self::from_blob(blob).ok()?;
        (key.kind == kind).then_some(key)
    }

    fn from_blob(blob: Vec<u8>) -> Result<Self, String> {
        let kind = Reader(&blob).text()?.to_owned();
        Ok(Self { kind, blob })
    }

    /// The name of its kind (`ssh-ed25519`).
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The fingerprint, as `ssh-keygen -l` shows it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&self.blob)))
    }

    /// Whether a bare Ed25519 signature of some bytes is of this key.
    pub(super) fn signed(&self, message: &[u8], sig: &[u8]) -> bool {
        let mut key = Reader(&self.blob);
        key.text().is_ok_and(|kind| kind == "ssh-ed25519")
            && key
                .end_with_bytes()
                .is_ok_and(|k| plain(&signature::ED25519, k, message, sig).is_ok())
    }

    /// Whether SSH's form of a signature of some bytes is of this key; `rest` stands after the
    /// algorithm.
    fn verify(&self, message: &[u8], algorithm: &str, rest: Reader<'_>) -> Result<(), String> {
        let mut key = Reader(&self.blob);
        key.text()?;
        let mut sig = rest;
        match (self.kind.as_str(), algorithm) {
            ("ssh-ed25519", "ssh-ed25519") => {
                let (point, sig) = (key.end_with_bytes()?, sig.end_with_bytes()?);
                plain(&signature::ED25519, point, message, sig)
            }
            ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256") => {
                key.text()?;
                let sig = fixed::<32>(sig.end_with_bytes()?)?;
                plain(&signature::ECDSA_P256_SHA256_FIXED, key.end_with_bytes()?, message, &sig)
            }
            ("ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384") => {
                key.text()?;
                let sig = fixed::<48>(sig.end_with_bytes()?)?;
                plain(&signature::ECDSA_P384_SHA384_FIXED, key.end_with_bytes()?, message, &sig)
            }
            ("ssh-rsa", "rsa-sha2-256") => {
                rsa(&signature::RSA_PKCS1_2048_8192_SHA256, key, message, sig.end_with_bytes()?)
            }
            ("ssh-rsa", "rsa-sha2-512") => {
                rsa(&signature::RSA_PKCS1_2048_8192_SHA512, key, message, sig.end_with_bytes()?)
            }
            ("sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519@openssh.com") => {
                let (point, application) = (key.bytes()?, key.end_with_bytes()?);
                let plain_sig = sig.bytes()?;
                let message = token(application, sig, message)?;
                plain(&signature::ED25519, point, &message, plain_sig)
            }
            ("sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com") => {
                key.text()?;
                let (point, application) = (key.bytes()?, key.end_with_bytes()?);
                let plain_sig = fixed::<32>(sig.bytes()?)?;
                let message = token(application, sig, message)?;
                plain(&signature::ECDSA_P256_SHA256_FIXED, point, &message, &plain_sig)
            }
            (kind, _) if kind.contains("-cert-v0") => Err(
                "it was made with a certificate, and certificates are not supported: sign with \
                     a key that stands in the list itself"
                    .to_owned(),
            ),
            (kind, algorithm) if known(kind) => {
                Err(format!("a key of the kind {kind} cannot sign by {algorithm}"))
            }
            (kind, _) => Err(format!(
                "keys of the kind {kind} are not supported: Ed25519, ECDSA of P-256 and P-384, \
                 RSA, and security keys (sk-) are"
            )),
        }
    }
}

/// Kinds of keys whose signatures can be checked.
fn known(kind: &str) -> bool {
    matches!(
        kind,
        "ssh-ed25519"
            | "ecdsa-sha2-nistp256"
            | "ecdsa-sha2-nistp384"
            | "ssh-rsa"
            | "sk-ssh-ed25519@openssh.com"
            | "sk-ecdsa-sha2-nistp256@openssh.com"
    )
}

/// Said where the arithmetic says no.
fn no(_: ring::error::Unspecified) -> String {
    "it signs another text than this; was that changed since?".to_owned()
}

fn plain(
    by: &'static dyn VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    sig: &[u8],
) -> Result<(), String> {
    UnparsedPublicKey::new(by, key).verify(message, sig).map_err(no)
}

/// RSA: `key` stands after its kind.
fn rsa(
    by: &'static signature::RsaParameters,
    mut key: Reader<'_>,
    message: &[u8],
    sig: &[u8],
) -> Result<(), String> {
    let e = key.number()?;
    let n = key.end_with_number()?;
    if n.len() < 256 || n.len() > 1024 {
        let bits = n.len() * 8;
        return Err(format!("an RSA key of {bits} bits is not supported: 2048 to 8192 bits are"));
    }
    // Leading zeros may be missing.
    let mut whole = vec![0; n.len().saturating_sub(sig.len())];
    whole.extend_from_slice(sig);
    signature::RsaPublicKeyComponents { n, e }.verify(by, message, &whole).map_err(no)
}

/// ECDSA: both numbers of a signature, each in its full width.
fn fixed<const WIDTH: usize>(sig: &[u8]) -> Result<Vec<u8>, String> {
    let mut reader = Reader(sig);
    let (r, s) = (reader.number()?, reader.end_with_number()?);
    let mut out = Vec::with_capacity(2 * WIDTH);
    for part in [r, s] {
        let lead = WIDTH.checked_sub(part.len()).ok_or_else(damaged)?;
        out.resize(out.len() + lead, 0);
        out.extend_from_slice(part);
    }
    Ok(out)
}

/// What a security key signs in place of a message: its application, flags and counter beside the
/// message's digest. `rest` stands before the flags.
fn token(application: &[u8], mut rest: Reader<'_>, message: &[u8]) -> Result<Vec<u8>, String> {
    /// Somebody touched the key.
    const PRESENT: u8 = 1;
    let flags = rest.take(1)?;
    let counter = rest.take(4)?;
    rest.end()?;
    if flags.first().is_none_or(|f| f & PRESENT == 0) {
        return Err("nobody touched the security key that made it".to_owned());
    }
    let mut out = Sha256::digest(application).to_vec();
    out.extend_from_slice(flags);
    out.extend_from_slice(counter);
    out.extend_from_slice(&Sha256::digest(message));
    Ok(out)
}

/// An SSH signature of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    key: Public,
    namespace: String,
    reserved: Vec<u8>,
    hash: String,
    blob: Vec<u8>,
}

impl Signature {
    /// Reads one: armoured, or only the base64 between the lines of the armour.
    ///
    /// # Errors
    /// It is none; in words.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.len() > MAX {
            return Err("it is too large for an SSH signature".to_owned());
        }
        let inner = text.trim();
        let inner = match inner.strip_prefix(BEGIN) {
            Some(rest) => rest.trim_end().strip_suffix(END).ok_or_else(damaged)?,
            None => inner,
        };
        let packed: String = inner.split_ascii_whitespace().collect();
        let bytes = STANDARD.decode(packed).map_err(|_| damaged())?;
        let mut r = Reader(bytes.strip_prefix(MAGIC).ok_or_else(damaged)?);
        let version = r.u32()?;
        if version != VERSION {
            return Err(format!("it has version {version} of SSH's format; known is {VERSION}"));
        }
        let key = Public::from_blob(r.bytes()?.to_vec())?;
        let namespace = r.text()?.to_owned();
        let reserved = r.bytes()?.to_vec();
        let hash = r.text()?.to_owned();
        let blob = r.end_with_bytes()?.to_vec();
        Ok(Self { key, namespace, reserved, hash, blob })
    }

    /// The key that it names.
    #[must_use]
    pub const fn key(&self) -> &Public {
        &self.key
    }

    /// The base64 of it, on one line.
    ///
    /// # Errors
    /// The text is none that [`Signature::read`] takes.
    pub fn one_line(text: &str) -> Result<String, String> {
        Self::read(text)?;
        let inner = text.trim().trim_start_matches(BEGIN).trim_end_matches(END);
        Ok(inner.split_ascii_whitespace().collect())
    }

    /// Whether it is a signature of a message, made for a namespace, by the key that it names.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub fn verify(&self, namespace: &str, message: &[u8]) -> Result<(), String> {
        if self.namespace != namespace {
            return Err(format!(
                "it was made for the namespace `{}`, not for `{namespace}`",
                self.namespace.escape_default()
            ));
        }
        let digest = match self.hash.as_str() {
            "sha256" => Sha256::digest(message).to_vec(),
            "sha512" => Sha512::digest(message).to_vec(),
            other => return Err(format!("it rests on the hash `{}`", other.escape_default())),
        };
        let mut signed = MAGIC.to_vec();
        let parts = [self.namespace.as_bytes(), &self.reserved, self.hash.as_bytes(), &digest];
        for part in parts {
            let length = u32::try_from(part.len()).map_err(|_| damaged())?;
            signed.extend_from_slice(&length.to_be_bytes());
            signed.extend_from_slice(part);
        }
        let mut rest = Reader(&self.blob);
        let algorithm = rest.text()?;
        self.key.verify(&signed, algorithm, rest)
    }
}

/// Said where the bytes are none of the format.
fn damaged() -> String {
    "it is no SSH signature, or a damaged one".to_owned()
}

/// Bytes that are read from their front, as SSH writes them.
#[derive(Debug, Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], String> {
        let (head, tail) = self.0.split_at_checked(n).ok_or_else(damaged)?;
        self.0 = tail;
        Ok(head)
    }

    fn u32(&mut self) -> Result<u32, String> {
        let bytes: [u8; 4] = self.take(4)?.try_into().map_err(|_| damaged())?;
        Ok(u32::from_be_bytes(bytes))
    }

    /// A `string`.
    fn bytes(&mut self) -> Result<&'a [u8], String> {
        let n = usize::try_from(self.u32()?).map_err(|_| damaged())?;
        self.take(n)
    }

    fn text(&mut self) -> Result<&'a str, String> {
        std::str::from_utf8(self.bytes()?).map_err(|_| damaged())
    }

    /// An `mpint` that is not negative, without leading zeros.
    fn number(&mut self) -> Result<&'a [u8], String> {
        let bytes = self.bytes()?;
        if bytes.first().is_some_and(|b| b & 0x80 != 0) {
            return Err(damaged());
        }
        let zeros = bytes.iter().take_while(|b| **b == 0).count();
        bytes.get(zeros..).ok_or_else(damaged)
    }

    fn end(self) -> Result<(), String> {
        if self.0.is_empty() { Ok(()) } else { Err(damaged()) }
    }

    /// A last `string`.
    fn end_with_bytes(mut self) -> Result<&'a [u8], String> {
        let bytes = self.bytes()?;
        self.end()?;
        Ok(bytes)
    }

    /// A last `mpint`.
    fn end_with_number(mut self) -> Result<&'a [u8], String> {
        let number = self.number()?;
        self.end()?;
        Ok(number)
    }
}
