//! Whatever the files of a host hold, every subject ends in bounded time and without a panic: valid
//! files that are cut, torn and mixed, binary, enormous, nested, and names that lead in circles or are
//! no files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests may panic"
)]

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use assay_core::{Gap, Resource, Timestamp};
use assay_host::{FileKind, Host, Memory, Output, Question, Standing};
use common::Dice;

/// A host of many configurations, each valid and small.
const CORPUS: &[(&str, &str)] = &[
    ("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n"),
    (
        "/etc/sysctl.d/a.conf",
        "# c\nkernel.kptr_restrict=2\n-net.ipv4.conf.*.rp_filter = 1\nnet/ipv4/conf/eth0.1/x=1\n",
    ),
    ("/etc/tmpfiles.d/a.conf", "w /proc/sys/kernel/kptr_restrict - - - - 0\n"),
    (
        "/etc/udev/rules.d/a.rules",
        "ACTION==\"add\", \\\n  RUN+=\"/sbin/sysctl -w a=1\", SYSCTL{b}=\"1\"\n",
    ),
    (
        "/etc/modprobe.d/a.conf",
        "install udf /bin/false\nblacklist usb-storage\nalias net-pf-21 off\nsoftdep a pre: b\n",
    ),
    ("/usr/lib/modules/6.1/modules.dep", "kernel/fs/udf/udf.ko: kernel/a.ko\n"),
    ("/etc/default/grub", "GRUB_CMDLINE_LINUX=\"audit=1 $X\"\nX='a \\\nb'\n"),
    (
        "/etc/grub.d/40_custom",
        "#!/bin/sh\ncat <<EOF\nset superusers=\"a\"\npassword_pbkdf2 a grub.x\nEOF\n",
    ),
    (
        "/boot/grub/grub.cfg",
        "set default=0\nif [ -f /x ]; then\n source /boot/grub/custom.cfg\nfi\nfunction f {\n set a=b\n}\nsubmenu 'x' {\nmenuentry 'a' --unrestricted {\n linux /v root=x audit=1 -- b\n}\n}\n",
    ),
    ("/boot/grub/custom.cfg", "set superusers=\"a\"\nsource /boot/grub/grub.cfg\n"),
    ("/boot/loader/entries/a.conf", "title x\nlinux /v\noptions $kernelopts quiet\n"),
    (
        "/etc/fstab",
        "/dev/mapper/a / ext4 defaults,nosuid 0 1\nUUID=1 /a\\040b xfs bind,x-systemd.automount 0 0\n/swap none swap sw\n",
    ),
    (
        "/etc/crypttab",
        "a UUID=1 none luks,discard\nb /dev/sdb /dev/urandom swap,cipher=aes-xts-plain64,size=256\n",
    ),
    (
        "/etc/ssl/openssl.cnf",
        "openssl_conf = i\n.include /etc/ssl/b.cnf\n[i]\nssl_conf = s\n[s]\nsystem_default = d\n[d]\nMinProtocol = ${e::x}\nCipherString = DEFAULT:@SECLEVEL=2\n",
    ),
    ("/etc/ssl/b.cnf", "[e]\nx = TLSv1.2\n.include /etc/ssl/openssl.cnf\n"),
    (
        "/etc/ssl/certs/ca-certificates.crt",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ),
    ("/etc/crypto-policies/config", "DEFAULT:NO-SHA1\n"),
    (
        "/etc/nftables.conf",
        "flush ruleset\ndefine a = { 1, 2 }\ninclude \"/etc/n/*.nft\"\ntable inet f {\n set s { type ipv4_addr; elements = { 1.2.3.4, 10.0.0.0/8 } }\n chain i {\n  type filter hook input priority filter; policy drop;\n  ct state vmap { new : jump j, established : accept }\n  ip saddr @s tcp dport { 22, 80-90 } accept\n }\n chain j { meta mark & 0xff == 0 counter accept }\n}\n",
    ),
    (
        "/etc/iptables/rules.v4",
        "*filter\n:INPUT DROP [0:0]\n:X - [0:0]\n-A INPUT -m conntrack --ctstate NEW -j X\n-A X ! -s 10.0.0.0/8 -p tcp -m multiport --dports 22,80:90 -j ACCEPT\nCOMMIT\n",
    ),
    ("/etc/ufw/ufw.conf", "ENABLED=yes\n"),
    (
        "/etc/ufw/user.rules",
        "*filter\n:ufw-user-input - [0:0]\n-A ufw-user-input -p tcp --dport 22 -j ACCEPT\nCOMMIT\n",
    ),
    ("/etc/firewalld/firewalld.conf", "DefaultZone=a\n"),
    (
        "/etc/firewalld/zones/a.xml",
        "<?xml version=\"1.0\"?>\n<zone target=\"DROP\">\n<service name=\"s\"/>\n<rule family=\"ipv4\"><source address=\"10.0.0.0/8\"/><port port=\"22\" protocol=\"tcp\"/><accept/></rule>\n</zone>\n",
    ),
    (
        "/etc/firewalld/services/s.xml",
        "<service><port port=\"1\" protocol=\"tcp\"/><include service=\"s\"/></service>\n",
    ),
    (
        "/etc/audit/rules.d/a.rules",
        "-D\n-b 8192\n-a always,exit -F arch=b64 -S mount,open -F auid>=1000 -F path=/etc/passwd -k x\n-w /etc/shadow -p wa -k y\n-A exclude,never -F msgtype=CWD\n-e 2\n",
    ),
    (
        "/etc/audit/auditd.conf",
        "log_file = /var/log/audit/audit.log\nmax_log_file_action = ROTATE\n",
    ),
    (
        "/etc/rsyslog.conf",
        "module(load=\"imudp\")\n$FileCreateMode 0640\n$IncludeConfig /etc/rsyslog.d/*.conf\nif $programname == 'x' and not ($msg contains \"y\") then { action(type=\"omfwd\" target=\"h\" port=\"1\") stop }\n:msg, contains, \"a\" ~\nauth,authpriv.* /var/log/auth.log\n& stop\n",
    ),
    (
        "/etc/rsyslog.d/a.conf",
        "ruleset(name=\"r\") { *.* @@h:514 }\ninclude(file=\"/etc/rsyslog.conf\")\n",
    ),
    ("/etc/systemd/journald.conf", "[Journal]\nStorage=persistent\nMaxLevelStore=info\n"),
    ("/etc/systemd/timesyncd.conf", "[Time]\nNTP=a b\n"),
    (
        "/etc/chrony/chrony.conf",
        "pool a iburst\nsourcedir /etc/chrony/sources.d\ninclude /etc/chrony/chrony.conf\n",
    ),
    (
        "/etc/aide/aide.conf",
        "database_in=file:/var/lib/aide/aide.db\n@@ifdef X\n!/tmp\n@@endif\n/etc R+sha256\n@@x_include /etc/aide/aide.conf.d ^[a-z]+$\n",
    ),
    (
        "/etc/apparmor.d/usr.bin.x",
        "abi <abi/3.0>,\nprofile x /usr/bin/x flags=(complain) {\n  /x rw,\n}\n",
    ),
    ("/etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=targeted\n"),
    (
        "/etc/docker/daemon.json",
        "{\"hosts\": [\"tcp://0.0.0.0:1\"], \"icc\": false, \"x\": {\"y\": [1]}}\n",
    ),
    (
        "/etc/containers/containers.conf",
        "[containers]\nprivileged = false\ndefault_capabilities = [\"CHOWN\"]\n",
    ),
    ("/etc/containerd/config.toml", "version = 2\n[plugins.\"a\"]\n disable_apparmor = true\n"),
    (
        "/etc/cloud/cloud.cfg",
        "users: [default]\nchpasswd: {list: [\"root:x\"]}\nx: &a [1]\ny: *a\n",
    ),
    (
        "/var/lib/cloud/seed/nocloud/user-data",
        "Content-Type: multipart/mixed; boundary=\"b\"\n--b\n#cloud-config\npassword: x\n--b--\n",
    ),
    (
        "/etc/postfix/main.cf",
        "inet_interfaces = loopback-only\nmynetworks = 127.0.0.0/8,\n  10.0.0.0/8\n",
    ),
    (
        "/etc/apt/apt.conf.d/a",
        "// c\nAPT::Periodic { Unattended-Upgrade \"1\"; };\n#clear X::Y;\nDPkg::Post-Invoke { \"/x || true\"; };\n#include \"/etc/apt/apt.conf.d/a\";\n",
    ),
    ("/etc/apt/sources.list", "deb [arch=amd64 trusted=yes] http://a/debian stable main\n"),
    (
        "/etc/apt/sources.list.d/a.sources",
        "Types: deb\nURIs: http://a\nSuites: stable\nComponents: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n x\n",
    ),
    ("/etc/apt/preferences.d/a", "Package: *\nPin: release l=Debian-Security\nPin-Priority: -1\n"),
    (
        "/var/lib/dpkg/status",
        "Package: a\nStatus: hold ok installed\nArchitecture: amd64\nVersion: 1:2~3-4\nConffiles:\n /etc/x 0123\n\n",
    ),
    ("/var/lib/dpkg/info/a.list", "/.\n/usr/bin/x\n"),
    (
        "/etc/network/interfaces",
        "source /etc/network/interfaces.d/*\niface eth0 inet dhcp\n  up iptables -A INPUT -i $IFACE -j ACCEPT\n",
    ),
    (
        "/etc/systemd/network/a.network",
        "[Match]\nName=eth*\n[Network]\nIPForward=yes\nIPv6AcceptRA=no\n",
    ),
    (
        "/etc/rc.local",
        "#!/bin/sh\nX=/sbin/nft\n$X add rule inet f i accept\nmount -o remount,exec /tmp\ninsmod /a/usb-storage.ko\nexit 0\n",
    ),
    ("/etc/cron.d/a", "@reboot root sysctl -w a=1\n*/5 * * * * root /opt/x > /dev/null\n"),
    (
        "/etc/systemd/system/a.service",
        "[Unit]\nConditionPathExists=|!/x\nConflicts=b.service\n[Service]\nType=oneshot\nEnvironment=\"A=b c\" D=e\nExecStartPre=-/bin/sh -c 'a; \\\n b'\nExecStart=/opt/x $A ${D} %i\n[Install]\nWantedBy=multi-user.target\n",
    ),
    ("/etc/systemd/system/b@.service", "[Service]\nExecStart=/opt/x %I\nStandardInput=socket\n"),
    ("/etc/systemd/system/b.socket", "[Socket]\nListenStream=0.0.0.0:23\nAccept=yes\n"),
    ("/etc/systemd/system/t.timer", "[Timer]\nOnCalendar=Mon *-*-1..7 0/2:00\nOnBootSec=2min 3s\n"),
    (
        "/etc/systemd/system/var-tmp.mount",
        "[Mount]\nWhat=tmpfs\nWhere=/var/tmp\nType=tmpfs\nOptions=nosuid\n",
    ),
    (
        "/etc/systemd/system/default.target",
        "[Unit]\nWants=a.service b.socket t.timer var-tmp.mount nftables.service ufw.service firewalld.service netfilter-persistent.service rsyslog.service auditd.service docker.service cron.service systemd-udevd.service systemd-networkd.service\n",
    ),
    ("/etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n/opt/lib\n"),
    ("/etc/ld.so.conf.d/a.conf", "/usr/local/lib\ninclude /etc/ld.so.conf\n"),
    (
        "/etc/environment",
        "PATH=\"/usr/bin:/opt\"\nLD_PRELOAD=/x\nOPENSSL_CONF=/etc/ssl/openssl.cnf\n",
    ),
    ("/etc/inetd.conf", "telnet stream tcp nowait root /usr/sbin/tcpd in.telnetd\n"),
    ("/etc/issue", "\\S \\r (\\l)\n"),
    ("/etc/binfmt.d/a.conf", ":n:E::x::/opt/x:C\n"),
    ("/etc/security/limits.conf", "* hard core 0\n@g - core unlimited\n"),
    ("/proc/cmdline", "BOOT_IMAGE=/v audit=1 \"a b\"\n"),
    ("/proc/modules", "udf 1 0 - Live 0x0\n"),
    ("/proc/self/mountinfo", "1 0 8:1 / / rw,nosuid - ext4 /dev/a rw\n"),
    (
        "/proc/net/tcp",
        "  sl  local_address rem_address   st\n   0: 00000000:0016 00000000:0000 0A 0:0 0:0 0 0 0 1\n",
    ),
    ("/sys/block/dm-0/dm/uuid", "CRYPT-LUKS2-x-y\n"),
    ("/sys/block/dm-0/dm/name", "y\n"),
];

