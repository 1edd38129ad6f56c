use serde_json::{Value, json};

use super::*;
use crate::{Memory, Miss, Standing};

const SYSTEMD: &str = "/usr/lib/systemd/systemd";

fn at_rest(files: &[(&str, &str)]) -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file(SYSTEMD, "").symlink("/sbin/init", "/lib/systemd/systemd");
    m.symlink("/lib", "usr/lib");
    for (path, text) in files {
        m.file(path, text);
    }
    m
}

fn doc(m: &Memory) -> Resource {
    document(&Host::new(m, "h", assay_core::Timestamp::UNIX_EPOCH))
}

fn read(files: &[(&str, &str)]) -> Resource {
    doc(&at_rest(files))
}

fn brief(r: &Resource, facet: &str) -> Vec<(String, Value)> {
    let list = r.properties[facet].as_array().unwrap();
    let one = |v: &Value| {
        let name =
            format!("{}/{}", v["Family"].as_str().unwrap(), v["Interface"].as_str().unwrap());
        (name, v["Setting"]["value"].clone())
    };
    list.iter().map(one).collect()
}

fn pair(name: &str, value: impl Into<Value>) -> (String, Value) {
    (name.to_owned(), value.into())
}

#[test]
fn the_last_file_by_name_wins_and_says_where() {
    let r = read(&[
        ("/etc/sysctl.d/10-a.conf", "kernel.kptr_restrict=2\n"),
        ("/usr/lib/sysctl.d/90-b.conf", "# c\n-kernel/kptr_restrict = 1\n"),
        ("/etc/sysctl.conf", "kernel.kptr_restrict=0\n"),
        ("/etc/sysctl.d/50-bad.conf", "fs.suid_dumpable=no\nkernel.dmesg_restrict=1#x\n"),
        ("/boot/config-1", "CONFIG_X=y\n"),
    ]);
    assert_eq!(
        r.properties["kernel.kptr_restrict"],
        json!({"value": 1, "origin": "file", "file": "/usr/lib/sysctl.d/90-b.conf", "line": 2,
               "others": [{"value": "2", "file": "/etc/sysctl.d/10-a.conf", "line": 1}]})
    );
    assert_eq!(r.properties["fs.suid_dumpable"]["value"], 0, "the kernel refuses the word");
    assert_eq!(r.properties["kernel.dmesg_restrict"]["value"], 0, "no blank before the comment");
    assert_eq!(r.properties["kernel.dmesg_restrict"]["origin"], "default");
}

#[test]
fn the_old_file_counts_by_its_link_or_without_systemd() {
    let file = ("/etc/sysctl.conf", "kernel.kptr_restrict=2\n");
    let mut m = at_rest(&[file, ("/etc/sysctl.d/99-z.conf", "kernel.kptr_restrict=1\n")]);
    m.symlink("/etc/sysctl.d/99-sysctl.conf", "../sysctl.conf");
    let r = doc(&m);
    assert_eq!(r.properties["kernel.kptr_restrict"]["value"], 1, "z comes after s");
    let mut m = Memory::new(Standing::AtRest);
    m.file("/sbin/init", "").file(file.0, file.1);
    m.file("/etc/sysctl.d/99-z.conf", "kernel.kptr_restrict=1\n");
    assert_eq!(doc(&m).properties["kernel.kptr_restrict"]["value"], 2);
}

#[test]
fn a_mask_hides_and_a_masked_service_applies_nothing() {
    let file = ("/usr/lib/sysctl.d/50-x.conf", "kernel.kptr_restrict=2\n");
    let mut m = at_rest(&[file]);
    assert_eq!(doc(&m).properties["kernel.kptr_restrict"]["value"], 2);
    m.symlink("/etc/systemd/system/systemd-sysctl.service", "/dev/null");
    m.file("/usr/lib/systemd/system/systemd-sysctl.service", "[Service]\nExecStart=/x\n");
    let r = doc(&m);
    assert_eq!(r.properties["kernel.kptr_restrict"]["value"], 0);
    let mask = "/etc/systemd/system/systemd-sysctl.service";
    assert_eq!(r.properties["kernel.kptr_restrict"]["file"], mask);
    let mut m = at_rest(&[file]);
    m.symlink("/etc/sysctl.d/50-x.conf", "/dev/null");
    assert_eq!(
        doc(&m).properties["kernel.kptr_restrict"],
        json!({"value": 0, "origin": "default", "file": "/etc/sysctl.d/50-x.conf", "line": 1,
               "others": [{"value": "2", "file": "/usr/lib/sysctl.d/50-x.conf", "line": 1}]})
    );
}

