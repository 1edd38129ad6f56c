//! The tailoring page: everything that was changed from the default, by whom, when and why.

use std::collections::BTreeMap;

use assay_core::approval::{ApprovalKind, unapproved};
use assay_core::assessment::{Assessment, Basis, FrameworkResult};
use assay_core::tailoring::{
    Approval, Deselected, ExcludedControl, Floor, LeftOutKind, ScopeChoice,
};
use serde_json::Value;

use super::approved::{Sign, sign, signers};
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
    pub(super) signers: String,
    pub(super) scope: Vec<ScopeRow<'a>>,
    pub(super) parts: Vec<PartsRow<'a>>,
    pub(super) floors: Vec<FloorRow<'a>>,
    pub(super) params: Vec<ParamRow<'a>>,
    pub(super) undeclared: Vec<Undeclared<'a>>,
    pub(super) deselected: Vec<DeselectedRow<'a>>,
    pub(super) excluded: Vec<ExcludedRow<'a>>,
}

/// A part of the estate, or rules, that were not looked at by choice.
pub(super) struct ScopeRow<'a> {
    pub(super) what: &'static str,
    pub(super) names: String,
    pub(super) why: String,
    pub(super) approved: Vec<LeftOutRow<'a>>,
    /// What no approval that counts names, where one is needed.
    pub(super) unapproved: String,
}

/// An approval of what was left out.
pub(super) struct LeftOutRow<'a> {
    pub(super) names: String,
    pub(super) approval: &'a Approval,
    pub(super) sign: Sign,
}

/// The parts of a framework that are in scope: categories, roles.
pub(super) struct PartsRow<'a> {
    pub(super) framework: &'a str,
    pub(super) anchor: String,
    pub(super) parts: String,
    pub(super) effect: String,
    pub(super) approval: &'a Approval,
    pub(super) sign: Sign,
}

/// A severity floor.
pub(super) struct FloorRow<'a> {
    pub(super) f: &'a Floor,
    pub(super) framework: &'a str,
    pub(super) anchor: String,
    pub(super) effect: String,
    pub(super) sign: Sign,
}

/// A parameter that was set.
pub(super) struct ParamRow<'a> {
    pub(super) rule: &'a str,
    pub(super) card: String,
    pub(super) name: &'a str,
    pub(super) default: String,
    pub(super) value: String,
    pub(super) description: &'a str,
    pub(super) approval: Option<&'a Approval>,
    pub(super) sign: Sign,
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
    pub(super) reason: &'a str,
    pub(super) approval: Option<&'a Approval>,
    pub(super) sign: Sign,
}

/// An excluded control.
pub(super) struct ExcludedRow<'a> {
    pub(super) e: &'a ExcludedControl,
    pub(super) framework: &'a str,
    pub(super) title: &'a str,
    pub(super) anchor: String,
    pub(super) sign: Sign,
}

/// Gathers everything.
pub(super) fn tailored(a: &Assessment) -> Tailored<'_> {
    let by_id: BTreeMap<&str, &FrameworkResult> =
        a.frameworks.iter().map(|f| (f.id.as_str(), f)).collect();
    let find = |id: &str| by_id.get(id).copied();
    let floors = a.tailoring.floors.iter().enumerate();
    let excluded_ones = a.tailoring.excluded.iter().enumerate();
    let parts_chosen = a.tailoring.scope.iter().enumerate();
    let mut out = Tailored {
        changes: String::new(),
        signers: signers(a),
        scope: scope(a),
        parts: parts_chosen
            .map(|(i, s)| PartsRow {
                sign: sign(a, ApprovalKind::Scope, i),
                ..parts(s, find(&s.framework))
            })
            .collect(),
        floors: floors
            .map(|(i, f)| FloorRow {
                sign: sign(a, ApprovalKind::Floor, i),
                ..floor(f, find(&f.framework))
            })
            .collect(),
        params: params(a),
        undeclared: undeclared(a),
        deselected: deselected(a),
        excluded: excluded_ones
            .map(|(i, e)| ExcludedRow {
                sign: sign(a, ApprovalKind::ExcludedControl, i),
                ..excluded(e, find(&e.framework))
            })
            .collect(),
    };
    let t = &a.tailoring;
    let n = out.scope.len()
        + out.parts.len()
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

