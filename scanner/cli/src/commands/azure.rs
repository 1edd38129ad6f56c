//! `scan azure`, `collect azure`, `permissions azure`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use assay_collect_azure::{
    Access, AzurePlan, Checked, Cloud, CollectError, Collected, Service, VARIABLES, check,
    permissions as declared, services,
};
use assay_core::typedef::TypeRegistry;
use assay_reports::text::{count, plain};
use assay_snapshot::SnapshotWriter;
use serde_json::json;

use super::cloud::estate_key;
use super::gather::{self, Part};
use super::judge::Judge;
use super::{seen, until};
use crate::args::{
    AzureArgs, CloudArgs, CloudName, Collect, Global, InCloud, PermissionsAzure, Scan,
};
use crate::config::AzureSection;
use crate::exit::{Interrupted, Outcome, Usage};
use crate::progress::Progress;

/// `assay scan azure`: collect, judge, render.
pub(super) fn scan(args: &Scan<InCloud<AzureArgs>>, global: &Global) -> Result<Outcome> {
    let judge = Judge::prepare(&args.judge)?;
    let plan = plan(&args.what.own, &args.what.cloud, &judge.config().azure)?;
    gather::scan(judge, vec![Part::Azure(plan)], &args.out.out, global)
}

/// `assay collect azure`: only the snapshot.
pub(super) fn collect(args: &Collect<InCloud<AzureArgs>>, global: &Global) -> Result<Outcome> {
    let config = crate::config::load_clouds()?;
    let plan = plan(&args.what.own, &args.what.cloud, &config.azure)?;
    gather::collect(vec![Part::Azure(plan)], &args.out, global)
}

/// `assay permissions azure`: the custom role, the application permissions, what is missing.
pub(super) fn permissions(args: &PermissionsAzure, global: &Global) -> Result<Outcome> {
    let all = services();
    if let Some(name) = args.services.iter().find(|n| !all.iter().any(|s| s.name == **n)) {
        let known: Vec<&str> = all.iter().map(|s| s.name).collect();
        return Err(Usage::new(
            format!("no collector for the service {name}"),
            format!("known services: {}", known.join(", ")),
        )
        .into());
    }
    let section = crate::config::load_clouds()?.azure;
    let mut plan = plan(&args.azure, &CloudArgs::default(), &section)?;
    plan.services.clone_from(&args.services);
    let chosen: Vec<&'static Service> = all.into_iter().filter(|s| plan.wants(s.name)).collect();
    let mut out = std::io::stdout().lock();
    if args.check {
        let checked = try_out(&plan, global)?;
        return report(&checked, &mut out);
    }
    if args.graph {
        for permission in declared::graph(&chosen) {
            writeln!(out, "{permission}")?;
        }
        return Ok(Outcome::Clean);
    }
    let role = declared::role(&chosen, &scopes(&plan));
    let value = if args.role {
        role
    } else {
        json!({"role": role, "graphApplicationPermissions": declared::graph(&chosen)})
    };
    serde_json::to_writer_pretty(&mut out, &value)?;
    writeln!(out)?;
    Ok(Outcome::Clean)
}

/// Where the role may be assigned.
fn scopes(plan: &AzurePlan) -> Vec<String> {
    match &plan.management_group {
        Some(group) => {
            vec![format!("/providers/Microsoft.Management/managementGroups/{group}")]
        }
        // To be replaced by hand: a role has to name a scope.
        None if plan.subscriptions.is_empty() => vec!["/subscriptions/SUBSCRIPTION_ID".to_owned()],
        None => plan.subscriptions.iter().map(|s| format!("/subscriptions/{s}")).collect(),
    }
}

fn try_out(plan: &AzurePlan, global: &Global) -> Result<Checked> {
    // Nothing is written: Ctrl-C may end it at once.
    let progress = Progress::new(global);
    let runtime = until::runtime()?;
    let result = runtime.block_on(async { check(plan, &Access::real()?).await });
    runtime.shutdown_background();
    progress.finish();
    result.map_err(failed)
}

