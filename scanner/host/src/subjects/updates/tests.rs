use std::collections::BTreeMap;

use super::*;
use crate::{Memory, Standing};

#[derive(Default)]
pub(super) struct Taken {
    pub(super) docs: BTreeMap<String, Resource>,
    pub(super) listed: BTreeMap<&'static str, Result<(), Gap>>,
}

impl Output for Taken {
    fn put(&mut self, document: Resource) {
        self.docs.insert(document.kind.clone(), document);
    }

    fn listed(&mut self, kind: &'static str, result: Result<(), Gap>) {
        assert!(self.listed.insert(kind, result).is_none());
    }
}

pub(super) fn at(m: &Memory, now: &str) -> Taken {
    let host = Host::new(m, "h", now.parse().unwrap());
    let mut out = Taken::default();
    collect(&host, &mut out);
    out
}

pub(super) fn updates(m: &Memory) -> Resource {
    at(m, "2026-11-24T00:00:00Z").docs.remove(KIND).unwrap()
}

const TIMER: &str = "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n";

/// A Debian 12 with unattended-upgrades as its packages ship it.
pub(super) fn debian() -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/systemd/systemd", "x").symlink("/sbin/init", "/usr/lib/systemd/systemd");
    m.file("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n");
    m.file("/usr/bin/apt-get", "x").file("/usr/bin/unattended-upgrade", "x").owned(
        "/usr/bin/unattended-upgrade",
        0,
        0,
        0o755,
    );
    m.file(
        "/etc/apt/sources.list",
        "deb http://deb.debian.org/debian bookworm main\n\
         deb http://security.debian.org/debian-security bookworm-security main\n",
    );
    m.file(
        "/etc/apt/apt.conf.d/20auto-upgrades",
        "APT::Periodic::Update-Package-Lists \"1\";\nAPT::Periodic::Unattended-Upgrade \"1\";\n",
    );
    m.file(
        "/etc/apt/apt.conf.d/50unattended-upgrades",
        "Unattended-Upgrade::Origins-Pattern {\n// \"origin=Debian,codename=${distro_codename}-updates\";\n\
         \"origin=Debian,codename=${distro_codename},label=Debian\";\n\
         \"origin=Debian,codename=${distro_codename}-security,label=Debian-Security\";\n};\n\
         Unattended-Upgrade::Package-Blacklist {\n//  \"linux-\";\n};\n",
    );
    let unit = "/usr/lib/systemd/system";
    m.file(format!("{unit}/default.target"), "[Unit]\nRequires=timers.target\n");
    m.file(format!("{unit}/timers.target"), "[Unit]\n");
    m.file("/usr/lib/apt/apt.systemd.daily", "#!/bin/sh\n").owned(
        "/usr/lib/apt/apt.systemd.daily",
        0,
        0,
        0o755,
    );
    for (name, verb) in [("apt-daily", "update"), ("apt-daily-upgrade", "install")] {
        m.file(format!("{unit}/{name}.timer"), TIMER);
        let service =
            format!("[Service]\nType=oneshot\nExecStart=/usr/lib/apt/apt.systemd.daily {verb}\n");
        m.file(format!("{unit}/{name}.service"), service);
        m.symlink(
            format!("/etc/systemd/system/timers.target.wants/{name}.timer"),
            format!("{unit}/{name}.timer"),
        );
    }
    m
}

fn problems(m: &Memory) -> Vec<String> {
    let doc = updates(m);
    let all = doc.properties["Automatic"].as_array().unwrap();
    let problems = all.iter().flat_map(|a| a["Problems"].as_array().unwrap());
    problems
        .map(|p| format!("{} {}", p["Why"].as_str().unwrap(), p["file"].as_str().unwrap_or("")))
        .collect()
}

#[test]
fn what_the_packages_ship_is_right() {
    let doc = updates(&debian());
    assert_eq!(problems(&debian()), Vec::<String>::new());
    assert_eq!(doc.properties["Unsigned"], json!([]));
    let timers = doc.properties["Timers"].as_array().unwrap();
    assert_eq!(timers.len(), 2);
    assert!(timers.iter().all(|t| t["Problem"].is_null()), "{timers:?}");
    assert_eq!(doc.properties["Automatic"][0]["IntervalDays"], 1.0);
    // No lists: nothing is proved.
    assert!(doc.gaps.contains_key("/Pending"));
    assert!(!doc.properties.contains_key("RunningKernel"));
}

