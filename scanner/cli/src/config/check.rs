//! What a configuration may say: ids that exist, fields that are filled, values of their type.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::framework::Part;
use assay_core::rule::ParamType;
use assay_core::tailoring::{AcceptGap, Waiver};
use assay_eval::load::{fits, kind_words};
use serde_json::Value;

use super::choices::{FlatParameter, FlatScope};
use super::place::Places;
use super::place::Step::Key;
use crate::exit::Usage;

/// Longest life of a waiver, in days.
const WAIVER_DAYS: i64 = 365;

/// What is wrong with a table: the field, and the words.
pub(super) type Wrong = (&'static str, String);

/// Ids that a configuration may name.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Parameters with their types, by rule id; every rule is there.
    pub(crate) params: BTreeMap<String, BTreeMap<String, ParamType>>,
    /// What to say of an id that was retired.
    pub(crate) retired: BTreeMap<String, String>,
    /// Control ids by framework id.
    pub(crate) controls: BTreeMap<String, BTreeSet<String>>,
    /// The parts of frameworks that have some, with the word for them, by framework id.
    pub(crate) parts: BTreeMap<String, (String, Vec<Part>)>,
}

impl Known {
    /// What is wrong with a rule's id, if anything is.
    pub(super) fn rule(&self, id: &str) -> Result<(), Wrong> {
        match self.retired.get(id) {
            _ if self.params.contains_key(id) => Ok(()),
            Some(why) => Err(("rule", why.clone())),
            None => Err(("rule", format!("no rule has the id {id}; `assay rules` lists them"))),
        }
    }
}

impl Known {
    /// The parts of a framework that are in scope, in its order: those that are named, and those
    /// that always are.
    pub(super) fn in_scope(&self, framework: &str, choice: &FlatScope) -> Vec<String> {
        let named: BTreeSet<&String> = choice.parts().into_iter().flat_map(|(_, p)| p).collect();
        let all = self.parts.get(framework).map(|(_, parts)| parts.as_slice()).unwrap_or_default();
        all.iter().filter(|p| p.always || named.contains(&p.id)).map(|p| p.id.clone()).collect()
    }
}

/// A framework has the parts that are named; at least one is in scope.
pub(super) fn check_scope(framework: &str, s: &FlatScope, known: &Known) -> Result<(), Wrong> {
    check_framework(framework, known).map_err(|(_, m)| ("", m))?;
    let Some((word, parts)) = known.parts.get(framework) else {
        return Err(("", format!("{framework} has no parts: all of it is in scope")));
    };
    let ids: Vec<&str> = parts.iter().map(|p| p.id.as_str()).collect();
    match s.parts().as_slice() {
        [] => Err(("", format!("name the {word} that are in scope, of {}", ids.join(", ")))),
        [(used, named)] if used == word => {
            if let Some(odd) = named.iter().find(|n| !ids.contains(&n.as_str())) {
                let m = format!("{framework} has no {odd} among its {word}: {}", ids.join(", "));
                return Err((used, m));
            }
            if known.in_scope(framework, s).is_empty() {
                return Err((used, format!("none of the {word} would be in scope")));
            }
            approved(&s.reason, &s.approver)
        }
        [(used, _)] => Err((used, format!("{framework} has {word}, not {used}"))),
        [_, (used, _), ..] => Err((used, format!("{framework} has {word}"))),
    }
}

/// Something that may be said once.
pub(super) fn once(earlier: bool, field: &'static str, words: &str) -> Result<(), Wrong> {
    if earlier { Err((field, words.to_owned())) } else { Ok(()) }
}

/// A parameter with its approval: one that its rule declares, with a value of its type.
pub(super) fn check_param(p: &FlatParameter, known: &Known) -> Result<(), Wrong> {
    if p.rule != "*" {
        known.rule(&p.rule)?;
    }
    check_value(&p.rule, &p.name, &p.value, known)?;
    approved(&p.reason, &p.approver)
}

