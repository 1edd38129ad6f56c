use serde_json::json;

use super::*;
use crate::{Memory, Standing};

const SULOGIN: &str =
    "[Service]\nEnvironment=HOME=/root\nExecStart=-/usr/lib/systemd/systemd-sulogin-shell rescue\n";

fn root() -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/systemd/systemd", "").symlink("/sbin/init", "/usr/lib/systemd/systemd");
    m.file("/usr/lib/systemd/system/rescue.service", SULOGIN);
    m.file(
        "/usr/lib/systemd/system/debug-shell.service",
        "[Service]\nExecStart=/bin/sh\n[Install]\nWantedBy=sysinit.target\n",
    );
    m.file("/usr/lib/systemd/system/default.target", "[Unit]\nRequires=sysinit.target\n");
    m.file("/usr/lib/systemd/system/sysinit.target", "[Unit]\n");
    m.file("/bin/sh", "#").owned("/bin/sh", 0, 0, 0o755);
    m.file("/etc/shadow", "root:!:1::::::\n");
    m
}

fn doc(m: &Memory) -> Resource {
    document(&Host::new(m, "h", assay_core::Timestamp::UNIX_EPOCH))
}

fn whys(m: &Memory) -> Vec<(Value, Value)> {
    let r = doc(m);
    let all = r.properties["PasswordlessShells"].as_array().unwrap().clone();
    all.into_iter().map(|s| (s["Unit"].clone(), s["file"].clone())).collect()
}

#[test]
fn shells_without_a_password() {
    let mut m = root();
    assert!(whys(&m).is_empty(), "root is locked: nobody gets in");
    m.file(
        "/etc/systemd/system.conf.d/x.conf",
        "[Manager]\nDefaultEnvironment=SYSTEMD_SULOGIN_FORCE=1\n",
    );
    assert_eq!(whys(&m), [(json!("rescue.service"), json!("/etc/systemd/system.conf.d/x.conf"))]);
    m.file("/etc/shadow", "root:$y$x:1::::::\n");
    assert!(whys(&m).is_empty(), "a password is asked for");
    m.file("/etc/shadow", "root::1::::::\n");
    assert_eq!(whys(&m), [(json!("rescue.service"), json!("/etc/shadow"))]);
    let mut m = root();
    m.file(
        "/etc/systemd/system/rescue.service.d/a.conf",
        "[Service]\nExecStart=\nExecStart=-/bin/bash\n",
    );
    assert_eq!(whys(&m).len(), 1);
    let mut m = root();
    m.symlink(
        "/etc/systemd/system/sysinit.target.wants/debug-shell.service",
        "/usr/lib/systemd/system/debug-shell.service",
    );
    assert_eq!(whys(&m)[0].0, "debug-shell.service");
    let mut m = Memory::new(Standing::AtRest);
    m.file("/sbin/init", "").file("/etc/inittab", "::sysinit:/sbin/openrc sysinit\ntty1::respawn:/sbin/getty 38400 tty1\nttyS0::askfirst:-/bin/ash\n");
    assert_eq!(whys(&m).len(), 1);
}

#[test]
fn passwords_of_the_menu() {
    let mut m = root();
    assert_eq!(doc(&m).properties["EditProtected"], Value::Null);
    m.file("/boot/grub/grub.cfg", "menuentry a {\n linux /v\n}\n");
    assert_eq!(doc(&m).properties["EditProtected"]["value"], false);
    m.file("/boot/grub/grub.cfg", "set superusers=\"root\"\npassword_pbkdf2 root x\nmenuentry a --unrestricted {\n linux /v\n}\n");
    assert_eq!(doc(&m).properties["EditProtected"]["value"], true);
    m.file("/boot/grub/grub.cfg", "menuentry a {\n linux /v\n}\n");
    m.file("/etc/grub.d/40_custom", "#!/bin/sh\nexec tail -n +3 $0\nset superusers=\"root\"\n");
    assert_eq!(doc(&m).properties["EditProtected"]["value"], false);
    assert_eq!(doc(&m).properties["Disagreements"], json!([]), "the script may not be executed");
    m.owned("/etc/grub.d/40_custom", 0, 0, 0o755);
    assert_eq!(doc(&m).properties["Disagreements"][0]["line"], 3);
    let mut m = root();
    m.file("/boot/loader/entries/a.conf", "linux /v\noptions x\n")
        .file("/boot/loader/loader.conf", "timeout 3\neditor no\n");
    assert_eq!(doc(&m).properties["EditProtected"]["line"], 2);
}

#[test]
fn sources_and_what_was_made_of_them() {
    let made = |words: &str| {
        format!(
            "### BEGIN /etc/grub.d/10_linux ###\nmenuentry a {{\n linux /v root=x ro {words}\n}}\nmenuentry 'a (recovery mode)' {{\n linux /v root=x ro single audit=1\n}}\n### END /etc/grub.d/10_linux ###\n"
        )
    };
    let mut m = root();
    m.file(
        "/etc/default/grub",
        "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nGRUB_CMDLINE_LINUX=\"audit=1\"\n",
    );
    m.file("/boot/grub/grub.cfg", made("audit=1 quiet"));
    assert_eq!(doc(&m).properties["Disagreements"], json!([]));
    m.file("/boot/grub/grub.cfg", made("audit=1 quiet nosmep"));
    assert_eq!(doc(&m).properties["Disagreements"][0]["line"], 3);
    m.file("/boot/grub/grub.cfg", made("audit=1"));
    let r = doc(&m);
    let list = r.properties["Disagreements"].as_array().unwrap();
    assert_eq!(
        (list.len(), &list[0]["file"], &list[0]["line"]),
        (1, &json!("/etc/default/grub"), &json!(1))
    );
}

#[test]
fn terminals_that_sign_somebody_in() {
    let mut m = root();
    m.file(
        "/usr/lib/systemd/system/getty@.service",
        "[Service]\nExecStart=-/sbin/agetty -o '-p -- \\\\u' --noclear - $TERM\n",
    );
    m.file("/sbin/agetty", "");
    assert!(whys(&m).is_empty());
    for options in ["--autologin root", "-a root", "-aroot", "--autologin=alice", "-n -l /bin/bash"]
    {
        let text = format!("[Service]\nExecStart=\nExecStart=-/sbin/agetty {options} %I\n");
        m.file("/etc/systemd/system/getty@.service.d/a.conf", text);
        let all = whys(&m);
        assert_eq!(
            all,
            [(json!("getty@.service"), json!("/etc/systemd/system/getty@.service.d/a.conf"))],
            "{options}"
        );
    }
}

#[test]
fn a_source_with_a_password_is_a_boot_file_too() {
    let mut m = root();
    m.file(
        "/etc/grub.d/40_custom",
        "#!/bin/sh\nexec tail -n +3 $0\npassword_pbkdf2 a grub.pbkdf2.x\n",
    );
    m.file("/etc/grub.d/10_linux", "#!/bin/sh\n# no password here\n");
    let files = doc(&m).properties["Files"].as_array().unwrap().clone();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0]["path"], "/etc/grub.d/40_custom");
}
