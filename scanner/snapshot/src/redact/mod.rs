//! Secrets in texts that are collected (user data, environment variables): found, counted and
//! taken out, so that no value ever reaches the snapshot.
//!
//! The patterns are of known forms (keys and tokens of well-known issuers, private keys, passwords
//! in addresses) and of assignments to names that speak of secrets. A value that is a reference
//! (`$DB_PASSWORD`, `{{resolve:…}}`, `$(aws secretsmanager …)`) or a placeholder is none. Texts that
//! are packed in a text (base64, with or without gzip) are searched too. What has no known form is
//! not found: an empty result is no proof.

mod packed;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use sha2::{Digest as _, Sha256};

/// A secret that was taken out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// What it looks like (`aws_secret_access_key`, `private_key`, `password`).
    pub kind: &'static str,
    /// The value's digest, keyed by the estate key: tells two secrets apart and one secret again
    /// without giving it away. `None` without a key.
    pub digest: Option<String>,
}

/// How deep a text may be packed in another: a MIME part that holds a file that is packed again.
const DEPTH: u8 = 3;

/// A text without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The text, each secret replaced by `[redacted: kind]`; so is the whole of a packed text that
    /// holds secrets.
    pub text: String,
    /// What was taken out, in order of kind and digest, each once.
    pub secrets: Vec<Found>,
}

/// Patterns in the order in which they are tried. The group `v` is the secret, else the match.
static PATTERNS: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    [
        (
            "private_key",
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
        ),
        ("aws_access_key_id", r"\b(?P<v>(?:AKIA|ASIA)[A-Z0-9]{16})\b"),
        (
            "aws_secret_access_key",
            r#"(?i)aws_?secret_?(?:access_?)?key["']?\s*[:=]\s*["']?(?P<v>[A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|\z)"#,
        ),
        ("github_token", r"\b(?P<v>gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})\b"),
        ("gitlab_token", r"\b(?P<v>glpat-[A-Za-z0-9_-]{20,})"),
        ("slack_token", r"\b(?P<v>xox[abeoprs]-[A-Za-z0-9-]{10,})"),
        ("stripe_key", r"\b(?P<v>[rs]k_live_[A-Za-z0-9]{16,})\b"),
        ("google_api_key", r"\b(?P<v>AIza[A-Za-z0-9_-]{35})"),
        ("npm_token", r"\b(?P<v>npm_[A-Za-z0-9]{36})\b"),
        (
            "jwt",
            r"\b(?P<v>eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,})",
        ),
        ("password_in_address", r#"\b[a-z][a-z0-9+.-]*://[^\s/:@'"]*:(?P<v>[^\s/@'"]{3,})@"#),
        (
            "password",
            r#"(?i)(?:[a-z0-9]+[_.-]?)*(?:password|passwd|passphrase|pwd)["']?\s*[:=]\s*(?:"(?P<v>[^"\n]{4,})"|'(?P<w>[^'\n]{4,})'|(?P<x>[^\s'";&|)]{4,}))"#,
        ),
        (
            "secret",
            r#"(?i)(?:[a-z0-9]+[_.-]?)*(?:secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|credential)(?:[_-]?key)?["']?\s*[:=]\s*(?:"(?P<v>[^"\s]{8,})"|'(?P<w>[^'\s]{8,})'|(?P<x>[^\s'";&|)]{8,}))"#,
        ),
    ]
    .into_iter()
    .filter_map(|(kind, pattern)| Regex::new(pattern).ok().map(|r| (kind, r)))
    .collect()
});

/// Takes the secrets out of a text.
#[must_use]
pub fn redact(text: &str, key: Option<&[u8]>) -> Redacted {
    search(text, key, DEPTH)
}

