//! From bytes to logical lines: continuations are joined, comments are gone, every character keeps
//! its line.

/// A character and its line, from 1.
pub(super) type Ch = (char, u32);

/// What a file is made of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// `@include`, `#include` and their `dir` forms: whether it is a directory, and the rest.
    Include { directory: bool, path: String, line: u32 },
    /// Anything else that is not blank.
    Entry(Vec<Ch>),
}

/// The logical lines of a file.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut out = Vec::new();
    let mut rest = text;
    let mut number = 1_u32;
    while !rest.is_empty() {
        let first = rest.lines().next().unwrap_or_default();
        if let Some(include) = include(first, number) {
            out.push(include);
            (rest, number) = (after_newline(rest), number.saturating_add(1));
            continue;
        }
        let (entry, used, next) = entry(rest, number);
        if entry.iter().any(|(c, _)| !c.is_whitespace()) {
            out.push(Line::Entry(entry));
        }
        rest = rest.get(used..).unwrap_or_default();
        number = next;
    }
    out
}

fn after_newline(text: &str) -> &str {
    text.split_once('\n').map_or("", |(_, rest)| rest)
}

/// `#include` is no comment, `# include` and `##include` are.
fn include(line: &str, number: u32) -> Option<Line> {
    let word = line.trim_start_matches([' ', '\t']);
    let word = word.strip_prefix(['@', '#'])?.strip_prefix("include")?;
    let (directory, path) = match word.strip_prefix("dir") {
        Some(path) => (true, path),
        None => (false, word),
    };
    if !path.starts_with([' ', '\t']) {
        return None;
    }
    Some(Line::Include { directory, path: include_path(path.trim()), line: number })
}

/// The path: quoted, or with backslashes before white space and backslashes; a comment may follow.
fn include_path(written: &str) -> String {
    if let Some(quoted) = written.strip_prefix('"') {
        return quoted.split('"').next().unwrap_or_default().to_owned();
    }
    let mut out = String::new();
    let mut chars = written.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            ' ' | '\t' => break,
            c => out.push(c),
        }
    }
    out
}

/// One logical line: its characters, the bytes it takes, the number of the line after it.
fn entry(text: &str, mut line: u32) -> (Vec<Ch>, usize, u32) {
    let mut out: Vec<Ch> = Vec::new();
    let mut quoted = false;
    let mut chars = text.char_indices().peekable();
    let mut end = text.len();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => match chars.peek().map(|(_, n)| *n) {
                // The manual's continuation; also with the line ends of other systems.
                Some('\r') if text.get(at + 2..).is_some_and(|t| t.starts_with('\n')) => {
                    chars.next();
                    chars.next();
                    line = joined(&mut out, quoted, line);
                }
                Some('\n') => {
                    chars.next();
                    line = joined(&mut out, quoted, line);
                }
                Some(next) => {
                    chars.next();
                    out.extend([(c, line), (next, line)]);
                }
                None => out.push((c, line)),
            },
            '\n' => {
                end = at + 1;
                break;
            }
            '"' => {
                quoted = !quoted;
                out.push((c, line));
            }
            '#' if !quoted && !numeric(text.get(at + 1..).unwrap_or_default()) => {
                let rest = text.get(at..).unwrap_or_default();
                end = rest.find('\n').map_or(text.len(), |n| at + n + 1);
                break;
            }
            c => out.push((c, line)),
        }
    }
    (out, end, line.saturating_add(1))
}

/// A continuation parts words, except inside quotes, where it takes the blanks after it along.
fn joined(out: &mut Vec<Ch>, quoted: bool, line: u32) -> u32 {
    if !quoted {
        out.push((' ', line));
    }
    line.saturating_add(1)
}

/// `#` before a number is a user or group id.
fn numeric(rest: &str) -> bool {
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    rest.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Vec<(String, u32)> {
        let one = |l: &Line| match l {
            Line::Include { directory, path, line } => {
                (format!("include {directory} {path}"), *line)
            }
            Line::Entry(chars) => {
                (chars.iter().map(|c| c.0).collect::<String>().trim().to_owned(), chars[0].1)
            }
        };
        lines(text).iter().map(one).collect()
    }

    #[test]
    fn comments_ids_includes_and_continuations() {
        let text = "# one \\\n#1000 ALL = ALL # tail\n#include /a b\n @includedir \"/c d\"\n\
                    # include /no\n##include /no\n#includedirs /no\nx \\\n  y\n%#5 z\n#-1 q";
        let want = [
            ("#1000 ALL = ALL", 2),
            ("include false /a", 3),
            ("include true /c d", 4),
            ("x    y", 8),
            ("%#5 z", 10),
            ("#-1 q", 11),
        ];
        assert_eq!(plain(text), want.map(|(t, l)| (t.to_owned(), l)));
    }

    #[test]
    fn a_hash_in_quotes_or_after_a_backslash_is_no_comment() {
        assert_eq!(plain("a \"b # c\" d\\#e # f")[0].0, "a \"b # c\" d\\#e");
    }
}
