//! The content that a command works with: built in, plus an own pack where one is named.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use anyhow::{Context, Result};
use assay_core::rule::ParamType;
use assay_core::typedef::TypeRegistry;
use assay_eval::{Library, LoadError};
use assay_policies::Content;
use assay_reports::text::count;
use serde_json::json;

use crate::config::Known;
use crate::exit::Usage;

/// The file of an output folder that holds the rules by which it was judged.
pub(super) const RECORDED: &str = "rules.ndjson.zst";
/// The most that the rules of an output folder may hold, unpacked.
const MAX: u64 = 64 << 20;

/// Loads and checks the content.
///
/// # Errors
/// [`Usage`] with every mistake of an own pack, each with file and line.
pub(super) fn load(own: Option<&Path>) -> Result<Library> {
    check(&gather(own)?)
}

/// The built-in content with an own pack over it.
pub(super) fn gather(own: Option<&Path>) -> Result<Content> {
    let content = Content::embedded();
    match own {
        None => Ok(content),
        Some(dir) => {
            let more = Content::from_dir(dir).map_err(|e| Usage::plain(e.to_string()))?;
            Ok(content.with(more))
        }
    }
}

/// Writes the content into an output folder, so that it can be judged again years later. The cases
/// of the rules are needed where counterfactuals were looked for.
pub(super) fn record(content: &Content, cases: bool, path: &Path) -> Result<()> {
    let file = File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
    let mut out = zstd::Encoder::new(file, 3)?;
    for f in content.files().filter(|f| cases || !f.path.ends_with(".cases.yaml")) {
        serde_json::to_writer(&mut out, &json!({"path": f.path, "text": f.text}))?;
        out.write_all(b"\n")?;
    }
    out.finish().with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}

/// The content that an output folder was judged with.
pub(super) fn recorded(path: &Path) -> Result<Content> {
    #[derive(serde::Deserialize)]
    struct Line {
        path: String,
        text: String,
    }
    let bad = |why: String| {
        Usage::new(
            format!("cannot read the rules in {}: {why}", path.display()),
            "only folders that this release or a later one wrote hold their rules",
        )
    };
    let file = File::open(path).map_err(|e| bad(e.to_string()))?;
    let reader = zstd::Decoder::new(file).map_err(|e| bad(e.to_string()))?;
    let mut content = Content::default();
    for line in BufReader::new(reader.take(MAX)).lines() {
        let line = line.map_err(|e| bad(e.to_string()))?;
        let line: Line = serde_json::from_str(&line).map_err(|e| bad(e.to_string()))?;
        content.insert(line.path, line.text.into());
    }
    Ok(content)
}

/// Checks content.
pub(super) fn check(content: &Content) -> Result<Library> {
    Library::load(content).map_err(|errors| mistakes(&errors))
}

/// The built-in types alone: all that collecting needs.
///
/// # Errors
/// [`Usage`] with every mistake.
pub(super) fn types() -> Result<TypeRegistry> {
    Library::types(&Content::embedded()).map_err(|errors| mistakes(&errors))
}

fn mistakes(errors: &[LoadError]) -> anyhow::Error {
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
        parts: library
            .frameworks
            .iter()
            .filter_map(|f| Some((f.id.clone(), (f.parted_by.clone()?, f.parts.clone()))))
            .collect(),
    }
}
