//! The estate, collected.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use assay_collect::{Cancel, silent};
use assay_core::{Call, Listing, Manifest, Resource, TypeRegistry};
use assay_snapshot::{Snapshot, SnapshotWriter, Source as _};
use serde_json::Value;

use crate::fake::{Fake, files};
use crate::{Access, AzurePlan, collect};

pub(super) const SHOP: &str = "1d4c7b20-5e9a-4f38-8b61-0a2f9c3d7e15";
pub(super) const LAB: &str = "8e2a6f94-3c1b-4d07-a5f8-7b9d0e4c2a63";
pub(super) const TENANT: &str = "3b6f1c52-8a0d-4c7e-9f21-6d5e0b7a1c90";

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn yaml(folder: &Path) -> BTreeMap<String, Value> {
    let files = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path());
    files
        .filter(|f| f.extension().is_some_and(|e| e == "yaml"))
        .map(|f| {
            let text = std::fs::read_to_string(&f).unwrap();
            let value = yaml_serde::from_str(&text);
            let value = value.unwrap_or_else(|e| panic!("{}: {e}", f.display()));
            (f.file_name().unwrap().to_str().unwrap().to_owned(), value)
        })
        .collect()
}

/// The type files of Azure.
pub(super) fn types() -> Arc<TypeRegistry> {
    static TYPES: LazyLock<Arc<TypeRegistry>> = LazyLock::new(|| {
        Arc::new(TypeRegistry::from_files(yaml(&root().join("policies/types/azure"))).unwrap())
    });
    Arc::clone(&TYPES)
}

/// The files of the estate.
pub(super) fn written() -> Vec<Value> {
    yaml(&root().join("fixtures/demo/azure")).into_values().collect()
}

/// The estate behind the fake, with what its files refuse.
pub(super) fn larkspur() -> Fake {
    let (estate, faults) = files::read(written()).unwrap();
    faults.into_iter().fold(Fake::new(estate), Fake::with_fault)
}

/// What a collection left behind.
pub(super) struct Left {
    pub(super) manifest: Manifest,
    pub(super) documents: BTreeMap<(String, String, String), Resource>,
    pub(super) calls: BTreeMap<String, Call>,
}

impl Left {
    pub(super) fn listing(&self, account: &str, kind: &str) -> &Listing {
        let mut all = self.manifest.listings.iter();
        let found = all.find(|l| l.account == account && l.kind == kind);
        found.unwrap_or_else(|| panic!("no listing of {kind} in {account}"))
    }

    pub(super) fn of(&self, kind: &str) -> Vec<&Resource> {
        self.documents.values().filter(|d| d.kind == kind).collect()
    }

    pub(super) fn one(&self, kind: &str, name: &str) -> &Resource {
        let found = self.of(kind).into_iter().find(|d| d.name == name);
        found.unwrap_or_else(|| panic!("no {kind} {name}"))
    }
}

pub(super) fn collected(fake: Fake) -> Left {
    collected_by(&fake.shared())
}

pub(super) fn collected_by(fake: &Arc<Fake>) -> Left {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("snapshot");
    let writer = SnapshotWriter::create(&target, types()).unwrap();
    let plan = AzurePlan {
        environment: fake.environment(),
        tool_version: "0".to_owned(),
        ..AzurePlan::default()
    };
    let access = Access::to(Arc::clone(fake) as Arc<dyn azure_core::http::HttpClient>);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let done = runtime.block_on(collect(plan, access, writer, silent(), Cancel::new()));
    let manifest = done.unwrap().manifest;
    let snapshot = Snapshot::open(&target).unwrap();
    let mut documents = BTreeMap::new();
    for segment in snapshot.segments() {
        let mut lines = snapshot.lines(segment).unwrap();
        while let Some(line) = lines.next().unwrap() {
            let r = line.resource().unwrap();
            let key = (r.kind.clone(), r.account.clone(), r.id.clone());
            assert!(documents.insert(key, r).is_none(), "a document is there twice");
        }
    }
    let mut calls = BTreeMap::new();
    let mut take = |c: Call| {
        calls.insert(c.id.clone(), c);
    };
    snapshot.calls(&mut take).unwrap();
    Left { manifest, documents, calls }
}
