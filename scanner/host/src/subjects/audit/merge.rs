//! What augenrules makes of `/etc/audit/rules.d`, from its manual and the script itself.

use std::cmp::Ordering;
use std::path::Path;
use std::sync::Arc;

use assay_core::Gap;

use crate::systemd::Place;
use crate::{FileKind, Host};

/// A line with the place that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Its text.
    pub(super) text: String,
    /// Where it begins.
    pub(super) place: Place,
}

/// The directory of rules.
pub(super) const RULES_D: &str = "/etc/audit/rules.d";
/// The file that is loaded.
pub(super) const RULES: &str = "/etc/audit/audit.rules";

/// Most files of rules that are read.
const MAX_FILES: usize = 2_000;

/// The lines of the file that augenrules would write now. `None`: there is no such directory, so it
/// leaves the file as it is.
pub(super) fn merged(host: &Host<'_>) -> Result<Option<Vec<Line>>, Gap> {
    let Some(paths) = host.list(RULES_D)? else { return Ok(None) };
    let mut names: Vec<String> = paths
        .iter()
        .filter_map(|p| p.file_name())
        .map(|n| n.to_string_lossy().into_owned())
        .filter(|n| !n.starts_with('.'))
        .collect();
    names.sort_by(|a, b| versions(a.as_bytes(), b.as_bytes()).then_with(|| a.cmp(b)));
    // The script goes through the words of the names, so a blank or a line's end splits one.
    let listing = names.join("\n");
    let words = listing.lines().filter(|l| l.ends_with(".rules")).flat_map(str::split_whitespace);
    let mut out: Vec<Line> = Vec::new();
    let mut open = false;
    crate::at_most(&RULES_D, "files", names.len(), MAX_FILES)?;
    for word in words {
        let path = Path::new(RULES_D).join(word);
        let Some(found) = text(host, &path)? else { continue };
        let file: Arc<str> = path.display().to_string().into();
        for (number, line) in (1_u32..).zip(found.split_inclusive('\n')) {
            let bare = line.strip_suffix('\n').unwrap_or(line);
            match out.last_mut() {
                // A file without an end of line runs into the next one.
                Some(last) if open => last.text.push_str(bare),
                _ => out.push(Line {
                    text: bare.to_owned(),
                    place: Place { file: Arc::clone(&file), line: number },
                }),
            }
            open = !line.ends_with('\n');
        }
    }
    Ok(Some(ordered(out, &dialect(host)?)))
}

/// The text of a file of rules; nothing where there is none, or a directory (`cat` complains and goes
/// on). What comes out of a FIFO or a device is not known.
fn text(host: &Host<'_>, path: &Path) -> Result<Option<Arc<str>>, Gap> {
    match host.stat(path)?.map(|s| s.kind) {
        None | Some(FileKind::Directory | FileKind::Socket) => Ok(None),
        Some(_) => Ok(host.text(path)?.map(|f| f.text)),
    }
}

/// The lines of a file as it is. auditctl takes none of a file that others own or may write.
pub(super) fn lines(host: &Host<'_>, path: &str) -> Result<Option<Vec<Line>>, Gap> {
    let Some(stat) = host.stat(path)? else { return Ok(None) };
    if stat.uid != 0 || stat.mode & 0o002 != 0 {
        return Ok(None);
    }
    let Some(found) = text(host, Path::new(path))? else { return Ok(None) };
    let place = |line| Place { file: path.into(), line };
    let lines = (1_u32..).zip(found.lines());
    Ok(Some(lines.map(|(n, text)| Line { text: text.to_owned(), place: place(n) }).collect()))
}

/// How the script's awk reads its expressions.
struct Dialect {
    /// `\s` is a blank (gawk, BusyBox), else the letter (mawk, the original awk).
    blank: bool,
    /// Newer scripts take the carriage return off.
    returns: bool,
}

