use std::path::Path;

use super::*;
use crate::{Memory, Standing};

/// A small host under systemd: default.target → multi-user.target → basic.target → sysinit.target.
fn small() -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/systemd/systemd", "x").symlink("/lib", "usr/lib");
    m.symlink("/sbin/init", "/lib/systemd/systemd");
    let unit = |name: &str| format!("/usr/lib/systemd/system/{name}");
    m.symlink(unit("default.target"), "graphical.target");
    m.file(unit("graphical.target"), "[Unit]\nRequires=multi-user.target\n");
    m.file(unit("multi-user.target"), "[Unit]\nRequires=basic.target\n");
    m.file(
        unit("basic.target"),
        "[Unit]\nRequires=sysinit.target\nWants=sockets.target timers.target\n",
    );
    for target in ["sysinit.target", "sockets.target", "timers.target", "rescue.target"] {
        m.file(unit(target), "[Unit]\nDescription=x\n");
    }
    m.file("/usr/sbin/auditd", "x").owned("/usr/sbin/auditd", 0, 0, 0o755);
    m.file(
        unit("auditd.service"),
        "[Unit]\nDefaultDependencies=no\nConditionPathExists=/usr\n[Service]\nType=forking\nExecStart=/usr/sbin/auditd\n[Install]\nWantedBy=multi-user.target\n",
    );
    m.symlink(WANTED, "/lib/systemd/system/auditd.service");
    m
}

const WANTED: &str = "/etc/systemd/system/multi-user.target.wants/auditd.service";

fn read(m: &Memory) -> Units {
    Units::load(&Host::new(m, "h", "2026-01-01T00:00:00Z".parse().unwrap())).unwrap()
}

#[test]
fn a_default_target_that_cannot_be_read_is_not_gone() {
    let mut m = small();
    assert!(matches!(read(&m).starts("auditd.service"), Starts::AtBoot(_)));
    m.unreadable("/usr/lib/systemd/system/graphical.target", crate::Miss::Denied);
    let units = read(&m);
    for name in ["auditd.service", "rescue.target"] {
        let starts = units.starts(name);
        assert!(matches!(starts, Starts::Unknown(_)), "{name}: {starts:?}");
    }
}

fn why(m: &Memory) -> String {
    match read(m).starts("auditd.service") {
        Starts::No(why) => {
            let place = why.place().map(|p| format!(" {}:{}", p.file, p.line));
            format!("{}{}", why.as_str(), place.unwrap_or_default())
        }
        other => other.as_str().to_owned(),
    }
}

#[test]
fn what_is_wanted_starts_and_what_hinders_it_is_named() {
    assert_eq!(why(&small()), "at_boot");
    assert_eq!(read(&small()).enablement("auditd.service"), Enablement::Enabled);
    let drop_in = "/etc/systemd/system/auditd.service.d/x.conf";
    for (path, text, want) in [
        ("/etc/systemd/system/auditd.service", "", "masked /etc/systemd/system/auditd.service:1"),
        (
            "/etc/systemd/system.control/auditd.service",
            "",
            "masked /etc/systemd/system.control/auditd.service:1",
        ),
        (
            drop_in,
            "[Service]\nExecStart=\n",
            "refused /etc/systemd/system/auditd.service.d/x.conf:2",
        ),
        (
            drop_in,
            "[Unit]\nConditionPathExists=!/usr\n",
            "condition /etc/systemd/system/auditd.service.d/x.conf:2",
        ),
        (
            drop_in,
            "[Unit]\nConditionPathExists=|/no\n",
            "condition /etc/systemd/system/auditd.service.d/x.conf:2",
        ),
        (drop_in, "[Unit]\nConditionPathExists=|/no\nConditionPathExists=|/etc\n", "at_boot"),
        (drop_in, "[Unit]\nConditionPathExists=/no\nConditionHost=\n", "at_boot"),
        (
            drop_in,
            "[Unit]\nAssertUser=!root",
            "condition /etc/systemd/system/auditd.service.d/x.conf:2",
        ),
        (drop_in, "[Unit]\nRequires=no.service", "at_boot"),
        (
            drop_in,
            "[Service]\nExecStartPre=/no/such",
            "program /etc/systemd/system/auditd.service.d/x.conf:2",
        ),
        (
            "/usr/lib/systemd/system/service.d/x.conf",
            "[Unit]\nConditionPathIsDirectory=/no",
            "condition /usr/lib/systemd/system/service.d/x.conf:2",
        ),
        (
            "/etc/systemd/system/multi-user.target.d/x.conf",
            "[Unit]\nConflicts=auditd.service",
            "conflict /etc/systemd/system/multi-user.target.d/x.conf:2",
        ),
    ] {
        let mut m = small();
        m.file(path, text);
        assert_eq!(why(&m), want, "{path}: {text}");
    }
}

