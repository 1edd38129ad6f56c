//! What can go wrong while rendering.

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The output could not be written: a full disk, a closed pipe.
    #[error("cannot write the report")]
    Write(#[from] std::io::Error),
    /// A value could not be turned into JSON.
    #[error("cannot write a value as JSON")]
    Json(#[from] serde_json::Error),
    /// The verdicts could not be read.
    #[error("cannot read verdicts from {what}: {source}")]
    Read {
        /// The file.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line of the verdicts is not one of ours.
    #[error("line {line} of {what} is not a verdict: {source}; run the evaluation again")]
    Line {
        /// The file.
        what: String,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A template could not be filled.
    #[error("cannot fill the report's template: {0}")]
    Template(#[from] askama::Error),
    /// Another source of verdicts failed.
    #[error("cannot read verdicts: {0}")]
    Source(String),
}
