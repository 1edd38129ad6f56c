//! Texts of audited systems, made safe to show.
//!
//! Names, tags and messages can hold anything that somebody could type into a cloud console:
//! terminal escapes, bidirectional overrides, invisible characters, ten thousand letters.

use std::borrow::Cow;
use std::fmt::Write as _;

use assay_core::Timestamp;

/// Makes a text safe for a terminal and honest on a page: line breaks and tabs become spaces,
/// other control characters, bidirectional controls and invisible characters become `\u{202e}`.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_break(c) || is_hidden(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_break(c) {
            out.push(' ');
        } else if is_hidden(c) {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// [`plain`], but line breaks and tabs stay: for source text.
#[must_use]
pub fn plain_lines(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_hidden(c) && !is_layout(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) && !is_layout(c) {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

const fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' | '\u{85}')
}

const fn is_layout(c: char) -> bool {
    matches!(c, '\n' | '\t')
}

/// Control characters, bidirectional controls, and characters without width that hide text.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Cuts a text to at most `max` characters, with an ellipsis as the last one where it cut.
#[must_use]
pub fn clip(text: &str, max: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max) {
        None => Cow::Borrowed(text),
        Some(_) => {
            let mut cut: String = text.chars().take(max.saturating_sub(1)).collect();
            cut.push('…');
            Cow::Owned(cut)
        }
    }
}

/// Columns that a text takes on a terminal.
#[must_use]
pub fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// Columns that a character takes on a terminal.
#[must_use]
pub const fn char_width(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// Cuts a text to at most `columns` on a terminal.
#[must_use]
pub fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += char_width(c);
        if used > columns {
            break;
        }
        out.push(c);
    }
    if columns > 0 {
        out.push('…');
    }
    out
}

/// Breaks a text into lines of at most `columns`, at spaces where it can.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut word = word.to_owned();
        if !line.is_empty() && width(&line) + 1 + width(&word) > columns {
            lines.push(std::mem::take(&mut line));
        }
        while width(&word) > columns {
            let mut head = String::new();
            for c in word.chars() {
                if width(&head) + char_width(c) > columns {
                    break;
                }
                head.push(c);
            }
            if head.is_empty() {
                break;
            }
            word = word.get(head.len()..).unwrap_or_default().to_owned();
            lines.push(head);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// The last part of a resource id, for people: what follows the last `/`, else the last `:`.
#[must_use]
pub fn short_id(id: &str) -> &str {
    let tail = id.rsplit_once('/').or_else(|| id.rsplit_once(':')).map_or(id, |(_, t)| t);
    if tail.is_empty() { id } else { tail }
}

/// `1234567` as `1,234,567`.
#[must_use]
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, d) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(d);
    }
    out
}

/// A count with its noun: `1 failure`, `2 failures`.
#[must_use]
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(n), if n == 1 { one } else { many })
}

/// A moment to the second, `2026-11-23 23:09:07 UTC`.
#[must_use]
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A share as whole percent; never rounded up to 100 % nor down to 0 %. `–` for none.
#[must_use]
pub fn percent(share: Option<f64>) -> String {
    match share {
        None => "–".to_owned(),
        Some(s) if s > 0.0 && s < 0.01 => "<1 %".to_owned(),
        Some(s) if (0.995..1.0).contains(&s) => "99 %".to_owned(),
        Some(s) => format!("{:.0} %", s * 100.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_shown() {
        assert_eq!(plain("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(plain("a\u{202e}b\nc"), "a\\u{202e}b c");
        assert_eq!(plain("plain ü 名"), "plain ü 名");
        assert_eq!(plain_lines("a\n\tb\u{9b}"), "a\n\tb\\u{9b}");
    }

    #[test]
    fn cutting_counts_columns() {
        assert_eq!(fit("名前名前", 5), "名前…");
        assert_eq!(fit("short", 5), "short");
        assert_eq!(clip("abcdef", 4), "abc…");
        assert_eq!(wrap("one two threefour", 7), ["one two", "threefo", "ur"]);
    }

    #[test]
    fn shares_are_never_flattered() {
        assert_eq!(percent(Some(0.9999)), "99 %");
        assert_eq!(percent(Some(0.001)), "<1 %");
        assert_eq!(percent(Some(1.0)), "100 %");
        assert_eq!(percent(None), "–");
    }

    #[test]
    fn moments_are_whole_seconds_in_utc() {
        let at = "2026-11-23T23:09:07.123456Z".parse().unwrap();
        assert_eq!(time(at), "2026-11-23 23:09:07 UTC");
    }

    #[test]
    fn numbers_have_separators() {
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(number(123), "123");
    }
}
