//! The entries a host can be started with, whatever its boot loader is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};

use super::{Assignment, Grub, Word, assignments, grub, unified, words};
use crate::Host;

/// One way to start.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Its title.
    pub title: String,
    /// The file that holds its options.
    pub file: String,
    /// Their line, from 1.
    pub line: u32,
    /// The words the kernel gets.
    pub words: Vec<Word>,
    /// Whether it is a recovery entry.
    pub recovery: bool,
    /// The script of `/etc/grub.d` that made it.
    pub part: Option<String>,
}

/// What a host starts with.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    /// What the boot loader shows now.
    pub generated: Vec<Entry>,
    /// What the sources would give entries the next time these are made: one for each assignment
    /// or file.
    pub planned: Vec<Entry>,
    /// GRUB's generated configurations.
    pub grub: Vec<Grub>,
    /// The loader, by name; `None` where none is on the disk.
    pub loader: Option<&'static str>,
}

/// Most entries of one directory.
const MAX_ENTRIES: usize = 1024;

/// Reads them.
///
/// # Errors
/// Something is there and cannot be read.
pub(crate) fn entries(host: &Host<'_>) -> Result<Entries, Gap> {
    let mut out = Entries { grub: grub(host)?, planned: planned(host)?, ..Entries::default() };
    let variables: BTreeMap<String, String> =
        out.grub.iter().flat_map(|g| g.variables.clone()).collect();
    let listed = specification(host, &variables)?;
    let shows = out.grub.is_empty() || out.grub.iter().any(|g| g.loader);
    if !out.grub.is_empty() {
        out.loader = Some("grub");
    }
    out.generated.extend(out.grub.iter().flat_map(|g| g.entries.iter().cloned()));
    if shows && !listed.is_empty() {
        out.loader = out.loader.or(Some("systemd-boot"));
        out.generated.extend(listed);
    }
    for (path, loader) in [
        ("/boot/extlinux.conf", "extlinux"),
        ("/boot/extlinux/extlinux.conf", "extlinux"),
        ("/boot/syslinux/syslinux.cfg", "extlinux"),
    ] {
        if let Some(found) = host.text(path)? {
            out.loader = out.loader.or(Some(loader));
            out.generated.extend(extlinux(Path::new(path), &found.text));
        }
    }
    for path in ["/boot/firmware/cmdline.txt", "/boot/cmdline.txt"] {
        if let Some(found) = host.text(path)? {
            out.loader = out.loader.or(Some("firmware"));
            let line = found.text.lines().next().unwrap_or("");
            out.generated.push(plain("firmware", Path::new(path), 1, words(line)));
        }
    }
    let images = unified::images(host)?;
    if !images.is_empty() {
        out.loader = out.loader.or(Some("systemd-boot"));
        out.generated.extend(images);
    }
    if out.loader.is_none() && host.stat("/etc/default/grub")?.is_some() {
        out.loader = Some("grub");
    }
    Ok(out)
}

fn plain(title: &str, file: &Path, line: u32, words: Vec<Word>) -> Entry {
    Entry {
        title: title.to_owned(),
        file: file.display().to_string(),
        line,
        words,
        recovery: false,
        part: None,
    }
}

/// Entries of the boot loader specification.
fn specification(host: &Host<'_>, variables: &BTreeMap<String, String>) -> Result<Vec<Entry>, Gap> {
    let mut out = Vec::new();
    for base in ["/boot/loader/entries", "/efi/loader/entries", "/boot/efi/loader/entries"] {
        for path in host.list(base)?.unwrap_or_default() {
            if path.extension().is_none_or(|e| e != "conf") || out.len() >= MAX_ENTRIES {
                continue;
            }
            if let Some(found) = host.text(&path)? {
                out.extend(listed(&path, &found.text, variables));
            }
        }
    }
    Ok(out)
}

fn listed(path: &Path, text: &str, variables: &BTreeMap<String, String>) -> Option<Entry> {
    let mut title = String::new();
    let mut first = None;
    let mut options = String::new();
    let mut kernel = false;
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim();
        let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match key {
            "title" => value.trim().clone_into(&mut title),
            "linux" => kernel = true,
            "options" => {
                first = first.or(Some(number));
                options.push(' ');
                options.push_str(&substitute(value, variables));
            }
            _ => {}
        }
    }
    kernel.then(|| {
        let mut entry = plain(&title, path, first.unwrap_or(1), words(&options));
        entry.recovery = title.to_lowercase().contains("rescue");
        entry
    })
}

