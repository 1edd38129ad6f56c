//! Tests of the mapping of S3's answers.

use super::*;
use aws_sdk_s3::types as t;
use aws_smithy_types::DateTime;

#[test]
fn encryption_keeps_algorithm_and_key() {
    let default = t::ServerSideEncryptionByDefault::builder()
        .sse_algorithm(t::ServerSideEncryption::AwsKms)
        .kms_master_key_id("k")
        .build()
        .unwrap();
    let rule = t::ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(default)
        .bucket_key_enabled(true)
        .build();
    let c = t::ServerSideEncryptionConfiguration::builder().rules(rule).build().unwrap();
    assert_eq!(
        encryption(&c),
        json!({"ServerSideEncryptionConfiguration": [{
            "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "k"},
            "BucketKeyEnabled": true}]})
    );
}

#[test]
fn a_setting_that_the_answer_lacks_is_left_out() {
    let c = t::PublicAccessBlockConfiguration::builder().block_public_acls(true).build();
    assert_eq!(public_access_block(&c), json!({"BlockPublicAcls": true}));
    assert_eq!(policy_status(&t::PolicyStatus::builder().build()), json!({}));
}

#[test]
fn grants_keep_their_group() {
    let grantee = t::Grantee::builder().r#type(t::Type::Group).uri("http://x/AllUsers").build();
    let grant =
        t::Grant::builder().grantee(grantee.unwrap()).permission(t::Permission::Read).build();
    let a = GetBucketAclOutput::builder().grants(grant).build();
    assert_eq!(
        acl(&a),
        json!({"Grants": [{"Grantee": {"Type": "Group", "URI": "http://x/AllUsers"}, "Permission": "READ"}]})
    );
}

#[test]
fn versioning_without_a_status_was_never_set() {
    assert_eq!(versioning(&GetBucketVersioningOutput::builder().build()), Value::Null);
    let a = GetBucketVersioningOutput::builder()
        .status(t::BucketVersioningStatus::Suspended)
        .mfa_delete(t::MfaDeleteStatus::Disabled)
        .build();
    assert_eq!(versioning(&a), json!({"Status": "Suspended", "MfaDelete": "Disabled"}));
}

#[test]
fn lifecycle_filters_are_flattened() {
    let tag = |k: &str| t::Tag::builder().key(k).value("v").build().unwrap();
    let and = t::LifecycleRuleAndOperator::builder()
        .prefix("logs/")
        .tags(tag("a"))
        .object_size_less_than(10)
        .build();
    let expiration =
        t::LifecycleExpiration::builder().date(DateTime::from_secs(1_798_761_600)).build();
    let rule = t::LifecycleRule::builder()
        .status(t::ExpirationStatus::Enabled)
        .filter(t::LifecycleRuleFilter::builder().and(and).build())
        .expiration(expiration)
        .build()
        .unwrap();
    let whole = t::LifecycleRule::builder()
        .status(t::ExpirationStatus::Disabled)
        .filter(t::LifecycleRuleFilter::builder().prefix("").build())
        .expiration(t::LifecycleExpiration::builder().days(7).build())
        .build()
        .unwrap();
    assert_eq!(
        lifecycle(&[rule, whole]),
        json!({"Rules": [
            {"Status": "Enabled", "Prefix": "logs/", "TagFilters": [{"Key": "a", "Value": "v"}],
             "ObjectSizeLessThan": 10, "ExpirationDate": "2027-01-01T00:00:00Z"},
            {"Status": "Disabled", "ExpirationInDays": 7}]})
    );
}

#[test]
fn replication_names_its_destination() {
    let d = t::Destination::builder().bucket("arn:aws:s3:::copy").account("1").build().unwrap();
    let rule = t::ReplicationRule::builder()
        .status(t::ReplicationRuleStatus::Enabled)
        .destination(d)
        .build()
        .unwrap();
    let c = t::ReplicationConfiguration::builder().role("r").rules(rule).build().unwrap();
    assert_eq!(
        replication(&c),
        json!({"Role": "r", "Rules": [{"Status": "Enabled",
            "Destination": {"Bucket": "arn:aws:s3:::copy", "Account": "1"}}]})
    );
}

#[test]
fn locations() {
    assert_eq!(region(None), "us-east-1");
    assert_eq!(region(Some("EU")), "eu-west-1");
    assert_eq!(region(Some("af-south-1")), "af-south-1");
}

#[test]
fn a_lock_without_a_rule() {
    let c = ObjectLockConfiguration::builder()
        .object_lock_enabled(t::ObjectLockEnabled::Enabled)
        .build();
    assert_eq!(object_lock(&c), json!({"ObjectLockEnabled": "Enabled"}));
}
