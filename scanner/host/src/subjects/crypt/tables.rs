//! `fstab` and `crypttab`, and whether what they name is encrypted.

use std::path::{Path, PathBuf};

use assay_core::Gap;

use crate::Host;
use crate::systemd::{Init, units};

/// A line of `fstab`, or a mount or swap unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount {
    /// The file that says it.
    pub(super) file: String,
    /// The device, as it is written.
    pub(super) source: String,
    /// Where it is mounted.
    pub(super) point: String,
    /// Its line, from 1.
    pub(super) line: u32,
    kind: String,
    options: Vec<String>,
}

/// File systems that hold no data of this host's disks.
const NO_DATA: &[&str] = &[
    "9p",
    "afs",
    "autofs",
    "binfmt_misc",
    "bpf",
    "ceph",
    "cgroup",
    "cgroup2",
    "cifs",
    "configfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "efivarfs",
    "fuse.sshfs",
    "fusectl",
    "glusterfs",
    "hugetlbfs",
    "iso9660",
    "mqueue",
    "nfs",
    "nfs4",
    "none",
    "overlay",
    "proc",
    "pstore",
    "ramfs",
    "securityfs",
    "smb3",
    "squashfs",
    "swap",
    "sysfs",
    "tmpfs",
    "tracefs",
    "udf",
    "udf,iso9660",
    "virtiofs",
];

impl Mount {
    /// Whether it is swap.
    pub(super) fn swap(&self) -> bool {
        self.kind == "swap"
    }

    /// Whether it is a volume with data: no boot files, which must be in clear, no network, no
    /// memory.
    pub(super) fn holds_data(&self) -> bool {
        let boot = ["/boot", "/efi"].iter().any(|b| {
            self.point == *b || self.point.strip_prefix(b).is_some_and(|r| r.starts_with('/'))
        });
        let has = |option: &str| self.options.iter().any(|o| o == option);
        let bound = has("bind") || has("rbind");
        // What somebody puts in and takes out again is no volume of the host.
        let removable = has("noauto") && self.point.starts_with("/media/");
        !boot
            && !bound
            && !removable
            && self.point.starts_with('/')
            && !NO_DATA.contains(&self.kind.as_str())
    }
}

/// Where the key of a mapping comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// A person types it, or a token gives it.
    Asked,
    /// A new one at every start.
    Random,
    /// A program gives it.
    Script,
    /// A file of this host.
    File(PathBuf),
    /// A file of another device.
    Elsewhere,
}

impl Key {
    /// The word used in documents.
    pub(super) const fn as_str(&self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Random => "random",
            Self::Script => "script",
            Self::File(_) => "file",
            Self::Elsewhere => "elsewhere",
        }
    }
}

/// A line of `crypttab`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The name below `/dev/mapper`.
    pub(super) name: String,
    /// The device.
    pub(super) device: String,
    /// Its key.
    pub(super) key: Key,
    /// Its options.
    pub(super) options: Vec<String>,
    /// Its line, from 1.
    pub(super) line: u32,
}

/// Ciphers that do not protect, as parts of their names.
const WEAK: &[&str] = &["ecb", "null", "des", "arc4", "rc4", "cbc-plain"];

impl Entry {
    /// The value of an option.
    pub(super) fn option(&self, name: &str) -> Option<&str> {
        let found = self.options.iter().rev().find_map(|o| o.strip_prefix(name)?.strip_prefix('='));
        found.filter(|v| !v.is_empty())
    }

    /// The format that the options say, where it is not LUKS.
    pub(super) fn format(&self) -> Option<&'static str> {
        let has = |name: &str| self.options.iter().any(|o| o == name);
        match () {
            () if has("luks") => None,
            () if has("tcrypt") || has("tcrypthidden") => Some("tcrypt"),
            () if has("bitlk") => Some("bitlk"),
            () if has("plain") || has("swap") || has("tmp") || self.key == Key::Random => {
                Some("plain")
            }
            () => None,
        }
    }

    fn sound(&self) -> bool {
        let cipher = self.option("cipher").unwrap_or("").to_ascii_lowercase();
        // The vectors of cbc-plain and cbc-plain64 can be told in advance.
        !WEAK.iter().any(|w| cipher.contains(w))
            && self.option("size").and_then(|s| s.parse::<u32>().ok()).is_none_or(|s| s >= 128)
    }
}