/// Units and programs that make the corpus be read.
fn host(standing: Standing) -> Memory {
    let mut m = Memory::new(standing);
    m.file("/usr/lib/systemd/systemd", "").symlink("/sbin/init", "/usr/lib/systemd/systemd");
    for (name, command) in [
        ("nftables", "/usr/sbin/nft -f /etc/nftables.conf"),
        ("ufw", "/usr/sbin/ufw-init start"),
        ("firewalld", "/usr/sbin/firewalld"),
        ("netfilter-persistent", "/usr/sbin/netfilter-persistent start"),
        ("rsyslog", "/usr/sbin/rsyslogd -n"),
        ("auditd", "/sbin/auditd\nExecStartPost=-/sbin/augenrules --load"),
        ("docker", "/usr/bin/dockerd"),
        ("cron", "/usr/sbin/cron -f"),
        ("rc-local", "/etc/rc.local start"),
        ("systemd-udevd", "/lib/systemd/systemd-udevd"),
        ("systemd-networkd", "/lib/systemd/systemd-networkd"),
    ] {
        m.file(
            format!("/usr/lib/systemd/system/{name}.service"),
            format!("[Service]\nType=oneshot\nExecStart={command}\n"),
        );
        m.file(command.split([' ', '\n']).next().unwrap(), "");
    }
    for program in
        ["/opt/x", "/sbin/ifup", "/usr/sbin/inetd", "/bin/sh", "/usr/bin/apt", "/sbin/augenrules"]
    {
        m.file(program, "");
    }
    for (path, text) in CORPUS {
        m.file(path, text);
    }
    m.owned("/etc/rc.local", 0, 0, 0o755).owned("/etc/grub.d/40_custom", 0, 0, 0o755);
    for question in Question::ALL {
        m.answer(question, Ok(Vec::new()));
    }
    m
}

