//! What else starts at boot: scripts of SysV init and OpenRC, and what well-known generators add.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_core::Gap;

use super::files::{Files, is_null};
use super::parse::Assignment;
use super::specifier::Facts;
use super::unit::{Load, Place, Source, Unit};
use crate::{FileKind, Host};

/// Who starts a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Init {
    /// systemd.
    Systemd,
    /// OpenRC: runlevels in `/etc/runlevels`.
    OpenRc,
    /// SysV init: links in `/etc/rcN.d`.
    SysV,
    /// Nobody: an image that holds no init.
    None,
}

impl Init {
    /// Finds it: by `/sbin/init`, else by what is installed.
    pub(crate) fn of(host: &Host<'_>) -> Result<Self, Gap> {
        let root = host.root();
        let init = root.resolve(Path::new("/sbin/init")).ok();
        let name = init.as_deref().and_then(Path::file_name).and_then(|n| n.to_str()).unwrap_or("");
        let systemd = host.stat("/usr/lib/systemd/systemd")?.is_some()
            || host.stat("/lib/systemd/systemd")?.is_some();
        let openrc = host.stat("/etc/runlevels")?.is_some_and(|s| s.kind == FileKind::Directory)
            && (host.stat("/sbin/openrc")?.is_some() || host.stat("/usr/sbin/openrc")?.is_some());
        Ok(if name == "systemd" || (name.is_empty() && systemd) {
            Self::Systemd
        } else if openrc {
            Self::OpenRc
        } else if !name.is_empty() && host.stat("/etc/inittab")?.is_some() {
            Self::SysV
        } else if systemd {
            Self::Systemd
        } else {
            Self::None
        })
    }

    /// The word used in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::OpenRc => "openrc",
            Self::SysV => "sysv",
            Self::None => "none",
        }
    }
}

/// A unit that no unit file describes, and what pulls it in.
pub(crate) type Extra = (Unit, Vec<(String, Place)>);

/// Scripts as units, with the targets that pull them in (`default.target` without systemd).
pub(crate) fn scripts(
    host: &Host<'_>,
    init: Init,
    files: &Files,
    facts: &Arc<Facts>,
) -> Result<Vec<Extra>, Gap> {
    match init {
        Init::None => Ok(Vec::new()),
        Init::OpenRc => openrc(host, facts),
        Init::SysV => sysv(host, None, facts),
        Init::Systemd => {
            if generator(host, "systemd-sysv-generator")? {
                sysv(host, Some(files), facts)
            } else {
                Ok(Vec::new())
            }
        }
    }
}

/// Whether a generator of this name runs: the first of its directories decides, and may mask it.
fn generator(host: &Host<'_>, name: &str) -> Result<bool, Gap> {
    for directory in [
        "/etc/systemd/system-generators",
        "/usr/local/lib/systemd/system-generators",
        "/usr/lib/systemd/system-generators",
        "/lib/systemd/system-generators",
    ] {
        let path = Path::new(directory).join(name);
        if host.lstat(&path)?.is_some() {
            let runs = host.stat(&path)?.is_some_and(|s| s.mode & 0o111 != 0);
            return Ok(runs && !is_null(host, &path)?);
        }
    }
    Ok(false)
}

/// Wants that well-known generators add: target, unit, source.
pub(crate) fn generated(
    host: &Host<'_>,
    facts: &Facts,
) -> Result<Vec<(String, String, Place)>, Gap> {
    let mut out = Vec::new();
    if generator(host, "systemd-rc-local-generator")? {
        for path in ["/etc/rc.local", "/etc/rc.d/rc.local"] {
            let file = host.stat(path)?;
            if file.is_some_and(|s| s.kind == FileKind::File && s.mode & 0o111 != 0) {
                let place = Place::of(Path::new(path));
                out.push(("multi-user.target".to_owned(), "rc-local.service".to_owned(), place));
                break;
            }
        }
    }
    let off = facts.cmdline.iter().flatten().any(|w| w == "cloud-init=disabled");
    if generator(host, "cloud-init-generator")?
        && !off
        && host.stat("/etc/cloud/cloud-init.disabled")?.is_none()
    {
        let place = Place::of(Path::new("/usr/lib/systemd/system-generators/cloud-init-generator"));
        out.push(("multi-user.target".to_owned(), "cloud-init.target".to_owned(), place));
    }
    Ok(out)
}

