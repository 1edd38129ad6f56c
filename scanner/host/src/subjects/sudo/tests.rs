use super::*;
use crate::{Memory, Standing};

#[derive(Default)]
struct Kept(Vec<Resource>);

impl Output for Kept {
    fn put(&mut self, document: Resource) {
        self.0.push(document);
    }
    fn listed(&mut self, _: &'static str, _: Result<(), Gap>) {}
}

fn root(files: &[(&str, &str)]) -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/bin/sudo", "\0--with-timeout=15 \x001.9.13p3\0");
    m.file(
        "/etc/passwd",
        "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/:\nbob:x:1001:1001::/:\n",
    );
    m.file("/etc/group", "root:x:0:\nops:x:50:bob\n").file("/etc/hostname", "web1\n");
    for (path, text) in files {
        m.file(path, text);
    }
    m
}

fn read(m: &Memory) -> Resource {
    let mut kept = Kept::default();
    collect(&Host::new(m, "h", assay_core::Timestamp::UNIX_EPOCH), &mut kept);
    kept.0.pop().unwrap()
}

/// `user as target: command` of each grant without a password, `+` before one with.
fn granted(files: &[(&str, &str)]) -> Vec<String> {
    let r = read(&root(files));
    let all = r.properties["Grants"].as_array().unwrap().clone();
    let one = |g: &Value| {
        let sign = if g["Authenticate"]["value"] == true { "+" } else { "-" };
        format!("{sign}{} as {}: {}", g["User"], g["As"], g["Command"]).replace('"', "")
    };
    all.iter().map(one).collect()
}

#[test]
fn the_last_match_decides() {
    let main = "alice ALL=(ALL) NOPASSWD: ALL\n@includedir /etc/sudoers.d\n";
    assert_eq!(granted(&[("/etc/sudoers", main)])[0], "-alice as root: ALL");
    let late = [("/etc/sudoers", main), ("/etc/sudoers.d/z", "alice ALL=(ALL) PASSWD: ALL")];
    assert!(granted(&late).iter().all(|g| g.starts_with('+')));
    let skipped = [("/etc/sudoers", main), ("/etc/sudoers.d/z.bak", "bob ALL=NOPASSWD: ALL")];
    assert!(!granted(&skipped).iter().any(|g| g.contains("bob")));
    let denied = "alice ALL=NOPASSWD: /bin/ls\nalice ALL = !ALL";
    assert!(granted(&[("/etc/sudoers", denied)]).is_empty());
}

#[test]
fn hosts_aliases_and_inherited_tags() {
    let text = "User_Alias A = alice, !bob : B = A\nHost_Alias W = web*, !web2\n\
                Cmnd_Alias C = /bin/a, /bin/b\nA other = NOPASSWD: ALL\n\
                B W = NOPASSWD: /bin/x, C, PASSWD: /bin/y : web2 = ALL";
    let want = [
        "-alice as root: /bin/x",
        "-alice as root: /bin/a",
        "-alice as root: /bin/b",
        "+alice as root: /bin/y",
    ];
    assert_eq!(granted(&[("/etc/sudoers", text)]), want);
}

#[test]
fn defaults_in_the_order_of_the_files_but_commands_last() {
    let all = "ALL ALL=(ALL) ALL\n";
    let one = |d: &str| granted(&[("/etc/sudoers", &format!("alice ALL=ALL\n{d}"))])[0].clone();
    assert_eq!(one("Defaults:alice !authenticate\nDefaults authenticate"), "+alice as root: ALL");
    assert_eq!(one("Defaults authenticate\nDefaults:alice !authenticate"), "-alice as root: ALL");
    let inner = format!("{all}Defaults!/bin/true !authenticate\nDefaults authenticate");
    let want = "-ALL as root: /bin/true".to_owned();
    assert!(granted(&[("/etc/sudoers", &inner)]).contains(&want));
}

#[test]
fn lines_that_single_out_a_member_of_a_group() {
    let text = "%ops ALL=(root) /bin/ls, PASSWD: /bin/true\nDefaults:bob !authenticate\n";
    let want = ["+%ops as root: /bin/ls", "+%ops as root: /bin/true", "-bob as root: /bin/ls"];
    assert_eq!(granted(&[("/etc/sudoers", text)]), want);
    let exempt = "%ops ALL=(root) /bin/ls\nDefaults exempt_group = ops\n";
    assert!(granted(&[("/etc/sudoers", exempt)]).contains(&"-%ops as root: /bin/ls".to_owned()));
    let other = "ALL ALL=(root) /bin/ls\nDefaults exempt_group = ops\n";
    assert!(granted(&[("/etc/sudoers", other)]).contains(&"-bob as root: /bin/ls".to_owned()));
}

