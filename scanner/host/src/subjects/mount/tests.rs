use serde_json::json;

use super::*;
use crate::{Memory, Standing};

struct Docs(Vec<Resource>);

impl Output for Docs {
    fn put(&mut self, document: Resource) {
        self.0.push(document);
    }

    fn listed(&mut self, _: &'static str, result: Result<(), Gap>) {
        assert_eq!(result, Ok(()));
    }
}

fn systemd(files: &[(&str, &str)]) -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/systemd/systemd", "x").symlink("/sbin/init", "/usr/lib/systemd/systemd");
    m.file("/usr/lib/systemd/system/default.target", "[Unit]\nRequires=local-fs.target\n");
    m.file("/usr/lib/systemd/system/local-fs.target", "[Unit]\n");
    for path in ["/tmp", "/var/tmp", "/home"] {
        m.directory(path);
    }
    for (path, text) in files {
        m.file(path, text);
    }
    m
}

fn doc(m: &Memory, path: &str) -> Resource {
    let mut docs = Docs(Vec::new());
    collect(&Host::new(m, "h", assay_core::Timestamp::UNIX_EPOCH), &mut docs);
    docs.0.into_iter().find(|d| d.name == path).unwrap()
}

/// Whether it is mounted, nosuid, nodev, noexec.
fn brief(m: &Memory, path: &str) -> Vec<bool> {
    let r = doc(m, path);
    let of = |facet: &str| r.properties[facet]["value"].as_bool().unwrap();
    ["Separate", "NoSuid", "NoDev", "NoExec"].into_iter().map(of).collect()
}

const HARD: &str = "tmpfs /tmp tmpfs nosuid,nodev,noexec 0 0\n";
const UNIT: &str = "[Mount]\nWhat=tmpfs\nWhere=/tmp\nType=tmpfs\nOptions=mode=1777,nosuid,nodev\n[Install]\nWantedBy=local-fs.target\n";

fn enable(m: &mut Memory) {
    m.symlink(
        "/etc/systemd/system/local-fs.target.wants/tmp.mount",
        "/usr/lib/systemd/system/tmp.mount",
    );
}

#[test]
fn fstab_counts_only_where_units_are_made_of_it() {
    let shm = "tmpfs /dev/shm tmpfs nosuid,nodev,noexec 0 0\n";
    let fstab = format!("{HARD}{shm}");
    let mut m = systemd(&[("/etc/fstab", &fstab)]);
    assert_eq!(brief(&m, "/tmp"), [true, true, true, true]);
    assert_eq!(brief(&m, "/dev/shm"), [true, true, true, true]);
    m.symlink("/etc/systemd/system/systemd-remount-fs.service", "/dev/null");
    assert_eq!(brief(&m, "/dev/shm"), [true, true, true, false], "what systemd gives it");
    assert_eq!(brief(&m, "/tmp"), [true, true, true, true]);
    let generator = "/etc/systemd/system-generators/systemd-fstab-generator";
    m.symlink(generator, "/dev/null");
    assert!(!brief(&m, "/tmp")[0], "its generator is masked");
    for (word, counts) in [("fstab=no", false), ("fstab=yes", true), ("fstab=0 fstab=1", true)] {
        let mut m = systemd(&[("/etc/fstab", &fstab)]);
        let menu = format!("menuentry 'x' {{\n\tlinux /vmlinuz root=/dev/sda ro {word}\n}}\n");
        m.file("/boot/grub/grub.cfg", menu);
        assert_eq!(brief(&m, "/tmp")[0], counts, "{word}");
    }
}

#[test]
fn a_line_hides_the_distributions_unit_and_is_hidden_by_the_administrators() {
    let m = systemd(&[("/etc/fstab", HARD), ("/usr/lib/systemd/system/tmp.mount", UNIT)]);
    assert_eq!(brief(&m, "/tmp"), [true, true, true, true]);
    assert_eq!(doc(&m, "/tmp").properties["Options"]["others"][0]["line"], 5);
    let m = systemd(&[("/etc/fstab", HARD), ("/etc/systemd/system/tmp.mount", UNIT)]);
    assert_eq!(brief(&m, "/tmp"), [true, true, true, false]);
    assert_eq!(doc(&m, "/tmp").properties["NoExec"]["file"], "/etc/systemd/system/tmp.mount");
    let mut m = systemd(&[("/etc/fstab", HARD)]);
    m.symlink("/etc/systemd/system/tmp.mount", "/dev/null");
    assert_eq!(brief(&m, "/tmp"), [false, false, false, false]);
    assert_eq!(doc(&m, "/tmp").properties["Separate"]["file"], "/etc/systemd/system/tmp.mount");
}

#[test]
fn a_unit_counts_only_where_it_starts() {
    let mut m = systemd(&[("/usr/lib/systemd/system/tmp.mount", UNIT)]);
    assert_eq!(brief(&m, "/tmp"), [false, false, false, false]);
    enable(&mut m);
    assert_eq!(brief(&m, "/tmp"), [true, true, true, false]);
    m.file(
        "/etc/systemd/system/tmp.mount.d/a.conf",
        "[Mount]\nOptions=mode=1777,nosuid,nodev,noexec\n",
    );
    assert_eq!(brief(&m, "/tmp"), [true, true, true, true]);
}

