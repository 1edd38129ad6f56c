//! A pass that rests on what the organisation declared: another parameter would have made the rule
//! fail. Looked for where no change of the documents does.

use assay_core::counterfactual::Change;
use assay_core::manifest::SegmentInfo;
use assay_core::{Status, Verdict};
use assay_snapshot::Source;
use serde_json::{Value, json};

use super::trial::both;
use super::{Seeker, harvest};
use crate::evaluate::EvalError;
use crate::load::{Rule, fits};
use crate::set::RuleSet;

/// The most values that are tried.
const MOST: usize = 24;

/// The first parameter with another value that makes the rule say `status`, the verdict, and how
/// many values were tried.
pub(super) fn search(
    seeker: &Seeker<'_>,
    source: &dyn Source,
    rule: &Rule,
    (info, id): (&SegmentInfo, &str),
    status: Status,
) -> Result<(Option<(Change, Verdict)>, u64), EvalError> {
    let mut tried = 0;
    for (name, from, to) in others(seeker, rule, status) {
        let mut params = seeker.params.clone();
        params.entry(rule.meta.id.clone()).or_default().insert(name.clone(), to.clone());
        let set = RuleSet::of(seeker.library, vec![rule.clone()], &params);
        let Some(plan) = set.ready(&info.kind)? else { continue };
        tried += 1;
        let said = both(source, &set, plan, info, id)?;
        if let Some(verdict) = said.filter(|v| v.status == status) {
            let pointer = format!("params/{name}");
            let change = Change { document: None, pointer, from: Some(from), to: Some(to) };
            return Ok((Some((change, verdict)), tried));
        }
    }
    Ok((None, tried))
}

/// Other values of the parameters: the name, what it is now, what it could be. The smallest first.
fn others(seeker: &Seeker<'_>, rule: &Rule, status: Status) -> Vec<(String, Value, Value)> {
    let cases = harvest::params(seeker.content, rule, status);
    let mut out = Vec::new();
    for (name, param) in &rule.meta.params {
        let of = |id: &str| seeker.params.get(id).and_then(|p| p.get(name));
        let Some(from) = of(&rule.meta.id).or_else(|| of("*")).or(param.default.as_ref()) else {
            continue;
        };
        let mut values: Vec<Value> = Vec::new();
        if let Some(list) = from.as_array() {
            // One entry less, then none.
            for at in 0..list.len().min(MOST / 2) {
                let rest = list.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, v)| v);
                values.push(rest.cloned().collect());
            }
            values.push(json!([]));
        }
        values.extend(from.as_bool().map(|b| json!(!b)));
        values.extend(
            from.as_i64()
                .into_iter()
                .flat_map(|n| [n.saturating_sub(1), n.saturating_add(1), 0].map(|n| json!(n))),
        );
        values.extend(cases.iter().filter_map(|p| p.get(name).cloned()));
        values.extend(param.default.clone());
        for value in values {
            let new = (name.clone(), from.clone(), value);
            if new.2 != *from && fits(param.kind, &new.2) && !out.contains(&new) {
                out.push(new);
            }
        }
    }
    out.truncate(MOST);
    out
}