#[test]
fn an_unreadable_file_hides_only_what_it_may_decide() {
    let mut m = at_rest(&[
        ("/etc/sysctl.d/10-secret.conf", ""),
        ("/etc/sysctl.d/20-x.conf", "kernel.kptr_restrict=2\nnet.ipv4.conf.*.rp_filter=1\n"),
    ]);
    m.unreadable("/etc/sysctl.d/10-secret.conf", Miss::Denied);
    let r = doc(&m);
    assert_eq!(r.properties["kernel.kptr_restrict"]["value"], 2);
    assert!(r.gaps.contains_key("/fs.suid_dumpable"));
    assert!(r.gaps.contains_key("/RpFilter"), "an explicit name beats a pattern from anywhere");
}

#[test]
fn redirects_are_taken_where_either_says_so() {
    let both = "net.ipv4.conf.all.accept_redirects=0\nnet.ipv4.conf.default.accept_redirects=0\n";
    let r = read(&[("/etc/sysctl.d/a.conf", both)]);
    assert_eq!(
        brief(&r, "AcceptRedirects"),
        [pair("ipv4/default", false), pair("ipv6/default", 1 == 1)]
    );
    let more = format!(
        "{both}net.ipv4.conf.eth0.accept_redirects=1\nnet/ipv4/conf/lo/accept_redirects=1\n"
    );
    let r = read(&[
        ("/etc/sysctl.d/a.conf", &more),
        ("/etc/default/grub", "GRUB_CMDLINE_LINUX=ipv6.disable=1\n"),
    ]);
    assert_eq!(
        brief(&r, "AcceptRedirects"),
        [pair("ipv4/default", false), pair("ipv4/eth0", true)]
    );
    assert_eq!(r.properties["AcceptRedirects"][1]["Setting"]["line"], 3);
    let r = read(&[(
        "/etc/sysctl.d/a.conf",
        "net.ipv4.conf.*.accept_redirects=0\nnet.ipv6.conf.all.disable_ipv6=1",
    )]);
    assert_eq!(brief(&r, "AcceptRedirects"), [pair("ipv4/default", false)]);
    let excluded = "net.ipv4.conf.*.accept_redirects=0\n-net.ipv4.conf.all.accept_redirects\n";
    let r = read(&[("/etc/sysctl.d/a.conf", excluded)]);
    assert_eq!(brief(&r, "AcceptRedirects")[0], pair("ipv4/default", true));
}

#[test]
fn the_stricter_filter_and_both_for_source_routes() {
    let r = read(&[(
        "/etc/sysctl.d/a.conf",
        "net.ipv4.conf.all.rp_filter=1\nnet.ipv4.conf.eth0.rp_filter=0\nnet.ipv4.conf.eth1.rp_filter=2\n",
    )]);
    assert_eq!(
        brief(&r, "RpFilter"),
        [pair("ipv4/default", 1), pair("ipv4/eth0", 1), pair("ipv4/eth1", 2)]
    );
    assert_eq!(
        brief(&read(&[]), "AcceptSourceRoute"),
        [pair("ipv4/default", false), pair("ipv6/default", false)]
    );
    let r = read(&[("/etc/sysctl.d/a.conf", "net.ipv4.conf.all.accept_source_route=1")]);
    assert_eq!(brief(&r, "AcceptSourceRoute")[0], pair("ipv4/default", true));
}

#[test]
fn forwarding_is_written_in_order() {
    let r = read(&[
        ("/etc/sysctl.d/10.conf", "net.ipv4.ip_forward=0\n"),
        (
            "/etc/sysctl.d/20.conf",
            "net.ipv4.conf.all.forwarding=1\nnet.ipv4.conf.eth9.forwarding=0\n",
        ),
    ]);
    assert_eq!(
        brief(&r, "Forwarding"),
        [pair("ipv4/default", true), pair("ipv4/eth9", false), pair("ipv6/default", false)]
    );
    assert_eq!(r.properties["Forwarding"][0]["Setting"]["file"], "/etc/sysctl.d/20.conf");
    let r = read(&[(
        "/etc/sysctl.d/10.conf",
        "net.ipv4.conf.all.forwarding=1\nnet.ipv4.ip_forward=0\n",
    )]);
    assert_eq!(brief(&r, "Forwarding")[0], pair("ipv4/default", false));
}

