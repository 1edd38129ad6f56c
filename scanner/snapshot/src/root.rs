//! The digest over everything.

use assay_core::Manifest;
use assay_core::identity::sha256;

/// The root digest of a manifest: sha256 over its compact JSON with an empty `root_digest`. As the
/// manifest holds the digests of all segments and of the call log, it covers every byte of the
/// snapshot.
///
/// # Errors
/// The manifest cannot be written as JSON.
pub fn root_digest(manifest: &Manifest) -> Result<String, serde_json::Error> {
    let bare = Manifest { root_digest: String::new(), ..manifest.clone() };
    Ok(sha256(&serde_json::to_vec(&bare)?))
}
