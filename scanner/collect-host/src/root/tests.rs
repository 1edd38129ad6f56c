use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use assay_host::{FileKind, Miss, Root, Standing};

use super::Folder;

/// A scratch folder, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("assay-root-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(dir.join("root/etc")).unwrap();
        Self(dir)
    }
    fn root(&self) -> PathBuf {
        self.0.join("root")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Both ways to follow paths must give the same answers.
fn both(dir: &Path) -> [Folder; 2] {
    [Folder::open(dir).unwrap(), Folder::open(dir).unwrap().step_by_step()]
}

#[test]
fn nothing_outside_the_root_is_reached() {
    let s = Scratch::new("outside");
    let r = s.root();
    fs::write(s.0.join("secret"), "outside").unwrap();
    fs::write(r.join("secret"), "inside").unwrap();
    fs::write(r.join("etc/passwd"), "x").unwrap();
    symlink("../../secret", r.join("etc/up")).unwrap();
    symlink("/secret", r.join("etc/absolute")).unwrap();
    symlink(s.0.join("secret"), r.join("etc/real")).unwrap();
    symlink("../..", r.join("etc/top")).unwrap();
    symlink("/etc", r.join("conf")).unwrap();
    symlink("/proc/self/root/etc/hostname", r.join("etc/magic")).unwrap();
    for root in both(&r) {
        assert_eq!(root.standing(), Standing::AtRest);
        let read = |p: &str| root.read(Path::new(p)).map(|b| String::from_utf8(b).unwrap());
        assert_eq!(read("/etc/up").unwrap(), "inside");
        assert_eq!(read("/etc/absolute").unwrap(), "inside");
        assert_eq!(read("/../../secret").unwrap(), "inside");
        assert_eq!(read("/conf/passwd").unwrap(), "x");
        assert_eq!(read("/etc/top/secret").unwrap(), "inside");
        assert_eq!(read("/etc/real"), Err(Miss::Absent));
        assert_eq!(read("/etc/magic"), Err(Miss::Absent));
        assert_eq!(root.resolve(Path::new("/conf/top/etc/up")).unwrap(), Path::new("/secret"));
        assert_eq!(root.resolve(Path::new("/")).unwrap(), Path::new("/"));
        assert_eq!(root.link(Path::new("/conf")).unwrap(), Path::new("/etc"));
        assert_eq!(root.lstat(Path::new("/conf")).unwrap().kind, FileKind::Link);
        assert_eq!(root.stat(Path::new("/conf")).unwrap().kind, FileKind::Directory);
        assert_eq!(root.list(Path::new("/")).unwrap(), ["conf", "etc", "secret"]);
    }
}

#[test]
fn hostile_names_are_never_opened() {
    let s = Scratch::new("hostile");
    let r = s.root();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        r.join("etc/fifo"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o644),
        0,
    )
    .unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(r.join("etc/socket")).unwrap();
    symlink("loop", r.join("etc/loop")).unwrap();
    let mut deep = String::new();
    for n in 0..60 {
        deep.push_str(&format!("/l{n}"));
        symlink(format!("l{}", n + 1), r.join(format!("l{n}"))).unwrap();
    }
    fs::write(r.join("etc/new\nline"), "x").unwrap();
    let big = fs::File::create(r.join("etc/big")).unwrap();
    big.set_len(assay_host::MAX_FILE + 1).unwrap();
    for root in both(&r) {
        let read = |p: &str| root.read(Path::new(p));
        assert_eq!(read("/etc/fifo"), Err(Miss::Kind("fifo")));
        assert_eq!(read("/etc/socket"), Err(Miss::Kind("socket")));
        assert_eq!(read("/etc"), Err(Miss::Kind("directory")));
        assert_eq!(root.list(Path::new("/etc/big")), Err(Miss::Kind("file")));
        assert_eq!(read("/etc/loop"), Err(Miss::Loop));
        assert_eq!(read("/l0"), Err(Miss::Loop));
        assert_eq!(read("/etc/new\nline").unwrap(), b"x");
        assert_eq!(read("/etc/big"), Err(Miss::TooLarge(assay_host::MAX_FILE + 1)));
        assert_eq!(root.head(Path::new("/etc/big"), 4).unwrap(), [0; 4]);
        assert_eq!(read("/etc/none/x"), Err(Miss::Absent));
        assert_eq!(read("/etc/big/x"), Err(Miss::Absent));
        assert_eq!(root.xattr(Path::new("/etc/big"), "user.nothing"), Ok(None));
    }
}

#[test]
fn what_may_not_be_read_is_denied() {
    if rustix::process::geteuid().is_root() {
        // Root may read everything; the errors of everybody else are those of the system call.
        assert_eq!(super::fd::miss(rustix::io::Errno::ACCESS), Miss::Denied);
        return;
    }
    let s = Scratch::new("denied");
    fs::write(s.root().join("etc/shadow"), "x").unwrap();
    fs::set_permissions(s.root().join("etc/shadow"), fs::Permissions::from_mode(0o000)).unwrap();
    for root in both(&s.root()) {
        assert_eq!(root.read(Path::new("/etc/shadow")), Err(Miss::Denied));
        assert!(root.stat(Path::new("/etc/shadow")).is_ok());
    }
}

#[test]
fn files_of_proc_have_no_size_and_are_read() {
    let live = Folder::live().unwrap();
    assert_eq!(live.standing(), Standing::Running);
    assert!(!live.read(Path::new("/proc/self/status")).unwrap().is_empty());
    assert!(
        live.read(Path::new("/etc/mtab")).is_ok() || live.stat(Path::new("/etc/mtab")).is_err()
    );
}

#[test]
fn of_devices_only_disks_of_the_running_host_are_opened() {
    let s = Scratch::new("devices");
    let fifo = s.root().join("etc/fifo");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o644),
        0,
    )
    .unwrap();
    fs::write(s.root().join("etc/file"), "x").unwrap();
    symlink(&fifo, s.root().join("etc/link")).unwrap();
    for live in [Folder::live().unwrap(), Folder::live().unwrap().step_by_step()] {
        let of = |path: &Path| live.device(path, 4096);
        assert_eq!(of(Path::new("/dev/null")), Err(Miss::Kind("character device")));
        assert_eq!(of(&fifo), Err(Miss::Kind("fifo")));
        assert_eq!(of(&s.root().join("etc/link")), Err(Miss::Kind("fifo")));
        assert_eq!(of(&s.root().join("etc/file")), Err(Miss::Kind("file")));
        assert_eq!(of(Path::new("/dev/no-such-disk")), Err(Miss::Absent));
        for disk in fs::read_dir("/sys/class/block").into_iter().flatten().flatten() {
            match of(&Path::new("/dev").join(disk.file_name())) {
                Ok(bytes) => assert!(bytes.len() <= 4096),
                Err(Miss::Denied | Miss::Absent | Miss::Failed(_)) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
    }
    for root in both(&s.root()) {
        assert!(matches!(root.device(Path::new("/etc/fifo"), 1), Err(Miss::Failed(_))));
        assert!(matches!(root.ask(assay_host::Question::Nftables), Err(Miss::Failed(_))));
    }
}