/// What is wrong with a parameter of a rule or of all rules: at its `name` or its `value`.
fn check_value(rule: &str, name: &str, value: &Value, known: &Known) -> Result<(), Wrong> {
    let kinds: Vec<ParamType> = known
        .params
        .iter()
        .filter(|(id, _)| rule == "*" || *id == rule)
        .filter_map(|(_, declared)| declared.get(name).copied())
        .collect();
    if kinds.is_empty() {
        let who = if rule == "*" { "no rule has a" } else { "the rule has no" };
        return Err(("name", format!("{who} parameter {name}")));
    }
    match kinds.into_iter().find(|k| !fits(*k, value)) {
        Some(kind) => Err(("value", format!("parameter {name} must be {}", kind_words(kind)))),
        None => Ok(()),
    }
}

/// Every parameter is one that its rule declares, with a value of its type.
pub(super) fn check_params(
    params: &BTreeMap<String, BTreeMap<String, Value>>,
    known: &Known,
    places: &Places<'_>,
) -> Result<(), Usage> {
    for (rule, values) in params {
        if rule != "*"
            && let Err((_, m)) = known.rule(rule)
        {
            return Err(places.at_key(&[Key("params"), Key(rule)], &m));
        }
        for (name, value) in values {
            let path = [Key("params"), Key(rule), Key(name)];
            match check_value(rule, name, value, known) {
                Ok(()) => {}
                Err(("name", m)) => return Err(places.at_key(&path, &m)),
                Err((_, m)) => return Err(places.at_value(&path, &m)),
            }
        }
    }
    Ok(())
}

/// Fields that must say something.
pub(super) fn filled(what: &str, fields: &[(&'static str, &str)]) -> Result<(), Wrong> {
    match fields.iter().find(|(_, value)| value.trim().is_empty()) {
        Some((field, _)) => Err((field, format!("{what} needs a {field} that is not empty"))),
        None => Ok(()),
    }
}

/// A choice has a reason and an approver.
pub(super) fn approved(reason: &str, approver: &str) -> Result<(), Wrong> {
    filled("a choice", &[("reason", reason), ("approver", approver)])
}

/// A waiver is whole, names a rule, and lives a year at most.
pub(super) fn check_waiver(w: &Waiver, known: &Known) -> Result<(), Wrong> {
    filled(
        "a waiver",
        &[
            ("reason", &w.reason),
            ("owner", &w.owner),
            ("approver", &w.approver),
            ("resource", &w.resource),
        ],
    )?;
    known.rule(&w.rule)?;
    if w.owner.trim().eq_ignore_ascii_case(w.approver.trim()) {
        return Err(("approver", "the approver must be another person than the owner".into()));
    }
    let days = (w.expires - w.approved).get_days();
    if i64::from(days) > WAIVER_DAYS {
        let m = format!(
            "a waiver holds at most {WAIVER_DAYS} days after its approval ({}), this one {days}",
            w.approved
        );
        return Err(("expires", m));
    }
    if days < 0 {
        return Err(("expires", format!("it expires before it was approved ({})", w.approved)));
    }
    Ok(())
}

/// An accepted gap names one thing, and who answers for it.
pub(super) fn check_gap(g: &AcceptGap) -> Result<(), Wrong> {
    match (&g.operation, &g.listing) {
        (None, None) => {
            Err(("operation", "an accepted gap needs an `operation` or a `listing`".into()))
        }
        (Some(_), Some(_)) => {
            Err(("listing", "an accepted gap takes `operation` or `listing`, not both".into()))
        }
        _ => filled("an accepted gap", &[("reason", &g.reason), ("owner", &g.owner)]),
    }
}

/// The framework exists.
pub(super) fn check_framework(id: &str, known: &Known) -> Result<(), Wrong> {
    if known.controls.contains_key(id) {
        return Ok(());
    }
    let all: Vec<&str> = known.controls.keys().map(String::as_str).collect();
    Err(("framework", format!("no framework {id}; known are {}", all.join(", "))))
}

/// The framework has the control.
pub(super) fn check_control(framework: &str, control: &str, known: &Known) -> Result<(), Wrong> {
    check_framework(framework, known)?;
    if known.controls.get(framework).is_some_and(|c| c.contains(control)) {
        return Ok(());
    }
    Err(("control", format!("framework {framework} has no control {control}")))
}