#[test]
fn advertisements_are_not_taken_while_forwarding() {
    let r = read(&[("/etc/sysctl.d/10.conf", "net.ipv6.conf.all.forwarding=1\n")]);
    assert_eq!(brief(&r, "AcceptRouterAdvertisements"), [pair("ipv6/default", false)]);
    let r = read(&[(
        "/etc/sysctl.d/10.conf",
        "net.ipv6.conf.all.forwarding=1\nnet.ipv6.conf.default.accept_ra=2\n",
    )]);
    assert_eq!(brief(&r, "AcceptRouterAdvertisements"), [pair("ipv6/default", true)]);
}

#[test]
fn later_writers_win_where_they_run() {
    let ufw = [
        ("/etc/sysctl.d/a.conf", "net.ipv4.tcp_syncookies=1\nkernel.kptr_restrict=2\n"),
        ("/etc/ufw/ufw.conf", "ENABLED=yes\n"),
        ("/etc/default/ufw", "IPT_SYSCTL=/etc/ufw/sysctl.conf\n"),
        ("/etc/ufw/sysctl.conf", "net/ipv4/tcp_syncookies=0\n"),
        (
            "/etc/rc.local",
            "#!/bin/sh\n# sysctl -w kernel.kptr_restrict=0\necho 1 > /proc/sys/kernel/kptr_restrict\nexit 0\nsysctl kernel.kptr_restrict=0\n",
        ),
    ];
    let mut m = at_rest(&ufw);
    m.file("/usr/lib/systemd/system/default.target", "[Unit]\nRequires=multi-user.target\n");
    m.file("/usr/lib/systemd/system/multi-user.target", "[Unit]\n");
    m.file(
        "/usr/lib/systemd/system/ufw.service",
        "[Service]\nType=oneshot\nExecStart=/usr/lib/ufw/ufw-init start\n",
    );
    m.file("/usr/lib/systemd/system-generators/systemd-rc-local-generator", "x").owned(
        "/usr/lib/systemd/system-generators/systemd-rc-local-generator",
        0,
        0,
        0o755,
    );
    m.file("/usr/lib/ufw/ufw-init", "").owned("/usr/lib/ufw/ufw-init", 0, 0, 0o755);
    m.file("/usr/lib/systemd/system/rc-local.service", "[Unit]\nConditionFileIsExecutable=/etc/rc.local\n[Service]\nType=forking\nExecStart=/etc/rc.local start\n");
    let r = doc(&m);
    assert_eq!(r.properties["net.ipv4.tcp_syncookies"]["value"], 1, "the unit is not wanted");
    assert_eq!(r.properties["kernel.kptr_restrict"]["value"], 2, "not executable");
    m.symlink(
        "/etc/systemd/system/multi-user.target.wants/ufw.service",
        "/lib/systemd/system/ufw.service",
    );
    m.owned("/etc/rc.local", 0, 0, 0o755);
    let r = doc(&m);
    assert_eq!(r.properties["net.ipv4.tcp_syncookies"]["file"], "/etc/ufw/sysctl.conf");
    assert_eq!(r.properties["kernel.kptr_restrict"]["value"], 1);
    assert_eq!(r.properties["kernel.kptr_restrict"]["line"], 3);
}

#[test]
fn tmpfiles_and_cron_write_too() {
    let mut m = at_rest(&[
        ("/etc/sysctl.d/a.conf", "kernel.kptr_restrict=2\nkernel.dmesg_restrict=1\n"),
        (
            "/etc/tmpfiles.d/x.conf",
            "#w /proc/sys/kernel/dmesg_restrict - - - - 1\nw! /proc/sys/kernel/kptr_restrict - - - - 0\n",
        ),
        ("/etc/crontab", "@reboot root sysctl -qw kernel.dmesg_restrict=0 # x\n"),
        ("/usr/lib/systemd/system/default.target", "[Unit]\nWants=cron.service\n"),
        ("/usr/lib/systemd/system/cron.service", "[Service]\nExecStart=/usr/sbin/cron -f\n"),
    ]);
    m.file("/usr/sbin/cron", "x").owned("/usr/sbin/cron", 0, 0, 0o755);
    let r = doc(&m);
    assert_eq!(r.properties["kernel.kptr_restrict"]["file"], "/etc/tmpfiles.d/x.conf");
    assert_eq!(r.properties["kernel.kptr_restrict"]["value"], 0);
    assert_eq!(r.properties["kernel.dmesg_restrict"]["file"], "/etc/crontab");
    assert_eq!(r.properties["kernel.dmesg_restrict"]["value"], 0);
}

