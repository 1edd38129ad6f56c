//! The actions that programs declare, with what polkit answers where no rule says anything.

use std::collections::BTreeMap;
use std::path::Path;

use assay_core::Gap;

use super::MAX_FILES;
use crate::Host;

/// Where actions are declared; of two declarations the first that is read counts.
pub(super) const DIRECTORIES: [&str; 3] =
    ["/etc/polkit-1/actions", "/usr/local/share/polkit-1/actions", "/usr/share/polkit-1/actions"];

/// The annotation that names the program of an action.
const PROGRAM: &str = "org.freedesktop.policykit.exec.path";

/// An action.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Action {
    /// For sessions elsewhere, for sessions here that are not in front, for the one in front: the word
    /// and its line.
    pub(super) any: Option<(String, u32)>,
    pub(super) inactive: Option<(String, u32)>,
    pub(super) active: Option<(String, u32)>,
    /// The program that pkexec starts for it.
    pub(super) program: Option<String>,
    /// Its file.
    pub(super) file: String,
}

/// All of them by id.
///
/// # Errors
/// A directory or file that cannot be read.
pub(super) fn all(host: &Host<'_>) -> Result<BTreeMap<String, Action>, Gap> {
    let mut out = BTreeMap::new();
    let mut count = 0;
    for directory in DIRECTORIES {
        for path in host.list(directory)?.unwrap_or_default() {
            if path.extension().is_none_or(|e| e != "policy") || count >= MAX_FILES {
                continue;
            }
            count += 1;
            let Some(found) = host.text(&path)? else { continue };
            for (id, action) in read(&found.text, &path) {
                out.entry(id).or_insert(action);
            }
        }
    }
    Ok(out)
}

/// The actions of a file. Only what is between its tags is looked at: what polkit would refuse as no
/// XML at all declares more here than there.
fn read(text: &str, path: &Path) -> Vec<(String, Action)> {
    let mut out: Vec<(String, Action)> = Vec::new();
    let mut open: Option<(String, Action)> = None;
    let mut rest = text;
    let mut line = 1_u32;
    let lines = |t: &str| u32::try_from(t.bytes().filter(|b| *b == b'\n').count()).unwrap_or(0);
    while let Some((before, after)) = rest.split_once('<') {
        line = line.saturating_add(lines(before));
        if let Some(comment) = after.strip_prefix("!--") {
            let (inside, next) = comment.split_once("-->").unwrap_or((comment, ""));
            line = line.saturating_add(lines(inside));
            rest = next;
            continue;
        }
        let Some((tag, next)) = after.split_once('>') else { break };
        line = line.saturating_add(lines(tag));
        let name = tag.split([' ', '\t', '\r', '\n', '/']).next().unwrap_or_default();
        let content = || unescaped(next.split('<').next().unwrap_or_default().trim());
        match (name, &mut open) {
            ("action", _) => {
                let action = Action { file: path.display().to_string(), ..Action::default() };
                open = attribute(tag, "id").map(|id| (id, action));
            }
            ("allow_any", Some((_, action))) => action.any = Some((content(), line)),
            ("allow_inactive", Some((_, action))) => action.inactive = Some((content(), line)),
            ("allow_active", Some((_, action))) => action.active = Some((content(), line)),
            ("annotate", Some((_, action)))
                if attribute(tag, "key").as_deref() == Some(PROGRAM) =>
            {
                action.program = Some(content());
            }
            // A closing tag begins with the slash.
            ("", _) if tag.starts_with("/action") => out.extend(open.take()),
            _ => {}
        }
        rest = next;
    }
    out
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag;
    while let Some((before, after)) = rest.split_once('=') {
        let found = before.trim_end().split([' ', '\t', '\n', '\r']).next_back() == Some(name);
        let value = after.trim_start();
        let quote = value.chars().next().filter(|c| ['"', '\''].contains(c))?;
        let (value, next) = value.get(1..)?.split_once(quote)?;
        if found {
            return Some(unescaped(value));
        }
        rest = next;
    }
    None
}

fn unescaped(text: &str) -> String {
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    plain.iter().fold(text.to_owned(), |t, (from, to)| t.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_of_a_file() {
        let text = "<?xml version=\"1.0\"?>\n<policyconfig>\n<!-- <action id=\"no\"> \n-->\n\
            <action\n id='a.b'><defaults>\n<allow_any> yes </allow_any>\n<allow_active>auth_admin</allow_active>\n\
            </defaults><annotate key=\"org.freedesktop.policykit.exec.path\">/opt/a&amp;b</annotate></action>\n\
            <action id=\"c\"></action><action id=\"open\">";
        let found = read(text, Path::new("/x"));
        assert_eq!(found.len(), 2);
        let (id, a) = &found[0];
        assert_eq!((id.as_str(), &a.any), ("a.b", &Some(("yes".to_owned(), 7))));
        assert_eq!((a.active.as_ref().unwrap().1, &a.inactive), (8, &None));
        assert_eq!(a.program.as_deref(), Some("/opt/a&b"));
        for cut in 0..text.len() {
            read(&text[..cut], Path::new("/x"));
        }
    }
}
