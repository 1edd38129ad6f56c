//! Kernel settings, modules and mounts against the programs that read them: generated
//! configurations, same answer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests may panic, and name what they skip"
)]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use assay_core::{Gap, Resource, Timestamp};
use assay_host::{Host, Memory, Output, Standing};
use serde_json::Value;

/// A small generator with a fixed seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }
}

#[derive(Default)]
struct Docs(Vec<Resource>);

impl Output for Docs {
    fn put(&mut self, document: Resource) {
        self.0.push(document);
    }

    fn listed(&mut self, kind: &'static str, result: Result<(), Gap>) {
        assert_eq!(result, Ok(()), "{kind}");
    }
}

fn collect(subject: &str, root: &Memory) -> Vec<Resource> {
    let host = Host::new(root, "h", Timestamp::UNIX_EPOCH);
    let mut docs = Docs::default();
    let subject = assay_host::all().iter().find(|s| s.name == subject).unwrap();
    (subject.collect)(&host, &mut docs);
    docs.0
}

fn skip(test: &str, why: &str) {
    eprintln!("SKIPPED: {test}: {why}");
    if let Some(path) = std::env::var_os("ASSAY_TEST_SKIPS") {
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
        writeln!(file, "{test}: {why}").unwrap();
    }
}

fn there(program: &str) -> bool {
    Path::new(program).is_absolute() && Path::new(program).exists()
        || Command::new(program).arg("--version").output().is_ok_and(|o| o.status.success())
}

/// A directory that goes when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("assay-host-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn put(&self, path: &str, text: &str) {
        let to = self.0.join(path.trim_start_matches('/'));
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::write(to, text).unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn systemd() -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/systemd/systemd", "x").symlink("/sbin/init", "/usr/lib/systemd/systemd");
    m
}

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
