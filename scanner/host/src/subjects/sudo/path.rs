//! Where commands are looked for: entries that others can change, or that stand for the caller's folder.

use std::path::Path;

use assay_core::Gap;
use serde_json::{Value, json};

use super::program::Program;
use crate::Host;

/// What is wrong in `[{For, Setting}]`, each setting a list of folders: `[{For, Entry, Writers}]` with
/// the place of the setting.
///
/// # Errors
/// A folder that cannot be looked at.
pub(super) fn open(host: &Host<'_>, settings: &Value) -> Result<Value, Gap> {
    let mut out = Vec::new();
    for item in settings.as_array().into_iter().flatten() {
        let (Some(whom), Some(setting)) = (item.get("For"), item.get("Setting")) else { continue };
        let Some(path) = setting.get("value").and_then(Value::as_str).filter(|p| !p.is_empty())
        else {
            continue;
        };
        for entry in path.split(':') {
            let absolute = Path::new(entry).is_absolute();
            let writers = if absolute { Program::look(host, entry)?.writers } else { Vec::new() };
            if absolute && writers.is_empty() {
                continue;
            }
            let mut line = json!({"For": whom, "Entry": entry, "Writers": writers});
            for place in ["origin", "file", "line"] {
                if let (Some(line), Some(value)) = (line.as_object_mut(), setting.get(place)) {
                    line.insert(place.to_owned(), value.clone());
                }
            }
            out.push(line);
        }
    }
    Ok(out.into())
}
