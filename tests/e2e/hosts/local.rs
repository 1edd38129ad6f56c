//! Roots and images on this machine.

use std::fs;

use super::{documents, ended, is_root, scan, tars, unpacked};
use crate::support::{assay, folder, json, run, skip, verdicts};

#[test]
fn an_image_says_what_its_folder_says() {
    let dir = folder("host-image");
    let test = "hosts::local::an_image_says_what_its_folder_says";
    let Some(tree) = unpacked(test, &dir, "web-2") else { return };
    ended(scan(&dir, "disk").arg("--root").arg(&tree));
    ended(scan(&dir, "image").arg("--image").arg(dir.join("web-2.tar")));
    let (disk, image) =
        (documents(&dir.join("disk/snapshot")), documents(&dir.join("image/snapshot")));
    assert!(disk.len() > 100, "{}", disk.len());
    assert_eq!(disk.keys().collect::<Vec<_>>(), image.keys().collect::<Vec<_>>());
    for (id, document) in &disk {
        for part in ["properties", "gaps"] {
            assert_eq!(document.get(part), image[id].get(part), "{part} of {id}");
        }
    }
    assert_eq!(verdicts(&dir.join("disk")), verdicts(&dir.join("image")));
}

#[test]
fn one_scan_takes_several_hosts_and_names_them_itself() {
    let dir = folder("host-several");
    if tars("hosts::local::one_scan_takes_several_hosts", &dir).is_none() {
        return;
    }
    let mut c = scan(&dir, "out");
    c.arg("--image").arg(dir.join("web-2.tar")).arg("--image").arg(dir.join("stockroom.tar"));
    ended(&mut c);
    let manifest = json(&dir.join("out/snapshot/manifest.json"));
    assert_eq!(manifest["scope"]["accounts"], serde_json::json!(["stockroom", "web-2"]));
    run(assay(&dir).args(["verify", "out"])).expect(&[0]);
    // Each alone says the same as both together.
    ended(scan(&dir, "one").arg("--image").arg(dir.join("web-2.tar")));
    let both = verdicts(&dir.join("out"));
    for (key, status) in verdicts(&dir.join("one")) {
        assert_eq!(both.get(&key), Some(&status), "{key:?}");
    }
}

#[test]
fn exit_codes_say_how_it_went() {
    let dir = folder("host-exit");
    if tars("hosts::local::exit_codes_say_how_it_went", &dir).is_none() {
        return;
    }
    let tar = dir.join("stockroom.tar");
    let host = |more: &[&str]| {
        let mut c = assay(&dir);
        c.args(["scan", "host", "--quiet", "--out", "out", "--image"]).arg(&tar).args(more);
        run(&mut c)
    };
    host(&["--fail-on", "critical"]).expect(&[1]);
    host(&["--fail-on", "none"]).expect(&[3]);
    // One rule, which has all that it reads, and what no disk tells is accepted.
    let gap = |what: &str| {
        format!(
            "[[accept_gap]]\n{what}\nreason = \"it does not run\"\nowner = \"dana@example.com\"\n\
             expires = 2099-01-01\n"
        )
    };
    let accepted = gap("listing = \"linux.socket\"") + &gap("operation = \"linux:sockets\"");
    fs::write(dir.join("assay.toml"), accepted).expect("write");
    host(&["--fail-on", "none", "--rule", "LINUX-SSH-001"]).expect(&[0]);
    fs::remove_file(dir.join("assay.toml")).expect("removed");
    host(&["--rule", "LINUX-SSH-001"]).expect(&[1]);
    host(&["--name", "../x"]).expect(&[2]).says(&["../x"]);
    host(&["--name", "a", "--root", "/"]).expect(&[2]).says(&["--name"]);
    let plain = |args: &[&str]| run(assay(&dir).args(["scan", "host", "--out", "none"]).args(args));
    plain(&["--root", "nowhere"]).expect(&[2]).says(&["nowhere"]);
    fs::create_dir_all(dir.join("empty")).expect("folder");
    plain(&["--root", "empty"]).expect(&[2]).says(&["empty", "etc"]);
    fs::write(dir.join("text"), "no image\n").expect("write");
    plain(&["--image", "text"]).expect(&[2]).says(&["text"]);
    plain(&["--ssh=-oProxyCommand=x"]).expect(&[2]);
    plain(&["--inventory", "nowhere.ini"]).expect(&[2]).says(&["nowhere.ini"]);
    assert!(!dir.join("none").exists());
}

#[test]
fn this_machine_is_scanned() {
    if !is_root() {
        return skip("hosts::local::this_machine_is_scanned", "a live scan as root needs root");
    }
    let dir = folder("host-live");
    let ran = run(scan(&dir, "out").args(["--name", "here"])).expect(&[0, 3]);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    let all = documents(&dir.join("out/snapshot"));
    let sysctl = all.get("host:here/sysctl").expect("kernel settings");
    assert!(sysctl["properties"].get("Running").is_some(), "{sysctl}");
    let value = sysctl["properties"]["Running"].to_string();
    let kernel = fs::read_to_string("/proc/sys/kernel/randomize_va_space").expect("a value");
    assert!(value.contains("kernel.randomize_va_space"), "{value}");
    assert!(value.contains(kernel.trim()), "{value}");
}
