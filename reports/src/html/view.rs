//! What several parts of the page share: anchors, counts, the worst rules and findings.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::Status;
use assay_core::assessment::{Assessment, Counts, RuleResult};

use super::chart::ORDER;
use crate::text::clip;
use crate::words;

/// A status with a count.
pub(super) struct Count {
    pub(super) class: &'static str,
    pub(super) name: &'static str,
    pub(super) n: u64,
}

/// The statuses that occur.
pub(super) fn present(counts: &Counts) -> Vec<Count> {
    ORDER
        .into_iter()
        .filter(|s| counts.of(*s) > 0)
        .map(|s| Count { class: words::status_class(s), name: words::status(s), n: counts.of(s) })
        .collect()
}

/// The anchor of a rule.
pub(super) fn rule_anchor(id: &str) -> String {
    format!("rule-{}", slug(id))
}

/// The anchor of a rule's evidence, inside what opens: a link to it opens it without a script.
pub(super) fn card_anchor(id: &str) -> String {
    format!("evidence-{}", slug(id))
}

/// The anchor of a framework.
pub(super) fn framework_anchor(id: &str) -> String {
    format!("framework-{}", slug(id))
}

/// The anchor of a control; `in-` before it is that of what opens inside it.
pub(super) fn control_anchor(framework: &str, control: &str) -> String {
    format!("control-{}-{}", slug(framework), slug(control))
}

/// Letters, digits, `.`, `_` and `-` stay; anything else becomes its number.
fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || "._-".contains(c) {
            out.push(c);
        } else {
            out.push_str(&format!("-{:x}", u32::from(c)));
        }
    }
    out
}

/// The service of a rule, from its package.
pub(super) fn service(package: &str) -> &str {
    package.split('.').nth(2).unwrap_or("other")
}

/// A rule with open failures.
pub(super) struct WorstRule<'a> {
    pub(super) r: &'a RuleResult,
    pub(super) card: String,
}

/// Rules with open failures, the worst first.
pub(super) fn worst(a: &Assessment) -> Vec<WorstRule<'_>> {
    let mut rules: Vec<&RuleResult> = a.rules.iter().filter(|r| r.failures > 0).collect();
    rules.sort_by(|x, y| {
        (y.meta.severity, y.failures)
            .cmp(&(x.meta.severity, x.failures))
            .then_with(|| x.meta.id.cmp(&y.meta.id))
    });
    rules.into_iter().map(|r| WorstRule { r, card: card_anchor(&r.meta.id) }).collect()
}

/// A finding in the page itself.
pub(super) struct FindingView<'a> {
    pub(super) f: &'a assay_core::verdict::Finding,
    pub(super) anchor: String,
    pub(super) title: &'a str,
    pub(super) name: String,
    pub(super) message: String,
}

/// The worst findings.
pub(super) fn findings(a: &Assessment) -> Vec<FindingView<'_>> {
    let titles: BTreeMap<&str, &str> =
        a.rules.iter().map(|r| (r.meta.id.as_str(), r.meta.title.as_str())).collect();
    let mut seen = BTreeSet::new();
    a.top
        .iter()
        .filter(|f| f.status == Status::Fail && seen.insert(&f.fingerprint))
        .map(|f| FindingView {
            f,
            anchor: card_anchor(&f.rule),
            title: titles.get(f.rule.as_str()).copied().unwrap_or_default(),
            name: clip(crate::text::short_id(&f.resource), 120).into_owned(),
            message: clip(&f.message, 300).into_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_tame_and_differ() {
        assert_eq!(control_anchor("gdpr", "Art.32(1)(a)"), "control-gdpr-Art.32-281-29-28a-29");
        assert_ne!(slug("a b"), slug("a_b"));
        assert_eq!(rule_anchor("\"><script>"), "rule--22-3e-3cscript-3e");
    }
}
