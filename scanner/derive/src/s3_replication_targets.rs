//! `s3_replication_targets`: where the enabled replication rules of a bucket send its copies.

use std::collections::BTreeSet;

use assay_core::rule::RelatedScope;
use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use crate::{Deriver, Need, World};

const BUCKET: &str = "AWS::S3::Bucket";

/// The deriver.
#[derive(Debug)]
pub(crate) struct ReplicationTargets;

impl Deriver for ReplicationTargets {
    fn name(&self) -> &'static str {
        "s3_replication_targets"
    }

    fn types(&self) -> &'static [&'static str] {
        &[BUCKET]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/ReplicationConfiguration"]
    }

    fn needs(&self) -> &'static [Need] {
        &[Need { kind: BUCKET, scope: RelatedScope::Estate, facets: &["BucketRegion"] }]
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let rules = doc
            .properties
            .get("ReplicationConfiguration")
            .and_then(|r| r.get("Rules")?.as_array())
            .map(Vec::as_slice)
            .unwrap_or_default();
        let targets: BTreeSet<(&str, Option<&str>)> = rules
            .iter()
            .filter(|r| r.get("Status").and_then(Value::as_str) == Some("Enabled"))
            .filter_map(|r| {
                let destination = r.get("Destination")?;
                let account = destination.get("Account").and_then(Value::as_str);
                Some((destination.get("Bucket")?.as_str()?, account))
            })
            .collect();
        if targets.is_empty() {
            return Ok(Value::Array(Vec::new()));
        }
        let buckets = world.related(BUCKET, RelatedScope::Estate);
        Ok(targets
            .into_iter()
            .map(|(arn, account)| {
                let read = buckets.iter().find(|b| b.id == arn);
                let region = read.and_then(|b| b.properties.get("BucketRegion"));
                json!({
                    "Bucket": arn,
                    "Account": read.map(|b| b.account.as_str()).or(account),
                    "Region": region,
                })
            })
            .collect())
    }
}
