//! `scan aws`, `collect aws`, `permissions aws`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use assay_collect::Cancel;
use assay_collect_aws::{AwsPlan, CollectError, Collected, permissions as iam, services};
use assay_core::ListingState;
use assay_core::manifest::SnapshotState;
use assay_core::typedef::TypeRegistry;
use assay_reports::text::count;
use assay_snapshot::{Snapshot, SnapshotWriter};

use super::judge::Judge;
use super::seen;
use crate::args::{AwsArgs, CollectAws, Global, PermissionsAws, ScanAws};
use crate::config::AwsSection;
use crate::exit::{Interrupted, Outcome, Usage};
use crate::out::Out;
use crate::progress::Progress;

/// `assay scan aws`: collect, judge, render.
pub(crate) fn scan(args: &ScanAws, global: &Global) -> Result<Outcome> {
    let judge = Judge::prepare(&args.judge)?;
    let plan = plan(&args.aws, &judge.config().aws)?;
    let mut out = Out::prepare(&args.out.out)?;
    let folder = out.path("snapshot");
    let types = Arc::new(judge.library().types.clone());
    let collected = run(plan, &folder, types, global)?;
    // A collection takes its time: whatever follows, its snapshot stays.
    out.keep();
    if collected.manifest.state == SnapshotState::Interrupted {
        return seen::interrupted(&folder, global);
    }
    let snapshot = Snapshot::open(&folder).map_err(super::evaluate::usage)?;
    judge.run(&snapshot, out, global).with_context(|| {
        format!("the snapshot is kept for `assay evaluate {}`, but", folder.display())
    })
}

/// `assay collect aws`: only the snapshot.
pub(crate) fn collect(args: &CollectAws, global: &Global) -> Result<Outcome> {
    let library = super::content::load(None)?;
    let section = crate::config::load_aws()?;
    let plan = plan(&args.aws, &section)?;
    let collected = run(plan, &args.out, Arc::new(library.types), global)?;
    if collected.manifest.state == SnapshotState::Interrupted {
        return seen::interrupted(&args.out, global);
    }
    let unseen = seen::unseen(&args.out, &collected.manifest)?;
    if !global.quiet {
        let m = &collected.manifest;
        let documents: u64 = m.segments.iter().map(|s| s.count).sum();
        let whole = m.listings.iter().filter(|l| l.state == ListingState::Complete).count();
        let mut stdout = std::io::stdout().lock();
        writeln!(
            stdout,
            "{} of account {}; {whole} of {} complete",
            count(documents, "resource", "resources"),
            collected.account,
            count(m.listings.len() as u64, "listing", "listings")
        )?;
        for line in &unseen {
            writeln!(stdout, "not seen: {}", assay_reports::text::plain(line))?;
        }
        writeln!(stdout, "snapshot {}", args.out.display())?;
        writeln!(stdout, "next: assay evaluate {}", args.out.display())?;
    }
    Ok(if unseen.is_empty() { Outcome::Clean } else { Outcome::Unseen })
}

/// `assay permissions aws`: the policy document.
pub(crate) fn permissions(args: &PermissionsAws) -> Result<Outcome> {
    let all = services();
    for name in &args.services {
        if !all.iter().any(|s| s.name == name) {
            let known: Vec<&str> = all.iter().map(|s| s.name).collect();
            return Err(Usage::new(
                format!("no collector for the service {name}"),
                format!("known services: {}", known.join(", ")),
            )
            .into());
        }
    }
    let chosen: Vec<_> = all
        .into_iter()
        .filter(|s| args.services.is_empty() || args.services.iter().any(|n| n == s.name))
        .collect();
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &iam::policy(&chosen, true))?;
    writeln!(out)?;
    Ok(Outcome::Clean)
}

/// IAM actions by operation, where the action is named like the operation.
pub(super) fn actions() -> BTreeMap<String, Vec<String>> {
    services()
        .into_iter()
        .flat_map(|s| s.operations.iter().map(move |o| (*o, s.actions)))
        .filter(|(o, actions)| actions.contains(o))
        .map(|(o, _)| (o.to_owned(), vec![o.to_owned()]))
        .collect()
}

/// Flags over `assay.toml`.
fn plan(args: &AwsArgs, section: &AwsSection) -> Result<AwsPlan> {
    let or = |flag: &Vec<String>, file: &Vec<String>| {
        if flag.is_empty() { file.clone() } else { flag.clone() }
    };
    let estate_key = match &args.estate_key {
        None => None,
        Some(path) => {
            let key = std::fs::read(path).map_err(|e| {
                Usage::new(
                    format!("cannot read the estate key {}: {e}", path.display()),
                    "make one with `head -c 32 /dev/urandom > FILE` and keep it outside the snapshot",
                )
            })?;
            if key.len() < 16 {
                return Err(Usage::new(
                    format!(
                        "the estate key {} has {}",
                        path.display(),
                        count(key.len() as u64, "byte", "bytes")
                    ),
                    "use at least 16 random bytes",
                )
                .into());
            }
            Some(key)
        }
    };
    let plan = AwsPlan {
        // Flag, environment, file: in that order, as everywhere.
        profile: args
            .profile
            .clone()
            .or_else(|| std::env::var_os("AWS_PROFILE")?.into_string().ok())
            .filter(|name| !name.is_empty())
            .or_else(|| section.profile.clone()),
        regions: or(&args.regions, &section.regions),
        left_out_regions: or(&args.exclude_regions, &section.exclude_regions),
        services: Vec::new(),
        left_out_services: or(&args.exclude_services, &section.exclude_services),
        credential_report: !args.no_generate_credential_report
            && section.generate_credential_report.unwrap_or(true),
        estate_key,
        concurrency: args.concurrency.map(usize::from),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    if !plan.regions.is_empty() {
        plan.remaining(plan.regions.clone()).map_err(|e| Usage::plain(e.to_string()))?;
    }
    Ok(plan)
}

/// Collects, with progress, until the end or Ctrl-C.
fn run(
    plan: AwsPlan,
    folder: &Path,
    types: Arc<TypeRegistry>,
    global: &Global,
) -> Result<Collected> {
    let writer = SnapshotWriter::create(folder, types).map_err(seen::snapshot)?;
    let progress = Progress::new(global);
    let cancel = Cancel::new();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let result = runtime.block_on(async {
        let collection =
            assay_collect_aws::collect(plan, writer, progress.events(), cancel.clone());
        tokio::pin!(collection);
        tokio::select! {
            done = &mut collection => return done,
            pressed = tokio::signal::ctrl_c() => if pressed.is_err() { return collection.await },
        }
        progress.line(
            "stopping: open calls end, the snapshot says that it is partial (Ctrl-C again ends at once)",
        );
        cancel.cancel();
        tokio::select! {
            done = &mut collection => done,
            _ = tokio::signal::ctrl_c() => Err(CollectError::Interrupted),
        }
    });
    runtime.shutdown_background();
    progress.finish();
    result.map_err(|e| match e {
        CollectError::Snapshot(e) => seen::snapshot(e),
        CollectError::Interrupted => Interrupted(e.to_string()).into(),
        other => Usage::plain(other.to_string()).into(),
    })
}
