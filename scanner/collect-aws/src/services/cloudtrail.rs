//! CloudTrail: trails in their home region, with status, selectors and tags.

use assay_collect::bounded;
use assay_collect_aws_base::{Cx, Scope, Service, client};
use assay_core::{Gap, GapState};
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::operation::get_event_selectors::GetEventSelectorsOutput;
use aws_sdk_cloudtrail::operation::get_trail_status::GetTrailStatusOutput;
use aws_sdk_cloudtrail::types::{AdvancedEventSelector, EventSelector, Trail};
use serde_json::{Map, Value, json};

use crate::shape::{shape, time};

const TRAIL: &str = "AWS::CloudTrail::Trail";
/// Trails read at once.
const READS: usize = 4;
/// `ListTags` takes so many trails at once.
const TAGGED: usize = 20;

/// Trails.
pub static SERVICE: Service = Service {
    name: "cloudtrail",
    scope: Scope::Regional,
    operations: &[
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetTrailStatus",
        "cloudtrail:GetEventSelectors",
        "cloudtrail:ListTags",
    ],
    actions: &[
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetTrailStatus",
        "cloudtrail:GetEventSelectors",
        "cloudtrail:ListTags",
    ],
    types: &[TRAIL],
    collect: |cx| Box::pin(collect(cx)),
};

async fn collect(cx: Cx) {
    let client = client!(cx, aws_sdk_cloudtrail);
    let mut listing = cx.listing(TRAIL);
    // With shadows: a trail of the organisation shows in a member account as nothing else.
    let call = client.describe_trails().include_shadow_trails(true).send();
    let Some(page) = listing.page(cx.call("cloudtrail:DescribeTrails", &[], call).await) else {
        return;
    };
    let mut home = Vec::new();
    for trail in page.trail_list() {
        let (Some(arn), Some(region)) = (trail.trail_arn(), trail.home_region()) else {
            listing.stop(Gap::new(GapState::Malformed, "a trail has no ARN or no home region"));
            continue;
        };
        // A trail whose home is not in scope is seen from each region; the first one tells of it.
        let homeless = !cx.regions().iter().any(|r| r == region);
        if region == cx.region()
            || homeless && cx.regions().first().is_some_and(|r| r == cx.region())
        {
            home.push((arn, trail));
        }
    }
    for some in home.chunks(TAGGED) {
        let tags = tags(&cx, &client, some.iter().map(|(arn, _)| *arn)).await;
        let reads: Vec<_> =
            some.iter().map(|(arn, t)| trail(&cx, &client, &tags, &page.id, arn, t)).collect();
        bounded(reads, READS).await;
    }
    listing.complete();
}

/// Tags by ARN with the id of their call, or why there are none.
type Tags = Result<(Vec<(String, Vec<aws_sdk_cloudtrail::types::Tag>)>, String), Gap>;

async fn tags(cx: &Cx, client: &Client, arns: impl Iterator<Item = &str>) -> Tags {
    // Other accounts' trails cannot be asked for, and one of them would fail the whole call.
    let own: Vec<String> =
        arns.filter(|a| a.split(':').nth(4) == Some(cx.account())).map(str::to_owned).collect();
    if own.is_empty() {
        return Ok((Vec::new(), String::new()));
    }
    let call = client.list_tags().set_resource_id_list(Some(own)).send();
    let called = cx.call("cloudtrail:ListTags", &[], call).await;
    match &called.result {
        Err(e) => Err(e.gap()),
        Ok(answer) => {
            let read = answer.resource_tag_list().iter();
            let read =
                read.filter_map(|r| Some((r.resource_id()?.to_owned(), r.tags_list().to_vec())));
            Ok((read.collect(), called.id.clone()))
        }
    }
}

async fn trail(cx: &Cx, client: &Client, tags: &Tags, listed: &str, arn: &str, trail: &Trail) {
    let name = trail.name().unwrap_or(arn);
    let mut doc = cx.resource(TRAIL, arn, name);
    doc.region(trail.home_region().unwrap_or(cx.region()));
    doc.set_all(describe(trail), listed);
    let asked = [("trail", arn)];
    let status = client.get_trail_status().name(arn).send();
    let selectors = client.get_event_selectors().trail_name(arn).send();
    let (status, selectors) = tokio::join!(
        cx.call("cloudtrail:GetTrailStatus", &asked, status),
        cx.call("cloudtrail:GetEventSelectors", &asked, selectors),
    );
    match &status.result {
        Ok(answer) => doc.set_all(describe_status(answer), &status.id),
        Err(e) => doc.lose(STATUS, &e.gap()),
    };
    match &selectors.result {
        Ok(answer) => doc.set_all(describe_selectors(answer), &selectors.id),
        Err(e) => doc.lose(SELECTORS, &e.gap()),
    };
    match tags {
        Err(gap) => {
            doc.lose_tags(gap.clone());
        }
        Ok((all, call)) => {
            if let Some((_, tags)) = all.iter().find(|(a, _)| a == arn) {
                // A tag of CloudTrail may have a key alone.
                doc.tags(tags.iter().map(|t| (Some(t.key()), Some(t.value().unwrap_or("")))), call);
            }
        }
    }
    cx.put(doc).await;
}

const STATUS: &[&str] = &[
    "IsLogging",
    "StartLoggingTime",
    "LatestDeliveryTime",
    "LatestDeliveryError",
    "LatestCloudWatchLogsDeliveryTime",
    "LatestCloudWatchLogsDeliveryError",
];

