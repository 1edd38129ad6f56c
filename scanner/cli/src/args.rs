//! The command line. Parsing never acts: every struct here is data.

mod approve;
#[cfg(feature = "azure")]
mod azure;
mod ledger;
#[cfg(several)]
mod several;

use std::path::PathBuf;

use assay_core::{Severity, Timestamp};
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
#[cfg(feature = "azure")]
pub(crate) use azure::{AzureArgs, CloudName, CollectAzure, PermissionsAzure, ScanAzure, guid};
pub(crate) use ledger::{
    ExportFormat, LedgerAdd, LedgerCommand, LedgerExport, LedgerFile, LedgerHold, LedgerPrune,
    LedgerRelease, LedgerReport, LedgerVerify, PeriodFormat, PeriodTable,
};
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
    Aws(ScanAws),
    /// Azure subscriptions and their tenant
    ///
    /// Credentials are tried in this order, and the one that is used is named: client secret or
    /// federated token from the environment (AZURE_TENANT_ID, AZURE_CLIENT_ID,
    /// AZURE_CLIENT_SECRET, AZURE_FEDERATED_TOKEN), workload identity (AZURE_FEDERATED_TOKEN_FILE),
    /// Azure Pipelines, managed identity, `az login`, `azd auth login`. `HTTPS_PROXY`, `HTTP_PROXY`,
    /// `ALL_PROXY` and `NO_PROXY` are respected.
    #[cfg(feature = "azure")]
    Azure(ScanAzure),
    /// Linux hosts: this machine, root file systems, images, hosts over ssh
    #[cfg(feature = "host")]
    Host(ScanHost),
    /// Several providers, judged together
    #[cfg(several)]
    #[command(hide = true, override_usage = "assay scan <PROVIDER> <PROVIDER>... [OPTIONS]")]
    Several(Box<ScanSeveral>),
}

#[derive(Debug, Subcommand)]
pub(crate) enum CollectProvider {
    /// An AWS account
    #[cfg(feature = "aws")]
    Aws(CollectAws),
    /// Azure subscriptions and their tenant
    #[cfg(feature = "azure")]
    Azure(CollectAzure),
    /// Linux hosts: this machine, root file systems, images, hosts over ssh
    #[cfg(feature = "host")]
    Host(CollectHost),
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

/// How to judge.
#[derive(Debug, Clone, Args)]
pub(crate) struct JudgeArgs {
    /// Configuration; without it `assay.toml` in the current folder, where there is one
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// What people attest of controls; without it `attestations.yaml` in the current folder, where
    /// there is one
    #[arg(long, value_name = "FILE")]
    pub(crate) attestations: Option<PathBuf>,
    /// The statement of applicability; without it `soa.yaml` in the current folder, where there is
    /// one
    #[arg(long, value_name = "FILE")]
    pub(crate) soa: Option<PathBuf>,
    /// Whose signatures make an approval count, as OpenSSH's `allowed_signers` lists them; in place
    /// of the configuration's `[approvals] allowed_signers`
    #[arg(long, value_name = "FILE")]
    pub(crate) allowed_signers: Option<PathBuf>,
    /// Exit 1 when a failure has at least this severity [default: high]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,
    /// An earlier output folder, unchanged: its failures that cannot be read now, or whose rule does
    /// not run now, are carried, not "fixed"
    #[arg(long, value_name = "DIR")]
    pub(crate) baseline: Option<PathBuf>,
    /// Add the run to this ledger, with its last run as baseline; without it that of `[ledger]` in
    /// the configuration, where there is one
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    pub(crate) ledger: Option<PathBuf>,
    /// Leave the ledger of the configuration alone
    #[arg(long, conflicts_with = "ledger")]
    pub(crate) no_ledger: bool,
    /// Today for waivers (YYYY-MM-DD); recorded, so that a replay uses it again
    #[arg(long, value_name = "DATE")]
    pub(crate) now: Option<String>,
    /// Only these rules (ids, `*` allowed); everything else counts as deselected
    #[arg(long = "rule", value_name = "ID")]
    pub(crate) rules: Vec<String>,
    /// Own rules: a folder laid out like `policies/`; added to the built-in ones
    #[arg(long = "policies", value_name = "DIR")]
    pub(crate) policies: Option<PathBuf>,
    /// What `findings.ndjson` and `findings.csv` hold
    #[arg(long, value_enum, default_value_t = Verdicts::Findings, value_name = "WHICH")]
    pub(crate) verdicts: Verdicts,
    /// Files to write beside `assessment.json`, findings and verdicts: several, separated by commas
    #[arg(
        long = "format",
        value_enum,
        value_delimiter = ',',
        default_values_t = [Format::Sarif, Format::Html],
        value_name = "FORMAT"
    )]
    pub(crate) formats: Vec<Format>,
    /// For each rule, the smallest change that makes it fail on the first resource that it passes,
    /// replayed on both engines; kept in `assessment.json` and shown as evidence
    #[arg(long)]
    pub(crate) counterfactuals: bool,
}

