//! Words and numbers as the templates call them: with or without a reference.

use std::borrow::Borrow;

use assay_core::verdict::CauseKind;
use assay_core::{Status, Timestamp};

/// See [`crate::text::time`].
pub(super) fn time(at: impl Borrow<Timestamp>) -> String {
    crate::text::time(*at.borrow())
}

/// See [`crate::text::count`].
pub(super) fn count(n: impl Borrow<u64>, one: &str, many: &str) -> String {
    crate::text::count(*n.borrow(), one, many)
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
