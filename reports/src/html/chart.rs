//! A stacked bar: shares of statuses, with a sentence for whoever cannot see it.

use assay_core::Status;
use assay_core::assessment::Counts;

use crate::text::number;
use crate::words;

/// The order in a bar: what is wrong, what nobody saw, what is accepted, what is well.
pub(super) const ORDER: [Status; 6] = [
    Status::Fail,
    Status::NotAssessed,
    Status::Manual,
    Status::Waived,
    Status::Pass,
    Status::NotApplicable,
];

/// One bar.
pub(super) struct Bar {
    /// What it shows, in words.
    pub(super) label: String,
    /// Its parts from left to right.
    pub(super) parts: Vec<Part>,
}

/// One part of a bar, in percent of its width.
pub(super) struct Part {
    /// The status's class.
    pub(super) class: &'static str,
    /// Where it starts.
    pub(super) x: String,
    /// How wide it is.
    pub(super) width: String,
}

impl Bar {
    /// The bar of some counts; `of` names what is counted.
    pub(super) fn new(counts: &Counts, of: &str) -> Self {
        let total = counts.total();
        let mut parts = Vec::new();
        let mut words = Vec::new();
        let mut at = 0;
        for status in ORDER {
            let n = counts.of(status);
            if n == 0 {
                continue;
            }
            words.push(format!("{} {}", number(n), words::status(status).to_lowercase()));
            parts.push(Part {
                class: words::status_class(status),
                x: share(at, total),
                width: share(n, total),
            });
            at += n;
        }
        let label = if words.is_empty() {
            format!("No {of}")
        } else {
            format!("{} of {} {of}", words.join(", "), number(total))
        };
        Self { label, parts }
    }
}

/// Percent with two decimals, in whole numbers so that no platform rounds differently.
fn share(part: u64, whole: u64) -> String {
    let hundredths = u128::from(part) * 10_000 / u128::from(whole.max(1));
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_each_other() {
        let bar =
            Bar::new(&Counts { fail: 1, manual: 2, pass: 1, ..Counts::default() }, "controls");
        assert_eq!(bar.label, "1 fail, 2 manual, 1 pass of 4 controls");
        let parts: Vec<_> = bar.parts.iter().map(|p| (p.class, &*p.x, &*p.width)).collect();
        assert_eq!(
            parts,
            [("fail", "0.00", "25.00"), ("manual", "25.00", "50.00"), ("pass", "75.00", "25.00")]
        );
    }
}
