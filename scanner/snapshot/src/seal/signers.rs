//! OpenSSH's `allowed_signers` file: who may sign, with which key, for what, when.
//!
//! Format: `ssh-keygen(1)`, ALLOWED SIGNERS. Lines with `cert-authority` count for nobody: a
//! certificate cannot be checked here. Times without `Z` are read as UTC, wherever this runs.

use std::path::{Path, PathBuf};

use assay_core::Timestamp;
use assay_core::tailoring::Date;

use super::ssh::{Public, Signature};

/// Why a list of signers cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SignersError {
    /// It cannot be read.
    #[error("cannot read the allowed signers {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A line cannot be read.
    #[error("{}:{line}: {why}; write `NAME [options] ssh-ed25519 KEY`", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
}

/// The signers that a file allows.
#[derive(Debug, Clone, Default)]
pub struct Signers(Vec<Signer>);

#[derive(Debug, Clone)]
struct Signer {
    principals: String,
    key: Public,
    namespaces: Option<String>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
}

/// When a key must have been allowed: at some moment of a span.
#[derive(Debug, Clone, Copy)]
pub struct When {
    from: Timestamp,
    to: Timestamp,
}

impl When {
    /// At one moment.
    #[must_use]
    pub const fn at(moment: Timestamp) -> Self {
        Self { from: moment, to: moment }
    }

    /// On a day in UTC. A key that is valid until its midnight is not valid on it.
    #[must_use]
    pub fn on(day: Date) -> Option<Self> {
        let moment = |time: &str| format!("{day}T{time}Z").parse().ok();
        Some(Self { from: moment("00:00:01")?, to: moment("23:59:59")? })
    }
}

impl Signers {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or a line in it is none of the format.
    pub fn read(path: &Path) -> Result<Self, SignersError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| SignersError::Read { path: path.to_path_buf(), source })?;
        Self::parse(path, &text)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// A line in it is none of the format.
    pub fn parse(path: &Path, text: &str) -> Result<Self, SignersError> {
        let mut all = Vec::new();
        for (i, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let signer = signer(line).map_err(|why| SignersError::Line {
                path: path.to_path_buf(),
                line: i + 1,
                why,
            })?;
            all.extend(signer);
        }
        Ok(Self(all))
    }

    /// The names under which a key may sign for a namespace.
    ///
    /// # Errors
    /// Why it may not, in words.
    pub fn find(&self, key: &Public, namespace: &str, when: When) -> Result<String, String> {
        self.look(None, key, namespace, when).map(|s| s.principals.clone())
    }

    /// Checks a signature of a message by somebody.
    ///
    /// # Errors
    /// Why it does not count, in words.
    pub fn check(
        &self,
        name: &str,
        signature: &Signature,
        namespace: &str,
        message: &[u8],
        when: When,
    ) -> Result<(), String> {
        signature.verify(namespace, message)?;
        self.look(Some(name), signature.key(), namespace, when).map(|_| ())
    }

    /// The first line that allows a key; else why the line that comes nearest does not.
    fn look(
        &self,
        name: Option<&str>,
        key: &Public,
        namespace: &str,
        when: When,
    ) -> Result<&Signer, String> {
        let print = key.fingerprint();
        let mut why = (0, format!("the key {print} is not among the allowed signers"));
        for s in self.0.iter().filter(|s| s.key == *key) {
            let found = if name.is_some_and(|n| !listed(&s.principals, n)) {
                let who = name.unwrap_or_default();
                (1, format!("the key {print} is not allowed for {who}, but for {}", s.principals))
            } else if s.namespaces.as_ref().is_some_and(|list| !listed(list, namespace)) {
                (2, format!("the key {print} may not sign for the namespace {namespace}"))
            } else if let Some(t) = s.after.filter(|t| when.to < *t) {
                (3, format!("the key {print} is valid from {t} on, which is later"))
            } else if let Some(t) = s.before.filter(|t| when.from > *t) {
                (3, format!("the key {print} was valid until {t} only"))
            } else {
                return Ok(s);
            };
            if found.0 > why.0 {
                why = found;
            }
        }
        Err(why.1)
    }
}

