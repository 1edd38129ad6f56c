//! Hosts as a user scans them: roots, images, hosts over ssh, inventories, without rights, with names
//! and files that mean harm.

mod explain;
mod local;
mod odd;
mod outputs;
mod ssh;
mod unprivileged;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{assay, json, root, run, skip};

/// Whether this runs as root: owners of files can be set.
fn is_root() -> bool {
    fs::read_to_string("/proc/self/status")
        .is_ok_and(|s| s.lines().any(|l| l.starts_with("Uid:\t0\t")))
}

/// The tars of the demo's hosts, made in a folder.
fn tars(test: &str, dir: &Path) -> Option<()> {
    let made = Command::new("python3").arg(root().join("fixtures/demo/roots.py")).arg(dir).output();
    match made {
        Ok(out) if out.status.success() => Some(()),
        Ok(out) => panic!("roots.py: {}", String::from_utf8_lossy(&out.stderr)),
        Err(_) => {
            skip(test, "python3 is not installed");
            None
        }
    }
}

/// The root of one of the demo's hosts, unpacked with its owners.
fn unpacked(test: &str, dir: &Path, host: &str) -> Option<PathBuf> {
    if !is_root() {
        skip(test, "only root can give files to others");
        return None;
    }
    tars(test, dir)?;
    let tree = dir.join(host);
    fs::create_dir_all(&tree).expect("folder");
    let tar = dir.join(format!("{host}.tar"));
    let mut c = Command::new("tar");
    c.args(["-x", "-p", "--same-owner", "--numeric-owner", "-f"]).arg(tar).arg("-C").arg(&tree);
    assert!(c.status().expect("tar starts").success());
    Some(tree)
}

/// `assay scan host` with what the tests of hosts share.
fn scan(dir: &Path, out: &str) -> Command {
    let mut c = assay(dir);
    c.args(["scan", "host", "--quiet", "--fail-on", "none", "--verdicts", "all", "--out", out]);
    c
}

/// The documents of a snapshot by id.
pub(crate) fn documents(snapshot: &Path) -> BTreeMap<String, Value> {
    let manifest = json(&snapshot.join("manifest.json"));
    let segments = manifest.get("segments").and_then(Value::as_array).expect("segments");
    let mut out = BTreeMap::new();
    for segment in segments {
        let path = segment.get("path").and_then(Value::as_str).expect("a path");
        let file = fs::File::open(snapshot.join(path)).expect("a segment");
        let text = zstd::decode_all(file).expect("zstd");
        for line in String::from_utf8(text).expect("text").lines() {
            let document: Value = serde_json::from_str(line).expect("a document");
            out.insert(document["id"].as_str().expect("an id").to_owned(), document);
        }
    }
    out
}

/// The states of a host's listings, by type.
fn listings(out: &Path, host: &str) -> BTreeMap<String, String> {
    let manifest = json(&out.join("snapshot/manifest.json"));
    let all = manifest["listings"].as_array().expect("listings").clone();
    let mine = all.iter().filter(|l| l["account"] == host);
    let text = |l: &Value, k: &str| l[k].as_str().unwrap_or_default().to_owned();
    mine.map(|l| (text(l, "type"), text(l, "state"))).collect()
}

/// Runs to the end, which may find things and may not see others.
fn ended(c: &mut Command) -> crate::support::Ran {
    run(c).expect(&[0, 3])
}
