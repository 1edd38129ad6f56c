//! Tests of `s3_public_read` and `s3_public_write`: how policy, lists, ownership and blocks act together.

use super::*;
use crate::{Fixed, derive};

fn block(on: bool) -> Value {
    json!({"BlockPublicAcls": on, "BlockPublicPolicy": on, "IgnorePublicAcls": on, "RestrictPublicBuckets": on})
}

fn bucket(overrides: &[(&str, Value)]) -> Resource {
    let mut r = Resource::new("AWS::S3::Bucket", "arn:aws:s3:::b", "aws", "1", "eu-west-1", "b");
    for (k, v) in [
        ("BucketPolicy", Value::Null),
        ("PolicyStatus", Value::Null),
        ("AccessControlPolicy", json!({"Grants": []})),
        ("OwnershipControls", Value::Null),
        ("PublicAccessBlockConfiguration", Value::Null),
    ] {
        r.properties.insert(k.into(), v);
    }
    for (k, v) in overrides {
        r.properties.insert((*k).into(), v.clone());
    }
    r
}

fn account(value: Value) -> Resource {
    let mut r = Resource::new(ACCOUNT_BLOCK, "a", "aws", "1", "global", "a");
    r.properties.insert("PublicAccessBlockConfiguration".into(), value);
    r
}

fn one(direction: PublicAccess, doc: &Resource, block: Value) -> Option<Vec<String>> {
    let world = Fixed::around(doc, [account(block)]);
    let v = derive(&direction, doc, &world).ok()?;
    let message = |w: &Value| w["Message"].as_str().unwrap().to_owned();
    Some(v.as_array().unwrap().iter().map(message).collect())
}

fn ways(doc: &Resource, block: Value) -> (Vec<String>, Vec<String>) {
    let of = |direction| one(direction, doc, block.clone()).unwrap();
    (of(PublicAccess::Read), of(PublicAccess::Write))
}

