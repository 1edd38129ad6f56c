use serde_json::{Value, json};

use super::*;
use crate::Miss;
use crate::{FileKind, Memory, Standing};

struct Sink(Vec<Resource>);

impl Output for Sink {
    fn put(&mut self, document: Resource) {
        self.0.push(document);
    }
    fn listed(&mut self, kind: &'static str, result: Result<(), Gap>) {
        assert_eq!((kind, result), (FILESYSTEM, Ok(())));
    }
}

fn document(m: &Memory) -> Resource {
    let host = Host::new(m, "h", "2026-11-01T00:00:00Z".parse().unwrap());
    let mut sink = Sink(Vec::new());
    collect(&host, &mut sink);
    assert_eq!(sink.0.len(), 1);
    sink.0.remove(0)
}

fn root() -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/etc/passwd", "root:x:0:0::/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/bash\nbob:x:1001:1001::/home/bob:/bin/bash\nwww:x:33:33::/:/usr/sbin/nologin\n");
    m.file("/etc/group", "root:x:0:\nshadow:x:42:\nann:x:1000:\nbob:x:1001:\nteam:x:2000:ann,bob\nwww:x:33:\nssl-cert:x:110:www\n");
    m.file("/etc/shadow", "").owned("/etc/shadow", 0, 42, 0o640);
    m.file("/var/lib/dpkg/info/su.list", "/.\n/bin/su\n/usr/bin/ping\n/usr/bin/find\n");
    m.file("/var/lib/dpkg/info/su.md5sums", "d41d8cd98f00b204e9800998ecf8427e  bin/su\n0cc175b9c0f1b6a831c399e269772661  usr/bin/find\n");
    m.directory("/usr/bin").symlink("/bin", "usr/bin");
    m.file("/usr/bin/su", "").owned("/usr/bin/su", 0, 0, 0o4755);
    m
}

