//! `findings.ndjson`: one JSON object a line, keys and order as [`Finding`] has them.

use std::io::Write;

use assay_core::verdict::Finding;
use assay_core::{Status, Verdict};

use crate::error::RenderError;
use crate::source::VerdictSource;

/// Which verdicts become lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// Failures, waived failures and what was not assessed.
    #[default]
    Notable,
    /// Every verdict.
    All,
}

impl Which {
    /// Whether a verdict of this status becomes lines.
    #[must_use]
    pub const fn takes(self, status: Status) -> bool {
        match self {
            Self::All => true,
            Self::Notable => {
                matches!(status, Status::Fail | Status::Waived | Status::NotAssessed)
            }
        }
    }
}

/// Writes findings, one by one.
pub struct FindingsWriter<W: Write> {
    out: W,
    which: Which,
    lines: u64,
}

impl<W: Write> FindingsWriter<W> {
    /// Starts a file.
    pub const fn new(out: W, which: Which) -> Self {
        Self { out, which, lines: 0 }
    }

    /// Writes the lines of one verdict.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn write(&mut self, verdict: &Verdict) -> Result<(), RenderError> {
        if self.which.takes(verdict.status) {
            for finding in verdict.findings() {
                self.line(&finding)?;
            }
        }
        Ok(())
    }

    fn line(&mut self, finding: &Finding) -> Result<(), RenderError> {
        serde_json::to_writer(&mut self.out, finding)?;
        self.out.write_all(b"\n")?;
        self.lines += 1;
        Ok(())
    }

    /// Lines written so far.
    pub const fn lines(&self) -> u64 {
        self.lines
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn finish(mut self) -> Result<W, RenderError> {
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Writes `findings.ndjson` of all verdicts.
///
/// # Errors
/// When the verdicts cannot be read or the output cannot be written.
pub fn write_findings(
    verdicts: &dyn VerdictSource,
    which: Which,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let mut writer = FindingsWriter::new(out, which);
    for verdict in verdicts.open()? {
        writer.write(&verdict?)?;
    }
    writer.finish()?;
    Ok(())
}
