//! `glob(3)` without flags, over a root: how `Include` finds files.

use std::path::{Path, PathBuf};

use assay_core::Gap;

use crate::Host;

/// Most files that one pattern may find.
const MAX_FOUND: usize = 4096;

/// The paths that an absolute pattern finds, in order of their bytes. Names that begin with a dot are
/// found only where the pattern writes the dot.
///
/// # Errors
/// A directory that cannot be listed, or too many matches.
pub(super) fn find(host: &Host<'_>, pattern: &str) -> Result<Vec<PathBuf>, Gap> {
    let mut found = vec![PathBuf::from("/")];
    for part in pattern.split('/').filter(|p| !p.is_empty()) {
        let mut next = Vec::new();
        for at in found {
            if !magic(part) {
                let name = unescape(part);
                let path = at.join(name);
                if host.lstat(&path)?.is_some() {
                    next.push(path);
                }
                continue;
            }
            // A pattern over something that is no directory finds nothing.
            let directory = host.stat(&at)?.is_some_and(|s| s.kind == crate::FileKind::Directory);
            let Some(paths) = (if directory { host.list(&at)? } else { None }) else { continue };
            next.extend(paths.into_iter().filter(|path| fits(path, part)));
            if next.len() > MAX_FOUND {
                return Err(Gap::new(
                    assay_core::GapState::Malformed,
                    format!("{pattern}: more than {MAX_FOUND} files"),
                ));
            }
        }
        found = next;
    }
    found.sort();
    Ok(found)
}

/// The directories in which a new file would be found: where the last part is a pattern.
pub(super) fn open_directory(pattern: &str) -> Option<&str> {
    let (directory, last) = pattern.rsplit_once('/')?;
    (magic(last) && !magic(directory)).then_some(directory)
}

/// Whether a part of a path is a pattern.
fn magic(part: &str) -> bool {
    part.contains(['*', '?', '['])
}

fn unescape(part: &str) -> String {
    let mut out = String::new();
    let mut chars = part.chars();
    while let Some(c) = chars.next() {
        out.push(if c == '\\' { chars.next().unwrap_or('\\') } else { c });
    }
    out
}

fn fits(path: &Path, pattern: &str) -> bool {
    let Some(name) = path.file_name() else { return false };
    let name = name.to_string_lossy();
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let name: Vec<char> = name.chars().collect();
    let pattern: Vec<Token> = tokens(pattern);
    let (mut n, mut p) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(c) = name.get(n) {
        match pattern.get(p) {
            Some(Token::Star) => {
                star = Some((p, n));
                p += 1;
            }
            Some(token) if token.takes(*c) => {
                n += 1;
                p += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    n = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_none_or(|rest| rest.iter().all(|t| matches!(t, Token::Star)))
}

enum Token {
    Star,
    Any,
    One(char),
    Set(Vec<(char, char)>, bool),
}

impl Token {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Star => false,
            Self::Any => true,
            Self::One(o) => *o == c,
            Self::Set(ranges, negated) => {
                ranges.iter().any(|(a, b)| *a <= c && c <= *b) != *negated
            }
        }
    }
}

fn tokens(pattern: &str) -> Vec<Token> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut out = Vec::new();
    let mut i = 0;
    while let Some(&c) = chars.get(i) {
        i += 1;
        match c {
            '*' => out.push(Token::Star),
            '?' => out.push(Token::Any),
            '\\' => {
                out.push(Token::One(chars.get(i).copied().unwrap_or('\\')));
                i += 1;
            }
            '[' => match set(&chars, i) {
                Some((token, next)) => {
                    out.push(token);
                    i = next;
                }
                None => out.push(Token::One('[')),
            },
            c => out.push(Token::One(c)),
        }
    }
    out
}

/// A bracket expression from after its `[`, and where it ends. `None`: it does not end.
fn set(chars: &[char], mut i: usize) -> Option<(Token, usize)> {
    let negated = matches!(chars.get(i), Some('!' | '^'));
    if negated {
        i += 1;
    }
    let start = i;
    let mut ranges = Vec::new();
    loop {
        let c = *chars.get(i)?;
        if c == ']' && i > start {
            return Some((Token::Set(ranges, negated), i + 1));
        }
        let c = if c == '\\' {
            i += 1;
            *chars.get(i)?
        } else {
            c
        };
        i += 1;
        if chars.get(i) == Some(&'-') && chars.get(i + 1).is_some_and(|n| *n != ']') {
            ranges.push((c, *chars.get(i + 1)?));
            i += 2;
        } else {
            ranges.push((c, c));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, pattern, want) in [
            ("50-x.conf", "*.conf", true),
            (".x.conf", "*.conf", false),
            (".x.conf", ".*.conf", true),
            ("a", "[!b-d]", true),
            ("c", "[!b-d]", false),
            ("]", "[]a]", true),
            ("a-b", "a[-x]b", true),
            ("[", "[", true),
            ("x.conf~", "*.conf", false),
            ("a*", "a\\*", true),
            ("ab", "a\\*", false),
        ] {
            assert_eq!(fits(&Path::new("/d").join(name), pattern), want, "{name} {pattern}");
        }
    }
}
