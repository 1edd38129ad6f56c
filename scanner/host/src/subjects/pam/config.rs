//! The stacks of a service: its file, the files that it takes in, and `other`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use assay_core::{Gap, GapState};

use super::control::{Action, Actions, actions};
use super::entry::{AUTH, Entry, Kind, TYPES};
use super::lex::{Words, lines};
use super::modules::Modules;
use crate::{FileKind, Host};

/// Levels of files within files: libpam gives up there.
const MAX_LEVEL: u8 = 16;
/// Most entries of one service.
const MAX_ENTRIES: usize = 2000;

/// The stacks of one service.
#[derive(Debug, Clone, Default)]
pub(super) struct Stacks {
    /// By type; `None`: every call fails.
    pub(super) of: Option<[Vec<Entry>; 4]>,
    /// Its own file.
    pub(super) file: Option<PathBuf>,
}

impl Stacks {
    /// The stack of a type. `None`: every call fails.
    pub(super) fn get(&self, kind: usize) -> Option<&[Entry]> {
        self.of.as_ref().and_then(|s| s.get(kind)).map(Vec::as_slice)
    }
}

/// How this host's libpam reads.
pub(super) struct Config<'h> {
    host: &'h Host<'h>,
    /// Where files of services lie, in the order in which they win; none: `/etc/pam.conf`.
    directories: Vec<PathBuf>,
    /// Debian's: knows `@include`, and takes files in from `/etc/pam.d` alone.
    debian: bool,
    modules: Modules<'h>,
    known: RefCell<BTreeMap<String, Result<Rc<Stacks>, Gap>>>,
}

/// Why a file does not become stacks.
enum Broken {
    /// libpam itself refuses it.
    Refused,
    /// It could not be read here.
    Gap(Gap),
}

impl From<Gap> for Broken {
    fn from(gap: Gap) -> Self {
        Self::Gap(gap)
    }
}

type Lists = [Vec<Entry>; 4];

/// Where a file stands in another.
#[derive(Clone, Copy)]
struct Place<'a> {
    service: Option<&'a str>,
    wanted: Option<usize>,
    depth: u8,
    level: u8,
}

impl<'h> Config<'h> {
    /// Finds out how.
    ///
    /// # Errors
    /// A directory that cannot be looked at.
    pub(super) fn of(host: &'h Host<'h>, modules: Modules<'h>) -> Result<Self, Gap> {
        let debian = host.stat("/etc/debian_version")?.is_some();
        let all: &[&str] = if debian {
            &["/etc/pam.d", "/usr/lib/pam.d"]
        } else {
            &["/etc/pam.d", "/usr/lib/pam.d", "/usr/etc/pam.d", "/usr/share/pam.d"]
        };
        let mut directories = Vec::new();
        for path in all {
            if host.stat(path)?.is_some_and(|s| s.kind == FileKind::Directory) {
                directories.push(PathBuf::from(path));
            }
        }
        Ok(Self { host, directories, debian, modules, known: RefCell::default() })
    }

    /// The names of services that have a file, or lines in `/etc/pam.conf`. libpam asks in small
    /// letters only.
    ///
    /// # Errors
    /// A directory that cannot be listed.
    pub(super) fn services(&self) -> Result<Vec<String>, Gap> {
        let mut out = Vec::new();
        for directory in &self.directories {
            for path in self.host.list(directory)?.unwrap_or_default() {
                if let Some(name) = path.file_name().and_then(|n| n.to_str()) {
                    out.push(name.to_owned());
                }
            }
        }
        if self.directories.is_empty()
            && let Some(found) = self.host.text("/etc/pam.conf")?
        {
            let all = lines(&found.text).all;
            out.extend(all.iter().filter_map(|(_, l)| Words::of(l).next()));
            out.iter_mut().for_each(|s| s.make_ascii_lowercase());
        }
        out.retain(|n| !n.bytes().any(|b| b.is_ascii_uppercase()));
        out.sort();
        out.dedup();
        Ok(out)
    }

