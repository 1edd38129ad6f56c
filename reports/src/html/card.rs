//! The evidence card of a rule: which operations told it, over which population, and whether the
//! numbers add up.

use std::collections::BTreeMap;

use assay_core::Timestamp;
use assay_core::assessment::{Assessment, Population, RuleResult};
use assay_core::counterfactual::{Change, Counterfactual};
use assay_core::evidence::{Operation, Reconciled, Values};
use serde_json::Value;

use crate::text::{clip, number, short_id};

/// Rows of operations and of populations on one card.
const MAX_ROWS: usize = 24;
/// Regions that are named.
const MAX_REGIONS: usize = 4;

/// What became of a population, in terms that add up.
pub(super) struct Terms {
    pub(super) r: Reconciled,
    pub(super) pass: u64,
    pub(super) fail: u64,
}

/// The terms of some rules, over all their accounts; `None` where one of them does not record its
/// population.
pub(super) fn terms<'a>(rules: impl IntoIterator<Item = &'a RuleResult>) -> Option<Terms> {
    let mut all = Terms { r: Reconciled::default(), pass: 0, fail: 0 };
    for rule in rules {
        for account in &rule.accounts {
            all.r.add(&account.reconciled(rule.deselected)?);
            all.pass += account.verdicts.pass;
            all.fail += account.verdicts.fail;
        }
    }
    Some(all)
}

/// One operation.
pub(super) struct OperationRow<'a> {
    pub(super) o: &'a Operation,
    pub(super) caller: &'a str,
    pub(super) regions: String,
    pub(super) parameters: String,
    pub(super) results: String,
    pub(super) unanswered: bool,
}

/// The operations behind a rule, and how many rows were left out.
pub(super) fn operations<'a>(a: &'a Assessment, r: &RuleResult) -> (Vec<OperationRow<'a>>, usize) {
    let mut places: Vec<u32> = r.accounts.iter().flat_map(|x| x.operations.clone()).collect();
    places.sort_unstable();
    places.dedup();
    let all = places.iter().filter_map(|place| a.operations.get(*place as usize));
    let rows = all.take(MAX_ROWS).map(|o| operation(a, o)).collect();
    (rows, places.len().saturating_sub(MAX_ROWS))
}

/// Who called, in each account once: account and caller.
pub(super) fn callers<'a>(rows: &[OperationRow<'a>]) -> Vec<(&'a str, &'a str)> {
    let mut out: Vec<(&str, &str)> =
        rows.iter().map(|o| (o.o.account.as_str(), o.caller)).collect();
    out.dedup();
    out
}

fn operation<'a>(a: &'a Assessment, o: &'a Operation) -> OperationRow<'a> {
    OperationRow {
        o,
        caller: a.snapshot.callers.get(&o.account).map_or("caller not recorded", String::as_str),
        regions: regions(&o.regions),
        parameters: parameters(&o.parameters),
        results: results(&o.results),
        unanswered: o.answered() < o.calls,
    }
}

fn regions(names: &[String]) -> String {
    if names.len() <= MAX_REGIONS {
        return names.join(", ");
    }
    format!("{} regions", number(names.len() as u64))
}

fn parameters(all: &BTreeMap<String, Values>) -> String {
    let one = |(name, values): (&String, &Values)| {
        let shown: Vec<String> =
            values.examples.iter().map(|v| clip(short_id(v), 48).into_owned()).collect();
        let more = if values.more { ", …" } else { "" };
        format!("{} = {}{more}", clip(name, 48), shown.join(", "))
    };
    all.iter().take(6).map(one).collect::<Vec<_>>().join("; ")
}

/// How calls ended, in words.
fn results(all: &BTreeMap<String, u64>) -> String {
    let word = |kind: &str| match kind {
        "ok" => "answered".to_owned(),
        "absent" => "answered: none there".to_owned(),
        other => other.replace('_', " "),
    };
    // Answers first.
    let order = |kind: &str| match kind {
        "ok" => 0,
        "absent" => 1,
        _ => 2,
    };
    let mut parts: Vec<(&String, &u64)> = all.iter().collect();
    parts.sort_by_key(|(kind, _)| order(kind));
    let said: Vec<String> =
        parts.into_iter().map(|(kind, n)| format!("{} {}", number(*n), word(kind))).collect();
    said.join(", ")
}

/// A population that a rule judges, and how it was listed.
pub(super) struct ListedRow<'a> {
    pub(super) account: &'a str,
    pub(super) kind: &'a str,
    pub(super) p: Option<&'a Population>,
    pub(super) by: String,
    pub(super) complete: bool,
    pub(super) times: String,
}

/// Populations by account and type.
pub(super) type Listed<'a> = BTreeMap<(&'a str, &'a str), &'a Population>;

/// All of them.
pub(super) fn listed(a: &Assessment) -> Listed<'_> {
    a.populations.iter().map(|p| ((p.account.as_str(), p.kind.as_str()), p)).collect()
}

