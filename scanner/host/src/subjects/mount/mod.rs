//! `linux.mount`: what is mounted where after a start, and with which options.

mod fstab;
mod late;
mod options;
mod resolve;
#[cfg(test)]
mod tests;

use std::path::Path;

use assay_core::{Gap, Resource};
use serde_json::Value;

use crate::{Host, Loser, Miss, Origin, Output, Setting, Subject, boot};
pub(crate) use resolve::Place;
use resolve::{Mount, Point, Table};

const KIND: &str = "linux.mount";

/// The subject.
pub(crate) static SUBJECT: Subject = Subject { name: "mount", types: &[KIND], collect };

/// Directories that have a document whether something is mounted there or not.
const WANTED: [&str; 10] = [
    "/",
    "/boot",
    "/dev/shm",
    "/home",
    "/opt",
    "/tmp",
    "/var",
    "/var/log",
    "/var/log/audit",
    "/var/tmp",
];

/// The units that the lines of fstab become.
///
/// # Errors
/// It cannot be read.
pub(crate) fn fstab_units(host: &Host<'_>) -> Result<Vec<String>, Gap> {
    let lines = fstab::lines(host)?;
    let mounts = lines.iter().filter(|l| l.kind != "swap");
    Ok(mounts.map(|l| fstab::unit(&l.target, ".mount")).collect())
}

/// The type of what a path lies on after a start, and the line that says so. `None`: nobody says.
///
/// # Errors
/// It cannot be told.
pub(crate) fn kind_at(host: &Host<'_>, path: &str) -> Result<Option<(String, Option<Place>)>, Gap> {
    let table = Table::load(host, &[path])?;
    let (_, mount) = table.covering(path)?;
    Ok(mount.map(|m| (m.kind.clone(), m.place.clone())))
}

/// Where something is mounted after a start, the root left out.
///
/// # Errors
/// It cannot be told.
pub(crate) fn points(host: &Host<'_>) -> Result<Vec<String>, Gap> {
    let table = Table::load(host, &[])?;
    let mounted = |p: &&String| matches!(table.at(p), Some(Point::Mounted(_)));
    Ok(table.paths().filter(mounted).filter(|p| *p != "/").cloned().collect())
}

/// Most mount points that get a document.
const MAX_POINTS: usize = 1024;

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    // The mounts of a container are its engine's.
    if !boot::starts(host) {
        return out.listed(KIND, Ok(()));
    }
    let table = match Table::load(host, &WANTED) {
        Ok(table) => table,
        Err(gap) => return out.listed(KIND, Err(gap)),
    };
    let paths: Vec<&String> = table.paths().collect();
    if paths.len() > MAX_POINTS {
        let detail = format!("more than {MAX_POINTS} mount points are configured");
        return out.listed(KIND, Err(Gap::new(assay_core::GapState::Malformed, detail)));
    }
    let running = if host.running() { Some(running(host)) } else { None };
    for path in paths {
        let mut doc = document(host, &table, path);
        match &running {
            Some(Ok(mounts)) => set_running(mounts, path, &mut doc),
            Some(Err(gap)) => {
                doc.lose("RunningSeparate", gap.clone());
                doc.lose("RunningOptions", gap.clone());
            }
            None => {}
        }
        out.put(doc);
    }
    out.listed(KIND, Ok(()));
}

/// A setting that a place decides.
fn setting(value: impl Into<Value>, place: Option<&Place>) -> Setting {
    match place {
        Some((file, line)) => Setting::in_file(value, Path::new(file), *line),
        None => Setting::of(value, Origin::Default),
    }
}

/// Facets of what lies at a place itself.
const PLACE: [&str; 4] = ["Separate", "OwnVolume", "Source", "FsType"];
/// Facets of what may be done there.
const FLAGS: [&str; 4] = ["NoSuid", "NoDev", "NoExec", "ReadOnly"];

