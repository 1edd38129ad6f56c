//! The policy of sudo against sudo itself: generated policies, same answer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests may panic, and name what they skip"
)]

mod common;

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use assay_core::Timestamp;
use assay_host::{Host, Memory, Standing, sudo_answer};
use common::{Dice, Scratch, skip};

const PASSWD: &str =
    "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n";
const GROUP: &str = "root:x:0:\nops:x:50:alice\nalice:x:1000:\nbob:x:1001:\n";
const SHADOW: &str =
    "root:!:19000:0:99999:7:::\nalice:!:19000:0:99999:7:::\nbob:!:19000:0:99999:7:::\n";
/// Its own name is known, so that sudo waits for no resolver.
const HOSTS: &str = "127.0.0.1 web1 localhost\n";
/// Who asks for what: user, target, program, arguments.
const QUESTIONS: [(&str, &str, &str, &str); 7] = [
    ("alice", "root", "/usr/bin/true", ""),
    ("alice", "root", "/usr/bin/true", "-a b"),
    ("alice", "bob", "/usr/bin/true", ""),
    ("alice", "root", "/usr/bin/id", ""),
    ("bob", "root", "/usr/bin/true", ""),
    ("bob", "alice", "/usr/bin/true", "-a"),
    ("bob", "root", "/usr/bin/id", "-u"),
];
const POLICIES: usize = 60;

fn spec(d: &mut Dice) -> String {
    let users = [
        "alice",
        "%ops",
        "#1000",
        "%#50",
        "ALL",
        "A",
        "ALL, !alice",
        "A, !%ops",
        "bob",
        "!B",
        "alice,bob",
        "%nothere",
        "#1001",
        "\"alice\"",
    ];
    let hosts = ["ALL", "web1", "web*", "other", "ALL, !web1", "W", "!other", "web[0-9]"];
    let runas = [
        "",
        "",
        "(ALL)",
        "(root) ",
        "(bob)",
        "(ALL : ALL)",
        "(ALL, !root)",
        "(#0)",
        "(R)",
        "(bob:ops)",
    ];
    let tags = ["", "", "NOPASSWD:", "PASSWD: ", "NOPASSWD : NOEXEC:", "NOEXEC:"];
    let commands = [
        "ALL",
        "/usr/bin/true",
        "/usr/bin/true \"\"",
        "/usr/bin/true -a*",
        "/usr/bin/",
        "C",
        "!C",
        "!/usr/bin/true",
        "!ALL",
        "/usr/bin/t*e",
        "/usr/bin/id -u",
        "/usr/bin/id",
        "/usr/bin/[a-j]*",
        "D",
        "/usr/bin/true -?",
        "!!/usr/bin/id",
    ];
    let mut out = format!("{} {} = ", d.pick(&users), d.pick(&hosts));
    for at in 0..=d.roll(3) {
        if at > 0 {
            out.push_str(d.pick(&[", ", ",", ", \\\n  "]));
        }
        let _ = write!(out, "{}{}{}", d.pick(&runas), d.pick(&tags), d.pick(&commands));
    }
    if d.roll(6) == 0 {
        let _ = write!(out, " : {} = {}", d.pick(&hosts), d.pick(&commands));
    }
    out + d.pick(&["\n", " # comment\n", "\n\n"])
}

/// A main file and a file that it takes in.
fn policy(d: &mut Dice) -> (String, String) {
    let defaults = [
        "Defaults !authenticate\n",
        "Defaults:alice !authenticate\n",
        "Defaults:%ops authenticate\n",
        "Defaults>root !authenticate\n",
        "Defaults>bob authenticate\n",
        "Defaults!/usr/bin/true !authenticate\n",
        "Defaults!C authenticate\n",
        "Defaults@web1 authenticate\n",
        "Defaults@other !authenticate\n",
        "Defaults exempt_group = ops\n",
        "Defaults runas_default=bob\n",
        "Defaults env_reset, \\\n !authenticate\n",
    ];
    let mut main = "User_Alias A = alice, !bob : B = bob, %ops\nRunas_Alias R = root, bob\n\
        Host_Alias W = web1, other\nCmnd_Alias C = /usr/bin/true, D : D = !/usr/bin/id, /usr/bin/env\n"
        .to_owned();
    let mut more = String::new();
    for _ in 0..=d.roll(4) {
        let text = if d.roll(3) == 0 { d.pick(&defaults).to_owned() } else { spec(d) };
        if d.roll(4) == 0 { more.push_str(&text) } else { main.push_str(&text) }
    }
    main.push_str(d.pick(&["@includedir /etc/sudoers.d\n", "#includedir /etc/sudoers.d\n"]));
    if d.roll(3) == 0 {
        main.push_str(&spec(d));
    }
    (main, more)
}

