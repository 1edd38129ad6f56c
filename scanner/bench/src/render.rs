//! Rendering 25,000 findings.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::Scratch;

/// Prints time and peak memory of SARIF and HTML.
pub(crate) fn run() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let status = Command::new(cargo)
        .current_dir(root)
        .args(["build", "--quiet", "--release", "-p", "assay-reports", "--example", "render"])
        .status()
        .context("cannot start cargo")?;
    if !status.success() {
        bail!("the example `render` does not build");
    }
    let me = std::env::current_exe().context("cannot tell where this program lies")?;
    let example = me.with_file_name("examples").join("render");
    let scratch = Scratch::new("render")?;
    println!("rendering 25,000 findings");
    let made = Command::new(&example).args(["make"]).arg(&scratch.0).arg("25000").status();
    if !made.context("cannot start the example")?.success() {
        bail!("cannot make findings");
    }
    for format in ["sarif", "html"] {
        let out = Command::new(&example).arg(format).arg(&scratch.0).output()?;
        print!("  {}", String::from_utf8_lossy(&out.stderr));
        if !out.status.success() {
            bail!("rendering {format} failed");
        }
    }
    for file in ["results.sarif", "report.html"] {
        let size = std::fs::metadata(scratch.0.join(file)).map(|m| m.len()).unwrap_or(0);
        println!("  {file}: {:.1} MB", size as f64 / 1e6);
    }
    Ok(())
}