    /// The stacks of a service, with what it takes from `other`.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(super) fn stacks(&self, service: &str) -> Result<Rc<Stacks>, Gap> {
        if let Some(known) = self.known.borrow().get(service) {
            return known.clone();
        }
        let read = self.read(service).map(Rc::new);
        self.known.borrow_mut().insert(service.to_owned(), read.clone());
        read
    }

    fn read(&self, service: &str) -> Result<Stacks, Gap> {
        let mut out = Stacks::default();
        let top = |service| Place { service, wanted: None, depth: 0, level: 0 };
        let (mut own, mut other) = (Lists::default(), Lists::default());
        let refused = if self.directories.is_empty() {
            let path = Path::new("/etc/pam.conf");
            out.file = self.host.stat(path)?.map(|_| path.to_owned());
            let one = self.parse(path, service, top(None), &mut own);
            let two = self.parse(path, "other", top(None), &mut other);
            refused(one)? || refused(two)? || out.file.is_none()
        } else {
            out.file = self.open(service)?;
            let fallback = self.open("other")?;
            let mut wrong = out.file.is_none() && fallback.is_none();
            if let Some(path) = &out.file {
                wrong |= refused(self.parse(path, service, top(Some(service)), &mut own))?;
            }
            if let Some(path) = &fallback {
                wrong |= refused(self.parse(path, "other", top(Some("other")), &mut other))?;
            }
            wrong
        };
        if refused {
            return Ok(out);
        }
        for (own, other) in own.iter_mut().zip(other) {
            if own.is_empty() {
                *own = other;
            }
        }
        out.of = Some(own);
        Ok(out)
    }

    /// The file that a name opens.
    fn open(&self, name: &str) -> Result<Option<PathBuf>, Gap> {
        if name.starts_with('/') {
            let path = PathBuf::from(name);
            return Ok(self.readable(&path)?.then_some(path));
        }
        for directory in &self.directories {
            let path = directory.join(name);
            if self.readable(&path)? {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    fn readable(&self, path: &Path) -> Result<bool, Gap> {
        Ok(self.host.stat(path)?.is_some())
    }

    /// The file that an entry takes in.
    fn taken(&self, name: &str) -> Result<Option<PathBuf>, Gap> {
        if self.debian && !name.starts_with('/') {
            let path = Path::new("/etc/pam.d").join(name);
            return Ok(self.readable(&path)?.then_some(path));
        }
        self.open(name)
    }

    fn parse(
        &self,
        path: &Path,
        service: &str,
        p: Place<'_>,
        out: &mut Lists,
    ) -> Result<(), Broken> {
        let text = match self.host.text(path) {
            Ok(Some(found)) => found.text,
            Ok(None) => return Err(Broken::Refused),
            Err(gap) => {
                let kind = self.host.stat(path)?.map(|s| s.kind);
                // A directory reads as an empty file.
                let directory = kind == Some(FileKind::Directory);
                return if directory { Ok(()) } else { Err(Broken::Gap(gap)) };
            }
        };
        let lines = lines(&text);
        if let Some(line) = lines.long {
            let detail =
                format!("{}:{line}: longer than every version of libpam reads", path.display());
            return Err(Broken::Gap(Gap::new(GapState::Unsupported, detail)));
        }
        for (number, line) in &lines.all {
            self.entry(path, *number, line, service, p, out)?;
            if out.iter().map(Vec::len).sum::<usize>() > MAX_ENTRIES {
                let detail =
                    format!("{}: a service with more than {MAX_ENTRIES} entries", path.display());
                return Err(Broken::Gap(Gap::new(GapState::Malformed, detail)));
            }
        }
        if lines.cut_short { Err(Broken::Refused) } else { Ok(()) }
    }

    fn entry(
        &self,
        path: &Path,
        line: u32,
        text: &str,
        service: &str,
        p: Place<'_>,
        out: &mut Lists,
    ) -> Result<(), Broken> {
        let mut words = Words::of(text);
        if p.service.is_none() {
            let name = words.next().unwrap_or_default();
            if !name.eq_ignore_ascii_case(service) {
                return Ok(());
            }
        }
        let word = words.next();
        let mut wrong = None;
        let name = word.as_deref().map(|w| w.strip_prefix('-').unwrap_or(w)).unwrap_or_default();
        let kind = TYPES.iter().position(|t| t.eq_ignore_ascii_case(name));
        let at = |kind: Kind, actions: Actions, control: &str| Entry {
            kind,
            level: p.level,
            actions,
            control: control.to_owned(),
            file: path.display().to_string(),
            line,
        };
        let bad = [Action::Bad; 32];
        if self.debian && kind.is_none() && name.eq_ignore_ascii_case("@include") {
            let Some(target) = words.next() else { return Err(Broken::Refused) };
            let inside = Place { service: Some(service), depth: p.depth + 1, ..p };
            if self.take(&target, service, inside, out)? {
                return Ok(());
            }
            // A file that is not there: an entry of no type at all, which libpam refuses.
            let Some(list) = p.wanted.and_then(|w| out.get_mut(w)) else {
                return Err(Broken::Refused);
            };
            list.push(at(Kind::MustFail("its file cannot be taken in"), bad, "include"));
            return Ok(());
        }
        if kind.is_none() {
            wrong = Some("no such type");
        }
        let kind = kind.or(p.wanted).unwrap_or(AUTH);
        if p.wanted.is_some_and(|w| w != kind) {
            return Ok(());
        }
        let control = words.next();
        let taking = match control.as_deref() {
            Some(c) if c.eq_ignore_ascii_case("include") => Some(0),
            Some(c) if c.eq_ignore_ascii_case("substack") => Some(1),
            _ => None,
        };
        if let Some(deeper) = taking {
            let target = words.next();
            if self.debian && target.is_none() {
                return Err(Broken::Refused);
            }
            if deeper == 1 {
                push(out, kind, at(Kind::Substack, bad, "substack"));
            }
            let inside = Place {
                service: Some(service),
                wanted: Some(kind),
                depth: p.depth + 1,
                level: p.level + deeper,
            };
            let target = target.unwrap_or_default();
            if target.is_empty() || !self.take(&target, service, inside, out)? {
                push(out, kind, at(Kind::MustFail("its file cannot be taken in"), bad, "include"));
            }
            return Ok(());
        }
        let Some(control) = control else {
            push(out, kind, at(Kind::MustFail("no control"), bad, ""));
            return Ok(());
        };
        let module = words.next();
        let table = actions(&control);
        let found = match (wrong, module) {
            (Some(why), _) => Kind::MustFail(why),
            (None, None) => Kind::MustFail("no module"),
            (None, Some(module)) => {
                Kind::Module(self.modules.find(&module, words.collect(), self.debian)?)
            }
        };
        push(out, kind, at(found, table, &control));
        Ok(())
    }

    /// Takes a file in. `false`: libpam cannot, and puts an entry that fails.
    fn take(
        &self,
        name: &str,
        service: &str,
        p: Place<'_>,
        out: &mut Lists,
    ) -> Result<bool, Broken> {
        if p.depth >= MAX_LEVEL {
            return Ok(false);
        }
        let Some(path) = self.taken(name)? else { return Ok(false) };
        match self.parse(&path, service, p, out) {
            Ok(()) => Ok(true),
            Err(Broken::Refused) => Ok(false),
            Err(gap) => Err(gap),
        }
    }
}

fn push(out: &mut Lists, kind: usize, entry: Entry) {
    if let Some(list) = out.get_mut(kind) {
        list.push(entry);
    }
}

/// Whether libpam refuses a file.
fn refused(result: Result<(), Broken>) -> Result<bool, Gap> {
    match result {
        Ok(()) => Ok(false),
        Err(Broken::Refused) => Ok(true),
        Err(Broken::Gap(gap)) => Err(gap),
    }
}
