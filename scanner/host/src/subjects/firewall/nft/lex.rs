//! nft files as words with their lines; includes and defines resolved.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_core::{Gap, GapState};

use crate::Host;
use crate::systemd::{Place, matches};

/// A word, a mark (`{`, `}`, `;`, `,`, `=`, a line's end as `\n`…), with its place.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) quoted: bool,
    pub(super) place: Place,
}

impl Token {
    pub(super) fn is(&self, text: &str) -> bool {
        !self.quoted && self.text == text
    }
    /// A statement ends here.
    pub(super) fn ends(&self) -> bool {
        self.is("\n") || self.is(";")
    }
}

/// Deepest include, as nft has it.
const MAX_DEPTH: usize = 16;
/// Most words of all files.
const MAX_TOKENS: usize = 2_000_000;
/// Most files.
const MAX_FILES: usize = 1000;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) tokens: Vec<Token>,
    pub(super) files: Vec<PathBuf>,
    defines: BTreeMap<String, Vec<Token>>,
}

/// Reads a file with everything that it includes. `false`: it is not there.
pub(super) fn read(
    host: &Host<'_>,
    path: &Path,
    words: &mut Words,
    depth: usize,
) -> Result<bool, Gap> {
    let Some(found) = host.text(path)? else { return Ok(false) };
    take(host, &found.text, path, words, depth)?;
    Ok(true)
}

/// Reads a text that stands in, or came by, this path.
pub(super) fn take(
    host: &Host<'_>,
    text: &str,
    path: &Path,
    words: &mut Words,
    depth: usize,
) -> Result<(), Gap> {
    let bounds =
        depth > MAX_DEPTH || words.files.len() > MAX_FILES || words.tokens.len() > MAX_TOKENS;
    if bounds {
        return Err(Gap::new(
            GapState::Malformed,
            format!("{}: too many includes", path.display()),
        ));
    }
    words.files.push(path.to_owned());
    let file: Arc<str> = path.display().to_string().into();
    let raw = split(text, &file);
    let mut at = 0;
    let mut fresh = true;
    while let Some(token) = raw.get(at) {
        let statement = |from: usize| {
            let rest = raw.get(from..).unwrap_or(&[]);
            let mut depth = 0_i32;
            let end = rest.iter().position(|t| {
                depth += i32::from(t.is("{")) - i32::from(t.is("}"));
                depth <= 0 && t.ends()
            });
            rest.get(..end.unwrap_or(rest.len())).unwrap_or(&[])
        };
        if fresh && token.is("include") {
            let rest = statement(at + 1);
            if let Some(target) = rest.first() {
                for path in included(host, &target.text, path)? {
                    read(host, &path, words, depth + 1)?;
                }
            }
            at += 1 + rest.len();
            continue;
        }
        if fresh && (token.is("define") || token.is("redefine")) {
            let rest = statement(at + 1);
            if let [name, equals, value @ ..] = rest
                && equals.is("=")
            {
                let value = expand(value, &words.defines);
                words.defines.insert(name.text.clone(), value);
            }
            at += 1 + rest.len();
            continue;
        }
        fresh = token.ends() || token.is("{") || token.is("}");
        words.tokens.extend(expand(std::slice::from_ref(token), &words.defines));
        at += 1;
    }
    words.tokens.push(Token {
        text: "\n".to_owned(),
        quoted: false,
        place: Place { file, line: 1 },
    });
    Ok(())
}

fn expand(tokens: &[Token], defines: &BTreeMap<String, Vec<Token>>) -> Vec<Token> {
    let mut out = Vec::new();
    for token in tokens {
        let value =
            token.text.strip_prefix('$').filter(|_| !token.quoted).and_then(|n| defines.get(n));
        match value {
            Some(value) if out.len() + value.len() < MAX_TOKENS => {
                let moved =
                    value.iter().cloned().map(|t| Token { place: token.place.clone(), ..t });
                out.extend(moved.filter(|t| !t.is("\n")));
            }
            _ => out.push(token.clone()),
        }
    }
    out
}

/// Paths of an include: relative ones lie in nft's directory or beside the file.
fn included(host: &Host<'_>, target: &str, from: &Path) -> Result<Vec<PathBuf>, Gap> {
    let path = PathBuf::from(target);
    let mut bases = vec![
        PathBuf::from("/etc"),
        PathBuf::from("/etc/nftables"),
        PathBuf::from("/usr/share/nftables"),
    ];
    if target.starts_with("./") || target.starts_with("../") {
        bases = from.parent().map(Path::to_owned).into_iter().collect();
    }
    let candidates =
        if path.is_absolute() { vec![path] } else { bases.iter().map(|b| b.join(&path)).collect() };
    for path in candidates {
        let base = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if base.contains(['*', '?', '[']) {
            let Some(above) = path.parent() else { continue };
            let mut all = host.list(above)?.unwrap_or_default();
            all.retain(|p| {
                p.file_name()
                    .and_then(|n| n.to_str())
                    .is_some_and(|n| matches(&base, n) && !n.starts_with('.'))
            });
            if !all.is_empty() {
                return Ok(all);
            }
        } else if let Some(stat) = host.stat(&path)? {
            let directory = stat.kind == crate::FileKind::Directory;
            return if directory {
                Ok(host.list(&path)?.unwrap_or_default())
            } else {
                Ok(vec![path])
            };
        }
    }
    Ok(Vec::new())
}

fn split(text: &str, file: &Arc<str>) -> Vec<Token> {
    let mut out = Vec::new();
    let mut line = 1_u32;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let place = Place { file: file.clone(), line };
        let mut push =
            |text: String, quoted: bool| out.push(Token { text, quoted, place: place.clone() });
        match c {
            '\\' if chars.peek() == Some(&'\n') => {
                chars.next();
                line += 1;
            }
            '\n' => {
                line += 1;
                push("\n".to_owned(), false);
            }
            '#' => while chars.next_if(|c| *c != '\n').is_some() {},
            '"' | '\'' => {
                let mut word = String::new();
                for d in chars.by_ref() {
                    if d == c {
                        break;
                    }
                    line += u32::from(d == '\n');
                    word.push(d);
                }
                push(word, true);
            }
            '{' | '}' | ';' | ',' | '(' | ')' | '&' | '|' => push(c.to_string(), false),
            '=' | '!' | '<' | '>' => {
                let mut word = c.to_string();
                if chars.next_if(|d| *d == '=').is_some() {
                    word.push('=');
                }
                push(word, false);
            }
            c if c.is_whitespace() => {}
            c => {
                let mut word = c.to_string();
                while let Some(d) =
                    chars.next_if(|d| !d.is_whitespace() && !"{};,=!<>&|()\"#".contains(*d))
                {
                    word.push(d);
                }
                push(word, false);
            }
        }
    }
    out
}
