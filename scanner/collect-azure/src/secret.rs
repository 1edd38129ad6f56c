//! What must never be said: secrets and tokens, out of every text that came from outside.

use std::sync::{Arc, Mutex, PoisonError};

use azure_core::http::Url;

/// What replaces a secret.
const HIDDEN: &str = "[hidden]";

/// Shortest text that is taken for a secret: shorter ones would eat words.
const SHORTEST: usize = 6;

/// The secrets of a collection. Clones share them; printing shows none.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Arc<Mutex<Vec<String>>>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    /// Remembers a secret, also as it stands in a form or an address.
    pub(crate) fn add(&self, secret: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Texts are made one line before they are looked through.
        let line = secret.replace(char::is_control, " ");
        for text in [secret.to_owned(), line, encoded(secret)] {
            if !text.is_empty() && !all.contains(&text) {
                all.push(text);
            }
        }
    }

    /// A text without any known secret, and without anything that looks like a token.
    pub(crate) fn scrub(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for secret in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            out = out.replace(secret.as_str(), HIDDEN);
        }
        tokens(&out)
    }
}

fn encoded(secret: &str) -> String {
    let Ok(mut url) = Url::parse("https://form/") else { return String::new() };
    url.query_pairs_mut().append_key_only(secret);
    url.query().unwrap_or_default().to_owned()
}

/// A text with JSON Web Tokens and what follows `Bearer` hidden.
fn tokens(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_bearer = false;
    for word in text.split_inclusive(|c: char| !is_token(c)) {
        let end = word.trim_end_matches(|c: char| !is_token(c)).len();
        let (core, tail) = word.split_at(end);
        // The header of such a token is a JSON object, which begins with `{"`.
        let looks = core.starts_with("eyJ") && core.len() > 16;
        if looks || (after_bearer && core.len() >= SHORTEST) {
            out.push_str(HIDDEN);
        } else {
            out.push_str(core);
        }
        out.push_str(tail);
        if !core.is_empty() {
            after_bearer = core.eq_ignore_ascii_case("bearer");
        }
    }
    out
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '~' | '+' | '/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_tokens_are_hidden() {
        let secrets = Secrets::default();
        secrets.add("hunter2hunter2");
        secrets.add("to~hide");
        secrets.add("a");
        let text =
            "the secret hunter2hunter2, Bearer abc.def-ghi and (eyJhbGciOiJSUzI1NiJ9.e30.x) a";
        assert_eq!(secrets.scrub(text), "the secret [hidden], Bearer [hidden] and ([hidden]) a");
        assert_eq!(secrets.scrub("x=to%7Ehide&y"), "x=[hidden]&y");
        assert!(!format!("{secrets:?}").contains("hunter2"));
    }
}
