//! Colour, where it is wanted. Nothing is said by colour alone.

use assay_core::{Severity, Status};

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// A heading or a name that matters.
    Bold,
    /// Beside the point.
    Dim,
    /// Bad.
    Red,
    /// Worst.
    RedBold,
    /// To be looked at.
    Yellow,
    /// Good.
    Green,
    /// A thing to type or to open.
    Cyan,
}

/// Paints texts, or leaves them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    /// Whether to write escape sequences at all.
    pub(super) colour: bool,
}

impl Paint {
    /// A text in an ink. The text must be plain already.
    pub(super) fn ink(self, ink: Ink, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        let code = match ink {
            Ink::Bold => "1",
            Ink::Dim => "2",
            Ink::Red => "31",
            Ink::RedBold => "1;31",
            Ink::Yellow => "33",
            Ink::Green => "32",
            Ink::Cyan => "36",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// The ink of a severity.
pub(super) const fn severity(severity: Severity) -> Ink {
    match severity {
        Severity::Critical => Ink::RedBold,
        Severity::High => Ink::Red,
        Severity::Medium => Ink::Yellow,
        Severity::Low => Ink::Dim,
    }
}

/// The ink of a status.
pub(super) const fn status(status: Status) -> Ink {
    match status {
        Status::Fail => Ink::Red,
        Status::NotAssessed | Status::Waived => Ink::Yellow,
        Status::Pass => Ink::Green,
        Status::Manual | Status::NotApplicable => Ink::Dim,
    }
}

/// The character of a status in a bar.
pub(super) const fn block(status: Status) -> char {
    match status {
        Status::Fail => '█',
        Status::NotAssessed => '▒',
        Status::Manual => '░',
        Status::Waived => '▓',
        Status::Pass => '━',
        Status::NotApplicable => '·',
    }
}
