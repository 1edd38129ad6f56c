//! The command line of the ledger.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What to do with a ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Add the run of an output folder, verified first
    ///
    /// The folder is checked as `assay verify` does, and refused if anything in it changed. The new
    /// entry names the digest of the one before; the folder is never overwritten from then on. A
    /// collection is recorded once. One that is older than the last is recorded too, marked as late.
    Add(LedgerAdd),
    /// Write the schedule and the retention of assay.toml into the chain, before the first run
    ///
    /// Every other command that writes does so too where they changed: the entry shows when.
    Declare(LedgerFile),
    /// What a period shows: controls by day with the missing nights, failures from first seen to
    /// fix, exceptions, coverage, populations, a sample
    ///
    /// The ledger is verified first; nothing is reported from one that does not hold.
    #[command(after_help = REPORT_HELP)]
    Report(LedgerReport),
    /// Print the digest of the last entry: to be signed, timestamped or put where nobody can
    /// overwrite it
    Head(LedgerFile),
    /// Check the chain, every row behind it, and the file
    ///
    /// A ledger that was cut off at its end, or written anew as a whole, holds in itself: only a
    /// head that was kept elsewhere tells (--head).
    Verify(LedgerVerify),
    /// List the entries
    Show(LedgerFile),
    /// Write everything out
    #[command(after_help = EXPORT_HELP)]
    Export(LedgerExport),
    /// Hold runs: nothing removes their rows until the hold is released
    Hold(LedgerHold),
    /// End a hold
    Release(LedgerRelease),
    /// Remove the rows of runs that are older than the declared retention and not held
    ///
    /// Their entries stay, with the digests of all that was removed, and a new entry says which they
    /// were: the chain still holds. Freed pages are overwritten.
    Prune(LedgerPrune),
}

const REPORT_HELP: &str = "\
The sample: the population's digest (sha256 over the lines [\"type\",\"account\",\"region\",\"id\"] of \
the period's resources, sorted by their bytes, each with a line end) is printed by every report, \
before anybody names a seed. The rank of a resource is the sha256 of that digest, the seed and its \
line, joined by line ends: printf '%s\\n%s\\n%s' DIGEST SEED LINE | sha256sum. The N lowest ranks are \
the sample. `assay ledger export` writes the lines.";

const EXPORT_HELP: &str = "\
JSON lines hold everything: {\"body\":…,\"digest\":…} for an entry, {\"entry\":…,\"part\":…,\"row\":…,\
\"section\":…} for each row behind it. What stands at `body` and `row` is the very text that is hashed \
(RFC 8785): the digest is the sha256 of the body; that of a part is the sha256 of its rows, each \
with a line end; that of a section, in the entry, the sha256 of the lines [\"part\",rows,\"sha256\"] \
of its parts. CSV holds the findings of every run.";

/// Which ledger.
#[derive(Debug, Clone, Args)]
pub(crate) struct LedgerFile {
    /// The ledger; without it `file` of `[ledger]` in assay.toml
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger: Option<PathBuf>,
    /// Configuration; without it `assay.toml` in the current folder, where there is one
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerAdd {
    /// An output folder of `assay scan` or `assay evaluate`
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) file: LedgerFile,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerReport {
    /// First day (YYYY-MM-DD) [default: that of the first run]
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// Last day (YYYY-MM-DD) [default: today]
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    /// Only the controls of this framework (`soc2_2017`, `iso27001_2022`, `gdpr`)
    #[arg(long, value_name = "ID")]
    pub(crate) framework: Option<String>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = PeriodFormat::Text)]
    pub(crate) format: PeriodFormat,
    /// Which table, for CSV
    #[arg(long, value_enum, default_value_t = PeriodTable::Controls)]
    pub(crate) table: PeriodTable,
    /// Draw so many resources from the populations
    #[arg(long, value_name = "N", requires = "seed")]
    pub(crate) sample: Option<usize>,
    /// The seed of the sample: any text, named after the population's digest is known
    #[arg(long, value_name = "TEXT", requires = "sample")]
    pub(crate) seed: Option<String>,
    /// Only populations of this type
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) types: Vec<String>,
    /// The moment of the report, as a report prints it (2026-12-01T08:00:00Z): what was due later
    /// is not missing [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<String>,
    /// Where to; standard output without it
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) file: LedgerFile,
}

/// Formats of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PeriodFormat {
    /// For a terminal
    Text,
    /// Everything
    Json,
    /// One table, for spreadsheets
    Csv,
    /// For a page
    Markdown,
    /// One offline page, for people who work in it
    Html,
}

/// Tables of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PeriodTable {
    /// A row for each control and day
    Controls,
    /// A row for each run that was due or came
    Runs,
    /// A row for each control, with its deviation rate
    Rates,
    /// A row for each failure, from first seen to fix
    Failures,
    /// A row for each exception
    Exceptions,
    /// A row for each resource that was drawn
    Sample,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerVerify {
    /// A digest that `assay ledger head` printed, kept elsewhere since
    #[arg(long, value_name = "DIGEST")]
    pub(crate) head: Option<String>,
    #[command(flatten)]
    pub(crate) file: LedgerFile,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerExport {
    /// How to write it
    #[arg(long, value_enum, default_value_t = ExportFormat::Jsonl)]
    pub(crate) format: ExportFormat,
    /// Where to; standard output without it
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) file: LedgerFile,
}

/// Formats of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Everything, one JSON object a line
    Jsonl,
    /// The findings of every run, for spreadsheets
    Csv,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerHold {
    /// First day of the runs to hold (YYYY-MM-DD) [default: from the beginning]
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// Last day of the runs to hold (YYYY-MM-DD) [default: without an end]
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) said: Said,
    #[command(flatten)]
    pub(crate) file: LedgerFile,
}

/// Why something is done to a ledger, and by whom.
#[derive(Debug, Clone, Args)]
pub(crate) struct Said {
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Who says so
    #[arg(long, value_name = "PERSON")]
    pub(crate) by: String,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerRelease {
    /// The number of the hold's entry
    pub(crate) entry: u64,
    #[command(flatten)]
    pub(crate) said: Said,
    #[command(flatten)]
    pub(crate) file: LedgerFile,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerPrune {
    /// Only say what would be removed
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) file: LedgerFile,
}
