//! The folder: written, read, broken on purpose, merged.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use assay_core::manifest::{Scope, SnapshotState};
use assay_core::{Gap, GapState, Listing, ListingState, Resource, TypeRegistry};
use serde_json::json;

use super::*;

/// A folder that goes with the test.
struct Temp(PathBuf);

impl Temp {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("assay-snapshot-{}-{n}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn types() -> Arc<TypeRegistry> {
    let file = json!({"type": "T::A::B", "title": "t", "doc": "d", "tags": false,
        "listing": {"scope": "regional", "operation": "a:List"},
        "facets": {"N": "integer", "M": "string"}});
    Arc::new(TypeRegistry::from_files([("T-A-B.yaml", file)]).unwrap())
}

fn doc(id: u32, region: &str) -> Resource {
    let id = format!("arn:aws:a:{region}:1:{id:06}");
    let mut r = Resource::new("T::A::B", id, "aws", "1", region, "n");
    r.properties.insert("N".into(), json!(7));
    r
}

fn listing(region: &str, state: ListingState) -> Listing {
    Listing {
        provider: "aws".into(),
        account: "1".into(),
        region: region.into(),
        kind: "T::A::B".into(),
        state,
        count: 99,
        pages: 1,
        started: None,
        ended: None,
        calls: vec![],
        gap: None,
    }
}

fn head() -> Head {
    let t = "2026-11-01T00:00:00Z".parse().unwrap();
    Head {
        tool_version: "0".into(),
        state: SnapshotState::Complete,
        started: t,
        ended: t,
        scope: Scope::default(),
        callers: [].into(),
    }
}

fn write(target: &Path, ids: &[u32], memory: usize) {
    let w = SnapshotWriter::with_memory(target, types(), memory).unwrap();
    for id in ids {
        w.put(doc(*id, "eu-west-1")).unwrap();
    }
    w.put(doc(1, "us-east-1")).unwrap();
    w.listing(listing("eu-west-1", ListingState::Complete));
    w.finish(head()).unwrap();
}

fn read(target: &Path) -> Result<Vec<Resource>, SnapshotError> {
    let s = Snapshot::open(target)?;
    let mut out = Vec::new();
    for segment in s.segments() {
        let mut lines = s.lines(segment)?;
        while let Some(line) = lines.next()? {
            out.push(line.resource()?);
        }
    }
    Ok(out)
}

fn segment(target: &Path) -> PathBuf {
    target.join("segments/aws/1/eu-west-1/T-A-B.ndjson.zst")
}

#[test]
fn any_order_and_any_memory_give_the_same_bytes() {
    let temp = Temp::new();
    let up: Vec<u32> = (0..500).collect();
    let down: Vec<u32> = (0..500).rev().chain([3, 3]).collect();
    write(&temp.at("a"), &up, 1 << 20);
    write(&temp.at("b"), &down, 4096);
    let bytes = |name| std::fs::read(segment(&temp.at(name))).unwrap();
    assert_eq!(bytes("a"), bytes("b"));
    let docs = read(&temp.at("b")).unwrap();
    assert_eq!(docs.len(), 501);
    assert!(docs.is_sorted_by_key(|d| (d.region.clone(), d.id.clone())));
    let s = Snapshot::open(&temp.at("b")).unwrap();
    s.verify().unwrap();
    assert_eq!(s.strangers().unwrap(), Vec::<PathBuf>::new());
    let extra = s.folder().join("segments/aws/extra.ndjson.zst");
    std::fs::write(&extra, b"x").unwrap();
    assert_eq!(s.strangers().unwrap(), std::slice::from_ref(&extra));
    std::fs::remove_file(extra).unwrap();
    assert_eq!(s.listing("1", "eu-west-1", "T::A::B").map(|l| l.count), Some(500));
    assert!(!temp.at("b.partial").exists());
    assert!(!temp.at("b").join("runs").exists());
}

#[test]
fn what_does_not_fit_is_a_gap_on_disk() {
    let temp = Temp::new();
    let w = SnapshotWriter::create(&temp.at("a"), types()).unwrap();
    let mut r = doc(1, "x");
    r.properties.insert("N".into(), json!("seven"));
    r.properties.insert("M".into(), json!("x".repeat(MAX_LINE)));
    assert_eq!(w.put(r).unwrap(), 2);
    assert!(w.put(Resource::new("No", "i", "aws", "1", "x", "n")).is_err());
    w.finish(head()).unwrap();
    let docs = read(&temp.at("a")).unwrap();
    assert!(docs[0].properties.is_empty());
    assert_eq!(docs[0].gaps["/N"].state, GapState::Malformed);
    assert_eq!(docs[0].gaps["/M"].state, GapState::Malformed);
}

#[test]
fn folds_fill_and_never_stand_alone() {
    let temp = Temp::new();
    let w = SnapshotWriter::create(&temp.at("a"), types()).unwrap();
    let mut part = doc(1, "x");
    part.properties = [("M".to_owned(), json!("m"))].into_iter().collect();
    w.fold(part).unwrap();
    w.fold(doc(2, "x")).unwrap();
    w.put(doc(1, "x")).unwrap();
    w.finish(head()).unwrap();
    let docs = read(&temp.at("a")).unwrap();
    assert_eq!(docs.len(), 1);
    assert_eq!((&docs[0].properties["N"], &docs[0].properties["M"]), (&json!(7), &json!("m")));
}

#[test]
fn a_changed_file_is_named() {
    let temp = Temp::new();
    let at = temp.at("a");
    let fresh = || {
        let _ = std::fs::remove_dir_all(&at);
        write(&at, &[1, 2, 3], 1 << 20);
    };
    fresh();
    let mut bytes = std::fs::read(segment(&at)).unwrap();
    bytes[10] ^= 1;
    std::fs::write(segment(&at), &bytes).unwrap();
    let e = read(&at).unwrap_err();
    assert!(matches!(e, SnapshotError::WrongDigest { .. }), "{e}");
    assert!(e.to_string().contains("T-A-B.ndjson.zst"), "{e}");
    fresh();
    std::fs::write(segment(&at), zstd::encode_all(&b"{}\n"[..], 3).unwrap()).unwrap();
    assert!(Snapshot::open(&at).unwrap().verify().unwrap_err().is_mismatch());
    fresh();
    std::fs::remove_file(segment(&at)).unwrap();
    assert!(matches!(read(&at), Err(SnapshotError::Missing(_))));
    fresh();
    let manifest = std::fs::read_to_string(at.join(MANIFEST)).unwrap();
    std::fs::write(at.join(MANIFEST), manifest.replacen("\"complete\"", "\"interrupted\"", 1))
        .unwrap();
    assert!(matches!(read(&at), Err(SnapshotError::WrongDigest { .. })));
    let other = manifest.replace("assay/snapshot/1", "assay/snapshot/9");
    std::fs::write(at.join(MANIFEST), other).unwrap();
    assert!(matches!(read(&at), Err(SnapshotError::UnknownSchema { .. })));
    fresh();
    std::fs::write(at.join(CALLS), b"{}\n").unwrap();
    assert!(Snapshot::open(&at).unwrap().verify().is_err());
    assert!(matches!(read(&temp.at("none")), Err(SnapshotError::NotASnapshot(_))));
}

#[test]
fn nothing_half_written_is_taken_for_whole_and_nothing_foreign_is_replaced() {
    let temp = Temp::new();
    let w = SnapshotWriter::create(&temp.at("a"), types()).unwrap();
    w.put(doc(1, "x")).unwrap();
    assert!(matches!(read(&temp.at("a")), Err(SnapshotError::Unfinished(_))));
    drop(w);
    assert!(!temp.at("a.partial").exists());
    std::fs::create_dir(temp.at("mine")).unwrap();
    std::fs::write(temp.at("mine").join("thesis.txt"), b"x").unwrap();
    let e = SnapshotWriter::create(&temp.at("mine"), types()).unwrap_err();
    assert!(matches!(e, SnapshotError::Occupied { .. }), "{e}");
    write(&temp.at("b"), &[1], 1 << 20);
    write(&temp.at("b"), &[1, 2], 1 << 20);
    assert_eq!(read(&temp.at("b")).unwrap().len(), 3);
    std::fs::write(temp.at("b").join("manifest.sig"), b"x").unwrap();
    assert!(SnapshotWriter::create(&temp.at("b"), types()).is_err());
}

#[test]
fn shards_merge_and_keep_the_worse_listing() {
    let temp = Temp::new();
    write(&temp.at("a"), &[1, 2], 1 << 20);
    let w = SnapshotWriter::create(&temp.at("b"), types()).unwrap();
    w.put(doc(2, "eu-west-1")).unwrap();
    w.put(doc(3, "eu-west-1")).unwrap();
    let mut denied = listing("eu-west-1", ListingState::Denied);
    denied.gap = Some(Gap::new(GapState::Denied, "no").into());
    w.listing(denied);
    w.finish(head()).unwrap();
    let shards = [temp.at("a"), temp.at("b")];
    let shards = [shards[0].as_path(), shards[1].as_path()];
    merge(&shards, &temp.at("c"), types(), Overlap::Join).unwrap();
    let s = Snapshot::open(&temp.at("c")).unwrap();
    s.verify().unwrap();
    assert_eq!(read(&temp.at("c")).unwrap().len(), 4);
    let l = s.listing("1", "eu-west-1", "T::A::B").unwrap();
    assert_eq!((l.state, l.count), (ListingState::Denied, 3));
    // The later shard says all of its account, and nothing of others.
    let mut other = doc(9, "eu-west-1");
    other.account = "2".to_owned();
    let w = SnapshotWriter::create(&temp.at("d"), types()).unwrap();
    w.put(other).unwrap();
    w.put(doc(1, "eu-west-1")).unwrap();
    w.finish(head()).unwrap();
    merge(&[&temp.at("d"), shards[1]], &temp.at("e"), types(), Overlap::Replace).unwrap();
    let s = Snapshot::open(&temp.at("e")).unwrap();
    s.verify().unwrap();
    let held: Vec<_> = s.segments().iter().map(|s| (s.account.as_str(), s.count)).collect();
    assert_eq!(held, [("1", 2), ("2", 1)]);
    let again = temp.at("f");
    merge(&[&temp.at("e"), shards[1]], &again, types(), Overlap::Replace).unwrap();
    let digest = |p: &std::path::Path| Snapshot::open(p).unwrap().manifest().root_digest.clone();
    assert_eq!(digest(&temp.at("e")), digest(&again), "the same input gives the same bytes");
}

#[test]
fn merged_accounts_keep_the_regions_that_each_enabled() {
    let temp = Temp::new();
    let shard = |name: &str, account: &str, regions: &[&str]| {
        let w = SnapshotWriter::create(&temp.at(name), types()).unwrap();
        for region in regions {
            w.listing(Listing {
                account: account.into(),
                ..listing(region, ListingState::Complete)
            });
        }
        let regions = regions.iter().map(|r| (*r).to_owned()).collect();
        let accounts = vec![account.to_owned()];
        let scope = Scope { accounts, regions, ..Scope::default() };
        w.finish(Head { scope, ..head() }).unwrap();
        temp.at(name)
    };
    let (near, far) = (shard("near", "1", &["eu-west-1"]), shard("far", "2", &["af-south-1"]));
    let both = shard("both", "3", &["af-south-1", "eu-west-1"]);
    let more = shard("more", "1", &["us-east-1"]);
    let merged =
        |shards: &[&Path]| merge(shards, &temp.at("merged"), types(), Overlap::Join).unwrap().scope;
    let scope = merged(&[&near, &far, &both]);
    assert_eq!(scope.regions, ["af-south-1", "eu-west-1"]);
    assert_eq!(scope.regions_of("1"), ["eu-west-1"]);
    assert_eq!(scope.regions_of("2"), ["af-south-1"]);
    assert_eq!(scope.regions_of("3"), ["af-south-1", "eu-west-1"]);
    assert_eq!(scope.account_regions.len(), 2, "what all have is said once");
    // Two shards of one account speak of the regions of both.
    assert_eq!(merged(&[&near, &more]).regions_of("1"), ["eu-west-1", "us-east-1"]);
}

#[test]
fn hostile_lines_are_refused() {
    let temp = Temp::new();
    let at = temp.at("a");
    write(&at, &[1], 1 << 20);
    let plant = |line: &[u8]| {
        let bytes = zstd::encode_all(line, 3).unwrap();
        std::fs::write(segment(&at), &bytes).unwrap();
        let mut m = Snapshot::open(&at).unwrap().manifest().clone();
        for s in m.segments.iter_mut().filter(|s| s.region == "eu-west-1") {
            s.sha256 = assay_core::identity::sha256(&bytes);
        }
        m.root_digest = root_digest(&m).unwrap();
        std::fs::write(at.join(MANIFEST), serde_json::to_vec(&m).unwrap()).unwrap();
        read(&at).unwrap_err().to_string()
    };
    let deep = format!("{}{}\n", "[".repeat(5000), "]".repeat(5000));
    assert!(plant(deep.as_bytes()).contains("line 1"));
    let long = vec![b' '; MAX_LINE + 10];
    assert!(plant(&long).contains("too long"));
    assert!(plant(b"{\"id\": 1").contains("cut off"));
}