/// Says what is missing, one line each.
fn report(checked: &Checked, out: &mut impl Write) -> Result<Outcome> {
    writeln!(out, "asked as {}", plain(&checked.caller))?;
    for (subscription, missing) in &checked.subscriptions {
        match missing {
            Ok(missing) if missing.is_empty() => {
                writeln!(out, "subscription {subscription}: every action is allowed")?;
            }
            Ok(missing) => {
                let n = count(missing.len() as u64, "action is", "actions are");
                writeln!(out, "subscription {subscription}: {n} missing")?;
                for action in missing {
                    writeln!(out, "  {action}")?;
                }
            }
            Err(why) => writeln!(
                out,
                "subscription {subscription}: the permissions cannot be read ({})",
                plain(why)
            )?,
        }
    }
    let n = count(checked.graph_checked as u64, "operation", "operations");
    if checked.graph.is_empty() {
        writeln!(out, "Microsoft Graph: {n}, all work")?;
    } else {
        writeln!(out, "Microsoft Graph: {} of {n} do not work", checked.graph.len())?;
    }
    for refused in &checked.graph {
        let (name, needs) = (refused.operation, refused.needs.join(" or "));
        writeln!(out, "  {name} needs {needs} ({})", plain(&refused.detail))?;
    }
    Ok(if checked.is_whole() { Outcome::Clean } else { Outcome::Unseen })
}

/// What an operation needs, by operation.
pub(super) fn actions() -> BTreeMap<String, Vec<String>> {
    declared::operations(&services())
        .map(|o| {
            let needs = o.needs.first().map(|n| vec![(*n).to_owned()]).unwrap_or_default();
            (o.name.to_owned(), o.action().map_or(needs, |a| vec![a]))
        })
        .filter(|(_, needs)| !needs.is_empty())
        .collect()
}

/// The names of all services.
#[cfg(several)]
pub(super) fn service_names() -> Vec<&'static str> {
    services().iter().map(|s| s.name).collect()
}

/// Flags over the environment over `assay.toml`.
pub(super) fn plan(
    args: &AzureArgs,
    cloud: &CloudArgs,
    section: &AzureSection,
) -> Result<AzurePlan> {
    let named = match (args.cloud_name, &section.cloud) {
        (Some(CloudName::Public), _) | (None, None) => Cloud::Public,
        (Some(CloudName::China), _) => Cloud::China,
        (Some(CloudName::Usgov), _) => Cloud::UsGov,
        (None, Some(text)) => Cloud::from_name(text).ok_or_else(|| {
            Usage::new(format!("no cloud `{text}` in [azure]"), "public, china and usgov are known")
        })?,
    };
    // A flag of either kind chooses; the file does not add to it.
    let flagged = !args.subscriptions.is_empty() || args.management_group.is_some();
    let (subscriptions, management_group) = if flagged {
        (args.subscriptions.clone(), args.management_group.clone())
    } else {
        (section.subscriptions.clone(), section.management_group.clone())
    };
    if !subscriptions.is_empty() && management_group.is_some() {
        return Err(Usage::new(
            "[azure] names subscriptions and a management group",
            "keep one of them",
        )
        .into());
    }
    let subscriptions = subscriptions
        .iter()
        .map(|s| crate::args::guid(s).map_err(|e| Usage::plain(format!("`{s}` is {e}"))))
        .collect::<Result<_, _>>()?;
    let left_out_services = if cloud.exclude_services.is_empty() {
        section.exclude_services.clone()
    } else {
        cloud.exclude_services.clone()
    };
    let variable = |name: &&str| {
        let value = std::env::var_os(name)?.into_string().ok()?;
        Some(((*name).to_owned(), value))
    };
    Ok(AzurePlan {
        cloud: named,
        subscriptions,
        management_group,
        services: Vec::new(),
        left_out_services,
        environment: VARIABLES.iter().filter_map(variable).collect(),
        estate_key: estate_key(cloud)?,
        concurrency: cloud.concurrency.map(usize::from),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

fn failed(e: CollectError) -> anyhow::Error {
    match e {
        CollectError::Snapshot(e) => seen::snapshot(e),
        CollectError::Interrupted => Interrupted(e.to_string()).into(),
        other => Usage::plain(other.to_string()).into(),
    }
}

/// Collects, with progress, until the end or Ctrl-C.
pub(super) fn run(
    plan: AzurePlan,
    folder: &Path,
    types: Arc<TypeRegistry>,
    global: &Global,
) -> Result<Collected> {
    let writer = SnapshotWriter::create(folder, types).map_err(seen::snapshot)?;
    let collect = |events, cancel| async move {
        assay_collect_azure::collect(plan, Access::real()?, writer, events, cancel).await
    };
    until::stopped(global, collect)?.unwrap_or(Err(CollectError::Interrupted)).map_err(failed)
}
