//! What a configuration may say: ids that exist, fields that are filled, values of their type.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::rule::ParamType;
use assay_core::tailoring::{AcceptGap, Waiver};
use assay_eval::load::{fits, kind_words};
use serde_json::Value;

use super::FlatExcluded;
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
            let kinds: Vec<ParamType> = known
                .params
                .iter()
                .filter(|(id, _)| rule == "*" || *id == rule)
                .filter_map(|(_, declared)| declared.get(name).copied())
                .collect();
            if kinds.is_empty() {
                let who = if rule == "*" { "no rule has a" } else { "the rule has no" };
                return Err(places.at_key(&path, &format!("{who} parameter {name}")));
            }
            if let Some(kind) = kinds.into_iter().find(|k| !fits(*k, value)) {
                let m = format!("parameter {name} must be {}", kind_words(kind));
                return Err(places.at_value(&path, &m));
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

/// The control exists.
pub(super) fn check_exclusion(x: &FlatExcluded, known: &Known) -> Result<(), Wrong> {
    check_control(&x.framework, &x.control, known)
}

/// The framework has the control.
pub(super) fn check_control(framework: &str, control: &str, known: &Known) -> Result<(), Wrong> {
    check_framework(framework, known)?;
    if known.controls.get(framework).is_some_and(|c| c.contains(control)) {
        return Ok(());
    }
    Err(("control", format!("framework {framework} has no control {control}")))
}
