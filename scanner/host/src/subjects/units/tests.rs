use std::path::Path;

use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::*;
use crate::{Memory, Standing};

#[derive(Default)]
struct Taken {
    documents: Vec<Resource>,
    listed: Vec<(&'static str, Result<(), Gap>)>,
}

impl Output for Taken {
    fn put(&mut self, document: Resource) {
        self.documents.push(document);
    }
    fn listed(&mut self, kind: &'static str, result: Result<(), Gap>) {
        self.listed.push((kind, result));
    }
}

fn taken(m: &Memory) -> Taken {
    let mut out = Taken::default();
    let host = Host::new(m, "h", "2026-01-01T00:00:00Z".parse().unwrap());
    (SUBJECT.collect)(&host, &mut out);
    out
}

fn of(m: &Memory, name: &str) -> Option<Resource> {
    taken(m).documents.into_iter().find(|d| d.name == name)
}

/// A host under systemd with what `[Install]` sections name already linked.
fn host(units: &[(&str, &str)]) -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/systemd/systemd", "x")
        .symlink("/lib", "usr/lib")
        .symlink("/sbin/init", "/lib/systemd/systemd");
    let dir = Path::new("/usr/lib/systemd/system");
    m.file(dir.join("default.target"), "[Unit]\n").file(dir.join("sysinit.target"), "[Unit]\n");
    let mut list = String::new();
    for (name, text) in units {
        m.file(dir.join(name), text);
        m.symlink(Path::new("/etc/systemd/system/default.target.wants").join(name), dir.join(name));
        list.push_str(&format!("/lib/systemd/system/{name}\n"));
    }
    m.file("/var/lib/dpkg/info/some.list", list);
    for program in [
        "/usr/sbin/auditd",
        "/usr/sbin/nft",
        "/bin/true",
        "/usr/sbin/in.telnetd",
        "/usr/sbin/inetd",
        "/usr/sbin/nginx",
    ] {
        m.file(program, "x").owned(program, 0, 0, 0o755);
    }
    m
}

const AUDIT: (&str, &str) =
    ("auditd.service", "[Service]\nType=forking\nExecStart=/usr/sbin/auditd\n");

