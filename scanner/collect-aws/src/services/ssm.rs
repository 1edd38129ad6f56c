//! Systems Manager: which instances it manages.

use assay_collect_aws_base::{Cx, Protocol, Reach, Scope, Service, WireOperation};
use serde_json::{Map, Value, json};

use crate::shape::{epoch, shape};

const NODE: &str = "AWS::SSM::ManagedInstanceInventory";

const DESCRIBE: WireOperation = WireOperation {
    service: "SSM",
    endpoint_prefix: "ssm",
    reach: Reach::Regional,
    operation: "DescribeInstanceInformation",
    protocol: Protocol::Json11 { target_prefix: "AmazonSSM" },
};

/// Managed nodes.
pub static SERVICE: Service = Service {
    name: "ssm",
    scope: Scope::Regional,
    operations: &["ssm:DescribeInstanceInformation"],
    actions: &["ssm:DescribeInstanceInformation"],
    types: &[NODE],
    collect: |cx| Box::pin(collect(cx)),
};

async fn collect(cx: Cx) {
    let mut listing = cx.listing(NODE);
    let mut token: Option<String> = None;
    loop {
        let mut input = json!({"MaxResults": 50});
        if let (Some(t), Some(map)) = (token.take(), input.as_object_mut()) {
            map.insert("NextToken".to_owned(), t.into());
        }
        let called = cx.wire("ssm:DescribeInstanceInformation", &[], DESCRIBE, &input).await;
        let Some(page) = listing.page(called) else { break };
        let Some(nodes) = page.answer.get("InstanceInformationList").and_then(Value::as_array)
        else {
            listing.stop_malformed("the answer lacks InstanceInformationList", &page.id);
            break;
        };
        for node in nodes {
            let Some(id) = node.get("InstanceId").and_then(Value::as_str) else {
                listing.stop_malformed("a node without InstanceId", &page.id);
                continue;
            };
            let mut doc = cx.resource(NODE, cx.arn("ssm", &format!("managed-instance/{id}")), id);
            doc.set_all(facets(node), &page.id);
            cx.put(doc).await;
        }
        match listing.more(page.answer.get("NextToken").and_then(Value::as_str)) {
            Some(next) => token = Some(next),
            None => break,
        }
    }
    listing.complete();
}

fn facets(node: &Value) -> Map<String, Value> {
    let member = |name: &str| node.get(name).cloned();
    shape()
        .with("InstanceId", member("InstanceId"))
        .with("PingStatus", member("PingStatus"))
        .with("LastPingDateTime", node.get("LastPingDateTime").and_then(epoch))
        .with("AgentVersion", member("AgentVersion"))
        .with("PlatformType", member("PlatformType"))
        .with("ResourceType", member("ResourceType"))
        .members()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_as_the_service_writes_it() {
        let node = json!({"InstanceId": "i-1", "PingStatus": "Online",
            "LastPingDateTime": 1_762_000_000.5, "IPAddress": "10.0.0.1"});
        let facets = facets(&node);
        assert_eq!(facets["LastPingDateTime"], json!("2025-11-01T12:26:40.5Z"));
        assert!(!facets.contains_key("AgentVersion"), "the answer lacks it: unknown");
        assert!(!facets.contains_key("IPAddress"), "nothing needs it");
    }
}