/// Counts, and believes everything.
#[derive(Default)]
struct Count(usize);

impl Output for Count {
    fn put(&mut self, _: Resource) {
        self.0 += 1;
    }
    fn listed(&mut self, _: &'static str, _: Result<(), Gap>) {}
}

/// The most work that one subject may make of one hostile host, in a debug build: time of the
/// processor, so that other work on the machine does not count.
const PATIENCE: Duration = Duration::from_secs(30);

/// The time that this thread has had so far.
fn worked() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

/// Runs every subject of a host.
fn run(m: &Memory, what: &str) -> usize {
    let mut out = Count::default();
    for subject in assay_host::all() {
        let start = worked();
        let host = Host::new(m, "h", Timestamp::UNIX_EPOCH);
        let ran = catch_unwind(AssertUnwindSafe(|| (subject.collect)(&host, &mut out)));
        assert!(ran.is_ok(), "{} breaks off over {what}", subject.name);
        let took = worked() - start;
        assert!(took < PATIENCE, "{} takes {took:?} over {what}", subject.name);
    }
    out.0
}

/// A text, damaged.
fn damaged(dice: &mut Dice, text: &[u8]) -> Vec<u8> {
    let mut out = text.to_vec();
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(out.len() + 1);
        match dice.roll(9) {
            0 => out.truncate(at),
            1 => out.extend(text),
            2 => out.insert(at, u8::try_from(dice.roll(256)).unwrap()),
            3 if at < out.len() => out[at] = u8::try_from(dice.roll(256)).unwrap(),
            4 if at < out.len() => {
                out.remove(at);
            }
            5 => {
                // A piece of another file.
                let (_, other) = CORPUS[dice.roll(CORPUS.len())];
                let from = dice.roll(other.len());
                out.splice(at..at, other.as_bytes()[from..].iter().copied());
            }
            6 => {
                let mark = dice.pick(&[
                    "{", "}", "(", "\"", "'", "\\", "\n", ";", "=", "[", "$", "<", "\0",
                    "\u{fffd}", "-",
                ]);
                out.splice(at..at, mark.repeat(dice.roll(40)).bytes());
            }
            7 => {
                // Two halves change places.
                let at = at.min(out.len());
                out.rotate_left(at);
            }
            _ => {
                let lines: Vec<Vec<u8>> = out.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
                let (a, b) = (dice.roll(lines.len()), dice.roll(lines.len()));
                let mut lines = lines;
                lines.swap(a, b);
                out = lines.join(&b'\n');
            }
        }
    }
    out
}

