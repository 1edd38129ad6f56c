//! `[ledger]`: the file, and what is declared beforehand.

use std::path::{Path, PathBuf};

use assay_ledger::Schedule;
use assay_ledger::entry::Declared;
use serde::Deserialize;

use super::place::Places;
use super::place::Step::Key;
use crate::exit::Usage;

/// The `[ledger]` table, as its author wrote it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    file: PathBuf,
    schedule: Option<String>,
    retention: Option<u32>,
}

/// A ledger to write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LedgerPlan {
    /// The file.
    pub(crate) file: PathBuf,
    /// What the configuration declares; `None`: there is no `[ledger]` table, and what was declared
    /// before stays.
    pub(crate) declared: Option<Declared>,
}

impl Section {
    /// The checked table; `name` is the configuration's, beside which the file lies.
    pub(super) fn plan(&self, name: &str, places: &Places<'_>) -> Result<LedgerPlan, Usage> {
        let at = |field, m: &str| places.at_value(&[Key("ledger"), Key(field)], m);
        if self.file.file_name().is_none() {
            return Err(at("file", "the ledger needs a file, as `assay.ledger`"));
        }
        let schedule = self.schedule.as_deref().map(str::parse::<Schedule>).transpose();
        let schedule = schedule.map_err(|e| at("schedule", &e.to_string()))?;
        if self.retention == Some(0) {
            return Err(at("retention", "runs are kept for at least one day"));
        }
        let folder = Path::new(name).parent().unwrap_or(Path::new(""));
        Ok(LedgerPlan {
            file: folder.join(&self.file),
            declared: Some(Declared { schedule, retention: self.retention }),
        })
    }
}

/// The `[ledger]` table of the named file, or of `assay.toml` in the current folder where there is
/// one. Ids of rules are not looked up.
///
/// # Errors
/// [`Usage`] with the line underlined.
pub(crate) fn load(path: Option<&Path>) -> Result<Option<LedgerPlan>, Usage> {
    let default = Path::new("assay.toml");
    let path = match path {
        Some(p) => p,
        None if default.exists() => default,
        None => return Ok(None),
    };
    let text = std::fs::read_to_string(path).map_err(|e| {
        Usage::new(
            format!("cannot read configuration {}: {e}", path.display()),
            "name an existing file with --config, or leave it out",
        )
    })?;
    let name = path.display().to_string();
    let (file, places) = super::read(&name, &text)?;
    file.ledger.map(|l| l.plan(&name, &places)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<LedgerPlan, String> {
        let (file, places) =
            super::super::read("etc/assay.toml", text).map_err(|e| e.to_string())?;
        file.ledger.unwrap().plan("etc/assay.toml", &places).map_err(|e| e.to_string())
    }

    #[test]
    fn a_table_is_read() {
        let plan = read(
            "[ledger]\nfile = \"runs.ledger\"\nschedule = \"Daily 02:00\"\nretention = 400"
                .replace("Daily", "daily")
                .as_str(),
        )
        .unwrap();
        assert_eq!(plan.file, Path::new("etc/runs.ledger"));
        let declared = plan.declared.unwrap();
        assert_eq!(declared.schedule.unwrap().to_string(), "daily 02:00");
        assert_eq!(declared.retention, Some(400));
        assert_eq!(read("[ledger]\nfile = \"/var/l\"").unwrap().file, Path::new("/var/l"));
    }

    #[test]
    fn mistakes_are_underlined() {
        for (text, words, place) in [
            (
                "[ledger]\nfile = \"l\"\nschedule = \"dayly 02:00\"",
                "`dayly` is no schedule",
                "3:12",
            ),
            ("[ledger]\nfile = \"l\"\nschedule = \"daily 26:00\"", "no time of day", "3:12"),
            ("[ledger]\nfile = \"l\"\nretention = 0", "at least one day", "3:13"),
            ("[ledger]\nfile = \"l\"\nretention = -1", "u32", "3:13"),
            ("[ledger]\nfile = \"\"", "needs a file", "2:8"),
            ("[ledger]\nschedule = \"daily 02:00\"", "missing field `file`", "1:1"),
            ("[ledger]\nfile = \"l\"\nsigned = true", "unknown field", "3:1"),
        ] {
            let m = read(text).unwrap_err();
            assert!(m.contains(words) && m.contains('^'), "{text}: {m}");
            assert!(m.contains(&format!("etc/assay.toml:{place}")), "{text}: {m}");
        }
    }
}
