//! What identity rests on survives any input: every file of these subjects broken, cut, repeated and
//! filled with junk. Each ends, and soon: what takes the square of its input would take hours.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests may panic, and name what they skip"
)]

mod common;
#[path = "../src/timing.rs"]
mod timing;

use assay_core::{Gap, Resource, Timestamp};
use assay_host::{Host, Memory, Output, Root};
use common::{Dice, systemd};
use timing::cpu;

/// Far more than any of them needs, and far less than a blow-up takes.
const LIMIT: f64 = 120.0;
const SUBJECTS: [&str; 8] = ["accounts", "cron", "doas", "login", "pam", "polkit", "ssh", "sudo"];

/// Valid files of every subject.
const FILES: [(&str, &str); 24] = [
    (
        "/etc/passwd",
        "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/bash\n+::::::\n",
    ),
    ("/etc/shadow", "root:*:19000:0:99999:7:::\nalice:$y$j9T$a$b:19000:0:99999:7:30:1:\n"),
    ("/etc/group", "root:x:0:\nops:x:50:alice,bob\nalice:x:1000:\n"),
    ("/etc/gshadow", "root:*::\nops:!:alice:bob\n"),
    ("/etc/nsswitch.conf", "passwd: files [NOTFOUND=continue] systemd # x\ngroup: compat\n"),
    ("/etc/login.defs", "UMASK 027\nENV_SUPATH PATH=/bin:/sbin\nPASS_MAX_DAYS 90\n"),
    ("/etc/subuid", "alice:100000:65536\n1001:165536:65536\n"),
    ("/etc/shells", "/bin/sh\n# x\n/bin/bash\n"),
    (
        "/etc/profile",
        "if [ -d /etc/profile.d ]; then for i in /etc/profile.d/*.sh; do . $i; done; unset i; fi\nPATH=\"$PATH:/x\"\n",
    ),
    (
        "/etc/profile.d/a.sh",
        "case \"$-\" in *i*) umask 027;; esac\nf() { TMOUT=600; readonly TMOUT; }\nf && export A=$(id -u)\n",
    ),
    (
        "/etc/ssh/sshd_config",
        "Include /etc/ssh/sshd_config.d/*.conf\nMatch User a,!b* Address 10.0.0.0/8\n PermitRootLogin yes\nMatch all\nCiphers ^aes128-cbc\n",
    ),
    (
        "/etc/ssh/sshd_config.d/a.conf",
        "AuthorizedKeysFile %h/.ssh/k /keys/%u\n\"Banner\" '/etc/issue'\nInclude b/*.conf\n",
    ),
    (
        "/home/alice/.ssh/k",
        "from=\"10.*\",command=\"a \\\" b\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFx0dOv0P1Gxq2vYtQ5hKqC4n1TqjvUq3w9m4mQe0x3b alice\n",
    ),
    (
        "/etc/pam.d/sshd",
        "@include common-auth\naccount required pam_unix.so\nsession [default=1 success=ok] pam_exec.so /x\n",
    ),
    (
        "/etc/pam.d/common-auth",
        "auth [success=1 default=ignore] pam_unix.so nullok\nauth substack x\nauth include common-auth\n",
    ),
    (
        "/etc/sudoers",
        "User_Alias A = a, !B : B = A\nCmnd_Alias C = C, /bin/x *, !D : D = C\nDefaults:A !authenticate, env_keep += \"X Y\"\nA,%g ALL = (ALL : ALL) NOPASSWD: C, \\\n sha224:aa= /bin/ls\n@includedir /etc/sudoers.d\n",
    ),
    ("/etc/sudoers.d/a", "#include /etc/sudoers\n#1000 h = ^/bin/(a|b)$ ^x.*$\n"),
    ("/etc/sudo.conf", "Plugin sudoers_policy sudoers.so sudoers_file=/etc/sudoers\n"),
    (
        "/etc/doas.conf",
        "permit nopass setenv { A B=$C -D } :ops as root cmd ls args \"a b\"\ndeny alice\n",
    ),
    (
        "/etc/polkit-1/rules.d/a.rules",
        "polkit.addRule(function(a, s) {\n if (a.id.indexOf('org.') == 0 && s.isInGroup(\"ops\")) { return polkit.Result.YES; }\n});\n",
    ),
    (
        "/usr/share/polkit-1/actions/a.policy",
        "<policyconfig><action id=\"a\"><defaults><allow_any>yes</allow_any></defaults></action></policyconfig>\n",
    ),
    (
        "/etc/polkit-1/localauthority/50-local.d/a.pkla",
        "[a]\nIdentity=unix-group:ops\nAction=*\nResultAny=yes\n",
    ),
    (
        "/etc/crontab",
        "PATH=/usr/bin:/bin\n5 * * * * root cd / && run-parts /etc/cron.hourly % x\n@reboot alice /x\n",
    ),
    ("/etc/anacrontab", "1 5 j nice run-parts /etc/cron.daily\n"),
];

