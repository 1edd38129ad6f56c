//! Seals: a signed statement of what a folder holds.
//!
//! A seal is three files beside the results. The statement ([`STATEMENT`], in-toto's format) names
//! every file with its digest; the envelope ([`ENVELOPE`], DSSE) carries the statement with a
//! signature for tools of the supply chain; the signature ([`SIGNATURE`], OpenSSH's format) lets
//! anybody check the statement without this program:
//!
//! ```console
//! $ ssh-keygen -Y verify -f allowed_signers -I NAME -n assay -s statement.intoto.json.sig < statement.intoto.json
//! ```
//!
//! This program signs with Ed25519 keys of OpenSSH. It checks signatures of every kind of key that
//! [`Signature`] knows, so `ssh-keygen -Y sign` may sign with other keys, agents and security keys;
//! a seal made so has no envelope.

mod signers;
mod ssh;
mod statement;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use signature::Signer as _;
use ssh_key::{Algorithm, HashAlg, LineEnding, PrivateKey};

pub use signers::{Signers, SignersError, When};
pub use ssh::{Public, Signature};
pub use statement::{Statement, Subject};

/// The statement's file.
pub const STATEMENT: &str = "statement.intoto.json";
/// The DSSE envelope's file.
pub const ENVELOPE: &str = "statement.dsse.json";
/// The SSH signature's file.
pub const SIGNATURE: &str = "statement.intoto.json.sig";
/// What the SSH signature is for, as `ssh-keygen -n` takes it.
pub const NAMESPACE: &str = "assay";
/// DSSE's payload type of in-toto statements.
const PAYLOAD: &str = "application/vnd.in-toto+json";

/// Why a seal cannot be made or does not hold.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// A key file cannot be read.
    #[error("cannot read the key {}: {source}; name an OpenSSH private key", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is no private key.
    #[error("{} is no OpenSSH private key: {source}; make one with `ssh-keygen -t ed25519`", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: ssh_key::Error,
    },
    /// The key is protected by a passphrase.
    #[error("the key {} has a passphrase, and assay asks for none: sign with a key made by `ssh-keygen -t ed25519 -N ''`, or sign {STATEMENT} yourself with `ssh-keygen -Y sign -n {NAMESPACE}`", .0.display())]
    Encrypted(PathBuf),
    /// Another kind of key.
    #[error("the key {} is {kind}; only ssh-ed25519 keys sign here: make one with `ssh-keygen -t ed25519`, or sign with `ssh-keygen -Y sign` and this key", path.display())]
    Kind {
        /// The file.
        path: PathBuf,
        /// The key's algorithm.
        kind: String,
    },
    /// The signature could not be made.
    #[error("cannot sign: {0}")]
    Sign(ssh_key::Error),
    /// A value cannot be written as JSON.
    #[error("cannot write the statement: {0}")]
    Json(#[from] serde_json::Error),
    /// The seal does not hold.
    #[error("{0}")]
    Broken(String),
}

/// A key that signs.
#[derive(Debug)]
pub struct Key(PrivateKey);

impl Key {
    /// Reads an unencrypted Ed25519 key of OpenSSH.
    ///
    /// # Errors
    /// It cannot be read, or is another kind of key.
    pub fn read(path: &Path) -> Result<Self, SealError> {
        let text = std::fs::read(path)
            .map_err(|source| SealError::Read { path: path.to_path_buf(), source })?;
        let key = PrivateKey::from_openssh(&text)
            .map_err(|source| SealError::Key { path: path.to_path_buf(), source })?;
        if key.is_encrypted() {
            return Err(SealError::Encrypted(path.to_path_buf()));
        }
        if key.algorithm() != Algorithm::Ed25519 {
            let kind = key.algorithm().to_string();
            return Err(SealError::Kind { path: path.to_path_buf(), kind });
        }
        Ok(Self(key))
    }

    /// The key that 32 bytes make: always the same, for tests.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(PrivateKey::from(ssh_key::private::Ed25519Keypair::from_seed(seed)))
    }

    /// The public key, as a line of `allowed_signers` has it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn public(&self) -> Result<String, SealError> {
        self.0.public_key().to_openssh().map_err(SealError::Sign)
    }

    /// The key's fingerprint, as `ssh-keygen -l` shows it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }
}

/// Signs a text for a namespace: OpenSSH's armoured signature, as `ssh-keygen -Y sign` makes it.
///
/// # Errors
/// The signature could not be made.
pub fn sign_text(key: &Key, namespace: &str, text: &str) -> Result<String, SealError> {
    let signature =
        key.0.sign(namespace, HashAlg::Sha512, text.as_bytes()).map_err(SealError::Sign)?;
    signature.to_pem(LineEnding::LF).map_err(SealError::Sign)
}

