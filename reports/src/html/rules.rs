//! Rules, each with its evidence card.

use std::collections::BTreeMap;

use assay_core::assessment::{Assessment, ControlResult, RuleAccount, RuleResult};

use super::card::{
    Counter, Listed, ListedRow, OperationRow, Terms, callers, counter, listed, operations,
    populations, terms,
};
use super::items::Items;
use super::scan::Scan;
use super::view::{Count, card_anchor, control_anchor, present, rule_anchor};
use crate::text::number;

/// Accounts shown for each rule.
const MAX_ACCOUNTS: usize = 50;

/// A rule with all that its card shows.
pub(super) struct RuleView<'a> {
    pub(super) r: &'a RuleResult,
    pub(super) anchor: String,
    pub(super) card: String,
    pub(super) counts: String,
    pub(super) snippets: Vec<(&'static str, &'a str)>,
    pub(super) objective: &'a str,
    pub(super) decides: Vec<(String, String)>,
    pub(super) supports: Vec<(String, String)>,
    pub(super) params: Vec<ParamLine<'a>>,
    pub(super) aliases: String,
    pub(super) terms: Option<Terms>,
    pub(super) operations: Vec<OperationRow<'a>>,
    pub(super) more_operations: usize,
    pub(super) callers: Vec<(&'a str, &'a str)>,
    pub(super) populations: Vec<ListedRow<'a>>,
    pub(super) more_populations: usize,
    pub(super) complete: bool,
    pub(super) items: Option<&'a Items>,
    pub(super) counter: Option<Counter<'a>>,
    pub(super) accounts: &'a [RuleAccount],
    pub(super) references: Vec<&'a str>,
}

/// A parameter with the value that was in force.
pub(super) struct ParamLine<'a> {
    pub(super) name: &'a str,
    pub(super) value: String,
    pub(super) note: &'static str,
    pub(super) description: &'a str,
}

/// Controls by rule: the anchor and the name of each.
type Controls<'a> = BTreeMap<&'a str, Vec<(String, String)>>;

/// All rules, in order of their ids.
pub(super) fn rules<'a>(a: &'a Assessment, scan: &'a Scan) -> Vec<RuleView<'a>> {
    let mut decides = controls(a, |c| &c.decisive);
    let mut supports = controls(a, |c| &c.supporting);
    let listed = listed(a);
    let rules = a.rules.iter().filter(|r| !r.out_of_scope);
    rules
        .map(|r| RuleView {
            decides: decides.remove(r.meta.id.as_str()).unwrap_or_default(),
            supports: supports.remove(r.meta.id.as_str()).unwrap_or_default(),
            ..rule(a, r, scan, &listed)
        })
        .collect()
}

fn controls(a: &Assessment, of: impl Fn(&ControlResult) -> &Vec<String>) -> Controls<'_> {
    let mut out = Controls::new();
    for f in &a.frameworks {
        let name = short(&f.title);
        for c in &f.controls {
            for rule in of(c) {
                let anchor = format!("in-{}", control_anchor(&f.id, &c.id));
                out.entry(rule).or_default().push((anchor, format!("{name} {}", c.id)));
            }
        }
    }
    out
}

/// The framework's name without its year and what is in brackets.
fn short(title: &str) -> &str {
    title.split([':', '(']).next().unwrap_or(title).trim()
}

fn rule<'a>(
    a: &'a Assessment,
    r: &'a RuleResult,
    scan: &'a Scan,
    listed: &Listed<'a>,
) -> RuleView<'a> {
    let m = &r.meta;
    let (operations, more_operations) = operations(a, r);
    let (populations, more_populations) = populations(a, r, listed);
    let aliases: Vec<String> = m
        .aliases
        .iter()
        .filter(|(_, ids)| !ids.is_empty())
        .map(|(tool, ids)| format!("{tool}: {}", ids.join(", ")))
        .collect();
    RuleView {
        r,
        anchor: rule_anchor(&m.id),
        card: card_anchor(&m.id),
        counts: counts(r),
        snippets: snippets(r),
        objective: a.objectives.get(&m.objective).map_or("", String::as_str),
        decides: Vec::new(),
        supports: Vec::new(),
        params: params(a, r),
        aliases: aliases.join("; "),
        terms: terms([r]),
        callers: callers(&operations),
        operations,
        more_operations,
        complete: more_populations == 0 && populations.iter().all(|p| p.complete),
        populations,
        more_populations,
        items: scan.items.get(&m.id),
        counter: counter(r),
        accounts: r.accounts.get(..MAX_ACCOUNTS).unwrap_or(&r.accounts),
        references: m
            .references
            .iter()
            .map(String::as_str)
            .filter(|u| u.starts_with("https://") || u.starts_with("http://"))
            .collect(),
    }
}

fn counts(r: &RuleResult) -> String {
    let counts: Vec<String> = present(&r.verdicts)
        .iter()
        .map(|Count { n, name, .. }| format!("{} {}", number(*n), name.to_lowercase()))
        .collect();
    if counts.is_empty() {
        "no verdicts".to_owned()
    } else {
        format!("{} judged: {}", number(r.verdicts.total()), counts.join(", "))
    }
}

fn snippets(r: &RuleResult) -> Vec<(&'static str, &str)> {
    let fix = &r.meta.remediation;
    [
        ("Terraform", fix.terraform.as_str()),
        ("CloudFormation", fix.cloudformation.as_str()),
        ("Bicep", fix.bicep.as_str()),
        ("Command line", fix.cli.as_str()),
    ]
    .into_iter()
    .filter(|(_, s)| !s.is_empty())
    .map(|(n, s)| (n, s.trim_end()))
    .collect()
}

fn params<'a>(a: &'a Assessment, r: &'a RuleResult) -> Vec<ParamLine<'a>> {
    r.meta
        .params
        .iter()
        .map(|(name, p)| {
            let set = [r.meta.id.as_str(), "*"]
                .into_iter()
                .find_map(|key| a.tailoring.params.get(key).and_then(|x| x.get(name)));
            let (value, note) = match (set, &p.default) {
                (Some(v), _) => (v.to_string(), "set here"),
                (None, Some(v)) => (v.to_string(), "the default"),
                (None, None) => ("none".to_owned(), "not declared: only the organisation can"),
            };
            ParamLine { name, value, note, description: &p.description }
        })
        .collect()
}
