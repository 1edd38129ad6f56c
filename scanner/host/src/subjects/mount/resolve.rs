//! Which of fstab, mount units and drop-ins counts for a mount point (systemd.mount(5),
//! systemd-fstab-generator(8)).
//!
//! The generator makes units of fstab that lie between those of `/etc` and those of `/usr/lib`: a
//! unit or a mask in `/etc` hides the line, and the line hides a unit of the distribution. Drop-ins
//! are applied to whichever counts. Without systemd only fstab counts, and of two lines the later
//! one lies on top.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_core::Gap;

use super::fstab::{FSTAB, Line, below, lines, normal, unit as unit_of};
use super::options::{Flags, Said, read};
use crate::Host;
use crate::merged::masked;
use crate::systemd::{Init, Load, Starts, Unit, Units, kernel_words, units};

/// A file and a line.
pub(crate) type Place = (String, u32);

/// A mount that is made while the host starts.
#[derive(Debug, Clone)]
pub(super) struct Mount {
    /// Source.
    pub source: String,
    /// Type.
    pub kind: String,
    /// What its options say.
    pub said: Said,
    /// Where it is decided.
    pub place: Option<Place>,
    /// Where its options are decided.
    pub options: Option<Place>,
    /// Lines and units that lost: options, place.
    pub others: Vec<(String, Place)>,
}

/// What there is to say of a mount point.
#[derive(Debug, Clone)]
pub(super) enum Point {
    /// Something is mounted.
    Mounted(Mount),
    /// Nothing is, and perhaps a line that says why.
    Nothing(Option<Place>),
    /// It cannot be told.
    Unknown(Gap),
}

/// All that is known of mounts.
#[derive(Debug)]
pub(super) struct Table {
    points: BTreeMap<String, Point>,
}

/// Where the kernel's own file systems are mounted before any unit starts.
const EARLY: [&str; 8] =
    ["/proc", "/sys", "/dev", "/dev/shm", "/dev/pts", "/run", "/sys/fs/cgroup", "/run/lock"];

/// Whether units are made of fstab: its generator can be masked, and the kernel's command line can say
/// that nothing is to be made of it (systemd-fstab-generator(8)).
fn generates(host: &Host<'_>) -> Result<bool, Gap> {
    for folder in ["/etc", "/usr/local/lib"] {
        let path = format!("{folder}/systemd/system-generators/systemd-fstab-generator");
        if masked(host, Path::new(&path)) {
            return Ok(false);
        }
    }
    let words = kernel_words(host)?.unwrap_or_default();
    let said = words.iter().rev().find_map(|(w, _)| w.strip_prefix("fstab="));
    Ok(!said.is_some_and(|v| ["0", "no", "n", "false", "f", "off"].contains(&v)))
}

impl Table {
    /// Reads what there is, for the points of a list and every other one that is configured.
    ///
    /// # Errors
    /// fstab or the units cannot be read.
    pub(super) fn load(host: &Host<'_>, wanted: &[&str]) -> Result<Self, Gap> {
        let mut lines = lines(host)?;
        let units = units(host)?;
        if units.init == Init::Systemd {
            // The root is mounted before systemd starts.
            if !generates(host)? {
                lines.retain(|l| l.target == "/");
            }
            if matches!(units.unit("systemd-remount-fs.service").load, Load::Masked(_)) {
                lines.retain(|l| !EARLY.contains(&l.target.as_str()));
            }
        }
        let mut names: Vec<String> = wanted.iter().map(|p| (*p).to_owned()).collect();
        names.extend(lines.iter().map(|l| l.target.clone()));
        if units.init == Init::Systemd {
            let mounts = units.all().filter(|u| u.kind() == "mount");
            names.extend(mounts.filter_map(|u| {
                let at = u.last("Mount", "Where")?;
                at.value.starts_with('/').then(|| normal(&at.value))
            }));
        }
        names.push("/".to_owned());
        names.sort();
        names.dedup();
        let point = |path: &String| point(&units, &lines, path);
        let mut points = names.iter().map(|n| (n.clone(), point(n))).collect();
        super::late::apply(host, &mut points)?;
        Ok(Self { points })
    }

    /// The points that are known of, in order.
    pub(super) fn paths(&self) -> impl Iterator<Item = &String> {
        self.points.keys()
    }

    /// What there is at a point itself.
    pub(super) fn at(&self, path: &str) -> Option<&Point> {
        self.points.get(path)
    }

    /// The mount that a path lies on, and its point. `None`: the root, of which nobody says anything.
    ///
    /// # Errors
    /// It cannot be told.
    pub(super) fn covering(&self, path: &str) -> Result<(String, Option<&Mount>), Gap> {
        for (name, point) in self.points.iter().rev().filter(|(n, _)| below(path, n)) {
            match point {
                Point::Mounted(mount) => return Ok((name.clone(), Some(mount))),
                Point::Unknown(gap) => return Err(gap.clone()),
                Point::Nothing(_) => {}
            }
        }
        Ok(("/".to_owned(), None))
    }