fn paths(doc: &Resource, facet: &str) -> Vec<String> {
    let list = doc.properties[facet].as_array().unwrap();
    list.iter().map(|e| e["File"]["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn suid_programs_have_their_package_and_their_digest() {
    let mut m = root();
    m.file("/usr/bin/find", "b").owned("/usr/bin/find", 0, 0, 0o4755);
    m.file("/opt/x", "\x7fELF").owned("/opt/x", 0, 0, 0o4755);
    m.file("/opt/script", "#!/bin/sh\n").owned("/opt/script", 0, 0, 0o4755);
    m.file("/opt/notrun", "").owned("/opt/notrun", 0, 0, 0o4644);
    m.file("/opt/lock", "").owned("/opt/lock", 0, 0, 0o2745);
    let doc = document(&m);
    let list = doc.properties["SuidPrograms"].as_array().unwrap();
    let of = |p: &str| list.iter().find(|e| e["File"]["path"] == p).unwrap();
    assert_eq!(
        paths(&doc, "SuidPrograms"),
        ["/opt/script", "/opt/x", "/usr/bin/find", "/usr/bin/su"]
    );
    assert_eq!(
        (&of("/usr/bin/su")["Package"], &of("/usr/bin/su")["Altered"]),
        (&json!("su"), &json!(false))
    );
    assert_eq!(
        (&of("/usr/bin/find")["Known"], &of("/usr/bin/find")["Altered"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(
        (&of("/opt/x")["Package"], &of("/opt/script")["Script"]),
        (&Value::Null, &json!(true))
    );
    assert_eq!(paths(&doc, "ModifiedPrograms"), ["/usr/bin/find"]);
    // A link in the place of a program is what it leads to.
    let mut m = root();
    m.file("/opt/find", "other").symlink("/usr/bin/find", "/opt/find");
    assert_eq!(paths(&document(&m), "ModifiedPrograms"), ["/usr/bin/find"]);
    m.file("/opt/find", "a");
    assert_eq!(paths(&document(&m), "ModifiedPrograms"), [""; 0]);
}

#[test]
fn a_diverted_program_is_judged_where_it_lies() {
    let mut m = root();
    m.file("/var/lib/dpkg/diversions", "/usr/bin/find\n/usr/bin/find.real\nother\n");
    m.file("/usr/bin/find", "anything").file("/usr/bin/find.real", "a").owned(
        "/usr/bin/find.real",
        0,
        0,
        0o4755,
    );
    let doc = document(&m);
    assert_eq!(paths(&doc, "ModifiedPrograms"), Vec::<String>::new());
    let find = doc.properties["SuidPrograms"]
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["File"]["path"] == "/usr/bin/find.real");
    assert_eq!(find.unwrap()["Package"], "su");
}

#[test]
fn what_everyone_may_write_counts_only_where_everyone_gets() {
    let mut m = root();
    m.directory("/srv/drop")
        .owned("/srv/drop", 0, 0, 0o777)
        .directory("/tmp")
        .owned("/tmp", 0, 0, 0o1777);
    m.file("/srv/f", "").owned("/srv/f", 0, 0, 0o666);
    m.directory("/home/ann/x").owned("/home/ann/x", 1000, 1000, 0o777).owned(
        "/home/ann",
        1000,
        1000,
        0o700,
    );
    m.file("/home/ann/f", "").owned("/home/ann/f", 1000, 1000, 0o666);
    m.special("/srv/sock", FileKind::Socket, 0o777).symlink("/srv/link", "f");
    m.file("/srv/lost", "")
        .owned("/srv/lost", 4444, 33, 0o644)
        .file("/srv/dyn", "")
        .owned("/srv/dyn", 61_200, 0, 0o644);
    m.file("/var/log/auth.log", "").file("/var/log/wtmp", "").file("/var/log/priv", "").owned(
        "/var/log/priv",
        0,
        0,
        0o640,
    );
    let doc = document(&m);
    assert_eq!(paths(&doc, "StickyMissing"), ["/srv/drop"]);
    assert_eq!(paths(&doc, "WorldWritable"), ["/srv/f"]);
    assert_eq!(paths(&doc, "Unowned"), ["/srv/lost"]);
    assert_eq!(doc.properties["Unowned"][0]["Missing"], json!(["user 4444"]));
    assert_eq!(paths(&doc, "Logs"), ["/var/log/auth.log"]);
    m.file("/etc/nsswitch.conf", "passwd: files [!UNAVAIL=return] sss\n");
    assert!(document(&m).gaps["/Unowned"].detail.contains("sss"));
}

#[test]
fn keys_are_exposed_to_those_who_can_log_in_and_get_there() {
    let mut m = root();
    let key = "-----BEGIN PRIVATE KEY-----\n";
    m.file("/etc/a.key", key).file("/etc/b.key", key).owned("/etc/b.key", 0, 0, 0o600);
    m.file("/etc/c.key", key).owned("/etc/c.key", 0, 110, 0o640).file("/etc/d.key", key).owned(
        "/etc/d.key",
        0,
        2000,
        0o640,
    );
    m.file("/root/e.key", key).owned("/root", 0, 0, 0o700).file("/usr/share/doc/x/f.key", key);
    m.file("/var/lib/dpkg/info/x.list", "/usr/share/doc/x/f.key\n")
        .file("/etc/cert.pem", "-----BEGIN CERTIFICATE-----\n");
    let doc = document(&m);
    let readers: Vec<(String, Value)> = doc.properties["PrivateKeys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|k| (k["File"]["path"].as_str().unwrap().to_owned(), k["Readers"].clone()))
        .collect();
    let want = [
        ("/etc/a.key", json!(["everyone"])),
        ("/etc/b.key", json!([])),
        ("/etc/c.key", json!([])),
        ("/etc/d.key", json!(["group 2000"])),
        ("/root/e.key", json!([])),
    ];
    assert_eq!(readers, want.map(|(p, r)| (p.to_owned(), r)));
}

#[test]
fn an_acl_on_a_secret_is_named() {
    let mut m = root();
    let entry = |tag: u16, perm: u16, id: u32| {
        [tag.to_le_bytes().as_slice(), &perm.to_le_bytes(), &id.to_le_bytes()].concat()
    };
    let mut acl = 2_u32.to_le_bytes().to_vec();
    for e in [
        entry(1, 6, u32::MAX),
        entry(2, 4, 1000),
        entry(4, 4, u32::MAX),
        entry(16, 4, u32::MAX),
        entry(32, 0, u32::MAX),
    ] {
        acl.extend(e);
    }
    m.attribute("/etc/shadow", "system.posix_acl_access", &acl);
    let doc = document(&m);
    assert_eq!(doc.properties["AclLeaks"][0]["Extra"], json!(["user 1000"]));
    let shadow = doc.properties["AccountFiles"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["Name"] == "/etc/shadow")
        .unwrap();
    assert_eq!((&shadow["Readers"], &shadow["Writers"]), (&json!(["user 1000"]), &json!([])));
}

#[test]
fn capabilities_beyond_the_distributions_are_told_apart() {
    let mut m = root();
    let caps = |low: u32| {
        [0x0200_0001_u32, low, 0, 0, 0].iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<u8>>()
    };
    for (path, low) in [("/usr/bin/ping", 1_u32 << 13), ("/usr/bin/find", 1 << 7)] {
        m.file(path, "a").owned(path, 0, 0, 0o755).attribute(
            path,
            "security.capability",
            caps(low),
        );
    }
    let doc = document(&m);
    let list = doc.properties["Capabilities"].as_array().unwrap();
    assert_eq!((&list[0]["Permitted"], &list[0]["Known"]), (&json!(["cap_setuid"]), &json!(false)));
    assert_eq!((&list[1]["Known"], &list[1]["Package"]), (&json!(true), &json!("su")));
}

#[test]
fn what_the_walk_could_not_enter_is_no_answer() {
    let mut m = root();
    m.directory("/srv/secret").unreadable("/srv/secret", Miss::Denied);
    let doc = document(&m);
    for facet in WALKED {
        assert!(doc.gaps[&format!("/{facet}")].detail.starts_with("/srv/secret"), "{facet}");
    }
    assert!(doc.properties.contains_key("AccountFiles"));
    let mut bare = Memory::new(Standing::AtRest);
    bare.directory("/etc");
    let doc = document(&bare);
    assert!(doc.gaps.contains_key("/SuidPrograms") && doc.gaps.contains_key("/AccountFiles"));
    assert!(doc.properties.contains_key("WorldWritable"));
}
