//! Many AWS accounts in one scan: each by a role, and what nobody gets into is never green.

use std::path::Path;

use serde_json::{Value, json};

use crate::lab::{Lab, lab};
use crate::support::{folder, json as read, lines, run, text};

const OWN: &str = "123456789012";

/// A scan of several accounts, all verdicts written to `DIR/<out>`.
fn scan(lab: &Lab, dir: &Path, out: &str, choice: &[&str]) -> crate::support::Ran {
    let fixed = ["scan", "aws", "--region", "us-east-1", "--verdicts", "all", "--log", "error"];
    run(lab.assay(dir).args(fixed).args(["--out", out]).args(choice))
}

fn accounts(out: &Path) -> Vec<String> {
    let manifest = read(&out.join("snapshot/manifest.json"));
    let list = manifest["scope"]["accounts"].as_array().expect("accounts").clone();
    list.iter().map(|a| a.as_str().expect("an id").to_owned()).collect()
}

fn statuses(out: &Path, account: &str) -> Vec<(String, String)> {
    let assessment = read(&out.join("assessment.json"));
    let rules = assessment["rules"].as_array().expect("rules").clone();
    rules
        .iter()
        .filter_map(|rule| {
            let all = rule["accounts"].as_array()?;
            let here = all.iter().find(|a| text(a, "account") == account)?;
            Some((text(rule, "id").to_owned(), text(here, "status").to_owned()))
        })
        .collect()
}

#[test]
fn an_organisation_is_scanned_by_a_role_in_each_account() {
    let Some(lab) = lab("an_organisation_is_scanned_by_a_role_in_each_account") else { return };
    let dir = folder("organisation");
    scan(&lab, &dir, "alone", &[]).expect(&[1]);
    lab.calm();
    let all = ["--organization", "--role", "audit/AssayReader", "--external-id", "larkspur"];
    scan(&lab, &dir, "all", &all).expect(&[1]);
    let out = dir.join("all");
    let found = accounts(&out);
    let [first, second] = found.as_slice() else { panic!("two accounts, not {found:?}") };
    let member = if first == OWN { second } else { first };
    let manifest = read(&out.join("snapshot/manifest.json"));
    let caller = text(&manifest["callers"], member);
    assert!(caller.contains(&format!("{member}:assumed-role/AssayReader/assay")), "{caller}");

    // One role session and one list of accounts, whatever the number of clients.
    let calls = lab.calls();
    let times = |o: &str| calls.iter().find(|(name, _)| name == o).map_or(0, |(_, n)| *n);
    assert_eq!(times("sts:AssumeRole"), 1, "{calls:?}");
    assert_eq!(times("organizations:ListAccounts"), 2, "the member asks for its own");
    let recorded = lines(&out.join("snapshot/calls.ndjson"));
    let assumed: Vec<&Value> =
        recorded.iter().filter(|c| text(c, "operation") == "sts:AssumeRole").collect();
    let [assumed] = assumed.as_slice() else { panic!("one call, not {assumed:?}") };
    let arn = text(&assumed["parameters"], "RoleArn");
    assert_eq!(arn, format!("arn:aws:iam::{member}:role/audit/AssayReader"));

    // The other account changes nothing in what is said of the first one, and is judged itself.
    let own = |out: &Path| -> Vec<String> {
        let said = lines(&out.join("findings.ndjson")).into_iter();
        said.filter(|v| text(v, "account") == OWN)
            .map(|v| {
                format!(
                    "{} {} {} {}",
                    text(&v, "rule"),
                    text(&v, "resource"),
                    v["key"],
                    text(&v, "status")
                )
            })
            .collect()
    };
    let (alone, together) = (own(&dir.join("alone")), own(&out));
    let differ = alone.iter().zip(&together).find(|(a, b)| a != b);
    assert!(differ.is_none() && alone.len() == together.len(), "{differ:?}");
    let judged = statuses(&out, member);
    assert!(judged.iter().any(|(_, s)| s == "pass" || s == "fail"), "{judged:?}");
}

#[test]
fn an_account_that_nobody_gets_into_is_not_green() {
    let Some(lab) = lab("an_account_that_nobody_gets_into_is_not_green") else { return };
    let dir = folder("closed-account");
    const OTHER: &str = "222222222222";
    let both = ["--account", OWN, OTHER, "--role", "AssayReader"];
    scan(&lab, &dir, "before", &both).expect(&[1]);
    let before = statuses(&dir.join("before"), OTHER);
    assert!(before.iter().any(|(_, s)| s == "pass"), "{before:?}");
    lab.faults(&json!({"deny": [format!("sts:AssumeRole#{OTHER}")]}));
    let ran = scan(&lab, &dir, "after", &both).expect(&[1]);
    ran.says(&["account 222222222222 is not seen", "let it trust arn:aws:sts::123456789012:"]);
    let out = dir.join("after");
    assert_eq!(accounts(&out), [OWN, OTHER]);
    let after = statuses(&out, OTHER);
    assert_eq!(after.len(), before.len(), "every rule still speaks of the account");
    for (rule, status) in &after {
        assert_eq!(status, "not_assessed", "{rule}");
    }
    let assessment = read(&out.join("assessment.json"));
    let unseen = assessment["incomplete_listings"].as_array().expect("listings");
    let of_other: Vec<_> = unseen.iter().filter(|l| text(l, "account") == OTHER).collect();
    assert_eq!(of_other.len(), 2, "the account and its regions, and not one for each type");
    assert!(of_other.iter().all(|l| text(l, "state") == "denied"), "{of_other:?}");
    let green = assessment["frameworks"].as_array().expect("frameworks").iter();
    let controls = green.flat_map(|f| f["controls"].as_array().expect("controls").clone());
    let tested = controls.filter(|c| text(c, "basis") == "tested" && text(c, "status") == "pass");
    assert_eq!(tested.count(), 0, "no control is green while an account was not looked at");
}

#[test]
fn a_choice_of_accounts_that_cannot_work_says_so() {
    let Some(lab) = lab("a_choice_of_accounts_that_cannot_work_says_so") else { return };
    let dir = folder("bad-accounts");
    let no = |choice: &[&str], words: &[&str]| {
        let ran = scan(&lab, &dir, "out", choice).expect(&[2]);
        assert!(!dir.join("out").exists());
        ran.says(words);
    };
    no(&["--account", "222222222222"], &["123456789012", "222222222222", "--role"]);
    no(&["--account", "2222"], &["twelve digits"]);
    no(&["--account", OWN, "--role", "arn:aws:iam::1:role/x"], &["AssayReader"]);
    let missing = ["--organization", "--role", "R", "--exclude-account", "999999999999"];
    no(&missing, &["999999999999", "not one of the 2 accounts"]);
    no(&["--account", OWN, "--exclude-account", OWN], &["no account is left"]);
    lab.faults(&json!({"deny": ["organizations:ListAccounts"]}));
    no(&["--organization", "--role", "R"], &["organizations:ListAccounts", "--account"]);
    lab.calm();
}