fn dialect(host: &Host<'_>) -> Result<Dialect, Gap> {
    let mut script = None;
    for path in ["/usr/sbin/augenrules", "/sbin/augenrules", "/usr/bin/augenrules"] {
        script = script.or(host.text(path)?.map(|f| f.text));
    }
    let script = script.unwrap_or_default();
    let awk =
        ["/usr/bin/awk", "/bin/awk"].iter().find_map(|p| host.root().resolve(p.as_ref()).ok());
    let awk = awk.and_then(|p| p.file_name().map(|n| n.to_string_lossy().into_owned()));
    let letter = awk.is_some_and(|n| n.contains("mawk") || n.contains("original"));
    Ok(Dialect {
        blank: !letter || script.contains("[[:space:]]"),
        returns: script.contains(r"\r$"),
    })
}

/// Sorts the control lines out as the script does.
fn ordered(lines: Vec<Line>, dialect: &Dialect) -> Vec<Line> {
    let (mut delete, mut backlog, mut failure, mut enable) = (None, None, None, None);
    let mut rest = Vec::new();
    let skipped = |c: char| if dialect.blank { c.is_ascii_whitespace() } else { c == 's' };
    for mut line in lines {
        if dialect.returns && line.text.ends_with('\r') {
            line.text.pop();
        }
        let body = line.text.trim_start_matches(skipped);
        if line.text.is_empty() || body.starts_with('#') {
            continue;
        }
        if body.starts_with("-e") {
            enable = Some(line);
        } else if body.strip_prefix("-D").is_some_and(|r| r.trim_end_matches(skipped).is_empty()) {
            delete = Some(line);
        } else if body.starts_with("-f") {
            failure = Some(line);
        } else if body.starts_with("-b") {
            backlog = Some(line);
        } else {
            rest.push(line);
        }
    }
    [delete, backlog, failure].into_iter().flatten().chain(rest).chain(enable).collect()
}

/// The order of `ls -v`.
pub(super) fn versions(a: &[u8], b: &[u8]) -> Ordering {
    let (stem_a, stem_b) = (stem(a), stem(b));
    parts(stem_a, stem_b).then_with(|| parts(a, b))
}

/// A name without its suffixes: a dot, a letter, letters and digits, repeated.
fn stem(name: &[u8]) -> &[u8] {
    let at = |i: usize| name.get(i).copied();
    let letter = |c: Option<u8>| c.is_some_and(|c| c.is_ascii_alphabetic() || c == b'~');
    let mut i = 0;
    let mut kept = 0;
    while i < name.len() {
        i += 1;
        kept = i;
        while at(i) == Some(b'.') && letter(at(i + 1)) {
            i += 2;
            while at(i).is_some_and(|c| c.is_ascii_alphanumeric() || c == b'~') {
                i += 1;
            }
        }
        if i >= name.len() {
            break;
        }
    }
    name.get(..kept).unwrap_or(name)
}

fn parts(a: &[u8], b: &[u8]) -> Ordering {
    let rank = |c: Option<&u8>| match c {
        None => -1,
        Some(c) if c.is_ascii_digit() => 0,
        Some(b'~') => -2,
        Some(c) if c.is_ascii_alphabetic() => i32::from(*c),
        Some(c) => i32::from(*c) + 256,
    };
    let digit = |s: &[u8], i: usize| s.get(i).is_some_and(u8::is_ascii_digit);
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        while (i < a.len() && !digit(a, i)) || (j < b.len() && !digit(b, j)) {
            let order = rank(a.get(i)).cmp(&rank(b.get(j)));
            if order != Ordering::Equal {
                return order;
            }
            i += 1;
            j += 1;
        }
        while a.get(i) == Some(&b'0') {
            i += 1;
        }
        while b.get(j) == Some(&b'0') {
            j += 1;
        }
        let mut first = Ordering::Equal;
        while digit(a, i) && digit(b, j) {
            first = first.then(a.get(i).cmp(&b.get(j)));
            i += 1;
            j += 1;
        }
        if digit(a, i) {
            return Ordering::Greater;
        }
        if digit(b, j) {
            return Ordering::Less;
        }
        if first != Ordering::Equal {
            return first;
        }
    }
    Ordering::Equal
}