fn script(path: &Path, stem: &str, facts: &Arc<Facts>) -> Unit {
    let file: Arc<str> = path.display().to_string().into();
    let assignment = |key: &str, value: String| Assignment {
        section: "Service".to_owned(),
        key: key.to_owned(),
        value,
        file: file.clone(),
        line: 1,
    };
    Unit {
        name: format!("{stem}.service"),
        aliases: Vec::new(),
        load: Load::Loaded,
        source: Source::Script,
        fragment: Some(path.to_owned()),
        hidden: Vec::new(),
        drop_ins: Vec::new(),
        assignments: vec![
            assignment("Type", "forking".to_owned()),
            assignment("ExecStart", format!("{} start", path.display())),
        ],
        facts: Arc::clone(facts),
    }
}

/// Executable files of `/etc/init.d` by name.
fn init_d(host: &Host<'_>) -> Result<BTreeMap<String, PathBuf>, Gap> {
    let mut out = BTreeMap::new();
    for path in host.list("/etc/init.d")?.unwrap_or_default() {
        let Some(name) = path.file_name().and_then(|n| n.to_str()) else { continue };
        let Some(stat) = host.stat(&path)? else { continue };
        let skipped =
            ["README", "functions", "functions.sh", "halt", "killall", "single", "rc", "rcS"];
        if stat.kind == FileKind::File && stat.mode & 0o111 != 0 && !skipped.contains(&name) {
            let stem = name.strip_suffix(".sh").unwrap_or(name).to_owned();
            out.insert(stem, path);
        }
    }
    Ok(out)
}

fn sysv(host: &Host<'_>, native: Option<&Files>, facts: &Arc<Facts>) -> Result<Vec<Extra>, Gap> {
    let mut units: BTreeMap<String, Extra> = BTreeMap::new();
    for (stem, path) in init_d(host)? {
        let unit = script(&path, &stem, facts);
        let hidden = native.is_some_and(|f| f.names.contains_key(&unit.name));
        if !hidden && super::name::valid(&unit.name) {
            units.insert(stem, (unit, Vec::new()));
        }
    }
    let levels: Vec<(String, &str)> = if native.is_some() {
        let all =
            [("2", "multi-user.target"), ("3", "multi-user.target"), ("4", "multi-user.target")];
        let more = [("5", "graphical.target"), ("1", "rescue.target")];
        all.into_iter().chain(more).map(|(n, t)| (n.to_owned(), t)).collect()
    } else {
        let level = runlevel(host)?;
        vec![("S".to_owned(), "default.target"), (level, "default.target")]
    };
    for (level, target) in levels {
        for base in ["/etc", "/etc/rc.d"] {
            let directory = format!("{base}/rc{level}.d");
            for link in host.list(&directory)?.unwrap_or_default() {
                let name = link.file_name().and_then(|n| n.to_str()).unwrap_or("");
                let Some(stem) = name.strip_prefix('S').and_then(|n| n.get(2..)) else { continue };
                let stem = stem.strip_suffix(".sh").unwrap_or(stem);
                if let Some((_, wants)) = units.get_mut(stem) {
                    wants.push((target.to_owned(), Place::of(&link)));
                }
            }
        }
    }
    Ok(units.into_values().collect())
}

/// The default runlevel of `/etc/inittab`; Debian's where it says none.
fn runlevel(host: &Host<'_>) -> Result<String, Gap> {
    let text = host.text("/etc/inittab")?.map(|f| f.text);
    let level = text.iter().flat_map(|t| t.lines()).find_map(|l| {
        let mut parts = l.split(':');
        let level = parts.nth(1)?;
        (parts.next()? == "initdefault").then(|| level.to_owned())
    });
    Ok(level.unwrap_or_else(|| "2".to_owned()))
}

fn openrc(host: &Host<'_>, facts: &Arc<Facts>) -> Result<Vec<Extra>, Gap> {
    let mut units: BTreeMap<String, Extra> = BTreeMap::new();
    for (stem, path) in init_d(host)? {
        let unit = script(&path, &stem, facts);
        units.insert(stem, (unit, Vec::new()));
    }
    for level in ["sysinit", "boot", "default"] {
        for link in host.list(Path::new("/etc/runlevels").join(level))?.unwrap_or_default() {
            let Some(stem) = link.file_name().and_then(|n| n.to_str()) else { continue };
            // A link that leads nowhere starts nothing.
            if host.stat(&link)?.is_none() {
                continue;
            }
            if let Some((_, wants)) = units.get_mut(stem) {
                wants.push(("default.target".to_owned(), Place::of(&link)));
            }
        }
    }
    Ok(units.into_values().collect())
}
