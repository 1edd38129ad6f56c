//! Several providers in one scan: `assay scan aws azure`, with the flags of each.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[cfg(feature = "aws")]
use super::AwsArgs;
#[cfg(feature = "azure")]
use super::AzureArgs;
#[cfg(feature = "host")]
use super::HostArgs;
use super::{CloudArgs, JudgeArgs, OutArgs};

/// A provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum ProviderName {
    /// An AWS account
    #[cfg(feature = "aws")]
    Aws,
    /// Azure subscriptions and their tenant
    #[cfg(feature = "azure")]
    Azure,
    /// Linux hosts
    #[cfg(feature = "host")]
    Host,
}

/// Which providers, and what to collect from each.
#[derive(Debug, Clone, Args)]
pub(crate) struct SeveralArgs {
    /// The providers, in any order
    #[arg(required = true, num_args = 1.., value_enum, value_name = "PROVIDER")]
    pub(crate) providers: Vec<ProviderName>,
    #[cfg(feature = "aws")]
    #[command(flatten, next_help_heading = "AWS")]
    pub(crate) aws: AwsArgs,
    #[cfg(feature = "azure")]
    #[command(flatten, next_help_heading = "Azure")]
    pub(crate) azure: AzureArgs,
    #[cfg(feature = "host")]
    #[command(flatten, next_help_heading = "Hosts")]
    pub(crate) host: HostArgs,
    #[command(flatten, next_help_heading = "Clouds")]
    pub(crate) cloud: CloudArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ScanSeveral {
    #[command(flatten)]
    pub(crate) several: SeveralArgs,
    #[command(flatten, next_help_heading = "Output")]
    pub(crate) out: OutArgs,
    #[command(flatten, next_help_heading = "Judging")]
    pub(crate) judge: JudgeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CollectSeveral {
    #[command(flatten)]
    pub(crate) several: SeveralArgs,
    /// Snapshot folder to write
    #[arg(long, default_value = "./assay-snapshot", value_name = "DIR", help_heading = "Output")]
    pub(crate) out: PathBuf,
}

/// The command line with the hidden subcommand in its place, where at least two providers are named
/// behind `scan` or `collect`; and whether they stand side by side, so that nothing else can be
/// meant.
pub(super) fn rewrite(args: &[OsString]) -> Option<(Vec<OsString>, bool)> {
    let at = args.iter().position(|a| a == "scan" || a == "collect")?;
    let named = |a: &&OsString| {
        let text = a.to_str().unwrap_or_default();
        ProviderName::value_variants()
            .iter()
            .any(|p| p.to_possible_value().is_some_and(|v| v.get_name() == text))
    };
    let rest = args.get(at + 1..)?;
    if !rest.first().is_some_and(|a| named(&a)) || rest.iter().filter(named).count() < 2 {
        return None;
    }
    let mut out = args.to_vec();
    out.insert(at + 1, "several".into());
    Some((out, rest.get(1).is_some_and(|a| named(&a))))
}

#[cfg(test)]
mod tests {
    use super::super::{Cli, Command, ScanProvider, parse};
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    fn several(line: &str) -> Option<ScanSeveral> {
        match parse(words(line)) {
            Ok(Cli { command: Command::Scan { provider: ScanProvider::Several(s) }, .. }) => {
                Some(*s)
            }
            Ok(_) => None,
            Err(e) => panic!("{line}: {e}"),
        }
    }

    #[cfg(all(feature = "azure", feature = "host"))]
    #[test]
    fn several_providers_take_the_flags_of_each() {
        let id = "aaaaaaaa-0000-0000-0000-000000000001";
        for line in [
            format!("assay scan azure host --subscription {id} --root /mnt --out o"),
            format!("assay --quiet scan host azure --root /mnt --out o --subscription {id}"),
            format!("assay scan host --root /mnt azure --subscription {id} --out o"),
        ] {
            let s = several(&line).unwrap();
            assert_eq!(s.several.azure.subscriptions, [id], "{line}");
            assert_eq!(s.several.host.roots, [PathBuf::from("/mnt")]);
            assert_eq!(s.out.out, PathBuf::from("o"));
            let mut providers = s.several.providers;
            providers.sort();
            assert_eq!(providers, [ProviderName::Azure, ProviderName::Host]);
        }
    }

    #[cfg(all(feature = "azure", feature = "host"))]
    #[test]
    fn one_provider_stays_as_it_is() {
        assert!(several("assay scan host --root azure --image host").is_none());
        let error = parse(words("assay scan azure --root /mnt")).unwrap_err().to_string();
        assert!(error.contains("--root") && error.contains("assay scan azure"), "{error}");
        let error = parse(words("assay scan azure host --colour")).unwrap_err().to_string();
        assert!(error.contains("<PROVIDER> <PROVIDER>"), "{error}");
        assert!(parse(words("assay scan azure --subscription prod")).is_err());
    }
}