#[test]
fn masks_of_links_and_of_the_default_target_count() {
    let mut m = small();
    m.symlink(WANTED, "/dev/null");
    assert_eq!(why(&m), "not_wanted");
    let mut m = small();
    m.symlink("/etc/systemd/system/default.target", "/lib/systemd/system/rescue.target");
    assert_eq!(why(&m), "not_wanted");
    assert_eq!(read(&m).target, "rescue.target");
    let mut m = small();
    m.symlink("/etc/systemd/system/auditd.service", "/dev/null");
    assert_eq!(read(&m).enablement("auditd.service"), Enablement::Masked);
    // A mask in a lower directory does nothing, unless the link that wants the unit leads to it.
    let mut m = small();
    m.symlink(WANTED, "../auditd.service");
    m.symlink("/usr/lib/systemd/system/auditd.service", "/dev/null");
    let text = "[Service]\nExecStart=/usr/sbin/auditd\n";
    m.file("/etc/systemd/system/auditd.service", text);
    assert_eq!(why(&m), "at_boot");
}

#[test]
fn sockets_and_timers_start_others() {
    let mut m = small();
    let dir = Path::new("/etc/systemd/system");
    m.file(dir.join("t.socket"), "[Socket]\nListenStream=23\nAccept=yes\n");
    m.file(
        dir.join("t@.service"),
        "[Service]\nExecStart=-/usr/sbin/auditd %i\nStandardInput=socket\n",
    );
    m.file(dir.join("u.timer"), "[Timer]\nOnCalendar=daily\nUnit=v.service\n");
    m.file(
        dir.join("v.service"),
        "[Unit]\nWants=w.service\n[Service]\nExecStart=/usr/sbin/auditd\n",
    );
    m.file(dir.join("w.service"), "[Service]\nExecStart=/usr/sbin/auditd\n");
    assert_eq!(read(&m).starts("v.service"), Starts::No(Why::NotWanted));
    m.symlink(dir.join("sockets.target.wants/t.socket"), "../t.socket");
    m.symlink(dir.join("timers.target.wants/u.timer"), "../u.timer");
    let units = read(&m);
    assert!(units.starts("t.socket").at_boot());
    assert_eq!(units.starts("t@0.service").as_str(), "on_demand");
    assert_eq!(units.unit("t@0.service").commands("ExecStart")[0].arguments, ["0"]);
    assert_eq!(units.starts("v.service").as_str(), "on_demand");
    assert_eq!(units.starts("w.service").as_str(), "on_demand");
}

