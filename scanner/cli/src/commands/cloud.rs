//! What the clouds' subcommands share.

use assay_reports::text::count;

use crate::args::CloudArgs;
use crate::exit::Usage;

/// The estate key, where a flag names a file with one.
pub(super) fn estate_key(args: &CloudArgs) -> Result<Option<Vec<u8>>, Usage> {
    let Some(path) = &args.estate_key else { return Ok(None) };
    let key = std::fs::read(path).map_err(|e| {
        Usage::new(
            format!("cannot read the estate key {}: {e}", path.display()),
            "make one with `head -c 32 /dev/urandom > FILE` and keep it outside the snapshot",
        )
    })?;
    if key.len() < 16 {
        let size = count(key.len() as u64, "byte", "bytes");
        return Err(Usage::new(
            format!("the estate key {} has {size}", path.display()),
            "use at least 16 random bytes",
        ));
    }
    Ok(Some(key))
}
