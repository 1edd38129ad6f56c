//! From the SDK's answers to the shapes of `AWS::S3::Bucket`. Pure.
//!
//! `None` where an answer lacks what it should hold. An optional member that an answer lacks is
//! left out; the type file decides whether it may be missing.

use aws_sdk_s3::operation::get_bucket_acl::GetBucketAclOutput;
use aws_sdk_s3::operation::get_bucket_versioning::GetBucketVersioningOutput;
use aws_sdk_s3::types::{
    LifecycleRule, LoggingEnabled, ObjectLockConfiguration, OwnershipControls, PolicyStatus,
    PublicAccessBlockConfiguration, ReplicationConfiguration, ServerSideEncryptionConfiguration,
    Tag,
};
use serde_json::{Map, Value, json};

use crate::shape::{shape, time};

/// `BucketEncryption`.
pub(super) fn encryption(c: &ServerSideEncryptionConfiguration) -> Value {
    let rules = c.rules().iter().map(|rule| {
        let default = rule.apply_server_side_encryption_by_default().map(|d| {
            shape()
                .with("SSEAlgorithm", Some(d.sse_algorithm().as_str()))
                .with("KMSMasterKeyID", d.kms_master_key_id())
                .value()
        });
        shape()
            .with("ServerSideEncryptionByDefault", default)
            .with("BucketKeyEnabled", rule.bucket_key_enabled())
            .value()
    });
    json!({"ServerSideEncryptionConfiguration": rules.collect::<Vec<_>>()})
}

/// `PublicAccessBlockConfiguration`.
pub(super) fn public_access_block(c: &PublicAccessBlockConfiguration) -> Value {
    shape()
        .with("BlockPublicAcls", c.block_public_acls())
        .with("BlockPublicPolicy", c.block_public_policy())
        .with("IgnorePublicAcls", c.ignore_public_acls())
        .with("RestrictPublicBuckets", c.restrict_public_buckets())
        .value()
}

/// `PolicyStatus`.
pub(super) fn policy_status(s: &PolicyStatus) -> Value {
    shape().with("IsPublic", s.is_public()).value()
}

