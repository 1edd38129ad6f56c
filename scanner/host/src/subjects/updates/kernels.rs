//! The kernels that are installed, and the one that runs.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::path::Path;

use assay_core::{Gap, GapState};
use serde_json::{Value, json};

use super::version::segments;
use crate::packages as bases;
use crate::{FileKind, Host, Miss, gap};

/// Most kernels.
const MAX_KERNELS: usize = 500;

/// The releases of the kernels whose image is there, in order of their names.
///
/// # Errors
/// A directory that cannot be listed.
pub(super) fn installed(host: &Host<'_>, packages: &super::Installed) -> Result<Vec<String>, Gap> {
    let mut out = BTreeSet::new();
    // `/boot` may be a file system of its own that is not mounted.
    for package in packages.as_ref().map_err(Clone::clone)?.iter().flat_map(|all| all.values()) {
        let release = package.name.strip_prefix("linux-image-").map(|r| {
            r.strip_prefix("unsigned-").unwrap_or(r).trim_end_matches("-unsigned").to_owned()
        });
        out.extend(
            release.filter(|r| r.starts_with(|c: char| c.is_ascii_digit()) && r.contains('.')),
        );
    }
    if let Some(database) = bases::database(host)? {
        database.files.each(&mut |file| out.extend(release(file.path)));
    }
    let mut bare = false;
    for path in host.list("/boot")?.unwrap_or_default() {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let release = ["vmlinuz-", "vmlinux-", "Image-"].iter().find_map(|p| name.strip_prefix(p));
        let Some(release) = release else { continue };
        if release.starts_with(|c: char| c.is_ascii_digit()) && !release.contains("rescue") {
            out.insert(release.to_owned());
        } else {
            // Alpine: one image of each flavour, whatever its release.
            bare = true;
        }
    }
    for base in ["/usr/lib/modules", "/lib/modules"] {
        for path in host.list(base)?.unwrap_or_default() {
            let Some(release) = path.file_name().map(|n| n.to_string_lossy().into_owned()) else {
                continue;
            };
            if host.stat(&path)?.is_none_or(|s| s.kind != FileKind::Directory) {
                continue;
            }
            let image = host.stat(path.join("vmlinuz"))?.is_some();
            let whole = bare && host.stat(path.join("modules.dep"))?.is_some();
            if image || whole {
                out.insert(release);
            }
        }
    }
    if out.len() > MAX_KERNELS {
        return Err(Gap::new(GapState::Malformed, format!("more than {MAX_KERNELS} kernels")));
    }
    Ok(out.into_iter().collect())
}

/// The release of a kernel whose image a package brings: `/boot/vmlinuz-<release>`,
/// `/lib/modules/<release>/vmlinuz`.
fn release(path: &str) -> Option<String> {
    let path = path.strip_prefix("/usr").unwrap_or(path);
    let release = path.strip_prefix("/lib/modules/").and_then(|p| p.strip_suffix("/vmlinuz"));
    let release = release.or_else(|| path.strip_prefix("/boot/vmlinuz-"))?;
    let whole = release.starts_with(|c: char| c.is_ascii_digit()) && !release.contains('/');
    whole.then(|| release.to_owned())
}

/// Version and flavour of a release: `6.1.0-28` and `amd64`, `5.14.0-503.11.1.el9_5` and `x86_64`.
fn split(release: &str) -> (&str, &str) {
    let machines = ["x86_64", "aarch64", "ppc64le", "s390x", "riscv64", "armv7hl", "i686"];
    for machine in machines {
        if let Some(at) = release.rfind(&format!(".{machine}")) {
            return (release.get(..at).unwrap_or(""), release.get(at + 1..).unwrap_or(""));
        }
    }
    // The flavour is everything from the first word that begins with a letter.
    let mut at = 0;
    for word in release.split('-') {
        if word.starts_with(|c: char| c.is_ascii_alphabetic()) && !word.starts_with("rc") {
            return (release.get(..at.max(1) - 1).unwrap_or(""), release.get(at..).unwrap_or(""));
        }
        at += word.len() + 1;
    }
    (release, "")
}