/// Severity threshold of exit code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FailOn {
    Low,
    Medium,
    High,
    Critical,
    /// Findings never change the exit code
    None,
}

impl FailOn {
    /// The severity; `None` for never.
    pub(crate) const fn severity(self) -> Option<Severity> {
        match self {
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Critical => Some(Severity::Critical),
            Self::None => None,
        }
    }
}

/// Which verdicts `findings.ndjson` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Verdicts {
    /// Failures, waived failures, not-assessed verdicts
    Findings,
    /// Every verdict
    All,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    #[command(flatten)]
    pub(crate) out: OutArgs,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
}

/// What to collect from AWS.
#[cfg(feature = "aws")]
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct AwsArgs {
    /// A profile of the AWS configuration files [env: AWS_PROFILE]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Only these regions; without it all enabled ones
    #[arg(long = "region", value_name = "REGION")]
    pub(crate) regions: Vec<String>,
    /// Leave these regions out (printed as left out by choice)
    #[arg(long = "exclude-region", value_name = "REGION")]
    pub(crate) exclude_regions: Vec<String>,
    /// Do not ask IAM to make a new credential report; read the last one
    #[arg(long)]
    pub(crate) no_generate_credential_report: bool,
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

#[cfg(feature = "aws")]
#[derive(Debug, Args)]
pub(crate) struct ScanAws {
    #[command(flatten)]
    pub(crate) aws: AwsArgs,
    #[command(flatten)]
    pub(crate) cloud: CloudArgs,
    #[command(flatten)]
    pub(crate) out: OutArgs,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
}

#[cfg(feature = "aws")]
#[derive(Debug, Args)]
pub(crate) struct CollectAws {
    #[command(flatten)]
    pub(crate) aws: AwsArgs,
    #[command(flatten)]
    pub(crate) cloud: CloudArgs,
    /// Snapshot folder to write
    #[arg(long, default_value = "./assay-snapshot", value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[cfg(feature = "aws")]
#[derive(Debug, Args)]
pub(crate) struct PermissionsAws {
    /// Only for these services
    #[arg(long = "service", value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
}

/// Which hosts to read. Without a flag: the machine that this runs on.
#[cfg(feature = "host")]
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct HostArgs {
    /// Folders that hold root file systems which do not run: a mounted disk, a chroot. Nothing
    /// outside them is touched, and none of their programs run
    #[arg(long = "root", value_name = "DIR")]
    pub(crate) roots: Vec<PathBuf>,
    /// Images: an archive of `docker save`, an OCI layout (folder or tar), a tar of a root file
    /// system; gzip and zstd are unpacked. Disks (raw, qcow2) are mounted and read with --root
    #[arg(long = "image", value_name = "FILE")]
    pub(crate) images: Vec<PathBuf>,
    /// Hosts that are reached over the system's ssh: a read-only collector is streamed to their
    /// shell, and they are judged here. What does not come along (contents outside the
    /// configuration, digests of programs) is not assessed
    #[arg(long = "ssh", value_name = "USER@HOST", num_args = 1..)]
    pub(crate) ssh: Vec<String>,
    /// An Ansible inventory (INI or YAML): its hosts are reached over ssh
    #[arg(long, value_name = "FILE")]
    pub(crate) inventory: Option<PathBuf>,
    /// Have the collector of --ssh and --inventory read through `sudo -n`
    #[arg(long)]
    pub(crate) sudo: bool,
    /// The host's name in ids and reports; without it the host names itself
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

#[cfg(feature = "host")]
#[derive(Debug, Args)]
pub(crate) struct ScanHost {
    #[command(flatten)]
    pub(crate) host: HostArgs,
    #[command(flatten)]
    pub(crate) out: OutArgs,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
}

#[cfg(feature = "host")]
#[derive(Debug, Args)]
pub(crate) struct CollectHost {
    #[command(flatten)]
    pub(crate) host: HostArgs,
    /// Snapshot folder to write
    #[arg(long, default_value = "./assay-snapshot", value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// A snapshot folder
    pub(crate) snapshot: PathBuf,
    #[command(flatten)]
    pub(crate) out: OutArgs,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct MergeArgs {
    /// Snapshot folders, or output folders that hold one
    #[arg(required = true)]
    pub(crate) snapshots: Vec<PathBuf>,
    /// Snapshot folder to write
    #[arg(long, default_value = "./assay-snapshot", value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// What a later snapshot says of an account or host replaces what earlier ones say of it;
    /// without it both are joined, and where they disagree nothing is known
    #[arg(long)]
    pub(crate) replace: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// An output folder, or its `assessment.json`
    pub(crate) assessment: PathBuf,
    /// What to write: one format, or several separated by commas
    #[arg(
        long = "format",
        value_enum,
        value_delimiter = ',',
        required = true,
        value_name = "FORMAT"
    )]
    pub(crate) formats: Vec<Format>,
    /// Where to: a file (standard output without it), or a folder for several formats
    #[arg(long, short, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
}

/// Report formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// The terminal summary
    Summary,
    /// SARIF 2.1.0 for GitHub code scanning
    Sarif,
    /// One offline page
    Html,
    /// Everything but the verdicts, as `assessment.json` has it
    Json,
    /// Findings, one JSON object a line
    Ndjson,
    /// Findings for spreadsheets
    Csv,
    /// Every verdict, for build systems that show tests
    Junit,
    /// Every verdict as an OCSF compliance finding (class 2003), one a line
    Ocsf,
    /// OSCAL assessment results
    Oscal,
    /// A summary for `GITHUB_STEP_SUMMARY` or a pull request
    Markdown,
}

impl Format {
    /// The format as the reports know it.
    pub(crate) const fn rendered(self) -> assay_reports::Format {
        use assay_reports::Format as Rendered;
        match self {
            Self::Summary => Rendered::Summary,
            Self::Sarif => Rendered::Sarif,
            Self::Html => Rendered::Html,
            Self::Json => Rendered::Assessment,
            Self::Ndjson => Rendered::Findings,
            Self::Csv => Rendered::Csv,
            Self::Junit => Rendered::Junit,
            Self::Ocsf => Rendered::Ocsf,
            Self::Oscal => Rendered::Oscal,
            Self::Markdown => Rendered::Markdown,
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.rendered().as_str())
    }
}

#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// How to print them
    #[arg(long, value_enum, default_value_t = RulesFormat::Text)]
    pub(crate) format: RulesFormat,
    /// Own rules: a folder laid out like `policies/`
    #[arg(long = "policies", value_name = "DIR")]
    pub(crate) policies: Option<PathBuf>,
}

