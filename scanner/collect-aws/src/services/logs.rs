//! CloudWatch Logs: groups and metric filters of a region, each in one listing.

use assay_collect_aws_base::{Cx, Scope, Service, client};
use assay_core::{Gap, GapState};
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::{LogGroup, MetricFilter};
use serde_json::{Map, Value};

use crate::shape::shape;

const GROUP: &str = "AWS::Logs::LogGroup";
const FILTER: &str = "AWS::Logs::MetricFilter";
/// The largest page of both operations.
const PAGE: i32 = 50;

/// Log groups and metric filters.
pub static SERVICE: Service = Service {
    name: "logs",
    scope: Scope::Regional,
    operations: &["logs:DescribeLogGroups", "logs:DescribeMetricFilters"],
    actions: &["logs:DescribeLogGroups", "logs:DescribeMetricFilters"],
    types: &[GROUP, FILTER],
    collect: |cx| Box::pin(collect(cx)),
};

async fn collect(cx: Cx) {
    let client = client!(cx, aws_sdk_cloudwatchlogs);
    tokio::join!(groups(&cx, &client), filters(&cx, &client));
}

async fn groups(cx: &Cx, client: &Client) {
    let mut listing = cx.listing(GROUP);
    let mut token = None;
    loop {
        let call = client.describe_log_groups().limit(PAGE).set_next_token(token).send();
        let called = cx.call("logs:DescribeLogGroups", &[], call).await;
        let Some(page) = listing.page(called) else { return };
        for group in page.log_groups() {
            let Some(name) = group.log_group_name() else {
                listing.stop(Gap::new(GapState::Malformed, "a log group has no name"));
                continue;
            };
            let arn = group
                .log_group_arn()
                .or_else(|| group.arn())
                .map_or_else(|| group_arn(cx, name), |arn| arn.trim_end_matches(":*").to_owned());
            let mut doc = cx.resource(GROUP, &arn, name);
            doc.set_all(describe_group(group), &page.id);
            cx.put(doc).await;
        }
        token = listing.more(page.next_token());
        if token.is_none() {
            break;
        }
    }
    listing.complete();
}

async fn filters(cx: &Cx, client: &Client) {
    let mut listing = cx.listing(FILTER);
    let mut token = None;
    loop {
        let call = client.describe_metric_filters().limit(PAGE).set_next_token(token).send();
        let called = cx.call("logs:DescribeMetricFilters", &[], call).await;
        let Some(page) = listing.page(called) else { return };
        for filter in page.metric_filters() {
            let Some((name, group)) = filter.filter_name().zip(filter.log_group_name()) else {
                let why = "a metric filter has no name or no log group";
                listing.stop(Gap::new(GapState::Malformed, why));
                continue;
            };
            let arn = format!("{}:metric-filter:{name}", group_arn(cx, group));
            let mut doc = cx.resource(FILTER, &arn, name);
            doc.set_all(describe_filter(filter), &page.id);
            cx.put(doc).await;
        }
        token = listing.more(page.next_token());
        if token.is_none() {
            break;
        }
    }
    listing.complete();
}

fn group_arn(cx: &Cx, name: &str) -> String {
    format!("arn:{}:logs:{}:{}:log-group:{name}", cx.partition(), cx.region(), cx.account())
}

fn describe_group(g: &LogGroup) -> Map<String, Value> {
    shape()
        .with("LogGroupName", g.log_group_name())
        // The service omits the retention of a group that keeps its events for ever.
        .or_null("RetentionInDays", g.retention_in_days())
        .or_null("KmsKeyId", g.kms_key_id())
        // Groups from before there were classes are of the standard one.
        .with("LogGroupClass", Some(g.log_group_class().map_or("STANDARD", |c| c.as_str())))
        .members()
}

fn describe_filter(f: &MetricFilter) -> Map<String, Value> {
    let transformations: Vec<Value> = f
        .metric_transformations()
        .iter()
        .map(|t| {
            let mut dimensions: Vec<String> =
                t.dimensions().into_iter().flatten().map(|(k, _)| k.clone()).collect();
            dimensions.sort();
            shape()
                .with("MetricName", Some(t.metric_name()))
                .with("MetricNamespace", Some(t.metric_namespace()))
                .with("MetricValue", Some(t.metric_value()))
                .with("DefaultValue", t.default_value())
                .with("Dimensions", Some(dimensions))
                .value()
        })
        .collect();
    shape()
        .with("FilterName", f.filter_name())
        .with("LogGroupName", f.log_group_name())
        .with("FilterPattern", f.filter_pattern())
        .or_null("FieldSelectionCriteria", f.field_selection_criteria())
        .with("MetricTransformations", Some(transformations))
        .members()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_group_without_retention_keeps_events_for_ever() {
        let d = describe_group(&LogGroup::builder().log_group_name("g").build());
        assert_eq!(d["RetentionInDays"], Value::Null);
        let d = describe_group(&LogGroup::builder().retention_in_days(30).build());
        assert_eq!(d["RetentionInDays"], json!(30));
    }

    #[test]
    fn a_filter_without_a_pattern_stays_unknown() {
        let d = describe_filter(&MetricFilter::builder().filter_name("f").build());
        assert_eq!(d.get("FilterPattern"), None);
        assert_eq!(d["FieldSelectionCriteria"], Value::Null);
    }
}
