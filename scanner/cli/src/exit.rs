//! Exit codes, in one place.

use std::process::ExitCode;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing at or above the threshold, and all in scope was assessed.
    Clean,
    /// Findings; also a `verify` mismatch or a failing `test`.
    Findings,
    /// Something in scope could not be looked at, or no rule ran.
    Unseen,
    /// Ctrl-C.
    #[cfg_attr(not(collects), allow(dead_code, reason = "only collecting is interrupted"))]
    Interrupted,
}

impl From<Outcome> for ExitCode {
    fn from(o: Outcome) -> Self {
        Self::from(match o {
            Outcome::Clean => 0,
            Outcome::Findings => 1,
            Outcome::Unseen => 3,
            Outcome::Interrupted => INTERRUPTED,
        })
    }
}

/// Something the user can mend: exit code 2. Everything else that fails is exit code 4.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Usage {
    message: String,
    /// The next step.
    pub(crate) help: Option<String>,
}

impl Usage {
    /// An error that names the user's thing, with the next step.
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: Some(help.into()) }
    }

    /// An error whose text already says what to do.
    pub(crate) fn plain(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }
}

/// Stopped by the user before anything could be written: exit code 130.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Interrupted(pub(crate) String);

/// Usage or configuration.
pub(crate) const USAGE: u8 = 2;
/// Ctrl-C.
pub(crate) const INTERRUPTED: u8 = 130;
/// Internal error: a bug, or a disk that is full.
pub(crate) const INTERNAL: u8 = 4;
