//! `log_bucket` of a trail: whether the bucket with its log files is public.

use assay_core::rule::RelatedScope;
use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use crate::s3_public_access::PublicAccess;
use crate::{Deriver, Need, World, derive};

const BUCKET: &str = "AWS::S3::Bucket";

/// The deriver.
pub(crate) struct LogBucket;

impl Deriver for LogBucket {
    fn name(&self) -> &'static str {
        "log_bucket"
    }

    fn types(&self) -> &'static [&'static str] {
        &["AWS::CloudTrail::Trail"]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/S3BucketName"]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    /// Only the trail's own bucket matters: another one that cannot be read is no obstacle.
    fn looks(&self) -> &'static [Need] {
        &[
            Need {
                kind: BUCKET,
                scope: RelatedScope::Account,
                facets: &[
                    "BucketName",
                    "BucketPolicy",
                    "PolicyStatus",
                    "AccessControlPolicy",
                    "OwnershipControls",
                    "PublicAccessBlockConfiguration",
                ],
            },
            Need {
                kind: "AWS::S3::AccountPublicAccessBlock",
                scope: RelatedScope::Account,
                facets: &["PublicAccessBlockConfiguration"],
            },
        ]
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let name = doc.properties.get("S3BucketName").and_then(Value::as_str).unwrap_or("");
        let buckets = world.related(BUCKET, RelatedScope::Account);
        let Some(bucket) = buckets.iter().find(|b| b.name == name) else {
            return Err(match world.lacking(BUCKET, RelatedScope::Account, &[]) {
                Some(unknown) => unknown.gap,
                None => Gap::new(
                    GapState::Unsupported,
                    format!("the bucket {name} does not belong to this account"),
                ),
            });
        };
        let (mut reasons, mut unsure) = (Vec::new(), None);
        for direction in [PublicAccess::Read, PublicAccess::Write] {
            match derive(&direction, bucket, world) {
                Ok(ways) => reasons.extend(
                    ways.as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(|way| way.get("Message")?.as_str().map(str::to_owned)),
                ),
                Err(unknown) => unsure = unsure.or(Some(unknown.gap)),
            }
        }
        // One way is enough; what else is unknown does not matter.
        if let Some(gap) = unsure.filter(|_| reasons.is_empty()) {
            return Err(gap);
        }
        reasons.sort_unstable();
        reasons.dedup();
        Ok(json!({"name": name, "public": !reasons.is_empty(), "reasons": reasons}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fixed;

    fn doc(kind: &str, id: &str, properties: Value) -> Resource {
        let mut r = Resource::new(kind, format!("arn:aws:s3:::{id}"), "aws", "1", "eu-west-1", id);
        r.properties = properties.as_object().unwrap().clone();
        r
    }

    fn bucket(name: &str, policy: Value) -> Resource {
        doc(
            BUCKET,
            name,
            json!({
            "BucketName": name, "BucketPolicy": policy, "PolicyStatus": null,
            "AccessControlPolicy": {"Grants": []},
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": null}),
        )
    }

    fn judge(around: Vec<Resource>) -> Result<Value, Gap> {
        let trail = doc("AWS::CloudTrail::Trail", "t", json!({"S3BucketName": "logs"}));
        let block = doc(
            "AWS::S3::AccountPublicAccessBlock",
            "b",
            json!({"PublicAccessBlockConfiguration": null}),
        );
        LogBucket.derive(&trail, &Fixed::around(&trail, around.into_iter().chain([block])))
    }

    #[test]
    fn the_trails_own_bucket_decides() {
        let open = json!({"PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::logs/*"}]}});
        assert_eq!(judge(vec![bucket("logs", open.clone())]).unwrap()["public"], true);
        assert_eq!(judge(vec![bucket("logs", Value::Null)]).unwrap()["public"], false);
        assert!(judge(vec![bucket("other", open)]).is_err(), "the bucket is out of sight");
        let mut unread = bucket("logs", Value::Null);
        unread.lose("BucketPolicy", Gap::new(GapState::Denied, "x"));
        assert!(judge(vec![unread]).is_err());
    }
}
