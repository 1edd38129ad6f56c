//! Small accounts: who may what, and who becomes whom.

use assay_core::Resource;
use serde_json::{Value, json};

use super::escalation::escalations;
use super::*;
use crate::policy::pattern;
use crate::{Deriver, Fixed, World};

mod targets;

const ACCOUNT: &str = "123456789012";

fn doc(kind: &str, id: &str, properties: Value) -> Resource {
    let name = id.rsplit('/').next().unwrap();
    let mut r =
        Resource::new(kind, format!("arn:aws:iam::{ACCOUNT}:{id}"), "aws", ACCOUNT, "global", name);
    r.properties = properties.as_object().unwrap().clone();
    r
}

fn allow(actions: Value, resource: Value) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": resource})
}

fn policy(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn user(name: &str, statements: Value) -> Resource {
    doc(
        "AWS::IAM::User",
        &format!("user/{name}"),
        json!({
            "Groups": [], "ManagedPolicyArns": [], "PermissionsBoundary": null, "Path": "/",
            "Policies": [{"PolicyName": "inline", "PolicyDocument": policy(statements)}],
        }),
    )
}

fn role(name: &str, principal: Value, statements: Value) -> Resource {
    doc(
        "AWS::IAM::Role",
        &format!("role/{name}"),
        json!({
            "ManagedPolicyArns": [], "PermissionsBoundary": null, "Path": "/",
            "AssumeRolePolicyDocument": policy(json!([
                {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}])),
            "Policies": [{"PolicyName": "inline", "PolicyDocument": policy(statements)}],
        }),
    )
}

fn managed(name: &str, statements: Value) -> Resource {
    doc(
        "AWS::IAM::ManagedPolicy",
        &format!("policy/{name}"),
        json!({"PolicyDocument": policy(statements)}),
    )
}

fn arn(id: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{id}")
}

/// The ids of the open paths of the first document.
fn open(all: &[Resource]) -> Result<Vec<String>, String> {
    let world = Fixed::around(&all[0], all.iter().cloned());
    let access = Access::of(&world);
    let who = access.principal(&all[0]).map_err(|g| g.detail)?;
    let found = escalations(who, &access).map_err(|g| g.detail)?;
    Ok(found.iter().map(|e| e.path.to_owned()).collect())
}

fn admin_role(service: &str) -> Resource {
    role("power", json!({"Service": service}), json!([allow(json!("*"), json!("*"))]))
}

#[test]
fn paths_are_well_formed() {
    let mut ids = std::collections::BTreeSet::new();
    for p in paths::PATHS {
        assert!(ids.insert(p.id), "{}", p.id);
        assert!(p.required.iter().all(|a| !pattern::has_wildcard(a) && *a == a.to_lowercase()));
    }
    assert_eq!(ids.len(), 65);
}

#[test]
fn self_escalation_needs_the_principal_itself() {
    for (resource, want) in [
        (json!("*"), vec!["iam-007"]),
        (json!([arn("user/bob")]), vec!["iam-007"]),
        (json!("arn:aws:iam::*:user/${aws:username}"), vec!["iam-007"]),
        (json!([arn("user/eve")]), vec![]),
        (json!("arn:aws:iam::*:user/ci/*"), vec![]),
    ] {
        for action in
            [json!("iam:PutUserPolicy"), json!(["IAM:putuserPOLICY"]), json!("iam:PutUser*")]
        {
            let got = open(&[user("bob", json!([allow(action, resource.clone())]))]).unwrap();
            assert_eq!(got, want, "{resource}");
        }
    }
    // A role cannot put a user's policy on itself.
    let r = role(
        "r",
        json!({"Service": "ec2.amazonaws.com"}),
        json!([allow(json!("iam:PutUserPolicy"), json!("*"))]),
    );
    assert_eq!(open(&[r]).unwrap(), Vec::<String>::new());
}

#[test]
fn deny_boundary_and_not_action_count() {
    let grant = allow(json!("iam:PutUserPolicy"), json!("*"));
    let deny = |d: Value| open(&[user("bob", json!([grant, d]))]);
    assert_eq!(
        deny(json!({"Effect": "Deny", "Action": "iam:*", "Resource": "*"})).unwrap(),
        Vec::<String>::new()
    );
    assert_eq!(
        deny(json!({"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"})).unwrap(),
        Vec::<String>::new()
    );
    assert_eq!(
        deny(json!({"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"})).unwrap(),
        ["iam-007"]
    );
    assert_eq!(
        deny(json!({"Effect": "Deny", "Action": "iam:*", "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}))
        .unwrap(),
        ["iam-007"],
        "with MFA it is open"
    );
    let mut bounded = user("bob", json!([grant]));
    bounded.properties["PermissionsBoundary"] = json!(arn("policy/limit"));
    let limit = managed("limit", json!([allow(json!(["s3:*", "iam:PutUserPolicy"]), json!("*"))]));
    assert_eq!(
        open(&[bounded.clone(), limit]).unwrap(),
        Vec::<String>::new(),
        "the boundary stays"
    );
    let wide = managed("limit", json!([allow(json!("*"), json!("*"))]));
    assert_eq!(open(&[bounded.clone(), wide]).unwrap(), ["iam-007"]);
    assert!(open(&[bounded]).unwrap_err().contains("was not returned"));
    let not =
        user("bob", json!([{"Effect": "Allow", "NotAction": ["s3:*", "iam:*"], "Resource": "*"}]));
    assert_eq!(open(&[not]).unwrap(), Vec::<String>::new());
}

#[test]
fn groups_and_managed_policies_count() {
    let mut bob = user("bob", json!([]));
    bob.properties["Groups"] = json!(["dev"]);
    let group = doc(
        "AWS::IAM::Group",
        "group/dev",
        json!({
        "GroupName": "dev", "ManagedPolicyArns": [arn("policy/p")], "Policies": []}),
    );
    let p = managed("p", json!([allow(json!("iam:CreatePolicyVersion"), json!(arn("policy/p")))]));
    assert_eq!(open(&[bob.clone(), group.clone(), p]).unwrap(), ["iam-001"]);
    let p = managed("p", json!([allow(json!("iam:CreatePolicyVersion"), json!(arn("policy/q")))]));
    assert_eq!(open(&[bob.clone(), group.clone(), p]).unwrap(), Vec::<String>::new());
    let p = managed("p", json!([allow(json!("iam:PutGroupPolicy"), json!(arn("group/dev")))]));
    assert_eq!(open(&[bob, group, p]).unwrap(), ["iam-011"]);
}

#[test]
fn administrators_do_not_escalate() {
    for statements in [
        json!([allow(json!("*"), json!("*"))]),
        json!([allow(json!("*:*"), json!(["*"]))]),
        json!([allow(json!("iam:*"), json!("arn:aws:iam::*:*"))]),
        json!([allow(json!("*"), json!("*")), {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}]),
        json!([{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}]),
    ] {
        let all = [user("root-like", statements.clone())];
        let world = Fixed::around(&all[0], all.iter().cloned());
        let access = Access::of(&world);
        let admin = !access.principal(&all[0]).unwrap().admin().reasons.is_empty();
        assert!(admin, "{statements}");
        assert_eq!(open(&all).unwrap(), Vec::<String>::new(), "{statements}");
    }
    let power = user("p", json!([{"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}]));
    let world = Fixed::around(&power, [power.clone()]);
    assert!(Access::of(&world).principal(&power).unwrap().admin().reasons.is_empty());
    assert!(Access::of(&world).principal(&power).unwrap().admin().perhaps.is_empty());
}

fn when(mut statement: Value, condition: Value) -> Value {
    statement["Condition"] = condition;
    statement
}

fn tagged() -> Value {
    json!({"StringEquals": {"aws:PrincipalTag/team": "ops"}})
}

#[test]
fn rights_of_an_administrator_behind_a_tag_are_unknown() {
    let all = allow(json!("*"), json!("*"));
    let ask = |statements: Value| {
        let bob = user("bob", statements);
        let world = Fixed::around(&bob, [bob.clone()]);
        crate::derive(&ADMIN_USER, &bob, &world as &dyn World).map(|v| v["admin"].clone()).ok()
    };
    assert_eq!(ask(json!([all.clone()])), Some(json!(true)));
    assert_eq!(ask(json!([when(all.clone(), tagged())])), None);
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    assert_eq!(ask(json!([when(all.clone(), mfa)])), Some(json!(true)));
    let deny = json!({"Effect": "Deny", "Action": "iam:*", "Resource": "*"});
    let both = json!([when(all.clone(), tagged()), deny.clone()]);
    assert_eq!(ask(both), Some(json!(false)));
    assert_eq!(ask(json!([all.clone(), when(deny.clone(), tagged())])), None, "denied, perhaps");
    // A user's own request carries no source account: whether the denial speaks is not told.
    let source = json!({"StringEquals": {"aws:SourceAccount": ACCOUNT}});
    assert_eq!(ask(json!([all.clone(), when(deny, source)])), None);
    let iam = json!({"Effect": "Deny", "Action": "*", "Resource": "arn:aws:iam::*:*"});
    assert_eq!(ask(json!([all, iam])), Some(json!(false)));
    // Such a role is no safe one to hand out, either.
    let power = json!([when(allow(json!("*"), json!("*")), tagged())]);
    let power = role("power", json!({"Service": "ec2.amazonaws.com"}), power);
    let ssm = json!([allow(json!("ssm:StartSession"), json!("*"))]);
    assert!(open(&[user("bob", ssm), power.clone()]).unwrap_err().contains("ssm-001"));
    let profile = json!({"Roles": [arn("role/power")]});
    let profile = doc("AWS::IAM::InstanceProfile", "instance-profile/p", profile);
    let world = Fixed::around(&profile, [profile.clone(), power]);
    assert!(crate::derive(&PRIVILEGED, &profile, &world as &dyn World).is_err());
}

#[test]
fn boundaries_limit_only_as_far_as_they_do() {
    let bounded = |name: &str, statements: Value| {
        let mut u = user(name, statements);
        u.properties["PermissionsBoundary"] = json!(arn("policy/limit"));
        u
    };
    let raise = json!([allow(json!("iam:PutUserPolicy"), json!("*"))]);
    let wide = |deny: Value| managed("limit", json!([allow(json!("*"), json!("*")), deny]));
    let deny = |action: &str| json!({"Effect": "Deny", "Action": action, "Resource": "*"});
    let ask = |limit: Resource| open(&[bounded("bob", raise.clone()), limit]);
    assert_eq!(ask(wide(deny("s3:DeleteBucket"))).unwrap(), ["iam-007"], "all but one action");
    assert_eq!(ask(wide(deny("iam:*"))).unwrap(), Vec::<String>::new());
    let narrow = managed("limit", json!([allow(json!("s3:*"), json!("*"))]));
    assert_eq!(ask(narrow.clone()).unwrap(), Vec::<String>::new());
    // Whether the boundary can be taken off rests on a tag.
    let off = when(allow(json!("iam:DeleteUserPermissionsBoundary"), json!("*")), tagged());
    let both = managed(
        "limit",
        json!([allow(
            json!(["s3:*", "iam:PutUserPolicy", "iam:DeleteUserPermissionsBoundary"]),
            json!("*")
        )]),
    );
    let bob = bounded("bob", json!([allow(json!("iam:PutUserPolicy"), json!("*")), off]));
    assert!(open(&[bob, both]).unwrap_err().contains("iam-007"));
    // Another user behind a boundary that leaves everything is as good as one without.
    let steal = user(
        "bob",
        json!([allow(json!(["iam:PutUserPolicy", "iam:CreateAccessKey"]), json!(arn("user/eve")))]),
    );
    let eve = bounded("eve", json!([]));
    assert_eq!(open(&[steal.clone(), eve.clone(), wide(deny("s3:*"))]).unwrap(), ["iam-018"]);
    assert_eq!(open(&[steal, eve, narrow]).unwrap(), Vec::<String>::new());
}

#[test]
fn a_denial_makes_weaker_than_those_without_it() {
    let lambda = admin_role("lambda.amazonaws.com");
    let deny = json!({"Effect": "Deny", "Action": ["iam:Put*", "iam:Attach*", "iam:Create*",
        "iam:Add*", "iam:Set*", "iam:Update*"], "Resource": "*"});
    let bob = user("bob", json!([allow(json!("*"), json!("*")), deny]));
    assert!(open(&[bob, lambda]).unwrap().contains(&"lambda-001".to_owned()));
}

#[test]
fn what_could_not_be_read_is_no_safe_target() {
    let mut hidden = role("hidden", json!({"AWS": arn("root")}), json!([]));
    hidden.properties["ManagedPolicyArns"] = json!([arn("policy/never-returned")]);
    let ask = |statements: Value| open(&[user("bob", statements), hidden.clone()]);
    let take = allow(json!("sts:AssumeRole"), json!(arn("role/hidden")));
    assert!(ask(json!([take.clone()])).is_err());
    assert!(ask(json!([when(take, tagged())])).is_err(), "a conditional grant");
    // Its trust policy may name the user.
    assert!(ask(json!([allow(json!("iam:AttachRolePolicy"), json!(arn("role/hidden")))])).is_err());
    assert_eq!(ask(json!([allow(json!("s3:*"), json!("*"))])).unwrap(), Vec::<String>::new());
    let join = user("bob", json!([allow(json!("iam:AddUserToGroup"), json!("*"))]));
    let group = doc(
        "AWS::IAM::Group",
        "group/hidden",
        json!({"GroupName": "hidden",
        "ManagedPolicyArns": [arn("policy/never-returned")], "Policies": []}),
    );
    assert!(open(&[join, group]).is_err());
}

#[test]
fn a_principal_that_is_named_behind_a_condition_is_not_dropped() {
    let mut one = role("one", json!({"AWS": arn("user/bob")}), json!([]));
    one.properties["AssumeRolePolicyDocument"]["Statement"][0]["Condition"] = tagged();
    let power = json!([allow(json!("*"), json!("*"))]);
    let power = role("power", json!({"AWS": arn("role/one")}), power);
    let chain = |bob: Resource| {
        let all = [bob.clone(), one.clone(), power.clone()];
        let world = Fixed::around(&bob, all);
        crate::derive(&ADMIN_CHAIN, &bob, &world as &dyn World).map(|v| v["hops"].clone()).ok()
    };
    assert_eq!(chain(user("bob", json!([]))), None, "no policy of its own is needed");
    assert_eq!(chain(user("eve", json!([]))), Some(json!([])));
    let deny = json!({"Effect": "Deny", "Action": "sts:*", "Resource": "*"});
    assert_eq!(chain(user("bob", json!([deny.clone()]))), Some(json!([])));
    // Named for sure, and a denial rests on a tag.
    let plain = role("one", json!({"AWS": arn("user/bob")}), json!([]));
    let bob = user("bob", json!([when(deny, tagged())]));
    let world = Fixed::around(&bob, [bob.clone(), plain, power]);
    assert!(crate::derive(&ADMIN_CHAIN, &bob, &world as &dyn World).is_err());
}

#[test]
fn roles_that_may_be_administrators_can_lead_to_each_other() {
    let root = || json!({"AWS": arn("root")});
    let power = json!([
        when(allow(json!("*"), json!("*")), tagged()),
        allow(json!("sts:AssumeRole"), json!("*"))
    ]);
    let all = [role("a", root(), power.clone()), role("b", root(), power)];
    let world = Fixed::around(&all[0], all.iter().cloned());
    let got = crate::derive(&ADMIN_CHAIN, &all[0], &world as &dyn World);
    assert!(got.is_err() || got.unwrap()["hops"] == json!([]));
}