fn search(text: &str, key: Option<&[u8]>, depth: u8) -> Redacted {
    let mut out = text.to_owned();
    let mut secrets = Vec::new();
    for (kind, pattern) in PATTERNS.iter() {
        if !pattern.is_match(&out) {
            continue;
        }
        let replaced =
            pattern.replace_all(&out, |c: &Captures<'_>| replace(c, kind, key, &mut secrets));
        out = replaced.into_owned();
    }
    if depth > 0 {
        // From the end, so that the places before stay where they are.
        for (place, inner) in packed::texts(&out).into_iter().rev() {
            let found = search(&inner, key, depth - 1).secrets;
            if found.is_empty() {
                continue;
            }
            let kinds: BTreeSet<&str> = found.iter().map(|f| f.kind).collect();
            let kinds: Vec<&str> = kinds.into_iter().collect();
            out.replace_range(place, &format!("[redacted: {}]", kinds.join(", ")));
            secrets.extend(found);
        }
    }
    secrets.sort();
    secrets.dedup();
    Redacted { text: out, secrets }
}

fn replace(
    c: &Captures<'_>,
    kind: &'static str,
    key: Option<&[u8]>,
    found: &mut Vec<Found>,
) -> String {
    let Some(whole) = c.get(0) else { return String::new() };
    let value = ["v", "w", "x"].iter().find_map(|n| c.name(n)).unwrap_or(whole);
    if kind != "private_key" && harmless(value.as_str()) {
        return whole.as_str().to_owned();
    }
    found.push(Found { kind, digest: key.map(|k| digest(k, value.as_str())) });
    let text = whole.as_str();
    let (start, end) = (value.start() - whole.start(), value.end() - whole.start());
    let before = text.get(..start).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    format!("{before}[redacted: {kind}]{after}")
}

/// References, placeholders, and what is redacted already.
fn harmless(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let starts = ["$", "<", "{{", "%{", "#{", "`", "arn:", "[redacted", "/", "ssm:", "vault:"];
    let words =
        ["changeme", "example", "placeholder", "your-", "your_", "none", "null", "true", "false"];
    starts.iter().any(|s| lower.starts_with(s))
        || words.contains(&lower.as_str())
        || words.iter().take(5).any(|w| lower.starts_with(w))
        || value.chars().all(|c| c == '*' || c == 'x' || c == 'X' || c == '.')
}

/// HMAC-SHA-256 (RFC 2104), the first 16 hexadecimal digits.
fn digest(key: &[u8], value: &str) -> String {
    const BLOCK: usize = 64;
    let mut block = [0_u8; BLOCK];
    let hashed = Sha256::digest(key);
    let key: &[u8] = if key.len() > BLOCK { &hashed } else { key };
    for (slot, byte) in block.iter_mut().zip(key) {
        *slot = *byte;
    }
    let pad = |with: u8| block.map(|b| b ^ with);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(value).finalize();
    let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
    outer.iter().take(8).map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<&'static str> {
        redact(text, None).secrets.iter().map(|s| s.kind).collect()
    }

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(PATTERNS.len(), 13);
    }

    #[test]
    fn secrets_are_found_and_taken_out() {
        let secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzzzzKEY";
        for (text, kind, value) in [
            ("id AKIAIOSFODNN7ABCDEFG.", "aws_access_key_id", "AKIAIOSFODNN7ABCDEFG"),
            (&format!("export AWS_SECRET_ACCESS_KEY={secret}\n"), "aws_secret_access_key", secret),
            ("DB_PASSWORD='hunter2hunter2'", "password", "hunter2hunter2"),
            ("{\"password\": \"correct horse\"}", "password", "correct horse"),
            ("mysql://app:s3cr3t!@db:3306/x", "password_in_address", "s3cr3t!"),
            ("API_TOKEN=abcdef0123456789", "secret", "abcdef0123456789"),
            ("t ghp_abcdefghijklmnopqrstuvwxyz0123456789 x", "github_token", "ghp_abc"),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
                "private_key",
                "MIIE",
            ),
            ("-----BEGIN PRIVATE KEY-----\nMIIE cut off", "private_key", "MIIE"),
        ] {
            let out = redact(text, None);
            assert_eq!(out.secrets.iter().map(|s| s.kind).collect::<Vec<_>>(), [kind], "{text}");
            assert!(!out.text.contains(value), "{}", out.text);
        }
    }

    #[test]
    fn references_and_placeholders_are_none() {
        for text in [
            "PASSWORD=$DB_PASSWORD",
            "password: \"{{resolve:secretsmanager:db}}\"",
            "password=$(aws secretsmanager get-secret-value --secret-id x)",
            "SECRET_ARN=arn:aws:secretsmanager:eu-west-1:1:secret:x",
            "password = ********",
            "yum install -y httpd",
            "passwd: changeme",
        ] {
            assert!(kinds(text).is_empty(), "{text}: {:?}", kinds(text));
        }
    }

    #[test]
    fn packed_texts_are_searched_and_taken_out() {
        use base64::Engine as _;
        use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
        use std::io::Write as _;

        let script = "#!/bin/sh\nexport DB_PASSWORD=hunter2hunter2\n";
        let gz = |text: &str| {
            let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gz.write_all(text.as_bytes()).unwrap();
            gz.finish().unwrap()
        };
        let mime = |body: &str| {
            let lines: Vec<&str> =
                body.as_bytes().chunks(76).map(|c| std::str::from_utf8(c).unwrap()).collect();
            format!(
                "Content-Transfer-Encoding: base64\r\n\r\n{}\r\n\r\n--==edge==--\r\n",
                lines.join("\r\n")
            )
        };
        let long = format!("{}{script}", "# a comment that fills the line\n".repeat(20));
        let file = |content: &str| {
            format!(
                "#cloud-config\nwrite_files:\n- encoding: b64\n  content: {content}\n  path: /x\n"
            )
        };
        let folded = |content: &str| {
            let lines: Vec<&str> =
                content.as_bytes().chunks(60).map(|c| std::str::from_utf8(c).unwrap()).collect();
            format!("write_files:\n- content: |\n    {}\n  path: /x\n", lines.join("\n    "))
        };
        for text in [
            mime(&STANDARD.encode(&long)),
            file(&STANDARD.encode(script)),
            file(&STANDARD_NO_PAD.encode(script)),
            file(&STANDARD.encode(gz(script))),
            folded(&STANDARD.encode(&long)),
            mime(&STANDARD.encode(file(&STANDARD.encode(gz(script))))),
        ] {
            assert_eq!(kinds(&text), ["password"], "{text}");
            let out = redact(&text, None).text;
            assert!(out.contains("[redacted: password]"), "{out}");
            assert!(packed::texts(&out).iter().all(|(_, t)| !t.contains("hunter2")), "{out}");
        }
        let clean = file(&STANDARD.encode("#!/bin/sh\nexport DB_PASSWORD=$1\n"));
        assert_eq!(redact(&clean, None), Redacted { text: clean, secrets: Vec::new() });
    }

    #[test]
    fn digests_need_a_key_and_tell_values_apart() {
        let with = |text: &str| redact(text, Some(b"key")).secrets[0].digest.clone();
        assert_eq!(redact("password=abcdef", None).secrets[0].digest, None);
        assert_eq!(with("password=abcdef"), with("pwd: 'abcdef'"));
        assert_ne!(with("password=abcdef"), with("password=abcdeg"));
        // RFC 4231, test case 2.
        assert_eq!(digest(b"Jefe", "what do ya want for nothing?"), "5bdcc146bf60754e");
    }
}