/// The populations of a rule, and how many rows were left out.
pub(super) fn populations<'a>(
    a: &'a Assessment,
    r: &'a RuleResult,
    listed: &Listed<'a>,
) -> (Vec<ListedRow<'a>>, usize) {
    let mut rows = Vec::new();
    let mut all = 0;
    for account in &r.accounts {
        for kind in &r.meta.resources {
            let p = listed.get(&(account.account.as_str(), kind.as_str())).copied();
            // A rule of several types: those that an account cannot hold are not listed there.
            if p.is_none() && r.meta.resources.len() > 1 {
                continue;
            }
            all += 1;
            if rows.len() < MAX_ROWS {
                rows.push(row(a, &account.account, kind, p));
            }
        }
    }
    (rows, all - all.min(MAX_ROWS))
}

fn row<'a>(
    a: &'a Assessment,
    account: &'a str,
    kind: &'a str,
    p: Option<&'a Population>,
) -> ListedRow<'a> {
    let by: Vec<&str> = p
        .into_iter()
        .flat_map(|p| &p.operations)
        .filter_map(|place| a.operations.get(*place as usize))
        .map(|o| o.operation.as_str())
        .collect();
    ListedRow {
        account,
        kind,
        p,
        by: by.join(", "),
        complete: p.is_some_and(|p| p.complete == p.listings && p.listings > 0),
        times: p
            .filter(|p| p.started.is_some())
            .map_or_else(String::new, |p| span(p.started, p.ended)),
    }
}

/// From a moment to another: the day once.
pub(super) fn span(from: Option<Timestamp>, to: Option<Timestamp>) -> String {
    let Some(from) = from else { return "–".to_owned() };
    let start = from.strftime("%Y-%m-%d %H:%M:%S").to_string();
    match to {
        None => start,
        Some(to)
            if to.strftime("%Y-%m-%d").to_string() == from.strftime("%Y-%m-%d").to_string() =>
        {
            format!("{start} to {}", to.strftime("%H:%M:%S"))
        }
        Some(to) => format!("{start} to {}", to.strftime("%Y-%m-%d %H:%M:%S")),
    }
}

/// A pass that could have failed.
pub(super) struct Counter<'a> {
    pub(super) c: &'a Counterfactual,
    pub(super) resource: String,
    pub(super) changes: Vec<ChangeRow>,
    pub(super) message: String,
}

/// One changed value.
pub(super) struct ChangeRow {
    pub(super) place: String,
    pub(super) from: String,
    pub(super) to: String,
}

/// What would have made the rule fail.
pub(super) fn counter(r: &RuleResult) -> Option<Counter<'_>> {
    let c = r.counterfactual.as_ref()?;
    Some(Counter {
        c,
        resource: clip(&c.resource, 240).into_owned(),
        changes: c.changes.iter().map(change).collect(),
        message: clip(&c.message, 300).into_owned(),
    })
}

fn change(c: &Change) -> ChangeRow {
    let pointer = if c.pointer.is_empty() { "the whole document" } else { &c.pointer };
    let place = match &c.document {
        Some(document) => format!("{} of {}", clip(pointer, 160), clip(document, 160)),
        None => clip(pointer, 200).into_owned(),
    };
    ChangeRow { place, from: value(c.from.as_ref()), to: value(c.to.as_ref()) }
}

fn value(v: Option<&Value>) -> String {
    match v {
        None => "nothing".to_owned(),
        Some(Value::Null) => "null (known to be absent)".to_owned(),
        Some(other) => clip(&other.to_string(), 200).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_said_answers_first() {
        let all = BTreeMap::from([
            ("absent".to_owned(), 2),
            ("denied".to_owned(), 1),
            ("not_attempted".to_owned(), 3),
            ("ok".to_owned(), 1_200),
        ]);
        let said = "1,200 answered, 2 answered: none there, 1 denied, 3 not attempted";
        assert_eq!(results(&all), said);
    }

    #[test]
    fn a_span_names_its_day_once() {
        let at = |s: &str| Some(s.parse::<Timestamp>().unwrap());
        let from = at("2026-11-30T23:22:09.17Z");
        assert_eq!(span(from, at("2026-11-30T23:22:10.2Z")), "2026-11-30 23:22:09 to 23:22:10");
        assert_eq!(
            span(from, at("2026-12-01T00:00:01Z")),
            "2026-11-30 23:22:09 to 2026-12-01 00:00:01"
        );
        assert_eq!(span(None, from), "–");
    }

    #[test]
    fn what_is_null_and_what_is_not_there_read_differently() {
        assert_eq!(value(None), "nothing");
        assert_eq!(value(Some(&Value::Null)), "null (known to be absent)");
        assert_eq!(value(Some(&serde_json::json!(["a"]))), "[\"a\"]");
    }
}
