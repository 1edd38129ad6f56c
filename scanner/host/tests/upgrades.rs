//! Pending and automatic updates against apt and unattended-upgrades themselves.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests may panic, and name what they skip"
)]

mod common;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use assay_host::{FileKind, MAX_FILE, Miss, Root, Standing, Stat};
use common::{Dice, Scratch, collect, collect_at, skip, systemd, there};

/// This machine's own files. It is trusted: nothing here keeps links inside.
struct Disk;

fn miss(error: &std::io::Error) -> Miss {
    match error.kind() {
        std::io::ErrorKind::NotFound => Miss::Absent,
        std::io::ErrorKind::PermissionDenied => Miss::Denied,
        _ => Miss::Failed(error.to_string()),
    }
}

fn stat(path: &Path, metadata: std::io::Result<std::fs::Metadata>) -> Result<Stat, Miss> {
    let m = metadata.map_err(|e| miss(&e))?;
    let kind = match m.file_type() {
        t if t.is_file() => FileKind::File,
        t if t.is_dir() => FileKind::Directory,
        t if t.is_symlink() => FileKind::Link,
        _ => FileKind::Device,
    };
    assert!(path.is_absolute());
    Ok(Stat {
        kind,
        mode: m.mode() & 0o7777,
        uid: m.uid(),
        gid: m.gid(),
        size: m.size(),
        modified: m.mtime(),
        links: m.nlink(),
        device: m.dev(),
        inode: m.ino(),
    })
}

impl Root for Disk {
    fn standing(&self) -> Standing {
        Standing::AtRest
    }

    fn stat(&self, path: &Path) -> Result<Stat, Miss> {
        stat(path, std::fs::metadata(path))
    }

