//! Packages of rpm against rpm itself: versions, databases of each format, files, pending updates.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests may panic, and name what they skip"
)]

mod common;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use assay_host::{FileKind, Memory, Standing, Stat, rpm_order};
use common::{Dice, Scratch, collect_at, skip, there};
use serde_json::Value;

const SPEC: &str = r##"
Name: %{n}
Version: %{v}
Release: %{r}
%{?e:Epoch: %{e}}
Summary: x
License: MIT
BuildArch: noarch
%description
x
%install
mkdir -p %{buildroot}/usr/bin %{buildroot}/etc
echo "#!/bin/sh %{n}" > %{buildroot}/usr/bin/%{n}
head -c 3000 /dev/zero > %{buildroot}/usr/bin/%{n}-suid
echo a > %{buildroot}/etc/%{n}.conf
ln -s %{n} %{buildroot}/usr/bin/%{n}-link
%files
%attr(0755,root,root) /usr/bin/%{n}
%attr(4755,root,root) %caps(cap_net_raw=p) /usr/bin/%{n}-suid
/usr/bin/%{n}-link
%attr(0755,root,root) %config(noreplace) /etc/%{n}.conf
"##;

/// name, version, release, epoch.
const PACKAGES: [(&str, &str, &str, &str); 5] = [
    ("alpha", "1.0~rc1", "3", "2"),
    ("beta", "2024a", "1.el9_4", ""),
    ("gamma", "0^git20240101.abc", "0.1", "0"),
    ("delta", "10.2.30", "150600.3.9", ""),
    ("epsilon", "1_2", "1%{?dist}", "7"),
];

fn run(program: &str, arguments: &[&str]) -> String {
    let out = Command::new(program).args(arguments).output().unwrap();
    let error = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{program} {arguments:?}: {error}");
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// Packages as files.
fn build(at: &Scratch, all: &[(&str, &str, &str, &str)]) -> Vec<PathBuf> {
    at.put("x.spec", SPEC);
    let top = format!("_topdir {}/build", at.0.display());
    let spec = format!("{}/x.spec", at.0.display());
    for (n, v, r, e) in all {
        let defines = [format!("n {n}"), format!("v {v}"), format!("r {r}"), format!("e {e}")];
        let mut all = vec!["-bb", "--quiet", "--define", &top];
        for define in defines.iter().filter(|d| d.len() > 2) {
            all.extend(["--define", define]);
        }
        all.push(&spec);
        run("rpmbuild", &all);
    }
    let folder = at.0.join("build/RPMS/noarch");
    let mut out: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    out.sort();
    out
}

/// A folder as a root in memory. Links are not followed.
fn load(m: &mut Memory, base: &Path, folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let inside = Path::new("/").join(path.strip_prefix(base).unwrap());
        let meta = std::fs::symlink_metadata(&path).unwrap();
        let kind = if meta.is_dir() {
            m.directory(&inside);
            load(m, base, &path);
            FileKind::Directory
        } else if meta.is_symlink() {
            m.symlink(&inside, std::fs::read_link(&path).unwrap());
            continue;
        } else {
            m.file(&inside, std::fs::read(&path).unwrap());
            FileKind::File
        };
        m.stated(
            &inside,
            Stat {
                kind,
                mode: meta.mode() & 0o7777,
                uid: 0,
                gid: 0,
                size: meta.size(),
                modified: meta.mtime(),
                links: 1,
                device: 0,
                inode: meta.ino(),
            },
        );
    }
}

fn root(folder: &Path) -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    load(&mut m, folder, folder);
    m.file("/etc/passwd", "root:x:0:0::/root:/bin/sh\n").file("/etc/group", "root:x:0:\n");
    m.file("/etc/dnf/dnf.conf", "[main]\ngpgcheck=1\n");
    m
}

fn installed(m: &Memory) -> BTreeMap<String, String> {
    let docs = collect_at("updates", m, "2026-01-01T00:00:00Z");
    let packages = docs.iter().find(|d| d.kind == "linux.packages").unwrap();
    let all = packages.properties.get("Installed");
    let all = all.unwrap_or_else(|| panic!("{:?}", packages.gaps)).as_object().unwrap();
    all.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned())).collect()
}

