//! `assay report DIR --format …`: only render.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, Result};
use assay_core::assessment::Assessment;
use assay_reports::{Format as Rendered, SummaryOptions, VerdictFile};

use super::judge::{colour, width};
use crate::args::{Format, Global, ReportArgs};
use crate::exit::{Outcome, Usage};

/// Runs the subcommand.
pub(crate) fn run(args: &ReportArgs, global: &Global) -> Result<Outcome> {
    // These are made from the assessment alone.
    let alone = |f: &Format| matches!(f, Format::Summary | Format::Json | Format::Markdown);
    let also: &[&str] =
        if args.formats.iter().all(alone) { &[] } else { &[Rendered::Verdicts.file_name()] };
    let assessment = super::trusted_assessment(&args.assessment, also)?;
    let folder = if args.assessment.is_dir() {
        args.assessment.clone()
    } else {
        args.assessment.parent().map(ToOwned::to_owned).unwrap_or_default()
    };
    let verdicts = VerdictFile::new(folder.join(Rendered::Verdicts.file_name()));
    match (args.formats.as_slice(), &args.output) {
        ([one], None) => {
            let stdout = std::io::stdout();
            let terminal = stdout.is_terminal();
            let mut out = BufWriter::new(stdout.lock());
            if matches!(one, Format::Summary) {
                summary(&assessment, colour(global.color, terminal), &mut out)?;
            } else {
                assay_reports::render(&assessment, &verdicts, one.rendered(), &mut out)?;
            }
            out.flush()?;
        }
        ([one], Some(path)) if !path.is_dir() => {
            file(&assessment, &verdicts, *one, path)?;
        }
        (several, Some(folder)) => {
            std::fs::create_dir_all(folder).map_err(|e| {
                Usage::new(
                    format!("cannot create the folder {}: {e}", folder.display()),
                    "name a folder with --output",
                )
            })?;
            for format in several {
                let path = folder.join(format.rendered().file_name());
                file(&assessment, &verdicts, *format, &path)?;
            }
        }
        (_, None) => {
            return Err(Usage::new(
                "several formats cannot share standard output",
                "name a folder with --output, or one format",
            )
            .into());
        }
    }
    Ok(Outcome::Clean)
}

/// Creates the file that `--output` names.
pub(super) fn create(path: &Path) -> Result<BufWriter<File>, Usage> {
    let file = File::create(path).map_err(|e| {
        Usage::new(
            format!("cannot create {}: {e}", path.display()),
            "name a file in an existing folder with --output",
        )
    })?;
    Ok(BufWriter::new(file))
}

/// Renders one format into a file.
fn file(
    assessment: &Assessment,
    verdicts: &VerdictFile,
    format: Format,
    path: &Path,
) -> Result<()> {
    let mut out = create(path)?;
    let done = match format {
        Format::Summary => summary(assessment, false, &mut out),
        other => assay_reports::render(assessment, verdicts, other.rendered(), &mut out)
            .map_err(Into::into),
    };
    done.with_context(|| format!("cannot write {}", path.display()))?;
    out.flush().with_context(|| format!("cannot write {}", path.display()))
}

fn summary(assessment: &Assessment, colour: bool, out: &mut dyn Write) -> Result<()> {
    let options = SummaryOptions { width: width(), colour, folder: None, files: Vec::new() };
    Ok(assay_reports::write_summary(assessment, &options, out)?)
}
