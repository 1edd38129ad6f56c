//! Mounts against the programs that make them: generated lines of fstab, same answer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests may panic, and name what they skip"
)]

mod common;

use std::process::Command;

use common::{Dice, Scratch, collect, skip, systemd, there};
use serde_json::Value;

/// Random lines of fstab.
fn lines(dice: &mut Dice) -> String {
    let mut text = String::new();
    for i in 0..dice.roll(7) {
        let target = dice.pick(&[
            "/tmp",
            "/home",
            "//var//tmp/",
            "/var/log",
            "/a\\040b",
            "/srv",
            "relative",
            "none",
        ]);
        let mut options: Vec<&str> = Vec::new();
        for _ in 0..dice.roll(5) {
            options.push(dice.pick(&[
                "noauto",
                "nofail",
                "nosuid",
                "suid",
                "noexec",
                "exec",
                "nodev",
                "user",
                "users",
                "defaults",
                "ro",
                "context=\"a,b\"",
                "auto",
            ]));
        }
        let options = options.join(",");
        let comment = dice.pick(&["", "", "", "", "#", "  "]);
        text.push_str(&format!("{comment}/dev/vd{i} {target} ext4 {options} 0 2\n"));
    }
    text
}

#[test]
fn lines_of_fstab_become_the_units_of_the_generator() {
    let generator = "/usr/lib/systemd/system-generators/systemd-fstab-generator";
    if !there(generator) {
        return skip("lines_of_fstab", "systemd-fstab-generator is not installed");
    }
    let mut dice = Dice(4);
    for round in 0..60 {
        let scratch = Scratch::new(&format!("fstab-{round}"));
        let text = lines(&mut dice);
        scratch.put("/fstab", &text);
        for out in ["n", "e", "l"] {
            std::fs::create_dir_all(scratch.0.join(out)).unwrap();
        }
        Command::new(generator)
            .env("SYSTEMD_FSTAB", scratch.0.join("fstab"))
            .env("SYSTEMD_IN_INITRD", "0")
            .args(["n", "e", "l"].map(|d| scratch.0.join(d)))
            .output()
            .unwrap();
        let mut m = systemd();
        m.file("/etc/fstab", &text);
        let docs = collect("mount", &m);
        for (point, unit) in [
            ("/tmp", "tmp.mount"),
            ("/home", "home.mount"),
            ("/var/tmp", "var-tmp.mount"),
            ("/var/log", "var-log.mount"),
            ("/a b", "a\\x20b.mount"),
            ("/srv", "srv.mount"),
        ] {
            let made = std::fs::read_to_string(scratch.0.join("n").join(unit)).ok();
            let pulled = ["requires", "wants"].iter().any(|w| {
                scratch
                    .0
                    .join(format!("n/local-fs.target.{w}"))
                    .join(unit)
                    .symlink_metadata()
                    .is_ok()
            });
            let doc = docs.iter().find(|d| d.name == point);
            let separate = doc.is_some_and(|d| d.properties["Separate"]["value"] == true);
            assert_eq!(
                separate,
                made.is_some() && pulled,
                "round {round} {point}\n{text}\n{made:?}"
            );
            if let (true, Some(doc), Some(made)) = (separate, doc, made) {
                let options = made.lines().find_map(|l| l.strip_prefix("Options=")).unwrap_or("");
                let what = made.lines().find_map(|l| l.strip_prefix("What=")).unwrap_or("");
                assert_eq!(doc.properties["Source"], what, "round {round} {point}\n{text}");
                let words: Vec<&str> = doc.properties["Options"]["value"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|w| w.as_str().unwrap())
                    .collect();
                // The generator takes out what only it reads.
                let without = |text: &str| {
                    text.split(',')
                        .filter(|w| !["nofail", "auto", "noauto", "defaults", ""].contains(w))
                        .map(str::to_owned)
                        .collect::<Vec<_>>()
                };
                assert_eq!(
                    without(&words.join(",")),
                    without(options),
                    "round {round} {point}\n{text}"
                );
            }
        }
    }
}

#[test]
fn flags_are_those_that_mount_sets() {
    let scratch = Scratch::new("flags");
    let at = scratch.0.join("m");
    std::fs::create_dir_all(&at).unwrap();
    let mut dice = Dice(5);
    let mut all = Vec::new();
    let mut script = String::new();
    for _ in 0..40 {
        let words: Vec<&str> = (0..=dice.roll(5))
            .map(|_| {
                dice.pick(&[
                    "nosuid", "suid", "nodev", "dev", "noexec", "exec", "user", "users", "owner",
                    "group", "defaults", "rw", "nouser", "relatime",
                ])
            })
            .collect();
        let words = words.join(",");
        script.push_str(&format!("mount -t tmpfs -o {words} tmpfs {0} && grep ' {0} ' /proc/self/mountinfo | tail -1; umount {0}\n", at.display()));
        all.push(words);
    }
    let out = Command::new("unshare").args(["-m", "sh", "-c", &script]).output();
    let Ok(out) = out else { return skip("flags_of_mounts", "unshare is not installed") };
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let mounted: Vec<&str> = text.lines().collect();
    if mounted.len() != all.len() {
        return skip("flags_of_mounts", "nothing may be mounted here");
    }
    for (words, line) in all.iter().zip(mounted) {
        let set: Vec<&str> = line.split(' ').nth(5).unwrap().split(',').collect();
        let mut m = systemd();
        m.file("/etc/fstab", format!("tmpfs /x tmpfs {words} 0 0\n"));
        let docs = collect("mount", &m);
        let doc = docs.iter().find(|d| d.name == "/x").unwrap();
        for (facet, flag) in [("NoSuid", "nosuid"), ("NoDev", "nodev"), ("NoExec", "noexec")] {
            assert_eq!(
                doc.properties[facet]["value"],
                Value::from(set.contains(&flag)),
                "{words}: {line}"
            );
        }
    }
}
