//! The content that a command works with: built in, plus an own pack where one is named.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;
use assay_eval::Library;
use assay_policies::Content;

use crate::config::Known;
use crate::exit::Usage;

/// Loads and checks the content.
///
/// # Errors
/// [`Usage`] with every mistake of an own pack, each with file and line.
pub(super) fn load(own: Option<&Path>) -> Result<Library> {
    let mut content = Content::embedded();
    if let Some(dir) = own {
        let more = Content::from_dir(dir).map_err(|e| Usage::plain(e.to_string()))?;
        content = content.with(more);
    }
    Library::load(&content).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Usage::new(
            format!("{} mistakes in the rules:\n  {}", lines.len(), lines.join("\n  ")),
            "correct them; `assay test DIR` runs the cases of own rules",
        )
        .into()
    })
}

/// The ids that a configuration may name.
pub(super) fn known(library: &Library) -> Known {
    Known {
        rules: library.rules.iter().map(|r| r.meta.id.clone()).collect(),
        params: library
            .rules
            .iter()
            .map(|r| (r.meta.id.clone(), r.meta.params.keys().cloned().collect()))
            .collect::<BTreeMap<String, BTreeSet<String>>>(),
        controls: library
            .frameworks
            .iter()
            .map(|f| (f.id.clone(), f.controls.iter().map(|c| c.id.clone()).collect()))
            .collect(),
    }
}