#[test]
fn overrides_that_take_the_effect_are_named_with_their_line() {
    let at = "/etc/systemd/system/auditd.service.d/x.conf";
    let found = |text: &str| {
        let mut m = host(&[AUDIT]);
        m.file(at, text);
        of(&m, "auditd.service").unwrap().properties["Overrides"].clone()
    };
    for (text, line) in [
        ("[Service]\nExecStart=\nExecStart=/bin/true", 3),
        ("[Service]\nExecStart=", 2),
        ("[Service]\nExecStart=\nExecStart=/usr/sbin/nginx", 3),
        ("[Service]\nCapabilityBoundingSet=CAP_KILL", 2),
        ("[Service]\nCapabilityBoundingSet=~cap_audit_control", 2),
        ("[Service]\nUser=nobody", 2),
        ("[Service]\nExecStartPost=/sbin/auditctl -D", 2),
        ("[Service]\nExecCondition=/bin/false", 2),
        ("[Service]\nRuntimeMaxSec=1", 2),
        ("[Service]\nInaccessiblePaths=-/etc/audit", 2),
        ("[Service]\nRootDirectory=/srv", 2),
    ] {
        let mut m = host(&[AUDIT]);
        m.file("/bin/false", "x").file(at, text);
        let overrides = of(&m, "auditd.service").unwrap().properties["Overrides"].clone();
        assert_eq!(overrides[0]["line"], json!(line), "{text}: {overrides}");
        assert_eq!(overrides[0]["file"], json!(at), "{text}");
    }
    for text in [
        "[Service]\nExecStart=\nExecStart=/usr/sbin/auditd -s enable",
        "[Service]\nExecStart=\nExecStart=/usr/bin/nice -n 1 /usr/sbin/auditd",
        "[Service]\nNice=-4\nCapabilityBoundingSet=CAP_AUDIT_CONTROL CAP_KILL",
        "[Service]\nCapabilityBoundingSet=CAP_KILL\nCapabilityBoundingSet=CAP_AUDIT_CONTROL",
        "[Service]\nUser=nobody\nUser=root",
        "[Service]\nRestart=always\nRuntimeMaxSec=1d",
    ] {
        let mut m = host(&[AUDIT]);
        m.file("/usr/bin/nice", "x").file(at, text);
        let overrides = of(&m, "auditd.service").unwrap().properties["Overrides"].clone();
        assert_eq!(overrides, json!([]), "{text}");
    }
    let mut m = host(&[(
        "nftables.service",
        "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/usr/sbin/nft -f /x\nExecStop=/usr/sbin/nft flush ruleset\n",
    )]);
    let path = "/etc/systemd/system/nftables.service.d/x.conf";
    m.file("/usr/sbin/nft", "x").file(path, "[Service]\nExecStart=\n");
    let overrides = of(&m, "nftables.service").unwrap().properties["Overrides"].clone();
    assert_eq!((&overrides[0]["file"], &overrides[0]["line"]), (&json!(path), &json!(2)));
    let mut m = host(&[
        ("logrotate.timer", "[Timer]\nOnCalendar=daily\n"),
        ("logrotate.service", "[Service]\nExecStart=/bin/true\n"),
    ]);
    let path = "/etc/systemd/system/logrotate.timer.d/x.conf";
    m.file(path, "[Timer]\nOnCalendar=\n");
    let overrides = of(&m, "logrotate.timer").unwrap().properties["Overrides"].clone();
    assert_eq!((&overrides[0]["file"], &overrides[0]["line"]), (&json!(path), &json!(2)));
    m.file(path, "[Timer]\nOnCalendar=\nOnCalendar=2099-01-01\n");
    assert_eq!(of(&m, "logrotate.timer").unwrap().properties["Overrides"][0]["line"], json!(3));
    m.file(path, "[Timer]\nOnCalendar=\nOnCalendar=weekly\n");
    assert_eq!(of(&m, "logrotate.timer").unwrap().properties["Overrides"], json!([]));
    assert_eq!(found("[Service]\nExecReload=/bin/kill -HUP $MAINPID"), json!([]));
}

#[test]
fn a_failing_condition_is_named_unless_another_does_the_work() {
    let mut m = host(&[
        AUDIT,
        ("chrony.service", "[Service]\nExecStart=/bin/true\n"),
        ("systemd-timesyncd.service", "[Service]\nExecStart=/bin/true\n"),
    ]);
    m.file("/etc/systemd/system/service.d/x.conf", "[Unit]\nConditionPathExists=!/etc/stop\n")
        .file("/etc/stop", "");
    let c = of(&m, "auditd.service").unwrap().properties["FailingCondition"].clone();
    assert_eq!(
        (&c["file"], &c["line"], &c["instead"]),
        (&json!("/etc/systemd/system/service.d/x.conf"), &json!(2), &Value::Null)
    );
    m.file("/etc/systemd/system/chrony.service.d/x.conf", "[Unit]\nConditionPathExists=\n");
    let c = of(&m, "systemd-timesyncd.service").unwrap().properties["FailingCondition"].clone();
    assert_eq!(c["instead"], json!("chrony.service"));
}

