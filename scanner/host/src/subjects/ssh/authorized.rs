//! The files of keys that open accounts.

use std::collections::BTreeMap;
use std::path::Path;

use assay_core::Gap;
use serde_json::{Value, json};

use super::world::{User, World};
use super::{Seen, key, keyword};
use crate::{FileKind, Host, Output};

/// The type of a file's document.
pub(super) const KIND: &str = "linux.authorized_key_file";

/// Most lines of a file that are held one by one.
const MAX_KEYS: usize = 2000;

/// The files of all servers: path, and the users whose accounts it opens.
#[derive(Debug, Default)]
pub(super) struct Files {
    paths: BTreeMap<String, Opens>,
    gap: Option<Gap>,
}

#[derive(Debug, Default)]
struct Opens {
    users: Vec<String>,
    authority: bool,
    strict: bool,
}

impl Files {
    /// Adds those of a server: what `AuthorizedKeysFile` names for each user in some context, and the
    /// authorities of `TrustedUserCAKeys`.
    pub(super) fn add(&mut self, seen: &Seen<'_>, world: &World) {
        let contexts = match &seen.contexts {
            Ok(contexts) => contexts,
            Err(gap) => {
                self.gap = Some(gap.clone());
                return;
            }
        };
        let (Some(files), Some(authorities)) =
            (keyword::find("AuthorizedKeysFile"), keyword::find("TrustedUserCAKeys"))
        else {
            return;
        };
        let strict = seen.word("StrictModes") != "no";
        let mut patterns: Vec<String> = Vec::new();
        for context in contexts {
            let decision = seen.server.decide(files, &context.active);
            for word in decision.value.as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !word.eq_ignore_ascii_case("none") && !patterns.iter().any(|p| p == word) {
                    patterns.push(word.to_owned());
                }
            }
            let decision = seen.server.decide(authorities, &context.active);
            if let Some(path) = decision.value.as_str().filter(|p| *p != "none") {
                let opens = self.paths.entry(path.to_owned()).or_default();
                opens.authority = true;
                opens.strict = false;
            }
        }
        for user in &world.users {
            for pattern in &patterns {
                let Some(path) = expand(pattern, user) else { continue };
                let opens = self.paths.entry(path).or_default();
                opens.strict |= strict;
                if !opens.users.contains(&user.name) {
                    opens.users.push(user.name.clone());
                }
            }
        }
    }

    /// Puts a document for each that exists.
    ///
    /// # Errors
    /// A file that cannot be looked at.
    pub(super) fn put(
        &self,
        host: &Host<'_>,
        world: &World,
        out: &mut dyn Output,
    ) -> Result<(), Gap> {
        let mut result = self.gap.clone().map_or(Ok(()), Err);
        for (path, opens) in &self.paths {
            if let Err(gap) = one(host, world, path, opens, out) {
                result = result.and(Err(gap));
            }
        }
        result
    }
}

/// The path of a pattern for a user.
fn expand(pattern: &str, user: &User) -> Option<String> {
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next()? {
            '%' => out.push('%'),
            'h' => out.push_str(&user.home),
            'u' => out.push_str(&user.name),
            'U' => out.push_str(&user.uid.to_string()),
            _ => return None,
        }
    }
    if let Some(below) = out.strip_prefix("~/") {
        // sshd runs as root while it reads its configuration.
        out = format!("/root/{below}");
    }
    if out.starts_with('/') {
        return Some(out);
    }
    Some(format!("{}/{out}", user.home.trim_end_matches('/')))
}

fn one(
    host: &Host<'_>,
    world: &World,
    path: &str,
    opens: &Opens,
    out: &mut dyn Output,
) -> Result<(), Gap> {
    let Some(stat) = host.stat(path)? else { return Ok(()) };
    if stat.kind != FileKind::File {
        return Ok(());
    }
    let mut r = host.document(KIND, path);
    r.properties.insert("Path".to_owned(), path.into());
    r.properties.insert("Users".to_owned(), opens.users.clone().into());
    r.properties.insert("Authority".to_owned(), opens.authority.into());
    r.properties.insert("Strict".to_owned(), opens.strict.into());
    match host.text(path) {
        Ok(Some(found)) => {
            let mut keys = Vec::new();
            let mut more = 0_u64;
            for (number, text) in found.text.split('\n').enumerate() {
                let Some(entry) = key::line(text) else { continue };
                let Ok(entry) = entry else { continue };
                if keys.len() >= MAX_KEYS {
                    more += 1;
                    continue;
                }
                keys.push(json!({
                    "KeyType": entry.kind.name,
                    "Bits": entry.kind.bits,
                    "Comment": entry.comment,
                    "Options": entry.options,
                    "Fingerprint": entry.fingerprint,
                    "file": path,
                    "line": number + 1,
                }));
            }
            if more > 0 {
                let detail = format!("{path}: {more} keys more than are held");
                r.lose("Keys", Gap::new(assay_core::GapState::Unsupported, detail));
            } else {
                r.properties.insert("Keys".to_owned(), keys.into());
            }
        }
        Ok(None) => return Ok(()),
        Err(gap) => r.lose("Keys", gap),
    }
    match host.access(Path::new(path)) {
        Ok(Some(mut access)) => {
            // The account's own user may: it is his.
            if let [only] = opens.users.as_slice()
                && let Some(user) = world.users.iter().find(|u| u.name == *only)
            {
                let own = format!("user {}", user.uid);
                let through = format!("{own} through ");
                access.writers.retain(|w| *w != own && !w.starts_with(&through));
                access.readers.retain(|r| *r != own);
            }
            // A group that nobody else is in lets nobody else in.
            let alone = |gid: u32| {
                let mine = |(g, user): &(u32, String)| {
                    *g == gid && matches!(opens.users.as_slice(), [only] if only == user)
                };
                world.empty_groups.contains(&gid) || world.private_groups.iter().any(mine)
            };
            access.writers.retain(|w| {
                let group = w.strip_prefix("group ").and_then(|g| g.split(' ').next());
                group.and_then(|g| g.parse().ok()).is_none_or(|g| !alone(g))
            });
            r.properties.insert("Access".to_owned(), access.json());
        }
        Ok(None) => return Ok(()),
        Err(gap) => r.lose("Access", gap),
    }
    out.put(r);
    Ok(())
}
