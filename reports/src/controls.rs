//! Rules by their ids, and which controls each of them helps to prove.

use std::collections::{BTreeMap, HashMap};

use assay_core::assessment::{Assessment, RuleResult};

/// Every rule by its id.
pub(crate) fn rules_by_id(a: &Assessment) -> HashMap<&str, &RuleResult> {
    a.rules.iter().map(|r| (r.meta.id.as_str(), r)).collect()
}

/// The controls that a rule decides, as `<framework>/<control>`, by rule.
pub(crate) fn decided_by_rule(a: &Assessment) -> BTreeMap<&str, Vec<String>> {
    let mut out: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for framework in &a.frameworks {
        for control in &framework.controls {
            for rule in &control.decisive {
                out.entry(rule).or_default().push(format!("{}/{}", framework.id, control.id));
            }
        }
    }
    out
}