#[test]
fn networkd_forwards_and_takes_advertisements_itself() {
    let unit = "/usr/lib/systemd/system/systemd-networkd.service";
    let mut m = at_rest(&[
        ("/usr/lib/systemd/system/default.target", "[Unit]\nWants=systemd-networkd.service\n"),
        (unit, "[Service]\nExecStart=/bin/n\n"),
        ("/etc/sysctl.d/a.conf", "net.ipv6.conf.default.accept_ra=0\n"),
        ("/etc/systemd/network/a.network", "[Match]\nName=eth0\n[Network]\nIPForward=ipv4\n"),
        ("/etc/systemd/network/b.network", "[Match]\nName=eth1\n[Network]\nIPv6AcceptRA=no\n"),
    ]);
    m.file("/bin/n", "").owned("/bin/n", 0, 0, 0o755);
    // What systemd ships for its containers is not about this host's interfaces.
    let vendor = "[Match]\nKind=veth\nName=ve-*\n[Network]\nIPMasquerade=both\nIPv6AcceptRA=yes\n";
    m.file("/usr/lib/systemd/network/80-container-ve.network", vendor);
    let r = doc(&m);
    assert_eq!(brief(&r, "Forwarding")[0], pair("ipv4/default", true));
    assert_eq!(r.properties["Forwarding"][0]["Setting"]["line"], 4);
    assert_eq!(
        brief(&r, "AcceptRouterAdvertisements"),
        [pair("ipv6/default", false), pair("ipv6/eth0", true), pair("ipv6/eth1", false)]
    );
}

#[test]
fn defaults_that_a_build_decides_are_unknown_without_it() {
    let r = read(&[]);
    assert!(r.gaps.contains_key("/kernel.randomize_va_space"));
    let r = read(&[("/boot/config-6", "CONFIG_SECURITY_YAMA=y\n# CONFIG_COMPAT_BRK is not set\n")]);
    assert_eq!(r.properties["kernel.randomize_va_space"]["value"], 2);
    assert_eq!(r.properties["kernel.yama.ptrace_scope"]["value"], 1);
    let r = read(&[
        ("/etc/sysctl.d/y.conf", "kernel.yama.ptrace_scope=2\n"),
        (
            "/boot/grub/grub.cfg",
            "menuentry x {\n linux /v lsm=apparmor,bpf sysctl.kernel.kptr_restrict=1\n}\n",
        ),
    ]);
    assert_eq!(r.properties["kernel.yama.ptrace_scope"]["value"], 0, "Yama is not on the list");
    assert_eq!(r.properties["kernel.kptr_restrict"]["origin"], "kernel");
}

#[test]
fn what_runs_is_compared_where_it_runs() {
    let mut m = at_rest(&[("/etc/sysctl.d/a.conf", "kernel.kptr_restrict=2\nvm.x=1 2\n")]);
    assert!(!doc(&m).properties.contains_key("Drift"));
    let mut live = Memory::new(Standing::Running);
    std::mem::swap(&mut m, &mut live);
    live = Memory::new(Standing::Running);
    live.file(SYSTEMD, "").file("/etc/sysctl.d/a.conf", "kernel.kptr_restrict=2\nvm.x=1 2\n");
    live.file("/proc/sys/kernel/kptr_restrict", "0\n").file("/proc/sys/vm/x", "1\t2\n");
    let r = doc(&live);
    let drift = r.properties["Drift"].as_array().unwrap();
    assert_eq!(drift.len(), 1);
    assert_eq!(drift[0]["Running"], "0");
}

