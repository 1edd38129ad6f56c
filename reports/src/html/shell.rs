//! What every page shares: the style sheet, its digest for the page's policy, the footer of printed
//! pages, and the way out.

use std::fmt;
use std::io::{self, Write};

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::error::RenderError;
use crate::text::plain_lines;

/// The style sheet of every page, without the footer of printed pages.
pub const STYLE: &str = include_str!("../../templates/report.css");

/// The footer of printed pages as a style: a line of ids, of which only letters, digits and spaces
/// are kept, and the number of the page.
#[must_use]
pub fn printed_footer(line: &[(&str, &str)]) -> String {
    let tame = |id: &str| {
        id.chars().filter(|c| c.is_ascii_alphanumeric() || " -".contains(*c)).collect::<String>()
    };
    let line: Vec<String> =
        line.iter().map(|(word, id)| format!("{} {}", tame(word), tame(id))).collect();
    let line = line.join(" \u{b7} ");
    let font = "font:7.5pt sans-serif;color:#444";
    format!(
        "@page{{@bottom-left{{content:\"{line}\";{font};white-space:nowrap}}\
         @bottom-right{{content:counter(page) \" / \" counter(pages);{font}}}}}\n"
    )
}

/// The digest by which a page's policy allows a style or a script.
#[must_use]
pub fn csp_hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}

/// Writes a page, hidden characters shown: nothing that a template writes can forget it.
///
/// # Errors
/// When the output cannot be written.
pub fn write_page(page: &impl Template, out: &mut dyn Write) -> Result<(), RenderError> {
    let mut text = Plain { out, error: None };
    let done = page.render_into(&mut text);
    if let Some(error) = text.error {
        return Err(error.into());
    }
    Ok(done?)
}

/// Shows hidden characters on their way out.
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
