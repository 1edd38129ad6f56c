//! Tests over small roots.

use assay_core::{Gap, Resource, Timestamp};
use serde_json::Value;

use crate::{Host, Memory, Output, Standing};

#[derive(Default)]
struct Docs(Vec<Resource>);

impl Output for Docs {
    fn put(&mut self, document: Resource) {
        self.0.push(document);
    }

    fn listed(&mut self, _: &'static str, result: Result<(), Gap>) {
        assert_eq!(result, Ok(()));
    }
}

/// AIDE as Debian installs it, with a database and its timer on.
fn host() -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/systemd/systemd", "x").symlink("/sbin/init", "/usr/lib/systemd/systemd");
    m.symlink("/etc/systemd/system/default.target", "/usr/lib/systemd/system/multi-user.target");
    m.file("/usr/lib/systemd/system/multi-user.target", "[Unit]\nWants=timers.target\n");
    m.file("/usr/lib/systemd/system/timers.target", "[Unit]\n");
    m.file("/usr/lib/systemd/system/dailyaidecheck.timer", "[Timer]\nOnCalendar=daily\n");
    m.file(
        "/usr/lib/systemd/system/dailyaidecheck.service",
        "[Service]\nType=oneshot\nExecStart=/usr/share/aide/bin/dailyaidecheck --systemdservice\n",
    );
    m.file("/usr/share/aide/bin/dailyaidecheck", "x").file("/usr/bin/aide", "x");
    m.symlink(
        "/etc/systemd/system/timers.target.wants/dailyaidecheck.timer",
        "/usr/lib/systemd/system/dailyaidecheck.timer",
    );
    m.file("/etc/aide/aide.conf", "@@define DBDIR /var/lib/aide\ndatabase_in=file:@@{DBDIR}/aide.db\ndatabase_out=file:/var/lib/aide/aide.db.new\n/etc R\n");
    m.file("/var/lib/aide/aide.db", "x");
    m
}

fn tool(m: &Memory) -> [(bool, String); 3] {
    let host = Host::new(m, "h", Timestamp::UNIX_EPOCH);
    let mut out = Docs::default();
    super::collect(&host, &mut out);
    assert_eq!(out.0[0].gaps.len(), 0, "{:?}", out.0[0].gaps);
    let tools = out.0[0].properties["Tools"].as_array().unwrap().clone();
    let tool = tools.first().cloned().unwrap_or(Value::Null);
    ["Initialised", "Watches", "Scheduled"]
        .map(|k| (tool[k]["value"] == true, tool[k]["file"].as_str().unwrap_or("").to_owned()))
}

fn states(m: &Memory) -> [bool; 3] {
    tool(m).map(|t| t.0)
}

#[test]
fn aide_by_timer() {
    let mut m = host();
    assert_eq!(states(&m), [true; 3]);
    m.symlink("/etc/systemd/system/dailyaidecheck.service", "/dev/null");
    assert_eq!(states(&m), [true, true, false]);
    let mut m = host();
    m.symlink("/etc/systemd/system/dailyaidecheck.timer", "/dev/null");
    assert_eq!(states(&m), [true, true, false]);
    let mut m = host();
    m.file(
        "/etc/systemd/system/dailyaidecheck.service.d/x.conf",
        "[Service]\nExecStart=\nExecStart=/bin/true\n",
    )
    .file("/bin/true", "");
    assert_eq!(states(&m), [true, true, false]);
}

#[test]
fn the_database_and_what_is_selected() {
    let mut m = host();
    m.file("/var/lib/aide/aide.db", "").file("/var/lib/aide/aide.db.new", "x");
    assert_eq!(states(&m), [false, true, true]);
    let mut m = host();
    m.file("/etc/aide/aide.conf", "database_in=file:/var/lib/aide/other.db\n!/.*\n/etc R\n");
    assert_eq!(states(&m), [false, false, true]);
    m.file("/etc/aide/aide.conf", "# /etc R\n@@x_include /etc/aide/aide.conf.d ^[a-z]+$\n");
    assert_eq!(states(&m), [true, false, true]);
    m.file("/etc/aide/aide.conf.d/31_apt", "/etc R\n");
    assert_eq!(states(&m), [true, true, true]);
}

#[test]
fn aide_by_cron() {
    let mut m = host();
    m.symlink("/etc/systemd/system/dailyaidecheck.timer", "/dev/null");
    m.file("/usr/sbin/cron", "x")
        .file("/usr/lib/systemd/system/cron.service", "[Service]\nExecStart=/usr/sbin/cron -f\n");
    m.file("/etc/debian_version", "12\n");
    m.file(
        "/etc/cron.daily/aide",
        "#!/bin/sh\nif [ -d /run/systemd/system ]; then\n exit 0\nfi\n/usr/bin/aide --check\n",
    )
    .owned("/etc/cron.daily/aide", 0, 0, 0o755);
    m.file("/etc/cron.d/x", "#5 4 * * * root /usr/bin/aide --check\n");
    m.symlink(
        "/etc/systemd/system/multi-user.target.wants/cron.service",
        "/usr/lib/systemd/system/cron.service",
    );
    assert_eq!(states(&m), [true, true, false]);
    m.file(
        "/etc/crontab",
        "5 4 * * * root /usr/bin/aide.wrapper --config /etc/aide/aide.conf --check\n",
    );
    assert_eq!(tool(&m)[2], (true, "/etc/crontab".to_owned()));
    m.symlink("/etc/systemd/system/cron.service", "/dev/null");
    assert_eq!(states(&m), [true, true, false]);
}

#[test]
fn other_tools_and_none() {
    let mut m = host();
    m.symlink("/usr/bin/aide", "/nowhere");
    assert_eq!(states(&m), [false; 3]);
    m.file("/usr/sbin/samhain", "x").file("/var/lib/samhain/samhain_file", "x");
    m.file(
        "/usr/lib/systemd/system/samhain.service",
        "[Service]\nExecStart=/usr/sbin/samhain -D\n",
    );
    m.symlink(
        "/etc/systemd/system/multi-user.target.wants/samhain.service",
        "/usr/lib/systemd/system/samhain.service",
    );
    assert_eq!(states(&m), [true; 3]);
}

#[test]
fn includes_end_and_anything_is_taken() {
    let mut m = host();
    m.file("/etc/aide/aide.conf", "@@include /etc/aide/aide.conf\n");
    let host_ = Host::new(&m, "h", Timestamp::UNIX_EPOCH);
    let mut out = Docs::default();
    super::collect(&host_, &mut out);
    assert_eq!(out.0[0].gaps.len(), 1);
    let mut seed = 5_u64;
    let text = "@@{DBDIR}@@define A @@{A}\n!/.* =/x database_in=file:\0é\n@@x_include / x\n";
    for _ in 0..300 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let cut = usize::try_from(seed >> 33).unwrap() % text.len();
        let part: String = text.chars().skip(cut / 2).take(cut).collect();
        m.file("/etc/aide/aide.conf", &part);
        let host_ = Host::new(&m, "h", Timestamp::UNIX_EPOCH);
        super::collect(&host_, &mut Docs::default());
    }
}
