//! Tests over small roots.

use assay_core::{Gap, Resource, Timestamp};

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

fn host() -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/systemd/systemd", "x").symlink("/sbin/init", "/usr/lib/systemd/systemd");
    m.symlink("/etc/systemd/system/default.target", "/usr/lib/systemd/system/multi-user.target");
    m.file("/usr/lib/systemd/system/multi-user.target", "[Unit]\n");
    m.file("/etc/os-release", "ID=debian\n");
    m
}

fn enable(m: &mut Memory, unit: &str, service: &str) {
    let path = format!("/usr/lib/systemd/system/{unit}");
    m.file(&path, service).file("/usr/sbin/d", "x");
    m.symlink(format!("/etc/systemd/system/multi-user.target.wants/{unit}"), &path);
}

const SERVICE: &str = "[Service]\nExecStart=/usr/sbin/d $OPTS\nEnvironmentFile=-/etc/default/d\n";

fn found(m: &Memory) -> (Vec<String>, Vec<String>) {
    let host = Host::new(m, "h", Timestamp::UNIX_EPOCH);
    let mut out = Docs::default();
    super::collect(&host, &mut out);
    let doc = &out.0[0];
    assert_eq!(doc.gaps.len(), 0, "{:?}", doc.gaps);
    let list = |facet: &str| {
        let all = doc.properties[facet].as_array().unwrap().iter();
        all.map(|v| {
            format!(
                "{}{}",
                v["Name"].as_str().unwrap(),
                v["line"]
                    .as_u64()
                    .filter(|_| facet == "Sources")
                    .map_or(String::new(), |l| format!(":{l}"))
            )
        })
        .collect()
    };
    (list("Daemons"), list("Sources"))
}

#[test]
fn chrony_with_everything_it_includes() {
    let mut m = host();
    enable(&mut m, "chrony.service", SERVICE);
    m.file("/etc/chrony/chrony.conf", "confdir /etc/chrony/conf.d /usr/share/c\n#server no.example\n! server no.example\n\
        Server A.Example. iburst\nsourcedir /run/chrony-dhcp\nsourcedir /etc/chrony/sources.d\ninclude /etc/chrony/x*.inc\nserver n.example noselect\nrefclock PHC /dev/ptp0 poll 2\n");
    m.file("/etc/chrony/conf.d/b.conf", "pool b.example\n")
        .file("/usr/share/c/b.conf", "pool no.example\n");
    m.file("/usr/share/c/a.conf", "peer a2.example\n")
        .file("/etc/chrony/conf.d/x.sources", "server no.example\n");
    m.file("/etc/chrony/sources.d/s.sources", "server s.example\n")
        .file("/etc/chrony/x1.inc", "\nserver i.example\n");
    m.file("/run/chrony-dhcp/d.sources", "server d.example\n");
    let (daemons, sources) = found(&m);
    assert_eq!(daemons, ["chrony"]);
    assert_eq!(
        sources,
        [
            "a2.example:1",
            "b.example:1",
            "a.example:4",
            "s.example:1",
            "i.example:2",
            "phc /dev/ptp0:9"
        ]
    );
    m.file("/etc/default/d", "OPTS=\"-F 1 -x\"\n");
    assert_eq!(found(&m), (Vec::new(), Vec::new()), "-x leaves the clock alone");
    m.file("/etc/default/d", "OPTS=\"-f /etc/other.conf\"\n")
        .file("/etc/other.conf", "server o.example\n");
    assert_eq!(found(&m).1, ["o.example:1"]);
}