    /// The flags of the mount that a path lies on, bind mounts followed, with the place.
    ///
    /// # Errors
    /// It cannot be told.
    pub(super) fn flags(&self, path: &str, depth: usize) -> Result<(Flags, Option<Place>), Gap> {
        let (_, mount) = self.covering(path)?;
        let Some(mount) = mount else { return Ok((Flags::default(), None)) };
        // A bind mount without flags of its own keeps those of where it comes from.
        if mount.said.bind && !mount.said.flagged && depth < 16 {
            return Ok((self.flags(&normal(&mount.source), depth + 1)?.0, mount.options.clone()));
        }
        Ok((mount.said.flags, mount.options.clone()))
    }

    /// Whether what is mounted at a point is a volume of its own: no other place of the tree, and not
    /// a part of a volume that is mounted elsewhere too.
    pub(super) fn own(&self, path: &str, mount: &Mount) -> bool {
        if mount.said.bind {
            return false;
        }
        let virtual_kind =
            matches!(mount.kind.as_str(), "tmpfs" | "ramfs" | "nfs" | "nfs4" | "cifs");
        virtual_kind
            || !self.points.iter().any(|(name, point)| match point {
                Point::Mounted(other) => name != path && other.source == mount.source,
                _ => false,
            })
    }
}

fn line(l: &Line) -> Mount {
    let place = Some((FSTAB.to_owned(), l.line));
    Mount {
        source: l.source.clone(),
        kind: l.kind.clone(),
        said: read(&l.options),
        options: place.clone(),
        place,
        others: Vec::new(),
    }
}

fn point(units: &Units, lines: &[Line], path: &str) -> Point {
    let mut own: Vec<&Line> =
        lines.iter().filter(|l| l.target == path && l.kind != "swap").collect();
    if units.init != Init::Systemd {
        // The last one lies on top of the others.
        let Some(last) = own.iter().rposition(|l| read(&l.options).auto) else {
            return early(units, path).map_or_else(
                || Point::Nothing(own.first().map(|l| (FSTAB.to_owned(), l.line))),
                Point::Mounted,
            );
        };
        let winner = own.remove(last);
        return Point::Mounted(losers(line(winner), &own));
    }
    let unit_name = unit_of(path, ".mount");
    let unit = units.unit(&unit_name);
    let mine = unit.fragment.as_ref().is_some_and(|f| f.starts_with("/etc"));
    if EARLY.contains(&path) {
        return early_point(units, unit, &own, path);
    }
    if let Load::Masked(place) = &unit.load
        && (mine || own.is_empty())
    {
        return Point::Nothing(Some((place.file.to_string(), place.line)));
    }
    if let Load::Unreadable(gap) = &unit.load {
        return Point::Unknown(gap.clone());
    }
    let first = if own.is_empty() { None } else { Some(own.remove(0)) };
    let from_unit = unit.loaded() && unit.fragment.is_some() && (mine || first.is_none());
    let pulled = first.is_some_and(|l| {
        let said = read(&l.options);
        said.auto || said.automount
    });
    if !(pulled || path == "/" && first.is_some()) {
        let mut starts = units.starts(&unit_name);
        if !starts.may() {
            let automount = units.starts(&unit_of(path, ".automount"));
            if automount.may() {
                starts = automount;
            }
        }
        match starts {
            Starts::Unknown(gap) => return Point::Unknown(gap),
            Starts::No(_) => {
                let at = first.map(|l| (FSTAB.to_owned(), l.line));
                let file = unit.place().map(|p| (p.file.to_string(), p.line));
                return Point::Nothing(at.or(file));
            }
            _ => {}
        }
    }
    let mut mount = match first {
        Some(l) if !from_unit => {
            let mut mount = line(l);
            drop_ins(unit, &mut mount);
            mount
        }
        _ => of_unit(unit),
    };
    if from_unit && let Some(l) = first {
        mount.others.push((l.options.clone(), (FSTAB.to_owned(), l.line)));
    }
    // A unit of the distribution that loses.
    let weaker = |a: &&crate::systemd::Assignment| a.key == "Options" && !dropped(unit, &a.file);
    if !from_unit
        && unit.loaded()
        && let Some(o) = unit.assignments.iter().find(weaker)
    {
        mount.others.push((o.value.clone(), (o.file.to_string(), o.line)));
    }
    Point::Mounted(losers(mount, &own))
}

fn losers(mut mount: Mount, lines: &[&Line]) -> Mount {
    let all = lines.iter().map(|l| (l.options.clone(), (FSTAB.to_owned(), l.line)));
    mount.others.extend(all);
    mount
}

