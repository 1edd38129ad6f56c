//! stub
use std::io::Write;
use assay_core::assessment::Assessment;
use crate::{RenderError, VerdictSource};
/// Findings that the page holds.
pub const HTML_MAX_FINDINGS: usize = 50_000;
/// Writes `report.html`.
///
/// # Errors
/// When the verdicts cannot be read or the output cannot be written.
pub fn write_html(_a: &Assessment, _v: &dyn VerdictSource, _out: &mut dyn Write) -> Result<(), RenderError> { Ok(()) }
