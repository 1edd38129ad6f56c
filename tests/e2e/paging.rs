//! Pages, for operations on which moto ignores paging: the lab cuts its answers.

use serde_json::{Value, json};

use crate::lab::lab;
use crate::support::{folder, json as read, text, verdicts};

/// Operations that moto would answer whole, with the type that each one lists.
const LISTED: [(&str, &str); 8] = [
    ("iam:GetAccountAuthorizationDetails", "AWS::IAM::Role"),
    ("ec2:DescribeSecurityGroups", "AWS::EC2::SecurityGroup"),
    ("ec2:DescribeVolumes", "AWS::EC2::Volume"),
    ("ec2:DescribeSubnets", "AWS::EC2::Subnet"),
    ("kms:ListKeys", "AWS::KMS::Key"),
    ("logs:DescribeLogGroups", "AWS::Logs::LogGroup"),
    ("rds:DescribeDBSnapshots", "AWS::RDS::DBSnapshot"),
    ("cloudwatch:DescribeAlarms", "AWS::CloudWatch::Alarm"),
];

#[test]
fn many_small_pages_give_the_same() {
    let Some(lab) = lab("many_small_pages_give_the_same") else { return };
    let dir = folder("pages");
    lab.scan(&dir).expect(&[1]);
    let whole = verdicts(&dir.join("out"));
    let few: u64 = lab.calls().iter().map(|(_, n)| n).sum();
    lab.faults(&json!({"page_size": 2}));
    lab.scan(&dir).expect(&[1]);
    let many: u64 = lab.calls().iter().map(|(_, n)| n).sum();
    assert!(many > few + 20, "nothing was paged: {few} calls, then {many}");
    let paged = verdicts(&dir.join("out"));
    let differ: Vec<_> = whole.iter().filter(|(k, v)| paged.get(*k) != Some(v)).take(10).collect();
    assert!(differ.is_empty() && whole.len() == paged.len(), "pages changed {differ:?}");
}

#[test]
fn a_lost_page_makes_its_listing_partial() {
    partial("cut_pages", "lost-pages");
}

#[test]
fn a_repeated_token_makes_its_listing_partial() {
    partial("repeat_token", "repeated-tokens");
}

fn partial(fault: &str, name: &str) {
    let Some(lab) = lab(name) else { return };
    let dir = folder(name);
    lab.scan(&dir).expect(&[1]);
    let before = verdicts(&dir.join("out"));
    let operations: Vec<&str> = LISTED.iter().map(|(o, _)| *o).collect();
    lab.faults(&json!({"page_size": 1, fault: operations}));
    lab.scan(&dir).expect(&[1, 3]);
    let manifest = read(&dir.join("out/snapshot/manifest.json"));
    let listings = manifest["listings"].as_array().expect("listings");
    for (operation, kind) in LISTED {
        let states: Vec<&str> =
            listings.iter().filter(|l| text(l, "type") == kind).map(|l| text(l, "state")).collect();
        assert!(states.contains(&"partial"), "{fault} of {operation}: {kind} is {states:?}");
    }
    let mut wrong = Vec::new();
    crate::denied::better(&before, &verdicts(&dir.join("out")), &[fault.to_owned()], &mut wrong);
    assert!(
        wrong.is_empty(),
        "{} wrong, such as {:#?}",
        wrong.len(),
        &wrong[..wrong.len().min(20)]
    );
    let assessment: Value = read(&dir.join("out/assessment.json"));
    assert!(assessment["incomplete_listings"].as_array().is_some_and(|l| l.len() >= LISTED.len()));
}
