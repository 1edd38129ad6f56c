//! A snapshot with some of its documents changed, added or gone, for the evaluation to read.

use std::collections::{BTreeMap, btree_map};
use std::iter::Peekable;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use assay_core::manifest::SegmentInfo;
use assay_core::{Call, Manifest, Resource, TypeRegistry};
use assay_snapshot::{LineReader, Lines, SnapshotError, Source, segment_path};
use serde::Deserialize;
use serde_json::Value;

use super::edit::{Edit, Key, apply};
use crate::block::CHUNK;

/// The most bytes of lines that are kept for the next changed snapshot.
const KEPT: usize = 32 << 20;

type Kept = Arc<Vec<Vec<u8>>>;

/// A snapshot of which small segments are read once.
pub(super) struct Held<'s> {
    inner: &'s dyn Source,
    kept: Mutex<(usize, BTreeMap<String, Kept>)>,
}

impl<'s> Held<'s> {
    pub(super) fn new(inner: &'s dyn Source) -> Self {
        Self { inner, kept: Mutex::default() }
    }

    /// The lines of a small segment.
    fn all(&self, segment: &SegmentInfo) -> Result<Kept, SnapshotError> {
        let found = |kept: &BTreeMap<String, Kept>| kept.get(&segment.path).map(Arc::clone);
        if let Some(lines) = found(&self.kept.lock().unwrap_or_else(PoisonError::into_inner).1) {
            return Ok(lines);
        }
        let mut all = Vec::new();
        let mut lines = self.inner.lines(segment)?;
        while let Some(line) = lines.next()? {
            all.push(line.bytes().to_vec());
        }
        let (size, all) = (all_bytes(&all), Arc::new(all));
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 + size <= KEPT {
            kept.0 += size;
            kept.1.insert(segment.path.clone(), Arc::clone(&all));
        }
        Ok(all)
    }
}

fn all_bytes(lines: &[Vec<u8>]) -> usize {
    lines.iter().map(Vec::len).sum()
}

impl Source for Held<'_> {
    fn manifest(&self) -> &Manifest {
        self.inner.manifest()
    }

    fn segments(&self) -> &[SegmentInfo] {
        self.inner.segments()
    }

    fn lines(&self, segment: &SegmentInfo) -> Result<Lines<'_>, SnapshotError> {
        if segment.count > CHUNK as u64 {
            return self.inner.lines(segment);
        }
        let lines = self.all(segment)?;
        Ok(Lines::new(Path::new(&segment.path), Box::new(Owned { lines, at: 0 })))
    }

    fn calls(&self, each: &mut dyn FnMut(Call)) -> Result<(), SnapshotError> {
        self.inner.calls(each)
    }
}

/// Lines that are in memory.
struct Owned {
    lines: Kept,
    at: usize,
}

impl LineReader for Owned {
    fn next_line(&mut self) -> Result<Option<&[u8]>, SnapshotError> {
        self.at += 1;
        Ok(self.lines.get(self.at - 1).map(Vec::as_slice))
    }
}

/// What a document is called.
#[derive(Deserialize)]
struct Named {
    id: String,
}

/// The id of a line's document; none where it has none.
pub(super) fn id(line: &[u8]) -> Option<String> {
    serde_json::from_slice::<Named>(line).ok().map(|n| n.id)
}

/// The lines of changed documents by their ids; `None` where one is gone.
type Changed = BTreeMap<String, Option<Vec<u8>>>;

/// A snapshot with changes.
pub(super) struct Overlay<'o> {
    inner: &'o dyn Source,
    /// The segments, where there are more than those of the snapshot.
    segments: Option<Vec<SegmentInfo>>,
    changed: BTreeMap<String, Changed>,
}

impl<'o> Overlay<'o> {
    /// The snapshot with some edits; `None` where a document would no longer fit its type file, or
    /// an edit has no place.
    pub(super) fn new(
        inner: &'o dyn Source,
        edits: &[Edit],
        types: &TypeRegistry,
    ) -> Result<Option<Self>, SnapshotError> {
        let mut by_document: BTreeMap<&Key, Vec<&Edit>> = BTreeMap::new();
        edits.iter().for_each(|e| by_document.entry(&e.of).or_default().push(e));
        let mut out = Self { inner, segments: None, changed: BTreeMap::default() };
        for (key, edits) in by_document {
            let here = |s: &&SegmentInfo| {
                s.kind == key.kind && s.account == key.account && s.region == key.region
            };
            let line = match inner.segments().iter().find(here) {
                Some(info) => line(inner, info, &key.id)?,
                None => None,
            };
            let place = out.segments().iter().find(here);
            let path = place.map(|s| s.path.clone()).unwrap_or_default();
            let goes = edits.iter().any(|e| e.path.is_empty() && e.to.is_none());
            if goes {
                out.changed.entry(path).or_default().insert(key.id.clone(), None);
                continue;
            }
            let before = line.and_then(|l| serde_json::from_slice::<Value>(&l).ok());
            let Some(after) = apply(&before.unwrap_or(Value::Null), &edits) else {
                return Ok(None);
            };
            let Some(resource) = fits(after, types) else { return Ok(None) };
            let path = if path.is_empty() { out.add(&resource) } else { path };
            let line = serde_json::to_vec(&resource).ok();
            out.changed.entry(path).or_default().insert(key.id.clone(), line);
        }
        Ok(Some(out))
    }

