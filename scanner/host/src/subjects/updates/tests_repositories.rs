//! Pending updates by the caches of dnf, yum, zypper and apk.

use std::io::Write;

use sha1::{Digest as _, Sha1};

use super::tests::{at, updates};
use crate::packages::rpm::tests::{ndb_file, package};
use crate::{Memory, Standing};

const NOW: &str = "2026-11-24T00:00:00Z";
/// Seconds at that time.
const THEN: i64 = 1_795_478_400;

/// A host of dnf with `openssl`, `nodejs` and `bash`, and one repository.
fn dnf() -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/etc/dnf/dnf.conf", "[main]\ngpgcheck=1\n");
    m.file("/etc/yum.repos.d/a.repo", "[base]\nbaseurl=https://x/\n");
    let all = [package("openssl", "3.0", Some(1)), package("bash", "5.1", None)];
    m.file("/var/lib/rpm/Packages.db", ndb_file(&all));
    m
}

/// Puts a cached repository: its advisories (with the ending of their file) and its packages.
fn cache(
    m: &mut Memory,
    folder: &str,
    advisories: Option<(&str, Vec<u8>)>,
    primary: &str,
    age: i64,
) {
    let mut index =
        "<repomd><data type=\"primary\"><location href=\"repodata/1-primary.xml.gz\"/></data>"
            .to_owned();
    if let Some((ending, bytes)) = advisories {
        let name = format!("repodata/2-updateinfo.xml{ending}");
        index.push_str(&format!("<data type='updateinfo'><location href='{name}'/></data>"));
        m.file(format!("{folder}/2-updateinfo.xml{ending}"), bytes);
    }
    index.push_str("</repomd>\n");
    m.file(format!("{folder}/repomd.xml"), index)
        .file(format!("{folder}/1-primary.xml.gz"), gz(primary));
    for name in ["repomd.xml", "1-primary.xml.gz"] {
        dated(m, &format!("{folder}/{name}"), age);
    }
}

fn dated(m: &mut Memory, path: &str, age: i64) {
    use crate::Root;
    let mut stat = m.stat(path.as_ref()).unwrap();
    stat.modified = THEN - age * 86_400;
    m.stated(path, stat);
}

fn gz(text: &str) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(text.as_bytes()).unwrap();
    gz.finish().unwrap()
}

fn update(kind: &str, status: &str, module: &str, name: &str, version: &str) -> String {
    format!(
        "<update from='x' status='{status}' type='{kind}'><id>A-&amp;1</id><references><reference id='no'/>\
         </references><pkglist><collection>{module}<package name='{name}' epoch='1' version='{version}' \
         release='2.el9' arch='x86_64' src='s'><filename>f</filename></package></collection></pkglist></update>"
    )
}

fn advisories(all: &[String]) -> String {
    format!("<?xml version='1.0'?>\n<updates>{}</updates>\n", all.concat())
}

const DNF: &str = "/var/cache/dnf/base-0123456789abcdef/repodata";
const NONE: &str = "<metadata></metadata>";

fn pending(m: &Memory) -> Result<Vec<String>, String> {
    let doc = at(m, NOW).docs.remove(super::KIND).unwrap();
    match doc.properties.get("Pending") {
        Some(all) => Ok(all
            .as_array()
            .unwrap()
            .iter()
            .map(|p| {
                format!("{} {} -> {}", p["Package"], p["Installed"], p["Candidate"])
                    .replace('"', "")
            })
            .collect()),
        None => Err(doc.gaps["/Pending"].detail.clone()),
    }
}

