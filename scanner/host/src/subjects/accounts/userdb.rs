//! User records of systemd: JSON files that the source `systemd` looks up.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_core::{Gap, GapState};
use serde_json::Value;

use super::lines::Place;
use super::secret::{Secret, State};
use super::tables::{Field, Group, MAX_ENTRIES, Shadow, User};
use crate::Host;

/// Its directories, from userdbctl(1), but for `/run`: what is there lasts until the next start.
const DIRECTORIES: [&str; 3] = ["/etc/userdb", "/usr/local/lib/userdb", "/usr/lib/userdb"];

/// Adds the users of all records.
pub(crate) fn users(host: &Host<'_>, out: &mut Vec<User>) -> Result<(), Gap> {
    for (path, record) in records(host, "user")? {
        let Some(name) = record.get("userName").and_then(Value::as_str) else { continue };
        let Some(uid) = id(&record, "uid") else { continue };
        let text =
            |key: &str| record.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let place = Place { file: Arc::from(path.as_path()), line: 1 };
        let secret = secret(host, &path, &record)?;
        let days = |key: &str| {
            let micro = record.get(key).and_then(Value::as_i64);
            micro.map_or(-1, |m| m / 86_400_000_000)
        };
        let locked = record.get("locked") == Some(&Value::Bool(true));
        let shadow = Shadow {
            secret: Secret { state: if locked { State::Locked } else { secret.state }, ..secret },
            last_change: days("lastPasswordChangeUSec"),
            min: days("passwordChangeMinUSec"),
            max: days("passwordChangeMaxUSec"),
            warn: days("passwordChangeWarnUSec"),
            inactive: days("passwordChangeInactiveUSec"),
            expire: days("notAfterUSec"),
            place: place.clone(),
        };
        let shell = text("shell");
        let home = text("homeDirectory");
        out.push(User {
            name: name.to_owned(),
            field: Field::Shadowed,
            uid,
            gid: id(&record, "gid").unwrap_or(uid),
            gecos: text("realName"),
            home: if home.is_empty() { format!("/home/{name}") } else { home },
            shell: if shell.is_empty() { "/bin/bash".to_owned() } else { shell },
            place,
            shadow: Some(shadow),
        });
    }
    Ok(())
}

/// Adds the groups of all records.
pub(crate) fn groups(host: &Host<'_>, out: &mut Vec<Group>) -> Result<(), Gap> {
    for (path, record) in records(host, "group")? {
        let Some(name) = record.get("groupName").and_then(Value::as_str) else { continue };
        let Some(gid) = id(&record, "gid") else { continue };
        let members = record.get("members").and_then(Value::as_array);
        let members = members.map(|m| m.iter().filter_map(Value::as_str).map(str::to_owned));
        out.push(Group {
            name: name.to_owned(),
            field: Field::Shadowed,
            gid,
            members: members.map(Iterator::collect).unwrap_or_default(),
            place: Place { file: Arc::from(path.as_path()), line: 1 },
        });
    }
    Ok(())
}

fn id(record: &Value, key: &str) -> Option<u32> {
    record.get(key)?.as_u64().and_then(|n| u32::try_from(n).ok())
}

/// The records of a kind, of several with one name that of the first directory.
fn records(host: &Host<'_>, kind: &str) -> Result<Vec<(PathBuf, Value)>, Gap> {
    let mut out = BTreeMap::new();
    for directory in DIRECTORIES {
        let Some(paths) = host.list(directory)? else { continue };
        for path in paths {
            let named = path.extension().is_some_and(|e| e == kind);
            // A second name by the id links to the record by its name.
            let by_id = path
                .file_stem()
                .is_some_and(|s| s.to_string_lossy().bytes().all(|b| b.is_ascii_digit()));
            let Some(name) = path.file_name().map(std::ffi::OsStr::to_owned) else { continue };
            if !named || by_id || out.contains_key(&name) {
                continue;
            }
            if out.len() >= MAX_ENTRIES {
                let detail = format!("{directory}: more than {MAX_ENTRIES} records");
                return Err(Gap::new(GapState::Malformed, detail));
            }
            let Some(bytes) = host.bytes(&path)? else { continue };
            let record = serde_json::from_slice(&bytes).map_err(|_| malformed(&path))?;
            out.insert(name, (path, record));
        }
    }
    Ok(out.into_values().collect())
}

fn malformed(path: &Path) -> Gap {
    Gap::new(GapState::Malformed, format!("{}: it is no user record", path.display()))
}

/// The hash is in the record, or in a file beside it that only root can read.
fn secret(host: &Host<'_>, path: &Path, record: &Value) -> Result<Secret, Gap> {
    let hash = |v: &Value| {
        let list = v.pointer("/hashedPassword")?.as_array()?;
        list.first()?.as_str().map(Secret::read)
    };
    if let Some(secret) = record.get("privileged").and_then(hash) {
        return Ok(secret);
    }
    let beside = path.with_extension("user-privileged");
    match host.bytes(&beside)? {
        None => Ok(Secret::ABSENT),
        Some(bytes) => {
            let value: Value = serde_json::from_slice(&bytes).map_err(|_| malformed(&beside))?;
            let inner = value.get("privileged").unwrap_or(&value);
            Ok(hash(inner).unwrap_or(Secret::ABSENT))
        }
    }
}
