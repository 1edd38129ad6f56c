//! Assignments in files that a shell reads (`/etc/default/grub`), without a shell.

use std::collections::BTreeMap;

/// One assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assignment {
    /// The variable.
    pub name: String,
    /// What it gets, variables expanded. `None`: a command would have to run to tell.
    pub value: Option<String>,
    /// Its line, from 1.
    pub line: u32,
}

/// The assignments of a script in order, `export` or none before them. `variables` holds what is
/// set so far and takes what is set here. Commands and conditions are passed over: an assignment
/// inside a condition counts.
pub(crate) fn assignments(
    text: &str,
    variables: &mut BTreeMap<String, Option<String>>,
) -> Vec<Assignment> {
    let mut out = Vec::new();
    let mut rest = text;
    let mut line = 1_u32;
    while !rest.is_empty() {
        let start = line;
        let (statement, length) = statement(rest);
        line = line.saturating_add(count(rest.get(..length).unwrap_or(rest), '\n'));
        rest = rest.get(length..).unwrap_or("");
        let statement = statement.trim_start();
        let skipped = ["export ", "readonly ", "local ", "declare "];
        let statement = skipped.iter().find_map(|s| statement.strip_prefix(s)).unwrap_or(statement);
        let Some((name, value)) = statement.trim_start().split_once('=') else { continue };
        let (name, appends) = match name.strip_suffix('+') {
            Some(name) => (name, true),
            None => (name, false),
        };
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            continue;
        }
        let mut value = expand(value, variables);
        if appends {
            let before = variables.get(name).cloned().unwrap_or(Some(String::new()));
            value = before.zip(value).map(|(a, b)| a + &b);
        }
        variables.insert(name.to_owned(), value.clone());
        out.push(Assignment { name: name.to_owned(), value, line: start });
    }
    out
}

fn count(text: &str, c: char) -> u32 {
    u32::try_from(text.matches(c).count()).unwrap_or(u32::MAX)
}

/// The next statement and the bytes it takes: up to a newline or `;` outside quotes. Comments are
/// left out.
fn statement(text: &str) -> (&str, usize) {
    let mut quote = None;
    let mut escaped = false;
    let mut comment = None;
    let mut before = '\n';
    for (i, c) in text.char_indices() {
        if comment.is_some() {
            if c == '\n' {
                return (text.get(..comment.unwrap_or(i)).unwrap_or(""), i + 1);
            }
            continue;
        }
        if escaped {
            escaped = false;
        } else if c == '\\' && quote != Some('\'') {
            escaped = true;
        } else if quote == Some(c) {
            quote = None;
        } else if quote.is_none() {
            match c {
                '\'' | '"' => quote = Some(c),
                '#' if before.is_whitespace() || before == ';' => comment = Some(i),
                '\n' | ';' => return (text.get(..i).unwrap_or(""), i + 1),
                _ => {}
            }
        }
        before = c;
    }
    (text.get(..comment.unwrap_or(text.len())).unwrap_or(""), text.len())
}

/// A word with its quotes taken off and its variables put in. Ends at the first blank outside
/// quotes.
fn expand(word: &str, variables: &BTreeMap<String, Option<String>>) -> Option<String> {
    let mut out = String::new();
    let mut quote = None;
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' if quote.is_none() => quote = Some(c),
            _ if quote == Some(c) => quote = None,
            '\\' if quote != Some('\'') => match chars.next() {
                Some('\n') | None => {}
                Some(next) => {
                    if quote.is_some() && !matches!(next, '"' | '\\' | '$' | '`') {
                        out.push('\\');
                    }
                    out.push(next);
                }
            },
            '`' if quote != Some('\'') => return None,
            '$' if quote != Some('\'') => {
                if chars.peek() == Some(&'(') {
                    return None;
                }
                let braced = chars.next_if_eq(&'{').is_some();
                let mut name = String::new();
                while let Some(n) = chars.next_if(|n| n.is_ascii_alphanumeric() || *n == '_') {
                    name.push(n);
                }
                let mut fallback = None;
                if braced {
                    let inner: String = chars.by_ref().take_while(|n| *n != '}').collect();
                    fallback =
                        inner.strip_prefix(":-").or(inner.strip_prefix('-')).map(str::to_owned);
                    if fallback.is_none() && !inner.is_empty() {
                        return None;
                    }
                }
                match variables.get(&name) {
                    Some(None) => return None,
                    Some(Some(value)) if !value.is_empty() => out.push_str(value),
                    _ => out.push_str(&fallback.unwrap_or_default()),
                }
            }
            c if c.is_whitespace() && quote.is_none() => break,
            c => out.push(c),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_variables_and_continuations() {
        let mut variables = BTreeMap::new();
        let text = "A='x y' # c\nexport B=\"$A \\\"z\\\" ${A}\"\n# A=no\nA=\"$A \\\nmore\"; C=$(id)\nD=a\\ b\nB+=1\n  E=${NOPE:-d}\n";
        let all = assignments(text, &mut variables);
        let got: Vec<(&str, Option<&str>, u32)> =
            all.iter().map(|a| (a.name.as_str(), a.value.as_deref(), a.line)).collect();
        let expected = [
            ("A", Some("x y"), 1),
            ("B", Some("x y \"z\" x y"), 2),
            ("A", Some("x y more"), 4),
            ("C", None, 5),
            ("D", Some("a b"), 6),
            ("B", Some("x y \"z\" x y1"), 7),
            ("E", Some("d"), 8),
        ];
        assert_eq!(got, expected);
    }

    #[test]
    fn any_bytes_end() {
        let mut variables = BTreeMap::new();
        for text in ["A=\"", "A=${", "A='\\", "=", "A=$", "A=`x`", "\\", "A=${b:-", "é=1\nB=é"] {
            assignments(text, &mut variables);
        }
        assert_eq!(variables.get("B"), Some(&Some("é".to_owned())));
    }
}
