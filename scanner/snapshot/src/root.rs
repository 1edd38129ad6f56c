//! The digest over everything.

use std::io::{BufWriter, Write};

use assay_core::Manifest;
use assay_core::identity::hex;
use sha2::{Digest, Sha256};

/// The root digest of a manifest: sha256 over its compact JSON with an empty `root_digest`. As the
/// manifest holds the digests of all segments and of the call log, it covers every byte of the
/// snapshot.
///
/// # Errors
/// The manifest cannot be written as JSON.
pub fn root_digest(manifest: &Manifest) -> Result<String, serde_json::Error> {
    if !manifest.root_digest.is_empty() {
        return root_digest(&Manifest { root_digest: String::new(), ..manifest.clone() });
    }
    // The manifest of a large estate has tens of megabytes: its text is never whole in memory.
    let mut out = BufWriter::with_capacity(1 << 16, Hashing(Sha256::new()));
    serde_json::to_writer(&mut out, manifest)?;
    let hash = out.into_inner().map_err(|e| serde_json::Error::io(e.into_error()))?.0;
    Ok(hex(&hash.finalize()))
}

/// Takes the digest of what is written.
struct Hashing(Sha256);

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
