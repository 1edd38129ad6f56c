//! The sources of apt, in both formats. Source: sources.list(5), and apt itself in the tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_core::Gap;

use super::conf::Conf;
use super::words::{counts, quoted, truth};
use crate::Host;

/// Most sources that are taken in.
const MAX_SOURCES: usize = 5_000;

/// One entry: a line, or a stanza that is enabled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// Its file.
    pub(crate) file: PathBuf,
    /// Its line, from 1.
    pub(crate) line: u32,
    /// Whether programs come from it (`deb`), not only sources of programs.
    pub(crate) binary: bool,
    /// Where it lies.
    pub(crate) uris: Vec<String>,
    /// Suites or codenames.
    pub(crate) suites: Vec<String>,
    /// Components.
    pub(crate) components: Vec<String>,
    /// Options under their names of the one-line format, with their lines.
    pub(crate) options: BTreeMap<String, (String, u32)>,
}

impl Source {
    /// An option that is yes or no. `None`: it is not set. What is neither is no.
    pub(crate) fn flag(&self, name: &str) -> Option<(bool, u32)> {
        let (value, line) = self.options.get(name)?;
        Some((truth(value).unwrap_or(false), *line))
    }
}

/// The sources of a host.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// Those that are enabled, in order.
    pub(crate) all: Vec<Source>,
    /// Where apt gives up: then it refuses to work.
    pub(crate) refused: Option<(PathBuf, u32)>,
}

/// Reads them.
///
/// # Errors
/// A file or directory that cannot be read.
pub(crate) fn load(host: &Host<'_>, conf: &Conf) -> Result<Sources, Gap> {
    let mut out = Sources::default();
    if let Some(list) = conf.path("Dir::Etc::sourcelist")
        && let Some(found) = host.text(&list)?
    {
        lines(Path::new(&list), &found.text, &mut out);
    }
    let parts = conf.path("Dir::Etc::sourceparts");
    for path in parts.map_or(Ok(None), |d| host.list(d))?.unwrap_or_default() {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if !counts(&name, &["list", "sources"]) {
            continue;
        }
        let file = host.stat(&path)?.is_some_and(|s| s.kind == crate::FileKind::File);
        let Some(found) = (if file { host.text(&path)? } else { None }) else { continue };
        if name.ends_with(".list") {
            lines(&path, &found.text, &mut out);
        } else {
            stanzas(&path, &found.text, &mut out);
        }
    }
    if out.all.len() > MAX_SOURCES {
        let detail = format!("more than {MAX_SOURCES} package sources");
        return Err(Gap::new(assay_core::GapState::Malformed, detail));
    }
    Ok(out)
}

/// The one-line format.
fn lines(path: &Path, text: &str, out: &mut Sources) {
    for (number, raw) in (1_u32..).zip(text.lines()) {
        let tabs = raw.replace('\t', " ");
        let line = without_comment(&tabs).trim();
        if line.is_empty() {
            continue;
        }
        match entry(path, number, line) {
            Some(source) => out.all.push(source),
            None => {
                out.refused.get_or_insert_with(|| (path.to_owned(), number));
            }
        }
    }
}

/// A line up to its comment; `#` inside brackets begins none.
fn without_comment(line: &str) -> &str {
    let mut inside = false;
    for (i, c) in line.char_indices() {
        match c {
            '[' => inside = line.get(i..).is_some_and(|rest| rest.contains(']')),
            ']' => inside = false,
            '#' if !inside => return line.get(..i).unwrap_or(""),
            _ => {}
        }
    }
    line
}

/// `deb [options] uri suite components…`
fn entry(path: &Path, number: u32, line: &str) -> Option<Source> {
    let (kind, mut rest) = line.split_once(' ').map(|(k, r)| (k, r.trim_start()))?;
    let binary = match kind {
        "deb" => true,
        "deb-src" => false,
        _ => return None,
    };
    let mut options = BTreeMap::new();
    if let Some(inner) = rest.strip_prefix('[') {
        let end = inner.find(']')?;
        for word in inner.get(..end)?.split_whitespace() {
            let (key, value) = word.split_once('=')?;
            if key.is_empty() || value.is_empty() {
                return None;
            }
            options.insert(key.to_owned(), (value.trim_matches('"').to_owned(), number));
        }
        rest = inner.get(end + 1..)?.trim_start();
    }
    let (uri, rest) = quoted(rest)?;
    let (suite, mut rest) = quoted(rest)?;
    let mut components = Vec::new();
    while let Some((component, after)) = quoted(rest) {
        components.push(component);
        rest = after;
    }
    if suite.ends_with('/') != components.is_empty() || !uri.contains(':') {
        return None;
    }
    let (file, uris, suites) = (path.to_owned(), vec![uri], vec![suite]);
    Some(Source { file, line: number, binary, uris, suites, components, options })
}

