//! OpenSSH's `allowed_signers` file: who may sign, with which key, for what, when.
//!
//! Format: `ssh-keygen(1)`, ALLOWED SIGNERS. Lines with `cert-authority` are left out: a
//! certificate cannot be checked here, so nobody counts by one. Times without `Z` are read as UTC.

use std::path::{Path, PathBuf};

use assay_core::Timestamp;
use ssh_key::PublicKey;

use super::NAMESPACE;

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
    key: PublicKey,
    namespaces: Option<String>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
}

impl Signers {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or a line in it is none of the format.
    pub fn read(path: &Path) -> Result<Self, SignersError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| SignersError::Read { path: path.to_path_buf(), source })?;
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

    /// The names under which a key may sign results at a moment.
    #[must_use]
    pub fn find(&self, key: &PublicKey, at: Timestamp) -> Option<String> {
        self.0
            .iter()
            .find(|s| s.key.key_data() == key.key_data() && s.may(at))
            .map(|s| s.principals.clone())
    }
}

impl Signer {
    fn may(&self, at: Timestamp) -> bool {
        let named = self
            .namespaces
            .as_ref()
            .is_none_or(|list| list.split(',').any(|p| glob(p.as_bytes(), NAMESPACE.as_bytes())));
        named && self.after.is_none_or(|t| at >= t) && self.before.is_none_or(|t| at < t)
    }
}

/// One line; `None` for one that names a certificate authority.
fn signer(line: &str) -> Result<Option<Signer>, String> {
    let (principals, rest) = word(line)?;
    let (mut namespaces, mut after, mut before, mut authority) = (None, None, None, false);
    let mut rest = rest;
    loop {
        if let Ok(key) = PublicKey::from_openssh(rest) {
            let signer = Signer { principals, key, namespaces, after, before };
            return Ok((!authority).then_some(signer));
        }
        let (options, more) = word(rest)?;
        if more.is_empty() {
            return Err("it holds no public key that can be read".to_owned());
        }
        for option in split(&options) {
            match option.split_once('=') {
                None if option.eq_ignore_ascii_case("cert-authority") => authority = true,
                Some((name, value)) => {
                    let value = value.trim_matches('"');
                    match name.to_ascii_lowercase().as_str() {
                        "namespaces" => namespaces = Some(value.to_owned()),
                        "valid-after" => after = Some(time(value)?),
                        "valid-before" => before = Some(time(value)?),
                        other => return Err(format!("`{other}` is no option of it")),
                    }
                }
                None => return Err(format!("`{option}` is neither an option nor a key")),
            }
        }
        rest = more;
    }
}

/// The first word, quotes in it kept together, and what follows it.
fn word(line: &str) -> Result<(String, &str), String> {
    let line = line.trim_start();
    let mut quoted = false;
    for (i, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => {
                let (head, tail) = line.split_at(i);
                return Ok((head.trim_matches('"').to_owned(), tail.trim_start()));
            }
            _ => {}
        }
    }
    if quoted { Err("a quote is not closed".to_owned()) } else { Ok((line.to_owned(), "")) }
}

/// Options at their commas, but not at those inside quotes.
fn split(options: &str) -> Vec<String> {
    let (mut out, mut quoted) = (vec![String::new()], false);
    for c in options.chars() {
        quoted ^= c == '"';
        if c == ',' && !quoted {
            out.push(String::new());
        } else if let Some(last) = out.last_mut() {
            last.push(c);
        }
    }
    out
}

/// `YYYYMMDD[HHMM[SS]][Z]`.
fn time(text: &str) -> Result<Timestamp, String> {
    let digits = text.trim_end_matches(['Z', 'z']);
    let bad = || format!("`{text}` is no time as YYYYMMDDHHMMSSZ");
    if !digits.bytes().all(|b| b.is_ascii_digit()) || ![8, 12, 14].contains(&digits.len()) {
        return Err(bad());
    }
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or("00");
    let (h, m) = if digits.len() > 8 { (part(8, 10), part(10, 12)) } else { ("00", "00") };
    let s = if digits.len() > 12 { part(12, 14) } else { "00" };
    format!("{}-{}-{}T{h}:{m}:{s}Z", part(0, 4), part(4, 6), part(6, 8)).parse().map_err(|_| bad())
}

/// `*` for any run, `?` for one character, as OpenSSH's patterns have them.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            glob(rest, text) || text.split_first().is_some_and(|(_, t)| glob(pattern, t))
        }
        (Some((b'?', p)), Some((_, t))) => glob(p, t),
        (Some((a, p)), Some((b, t))) => a == b && glob(p, t),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

    fn allows(line: &str, at: &str) -> bool {
        let signer = signer(line).unwrap();
        signer.is_some_and(|s| s.may(at.parse().unwrap()))
    }

    #[test]
    fn options_narrow() {
        let at = "2026-11-30T12:00:00Z";
        assert!(allows(&format!("dana@example.com {KEY}"), at));
        assert!(allows(&format!("dana@example.com namespaces=\"git,ass*\" {KEY} Dana"), at));
        assert!(!allows(&format!("dana@example.com namespaces=\"git,file\" {KEY}"), at));
        assert!(!allows(&format!("* valid-before=\"20261130\" {KEY}"), at));
        assert!(allows(
            &format!("* valid-after=20261130110000Z,valid-before=202612010000Z {KEY}"),
            at
        ));
        assert!(!allows(&format!("* cert-authority {KEY}"), at));
        for bad in ["dana", "dana ssh-ed25519 AAAA", "dana wrong=1 ssh-ed25519 AAAA x"] {
            assert!(signer(bad).is_err(), "{bad}");
        }
    }
}