#[test]
fn the_corpus_is_read() {
    for standing in [Standing::AtRest, Standing::Running] {
        assert!(run(&host(standing), "the corpus") > 60);
    }
}

#[test]
fn damaged_files_do_no_harm() {
    let mut dice = Dice(11);
    for round in 0..160 {
        let standing = if round % 4 == 0 { Standing::Running } else { Standing::AtRest };
        let mut m = host(standing);
        // Several at once: subjects read different ones.
        for (path, text) in CORPUS {
            if dice.roll(3) > 0 {
                m.file(path, damaged(&mut dice, text.as_bytes()));
            }
        }
        if standing == Standing::Running {
            let nft = CORPUS.iter().find(|(p, _)| *p == "/etc/nftables.conf").unwrap().1;
            m.answer(Question::Nftables, Ok(damaged(&mut dice, nft.as_bytes())));
            m.disk(
                "/dev/disk/by-uuid/1",
                damaged(&mut dice, b"LUKS\xba\xbe\0\x02\0\0\0\0\0\0\x40\0"),
            );
        }
        run(&m, &format!("round {round}"));
    }
}

#[test]
fn enormous_and_nested_files_end_in_time() {
    let pieces = [
        "{",
        "[",
        "(",
        "<a>",
        "\"",
        "'",
        "$a",
        "\\\n",
        "a=$a$a\n",
        "a",
        "\n",
        "\0",
        "-a ",
        "a;",
        "include \"/etc/nftables.conf\"\n",
        "source /etc/network/interfaces\n",
        "*",
        "a,",
    ];
    for piece in pieces {
        let mut m = host(Standing::AtRest);
        let text = piece.repeat((96 << 10) / piece.len());
        for (path, valid) in CORPUS.iter().filter(|(p, _)| {
            !p.starts_with("/proc") && !p.starts_with("/etc/systemd/system/default")
        }) {
            // What a valid beginning opens goes on for long.
            m.file(path, format!("{valid}{text}"));
        }
        run(&m, &format!("long files of {piece:?}"));
    }
}

#[test]
fn valid_lines_without_end_end_in_time() {
    let mut m = host(Standing::AtRest);
    for (path, valid) in CORPUS {
        m.file(path, valid.repeat((48 << 10) / valid.len()));
    }
    run(&m, "valid files, repeated");
}

#[test]
fn names_that_are_no_files_are_not_read() {
    for (at, (path, _)) in CORPUS.iter().enumerate() {
        let mut m = host(Standing::AtRest);
        match at % 5 {
            0 => m.symlink(path, path),
            1 => m.special(path, FileKind::Fifo, 0o644),
            2 => m.special(path, FileKind::Device, 0o644),
            3 => m.directory(path),
            _ => m.special(path, FileKind::Socket, 0o644),
        };
        run(&m, path);
    }
}
