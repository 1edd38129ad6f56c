//! The command line. Parsing never acts: every struct here is data.

mod approve;
#[cfg(feature = "aws")]
mod aws;
#[cfg(feature = "azure")]
mod azure;
#[cfg(feature = "host")]
mod host;
mod judge;
mod ledger;
mod results;
mod rules;
#[cfg(several)]
mod several;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Audit infrastructure: every verdict has a proof, and what was not looked at is never green.
#[derive(Debug, Parser)]
#[command(name = "assay", version, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 nothing at or above --fail-on and all in scope assessed; \
1 findings; 2 usage or configuration; 3 something in scope could not be looked at; \
4 internal error; 130 interrupted.")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: Global,
}

/// Flags that every subcommand takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Print no progress and no summary; errors still go to standard error.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Log lines on standard error: text or one JSON object a line.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub(crate) log_format: LogFormat,
    /// How much to log: error, warn, info, debug, trace (or a tracing filter).
    #[arg(long, global = true, default_value = "warn", value_name = "LEVEL")]
    pub(crate) log: String,
    /// Colour on standard output. `NO_COLOR` turns it off too.
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub(crate) color: When,
}

/// Log line formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

pub(crate) use approve::ApproveArgs;
#[cfg(feature = "aws")]
pub(crate) use aws::{AwsArgs, PermissionsAws};
#[cfg(feature = "azure")]
pub(crate) use azure::{AzureArgs, CloudName, PermissionsAzure, guid};
#[cfg(feature = "host")]
pub(crate) use host::HostArgs;
pub(crate) use judge::{DeclaredArgs, EvaluateArgs, FailOn, Format, JudgeArgs, Verdicts};
pub(crate) use ledger::{
    ExportFormat, LedgerAdd, LedgerCommand, LedgerExport, LedgerFile, LedgerHold, LedgerPrune,
    LedgerRelease, LedgerReport, LedgerVerify, PeriodFormat, PeriodTable, Said,
};
pub(crate) use results::{
    CorroborateArgs, DiffArgs, MergeArgs, ReportArgs, SignArgs, VerifyArgs, WaiveArgs,
};
pub(crate) use rules::{ExplainArgs, ListFormat, RulesArgs, RulesFormat, TestArgs};
#[cfg(several)]
pub(crate) use several::{CollectSeveral, ProviderName, ScanSeveral, SeveralArgs};

/// Reads a command line. Several providers in one scan (`scan aws azure`) are a subcommand of their
/// own, which nobody has to name.
///
/// # Errors
/// What clap says: also where help or the version is asked for.
pub(crate) fn parse(args: Vec<std::ffi::OsString>) -> Result<Cli, clap::Error> {
    let plain = Cli::try_parse_from(&args);
    #[cfg(several)]
    if let (Err(_), Some((rewritten, sure))) = (&plain, several::rewrite(&args)) {
        let several = Cli::try_parse_from(rewritten);
        if several.is_ok() || sure {
            return several;
        }
    }
    plain
}

