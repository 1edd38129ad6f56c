//! `assessment.json`: pretty, keys in the order of [`Assessment`], a newline at the end.

use std::io::Write;

use assay_core::assessment::Assessment;

use crate::error::RenderError;

/// Writes `assessment.json`.
///
/// # Errors
/// When the output cannot be written.
pub fn write_assessment(assessment: &Assessment, out: &mut dyn Write) -> Result<(), RenderError> {
    serde_json::to_writer_pretty(&mut *out, assessment)?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}