fn document(host: &Host<'_>, table: &Table, path: &str) -> Resource {
    let mut out = host.document(KIND, path);
    let mut put = |facet: &str, value: Value| {
        out.properties.insert(facet.to_owned(), value);
    };
    put("MountPoint", path.into());
    // A link leads to another place, and that is what counts.
    let real = match host.root().resolve(Path::new(path)) {
        Ok(real) => real.display().to_string(),
        Err(miss @ (Miss::Denied | Miss::Failed(_))) => {
            for facet in
                ["Path", "Exists", "Covering", "Options"].iter().chain(&PLACE).chain(&FLAGS)
            {
                out.lose(facet, crate::gap(Path::new(path), &miss));
            }
            return out;
        }
        Err(_) => path.to_owned(),
    };
    put("Path", real.as_str().into());
    match host.stat(path) {
        // Made anew at every start.
        _ if ["/dev/", "/proc/", "/run/", "/sys/"].iter().any(|p| path.starts_with(p)) => {
            put("Exists", true.into());
        }
        Ok(stat) => put("Exists", stat.is_some().into()),
        Err(gap) => out.lose("Exists", gap),
    }
    separate(table, &real, &mut out);
    match table.covering(&real) {
        Ok((name, mount)) => {
            out.properties.insert("Covering".to_owned(), name.into());
            out.properties.insert("Options".to_owned(), options(mount).json());
        }
        Err(gap) => {
            out.lose("Covering", gap.clone());
            out.lose("Options", gap);
        }
    }
    match table.flags(&real, 0) {
        Ok((flags, place)) => {
            for (facet, on) in [
                ("NoSuid", flags.nosuid),
                ("NoDev", flags.nodev),
                ("NoExec", flags.noexec),
                ("ReadOnly", flags.readonly),
            ] {
                let value = setting(on, place.as_ref()).json();
                out.properties.insert(facet.to_owned(), value);
            }
        }
        Err(gap) => {
            for facet in FLAGS {
                out.lose(facet, gap.clone());
            }
        }
    }
    out
}

fn options(mount: Option<&Mount>) -> Setting {
    let Some(mount) = mount else { return setting(Vec::<Value>::new(), None) };
    let words: Vec<Value> = mount.said.words.iter().map(|w| w.as_str().into()).collect();
    let mut out = setting(words, mount.options.as_ref());
    out.others = mount
        .others
        .iter()
        .map(|(value, (file, line))| Loser {
            value: value.as_str().into(),
            file: file.clone(),
            line: *line,
        })
        .collect();
    out
}

/// Whether something is mounted at the point, and whether it is a volume of its own.
fn separate(table: &Table, real: &str, out: &mut Resource) {
    let (mounted, own, source, kind) = match table.at(real) {
        Some(Point::Mounted(mount)) => {
            let place = mount.place.as_ref();
            (
                setting(true, place),
                setting(table.own(real, mount), place),
                Value::from(mount.source.as_str()),
                Value::from(mount.kind.as_str()),
            )
        }
        Some(Point::Nothing(place)) => {
            let no = setting(false, place.as_ref());
            (no.clone(), no, Value::Null, Value::Null)
        }
        None => {
            let no = setting(false, None);
            (no.clone(), no, Value::Null, Value::Null)
        }
        Some(Point::Unknown(gap)) => {
            // Only its options are in doubt where the kernel's own file systems lie.
            for facet in PLACE {
                out.lose(facet, gap.clone());
            }
            return;
        }
    };
    out.properties.insert("Separate".to_owned(), mounted.json());
    out.properties.insert("OwnVolume".to_owned(), own.json());
    out.properties.insert("Source".to_owned(), source);
    out.properties.insert("FsType".to_owned(), kind);
}

/// Mount point and options, from `/proc/self/mountinfo` (proc(5)), in the order of mounting.
fn running(host: &Host<'_>) -> Result<Vec<(String, Vec<String>)>, Gap> {
    let path = Path::new("/proc/self/mountinfo");
    let bytes = host.root().read(path).map_err(|miss| crate::gap(path, &miss))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let line = |line: &str| {
        let mut fields = line.split(' ').skip(4);
        let (point, options) = (fields.next()?, fields.next()?);
        Some((fstab::unescape(point), options::split(options)))
    };
    Ok(text.lines().filter_map(line).collect())
}

fn set_running(mounts: &[(String, Vec<String>)], path: &str, out: &mut Resource) {
    let own = mounts.iter().any(|(point, _)| point == path);
    out.properties.insert("RunningSeparate".to_owned(), own.into());
    let deepest = mounts
        .iter()
        .filter(|(point, _)| fstab::below(path, point))
        .max_by_key(|(point, _)| point.len());
    let options = deepest.map(|(_, o)| o.clone()).unwrap_or_default();
    out.properties.insert("RunningOptions".to_owned(), options.into());
}
