//! Flags of every command that judges: rules, tailoring, formats, exit codes.

use std::path::PathBuf;

use assay_core::Severity;
use clap::{Args, ValueEnum};

use super::OutArgs;

/// Where stands what an organisation declares.
#[derive(Debug, Clone, Args)]
pub(crate) struct DeclaredArgs {
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
}

/// How to judge.
#[derive(Debug, Clone, Args)]
pub(crate) struct JudgeArgs {
    #[command(flatten)]
    pub(crate) declared: DeclaredArgs,
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
pub(crate) struct EvaluateArgs {
    /// A snapshot folder
    pub(crate) snapshot: PathBuf,
    #[command(flatten)]
    pub(crate) out: OutArgs,
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
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