#[test]
fn what_the_distribution_calls_security_counts() {
    let newer = update("security", "final", "", "openssl", "3.1");
    let want = vec!["openssl 1:3.0-1.el9 -> 1:3.1-2.el9".to_owned()];
    let text = advisories(&[update("bugfix", "final", "", "bash", "9"), newer.clone()]);
    for (ending, bytes, want) in [
        ("", text.clone().into_bytes(), &want),
        (".gz", gz(&text), &want),
        (".zst", zstd::encode_all(text.as_bytes(), 1).unwrap(), &want),
        (".xz", XZ.to_vec(), &Vec::new()),
    ] {
        let mut m = dnf();
        cache(&mut m, DNF, Some((ending, bytes)), NONE, 1);
        assert_eq!(&pending(&m).unwrap(), want, "{ending}");
    }
    let mut m = dnf();
    cache(&mut m, DNF, Some((".gz", gz(&text))), NONE, 400);
    assert_eq!(pending(&m).unwrap(), want, "what is known to be missing is missing");
    let doc = at(&m, NOW).docs.remove(super::KIND).unwrap();
    assert_eq!(doc.properties["Pending"][0]["Advisory"], "A-&1");
    assert_eq!(doc.properties["SecurityLists"][0]["Origin"], "base");
    for none in [
        update("security", "retracted", "", "openssl", "3.1"),
        update("security", "final", "", "openssl", "2.9"),
        update("security", "final", "<module name='o' stream='3'/>", "openssl", "3.1"),
        update("security", "final", "", "other", "3.1"),
    ] {
        let mut m = dnf();
        cache(
            &mut m,
            DNF,
            Some(("", advisories(std::slice::from_ref(&none)).into_bytes())),
            NONE,
            7,
        );
        assert_eq!(pending(&m).unwrap(), Vec::<String>::new(), "{none}");
    }
}

/// `<updates></updates>`, packed by xz.
const XZ: [u8; 80] = [
    253, 55, 122, 88, 90, 0, 0, 4, 230, 214, 180, 70, 2, 0, 33, 1, 22, 0, 0, 0, 116, 47, 229, 163,
    224, 0, 19, 0, 18, 93, 0, 30, 29, 74, 6, 85, 222, 132, 114, 16, 75, 107, 56, 57, 174, 204, 15,
    144, 0, 0, 0, 0, 237, 191, 78, 205, 110, 72, 3, 178, 0, 1, 46, 20, 122, 104, 91, 49, 31, 182,
    243, 125, 1, 0, 0, 0, 0, 4, 89, 90,
];

#[test]
fn lists_that_are_missing_old_or_damaged_prove_nothing() {
    let none = advisories(&[]);
    assert!(pending(&dnf()).unwrap_err().contains("no lists of the repository base"));
    let mut m = dnf();
    cache(&mut m, DNF, Some(("", none.clone().into_bytes())), NONE, 8);
    assert!(pending(&m).unwrap_err().contains("8 days old"));
    cache(&mut m, DNF, Some((".bz2", Vec::new())), NONE, 1);
    assert!(pending(&m).unwrap_err().contains("packed with bz2"));
    let packed = gz(&none);
    for cut in 0..packed.len() {
        cache(&mut m, DNF, Some((".gz", packed[..cut].to_vec())), NONE, 1);
        assert!(pending(&m).is_err(), "{cut}");
    }
    for cut in 0..none.trim_end().len() {
        cache(&mut m, DNF, Some(("", none.as_bytes()[..cut].to_vec())), NONE, 1);
        assert!(pending(&m).is_err(), "{cut}");
    }
    // Another enabled repository without lists.
    cache(&mut m, DNF, Some(("", none.clone().into_bytes())), NONE, 1);
    assert_eq!(pending(&m).unwrap(), Vec::<String>::new());
    m.file("/etc/yum.repos.d/b.repo", "[extra]\nbaseurl=https://y/\n");
    assert!(pending(&m).unwrap_err().contains("the repository extra"));
    m.file("/etc/yum.repos.d/b.repo", "[extra]\nbaseurl=https://y/\nenabled=0\n");
    assert!(pending(&m).is_ok());
    m.file("/etc/yum.repos.d/a.repo", "[base]\nenabled=0\nbaseurl=https://x/\n");
    assert!(pending(&m).unwrap_err().contains("no repository is enabled"));
}

#[test]
fn a_repository_without_marks_proves_something_only_where_nothing_is_newer() {
    let offered = |version: &str| {
        format!(
            "<metadata><package type='rpm'><name>bash</name><arch>x86_64</arch><version epoch='0' \
             ver='{version}' rel='1.el9'/><format><rpm:provides><rpm:entry name='no' ver='99'/></rpm:provides>\
             </format></package></metadata>"
        )
    };
    let mut m = dnf();
    cache(&mut m, DNF, None, &offered("5.1"), 1);
    assert_eq!(pending(&m).unwrap(), Vec::<String>::new());
    cache(&mut m, DNF, None, &offered("5.2"), 1);
    let why = pending(&m).unwrap_err();
    assert!(why.contains("bash 5.2-1.el9 (installed: 5.1-1.el9)"), "{why}");
}

