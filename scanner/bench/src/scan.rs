//! A scan of a seeded account: calls and wall time, beside the fewest calls that its reads imply.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

/// Runs `fixtures/lab/bench.py`, which starts the lab, seeds scale 1 and 10, and scans.
pub(crate) fn run() -> Result<()> {
    let Ok(python) = std::env::var("ASSAY_TEST_PYTHON") else {
        println!("SKIPPED scan: it needs Python with moto");
        return Ok(());
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let status = Command::new(python).current_dir(root).arg("fixtures/lab/bench.py").status()?;
    if !status.success() {
        bail!("the scan of the seeded account failed");
    }
    Ok(())
}
