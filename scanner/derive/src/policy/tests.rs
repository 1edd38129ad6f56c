//! Tables of odd spellings, and of what is public.

use serde_json::{Value, json};

use super::*;

fn one(statement: Value) -> Statement {
    statements(&json!({"Version": "2012-10-17", "Statement": [statement]})).unwrap().remove(0)
}

fn with(key: &str, value: Value) -> Value {
    let mut s = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::b/*"});
    s[key] = value;
    s
}

#[test]
fn string_and_list_are_one() {
    let a = one(json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}));
    let b =
        one(json!({"Resource": ["*"], "Action": ["S3:GETOBJECT"], "Effect": "Allow", "Sid": "x"}));
    assert_eq!(a.digest(), b.digest());
    assert_eq!(a.actions, b.actions);
    assert_eq!(b.sid.as_deref(), Some("x"));
    let single = json!({"Statement": {"Effect": "Deny", "NotAction": "a:b", "NotResource": "r"}});
    let s = statements(&single).unwrap().remove(0);
    assert_eq!((s.effect, s.actions.not, s.at.as_str()), (Effect::Deny, true, "/Statement"));
    assert!(s.resources.unwrap().not);
}

#[test]
fn digests_tell_meanings_apart() {
    let all = [
        json!({"Effect": "Allow", "Action": "a:b", "Resource": "*"}),
        json!({"Effect": "Deny", "Action": "a:b", "Resource": "*"}),
        json!({"Effect": "Allow", "NotAction": "a:b", "Resource": "*"}),
        json!({"Effect": "Allow", "Action": "a:c", "Resource": "*"}),
        json!({"Effect": "Allow", "Action": "a:b", "NotResource": "*"}),
        json!({"Effect": "Allow", "Action": "a:b"}),
        json!({"Effect": "Allow", "Action": "a:b", "Principal": "*"}),
        json!({"Effect": "Allow", "Action": "a:b", "NotPrincipal": "*"}),
        json!({"Effect": "Allow", "Action": "a:b", "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": true}}}),
    ];
    let digests: std::collections::BTreeSet<String> =
        all.iter().map(|s| one(s.clone()).digest()).collect();
    assert_eq!(digests.len(), all.len());
    assert!(digests.iter().all(|d| d.len() == 8 && d.bytes().all(|b| b.is_ascii_hexdigit())));
    let x =
        one(with("Condition", json!({"StringEquals": {"a": ["1", "2"]}, "Bool": {"b": "true"}})));
    let y = one(with("Condition", json!({"bool": {"B": true}, "stringequals": {"A": ["2", "1"]}})));
    assert_eq!(x.digest(), y.digest(), "order and letter case mean nothing");
}

#[test]
fn malformed_documents_are_errors() {
    for bad in [
        json!(null),
        json!("{}"),
        json!([]),
        json!({}),
        json!({"Statement": null}),
        json!({"Statement": "x"}),
        json!({"Statement": ["x"]}),
        json!({"Statements": []}),
        json!({"Statement": [{"Action": "a:b"}]}),
        json!({"Statement": [{"Effect": "Permit", "Action": "a:b"}]}),
        json!({"Statement": [{"Effect": "Allow"}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": []}]}),
        json!({"Statement": [{"Effect": "Allow", "NotAction": []}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": 3}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": ["a:b", 3]}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": "a", "NotAction": "b"}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": "a", "action": "b"}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": "a", "Resource": "x", "NotResource": "y"}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": "a", "Resource": {}}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": "a", "Principal": "x"}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": "a", "Principal": {}}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": "a", "Principal": {"Aws": [1]}}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": "a", "Principal": {"People": "x"}}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": "a", "Principal": "*", "NotPrincipal": "*"}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": "a", "Condition": []}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": "a", "Condition": {"Like": {"k": "v"}}}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": "a", "Condition": {"ForSome:Bool": {"k": "v"}}}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": "a", "Condition": {"Bool": "x"}}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": "a", "Condition": {"Bool": {"k": {}}}}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": "a", "Actions": "b"}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": "a", "Sid": 1}]}),
    ] {
        assert!(statements(&bad).is_err(), "{bad}");
    }
    assert_eq!(statements(&json!({"Statement": []})).unwrap(), vec![]);
}

#[test]
fn principals_are_read_in_every_form() {
    for (value, any, accounts) in [
        (json!("*"), true, vec![]),
        (json!({"AWS": "*"}), true, vec![]),
        (json!({"aws": ["*", "111122223333"]}), true, vec!["111122223333"]),
        (json!({"AWS": "arn:aws:iam::*:root"}), true, vec![]),
        (json!({"*": "*"}), true, vec![]),
        (json!({"AWS": "111122223333"}), false, vec!["111122223333"]),
        (json!({"AWS": 111122223333_u64}), false, vec!["111122223333"]),
        (json!({"AWS": "arn:aws:iam::111122223333:root"}), false, vec!["111122223333"]),
        (json!({"AWS": "arn:aws-cn:iam::111122223333:role/a/b"}), false, vec!["111122223333"]),
        (json!({"AWS": "arn:aws:sts::111122223333:assumed-role/a/b"}), false, vec!["111122223333"]),
        (json!({"AWS": "AIDAEXAMPLE"}), false, vec![]),
        (
            json!({"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}),
            false,
            vec![],
        ),
        (json!({"Service": ["S3.amazonaws.com"]}), false, vec![]),
        (json!({"Federated": "cognito-identity.amazonaws.com"}), false, vec![]),
        (json!({"CanonicalUser": "79a59df900b949e55d96a1e698fbaced"}), false, vec![]),
    ] {
        let s = one(with("Principal", value.clone()));
        let p = s.principals.unwrap();
        assert_eq!(p.any, any, "{value}");
        assert_eq!(p.accounts().into_iter().collect::<Vec<_>>(), accounts, "{value}");
    }
}

fn exposed(statement: Value) -> Exposure {
    exposures(&[one(statement)], "999999999999").remove(0)
}

#[test]
fn what_narrows_everyone() {
    let cases: &[(Value, bool)] = &[
        (json!({}), true),
        (json!({"StringEquals": {"aws:SourceAccount": "111122223333"}}), false),
        (json!({"stringequals": {"AWS:SOURCEACCOUNT": ["111122223333", "111122224444"]}}), false),
        (json!({"StringEquals": {"aws:SourceAccount": ["111122223333", "*"]}}), true),
        (json!({"StringLike": {"aws:SourceAccount": "1111*"}}), true),
        (json!({"StringNotEquals": {"aws:SourceAccount": "111122223333"}}), true),
        (json!({"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}), true),
        (
            json!({"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"},
            "Null": {"aws:SourceAccount": "false"}}),
            false,
        ),
        (json!({"ForAllValues:StringEquals": {"aws:SourceAccount": "111122223333"}}), true),
        (json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-abc/r-1/*"}}), false),
        (json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-*/r-1/*"}}), true),
        (json!({"StringEquals": {"aws:PrincipalOrgID": "o-abc"}}), false),
        (json!({"StringLike": {"aws:PrincipalOrgID": "o-*"}}), true),
        (json!({"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}), false),
        (json!({"StringEquals": {"aws:PrincipalOrgID": "${aws:PrincipalTag/org}"}}), true),
        (json!({"Null": {"aws:PrincipalOrgID": "false"}}), true),
        (json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}}), false),
        (json!({"StringEquals": {"aws:SourceVpc": "vpc-1"}}), false),
        (json!({"StringLike": {"aws:SourceVpc": "vpc-*"}}), true),
        (json!({"StringEquals": {"aws:PrincipalAccount": "111122223333"}}), false),
        (json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}), false),
        (json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}), true),
        (json!({"StringLike": {"aws:PrincipalArn": "*"}}), true),
        (json!({"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::logs"}}), false),
        (json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}), true),
        (json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:bucket"}}), true),
        (json!({"StringEquals": {"kms:CallerAccount": "111122223333"}}), false),
        (json!({"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}), true),
        (json!({"StringEquals": {"s3:DataAccessPointAccount": "111122223333"}}), false),
        (
            json!({"StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:eu-west-1:111122223333:accesspoint/*"}}),
            false,
        ),
        (json!({"StringEquals": {"sts:ExternalId": "4711"}}), false),
        (json!({"StringLike": {"sts:ExternalId": "*"}}), true),
        (json!({"StringLike": {"aws:userid": "AROAEXAMPLE:*"}}), false),
        (json!({"StringLike": {"aws:userid": "*:session"}}), true),
        (json!({"StringEquals": {"aws:username": "bob"}}), true),
        (json!({"StringEquals": {"aws:PrincipalTag/team": "x"}}), true),
        (json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), false),
        (json!({"IpAddress": {"aws:SourceIp": ["203.0.113.7", "2001:db8::/48"]}}), false),
        (json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), false),
        (json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}), true),
        (json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}), true),
        (json!({"IpAddress": {"aws:SourceIp": "::/0"}}), true),
        (json!({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "::/0"]}}), true),
        (json!({"IpAddress": {"aws:SourceIp": "not an address"}}), true),
        (json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), true),
        (json!({"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/24"}}), true),
        (json!({"Bool": {"aws:SecureTransport": "true"}}), true),
        (json!({"Bool": {"aws:PrincipalIsAWSService": true}}), false),
        (json!({"Bool": {"aws:PrincipalIsAWSService": "false"}}), true),
        (
            json!({"Bool": {"aws:SecureTransport": "true"},
            "StringEquals": {"aws:SourceVpce": "vpce-1"}}),
            false,
        ),
    ];
    for (condition, public) in cases {
        for principal in [json!("*"), json!({"AWS": "*"}), json!({"AWS": ["*"]})] {
            let mut s = with("Condition", condition.clone());
            s["Principal"] = principal;
            let e = exposed(s);
            assert_eq!(e.public, *public, "{condition}");
            assert!(e.anyone);
            assert_eq!(e.narrowed_by.is_empty(), *public, "{condition}");
        }
    }
}

#[test]
fn who_else_is_let_in() {
    let mut s =
        with("Principal", json!({"AWS": ["arn:aws:iam::111122223333:root", "999999999999"]}));
    let e = exposed(s.clone());
    assert!(!e.anyone && !e.public);
    assert_eq!(e.external_accounts.into_iter().collect::<Vec<_>>(), ["111122223333"]);
    s["Effect"] = json!("Deny");
    assert_eq!(exposed(s), Exposure::default(), "a Deny lets nobody in");
    let mut s = with(
        "Condition",
        json!({"StringEquals": {"aws:PrincipalAccount": ["111122223333", "999999999999"]}}),
    );
    assert_eq!(exposed(s.clone()).external_accounts.len(), 1);
    s.as_object_mut().unwrap().remove("Principal");
    s["NotPrincipal"] = json!({"AWS": "111122223333"});
    s["Condition"] = json!({});
    assert!(exposed(s).public, "everyone but one");
}

#[test]
fn a_deny_outside_fixed_values_narrows() {
    let allow = with("Sid", json!("a"));
    let deny = |condition: Value| {
        let mut d = with("Condition", condition);
        d["Effect"] = json!("Deny");
        d["Action"] = json!("s3:*");
        d["Resource"] = json!("*");
        d
    };
    let public = |d: Value| {
        let list = statements(&json!({"Statement": [allow.clone(), d]})).unwrap();
        exposures(&list, "999999999999")[0].public
    };
    for (condition, want) in [
        (json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}), false),
        (
            json!({"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-abc"},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}),
            false,
        ),
        (json!({"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}), false),
        // An anonymous request does not carry the key.
        (json!({"Bool": {"aws:PrincipalIsAWSService": "false"}}), true),
        (json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), false),
        (json!({"NotIpAddress": {"aws:SourceIp": "0.0.0.0/0"}}), true),
        (
            json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"},
            "Bool": {"aws:SecureTransport": "false"}}),
            true,
        ),
        (json!({"Bool": {"aws:SecureTransport": "false"}}), true),
        (json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}}), true),
        (json!({"ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": "o-abc/*"}}), true),
        (json!({"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": "o-abc/*"}}), false),
        (json!({}), false),
    ] {
        assert_eq!(public(deny(condition.clone())), want, "{condition}");
    }
    let mut narrow = deny(json!({}));
    narrow["Action"] = json!("s3:PutObject");
    assert!(public(narrow.clone()), "it denies something else");
    narrow["Action"] = json!("s3:Get*");
    narrow["Resource"] = json!("arn:aws:s3:::b/public/*");
    assert!(public(narrow.clone()), "it denies a part");
    narrow["Resource"] = json!("arn:aws:s3:::b/*");
    assert!(!public(narrow.clone()));
    narrow.as_object_mut().unwrap().remove("Principal");
    narrow["NotPrincipal"] = json!({"AWS": "111122223333"});
    assert!(!public(narrow));
}

#[test]
fn selectors() {
    let sel =
        |not, p: &[&str]| Selector { not, patterns: p.iter().map(|s| (*s).to_owned()).collect() };
    assert!(sel(true, &["iam:*"]).covers("s3:*"));
    assert!(!sel(true, &["iam:*"]).covers("*"));
    assert!(sel(true, &["iam:*"]).intersects("*"));
    assert!(!sel(true, &["iam:*"]).intersects("iam:get*"));
    assert!(sel(false, &["*"]).covers_selector(&sel(true, &["iam:*"])));
    assert!(sel(true, &["iam:get*"]).covers_selector(&sel(true, &["iam:*"])));
    assert!(!sel(true, &["iam:*"]).covers_selector(&sel(true, &["iam:get*"])));
    assert!(sel(false, &["a", "**"]).everything());
    assert!(!sel(true, &["a"]).everything());
}

#[test]
fn rules_see_all_of_it() {
    let v = statements_json(
        &json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": ["KMS:*", "s3:Get*"], "Resource": "*"}}),
        "999999999999",
    )
    .unwrap();
    assert_eq!(v[0]["services"], json!(["kms"]));
    assert_eq!(v[0]["actions"], json!(["kms:*", "s3:get*"]));
    assert_eq!(v[0]["public"], json!(true));
    assert_eq!(v[0]["all_resources"], json!(true));
    assert_eq!(v[0]["effect"], json!("allow"));
    assert_eq!(v[0]["grants"], json!(["kms:decrypt", "kms:reencryptfrom"]));
    assert_eq!(v[0]["every"], json!(["cloudtrail:trail", "iam:role", "kms:key"]));
}

#[test]
fn every_resource_of_a_kind() {
    for (resource, want) in [
        ("arn:aws:iam::*:role/*", json!(["iam:role"])),
        ("arn:aws:iam::999999999999:*", json!(["iam:role"])),
        ("arn:aws:iam::999999999999:role/app-*", json!([])),
        ("arn:aws:kms:*:999999999999:key/*", json!(["kms:key"])),
        ("arn:aws:kms:eu-west-1:999999999999:key/*", json!([])),
        ("arn:*", json!(["cloudtrail:trail", "iam:role", "kms:key"])),
        ("*", json!(["cloudtrail:trail", "iam:role", "kms:key"])),
    ] {
        let document =
            json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": resource}});
        let v = statements_json(&document, "999999999999").unwrap();
        assert_eq!(v[0]["every"], want, "{resource}");
    }
}

#[test]
fn inline_policies_keep_their_names() {
    let mut r = assay_core::Resource::new("AWS::IAM::Role", "r", "aws", "1", "global", "r");
    let document = json!({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    r.properties.insert("Policies".into(), json!([
        {"PolicyName": "a", "PolicyDocument": document}, {"PolicyName": "b", "PolicyDocument": document}]));
    let world = crate::Fixed::around(&r, []);
    let d = crate::of("AWS::IAM::Role", "statements").unwrap();
    let v = crate::derive(d, &r, &world).unwrap();
    assert_eq!(v[1]["policy"], json!("b"));
    assert_eq!(v[1]["at"], json!("/Policies/1/PolicyDocument/Statement/0"));
    r.properties.insert("Policies".into(), json!([{"PolicyName": "a", "PolicyDocument": {}}]));
    assert!(crate::derive(d, &r, &world).is_err());
}

/// Texts over a small alphabet, up to a length.
fn words(alphabet: &[char], longest: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut last = all.clone();
    for _ in 0..longest {
        last = last.iter().flat_map(|w| alphabet.iter().map(move |c| format!("{w}{c}"))).collect();
        all.extend(last.iter().cloned());
    }
    all
}

#[test]
fn patterns_cover_and_meet_as_the_texts_say_that_they_match() {
    let texts = words(&['a', 'b'], 5);
    let patterns = words(&['a', 'b', '*', '?'], 3);
    let matched: Vec<Vec<bool>> = patterns
        .iter()
        .map(|p| texts.iter().map(|t| super::pattern::matches(p, t)).collect())
        .collect();
    for (p, mp) in patterns.iter().zip(&matched) {
        for (q, mq) in patterns.iter().zip(&matched) {
            let inside = mp.iter().zip(mq).all(|(p, q)| *p || !*q);
            let meets = mp.iter().zip(mq).any(|(p, q)| *p && *q);
            assert_eq!(super::pattern::intersects(p, q), meets, "{p} and {q}");
            let said = super::pattern::covers(p, q);
            assert!(!said || inside, "{p} does not cover {q}");
            let mixed = p.contains('*') && p.contains('?');
            assert!(said || !inside || mixed, "{p} covers {q}");
        }
    }
}
