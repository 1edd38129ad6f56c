//! From text to words, as doas reads them: quotes and backslashes keep what they hold, a `#` begins a
//! comment wherever a word does or ends.

/// A piece of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A word; whether it may be a keyword: no quote and no joined line is in it.
    Word(String, bool),
    /// `{`
    Open,
    /// `}`
    Close,
    /// The end of a line.
    End,
}

/// Longest word that doas takes, in bytes.
const MAX_WORD: usize = 1023;

/// What doas says against a text, and the line.
pub(super) type Mistake = (String, u32);

/// The pieces with their lines, and what doas says against some of them.
pub(super) fn tokens(text: &str) -> (Vec<(Token, u32)>, Vec<Mistake>) {
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    let mut line = 1_u32;
    // A joined line with nothing before it keeps the word behind it from being a keyword.
    let mut joined = false;
    let mut chars = text.chars().peekable();
    while let Some(&c) = chars.peek() {
        match c {
            ' ' | '\t' => {
                chars.next();
            }
            '\n' | '#' => {
                joined = false;
                while chars.next().is_some_and(|c| c != '\n') {}
                out.push((Token::End, line));
                line = line.saturating_add(1);
            }
            '{' | '}' => {
                joined = false;
                chars.next();
                out.push((if c == '{' { Token::Open } else { Token::Close }, line));
            }
            _ => {
                let first = line;
                let (mut word, mut plain) = (String::new(), !joined);
                let (mut quoted, mut escaped, mut empty) = (false, false, true);
                while let Some(&c) = chars.peek() {
                    let special = !escaped && !quoted;
                    match c {
                        '\\' if !escaped => {
                            chars.next();
                            escaped = true;
                            continue;
                        }
                        '\n' if escaped => {
                            chars.next();
                            (escaped, plain) = (false, false);
                            line = line.saturating_add(1);
                            continue;
                        }
                        '\n' => break,
                        '{' | '}' | '#' | ' ' | '\t' if special => break,
                        '"' if !escaped => {
                            chars.next();
                            quoted = !quoted;
                            (plain, empty) = (false, false);
                            continue;
                        }
                        '\0' => errors.push(("it holds a zero byte".to_owned(), line)),
                        _ => {}
                    }
                    chars.next();
                    word.push(c);
                    (escaped, empty) = (false, false);
                }
                if quoted {
                    errors.push(("a quote does not end".to_owned(), line));
                }
                if escaped {
                    errors.push(("nothing follows a backslash".to_owned(), line));
                }
                if word.len() > MAX_WORD {
                    errors.push(("a word is too long".to_owned(), line));
                }
                joined = empty && !plain;
                if !empty {
                    out.push((Token::Word(word, plain), first));
                }
            }
        }
    }
    out.push((Token::End, line));
    (out, errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let show = |(t, line): (Token, u32)| match t {
            Token::Word(w, true) => format!("{line}:{w}"),
            Token::Word(w, false) => format!("{line}:'{w}'"),
            Token::Open => "{".to_owned(),
            Token::Close => "}".to_owned(),
            Token::End => ";".to_owned(),
        };
        tokens(text).0.into_iter().map(show).collect()
    }

    #[test]
    fn words_quotes_and_joined_lines() {
        let text = "permit \"a b\"c # x\n\\\n  deny x\\ y{A=1}#z\ncmd \"\" per\\\nmit";
        let want = [
            "1:permit",
            "1:'a bc'",
            ";",
            "3:'deny'",
            "3:x y",
            "{",
            "3:A=1",
            "}",
            ";",
            "4:cmd",
            "4:''",
            "4:'permit'",
            ";",
        ];
        assert_eq!(words(text), want);
        assert_eq!(tokens("a \"b\nc\\").1.len(), 2);
    }
}
