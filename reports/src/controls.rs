//! Which controls each rule helps to prove.

use std::collections::BTreeMap;

use assay_core::assessment::Assessment;

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
