//! One file for each subcommand.

mod approve;
#[cfg(feature = "aws")]
mod aws;
#[cfg(feature = "azure")]
mod azure;
#[cfg(clouds)]
mod cloud;
mod content;
mod corroborate;
mod demo;
mod diff;
mod evaluate;
mod explain;
#[cfg(collects)]
mod gather;
#[cfg(feature = "host")]
mod host;
mod judge;
mod ledger;
mod merge;
mod replay;
mod report;
mod rules;
#[cfg(collects)]
mod seen;
#[cfg(several)]
mod several;
mod sign;
mod test;
#[cfg(collects)]
mod until;
mod verify;
mod waive;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::Result;
use assay_core::assessment::{ASSESSMENT_SCHEMA, Assessment};
use clap::CommandFactory;

#[cfg(clouds)]
use crate::args::PermissionsProvider;
use crate::args::{Cli, Command};
#[cfg(collects)]
use crate::args::{CollectProvider, ScanProvider};
use crate::exit::{Outcome, Usage};

/// Runs the chosen subcommand.
pub(crate) fn run(cli: Cli) -> Result<Outcome> {
    let global = cli.global;
    match cli.command {
        Command::Demo(args) => demo::run(&args, &global),
        #[cfg(feature = "aws")]
        Command::Scan { provider: ScanProvider::Aws(args) } => aws::scan(&args, &global),
        #[cfg(feature = "aws")]
        Command::Collect { provider: CollectProvider::Aws(args) } => aws::collect(&args, &global),
        #[cfg(feature = "azure")]
        Command::Scan { provider: ScanProvider::Azure(args) } => azure::scan(&args, &global),
        #[cfg(feature = "azure")]
        Command::Collect { provider: CollectProvider::Azure(args) } => {
            azure::collect(&args, &global)
        }
        #[cfg(feature = "azure")]
        Command::Permissions { provider: PermissionsProvider::Azure(args) } => {
            azure::permissions(&args, &global)
        }
        #[cfg(several)]
        Command::Scan { provider: ScanProvider::Several(args) } => several::scan(&args, &global),
        #[cfg(several)]
        Command::Collect { provider: CollectProvider::Several(args) } => {
            several::collect(&args, &global)
        }
        #[cfg(feature = "host")]
        Command::Scan { provider: ScanProvider::Host(args) } => host::scan(&args, &global),
        #[cfg(feature = "host")]
        Command::Collect { provider: CollectProvider::Host(args) } => host::collect(&args, &global),
        #[cfg(feature = "aws")]
        Command::Permissions { provider: PermissionsProvider::Aws(args) } => {
            aws::permissions(&args)
        }
        #[cfg(not(collects))]
        Command::Scan { .. } | Command::Collect { .. } => {
            Err(Usage::plain("this build has no provider").into())
        }
        #[cfg(not(clouds))]
        Command::Permissions { .. } => {
            Err(Usage::plain("this build has no provider that asks for permissions").into())
        }
        Command::Merge(args) => merge::run(&args, &global),
        Command::Evaluate(args) => evaluate::run(&args, &global),
        Command::Report(args) => report::run(&args, &global),
        Command::Rules(args) => rules::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Sign(args) => sign::run(&args, &global),
        Command::Verify(args) => verify::run(&args),
        Command::Ledger { command } => ledger::run(&command, &global),
        Command::Corroborate(args) => corroborate::run(&args),
        Command::Waive(args) => waive::run(&args, &global),
        Command::Approve(args) => approve::run(&args, &global),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "assay", &mut std::io::stdout());
            Ok(Outcome::Clean)
        }
    }
}

/// The assessment of an output folder (or of the folder that the file lies in), after it and the
/// other files that are needed were compared with their digests.
fn trusted_assessment(path: &Path, also: &[&str]) -> Result<Assessment> {
    let (dir, file) = if path.is_dir() {
        (path, ASSESSMENT.as_ref())
    } else {
        let name = path.file_name().unwrap_or_default();
        (path.parent().unwrap_or(Path::new("")), Path::new(name))
    };
    // What is no output folder at all has a plainer error.
    if dir.join(file).is_file() {
        let name = file.to_string_lossy();
        crate::out::trust(dir, &[&[name.as_ref()], also].concat())?;
    }
    read_assessment(path)
}

/// The name of the assessment in an output folder.
const ASSESSMENT: &str = "assessment.json";

/// Reads the assessment of an output folder (or the file itself).
fn read_assessment(path: &Path) -> Result<Assessment> {
    let file = if path.is_dir() { path.join(ASSESSMENT) } else { path.to_path_buf() };
    let help = "name a folder that `assay scan`, `assay evaluate` or `assay demo` wrote";
    let reader = File::open(&file)
        .map_err(|e| Usage::new(format!("cannot read {}: {e}", file.display()), help))?;
    let value: serde_json::Value = serde_json::from_reader(BufReader::new(reader))
        .map_err(|e| Usage::new(format!("{} is not an assessment: {e}", file.display()), help))?;
    let schema = value.get("schema").and_then(serde_json::Value::as_str).unwrap_or_default();
    if schema != ASSESSMENT_SCHEMA {
        let found = if schema.is_empty() { "none" } else { schema };
        return Err(Usage::new(
            format!(
                "{} has the layout `{found}`, this program reads `{ASSESSMENT_SCHEMA}`",
                file.display()
            ),
            "use the release that wrote it, or evaluate its snapshot again",
        )
        .into());
    }
    let mut assessment: Assessment = serde_json::from_value(value)
        .map_err(|e| Usage::new(format!("{} is damaged: {e}", file.display()), help))?;
    assessment.summary.recount();
    Ok(assessment)
}
