//! Whether an outcome that rests on less evidence says more than the one before.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::manifest::DISCOVERIES;
use assay_core::{ListingState, Status};

use super::bench::Outcome;

/// Every breach of the property, in words; empty where it holds. `after` was judged with `before`
/// as its baseline.
#[must_use]
pub fn violations(before: &Outcome, after: &Outcome) -> Vec<String> {
    let mut out = Vec::new();
    verdicts(before, after, &mut out);
    for print in before.failures.difference(&after.failures) {
        out.push(format!("the known failure {print} disappeared"));
    }
    controls(before, after, &mut out);
    scores(before, after, &mut out);
    out
}

fn verdicts(before: &Outcome, after: &Outcome, out: &mut Vec<String>) {
    // By rule and resource: which keys have which status now.
    let mut now: BTreeMap<(&str, &str), BTreeMap<&str, Status>> = BTreeMap::new();
    for ((rule, resource, key), status) in &after.results {
        now.entry((rule, resource)).or_default().insert(key, *status);
    }
    let mut pairs: BTreeSet<(&str, &str)> = BTreeSet::new();
    for ((rule, resource, key), was) in &before.results {
        pairs.insert((rule, resource));
        let name = format!("{rule} on {resource}, key `{key}`: {was}");
        let Some(keys) = now.get(&(rule.as_str(), resource.as_str())) else {
            if !may_vanish(after, before.places.get(resource)) {
                out.push(format!("{name} vanished, and its listing is complete"));
            }
            continue;
        };
        let unseen = keys.values().all(|s| *s == Status::NotAssessed);
        if !unseen && keys.get(key.as_str()) != Some(was) {
            out.push(format!("{name} became {keys:?}"));
        }
    }
    for ((rule, resource, key), status) in &after.results {
        let new = !before.results.contains_key(&(rule.clone(), resource.clone(), key.clone()));
        if new && *status != Status::NotAssessed {
            let known = pairs.contains(&(rule.as_str(), resource.as_str()));
            let what = if known { "a new key" } else { "a new resource" };
            out.push(format!("{rule} on {resource}, key `{key}`: {status} is {what}"));
        }
    }
}

/// A resource may vanish where a listing of its type in its account is not complete, or discovery.
fn may_vanish(after: &Outcome, place: Option<&(String, String, String)>) -> bool {
    let Some((account, region, kind)) = place else { return false };
    after.manifest.listings.iter().any(|l| {
        l.account == *account
            && l.state != ListingState::Complete
            && (DISCOVERIES.iter().any(|(_, kind)| l.kind == *kind)
                || (l.kind == *kind && (l.region == *region || l.region == "global")))
    })
}

fn controls(before: &Outcome, after: &Outcome, out: &mut Vec<String>) {
    let status = |o: &Outcome| -> BTreeMap<(String, String), Status> {
        let all = o
            .assessment
            .frameworks
            .iter()
            .flat_map(|f| f.controls.iter().map(|c| ((f.id.clone(), c.id.clone()), c.status)));
        all.collect()
    };
    let now = status(after);
    for (control, was) in status(before) {
        match now.get(&control) {
            Some(is) if *is == was || *is == Status::NotAssessed => {}
            is => out.push(format!("control {} {}: {was} became {is:?}", control.0, control.1)),
        }
    }
}

fn scores(before: &Outcome, after: &Outcome, out: &mut Vec<String>) {
    let (was, is) = (&before.assessment.summary, &after.assessment.summary);
    let mut compare = |name: String, was: Option<f64>, is: Option<f64>| {
        // No score at all is not a better one.
        if let (Some(was), Some(is)) = (was, is)
            && is > was + 1e-12
        {
            out.push(format!("{name} rose from {was} to {is}"));
        }
    };
    compare("the score".to_owned(), was.score, is.score);
    compare("the coverage".to_owned(), was.coverage, is.coverage);
    for (account, is) in &is.accounts {
        let was = was.accounts.get(account);
        compare(format!("the score of {account}"), was.and_then(|a| a.score), is.score);
        compare(format!("the coverage of {account}"), was.and_then(|a| a.coverage), is.coverage);
    }
}
