//! Unit files as text: sections, assignments, comments, continued lines.

use std::sync::Arc;

/// One assignment of a unit file or drop-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Section (`Service`).
    pub section: String,
    /// Name, as it is written: they are case-sensitive.
    pub key: String,
    /// Value without white space around it; empty resets lists.
    pub value: String,
    /// The file.
    pub file: Arc<str>,
    /// The line it begins on, from 1.
    pub line: u32,
}

/// Longest logical line; systemd refuses the file beyond it.
const LONG_LINE: usize = 1 << 20;

/// The assignments of a file, in order. `Err`: systemd refuses the file at this line.
///
/// Comments begin with `#` or `;` as the first character of a line, also between continued lines. A
/// line that ends in a backslash goes on; the backslash becomes a space.
pub(crate) fn assignments(text: &str, file: &Arc<str>) -> Result<Vec<Assignment>, u32> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut out = Vec::new();
    let mut section: Option<String> = None;
    let mut held: Option<(String, u32)> = None;
    for (number, raw) in (1_u32..).zip(lines(text)) {
        if raw.trim_start_matches(BLANK).starts_with(['#', ';']) {
            continue;
        }
        let (mut line, start) = match held.take() {
            Some((mut before, start)) => {
                before.push_str(raw);
                (before, start)
            }
            None => (raw.to_owned(), number),
        };
        if line.len() > LONG_LINE {
            return Err(number);
        }
        if continues(&line) {
            line.pop();
            line.push(' ');
            held = Some((line, start));
            continue;
        }
        one(&line, start, file, &mut section, &mut out)?;
    }
    if let Some((line, start)) = held {
        one(&line, start, file, &mut section, &mut out)?;
    }
    Ok(out)
}

const BLANK: [char; 4] = [' ', '\t', '\n', '\r'];

/// Lines end at a line feed, a carriage return (or both) or a zero byte.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.find(['\n', '\r', '\0']) else {
            rest = None;
            return Some(text);
        };
        let (line, after) = text.split_at(end);
        rest = Some(after.strip_prefix("\r\n").unwrap_or_else(|| after.get(1..).unwrap_or("")));
        Some(line)
    })
}

/// Whether the last backslash of a line is not itself escaped.
fn continues(line: &str) -> bool {
    let tail = line.len() - line.trim_end_matches('\\').len();
    tail % 2 == 1
}

fn one(
    line: &str,
    number: u32,
    file: &Arc<str>,
    section: &mut Option<String>,
    out: &mut Vec<Assignment>,
) -> Result<(), u32> {
    let line = line.trim_matches(BLANK);
    if let Some(head) = line.strip_prefix('[') {
        *section = Some(head.strip_suffix(']').ok_or(number)?.to_owned());
        return Ok(());
    }
    if let (Some(section), Some((key, value))) = (section.as_ref(), line.split_once('=')) {
        out.push(Assignment {
            section: section.clone(),
            key: key.trim_matches(BLANK).to_owned(),
            value: value.trim_matches(BLANK).to_owned(),
            file: Arc::clone(file),
            line: number,
        });
    }
    Ok(())
}

/// systemd's words for yes and no. `None`: neither, and the assignment is ignored.
#[must_use]
pub fn boolean(text: &str) -> Option<bool> {
    let text = text.to_ascii_lowercase();
    match text.as_str() {
        "1" | "yes" | "y" | "true" | "t" | "on" => Some(true),
        "0" | "no" | "n" | "false" | "f" | "off" => Some(false),
        _ => None,
    }
}

/// The words of a value: blanks separate, quotes hold together, backslashes escape.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut chars = text.chars();
    while let Some(first) = chars.find(|c| !c.is_ascii_whitespace()) {
        let mut word = String::new();
        let mut quote: Option<char> = None;
        let mut next = Some(first);
        while let Some(c) = next {
            match c {
                '\\' => escape(&mut chars, &mut word),
                c if Some(c) == quote => quote = None,
                '"' | '\'' if quote.is_none() => quote = Some(c),
                c if quote.is_none() && c.is_ascii_whitespace() => break,
                c => word.push(c),
            }
            next = chars.next();
        }
        out.push(word);
    }
    out
}

/// A C escape after its backslash; what is none keeps its backslash.
fn escape(chars: &mut std::str::Chars<'_>, word: &mut String) {
    let Some(c) = chars.next() else { return };
    let plain = match c {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        's' => ' ',
        '\\' | '"' | '\'' => c,
        'x' | 'u' | 'U' | '0'..='7' => {
            let (radix, wanted, mut digits) = match c {
                'x' => (16, 2, String::new()),
                'u' => (16, 4, String::new()),
                'U' => (16, 8, String::new()),
                _ => (8, 3, c.to_string()),
            };
            while digits.len() < wanted {
                let Some(d) = chars.clone().next().filter(|d| d.is_digit(radix)) else { break };
                digits.push(d);
                chars.next();
            }
            match u32::from_str_radix(&digits, radix).ok().and_then(char::from_u32) {
                Some(c) if digits.len() == wanted => c,
                _ => return word.push_str(&format!("\\{c}{digits}")),
            }
        }
        other => {
            word.push('\\');
            other
        }
    };
    word.push(plain);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Vec<(String, String, String, u32)> {
        let all = assignments(text, &Arc::from("/f")).unwrap();
        all.into_iter().map(|a| (a.section, a.key, a.value, a.line)).collect()
    }

    fn row(s: &str, k: &str, v: &str, n: u32) -> (String, String, String, u32) {
        (s.to_owned(), k.to_owned(), v.to_owned(), n)
    }

    #[test]
    fn continued_lines_comments_and_blanks() {
        let text = "\u{feff}Lost=1\n[Unit]\r\n ; c\nA = 1\\\n # in between\n  2 \\\n\nB=\n#C=1\n[S x]\nD=a\\\\\nE";
        let want =
            [row("Unit", "A", "1   2", 4), row("Unit", "B", "", 8), row("S x", "D", "a\\\\", 11)];
        assert_eq!(parsed(text), want);
        assert_eq!(assignments("[Unit\nA=1", &Arc::from("/f")), Err(1));
    }

    #[test]
    fn words_are_split_like_a_command_line() {
        assert_eq!(
            words(r#"a "b c" 'd "e"' f\sg \x41\101 "" h\q"#),
            ["a", "b c", "d \"e\"", "f g", "AA", "", "h\\q"]
        );
        assert_eq!(words("  "), Vec::<String>::new());
    }

    #[test]
    fn anything_at_all_is_taken() {
        let mut seed = 7_u64;
        let alphabet: Vec<char> = "[]=\\\n\r\0 ;#Aé\"'%x1".chars().collect();
        for _ in 0..3000 {
            let text: String = (0..seed % 40)
                .map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    alphabet[(seed >> 33) as usize % alphabet.len()]
                })
                .collect();
            seed = seed.wrapping_add(1);
            let _ = assignments(&text, &Arc::from("/f"));
            let split = words(&text);
            assert!(split.len() <= text.len());
        }
    }
}
