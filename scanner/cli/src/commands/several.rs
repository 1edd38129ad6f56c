//! `scan aws azure`, `collect aws host`, …: several providers in one snapshot.

use anyhow::Result;

use super::gather::{self, Part};
use super::judge::Judge;
use crate::args::{CloudArgs, CollectSeveral, Global, ProviderName, ScanSeveral, SeveralArgs};
use crate::config::Config;
use crate::exit::{Outcome, Usage};

/// `assay scan` of several providers: collect, judge together, render.
pub(super) fn scan(args: &ScanSeveral, global: &Global) -> Result<Outcome> {
    let judge = Judge::prepare(&args.judge)?;
    let parts = parts(&args.several, judge.config())?;
    gather::scan(judge, parts, &args.out.out, global)
}

/// `assay collect` of several providers: only the snapshot.
pub(super) fn collect(args: &CollectSeveral, global: &Global) -> Result<Outcome> {
    let config = crate::config::load_clouds()?;
    gather::collect(parts(&args.several, &config)?, &args.out, global)
}

/// The plan of each provider, in one order whatever the order of the words.
fn parts(args: &SeveralArgs, config: &Config) -> Result<Vec<Part>> {
    let mut providers = args.providers.clone();
    providers.sort();
    providers.dedup();
    if providers.len() < 2 {
        return Err(Usage::new(
            "one scan of several providers names at least two of them",
            "leave the second word out",
        )
        .into());
    }
    foreign(args, &providers)?;
    known_services(&args.cloud, &providers)?;
    let mut out = Vec::new();
    for provider in providers {
        out.push(match provider {
            #[cfg(feature = "aws")]
            ProviderName::Aws => {
                let cloud = own_services(&args.cloud, &super::aws::service_names());
                Part::Aws(super::aws::plan(&args.aws, &cloud, &config.aws)?)
            }
            #[cfg(feature = "azure")]
            ProviderName::Azure => {
                let cloud = own_services(&args.cloud, &super::azure::service_names());
                Part::Azure(super::azure::plan(&args.azure, &cloud, &config.azure)?)
            }
            #[cfg(feature = "host")]
            ProviderName::Host => Part::Host(super::host::plan(&args.host)?),
        });
    }
    Ok(out)
}

/// A flag of a provider that is not scanned would have no effect.
fn foreign(args: &SeveralArgs, providers: &[ProviderName]) -> Result<(), Usage> {
    let mut given: Vec<(ProviderName, &str, bool)> = Vec::new();
    #[cfg(feature = "aws")]
    given.extend([
        (ProviderName::Aws, "--profile", args.aws.profile.is_some()),
        (ProviderName::Aws, "--organization", args.aws.organization),
        (ProviderName::Aws, "--account", !args.aws.accounts.is_empty()),
        (ProviderName::Aws, "--exclude-account", !args.aws.exclude_accounts.is_empty()),
        (ProviderName::Aws, "--role", args.aws.role.is_some()),
        (ProviderName::Aws, "--external-id", args.aws.external_id.is_some()),
        (ProviderName::Aws, "--region", !args.aws.regions.is_empty()),
        (ProviderName::Aws, "--exclude-region", !args.aws.exclude_regions.is_empty()),
        (
            ProviderName::Aws,
            "--no-generate-credential-report",
            args.aws.no_generate_credential_report,
        ),
    ]);
    #[cfg(feature = "azure")]
    given.extend([
        (ProviderName::Azure, "--subscription", !args.azure.subscriptions.is_empty()),
        (ProviderName::Azure, "--management-group", args.azure.management_group.is_some()),
        (ProviderName::Azure, "--cloud", args.azure.cloud_name.is_some()),
    ]);
    #[cfg(feature = "host")]
    given.extend([
        (ProviderName::Host, "--root", !args.host.roots.is_empty()),
        (ProviderName::Host, "--image", !args.host.images.is_empty()),
        (ProviderName::Host, "--ssh", !args.host.ssh.is_empty()),
        (ProviderName::Host, "--inventory", args.host.inventory.is_some()),
        (ProviderName::Host, "--name", args.host.name.is_some()),
    ]);
    match given.into_iter().find(|(p, _, set)| *set && !providers.contains(p)) {
        Some((provider, flag, _)) => Err(Usage::new(
            format!("{flag} belongs to a provider that is not scanned"),
            format!("add `{}`, or leave the flag out", word(provider)),
        )),
        None => Ok(()),
    }
}

const fn word(provider: ProviderName) -> &'static str {
    match provider {
        #[cfg(feature = "aws")]
        ProviderName::Aws => "aws",
        #[cfg(feature = "azure")]
        ProviderName::Azure => "azure",
        #[cfg(feature = "host")]
        ProviderName::Host => "host",
    }
}

fn services(provider: ProviderName) -> Vec<&'static str> {
    match provider {
        #[cfg(feature = "aws")]
        ProviderName::Aws => super::aws::service_names(),
        #[cfg(feature = "azure")]
        ProviderName::Azure => super::azure::service_names(),
        #[cfg(feature = "host")]
        ProviderName::Host => Vec::new(),
    }
}

/// A service that is left out belongs to some provider of the scan.
fn known_services(cloud: &CloudArgs, providers: &[ProviderName]) -> Result<(), Usage> {
    let known: Vec<&str> = providers.iter().flat_map(|p| services(*p)).collect();
    match cloud.exclude_services.iter().find(|s| !known.contains(&s.as_str())) {
        Some(service) => Err(Usage::new(
            format!("no collector for the service {service}"),
            format!("known services: {}", known.join(", ")),
        )),
        None => Ok(()),
    }
}

/// The flags with those services only that a provider has.
fn own_services(cloud: &CloudArgs, known: &[&str]) -> CloudArgs {
    let mut cloud = cloud.clone();
    cloud.exclude_services.retain(|s| known.contains(&s.as_str()));
    cloud
}