/// The newest installed kernel of the running one's flavour: `{Release, Newest, Older, Reboot}`.
/// `null`: the host runs somebody else's kernel.
///
/// # Errors
/// What cannot be read.
pub(super) fn running(
    host: &Host<'_>,
    installed: &[String],
    packages: &super::Installed,
) -> Result<Value, Gap> {
    let value = |path: &str| -> Result<Option<String>, Gap> {
        match host.root().read(Path::new(path)) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).trim().to_owned())),
            Err(Miss::Absent) => Ok(None),
            Err(miss) => Err(gap(Path::new(path), &miss)),
        }
    };
    let mut container =
        host.stat("/run/.containerenv")?.is_some() || host.stat("/.dockerenv")?.is_some();
    container = container || host.stat("/run/systemd/container")?.is_some();
    let Some(release) = value("/proc/sys/kernel/osrelease")? else {
        let detail = "/proc/sys/kernel/osrelease is not there";
        return Err(Gap::new(GapState::Failed, detail));
    };
    if container || installed.is_empty() {
        return Ok(Value::Null);
    }
    let (version, flavour) = split(&release);
    let same = installed.iter().filter(|r| split(r).1 == flavour);
    let newest = same.max_by(|a, b| segments(split(a).0, split(b).0));
    let Some(mut newest) = newest.cloned() else { return Ok(Value::Null) };
    let mut older = segments(version, split(&newest).0) == Ordering::Less;
    // A fix may keep the release: then Debian's version of the package tells.
    if !older
        && let (Some(runs), Some(lies)) =
            (build(&value("/proc/version")?.unwrap_or_default()), package(packages, &release)?)
        && super::version::compare(&runs, &lies) == Ordering::Less
    {
        older = true;
        newest = format!("{release} ({lies})");
    }
    let reboot = host.stat("/run/reboot-required")?.is_some()
        || host.stat("/var/run/reboot-required")?.is_some();
    Ok(json!({"Release": release, "Newest": newest, "Older": older, "RebootRequired": reboot}))
}

/// `… Debian 6.1.119-1 (2024-11-22)`.
fn build(version: &str) -> Option<String> {
    let after = version.rsplit_once(" Debian ")?.1;
    after.split_whitespace().next().map(str::to_owned)
}

/// The version of the package of a kernel.
fn package(packages: &super::Installed, release: &str) -> Result<Option<String>, Gap> {
    let Some(all) = packages.as_ref().map_err(Clone::clone)? else { return Ok(None) };
    let name = format!("linux-image-{release}");
    Ok(all.values().find(|p| p.name == name).map(|p| p.version.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing, dpkg};

    #[test]
    fn flavours_are_told_apart() {
        assert_eq!(split("6.1.0-28-amd64"), ("6.1.0-28", "amd64"));
        assert_eq!(split("6.1.0-28-cloud-amd64"), ("6.1.0-28", "cloud-amd64"));
        assert_eq!(split("5.14.0-503.11.1.el9_5.x86_64"), ("5.14.0-503.11.1.el9_5", "x86_64"));
        assert_eq!(split("5.14.0-503.el9.x86_64+rt"), ("5.14.0-503.el9", "x86_64+rt"));
        assert_eq!(split("6.6.30-0-lts"), ("6.6.30-0", "lts"));
        assert_eq!(split("6.4.0-150600.23.22-default"), ("6.4.0-150600.23.22", "default"));
        assert_eq!(split("6.9.0"), ("6.9.0", ""));
        assert_eq!(split("generic"), ("", "generic"));
    }

    #[test]
    fn an_older_kernel_runs() {
        let mut m = Memory::new(Standing::Running);
        m.file("/proc/sys/kernel/osrelease", "6.1.0-9-amd64\n")
            .file("/boot/vmlinuz-6.1.0-9-amd64", "x");
        m.file("/boot/vmlinuz-6.1.0-10-amd64", "x").file("/boot/vmlinuz-6.5.0-1-cloud-amd64", "x");
        m.file("/boot/vmlinuz-6.1.0-11-amd64.old", "").directory("/lib/modules/6.9.0-1-amd64");
        let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
        let all = installed(&host, &dpkg::installed(&host)).unwrap();
        let got = running(&host, &all, &dpkg::installed(&host)).unwrap();
        assert_eq!(got["Newest"], "6.1.0-10-amd64");
        assert_eq!(got["Older"], true);
        m.file("/proc/sys/kernel/osrelease", "6.1.0-10-amd64\n");
        m.file(
            "/proc/version",
            "Linux version 6.1.0-10-amd64 (x) #1 SMP Debian 6.1.37-1 (2023-07-03)",
        );
        m.file(
            dpkg::STATUS,
            "Package: linux-image-6.1.0-10-amd64\nStatus: install ok installed\nArchitecture: amd64\nVersion: 6.1.38-4\n",
        );
        let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
        assert_eq!(running(&host, &all, &dpkg::installed(&host)).unwrap()["Older"], true);
        m.file("/.dockerenv", "");
        let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
        assert!(running(&host, &all, &dpkg::installed(&host)).unwrap().is_null());
    }
}
