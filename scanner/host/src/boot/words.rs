//! The words of a kernel command line.

/// One word: a parameter with or without a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// The name as it is written.
    pub name: String,
    /// The value, quotes taken off. `None`: a bare word.
    pub value: Option<String>,
    /// Whether it stands after `--`: for init only, the kernel does not see it.
    pub after: bool,
}

impl Word {
    /// The name as the kernel compares it: `-` and `_` are one.
    pub(crate) fn key(&self) -> String {
        self.name.replace('-', "_")
    }

    /// As one writes it.
    pub(crate) fn text(&self) -> String {
        match &self.value {
            None => self.name.clone(),
            Some(value) => format!("{}={value}", self.name),
        }
    }
}

/// The words of a line. Blanks inside double quotes do not split; the quotes may stand around the
/// value or around the whole word.
pub(crate) fn words(line: &str) -> Vec<Word> {
    let mut out = Vec::new();
    let mut after = false;
    let mut word = String::new();
    let mut quoted = false;
    let mut begun = false;
    for c in line.chars().chain([' ']) {
        if c == '"' {
            quoted = !quoted;
            begun = true;
        } else if c.is_ascii_whitespace() && !quoted {
            if begun {
                if word == "--" && !after {
                    after = true;
                } else if !word.is_empty() {
                    out.push(split(&word, after));
                }
                word.clear();
                begun = false;
            }
        } else {
            word.push(c);
            begun = true;
        }
    }
    if begun && !word.is_empty() {
        out.push(split(word.trim_end(), after));
    }
    out
}

fn split(word: &str, after: bool) -> Word {
    match word.split_once('=') {
        Some((name, value)) => Word { name: name.to_owned(), value: Some(value.to_owned()), after },
        None => Word { name: word.to_owned(), value: None, after },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_the_end_of_the_kernels_part() {
        let all = words(r#"ro a="b c" "d=e f" g -- h=1"#);
        let texts: Vec<String> = all.iter().map(Word::text).collect();
        assert_eq!(texts, ["ro", "a=b c", "d=e f", "g", "h=1"]);
        assert!(all[4].after && !all[3].after);
        assert_eq!(words("spec-store-bypass_x=1")[0].key(), "spec_store_bypass_x");
        assert_eq!(words("open=\"never closed").len(), 1);
    }
}
