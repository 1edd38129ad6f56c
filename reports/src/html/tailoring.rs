//! The tailoring page: everything that was changed from the default, by whom, when and why.

use std::collections::BTreeMap;

use assay_core::assessment::{Assessment, FrameworkResult};
use assay_core::tailoring::{Approval, ExcludedControl, Floor};
use serde_json::Value;

use super::lists::few;
use super::view::{card_anchor, control_anchor, framework_anchor};
use crate::text::{clip, count, number};
use crate::words;

/// Rules named in one row.
const MAX_NAMES: usize = 12;

/// Everything that was changed.
pub(super) struct Tailored<'a> {
    /// How many changes there are, in words; empty for none.
    pub(super) changes: String,
    pub(super) scope: Vec<ScopeRow>,
    pub(super) floors: Vec<FloorRow<'a>>,
    pub(super) params: Vec<ParamRow<'a>>,
    pub(super) undeclared: Vec<Undeclared<'a>>,
    pub(super) deselected: Vec<DeselectedRow<'a>>,
    pub(super) excluded: Vec<ExcludedRow<'a>>,
}

/// A part of the estate, or rules, that were not looked at by choice.
pub(super) struct ScopeRow {
    pub(super) what: &'static str,
    pub(super) names: String,
    pub(super) why: String,
}

/// A severity floor.
pub(super) struct FloorRow<'a> {
    pub(super) f: &'a Floor,
    pub(super) framework: &'a str,
    pub(super) anchor: String,
    pub(super) effect: String,
}

/// A parameter that was set.
pub(super) struct ParamRow<'a> {
    pub(super) rule: &'a str,
    pub(super) card: String,
    pub(super) name: &'a str,
    pub(super) default: String,
    pub(super) value: String,
    pub(super) description: &'a str,
}

/// A parameter that only the organisation can declare, and has not.
pub(super) struct Undeclared<'a> {
    pub(super) name: &'a str,
    pub(super) description: &'a str,
    pub(super) rules: String,
}

/// Rules left out for one reason.
pub(super) struct DeselectedRow<'a> {
    pub(super) rules: String,
    pub(super) n: u64,
    pub(super) approval: &'a Approval,
}

/// An excluded control.
pub(super) struct ExcludedRow<'a> {
    pub(super) e: &'a ExcludedControl,
    pub(super) framework: &'a str,
    pub(super) title: &'a str,
    pub(super) anchor: String,
}

/// Gathers everything.
pub(super) fn tailored(a: &Assessment) -> Tailored<'_> {
    let by_id: BTreeMap<&str, &FrameworkResult> =
        a.frameworks.iter().map(|f| (f.id.as_str(), f)).collect();
    let mut out = Tailored {
        changes: String::new(),
        scope: scope(a),
        floors: a
            .tailoring
            .floors
            .iter()
            .map(|f| floor(f, by_id.get(f.framework.as_str())))
            .collect(),
        params: params(a),
        undeclared: undeclared(a),
        deselected: deselected(a),
        excluded: a
            .tailoring
            .excluded
            .iter()
            .map(|e| excluded(e, by_id.get(e.framework.as_str()).copied()))
            .collect(),
    };
    let t = &a.tailoring;
    let n = out.scope.len()
        + out.floors.len()
        + out.params.len()
        + t.deselected.len()
        + out.excluded.len()
        + t.waivers.len()
        + t.accepted_gaps.len()
        + t.attestations.len();
    if n > 0 {
        out.changes = count(n as u64, "choice", "choices");
    }
    out
}

fn scope(a: &Assessment) -> Vec<ScopeRow> {
    let scope = &a.snapshot.scope;
    let left = [
        ("Regions left out", &scope.left_out_regions),
        ("Accounts left out", &scope.left_out_accounts),
        ("Services left out", &scope.left_out_services),
    ];
    let mut out: Vec<ScopeRow> = left
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(what, names)| ScopeRow {
            what,
            names: few(names, 40),
            why: "by flags or `assay.toml`; no reason is recorded for it".to_owned(),
        })
        .collect();
    out.extend(words::out_of_scope(a).into_iter().map(|(provider, n)| ScopeRow {
        what: "Provider not scanned",
        names: provider.to_owned(),
        why: format!("nothing of it was asked for: {} take no part", count(n, "rule", "rules")),
    }));
    out
}