const QUERY: &str = "%{NAME}.%{ARCH} %|EPOCH?{%{EPOCH}}:{0}|:%{VERSION}-%{RELEASE}\n";

fn asked(rpm: &[&str]) -> BTreeMap<String, String> {
    let mut all = rpm.to_vec();
    all.extend(["-qa", "--qf", QUERY]);
    let answer = run("rpm", &all);
    let pair = |line: &str| {
        let (name, version) = line.split_once(' ').unwrap();
        (name.to_owned(), version.strip_prefix("0:").unwrap_or(version).to_owned())
    };
    answer.lines().map(pair).collect()
}

#[test]
fn versions_sort_as_rpm_sorts_them() {
    if !there("rpm") {
        return skip("versions_sort_as_rpm_sorts_them", "no rpm");
    }
    let mut dice = Dice(11);
    let parts = [
        "0", "1", "9", "10", "01", "a", "b", "rc", "git", ".", ".", "_", "~", "^", "+", "", "el9",
        "ä",
    ];
    let mut word = || (0..=dice.roll(5)).map(|_| dice.pick(&parts)).collect::<String>();
    // rpm refuses versions that are empty.
    let pairs: Vec<(String, String)> = (0..3000)
        .map(|n| {
            let a = format!("1{}", word());
            // Neighbours are where the rules matter.
            let b = if n % 2 == 0 { format!("{a}{}", word()) } else { format!("{}1", word()) };
            (a, b)
        })
        .collect();
    let at = Scratch::new("rpmvercmp");
    let mut script = String::new();
    for (a, b) in &pairs {
        writeln!(script, "print(rpm.vercmp('{a}', '{b}') .. ' ')").unwrap();
    }
    at.put("x.lua", &script);
    let eval = format!("%{{lua:dofile('{}/x.lua')}}", at.0.display());
    let answer = run("rpm", &["--eval", &eval]);
    let answers: Vec<&str> = answer.split_whitespace().collect();
    assert_eq!(answers.len(), pairs.len());
    for ((a, b), said) in pairs.iter().zip(answers) {
        let want = match said {
            "-1" => Ordering::Less,
            "0" => Ordering::Equal,
            _ => Ordering::Greater,
        };
        assert_eq!(rpm_order(a, b), want, "{a} {b}");
    }
}

#[test]
fn databases_of_sqlite_and_of_berkeley_db_say_what_rpm_says() {
    if !there("rpm") || !there("rpmbuild") {
        return skip("databases_of_sqlite_and_of_berkeley_db_say_what_rpm_says", "no rpmbuild");
    }
    let at = Scratch::new("rpmdb");
    let packages = build(&at, &PACKAGES);
    let tree = at.0.join("root");
    std::fs::create_dir_all(tree.join("var/lib/rpm")).unwrap();
    let at_root = ["--root", tree.to_str().unwrap(), "--dbpath", "/var/lib/rpm"];
    let mut all = at_root.to_vec();
    all.extend(["-i", "--nodeps", "--noscripts"]);
    all.extend(packages.iter().map(|p| p.to_str().unwrap()));
    run("rpm", &all);
    let want = asked(&at_root);
    assert_eq!(want.len(), PACKAGES.len());
    assert_eq!(installed(&root(&tree)), want);

    // What rpm finds changed, we find changed.
    let program = |name: &str| tree.join("usr/bin").join(name);
    std::fs::write(program("beta"), "#!/bin/sh\nother\n").unwrap();
    std::fs::write(program("delta-suid"), "other").unwrap();
    std::fs::set_permissions(program("delta-suid"), PermissionsExt::from_mode(0o4755)).unwrap();
    std::fs::write(tree.join("etc/alpha.conf"), "mine\n").unwrap();
    std::fs::set_permissions(program("gamma"), PermissionsExt::from_mode(0o4755)).unwrap();
    std::fs::write(program("planted"), "x").unwrap();
    std::fs::set_permissions(program("planted"), PermissionsExt::from_mode(0o4755)).unwrap();
    let mut all = at_root.to_vec();
    all.extend(["-Va", "--nodeps"]);
    let verify = Command::new("rpm").args(&all).output().unwrap();
    let verify = String::from_utf8_lossy(&verify.stdout).into_owned();
    let mut changed: Vec<&str> = verify
        .lines()
        .filter(|l| l.get(2..3) == Some("5") && !l.contains(" c "))
        .filter_map(|l| l.split_whitespace().last())
        .collect();
    changed.sort_unstable();
    assert_eq!(changed, ["/usr/bin/beta", "/usr/bin/delta-suid"], "{verify}");
    let m = root(&tree);
    let doc = collect_at("filesystem", &m, "2026-01-01T00:00:00Z").pop().unwrap();
    let paths = |facet: &str| -> Vec<String> {
        let all = doc.properties.get(facet).unwrap_or_else(|| panic!("{:?}", doc.gaps));
        let path = |f: &Value| f["File"]["path"].as_str().unwrap().to_owned();
        all.as_array().unwrap().iter().map(path).collect()
    };
    assert_eq!(paths("ModifiedPrograms"), changed);
    let suid = doc.properties["SuidPrograms"].as_array().unwrap();
    let of = |name: &str| {
        let path = format!("/usr/bin/{name}");
        let one = suid.iter().find(|s| s["File"]["path"] == path).unwrap();
        (one["Package"].as_str().map(str::to_owned), one["Known"] == true, one["Altered"] == true)
    };
    let owned = |name: &str| Some(name.to_owned());
    assert_eq!(of("alpha-suid"), (owned("alpha"), true, false));
    assert_eq!(of("delta-suid"), (owned("delta"), true, true));
    assert_eq!(of("gamma"), (owned("gamma"), false, false), "its package gives it no such bit");
    assert_eq!(of("planted"), (None, false, false));

    berkeley(&at, &tree, &want);
}

