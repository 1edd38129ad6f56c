//! Whole roots of the RHEL family, SUSE and Alpine, as their packages leave them: what is known of
//! them, and the reasons for what is not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests may panic, and name what they skip"
)]

mod common;

use std::collections::BTreeMap;

use assay_core::{Gap, Resource};
use assay_host::{Host, Memory, Output, Standing};
use serde_json::{Value, json};

#[derive(Default)]
struct Seen {
    docs: Vec<Resource>,
    lost: BTreeMap<String, String>,
}

impl Output for Seen {
    fn put(&mut self, document: Resource) {
        for (pointer, gap) in &document.gaps {
            self.lost.insert(format!("{}{pointer}", document.kind), gap.detail.clone());
        }
        self.docs.push(document);
    }

    fn listed(&mut self, kind: &'static str, result: Result<(), Gap>) {
        if let Err(gap) = result {
            self.lost.insert(kind.to_owned(), gap.detail);
        }
    }
}

impl Seen {
    fn of(m: &Memory) -> Self {
        let host = Host::new(m, "h", "2026-01-01T00:00:00Z".parse().unwrap());
        let mut out = Self::default();
        for subject in assay_host::all() {
            (subject.collect)(&host, &mut out);
        }
        out
    }

    fn facet(&self, kind: &str, facet: &str) -> Value {
        let doc = self.docs.iter().find(|d| d.kind == kind).unwrap_or_else(|| panic!("no {kind}"));
        doc.properties.get(facet).unwrap_or_else(|| panic!("{:?}", doc.gaps)).clone()
    }

    /// What is not known, each with a part of its reason.
    fn lacks(&self, want: &[(&str, &str)]) {
        let names: Vec<&str> = self.lost.keys().map(String::as_str).collect();
        assert_eq!(names, want.iter().map(|(n, _)| *n).collect::<Vec<_>>(), "{:#?}", self.lost);
        for (name, why) in want {
            assert!(self.lost[*name].contains(why), "{name}: {}", self.lost[*name]);
        }
    }
}

/// What is not known of a root without a database of packages.
const NO_PACKAGES: [(&str, &str); 9] = [
    ("linux.filesystem/Capabilities", "no package database"),
    ("linux.filesystem/ModifiedPrograms", "no package database"),
    ("linux.filesystem/SuidPrograms", "no package database"),
    FIRMWARE,
    LISTENS,
    ("linux.unit/Package", "no package database"),
    ("linux.updates/Pending", "no package database"),
    ("linux.updates/SecurityLists", "no package database"),
    LOGINS,
];

fn root(os: &str) -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/etc/os-release", os);
    m.file("/etc/passwd", "root:x:0:0::/root:/bin/sh\nsshd:x:74:74::/run/sshd:/sbin/nologin\nann:x:1000:1000::/home/ann:/bin/sh\n");
    m.file("/etc/group", "root:x:0:\nsshd:x:74:\nwheel:x:10:ann\nann:x:1000:\n");
    m.file(
        "/etc/shadow",
        "root:*:19000::::::\nsshd:!:19000::::::\nann:$6$a$b:19000:0:99999:7:::\n",
    );
    m.owned("/etc/shadow", 0, 0, 0o600).directory("/root").owned("/root", 0, 0, 0o700);
    m.directory("/home/ann").owned("/home/ann", 1000, 1000, 0o700);
    m.file("/bin/sh", "sh").owned("/bin/sh", 0, 0, 0o755);
    m.file("/etc/fstab", "UUID=1 / ext4 defaults 0 1\n");
    m.file("/boot/config-6", CONFIG);
    m
}

/// What the build of a kernel says.
const CONFIG: &str = "CONFIG_RANDOMIZE_BASE=y\nCONFIG_SECURITY_YAMA=y\nCONFIG_BPF_UNPRIV_DEFAULT_OFF=y\n\
# CONFIG_SECURITY_DMESG_RESTRICT is not set\n";

/// What no disk tells.
const FIRMWARE: (&str, &str) = ("linux.kernel/UnsignedCodeRefused", "only the running host");
const LISTENS: (&str, &str) = ("linux.socket", "while the host runs");
const LOGINS: (&str, &str) = ("linux.user/LastLogin", "/var/log/lastlog");