fn policy(statements: Value) -> (&'static str, Value) {
    ("BucketPolicy", json!({"PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}))
}

fn allow(action: &str, resource: &str) -> Value {
    json!({"Sid": "S", "Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource})
}

fn grant(group: &str, permission: &str) -> (&'static str, Value) {
    let uri = format!("{GROUPS}{group}");
    (
        "AccessControlPolicy",
        json!({"Grants": [
        {"Grantee": {"Type": "CanonicalUser", "ID": "x"}, "Permission": "FULL_CONTROL"},
        {"Grantee": {"Type": "Group", "URI": uri}, "Permission": permission}]}),
    )
}

#[test]
fn policies_by_action_and_resource() {
    for (statements, read, write) in [
        (json!([allow("s3:GetObject", "arn:aws:s3:::b/*")]), true, false),
        (allow("S3:getobject", "arn:aws:s3:::b/public/*"), true, false),
        (json!([allow("s3:ListBucket", "arn:aws:s3:::b")]), true, false),
        (json!([allow("s3:*", "arn:aws:s3:::b")]), true, true),
        (json!([allow("s3:*", "*")]), true, true),
        (json!([allow("s3:P?tObject", "arn:aws:s3:::b/*")]), false, true),
        (json!([allow("s3:DeleteBucket", "arn:aws:s3:::b")]), false, true),
        (json!([allow("s3:GetBucketLocation", "arn:aws:s3:::b")]), false, false),
        // The action does not fit the resource.
        (json!([allow("s3:GetObject", "arn:aws:s3:::b")]), false, false),
        // Denied again, for everybody and wholly.
        (
            json!([allow("s3:*", "*"),
            {"Effect": "Deny", "Principal": "*", "Action": ["s3:Put*", "s3:Delete*", "s3:Abort*", "s3:Restore*", "s3:Replicate*", "s3:Bypass*"], "Resource": "*"}]),
            true,
            false,
        ),
        (
            json!([allow("s3:GetObject", "arn:aws:s3:::b/*"),
            {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/secret/*"}]),
            true,
            false,
        ),
        (
            json!([allow("s3:GetObject", "arn:aws:s3:::b/*"),
            {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": false}}}]),
            true,
            false,
        ),
    ] {
        let (r, w) = ways(&bucket(&[policy(statements.clone())]), Value::Null);
        assert_eq!((!r.is_empty(), !w.is_empty()), (read, write), "{statements}");
    }
}

#[test]
fn lists_by_group_and_permission() {
    for (group, permission, read, write) in [
        ("AllUsers", "READ", true, false),
        ("AllUsers", "WRITE", false, true),
        ("AuthenticatedUsers", "FULL_CONTROL", true, true),
        ("AllUsers", "WRITE_ACP", false, true),
        ("AllUsers", "READ_ACP", false, false),
        ("Other", "READ", false, false),
    ] {
        let doc = bucket(&[grant(group, permission)]);
        let (r, w) = ways(&doc, Value::Null);
        assert_eq!((!r.is_empty(), !w.is_empty()), (read, write), "{group} {permission}");
        assert_eq!(ways(&doc, block(true)), (vec![], vec![]), "the account's block");
    }
    let enforced = json!({"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]});
    let doc = bucket(&[grant("AllUsers", "READ"), ("OwnershipControls", enforced)]);
    assert_eq!(ways(&doc, Value::Null), (vec![], vec![]));
    let preferred = json!({"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]});
    let doc = bucket(&[grant("AllUsers", "READ"), ("OwnershipControls", preferred)]);
    assert_eq!(ways(&doc, block(false)).0.len(), 1);
}

#[test]
fn each_setting_stops_its_own_way_wherever_it_is_set() {
    let open = || policy(json!([allow("s3:GetObject", "arn:aws:s3:::b/*")]));
    let only = |setting: &str| {
        let mut b = block(false);
        b[setting] = json!(true);
        b
    };
    for (setting, by_policy, by_acl) in [
        ("BlockPublicAcls", true, true),
        ("BlockPublicPolicy", true, true),
        ("IgnorePublicAcls", true, false),
        ("RestrictPublicBuckets", false, true),
    ] {
        let pab = |v| ("PublicAccessBlockConfiguration", v);
        let doc = bucket(&[open(), pab(only(setting))]);
        assert_eq!(!ways(&doc, Value::Null).0.is_empty(), by_policy, "bucket, {setting}");
        assert_eq!(!ways(&bucket(&[open()]), only(setting)).0.is_empty(), by_policy, "{setting}");
        let doc = bucket(&[grant("AllUsers", "READ"), pab(only(setting))]);
        assert_eq!(!ways(&doc, block(false)).0.is_empty(), by_acl, "bucket, {setting}");
    }
}

#[test]
fn nothing_is_guessed() {
    for direction in [PublicAccess::Read, PublicAccess::Write] {
        let doc = bucket(&[]);
        let none = Fixed::around(&doc, []);
        assert!(derive(&direction, &doc, &none).is_err(), "the account's block was never read");
        let world = Fixed::around(&doc, [account(Value::Null)]).without(ACCOUNT_BLOCK);
        assert!(derive(&direction, &doc, &world).is_err());
        let odd = bucket(&[policy(json!([{"Effect": "Allow", "Action": 1}]))]);
        assert!(one(direction, &odd, Value::Null).is_none(), "a policy that cannot be read");
    }
}

/// What is known of reading and writing where S3 calls the policy public: open, closed, unknown.
fn called_public(statements: Value, grants: Option<(&'static str, Value)>) -> [Option<bool>; 2] {
    let status = ("PolicyStatus", json!({"IsPublic": true}));
    let overrides: Vec<_> = [policy(statements), status].into_iter().chain(grants).collect();
    let doc = bucket(&overrides);
    [PublicAccess::Read, PublicAccess::Write]
        .map(|d| one(d, &doc, Value::Null).map(|ways| !ways.is_empty()))
}

#[test]
fn what_s3_says_is_explained_or_a_gap() {
    let when = |mut statement: Value, condition: Value| {
        statement["Condition"] = condition;
        statement
    };
    let read = || allow("s3:GetObject", "arn:aws:s3:::b/*");
    let write = || allow("s3:PutObject", "arn:aws:s3:::b/*");
    let all = |action: &str| json!({"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*"});
    let of_s3 = || json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}});
    let of_ours = || json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}});
    let (open, closed, unknown) = (Some(true), Some(false), None);
    for (statements, want) in [
        // S3 sees more than we do.
        (
            json!([{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:*", "Resource": "*"}]),
            [unknown, unknown],
        ),
        // A public statement that neither reads nor writes; a way that is denied again.
        (json!([allow("s3:GetBucketLocation", "arn:aws:s3:::b")]), [unknown, unknown]),
        (json!([read(), all("s3:*")]), [unknown, unknown]),
        // The other direction explains it.
        (json!([read()]), [open, closed]),
        (json!([read(), when(write(), of_s3())]), [open, closed]),
        (json!([when(read(), of_s3()), write()]), [closed, open]),
        // It may be about the statement that only we hold closed.
        (json!([read(), when(write(), of_ours())]), [open, unknown]),
        (json!([when(read(), of_ours()), write()]), [unknown, open]),
        (
            json!([
                read(),
                write(),
                when(all("s3:PutObject"), json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}))
            ]),
            [open, unknown],
        ),
        // Denied to everybody without condition: no reading makes it open.
        (json!([read(), write(), all("s3:Put*")]), [open, closed]),
    ] {
        assert_eq!(called_public(statements.clone(), None), want, "{statements}");
    }
    let list = Some(grant("AllUsers", "READ"));
    let other =
        json!([{"Effect": "Allow", "Principal": {"AWS": "1"}, "Action": "s3:*", "Resource": "*"}]);
    assert_eq!(called_public(other, list), [open, unknown], "a way that is found stands");
}
