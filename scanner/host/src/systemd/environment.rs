//! The environment that a unit gives its program, and what becomes of `$NAME` in its commands.

use std::collections::BTreeMap;
use std::path::Path;

use assay_core::Gap;

use super::condition::matches;
use super::exec::Command;
use super::parse::words;
use super::unit::{Place, Unit};
use crate::Host;

/// Variables with the place that sets each.
pub type Environment = BTreeMap<String, (String, Place)>;

impl Unit {
    /// The variables of `Environment=` and, over them, `EnvironmentFile=`.
    ///
    /// # Errors
    /// An environment file that cannot be read.
    pub fn environment(&self, host: &Host<'_>) -> Result<Environment, Gap> {
        let mut out = Environment::new();
        for a in self.list("Service", "Environment") {
            for word in words(&self.expand(&a.value).unwrap_or_else(|| a.value.clone())) {
                if let Some((key, value)) = word.split_once('=') {
                    out.insert(key.to_owned(), (value.to_owned(), a.place()));
                }
            }
        }
        for a in self.list("Service", "EnvironmentFile") {
            let path = self.expand(&a.value).unwrap_or_else(|| a.value.clone());
            let path = path.trim_start_matches('-');
            for path in globbed(host, Path::new(path))? {
                let Some(found) = host.text(&path)? else { continue };
                let file: std::sync::Arc<str> = path.display().to_string().into();
                for (key, value, line) in variables(&found.text) {
                    out.insert(key, (value, Place { file: file.clone(), line }));
                }
            }
        }
        for a in self.list("Service", "UnsetEnvironment") {
            for word in words(&a.value) {
                let (key, value) =
                    word.split_once('=').map_or((word.as_str(), None), |(k, v)| (k, Some(v)));
                if value.is_none_or(|v| out.get(key).is_some_and(|(have, _)| have == v)) {
                    out.remove(key);
                }
            }
        }
        Ok(out)
    }

    /// The arguments of a command with variables replaced: `$NAME` as a word of its own becomes its
    /// words, `${NAME}` stays inside its word. Each has the place that it comes from.
    ///
    /// # Errors
    /// An environment file that cannot be read.
    pub fn arguments(
        &self,
        host: &Host<'_>,
        command: &Command,
    ) -> Result<Vec<(String, Place)>, Gap> {
        let environment = self.environment(host)?;
        let mut out = Vec::new();
        for argument in &command.arguments {
            let whole = argument.strip_prefix('$').filter(|name| {
                !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            });
            if let Some(name) = whole {
                if let Some((value, place)) = environment.get(name) {
                    out.extend(words(value).into_iter().map(|w| (w, place.clone())));
                }
            } else {
                out.push(braces(argument, &environment, &command.place));
            }
        }
        Ok(out)
    }
}

fn braces(argument: &str, environment: &Environment, place: &Place) -> (String, Place) {
    let (mut out, mut from) = (String::new(), place.clone());
    let mut rest = argument;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, tail)) = after.split_once('}') else { break };
        out.push_str(before);
        if let Some((value, place)) = environment.get(name) {
            out.push_str(value);
            from = place.clone();
        }
        rest = tail;
    }
    out.push_str(rest);
    (out.replace("$$", "$"), from)
}

fn globbed(host: &Host<'_>, path: &Path) -> Result<Vec<std::path::PathBuf>, Gap> {
    let base = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
    if !base.contains(['*', '?', '[']) {
        return Ok(vec![path.to_owned()]);
    }
    let Some(above) = path.parent() else { return Ok(Vec::new()) };
    let mut all = host.list(above)?.unwrap_or_default();
    all.retain(|p| p.file_name().and_then(|n| n.to_str()).is_some_and(|n| matches(base, n)));
    Ok(all)
}

/// Longest file of variables that is looked at, in variables.
const MAX_VARIABLES: usize = 10_000;

/// `NAME=value` lines of an environment file: comments with `#` or `;`, quotes that may span lines,
/// a backslash that takes the line's end or the next character.
pub(crate) fn variables(text: &str) -> Vec<(String, String, u32)> {
    let mut out = Vec::new();
    let mut line = 1_u32;
    let mut chars = text.chars().peekable();
    while chars.peek().is_some() && out.len() < MAX_VARIABLES {
        let start = line;
        let mut key = String::new();
        let mut end = None;
        for c in chars.by_ref() {
            if c == '\n' || c == '\r' {
                line += u32::from(c == '\n');
                end = Some(c);
                break;
            }
            if c == '=' && !key.trim_start().starts_with(['#', ';']) {
                break;
            }
            key.push(c);
        }
        let key = key.trim().to_owned();
        if end.is_some() || key.is_empty() || key.starts_with(['#', ';']) {
            continue;
        }
        let mut value = String::new();
        let mut quote: Option<char> = None;
        let mut kept = 0;
        while let Some(c) = chars.next() {
            line += u32::from(c == '\n');
            match (c, quote) {
                ('\\', None | Some('"')) => match chars.next() {
                    Some('\n') => line += 1,
                    Some(n) => {
                        if quote.is_some() && !"\"\\`$".contains(n) {
                            value.push('\\');
                        }
                        value.push(n);
                        kept = value.len();
                    }
                    None => {}
                },
                (q, Some(open)) if q == open => quote = None,
                (_, Some(_)) => {
                    value.push(c);
                    kept = value.len();
                }
                ('\n' | '\r', None) => break,
                // A quote opens where the value begins; after that it is a character.
                ('"' | '\'', None) => quote = Some(c),
                (c, None) if c.is_whitespace() => {
                    if !value.is_empty() {
                        value.push(c);
                    }
                }
                (c, None) => {
                    value.push(c);
                    kept = value.len();
                }
            }
        }
        value.truncate(kept);
        out.push((key, value, start));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environment_files() {
        let text = "# A=1\n; B=2\nOPTS='-o x'\nC=\" a \\\" b\"\n\n D = e f  \nX=a\\\n b\nLAST=1";
        let have: Vec<_> = variables(text);
        let want = [
            ("OPTS", "-o x", 3),
            ("C", " a \" b", 4),
            ("D", "e f", 6),
            ("X", "a b", 7),
            ("LAST", "1", 9),
        ];
        assert_eq!(have.len(), want.len(), "{have:?}");
        for ((k, v, l), (wk, wv, wl)) in have.iter().zip(want) {
            assert_eq!((k.as_str(), v.as_str(), *l), (wk, wv, wl));
        }
    }
}
