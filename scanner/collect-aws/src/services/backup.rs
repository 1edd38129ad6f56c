//! AWS Backup: which resources have recovery points.

use assay_collect_aws_base::{Cx, Protocol, Reach, Scope, Service, WireOperation};
use serde_json::{Map, Value, json};

use crate::shape::{epoch, shape};

const PROTECTED: &str = "AWS::Backup::ProtectedResource";

const LIST: WireOperation = WireOperation {
    service: "Backup",
    endpoint_prefix: "backup",
    reach: Reach::Regional,
    operation: "ListProtectedResources",
    protocol: Protocol::RestGet { path: "/resources/" },
};

/// Protected resources.
pub static SERVICE: Service = Service {
    name: "backup",
    scope: Scope::Regional,
    operations: &["backup:ListProtectedResources"],
    actions: &["backup:ListProtectedResources"],
    types: &[PROTECTED],
    collect: |cx| Box::pin(collect(cx)),
};

async fn collect(cx: Cx) {
    let mut listing = cx.listing(PROTECTED);
    let mut token: Option<String> = None;
    loop {
        let mut input = json!({"maxResults": 1000});
        if let (Some(t), Some(map)) = (token.take(), input.as_object_mut()) {
            map.insert("nextToken".to_owned(), t.into());
        }
        let called = cx.wire("backup:ListProtectedResources", &[], LIST, &input).await;
        let Some(page) = listing.page(called) else { break };
        let Some(all) = page.answer.get("Results").and_then(Value::as_array) else {
            listing.stop_malformed("the answer lacks Results", &page.id);
            break;
        };
        for one in all {
            let Some(arn) = one.get("ResourceArn").and_then(Value::as_str) else {
                listing.stop_malformed("a protected resource without ResourceArn", &page.id);
                continue;
            };
            let id = cx.arn("backup", &format!("protected-resource/{arn}"));
            let mut doc = cx.resource(PROTECTED, id, arn);
            doc.set_all(facets(one), &page.id);
            cx.put(doc).await;
        }
        match listing.more(page.answer.get("NextToken").and_then(Value::as_str)) {
            Some(next) => token = Some(next),
            None => break,
        }
    }
    listing.complete();
}

fn facets(one: &Value) -> Map<String, Value> {
    shape()
        .with("ResourceArn", one.get("ResourceArn").cloned())
        .with("ResourceType", one.get("ResourceType").cloned())
        .or_null("LastBackupTime", one.get("LastBackupTime").and_then(epoch))
        .members()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_without_a_backup_time() {
        let facets = facets(&json!({"ResourceArn": "arn:x", "ResourceType": "EBS"}));
        assert_eq!(facets["LastBackupTime"], Value::Null);
        assert_eq!(facets["ResourceArn"], json!("arn:x"));
    }
}