#[test]
fn drop_ins_reach_lines_too() {
    let m = systemd(&[
        ("/etc/fstab", HARD),
        ("/etc/systemd/system/tmp.mount.d/a.conf", "[Mount]\nOptions=nosuid\n"),
    ]);
    assert_eq!(brief(&m, "/tmp"), [true, true, false, false]);
    let r = doc(&m, "/tmp");
    assert_eq!(r.properties["NoExec"]["file"], "/etc/systemd/system/tmp.mount.d/a.conf");
    assert_eq!(r.properties["Options"]["others"][0]["file"], "/etc/fstab");
    // Those of a part of the name, and of every mount, too.
    for directory in ["var-.mount.d", "mount.d"] {
        let m = systemd(&[
            ("/etc/fstab", "/dev/a /var/tmp ext4 nosuid,nodev,noexec 0 0\n"),
            (&format!("/etc/systemd/system/{directory}/a.conf"), "[Mount]\nOptions=nosuid\n"),
        ]);
        assert_eq!(brief(&m, "/var/tmp"), [true, true, false, false], "{directory}");
    }
}

#[test]
fn the_first_line_with_systemd_and_the_last_without() {
    let two = "tmpfs /tmp tmpfs nosuid 0 0\ntmpfs /tmp tmpfs noexec 0 0\n";
    let m = systemd(&[("/etc/fstab", two)]);
    assert_eq!(brief(&m, "/tmp"), [true, true, false, false]);
    let mut m = Memory::new(Standing::AtRest);
    m.file("/sbin/init", "x").file("/etc/inittab", "").file("/etc/fstab", two);
    assert_eq!(brief(&m, "/tmp"), [true, false, false, true]);
    let m = systemd(&[("/etc/fstab", "tmpfs /tmp tmpfs noauto,noexec 0 0\n")]);
    assert_eq!(brief(&m, "/tmp"), [false, false, false, false]);
}

#[test]
fn what_is_not_mounted_has_the_options_of_what_covers_it() {
    let m = systemd(&[(
        "/etc/fstab",
        "/dev/a / ext4 defaults 0 1\n/dev/b /var ext4 nosuid,nodev 0 2\n",
    )]);
    assert_eq!(brief(&m, "/var/tmp"), [false, true, true, false]);
    assert_eq!(doc(&m, "/var/tmp").properties["Covering"], "/var");
    let mut m = systemd(&[("/etc/fstab", HARD)]);
    m.directory("/x").symlink("/var/tmp", "/tmp");
    assert_eq!(brief(&m, "/var/tmp"), [true, true, true, true], "a link to what is right");
}

#[test]
fn bind_mounts_keep_flags_and_are_no_volume() {
    let m = systemd(&[("/etc/fstab", &format!("{HARD}/tmp /var/tmp none bind 0 0\n"))]);
    assert_eq!(brief(&m, "/var/tmp"), [true, true, true, true]);
    assert_eq!(doc(&m, "/var/tmp").properties["OwnVolume"]["value"], false);
    let m = systemd(&[("/etc/fstab", &format!("{HARD}/tmp /var/tmp none rw,nosuid,bind 0 0\n"))]);
    assert_eq!(brief(&m, "/var/tmp"), [true, true, false, false]);
    let m = systemd(&[(
        "/etc/fstab",
        "UUID=1 / btrfs subvol=@ 0 0\nUUID=1 /home btrfs subvol=@home,nosuid 0 0\n",
    )]);
    assert_eq!(doc(&m, "/home").properties["OwnVolume"]["value"], false);
    let m = systemd(&[(
        "/etc/fstab",
        "/home /home none bind 0 0\n/a /b none bind 0 0\n/b /a none bind 0 0\n",
    )]);
    assert!(brief(&m, "/home")[0], "a circle ends");
}

#[test]
fn shared_memory_is_mounted_before_units() {
    assert_eq!(brief(&systemd(&[]), "/dev/shm"), [true, true, true, false]);
    let line = ("/etc/fstab", "tmpfs /dev/shm tmpfs defaults,noexec 0 0\n");
    assert_eq!(
        brief(&systemd(&[line]), "/dev/shm"),
        [true, false, false, true],
        "all are replaced"
    );
    let unit = "/etc/systemd/system/dev-shm.mount.d/a.conf";
    let line = ("/etc/fstab", "tmpfs /dev/shm tmpfs nosuid,nodev,noexec 0 0\n");
    let m = systemd(&[line, (unit, "[Mount]\nOptions=nosuid,nodev\n")]);
    assert_eq!(brief(&m, "/dev/shm"), [true, true, true, false]);
    let m = systemd(&[(unit, "[Mount]\nOptions=nosuid,nodev,noexec\n")]);
    assert!(doc(&m, "/dev/shm").gaps.contains_key("/NoExec"));
}

#[test]
fn what_is_mounted_now_is_said_beside() {
    let mut m = Memory::new(Standing::Running);
    m.file("/sbin/init", "x").file("/etc/inittab", "");
    m.file(
        "/proc/self/mountinfo",
        "1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 0:2 / /tmp rw,nosuid - tmpfs tmpfs rw\n",
    );
    let r = doc(&m, "/tmp");
    assert_eq!(r.properties["RunningOptions"], json!(["rw", "nosuid"]));
    assert_eq!(doc(&m, "/home").properties["RunningSeparate"], false);
}

#[test]
fn no_bytes_break_it() {
    let seed = b"tmpfs /tmp tmpfs nosuid,\"x,\\040 0 0\n\xff\\ /a\\777 x user=\0,bind\n/tmp /tmp none bind\n";
    for cut in 0..seed.len() {
        let mut m = systemd(&[]);
        m.file("/etc/fstab", &seed[cut..]).file("/etc/systemd/system/tmp.mount", &seed[..cut]);
        assert!(doc(&m, "/tmp").properties.contains_key("MountPoint"));
    }
}