/// One line; `None` for one that names a certificate authority.
fn signer(line: &str) -> Result<Option<Signer>, String> {
    let (principals, rest) = word(line)?;
    let principals = unquoted(principals);
    if let Some(key) = Public::from_text(rest) {
        let (namespaces, after, before) = (None, None, None);
        return Ok(Some(Signer { principals, key, namespaces, after, before }));
    }
    let (options, rest) = word(rest)?;
    let (mut namespaces, mut after, mut before, mut authority) = (None, None, None, false);
    for option in split(options) {
        let (name, value) = match option.split_once('=') {
            None if option.eq_ignore_ascii_case("cert-authority") => {
                authority = true;
                continue;
            }
            None => return Err(format!("`{option}` is neither an option nor a key")),
            Some((name, value)) => (name.to_ascii_lowercase(), value),
        };
        let quoted = value.len() > 1 && value.starts_with('"') && value.ends_with('"');
        if !quoted {
            return Err(format!("the value of `{name}` must stand in double quotes"));
        }
        let value = unquoted(value);
        let twice = match name.as_str() {
            "namespaces" => namespaces.replace(value).is_some(),
            "valid-after" => after.replace(time(&value)?).is_some(),
            "valid-before" => before.replace(time(&value)?).is_some(),
            other => return Err(format!("`{other}` is no option of it")),
        };
        if twice {
            return Err(format!("it has `{name}` twice"));
        }
    }
    let key = Public::from_text(rest).ok_or("it holds no public key that can be read")?;
    Ok((!authority).then_some(Signer { principals, key, namespaces, after, before }))
}

/// Where a text ends at a character outside quotes; a backslash keeps a quote from being one.
fn until(text: &str, end: impl Fn(char) -> bool) -> Option<usize> {
    let (mut quoted, mut kept) = (false, false);
    for (i, c) in text.char_indices() {
        match c {
            '"' if !kept => quoted = !quoted,
            c if !quoted && end(c) => return Some(i),
            _ => {}
        }
        kept = c == '\\' && !kept;
    }
    None
}

/// The first word, quotes in it kept together, and what follows it.
fn word(line: &str) -> Result<(&str, &str), String> {
    let line = line.trim_start();
    match until(line, char::is_whitespace) {
        Some(end) => {
            let (head, tail) = line.split_at(end);
            Ok((head, tail.trim_start()))
        }
        None if line.matches('"').count() % 2 == 1 => Err("a quote is not closed".to_owned()),
        None => Ok((line, "")),
    }
}

/// Options at their commas, but not at those inside quotes.
fn split(mut options: &str) -> Vec<&str> {
    let mut out = Vec::new();
    while let Some(end) = until(options, |c| c == ',') {
        let (head, tail) = options.split_at(end);
        out.push(head);
        options = tail.trim_start_matches(',');
    }
    out.push(options);
    out
}

/// Without the quotes around it.
fn unquoted(text: &str) -> String {
    let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
    inner.replace("\\\"", "\"")
}

/// `YYYYMMDD[HHMM[SS]][Z]`.
fn time(text: &str) -> Result<Timestamp, String> {
    let digits = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    let bad = || format!("`{text}` is no time as YYYYMMDDHHMMSSZ");
    if !digits.bytes().all(|b| b.is_ascii_digit()) || ![8, 12, 14].contains(&digits.len()) {
        return Err(bad());
    }
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or("00");
    let (h, m) = if digits.len() > 8 { (part(8, 10), part(10, 12)) } else { ("00", "00") };
    let s = if digits.len() > 12 { part(12, 14) } else { "00" };
    format!("{}-{}-{}T{h}:{m}:{s}Z", part(0, 4), part(4, 6), part(6, 8)).parse().map_err(|_| bad())
}

/// Whether a list of patterns, separated by commas, names a text. A pattern that begins with `!`
/// and fits makes the whole list say no.
fn listed(patterns: &str, text: &str) -> bool {
    let fits = |p: &str| glob(p.as_bytes(), text.as_bytes());
    let mut hit = false;
    for pattern in patterns.split(',') {
        match pattern.strip_prefix('!') {
            Some(not) if fits(not) => return false,
            Some(_) => {}
            None => hit |= fits(pattern),
        }
    }
    hit
}