/// Made by rpm 4.20.1: five packages installed, two removed, three installed, one updated, another
/// removed. The rpm of most systems cannot make one.
#[test]
fn a_database_of_ndb_says_what_rpm_said() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/hosts/rpm");
    let file = std::fs::read(file.join("Packages.db.zst")).unwrap();
    let file = zstd::decode_all(file.as_slice()).unwrap();
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/sysimage/rpm/Packages.db", &file);
    let want = [
        ("alpha.noarch", "2:1.0~rc1-3"),
        ("beta.noarch", "2024b-1.el9_4"),
        ("delta.noarch", "10.2.30-150600.3.9"),
        ("epsilon.noarch", "7:1_2-1"),
        ("gamma.noarch", "0^git20240101.abc-0.1"),
    ];
    let want = want.map(|(name, version)| (name.to_owned(), version.to_owned()));
    assert_eq!(installed(&m), BTreeMap::from(want));
}

/// The same headers in a hash of Berkeley DB, which rpm itself reads too.
fn berkeley(at: &Scratch, tree: &Path, want: &BTreeMap<String, String>) {
    let Some(load) = ["db_load", "db5.3_load"]
        .into_iter()
        .find(|p| Command::new(p).arg("-V").output().is_ok_and(|o| o.status.success()))
    else {
        return skip("databases_of_sqlite_and_of_berkeley_db_say_what_rpm_says", "no db_load");
    };
    let db = rusqlite::Connection::open(tree.join("var/lib/rpm/rpmdb.sqlite")).unwrap();
    let mut rows = db.prepare("SELECT hnum, blob FROM Packages").unwrap();
    let rows: Vec<(u32, Vec<u8>)> =
        rows.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap().map(Result::unwrap).collect();
    for (page, factor) in [(512, 1), (4096, 8), (65_536, 40)] {
        let mut dump = format!(
            "VERSION=3\nformat=bytevalue\ntype=hash\ndb_pagesize={page}\nh_ffactor={factor}\nHEADER=END\n"
        );
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        writeln!(dump, " 00000000\n {}", hex(&100_u32.to_le_bytes())).unwrap();
        for (n, blob) in &rows {
            writeln!(dump, " {}\n {}", hex(&n.to_le_bytes()), hex(blob)).unwrap();
        }
        dump.push_str("DATA=END\n");
        at.put("dump", &dump);
        let folder = at.0.join(format!("bdb{page}/var/lib/rpm"));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("Packages");
        run(load, &["-f", at.0.join("dump").to_str().unwrap(), file.to_str().unwrap()]);
        let base = at.0.join(format!("bdb{page}"));
        assert_eq!(&installed(&root(&base)), want, "pages of {page} bytes");
        let define = "_db_backend bdb_ro";
        let said = Command::new("rpm")
            .args(["--dbpath", folder.to_str().unwrap(), "--define", define, "-qa", "--qf", QUERY])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&said.stdout).lines().count(), want.len());
    }
}

