//! Which files make up which unit: the directories in order, links, aliases, masks, drop-ins.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use assay_core::{Gap, GapState};

use super::name;
use crate::{FileKind, Host};

/// Directories of units, the first wins. What lies in `/run` is gone at the next start and is not
/// read.
const DIRECTORIES: [&str; 6] = [
    "/etc/systemd/system.control",
    "/etc/systemd/system",
    "/etc/systemd/system.attached",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// Most links that an alias leads through.
const MAX_HOPS: usize = 32;

/// Most names that are taken in.
const MAX_NAMES: usize = 50_000;

/// What a name in one directory is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A file to read, perhaps by a link that leads out of the directories.
    File {
        /// What to read.
        path: PathBuf,
        /// Whether a link leads there.
        linked: bool,
    },
    /// A link to `/dev/null`, or an empty file.
    Mask,
    /// A link to another unit.
    Alias(String),
}

/// The unit files of a host by name.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// The directories that exist.
    pub(crate) directories: Vec<PathBuf>,
    /// Name to all its entries, in order of the directories; the first is in force.
    pub(crate) names: BTreeMap<String, Vec<(PathBuf, Entry)>>,
    /// Directories of drop-ins, wants… that exist, by path.
    below: BTreeMap<PathBuf, Vec<PathBuf>>,
    /// Links of these directories that lead to nothing.
    nowhere: BTreeSet<PathBuf>,
    /// Where the links of these directories lead, by path: the last part only.
    targets: BTreeMap<PathBuf, String>,
    /// Alias to the name that it stands for, and back.
    aliases: BTreeMap<String, BTreeSet<String>>,
}

impl Files {
    /// Lists every directory.
    ///
    /// # Errors
    /// A directory that cannot be listed: then no answer about any unit is sure.
    pub(crate) fn load(host: &Host<'_>) -> Result<Self, Gap> {
        let mut files = Self::default();
        for directory in DIRECTORIES.map(Path::new) {
            let merged = directory.starts_with("/lib")
                && host.lstat("/lib")?.is_some_and(|s| s.kind == FileKind::Link);
            if merged {
                continue;
            }
            let Some(paths) = host.list(directory)? else { continue };
            files.directories.push(directory.to_owned());
            crate::at_most(&directory.display(), "names", paths.len(), MAX_NAMES)?;
            for path in paths {
                files.take(host, directory, path)?;
            }
        }
        let names: Vec<String> = files.names.keys().cloned().collect();
        for alias in names {
            let id = files.id(&alias);
            if id != alias {
                files.aliases.entry(id).or_default().insert(alias);
            }
        }
        Ok(files)
    }

    /// Masks a unit, above all directories; `by`: the file that says so.
    pub(crate) fn mask(&mut self, unit: &str, by: &str) {
        self.names.entry(unit.to_owned()).or_default().insert(0, (PathBuf::from(by), Entry::Mask));
    }

    fn take(&mut self, host: &Host<'_>, directory: &Path, path: PathBuf) -> Result<(), Gap> {
        let Some(base) = path.file_name().and_then(|n| n.to_str()) else { return Ok(()) };
        let suffixes = [".d", ".wants", ".requires", ".upholds"];
        if suffixes.iter().any(|s| base.ends_with(s)) {
            let inside = match host.list(&path) {
                Ok(Some(inside)) => inside,
                Ok(None) => return Ok(()),
                // The first answer counts: a directory that opens again meanwhile was not read.
                Err(gap) => {
                    let directory =
                        host.stat(&path)?.is_some_and(|s| s.kind == FileKind::Directory);
                    return if directory { Err(gap) } else { Ok(()) };
                }
            };
            for link in inside.iter().filter(|_| !base.ends_with(".d")) {
                if host.lstat(link)?.is_none_or(|s| s.kind != FileKind::Link) {
                    continue;
                }
                let Some(target) = host.link(link)? else { continue };
                // A link to nowhere takes the name out, as a mask does.
                if is_null(host, link)? {
                    self.nowhere.insert(link.clone());
                }
                if let Some(name) = target.file_name().and_then(|n| n.to_str()) {
                    self.targets.insert(link.clone(), name.to_owned());
                }
            }
            self.below.insert(path, inside);
            return Ok(());
        }
        if !name::valid(base) {
            return Ok(());
        }
        let base = base.to_owned();
        if let Some(entry) = self.entry(host, directory, &path, &base)? {
            self.names.entry(base).or_default().push((path, entry));
        }
        Ok(())
    }

