//! The words of a line as getopt hands them to auditctl.

/// An option with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Option_ {
    /// The letter, or the long name; `?x` where there is none.
    pub(super) name: String,
    /// The value; empty where the option has none.
    pub(super) value: String,
}

/// Letters, those with a value followed by `:`.
const LETTERS: &str = "hicslDvtC:e:f:r:b:a:A:d:S:F:m:R:w:W:k:p:q:";
/// Long options, and whether they take a value.
const LONG: [(&str, bool); 5] = [
    ("loginuid-immutable", false),
    ("backlog_wait_time", true),
    ("reset-lost", false),
    ("reset_backlog_wait_time_actual", false),
    ("signal", true),
];

/// The options of a line, and whether words are left over. Only blanks split words; a backslash keeps
/// one inside.
pub(super) fn options(line: &str) -> (Vec<Option_>, bool) {
    let mut words = words(line).into_iter().peekable();
    let mut out: Vec<Option_> = Vec::new();
    let mut leftover = false;
    while let Some(word) = words.next() {
        if word == "--" {
            leftover |= words.peek().is_some();
            break;
        }
        if let Some(long) = word.strip_prefix("--") {
            let (name, inline) = long.split_once('=').map_or((long, None), |(n, v)| (n, Some(v)));
            let fits: Vec<&(&str, bool)> =
                LONG.iter().filter(|(l, _)| *l == name || l.starts_with(name)).collect();
            let found = fits.iter().find(|(l, _)| *l == name).or(fits.first());
            let value = match (found, inline) {
                (Some((_, true)), Some(v)) => Some(v.to_owned()),
                (Some((_, true)), None) => words.next(),
                (Some((_, false)), None) => Some(String::new()),
                _ => None,
            };
            let name = found.map_or("?", |(l, _)| *l);
            out.push(match value {
                Some(value) => Option_ { name: name.to_owned(), value },
                None => Option_ { name: format!("?{word}"), value: String::new() },
            });
            continue;
        }
        let Some(letters) = word.strip_prefix('-').filter(|l| !l.is_empty()) else {
            // `-D -k key` is the one place for words behind an option without a value.
            leftover = true;
            continue;
        };
        let mut rest = letters;
        while let Some(letter) = rest.chars().next() {
            rest = rest.get(letter.len_utf8()..).unwrap_or("");
            let at = LETTERS.find(letter).filter(|_| letter != ':');
            let takes =
                at.is_some_and(|i| LETTERS.get(i + 1..).is_some_and(|l| l.starts_with(':')));
            let value = match (at, takes) {
                (None, _) => None,
                (Some(_), false) => Some(String::new()),
                (Some(_), true) if !rest.is_empty() => Some(std::mem::take(&mut rest).to_owned()),
                (Some(_), true) => words.next(),
            };
            out.push(match value {
                Some(value) => Option_ { name: letter.to_string(), value },
                None => Option_ { name: format!("?{letter}"), value: String::new() },
            });
        }
    }
    // `-D` takes a key.
    if let [delete, key] = out.as_slice()
        && (delete.name.as_str(), key.name.as_str()) == ("D", "k")
        && !leftover
    {
        return (vec![Option_ { name: "D-k".to_owned(), value: key.value.clone() }], false);
    }
    (out, leftover)
}

/// The words of a line.
fn words(line: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(next @ (' ' | '\\'))) => {
                word.push(*next);
                chars.next();
            }
            (' ', _) => {
                if !word.is_empty() {
                    out.push(std::mem::take(&mut word));
                }
            }
            _ => word.push(c),
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}
