//! A large estate: the bundled one, again and again under other account numbers.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use assay_core::manifest::SnapshotState;
use assay_core::{Manifest, Resource};
use assay_eval::Library;
use assay_policies::Content;
use assay_snapshot::{Head, Snapshot, SnapshotWriter, Source};

/// The bundled snapshot.
pub(crate) fn demo() -> Result<Snapshot> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/demo/snapshot");
    Snapshot::open(&root).context("cannot open the bundled snapshot")
}

/// The built-in rules.
pub(crate) fn library() -> Result<Library> {
    Library::load(&Content::embedded()).map_err(|errors| {
        anyhow::anyhow!("{} mistakes in the rules: `assay test` names them", errors.len())
    })
}

/// Writes a snapshot of at least `wanted` resources to `dir`.
pub(crate) fn make(dir: &Path, wanted: u64) -> Result<()> {
    let demo = demo()?;
    // Of the bundled estate only the account: hosts are measured by themselves.
    let aws = demo.segments().iter().find(|s| s.provider == "aws");
    let account = aws.map(|s| s.account.to_string()).unwrap_or_default();
    let documents = documents(&demo, &account)?;
    let types = Arc::new(library()?.types);
    let writer = SnapshotWriter::create(dir, types)?;
    let copies = wanted.div_ceil(documents.len().max(1) as u64);
    let mut accounts = Vec::new();
    for n in 0..copies {
        let other = format!("{:012}", 100_000_000_000 + n);
        for text in &documents {
            let text = text.replace(&account, &other);
            let document: Resource = serde_json::from_str(&text).context("a bundled document")?;
            writer.put(document)?;
        }
        for l in demo.manifest().listings.iter().filter(|l| l.account == account) {
            let mut l = l.clone();
            l.account = (&other).into();
            writer.listing(l);
        }
        accounts.push(other);
    }
    let m: &Manifest = demo.manifest();
    let mut scope = m.scope.clone();
    scope.accounts = accounts;
    scope.providers = vec!["aws".to_owned()];
    writer.finish(Head {
        tool_version: m.tool_version.clone(),
        state: SnapshotState::Complete,
        started: m.started,
        ended: m.ended,
        scope,
        callers: m.callers.clone(),
    })?;
    Ok(())
}

fn documents(source: &dyn Source, account: &str) -> Result<Vec<String>> {
    let mut out = Vec::new();
    for segment in source.segments().iter().filter(|s| s.account == account) {
        let mut lines = source.lines(segment)?;
        while let Some(line) = lines.next()? {
            out.push(String::from_utf8_lossy(line.bytes()).into_owned());
        }
    }
    Ok(out)
}