fn dropped(unit: &Unit, file: &str) -> bool {
    unit.drop_ins.contains(&PathBuf::from(file))
}

/// What drop-ins change of a line of fstab.
fn drop_ins(unit: &Unit, mount: &mut Mount) {
    for a in unit.assignments.iter().filter(|a| a.section == "Mount" && dropped(unit, &a.file)) {
        match a.key.as_str() {
            "Options" => {
                let place = (a.file.to_string(), a.line);
                let before = mount.said.words.join(",");
                if let Some(old) = mount.options.replace(place) {
                    mount.others.push((before, old));
                }
                let auto = (mount.said.auto, mount.said.automount);
                mount.said = read(&a.value);
                (mount.said.auto, mount.said.automount) = auto;
            }
            "What" => a.value.clone_into(&mut mount.source),
            "Type" => a.value.clone_into(&mut mount.kind),
            _ => {}
        }
    }
}

fn of_unit(unit: &Unit) -> Mount {
    let text = |key: &str| unit.last("Mount", key).map(|a| a.value.clone()).unwrap_or_default();
    let own = unit.place().map(|p| (p.file.to_string(), p.line));
    let last = unit.last("Mount", "Options");
    let options = last.map(|a| (a.file.to_string(), a.line)).or_else(|| own.clone());
    let others = unit.assignments.iter().filter(|a| {
        a.section == "Mount" && a.key == "Options" && last.is_none_or(|l| !std::ptr::eq(l, *a))
    });
    let text_options = text("Options");
    let expanded = unit.expand(&text_options).unwrap_or(text_options);
    Mount {
        source: text("What"),
        kind: text("Type"),
        said: read(&expanded),
        place: own,
        options,
        others: others.map(|a| (a.value.clone(), (a.file.to_string(), a.line))).collect(),
    }
}

/// What init itself mounts before anything else. `None`: nothing at this point.
fn early(units: &Units, path: &str) -> Option<Mount> {
    let options = match (path, units.init) {
        ("/dev/shm", Init::OpenRc) => "nosuid,nodev,noexec",
        ("/dev/shm", Init::Systemd | Init::SysV) => "nosuid,nodev",
        ("/run", _) => "nosuid,nodev",
        ("/proc" | "/sys" | "/sys/fs/cgroup", _) => "nosuid,nodev,noexec",
        ("/dev", _) => "nosuid",
        ("/dev/pts", _) => "nosuid,noexec",
        _ => return None,
    };
    let kind = match path {
        "/proc" => "proc",
        "/sys" => "sysfs",
        "/dev/pts" => "devpts",
        "/dev" => "devtmpfs",
        _ => "tmpfs",
    };
    Some(Mount {
        source: kind.to_owned(),
        kind: kind.to_owned(),
        said: read(options),
        place: None,
        options: None,
        others: Vec::new(),
    })
}

/// systemd mounts these itself, then gives them the options of their line of fstab, all of them. A
/// unit finds them mounted and changes nothing until somebody reloads it: its weaker flags count as
/// what is meant, its stronger ones are not known to hold.
fn early_point(units: &Units, unit: &Unit, lines: &[&Line], path: &str) -> Point {
    let mut mount = match (lines.first(), early(units, path)) {
        (Some(l), _) => line(l),
        (None, Some(mount)) => mount,
        (None, None) => return Point::Nothing(None),
    };
    if let Some(rest) = lines.get(1..) {
        mount = losers(mount, rest);
    }
    let Some(options) = unit
        .last("Mount", "Options")
        .filter(|_| unit.load != Load::NotFound || !unit.drop_ins.is_empty())
    else {
        return Point::Mounted(mount);
    };
    let (have, says) = (mount.said.flags, read(&options.value).flags);
    let place = (options.file.to_string(), options.line);
    let weaker = (have.nosuid && !says.nosuid)
        || (have.nodev && !says.nodev)
        || (have.noexec && !says.noexec);
    let stronger = (!have.nosuid && says.nosuid)
        || (!have.nodev && says.nodev)
        || (!have.noexec && says.noexec);
    if weaker {
        let before = mount.said.words.join(",");
        if let Some(old) = mount.options.replace(place) {
            mount.others.push((before, old));
        }
        mount.said.flags.nosuid &= says.nosuid;
        mount.said.flags.nodev &= says.nodev;
        mount.said.flags.noexec &= says.noexec;
    } else if stronger {
        let detail = format!(
            "{}:{}: {path} is mounted before any unit starts; only the running host tells whether these options hold (a line of {FSTAB} would)",
            place.0, place.1
        );
        return Point::Unknown(Gap::new(assay_core::GapState::Unsupported, detail));
    }
    Point::Mounted(mount)
}
