//! Writes a snapshot while collectors finish in any order.
//!
//! Documents are kept sorted by id in bounded memory; what does not fit goes to runs on disk, which
//! are merged at the end. The folder is written as `DIR.partial` and renamed when it is whole, so
//! nothing half-written is ever taken for a snapshot.

mod file;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use assay_core::manifest::{SNAPSHOT_SCHEMA, Scope, SegmentInfo, SnapshotState};
use assay_core::{Call, Gap, GapState, Listing, Manifest, Name, Resource, Timestamp, TypeRegistry};
use serde_json::Value;

use crate::combine::combine;
use crate::sorter::{Record, Sorter};
use crate::source::segment_path;
use crate::{CALLS, MANIFEST, MAX_DEPTH, MAX_LINE, SnapshotError, root_digest};
use file::{SegmentFile, write_lines};

/// Memory that all buffers together may take before the largest is written to disk.
const MEMORY: usize = 96 * 1024 * 1024;

const DOCUMENT: u8 = 0;
const FOLD: u8 = 1;

/// What the manifest says beside listings and digests.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// Version of the program.
    pub tool_version: String,
    /// Whether the collection came to its own end.
    pub state: SnapshotState,
    /// Start of the collection.
    pub started: Timestamp,
    /// End of the collection.
    pub ended: Timestamp,
    /// What was asked for.
    pub scope: Scope,
    /// Who asked, by account.
    pub callers: BTreeMap<String, String>,
}

/// Writes one snapshot. Shared by all collectors: every method takes `&self`.
#[derive(Debug)]
pub struct SnapshotWriter {
    target: PathBuf,
    partial: PathBuf,
    types: Arc<TypeRegistry>,
    memory: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    segments: BTreeMap<String, (SegmentInfo, Sorter)>,
    calls: Sorter,
    listings: BTreeMap<ListingKey, Listing>,
    held: usize,
    finished: bool,
}

impl SnapshotWriter {
    /// Starts a snapshot that will lie at `target`.
    ///
    /// # Errors
    /// The target exists and is no snapshot, or is signed; the folder cannot be made.
    pub fn create(target: &Path, types: Arc<TypeRegistry>) -> Result<Self, SnapshotError> {
        Self::with_memory(target, types, MEMORY)
    }

