//! Tests over small roots.

use assay_core::{Gap, Resource, Timestamp};
use serde_json::Value;

use super::reach::selects;
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

/// A host on which rsyslog starts.
fn host() -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/systemd/systemd", "x").symlink("/sbin/init", "/usr/lib/systemd/systemd");
    m.symlink("/etc/systemd/system/default.target", "/usr/lib/systemd/system/multi-user.target");
    m.file("/usr/lib/systemd/system/multi-user.target", "[Unit]\n").file("/usr/sbin/rsyslogd", "x");
    enable(&mut m, "rsyslog.service", "/usr/sbin/rsyslogd -n -iNONE");
    m
}

fn enable(m: &mut Memory, unit: &str, command: &str) {
    let path = format!("/usr/lib/systemd/system/{unit}");
    m.file(
        &path,
        format!("[Service]\nExecStart={command}\n[Install]\nWantedBy=multi-user.target\n"),
    );
    m.file(command.split(' ').next().unwrap(), "x");
    m.symlink(format!("/etc/systemd/system/multi-user.target.wants/{unit}"), &path);
}

fn document(m: &Memory) -> Resource {
    let host = Host::new(m, "h", Timestamp::UNIX_EPOCH);
    let mut out = Docs::default();
    super::collect(&host, &mut out);
    assert_eq!(out.0.len(), 1);
    let doc = out.0.remove(0);
    assert_eq!(doc.gaps.len(), 0, "{:?}", doc.gaps);
    doc
}

fn with(text: &str) -> Resource {
    let mut m = host();
    m.file("/etc/rsyslog.conf", text);
    document(&m)
}

fn list(doc: &Resource, facet: &str, keys: &[&str]) -> Vec<String> {
    let word = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    let one = |v: &Value| keys.iter().map(|k| word(&v[*k])).collect::<Vec<_>>().join(" ");
    doc.properties[facet].as_array().unwrap().iter().map(one).collect()
}

#[test]
fn the_journal_stays_or_does_not() {
    let state = |files: &[(&str, &str)]| {
        let mut m = host();
        for (path, text) in files {
            if *text == "mask" {
                m.symlink(path, "/dev/null");
            } else {
                m.file(path, text);
            }
        }
        let p = document(&m).properties["Persistent"].clone();
        (
            p["value"] == true,
            p["file"].as_str().unwrap_or("").to_owned(),
            p["line"].as_u64().unwrap_or(0),
        )
    };
    let there = ("/var/log/journal/x", "");
    assert_eq!(state(&[]), (false, String::new(), 0));
    assert!(state(&[there]).0);
    assert!(state(&[("/etc/systemd/journald.conf", "[Journal]\nStorage=persistent\n")]).0);
    let volatile =
        ("/usr/lib/systemd/journald.conf.d/90-x.conf", "[Journal]\n#\nStorage=volatile\n");
    let (kept, file, line) =
        state(&[("/etc/systemd/journald.conf", "[Journal]\nStorage=persistent\n"), volatile]);
    assert_eq!((kept, file.as_str(), line), (false, volatile.0, 3));
    assert!(state(&[there, volatile, ("/etc/systemd/journald.conf.d/90-x.conf", "mask")]).0);
    assert!(
        state(&[
            there,
            (
                "/etc/systemd/journald.conf",
                "[Journal]\n#Storage=volatile\nStorage=bogus\n[X]\nStorage=none\n"
            )
        ])
        .0
    );
    assert!(
        !state(&[there, ("/etc/systemd/journald.conf", "[Journal]\nStorage=\\\n  volatile\n")]).0
    );
    assert!(!state(&[there, ("/etc/systemd/system/systemd-journal-flush.service", "mask")]).0);
    assert_eq!(state(&[there, ("/etc/fstab", "# x\ntmpfs /var/log tmpfs size=1m 0 0\n")]).2, 2);
}

#[test]
fn selectors() {
    for (text, taken) in [
        ("*.*", true),
        ("auth,authpriv.*", true),
        ("*.*;auth,authpriv.none", false),
        ("*.info", true),
        ("*.notice", false),
        ("*.=info", true),
        ("*.!info", false),
        ("*.*;authpriv.!=info", false),
        ("*.info;mail.none", true),
        ("mail.*", false),
        ("*.none;authpriv.debug", true),
        ("*.emerg", false),
    ] {
        assert_eq!(selects(text), taken, "{text}");
    }
}

