//! Tests of the mapping of KMS's answers.

use super::*;
use aws_sdk_kms::types as t;
use aws_smithy_types::DateTime;

fn metadata() -> t::builders::KeyMetadataBuilder {
    KeyMetadata::builder()
        .key_id("k")
        .enabled(true)
        .description("")
        .key_manager(KeyManagerType::Customer)
        .key_state(KeyState::Enabled)
        .key_spec(KeySpec::SymmetricDefault)
        .key_usage(t::KeyUsageType::EncryptDecrypt)
        .origin(OriginType::AwsKms)
        .creation_date(DateTime::from_secs(1_700_000_000))
        .multi_region(false)
}

#[test]
fn absent_dates_are_known_to_be_absent() {
    let m = describe(&metadata().build().unwrap());
    assert_eq!(m["DeletionDate"], Value::Null);
    assert_eq!(m["MultiRegionConfiguration"], Value::Null);
    assert_eq!(m["CreationDate"], json!("2023-11-14T22:13:20Z"));
    assert_eq!(m["KeyState"], json!("Enabled"));
}

#[test]
fn only_some_keys_rotate() {
    assert!(rotates(&metadata().build().unwrap()));
    assert!(!rotates(&metadata().key_spec(KeySpec::Rsa2048).build().unwrap()));
    assert!(!rotates(&metadata().origin(OriginType::External).build().unwrap()));
    assert!(!rotates(&metadata().key_state(KeyState::PendingDeletion).build().unwrap()));
    assert!(rotates(&metadata().key_state(KeyState::Disabled).build().unwrap()));
}

#[test]
fn what_the_answer_lacks_stays_unknown() {
    let m = describe(&KeyMetadata::builder().key_id("k").build().unwrap());
    for facet in ["KeyManager", "KeyState", "MultiRegion", "MultiRegionConfiguration"] {
        assert!(!m.contains_key(facet), "{facet}");
    }
}

#[test]
fn grants_keep_their_grantee() {
    let g = GrantListEntry::builder()
        .grant_id("1")
        .grantee_principal("arn:aws:iam::1:role/r")
        .operations(t::GrantOperation::Decrypt)
        .build();
    assert_eq!(
        grant(&g),
        json!({"GrantId": "1", "GranteePrincipal": "arn:aws:iam::1:role/r", "Operations": ["Decrypt"]})
    );
}

#[test]
fn markers_never_loop() {
    assert_eq!(next(false, Some("m"), None), Ok(None));
    assert_eq!(next(true, Some("m"), None), Ok(Some("m".to_owned())));
    assert!(next(true, Some("m"), Some("m")).is_err());
    assert!(next(true, None, None).is_err());
}