#[test]
fn every_way_to_switch_it_off_is_found() {
    let conf = "/etc/apt/apt.conf.d/99z";
    for (file, text) in [
        (conf, "apt::periodic::unattended-upgrade \"0\";"),
        ("/etc/apt/apt.conf", "APT { Periodic { Enable \"0\"; }; };"),
        (conf, "#clear APT::Periodic;"),
        (conf, "APT::Periodic::Update-Package-Lists \"\";"),
        (conf, "Binary::apt-config::APT::Periodic::Enable \"0\";"),
        (conf, "#clear Unattended-Upgrade::Origins-Pattern;"),
        (conf, "Unattended-Upgrade::Package-Blacklist:: \".*\";"),
        (conf, "Unattended-Upgrade::Package-Blacklist { \"\\w\"; };"),
        (conf, "Unattended-Upgrade::Package-Blacklist { \"*\"; };"),
        (conf, "Unattended-Upgrade::Package-Whitelist { \"vim$\"; };"),
        (conf, "Unattended-Upgrade::Update-Days { \"never\"; };"),
        (conf, "Unattended-Upgrade::Origins-Pattern:: \"origin=${nope}\";"),
        (conf, "Unattended-Upgrade::Allowed-Origins:: \"a:b:c\";"),
        (conf, "APT::Foo \"x\""),
        ("/etc/apt/sources.list", "deb http://deb.debian.org/debian bookworm main\n"),
        ("/etc/apt/sources.list", "deb [trusted http://x bookworm main\n"),
    ] {
        let mut m = debian();
        m.file(file, text);
        let got = problems(&m);
        assert!(!got.is_empty() && got.iter().all(|p| p.ends_with(file)), "{text}: {got:?}");
    }
    for text in [
        "APT::Periodic::Enable \"false\";",
        "// APT::Periodic::Enable \"0\";",
        "/* \nAPT::Periodic::Enable \"0\"; */",
        "APT::Periodic::Unattended-Upgrade \"always\";",
        "Unattended-Upgrade::Package-Blacklist { \"linux-\"; \"libc6$\"; };",
        "#clear Unattended-Upgrade::Origins-Pattern;\nUnattended-Upgrade::Allowed-Origins { \"Debian:*-security\"; };",
        "Unattended-Upgrade::Origins-Pattern { \"o=Debian,n=bookworm-updates\"; };",
    ] {
        let mut m = debian();
        m.file(conf, text);
        assert_eq!(problems(&m), Vec::<String>::new(), "{text}");
    }
    let mut m = debian();
    m.file("/etc/apt/apt.conf.d/99z.bak", "APT::Periodic::Enable \"0\";");
    m.file("/etc/apt/apt.conf.d/10early", "APT::Periodic::Unattended-Upgrade \"0\";");
    assert_eq!(problems(&m), Vec::<String>::new());
}

