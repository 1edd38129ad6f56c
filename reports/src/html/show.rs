//! Words and numbers as the templates call them: with or without a reference.

use std::borrow::Borrow;

use assay_core::verdict::CauseKind;
use assay_core::{Status, Timestamp};

/// A sentence of a rule as HTML: escaped, and what stands between backticks as code.
pub(super) fn prose(text: impl AsRef<str>) -> String {
    let text = text.as_ref();
    let marks = text.matches('`').count();
    let mut out = String::with_capacity(text.len() + 32);
    for (i, part) in text.split('`').enumerate() {
        // A last backtick without its other half stays what it is.
        let alone = marks % 2 == 1 && i == marks;
        let code = i % 2 == 1 && !alone;
        if alone {
            out.push('`');
        }
        out.push_str(if code { "<code>" } else { "" });
        for c in part.chars() {
            match c {
                '&' => out.push_str("&#38;"),
                '<' => out.push_str("&#60;"),
                '>' => out.push_str("&#62;"),
                '"' => out.push_str("&#34;"),
                '\'' => out.push_str("&#39;"),
                c => out.push(c),
            }
        }
        out.push_str(if code { "</code>" } else { "" });
    }
    out
}

/// See [`crate::text::time`].
pub(super) fn time(at: impl Borrow<Timestamp>) -> String {
    crate::text::time(*at.borrow())
}

/// A moment to the second, without its zone: for columns that name it.
pub(super) fn second(at: impl Borrow<Timestamp>) -> String {
    at.borrow().strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// See [`crate::text::count`].
pub(super) fn count(n: impl Borrow<u64>, one: &str, many: &str) -> String {
    crate::text::count(*n.borrow(), one, many)
}

/// Whether there are none.
pub(super) fn zero(n: impl Borrow<u64>) -> bool {
    *n.borrow() == 0
}

/// See [`crate::text::number`].
pub(super) fn number(n: impl Borrow<u64>) -> String {
    crate::text::number(*n.borrow())
}

/// See [`crate::text::percent`].
pub(super) fn percent(share: impl Borrow<Option<f64>>) -> String {
    crate::text::percent(*share.borrow())
}

/// See [`crate::words::status`].
pub(super) fn status(status: impl Borrow<Status>) -> &'static str {
    crate::words::status(*status.borrow())
}

/// See [`crate::words::status_class`].
pub(super) fn class(status: impl Borrow<Status>) -> &'static str {
    crate::words::status_class(*status.borrow())
}

/// See [`crate::words::cause`].
pub(super) fn cause(kind: impl Borrow<CauseKind>) -> &'static str {
    crate::words::cause(*kind.borrow())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_marks_code_and_nothing_else() {
        assert_eq!(prose("set `a < b` to \"x\""), "set <code>a &#60; b</code> to &#34;x&#34;");
        assert_eq!(prose("one ` alone <i>"), "one ` alone &#60;i&#62;");
        assert_eq!(prose("`a` and ` alone"), "<code>a</code> and ` alone");
        assert_eq!(prose("`<script>`'"), "<code>&#60;script&#62;</code>&#39;");
    }
}
