use super::*;
use crate::{Memory, Standing};
use assay_core::Timestamp;

#[derive(Default)]
struct Taken(Vec<Resource>, Vec<(String, bool)>);

impl Output for Taken {
    fn put(&mut self, document: Resource) {
        self.0.push(document);
    }
    fn listed(&mut self, kind: &'static str, result: Result<(), Gap>) {
        self.1.push((kind.to_owned(), result.is_ok()));
    }
}

fn run(m: &Memory) -> Taken {
    let host = Host::new(m, "h", "2026-11-01T00:00:00Z".parse::<Timestamp>().unwrap());
    let mut out = Taken::default();
    collect(&host, &mut out);
    out
}

fn doc<'a>(taken: &'a Taken, id: &str) -> &'a Resource {
    taken.0.iter().find(|r| r.id == id).unwrap_or_else(|| panic!("no {id}"))
}

fn value<'a>(r: &'a Resource, pointer: &str) -> &'a Value {
    let (facet, rest) = pointer.split_once('/').unwrap_or((pointer, ""));
    let v = &r.properties[facet];
    if rest.is_empty() { v } else { v.pointer(&format!("/{rest}")).unwrap() }
}

fn small() -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/bin/bash", vec![0; 9000]).owned("/usr/bin/bash", 0, 0, 0o755);
    m.file("/usr/sbin/nologin", vec![0; 5000]).owned("/usr/sbin/nologin", 0, 0, 0o755);
    m.symlink("/bin", "usr/bin");
    m.file(
        "/etc/passwd",
        "root:x:0:0:root:/root:/bin/bash\n  toor:x:-0:0\nann:x:1000:1000::/home/ann:/bin/bash\n\
         # eve:x:0:0:::\n+::0:0:::\nweb::33:33::/var/www:/usr/sbin/nologin\n\
         ann:$1$a$b:1001:9::/:/bin/bash\nbad:x:0x0:0:::\n",
    );
    m.file("/etc/shadow", "root:*:19000:0:99999:7:::\nann:!$6$s$h:19000:0:99999:7:::\n");
    m.file(
        "/etc/group",
        "root:x:0:\nann:x:1000:\nwww-data:x:33:\ndisk:x:6:ann\nlpx:x:6: web,ann\n",
    );
    m.file("/etc/gshadow", "disk:!:eve:bob,ann\n");
    m.directory("/home/ann").owned("/home/ann", 1000, 1000, 0o751);
    m.directory("/root").owned("/root", 0, 0, 0o700);
    m
}

#[test]
fn groups_that_a_module_of_pam_gives() {
    let mut m = small();
    let via = |m: &Memory| {
        let t = run(m);
        let all = t.0.iter().find(|r| r.kind == "linux.group" && r.properties["Name"] == "disk");
        let all = all.unwrap();
        let members = all.properties["Members"].as_array().unwrap().clone();
        let of = |p: &Value| p["Via"] == "pam_group";
        members.iter().filter(|p| of(p)).map(|p| p["Name"].to_string()).collect::<Vec<_>>()
    };
    m.file("/etc/security/group.conf", "# x\nlogin; tty* ; ann|!bob ; Al0000-2400 ; games, disk\n");
    assert!(via(&m).is_empty(), "no stack asks the module");
    m.file("/etc/pam.d/login", "#auth optional pam_group.so\n");
    assert!(via(&m).is_empty());
    m.file("/etc/pam.d/login", "auth optional pam_group.so\n");
    assert_eq!(via(&m), ["\"ann\""]);
}

#[test]
fn odd_spellings_are_read_as_the_library_does() {
    let t = run(&small());
    let users: Vec<_> =
        t.0.iter().filter(|r| r.kind == "linux.user").map(|r| r.id.as_str()).collect();
    let expected = [
        "host:h/user/root",
        "host:h/user/toor",
        "host:h/user/ann",
        "host:h/user/web",
        "host:h/user/ann#7",
    ];
    assert_eq!(users, expected);
    let toor = doc(&t, "host:h/user/toor");
    assert_eq!(*value(toor, "Uid/value"), 0);
    assert_eq!(*value(toor, "Uid/line"), 2);
    assert_eq!(*value(toor, "PasswordState/value"), "absent");
    assert_eq!(*value(toor, "SharedWith/0/Name"), "root");
    let ann = doc(&t, "host:h/user/ann");
    assert_eq!(*value(ann, "PasswordState/value"), "locked");
    assert_eq!(*value(ann, "PasswordScheme/value"), "sha512crypt");
    assert_eq!(*value(ann, "Home/Readers/0"), "everyone who knows a name in it");
    assert_eq!(*value(ann, "Enabled"), false);
    let web = doc(&t, "host:h/user/web");
    assert_eq!(*value(web, "PasswordState/value"), "empty", "whatever the shadow file says");
    assert_eq!(*value(web, "PasswordState/file"), "/etc/passwd");
    assert_eq!(*value(web, "Home/State"), "missing");
    let again = doc(&t, "host:h/user/ann#7");
    assert_eq!(*value(again, "HashInPasswd/value"), true);
    assert!(value(again, "PrimaryGroup/value").is_null());
    let text = serde_json::to_string(&t.0).unwrap();
    assert!(!text.contains("$6$") && !text.contains("$1$"), "hashes stay where they are");
    assert!(t.1.iter().all(|(_, ok)| *ok) && t.1.len() == 3);
}

