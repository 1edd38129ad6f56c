//! `.pkla` files: the configuration of polkit before it took scripts, which a helper still reads.
//! pklocalauthority(8): directories by their names, files by theirs; of the entries that match, the
//! last one decides, and what is said of a user is asked after what is said of his groups.

use std::path::{Path, PathBuf};

use assay_core::Gap;

use super::MAX_FILES;
use super::js::Question;
use crate::Host;
use crate::subjects::sudo::glob::{self, Slash};

/// Where the directories `NN-name.d` lie.
pub(super) const BASES: [&str; 2] =
    ["/var/lib/polkit-1/localauthority", "/etc/polkit-1/localauthority"];

/// A section that is complete.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    identities: Vec<String>,
    actions: Vec<String>,
    any: Option<(String, u32)>,
    inactive: Option<(String, u32)>,
    active: Option<(String, u32)>,
    pub(super) file: String,
}

/// The files in the order in which they are read.
///
/// # Errors
/// A directory that cannot be listed.
pub(super) fn files(host: &Host<'_>) -> Result<Vec<PathBuf>, Gap> {
    let mut directories = Vec::new();
    for base in BASES {
        for path in host.list(base)?.unwrap_or_default() {
            if path.extension().is_some_and(|e| e == "d") {
                directories.push(path);
            }
        }
    }
    // By name; of two with one name that of /var first.
    directories.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    let mut out = Vec::new();
    for directory in directories {
        let inside = host.list(&directory)?.unwrap_or_default();
        out.extend(inside.into_iter().filter(|p| p.extension().is_some_and(|e| e == "pkla")));
    }
    out.truncate(MAX_FILES);
    Ok(out)
}

/// The entries of a file. Key file syntax: a line that is none spoils the file.
pub(super) fn read(text: &str, path: &Path) -> Vec<Entry> {
    let mut out: Vec<Entry> = Vec::new();
    for (line, text) in (1_u32..).zip(text.lines()) {
        let text = text.trim_start();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if let Some(section) = text.trim_end().strip_prefix('[') {
            if !section.ends_with(']') {
                return Vec::new();
            }
            out.push(Entry { file: path.display().to_string(), ..Entry::default() });
            continue;
        }
        let (Some((key, value)), Some(entry)) = (text.split_once('='), out.last_mut()) else {
            return Vec::new();
        };
        let value = value.trim();
        let list = || value.split(';').filter(|s| !s.is_empty()).map(str::to_owned).collect();
        let word = || Some((value.to_owned(), line));
        match key.trim_end() {
            "Identity" => entry.identities = list(),
            "Action" => entry.actions = list(),
            "ResultAny" => entry.any = word(),
            "ResultInactive" => entry.inactive = word(),
            "ResultActive" => entry.active = word(),
            _ => {}
        }
    }
    // A section without whom and what, or without any answer, is passed over.
    out.retain(|e| {
        !e.identities.is_empty()
            && !e.actions.is_empty()
            && (e.any.is_some() || e.inactive.is_some() || e.active.is_some())
    });
    out
}

/// Whom the entries name: users, and groups.
pub(super) fn named(entries: &[Entry]) -> (Vec<String>, Vec<String>) {
    let (mut users, mut groups) = (Vec::new(), Vec::new());
    for identity in entries.iter().flat_map(|e| &e.identities) {
        match identity.split_once(':') {
            Some(("unix-user", name)) => users.push(name.to_owned()),
            Some(("unix-group", name)) => groups.push(name.to_owned()),
            _ => {}
        }
    }
    (users, groups)
}

/// The answer for a question: the word, file and line. `None`: no entry has one.
///
/// # Errors
/// An entry for a netgroup, whose members are not known here.
pub(super) fn answer(entries: &[Entry], q: &Question) -> Result<Option<(String, String, u32)>, ()> {
    let mut out = None;
    let mut who = vec!["default".to_owned()];
    who.extend(q.groups.iter().map(|g| format!("unix-group:{g}")));
    who.push(format!("unix-user:{}", q.user));
    for identity in who {
        for entry in entries {
            let about = entry.actions.iter().any(|a| glob::matches(a, &q.action, Slash::Matched));
            if !about {
                continue;
            }
            if entry.identities.iter().any(|i| i.starts_with("unix-netgroup:")) {
                return Err(());
            }
            if !entry.identities.iter().any(|i| glob::matches(i, &identity, Slash::Matched)) {
                continue;
            }
            let answer = match (q.local, q.active) {
                (true, true) => &entry.active,
                (true, false) => &entry.inactive,
                (false, _) => &entry.any,
            };
            if let Some((word, line)) = answer {
                out = Some((word.clone(), entry.file.clone(), *line));
            }
        }
    }
    Ok(out)
}