/// Fields of a stanza by their lower-case names: value and line.
type Fields = BTreeMap<String, (String, u32)>;

/// The deb822 format.
fn stanzas(path: &Path, text: &str, out: &mut Sources) {
    let mut fields = Fields::new();
    let mut last: Option<String> = None;
    for (number, line) in (1_u32..).zip(text.lines()) {
        if line.starts_with('#') {
            continue;
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() {
            stanza(path, &std::mem::take(&mut fields), out);
            last = None;
        } else if line.starts_with([' ', '\t']) {
            if let Some((value, _)) = last.as_ref().and_then(|key| fields.get_mut(key)) {
                value.push('\n');
                value.push_str(line.trim());
            }
        } else if let Some((key, value)) = line.split_once(':') {
            let key = key.trim_end().to_ascii_lowercase();
            fields.insert(key.clone(), (value.trim().to_owned(), number));
            last = Some(key);
        } else {
            out.refused.get_or_insert_with(|| (path.to_owned(), number));
            return;
        }
    }
    stanza(path, &fields, out);
}

fn stanza(path: &Path, fields: &Fields, out: &mut Sources) {
    let Some(line) = fields.values().map(|(_, line)| *line).min() else { return };
    let words = |key: &str| -> Vec<String> {
        let value = fields.get(key).map_or("", |(v, _)| v.as_str());
        value.split_whitespace().map(str::to_owned).collect()
    };
    let types = words("types");
    let (uris, suites, components) = (words("uris"), words("suites"), words("components"));
    // apt looks at these before it asks whether the stanza is enabled.
    let enabled = fields.get("enabled").is_none_or(|(v, _)| truth(v) != Some(false));
    if !enabled {
        return;
    }
    let known = types.iter().all(|t| t == "deb" || t == "deb-src");
    if types.is_empty() || !known || uris.is_empty() || suites.is_empty() {
        out.refused.get_or_insert_with(|| (path.to_owned(), line));
        return;
    }
    out.all.push(Source {
        file: path.to_owned(),
        line,
        binary: types.iter().any(|t| t == "deb"),
        uris,
        suites,
        components,
        options: fields.iter().map(|(k, (v, l))| (k.clone(), (v.trim().to_owned(), *l))).collect(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    fn read(m: &Memory) -> Sources {
        let host = Host::new(m, "h", assay_core::Timestamp::UNIX_EPOCH);
        let conf = Conf::load(&host);
        load(&host, &conf).unwrap()
    }

    #[test]
    fn both_formats_are_read() {
        let mut m = Memory::new(Standing::AtRest);
        m.file(
            "/etc/apt/sources.list",
            "# deb x y z\ndeb\t[ trusted=yes arch=amd64 ] http://a/ s main # c\ndeb-src http://a/ ./\n",
        );
        m.file(
            "/etc/apt/sources.list.d/x.sources",
            "Types: deb deb-src\nURIs: http://b/\n http://c/\n# x\nSuites: s t\nComponents: main\nTRUSTED: On\n\n\n\
             Types: deb\nURIs: http://off/\nSuites: s\nComponents: main\nEnabled: no\n",
        );
        m.file("/etc/apt/sources.list.d/y.list.save", "deb http://no/ s main\n");
        let got = read(&m);
        assert!(got.refused.is_none());
        assert_eq!(got.all.len(), 3);
        assert_eq!(got.all[0].flag("trusted"), Some((true, 2)));
        assert!(!got.all[1].binary);
        assert_eq!(got.all[2].uris, ["http://b/", "http://c/"]);
        assert_eq!(got.all[2].flag("trusted"), Some((true, 7)));
        m.file("/etc/apt/sources.list", "deb http://a/\n");
        assert_eq!(read(&m).refused, Some(("/etc/apt/sources.list".into(), 1)));
    }

    #[test]
    fn junk_ends() {
        let text = "deb [a=b] http://a/ s main\nTypes: deb\nURIs: x\n y\n\nSuites: \u{0}#[\n";
        for cut in 0..text.len() {
            let mut out = Sources::default();
            lines(Path::new("/x"), &text[cut..], &mut out);
            stanzas(Path::new("/x"), &text[..cut], &mut out);
        }
    }
}
