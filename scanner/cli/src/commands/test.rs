//! `assay test [PATH]`: the cases of rules, on both engines.

use std::io::Write;

use anyhow::Result;
use assay_eval::cases::run_cases;
use assay_policies::Content;

use crate::args::TestArgs;
use crate::exit::{Outcome, Usage};

/// Runs the subcommand.
pub(crate) fn run(args: &TestArgs) -> Result<Outcome> {
    let mut pack = false;
    let content = match &args.path {
        Some(dir) => {
            let own = Content::from_dir(dir).map_err(|e| Usage::plain(e.to_string()))?;
            // A whole content stands alone; a pack of own rules leans on the built-in types,
            // objectives and library, as with `--policies`.
            pack = own.get("objectives.yaml").is_none();
            if pack { shared().with(own) } else { own }
        }
        None => Content::embedded(),
    };
    let mut report = run_cases(&content, args.only.as_deref().unwrap_or_default());
    if pack {
        // The built-in library has its own cases.
        report.uncovered_lib.clear();
    }
    if report.ok() && report.rules == 0 {
        let what = args.only.as_ref().map_or_else(
            || "there is no rule to test".to_owned(),
            |only| format!("no rule's id or file contains `{only}`"),
        );
        return Err(Usage::new(what, "`assay rules` lists the ids").into());
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{report}")?;
    Ok(if report.ok() { Outcome::Clean } else { Outcome::Findings })
}

/// The built-in content without its rules.
fn shared() -> Content {
    let mut shared = Content::default();
    for file in Content::embedded().files().filter(|f| !f.path.starts_with("rules/")) {
        shared.insert(file.path.clone(), file.text.clone());
    }
    shared
}
