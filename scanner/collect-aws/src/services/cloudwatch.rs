//! CloudWatch: metric and composite alarms of a region, in one listing.

use assay_collect_aws_base::{Cx, Scope, Service, client};
use assay_core::{Gap, GapState};
use aws_sdk_cloudwatch::types::{AlarmType, CompositeAlarm, MetricAlarm, MetricDataQuery};
use serde_json::{Map, Value, json};

use crate::shape::shape;

const ALARM: &str = "AWS::CloudWatch::Alarm";
const COMPOSITE: &str = "AWS::CloudWatch::CompositeAlarm";

/// Alarms.
pub static SERVICE: Service = Service {
    name: "cloudwatch",
    scope: Scope::Regional,
    operations: &["cloudwatch:DescribeAlarms"],
    actions: &["cloudwatch:DescribeAlarms"],
    types: &[ALARM, COMPOSITE],
    collect: |cx| Box::pin(collect(cx)),
};

async fn collect(cx: Cx) {
    let client = client!(cx, aws_sdk_cloudwatch);
    let mut listing = cx.listings(&[ALARM, COMPOSITE]);
    let mut token = None;
    loop {
        let call = client
            .describe_alarms()
            .alarm_types(AlarmType::MetricAlarm)
            .alarm_types(AlarmType::CompositeAlarm)
            .max_records(100)
            .set_next_token(token)
            .send();
        let called = cx.call("cloudwatch:DescribeAlarms", &[], call).await;
        let Some(page) = listing.page(called) else { return };
        let metric = page.metric_alarms().iter();
        let metric = metric.map(|a| (ALARM, a.alarm_arn(), a.alarm_name(), describe(a)));
        let composite = page.composite_alarms().iter();
        let composite =
            composite.map(|a| (COMPOSITE, a.alarm_arn(), a.alarm_name(), describe_composite(a)));
        for (kind, arn, name, members) in metric.chain(composite) {
            let Some((arn, name)) = arn.zip(name) else {
                listing.stop(Gap::new(GapState::Malformed, "an alarm has no ARN or no name"));
                continue;
            };
            let mut doc = cx.resource(kind, arn, name);
            doc.set_all(members, &page.id);
            cx.put(doc).await;
        }
        token = listing.more(page.next_token());
        if token.is_none() {
            break;
        }
    }
    listing.complete();
}

fn describe(a: &MetricAlarm) -> Map<String, Value> {
    let dimensions: Vec<Value> = a
        .dimensions()
        .iter()
        .map(|d| shape().with("Name", d.name()).with("Value", d.value()).value())
        .collect();
    let metrics: Vec<Value> = a.metrics().iter().map(query).collect();
    shape()
        .with("AlarmName", a.alarm_name())
        .with("ActionsEnabled", a.actions_enabled())
        .with("AlarmActions", Some(a.alarm_actions()))
        .with("OKActions", Some(a.ok_actions()))
        .with("InsufficientDataActions", Some(a.insufficient_data_actions()))
        .or_null("MetricName", a.metric_name())
        .or_null("Namespace", a.namespace())
        .or_null("Statistic", a.statistic().map(|s| s.as_str()))
        .or_null("Period", a.period())
        .or_null("EvaluationPeriods", a.evaluation_periods())
        .or_null("DatapointsToAlarm", a.datapoints_to_alarm())
        .or_null("Threshold", a.threshold())
        .or_null("ComparisonOperator", a.comparison_operator().map(|c| c.as_str()))
        .or_null("TreatMissingData", a.treat_missing_data())
        .with("Dimensions", Some(dimensions))
        .with("Metrics", Some(if metrics.is_empty() { Value::Null } else { json!(metrics) }))
        .members()
}

fn query(q: &MetricDataQuery) -> Value {
    let metric = q.metric_stat().and_then(|s| s.metric());
    shape()
        .with("Id", q.id())
        .with("Expression", q.expression())
        .with("MetricName", metric.and_then(|m| m.metric_name()))
        .with("Namespace", metric.and_then(|m| m.namespace()))
        .with("Stat", q.metric_stat().and_then(|s| s.stat()))
        .with("ReturnData", q.return_data())
        .value()
}

fn describe_composite(a: &CompositeAlarm) -> Map<String, Value> {
    shape()
        .with("AlarmName", a.alarm_name())
        .with("AlarmRule", a.alarm_rule())
        .with("ActionsEnabled", a.actions_enabled())
        .with("AlarmActions", Some(a.alarm_actions()))
        .with("OKActions", Some(a.ok_actions()))
        .with("InsufficientDataActions", Some(a.insufficient_data_actions()))
        .or_null("ActionsSuppressor", a.actions_suppressor())
        .members()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_that_the_answer_does_not_mention_stay_unknown() {
        let d = describe(&MetricAlarm::builder().alarm_name("a").alarm_actions("t").build());
        assert_eq!(d.get("ActionsEnabled"), None);
        assert_eq!(d["AlarmActions"], json!(["t"]));
        assert_eq!(d["Metrics"], Value::Null);
    }
}