#[test]
fn aliases_drop_ins_of_prefixes_and_environment() {
    let mut m = small();
    let dir = Path::new("/usr/lib/systemd/system");
    m.file(
        dir.join("a-b.service"),
        "[Service]\nExecStart=/usr/sbin/auditd $OPTS ${X}y\nNoNewPrivileges=yes\n",
    );
    m.symlink("/etc/systemd/system/c.service", dir.join("a-b.service"));
    m.file(dir.join("a-b.service.d/10.conf"), "[Service]\nNoNewPrivileges=no\n");
    m.file(
        "/etc/systemd/system/a-.service.d/10.conf",
        "[Service]\nEnvironment=OPTS='-p 1' X=x\nNoNewPrivileges=what\n",
    );
    m.file(
        "/etc/systemd/system/c.service.d/20.conf",
        "[Service]\nEnvironmentFile=-/etc/default/a*\n",
    );
    m.file("/etc/default/ab", "OPTS=\"-q 2\"\n");
    let units = read(&m);
    let unit = units.unit("c.service");
    assert_eq!(unit.name, "a-b.service");
    assert!(unit.is("Service", "NoNewPrivileges", false), "the other 10.conf is hidden");
    let host = Host::new(&m, "h", "2026-01-01T00:00:00Z".parse().unwrap());
    let command = &unit.commands("ExecStart")[0];
    let arguments = unit.arguments(&host, command).unwrap();
    let texts: Vec<&str> = arguments.iter().map(|(a, _)| a.as_str()).collect();
    assert_eq!(texts, ["-q", "2", "xy"]);
    assert_eq!(&*arguments[0].1.file, "/etc/default/ab");
    assert_eq!(units.enablement("c.service"), Enablement::Alias);
}

#[test]
fn scripts_start_where_no_unit_of_their_name_is() {
    let mut m = small();
    m.file("/usr/lib/systemd/system-generators/systemd-sysv-generator", "x");
    m.owned("/usr/lib/systemd/system-generators/systemd-sysv-generator", 0, 0, 0o755);
    m.file("/etc/init.d/telnetd", "#!/bin/sh").owned("/etc/init.d/telnetd", 0, 0, 0o755);
    assert_eq!(read(&m).starts("telnetd.service"), Starts::No(Why::NotWanted));
    m.symlink("/etc/rc3.d/S20telnetd", "../init.d/telnetd");
    assert!(read(&m).starts("telnetd.service").at_boot());
    m.symlink("/etc/systemd/system/telnetd.service", "/dev/null");
    assert_eq!(read(&m).starts("telnetd.service").as_str(), "no");
}

#[test]
fn runlevels_of_openrc() {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/sbin/openrc", "x").symlink("/sbin/init", "/bin/busybox").file("/bin/busybox", "x");
    m.file("/etc/init.d/sshd", "#!/sbin/openrc-run").owned("/etc/init.d/sshd", 0, 0, 0o755);
    m.directory("/etc/runlevels/default");
    assert_eq!(read(&m).starts("sshd.service"), Starts::No(Why::NotWanted));
    m.symlink("/etc/runlevels/default/sshd", "/etc/init.d/sshd");
    let units = read(&m);
    assert_eq!(units.init, Init::OpenRc);
    assert!(units.starts("sshd.service").at_boot());
}

#[test]
fn what_cannot_be_read_is_not_guessed() {
    let mut m = small();
    m.file("/etc/systemd/system/multi-user.target.d/x.conf", "[Unit]\n");
    m.symlink("/etc/systemd/system/multi-user.target.wants/x.service", "../x.service");
    m.file("/etc/systemd/system/x.service", "[Unit]\nWants=y.service\n");
    m.unreadable("/etc/systemd/system/x.service", crate::Miss::Denied);
    m.file("/etc/systemd/system/y.service", "[Service]\nExecStart=/usr/sbin/auditd\n");
    assert_eq!(read(&m).starts("x.service").as_str(), "unknown");
    assert_eq!(read(&m).starts("y.service").as_str(), "unknown", "x may want it");
    assert_eq!(read(&m).starts("auditd.service").as_str(), "at_boot");
}

#[test]
fn circles_end() {
    let mut m = small();
    let dir = Path::new("/etc/systemd/system");
    m.symlink(dir.join("a.service"), "b.service").symlink(dir.join("b.service"), "a.service");
    for i in 0..300 {
        let text = format!(
            "[Unit]\nRequires=n{}.service\n[Service]\nExecStart=/usr/sbin/auditd\n",
            (i + 1) % 300
        );
        m.file(dir.join(format!("n{i}.service")), text);
    }
    m.symlink(dir.join("multi-user.target.wants/n0.service"), "../n0.service");
    let units = read(&m);
    assert!(units.starts("n299.service").at_boot());
    assert_eq!(units.starts("a.service").as_str(), "no");
}