#[test]
fn what_leaves_the_host() {
    for text in [
        "*.* @@log.example:6514\n",
        "*.* @log.example\n",
        "*.*\t@@(z9,o)[2001:db8::1]:514;fmt\n",
        "*.* action(type=\"omfwd\" Target=\"log.example\" Port=\"514\" Protocol=\"tcp\")\n",
        "*.* action(\n  type=\"omfwd\"\n  # c\n  target=\"log.example\"\n)\n",
        "*.info;mail.none /x\n& @@log.example\n",
        "*.* :omrelp:log.example:2514\n",
        "if $syslogseverity <= 6 then @@log.example\n",
        "if prifilt(\"*.*\") then {\n action(type=\"omrelp\" target=\"log.example\") }\n",
        "ruleset(name=\"r\") { *.* @@log.example }\n*.* call r\n",
        "*.*;\\\n  mail.none @@log.example\n",
        "authpriv.* /x\n/* c */ *.* @@log.example # c\n",
        "action(type=\"omfwd\" target=\"log.example\")\n",
        "mail.* stop\n*.* @@log.example\n",
        "$RuleSet r\n*.* @@log.example\n$DefaultRuleset r\n",
        "*.* { @@log.example\n}\n",
        "$IncludeConfig /etc/rsyslog.d/*.conf\n",
        "include(file=\"/etc/rsyslog.d/\")\n",
    ] {
        let mut m = host();
        m.file("/etc/rsyslog.conf", text).file("/etc/rsyslog.d/a.conf", "*.* @@log.example\n");
        let doc = document(&m);
        assert_eq!(
            list(&doc, "Forwards", &["How"]).len(),
            1,
            "{text} {:?}",
            super::syntax::parse(text, &"f".into())
        );
    }
    for text in [
        "#*.* @@log.example\n",
        "*.* @@127.0.0.1:514\n",
        "mail.* @@log.example\n",
        "*.emerg @@log.example\n",
        "*.* stop\n*.* @@log.example\n",
        "*.* ~\n*.* @@log.example\n",
        "ruleset(name=\"r\") { *.* @@log.example }\n",
        "if $programname == 'x' then @@log.example\n",
        ":msg, contains, \"@@x\" /var/log/x\n",
        "/* *.* @@log.example\n */\n",
        "!cron\n*.* @@log.example\n!*\n",
        "$RuleSet r\n*.* @@log.example\n",
        "template(name=\"t\" type=\"string\" string=\"@@log.example\")\n",
        "*.* /var/log/a@@b\n",
        "*.* /x\n$ActionExecOnlyWhenPreviousIsSuspended on\n& @@log.example\n",
        "*.* /x\n& action(type=\"omfwd\" target=\"a\" action.execOnlyWhenPreviousIsSuspended=\"on\")\n",
        "$IncludeConfig /etc/rsyslog.d/*.cfg\n",
    ] {
        let mut m = host();
        m.file("/etc/rsyslog.conf", text).file("/etc/rsyslog.d/a.conf", "*.* @@log.example\n");
        assert_eq!(list(&document(&m), "Forwards", &["How"]), Vec::<String>::new(), "{text}");
    }
    let mut m = host();
    m.file("/etc/rsyslog.conf", "*.* @@log.example\n");
    m.file("/etc/systemd/journald.conf.d/x.conf", "[Journal]\nForwardToSyslog=no\n");
    assert!(list(&document(&m), "Forwards", &["How"]).is_empty());
    m.symlink("/etc/systemd/system/rsyslog.service", "/dev/null");
    assert!(list(&document(&m), "Daemons", &[]).is_empty());
    enable(
        &mut m,
        "systemd-journal-upload.service",
        "/usr/lib/systemd/systemd-journal-upload --save-state",
    );
    assert!(list(&document(&m), "Forwards", &["How"]).is_empty());
    m.file("/etc/systemd/journal-upload.conf", "[Upload]\nURL=https://log.example:19532\n");
    assert_eq!(list(&document(&m), "Forwards", &["Target", "line"]), ["log.example:19532 2"]);
}

#[test]
fn modes_of_new_files() {
    let doc = with(
        "$FileCreateMode 0644\n*.* /a\n$FileCreateMode 0640\n*.* -/b;fmt\n*.* ?dyn\n\
        *.* action(type=\"omfile\" file=\"/c\")\nmodule(load=\"builtin:omfile\" fileCreateMode=\"0660\")\n\
        *.* action(type=\"omfile\" file=\"/d\")\n*.* action(type=\"omfile\" file=\"/e\" FileCreateMode=\"0604\")\n\
        $FileCreateMode 644\n*.* /f\n*.* /dev/console\nruleset(name=\"never\") { *.* /g }\n",
    );
    assert_eq!(
        list(&doc, "NewFiles", &["Path", "Mode", "Readable", "line"]),
        [
            "/a 0644 true 1",
            "/b 0640 false 3",
            "dyn 0640 false 3",
            "/c 0644 true 6",
            "/d 0640 false 7",
            "/e 0604 true 9",
            "/f 0640 false 3"
        ]
    );
    let doc = with("$Umask 0000\n$FileCreateMode 0666\n*.* /a\n$umask 0027\n");
    assert_eq!(list(&doc, "NewFiles", &["Mode"]), ["0640"]);
    let doc = with("*.* /a\nglobal(umask=\"0077\")\n");
    assert_eq!(list(&doc, "NewFiles", &["Mode"]), ["0600"]);
}

