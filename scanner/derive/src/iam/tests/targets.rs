//! Roles that can be passed, resources that have one, chains that end at an administrator.

use super::*;

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