#[test]
fn clear_text_by_socket_inetd_and_renamed_unit() {
    let m = host(&[
        ("backup.socket", "[Socket]\nListenStream=2323\nAccept=yes\n"),
        ("backup@.service", "[Service]\nExecStart=-/usr/sbin/in.telnetd\nStandardInput=socket\n"),
        ("t.socket", "[Socket]\nListenStream=127.0.0.1:23\nListenStream=[::1]:23\n"),
        ("t.service", "[Service]\nExecStart=/usr/sbin/auditd\n"),
        ("inetd.service", "[Service]\nExecStart=/usr/sbin/inetd\n"),
    ]);
    let text = |name: &str| of(&m, name).unwrap().properties["ClearText"].clone();
    assert_eq!(text("backup.socket")["protocol"], json!("telnet"));
    assert_eq!(text("t.socket")["local"], json!(true));
    assert_eq!(text("inetd.service"), Value::Null);
    let mut m = m;
    m.file("/etc/inetd.conf", "#x\n127.0.0.1:ftp stream tcp nowait root /usr/sbin/tcpd /usr/sbin/vsftpd\nshell\tstream tcp nowait root /usr/sbin/tcpd in.rshd\n");
    m.file(
        "/etc/xinetd.d/telnet",
        "service telnet\n{\n disable = yes\n server = /usr/sbin/in.telnetd\n}\n",
    )
    .file("/etc/xinetd.conf", "includedir /etc/xinetd.d\n");
    let all = taken(&m);
    let entry = |name: &str| all.documents.iter().find(|d| d.name == name).unwrap();
    assert_eq!(entry("inetd/ftp").properties["ClearText"]["local"], json!(true));
    assert_eq!(entry("inetd/shell").properties["ClearText"]["protocol"], json!("rsh"));
    assert_eq!(entry("inetd/shell").properties["Starts"]["value"], json!("on_demand"));
    assert_eq!(entry("xinetd/telnet").properties["Starts"]["value"], json!("no"));
    assert!(all.listed.iter().all(|(_, r)| r.is_ok()) && all.listed.len() == 2);
}

#[test]
fn packages_programs_and_boxes() {
    let mut m =
        host(&[("nginx.service", "[Service]\nExecStart=/usr/sbin/nginx\nProtectSystem=true\n")]);
    m.file(
        "/etc/systemd/system/own.service",
        "[Service]\nExecStart=/bin/sh /opt/a/run.sh\nUser=app\nEnvironmentFile=-/etc/default/own\n",
    );
    m.symlink("/etc/systemd/system/default.target.wants/own.service", "../own.service");
    m.file("/bin/sh", "x")
        .file("/opt/a/run.sh", "x")
        .owned("/opt/a/run.sh", 500, 0, 0o755)
        .owned("/opt/a", 0, 50, 0o775);
    m.file("/etc/passwd", "app:x:500:500::/:/bin/sh\n").file("/etc/default/own", "A=1").owned(
        "/etc/default/own",
        0,
        0,
        0o666,
    );
    let nginx = of(&m, "nginx.service").unwrap().properties;
    assert_eq!(nginx["Package"], json!("some"));
    assert_eq!(nginx["Sandbox"]["ProtectSystem"]["value"], json!("yes"));
    assert!(nginx["Network"].is_object());
    let own = of(&m, "own.service").unwrap().properties;
    assert_eq!(own["Package"], Value::Null);
    let programs = own["Programs"].as_array().unwrap();
    let writers =
        |path: &str| programs.iter().find(|p| p["path"] == json!(path)).unwrap()["writers"].clone();
    assert_eq!(
        writers("/opt/a/run.sh"),
        json!(["group 50 through /opt/a"]),
        "app may own what it runs"
    );
    assert_eq!(writers("/etc/default/own"), json!(["everyone"]));
    assert_eq!(writers("/bin/sh"), json!([]));
}

#[test]
fn what_a_script_of_openrc_runs() {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/sbin/openrc", "x").symlink("/sbin/init", "/bin/busybox").file("/bin/busybox", "x");
    m.file(
        "/etc/init.d/own",
        "#!/sbin/openrc-run\ncommand=\"/usr/local/bin/own\"\ncommand_args=\"$X\"\n",
    );
    m.owned("/etc/init.d/own", 0, 0, 0o755).directory("/etc/runlevels/default");
    m.symlink("/etc/runlevels/default/own", "/etc/init.d/own");
    m.file("/usr/local/bin/own", "x").owned("/usr/local/bin/own", 0, 0, 0o777);
    m.file("/etc/conf.d/own", "X=1\n").owned("/etc/conf.d/own", 1000, 0, 0o644);
    let doc = of(&m, "own.service").unwrap();
    let programs: Vec<(Value, Value)> = doc.properties["Programs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["path"].clone(), p["writers"].clone()))
        .collect();
    assert_eq!(
        programs,
        [
            (json!("/etc/conf.d/own"), json!(["user 1000"])),
            (json!("/etc/init.d/own"), json!([])),
            (json!("/usr/local/bin/own"), json!(["everyone"])),
        ]
    );
    assert_eq!(doc.properties["Programs"][2]["line"], 2);
}