    fn lstat(&self, path: &Path) -> Result<Stat, Miss> {
        stat(path, std::fs::symlink_metadata(path))
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, Miss> {
        match self.stat(path)? {
            s if s.kind != FileKind::File => Err(Miss::Kind(s.kind.as_str())),
            s if s.size > MAX_FILE => Err(Miss::TooLarge(s.size)),
            _ => std::fs::read(path).map_err(|e| miss(&e)),
        }
    }

    fn head(&self, path: &Path, bytes: usize) -> Result<Vec<u8>, Miss> {
        let mut all = std::fs::read(path).map_err(|e| miss(&e))?;
        all.truncate(bytes);
        Ok(all)
    }

    fn list(&self, path: &Path) -> Result<Vec<OsString>, Miss> {
        let all = std::fs::read_dir(path).map_err(|e| miss(&e))?;
        let mut out: Vec<OsString> = all.map(|e| e.unwrap().file_name()).collect();
        out.sort();
        Ok(out)
    }

    fn link(&self, path: &Path) -> Result<PathBuf, Miss> {
        std::fs::read_link(path).map_err(|e| miss(&e))
    }

    fn resolve(&self, path: &Path) -> Result<PathBuf, Miss> {
        std::fs::canonicalize(path).map_err(|e| miss(&e))
    }

    fn xattr(&self, _: &Path, _: &str) -> Result<Option<Vec<u8>>, Miss> {
        Ok(None)
    }
}

#[test]
fn pending_updates_are_those_that_apt_sees() {
    if !there("apt") {
        return skip("pending_updates", "apt is not installed");
    }
    let docs = collect_at("updates", &Disk, "2000-01-01T00:00:00Z");
    let Some(doc) = docs.iter().find(|d| d.kind == "linux.updates") else {
        return skip("pending_updates", "this host has no package manager that is read");
    };
    let Some(pending) = doc.properties.get("Pending").and_then(|p| p.as_array()) else {
        return skip("pending_updates", &doc.gaps["/Pending"].detail);
    };
    let ours: BTreeSet<&str> = pending.iter().map(|p| p["Package"].as_str().unwrap()).collect();
    let out =
        Command::new("apt").args(["list", "--upgradable"]).env("LC_ALL", "C").output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    let lines = text.lines().filter_map(|l| l.split_once('/'));
    let all: Vec<(&str, &str)> = lines.collect();
    for (name, rest) in &all {
        let from = rest.split_whitespace().next().unwrap();
        if from.split(',').any(|suite| suite.ends_with("-security")) {
            assert!(ours.contains(name), "{name} is missing: {rest}");
        }
    }
    let upgradable: BTreeSet<&str> = all.iter().map(|(name, _)| *name).collect();
    for p in pending {
        let name = p["Package"].as_str().unwrap();
        assert!(upgradable.contains(name), "{name} is not upgradable: {p}");
    }
    eprintln!("{} pending security updates, {} upgradable packages", ours.len(), upgradable.len());
}

/// Asks the program which releases it takes, and which packages it leaves out.
const UNATTENDED: &str = r#"
import json, os, sys, types, logging
from importlib.machinery import SourceFileLoader
sys.dont_write_bytecode = True
logging.disable(logging.CRITICAL)
loader = SourceFileLoader("uu", "/usr/bin/unattended-upgrade")
uu = types.ModuleType("uu")
uu.__file__ = "/usr/bin/unattended-upgrade"
loader.exec_module(uu)
uu.DISTRO_ID, uu.DISTRO_CODENAME = "Debian", "bookworm"
import apt_pkg
apt_pkg.init_config()
names = ["adduser", "bash", "libssl3", "linux-image-amd64", "0ad", "zlib1g", "python3.11", "x11-common", "g++", "7zip"]
for line in sys.stdin:
    case = json.loads(line)
    apt_pkg.config.clear("Unattended-Upgrade")
    apt_pkg.read_config_file(apt_pkg.config, case["file"])
    origin = types.SimpleNamespace(origin="Debian", label="Debian-Security", archive="oldstable-security",
        codename="bookworm-security", component="main", site="security.debian.org")
    try:
        allowed = uu.get_allowed_origins()
        # Other releases come as far as every entry.
        takes = any([uu.match_whitelist_string(a, origin) for a in allowed])
    except Exception:
        takes = None
    try:
        out = apt_pkg.config.value_list("Unattended-Upgrade::Package-Blacklist")
        left = all(uu.is_pkgname_in_blacklist(n, out) for n in names)
    except Exception:
        left = None
    print(json.dumps([takes, left]), flush=True)
"#;

#[test]
fn releases_are_taken_as_unattended_upgrades_takes_them() {
    let program = Path::new("/usr/bin/unattended-upgrade");
    if !program.exists() || !Path::new("/usr/bin/python3").exists() {
        return skip("unattended_upgrades", "unattended-upgrades is not installed");
    }
    let scratch = Scratch::new("unattended");
    let mut dice = Dice(23);
    let mut files = Vec::new();
    let mut input = String::new();
    for round in 0..300 {
        let mut text = String::new();
        for _ in 0..=dice.roll(2) {
            let mut pattern = String::new();
            for i in 0..=dice.roll(3) {
                if i > 0 {
                    pattern.push(',');
                }
                pattern.push_str(dice.pick(&[
                    "origin=Debian",
                    "o=${distro_id}",
                    "o=Debi*",
                    "label=Debian-Security",
                    "l=Debian",
                    "codename=${distro_codename}-security",
                    "n=$distro_codename",
                    "n=bookworm*",
                    "a=oldstable-security",
                    "archive=stable-security",
                    "suite=*-security",
                    "component=main",
                    "c=contrib",
                    "site=security.debian.org",
                    "site=deb.debian.org",
                    " o = Debian ",
                    "o=[!x]ebian",
                    "o=D?bian",
                    "",
                    "x=y",
                    "o",
                    "o=a=b",
                    "n=${nope}",
                    "o=Deb\\,ian",
                    "n=$$",
                    "O=Debian",
                    "o=",
                ]));
            }
            text.push_str(&format!("Unattended-Upgrade::Origins-Pattern:: \"{pattern}\";\n"));
        }
        if dice.roll(3) == 0 {
            let old = dice.pick(&[
                "Debian:bookworm-security",
                "${distro_id}:oldstable-security",
                "Debian oldstable-security",
                "Debian:*-security",
                "Debian",
                "a:b:c",
                "De\\:b:oldstable-security",
                "Debian:  oldstable-security",
                "* *",
            ]);
            text.push_str(&format!("Unattended-Upgrade::Allowed-Origins {{ \"{old}\"; }};\n"));
        }
        if dice.roll(2) == 0 {
            let out = dice.pick(&[
                ".*",
                ".",
                "^",
                "^.*$",
                "[a-z]",
                "[a-z0-9].*",
                "[0-9a-z]",
                "\\w+",
                "\\S",
                "(.*)",
                "linux-",
                "libc6$",
                "(lib)?x",
                "a*",
                "^$",
                "..",
                ".+$",
                "[^x]",
                "[^_]*",
                "*",
                "+",
                "lib.*|.*",
                ".?",
                "[a-z]*$",
                "a?",
                "\\d",
                "\\w*$",
                "..*",
            ]);
            text.push_str(&format!("Unattended-Upgrade::Package-Blacklist:: \"{out}\";\n"));
        }
        let name = format!("{round}.conf");
        scratch.put(&name, &text);
        input.push_str(&serde_json::json!({"file": scratch.0.join(&name)}).to_string());
        input.push('\n');
        files.push(text);
    }
    scratch.put("input", &input);
    scratch.put("ask.py", UNATTENDED);
    let stdin = std::fs::File::open(scratch.0.join("input")).unwrap();
    let out = Command::new("/usr/bin/python3")
        .arg(scratch.0.join("ask.py"))
        .stdin(stdin)
        .output()
        .unwrap();
    if !out.status.success() {
        let said = String::from_utf8_lossy(&out.stderr);
        return skip("unattended_upgrades", said.lines().last().unwrap_or("it does not start"));
    }
    let text = String::from_utf8(out.stdout).unwrap();
    assert_eq!(text.lines().count(), files.len());
    let (mut wrong, mut taken) = (Vec::new(), 0);
    for (file, answer) in files.iter().zip(text.lines()) {
        let answer: [Option<bool>; 2] = serde_json::from_str(answer).unwrap();
        let mut m = systemd();
        m.file("/etc/os-release", "ID=debian\nVERSION_ID=12\nVERSION_CODENAME=bookworm\n");
        m.file("/usr/bin/unattended-upgrade", "x").file("/usr/bin/apt-get", "x");
        m.owned("/usr/bin/unattended-upgrade", 0, 0, 0o755);
        m.file(
            "/etc/apt/sources.list",
            "deb http://security.debian.org/debian-security bookworm-security main\n",
        );
        m.file(
            "/var/lib/apt/lists/security.debian.org_debian-security_dists_bookworm-security_InRelease",
            "Origin: Debian\nLabel: Debian-Security\nSuite: oldstable-security\nCodename: bookworm-security\n",
        );
        m.file(
            "/etc/apt/apt.conf.d/20",
            "APT::Periodic { Update-Package-Lists \"1\"; Unattended-Upgrade \"1\"; };\n",
        );
        m.file("/etc/apt/apt.conf.d/50", file);
        let docs = collect("updates", &m);
        let doc = docs.iter().find(|d| d.kind == "linux.updates").unwrap();
        let problems = doc.properties["Automatic"][0]["Problems"].as_array().unwrap();
        let has = |word: &str| problems.iter().any(|p| p["Why"].as_str().unwrap().contains(word));
        let ours = [
            if has("stops at the origin") { None } else { Some(!has("no entry of")) },
            if has("is no expression") { None } else { Some(has("leaves every package out")) },
        ];
        if ours != answer {
            wrong.push(format!("{file}ours {ours:?}, the program {answer:?}"));
        }
        taken += usize::from(answer[0] == Some(true));
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(taken > 20, "{taken}");
}
