//! What the walk notes: names that are worth a second look, and nothing else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_core::Gap;

use super::{capability, ids::Ids, keys};
use crate::{FileKind, Host, Met, Miss, Stat, WalkPlan, Walked};

/// Names that are kept of each sort. More are counted.
pub(super) const MAX: usize = 500;
/// Candidates for keys that are looked into.
const MAX_KEYS: usize = 20_000;

/// Directories that are no disks, or hold other systems.
const SKIP: [(&str, &str); 22] = [
    ("/proc", "the kernel's own"),
    ("/sys", "the kernel's own"),
    ("/dev", "the kernel's own"),
    ("/run", "made anew at each start"),
    ("/var/lib/docker/overlay2", "containers"),
    ("/var/lib/docker/aufs", "containers"),
    ("/var/lib/docker/btrfs", "containers"),
    ("/var/lib/docker/devicemapper", "containers"),
    ("/var/lib/docker/fuse-overlayfs", "containers"),
    ("/var/lib/docker/vfs", "containers"),
    ("/var/lib/docker/zfs", "containers"),
    ("/var/lib/containers/storage/overlay", "containers"),
    ("/var/lib/containers/storage/vfs", "containers"),
    ("/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs", "containers"),
    ("/var/lib/containerd/io.containerd.snapshotter.v1.native", "containers"),
    ("/var/lib/containerd/io.containerd.snapshotter.v1.btrfs", "containers"),
    ("/var/lib/kubelet/pods", "containers"),
    ("/var/lib/machines", "other systems"),
    ("/var/lib/lxc", "containers"),
    ("/var/lib/lxd/containers", "containers"),
    ("/var/lib/snapd/snap", "read-only images"),
    ("/snap", "read-only images"),
];

/// Names of one sort, the first of them in order.
#[derive(Debug)]
pub(super) struct FirstNames<T> {
    pub(super) first: BTreeMap<PathBuf, T>,
    pub(super) count: u64,
}

impl<T> Default for FirstNames<T> {
    fn default() -> Self {
        Self { first: BTreeMap::new(), count: 0 }
    }
}

impl<T> FirstNames<T> {
    fn add(&mut self, path: &Path, value: T) {
        self.count += 1;
        if self.first.len() >= MAX {
            match self.first.last_key_value() {
                Some((last, _)) if last.as_path() > path => {
                    self.first.pop_last();
                }
                _ => return,
            }
        }
        self.first.insert(path.to_owned(), value);
    }
}

/// What a walk noted.
#[derive(Debug, Default)]
pub(super) struct Notable {
    /// Programs that start with their owner's or group's rights.
    pub(super) suid: FirstNames<Stat>,
    /// Programs with capabilities.
    pub(super) capabilities: FirstNames<capability::Capabilities>,
    /// Regular files that everyone can write.
    pub(super) writable: FirstNames<Stat>,
    /// Directories that everyone can write, without the sticky bit.
    pub(super) no_sticky: FirstNames<Stat>,
    /// Names whose owner or group has no name.
    pub(super) unowned: FirstNames<Stat>,
    /// Logs that everyone can read.
    pub(super) logs: FirstNames<Stat>,
    /// Device files outside `/dev`.
    pub(super) devices: FirstNames<Stat>,
    /// Files that may hold a key, with whether everyone can reach them.
    pub(super) keys: Vec<(PathBuf, Stat, bool)>,
    /// Capabilities that could not be read: the first.
    pub(super) capability_gap: Option<Gap>,
    /// How the walk went.
    pub(super) walked: Walked,
}

/// Walks the host.
pub(super) fn walk(host: &Host<'_>, ids: Option<&Ids>) -> Notable {
    let mut out = Notable::default();
    let plan = WalkPlan { skip: SKIP.iter().map(|(p, why)| (PathBuf::from(p), *why)).collect() };
    let walked = host.root().walk(&plan, &mut |met| out.meet(host, ids, met));
    out.walked = walked;
    out
}

impl Notable {
    fn meet(&mut self, host: &Host<'_>, ids: Option<&Ids>, met: &Met<'_>) {
        let (path, stat) = (met.path, &met.stat);
        if ids.is_some_and(|i| i.no_user(stat.uid) || i.no_group(stat.gid)) {
            self.unowned.add(path, *stat);
        }
        match stat.kind {
            FileKind::File => self.file(host, met),
            FileKind::Directory if stat.mode & 0o1002 == 0o002 && met.reachable => {
                self.no_sticky.add(path, *stat);
            }
            // An overlay marks what was deleted by a device of the numbers 0 and 0; those that can
            // be opened by others than root are the dangerous ones.
            FileKind::Device if stat.mode & 0o006 != 0 => self.devices.add(path, *stat),
            _ => {}
        }
    }

    fn file(&mut self, host: &Host<'_>, met: &Met<'_>) {
        let (path, stat) = (met.path, &met.stat);
        let runs = stat.mode & 0o111 != 0;
        // Without the right to execute, the group's bit means locking, not rights.
        let suid = stat.mode & 0o4000 != 0 && runs;
        let sgid = stat.mode & 0o2010 == 0o2010;
        if suid || sgid {
            self.suid.add(path, *stat);
        }
        if runs {
            match host.root().xattr(path, "security.capability") {
                Ok(None) | Err(Miss::Absent) => {}
                Ok(Some(bytes)) => match capability::parse(&bytes) {
                    Some(found) => self.capabilities.add(path, found),
                    None => {
                        let odd = Miss::Failed("its capabilities cannot be read".to_owned());
                        self.capability_gap.get_or_insert_with(|| crate::gap(path, &odd));
                    }
                },
                Err(miss) => {
                    self.capability_gap.get_or_insert_with(|| crate::gap(path, &miss));
                }
            }
        }
        if stat.mode & 0o002 != 0 && met.reachable {
            self.writable.add(path, *stat);
        }
        if stat.mode & 0o004 != 0 && met.reachable && is_log(path) {
            self.logs.add(path, *stat);
        }
        let small = (1..=keys::MAX_SIZE).contains(&stat.size);
        if small && self.keys.len() < MAX_KEYS && keys::candidate(path) {
            self.keys.push((path.to_owned(), *stat, met.reachable));
        }
    }
}

/// Whether a file is a log. Who logged in is for everyone to ask (`last`, `lastlog`), so the records
/// that these programs read are none.
fn is_log(path: &Path) -> bool {
    let public = ["lastlog", "wtmp", "wtmp.db", "lastlog2.db", "README"];
    path.starts_with("/var/log")
        && path.file_name().is_none_or(|n| {
            let name = n.to_string_lossy();
            !public
                .iter()
                .any(|p| name == *p || name.strip_prefix(p).is_some_and(|r| r.starts_with('.')))
        })
}
