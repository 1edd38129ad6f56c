//! EventBridge: rules on the default bus, where the events of AWS services arrive, with the targets
//! of those that have a pattern.

use assay_collect::{CallError, Facet, bounded};
use assay_collect_aws_base::{Cx, Scope, Service, client};
use assay_core::{Gap, GapState};
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::{Rule, Target};
use serde_json::{Map, Value, json};

use crate::shape::shape;

const RULE: &str = "AWS::Events::Rule";
/// Rules read at once.
const READS: usize = 4;

/// Rules.
pub static SERVICE: Service = Service {
    name: "events",
    scope: Scope::Regional,
    operations: &["events:ListRules", "events:ListTargetsByRule"],
    actions: &["events:ListRules", "events:ListTargetsByRule"],
    types: &[RULE],
    collect: |cx| Box::pin(collect(cx)),
};

async fn collect(cx: Cx) {
    let client = client!(cx, aws_sdk_eventbridge);
    let mut listing = cx.listing(RULE);
    let mut token = None;
    loop {
        let call = client.list_rules().limit(100).set_next_token(token).send();
        let called = cx.call("events:ListRules", &[], call).await;
        let Some(page) = listing.page(called) else { return };
        let named: Vec<_> =
            page.rules().iter().filter_map(|r| Some((r.arn()?, r.name()?, r))).collect();
        if named.len() < page.rules().len() {
            listing.stop(Gap::new(GapState::Malformed, "a rule has no ARN or no name"));
        }
        let reads: Vec<_> =
            named.iter().map(|(arn, name, r)| rule(&cx, &client, &page.id, arn, name, r)).collect();
        bounded(reads, READS).await;
        token = listing.more(page.next_token());
        if token.is_none() {
            break;
        }
    }
    listing.complete();
}

async fn rule(cx: &Cx, client: &Client, listed: &str, arn: &str, name: &str, rule: &Rule) {
    let mut doc = cx.resource(RULE, arn, name);
    doc.set_all(describe(rule), listed);
    doc.set("EventPattern", pattern(rule, listed));
    let targets = if rule.event_pattern().is_none() {
        Facet::absent(listed)
    } else {
        targets(cx, client, name).await.unwrap_or_else(Facet::Unknown)
    };
    doc.set("Targets", targets);
    cx.put(doc).await;
}

async fn targets(cx: &Cx, client: &Client, rule: &str) -> Result<Facet, Gap> {
    let mut all = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    loop {
        let call = client.list_targets_by_rule().rule(rule).set_next_token(seen.last().cloned());
        let called = cx.call("events:ListTargetsByRule", &[("rule", rule)], call.send()).await;
        let page = called.result.as_ref().map_err(CallError::gap)?;
        all.extend(page.targets().iter().map(target));
        match page.next_token().filter(|t| !t.is_empty()) {
            None => return Ok(Facet::known(all, &called.id)),
            Some(t) if seen.iter().any(|s| s == t) => {
                return Err(Gap::new(GapState::Malformed, "the provider repeated a page token"));
            }
            Some(t) => seen.push(t.to_owned()),
        }
    }
}

fn target(t: &Target) -> Value {
    json!({"Id": t.id(), "Arn": t.arn()})
}

fn describe(r: &Rule) -> Map<String, Value> {
    shape()
        .with("Name", r.name())
        .with("EventBusName", Some(r.event_bus_name().unwrap_or("default")))
        .with("State", r.state().map(|s| s.as_str()))
        .or_null("ScheduleExpression", r.schedule_expression())
        .members()
}

fn pattern(r: &Rule, listed: &str) -> Facet {
    match r.event_pattern() {
        None => Facet::absent(listed),
        Some(text) => Facet::expected(serde_json::from_str::<Value>(text).ok(), listed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_parsed_or_unknown() {
        let rule = |p: &str| Rule::builder().event_pattern(p).build();
        assert_eq!(
            pattern(&rule(r#"{"source":["aws.iam"]}"#), "c"),
            Facet::known(json!({"source": ["aws.iam"]}), "c")
        );
        assert!(matches!(pattern(&rule("{"), "c"), Facet::Unknown(_)));
        assert_eq!(pattern(&Rule::builder().build(), "c"), Facet::absent("c"));
    }
}
