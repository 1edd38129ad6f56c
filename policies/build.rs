//! Finds the content: every file of the tree that this crate embeds. No list is edited by hand.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// What is embedded, below the package's root.
const ROOTS: [&str; 7] =
    ["rules", "types", "lib", "frameworks", "objectives.yaml", "unfed.yaml", "tombstones.yaml"];

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script its folders this way")]
fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut found = Vec::new();
    for name in ROOTS {
        println!("cargo::rerun-if-changed={name}");
        walk(&root.join(name), &mut found)?;
    }
    found.sort();
    let mut code = String::from("&[\n");
    for path in found {
        let below = path.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
        writeln!(code, "    ({below:?}, include_str!({:?})),", path.to_string_lossy())?;
    }
    code.push_str("]\n");
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("content.rs"), code)?;
    Ok(())
}

fn walk(path: &Path, found: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            walk(&entry?.path(), found)?;
        }
    } else if path.is_file() && path.extension().is_some_and(|e| e == "rego" || e == "yaml") {
        found.push(path.to_path_buf());
    }
    Ok(())
}
