//! GRUB's script language, cut into statements.

/// A piece of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// As it stands.
    Text(String),
    /// A variable to put in.
    Variable(String),
}

/// A word of a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Token(pub Vec<Part>);

impl Token {
    /// The text, variables put in by `f`.
    pub(super) fn text(&self, f: impl Fn(&str) -> String) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Variable(name) => f(name),
        });
        parts.collect()
    }

    /// The text of a word without variables.
    pub(super) fn plain(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The variables in it.
    pub(super) fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    fn push(&mut self, c: char) {
        match self.0.last_mut() {
            Some(Part::Text(text)) => text.push(c),
            _ => self.0.push(Part::Text(c.to_string())),
        }
    }
}

/// A statement: its words and the line of the first one. A comment `### BEGIN x ###`, by which the
/// generator marks its parts, is the statement `### x`, its end the statement `###`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    /// Its words; never none.
    pub words: Vec<Token>,
    /// Its line, from 1.
    pub line: u32,
}

/// The statements of a script. `{` and `}` are statements of their own where they stand alone, and
/// `{` at the end of a statement stays its last word.
pub(super) fn statements(text: &str) -> Vec<Statement> {
    let mut reader = Reader { line: 1, begun: None, ..Reader::default() };
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if reader.quote != Some('\'') => {
                if chars.next_if_eq(&'\n').is_some() {
                    reader.line += 1;
                } else if let Some(next) = chars.next() {
                    if reader.quote.is_some() && !matches!(next, '"' | '\\' | '$') {
                        reader.take('\\');
                    }
                    reader.take(next);
                }
            }
            '$' if reader.quote != Some('\'') => {
                let braced = chars.next_if_eq(&'{').is_some();
                let mut name = String::new();
                while let Some(n) = chars.next_if(|n| {
                    n.is_ascii_alphanumeric() || *n == '_' || (name.is_empty() && *n == '?')
                }) {
                    name.push(n);
                }
                if braced {
                    chars.next_if_eq(&'}');
                }
                reader.begin();
                reader.word.0.push(Part::Variable(name));
            }
            '\'' | '"' if reader.quote.is_none() => {
                reader.begin();
                reader.quote = Some(c);
            }
            c if reader.quote == Some(c) => reader.quote = None,
            '#' if reader.quote.is_none() && reader.begun.is_none() => {
                let mut comment = String::new();
                while let Some(n) = chars.next_if(|n| *n != '\n') {
                    comment.push(n);
                }
                reader.mark(&comment);
            }
            '\n' | ';' if reader.quote.is_none() => {
                reader.end_statement();
                reader.line += u32::from(c == '\n');
            }
            c if c.is_whitespace() && reader.quote.is_none() => reader.end_word(),
            c => {
                reader.line += u32::from(c == '\n');
                reader.take(c);
            }
        }
    }
    reader.end_statement();
    reader.out
}

#[derive(Default)]
struct Reader {
    out: Vec<Statement>,
    words: Vec<Token>,
    word: Token,
    begun: Option<u32>,
    first: u32,
    quote: Option<char>,
    line: u32,
}

impl Reader {
    fn begin(&mut self) {
        if self.begun.is_none() {
            self.begun = Some(self.line);
            if self.words.is_empty() {
                self.first = self.line;
            }
        }
    }

    fn take(&mut self, c: char) {
        self.begin();
        self.word.push(c);
    }

    fn end_word(&mut self) {
        if self.begun.take().is_some() {
            let word = std::mem::take(&mut self.word);
            let opens = word.plain() == Some("{");
            let closes = word.plain() == Some("}") && self.words.is_empty();
            self.words.push(word);
            if opens || closes {
                self.end_statement();
            }
        }
    }

    fn end_statement(&mut self) {
        if self.begun.is_some() {
            self.end_word();
        }
        if !self.words.is_empty() {
            let words = std::mem::take(&mut self.words);
            self.out.push(Statement { words, line: self.first });
        }
    }

    fn mark(&mut self, comment: &str) {
        let Some(inner) = comment.strip_prefix("## ").and_then(|c| c.strip_suffix(" ###")) else {
            return;
        };
        self.end_statement();
        let mut words = vec![text("###")];
        if let Some(part) = inner.strip_prefix("BEGIN ") {
            words.push(text(part));
        }
        self.out.push(Statement { words, line: self.line });
    }
}

fn text(word: &str) -> Token {
    Token(vec![Part::Text(word.to_owned())])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(script: &str) -> Vec<(String, u32)> {
        let show = |s: &Statement| {
            let words: Vec<String> = s.words.iter().map(|w| w.text(|v| format!("<{v}>"))).collect();
            (words.join("|"), s.line)
        };
        statements(script).iter().map(show).collect()
    }

    #[test]
    fn words_variables_and_blocks() {
        let got = cut(
            "### BEGIN /etc/grub.d/10_linux ###\nif [ -f ${p}/x ]; then # c\n  set a='b c'\nfi\nmenuentry 'T' {\n linux \\\n /v \"q $r\"\n}\n### END x ###\n",
        );
        let expected = [
            ("###|/etc/grub.d/10_linux", 1),
            ("if|[|-f|<p>/x|]", 2),
            ("then", 2),
            ("set|a=b c", 3),
            ("fi", 4),
            ("menuentry|T|{", 5),
            ("linux|/v|q <r>", 6),
            ("}", 8),
            ("###", 9),
        ];
        let expected: Vec<_> = expected.iter().map(|(a, b)| ((*a).to_owned(), *b)).collect();
        assert_eq!(got, expected);
    }
}