    /// As [`Self::create`], with another bound for the buffers, in bytes.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub fn with_memory(
        target: &Path,
        types: Arc<TypeRegistry>,
        memory: usize,
    ) -> Result<Self, SnapshotError> {
        file::may_replace(target)?;
        let mut partial = target.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        file::clear_partial(&partial)?;
        let runs = partial.join("runs");
        std::fs::create_dir_all(&runs).map_err(|e| SnapshotError::io("create", &runs, e))?;
        let state = State {
            segments: BTreeMap::new(),
            calls: Sorter::new(runs.join("calls")),
            listings: BTreeMap::new(),
            held: 0,
            finished: false,
        };
        Ok(Self { target: target.to_owned(), partial, types, memory, state: Mutex::new(state) })
    }

    /// The type files that documents are checked against.
    #[must_use]
    pub const fn types(&self) -> &Arc<TypeRegistry> {
        &self.types
    }

    /// Checks a document against its type file and takes it. Returns the number of `malformed`
    /// gaps that this made.
    ///
    /// # Errors
    /// The type has no type file, or a run cannot be written (a full disk).
    pub fn put(&self, resource: Resource) -> Result<usize, SnapshotError> {
        self.take(resource, DOCUMENT)
    }

    /// Takes a part of a document that another collector puts: its facets are added to the document
    /// of the same id. A part without such a document is dropped.
    ///
    /// # Errors
    /// See [`Self::put`].
    pub fn fold(&self, part: Resource) -> Result<usize, SnapshotError> {
        self.take(part, FOLD)
    }

    fn take(&self, mut r: Resource, tag: u8) -> Result<usize, SnapshotError> {
        let def =
            self.types.get(&r.kind).ok_or_else(|| SnapshotError::UnknownType(r.kind.clone()))?;
        let misfits = def.check(&mut r) + limit_depth(&mut r);
        let (body, cut) = limit_size(&mut r)?;
        let record = Record { key: r.id.clone(), tag, body };
        let path = segment_path(&r.provider, &r.account, &r.region, &r.kind);
        let mut state = self.lock();
        let count = state.segments.len();
        let runs = self.partial.join("runs").join(format!("s{count}"));
        let (_, sorter) = state.segments.entry(path.clone()).or_insert_with(|| {
            let info = SegmentInfo {
                path,
                provider: r.provider.into(),
                account: r.account.into(),
                region: r.region.into(),
                kind: r.kind.into(),
                count: 0,
                sha256: String::new(),
            };
            (info, Sorter::new(runs))
        });
        let grown = sorter.push(record);
        state.held += grown;
        state.bound(self.memory)?;
        Ok(misfits + cut)
    }

    /// Records a call. Ids are unique: who repeats a call gives it another id.
    ///
    /// # Errors
    /// A run cannot be written.
    pub fn call(&self, call: &Call) -> Result<(), SnapshotError> {
        let body = serde_json::to_vec(call)
            .map_err(|e| SnapshotError::corrupt(Path::new(CALLS), None, e))?;
        let mut state = self.lock();
        let grown = state.calls.push(Record { key: call.id.clone(), tag: DOCUMENT, body });
        state.held += grown;
        state.bound(self.memory)
    }

    /// Records the state of a listing. A later record of the same listing replaces an earlier one.
    pub fn listing(&self, listing: Listing) {
        let key = listing_key(&listing);
        self.lock().listings.insert(key, listing);
    }

    /// Writes everything, seals it with its digests and moves it to its target. Counts of listings
    /// are set to the documents that were written.
    ///
    /// # Errors
    /// The file system refuses; nothing is left at the target then.
    pub fn finish(self, head: Head) -> Result<Manifest, SnapshotError> {
        let mut state = self.lock();
        let mut segments = Vec::new();
        for (_, (info, sorter)) in std::mem::take(&mut state.segments) {
            if let Some(info) = self.segment(info, sorter)? {
                segments.push(info);
            }
        }
        let empty = Sorter::new(self.partial.join("runs").join("none"));
        let calls_sha256 = self.write_calls(std::mem::replace(&mut state.calls, empty))?;
        let mut listings: Vec<Listing> =
            std::mem::take(&mut state.listings).into_values().collect();
        self.count(&mut listings, &segments);
        let mut manifest = Manifest {
            schema: SNAPSHOT_SCHEMA.to_owned(),
            tool_version: head.tool_version,
            state: head.state,
            started: head.started,
            ended: head.ended,
            scope: head.scope,
            callers: head.callers,
            listings,
            segments,
            calls_sha256,
            root_digest: String::new(),
        };
        seal(&self.partial, &mut manifest)?;
        let runs = self.partial.join("runs");
        std::fs::remove_dir_all(&runs).map_err(|e| SnapshotError::io("remove", &runs, e))?;
        file::move_into_place(&self.partial, &self.target)?;
        state.finished = true;
        Ok(manifest)
    }

    /// Writes one segment; `None` if nothing but parts without a document was put.
    fn segment(
        &self,
        mut info: SegmentInfo,
        sorter: Sorter,
    ) -> Result<Option<SegmentInfo>, SnapshotError> {
        let path = self.partial.join(&info.path);
        let mut sorted = sorter.sorted()?;
        let mut out: Option<SegmentFile> = None;
        while let Some(group) = sorted.group()? {
            let Some(line) = one_line(group, &path)? else { continue };
            let file = match &mut out {
                Some(file) => file,
                None => out.insert(SegmentFile::create(&path)?),
            };
            file.line(&line)?;
        }
        let Some(file) = out else { return Ok(None) };
        (info.count, info.sha256) = file.finish()?;
        Ok(Some(info))
    }

    fn write_calls(&self, sorter: Sorter) -> Result<String, SnapshotError> {
        let mut sorted = sorter.sorted()?;
        write_lines(&self.partial.join(CALLS), || Ok(sorted.next()?.map(|r| r.body)))
    }

    /// The count of a listing: documents of its type in its account, in its region or, for a global
    /// listing, in all.
    fn count(&self, listings: &mut [Listing], segments: &[SegmentInfo]) {
        let mut counts: BTreeMap<(&str, &str, &str, &str), u64> = BTreeMap::new();
        for s in segments {
            let def = self.types.get(&s.kind);
            let region = def.map_or(s.region.as_str(), |d| d.listing_region(&s.region));
            *counts.entry((&s.provider, &s.account, region, &s.kind)).or_default() += s.count;
        }
        for l in listings {
            let key = (&*l.provider, &*l.account, &*l.region, &*l.kind);
            l.count = counts.get(&key).copied().unwrap_or(0);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SnapshotWriter {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !state.finished {
            // An unfinished snapshot is worth nothing, and the disk may be full of it.
            let _ = std::fs::remove_dir_all(&self.partial);
        }
    }
}

impl State {
    /// Writes the largest buffers to disk until the rest fits.
    fn bound(&mut self, memory: usize) -> Result<(), SnapshotError> {
        while self.held > memory {
            let largest = self
                .segments
                .values_mut()
                .map(|(_, s)| s)
                .chain([&mut self.calls])
                .max_by_key(|s| s.held());
            match largest {
                Some(s) if s.held() > 0 => self.held = self.held.saturating_sub(s.spill()?),
                _ => break,
            }
        }
        Ok(())
    }
}

/// Sets the root digest and writes the manifest.
pub(crate) fn seal(folder: &Path, manifest: &mut Manifest) -> Result<(), SnapshotError> {
    let path = folder.join(MANIFEST);
    let bad = |e| SnapshotError::corrupt(&path, None, e);
    manifest.root_digest = root_digest(manifest).map_err(bad)?;
    file::write_json(&path, manifest)
}

/// Provider, account, region, type: listings are in this order.
pub(crate) type ListingKey = (Name, Name, Name, Name);

pub(crate) fn listing_key(l: &Listing) -> ListingKey {
    (l.provider.clone(), l.account.clone(), l.region.clone(), l.kind.clone())
}

/// One line for all records of an id.
pub(crate) fn one_line(
    mut group: Vec<Record>,
    path: &Path,
) -> Result<Option<Vec<u8>>, SnapshotError> {
    group.dedup();
    if group.len() == 1 {
        return Ok(group.pop().filter(|r| r.tag == DOCUMENT).map(|r| r.body));
    }
    let (mut documents, mut folds) = (Vec::new(), Vec::new());
    for record in group {
        let r: Resource = serde_json::from_slice(&record.body)
            .map_err(|e| SnapshotError::corrupt(path, None, e))?;
        if record.tag == DOCUMENT { documents.push(r) } else { folds.push(r) }
    }
    match combine(documents, folds) {
        Some(mut r) => Ok(Some(limit_size(&mut r)?.0)),
        None => Ok(None),
    }
}

/// Cuts facets that are nested deeper than readers follow.
fn limit_depth(r: &mut Resource) -> usize {
    let deep: Vec<String> = r
        .properties
        .iter()
        .filter(|(_, v)| !shallow(v, MAX_DEPTH))
        .map(|(k, _)| k.clone())
        .collect();
    for facet in &deep {
        lose(r, facet, "nested too deeply");
    }
    deep.len()
}

fn shallow(value: &Value, left: usize) -> bool {
    match (left.checked_sub(1), value) {
        (None, Value::Array(_) | Value::Object(_)) => false,
        (Some(left), Value::Array(list)) => list.iter().all(|v| shallow(v, left)),
        (Some(left), Value::Object(map)) => map.values().all(|v| shallow(v, left)),
        _ => true,
    }
}

/// The document as a line; its largest facets become gaps until the line is short enough.
fn limit_size(r: &mut Resource) -> Result<(Vec<u8>, usize), SnapshotError> {
    let mut cut = 0;
    loop {
        let line =
            serde_json::to_vec(r).map_err(|e| SnapshotError::corrupt(Path::new(&r.id), None, e))?;
        if line.len() <= MAX_LINE {
            return Ok((line, cut));
        }
        let size = |v: &Value| serde_json::to_vec(v).map_or(0, |b| b.len());
        match r.properties.iter().max_by_key(|(_, v)| size(v)).map(|(k, _)| k.clone()) {
            Some(facet) => lose(r, &facet, "too large to be kept"),
            None if r.tags.is_some() => {
                r.tags = None;
                r.gaps.insert("tags".into(), Gap::new(GapState::Malformed, "too large to be kept"));
            }
            None => {
                return Err(SnapshotError::corrupt(
                    Path::new(&r.kind),
                    None,
                    "a document is too large",
                ));
            }
        }
        cut += 1;
    }
}

fn lose(r: &mut Resource, facet: &str, why: &str) {
    let mut gap = Gap::new(GapState::Malformed, why);
    gap.call = r.sources.get(facet).cloned();
    r.lose(facet, gap);
}
