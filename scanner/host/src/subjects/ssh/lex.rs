//! How sshd cuts a line of its configuration into a keyword and arguments.

/// White space that separates words, as sshd's `strdelim` has it.
const WHITE: &[char] = &[' ', '\t', '\r', '\n'];

/// Takes the next word off `rest`, as sshd does for keywords and for the criteria of `Match`.
///
/// `=` separates like white space, once. A double quote runs to the next one, wherever it begins;
/// without a next one there is no word. `None`: no word is left.
pub(super) fn word(rest: &mut Option<&str>) -> Option<String> {
    let text = (*rest)?;
    let Some(at) = text.find(|c| WHITE.contains(&c) || c == '"' || c == '=') else {
        *rest = None;
        return Some(text.to_owned());
    };
    let (before, after) = text.split_at(at);
    let mut after = after.chars();
    let found = after.next();
    let after = after.as_str();
    if found == Some('"') {
        let Some((quoted, next)) = after.split_once('"') else {
            *rest = None;
            return None;
        };
        *rest = Some(next.trim_start_matches(WHITE));
        return Some(format!("{before}{quoted}"));
    }
    let mut next = after.trim_start_matches(WHITE);
    if found != Some('=')
        && let Some(behind) = next.strip_prefix('=')
    {
        next = behind.trim_start_matches(WHITE);
    }
    *rest = Some(next);
    Some(before.to_owned())
}

/// The keyword of a line and what follows it. `None`: the line says nothing.
pub(super) fn keyword(line: &str) -> Option<(String, Option<&str>)> {
    let line = line.trim_end_matches(|c| WHITE.contains(&c) || c == '\x0c');
    let mut rest = Some(line);
    let mut keyword = word(&mut rest)?;
    if keyword.is_empty() {
        keyword = word(&mut rest)?;
    }
    if keyword.is_empty() || keyword.starts_with('#') {
        return None;
    }
    Some((keyword, rest))
}

/// Cuts arguments: quotes of both kinds, backslash before quotes, backslashes and blanks, `#` at the
/// start of a word begins a comment. `None`: a quote does not end.
pub(super) fn arguments(text: &str) -> Option<Vec<String>> {
    let mut out = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(&c) = chars.peek() {
        if c == ' ' || c == '\t' {
            chars.next();
            continue;
        }
        if c == '#' {
            break;
        }
        let mut argument = String::new();
        let mut quote = None;
        while let Some(c) = chars.next() {
            match (c, quote) {
                ('\\', _) => match chars.peek() {
                    Some(&n) if matches!(n, '\'' | '"' | '\\') || (quote.is_none() && n == ' ') => {
                        argument.push(n);
                        chars.next();
                    }
                    _ => argument.push('\\'),
                },
                (' ' | '\t', None) => break,
                ('"' | '\'', None) => quote = Some(c),
                (c, Some(q)) if c == q => quote = None,
                (c, _) => argument.push(c),
            }
        }
        if quote.is_some() {
            return None;
        }
        out.push(argument);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(line: &str) -> Option<(String, Vec<String>)> {
        let (keyword, rest) = keyword(line)?;
        Some((keyword, arguments(rest.unwrap_or("")).unwrap()))
    }

    #[test]
    fn keywords_and_arguments_have_many_spellings() {
        let want = Some(("PermitRootLogin".to_owned(), vec!["no".to_owned()]));
        for line in [
            "PermitRootLogin no",
            "\tPermitRootLogin\tno  \r",
            "PermitRootLogin=no",
            "PermitRootLogin = no",
            "=PermitRootLogin no",
            "\"PermitRootLogin\" no",
            "Permit\"RootLogin\" 'no' # yes",
            "PermitRootLogin n\"o\"",
        ] {
            assert_eq!(cut(line), want, "{line}");
        }
        for line in ["", "   ", "# PermitRootLogin yes", " \t#x", "\x0c"] {
            assert_eq!(cut(line), None, "{line:?}");
        }
    }

    #[test]
    fn escapes_and_open_quotes() {
        assert_eq!(arguments("a\\ b \"c d\" e\\'f").unwrap(), ["a b", "c d", "e'f"]);
        assert_eq!(arguments("'a\\ b'").unwrap(), ["a\\ b"]);
        assert_eq!(arguments("x \"y"), None);
        assert_eq!(arguments("a#b #c d").unwrap(), ["a#b"]);
    }
}