#[test]
fn another_name_is_not_another_daemon() {
    let mut m = host();
    m.file("/etc/rsyslog.conf", "");
    m.symlink("/etc/systemd/system/syslog.service", "/usr/lib/systemd/system/rsyslog.service");
    assert_eq!(document(&m).properties["Daemons"], serde_json::json!(["rsyslog"]));
}

#[test]
fn what_listens() {
    let doc = with(
        "module(load=\"imudp\")\ninput(type=\"imudp\" port=[\"514\", \"515\"])\n$ModLoad imtcp.so\n\
        $InputTCPServerRun 10514\nmodule(load=\"imptcp\") input(type=\"imptcp\" port=\"600\" address=\"127.0.0.1\")\n\
        input(type=\"imrelp\" port=\"2514\")\n#input(type=\"imtcp\" port=\"1\")\ninput(type=\"imptcp\" path=\"/s\")\n",
    );
    assert_eq!(
        list(&doc, "Receivers", &["Protocol", "Port", "Local", "line"]),
        ["udp 514 false 2", "udp 515 false 2", "tcp 10514 false 4", "tcp 600 true 5"]
    );
    let mut m = host();
    m.file(
        "/usr/lib/systemd/system/systemd-journal-remote.socket",
        "[Socket]\nListenStream=19532\n[Install]\nWantedBy=sockets.target\n",
    );
    m.file("/usr/lib/systemd/system/systemd-journal-remote.service", "[Service]\nExecStart=/x\n")
        .file("/x", "");
    m.file("/usr/lib/systemd/system/sockets.target", "[Unit]\n");
    assert!(list(&document(&m), "Receivers", &["Port"]).is_empty());
    m.symlink(
        "/etc/systemd/system/multi-user.target.wants/systemd-journal-remote.socket",
        "/usr/lib/systemd/system/systemd-journal-remote.socket",
    );
    assert_eq!(list(&document(&m), "Receivers", &["Port"]), ["19532"]);
}

#[test]
fn includes_end() {
    let mut m = host();
    m.file("/etc/rsyslog.conf", "$IncludeConfig /etc/rsyslog.conf\n");
    let host = Host::new(&m, "h", Timestamp::UNIX_EPOCH);
    let mut out = Docs::default();
    super::collect(&host, &mut out);
    assert!(
        out.0[0].gaps.contains_key("Forwards") || out.0[0].gaps.contains_key("/Forwards"),
        "{:?}",
        out.0[0].gaps
    );
}

#[test]
fn anything_at_all_is_taken() {
    let mut seed = 3_u64;
    let mut roll = move |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % n
    };
    let pieces = [
        "if ",
        "then",
        " else",
        "{",
        "}",
        "(",
        ")",
        "\"",
        "'",
        "\\",
        "\n",
        "*.*",
        " ",
        "@",
        "@@h",
        ":msg,",
        "&",
        "action(type=\"omfile\"",
        "ruleset(name=\"r\")",
        "call r",
        "stop",
        "~",
        "$FileCreateMode 0",
        "#",
        "/*",
        "*/",
        "[",
        "]",
        "=",
        "é",
        "\0",
        "\t",
        "-",
        "!x",
        "+h",
        "template",
        "foreach(",
        "set $.x=1;",
        "$IncludeConfig /etc/*",
        ";",
    ];
    for _ in 0..3000 {
        let text: String = (0..roll(40)).map(|_| pieces[roll(pieces.len())]).collect();
        let _ = super::syntax::parse(&text, &"f".into());
        let mut m = host();
        m.file("/etc/rsyslog.conf", &text);
        let host = Host::new(&m, "h", Timestamp::UNIX_EPOCH);
        super::collect(&host, &mut Docs::default());
    }
}

#[test]
fn busyboxs_daemon_on_alpine() {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/sbin/openrc", "x").symlink("/sbin/init", "/bin/busybox").file("/bin/busybox", "x");
    m.file("/etc/init.d/syslog", "#!/sbin/openrc-run\n").owned("/etc/init.d/syslog", 0, 0, 0o755);
    m.symlink("/etc/runlevels/boot/syslog", "/etc/init.d/syslog");
    let read = |m: &Memory| {
        let host = Host::new(m, "h", Timestamp::UNIX_EPOCH);
        let mut out = Docs::default();
        super::collect(&host, &mut out);
        out.0.remove(0)
    };
    let doc = read(&m);
    assert_eq!(doc.properties["Daemons"], serde_json::json!(["busybox"]));
    assert!(doc.gaps["/NewFiles"].detail.contains("BusyBox"));
    m.file("/etc/conf.d/syslog", "SYSLOGD_OPTS=\"-t -R log.example.com:514\"\n");
    let doc = read(&m);
    assert_eq!(doc.properties["Forwards"][0]["Target"], "log.example.com:514");
    assert_eq!(doc.properties["NewFiles"], serde_json::json!([]));
    m.file("/etc/conf.d/syslog", "SYSLOGD_OPTS=\"-L -R log.example.com:514\"\n");
    assert!(read(&m).gaps.contains_key("/NewFiles"));
}