/// The files of a seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// [`STATEMENT`].
    pub statement: String,
    /// [`ENVELOPE`]; a seal that `ssh-keygen` made has none.
    pub envelope: Option<String>,
    /// [`SIGNATURE`].
    pub signature: String,
}

/// A DSSE envelope.
#[derive(Debug, Serialize, Deserialize)]
struct Envelope {
    #[serde(rename = "payloadType")]
    payload_type: String,
    payload: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Debug, Serialize, Deserialize)]
struct EnvelopeSignature {
    keyid: String,
    sig: String,
}

/// DSSE's pre-authentication encoding of a payload: what its signature is over.
fn encoded(payload: &[u8]) -> Vec<u8> {
    let mut out = format!("DSSEv1 {} {PAYLOAD} {} ", PAYLOAD.len(), payload.len()).into_bytes();
    out.extend_from_slice(payload);
    out
}

/// A statement as [`STATEMENT`] holds it.
///
/// # Errors
/// It cannot be written as JSON.
pub fn written(statement: &Statement) -> Result<String, SealError> {
    let mut text = serde_json::to_string_pretty(statement)?;
    text.push('\n');
    Ok(text)
}

/// Signs a statement.
///
/// # Errors
/// The signature could not be made.
pub fn seal(statement: &Statement, key: &Key) -> Result<Seal, SealError> {
    let text = written(statement)?;
    let signature = sign_text(key, NAMESPACE, &text)?;
    let plain: ssh_key::Signature = key
        .0
        .try_sign(&encoded(text.as_bytes()))
        .map_err(|_| SealError::Sign(ssh_key::Error::Crypto))?;
    let envelope = Envelope {
        payload_type: PAYLOAD.to_owned(),
        payload: STANDARD.encode(&text),
        signatures: vec![EnvelopeSignature {
            keyid: key.fingerprint(),
            sig: STANDARD.encode(plain.as_bytes()),
        }],
    };
    let mut envelope = serde_json::to_string_pretty(&envelope)?;
    envelope.push('\n');
    Ok(Seal { statement: text, envelope: Some(envelope), signature })
}

/// A seal that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// What was signed.
    pub statement: Statement,
    /// The signing key's fingerprint.
    pub fingerprint: String,
    /// Who signed, where a list of signers knows the key.
    pub signer: Option<String>,
}

/// Checks the files against each other, and the key against a list of signers.
///
/// With a list, a key that is not in it does not count. `at` is the moment for which the list's
/// validity counts.
///
/// # Errors
/// [`SealError::Broken`] names what does not hold.
pub fn check(
    seal: &Seal,
    signers: Option<&Signers>,
    at: assay_core::Timestamp,
) -> Result<Sealed, SealError> {
    let broken = |what: String| SealError::Broken(what);
    let ssh = Signature::read(&seal.signature)
        .map_err(|e| broken(format!("{SIGNATURE} is no SSH signature: {e}")))?;
    ssh.verify(NAMESPACE, seal.statement.as_bytes())
        .map_err(|e| broken(format!("{SIGNATURE} is not a signature of {STATEMENT}: {e}")))?;
    if let Some(envelope) = &seal.envelope {
        check_envelope(envelope, &seal.statement, ssh.key())?;
    }
    let statement: Statement = serde_json::from_str(&seal.statement)
        .map_err(|e| broken(format!("{STATEMENT} is damaged: {e}")))?;
    let signer = signers
        .map(|list| list.find(ssh.key(), NAMESPACE, When::at(at)))
        .transpose()
        .map_err(broken)?;
    Ok(Sealed { statement, fingerprint: ssh.key().fingerprint(), signer })
}

/// The envelope carries the statement, signed by the same key.
fn check_envelope(envelope: &str, statement: &str, key: &Public) -> Result<(), SealError> {
    let envelope: Envelope = serde_json::from_str(envelope)
        .map_err(|e| SealError::Broken(format!("{ENVELOPE} is damaged: {e}")))?;
    let payload = STANDARD.decode(&envelope.payload);
    if envelope.payload_type != PAYLOAD || payload.ok().as_deref() != Some(statement.as_bytes()) {
        return Err(SealError::Broken("the envelope's payload is another statement".to_owned()));
    }
    let ours = envelope.signatures.iter().any(|s| {
        let plain = STANDARD.decode(&s.sig);
        plain.is_ok_and(|sig| key.signed(&encoded(statement.as_bytes()), &sig))
    });
    if ours {
        return Ok(());
    }
    Err(SealError::Broken(format!(
        "no signature in {ENVELOPE} is of the key that signed {STATEMENT}"
    )))
}
