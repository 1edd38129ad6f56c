//! `kms_references`: which resources of the account name a key.
//!
//! A key may be named by its ARN, its id, or an alias, as ARN or as name. Ids and names mean the
//! key of the resource's own region; ARNs say theirs.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::rule::RelatedScope;
use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use crate::{Deriver, Need, World, memo};

/// How many ids are kept for a person.
const EXAMPLES: usize = 5;

const NEEDS: &[Need] = &[
    need("AWS::S3::Bucket", RelatedScope::Account, &["BucketEncryption"]),
    need("AWS::CloudTrail::Trail", RelatedScope::Account, &["KMSKeyId"]),
    need("AWS::EC2::Volume", RelatedScope::Region, &["KmsKeyId"]),
    need("AWS::EC2::Snapshot", RelatedScope::Region, &["KmsKeyId"]),
    need("AWS::Logs::LogGroup", RelatedScope::Region, &["KmsKeyId"]),
    need("AWS::RDS::DBCluster", RelatedScope::Region, &["KmsKeyId"]),
    need("AWS::RDS::DBClusterSnapshot", RelatedScope::Region, &["KmsKeyId"]),
    need("AWS::RDS::DBInstance", RelatedScope::Region, &["KmsKeyId"]),
    need("AWS::RDS::DBSnapshot", RelatedScope::Region, &["KmsKeyId"]),
];

const fn need(kind: &'static str, scope: RelatedScope, facets: &'static [&'static str]) -> Need {
    Need { kind, scope, facets }
}

/// The deriver.
#[derive(Debug)]
pub(crate) struct References;

/// Who names what: a name to the ids of the resources that use it.
type Index = BTreeMap<String, BTreeSet<String>>;

impl Deriver for References {
    fn name(&self) -> &'static str {
        "kms_references"
    }

    fn types(&self) -> &'static [&'static str] {
        &["AWS::KMS::Key"]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/KeyId", "/Aliases"]
    }

    fn needs(&self) -> &'static [Need] {
        NEEDS
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let key = format!("kms_references/{}/{}", doc.account, doc.region);
        let index = memo(world, &key, || index(world, &doc.region));
        let users: BTreeSet<&String> =
            names(doc).iter().filter_map(|n| index.get(n)).flatten().collect();
        if users.is_empty() {
            // An id or a name means the key of the region where the bucket lies.
            let own = names(doc);
            let buckets = world.related("AWS::S3::Bucket", RelatedScope::Account);
            let hidden = buckets.iter().find(|b| {
                b.region == "global" && named(b).iter().any(|n| own.iter().any(|o| o == n))
            });
            if let Some(bucket) = hidden {
                let detail = format!("the region of {} is not known; it may use it", bucket.id);
                return Err(Gap::new(GapState::Unsupported, detail));
            }
        }
        let examples: Vec<_> = users.iter().take(EXAMPLES).collect();
        Ok(json!({"Count": users.len(), "Examples": examples}))
    }
}

/// Every name of a key.
fn names(doc: &Resource) -> Vec<String> {
    let mut out = vec![doc.id.clone()];
    out.extend(doc.properties.get("KeyId").and_then(Value::as_str).map(ToOwned::to_owned));
    let base = doc.id.split_once(":key/").map(|(base, _)| base);
    let aliases = doc.properties.get("Aliases").and_then(Value::as_array);
    for alias in aliases.into_iter().flatten().filter_map(Value::as_str) {
        out.push(alias.to_owned());
        out.extend(base.map(|base| format!("{base}:{alias}")));
    }
    out
}

fn index(world: &dyn World, region: &str) -> Index {
    let mut index = Index::new();
    for need in NEEDS {
        for user in world.related(need.kind, need.scope).iter() {
            for name in named(user) {
                if name.starts_with("arn:") || user.region == region {
                    index.entry(name.to_owned()).or_default().insert(user.id.clone());
                }
            }
        }
    }
    index
}

/// The keys that a resource names.
fn named(user: &Resource) -> Vec<&str> {
    let direct =
        ["KmsKeyId", "KMSKeyId"].into_iter().filter_map(|f| user.properties.get(f)?.as_str());
    let rules = user
        .properties
        .get("BucketEncryption")
        .and_then(|e| e.get("ServerSideEncryptionConfiguration")?.as_array());
    let defaults = rules
        .into_iter()
        .flatten()
        .filter_map(|r| r.pointer("/ServerSideEncryptionByDefault/KMSMasterKeyID")?.as_str());
    direct.chain(defaults).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fixed, derive};

    fn user(kind: &str, id: &str, region: &str, facet: &str, value: Value) -> Resource {
        let mut r = Resource::new(kind, id, "aws", "1", region, id);
        r.properties.insert(facet.into(), value);
        r
    }

    #[test]
    fn every_name_of_a_key_counts_in_its_region() {
        let mut key = Resource::new("AWS::KMS::Key", "arn:aws:kms:r:1:key/k", "aws", "1", "r", "k");
        key.properties.insert("KeyId".into(), json!("k"));
        key.properties.insert("Aliases".into(), json!(["alias/a"]));
        let volume = |id: &str, value| user("AWS::EC2::Volume", id, "r", "KmsKeyId", value);
        let default = |id: &str| json!({"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": id}}]});
        let bucket = |id: &str, region: &str, of: &str| {
            user("AWS::S3::Bucket", id, region, "BucketEncryption", default(of))
        };
        let world = Fixed::around(
            &key,
            [
                volume("v1", json!("arn:aws:kms:r:1:key/k")),
                volume("v2", json!("alias/a")),
                volume("v3", Value::Null),
                volume("v4", json!("other")),
                bucket("b1", "r", "k"),
                bucket("b2", "elsewhere", "k"),
                bucket("b3", "elsewhere", "arn:aws:kms:r:1:alias/a"),
                user("AWS::S3::Bucket", "b4", "r", "BucketEncryption", Value::Null),
            ],
        );
        let v = derive(&References, &key, &world).unwrap();
        assert_eq!(v, json!({"Count": 4, "Examples": ["b1", "b3", "v1", "v2"]}));
        let world = world.without("AWS::EC2::Snapshot");
        assert!(derive(&References, &key, &world).is_err());
    }
    #[test]
    fn a_name_in_a_bucket_of_an_unknown_region_may_mean_the_key() {
        let mut key = Resource::new("AWS::KMS::Key", "arn:aws:kms:r:1:key/k", "aws", "1", "r", "k");
        key.properties.insert("KeyId".into(), json!("k"));
        key.properties.insert("Aliases".into(), json!([]));
        let ask = |place: &str, name: &str| {
            let default = json!({"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": name}}]});
            let bucket = user("AWS::S3::Bucket", "b", place, "BucketEncryption", default);
            derive(&References, &key, &Fixed::around(&key, [bucket]))
                .ok()
                .map(|v| v["Count"].clone())
        };
        assert_eq!(ask("global", "k"), None);
        assert_eq!(ask("global", "other"), Some(json!(0)));
        assert_eq!(ask("global", "arn:aws:kms:r:1:key/k"), Some(json!(1)));
        assert_eq!(ask("elsewhere", "k"), Some(json!(0)));
    }
}