    /// What one name in a directory is. `None`: nothing that counts.
    fn entry(
        &self,
        host: &Host<'_>,
        directory: &Path,
        path: &Path,
        base: &str,
    ) -> Result<Option<Entry>, Gap> {
        let Some(stat) = host.lstat(path)? else { return Ok(None) };
        if stat.kind == FileKind::File {
            let mask = stat.size == 0;
            let file = Entry::File { path: path.to_owned(), linked: false };
            return Ok(Some(if mask { Entry::Mask } else { file }));
        }
        if stat.kind != FileKind::Link {
            return Ok(None);
        }
        let Some(target) = host.link(path)? else { return Ok(None) };
        let target = absolute(host, directory, &target);
        if target == Path::new("/dev/null") {
            return Ok(Some(Entry::Mask));
        }
        let inside = DIRECTORIES.iter().find_map(|d| target.strip_prefix(d).ok());
        let inside = inside.or_else(|| target.strip_prefix("/run/systemd/generator").ok());
        let Some(inside) = inside else {
            if is_null(host, path)? {
                return Ok(Some(Entry::Mask));
            }
            return Ok(Some(Entry::File { path: target, linked: true }));
        };
        let Some(other) = inside.file_name().and_then(|n| n.to_str()) else { return Ok(None) };
        if other == base {
            return Ok(None);
        }
        let fits = name::valid(other)
            && name::kind(other) == name::kind(base)
            && inside.components().count() == 1;
        Ok(fits.then(|| Entry::Alias(other.to_owned())))
    }

    /// The name that a name stands for: itself where it is no alias.
    pub(crate) fn id(&self, wanted: &str) -> String {
        let mut here = wanted.to_owned();
        for _ in 0..MAX_HOPS {
            let next = match self.first(&here) {
                Some(Entry::Alias(other)) => other.clone(),
                Some(_) => return here,
                None => {
                    let template = name::template(&here).and_then(|t| self.first(&t));
                    match template {
                        Some(Entry::Alias(other)) => other.clone(),
                        _ => return here,
                    }
                }
            };
            let instance = name::parts(&here).and_then(|(_, i, _)| i.map(str::to_owned));
            here = match instance {
                Some(i) if name::is_template(&next) => name::instantiate(&next, &i),
                _ => next,
            };
        }
        wanted.to_owned()
    }

    /// The entry in force for a name, its template's where it has none itself.
    pub(crate) fn entry_of(&self, id: &str) -> Option<&(PathBuf, Entry)> {
        self.all_of(id).first()
    }

    /// Every entry of a name (or of its template), the one in force first.
    pub(crate) fn all_of(&self, id: &str) -> &[(PathBuf, Entry)] {
        let own = self.names.get(id);
        let found = own.or_else(|| self.names.get(&name::template(id)?));
        found.map_or(&[], Vec::as_slice)
    }

    fn first(&self, name: &str) -> Option<&Entry> {
        self.names.get(name).and_then(|all| all.first()).map(|(_, entry)| entry)
    }

    /// The id with every alias of it.
    pub(crate) fn names_of(&self, id: &str) -> Vec<String> {
        let mut out = vec![id.to_owned()];
        out.extend(self.aliases.get(id).into_iter().flatten().cloned());
        if let (Some(template), Some((_, Some(instance), _))) =
            (name::template(id), name::parts(id))
        {
            let of_template = self.aliases.get(&template).into_iter().flatten();
            out.extend(of_template.map(|a| name::instantiate(a, instance)));
        }
        out
    }

