//! The one place of the collectors that reads a clock.

use assay_core::Timestamp;

/// The current time in whole milliseconds.
#[must_use]
pub fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the collectors' clock")]
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}
