//! `assay report DIR --format …`: only render.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};

use anyhow::Result;
use assay_reports::{Format as Rendered, SummaryOptions, VerdictFile};

use super::judge::{colour, width};
use crate::args::{Format, Global, ReportArgs};
use crate::exit::{Outcome, Usage};

/// Runs the subcommand.
pub(crate) fn run(args: &ReportArgs, global: &Global) -> Result<Outcome> {
    // The summary is made from the assessment alone.
    let also: &[&str] = match args.format {
        Format::Summary => &[],
        _ => &[Rendered::Verdicts.file_name()],
    };
    let assessment = super::trusted_assessment(&args.assessment, also)?;
    let folder = if args.assessment.is_dir() {
        args.assessment.clone()
    } else {
        args.assessment.parent().map(ToOwned::to_owned).unwrap_or_default()
    };
    let verdicts = VerdictFile::new(folder.join(Rendered::Verdicts.file_name()));
    let to_terminal = args.output.is_none() && std::io::stdout().is_terminal();
    let mut out: Box<dyn Write> = match &args.output {
        Some(path) => Box::new(BufWriter::new(File::create(path).map_err(|e| {
            Usage::new(
                format!("cannot create {}: {e}", path.display()),
                "name a file in an existing folder with --output",
            )
        })?)),
        None => Box::new(BufWriter::new(std::io::stdout().lock())),
    };
    let format = match args.format {
        Format::Summary => {
            let options = SummaryOptions {
                width: width(),
                colour: colour(global.color, to_terminal),
                folder: None,
                files: Vec::new(),
            };
            assay_reports::write_summary(&assessment, &options, &mut out)?;
            out.flush()?;
            return Ok(Outcome::Clean);
        }
        Format::Sarif => Rendered::Sarif,
        Format::Html => Rendered::Html,
        Format::Ndjson => Rendered::Findings,
    };
    assay_reports::render(&assessment, &verdicts, format, &mut out)?;
    out.flush()?;
    Ok(Outcome::Clean)
}
