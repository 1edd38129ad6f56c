//! The files whose change changes the server's rules, and who can change them.

use std::path::Path;

use assay_core::Gap;
use serde_json::{Value, json};

use super::Seen;
use super::start::Start;
use super::world::World;
use crate::Host;

/// Every file with its role and access.
///
/// # Errors
/// One of them cannot be looked at.
pub(super) fn of(
    host: &Host<'_>,
    start: &Start,
    path: &str,
    seen: &Seen<'_>,
    _world: &World,
) -> Result<Value, Gap> {
    let mut named: Vec<(&str, String)> = vec![("configuration", path.to_owned())];
    for file in &seen.server.config.files {
        named.push(("included file", file.clone()));
    }
    for directory in &seen.server.config.directories {
        named.push(("directory of included files", directory.clone()));
    }
    for file in &start.files {
        named.push(("start-up options", file.clone()));
    }
    let contexts = seen.contexts.as_ref().map_err(Clone::clone)?;
    for (keyword, role) in [
        ("AuthorizedKeysCommand", "program that gives keys"),
        ("AuthorizedPrincipalsCommand", "program that gives names"),
        ("TrustedUserCAKeys", "keys of certificate authorities"),
        ("RevokedKeys", "revoked keys"),
        ("ForceCommand", "forced command"),
    ] {
        let Some(keyword) = super::keyword::find(keyword) else { continue };
        for context in contexts {
            let decision = seen.server.decide(keyword, &context.active);
            let value = decision.value.as_str().unwrap_or("").to_owned();
            let program = super::lex::arguments(&value).unwrap_or_default();
            if let Some(first) = program.first().filter(|f| f.starts_with('/')) {
                named.push((role, first.clone()));
            }
        }
    }
    // Where everybody's keys lie together, who can add some is in every account.
    if let Some(keyword) = super::keyword::find("AuthorizedKeysFile") {
        for context in contexts {
            let decision = seen.server.decide(keyword, &context.active);
            for pattern in decision.value.as_array().into_iter().flatten().filter_map(Value::as_str)
            {
                let fixed = pattern.split('%').next().unwrap_or_default();
                let home = pattern.starts_with("%h") || !pattern.starts_with('/');
                if let Some((folder, _)) = fixed.rsplit_once('/').filter(|_| !home) {
                    named.push(("directory of keys", format!("/{}", folder.trim_matches('/'))));
                }
            }
        }
    }
    let mut out = Vec::new();
    let mut seen_paths: Vec<String> = Vec::new();
    for (role, path) in named {
        if seen_paths.contains(&path) {
            continue;
        }
        if let Some(access) = host.access(Path::new(&path))? {
            out.push(json!({"Role": role, "Access": access.json()}));
        }
        seen_paths.push(path);
    }
    Ok(out.into())
}
