//! Kernel settings and modules against the programs that read them: generated configurations, same
//! answer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests may panic, and name what they skip"
)]

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use assay_host::{Memory, Standing};
use common::{Dice, Scratch, collect, skip, systemd, there};
use serde_json::Value;

#[test]
fn files_of_sysctl_are_read_in_the_order_of_systemd() {
    if !there("systemd-analyze") {
        return skip("files_of_sysctl", "systemd-analyze is not installed");
    }
    let mut dice = Dice(1);
    for round in 0..40 {
        let scratch = Scratch::new(&format!("sysctl-{round}"));
        let mut m = systemd();
        for _ in 0..=dice.roll(8) {
            let directory = dice.pick(&["/etc", "/usr/local/lib", "/usr/lib"]);
            let name = dice.pick(&[
                "10-a.conf",
                "9-b.conf",
                "50-Z.conf",
                "50-a.conf",
                "99-sysctl.conf",
                "a.conf",
                "z.txt",
                ".h.conf",
                "50-a.conf~",
            ]);
            let path = format!("{directory}/sysctl.d/{name}");
            if scratch.0.join(path.trim_start_matches('/')).symlink_metadata().is_ok() {
                continue;
            }
            if dice.roll(6) == 0 {
                scratch.put(&format!("{directory}/sysctl.d/x"), "");
                std::os::unix::fs::symlink(
                    "/dev/null",
                    scratch.0.join(path.trim_start_matches('/')),
                )
                .unwrap();
                m.symlink(&path, "/dev/null");
                continue;
            }
            let mut text = String::new();
            for _ in 0..dice.roll(6) {
                let key = dice.pick(&[
                    "kernel.a",
                    "kernel/a",
                    "-kernel.a",
                    "vm.b.c",
                    "vm/b/c",
                    " net.d ",
                    "#kernel.a",
                    "net.x/1.y",
                    "net/x.1/y",
                ]);
                text.push_str(&format!("{key} = {}\n", dice.roll(9)));
            }
            scratch.put(&path, &text);
            m.file(&path, &text);
        }
        let root = format!("--root={}", scratch.0.display());
        let out = Command::new("systemd-analyze")
            .args(["cat-config", &root, "sysctl.d"])
            .output()
            .unwrap();
        let mut expected: BTreeMap<String, String> = BTreeMap::new();
        for line in String::from_utf8_lossy(&out.stdout).lines() {
            let line = line.trim();
            if line.starts_with('#') || line.is_empty() {
                continue;
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            let key = key.trim().trim_start_matches('-');
            // One spelling: slashes.
            let key = if key.find(['.', '/']).is_some_and(|i| &key[i..=i] == ".") {
                key.chars()
                    .map(|c| {
                        if c == '.' {
                            '/'
                        } else if c == '/' {
                            '.'
                        } else {
                            c
                        }
                    })
                    .collect()
            } else {
                key.to_owned()
            };
            expected.insert(key, value.trim().to_owned());
        }
        let doc = &collect("sysctl", &m)[0];
        let got: BTreeMap<String, String> = doc.properties["Configured"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(k, v)| {
                let key = k.chars().map(|c| {
                    if c == '.' {
                        '/'
                    } else if c == '/' {
                        '.'
                    } else {
                        c
                    }
                });
                (key.collect(), v["value"].as_str().unwrap().to_owned())
            })
            .collect();
        assert_eq!(got, expected, "round {round}\n{}", String::from_utf8_lossy(&out.stdout));
    }
}

#[test]
fn one_file_means_what_procps_makes_of_it() {
    let help = Command::new("sysctl").arg("--help").output();
    if !help.is_ok_and(|o| String::from_utf8_lossy(&o.stdout).contains("--dry-run")) {
        return skip("one_file_of_sysctl", "a sysctl with --dry-run is not installed");
    }
    if !Path::new("/proc/sys/net/ipv4/conf/default/log_martians").exists() {
        return skip("one_file_of_sysctl", "/proc/sys/net is not there");
    }
    let mut dice = Dice(2);
    for round in 0..60 {
        let scratch = Scratch::new(&format!("procps-{round}"));
        let mut text = String::new();
        for _ in 0..dice.roll(8) {
            let name = dice.pick(&["all", "default", "*", "lo"]);
            let key = match dice.roll(4) {
                0 => format!("net/ipv4/conf/{name}/log_martians"),
                1 => "kernel.kptr_restrict".to_owned(),
                _ => format!("net.ipv4.conf.{name}.log_martians"),
            };
            let comment = dice.pick(&["", "", "", "# ", ";"]);
            let dash = dice.pick(&["", "", "-"]);
            text.push_str(&format!("{comment}{dash}{key} = {}\n", dice.roll(2)));
        }
        scratch.put("/s.conf", &text);
        let out = Command::new("sysctl")
            .arg("--dry-run")
            .arg("-p")
            .arg(scratch.0.join("s.conf"))
            .output()
            .unwrap();
        let says: BTreeMap<String, String> = String::from_utf8_lossy(&out.stdout)
            .lines()
            .filter_map(|l| l.split_once(" = "))
            .map(|(k, v)| (k.to_owned(), v.trim().to_owned()))
            .collect();
        let mut m = Memory::new(Standing::AtRest);
        m.file("/sbin/init", "x").file("/etc/inittab", "").file("/etc/sysctl.conf", &text);
        let doc = &collect("sysctl", &m)[0];
        let one = |name: &str| {
            says.get(&format!("net.ipv4.conf.{name}.log_martians")).is_some_and(|v| v == "1")
        };
        // A pattern stands before an explicit name in procps too, so order does not matter there.
        assert_eq!(
            doc.properties["LogMartians"][0]["Setting"]["value"],
            Value::from(one("all") || one("default")),
            "round {round}\n{text}\n{says:?}"
        );
        let kptr = says.get("kernel.kptr_restrict").map_or(0, |v| v.parse::<i64>().unwrap());
        assert_eq!(doc.properties["kernel.kptr_restrict"]["value"], kptr, "round {round}\n{text}");
    }
}

/// Builds modules that depmod understands.
fn modules(scratch: &Scratch) -> bool {
    let base = "lib/modules/6.1/kernel";
    std::fs::create_dir_all(scratch.0.join(base)).unwrap();
    for (name, alias) in
        [("usb-storage", "usb:v1*"), ("cramfs", "fs-cramfs"), ("sctp", "net-pf-2-proto-132")]
    {
        let source = scratch.0.join("m.c");
        let text = format!(
            "__attribute__((section(\".modinfo\"),used)) static const char a[]=\"license=GPL\";\n\
             __attribute__((section(\".modinfo\"),used)) static const char b[]=\"alias={alias}\";\n"
        );
        std::fs::write(&source, text).unwrap();
        let built = Command::new("cc")
            .arg("-c")
            .arg("-o")
            .arg(scratch.0.join(base).join(format!("{name}.ko")))
            .arg(&source)
            .status();
        if !built.is_ok_and(|s| s.success()) {
            return false;
        }
    }
    scratch.put("lib/modules/6.1/modules.order", "");
    scratch.put("lib/modules/6.1/modules.builtin", "");
    Command::new("depmod")
        .arg("-b")
        .arg(&scratch.0)
        .arg("6.1")
        .output()
        .is_ok_and(|o| o.status.success())
}

#[test]
fn modules_load_where_modprobe_loads_them() {
    if !there("modprobe") || !there("depmod") || !there("cc") {
        return skip("modules_load", "modprobe, depmod or cc is not installed");
    }
    let scratch = Scratch::new("modprobe");
    assert!(modules(&scratch));
    let mut dice = Dice(3);
    let aliases =
        [("usb_storage", "usb:v1234"), ("cramfs", "fs-cramfs"), ("sctp", "net-pf-2-proto-132")];
    for round in 0..60 {
        let config = format!("conf-{round}");
        std::fs::create_dir_all(scratch.0.join(&config)).unwrap();
        let mut m = Memory::new(Standing::AtRest);
        m.file("/sbin/init", "x");
        for file in ["a.conf", "b.conf", "c.txt"].iter().take(1 + dice.roll(3)) {
            let mut text = String::new();
            for _ in 0..dice.roll(6) {
                let word = dice.pick(&[
                    "install",
                    "blacklist",
                    "alias",
                    "remove",
                    "options",
                    "Install",
                    "#install",
                ]);
                let name = dice.pick(&[
                    "usb-storage",
                    "usb_storage",
                    "usb*",
                    "cramfs",
                    "sctp",
                    "sct?",
                    "[s]ctp",
                    "usb[-_]storage",
                ]);
                let rest = match word {
                    "alias" => "off",
                    "blacklist" => "",
                    _ => dice.pick(&[
                        "/bin/true",
                        "/bin/false",
                        "/sbin/modprobe -i x",
                        "\\\n /bin/true",
                        "",
                    ]),
                };
                let blank = dice.pick(&["", "  ", "\t"]);
                text.push_str(&format!("{blank}{word} {name} {rest}\n"));
            }
            scratch.put(&format!("{config}/{file}"), &text);
            m.file(format!("/etc/modprobe.d/{file}"), &text);
        }
        let docs = collect("module", &m);
        for (name, alias) in aliases {
            let asks = |what: &str| {
                let out = Command::new("modprobe")
                    .args(["-S", "6.1", "-n", "-v", "-d"])
                    .arg(&scratch.0)
                    .arg("-C")
                    .arg(scratch.0.join(&config))
                    .arg(what)
                    .output()
                    .unwrap();
                String::from_utf8_lossy(&out.stdout).trim().to_owned()
            };
            let doc = docs.iter().find(|d| d.name == name).unwrap();
            for (facet, what) in [("Explicit", name), ("Automatic", alias)] {
                let says = asks(what);
                let loads = says.starts_with("insmod") || says.contains("modprobe -i");
                assert_eq!(
                    doc.properties[facet]["value"],
                    Value::from(loads),
                    "round {round}, {facet} {name}: {says:?}\n{:?}",
                    std::fs::read_dir(scratch.0.join(&config))
                        .unwrap()
                        .map(|f| std::fs::read_to_string(f.unwrap().path()).unwrap())
                        .collect::<Vec<_>>()
                );
            }
        }
    }
}
