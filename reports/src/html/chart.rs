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
        Self::of(ORDER.map(|s| (words::status_class(s), words::status(s), counts.of(s))), of)
    }

    /// The bar of some parts: the class of each, its name, how many it has.
    pub(super) fn of(
        parts: impl IntoIterator<Item = (&'static str, &'static str, u64)>,
        of: &str,
    ) -> Self {
        let parts: Vec<_> = parts.into_iter().filter(|(_, _, n)| *n > 0).collect();
        let total = parts.iter().map(|(_, _, n)| n).sum();
        let said: Vec<String> = parts
            .iter()
            .map(|(_, name, n)| format!("{} {}", number(*n), name.to_lowercase()))
            .collect();
        let label = if said.is_empty() {
            format!("No {of}")
        } else {
            format!("{} of {} {of}", said.join(", "), number(total))
        };
        let mut at = 0;
        let parts = parts
            .into_iter()
            .map(|(class, _, n)| {
                let part = Part { class, x: share(at, total), width: share(n, total) };
                at += n;
                part
            })
            .collect();
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