/// A program that carries a text.
fn program(m: &mut Memory, path: &str, text: &str) {
    m.file(path, text).owned(path, 0, 0, 0o755);
}

/// A host under systemd that starts these services at boot.
fn systemd(m: &mut Memory, services: &[(&str, &str)]) {
    program(m, "/usr/lib/systemd/systemd", "systemd");
    m.symlink("/usr/sbin/init", "../lib/systemd/systemd").symlink("/sbin", "usr/sbin");
    let base = "/usr/lib/systemd/system";
    for target in ["sysinit", "basic", "multi-user", "timers", "sockets"] {
        m.file(format!("{base}/{target}.target"), "[Unit]\n");
    }
    m.file(format!("{base}/multi-user.target"), "[Unit]\nRequires=basic.target\n");
    m.file(
        format!("{base}/basic.target"),
        "[Unit]\nRequires=sysinit.target\nWants=timers.target\n",
    );
    m.symlink("/etc/systemd/system/default.target", format!("{base}/multi-user.target"));
    for (name, command) in services {
        m.file(
            format!("{base}/{name}"),
            format!("[Service]\nExecStart={command}\n[Install]\nWantedBy=multi-user.target\n"),
        );
        let link = format!("/etc/systemd/system/multi-user.target.wants/{name}");
        m.symlink(link, format!("{base}/{name}"));
        program(m, command.split(' ').next().unwrap(), name);
    }
}

#[test]
fn the_rhel_family() {
    let mut m = root("ID=rocky\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.4\"\n");
    systemd(
        &mut m,
        &[
            ("sshd.service", "/usr/sbin/sshd -D $OPTIONS"),
            ("chronyd.service", "/usr/sbin/chronyd"),
            ("firewalld.service", "/usr/sbin/firewalld --nofork"),
        ],
    );
    program(&mut m, "/usr/sbin/sshd", "\0OpenSSH_8.7p1 \0");
    m.file(
        "/etc/ssh/sshd_config",
        "Include /etc/ssh/sshd_config.d/*.conf\nAuthorizedKeysFile .ssh/authorized_keys\n",
    );
    m.file(
        "/etc/ssh/sshd_config.d/50-redhat.conf",
        "Include /etc/crypto-policies/back-ends/opensshserver.config\nUsePAM yes\nX11Forwarding yes\n",
    );
    m.file(
        "/usr/share/crypto-policies/DEFAULT/opensshserver.txt",
        "Ciphers aes256-ctr\nMACs hmac-sha1\n",
    );
    m.symlink(
        "/etc/crypto-policies/back-ends/opensshserver.config",
        "/usr/share/crypto-policies/DEFAULT/opensshserver.txt",
    );
    m.file("/etc/crypto-policies/config", "DEFAULT\n")
        .file("/etc/crypto-policies/state/current", "DEFAULT\n");
    m.file("/etc/chrony.conf", "pool 2.rocky.pool.ntp.org iburst\n");
    m.file("/etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=targeted\n");
    m.file("/etc/firewalld/firewalld.conf", "DefaultZone=public\n");
    m.file("/usr/lib/firewalld/zones/public.xml", "<zone><service name=\"ssh\"/></zone>");
    m.file(
        "/usr/lib/firewalld/services/ssh.xml",
        "<service><port protocol=\"tcp\" port=\"22\"/></service>",
    );
    m.file("/etc/dnf/dnf.conf", "[main]\ngpgcheck=1\n");
    m.file("/etc/yum.repos.d/rocky.repo", "[baseos]\nmirrorlist=https://x/\ngpgcheck=1\n");
    let seen = Seen::of(&m);
    assert_eq!(seen.facet("linux.os", "Family"), "rhel");
    let active = seen.facet("linux.mac", "Active");
    assert_eq!(
        (&active["system"], &active["on"]),
        (&json!("selinux"), &json!(false)),
        "no policy is there"
    );
    assert_eq!(seen.facet("linux.updates", "Managers"), json!(["dnf"]));
    seen.lacks(&NO_PACKAGES);
}