/// Whether a command line that does not parse asks for JSON lines.
pub(crate) fn wants_json(args: impl Iterator<Item = std::ffi::OsString>) -> bool {
    let all: Vec<_> = args.collect();
    let pair = |w: &[std::ffi::OsString]| matches!(w, [a, b] if a == "--log-format" && b == "json");
    all.windows(2).any(pair) || all.iter().any(|a| a == "--log-format=json")
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge the bundled estate, end to end, offline
    Demo(DemoArgs),
    /// Collect, judge and render in one go
    ///
    /// Several providers are judged together: `assay scan aws azure`, in any order, with the flags
    /// of each. They are collected one after the other.
    Scan {
        #[command(subcommand)]
        provider: ScanProvider,
    },
    /// Only collect: write a snapshot
    ///
    /// Several providers give one snapshot: `assay collect aws azure`, with the flags of each.
    Collect {
        #[command(subcommand)]
        provider: CollectProvider,
    },
    /// Join snapshots of one estate into one: other accounts, other hosts, shards of one scan
    ///
    /// All of it is judged as of the end of the last collection.
    Merge(MergeArgs),
    /// Only judge: read a snapshot, write assessment, findings and reports
    Evaluate(EvaluateArgs),
    /// Only render: read an output folder, unchanged since it was written, and make a report of it
    Report(ReportArgs),
    /// List the rules, with their controls and aliases
    Rules(RulesArgs),
    /// Explain one rule: why, what it reads, how to fix, which controls it proves; or, with --on,
    /// why it judged each resource of a snapshot as it did
    Explain(ExplainArgs),
    /// Run the cases of rules on both engines
    Test(TestArgs),
    /// Print the minimal read-only policy that the collectors need
    Permissions {
        #[command(subcommand)]
        provider: PermissionsProvider,
    },
    /// Compare two output folders: new, fixed, unchanged, no longer assessed
    Diff(DiffArgs),
    /// Sign an output folder, so that anybody can tell later that nothing has changed
    Sign(SignArgs),
    /// Check a snapshot or an output folder against its digests and its signature
    Verify(VerifyArgs),
    /// Keep every run in one chained file, and report on a period
    ///
    /// `[ledger]` in assay.toml names the file and declares the schedule; `assay scan` and `assay
    /// evaluate` then add their run by themselves, with the last one as baseline.
    Ledger {
        #[command(subcommand)]
        command: LedgerCommand,
    },
    /// Compare a snapshot's calls with the provider's own log, as you pulled it
    ///
    /// Calls and events are matched by request id. Calls that the log should hold and does not, events
    /// of the scanner's identity without a call, and requests of which both say different things are
    /// contradictions (exit 1). What the events do not cover is not missing, it is unchecked (exit 3):
    /// other regions and times, Azure's reads, which its activity log never holds.
    Corroborate(CorroborateArgs),
    /// Accept findings for a time: writes waivers into assay.toml
    Waive(WaiveArgs),
    /// Sign waivers, attestations and other approvals with an SSH key; without an ID, list them
    ///
    /// Where assay.toml names `[approvals] allowed_signers`, only signed ones count. The list ends
    /// with exit code 1 where one does not count. A signature is over what an entry says, not over
    /// the layout of its file.
    Approve(ApproveArgs),
    /// Print a completion script
    Completions {
        /// For which shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ScanProvider {
    /// An AWS account
    ///
    /// Credentials come from the usual chain. `AWS_ENDPOINT_URL` points elsewhere; `HTTPS_PROXY`,
    /// `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are respected.
    #[cfg(feature = "aws")]
    Aws(Box<Scan<InCloud<AwsArgs>>>),
    /// Azure subscriptions and their tenant
    ///
    /// Credentials are tried in this order, and the one that is used is named: client secret or
    /// federated token from the environment (AZURE_TENANT_ID, AZURE_CLIENT_ID,
    /// AZURE_CLIENT_SECRET, AZURE_FEDERATED_TOKEN), workload identity (AZURE_FEDERATED_TOKEN_FILE),
    /// Azure Pipelines, managed identity, `az login`, `azd auth login`. `HTTPS_PROXY`, `HTTP_PROXY`,
    /// `ALL_PROXY` and `NO_PROXY` are respected.
    #[cfg(feature = "azure")]
    Azure(Scan<InCloud<AzureArgs>>),
    /// Linux hosts: this machine, root file systems, images, hosts over ssh
    #[cfg(feature = "host")]
    Host(Scan<HostArgs>),
    /// Several providers, judged together
    #[cfg(several)]
    #[command(hide = true, override_usage = "assay scan <PROVIDER> <PROVIDER>... [OPTIONS]")]
    Several(Box<ScanSeveral>),
}

#[derive(Debug, Subcommand)]
pub(crate) enum CollectProvider {
    /// An AWS account
    #[cfg(feature = "aws")]
    Aws(Box<Collect<InCloud<AwsArgs>>>),
    /// Azure subscriptions and their tenant
    #[cfg(feature = "azure")]
    Azure(Collect<InCloud<AzureArgs>>),
    /// Linux hosts: this machine, root file systems, images, hosts over ssh
    #[cfg(feature = "host")]
    Host(Collect<HostArgs>),
    /// Several providers, in one snapshot
    #[cfg(several)]
    #[command(hide = true, override_usage = "assay collect <PROVIDER> <PROVIDER>... [OPTIONS]")]
    Several(Box<CollectSeveral>),
}

#[derive(Debug, Subcommand)]
pub(crate) enum PermissionsProvider {
    /// An IAM policy document
    #[cfg(feature = "aws")]
    Aws(PermissionsAws),
    /// A custom role of Azure and the application permissions of Microsoft Graph
    #[cfg(feature = "azure")]
    Azure(PermissionsAzure),
}

/// Where an output folder goes.
#[derive(Debug, Clone, Args)]
pub(crate) struct OutArgs {
    /// Output folder. An existing one is replaced only if Assay wrote it.
    #[arg(long, default_value = "./assay-out", value_name = "DIR")]
    pub(crate) out: PathBuf,
}

/// A scan of something: what to collect, and how it is judged.
#[cfg(collects)]
#[derive(Debug, Args)]
pub(crate) struct Scan<What: Args> {
    #[command(flatten)]
    pub(crate) what: What,
    #[command(flatten)]
    pub(crate) out: OutArgs,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
}

/// A collection of something.
#[cfg(collects)]
#[derive(Debug, Args)]
pub(crate) struct Collect<What: Args> {
    #[command(flatten)]
    pub(crate) what: What,
    /// Snapshot folder to write
    #[arg(long, default_value = "./assay-snapshot", value_name = "DIR")]
    pub(crate) out: PathBuf,
}

/// What to collect from a cloud: its own flags, and those of all clouds.
#[cfg(clouds)]
#[derive(Debug, Args)]
pub(crate) struct InCloud<Own: Args> {
    #[command(flatten)]
    pub(crate) own: Own,
    #[command(flatten)]
    pub(crate) cloud: CloudArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    #[command(flatten)]
    pub(crate) out: OutArgs,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
}

/// How to collect from a cloud, whichever it is.
#[cfg(clouds)]
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct CloudArgs {
    /// Leave these services out (printed as left out by choice)
    #[arg(long = "exclude-service", value_name = "SERVICE")]
    pub(crate) exclude_services: Vec<String>,
    /// Calls in flight: in AWS for each account, region and service [default: 16 for global
    /// services, 8 for regional ones], in Azure for each subscription [default: 16]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) concurrency: Option<u16>,
    /// A file with the estate key: secrets found get a digest keyed with it, so that the same
    /// secret is recognised over time. Without it they get none.
    #[arg(long, value_name = "FILE")]
    pub(crate) estate_key: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