fn floor<'a>(f: &'a Floor, framework: Option<&&'a FrameworkResult>) -> FloorRow<'a> {
    let deviating = framework
        .map_or(0, |x| x.controls.iter().filter(|c| !c.deviations.is_empty()).count() as u64);
    FloorRow {
        f,
        framework: framework.map_or(f.framework.as_str(), |x| x.title.as_str()),
        anchor: framework_anchor(&f.framework),
        effect: match deviating {
            0 => "no control deviates".to_owned(),
            n => format!("{} shown with deviations", count(n, "control", "controls")),
        },
    }
}

fn params(a: &Assessment) -> Vec<ParamRow<'_>> {
    let mut out = Vec::new();
    for (rule, params) in &a.tailoring.params {
        for (name, value) in params {
            // `*` sets it for every rule that has it: the first one tells the default.
            let declared = a
                .rules
                .iter()
                .filter(|r| rule == "*" || r.meta.id == *rule)
                .find_map(|r| r.meta.params.get(name));
            out.push(ParamRow {
                rule,
                card: if rule == "*" { "rules".to_owned() } else { card_anchor(rule) },
                name,
                default: match declared.map(|p| &p.default) {
                    Some(Some(v)) => text(v),
                    Some(None) => "none: only the organisation can declare it".to_owned(),
                    None => "unknown".to_owned(),
                },
                value: text(value),
                description: declared.map_or("", |p| p.description.as_str()),
            });
        }
    }
    out
}

fn undeclared(a: &Assessment) -> Vec<Undeclared<'_>> {
    let mut by_name: BTreeMap<&str, (&str, Vec<String>)> = BTreeMap::new();
    for r in a.rules.iter().filter(|r| !r.out_of_scope && !r.deselected) {
        for (name, p) in r.meta.params.iter().filter(|(_, p)| p.default.is_none()) {
            let set = [r.meta.id.as_str(), "*"]
                .into_iter()
                .any(|key| a.tailoring.params.get(key).is_some_and(|x| x.contains_key(name)));
            if !set {
                let entry = by_name.entry(name).or_insert((&p.description, Vec::new()));
                entry.1.push(r.meta.id.clone());
            }
        }
    }
    by_name
        .into_iter()
        .map(|(name, (description, rules))| Undeclared {
            name,
            description,
            rules: few(&rules, MAX_NAMES),
        })
        .collect()
}

fn deselected(a: &Assessment) -> Vec<DeselectedRow<'_>> {
    let mut out: Vec<(&Approval, Vec<String>)> = Vec::new();
    for d in &a.tailoring.deselected {
        match out.iter_mut().find(|(approval, _)| **approval == d.approval) {
            Some((_, rules)) => rules.push(d.rule.clone()),
            None => out.push((&d.approval, vec![d.rule.clone()])),
        }
    }
    out.into_iter()
        .map(|(approval, rules)| DeselectedRow {
            n: rules.len() as u64,
            rules: few(&rules, MAX_NAMES),
            approval,
        })
        .collect()
}

fn excluded<'a>(e: &'a ExcludedControl, f: Option<&'a FrameworkResult>) -> ExcludedRow<'a> {
    let control = f.and_then(|f| f.controls.iter().find(|c| c.id == e.control));
    ExcludedRow {
        e,
        framework: f.map_or(e.framework.as_str(), |f| f.title.as_str()),
        title: control.map_or("", |c| c.title.as_str()),
        anchor: control_anchor(&e.framework, &e.control),
    }
}

fn text(v: &Value) -> String {
    let shown = match v {
        Value::Array(all) => {
            let all: Vec<String> = all.iter().map(|x| x.to_string()).collect();
            match all.len() {
                0 => "[]".to_owned(),
                1..=20 => all.join(", "),
                n => format!(
                    "{} and {} more",
                    all.iter().take(20).cloned().collect::<Vec<_>>().join(", "),
                    number(n as u64 - 20)
                ),
            }
        }
        other => other.to_string(),
    };
    clip(&shown, 400).into_owned()
}