#[test]
fn timesyncd_and_its_drop_ins() {
    let mut m = host();
    enable(&mut m, "systemd-timesyncd.service", SERVICE);
    assert_eq!(found(&m).1.len(), 4);
    m.file(
        "/etc/systemd/timesyncd.conf",
        "[Time]\n#NTP=no.example\nNTP=a.example b.example\nFallbackNTP=f.example\n",
    );
    m.file("/usr/lib/systemd/timesyncd.conf.d/x.conf", "[Time]\nNTP=c.example\n");
    assert_eq!(found(&m).1, ["a.example:3", "b.example:3", "c.example:2"]);
    m.file("/etc/systemd/timesyncd.conf.d/y.conf", "[Time]\nNTP=\n");
    assert_eq!(found(&m).1, ["f.example:4"]);
    m.file("/etc/systemd/timesyncd.conf.d/z.conf", "[Time]\nFallbackNTP=\n");
    assert!(found(&m).1.is_empty());
    enable(
        &mut m,
        "chrony.service",
        "[Unit]\nConflicts=systemd-timesyncd.service\n[Service]\nExecStart=/usr/sbin/d\n",
    );
    assert_eq!(found(&m).0, ["chrony"]);
    enable(&mut m, "chrony.service", SERVICE);
    assert_eq!(found(&m).0, ["chrony", "systemd-timesyncd"]);
}

#[test]
fn the_other_daemons() {
    let mut m = host();
    enable(&mut m, "ntpsec.service", SERVICE);
    m.symlink("/etc/systemd/system/ntp.service", "/usr/lib/systemd/system/ntpsec.service");
    m.file(
        "/etc/ntpsec/ntp.conf",
        "pool 0.debian.pool.ntp.org iburst\nserver -4 x.example # y\nincludefile more\n",
    );
    m.file("/etc/ntpsec/more", "server m.example\n")
        .file("/etc/ntpsec/ntp.d/a.conf", "server d.example\n");
    assert_eq!(
        found(&m),
        (
            vec!["ntpsec".to_owned()],
            vec![
                "0.debian.pool.ntp.org:1".to_owned(),
                "x.example:2".to_owned(),
                "m.example:1".to_owned(),
                "d.example:1".to_owned()
            ]
        )
    );
    let mut m = host();
    enable(&mut m, "openntpd.service", SERVICE);
    m.file("/etc/openntpd/ntpd.conf", "# servers no\nservers pool.ntp.org\nsensor *\n");
    assert_eq!(found(&m).1, ["pool.ntp.org:2", "*:3"]);
    assert_eq!(found(&host()), (Vec::new(), Vec::new()));
}

#[test]
fn includes_end() {
    let mut m = host();
    enable(&mut m, "chrony.service", SERVICE);
    for text in ["include /etc/chrony/chrony.conf\n", "confdir /etc/chrony\n"] {
        m.file("/etc/chrony/chrony.conf", text);
        let host = Host::new(&m, "h", Timestamp::UNIX_EPOCH);
        let mut out = Docs::default();
        super::collect(&host, &mut out);
        assert_eq!(out.0[0].gaps.len(), 1);
    }
}

#[test]
fn anything_at_all_is_taken() {
    let mut seed = 9_u64;
    let mut roll = move |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % n
    };
    let pieces = [
        "server ",
        "pool",
        "\n",
        "include ",
        "/etc/*",
        "confdir",
        " /",
        "[Time]",
        "NTP=",
        "\\",
        "\0",
        "é",
        "#",
        "refclock",
        "-4",
        "127.127.1.0",
        "\t",
        "disable ntp",
    ];
    for unit in ["chrony.service", "systemd-timesyncd.service", "ntp.service", "openntpd.service"] {
        let mut m = host();
        enable(&mut m, unit, SERVICE);
        for _ in 0..150 {
            let text: String = (0..roll(30)).map(|_| pieces[roll(pieces.len())]).collect();
            for path in [
                "/etc/chrony.conf",
                "/etc/systemd/timesyncd.conf",
                "/etc/ntp.conf",
                "/etc/ntpd.conf",
            ] {
                m.file(path, &text);
            }
            let host = Host::new(&m, "h", Timestamp::UNIX_EPOCH);
            super::collect(&host, &mut Docs::default());
        }
    }
}