#[derive(Default)]
struct Taken(usize);

impl Output for Taken {
    fn put(&mut self, _: Resource) {
        self.0 += 1;
    }

    fn listed(&mut self, _: &'static str, _: Result<(), Gap>) {
        self.0 += 1;
    }
}

fn host() -> Memory {
    let mut m = systemd();
    for program in [
        "/usr/sbin/sshd",
        "/usr/bin/sudo",
        "/usr/bin/doas",
        "/usr/lib/polkit-1/polkitd",
        "/usr/sbin/cron",
        "/usr/sbin/pkla-check-authorization",
        "/bin/bash",
        "/bin/sh",
        "/bin/login",
        "/usr/bin/passwd",
        "/usr/lib/x86_64-linux-gnu/security/pam_unix.so",
        "/etc/debian_version",
    ] {
        m.file(program, "x");
    }
    for (path, text) in FILES {
        m.file(path, text);
    }
    m
}

/// Subjects over a root: each says something, and soon.
fn ends(root: &dyn Root, subjects: &[&str], what: &str) {
    for name in subjects {
        let begun = cpu();
        let host = Host::new(root, "h", Timestamp::UNIX_EPOCH);
        let subject = assay_host::all().iter().find(|s| s.name == *name).unwrap();
        let mut taken = Taken::default();
        (subject.collect)(&host, &mut taken);
        assert!(taken.0 > 0, "{name} says nothing: {what}");
        let took = cpu() - begun;
        assert!(took < LIMIT, "{name} took {took} s: {what}");
    }
}

#[test]
fn broken_files_do_no_harm() {
    ends(&host(), &SUBJECTS, "nothing is broken");
    let mut d = Dice(29);
    for round in 0..60 {
        let mut m = host();
        for _ in 0..=d.roll(3) {
            let (path, text) = FILES[d.roll(FILES.len())];
            let mut bytes = text.as_bytes().to_vec();
            match d.roll(4) {
                0 => bytes.truncate(d.roll(bytes.len())),
                1 => {
                    let (_, other) = FILES[d.roll(FILES.len())];
                    bytes = other.as_bytes().to_vec();
                }
                2 => {
                    for _ in 0..d.roll(40) {
                        let (from, to) = (d.roll(bytes.len()), d.roll(bytes.len()));
                        let piece = bytes[from.min(to)..from.max(to)].to_vec();
                        let at = d.roll(bytes.len());
                        bytes.splice(at..at, piece.into_iter().take(200));
                    }
                }
                _ => {}
            }
            for _ in 0..d.roll(8) {
                if !bytes.is_empty() {
                    let at = d.roll(bytes.len());
                    bytes[at] = u8::try_from(d.roll(256)).unwrap();
                }
            }
            m.file(path, bytes);
        }
        ends(&m, &SUBJECTS, &format!("round {round}"));
    }
}

#[test]
fn empty_and_binary_files_end() {
    for piece in ["\n", "\0", "\\\n", "\"", "(", "{", "#", "[", "a=", "!", "$(", "`", "\u{fffd},"] {
        let mut m = host();
        for (path, _) in FILES {
            m.file(path, piece.repeat(100_000));
        }
        ends(&m, &SUBJECTS, &format!("{piece:?} everywhere"));
    }
}
