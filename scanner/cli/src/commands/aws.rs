//! `scan aws`, `collect aws`, `permissions aws`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use assay_collect_aws::{Accounts, AwsPlan, CollectError, Collected, permissions as iam, services};
use assay_core::typedef::TypeRegistry;
use assay_snapshot::SnapshotWriter;

use super::cloud::estate_key;
use super::gather::{self, Part};
use super::judge::Judge;
use super::{seen, until};
use crate::args::{AwsArgs, CloudArgs, Collect, Global, InCloud, PermissionsAws, Scan};
use crate::config::AwsSection;
use crate::exit::{Interrupted, Outcome, Usage};

/// `assay scan aws`: collect, judge, render.
pub(super) fn scan(args: &Scan<InCloud<AwsArgs>>, global: &Global) -> Result<Outcome> {
    let judge = Judge::prepare(&args.judge)?;
    let plan = plan(&args.what.own, &args.what.cloud, &judge.config().aws)?;
    gather::scan(judge, vec![Part::Aws(plan)], &args.out.out, global)
}

/// `assay collect aws`: only the snapshot.
pub(super) fn collect(args: &Collect<InCloud<AwsArgs>>, global: &Global) -> Result<Outcome> {
    let config = crate::config::load_clouds()?;
    let plan = plan(&args.what.own, &args.what.cloud, &config.aws)?;
    gather::collect(vec![Part::Aws(plan)], &args.out, global)
}

/// `assay permissions aws`: the policy document.
pub(super) fn permissions(args: &PermissionsAws) -> Result<Outcome> {
    let mut out = std::io::stdout().lock();
    if let Some(role) = &args.caller_of {
        serde_json::to_writer_pretty(&mut out, &iam::caller(role))?;
        writeln!(out)?;
        return Ok(Outcome::Clean);
    }
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
pub(super) fn plan(args: &AwsArgs, cloud: &CloudArgs, section: &AwsSection) -> Result<AwsPlan> {
    let or = |flag: &Vec<String>, file: &Vec<String>| {
        if flag.is_empty() { file.clone() } else { flag.clone() }
    };
    // Flags that choose accounts take the place of the file's choice as a whole.
    let flags = args.organization || !args.accounts.is_empty();
    let accounts = Accounts {
        organization: if flags { args.organization } else { section.organization },
        only: if flags { args.accounts.clone() } else { section.accounts.clone() },
        left_out: or(&args.exclude_accounts, &section.exclude_accounts),
        role: args.role.clone().or_else(|| section.role.clone()),
        external_id: args.external_id.clone().or_else(|| section.external_id.clone()),
    };
    let plan = AwsPlan {
        accounts,
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
        left_out_services: or(&cloud.exclude_services, &section.exclude_services),
        credential_report: !args.no_generate_credential_report
            && section.generate_credential_report.unwrap_or(true),
        estate_key: estate_key(cloud)?,
        concurrency: cloud.concurrency.map(usize::from),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    if !plan.regions.is_empty() {
        plan.remaining(plan.regions.clone()).map_err(|e| Usage::plain(e.to_string()))?;
    }
    Ok(plan)
}

/// The names of all services.
#[cfg(several)]
pub(super) fn service_names() -> Vec<&'static str> {
    services().iter().map(|s| s.name).collect()
}

/// Collects, with progress, until the end or Ctrl-C.
pub(super) fn run(
    plan: AwsPlan,
    folder: &Path,
    types: Arc<TypeRegistry>,
    global: &Global,
) -> Result<Collected> {
    let writer = SnapshotWriter::create(folder, types).map_err(seen::snapshot)?;
    let collect = |events, cancel| assay_collect_aws::collect(plan, writer, events, cancel);
    let result = until::stopped(global, collect)?;
    result.unwrap_or(Err(CollectError::Interrupted)).map_err(|e| match e {
        CollectError::Snapshot(e) => seen::snapshot(e),
        CollectError::Interrupted => Interrupted(e.to_string()).into(),
        other => Usage::plain(other.to_string()).into(),
    })
}
