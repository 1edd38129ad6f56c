use assay_core::Resource;

use super::*;
use crate::{Memory, Standing};

struct Taken(Vec<Resource>);

impl Output for Taken {
    fn put(&mut self, document: Resource) {
        self.0.push(document);
    }
    fn listed(&mut self, _: &'static str, result: Result<(), Gap>) {
        result.unwrap();
    }
}

/// Who but root can change what: `path writers`.
fn open(m: &Memory) -> Vec<String> {
    let mut out = Taken(Vec::new());
    collect(&Host::new(m, "h", assay_core::Timestamp::UNIX_EPOCH), &mut out);
    crate::subjects::ssh::tests::fit(&out.0);
    let programs = out.0.iter().flat_map(|r| r.properties["Programs"].as_array().unwrap().clone());
    let open = programs.filter(|p| !p["writers"].as_array().unwrap().is_empty());
    open.map(|p| format!("{} {}", p["path"].as_str().unwrap(), p["writers"][0].as_str().unwrap()))
        .collect()
}

#[test]
fn everything_that_root_takes_in() {
    let mut m = Memory::new(Standing::AtRest);
    m.directory("/etc");
    assert!(open(&m).is_empty());
    for path in [
        "/etc/profile.d/a.sh",
        "/etc/logrotate.d/a",
        "/etc/update-motd.d/a",
        "/etc/kernel/postinst.d/a",
    ] {
        m.file(path, "").owned(path, 1000, 0, 0o644);
    }
    for path in ["/h/udev", "/h/apt", "/h/core", "/h/run"] {
        m.file(path, "").owned(path, 0, 1000, 0o775);
    }
    m.file("/etc/udev/rules.d/a.rules", "ACTION==\"add\", RUN+=\"/h/udev %k\"\n");
    m.file(
        "/etc/apt/apt.conf.d/a",
        "DPkg::Post-Invoke { \"if [ -x /h/apt ]; then /h/apt; fi\"; };\n",
    );
    for path in ["/h/bus", "/etc/ssh/sshrc", "/etc/apt/sources.list.d/a.list"] {
        m.file(path, "").owned(path, 0, 1000, 0o775);
    }
    let bus = Path::new("/usr/share/dbus-1/system-services");
    m.file(bus.join("a.service"), "[D-BUS Service]\nName=a\nExec=/h/bus --x\nUser=root\n");
    m.file(
        bus.join("b.service"),
        "[D-BUS Service]\nExec=/h/core\nUser=root\nSystemdService=b.service\n",
    );
    m.file("/sbin/init", "").file("/etc/sysctl.conf", "kernel.core_pattern=|/h/core %p\n");
    m.file("/etc/binfmt.d/a.conf", "# x\n:name:E::x::/h/run:C\n");
    assert_eq!(
        open(&m),
        [
            "/etc/profile.d/a.sh user 1000",
            "/etc/ssh/sshrc group 1000",
            "/etc/update-motd.d/a user 1000",
            "/etc/logrotate.d/a user 1000",
            "/etc/apt/sources.list.d/a.list group 1000",
            "/etc/kernel/postinst.d/a user 1000",
            "/h/udev group 1000",
            "/h/apt group 1000",
            "/h/core group 1000",
            "/h/run group 1000",
            "/h/bus group 1000",
        ]
    );
}
