//! AWS Config: the recorder of a region and its status.

use assay_collect_aws_base::{Cx, Scope, Service, client};
use assay_core::{Gap, GapState};
use aws_sdk_config::types::{ConfigurationRecorder, ConfigurationRecorderStatus, RecordingGroup};
use serde_json::{Map, Value};

use crate::shape::shape;

const RECORDER: &str = "AWS::Config::ConfigurationRecorder";

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
    let client = client!(cx, aws_sdk_config);
    let mut listing = cx.listing(RECORDER);
    let call = client.describe_configuration_recorders().send();
    let called = cx.call("config:DescribeConfigurationRecorders", &[], call).await;
    let Some(page) = listing.page(called) else { return };
    let recorders = page.configuration_recorders();
    if recorders.is_empty() {
        listing.complete();
        return;
    }
    let call = client.describe_configuration_recorder_status().send();
    let status = cx.call("config:DescribeConfigurationRecorderStatus", &[], call).await;
    for recorder in recorders {
        let Some(name) = recorder.name() else {
            listing.stop(Gap::new(GapState::Malformed, "a recorder has no name"));
            continue;
        };
        let arn = recorder.arn().map_or_else(
            || {
                let (p, r, a) = (cx.partition(), cx.region(), cx.account());
                format!("arn:{p}:config:{r}:{a}:configuration-recorder/{name}")
            },
            str::to_owned,
        );
        let mut doc = cx.resource(RECORDER, &arn, name);
        doc.set_all(describe(recorder), &page.id);
        doc.set(
            "ConfigurationRecorderStatus",
            status.facet(|s| {
                let mine = |s: &&ConfigurationRecorderStatus| s.name() == Some(name);
                s.configuration_recorders_status().iter().find(mine).map(describe_status)
            }),
        );
        cx.put(doc).await;
    }
    listing.complete();
}

fn describe(r: &ConfigurationRecorder) -> Map<String, Value> {
    shape()
        .with("Name", r.name())
        .or_null("RoleARN", r.role_arn())
        .with("RecordingGroup", r.recording_group().map(group))
        .members()
}

/// The SDK reads an omitted flag as false, which is what the service means by it.
fn group(g: &RecordingGroup) -> Value {
    let names = |types: &[aws_sdk_config::types::ResourceType]| -> Vec<String> {
        types.iter().map(|t| t.as_str().to_owned()).collect()
    };
    let excluded =
        g.exclusion_by_resource_types().map(|e| names(e.resource_types())).unwrap_or_default();
    shape()
        .with("AllSupported", Some(g.all_supported()))
        .with("IncludeGlobalResourceTypes", Some(g.include_global_resource_types()))
        .with("ResourceTypes", Some(names(g.resource_types())))
        .with("ExclusionByResourceTypes", Some(excluded))
        .or_null("UseOnly", g.recording_strategy().and_then(|s| Some(s.use_only()?.as_str())))
        .value()
}

fn describe_status(s: &ConfigurationRecorderStatus) -> Value {
    shape()
        .with("recording", Some(s.recording()))
        .or_null("lastStatus", s.last_status().map(|s| s.as_str()))
        .or_null("lastErrorCode", s.last_error_code())
        .value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_config::types::{RecordingStrategy, RecordingStrategyType};
    use serde_json::json;

    #[test]
    fn the_strategy_is_kept() {
        let strategy = RecordingStrategy::builder()
            .use_only(RecordingStrategyType::ExclusionByResourceTypes)
            .build();
        let g = RecordingGroup::builder().recording_strategy(strategy).build();
        assert_eq!(
            group(&g),
            json!({"AllSupported": false, "IncludeGlobalResourceTypes": false, "ResourceTypes": [],
                   "ExclusionByResourceTypes": [], "UseOnly": "EXCLUSION_BY_RESOURCE_TYPES"})
        );
        assert_eq!(group(&RecordingGroup::builder().build())["UseOnly"], Value::Null);
    }
}
