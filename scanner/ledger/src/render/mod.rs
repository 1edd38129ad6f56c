//! A period for people and for spreadsheets.
//!
//! Names and messages come from the audited systems: every one of them goes through the cleaning of
//! its format.

mod csv;
mod html;
mod markdown;
mod text;
mod words;

pub use self::csv::{Table, write_csv, write_findings};
pub use html::write_html;
pub use markdown::write_markdown;
pub use text::write_text;
pub use words::approvals;
