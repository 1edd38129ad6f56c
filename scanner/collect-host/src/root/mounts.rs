//! Which mounts a walk enters: disks of the host, and nothing of the kernel, the network or
//! containers.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use super::walk::path_of;

/// A mount below the root of a walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount {
    /// Type of the file system (`ext4`, `nfs4`).
    kind: String,
    /// Where the same content is mounted too, inside the root.
    also: Option<PathBuf>,
}

impl Mount {
    /// Why it is left out, if it is.
    pub(super) fn left_out(&self) -> Option<String> {
        if let Some(also) = &self.also {
            return Some(format!("the same lies at {}", also.display()));
        }
        class(&self.kind).map(|class| format!("{class} ({})", self.kind))
    }
}

/// What a file system is that is no disk of the host.
fn class(kind: &str) -> Option<&'static str> {
    let kernel = [
        "proc",
        "sysfs",
        "devtmpfs",
        "devpts",
        "cgroup",
        "cgroup2",
        "pstore",
        "bpf",
        "tracefs",
        "debugfs",
        "securityfs",
        "configfs",
        "fusectl",
        "hugetlbfs",
        "mqueue",
        "binfmt_misc",
        "rpc_pipefs",
        "efivarfs",
        "selinuxfs",
        "nsfs",
        "autofs",
        "smackfs",
        "resctrl",
        "cpuset",
    ];
    let network = [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "ceph",
        "afs",
        "ncpfs",
        "lustre",
        "gpfs",
        "ocfs2",
        "gfs2",
        "glusterfs",
        "beegfs",
        "virtiofs",
        "coda",
        "pvfs2",
    ];
    match kind {
        k if kernel.contains(&k) => Some("a file system of the kernel"),
        k if network.contains(&k) => Some("a network file system"),
        k if k == "fuse" || k.starts_with("fuse.") => Some("a file system of a user's program"),
        "overlay" | "aufs" => Some("a container's file system"),
        "squashfs" | "erofs" | "iso9660" | "udf" | "cramfs" => Some("a read-only image"),
        _ => None,
    }
}

/// The same by the number that the kernel gives a file system (`statfs(2)`), for mounts that no
/// table names.
pub(super) fn left_out_by_magic(fd: &OwnedFd) -> Option<String> {
    #[allow(clippy::unnecessary_cast, reason = "its type differs between architectures")]
    let magic = rustix::fs::fstatfs(fd).ok()?.f_type as u32;
    let kind = match magic {
        0x9fa0 => "proc",
        0x6265_6572 => "sysfs",
        0x1cd1 => "devpts",
        0x0027_e0eb => "cgroup",
        0x6367_7270 => "cgroup2",
        0x6969 => "nfs",
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => "cifs",
        0x6573_5546 => "fuse",
        0x794c_7630 => "overlay",
        0x0102_1997 => "9p",
        0x00c3_6400 => "ceph",
        0x5346_414f => "afs",
        0x7371_7368 => "squashfs",
        0xe0f5_e1e2 => "erofs",
        0x9660 => "iso9660",
        0xcafe_4a11 => "bpf",
        0x6462_6720 => "debugfs",
        0x7472_6163 => "tracefs",
        0x7363_6673 => "securityfs",
        0x6165_676c => "pstore",
        0x9584_58f6 => "hugetlbfs",
        0x1980_0202 => "mqueue",
        0x4249_4e4d => "binfmt_misc",
        0x6265_6570 => "configfs",
        0xde5e_81e4 => "efivarfs",
        0x6e73_6673 => "nsfs",
        0x0187 => "autofs",
        0xf97c_ff8c => "selinuxfs",
        _ => return None,
    };
    Mount { kind: kind.to_owned(), also: None }.left_out()
}

/// The mounts below a folder, by their paths inside it. Empty where the kernel's table cannot be
/// read.
pub(super) fn below(root: &OwnedFd) -> BTreeMap<PathBuf, Mount> {
    let Some(base) = path_of(root) else { return BTreeMap::new() };
    let table = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
    parse(&table, &base)
}

/// Reads `/proc/<pid>/mountinfo` (`proc_pid_mountinfo(5)`): id, parent, device, root inside the
/// file system, mount point, options, optional fields, a dash, type.
fn parse(table: &[u8], base: &Path) -> BTreeMap<PathBuf, Mount> {
    let mut out = BTreeMap::new();
    let mut seen: Vec<(Vec<u8>, PathBuf, PathBuf)> = Vec::new();
    for line in table.split(|b| *b == b'\n') {
        let fields: Vec<&[u8]> = line.split(|b| *b == b' ').collect();
        let dash = fields.iter().skip(6).position(|f| *f == b"-").map(|i| i + 6);
        let kind = dash.and_then(|d| fields.get(d + 1));
        let (Some(device), Some(inner), Some(point), Some(kind)) =
            (fields.get(2), fields.get(3), fields.get(4), kind)
        else {
            continue;
        };
        let (inner, point) = (path(inner), path(point));
        let Ok(inside) = point.strip_prefix(base) else { continue };
        let inside = Path::new("/").join(inside);
        let also = seen
            .iter()
            .find(|(d, i, p)| d == device && inner.starts_with(i) && *p != inside)
            .map(|(_, i, p)| p.join(inner.strip_prefix(i).unwrap_or(Path::new(""))));
        seen.push((device.to_vec(), inner, inside.clone()));
        if inside != Path::new("/") {
            out.insert(inside, Mount { kind: String::from_utf8_lossy(kind).into_owned(), also });
        }
    }
    out
}

/// A path of the table: space, tab, line feed and backslash are written in octal.
fn path(field: &[u8]) -> PathBuf {
    let mut out = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, more)) = rest.split_first() {
        if *first == b'\\'
            && let Some(digits) = more.get(..3)
            && let Ok(text) = std::str::from_utf8(digits)
            && let Ok(byte) = u8::from_str_radix(text, 8)
        {
            out.push(byte);
            rest = more.get(3..).unwrap_or_default();
        } else {
            out.push(*first);
            rest = more;
        }
    }
    PathBuf::from(OsString::from_vec(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disks_are_entered_and_nothing_else() {
        let table = b"22 1 8:1 / /mnt/root rw - ext4 /dev/sda1 rw\n\
            23 22 8:2 / /mnt/root/var/my\\040data rw shared:1 - xfs /dev/sdb rw\n\
            24 22 0:5 / /mnt/root/proc rw - proc proc rw\n\
            25 22 0:9 / /mnt/root/net rw - nfs4 host:/x rw\n\
            26 22 8:1 /srv/a /mnt/root/again rw - ext4 /dev/sda1 rw\n\
            27 22 0:7 / /mnt/root/tmp rw - tmpfs tmpfs rw\n\
            28 1 8:9 / /elsewhere rw - ext4 /dev/sdc rw\n\
            29 22 0:8 / /mnt/root/c rw - overlay overlay rw\nbroken\n";
        let all = parse(table, Path::new("/mnt/root"));
        let out = |p: &str| all.get(Path::new(p)).map(Mount::left_out);
        assert_eq!(all.len(), 6);
        assert_eq!(out("/var/my data"), Some(None));
        assert_eq!(out("/tmp"), Some(None));
        assert!(out("/proc").flatten().unwrap().contains("kernel"));
        assert!(out("/net").flatten().unwrap().contains("network"));
        assert!(out("/c").flatten().unwrap().contains("container"));
        assert_eq!(out("/again").flatten().unwrap(), "the same lies at /srv/a");
    }
}
