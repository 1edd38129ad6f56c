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
mod shell;
mod show;
mod tailoring;
mod view;

use std::io::Write;

use assay_core::assessment::Assessment;

use crate::error::RenderError;
use crate::source::VerdictSource;

pub use shell::{STYLE, csp_hash, printed_footer, write_page};

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
    shell::write_page(&page, out)?;
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
