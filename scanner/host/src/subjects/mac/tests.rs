use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::*;
use crate::{Memory, Standing};

struct Taken(Option<Resource>);

impl Output for Taken {
    fn put(&mut self, document: Resource) {
        self.0 = Some(document);
    }
    fn listed(&mut self, _: &'static str, result: Result<(), Gap>) {
        result.unwrap();
    }
}

fn seen(m: &Memory) -> (Value, Value) {
    let mut out = Taken(None);
    let host = Host::new(m, "h", "2026-01-01T00:00:00Z".parse().unwrap());
    (SUBJECT.collect)(&host, &mut out);
    let p = out.0.unwrap().properties;
    (p["Active"].clone(), p["Weak"].clone())
}

fn debian() -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/systemd/systemd", "x").symlink("/sbin/init", "/usr/lib/systemd/systemd");
    m.file("/etc/os-release", "ID=debian\n")
        .file("/usr/lib/systemd/system/default.target", "[Unit]\n");
    m.file("/usr/lib/systemd/system/sysinit.target", "[Unit]\n")
        .file("/lib/apparmor/apparmor.systemd", "x");
    let unit = "/usr/lib/systemd/system/apparmor.service";
    m.file(unit, "[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/lib/apparmor/apparmor.systemd reload\nRemainAfterExit=yes\n");
    m.symlink("/etc/systemd/system/sysinit.target.wants/apparmor.service", unit);
    m.symlink("/etc/systemd/system/default.target.wants/sysinit.target", "/x");
    m.file("/etc/apparmor.d/usr.bin.man", "/usr/bin/man {\n}\n")
        .file("/etc/apparmor.d/tunables/x", "");
    m
}

#[test]
fn apparmor_at_boot() {
    let (active, weak) = seen(&debian());
    assert_eq!(
        (&active["system"], &active["on"], &weak),
        (&json!("apparmor"), &json!(true), &json!([]))
    );
    for (words, on) in [
        ("quiet", true),
        ("apparmor=0", false),
        ("apparmor=0 apparmor=1", true),
        ("lsm=landlock,yama", false),
        ("lsm=landlock,apparmor", true),
        ("security=selinux", false),
        ("security=apparmor", true),
    ] {
        let mut m = debian();
        m.file(
            "/boot/grub/grub.cfg",
            format!("menuentry 'Debian' {{\n\tlinux /vmlinuz root=/dev/sda {words}\n}}\n"),
        );
        let (active, _) = seen(&m);
        assert_eq!(active["on"], json!(on), "{words}: {active}");
        if !on && !words.contains("selinux") {
            assert_eq!(
                (&active["file"], &active["line"]),
                (&json!("/boot/grub/grub.cfg"), &json!(2))
            );
        }
    }
    let mut m = debian();
    m.symlink("/etc/systemd/system/apparmor.service", "/dev/null");
    assert_eq!(seen(&m).0["file"], json!("/etc/systemd/system/apparmor.service"));
}

#[test]
fn profiles_that_are_off() {
    let mut m = debian();
    m.symlink("/etc/apparmor.d/disable/usr.bin.man", "/etc/apparmor.d/usr.bin.man");
    m.symlink("/etc/apparmor.d/disable/gone", "/etc/apparmor.d/gone");
    m.file("/etc/apparmor.d/x", "profile x /x flags=(complain) {\n}\n");
    let weak = seen(&m).1;
    assert_eq!(weak.as_array().unwrap().len(), 2, "{weak}");
    assert_eq!(
        (&weak[0]["state"], &weak[0]["file"]),
        (&json!("disabled"), &json!("/etc/apparmor.d/disable/usr.bin.man"))
    );
    assert_eq!((&weak[1]["profile"], &weak[1]["line"]), (&json!("x"), &json!(1)));
}

#[test]
fn a_packaged_profile_of_a_program_that_is_not_there() {
    let mut m = debian();
    let text = "profile s /usr/bin/s flags=(complain) {\n}\n";
    m.file("/etc/apparmor.d/s", text);
    m.file(
        "/var/lib/dpkg/status",
        "Package: apparmor\nStatus: install ok installed\nVersion: 1\nConffiles:\n /etc/apparmor.d/s 6cf0913da6783440b5ef37b8e89473a3\n\n",
    );
    assert_eq!(seen(&m).1, json!([]));
    m.file("/usr/bin/s", "x");
    assert_eq!(seen(&m).1[0]["profile"], json!("s"), "now there is something to confine");
    let mut m = debian();
    m.file("/etc/apparmor.d/s", text)
        .file("/var/lib/dpkg/status", "Package: a\nStatus: install ok installed\nVersion: 1\n");
    assert_eq!(seen(&m).1[0]["profile"], json!("s"), "somebody's own");
}

#[test]
fn selinux_of_the_red_hat_family() {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/systemd/systemd", "x").symlink("/sbin/init", "/usr/lib/systemd/systemd");
    m.file("/etc/os-release", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n");
    m.file("/etc/selinux/targeted/policy/policy.33", "x");
    for (text, on) in [
        ("SELINUX=enforcing\n", true),
        ("# SELINUX=enforcing\nSELINUX=permissive\n", false),
        ("SELINUX=disabled\n", false),
    ] {
        m.file("/etc/selinux/config", text);
        assert_eq!(seen(&m).0["on"], json!(on), "{text}");
    }
    m.file("/etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=targeted\n");
    m.directory("/var/lib/selinux/targeted/active/modules/400/permissive_httpd_t");
    assert_eq!(seen(&m).1[0]["profile"], json!("httpd_t"));
    m.file("/boot/grub2/grub.cfg", "menuentry 'x' {\n linux /v enforcing=0\n}\n");
    assert_eq!(seen(&m).0["on"], json!(false));
}
