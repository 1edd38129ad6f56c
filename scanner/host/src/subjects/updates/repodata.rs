//! Metadata of rpm repositories that a package manager left in its cache: what is offered, and which
//! of it the distribution calls a security update.
//!
//! Sources: the description of the format in createrepo_c's and libsolv's documentation, and what
//! `repomd.xml`, `updateinfo.xml` and `primary.xml` of the distributions hold.

use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState, Timestamp};

use super::decode;
use super::xml::{Event, Xml, attribute, plain};
use crate::{Host, Miss, gap};

/// A cached repository.
#[derive(Debug)]
pub(super) struct Cached {
    /// Its index.
    pub(super) index: PathBuf,
    /// When it was last compared with its server: what dnf and zypper go by, too.
    pub(super) fetched: Option<Timestamp>,
    /// The list of advisories, where the repository has one.
    advisories: Option<PathBuf>,
    /// The list of packages.
    packages: Option<PathBuf>,
}

/// A package that is offered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Offer {
    /// Its name.
    pub(super) name: String,
    /// Its architecture.
    pub(super) architecture: String,
    /// `epoch:version-release`.
    pub(super) version: String,
    /// The stream of a module that it belongs to (`nodejs:18`).
    pub(super) module: Option<String>,
    /// The advisory that brings it; empty in a list of packages.
    pub(super) advisory: String,
}

/// Reads the index of a cached repository. `None`: it is not there.
///
/// # Errors
/// What cannot be read.
pub(super) fn open(host: &Host<'_>, index: &Path) -> Result<Option<Cached>, Gap> {
    let Some(found) = host.bytes(index)? else { return Ok(None) };
    let (mut advisories, mut packages, mut kind) = (None, None, String::new());
    let mut take = |event: Event<'_>| match event {
        Event::Open("data", attributes) => kind = attribute(attributes, "type").unwrap_or_default(),
        Event::Open("location", attributes) => {
            // The cache may hold the files beside the index or below it: the name is enough.
            let file = attribute(attributes, "href").unwrap_or_default();
            let file =
                Path::new(&file).file_name().and_then(|name| Some(index.parent()?.join(name)));
            match kind.as_str() {
                "updateinfo" => advisories = file,
                "primary" => packages = file,
                _ => {}
            }
        }
        _ => {}
    };
    let mut xml = Xml::default();
    xml.feed(&found, &mut take);
    if !xml.sound() || packages.is_none() {
        let detail = format!("{}: it is damaged", index.display());
        return Err(Gap::new(GapState::Malformed, detail));
    }
    let mut fetched = host.stat(index)?.map(|s| s.modified);
    // dnf notes on the list of packages that nothing had changed.
    if let Some(path) = &packages {
        fetched = fetched.max(host.stat(path)?.map(|s| s.modified));
    }
    let fetched = fetched.and_then(|s| Timestamp::from_second(s).ok());
    Ok(Some(Cached { index: index.to_owned(), fetched, advisories, packages }))
}

impl Cached {
    /// Whether the repository says which updates are for security.
    pub(super) const fn marks(&self) -> bool {
        self.advisories.is_some()
    }

    /// Every package of an advisory for security.
    ///
    /// # Errors
    /// A list that is not there, or cannot be read.
    pub(super) fn advised(&self, host: &Host<'_>, take: &mut dyn FnMut(Offer)) -> Result<(), Gap> {
        let Some(path) = &self.advisories else { return Ok(()) };
        let (mut security, mut id, mut module) = (false, String::new(), None);
        let mut inside = Inside::default();
        self.read(host, path, &mut |event| {
            match event {
                Event::Open("update", attributes) => {
                    let kind = attribute(attributes, "type").unwrap_or_default();
                    let status = attribute(attributes, "status").unwrap_or_default();
                    security = kind.eq_ignore_ascii_case("security") && status != "retracted";
                    id.clear();
                }
                Event::Open("collection", _) | Event::Close("collection") => module = None,
                Event::Open("module", attributes) => {
                    let of = |name| attribute(attributes, name).unwrap_or_default();
                    module = Some(format!("{}:{}", of("name"), of("stream")));
                }
                Event::Open("package", attributes) if security => {
                    let of = |name| attribute(attributes, name).unwrap_or_default();
                    take(Offer {
                        name: of("name"),
                        architecture: of("arch"),
                        version: evr(&of("epoch"), &of("version"), &of("release")),
                        module: module.clone(),
                        advisory: id.clone(),
                    });
                }
                Event::Close("id") if inside.is(&["updates", "update", "id"]) => {
                    id = plain(inside.text.trim());
                }
                _ => {}
            }
            inside.see(event);
        })
    }