#[test]
fn all_but_some_is_all() {
    let r = read(&root(&[("/etc/sudoers", "alice ALL=(root) ALL, !/bin/sh\nbob ALL=ALL\n")]));
    let gives = |i: usize| r.properties["Grants"][i]["Gives"].clone();
    assert_eq!((gives(0), gives(1)), ("everything_but".into(), "everything".into()));
}

#[test]
fn a_root_directory_of_ones_own_choice_gives_every_program() {
    let gives = |text: &str| {
        let r = read(&root(&[("/etc/sudoers", text)]));
        r.properties["Grants"][0]["Gives"].clone()
    };
    assert_eq!(gives("alice ALL=(root) CHROOT=* /bin/id\n"), "shell");
    assert_eq!(gives("Defaults runchroot=*\nalice ALL=(root) /bin/id\n"), "shell");
    for bound in [
        "alice ALL=(root) CHROOT=/srv /bin/id\n",
        "Defaults runchroot=*\nalice ALL=(root) CHROOT=/srv /bin/id\n",
        "Defaults runchroot=/srv\nalice ALL=(root) /bin/id\n",
    ] {
        assert!(gives(bound).is_null(), "{bound}");
    }
}

#[test]
fn rules_from_elsewhere_and_files_of_variables() {
    let mut m = root(&[("/etc/sudoers", "Defaults env_file=/srv/env\n")]);
    m.file("/srv/env", "").owned("/srv/env", 0, 100, 0o664);
    let r = read(&m);
    assert_eq!(r.properties["env_keep"][0]["Setting"]["value"], "/srv/env");
    assert!(r.properties.contains_key("Grants"));
    m.owned("/srv/env", 0, 0, 0o644).file("/etc/nsswitch.conf", "sudoers: files sss\n");
    let r = read(&m);
    assert_eq!(r.properties["env_keep"], serde_json::json!([]));
    assert!(r.properties.contains_key("Grants"), "no sssd is set up");
    m.file("/etc/sssd/sssd.conf", "[sssd]\n");
    assert!(!read(&m).properties.contains_key("Grants"), "what sssd grants is not read");
}

#[test]
fn regular_expressions_of_commands() {
    let gives = |line: &str| {
        let m = root(&[("/etc/sudoers", &format!("ann ALL = (root) {line}\n"))]);
        let grants = read(&m).properties["Grants"].clone();
        grants[0]["Gives"].as_str().map(str::to_owned)
    };
    for shell in [
        "^/usr/bin/(ba|da)?sh$",
        "^/usr/bin/(ba|da)?sh$ ^.*$",
        "^/(usr/)?bin/[[:alpha:]]+$",
        "^/usr/bin/.*$",
        "^(?i)/USR/BIN/bash$",
    ] {
        assert!(gives(shell).is_some(), "{shell}");
    }
    for narrow in ["^/usr/bin/(id|uptime)$", "^/opt/app/[a-z]+$", "^/usr/sbin/service$ ^x start$"] {
        assert_eq!(gives(narrow), None, "{narrow}");
    }
}

#[test]
fn a_broken_entry_is_dropped_whole() {
    let text = "alice ALL = /bin/ls, foo bar, NOPASSWD: /bin/true\nbob ALL = /bin/ls";
    assert_eq!(granted(&[("/etc/sudoers", text)]), ["+bob as root: /bin/ls"]);
    let r = read(&root(&[("/etc/sudoers", text)]));
    assert_eq!(r.properties["Errors"][0]["line"], 1);
}

#[test]
fn any_bytes_end_in_bounded_time() {
    let seed = "Defaults:a,!b env_keep += \"A B\", !x\n%g,#1 ALL=(a:b) NOPASSWD: sha256:ab= /b/* ^a$, !C : h=ALL\n\
                Cmnd_Alias C = C, D : D = C, C, D\n@include /etc/sudoers\n\"a\\x20 \\\n#include x\n";
    let mut state = 7_u64;
    let mut next = move |n: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % n
    };
    for _ in 0..60 {
        let mut bytes: Vec<u8> = seed.bytes().take(1 + next(seed.len())).collect();
        for _ in 0..next(6) {
            let at = next(bytes.len());
            bytes[at] = u8::try_from(next(256)).unwrap();
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        read(&root(&[("/etc/sudoers", &text)]));
    }
}
