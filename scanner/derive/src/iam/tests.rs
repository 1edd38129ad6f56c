//! Small accounts: who may what, and who becomes whom.

use assay_core::Resource;
use serde_json::{Value, json};

use super::escalation::escalations;
use super::*;
use crate::policy::pattern;
use crate::{Deriver, Fixed, World};

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

#[test]
fn passing_a_role_needs_a_role_of_that_service() {
    let lambda = ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"];
    let bob = user("bob", json!([allow(json!(lambda), json!("*"))]));
    assert_eq!(open(std::slice::from_ref(&bob)).unwrap(), Vec::<String>::new(), "no role");
    let lambda_role = admin_role("lambda.amazonaws.com");
    assert_eq!(open(&[bob.clone(), lambda_role.clone()]).unwrap(), ["lambda-001"]);
    assert_eq!(open(&[bob, admin_role("ec2.amazonaws.com")]).unwrap(), Vec::<String>::new());
    // Not passable, passable to another service, passable to this one.
    let with = |pass: Value| {
        user(
            "bob",
            json!([
                allow(json!(["lambda:CreateFunction", "lambda:InvokeFunction"]), json!("*")),
                pass
            ]),
        )
    };
    let pass = |resource: Value, condition: Value| json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": resource, "Condition": condition});
    for (statement, want) in [
        (pass(json!(arn("role/other")), json!({})), vec![]),
        (pass(json!(arn("role/p*")), json!({})), vec!["lambda-001"]),
        (
            pass(json!("*"), json!({"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}})),
            vec![],
        ),
        (
            pass(json!("*"), json!({"StringLike": {"iam:PassedToService": ["lambda.*"]}})),
            vec!["lambda-001"],
        ),
        (
            pass(
                json!("*"),
                json!({"StringEqualsIfExists": {"iam:PassedToService": "lambda.amazonaws.com"}}),
            ),
            vec!["lambda-001"],
        ),
    ] {
        let got = open(&[with(statement.clone()), lambda_role.clone()]).unwrap();
        assert_eq!(got, want, "{statement}");
    }
    // A role that can do nothing more is no gain.
    let weak = role(
        "weak",
        json!({"Service": "lambda.amazonaws.com"}),
        json!([allow(json!("lambda:InvokeFunction"), json!("*"))]),
    );
    let bob = user("bob", json!([allow(json!(lambda), json!("*"))]));
    assert_eq!(open(&[bob, weak]).unwrap(), Vec::<String>::new());
    // Unevaluated conditions: nobody knows.
    let tagged = pass(json!("*"), json!({"StringEquals": {"aws:ResourceTag/team": "x"}}));
    assert!(open(&[with(tagged), lambda_role]).unwrap_err().contains("lambda-001"));
}

#[test]
fn existing_resources_need_an_administrator_role() {
    let bob =
        user("bob", json!([allow(json!("ssm:StartSession"), json!("arn:aws:ec2:*:*:instance/*"))]));
    assert_eq!(open(std::slice::from_ref(&bob)).unwrap(), Vec::<String>::new());
    assert_eq!(open(&[bob, admin_role("ec2.amazonaws.com")]).unwrap(), ["ssm-001"]);
}

#[test]
fn others_are_targets_only_if_they_can_do_more() {
    let bob = user("bob", json!([allow(json!("iam:CreateAccessKey"), json!("*"))]));
    let same = user("eve", json!([allow(json!("iam:CreateAccessKey"), json!("*"))]));
    let more = user("eve", json!([allow(json!("s3:*"), json!("*"))]));
    assert_eq!(open(&[bob.clone(), same]).unwrap(), Vec::<String>::new());
    assert_eq!(open(&[bob, more.clone()]).unwrap(), ["iam-002"]);
    let own = user(
        "bob",
        json!([allow(json!("iam:*AccessKey*"), json!("arn:aws:iam::*:user/${aws:username}"))]),
    );
    assert_eq!(open(&[own, more]).unwrap(), Vec::<String>::new());
}

#[test]
fn assuming_needs_trust_and_permission() {
    let root = json!({"AWS": arn("root")});
    let admin = |trust: Value| role("admin", trust, json!([allow(json!("*"), json!("*"))]));
    let bob = user("bob", json!([allow(json!("sts:AssumeRole"), json!("*"))]));
    assert_eq!(open(&[bob.clone(), admin(root.clone())]).unwrap(), ["sts-001"]);
    assert_eq!(open(&[bob.clone(), admin(json!({"AWS": ACCOUNT}))]).unwrap(), ["sts-001"]);
    assert_eq!(
        open(&[bob.clone(), admin(json!({"AWS": arn("user/bob")}))]).unwrap(),
        Vec::<String>::new(),
        "a decision"
    );
    assert_eq!(
        open(&[bob.clone(), admin(json!({"AWS": "arn:aws:iam::999999999999:root"}))]).unwrap(),
        Vec::<String>::new()
    );
    let nobody = user("bob", json!([]));
    assert_eq!(open(&[nobody, admin(root.clone())]).unwrap(), Vec::<String>::new());
    let raise = user(
        "bob",
        json!([allow(json!(["iam:AttachRolePolicy", "sts:AssumeRole"]), json!(arn("role/weak")))]),
    );
    let weak = role("weak", root, json!([]));
    assert_eq!(open(&[raise, weak]).unwrap(), ["iam-014"]);
}

#[test]
fn chains_are_shortest_and_end_at_an_administrator() {
    let root = json!({"AWS": arn("root")});
    let assume =
        |name: &str| json!([allow(json!("sts:AssumeRole"), json!(arn(&format!("role/{name}"))))]);
    let all = [
        user("bob", assume("one")),
        role("one", root.clone(), assume("two")),
        role("two", json!({"AWS": arn("role/one")}), json!([])),
        role("power", json!({"AWS": arn("role/two")}), json!([allow(json!("*"), json!("*"))])),
        user("eve", json!([])),
    ];
    let world = Fixed::around(&all[0], all.iter().cloned());
    let access = Access::of(&world);
    let chains = chain::Chains::of(&world, &access);
    assert_eq!(chains.hops(&all[0].id), [arn("role/one"), arn("role/two"), arn("role/power")]);
    assert_eq!(chains.hops(&all[2].id), [arn("role/power")], "named in the trust policy");
    assert_eq!(chains.hops(&all[3].id), Vec::<String>::new());
    assert_eq!(chains.hops(&all[4].id), Vec::<String>::new());
}

#[test]
fn a_chain_that_rests_on_a_condition_is_not_ruled_out() {
    let root = json!({"AWS": arn("root")});
    let assume = json!([allow(json!("sts:AssumeRole"), json!(arn("role/one")))]);
    let mut one = role("one", root, json!([]));
    one.properties["AssumeRolePolicyDocument"]["Statement"][0]["Condition"] =
        json!({"StringEquals": {"aws:PrincipalTag/team": "ops"}});
    let power = json!([allow(json!("*"), json!("*"))]);
    let all = [
        user("bob", assume),
        one,
        role("power", json!({"AWS": arn("role/one")}), power),
        user("eve", json!([])),
    ];
    let chain = |of: usize| {
        let world = Fixed::around(&all[of], all.iter().cloned());
        crate::derive(&ADMIN_CHAIN, &all[of], &world as &dyn World)
    };
    assert_eq!(chain(0).unwrap_err().gap.state, assay_core::GapState::Unsupported);
    assert_eq!(chain(1).unwrap()["hops"], json!([arn("role/power")]));
    assert_eq!(chain(3).unwrap()["hops"], json!([]));
}

fn facet(d: &dyn Deriver, all: &[Resource]) -> Value {
    let world = Fixed::around(&all[0], all.iter().cloned());
    crate::derive(d, &all[0], &world as &dyn World).unwrap()
}

#[test]
fn instance_profiles_say_why_they_are_powerful() {
    let profile = doc(
        "AWS::IAM::InstanceProfile",
        "instance-profile/p",
        json!({"Roles": [arn("role/power")]}),
    );
    let got = facet(&PRIVILEGED, &[profile.clone(), admin_role("ec2.amazonaws.com")]);
    assert_eq!(got[0]["reason"], "an administrator by inline");
    let raise = role(
        "power",
        json!({"Service": "ec2.amazonaws.com"}),
        json!([allow(json!("iam:PutRolePolicy"), json!("*"))]),
    );
    assert_eq!(
        facet(&PRIVILEGED, &[profile.clone(), raise])[0]["reason"],
        "can become stronger by iam-005"
    );
    let weak = role(
        "power",
        json!({"Service": "ec2.amazonaws.com"}),
        json!([allow(json!("s3:Get*"), json!("*"))]),
    );
    assert_eq!(facet(&PRIVILEGED, &[profile, weak]), json!([]));
}

#[test]
fn groups_and_mfa() {
    let group = |statements: Value| {
        doc(
            "AWS::IAM::Group",
            "group/ops",
            json!({
        "GroupName": "ops", "ManagedPolicyArns": [],
        "Policies": [{"PolicyName": "p", "PolicyDocument": policy(statements)}]}),
        )
    };
    let mut bob = user("bob", json!([]));
    bob.properties["Groups"] = json!(["ops"]);
    let mfa = |statements: Value| facet(&GROUP_MFA, &[group(statements), bob.clone()]);
    let with = |condition: Value| json!({"Effect": "Allow", "Action": "iam:*", "Resource": "*", "Condition": condition});
    let free = mfa(json!([allow(json!("iam:*"), json!("*"))]));
    assert_eq!(free["members"], json!(["bob"]));
    assert_eq!(free["unprotected"].as_array().unwrap().len(), 1);
    for (condition, closed) in [
        (json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}), true),
        (json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}), false),
        (json!({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}), true),
        (json!({"Null": {"aws:MultiFactorAuthAge": "false"}}), true),
        (json!({"Bool": {"aws:SecureTransport": "true"}}), false),
    ] {
        let got = mfa(json!([with(condition.clone())]));
        assert_eq!(got["unprotected"].as_array().unwrap().is_empty(), closed, "{condition}");
        assert!(!got["sensitive"].as_array().unwrap().is_empty());
    }
    for (condition, closed) in [
        (json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}), true),
        (json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}}), false),
    ] {
        let deny = json!({"Effect": "Deny", "NotAction": ["iam:ChangePassword", "sts:*"], "Resource": "*", "Condition": condition});
        let got = mfa(json!([allow(json!("*"), json!("*")), deny]));
        assert_eq!(got["unprotected"].as_array().unwrap().is_empty(), closed, "{condition}");
    }
    assert_eq!(mfa(json!([allow(json!("s3:Get*"), json!("*"))]))["sensitive"], json!([]));
    let own =
        mfa(json!([allow(json!("iam:*AccessKey*"), json!("arn:aws:iam::*:user/${aws:username}"))]));
    assert_eq!(own["sensitive"], json!([]));
}

/// Everyone may pass every role: the search must stay quick.
#[test]
fn large_accounts_stay_quick() {
    let mut all = Vec::new();
    for i in 0..300 {
        all.push(role(
            &format!("r{i}"),
            json!({"Service": "lambda.amazonaws.com"}),
            json!([
                allow(json!(["s3:Get*", "s3:List*", format!("dynamodb:Get{i}*")]), json!("*")),
                allow(json!(["iam:PassRole", "lambda:*"]), json!("*")),
            ]),
        ));
    }
    let started = cpu();
    let world = Fixed::around(&all[0], all.iter().cloned());
    let access = Access::of(&world);
    for p in access.principals.values() {
        assert_eq!(escalations(p.as_ref().unwrap(), &access).unwrap().len(), 3);
    }
    assert!(cpu() - started < 5.0);
}

/// CPU time of this thread in seconds: what else the machine does is not in it.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}
