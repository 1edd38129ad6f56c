//! `scan host`, `collect host`.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};

use assay_collect_host::ssh::Remote;
use assay_collect_host::{CollectError, Collected, HostPlan, Source, Target};
use assay_core::typedef::TypeRegistry;
use assay_snapshot::SnapshotWriter;

use super::gather::{self, Part};
use super::judge::Judge;
use super::{seen, until};
use crate::args::{Collect, Global, HostArgs, Scan};
use crate::exit::{Interrupted, Outcome, Usage};

/// `assay scan host`: collect, judge, render.
pub(super) fn scan(args: &Scan<HostArgs>, global: &Global) -> Result<Outcome> {
    let plan = plan(&args.what)?;
    let judge = Judge::prepare(&args.judge)?;
    gather::scan(judge, vec![Part::Host(plan)], &args.out.out, global)
}

/// `assay collect host`: only the snapshot.
pub(super) fn collect(args: &Collect<HostArgs>, global: &Global) -> Result<Outcome> {
    let plan = plan(&args.what)?;
    gather::collect(vec![Part::Host(plan)], &args.out, global)
}

/// The hosts that the flags name.
pub(super) fn plan(args: &HostArgs) -> Result<HostPlan> {
    let mut sources: Vec<Source> = args.roots.iter().cloned().map(Source::Folder).collect();
    sources.extend(args.images.iter().cloned().map(Source::Image));
    let mut named = Vec::new();
    for text in &args.ssh {
        let remote = Remote::parse(text, args.sudo).map_err(Usage::plain)?;
        sources.push(Source::Remote(remote));
    }
    if let Some(file) = &args.inventory {
        let hosts = assay_collect_host::ssh::inventory(file, args.sudo)
            .map_err(|e| Usage::plain(e.to_string()))?;
        named.extend(
            hosts
                .into_iter()
                .map(|(name, remote)| Target { source: Source::Remote(remote), name: Some(name) }),
        );
    }
    if sources.is_empty() && named.is_empty() {
        sources.push(Source::Live);
    }
    if args.name.is_some() && sources.len() + named.len() > 1 {
        return Err(Usage::new(
            "--name fits one host, and several are named",
            "leave it out: each host names itself",
        )
        .into());
    }
    let mut targets: Vec<Target> =
        sources.into_iter().map(|source| Target { source, name: args.name.clone() }).collect();
    targets.append(&mut named);
    Ok(HostPlan { targets, tool_version: env!("CARGO_PKG_VERSION").to_owned() })
}

/// Collects, with progress, until the end or Ctrl-C.
pub(super) fn run(
    plan: HostPlan,
    folder: &Path,
    types: Arc<TypeRegistry>,
    global: &Global,
) -> Result<Collected> {
    let writer = SnapshotWriter::create(folder, types).map_err(seen::snapshot)?;
    let collect = |events, cancel| {
        let work = move || assay_collect_host::collect(&plan, writer, events, cancel);
        async { tokio::task::spawn_blocking(work).await }
    };
    let Some(result) = until::stopped(global, collect)? else {
        return Err(Interrupted("interrupted before the snapshot was written".to_owned()).into());
    };
    result.context("the collection broke off")?.map_err(|e| match e {
        CollectError::Snapshot(e) => seen::snapshot(e),
        other => Usage::plain(other.to_string()).into(),
    })
}