const SELECTORS: &[&str] = &["EventSelectors", "AdvancedEventSelectors"];

fn describe(t: &Trail) -> Map<String, Value> {
    shape()
        .with("TrailName", t.name())
        .with("HomeRegion", t.home_region())
        .with("IsMultiRegionTrail", t.is_multi_region_trail())
        .with("IsOrganizationTrail", t.is_organization_trail())
        .with("IncludeGlobalServiceEvents", t.include_global_service_events())
        .with("S3BucketName", t.s3_bucket_name())
        .or_null("S3KeyPrefix", filled(t.s3_key_prefix()))
        .or_null("SnsTopicName", filled(t.sns_topic_arn()))
        .with("EnableLogFileValidation", t.log_file_validation_enabled())
        .or_null("KMSKeyId", filled(t.kms_key_id()))
        .or_null("CloudWatchLogsLogGroupArn", filled(t.cloud_watch_logs_log_group_arn()))
        .or_null("CloudWatchLogsRoleArn", filled(t.cloud_watch_logs_role_arn()))
        .members()
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|t| !t.is_empty())
}

fn describe_status(s: &GetTrailStatusOutput) -> Map<String, Value> {
    shape()
        .with("IsLogging", s.is_logging())
        .or_null("StartLoggingTime", s.start_logging_time().and_then(time))
        .or_null("LatestDeliveryTime", s.latest_delivery_time().and_then(time))
        .or_null("LatestDeliveryError", filled(s.latest_delivery_error()))
        .or_null(
            "LatestCloudWatchLogsDeliveryTime",
            s.latest_cloud_watch_logs_delivery_time().and_then(time),
        )
        .or_null(
            "LatestCloudWatchLogsDeliveryError",
            filled(s.latest_cloud_watch_logs_delivery_error()),
        )
        .members()
}

fn describe_selectors(answer: &GetEventSelectorsOutput) -> Map<String, Value> {
    let basic: Vec<Value> = answer.event_selectors().iter().map(basic).collect();
    let advanced: Vec<Value> = answer.advanced_event_selectors().iter().map(advanced).collect();
    if basic.is_empty() && advanced.is_empty() {
        // Every trail has selectors of one kind.
        return Map::new();
    }
    let or_null = |list: Vec<Value>| if list.is_empty() { Value::Null } else { json!(list) };
    shape()
        .with("EventSelectors", Some(or_null(basic)))
        .with("AdvancedEventSelectors", Some(or_null(advanced)))
        .members()
}

fn basic(s: &EventSelector) -> Value {
    let data: Vec<Value> = s
        .data_resources()
        .iter()
        .map(|d| shape().with("Type", d.r#type()).with("Values", Some(d.values())).value())
        .collect();
    shape()
        .with("ReadWriteType", s.read_write_type().map(|t| t.as_str()))
        .with("IncludeManagementEvents", s.include_management_events())
        .with("DataResources", Some(data))
        .with("ExcludeManagementEventSources", Some(s.exclude_management_event_sources()))
        .value()
}

fn advanced(s: &AdvancedEventSelector) -> Value {
    let fields: Vec<Value> = s
        .field_selectors()
        .iter()
        .map(|f| {
            let some = |values: &[String]| (!values.is_empty()).then(|| values.to_vec());
            shape()
                .with("Field", Some(f.field()))
                .with("Equals", some(f.equals()))
                .with("StartsWith", some(f.starts_with()))
                .with("EndsWith", some(f.ends_with()))
                .with("NotEquals", some(f.not_equals()))
                .with("NotStartsWith", some(f.not_starts_with()))
                .with("NotEndsWith", some(f.not_ends_with()))
                .value()
        })
        .collect();
    shape().with("Name", filled(s.name())).with("FieldSelectors", Some(fields)).value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_cloudtrail::types::{AdvancedFieldSelector, ReadWriteType};

    #[test]
    fn what_a_trail_lacks_is_null_or_left_out() {
        let t = Trail::builder().name("main").is_multi_region_trail(true).kms_key_id("").build();
        let d = describe(&t);
        assert_eq!(d.get("IsMultiRegionTrail"), Some(&json!(true)));
        assert_eq!(d.get("KMSKeyId"), Some(&Value::Null));
        assert_eq!(d.get("EnableLogFileValidation"), None, "unknown, never false");
    }

    #[test]
    fn one_kind_of_selectors_is_null() {
        let basic = EventSelector::builder()
            .read_write_type(ReadWriteType::All)
            .include_management_events(true)
            .build();
        let d =
            describe_selectors(&GetEventSelectorsOutput::builder().event_selectors(basic).build());
        assert_eq!(d["AdvancedEventSelectors"], Value::Null);
        assert_eq!(
            d["EventSelectors"],
            json!([{"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [],
                    "ExcludeManagementEventSources": []}])
        );
        let field =
            AdvancedFieldSelector::builder().field("eventCategory").equals("Data").build().unwrap();
        let s = AdvancedEventSelector::builder().field_selectors(field).build().unwrap();
        let d = describe_selectors(
            &GetEventSelectorsOutput::builder().advanced_event_selectors(s).build(),
        );
        assert_eq!(d["EventSelectors"], Value::Null);
        assert_eq!(
            d["AdvancedEventSelectors"],
            json!([{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}])
        );
        assert!(describe_selectors(&GetEventSelectorsOutput::builder().build()).is_empty());
    }
}
