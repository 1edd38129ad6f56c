//! The summary on the terminal: how it stands, what is worst, what was not seen, where to go on.

mod approvals;
mod paint;
mod sections;
mod unseen;

use std::io::Write;

use assay_core::assessment::Assessment;

use crate::error::RenderError;
use paint::Paint;

/// What the terminal can do, and where the files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryOptions {
    /// Columns. Below 60 counts as 60, above 120 as 120.
    pub width: usize,
    /// Whether to write colour. Whoever calls decides (`NO_COLOR`, not a terminal).
    pub colour: bool,
    /// The folder with the outputs, if there is one.
    pub folder: Option<String>,
    /// Names of the files written there, in the order to show them.
    pub files: Vec<String>,
}

impl Default for SummaryOptions {
    fn default() -> Self {
        Self { width: 80, colour: false, folder: None, files: Vec::new() }
    }
}

/// Writes the summary.
///
/// # Errors
/// When the output cannot be written.
pub fn write_summary(
    a: &Assessment,
    options: &SummaryOptions,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let page =
        Page { a, paint: Paint { colour: options.colour }, width: options.width.clamp(60, 120) };
    let mut lines = page.head();
    lines.extend(page.worst());
    lines.extend(page.frameworks());
    lines.extend(page.unseen());
    lines.extend(page.refused());
    lines.extend(page.choices());
    lines.extend(page.next(options));
    for line in lines {
        writeln!(out, "{}", line.trim_end())?;
    }
    out.flush()?;
    Ok(())
}

/// What every section needs.
struct Page<'a> {
    a: &'a Assessment,
    paint: Paint,
    width: usize,
}
