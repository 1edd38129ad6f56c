//! AWS Config: the recorder of a region and its status.

use assay_collect_aws_base::{Cx, Protocol, Reach, Scope, Service, WireOperation};
use assay_core::{Gap, GapState};
use serde_json::{Map, Value, json};

use crate::shape::shape;

const RECORDER: &str = "AWS::Config::ConfigurationRecorder";

/// One of the service's operations.
const fn operation(name: &'static str) -> WireOperation {
    WireOperation {
        service: "Config Service",
        endpoint_prefix: "config",
        reach: Reach::Regional,
        operation: name,
        protocol: Protocol::Json11 { target_prefix: "StarlingDoveService" },
    }
}

/// Recorders.
pub static SERVICE: Service = Service {
    name: "config",
    scope: Scope::Regional,
    operations: &[
        "config:DescribeConfigurationRecorders",
        "config:DescribeConfigurationRecorderStatus",
    ],
    actions: &[
        "config:DescribeConfigurationRecorders",
        "config:DescribeConfigurationRecorderStatus",
    ],
    types: &[RECORDER],
    collect: |cx| Box::pin(collect(cx)),
};

async fn collect(cx: Cx) {
    let mut listing = cx.listing(RECORDER);
    let describe = operation("DescribeConfigurationRecorders");
    let called = cx.wire("config:DescribeConfigurationRecorders", &[], describe, &json!({})).await;
    let Some(page) = listing.page(called) else { return };
    let Some(recorders) = page.answer.get("ConfigurationRecorders").and_then(Value::as_array)
    else {
        listing.stop_malformed("the answer lacks ConfigurationRecorders", &page.id);
        listing.complete();
        return;
    };
    if recorders.is_empty() {
        listing.complete();
        return;
    }
    let describe = operation("DescribeConfigurationRecorderStatus");
    let status =
        cx.wire("config:DescribeConfigurationRecorderStatus", &[], describe, &json!({})).await;
    for recorder in recorders {
        let Some(name) = text(recorder, "name") else {
            listing.stop(Gap::new(GapState::Malformed, "a recorder has no name"));
            continue;
        };
        let arn = text(recorder, "arn").map_or_else(
            || {
                let (p, r, a) = (cx.partition(), cx.region(), cx.account());
                format!("arn:{p}:config:{r}:{a}:configuration-recorder/{name}")
            },
            str::to_owned,
        );
        let mut doc = cx.resource(RECORDER, &arn, name);
        doc.set_all(facets(recorder), &page.id);
        doc.set(
            "ConfigurationRecorderStatus",
            status.facet(|s| {
                let all = s.get("ConfigurationRecordersStatus").and_then(Value::as_array)?;
                all.iter().find(|s| text(s, "name") == Some(name)).map(status_facets)
            }),
        );
        cx.put(doc).await;
    }
    listing.complete();
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// A flag that the service leaves out where it is false.
fn flag(value: &Value, name: &str) -> Value {
    value.get(name).cloned().unwrap_or(Value::Bool(false))
}

fn facets(r: &Value) -> Map<String, Value> {
    shape()
        .with("Name", r.get("name").cloned())
        .or_null("RoleARN", r.get("roleARN").cloned())
        .with("RecordingGroup", r.get("recordingGroup").map(group))
        .members()
}

fn group(g: &Value) -> Value {
    let names = |of: Option<&Value>| of.cloned().unwrap_or_else(|| json!([]));
    let excluded = g.get("exclusionByResourceTypes").and_then(|e| e.get("resourceTypes"));
    let strategy = g.get("recordingStrategy").and_then(|s| s.get("useOnly"));
    shape()
        .with("AllSupported", Some(flag(g, "allSupported")))
        .with("IncludeGlobalResourceTypes", Some(flag(g, "includeGlobalResourceTypes")))
        .with("ResourceTypes", Some(names(g.get("resourceTypes"))))
        .with("ExclusionByResourceTypes", Some(names(excluded)))
        .or_null("UseOnly", strategy.cloned())
        .value()
}

fn status_facets(s: &Value) -> Value {
    shape()
        .with("recording", Some(flag(s, "recording")))
        .or_null("lastStatus", s.get("lastStatus").cloned())
        .or_null("lastErrorCode", s.get("lastErrorCode").cloned())
        .value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strategy_is_kept() {
        let g = json!({"recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"}});
        assert_eq!(
            group(&g),
            json!({"AllSupported": false, "IncludeGlobalResourceTypes": false, "ResourceTypes": [],
                   "ExclusionByResourceTypes": [], "UseOnly": "EXCLUSION_BY_RESOURCE_TYPES"})
        );
        assert_eq!(group(&json!({}))["UseOnly"], Value::Null);
    }
}