#[test]
fn repositories_of_createrepo_tell_what_is_missing() {
    let name = "repositories_of_createrepo_tell_what_is_missing";
    if !there("rpm") || !there("rpmbuild") || !there("createrepo_c") {
        return skip(name, "no rpmbuild or createrepo_c");
    }
    let at = Scratch::new("repodata");
    let old = build(&at, &PACKAGES);
    let tree = at.0.join("root");
    std::fs::create_dir_all(tree.join("var/lib/rpm")).unwrap();
    let mut all = vec![
        "--root",
        tree.to_str().unwrap(),
        "--dbpath",
        "/var/lib/rpm",
        "-i",
        "--nodeps",
        "--noscripts",
    ];
    all.extend(old.iter().map(|p| p.to_str().unwrap()));
    run("rpm", &all);
    let repository = tree.join("var/cache/dnf/own-0123456789abcdef");
    let make = |packing: &str, advisory: bool| {
        let _ = std::fs::remove_dir_all(&repository);
        std::fs::create_dir_all(&repository).unwrap();
        let packages = at.0.join("build/RPMS/noarch");
        let output = repository.to_str().unwrap();
        let packing = format!("--general-compress-type={packing}");
        let packages = packages.to_str().unwrap();
        run("createrepo_c", &["-q", "--no-database", &packing, "-o", output, packages]);
        if advisory {
            at.put(
                "updateinfo.xml",
                "<?xml version=\"1.0\"?>\n<updates><update from=\"x\" status=\"final\" type=\"security\" \
                 version=\"1\"><id>OWN-2026:1</id><title>t &amp; u</title><description>&lt;a&gt;</description>\
                 <pkglist><collection short=\"c\"><name>c</name><package name=\"alpha\" version=\"1.0\" \
                 release=\"1\" epoch=\"2\" arch=\"noarch\"><filename>f</filename></package></collection>\
                 </pkglist></update></updates>\n",
            );
            let file = at.0.join("updateinfo.xml");
            let (file, to) = (file.to_str().unwrap(), repository.join("repodata"));
            let packing = packing.replace("--general-", "--");
            run("modifyrepo_c", &["--mdtype=updateinfo", &packing, file, to.to_str().unwrap()]);
        }
        let mut m = root(&tree);
        m.file("/etc/yum.repos.d/own.repo", "[own]\nbaseurl=https://x/\n");
        let now = assay_core::Timestamp::from_second(
            std::fs::metadata(repository.join("repodata/repomd.xml")).unwrap().mtime() + 60,
        );
        let docs = collect_at("updates", &m, &now.unwrap().to_string());
        let doc = docs.into_iter().find(|d| d.kind == "linux.updates").unwrap();
        match doc.properties.get("Pending") {
            Some(pending) => Ok(pending.clone()),
            None => Err(doc.gaps["/Pending"].detail.clone()),
        }
    };
    for packing in ["gz", "xz"] {
        let pending = make(packing, true).unwrap();
        assert_eq!(pending[0]["Package"], "alpha", "{packing}");
        assert_eq!(pending[0]["Installed"], "2:1.0~rc1-3");
        assert_eq!(pending[0]["Candidate"], "2:1.0-1");
        assert_eq!(pending[0]["Advisory"], "OWN-2026:1");
        assert_eq!(pending.as_array().unwrap().len(), 1);
        // The repository offers what is installed, and marks nothing.
        assert_eq!(make(packing, false), Ok(serde_json::json!([])), "{packing}");
    }
    build(&at, &[("gamma", "0^git20240102.abc", "0.1", "0")]);
    let why = make("xz", false).unwrap_err();
    assert!(
        why.contains("gamma 0^git20240102.abc-0.1 (installed: 0^git20240101.abc-0.1)"),
        "{why}"
    );
}
