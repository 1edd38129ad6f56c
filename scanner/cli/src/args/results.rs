//! Flags of the commands about what was written: snapshots and output folders.

use std::path::PathBuf;

use assay_core::Timestamp;
use clap::Args;

use super::{Format, ListFormat};

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