/// Asks sudo about every policy, in name spaces of its own.
fn answers(scratch: &Scratch) -> Option<String> {
    let mut questions = String::new();
    for (user, target, program, args) in QUESTIONS {
        let _ = writeln!(
            questions,
            "  if sudo -l -U {user} -u {target} {program} {args} >/dev/null 2>&1; then\n\
             \x20   if setpriv --reuid {user} --regid {user} --init-groups sudo -n -u {target} {program} {args} >/dev/null 2>&1\n\
             \x20   then echo free; else echo asks; fi\n  else echo no; fi"
        );
    }
    let root = scratch.0.display();
    let script = format!(
        "set -e; hostname web1\n\
         for f in passwd group shadow hosts pam.d/sudo; do mount --bind {root}/etc/$f /etc/$f; done\n\
         echo ready\n\
         for n in $(seq 0 {}); do\n  mount --bind {root}/$n/sudoers /etc/sudoers\n\
         \x20 mount --bind {root}/$n/sudoers.d /etc/sudoers.d\n{questions}\
         \x20 umount /etc/sudoers /etc/sudoers.d\ndone\n",
        POLICIES - 1
    );
    let mut c = Command::new("unshare");
    let out = c.args(["-m", "-u", "sh", "-c", &script]).output().ok()?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    text.strip_prefix("ready\n").map(str::to_owned)
}

#[test]
fn everybody_may_what_sudo_says() {
    let test = "sudo::everybody_may_what_sudo_says";
    for path in ["/usr/bin/sudo", "/etc/sudoers", "/etc/sudoers.d", "/etc/pam.d/sudo"] {
        if !Path::new(path).exists() {
            return skip(test, &format!("{path} is not there"));
        }
    }
    let mode = |path: &Path, mode: u32| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let scratch = Scratch::new("sudo");
    mode(&scratch.0, 0o755);
    let pam = "auth required pam_deny.so\naccount required pam_permit.so\nsession required pam_permit.so\n";
    for (name, text) in [
        ("passwd", PASSWD),
        ("group", GROUP),
        ("shadow", SHADOW),
        ("hosts", HOSTS),
        ("pam.d/sudo", pam),
    ] {
        scratch.put(&format!("etc/{name}"), text);
    }
    let mut dice = Dice(11);
    let policies: Vec<(String, String)> = (0..POLICIES).map(|_| policy(&mut dice)).collect();
    for (n, (main, more)) in policies.iter().enumerate() {
        scratch.put(&format!("{n}/sudoers"), main);
        scratch.put(&format!("{n}/sudoers.d/10-more"), more);
        scratch.put(&format!("{n}/sudoers.d/no.dots"), "ALL ALL = NOPASSWD: ALL\n");
        for file in ["sudoers", "sudoers.d/10-more", "sudoers.d/no.dots"] {
            mode(&scratch.0.join(format!("{n}/{file}")), 0o440);
        }
    }
    let Some(said) = answers(&scratch) else {
        return skip(test, "name spaces, or files mounted over others, cannot be had");
    };
    let said: Vec<&str> = said.lines().collect();
    assert_eq!(said.len(), POLICIES * QUESTIONS.len(), "{said:?}");
    let mut seen = std::collections::BTreeMap::<&str, usize>::new();
    let mut wrong = Vec::new();
    for (n, (main, more)) in policies.iter().enumerate() {
        let mut m = Memory::new(Standing::AtRest);
        m.file("/etc/passwd", PASSWD).file("/etc/group", GROUP).file("/etc/hostname", "web1\n");
        m.file("/etc/sudoers", main).file("/etc/sudoers.d/10-more", more);
        m.file("/etc/sudoers.d/no.dots", "ALL ALL = NOPASSWD: ALL\n");
        let host = Host::new(&m, "h", "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap());
        for (q, (user, target, program, args)) in QUESTIONS.iter().enumerate() {
            let own = match sudo_answer(&host, user, target, program, args).unwrap() {
                None => "no",
                Some(true) => "asks",
                Some(false) => "free",
            };
            let theirs = said[n * QUESTIONS.len() + q];
            *seen.entry(theirs).or_default() += 1;
            if own != theirs {
                wrong.push(format!(
                    "{user} as {target}: {program} {args}: {own}, sudo: {theirs}\n{main}--\n{more}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n====\n"));
    assert!(
        ["no", "asks", "free"].iter().all(|w| seen.get(w).is_some_and(|n| *n > 20)),
        "{seen:?}"
    );
}