#[test]
fn suse() {
    let mut m = root("ID=opensuse-leap\nID_LIKE=\"suse opensuse\"\nVERSION_ID=\"15.6\"\n");
    systemd(
        &mut m,
        &[("sshd.service", "/usr/sbin/sshd -D"), ("chronyd.service", "/usr/sbin/chronyd")],
    );
    program(&mut m, "/usr/sbin/sshd", "\0OpenSSH_9.6p1 \0");
    m.file("/usr/etc/ssh/sshd_config", "Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\n");
    m.file("/etc/ssh/sshd_config.d/10-root.conf", "PermitRootLogin yes\n");
    m.file("/usr/etc/login.defs", "UMASK 077\nENCRYPT_METHOD SHA512\nUSERGROUPS_ENAB no\n");
    m.file("/etc/chrony.conf", "include /etc/chrony.d/*.conf\n")
        .file("/etc/chrony.d/pool.conf", "pool 2.opensuse.pool.ntp.org iburst\n");
    m.file("/etc/zypp/zypp.conf", "[main]\n")
        .file("/etc/zypp/repos.d/a.repo", "[repo-oss]\nbaseurl=http://x/\n");
    m.file("/etc/sysconfig/automatic_online_update", "AOU_ENABLE_CRONJOB=\"false\"\n");
    let seen = Seen::of(&m);
    assert_eq!(seen.facet("linux.os", "Family"), "suse");
    assert_eq!(seen.facet("linux.updates", "Managers"), json!(["zypper"]));
    seen.lacks(&NO_PACKAGES);
}

#[test]
fn alpine() {
    let mut m = root("ID=alpine\nVERSION_ID=3.20.3\n");
    m.file("/bin/busybox", "BusyBox").owned("/bin/busybox", 0, 0, 0o755);
    for name in ["/sbin/init", "/sbin/syslogd", "/usr/sbin/crond", "/bin/login"] {
        m.symlink(name, "/bin/busybox");
    }
    m.file("/bin/bbsuid", "bbsuid").owned("/bin/bbsuid", 0, 0, 0o4111);
    m.symlink("/bin/su", "/bin/bbsuid").symlink("/usr/bin/crontab", "/bin/bbsuid");
    program(&mut m, "/sbin/openrc", "openrc");
    program(&mut m, "/sbin/apk", "apk");
    program(&mut m, "/usr/sbin/sshd", "\0OpenSSH_9.7p1 \0");
    for (name, level) in
        [("sshd", "default"), ("crond", "default"), ("syslog", "boot"), ("sysctl", "boot")]
    {
        let script = format!("/etc/init.d/{name}");
        program(&mut m, &script, &format!("#!/sbin/openrc-run\ncommand=\"/usr/sbin/{name}\"\n"));
        m.symlink(format!("/etc/runlevels/{level}/{name}"), &script);
    }
    m.file("/etc/ssh/sshd_config", "PermitRootLogin no\n")
        .file("/etc/conf.d/sshd", "SSHD_OPTS=\"-o PermitRootLogin=yes\"\n");
    m.file("/lib/sysctl.d/00-alpine.conf", "net.ipv4.tcp_syncookies = 1\n");
    m.file("/etc/profile", "umask 022\nexport PATH=/usr/sbin:/usr/bin:/sbin:/bin\n");
    m.file("/etc/apk/repositories", "https://x/main\n").file("/etc/apk/keys/a.rsa.pub", "k");
    m.file(
        "/lib/apk/db/installed",
        "P:busybox-suid\nV:1.36.1-r29\nA:x86_64\nF:bin\nR:bbsuid\na:0:0:4111\n\nP:openrc\nV:0.54-r1\nF:sbin\nR:openrc\na:0:0:755\n",
    );
    let seen = Seen::of(&m);
    assert_eq!(seen.facet("linux.os", "Family"), "alpine");
    assert_eq!(
        seen.facet("linux.packages", "Installed"),
        json!({"busybox-suid": "1.36.1-r29", "openrc": "0.54-r1"})
    );
    let suid = seen.facet("linux.filesystem", "SuidPrograms");
    assert_eq!((&suid[0]["Package"], &suid[0]["Known"]), (&json!("busybox-suid"), &json!(true)));
    assert_eq!(seen.facet("linux.cron", "CronAccess")["Rule"], "everyone");
    seen.lacks(&[
        FIRMWARE,
        ("linux.logging/NewFiles", "BusyBox's syslogd"),
        LISTENS,
        ("linux.updates/Pending", "no index of https://x/main"),
        LOGINS,
    ]);
}
