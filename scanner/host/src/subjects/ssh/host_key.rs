//! The server's private keys.

use std::path::Path;

use assay_core::{Gap, GapState};
use serde_json::Value;

use super::world::World;
use super::{Seen, key};
use crate::{FileKind, Host, Output};

/// The type of a host key's document.
pub(super) const KIND: &str = "linux.ssh_host_key";

/// Keys that a server without `HostKey` loads if they are there.
const USUAL: &[&str] =
    &["/etc/ssh/ssh_host_rsa_key", "/etc/ssh/ssh_host_ecdsa_key", "/etc/ssh/ssh_host_ed25519_key"];

/// The key files of all servers.
#[derive(Debug, Default)]
pub(super) struct Keys {
    used: Vec<String>,
}

impl Keys {
    /// Adds those of a server.
    pub(super) fn add(&mut self, seen: &Seen<'_>) {
        let named = seen.global("HostKey").map_or(Value::Null, |d| d.value);
        let mut paths: Vec<String> = named
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(absolute)
            .collect();
        if paths.is_empty() {
            paths = USUAL.iter().map(|p| (*p).to_owned()).collect();
            // Before 7.0 the DSA key was loaded too.
            if seen.server.version.is_some_and(|v| v < super::Version(7, 0)) {
                paths.push("/etc/ssh/ssh_host_dsa_key".to_owned());
            }
        }
        for path in paths.into_iter().filter(|p| !p.eq_ignore_ascii_case("/none")) {
            if !self.used.contains(&path) {
                self.used.push(path);
            }
        }
    }

    /// Puts a document for each, and for each private key that lies beside them.
    ///
    /// # Errors
    /// The directory of keys cannot be listed.
    pub(super) fn put(
        &self,
        host: &Host<'_>,
        world: &World,
        out: &mut dyn Output,
    ) -> Result<(), Gap> {
        let mut paths: Vec<(String, bool)> = self.used.iter().map(|p| (p.clone(), true)).collect();
        let mut result = Ok(());
        match host.list("/etc/ssh") {
            Err(gap) => result = Err(gap),
            Ok(None) => {}
            Ok(Some(beside)) => {
                let names = beside.iter().map(|p| p.display().to_string());
                for path in names.filter(|p| !p.ends_with(".pub") && p.contains("key")) {
                    if !paths.iter().any(|(p, _)| *p == path) {
                        paths.push((path, false));
                    }
                }
            }
        }
        for (path, used) in paths {
            if let Err(gap) = one(host, world, &path, used, out) {
                result = result.and(Err(gap));
            }
        }
        result
    }
}

fn absolute(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

fn one(
    host: &Host<'_>,
    world: &World,
    path: &str,
    used: bool,
    out: &mut dyn Output,
) -> Result<(), Gap> {
    let Some(stat) = host.stat(path)? else { return Ok(()) };
    if stat.kind != FileKind::File {
        return Ok(());
    }
    let text = host.text(path);
    if !used && !matches!(&text, Ok(Some(found)) if key::looks_private(&found.text)) {
        // Without a look inside it may be a private key or not; it is no key of the server's.
        return text.map(|_| ());
    }
    let mut r = host.document(KIND, path);
    r.properties.insert("Path".to_owned(), path.into());
    r.properties.insert("Used".to_owned(), used.into());
    match text {
        Ok(Some(found)) => match key::private(&found.text) {
            Some(kind) => {
                r.properties.insert("KeyType".to_owned(), kind.name.into());
                r.properties.insert("Bits".to_owned(), kind.bits.into());
            }
            None => {
                let gap = Gap::new(GapState::Malformed, format!("{path}: no private key is in it"));
                r.lose("KeyType", gap.clone());
                r.lose("Bits", gap);
            }
        },
        Ok(None) => return Ok(()),
        Err(gap) => {
            r.lose("KeyType", gap.clone());
            r.lose("Bits", gap);
        }
    }
    match host.access(Path::new(path)) {
        Ok(Some(mut access)) => {
            // A group that nobody is in is there for ssh-keysign alone.
            let nobody = |who: &String| {
                world.empty_groups.iter().any(|g| {
                    *who == format!("group {g}") || who.starts_with(&format!("group {g} through "))
                })
            };
            access.readers.retain(|r| !nobody(r));
            access.writers.retain(|w| !nobody(w));
            r.properties.insert("Access".to_owned(), access.json());
        }
        Ok(None) => return Ok(()),
        Err(gap) => r.lose("Access", gap),
    }
    out.put(r);
    Ok(())
}
