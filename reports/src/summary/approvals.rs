//! The section on approvals that do not count.

use std::collections::BTreeMap;

use assay_core::approval::unapproved;
use assay_core::tailoring::LeftOutKind;

use super::Page;
use crate::text::{count, fit, number, plain};

/// Approvals that are named.
const SHOWN: usize = 8;
/// Columns of what was left out.
const NAMES: usize = 60;
/// Longest name of one.
const SUBJECT: usize = 90;

impl Page<'_> {
    /// Approvals whose signature is missing or does not hold, each with the reason, and what a
    /// scan left out without any.
    pub(super) fn refused(&self) -> Vec<String> {
        let a = self.a;
        let refused: Vec<_> = a.approvals.iter().filter(|r| !r.counts).collect();
        let left_out = unapproved(&a.snapshot.scope, &a.tailoring, &a.approvals);
        if refused.is_empty() && left_out.is_empty() {
            return Vec::new();
        }
        let mut lines = self.heading("Approvals that do not count").to_vec();
        for r in refused.iter().take(SHOWN) {
            let why = r.reason.as_deref().unwrap_or_default();
            let subject = fit(&plain(&r.subject), SUBJECT);
            lines.extend(self.entry(r.kind.words(), &format!("{subject} → {}", plain(why))));
        }
        let more = refused.len().saturating_sub(SHOWN);
        if more > 0 {
            let text = format!("{} more; assessment.json names them", number(more as u64));
            lines.extend(self.entry("and", &text));
        }
        let mut kinds: BTreeMap<LeftOutKind, Vec<&str>> = BTreeMap::new();
        for (what, name) in left_out {
            kinds.entry(what).or_default().push(name);
        }
        for (what, names) in kinds {
            let n = count(names.len() as u64, what.as_str(), what.many());
            let shown = fit(&plain(&names.join(", ")), NAMES);
            let text = format!("{n} ({shown}) → no signed [[leave_out]] names them: not looked at");
            lines.extend(self.entry("left out", &text));
        }
        lines
    }
}
