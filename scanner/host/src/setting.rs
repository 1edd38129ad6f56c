//! A value with its provenance.

use std::path::Path;

use serde_json::{Map, Value, json};

/// Where the winning value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A file says it.
    File,
    /// Nobody says it: the program's own default.
    Default,
    /// The command line of the program, as its unit starts it.
    CommandLine,
    /// An environment file or variable of its unit.
    Environment,
    /// The kernel's command line.
    Kernel,
    /// The running system says it.
    Running,
}

impl Origin {
    /// The word used in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Default => "default",
            Self::CommandLine => "command_line",
            Self::Environment => "environment",
            Self::Kernel => "kernel",
            Self::Running => "running",
        }
    }
}

/// A candidate that lost.
#[derive(Debug, Clone, PartialEq)]
pub struct Loser {
    /// What it says.
    pub value: Value,
    /// Its file.
    pub file: String,
    /// Its line, from 1.
    pub line: u32,
}

/// A value in force, and why it is.
///
/// In a document it is `{value, origin, file, line, others}`; `file` and `line` only where a file
/// decided, `others` only where candidates lost. The shape `{setting: <shape of value>}` of type
/// files describes it, and a failure whose `at` points into one is located at `file:line`.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// The value.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
    /// The deciding file and its line, from 1.
    pub place: Option<(String, u32)>,
    /// Candidates that lost, in the order in which the program meets them.
    pub others: Vec<Loser>,
}

impl Setting {
    /// A value that a line of a file decides.
    pub fn in_file(value: impl Into<Value>, file: &Path, line: u32) -> Self {
        Self {
            value: value.into(),
            origin: Origin::File,
            place: Some((file.display().to_string(), line)),
            others: Vec::new(),
        }
    }

    /// A value that no file decides.
    pub fn of(value: impl Into<Value>, origin: Origin) -> Self {
        Self { value: value.into(), origin, place: None, others: Vec::new() }
    }

    /// The same with a loser more.
    #[must_use]
    pub fn beating(mut self, value: impl Into<Value>, file: &Path, line: u32) -> Self {
        self.others.push(Loser { value: value.into(), file: file.display().to_string(), line });
        self
    }

    /// As documents hold it.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut out = Map::new();
        out.insert("value".to_owned(), self.value.clone());
        out.insert("origin".to_owned(), self.origin.as_str().into());
        if let Some((file, line)) = &self.place {
            out.insert("file".to_owned(), file.as_str().into());
            out.insert("line".to_owned(), (*line).into());
        }
        if !self.others.is_empty() {
            let others = self.others.iter();
            let others: Vec<Value> =
                others.map(|o| json!({"value": o.value, "file": o.file, "line": o.line})).collect();
            out.insert("others".to_owned(), others.into());
        }
        out.into()
    }
}