/// Formats of the rule catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RulesFormat {
    /// A line each
    Text,
    /// Everything about them
    Json,
    /// An OSCAL component definition: which rule proves which control
    Oscal,
}

/// Formats of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A rule's id, or an alias of another tool (`s3_bucket_object_versioning`)
    pub(crate) id: String,
    /// Own rules: a folder laid out like `policies/`
    #[arg(long = "policies", value_name = "DIR")]
    pub(crate) policies: Option<PathBuf>,
    /// A snapshot or an output folder: for each resource the verdict, every value that the rule
    /// read, the file and line that decided it, what lost to it, and the call that told it. Or a
    /// resource, as `--resource` takes it, of `./assay-out`
    #[arg(long, value_name = "DIR|RESOURCE")]
    pub(crate) on: Option<PathBuf>,
    /// Only resources with this id, name or account (`*` stands for anything)
    #[arg(long, value_name = "PATTERN", requires = "on")]
    pub(crate) resource: Option<String>,
    /// Beside each pass the smallest change of its document, or around it, that makes the rule fail
    /// (beside a failure, pass), replayed on both engines; exits 3 where none is found for a pass
    #[arg(long, requires = "on")]
    pub(crate) counterfactual: bool,
    /// Configuration with the rule's parameters; without it `assay.toml` in the current folder,
    /// where there is one
    #[arg(long, value_name = "FILE", requires = "on")]
    pub(crate) config: Option<PathBuf>,
    /// How to print what --on shows; `json` leaves nothing out
    #[arg(long, value_enum, default_value_t = ListFormat::Text, requires = "on")]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// A folder laid out like `policies/`, or only own rules in `DIR/rules`, which then use the
    /// built-in types, objectives and library; without it the built-in rules
    pub(crate) path: Option<PathBuf>,
    /// Only rules whose id or file contains this
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The earlier output folder
    pub(crate) before: PathBuf,
    /// The later output folder
    pub(crate) after: PathBuf,
    /// `text` or `json`
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// A snapshot folder or an output folder
    pub(crate) dir: PathBuf,
    /// Who may sign, as OpenSSH's `allowed_signers` lists them; then an unsigned folder is a
    /// mismatch too
    #[arg(long, value_name = "FILE")]
    pub(crate) allowed_signers: Option<PathBuf>,
    /// Judge the snapshot again with the rules recorded in the folder, and compare every byte
    #[arg(long)]
    pub(crate) replay: bool,
    /// For `--replay`: the output folder that was the baseline
    #[arg(long, value_name = "DIR", requires = "replay")]
    pub(crate) baseline: Option<PathBuf>,
    /// For `--replay`: the ledger that holds the run which was the baseline
    #[arg(long, value_name = "FILE", requires = "replay", conflicts_with = "baseline")]
    pub(crate) ledger: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CorroborateArgs {
    /// A snapshot folder or an output folder
    pub(crate) dir: PathBuf,
    /// Files or folders of events: CloudTrail's log files (gzip too), what `aws cloudtrail
    /// lookup-events` or `az monitor activity-log list` printed, or an event a line
    #[arg(long, required = true, num_args = 1.., value_name = "EVENTS")]
    pub(crate) trail: Vec<PathBuf>,
    /// Seconds by which the log's clock and the scanner's may differ
    #[arg(long, default_value_t = assay_snapshot::corroborate::SKEW, value_name = "SECONDS")]
    pub(crate) skew: u32,
    /// All events from this time on were pulled (2026-11-30T02:00:00Z); without it a region is covered
    /// from its first event on
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) from: Option<Timestamp>,
    /// All events until this time were pulled; without it a region is covered until its last event
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) to: Option<Timestamp>,
    /// How to print the result; `json` leaves nothing out
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub(crate) format: ListFormat,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "no time; write one as 2026-11-30T02:00:00Z".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct WaiveArgs {
    /// Fingerprints of open failures, or their first eight digits or more
    #[arg(required = true, value_name = "FINGERPRINT")]
    pub(crate) fingerprints: Vec<String>,
    /// The output folder that holds the findings
    #[arg(long = "from", default_value = "./assay-out", value_name = "DIR")]
    pub(crate) from: PathBuf,
    /// The configuration to write into
    #[arg(long, default_value = "assay.toml", value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// Why it is accepted
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Who answers for it
    #[arg(long, value_name = "PERSON")]
    pub(crate) owner: Option<String>,
    /// Who approved it: another person than the owner
    #[arg(long, value_name = "PERSON")]
    pub(crate) approver: Option<String>,
    /// When it was approved (YYYY-MM-DD) [default: today]
    #[arg(long, value_name = "DATE")]
    pub(crate) approved: Option<String>,
    /// Last day on which it holds (YYYY-MM-DD), at most 365 days after the approval
    #[arg(long, value_name = "DATE")]
    pub(crate) expires: Option<String>,
    /// A ticket
    #[arg(long, value_name = "TEXT")]
    pub(crate) ticket: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// An output folder
    pub(crate) dir: PathBuf,
    /// An unencrypted Ed25519 private key of OpenSSH. Without it the statement is written, to be
    /// signed with `ssh-keygen -Y sign` and any key
    #[arg(long, value_name = "KEYFILE")]
    pub(crate) key: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
