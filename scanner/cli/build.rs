//! Lists the files of the bundled demo snapshot, so that the program carries them.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a build script stops the build with its panic, and gets its paths from cargo"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    providers();
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"))
        .join("../../fixtures/demo/snapshot");
    println!("cargo:rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    walk(&root, &mut files);
    files.sort();
    let mut out = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(&root).expect("below the root").display().to_string();
        let path = file.canonicalize().expect("it exists");
        writeln!(out, "    ({:?}, include_bytes!({:?})),", name.replace('\\', "/"), path)
            .expect("in memory");
    }
    out.push_str("]\n");
    let target = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets it")).join("demo.rs");
    std::fs::write(target, out).expect("cargo's folder can be written");
}

/// What a build holds, in one word each: `collects` (any provider), `clouds` (any cloud), `several`
/// (a cloud and another provider, which one scan can hold).
fn providers() {
    let has = |name: &str| std::env::var_os(format!("CARGO_FEATURE_{name}")).is_some();
    let (aws, azure, host) = (has("AWS"), has("AZURE"), has("HOST"));
    for (name, on) in [
        ("collects", aws || azure || host),
        ("clouds", aws || azure),
        ("several", (aws && (azure || host)) || (azure && host)),
    ] {
        println!("cargo:rustc-check-cfg=cfg({name})");
        if on {
            println!("cargo:rustc-cfg={name}");
        }
    }
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}
