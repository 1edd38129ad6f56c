//! Identifiers and texts as OSCAL wants them.

use uuid::Uuid;

use crate::text::{clip, plain};

/// The version of OSCAL that the documents follow.
pub(super) const VERSION: &str = "1.2.1";
/// The namespace of our properties.
pub(super) const NS: &str = "urn:assay:oscal";
/// Longest text, in characters.
const MAX: usize = 4_000;

/// A UUID that is the same for the same thing in every run (version 5).
pub(super) fn uuid(parts: &[&str]) -> String {
    let space = Uuid::new_v5(&Uuid::NAMESPACE_URL, NS.as_bytes());
    Uuid::new_v5(&space, parts.join("\u{1f}").as_bytes()).to_string()
}

/// A control's id as a token: the framework in front, every other character a point.
pub(super) fn control(framework: &str, control: &str) -> String {
    token(&format!("{framework}_{control}"))
}

/// A name without colons: letters, digits, `.`, `-`, `_`, not a digit first.
pub(super) fn token(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        let fits = c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        out.push(if fits { c } else { '.' });
    }
    let out = out.trim_end_matches('.').to_owned();
    if out.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        out
    } else {
        format!("_{out}")
    }
}

/// A text that is not empty and has no space at its ends.
pub(super) fn text(text: &str) -> String {
    let shown = plain(clip(text, MAX).as_ref()).trim().to_owned();
    if shown.is_empty() { "-".to_owned() } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_no_other_characters() {
        assert_eq!(control("gdpr", "Art.32(1)(b)"), "gdpr_Art.32.1..b");
        assert_eq!(token("4.1"), "_4.1");
    }

    #[test]
    fn the_same_thing_has_the_same_uuid() {
        assert_eq!(uuid(&["a", "b"]), uuid(&["a", "b"]));
        assert_ne!(uuid(&["a", "b"]), uuid(&["ab"]));
        assert_eq!(uuid(&["a"]).chars().nth(14), Some('5'));
    }
}