/// Whether something is encrypted on the host; the line of `crypttab`, 0 for memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Soundly.
    Sound(u32),
    /// With a cipher that does not protect.
    Weak(u32),
    /// It is not.
    No,
}

impl State {
    /// The word used in documents.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Sound(_) => "sound",
            Self::Weak(_) => "weak",
            Self::No => "none",
        }
    }
}

/// Both tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tables {
    /// Lines of `fstab`, and units that start.
    pub(super) mounts: Vec<Mount>,
    /// Lines of `crypttab`.
    pub(super) mappings: Vec<Entry>,
    /// The kernel's command line opens volumes too.
    kernel: bool,
}

impl Tables {
    /// Reads them. A table that does not exist is empty.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub(super) fn read(host: &Host<'_>) -> Result<Self, Gap> {
        let mut out = Self::default();
        if let Some(found) = host.text("/etc/fstab")? {
            out.mounts = lines(&found.text).filter_map(|(n, f)| mount(n, &f)).collect();
        }
        if let Some(found) = host.text("/etc/crypttab")? {
            for (number, fields) in lines(&found.text) {
                if let Some(entry) = entry(host, number, &fields)? {
                    out.mappings.push(entry);
                }
            }
        }
        out.units(host)?;
        let words = crate::systemd::kernel_words(host)?.unwrap_or_default();
        out.kernel = words.iter().any(|(w, _)| {
            ["rd.luks.", "luks.", "cryptdevice=", "rd_LUKS_"].iter().any(|p| w.starts_with(p))
        });
        Ok(out)
    }

    /// Adds the mounts and swaps of units that start, beside those that `fstab` names.
    fn units(&mut self, host: &Host<'_>) -> Result<(), Gap> {
        let units = units(host)?;
        if units.init != Init::Systemd {
            return Ok(());
        }
        for unit in units.all().filter(|u| u.loaded() && u.fragment.is_some()) {
            let section = match unit.kind() {
                "swap" => "Swap",
                "mount" => "Mount",
                _ => continue,
            };
            let text = |key: &str| unit.last(section, key).map(|a| a.value.clone());
            let (Some(source), Some(place)) = (text("What"), unit.place()) else { continue };
            // What is neither a path nor a name of a device lies on no disk.
            if !source.starts_with('/') && !source.contains('=') {
                continue;
            }
            let point = text("Where").unwrap_or_default();
            let kind = if section == "Swap" { "swap" } else { &text("Type").unwrap_or_default() };
            let known = |m: &Mount| match section {
                "Swap" => m.swap() && m.source == source,
                _ => m.point == point,
            };
            if self.mounts.iter().any(known) || !units.starts(&unit.name).may() {
                continue;
            }
            self.mounts.push(Mount {
                file: place.file.to_string(),
                source,
                point,
                line: place.line,
                kind: kind.to_owned(),
                options: text("Options")
                    .unwrap_or_default()
                    .split(',')
                    .map(str::to_owned)
                    .collect(),
            });
        }
        Ok(())
    }

    /// Whether a device is encrypted. `None`: what it lies on is not written here.
    pub(super) fn state(&self, source: &str) -> Option<State> {
        let name = source
            .strip_prefix("/dev/mapper/")
            .or_else(|| source.strip_prefix("/dev/disk/by-id/dm-name-"));
        if let Some(name) = name {
            if let Some(entry) = self.mappings.iter().find(|e| e.name == name) {
                let state = if entry.sound() { State::Sound } else { State::Weak };
                return Some(state(entry.line));
            }
            return self.closed().then_some(State::No);
        }
        if source.starts_with("/dev/zram") {
            return Some(State::Sound(0));
        }
        let partition = ["/dev/sd", "/dev/nvme", "/dev/vd", "/dev/xvd", "/dev/hd", "/dev/mmcblk"];
        let named =
            ["PARTUUID=", "PARTLABEL=", "/dev/disk/by-partuuid/", "/dev/disk/by-partlabel/"];
        if partition.iter().chain(&named).any(|p| source.starts_with(p)) {
            return Some(State::No);
        }
        if source.starts_with('/') && !source.starts_with("/dev/") {
            return self.under(Path::new(source));
        }
        // A file system's own name: it may lie in a mapping that no other line claims.
        self.closed().then_some(State::No)
    }

    /// Whether every mapping is claimed by a line of its own, so that others lie in none.
    fn closed(&self) -> bool {
        let claimed = |e: &Entry| {
            self.mounts.iter().any(|m| m.source.rsplit('/').next() == Some(e.name.as_str()))
        };
        !self.kernel && self.mappings.iter().all(claimed)
    }

    /// Whether the volume is encrypted that a path lies on.
    pub(super) fn under(&self, path: &Path) -> Option<State> {
        let on = |m: &&Mount| !m.swap() && path.starts_with(&m.point);
        let mount = self.mounts.iter().filter(on).max_by_key(|m| m.point.len())?;
        if mount.source.starts_with('/') && !mount.source.starts_with("/dev/") {
            return None;
        }
        self.state(&mount.source)
    }
}

