//! Data Lifecycle Manager: which policies take snapshots of what.

use assay_collect_aws_base::{Cx, Draft, Facet, Scope, Service, client};
use aws_sdk_dlm::types::{LifecyclePolicySummary, PolicyDetails, Tag};
use serde_json::{Map, Value};

use crate::shape::shape;

const POLICY: &str = "AWS::DLM::LifecyclePolicy";

/// Lifecycle policies.
pub static SERVICE: Service = Service {
    name: "dlm",
    scope: Scope::Regional,
    operations: &["dlm:GetLifecyclePolicies", "dlm:GetLifecyclePolicy"],
    actions: &["dlm:GetLifecyclePolicies", "dlm:GetLifecyclePolicy"],
    types: &[POLICY],
    collect: |cx| Box::pin(collect(cx)),
};

async fn collect(cx: Cx) {
    let dlm = client!(cx, aws_sdk_dlm);
    let mut listing = cx.listing(POLICY);
    // The operation has no pages.
    let called =
        cx.call("dlm:GetLifecyclePolicies", &[], dlm.get_lifecycle_policies().send()).await;
    if let Some(page) = listing.page(called) {
        match &page.answer.policies {
            None => listing.stop_malformed("the answer lacks Policies", &page.id),
            Some(all) => {
                let mut docs = Vec::new();
                for summary in all {
                    let Some(id) = summary.policy_id() else {
                        listing.stop_malformed("a policy without PolicyId", &page.id);
                        continue;
                    };
                    let mut doc = cx.resource(POLICY, cx.arn("dlm", &format!("policy/{id}")), id);
                    doc.set_all(facets(summary), &page.id);
                    let tags = summary.tags.iter().flatten();
                    let tags = tags.map(|(k, v)| (Some(k.as_str()), Some(v.as_str())));
                    doc.tags(tags, &page.id);
                    docs.push(doc);
                }
                let all = docs.into_iter().map(|doc| detailed(&cx, &dlm, doc));
                for doc in cx.bounded(all, 8).await {
                    cx.put(doc).await;
                }
            }
        }
    }
    listing.complete();
}

fn facets(s: &LifecyclePolicySummary) -> Map<String, Value> {
    shape()
        .with("PolicyId", s.policy_id())
        .with("State", s.state().map(|s| s.as_str()))
        .with("PolicyType", s.policy_type().map(|t| t.as_str()))
        .or_null("DefaultPolicy", s.default_policy())
        .members()
}

/// The document with what the policy targets.
async fn detailed(cx: &Cx, dlm: &aws_sdk_dlm::Client, mut doc: Draft) -> Draft {
    let id = doc.resource.name.clone();
    let called = cx
        .call(
            "dlm:GetLifecyclePolicy",
            &[("PolicyId", &id)],
            dlm.get_lifecycle_policy().policy_id(&id).send(),
        )
        .await;
    let details: Facet =
        called.facet(|a| a.policy.as_ref().and_then(|p| p.policy_details.as_ref()).map(details));
    doc.set("PolicyDetails", details);
    doc
}

fn details(d: &PolicyDetails) -> Value {
    let types = d.resource_types.as_ref().map(|l| l.iter().map(|t| t.as_str()).collect::<Vec<_>>());
    let boot = d.parameters().and_then(|p| p.exclude_boot_volume());
    let exclusions = d.exclusions().map(|e| {
        shape()
            .with("ExcludeBootVolumes", e.exclude_boot_volumes())
            .with("ExcludeVolumeTypes", e.exclude_volume_types.clone())
            .with("ExcludeTags", e.exclude_tags.as_deref().map(tags))
            .value()
    });
    shape()
        .with("PolicyLanguage", d.policy_language().map(|l| l.as_str()))
        .with("ResourceType", d.resource_type().map(|t| t.as_str()))
        .with("ResourceTypes", types)
        .with("TargetTags", d.target_tags.as_deref().map(tags))
        .with("ExcludeBootVolumes", boot)
        .with("Exclusions", exclusions)
        .value()
}

fn tags(all: &[Tag]) -> Vec<Value> {
    all.iter()
        .map(|t| shape().with("Key", Some(t.key())).with("Value", Some(t.value())).value())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dlm::types::ResourceTypeValues;
    use serde_json::json;

    #[test]
    fn what_a_policy_targets() {
        let tag = Tag::builder().key("backup").value("daily").build();
        let d =
            PolicyDetails::builder().resource_types(ResourceTypeValues::Volume).target_tags(tag);
        assert_eq!(
            details(&d.build()),
            json!({"ResourceTypes": ["VOLUME"], "TargetTags": [{"Key": "backup", "Value": "daily"}]})
        );
    }
}
