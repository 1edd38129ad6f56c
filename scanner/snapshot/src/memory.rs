//! A snapshot without a folder: for the cases of rules and for tests.

use std::collections::BTreeMap;
use std::path::Path;

use assay_core::identity::sha256;
use assay_core::manifest::{SNAPSHOT_SCHEMA, Scope, SegmentInfo, SnapshotState};
use assay_core::{Call, Listing, ListingState, Manifest, Resource, Timestamp, TypeRegistry};

use crate::combine::combine;
use crate::source::{LineReader, Lines, Source, segment_path, sort_segments};
use crate::writer::{ListingKey, listing_key};
use crate::{SnapshotError, root_digest};

/// A snapshot in memory. Build it with [`Memory::new`], then change what a test needs.
#[derive(Debug, Clone)]
pub struct Memory {
    manifest: Manifest,
    segments: Vec<SegmentInfo>,
    lines: BTreeMap<String, Vec<Vec<u8>>>,
    calls: Vec<Call>,
}

impl Memory {
    /// A snapshot of these documents, each checked against its type file, that ended at `now`.
    ///
    /// The listings are complete for every type of the registry that has the provider of a document
    /// in its account, in `global` or in each region that a document names, except those that
    /// `listings` names: these replace the complete ones.
    ///
    /// # Errors
    /// A document has a type without type file.
    pub fn new(
        types: &TypeRegistry,
        documents: Vec<Resource>,
        listings: Vec<Listing>,
        now: Timestamp,
    ) -> Result<Self, SnapshotError> {
        let mut groups: BTreeMap<String, BTreeMap<String, Vec<Resource>>> = BTreeMap::new();
        let mut infos: BTreeMap<String, SegmentInfo> = BTreeMap::new();
        let mut places: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for mut r in documents {
            let def =
                types.get(&r.kind).ok_or_else(|| SnapshotError::UnknownType(r.kind.clone()))?;
            def.check(&mut r);
            let path = segment_path(&r.provider, &r.account, &r.region, &r.kind);
            let regions = places.entry((r.provider.clone(), r.account.clone())).or_default();
            if r.region != "global" && !regions.contains(&r.region) {
                regions.push(r.region.clone());
            }
            infos.entry(path.clone()).or_insert_with(|| SegmentInfo {
                path: path.clone(),
                provider: r.provider.as_str().into(),
                account: r.account.as_str().into(),
                region: r.region.as_str().into(),
                kind: r.kind.as_str().into(),
                count: 0,
                sha256: String::new(),
            });
            groups.entry(path).or_default().entry(r.id.clone()).or_default().push(r);
        }
        let mut lines: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
        for (path, by_id) in groups {
            let out = lines.entry(path.clone()).or_default();
            for (_, same) in by_id {
                if let Some(r) = combine(same, Vec::new()) {
                    out.push(
                        serde_json::to_vec(&r)
                            .map_err(|e| SnapshotError::corrupt(Path::new(&path), None, e))?,
                    );
                }
            }
            if let Some(info) = infos.get_mut(&path) {
                info.count = out.len() as u64;
                info.sha256 = sha256(&out.join(&b'\n'));
            }
        }
        let mut segments: Vec<SegmentInfo> = infos.into_values().collect();
        let by_path = segments.clone();
        sort_segments(&mut segments);
        let listings = complete(types, &places, listings, &segments);
        let mut scope = Scope { region_choice: "requested".into(), ..Scope::default() };
        for ((provider, account), regions) in &places {
            push_new(&mut scope.providers, provider);
            push_new(&mut scope.accounts, account);
            regions.iter().for_each(|r| push_new(&mut scope.regions, r));
        }
        scope.regions.sort();
        let mut manifest = Manifest {
            schema: SNAPSHOT_SCHEMA.into(),
            tool_version: env!("CARGO_PKG_VERSION").into(),
            state: SnapshotState::Complete,
            started: now,
            ended: now,
            scope,
            callers: BTreeMap::new(),
            listings,
            segments: by_path,
            calls_sha256: sha256(b""),
            root_digest: String::new(),
        };
        manifest.root_digest = root_digest(&manifest)
            .map_err(|e| SnapshotError::corrupt(Path::new(crate::MANIFEST), None, e))?;
        Ok(Self { manifest, segments, lines, calls: Vec::new() })
    }

    /// The manifest, to be changed by a test.
    pub const fn manifest_mut(&mut self) -> &mut Manifest {
        &mut self.manifest
    }

    /// Adds recorded calls.
    pub fn add_calls(&mut self, calls: impl IntoIterator<Item = Call>) {
        self.calls.extend(calls);
        self.calls.sort_by(|a, b| a.id.cmp(&b.id));
    }
}

fn push_new(list: &mut Vec<String>, item: &str) {
    if !list.iter().any(|x| x == item) {
        list.push(item.to_owned());
    }
}

/// Complete listings for every type and place, replaced by those that are given.
fn complete(
    types: &TypeRegistry,
    places: &BTreeMap<(String, String), Vec<String>>,
    given: Vec<Listing>,
    segments: &[SegmentInfo],
) -> Vec<Listing> {
    let mut out: BTreeMap<ListingKey, Listing> = BTreeMap::new();
    for ((provider, account), regions) in places {
        for def in types.iter() {
            for region in regions.iter().map(String::as_str).chain(["global"]) {
                let region = def.listing_region(region);
                let count = segments
                    .iter()
                    .filter(|s| {
                        s.kind == def.name
                            && &s.account == account
                            && def.listing_region(&s.region) == region
                    })
                    .map(|s| s.count)
                    .sum();
                let listing = Listing {
                    provider: provider.into(),
                    account: account.into(),
                    region: region.into(),
                    kind: def.name.as_str().into(),
                    state: ListingState::Complete,
                    count,
                    pages: 1,
                    started: None,
                    ended: None,
                    calls: Vec::new(),
                    gap: None,
                };
                if region != "global" || def.listing_region("x") == "global" {
                    out.insert(listing_key(&listing), listing);
                }
            }
        }
    }
    for listing in given {
        out.insert(listing_key(&listing), listing);
    }
    out.into_values().collect()
}

impl Source for Memory {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn segments(&self) -> &[SegmentInfo] {
        &self.segments
    }

    fn lines(&self, segment: &SegmentInfo) -> Result<Lines<'_>, SnapshotError> {
        let path = Path::new(&segment.path);
        let lines =
            self.lines.get(&segment.path).ok_or_else(|| SnapshotError::Missing(path.to_owned()))?;
        Ok(Lines::new(path, Box::new(Slices(lines.iter()))))
    }

    fn calls(&self, each: &mut dyn FnMut(Call)) -> Result<(), SnapshotError> {
        self.calls.iter().cloned().for_each(each);
        Ok(())
    }
}

struct Slices<'a>(std::slice::Iter<'a, Vec<u8>>);

impl LineReader for Slices<'_> {
    fn next_line(&mut self) -> Result<Option<&[u8]>, SnapshotError> {
        Ok(self.0.next().map(Vec::as_slice))
    }
}
