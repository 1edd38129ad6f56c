//! `linux.hook`: files that root's programs take in by themselves when something happens: a device
//! comes, somebody signs in, logs are rotated, packages change, an interface comes up, the kernel needs
//! help. Who can change one of them is root at the next such moment.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};
use serde_json::{Value, json};

use crate::merged::{directories, pieces};
use crate::{FileKind, Host, Output, Subject, commands};

/// Hooks.
pub(crate) static SUBJECT: Subject = Subject { name: "hooks", types: &[KIND], collect };

const KIND: &str = "linux.hook";

/// Most files of one sort.
const MAX: usize = 2000;

/// Files and directories of each sort.
const PLACES: [(&str, &[&str]); 5] = [
    (
        "sign_in",
        &[
            "/etc/profile",
            "/etc/profile.d",
            "/etc/bash.bashrc",
            "/etc/bashrc",
            "/etc/update-motd.d",
            "/etc/environment",
            "/etc/ssh/sshrc",
        ],
    ),
    ("log_rotation", &["/etc/logrotate.conf", "/etc/logrotate.d"]),
    (
        "network",
        &[
            "/etc/network/interfaces",
            "/etc/network/interfaces.d",
            "/etc/network/if-pre-up.d",
            "/etc/network/if-up.d",
            "/etc/network/if-down.d",
            "/etc/network/if-post-down.d",
            "/etc/dhcp/dhclient-enter-hooks.d",
            "/etc/dhcp/dhclient-exit-hooks.d",
            "/etc/NetworkManager/dispatcher.d",
            "/etc/ppp/ip-up.d",
        ],
    ),
    (
        "packages",
        &[
            "/etc/apt/apt.conf",
            "/etc/apt/apt.conf.d",
            "/etc/apt/sources.list",
            "/etc/apt/sources.list.d",
            // ldconfig runs with many of them.
            "/etc/ld.so.conf",
            "/etc/ld.so.conf.d",
            "/etc/kernel/postinst.d",
            "/etc/kernel/postrm.d",
            "/etc/initramfs-tools/hooks",
            "/etc/initramfs-tools/scripts",
            "/etc/grub.d",
            "/etc/default/grub",
        ],
    ),
    ("kernel", &["/etc/modprobe.d", "/etc/sysctl.d", "/etc/sysctl.conf", "/etc/tmpfiles.d"]),
];

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    let mut result = Ok(());
    for (sort, places) in PLACES {
        one(
            host,
            sort,
            &|files| places.iter().try_for_each(|p| below(host, Path::new(p), 0, files)),
            out,
        );
    }
    one(host, "device", &|files| devices(host, files), out);
    one(host, "package_command", &|files| packages(host, files), out);
    one(host, "kernel_helper", &|files| helpers(host, files), out);
    one(host, "bus", &|files| bus(host, files), out);
    if let Err(gap) = host.list("/etc") {
        result = Err(gap);
    }
    out.listed(KIND, result);
}

/// Files of one sort.
type Files = BTreeSet<PathBuf>;

fn one(
    host: &Host<'_>,
    sort: &str,
    find: &dyn Fn(&mut Files) -> Result<(), Gap>,
    out: &mut dyn Output,
) {
    let mut files = Files::new();
    let programs = find(&mut files).and_then(|()| programs(host, &files));
    let mut r = host.document(KIND, sort);
    match programs {
        // A host that has nothing of this sort.
        Ok(all) if all.is_empty() => return,
        Ok(all) => {
            r.properties.insert("Programs".to_owned(), all.into());
        }
        Err(gap) => r.lose("Programs", gap),
    }
    out.put(r);
}

fn programs(host: &Host<'_>, files: &Files) -> Result<Vec<Value>, Gap> {
    if files.len() > MAX {
        let detail = format!("more than {MAX} files that programs of root's take in");
        return Err(Gap::new(GapState::Malformed, detail));
    }
    let mut out = Vec::new();
    for path in files {
        let Some(access) = host.access(path)? else { continue };
        if access.stat.kind == FileKind::File {
            out.push(json!({
                "path": path.display().to_string(), "writers": access.writers, "access": access.json(),
            }));
        }
    }
    Ok(out)
}

/// A file, or every file below a directory.
fn below(host: &Host<'_>, path: &Path, depth: usize, files: &mut Files) -> Result<(), Gap> {
    match host.stat(path)?.map(|s| s.kind) {
        Some(FileKind::File) => {
            files.insert(path.to_owned());
        }
        Some(FileKind::Directory) if depth < 3 && files.len() <= MAX => {
            for inside in host.list(path)?.unwrap_or_default() {
                below(host, &inside, depth + 1, files)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// The programs of command lines that are named by their paths.
fn named(text: &str, files: &mut Files) {
    for words in commands::simple(text) {
        files.extend(words.iter().find(|w| w.starts_with('/')).map(PathBuf::from));
    }
}

/// Rules of the device manager, and what they start.
fn devices(host: &Host<'_>, files: &mut Files) -> Result<(), Gap> {
    for piece in pieces(host, &directories("udev/rules.d"), ".rules")? {
        commands::udev_programs(&piece.text?).iter().for_each(|(_, text)| named(text, files));
        files.insert(piece.path);
    }
    Ok(())
}

/// What apt and dpkg start around their work.
fn packages(host: &Host<'_>, files: &mut Files) -> Result<(), Gap> {
    let runs = ["Pre-Invoke", "Post-Invoke", "Post-Invoke-Success", "Pre-Install-Pkgs"];
    let options = super::apt_options(host).map_err(|why| Gap::new(GapState::Malformed, why))?;
    for (name, value) in options {
        if name.split("::").any(|part| runs.iter().any(|r| part.eq_ignore_ascii_case(r))) {
            named(&value, files);
        }
    }
    Ok(())
}

/// What the system's message bus starts as root when somebody asks for its name. Where systemd starts
/// it instead, its unit tells.
fn bus(host: &Host<'_>, files: &mut Files) -> Result<(), Gap> {
    for folder in ["/usr/share/dbus-1/system-services", "/usr/local/share/dbus-1/system-services"] {
        for path in host.few(folder, MAX)? {
            if path.extension().is_none_or(|e| e != "service") {
                continue;
            }
            let Some(found) = host.text(&path)? else { continue };
            let value = |name: &str| {
                let all = found.text.lines().filter_map(|l| l.trim().split_once('='));
                let mut all = all.filter(|(key, _)| key.trim() == name).map(|(_, v)| v.trim());
                all.next_back()
            };
            if value("User") == Some("root") && value("SystemdService").is_none() {
                value("Exec").into_iter().for_each(|text| named(text, files));
                files.insert(path);
            }
        }
    }
    Ok(())
}

/// What the kernel starts: for dumps, and for programs of other formats.
fn helpers(host: &Host<'_>, files: &mut Files) -> Result<(), Gap> {
    let pattern = super::sysctl::effective(host, "kernel.core_pattern")?;
    if let Some(command) = pattern.value.as_str().and_then(|v| v.strip_prefix('|')) {
        files.extend(command.split_whitespace().next().map(PathBuf::from));
    }
    for piece in pieces(host, &directories("binfmt.d"), ".conf")? {
        for line in piece.text?.lines() {
            // The first character separates; the interpreter is the sixth field after it.
            let Some(mark) = line.chars().next().filter(|c| !"#; ".contains(*c)) else { continue };
            let interpreter = line.split(mark).nth(6).filter(|i| i.starts_with('/'));
            files.extend(interpreter.map(PathBuf::from));
        }
        files.insert(piece.path);
    }
    Ok(())
}
