//! `report.html`: one offline file for a person who works in it for days.
//!
//! The summary, every control, every rule and the worst findings are in the page itself, so they
//! can be read without JavaScript and printed. All findings (up to [`HTML_MAX_FINDINGS`]) follow
//! as a compressed table that a small script searches. The page asks no network for anything: its
//! policy allows the one style sheet and the one script inside it, by their digests.

mod approved;
mod blob;
mod card;
mod chart;
mod controls;
mod items;
mod lists;
mod page;
mod people;
mod rules;
mod scan;
mod show;
mod tailoring;
mod view;

use std::fmt;
use std::io::{self, Write};

use askama::Template;
use assay_core::assessment::Assessment;

use crate::error::RenderError;
use crate::source::VerdictSource;
use crate::text::plain_lines;

/// Findings that the page holds at most; the worst ones. More would make the file too big to mail
/// and to open; `findings.ndjson` has them all.
pub const HTML_MAX_FINDINGS: usize = 50_000;

/// Writes `report.html`.
///
/// Two passes over the verdicts: the first one counts and finds the worst findings, the second
/// one writes them.
///
/// # Errors
/// When the verdicts cannot be read or the output cannot be written.
pub fn write_html(
    a: &Assessment,
    verdicts: &dyn VerdictSource,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let scan = scan::Scan::read(verdicts, HTML_MAX_FINDINGS)?;
    let page = page::Page::new(a, &scan);
    {
        let mut text = Plain { out: &mut *out, error: None };
        let done = page.render_into(&mut text);
        if let Some(error) = text.error {
            return Err(error.into());
        }
        done?;
    }
    if scan.findings.offered() > 0 {
        out.write_all(b"<script type=\"application/octet-stream\" id=\"data\">")?;
        blob::write(a, verdicts, &scan, out)?;
        out.write_all(b"</script>\n")?;
    }
    out.write_all(b"<script>")?;
    out.write_all(page::JS.as_bytes())?;
    out.write_all(b"</script>\n</body>\n</html>\n")?;
    out.flush()?;
    Ok(())
}

/// Shows hidden characters on their way out: nothing that a template writes can forget it.
struct Plain<'a> {
    out: &'a mut dyn Write,
    error: Option<io::Error>,
}

impl fmt::Write for Plain<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        self.out.write_all(plain_lines(s).as_bytes()).map_err(|e| {
            self.error = Some(e);
            fmt::Error
        })
    }
}
