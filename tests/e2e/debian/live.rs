//! A running host says what its disk says, but for what only a running host has.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde_json::Value;

use super::{Hardened, installed, yaml};
use crate::hosts::documents;
use crate::support::{assay, folder, program, run, skip};

/// What no disk holds, beside the facets whose names begin with `Running`.
const ONLY_RUNNING: [(&str, &str); 7] = [
    ("linux.sysctl", "Drift"),
    // Whether the firmware checks signatures, and what the kernel was told when it started.
    ("linux.kernel", "UnsignedCodeRefused"),
    // What the headers of disks say: disks are opened while the host runs.
    ("linux.encrypted_volume", "Format"),
    ("linux.encrypted_volume", "Derivations"),
    ("linux.encrypted_volume", "Ciphers"),
    ("linux.encrypted_volume", "KeySlots"),
    // How many names the walk met: the mounts of the test are among them.
    ("linux.filesystem", "Names"),
];

/// What both must say: facets and their gaps.
pub(crate) fn lasting(document: &Value) -> BTreeMap<String, Value> {
    let kind = document["type"].as_str().expect("a type");
    let running = |facet: &str| {
        facet.starts_with("Running") || ONLY_RUNNING.iter().any(|(k, f)| *k == kind && *f == facet)
    };
    let mut out = BTreeMap::new();
    for (facet, value) in document["properties"].as_object().expect("properties") {
        if !running(facet) {
            out.insert(facet.clone(), value.clone());
        }
    }
    for (pointer, gap) in document.get("gaps").and_then(Value::as_object).into_iter().flatten() {
        if !running(pointer.trim_start_matches('/').split('/').next().unwrap_or_default()) {
            out.insert(format!("gap {pointer}"), gap.get("detail").cloned().unwrap_or_default());
        }
    }
    out
}

#[test]
fn a_running_host_says_what_its_disk_says() {
    let test = "debian::live::a_running_host_says_what_its_disk_says";
    let Some(stock) = installed(test) else { return };
    let dir = folder("debian-live");
    let root = dir.join("root");
    super::cp(&stock, &root);
    let hardened: Hardened = yaml("hardened.yaml");
    hardened.steps.iter().for_each(|s| s.apply(&root));
    let common = ["scan", "host", "--name", "debian", "--fail-on", "none", "--quiet"];

    // It runs where only /proc and /sys say that it does: in namespaces of its own.
    let shared = dir.join("shared");
    fs::create_dir_all(&shared).expect("folder");
    fs::copy(program(), shared.join("assay")).expect("copied");
    let inside = |command: &str| {
        let script = "mount -t proc proc $R/proc && mount -t sysfs -o ro sys $R/sys && \
            mount --bind $S $R/mnt && exec chroot $R sh -c";
        let mut c = Command::new("unshare");
        c.args(["--mount", "--pid", "--fork", "sh", "-c", &format!("{script} '{command}'")]);
        c.env("R", &root).env("S", &shared);
        run(&mut c)
    };
    let tried = inside("/mnt/assay --version");
    if tried.code != 0 {
        fs::remove_dir_all(&root).expect("removed");
        return skip(test, &format!("it cannot run in Debian: {}", tried.stderr.trim()));
    }
    inside(&format!("/mnt/assay {} --out /mnt/out", common.join(" "))).expect(&[0, 3]);

    let mut c = assay(&dir);
    c.args(common).arg("--root").arg(&root).arg("--out").arg(dir.join("out"));
    run(&mut c).expect(&[0, 3]);

    let (live, disk) =
        (documents(&shared.join("out/snapshot")), documents(&dir.join("out/snapshot")));
    assert!(disk.len() > 200, "{}", disk.len());
    for (id, document) in &disk {
        let running = live.get(id).unwrap_or_else(|| panic!("{id} is not there while it runs"));
        assert_eq!(lasting(document), lasting(running), "{id}");
    }
    for (id, document) in live.iter().filter(|(id, _)| !disk.contains_key(*id)) {
        let by_hand = document.pointer("/properties/Key/value").is_some_and(|k| k == "by_hand");
        assert!(document["type"] == "linux.socket" || by_hand, "{id} is not on the disk");
    }
    let facets = |all: &BTreeMap<String, Value>, name: &str| {
        all.values().filter(|d| d["properties"].get(name).is_some()).count()
    };
    assert!(facets(&live, "Running") == 1 && facets(&disk, "Running") == 0, "it did run");
    fs::remove_dir_all(&root).expect("removed");
}
