use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use assay_host::{Miss, Question, Root, Standing};

use super::*;

struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("assay-ssh-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    /// A program that stands in for `ssh`.
    fn program(&self, text: &str) -> PathBuf {
        let path = self.0.join("ssh");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Names what a test had to leave out.
#[expect(clippy::print_stderr, reason = "tests name what they skip")]
fn skipped(what: &str) {
    use std::io::Write;
    eprintln!("SKIPPED: {what}");
    if let Some(path) = std::env::var_os("ASSAY_TEST_SKIPS") {
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
        file.write_all(format!("{what}\n").as_bytes()).unwrap();
    }
}

fn remote(program: PathBuf) -> Remote {
    Remote { host: "h".into(), user: None, port: Some(2222), sudo: false, program }
}

#[test]
fn the_collector_reads_this_very_machine() {
    let s = Scratch::new("local");
    // The last word is the command. Of this machine's names a part is enough.
    let program = s.program(
        r##"#!/bin/sh
for last; do :; done
echo Welcome
sed -e 's#find / \\$#find /etc /usr/bin \\#' -e "s#)\$' / 2>#)\$' /etc 2>#" | $last
"##,
    );
    if Command::new("tar").arg("--version").output().is_err() {
        return;
    }
    let (tree, node, _) = remote(program).collect().unwrap();
    assert_eq!(tree.standing(), Standing::Running);
    assert_eq!(node, rustix::system::uname().nodename().to_string_lossy());
    let live = crate::Folder::live().unwrap();
    for file in ["/etc/passwd", "/etc/hostname", "/proc/sys/kernel/ostype", "/proc/cmdline"] {
        let path = Path::new(file);
        assert_eq!(tree.read(path).ok(), live.read(path).ok(), "{file}");
    }
    for question in Question::ALL {
        // A program's words on its error are told here alone.
        match (live.ask(question), tree.ask(question)) {
            (Err(Miss::Failed(_)), Err(Miss::Failed(_))) => {}
            (here, there) => assert_eq!(here, there, "{question:?}"),
        }
    }
    for name in ["/etc", "/usr/bin", "/etc/passwd", "/usr/bin/env"] {
        let (here, there) =
            (live.stat(Path::new(name)).unwrap(), tree.stat(Path::new(name)).unwrap());
        assert_eq!(
            (here.kind, here.mode, here.uid, here.gid),
            (there.kind, there.mode, there.uid, there.gid)
        );
    }
    assert_eq!(tree.read(Path::new("/etc/no-such-file")), Err(Miss::Absent));
    // What did not come along is not absent.
    assert!(matches!(tree.read(Path::new("/usr/bin/env")), Err(Miss::Failed(_))));
    assert!(matches!(tree.read(Path::new("/proc/1/status")), Err(Miss::Failed(_))));
    assert!(matches!(tree.list(Path::new("/sys")), Err(Miss::Failed(_))));
}

/// A root of BusyBox alone, as far as a path can hide the rest of this machine.
#[test]
fn the_tools_of_busybox_are_enough() {
    if Command::new("busybox").arg("true").status().is_err() {
        return skipped("the_tools_of_busybox_are_enough: no busybox");
    }
    let s = Scratch::new("busybox");
    let bin = s.0.join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let list = Command::new("busybox").arg("--list").output().unwrap().stdout;
    let real = String::from_utf8(
        Command::new("sh").args(["-c", "command -v busybox"]).output().unwrap().stdout,
    );
    let real = real.unwrap();
    for applet in String::from_utf8(list).unwrap().lines() {
        std::os::unix::fs::symlink(real.trim(), bin.join(applet)).unwrap();
    }
    let odd = s.0.join("odd");
    std::fs::create_dir_all(odd.join("a b/\nc")).unwrap();
    std::fs::write(odd.join("x\n 81ed 0 0 0 0 1 "), "").unwrap();
    std::fs::write(odd.join(format!("{}.conf", "long".repeat(50))), "long").unwrap();
    std::fs::write(odd.join("suid"), "x").unwrap();
    std::fs::set_permissions(odd.join("suid"), std::fs::Permissions::from_mode(0o4755)).unwrap();
    std::os::unix::fs::symlink("a b", odd.join("link")).unwrap();
    let (bin, odd_path) = (bin.display(), odd.display());
    let program = s.program(&format!(
        r##"#!/bin/sh
for last; do :; done
sed -e 's#^\(.PATH=\)/usr/sbin.*#\1{bin}#' -e 's#find / \\( -path /proc "#find /etc {odd_path} \\( -path /proc "#' \
	-e 's#^BASES="/etc #&{odd_path} #' | PATH={bin} $last
"##
    ));
    let (tree, node, _) = remote(program).collect().unwrap();
    assert_eq!(node, rustix::system::uname().nodename().to_string_lossy());
    let live = crate::Folder::live().unwrap();
    for file in ["/etc/passwd", "/etc/hostname", "/proc/sys/kernel/ostype", "/etc/os-release"] {
        let path = Path::new(file);
        let here = live.read(path).ok();
        // Where a link leads out of what came along, nothing is known.
        if live.link(path).is_err() {
            assert_eq!(tree.read(path).ok(), here, "{file}");
        }
        assert_eq!(tree.link(path).ok(), live.link(path).ok(), "{file}");
    }
    let suid = tree.lstat(&odd.join("suid")).unwrap();
    assert_eq!((suid.kind, suid.mode, suid.size), (assay_host::FileKind::File, 0o4755, 1));
    assert_eq!(tree.link(&odd.join("link")).unwrap(), Path::new("a b"));
    let long = odd.join(format!("{}.conf", "long".repeat(50)));
    assert_eq!(tree.read(&long).unwrap(), b"long");
    // A name that breaks a line forges none, and its directory is not taken for complete.
    assert!(tree.lstat(Path::new("/")).is_ok());
    assert!(matches!(tree.list(&odd), Err(Miss::Failed(_))));
    assert!(matches!(tree.list(&odd.join("a b")), Err(Miss::Failed(_))));
    // This tar carries no attributes: nobody can say that there are none.
    assert!(tree.xattr(&odd.join("suid"), "security.capability").is_err());
}

#[test]
fn a_host_that_does_not_answer_says_why() {
    let s = Scratch::new("errors");
    let gap = |text: &str| remote(s.program(text)).collect().unwrap_err();
    let denied = gap("#!/bin/sh\necho 'h: Permission denied (publickey).' >&2\nexit 255\n");
    assert_eq!(denied.state, GapState::Denied);
    assert!(denied.detail.contains("publickey"));
    let garbage = gap("#!/bin/sh\nhead -c 3000 /dev/zero\n");
    assert!(garbage.detail.contains("cannot be used"), "{}", garbage.detail);
    let cut = gap("#!/bin/sh\nprintf 'ASSAY-HOST 1\\nnode x\\nuid 0\\nNAMES\\n f 644'\n");
    assert!(cut.detail.contains("cut off"), "{}", cut.detail);
    let none = remote(s.0.join("none")).collect().unwrap_err();
    assert!(none.detail.contains("cannot start"));
    assert!(Remote::parse("-oProxyCommand=evil", false).is_err());
    assert!(Remote::parse("a@-x", false).is_err() && Remote::parse("", false).is_err());
    assert_eq!(Remote::parse("me@web", true).unwrap().to(), "me@web");
}

#[test]
fn answers_of_programs_come_along() {
    let s = Scratch::new("answers");
    let answer = "ASSAY-HOST 1\\nnode x\\nuid 0\\nNAMES\\nE\\0VALUES\\nEND\\nANSWERS\\nA nftables\\n|table inet f {\\n|}\\n|x\\nF iptables\\nN ip6tables\\nD legacy_iptables\\nA legacy_ip6tables\\nEND\\nATTRIBUTES\\nEND\\nFILES\\n";
    let program = s.program(&format!("#!/bin/sh\ncat >/dev/null\nprintf '{answer}'\n"));
    let (tree, ..) = remote(program).collect().unwrap();
    assert_eq!(tree.ask(Question::Nftables).unwrap(), b"table inet f {\n}\nx\n");
    assert!(matches!(tree.ask(Question::Iptables), Err(Miss::Failed(_))));
    assert_eq!(tree.ask(Question::Ip6tables), Err(Miss::Absent));
    assert_eq!(tree.ask(Question::LegacyIptables), Err(Miss::Denied));
    assert_eq!(tree.ask(Question::LegacyIp6tables).unwrap(), b"");
}

#[test]
fn inventories_of_both_kinds_are_read() {
    let s = Scratch::new("inventory");
    let ini = s.file("hosts", "lone:2200\n# c\n[web]\nweb[01:02] ansible_user=ann # x\n\n[db]\ndb ansible_host=10.0.0.9 ansible_port=\"2222\"\n[prod:children]\nweb\ndb\n[prod:vars]\nansible_user = deploy\n[all:vars]\nansible_port=22\n");
    let yaml = s.file("hosts.yml", "all:\n  vars: {ansible_port: 22}\n  hosts:\n    lone: {ansible_port: 2200}\n  children:\n    prod:\n      vars: {ansible_user: deploy}\n      children:\n        web: {hosts: {'web[01:02]': {ansible_user: ann}}}\n        db: {hosts: {db: {ansible_host: 10.0.0.9, ansible_port: 2222}}}\n");
    let shown = |path: &Path| -> Vec<String> {
        let all = inventory(path, false).unwrap();
        all.iter().map(|(n, r)| format!("{n} {} {}", r.to(), r.port.unwrap())).collect()
    };
    let want =
        ["db deploy@10.0.0.9 2222", "lone lone 2200", "web01 ann@web01 22", "web02 ann@web02 22"];
    assert_eq!(shown(&ini), want);
    assert_eq!(shown(&yaml), want);
    let bad = |text: &str| inventory(&s.file("bad", text), false).unwrap_err().to_string();
    assert!(bad("x ansible_host=-oProxyCommand=y\n").contains("no host"));
    assert!(bad("x ansible_connection=local\n").contains("not by ssh"));
    assert!(bad("x[1:99999999]\n").contains("more than"));
    assert!(bad("\n").contains("no host"));
}
