//! `assay test [PATH]`: the cases of rules, on both engines.

use std::io::Write;

use anyhow::Result;
use assay_eval::cases::run_cases;
use assay_policies::Content;

use crate::args::TestArgs;
use crate::exit::{Outcome, Usage};

/// Runs the subcommand.
pub(crate) fn run(args: &TestArgs) -> Result<Outcome> {
    let content = match &args.path {
        Some(dir) => Content::from_dir(dir).map_err(|e| Usage::plain(e.to_string()))?,
        None => Content::embedded(),
    };
    let report = run_cases(&content, args.only.as_deref().unwrap_or_default());
    let mut out = std::io::stdout().lock();
    write!(out, "{report}")?;
    Ok(if report.ok() { Outcome::Clean } else { Outcome::Findings })
}