    /// Adds a segment for a document of a type of which there was none; its path.
    fn add(&mut self, r: &Resource) -> String {
        let path = segment_path(&r.provider, &r.account, &r.region, &r.kind);
        let segments = self.segments.get_or_insert_with(|| self.inner.segments().to_vec());
        segments.push(SegmentInfo {
            path: path.clone(),
            provider: (&r.provider).into(),
            account: (&r.account).into(),
            region: (&r.region).into(),
            kind: (&r.kind).into(),
            count: 1,
            sha256: String::new(),
        });
        let place = |s: &SegmentInfo| {
            (s.kind.clone(), s.account.clone(), s.region.clone(), s.provider.clone())
        };
        segments.sort_by_key(place);
        path
    }
}

/// A changed document as it would have been written; `None` where it would have got a gap.
pub(super) fn fits(doc: Value, types: &TypeRegistry) -> Option<Resource> {
    let mut resource: Resource = serde_json::from_value(doc).ok()?;
    let misfits = types.get(&resource.kind)?.check(&mut resource);
    (misfits == 0).then_some(resource)
}

/// One document's line.
pub(super) fn line(
    source: &dyn Source,
    segment: &SegmentInfo,
    wanted: &str,
) -> Result<Option<Vec<u8>>, SnapshotError> {
    let mut lines = source.lines(segment)?;
    while let Some(line) = lines.next()? {
        if id(line.bytes()).is_some_and(|id| id == wanted) {
            return Ok(Some(line.bytes().to_vec()));
        }
    }
    Ok(None)
}

impl Source for Overlay<'_> {
    fn manifest(&self) -> &Manifest {
        self.inner.manifest()
    }

    fn segments(&self) -> &[SegmentInfo] {
        self.segments.as_deref().unwrap_or(self.inner.segments())
    }

    fn lines(&self, segment: &SegmentInfo) -> Result<Lines<'_>, SnapshotError> {
        let Some(changed) = self.changed.get(&segment.path) else {
            return self.inner.lines(segment);
        };
        let there = self.inner.segments().iter().any(|s| s.path == segment.path);
        let inner = if there { Some(self.inner.lines(segment)?) } else { None };
        let changes = changed.iter().peekable();
        let merged = Merged { inner, changes, held: None, line: Vec::new() };
        Ok(Lines::new(Path::new(&segment.path), Box::new(merged)))
    }

    fn calls(&self, each: &mut dyn FnMut(Call)) -> Result<(), SnapshotError> {
        self.inner.calls(each)
    }
}

/// The lines of a segment with those that changed in their places, one at a time.
struct Merged<'m> {
    inner: Option<Lines<'m>>,
    changes: Peekable<btree_map::Iter<'m, String, Option<Vec<u8>>>>,
    /// The next line of the segment, with its id.
    held: Option<(String, Vec<u8>)>,
    line: Vec<u8>,
}

impl LineReader for Merged<'_> {
    fn next_line(&mut self) -> Result<Option<&[u8]>, SnapshotError> {
        loop {
            if let (None, Some(inner)) = (&self.held, &mut self.inner) {
                match inner.next()? {
                    Some(line) => {
                        let id = id(line.bytes()).unwrap_or_default();
                        self.held = Some((id, line.bytes().to_vec()));
                    }
                    None => self.inner = None,
                }
            }
            let first = match (&self.held, self.changes.peek()) {
                (Some((id, _)), Some((changed, _))) => id < *changed,
                (held, _) => held.is_some(),
            };
            if first {
                self.line = self.held.take().map(|(_, line)| line).unwrap_or_default();
                return Ok(Some(&self.line));
            }
            let Some((changed, line)) = self.changes.next() else { return Ok(None) };
            // The line that it replaces.
            self.held.take_if(|(id, _)| id == changed);
            if let Some(line) = line {
                self.line.clone_from(line);
                return Ok(Some(&self.line));
            }
        }
    }
}