fn scope(a: &Assessment) -> Vec<ScopeRow<'_>> {
    let scope = &a.snapshot.scope;
    let left = [
        (LeftOutKind::Region, "Regions left out", &scope.left_out_regions),
        (LeftOutKind::Account, "Accounts left out", &scope.left_out_accounts),
        (LeftOutKind::Service, "Services left out", &scope.left_out_services),
    ];
    let bare = unapproved(scope, &a.tailoring, &a.approvals);
    let mut out: Vec<ScopeRow<'_>> = left
        .into_iter()
        .filter(|(_, _, names)| !names.is_empty())
        .map(|(kind, what, names)| {
            let approved = left_out(a, kind);
            let missing: Vec<String> = bare
                .iter()
                .filter(|(k, _)| *k == kind)
                .map(|(_, name)| (*name).to_owned())
                .collect();
            ScopeRow {
                what,
                names: few(names, 40),
                why: if approved.is_empty() {
                    "by flags or `assay.toml`; no reason is recorded for it".to_owned()
                } else {
                    String::new()
                },
                approved,
                unapproved: few(&missing, 12),
            }
        })
        .collect();
    out.extend(words::out_of_scope(a).into_iter().map(|(provider, n)| ScopeRow {
        what: "Provider not scanned",
        names: provider.to_owned(),
        why: format!("nothing of it was asked for: {} take no part", count(n, "rule", "rules")),
        approved: Vec::new(),
        unapproved: String::new(),
    }));
    out
}

fn left_out(a: &Assessment, kind: LeftOutKind) -> Vec<LeftOutRow<'_>> {
    let all = a.tailoring.left_out.iter().enumerate().filter(|(_, l)| l.what == kind);
    all.map(|(i, l)| LeftOutRow {
        names: few(&l.names, MAX_NAMES),
        approval: &l.approval,
        sign: sign(a, ApprovalKind::LeftOut, i),
    })
    .collect()
}

fn parts<'a>(s: &'a ScopeChoice, f: Option<&'a FrameworkResult>) -> PartsRow<'a> {
    // The judgement says of each such control that it is outside.
    let outside = f.map_or(0, |f| {
        let outside = |c: &&assay_core::assessment::ControlResult| {
            c.basis == Basis::Excluded && c.reason.starts_with("outside the ")
        };
        f.controls.iter().filter(outside).count() as u64
    });
    PartsRow {
        framework: f.map_or(s.framework.as_str(), |f| f.title.as_str()),
        anchor: framework_anchor(&s.framework),
        parts: clip(&s.parts.join(", ").replace('_', " "), 300).into_owned(),
        effect: format!("{} outside", count(outside, "control", "controls")),
        approval: &s.approval,
        sign: none(),
    }
}

/// Until the approval is looked up.
const fn none() -> Sign {
    Sign { words: String::new(), refused: false }
}

fn floor<'a>(f: &'a Floor, framework: Option<&'a FrameworkResult>) -> FloorRow<'a> {
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
        sign: none(),
    }
}

fn params(a: &Assessment) -> Vec<ParamRow<'_>> {
    let mut out = Vec::new();
    let approvals = &a.tailoring.parameters;
    for (rule, params) in &a.tailoring.params {
        for (name, value) in params {
            let approved = approvals.iter().position(|p| p.rule == *rule && p.name == *name);
            out.push(param(a, rule, name, value, approved));
        }
    }
    // One whose approval does not count is not in force, and is shown all the same.
    for (i, p) in approvals.iter().enumerate() {
        if a.tailoring.params.get(&p.rule).is_none_or(|all| !all.contains_key(&p.name)) {
            out.push(param(a, &p.rule, &p.name, &p.value, Some(i)));
        }
    }
    out
}

fn param<'a>(
    a: &'a Assessment,
    rule: &'a str,
    name: &'a str,
    value: &Value,
    approved: Option<usize>,
) -> ParamRow<'a> {
    // `*` sets it for every rule that has it: the first one tells the default.
    let mut rules = a.rules.iter().filter(|r| rule == "*" || r.meta.id == rule);
    let declared = rules.find_map(|r| r.meta.params.get(name));
    ParamRow {
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
        approval: approved.and_then(|i| a.tailoring.parameters.get(i)).map(|p| &p.approval),
        sign: approved.map_or_else(none, |i| sign(a, ApprovalKind::Parameter, i)),
    }
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
    let mut out: Vec<(&Deselected, Sign, Vec<String>)> = Vec::new();
    for (i, d) in a.tailoring.deselected.iter().enumerate() {
        let signed = sign(a, ApprovalKind::Deselected, i);
        // Rules that one person left out for one reason on one day stand in one row, though each
        // has a signature of its own.
        let who = |x: &Deselected| {
            x.approval.as_ref().map(|a| (a.reason.clone(), a.approver.clone(), a.approved))
        };
        match out.iter_mut().find(|(x, s, _)| who(x) == who(d) && *s == signed) {
            Some((_, _, rules)) => rules.push(d.rule.clone()),
            None => out.push((d, signed, vec![d.rule.clone()])),
        }
    }
    out.into_iter()
        .map(|(d, sign, rules)| DeselectedRow {
            n: rules.len() as u64,
            rules: few(&rules, MAX_NAMES),
            reason: d.reason(),
            approval: d.approval.as_ref(),
            sign,
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
        sign: none(),
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
