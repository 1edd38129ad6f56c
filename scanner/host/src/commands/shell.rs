//! As much of a shell as command lines of units, hooks and cron need.

/// Most commands of one line.
const MAX_COMMANDS: usize = 1000;

/// The simple commands of a line as words, quotes taken off; `<`, `>` and `>>` are words of their own.
pub(crate) fn simple(text: &str) -> Vec<Vec<String>> {
    let mut out: Vec<Vec<String>> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => {
                let into = word.get_or_insert_default();
                while let Some(d) = chars.next() {
                    match d {
                        d if d == c => break,
                        '\\' if c == '"' => into.extend(chars.next()),
                        d => into.push(d),
                    }
                }
            }
            '\\' => word.get_or_insert_default().extend(chars.next()),
            '#' if word.is_none() => while chars.next_if(|d| *d != '\n').is_some() {},
            '<' | '>' => {
                words.extend(word.take());
                let mut mark = c.to_string();
                mark.extend(chars.next_if_eq(&'>'));
                words.push(mark);
            }
            ';' | '|' | '&' | '\n' | '(' | ')' | '`' => {
                words.extend(word.take());
                if !words.is_empty() && out.len() < MAX_COMMANDS {
                    out.push(std::mem::take(&mut words));
                }
            }
            c if c.is_whitespace() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    if !words.is_empty() {
        out.push(words);
    }
    out.iter_mut().for_each(|words| {
        while words.first().is_some_and(|w| keyword(w)) {
            words.remove(0);
        }
    });
    out.retain(|words| !words.is_empty());
    out
}

/// Words of the language before a command.
fn keyword(word: &str) -> bool {
    ["then", "do", "else", "if", "while", "until", "!", "{", "time", "exec", "command", "eval"]
        .contains(&word)
}

/// Programs that start what follows them, and their options.
pub(super) fn starter(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    ["nice", "ionice", "nohup", "setsid", "sudo", "env", "timeout", "test", "["].contains(&name)
        || word.starts_with('-')
        || word.contains('=') && !word.starts_with('/')
}

/// Whether a program is a shell.
pub(super) fn is_shell(name: &str) -> bool {
    ["sh", "bash", "dash", "ash", "ksh", "zsh"].contains(&name)
}

/// Whether an option of a shell takes the text to run.
pub(super) fn takes_text(option: &str) -> bool {
    option.starts_with('-') && !option.starts_with("--") && option.ends_with('c')
}

/// A command as a line: words with blanks in quotes.
pub(super) fn joined(program: &str, words: impl Iterator<Item = String>) -> String {
    let mut out = program.to_owned();
    for word in words {
        out.push(' ');
        if word.is_empty() || word.contains([' ', '\t', ';', '|', '&', '<', '>', '#', '(', '\'']) {
            out.push('"');
            out.push_str(&word.replace('\\', "\\\\").replace('"', "\\\""));
            out.push('"');
        } else {
            out.push_str(&word);
        }
    }
    out
}

/// A text with the variables that are known (`$NAME`, `${NAME}`) replaced, as long as it is no longer
/// than `most` bytes; others stay.
pub(crate) fn expanded<'v>(
    text: &str,
    most: usize,
    known: impl Fn(&str) -> Option<&'v str>,
) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let braced = after.strip_prefix('{').and_then(|a| a.split_once('}'));
        let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let (name, tail) = braced.unwrap_or_else(|| after.split_at(end.unwrap_or(after.len())));
        match known(name).filter(|_| out.len() < most) {
            Some(value) => {
                out.push_str(value);
                rest = tail;
            }
            None => {
                out.push('$');
                rest = after;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        simple(text).into_iter().map(|w| w.join("|")).collect()
    }

    #[test]
    fn commands_of_a_line() {
        assert_eq!(words("a 'b c' \"d;\\\"e\"; f>g && ! h # i; j"), ["a|b c|d;\"e", "f|>|g", "h"]);
        assert_eq!(words("if [ -x /a ]; then /a -F; fi"), ["[|-x|/a|]", "/a|-F", "fi"]);
        assert_eq!(words("x <y 2>>z; ( p | q )"), ["x|<|y|2|>>|z", "p", "q"]);
        assert!(words("# only this").is_empty() && words("'open").len() == 1);
        let line =
            joined("/sbin/nft", ["add".to_owned(), "a; b".to_owned(), String::new()].into_iter());
        assert_eq!(words(&line), ["/sbin/nft|add|a; b|"]);
    }
}
