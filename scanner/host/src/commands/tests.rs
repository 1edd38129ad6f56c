use super::*;
use crate::{Memory, Standing};

/// A host on which one unit runs `command` at boot.
fn host(command: &str) -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/systemd/systemd", "").symlink("/sbin/init", "/usr/lib/systemd/systemd");
    m.file("/usr/lib/systemd/system/default.target", "[Unit]\nWants=a.service cron.service\n");
    m.file(
        "/usr/lib/systemd/system/a.service",
        format!("[Service]\nType=oneshot\nExecStart={command}\n"),
    );
    m.file("/usr/lib/systemd/system/cron.service", "[Service]\nExecStart=/bin/cron\n");
    for program in ["/bin/cron", "/bin/sh", "/bin/true", "/usr/sbin/nft"] {
        m.file(program, "");
    }
    m
}

fn found(m: &Memory) -> Vec<String> {
    let host = Host::new(m, "h", assay_core::Timestamp::UNIX_EPOCH);
    let all = all(&host).unwrap();
    all.iter().map(|l| format!("{}:{} {}", l.place.file, l.place.line, l.text)).collect()
}

#[test]
fn units_shells_and_scripts() {
    let unit = "/usr/lib/systemd/system/a.service:3";
    assert_eq!(
        found(&host("/usr/sbin/nft flush ruleset")),
        [format!("{unit} /usr/sbin/nft flush ruleset")]
    );
    assert_eq!(
        found(&host("/bin/sh -c 'nft \"flush ruleset\"; true'")),
        [format!("{unit} nft \"flush ruleset\"; true")]
    );
    assert!(found(&host("/bin/true")).is_empty());
    let mut m = host("-/opt/fw start");
    m.file("/opt/fw", "#!/bin/sh\nIPT=/sbin/iptables\n# iptables -X\nif true; then\n  exit 0\nfi\n$IPT -P INPUT \\\n  ACCEPT\nexit 0\niptables -F\n");
    m.owned("/opt/fw", 0, 0, 0o755);
    assert_eq!(
        found(&m),
        ["/opt/fw:2 IPT=/sbin/iptables", "/opt/fw:7 /sbin/iptables -P INPUT   ACCEPT"]
    );
    m.owned("/opt/fw", 0, 0, 0o644);
    assert!(found(&m).is_empty(), "it cannot be executed");
    let mut m = host("/bin/bash /opt/fw start");
    m.file("/opt/fw", "nft flush ruleset\n").file("/bin/bash", "");
    assert_eq!(found(&m), ["/opt/fw:1 nft flush ruleset"]);
}

#[test]
fn scripts_of_packages_are_left_out() {
    let mut m = host("/usr/sbin/tool");
    m.file("/usr/sbin/tool", "#!/bin/sh\nmount -o remount,exec /tmp\n").owned(
        "/usr/sbin/tool",
        0,
        0,
        0o755,
    );
    m.file("/var/lib/dpkg/info/other.list", "/usr/sbin/other\n");
    assert_eq!(found(&m).len(), 1);
    m.file("/var/lib/dpkg/info/tool.list", "/.\n/usr/sbin/tool\n");
    assert!(found(&m).is_empty());
    // Whatever they hold: over ssh no programs come along.
    m.unreadable("/usr/sbin/tool", crate::Miss::Failed("left out".into()));
    assert!(found(&m).is_empty());
}

#[test]
fn cron_and_hooks() {
    let mut m = host("/bin/true");
    m.file(
        "/etc/cron.d/x",
        "MAILTO=root\n@reboot root nft flush ruleset\n* * * * * alice nft flush ruleset\n",
    );
    m.file("/etc/cron.daily/y", "#!/bin/sh\niptables -F\n").owned("/etc/cron.daily/y", 0, 0, 0o755);
    m.file("/sbin/ifup", "").file(
        "/etc/network/interfaces",
        "iface eth0 inet dhcp\n  up iptables -I INPUT -i $IFACE -j ACCEPT\n",
    );
    m.file("/etc/update-motd.d/z", "#!/bin/sh\nsysctl -w a=1\n").owned(
        "/etc/update-motd.d/z",
        0,
        0,
        0o755,
    );
    assert_eq!(
        found(&m),
        [
            "/etc/network/interfaces:2 iptables -I INPUT -i eth0 -j ACCEPT",
            "/etc/update-motd.d/z:2 sysctl -w a=1",
            "/etc/cron.d/x:2 nft flush ruleset",
            "/etc/cron.daily/y:2 iptables -F",
        ]
    );
}

#[test]
fn what_ends_a_unit_that_does_not_remain() {
    let mut m = host("/bin/true\nExecStop=/usr/sbin/nft flush ruleset");
    assert_eq!(found(&m).len(), 1);
    m.file("/usr/lib/systemd/system/a.service", "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\nExecStop=/usr/sbin/nft flush ruleset\n");
    assert!(found(&m).is_empty());
}

#[test]
fn a_script_that_cannot_be_read_is_a_gap() {
    let mut m = host("/opt/fw");
    m.file("/opt/fw", "#!/bin/sh\nnft x\n").owned("/opt/fw", 0, 0, 0o755);
    m.unreadable("/opt/fw", crate::Miss::Denied);
    let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
    assert!(all(&host).is_err());
}