    /// The files in the directories `<name>.d`, `<name>.wants`… that hold for a unit, in the order
    /// in which they are applied. A name in an earlier directory hides later ones.
    pub(crate) fn beside(&self, id: &str, suffix: &str) -> Vec<PathBuf> {
        let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
        let mut take = |directory: PathBuf| {
            for path in self.below.get(&directory).into_iter().flatten() {
                let Some(base) = path.file_name().and_then(|n| n.to_str()) else { continue };
                if suffix != ".d" || base.ends_with(".conf") {
                    found.entry(base.to_owned()).or_insert_with(|| path.clone());
                }
            }
        };
        let names = self.names_of(id);
        for chain in names.iter().map(|n| name::chain(n)) {
            for directory in &self.directories {
                for name in &chain {
                    take(directory.join(format!("{name}{suffix}")));
                }
            }
        }
        for directory in &self.directories {
            if let Some(kind) = name::kind(id) {
                take(directory.join(format!("{kind}{suffix}")));
            }
        }
        found.into_values().collect()
    }

    /// The names of a kind that have directories of drop-ins.
    pub(crate) fn dropped(&self, kind: &str) -> Vec<String> {
        let names = self.below.keys().filter_map(|d| d.file_name()?.to_str()?.strip_suffix(".d"));
        names.filter(|n| n.ends_with(kind) && name::valid(n)).map(str::to_owned).collect()
    }

    /// Whether a name in a directory of wants or its like is a link that leads to something.
    pub(crate) fn is_link(&self, path: &Path) -> bool {
        self.targets.contains_key(path) && !self.nowhere.contains(path)
    }

    /// Every link of the directories of wants and its like, with the name of what it leads to.
    pub(crate) fn links(&self) -> impl Iterator<Item = (&PathBuf, &String)> {
        self.targets.iter()
    }
}

/// Whether a name leads to `/dev/null`, perhaps by several links. The device itself is not on a disk
/// that does not run.
///
/// # Errors
/// One of the links cannot be looked at.
pub(crate) fn is_device(host: &Host<'_>, path: &Path) -> Result<bool, Gap> {
    let mut here = path.to_owned();
    for _ in 0..MAX_HOPS {
        let target = match host.link(&here) {
            Ok(Some(target)) => target,
            // No link, or one that leads in a circle.
            Ok(None) => return Ok(here == Path::new("/dev/null")),
            Err(gap) if gap.state == GapState::Malformed => {
                return Ok(here == Path::new("/dev/null"));
            }
            Err(gap) => return Err(gap),
        };
        let above = here.parent().unwrap_or(Path::new("/")).to_owned();
        here = absolute(host, &above, &target);
    }
    Ok(false)
}

/// Whether a file says nothing: a link to `/dev/null`, or empty.
///
/// # Errors
/// It cannot be looked at.
pub(crate) fn is_null(host: &Host<'_>, path: &Path) -> Result<bool, Gap> {
    if is_device(host, path)? {
        return Ok(true);
    }
    match host.stat(path) {
        Ok(stat) => Ok(stat.is_some_and(|s| s.kind == FileKind::File && s.size == 0)),
        Err(gap) if gap.state == GapState::Malformed => Ok(false),
        Err(gap) => Err(gap),
    }
}

/// A link's target as a path from the root, the directory's own links followed.
fn absolute(host: &Host<'_>, directory: &Path, target: &Path) -> PathBuf {
    let joined = if target.is_absolute() { target.to_owned() } else { directory.join(target) };
    let mut out = PathBuf::from("/");
    for part in joined.components() {
        match part {
            Component::Normal(p) => out.push(p),
            Component::ParentDir => {
                out.pop();
            }
            _ => {}
        }
    }
    // Where /lib is a link, its units are those of /usr/lib.
    match (out.parent(), out.file_name()) {
        (Some(above), Some(base)) => {
            host.root().resolve(above).map_or_else(|_| out.clone(), |above| above.join(base))
        }
        _ => out,
    }
}
