//! Configuration of systemd's own daemons (`journald.conf`): the main file of the first directory
//! that has one, then drop-ins merged by file name, the last word counts (systemd.syntax(7)).

use std::path::Path;
use std::sync::Arc;

use assay_core::{Gap, GapState};

use super::parse::{Assignment, assignments, boolean};
use crate::merged::{Piece, directories, piece, pieces};
use crate::{Host, Loser, Origin, Setting};

/// The assignments of one section, in the order in which they are applied.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options(Vec<Assignment>);

/// Reads a configuration.
///
/// # Errors
/// A file or directory that cannot be read.
pub(crate) fn options(host: &Host<'_>, name: &str, section: &str) -> Result<Options, Gap> {
    let mut files: Vec<Piece> = Vec::new();
    for base in ["/etc/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd"] {
        let path = Path::new(base).join(name);
        if host.lstat(&path)?.is_some() {
            files.push(piece(host, path));
            break;
        }
    }
    files.extend(pieces(host, &directories(&format!("systemd/{name}.d")), ".conf")?);
    let mut out = Vec::new();
    for file in files {
        let shown: Arc<str> = file.path.display().to_string().into();
        match assignments(&file.text?, &shown) {
            Ok(all) => out.extend(all.into_iter().filter(|a| a.section == section)),
            Err(line) => {
                let detail = format!("{shown}:{line}: systemd does not take this line");
                return Err(Gap::new(GapState::Malformed, detail));
            }
        }
    }
    Ok(Options(out))
}

impl Options {
    /// A single value: the last that is good, as others are ignored; an empty one brings the default
    /// back.
    pub(crate) fn setting(&self, key: &str, default: &str, good: impl Fn(&str) -> bool) -> Setting {
        let mut out = Setting::of(default, Origin::Default);
        for a in self.0.iter().filter(|a| a.key == key) {
            let mut new = if a.value.is_empty() {
                Setting::of(default, Origin::Default)
            } else if good(&a.value) {
                Setting::in_file(a.value.as_str(), Path::new(&*a.file), a.line)
            } else {
                continue;
            };
            new.others = std::mem::take(&mut out.others);
            if let Some((file, line)) = out.place {
                new.others.push(Loser { value: out.value, file, line });
            }
            out = new;
        }
        out
    }

    /// The same for yes and no.
    pub(crate) fn flag(&self, key: &str, default: bool) -> Setting {
        let text = if default { "yes" } else { "no" };
        let mut out = self.setting(key, text, |v| boolean(v).is_some());
        let value = out.value.as_str().and_then(boolean).unwrap_or(default);
        out.value = value.into();
        out
    }

    /// The words of a list with the place of each; an empty assignment empties it.
    pub(crate) fn words(&self, key: &str) -> Vec<(String, super::Place)> {
        let mut out = Vec::new();
        for a in self.0.iter().filter(|a| a.key == key) {
            if a.value.is_empty() {
                out.clear();
            }
            out.extend(a.value.split_whitespace().map(|w| (w.to_owned(), a.place())));
        }
        out
    }

    /// Whether the last word of a key takes everything back.
    pub(crate) fn emptied(&self, key: &str) -> bool {
        self.0.iter().rfind(|a| a.key == key).is_some_and(|a| a.value.is_empty())
    }
}