#[test]
fn timers_that_never_run_are_found() {
    let etc = "/etc/systemd/system";
    let with = |change: &dyn Fn(&mut Memory)| {
        let mut m = debian();
        change(&mut m);
        let doc = updates(&m);
        let all = doc.properties["Timers"].as_array().unwrap().clone();
        all.into_iter()
            .filter(|t| !t["Problem"].is_null())
            .map(|t| t["Name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        with(&|m| _ = m.symlink(format!("{etc}/apt-daily.timer"), "/dev/null")),
        ["apt-daily.timer"]
    );
    assert_eq!(
        with(&|m| _ =
            m.file(format!("{etc}/apt-daily-upgrade.timer.d/x.conf"), "[Timer]\nOnCalendar=\n")),
        ["apt-daily-upgrade.timer"]
    );
    assert_eq!(
        with(&|m| _ = m.file(
            format!("{etc}/apt-daily-upgrade.timer.d/x.conf"),
            "[Timer]\nOnCalendar=\nOnCalendar=2019-01-01\n"
        )),
        ["apt-daily-upgrade.timer"]
    );
    assert_eq!(
        with(&|m| _ =
            m.file(format!("{etc}/apt-daily-upgrade.timer.d/x.conf"), "[Timer]\nUnit=x.service\n")),
        ["apt-daily-upgrade.timer"]
    );
    assert_eq!(
        with(&|m| _ = m.symlink(format!("{etc}/apt-daily-upgrade.service"), "/dev/null")),
        ["apt-daily-upgrade.timer"]
    );
    assert_eq!(
        with(&|m| _ = m.file(
            format!("{etc}/apt-daily-upgrade.service.d/x.conf"),
            "[Service]\nExecStart=\nExecStart=/bin/true\n"
        )),
        ["apt-daily-upgrade.timer"]
    );
    assert_eq!(with(&|m| _ = m.symlink(format!("{etc}/timers.target"), "/dev/null")).len(), 2);
    for text in [
        "ExecStart=\nExecStart=/usr/lib/apt/apt.systemd.daily update\n",
        "ExecStart=\nExecStart=/usr/bin/apt-get update\n",
        "ExecStartPre=/bin/false\n",
    ] {
        let found = with(&|m| {
            m.file("/bin/false", "x").owned("/bin/false", 0, 0, 0o755).owned(
                "/usr/bin/apt-get",
                0,
                0,
                0o755,
            );
            m.file(
                format!("{etc}/apt-daily-upgrade.service.d/x.conf"),
                format!("[Service]\n{text}"),
            );
        });
        assert_eq!(found, ["apt-daily-upgrade.timer"], "{text}");
    }
    let slow = "[Timer]\nOnCalendar=\nOnActiveSec=10y\n";
    assert_eq!(
        with(&|m| _ = m.file(format!("{etc}/apt-daily-upgrade.timer.d/x.conf"), slow)),
        ["apt-daily-upgrade.timer"]
    );
    // The service reads another configuration first.
    let mut m = debian();
    m.file(
        format!("{etc}/apt-daily-upgrade.service.d/x.conf"),
        "[Service]\nEnvironment=APT_CONFIG=/etc/x.conf\n",
    );
    m.file("/etc/x.conf", "Dir::Etc::parts \"/dev/null\";");
    assert_eq!(problems(&m).len(), 2);
    let mut m = debian();
    m.file("/bin/true", "x")
        .owned("/bin/true", 0, 0, 0o755)
        .symlink("/usr/bin/unattended-upgrade", "/bin/true");
    assert_eq!(problems(&m), ["unattended-upgrade is /bin/true /usr/bin/unattended-upgrade"]);
    // A job of cron's does the same.
    let cron = |m: &mut Memory| {
        m.symlink(format!("{etc}/apt-daily-upgrade.timer"), "/dev/null");
        m.file("/usr/lib/systemd/system/cron.service", "[Service]\nExecStart=/usr/sbin/cron\n")
            .file("/usr/sbin/cron", "x");
        m.owned("/usr/sbin/cron", 0, 0, 0o755);
        m.symlink(
            format!("{etc}/default.target.wants/cron.service"),
            "/usr/lib/systemd/system/cron.service",
        );
        m.file("/etc/cron.d/up", "0 4 * * * root /usr/bin/unattended-upgrade\n");
    };
    assert_eq!(with(&cron), Vec::<String>::new());
}

#[test]
fn hosts_without_a_manager_and_with_one_that_is_not_read() {
    let got = at(&Memory::new(Standing::AtRest), "2026-11-24T00:00:00Z");
    assert!(got.docs.is_empty());
    assert!(got.listed.values().all(Result::is_ok));
    let mut m = Memory::new(Standing::AtRest);
    m.directory("/var/lib/pacman").file("/var/lib/rpm/rpmdb.sqlite", "x");
    let got = at(&m, "2026-11-24T00:00:00Z");
    assert!(got.listed[KIND].is_err() && !got.docs.contains_key(KIND));
    assert_eq!(got.docs[packages::KIND].properties["Database"], "rpm");
    assert!(got.docs[packages::KIND].gaps.contains_key("/Installed"));
    // An image of Debian without an init.
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/bin/apt-get", "x").file("/etc/apt/sources.list", "deb http://x/ s main\n");
    assert!(updates(&m).properties["Automatic"].is_null());
    assert_eq!(updates(&m).properties["Timers"], json!([]));
}

#[test]
fn dnf_and_its_timers() {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/systemd/systemd", "x").symlink("/sbin/init", "/usr/lib/systemd/systemd");
    m.file("/usr/bin/dnf", "x")
        .file("/usr/bin/dnf-automatic", "x")
        .file("/etc/dnf/dnf.conf", "[main]\ngpgcheck=1\n");
    m.file("/etc/dnf/automatic.conf", "[commands]\nupgrade_type = security\napply_updates = no\n");
    let unit = "/usr/lib/systemd/system";
    m.file(format!("{unit}/default.target"), "[Unit]\nRequires=timers.target\n")
        .file(format!("{unit}/timers.target"), "");
    for name in ["dnf-automatic", "dnf-automatic-install"] {
        m.file(format!("{unit}/{name}.timer"), TIMER);
        m.file(
            format!("{unit}/{name}.service"),
            "[Service]\nType=oneshot\nExecStart=/usr/bin/dnf-automatic\n",
        );
    }
    m.owned("/usr/bin/dnf-automatic", 0, 0, 0o755);
    assert_eq!(problems(&m), ["apply_updates=no /etc/dnf/automatic.conf"]);
    let timers = updates(&m).properties["Timers"].clone();
    assert_eq!(timers.as_array().unwrap().len(), 1);
    assert_eq!(timers[0]["Name"], "dnf-automatic.timer");
    assert!(timers[0]["Problem"].is_string());
    m.file(format!("{unit}/timers.target"), "[Unit]\n");
    let link = "/etc/systemd/system/timers.target.wants/dnf-automatic-install.timer";
    m.symlink(link, format!("{unit}/dnf-automatic-install.timer"));
    assert_eq!(problems(&m), Vec::<String>::new());
    assert!(updates(&m).properties["Timers"][0]["Problem"].is_null());
    assert!(updates(&m).gaps["/Pending"].detail.contains("no package database"));
}

#[test]
fn junk_is_bounded() {
    let files = [
        "/etc/apt/apt.conf",
        "/etc/apt/apt.conf.d/x",
        "/etc/apt/sources.list",
        "/etc/apt/sources.list.d/x.sources",
        "/etc/os-release",
        crate::dpkg::STATUS,
        "/etc/dnf/dnf.conf",
        "/etc/yum.repos.d/x.repo",
        "/etc/zypp/repos.d/x.repo",
        "/etc/apk/repositories",
        "/etc/crontab",
    ];
    let words = [
        "deb ",
        "[",
        "]",
        "{",
        "}",
        ";",
        "\"",
        "::",
        "#include \"/etc/apt/apt.conf\";",
        "#clear APT;",
        "\n",
        "\0",
        "\u{fffd}",
        "=",
        "Types: deb\n",
        "[main]\n",
        "/*",
        "*/",
        "%4",
        "$",
    ];
    let mut state = 3_u64;
    let mut roll = |n: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % n
    };
    for _ in 0..300 {
        let mut m = debian();
        for _ in 0..3 {
            let text: String = (0..roll(40)).map(|_| words[roll(words.len())]).collect();
            m.file(files[roll(files.len())], text);
        }
        at(&m, "2026-11-24T00:00:00Z");
    }
    // Includes that lead in a circle.
    let mut m = debian();
    m.file("/etc/apt/apt.conf", "#include \"/etc/apt/apt.conf\";");
    assert!(problems(&m)[0].contains("too deep"));
    m.file("/etc/apt/apt.conf", "#include \"/etc/apt/apt.conf.d/\";".repeat(50))
        .file("/etc/apt/apt.conf.d/a", "#include \"/etc/apt/apt.conf.d/\";");
    updates(&m);
}