    /// Every package of the repository.
    ///
    /// # Errors
    /// A list that is not there, or cannot be read.
    pub(super) fn offered(&self, host: &Host<'_>, take: &mut dyn FnMut(&Offer)) -> Result<(), Gap> {
        let Some(path) = &self.packages else { return Ok(()) };
        let (mut offer, mut inside) = (Offer::default(), Inside::default());
        self.read(host, path, &mut |event| {
            match event {
                Event::Open("package", _) => offer = Offer::default(),
                Event::Close("name") if inside.is(&["metadata", "package", "name"]) => {
                    offer.name = plain(inside.text.trim());
                }
                Event::Close("arch") if inside.is(&["metadata", "package", "arch"]) => {
                    offer.architecture = plain(inside.text.trim());
                }
                Event::Open("version", attributes) if inside.is(&["metadata", "package"]) => {
                    let of = |name| attribute(attributes, name).unwrap_or_default();
                    offer.version = evr(&of("epoch"), &of("ver"), &of("rel"));
                }
                Event::Close("package") => take(&offer),
                _ => {}
            }
            inside.see(event);
        })
    }

    fn read(
        &self,
        host: &Host<'_>,
        path: &Path,
        take: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Gap> {
        if host.stat(path)?.is_none() {
            let mut gap = gap(path, &Miss::Absent);
            gap.detail.push_str(&format!(", though {} names it", self.index.display()));
            return Err(gap);
        }
        let (mut xml, mut whole) = (Xml::default(), false);
        decode::text(host, path, &mut |piece| {
            xml.feed(piece, &mut |event| {
                whole = matches!(event, Event::Close("updates" | "metadata"))
                    || whole && matches!(event, Event::Text(_));
                take(event);
            });
        })?;
        if xml.sound() && whole {
            return Ok(());
        }
        let detail = format!("{}: it is damaged, or cut off", path.display());
        Err(Gap::new(GapState::Malformed, detail))
    }
}

/// `epoch:version-release`, without an epoch of 0.
fn evr(epoch: &str, version: &str, release: &str) -> String {
    match epoch {
        "" | "0" => format!("{version}-{release}"),
        epoch => format!("{epoch}:{version}-{release}"),
    }
}

/// Most elements within each other, and longest text, that are kept.
const MAX_DEPTH: usize = 64;
const MAX_TEXT: usize = 4096;

/// The elements around the place where the reader is, and the text of the innermost.
#[derive(Debug, Default)]
struct Inside {
    names: Vec<String>,
    beyond: usize,
    text: String,
}

impl Inside {
    fn is(&self, names: &[&str]) -> bool {
        self.beyond == 0 && self.names == names
    }

    fn see(&mut self, event: Event<'_>) {
        match event {
            Event::Open(name, _) => {
                self.text.clear();
                if self.names.len() < MAX_DEPTH {
                    self.names.push(name.to_owned());
                } else {
                    self.beyond += 1;
                }
            }
            Event::Close(_) => {
                self.text.clear();
                match self.beyond.checked_sub(1) {
                    Some(less) => self.beyond = less,
                    None => drop(self.names.pop()),
                }
            }
            Event::Text(text) if self.text.len() + text.len() <= MAX_TEXT => {
                self.text.push_str(text);
            }
            Event::Text(_) => {}
        }
    }
}