/// `AccessControlPolicy`.
pub(super) fn acl(answer: &GetBucketAclOutput) -> Value {
    let owner = answer
        .owner()
        .map(|o| shape().with("ID", o.id()).with("DisplayName", o.display_name()).value());
    let grants: Vec<Value> = answer
        .grants()
        .iter()
        .map(|g| {
            let grantee = g.grantee().map(|g| {
                shape()
                    .with("Type", Some(g.r#type().as_str()))
                    .with("ID", g.id())
                    .with("URI", g.uri())
                    .with("EmailAddress", g.email_address())
                    .with("DisplayName", g.display_name())
                    .value()
            });
            shape()
                .with("Grantee", grantee)
                .with("Permission", g.permission().map(|p| p.as_str()))
                .value()
        })
        .collect();
    shape().with("Owner", owner).with("Grants", Some(grants)).value()
}

/// `OwnershipControls`.
pub(super) fn ownership(c: &OwnershipControls) -> Value {
    let rules: Vec<Value> = c
        .rules()
        .iter()
        .map(|r| shape().with("ObjectOwnership", Some(r.object_ownership().as_str())).value())
        .collect();
    json!({"Rules": rules})
}

/// `VersioningConfiguration`. An answer without a status means that versioning was never set.
pub(super) fn versioning(answer: &GetBucketVersioningOutput) -> Value {
    let mfa = answer.mfa_delete().map(|m| m.as_str());
    match answer.status() {
        None => Value::Null,
        Some(status) => {
            shape().with("Status", Some(status.as_str())).with("MfaDelete", mfa).value()
        }
    }
}

/// `LoggingConfiguration`, by CloudFormation's names.
pub(super) fn logging(l: &LoggingEnabled) -> Value {
    shape()
        .with("DestinationBucketName", named(l.target_bucket()))
        .with("LogFilePrefix", Some(l.target_prefix()))
        .value()
}

/// `LifecycleConfiguration`, by CloudFormation's flat names.
pub(super) fn lifecycle(rules: &[LifecycleRule]) -> Value {
    json!({"Rules": rules.iter().map(lifecycle_rule).collect::<Vec<_>>()})
}

fn lifecycle_rule(r: &LifecycleRule) -> Value {
    let filter = r.filter();
    let both = filter.and_then(|f| f.and());
    #[expect(deprecated, reason = "S3 still answers with it for rules of the first version")]
    let old_prefix = r.prefix();
    let prefix = old_prefix
        .or_else(|| filter?.prefix())
        .or_else(|| both?.prefix())
        .filter(|p| !p.is_empty());
    let tags: Vec<Value> = filter
        .and_then(|f| f.tag())
        .into_iter()
        .chain(both.into_iter().flat_map(|b| b.tags()))
        .map(|t| json!({"Key": t.key(), "Value": t.value()}))
        .collect();
    let above = filter
        .and_then(|f| f.object_size_greater_than())
        .or_else(|| both?.object_size_greater_than());
    let below =
        filter.and_then(|f| f.object_size_less_than()).or_else(|| both?.object_size_less_than());
    let expiration = r.expiration();
    let noncurrent = r.noncurrent_version_expiration().map(|n| {
        shape()
            .with("NoncurrentDays", n.noncurrent_days())
            .with("NewerNoncurrentVersions", n.newer_noncurrent_versions())
            .value()
    });
    let transitions: Vec<Value> = r
        .transitions()
        .iter()
        .map(|t| {
            shape()
                .with("StorageClass", t.storage_class().map(|c| c.as_str()))
                .with("TransitionInDays", t.days())
                .with("TransitionDate", t.date().and_then(time))
                .value()
        })
        .collect();
    let abort = r
        .abort_incomplete_multipart_upload()
        .map(|a| shape().with("DaysAfterInitiation", a.days_after_initiation()).value());
    shape()
        .with("Status", Some(r.status().as_str()))
        .with("Id", r.id())
        .with("Prefix", prefix)
        .with("TagFilters", (!tags.is_empty()).then_some(tags))
        .with("ObjectSizeGreaterThan", above)
        .with("ObjectSizeLessThan", below)
        .with("ExpirationInDays", expiration.and_then(|e| e.days()))
        .with("ExpirationDate", expiration.and_then(|e| e.date()).and_then(time))
        .with(
            "ExpiredObjectDeleteMarker",
            expiration.and_then(|e| e.expired_object_delete_marker()),
        )
        .with("NoncurrentVersionExpiration", noncurrent)
        .with("Transitions", (!transitions.is_empty()).then_some(transitions))
        .with("AbortIncompleteMultipartUpload", abort)
        .value()
}

/// `ObjectLockConfiguration`.
pub(super) fn object_lock(c: &ObjectLockConfiguration) -> Value {
    let rule = c.rule().map(|r| {
        let retention = r.default_retention().map(|d| {
            shape()
                .with("Mode", d.mode().map(|m| m.as_str()))
                .with("Days", d.days())
                .with("Years", d.years())
                .value()
        });
        shape().with("DefaultRetention", retention).value()
    });
    shape()
        .with("ObjectLockEnabled", c.object_lock_enabled().map(|e| e.as_str()))
        .with("Rule", rule)
        .value()
}

/// `ReplicationConfiguration`.
pub(super) fn replication(c: &ReplicationConfiguration) -> Value {
    let rules: Vec<Value> = c
        .rules()
        .iter()
        .map(|r| {
            let destination = r.destination().map(|d| {
                let key = d
                    .encryption_configuration()
                    .map(|e| shape().with("ReplicaKmsKeyID", e.replica_kms_key_id()).value());
                shape()
                    .with("Bucket", named(d.bucket()))
                    .with("Account", d.account())
                    .with("StorageClass", d.storage_class().map(|s| s.as_str()))
                    .with("EncryptionConfiguration", key)
                    .value()
            });
            #[expect(
                deprecated,
                reason = "S3 still answers with it for rules of the first version"
            )]
            let old_prefix = r.prefix();
            let filter = r.filter();
            let prefix = old_prefix
                .or_else(|| filter?.prefix())
                .or_else(|| filter?.and()?.prefix())
                .filter(|p| !p.is_empty());
            shape()
                .with("Status", Some(r.status().as_str()))
                .with("Id", r.id())
                .with("Priority", r.priority())
                .with("Prefix", prefix)
                .with("Destination", destination)
                .value()
        })
        .collect();
    shape().with("Role", named(c.role())).with("Rules", Some(rules)).value()
}

/// Tags as pairs.
pub(super) fn tags(set: &[Tag]) -> Vec<(Option<&str>, Option<&str>)> {
    set.iter().map(|t| (named(t.key()), Some(t.value()))).collect()
}

/// The region of a `LocationConstraint`: S3 leaves it out for its first region, and calls the
/// second one by its old name.
pub(super) fn region(constraint: Option<&str>) -> &str {
    match constraint {
        None | Some("") => "us-east-1",
        Some("EU") => "eu-west-1",
        Some(region) => region,
    }
}

/// The SDK fills a required text that the answer lacks with an empty one.
fn named(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Members of several facets that one listing entry gives.
pub(super) fn listed(b: &aws_sdk_s3::types::Bucket) -> Map<String, Value> {
    shape()
        .with("BucketName", b.name())
        .with("CreationDate", b.creation_date().and_then(time))
        .with("BucketRegion", b.bucket_region().filter(|r| !r.is_empty()))
        .members()
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;
