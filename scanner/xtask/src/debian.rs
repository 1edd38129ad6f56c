//! An installed Debian root, which the tests of hosts harden and sabotage copies of.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools::{quiet, which};

/// What is installed beyond the base system.
const PACKAGES: [&str; 22] = [
    "acl",
    "aide-common",
    "apparmor",
    "auditd",
    "bash-completion",
    "ca-certificates",
    "cron",
    "dbus",
    "grub-pc-bin",
    "grub2-common",
    "libpam-cap",
    "libpam-pwquality",
    "libpam-tmpdir",
    "linux-image-amd64",
    "locales",
    "needrestart",
    "nftables",
    "openssh-server",
    "rsyslog",
    "sudo",
    "systemd-timesyncd",
    "unattended-upgrades",
];
const RELEASE: &str = "bookworm";
const MIRROR: &str = "http://deb.debian.org/debian";

/// Installs it, once.
///
/// # Errors
/// Why there is none: another architecture, no root rights, no debootstrap, no network.
pub(crate) fn root(tools: &Path) -> Result<PathBuf, String> {
    if std::env::consts::ARCH != "x86_64" {
        return Err("the packages are those of amd64".to_owned());
    }
    let home = tools.join("debian");
    let (tree, stamp) = (home.join("root"), home.join("installed"));
    let wanted = format!("{RELEASE} {}", PACKAGES.join(" "));
    if std::fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) {
        return Ok(tree);
    }
    if !std::fs::read_to_string("/proc/self/status")
        .is_ok_and(|s| s.lines().any(|l| l.starts_with("Uid:\t0\t0\t")))
    {
        return Err("only root can install a root file system".to_owned());
    }
    if ["debootstrap", "setfacl", "setcap"].iter().any(|p| which(p).is_none()) {
        quiet(
            Command::new("apt-get")
                .args(["install", "-y", "-q", "--no-install-recommends"])
                .args(["debootstrap", "acl", "libcap2-bin"])
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )?;
    }
    if tree.exists() {
        std::fs::remove_dir_all(&home).map_err(|e| format!("{}: {e}", home.display()))?;
    }
    std::fs::create_dir_all(&home).map_err(|e| format!("{}: {e}", home.display()))?;
    let mut c = Command::new("debootstrap");
    c.arg(format!("--include={}", PACKAGES.join(","))).arg(RELEASE).arg(&tree).arg(MIRROR);
    quiet(&mut c)?;
    for mount in ["proc", "sys"] {
        // debootstrap leaves them where a package's script failed; nothing may be below a copy.
        let _ = Command::new("umount").arg(tree.join(mount)).output();
    }
    std::fs::write(&stamp, wanted).map_err(|e| e.to_string())?;
    Ok(tree)
}