/// `*` for any run, `?` for one character, as OpenSSH's patterns have them. Going back no further
/// than to the last `*` is enough.
fn glob(mut pattern: &[u8], mut text: &[u8]) -> bool {
    let mut star: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern.split_first(), text.split_first()) {
            (Some((b'*', rest)), _) => {
                star = Some((rest, text));
                pattern = rest;
            }
            (Some((p, rest)), Some((t, tail))) if p == t || *p == b'?' => {
                (pattern, text) = (rest, tail);
            }
            (None, None) => return true,
            _ => {
                let Some((rest, from)) = star else { return false };
                let Some((_, tail)) = from.split_first() else { return false };
                star = Some((rest, tail));
                (pattern, text) = (rest, tail);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

    /// Whether a line allows the key for somebody, in the namespace `assay`.
    fn allows(line: &str, name: &str, when: When) -> Result<(), String> {
        let signers = Signers::parse(Path::new("f"), line).unwrap();
        let key = Public::from_text(KEY).unwrap();
        signers.look(Some(name), &key, "assay", when).map(|_| ())
    }

    #[test]
    fn options_narrow() {
        let at = When::at("2026-11-30T12:00:00Z".parse().unwrap());
        let dana = |line: &str| allows(&line.replace("KEY", KEY), "dana@example.com", at);
        dana("dana@example.com KEY").unwrap();
        dana("dana@example.com namespaces=\"git,ass*\" KEY Dana").unwrap();
        dana("* valid-after=\"20261130110000Z\",valid-before=\"202612010000Z\" KEY").unwrap();
        dana("* valid-before=\"20261130120000Z\" KEY").unwrap();
        for (line, why) in [
            ("dana@example.com namespaces=\"git,file\" KEY", "namespace assay"),
            ("dana@example.com namespaces=\"*,!assay\" KEY", "namespace assay"),
            ("* valid-before=\"20261130\" KEY", "was valid until"),
            ("* valid-after=\"20261201\" KEY", "valid from"),
            ("* cert-authority KEY", "not among the allowed"),
            ("lee@example.com KEY", "not allowed for dana@example.com, but for lee"),
            ("*,!dana@* KEY", "not allowed for dana@example.com"),
            ("# nobody", "not among the allowed"),
        ] {
            let e = dana(line).unwrap_err();
            assert!(e.contains(why), "{line}: {e}");
        }
    }

    #[test]
    fn a_day_is_its_own_hours() {
        let on = |line: &str, day: &str| {
            let when = When::on(day.parse().unwrap()).unwrap();
            allows(&format!("* {line} {KEY}"), "x", when).is_ok()
        };
        assert!(on("valid-before=\"20261231\"", "2026-12-30"));
        assert!(!on("valid-before=\"20261231\"", "2026-12-31"), "it ended at midnight");
        assert!(on("valid-after=\"20260501150000Z\"", "2026-05-01"), "made in the afternoon");
        assert!(!on("valid-after=\"20260501150000Z\"", "2026-04-30"));
    }

    #[test]
    fn lines_that_are_none_are_named() {
        for bad in [
            "dana",
            "dana ssh-ed25519 AAAA",
            "dana wrong=\"1\" KEY",
            "dana valid-before=20261130 KEY",
            "dana valid-before=\"soon\" KEY",
            "dana namespaces=\"a\",namespaces=\"b\" KEY",
            "\"dana KEY",
        ] {
            let text = format!("# first\n{}", bad.replace("KEY", KEY));
            let e = Signers::parse(Path::new("list"), &text).unwrap_err().to_string();
            assert!(e.starts_with("list:2: "), "{bad}: {e}");
        }
    }

    #[test]
    fn patterns_are_those_of_openssh() {
        for (patterns, text, yes) in [
            ("lee", "lee", true),
            ("lee", "Lee", false),
            ("le", "lee", false),
            ("l?e,dana", "lee", true),
            ("*@example.com", "lee@example.com", true),
            ("*@example.com,!lee@*", "lee@example.com", false),
            ("!lee@*,*@example.com", "dana@example.com", true),
            ("!dana", "lee", false),
            ("*a*b", "xaxbxb", true),
            ("*a*b", "xaxbxbx", false),
            ("", "lee", false),
        ] {
            assert_eq!(listed(patterns, text), yes, "{patterns} {text}");
        }
    }
}
