//! The files that decide what happens at a login: stacks, modules, and programs that modules run; and
//! who can change them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_core::Gap;
use serde_json::{Value, json};

use super::config::Config;
use super::entry::{Entry, TYPES};
use crate::{Access, Host};

/// All of them, of every service that has a file: `{Role, Access}`.
///
/// # Errors
/// What cannot be read or looked at.
pub(super) fn of(host: &Host<'_>, config: &Config<'_>) -> Result<Value, Gap> {
    let mut all: BTreeMap<PathBuf, &str> = BTreeMap::new();
    for service in config.services()? {
        let stacks = config.stacks(&service)?;
        all.extend(stacks.file.clone().map(|f| (f, "configuration")));
        let entries = (0..TYPES.len()).filter_map(|kind| stacks.get(kind)).flatten();
        for entry in entries {
            all.insert(PathBuf::from(&entry.file), "configuration");
            if let Some(path) = entry.module().and_then(|m| m.path.clone()) {
                all.insert(path, "module");
            }
            if let Some(program) = program(entry) {
                all.insert(program, "program");
            }
        }
    }
    let mut out = Vec::new();
    for (path, role) in all {
        if let Some(access) = nearest(host, &path)? {
            let file = json!({"Role": role, "Access": access.json()});
            // Two that are not there may be made in one directory.
            if !out.contains(&file) {
                out.push(file);
            }
        }
    }
    Ok(out.into())
}

/// The program that an entry runs.
fn program(entry: &Entry) -> Option<PathBuf> {
    let module = entry.module().filter(|m| m.name == "pam_exec")?;
    module.args.iter().find(|a| a.starts_with('/')).map(PathBuf::from)
}

/// The access to a path; to the nearest directory above it where it is not there, for whoever can
/// write there makes it.
fn nearest(host: &Host<'_>, path: &Path) -> Result<Option<Access>, Gap> {
    for at in path.ancestors() {
        if let Some(access) = host.access(at)? {
            return Ok(Some(access));
        }
    }
    Ok(None)
}