/// The fields of the lines that say something, with their numbers.
fn lines(text: &str) -> impl Iterator<Item = (u32, Vec<String>)> {
    text.lines().enumerate().filter_map(|(n, line)| {
        let fields: Vec<String> = line.split_whitespace().map(unescape).collect();
        let said = fields.first().is_some_and(|f| !f.starts_with('#'));
        said.then(|| (u32::try_from(n + 1).unwrap_or(u32::MAX), fields))
    })
}

/// Blanks are written as `\040`.
fn unescape(field: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(field.to_owned(), |text, (from, to)| text.replace(from, to))
}

fn mount(line: u32, fields: &[String]) -> Option<Mount> {
    let [source, point, kind, rest @ ..] = fields else { return None };
    let options = rest.first().map(|o| o.split(',').map(str::to_owned).collect());
    let point = if point.len() > 1 { point.trim_end_matches('/') } else { point };
    // Names in quotes are names too.
    let source = source.replace('"', "");
    Some(Mount {
        file: "/etc/fstab".to_owned(),
        source,
        point: point.to_owned(),
        line,
        kind: kind.clone(),
        options: options.unwrap_or_default(),
    })
}

fn entry(host: &Host<'_>, line: u32, fields: &[String]) -> Result<Option<Entry>, Gap> {
    let [name, device, rest @ ..] = fields else { return Ok(None) };
    let options: Vec<String> =
        rest.get(1).map(|o| o.split(',').map(str::to_owned).collect()).unwrap_or_default();
    let has = |name: &str| {
        options.iter().any(|o| o.strip_prefix(name).is_some_and(|r| r.starts_with('=')))
    };
    let written = rest.first().map_or("none", String::as_str);
    let key = match written {
        _ if has("keyscript") => Key::Script,
        "none" | "-" | "" => {
            // systemd looks for a file of the volume's name.
            let mut found = Key::Asked;
            for directory in ["/etc/cryptsetup-keys.d", "/run/cryptsetup-keys.d"] {
                let path = Path::new(directory).join(format!("{name}.key"));
                if found == Key::Asked && host.stat(&path)?.is_some() {
                    found = Key::File(path);
                }
            }
            found
        }
        "/dev/urandom" | "/dev/random" | "/dev/hw_random" => Key::Random,
        path if path.starts_with('/') && path.contains(':') => Key::Elsewhere,
        path if path.starts_with('/') => Key::File(PathBuf::from(path)),
        _ => Key::Elsewhere,
    };
    let (name, device) = (name.clone(), device.clone());
    Ok(Some(Entry { name, device, key, options, line }))
}
