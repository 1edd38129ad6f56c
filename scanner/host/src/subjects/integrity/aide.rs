//! AIDE's configuration, from aide.conf(5): where its database is, and whether it selects anything.

use std::collections::BTreeMap;
use std::path::Path;

use assay_core::{Gap, GapState};

use crate::{FileKind, Host, Origin, Setting};

/// What its configuration comes to.
pub(super) struct Aide {
    pub(super) initialised: Setting,
    pub(super) watches: Setting,
}

/// Most files that are read.
const MAX_FILES: usize = 2_000;

#[derive(Default)]
struct Reader {
    defines: BTreeMap<String, String>,
    database: Option<(String, String, u32)>,
    selects: Option<(String, u32)>,
    /// A line that leaves everything out.
    nothing: Option<(String, u32)>,
    /// Scripts make parts of it.
    made: bool,
    files: usize,
}

/// Reads it.
pub(super) fn read(host: &Host<'_>) -> Result<Aide, Gap> {
    let mut path = None;
    for candidate in ["/etc/aide/aide.conf", "/etc/aide.conf", "/usr/etc/aide.conf"] {
        if path.is_none() && host.stat(candidate)?.is_some() {
            path = Some(candidate);
        }
    }
    let Some(path) = path else {
        let none = || Setting::of(false, Origin::Default);
        return Ok(Aide { initialised: none(), watches: none() });
    };
    let mut reader = Reader::default();
    reader.file(host, Path::new(path), 0)?;
    let place = |p: &(String, u32), value: bool| Setting::in_file(value, Path::new(&p.0), p.1);
    let watches = match (&reader.nothing, &reader.selects, reader.made) {
        (Some(at), ..) => place(at, false),
        (None, Some(at), _) => place(at, true),
        (None, None, true) => Setting::in_file(true, Path::new(path), 1),
        (None, None, false) => Setting::in_file(false, Path::new(path), 1),
    };
    Ok(Aide { initialised: reader.initialised(host)?, watches })
}

impl Reader {
    fn file(&mut self, host: &Host<'_>, path: &Path, depth: usize) -> Result<(), Gap> {
        self.files += 1;
        if depth > 10 || self.files > MAX_FILES {
            let detail = format!("{}: includes go too deep or are too many", path.display());
            return Err(Gap::new(GapState::Malformed, detail));
        }
        let Some(found) = host.text(path)? else { return Ok(()) };
        for (number, line) in (1_u32..).zip(found.text.lines()) {
            let at = || (path.display().to_string(), number);
            let line = line.trim();
            let line = self.expand(line);
            let mut words = line.split_whitespace();
            match words.next() {
                None => {}
                Some(word) if word.starts_with('#') => {}
                Some("@@define") => {
                    if let Some(name) = words.next() {
                        let value = words.next().unwrap_or("").to_owned();
                        self.defines.insert(name.to_owned(), value);
                    }
                }
                Some("@@undef") => {
                    words.next().map(|name| self.defines.remove(name));
                }
                Some("@@include" | "@@x_include") => {
                    let target = words.next().unwrap_or("").to_owned();
                    let filter = words.next().is_some();
                    self.include(host, Path::new(&target), filter, depth)?;
                }
                Some(word) if word.starts_with('/') || word.starts_with("=/") => {
                    self.selects = self.selects.take().or_else(|| Some(at()));
                }
                Some(word) if word.starts_with('!') => {
                    let all = ["!/", "!/.*", "!/.*$", "!^/", "!^/.*", "!.*", "!/*"];
                    if all.contains(&word) {
                        self.nothing = Some(at());
                    }
                }
                Some(_) => {
                    let Some((name, value)) = line.split_once('=') else { continue };
                    if ["database", "database_in"].contains(&name.trim()) {
                        self.database =
                            Some((value.trim().to_owned(), path.display().to_string(), number));
                    }
                }
            }
        }
        Ok(())
    }

    fn include(
        &mut self,
        host: &Host<'_>,
        path: &Path,
        filter: bool,
        depth: usize,
    ) -> Result<(), Gap> {
        match host.stat(path)?.map(|s| s.kind) {
            Some(FileKind::Directory) => {
                for inner in host.list(path)?.unwrap_or_default() {
                    let name = inner
                        .file_name()
                        .map(|n| n.to_string_lossy().into_owned())
                        .unwrap_or_default();
                    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                    let Some(stat) = host.stat(&inner)? else { continue };
                    if stat.kind != FileKind::File || filter && !name.chars().all(plain) {
                        continue;
                    }
                    if stat.mode & 0o111 != 0 {
                        self.made = true;
                    } else {
                        self.file(host, &inner, depth + 1)?;
                    }
                }
                Ok(())
            }
            Some(_) => self.file(host, path, depth + 1),
            None => Ok(()),
        }
    }

    fn expand(&self, line: &str) -> String {
        let mut out = line.to_owned();
        for _ in 0..10 {
            let Some((before, rest)) = out.split_once("@@{") else { break };
            let Some((name, after)) = rest.split_once('}') else { break };
            let value = self.defines.get(name).map_or("", String::as_str);
            out = format!("{before}{value}{after}");
        }
        out
    }

    /// Whether the database that is compared with is there. A new one that nobody put in its place
    /// is another file.
    fn initialised(&self, host: &Host<'_>) -> Result<Setting, Gap> {
        let mut paths: Vec<String> = Vec::new();
        let mut by = None;
        match &self.database {
            Some((url, file, line)) => {
                by = Some((file.clone(), *line));
                match url.split_once(':') {
                    Some(("file", path)) => {
                        let path = path.trim_start_matches('/');
                        paths.push(format!("/{path}"));
                    }
                    // Kept elsewhere.
                    Some(("http" | "https" | "ftp", _)) => {
                        return Ok(Setting::in_file(true, Path::new(file), *line));
                    }
                    _ => {}
                }
            }
            None => paths
                .extend(["/var/lib/aide/aide.db", "/var/lib/aide/aide.db.gz"].map(str::to_owned)),
        }
        let mut there = false;
        for path in &paths {
            there |= host.stat(path)?.is_some_and(|s| s.kind == FileKind::File && s.size > 0);
        }
        Ok(match by {
            Some((file, line)) => Setting::in_file(there, Path::new(&file), line),
            None => Setting::of(there, Origin::Default),
        })
    }
}