/// GRUB puts its variables into entries (`$kernelopts`).
fn substitute(text: &str, variables: &BTreeMap<String, String>) -> String {
    let put = |word: &str| match word.strip_prefix('$') {
        Some(name) => {
            let name = name.trim_start_matches('{').trim_end_matches('}');
            variables.get(name).cloned().unwrap_or_default()
        }
        None => word.to_owned(),
    };
    text.split(' ').map(put).collect::<Vec<_>>().join(" ")
}

fn extlinux(path: &Path, text: &str) -> Vec<Entry> {
    let mut label = String::new();
    let mut out = Vec::new();
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim();
        let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match key.to_ascii_lowercase().as_str() {
            "label" => value.trim().clone_into(&mut label),
            "append" if out.len() < MAX_ENTRIES => {
                out.push(plain(&label, path, number, words(value)));
            }
            _ => {}
        }
    }
    out
}

/// The variables of `/etc/default/grub` that reach kernels.
pub(crate) const GRUB_VARIABLES: [&str; 3] =
    ["GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT", "GRUB_CMDLINE_LINUX_RECOVERY"];

/// The assignments of GRUB's sources that count, with their files.
///
/// # Errors
/// A source that is there and cannot be read.
pub(crate) fn grub_sources(host: &Host<'_>) -> Result<Vec<(PathBuf, Assignment)>, Gap> {
    let mut variables = BTreeMap::new();
    let mut last: BTreeMap<String, (PathBuf, Assignment)> = BTreeMap::new();
    let mut paths = vec![PathBuf::from("/etc/default/grub")];
    let more = host.list("/etc/default/grub.d")?.unwrap_or_default();
    paths.extend(more.into_iter().filter(|p| p.extension().is_some_and(|e| e == "cfg")));
    for path in paths {
        let Some(found) = host.text(&path)? else { continue };
        for assignment in assignments(&found.text, &mut variables) {
            last.insert(assignment.name.clone(), (path.clone(), assignment));
        }
    }
    Ok(last.into_values().collect())
}

fn planned(host: &Host<'_>) -> Result<Vec<Entry>, Gap> {
    let mut out = Vec::new();
    for (path, assignment) in grub_sources(host)? {
        if !GRUB_VARIABLES.contains(&assignment.name.as_str()) {
            continue;
        }
        let Some(value) = &assignment.value else {
            let detail = format!(
                "{}:{}: a command decides {}",
                path.display(),
                assignment.line,
                assignment.name
            );
            return Err(Gap::new(GapState::Unsupported, detail));
        };
        let mut entry = plain(&assignment.name, &path, assignment.line, words(value));
        entry.recovery = assignment.name.ends_with("_RECOVERY");
        out.push(entry);
    }
    for path in ["/etc/kernel/cmdline", "/usr/lib/kernel/cmdline"] {
        if let Some(found) = host.text(path)? {
            out.push(plain("kernel-install", Path::new(path), 1, words(&found.text)));
            break;
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    fn read(files: &[(&str, &str)]) -> Entries {
        let mut m = Memory::new(Standing::AtRest);
        for (path, text) in files {
            m.file(path, text);
        }
        entries(&Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH)).unwrap()
    }

    #[test]
    fn grub_shows_listed_entries_only_where_it_is_told() {
        let entry = ("/boot/loader/entries/x.conf", "title X\nlinux /v\noptions $kernelopts a\n");
        let env =
            ("/boot/grub2/grubenv", "# GRUB Environment Block\nkernelopts=root=x audit=0\n##");
        let e = read(&[entry, env, ("/boot/grub2/grub.cfg", "blscfg\n")]);
        let words: Vec<String> = e.generated[0].words.iter().map(Word::text).collect();
        assert_eq!(words, ["root=x", "audit=0", "a"]);
        assert_eq!((e.loader, e.generated[0].line), (Some("grub"), 3));
        assert!(read(&[entry, ("/boot/grub/grub.cfg", "")]).generated.is_empty());
        assert_eq!(read(&[entry]).loader, Some("systemd-boot"));
    }

    #[test]
    fn later_sources_build_on_earlier_ones() {
        let e = read(&[
            ("/etc/default/grub", "GRUB_CMDLINE_LINUX=\"a\"\n"),
            ("/etc/default/grub.d/x.cfg", "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX b\"\n"),
            ("/etc/default/grub.d/y.conf", "GRUB_CMDLINE_LINUX=\"c\"\n"),
        ]);
        let words: Vec<String> = e.planned[0].words.iter().map(Word::text).collect();
        assert_eq!(words, ["a", "b"]);
        assert_eq!(e.planned[0].file, "/etc/default/grub.d/x.cfg");
        assert!(e.generated.is_empty());
    }
}