#[test]
fn every_kind_of_cache_is_found() {
    let text = advisories(&[update("security", "final", "", "openssl", "3.1")]);
    for folder in
        ["/var/cache/libdnf5/base-0123456789abcdef/repodata", "/var/cache/yum/x86_64/9/base"]
    {
        let mut m = dnf();
        cache(&mut m, folder, Some(("", text.clone().into_bytes())), NONE, 1);
        assert_eq!(pending(&m).unwrap().len(), 1, "{folder}");
    }
    let mut m = Memory::new(Standing::AtRest);
    m.file("/etc/zypp/zypp.conf", "[main]\n");
    m.file("/etc/zypp/repos.d/a.repo", "[repo-update]\nbaseurl=https://x/\n");
    m.file("/usr/lib/sysimage/rpm/Packages.db", ndb_file(&[package("openssl", "3.0", Some(1))]));
    let folder = "/var/cache/zypp/raw/repo-update/repodata";
    cache(&mut m, folder, Some(("", text.into_bytes())), NONE, 1);
    assert_eq!(pending(&m).unwrap().len(), 1);
}

/// An index of apk: a tar within gzip, as its name in the cache.
fn index(m: &mut Memory, address: &str, text: &str, age: i64) {
    let mut tar = Vec::new();
    for (name, text) in [("DESCRIPTION", "v3"), ("APKINDEX", text)] {
        let mut head = vec![0; 512];
        head[..name.len()].copy_from_slice(name.as_bytes());
        head[124..135].copy_from_slice(format!("{:011o}", text.len()).as_bytes());
        tar.extend(head);
        tar.extend(text.as_bytes());
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.extend([0; 1024]);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&tar).unwrap();
    let hash = assay_core::identity::hex(&Sha1::digest(address));
    let path = format!("/var/cache/apk/APKINDEX.{}.tar.gz", &hash[..8]);
    m.file(&path, packed.finish().unwrap());
    dated(m, &path, age);
}

#[test]
fn alpine_is_up_to_date_or_not_known_to_be() {
    let mut m = Memory::new(Standing::AtRest);
    let main = "http://dl-cdn.alpinelinux.org/alpine/v3.10/main";
    m.file("/etc/apk/repositories", format!("{main}\n@edge https://x/edge\n"));
    m.file(
        "/lib/apk/db/installed",
        "P:openssl\nV:3.3.2-r0\nA:x86_64\n\nP:musl\nV:1.2.5-r1\nA:x86_64\n",
    );
    assert!(pending(&m).unwrap_err().contains("no index"));
    index(&mut m, main, "P:openssl\nV:3.3.2-r0\n\nP:musl\nV:1.2.5-r0\n\n", 1);
    // The name that apk 2 gives the index of this address.
    assert!(crate::Root::stat(&m, "/var/cache/apk/APKINDEX.00740ba1.tar.gz".as_ref()).is_ok());
    assert_eq!(pending(&m).unwrap(), Vec::<String>::new());
    index(&mut m, main, "P:openssl\nV:3.3.2-r0\n\n", 9);
    assert!(pending(&m).unwrap_err().contains("9 days old"));
    index(&mut m, main, "P:openssl\nV:3.3.3-r0\n\n", 1);
    let why = pending(&m).unwrap_err();
    assert!(why.contains("openssl 3.3.3-r0 (installed: 3.3.2-r0)"), "{why}");
    assert_eq!(updates(&m).properties["Managers"][0], "apk");
    m.file("/etc/apk/world", "openssl=3.3.2-r0\nmusl>1\nbusybox\n!x=1\n");
    let docs = at(&m, NOW).docs;
    let packages = &docs[super::packages::KIND];
    assert_eq!(packages.properties["Held"], serde_json::json!(["openssl"]));
    assert_eq!(packages.properties["Installed"]["musl"], "1.2.5-r1");
}
