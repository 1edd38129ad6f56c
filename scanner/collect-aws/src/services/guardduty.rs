//! GuardDuty: the detector of a region, and its open findings of high severity.

use assay_collect_aws_base::{Cx, Scope, Service, client};
use assay_core::{Gap, GapState};
use aws_sdk_guardduty::Client;
use aws_sdk_guardduty::operation::get_detector::GetDetectorOutput;
use aws_sdk_guardduty::types::{Condition, Finding, FindingCriteria};
use serde_json::{Map, Value};

use crate::shape::shape;

const DETECTOR: &str = "AWS::GuardDuty::Detector";
const FINDING: &str = "AWS::GuardDuty::Finding";
/// From here on a finding is of high severity.
const HIGH: i64 = 7;

/// Detectors and findings.
pub static SERVICE: Service = Service {
    name: "guardduty",
    scope: Scope::Regional,
    operations: &[
        "guardduty:ListDetectors",
        "guardduty:GetDetector",
        "guardduty:ListFindings",
        "guardduty:GetFindings",
    ],
    actions: &[
        "guardduty:ListDetectors",
        "guardduty:GetDetector",
        "guardduty:ListFindings",
        "guardduty:GetFindings",
    ],
    types: &[DETECTOR, FINDING],
    collect: |cx| Box::pin(collect(cx)),
};

async fn collect(cx: Cx) {
    let client = client!(cx, aws_sdk_guardduty);
    let mut detectors = cx.listing(DETECTOR);
    let mut findings = cx.listing(FINDING);
    let mut token = None;
    loop {
        let call = client.list_detectors().max_results(50).set_next_token(token).send();
        let called = cx.call("guardduty:ListDetectors", &[], call).await;
        if let Err(e) = &called.result {
            findings.stopped(e);
        }
        let Some(page) = detectors.page(called) else { return };
        for id in page.detector_ids() {
            detector(&cx, &client, id).await;
            if let Err(gap) = read_findings(&cx, &client, id).await {
                findings.stop(gap);
            }
        }
        token = detectors.more(page.next_token());
        if token.is_none() {
            break;
        }
    }
    if detectors.is_stopped() {
        findings.stop(Gap::new(GapState::Failed, "not every detector is known"));
    }
    detectors.complete();
    findings.complete();
}

async fn detector(cx: &Cx, client: &Client, id: &str) {
    let (p, r, a) = (cx.partition(), cx.region(), cx.account());
    let mut doc = cx.resource(DETECTOR, format!("arn:{p}:guardduty:{r}:{a}:detector/{id}"), id);
    let call = client.get_detector().detector_id(id).send();
    let called = cx.call("guardduty:GetDetector", &[("detector", id)], call).await;
    match &called.result {
        Ok(answer) => {
            doc.set_all(describe(answer), &called.id);
            // The service omits an empty map.
            let tags = answer.tags().into_iter().flatten();
            doc.tags(tags.map(|(k, v)| (Some(k.as_str()), Some(v.as_str()))), &called.id);
        }
        Err(e) => {
            doc.lose(&["Enable", "FindingPublishingFrequency", "Features"], &e.gap());
            doc.lose_tags(e.gap());
        }
    }
    cx.put(doc).await;
}

async fn read_findings(cx: &Cx, client: &Client, detector: &str) -> Result<(), Gap> {
    let criteria = FindingCriteria::builder()
        .criterion("severity", Condition::builder().greater_than_or_equal(HIGH).build())
        .criterion("service.archived", Condition::builder().equals("false").build())
        .build();
    let asked = [("detector", detector)];
    let mut seen: Vec<String> = Vec::new();
    loop {
        let call = client
            .list_findings()
            .detector_id(detector)
            .finding_criteria(criteria.clone())
            .max_results(50)
            .set_next_token(seen.last().cloned())
            .send();
        let called = cx.call("guardduty:ListFindings", &asked, call).await;
        let page = called.result.as_ref().map_err(assay_collect::CallError::gap)?;
        if !page.finding_ids().is_empty() {
            let ids = Some(page.finding_ids().to_vec());
            let call = client.get_findings().detector_id(detector).set_finding_ids(ids).send();
            let called = cx.call("guardduty:GetFindings", &asked, call).await;
            let answer = called.result.as_ref().map_err(assay_collect::CallError::gap)?;
            for finding in answer.findings() {
                let Some((arn, id)) = finding.arn().zip(finding.id()) else {
                    return Err(Gap::new(GapState::Malformed, "a finding has no id or no ARN"));
                };
                let mut doc = cx.resource(FINDING, arn, id);
                doc.set_all(describe_finding(finding, detector), &called.id);
                cx.put(doc).await;
            }
            if answer.findings().len() < page.finding_ids().len() {
                return Err(Gap::new(GapState::Malformed, "the provider left findings out"));
            }
        }
        match page.next_token().filter(|t| !t.is_empty()) {
            None => return Ok(()),
            Some(t) if seen.iter().any(|s| s == t) => {
                return Err(Gap::new(GapState::Malformed, "the provider repeated a page token"));
            }
            Some(t) => seen.push(t.to_owned()),
        }
    }
}

fn describe(d: &GetDetectorOutput) -> Map<String, Value> {
    let features: Vec<Value> = d
        .features()
        .iter()
        .map(|f| {
            let more: Vec<Value> = f
                .additional_configuration()
                .iter()
                .map(|m| {
                    shape()
                        .with("Name", m.name().map(|n| n.as_str()))
                        .with("Status", m.status().map(|s| s.as_str()))
                        .value()
                })
                .collect();
            shape()
                .with("Name", f.name().map(|n| n.as_str()))
                .with("Status", f.status().map(|s| s.as_str()))
                .with("AdditionalConfiguration", Some(more))
                .value()
        })
        .collect();
    shape()
        .with("Enable", d.status().map(|s| s.as_str() == "ENABLED"))
        .or_null("FindingPublishingFrequency", d.finding_publishing_frequency().map(|f| f.as_str()))
        .with("Features", Some(features))
        .members()
}

fn describe_finding(f: &Finding, detector: &str) -> Map<String, Value> {
    shape()
        .with("Id", f.id())
        .with("DetectorId", Some(detector))
        .with("Type", f.r#type())
        .with("Severity", f.severity())
        .with("CreatedAt", f.created_at())
        .with("UpdatedAt", f.updated_at())
        .members()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_guardduty::types::{
        DetectorFeatureConfigurationResult, DetectorFeatureResult, DetectorStatus, FeatureStatus,
    };
    use serde_json::json;

    #[test]
    fn features_keep_their_status() {
        let feature = DetectorFeatureConfigurationResult::builder()
            .name(DetectorFeatureResult::S3DataEvents)
            .status(FeatureStatus::Disabled)
            .build();
        let d = GetDetectorOutput::builder()
            .service_role("role")
            .status(DetectorStatus::Enabled)
            .features(feature)
            .build();
        let d = describe(&d);
        assert_eq!(d["Enable"], true);
        assert_eq!(
            d["Features"],
            json!([{"Name": "S3_DATA_EVENTS", "Status": "DISABLED", "AdditionalConfiguration": []}])
        );
    }
}
