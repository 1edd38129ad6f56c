//! IAM Access Analyzer: the analyzers of a region, and the active findings of those that look for
//! access from outside.

use assay_collect_aws_base::{Cx, ListingGuard, Scope, Service, client};
use assay_core::{Gap, GapState};
use aws_sdk_accessanalyzer::Client;
use aws_sdk_accessanalyzer::types::{AnalyzerSummary, Criterion, FindingSummaryV2, Type};
use serde_json::{Map, Value};

use crate::shape::{shape, time};

const ANALYZER: &str = "AWS::AccessAnalyzer::Analyzer";
const FINDING: &str = "Assay::AWS::AccessAnalyzerFinding";

/// Analyzers and findings.
pub static SERVICE: Service = Service {
    name: "accessanalyzer",
    scope: Scope::Regional,
    operations: &["access-analyzer:ListAnalyzers", "access-analyzer:ListFindingsV2"],
    actions: &["access-analyzer:ListAnalyzers", "access-analyzer:ListFindings"],
    types: &[ANALYZER, FINDING],
    collect: |cx| Box::pin(collect(cx)),
};

async fn collect(cx: Cx) {
    let client = client!(cx, aws_sdk_accessanalyzer);
    let mut listing = cx.listing(ANALYZER);
    let mut findings = cx.listing(FINDING);
    let mut external = Vec::new();
    let mut token = None;
    loop {
        let called = client.list_analyzers().set_next_token(token).send();
        let called = cx.call("access-analyzer:ListAnalyzers", &[], called).await;
        if let Err(e) = &called.result {
            findings.stopped(e);
        }
        let Some(page) = listing.page(called) else { break };
        for a in page.analyzers() {
            if matches!(a.r#type(), Type::Account | Type::Organization) {
                external.push(a.arn().to_owned());
            }
            let mut doc = cx.resource(ANALYZER, a.arn(), a.name());
            doc.set_all(analyzer(a), &page.id);
            let tags = a.tags().into_iter().flatten();
            doc.tags(tags.map(|(k, v)| (Some(k.as_str()), Some(v.as_str()))), &page.id);
            cx.put(doc).await;
        }
        token = listing.more(page.next_token());
        if token.is_none() {
            break;
        }
    }
    if listing.is_stopped() {
        findings.stop(Gap::new(GapState::Failed, "the analyzers of the region are not all known"));
    }
    listing.complete();
    for arn in &external {
        active(&cx, &client, &mut findings, arn).await;
    }
    findings.complete();
}

/// The active findings of one analyzer.
async fn active(cx: &Cx, client: &Client, listing: &mut ListingGuard, arn: &str) {
    let mut token = None;
    loop {
        let call = client
            .list_findings_v2()
            .analyzer_arn(arn)
            .filter("status", Criterion::builder().eq("ACTIVE").build())
            .set_next_token(token);
        let params = [("analyzer", arn), ("status", "ACTIVE")];
        let called = cx.call("access-analyzer:ListFindingsV2", &params, call.send()).await;
        let Some(page) = listing.page(called) else { return };
        for f in page.findings() {
            let id = format!("{arn}/finding/{}", f.id());
            let mut doc = cx.resource(FINDING, &id, f.resource().unwrap_or_else(|| f.id()));
            doc.set_all(finding(arn, f), &page.id);
            cx.put(doc).await;
        }
        token = listing.more(page.next_token());
        if token.is_none() {
            return;
        }
    }
}

fn analyzer(a: &AnalyzerSummary) -> Map<String, Value> {
    let reason = a.status_reason().map(|r| shape().with("Code", Some(r.code().as_str())).value());
    shape()
        .with("AnalyzerName", Some(a.name()))
        .with("Type", Some(a.r#type().as_str()))
        .with("Status", Some(a.status().as_str()))
        .or_null("StatusReason", reason)
        .with("CreatedAt", time(a.created_at()))
        .or_null("LastResourceAnalyzedAt", a.last_resource_analyzed_at().and_then(time))
        .members()
}

fn finding(arn: &str, f: &FindingSummaryV2) -> Map<String, Value> {
    shape()
        .with("AnalyzerArn", Some(arn))
        .with("FindingType", f.finding_type().map(|t| t.as_str()))
        .with("Status", Some(f.status().as_str()))
        .with("ResourceType", Some(f.resource_type().as_str()))
        .with("ResourceOwnerAccount", Some(f.resource_owner_account()))
        .or_null("Resource", f.resource())
        .or_null("Error", f.error())
        .with("CreatedAt", time(f.created_at()))
        .with("UpdatedAt", time(f.updated_at()))
        .with("AnalyzedAt", time(f.analyzed_at()))
        .members()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_accessanalyzer::types::{AnalyzerStatus, FindingStatus, FindingType, ResourceType};
    use aws_smithy_types::DateTime;
    use serde_json::json;

    #[test]
    fn analyzers() {
        let a = AnalyzerSummary::builder()
            .arn("a")
            .name("n")
            .r#type(Type::Account)
            .status(AnalyzerStatus::Active)
            .created_at(DateTime::from_secs(1_700_000_000))
            .build()
            .unwrap();
        let m = analyzer(&a);
        assert_eq!(m["Type"], json!("ACCOUNT"));
        assert_eq!(m["StatusReason"], Value::Null);
    }

    #[test]
    fn a_finding_without_a_date_does_not_look_old() {
        let f = FindingSummaryV2::builder()
            .id("f")
            .resource_type(ResourceType::AwsS3Bucket)
            .resource_owner_account("1")
            .status(FindingStatus::Active)
            .finding_type(FindingType::ExternalAccess)
            .created_at(DateTime::from_secs(0))
            .updated_at(DateTime::from_secs(1_700_000_000))
            .analyzed_at(DateTime::from_secs(1_700_000_000))
            .build()
            .unwrap();
        let m = finding("a", &f);
        assert!(!m.contains_key("CreatedAt"));
        assert_eq!(m["ResourceType"], json!("AWS::S3::Bucket"));
    }
}
