//! What is wrong, and where it stands.

use serde_json::{Map, Value};

/// A reason with its file and line, where a file gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// The reason, in words.
    pub(super) why: String,
    /// File and line, from 1.
    pub(super) place: Option<(String, u32)>,
}

impl Problem {
    /// A reason that no file gives.
    pub(super) fn of(why: impl Into<String>) -> Self {
        Self { why: why.into(), place: None }
    }

    /// A reason that a line gives.
    pub(super) fn on(why: impl Into<String>, file: &std::path::Path, line: u32) -> Self {
        Self { why: why.into(), place: Some((file.display().to_string(), line)) }
    }

    /// As documents hold it: `{Why, file, line}`.
    pub(super) fn json(&self) -> Value {
        let mut out = Map::new();
        out.insert("Why".to_owned(), self.why.as_str().into());
        if let Some((file, line)) = &self.place {
            out.insert("file".to_owned(), file.as_str().into());
            out.insert("line".to_owned(), (*line).into());
        }
        out.into()
    }
}

/// A program that installs updates by itself.
#[derive(Debug)]
pub(super) struct Updater {
    /// Its name.
    pub(super) tool: &'static str,
    /// Days from one run to the next, where the configuration says it.
    pub(super) days: Option<f64>,
    /// What keeps it from installing security updates; empty: it installs them.
    pub(super) problems: Vec<Problem>,
    /// Options that were asked for: name, value, place.
    pub(super) settings: Vec<(String, Value)>,
}

impl Updater {
    /// As documents hold it.
    pub(super) fn json(&self) -> Value {
        let problems: Vec<Value> = self.problems.iter().map(Problem::json).collect();
        let settings: Map<String, Value> = self.settings.iter().cloned().collect();
        serde_json::json!({
            "Tool": self.tool, "On": self.problems.is_empty(), "IntervalDays": self.days,
            "Problems": problems, "Settings": settings,
        })
    }
}