#[test]
fn no_bytes_break_it() {
    let seed = b"net.ipv4.conf.*.rp_filter = 1\n-a.b\n[x/y=\\ \"$#>\xff\0sysctl -w k=v; echo 1 > /proc/sys/a\n";
    let mut state = 7_u64;
    for round in 0..300_usize {
        let mut bytes = seed.to_vec();
        for _ in 0..8 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = usize::try_from(state >> 33).unwrap() % bytes.len();
            bytes[at] = (state >> 20) as u8;
        }
        bytes.truncate(round % (bytes.len() + 1));
        let mut m = at_rest(&[]);
        for path in [
            "/etc/sysctl.d/a.conf",
            "/boot/grub/grub.cfg",
            "/etc/default/grub",
            "/etc/rc.local",
            "/boot/config-1",
        ] {
            m.file(path, &bytes).owned(path, 0, 0, 0o755);
        }
        doc(&m);
    }
}

#[test]
fn under_openrc_a_service_applies_the_files() {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/sbin/openrc", "x").symlink("/sbin/init", "/bin/busybox").file("/bin/busybox", "x");
    m.directory("/etc/runlevels/default").file("/etc/sysctl.conf", "net.ipv4.tcp_syncookies = 0\n");
    let value = |m: &Memory| doc(m).properties["net.ipv4.tcp_syncookies"]["value"].clone();
    assert_eq!(value(&m), json!(0), "a root that was cut out");
    m.file("/etc/init.d/sysctl", "#!/sbin/openrc-run\n").owned("/etc/init.d/sysctl", 0, 0, 0o755);
    assert_eq!(value(&m), json!(1), "no runlevel has the service");
    m.symlink("/etc/runlevels/boot/sysctl", "/etc/init.d/sysctl");
    assert_eq!(value(&m), json!(0));
}

#[test]
fn a_service_that_is_told_to_apply_a_part_applies_no_more() {
    let unit = "/usr/lib/systemd/system/systemd-sysctl.service";
    let with = |arguments: &str| {
        let files = [
            (
                "/etc/sysctl.d/a.conf",
                "kernel.kptr_restrict=2\nnet.ipv4.tcp_syncookies=0\nnet.*.bpf_jit_harden=2\n",
            ),
            ("/etc/other.conf", "kernel.kptr_restrict=1\n"),
        ];
        let mut m = at_rest(&files);
        m.file("/usr/lib/systemd/systemd-sysctl", "").file("/usr/lib/systemd/systemd", "");
        m.file("/usr/lib/systemd/system/default.target", "[Unit]\nWants=systemd-sysctl.service\n");
        m.file(
            unit,
            format!(
                "[Service]\nType=oneshot\nExecStart=/usr/lib/systemd/systemd-sysctl {arguments}\n"
            ),
        );
        let r = doc(&m);
        ["kernel.kptr_restrict", "net.ipv4.tcp_syncookies", "net.core.bpf_jit_harden"]
            .map(|k| r.properties[k]["value"].clone())
    };
    assert_eq!(with(""), [json!(2), json!(0), json!(2)]);
    assert_eq!(with("--prefix=/kernel"), [json!(2), json!(1), json!(0)]);
    assert_eq!(with("--prefix net.ipv4"), [json!(0), json!(0), json!(0)]);
    assert_eq!(with("--prefix=/proc/sys/net/core --prefix=kernel"), [json!(2), json!(1), json!(2)]);
    assert_eq!(with("/etc/other.conf"), [json!(1), json!(1), json!(0)]);
}

#[test]
fn rules_of_the_device_manager_write_too() {
    let mut m = at_rest(&[("/etc/sysctl.d/a.conf", "kernel.kptr_restrict=2\n")]);
    m.file("/usr/lib/systemd/systemd", "").file("/usr/lib/systemd/systemd-udevd", "");
    m.file("/usr/lib/systemd/system/default.target", "[Unit]\nWants=systemd-udevd.service\n");
    m.file(
        "/usr/lib/systemd/system/systemd-udevd.service",
        "[Service]\nExecStart=/usr/lib/systemd/systemd-udevd\n",
    );
    m.file("/etc/udev/rules.d/9.rules", "# x\nKERNEL==\"lo\", SYSCTL{kernel/kptr_restrict}=\"0\"\nACTION==\"add\", RUN+=\"/sbin/sysctl -w net.ipv4.tcp_syncookies=0\"\n");
    let r = doc(&m);
    assert_eq!(r.properties["kernel.kptr_restrict"]["value"], 0);
    assert_eq!(r.properties["kernel.kptr_restrict"]["line"], 2);
    assert_eq!(r.properties["net.ipv4.tcp_syncookies"]["line"], 3);
}