#[test]
fn groups_with_the_same_id_have_the_same_power() {
    let t = run(&small());
    let via = |id: &str| -> Vec<String> {
        let list = value(doc(&t, id), "Members").as_array().unwrap();
        list.iter().map(|m| format!("{} {}", m["Name"], m["Via"]).replace('"', "")).collect()
    };
    assert_eq!(
        via("host:h/group/disk"),
        ["ann member", "bob member by gshadow", "eve administrator of the group"]
    );
    assert_eq!(via("host:h/group/lpx"), ["web member", "ann member"]);
    assert_eq!(*value(doc(&t, "host:h/group/lpx"), "Power/Group"), "disk");
    assert!(via("host:h/group/root").is_empty(), "uid 0 is root already");
    assert!(value(doc(&t, "host:h/group/ann"), "Power").is_null());
}

#[test]
fn what_may_not_be_read_is_a_gap() {
    let mut m = small();
    m.unreadable("/etc/shadow", crate::Miss::Denied);
    let t = run(&m);
    let ann = doc(&t, "host:h/user/ann");
    for facet in ["PasswordState", "Ageing", "Expired", "Enabled"] {
        assert!(ann.gaps.contains_key(&format!("/{facet}")), "{facet}");
        assert!(!ann.properties.contains_key(facet), "{facet}");
    }
    m.unreadable("/etc/passwd", crate::Miss::Denied);
    let t = run(&m);
    assert!(t.1.iter().any(|(k, ok)| k == "linux.user" && !ok));
}

#[test]
fn a_home_on_a_file_system_that_is_not_mounted_is_no_finding() {
    let mut m = small();
    m.file("/etc/fstab", "/dev/sdb1 /home ext4 defaults 0 2\n");
    m.file("/etc/passwd", "bob:x:1000:1000::/home/bob:/bin/bash\n");
    let t = run(&m);
    assert!(doc(&t, "host:h/user/bob").gaps.contains_key("/Home"));
}

#[test]
fn a_million_lines_stay_bounded() {
    let mut text = String::new();
    for n in 0..600_000 {
        text.push_str("u::1:1\n");
        if n == 10 {
            text.push_str("evil::0:0\n");
        }
    }
    let mut m = Memory::new(Standing::AtRest);
    m.file("/etc/passwd", text);
    let t = run(&m);
    assert!(t.1.iter().any(|(k, ok)| k == "linux.user" && !ok), "the rest was not read");
    assert!(t.0.iter().any(|r| r.id.ends_with("/evil")));
    assert!(t.0.len() <= tables::MAX_ENTRIES + 1);
}

#[test]
fn arbitrary_bytes_do_no_harm() {
    let mut seed = 7_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize
    };
    let words = [
        ":", "\n", "root", "0", "-1", "$6$", "x", "!", ",", "+", "\0", "é", "/", "#", " ", "[", "]",
    ];
    for _ in 0..300 {
        let mut text = || {
            let n = next() % 120;
            (0..n).map(|_| words[next() % words.len()]).collect::<String>()
        };
        let mut m = Memory::new(Standing::AtRest);
        for file in [
            "/etc/passwd",
            "/etc/shadow",
            "/etc/group",
            "/etc/gshadow",
            "/etc/nsswitch.conf",
            "/etc/subuid",
            "/etc/login.defs",
            "/etc/default/useradd",
            "/var/log/wtmp",
            "/var/log/lastlog",
            "/etc/shells",
            "/etc/fstab",
            "/etc/userdb/a.user",
        ] {
            m.file(file, text());
        }
        assert_eq!(run(&m).1.len(), 3);
    }
}
