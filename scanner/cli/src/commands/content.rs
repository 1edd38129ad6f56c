//! The content that a command works with: built in, plus an own pack where one is named.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use assay_core::rule::ParamType;
use assay_eval::Library;
use assay_policies::Content;
use assay_reports::text::count;

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
            format!(
                "{} in the rules:\n  {}",
                count(lines.len() as u64, "mistake", "mistakes"),
                lines.join("\n  ")
            ),
            "correct them; `assay test DIR` runs the cases of own rules",
        )
        .into()
    })
}

/// The ids that a configuration may name.
pub(super) fn known(library: &Library) -> Known {
    Known {
        params: library
            .rules
            .iter()
            .map(|r| {
                let params = r.meta.params.iter().map(|(name, p)| (name.clone(), p.kind));
                (r.meta.id.clone(), params.collect())
            })
            .collect::<BTreeMap<String, BTreeMap<String, ParamType>>>(),
        retired: library
            .retired
            .iter()
            .map(|r| (r.id.clone(), format!("{r}; {}", r.next_step())))
            .collect(),
        controls: library
            .frameworks
            .iter()
            .map(|f| (f.id.clone(), f.controls.iter().map(|c| c.id.clone()).collect()))
            .collect(),
    }
}
