//! EventBridge: rules on the default bus, where the events of AWS services arrive, with the targets
//! of those that have a pattern.

use assay_collect::{CallError, Facet, bounded};
use assay_collect_aws_base::{Cx, Protocol, Reach, Scope, Service, WireOperation};
use assay_core::{Gap, GapState};
use serde_json::{Map, Value, json};

use crate::shape::shape;

const RULE: &str = "AWS::Events::Rule";
/// Rules read at once.
const READS: usize = 4;

/// One of the service's operations.
const fn operation(name: &'static str) -> WireOperation {
    WireOperation {
        service: "EventBridge",
        endpoint_prefix: "events",
        reach: Reach::Regional,
        operation: name,
        protocol: Protocol::Json11 { target_prefix: "AWSEvents" },
    }
}

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
    let mut listing = cx.listing(RULE);
    let mut token: Option<String> = None;
    loop {
        let mut input = json!({"Limit": 100});
        if let (Some(t), Some(map)) = (token.take(), input.as_object_mut()) {
            map.insert("NextToken".to_owned(), t.into());
        }
        let called = cx.wire("events:ListRules", &[], operation("ListRules"), &input).await;
        let Some(page) = listing.page(called) else { return };
        let Some(rules) = page.answer.get("Rules").and_then(Value::as_array) else {
            listing.stop_malformed("the answer lacks Rules", &page.id);
            break;
        };
        let named: Vec<_> =
            rules.iter().filter_map(|r| Some((text(r, "Arn")?, text(r, "Name")?, r))).collect();
        if named.len() < rules.len() {
            listing.stop(Gap::new(GapState::Malformed, "a rule has no ARN or no name"));
        }
        let reads: Vec<_> =
            named.iter().map(|(arn, name, r)| rule(&cx, &page.id, arn, name, r)).collect();
        bounded(reads, READS).await;
        token = listing.more(text(&page.answer, "NextToken"));
        if token.is_none() {
            break;
        }
    }
    listing.complete();
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

async fn rule(cx: &Cx, listed: &str, arn: &str, name: &str, rule: &Value) {
    let mut doc = cx.resource(RULE, arn, name);
    doc.set_all(describe(rule), listed);
    doc.set("EventPattern", pattern(rule, listed));
    let targets = if rule.get("EventPattern").is_none() {
        Facet::absent(listed)
    } else {
        targets(cx, name).await.unwrap_or_else(Facet::Unknown)
    };
    doc.set("Targets", targets);
    cx.put(doc).await;
}

async fn targets(cx: &Cx, rule: &str) -> Result<Facet, Gap> {
    let malformed = |why: &str| Gap::new(GapState::Malformed, why);
    let mut all = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    loop {
        let mut input = json!({"Rule": rule});
        if let (Some(t), Some(map)) = (seen.last(), input.as_object_mut()) {
            map.insert("NextToken".to_owned(), t.as_str().into());
        }
        let called = cx
            .wire(
                "events:ListTargetsByRule",
                &[("rule", rule)],
                operation("ListTargetsByRule"),
                &input,
            )
            .await;
        let page = called.result.as_ref().map_err(CallError::gap)?;
        let targets = page
            .get("Targets")
            .and_then(Value::as_array)
            .ok_or_else(|| malformed("the answer lacks Targets"))?;
        all.extend(targets.iter().map(|t| json!({"Id": t.get("Id"), "Arn": t.get("Arn")})));
        match text(page, "NextToken").filter(|t| !t.is_empty()) {
            None => return Ok(Facet::known(all, &called.id)),
            Some(t) if seen.iter().any(|s| s == t) => {
                return Err(malformed("the provider repeated a page token"));
            }
            Some(t) => seen.push(t.to_owned()),
        }
    }
}

fn describe(r: &Value) -> Map<String, Value> {
    shape()
        .with("Name", r.get("Name").cloned())
        .with("EventBusName", Some(text(r, "EventBusName").unwrap_or("default")))
        .with("State", r.get("State").cloned())
        .or_null("ScheduleExpression", r.get("ScheduleExpression").cloned())
        .members()
}

fn pattern(r: &Value, listed: &str) -> Facet {
    match r.get("EventPattern") {
        None => Facet::absent(listed),
        Some(pattern) => {
            let parsed = pattern.as_str().and_then(|t| serde_json::from_str::<Value>(t).ok());
            Facet::expected(parsed, listed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_parsed_or_unknown() {
        let rule = |p: &str| json!({"EventPattern": p});
        assert_eq!(
            pattern(&rule(r#"{"source":["aws.iam"]}"#), "c"),
            Facet::known(json!({"source": ["aws.iam"]}), "c")
        );
        assert!(matches!(pattern(&rule("{"), "c"), Facet::Unknown(_)));
        assert!(matches!(pattern(&json!({"EventPattern": 7}), "c"), Facet::Unknown(_)));
        assert_eq!(pattern(&json!({}), "c"), Facet::absent("c"));
    }
}
