//! Accounts and logins against the programs that read the same files: `getent` and `bash` in a
//! scratch root of their own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests may panic, and say what they skip"
)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use assay_core::{Gap, Resource, Timestamp};
use assay_host::{Host, Memory, Output, Standing};
use common::skip;

struct Taken(Vec<Resource>);

impl Output for Taken {
    fn put(&mut self, document: Resource) {
        self.0.push(document);
    }
    fn listed(&mut self, _: &'static str, _: Result<(), Gap>) {}
}

/// The documents of one subject.
fn read(m: &Memory, subject: &str) -> Vec<Resource> {
    let host = Host::new(m, "h", Timestamp::UNIX_EPOCH);
    let mut out = Taken(Vec::new());
    let subject = assay_host::all().iter().find(|s| s.name == subject).unwrap();
    (subject.collect)(&host, &mut out);
    out.0
}

/// A scratch root with programs and the libraries they need. `None`: one is missing, or this user
/// may not change roots.
fn scratch(test: &str, programs: &[&str]) -> Option<PathBuf> {
    let root = std::env::temp_dir().join(format!("assay-{test}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&root);
    for program in programs {
        let Ok(ldd) = Command::new("ldd").arg(program).output() else {
            skip(test, "ldd is not installed");
            return None;
        };
        if !Path::new(program).exists() {
            skip(test, &format!("{program} is not installed"));
            return None;
        }
        let listed = String::from_utf8_lossy(&ldd.stdout).into_owned();
        let libraries = listed.split_whitespace().filter(|w| w.starts_with('/'));
        for file in libraries.chain([*program]) {
            let to = root.join(file.trim_start_matches('/'));
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(file, to).unwrap();
        }
    }
    let first = programs.first().unwrap();
    let works = Command::new("/usr/sbin/chroot").arg(&root).arg(first).arg("--version").output();
    if !works.is_ok_and(|o| o.status.success()) {
        skip(test, "changing the root is not allowed here");
        let _ = fs::remove_dir_all(&root);
        return None;
    }
    Some(root)
}

/// Writes a file into the scratch root and into memory.
fn both(root: &Path, m: &mut Memory, path: &str, text: &str) {
    let to = root.join(path.trim_start_matches('/'));
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::write(to, text).unwrap();
    m.file(path, text);
}

#[test]
fn users_are_those_of_getent() {
    let Some(root) = scratch("getent", &["/usr/bin/getent"]) else { return };
    let mut m = Memory::new(Standing::AtRest);
    m.file("/lib64/ld-linux-x86-64.so.2", "");
    let passwd = "root:x:0:0:root:/root:/bin/bash\n  toor:x:00:+0\nplus::+0:0:a,b:/:\nminus:x:-0:0:::/bin/sh\n\
        # c:x:0:0:::\nhex:x:0x0:0:::\nnogid:x:5:::\n\tx y:x: 7:8:g:h:s\nbig:x:4294967296:1:::\n\
        neg:x:-1:1:::\nshort:x:9:9\nblank:x:0 :0:::\nmax:x:4294967294:10:::/bin/sh\n";
    both(&root, &mut m, "/etc/passwd", passwd);
    both(&root, &mut m, "/etc/nsswitch.conf", "passwd: nosuch\npasswd: files # last\n");
    let shown = Command::new("/usr/sbin/chroot")
        .arg(&root)
        .args(["/usr/bin/getent", "passwd"])
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    let theirs: Vec<(String, String)> = shown
        .lines()
        .map(|l| {
            let f: Vec<&str> = l.split(':').collect();
            (f[0].to_owned(), f[2].to_owned())
        })
        .collect();
    assert!(theirs.len() >= 7, "{shown}");
    let ours: Vec<(String, String)> = read(&m, "accounts")
        .iter()
        .filter(|r| r.kind == "linux.user")
        .map(|r| {
            let name = r.properties["Name"].as_str().unwrap().to_owned();
            (name, r.properties["Uid"]["value"].to_string())
        })
        .collect();
    assert_eq!(ours, theirs);
    fs::remove_dir_all(&root).unwrap();
}

#[test]
fn sessions_are_those_of_bash() {
    let Some(root) = scratch("bash", &["/bin/bash", "/usr/bin/id"]) else { return };
    let profile = "if [ \"$(id -u)\" -eq 0 ]; then PATH=/usr/sbin:/usr/bin; else PATH=/bin; fi\nexport PATH\n\
        if [ \"${PS1-}\" ]; then [ -f /etc/bash.bashrc ] && . /etc/bash.bashrc; fi\n\
        if [ -d /etc/profile.d ]; then\n for i in /etc/profile.d/*.sh; do\n  if [ -r $i ]; then . $i; fi\n done\n unset i\nfi\n";
    let pieces = [
        "umask 027",
        "umask u=rwx,g=rx,o=",
        "umask g-w",
        "TMOUT=300; export TMOUT",
        "readonly TMOUT=600",
        "export PATH=\"$PATH:.\"",
        "pathmunge() { case \":$PATH:\" in *:\"$1\":*) ;; *) if [ \"$2\" = after ]; then PATH=$PATH:$1; else PATH=$1:$PATH; fi ;; esac; }\npathmunge /opt/a\npathmunge /opt/b after\npathmunge /usr/bin",
        "case $- in *i*) umask 007 ;; *) umask 000 ;; esac",
        "if ! [ -e /nope ] && [[ $HOME == /ro* ]]; then umask 0077; elif true; then umask 0; fi",
        "[ \"${PATH##*:}\" = /usr/bin ] && umask 026 || umask 025",
        "x=/usr/local/bin; PATH=${x%/*}/sbin:${nope:-/srv}:$PATH; unset x",
        "for d in a b c; do [ $d = b ] && continue; PATH=$PATH:/$d; done",
        "(umask 0); umask 0 | :; umask 9 2>/dev/null",
        "unset TMOUT 2>/dev/null",
        "f() { umask \"$1\"; return 0; umask 111; }\nf 037",
        "eval 'umask 0'\"33\"",
        "cat <<E >/dev/null 2>&1\numask 000\nE",
        "typeset -x TMOUT=120",
        "while false; do umask 1; done",
        "test -n \"$EUID\" -a \"$EUID\" = 0 && umask 0022",
        ": ${TMOUT:=77}",
    ];
    // Without it redirections fail, and with them their commands.
    fs::create_dir_all(root.join("dev")).unwrap();
    fs::write(root.join("dev/null"), "").unwrap();
    let mut seed = 5_u64;
    let mut told = 0;
    for round in 0..60 {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/etc/passwd", "root:x:0:0::/root:/bin/bash\n").file("/bin/bash", "");
        m.owned("/bin/bash", 0, 0, 0o755);
        let _ = fs::remove_dir_all(root.join("etc"));
        both(&root, &mut m, "/etc/profile", profile);
        both(&root, &mut m, "/etc/group", "root:x:0:\n");
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize
        };
        let mut shown = String::new();
        for n in 0..1 + next() % 4 {
            let piece = pieces[next() % pieces.len()];
            shown.push_str(piece);
            shown.push('\n');
            both(&root, &mut m, &format!("/etc/profile.d/{n}.sh"), &format!("{piece}\n"));
        }
        both(&root, &mut m, "/root/.profile", &format!("{}\n", pieces[next() % pieces.len()]));
        shown.push_str(&fs::read_to_string(root.join("root/.profile")).unwrap());
        let out = Command::new("/usr/sbin/chroot")
            .arg(&root)
            .args(["/bin/bash", "-l", "-i", "-c", "umask; echo \"${TMOUT-none}\"; echo \"$PATH\""])
            .env_clear()
            .env("HOME", "/root")
            .env("USER", "root")
            .output()
            .unwrap();
        let theirs = String::from_utf8_lossy(&out.stdout).into_owned();
        let documents = read(&m, "login");
        let root_doc = documents.iter().find(|r| r.properties["Account"] == "root").unwrap();
        let mut ours: BTreeMap<&str, Option<String>> = BTreeMap::new();
        for facet in ["Umask", "Timeout", "Path"] {
            let value = root_doc.properties.get(facet).map(|s| match &s["value"] {
                v if v.is_null() => "none".to_owned(),
                v => v.as_str().map_or_else(|| v.to_string(), str::to_owned),
            });
            ours.insert(facet, value);
        }
        let lines: Vec<&str> = theirs.lines().collect();
        assert!(lines.len() >= 3, "{theirs} {}", String::from_utf8_lossy(&out.stderr));
        for (facet, theirs) in [("Umask", lines[0]), ("Timeout", lines[1]), ("Path", lines[2])] {
            if let Some(ours) = &ours[facet] {
                told += 1;
                assert_eq!(ours, theirs, "{facet} in round {round} of\n{shown}");
            }
        }
    }
    assert!(told > 150, "most of it can be told: {told}");
    fs::remove_dir_all(&root).unwrap();
}
