//! Secrets on the disk: private keys, and who else than their owner gets at them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use assay_core::Gap;
use serde_json::{Value, json};

use super::ids::Ids;
use super::notable::{self, Notable};
use super::{ACCOUNTS, keys, text};
use crate::{Host, Miss, Stat};

/// A file that holds a private key.
pub(super) struct Key {
    /// Its path.
    pub(super) path: PathBuf,
    stat: Stat,
    reachable: bool,
    kind: &'static str,
    sealed: bool,
}

/// Every such file.
pub(super) fn private_keys(host: &Host<'_>, notable: &Notable) -> Result<Vec<Key>, Gap> {
    let mut out = Vec::new();
    for (path, stat, reachable) in &notable.keys {
        match keys::kind(host, path) {
            Ok(Some((kind, sealed))) => out.push(Key {
                path: path.clone(),
                stat: *stat,
                reachable: *reachable,
                kind,
                sealed,
            }),
            Ok(None) | Err(Miss::Absent) => {}
            // What we may not read, others may not either, unless the mode says so.
            Err(Miss::Denied) if stat.mode & 0o004 == 0 => {}
            Err(miss) => return Err(crate::gap(path, &miss)),
        }
    }
    out.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(out)
}

/// Keys with who else than their owner can read them. Keys that a package brings are no secrets.
pub(super) fn exposed(
    host: &Host<'_>,
    keys: &[Key],
    owners: &HashMap<String, String>,
    ids: &Ids,
) -> Result<Value, Gap> {
    let mut out = Vec::new();
    for key in keys.iter().filter(|k| !owners.contains_key(&text(&k.path))) {
        let Some(access) = host.access(&key.path)? else { continue };
        let readers: Vec<String> = access
            .readers
            .iter()
            .filter(|who| match who.split_once(' ') {
                Some(("user", uid)) => uid.parse() != Ok(key.stat.uid),
                Some(("group", gid)) => gid
                    .parse()
                    .is_ok_and(|g| ids.logins(g, key.stat.uid) && passes(host, &key.path, g)),
                _ => key.reachable,
            })
            .cloned()
            .collect();
        if out.len() < notable::MAX {
            out.push(json!({"File": access.json(), "Kind": key.kind, "Passphrase": key.sealed, "Readers": readers}));
        }
    }
    Ok(out.into())
}

/// Whether members of a group may pass through all directories above a file.
fn passes(host: &Host<'_>, path: &Path, gid: u32) -> bool {
    path.ancestors().skip(1).all(|above| match host.lstat(above) {
        Ok(Some(s)) => s.mode & 1 != 0 || (s.gid == gid && s.mode & 0o010 != 0),
        _ => true,
    })
}

/// Secret files whose ACL lets more people in than their mode shows.
pub(super) fn leaks(
    host: &Host<'_>,
    keys: &[Key],
    owners: &HashMap<String, String>,
    ids: &Ids,
) -> Result<Value, Gap> {
    let mut secret: Vec<PathBuf> =
        ACCOUNTS.iter().filter(|(_, s)| *s).map(|(p, _)| PathBuf::from(p)).collect();
    for file in [
        "/etc/sudoers",
        "/etc/krb5.keytab",
        "/root",
        "/root/.ssh",
        "/etc/ssl/private",
        "/etc/sudoers.d",
    ] {
        secret.push(PathBuf::from(file));
    }
    secret.extend(host.list("/etc/sudoers.d")?.unwrap_or_default());
    secret.extend(
        keys.iter().filter(|k| !owners.contains_key(&text(&k.path))).map(|k| k.path.clone()),
    );
    secret.sort();
    secret.dedup();
    let mut out = Vec::new();
    for path in secret {
        let Some(access) = host.access(&path)? else { continue };
        let plain = [
            format!("user {}", access.stat.uid),
            format!("group {}", access.stat.gid),
            "everyone".to_owned(),
        ];
        let mut extra: Vec<String> = access
            .readers
            .iter()
            .chain(&access.writers)
            .filter(|w| !plain.contains(w) && !w.contains(" through "))
            .cloned()
            .collect();
        extra.sort();
        extra.dedup();
        let extra = ids.real(&extra)?;
        if !extra.is_empty() {
            out.push(json!({"File": access.json(), "Extra": extra}));
        }
    }
    Ok(out.into())
}
