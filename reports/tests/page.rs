//! What the page must show of every rule, every control and every choice.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod synth;

use assay_core::Verdict;
use assay_core::approval::{AllowedSigners, ApprovalKind, ApprovalResult, Signing};
use assay_core::assessment::BaselineResult;
use assay_core::counterfactual::{Change, Counterfactual};
use assay_core::tailoring::{Approval, Attested, Deselected, Inherited, ScopeChoice};
use assay_reports::{Assessment, write_html};
use synth::{Plan, estate};

#[expect(clippy::ptr_arg, reason = "a slice cannot become a trait object")]
fn page(a: &Assessment, v: &Vec<Verdict>) -> String {
    let mut out = Vec::new();
    write_html(a, v, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What stands between the anchor of a card and the end of its list item.
fn card<'p>(page: &'p str, id: &str) -> &'p str {
    let start = page.find(&format!("id=\"evidence-{id}\"")).unwrap_or_else(|| panic!("no {id}"));
    let end = start + page[start..].find("</ol>\n").unwrap();
    &page[start..end]
}

/// A text without its tags, and with single spaces.
fn words(html: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
        if c == '>' {
            out.push(' ');
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_rule_has_its_evidence() {
    let (a, v) = estate(Plan { findings: 400, accounts: 2, hostile: false });
    let html = page(&a, &v);
    for r in &a.rules {
        let shown = card(&html, &r.meta.id);
        let text = words(shown);
        assert!(text.contains(&r.sha256), "{}: the digest of its text", r.meta.id);
        assert!(shown.contains("input.properties."), "{}: its text", r.meta.id);
        let c = &r.verdicts;
        let terms = format!(
            "{} population = {} evaluated ( {} pass, {} fail) + {} excepted + {} errored: not \
             assessed + {} not applicable",
            c.total(),
            c.pass + c.fail,
            c.pass,
            c.fail,
            c.waived,
            c.not_assessed,
            c.not_applicable
        );
        let text = text.replace("(", "( ").replace("(  ", "( ");
        assert!(text.contains(&terms), "{}: {terms}\n{text}", r.meta.id);
        for x in &r.accounts {
            assert!(text.contains(&a.snapshot.callers[&x.account]), "{}: who asked", r.meta.id);
            for place in &x.operations {
                let o = &a.operations[*place as usize];
                assert!(text.contains(&o.operation), "{}: {}", r.meta.id, o.operation);
                assert!(shown.contains(&o.started.to_string()), "{}: when", r.meta.id);
            }
        }
        let judged = v.iter().filter(|v| v.rule == r.meta.id);
        let digests = judged.filter(|v| text.contains(&v.evidence.document)).count();
        assert!(digests > 0, "{}: the digest of what was judged", r.meta.id);
        assert!(!text.contains("do not add up"), "{}", r.meta.id);
    }
}

#[test]
fn numbers_that_do_not_add_up_are_said() {
    let (mut a, v) = estate(Plan::of(60));
    let id = a.rules[0].meta.id.clone();
    let x = &mut a.rules[0].accounts[0];
    x.population = x.population.map(|n| n + 1);
    let html = page(&a, &v);
    assert!(words(card(&html, &id)).contains("do not add up"));
    assert!(!words(card(&html, &a.rules[1].meta.id)).contains("do not add up"));
}

#[test]
fn an_assessment_of_before_claims_nothing_that_it_does_not_know() {
    let (mut a, v) = estate(Plan::of(60));
    a.operations.clear();
    a.objectives.clear();
    for x in a.rules.iter_mut().flat_map(|r| &mut r.accounts) {
        x.population = None;
        x.operations.clear();
    }
    let html = page(&a, &v);
    let text = words(card(&html, &a.rules[0].meta.id));
    assert!(text.contains("does not record what there was to judge"), "{text}");
    assert!(text.contains("does not record its operations"), "{text}");
    assert!(!html.contains("class=\"sum\""));
}

#[test]
fn every_control_says_in_words_what_it_rests_on() {
    let (a, v) = estate(Plan::of(60));
    let html = page(&a, &v);
    for f in &a.frameworks {
        for c in &f.controls {
            let id = format!("<span class=\"c-id\">{}</span>", c.id);
            let start = html.find(&id).unwrap();
            let row = &html[start..start + html[start..].find("</summary>").unwrap()];
            let mark = words(&row[row.find("class=\"basis").unwrap()..]);
            assert!(mark.contains(c.basis.as_str()), "{}: {mark}", c.id);
        }
    }
}

#[test]
fn every_choice_is_on_the_tailoring_page() {
    let (mut a, v) = estate(Plan::of(60));
    let approval = Approval {
        reason: "no such service here".into(),
        approver: "Ana Ruiz".into(),
        approved: "2026-10-07".parse().unwrap(),
        signature: None,
    };
    a.tailoring.deselected = vec![Deselected {
        by_flag: false,
        rule: a.rules[3].meta.id.clone(),
        approval: Some(approval.clone()),
    }];
    let mut inherited = a.tailoring.attestations[0].clone();
    inherited.control = "A.5.2".into();
    inherited.outcome = Attested::Fail;
    inherited.inherited = Some(Inherited {
        provider: "Amazon Web Services".into(),
        report: "SOC 2 Type II".into(),
        from: "2025-04-01".parse().unwrap(),
        to: "2026-03-31".parse().unwrap(),
    });
    a.tailoring.attestations.push(inherited);
    a.tailoring_digest = "ab".repeat(32);
    let html = page(&a, &v);
    let start = html.find("<section id=\"tailoring\"").unwrap();
    let section = words(&html[start..start + html[start..].find("</section>").unwrap()]);
    for said in [
        &a.tailoring_digest,
        "8 choices",
        "ap-southeast-2",
        "Severity floors",
        "Low findings are tracked in the backlog",
        "max_age_days",
        &a.rules[3].meta.id,
        "no such service here",
        "Ana Ruiz",
        "2026-10-07",
        "No premises of our own",
        "shop-assets-*",
        "Kim Osei",
        "approved by Dana Reyes",
        "2026-09-01 to 2027-03-01",
        "The policies were reviewed and published",
        "https://wiki.example.com/policies",
        "attested as failing",
        "Amazon Web Services: SOC 2 Type II, 2025-04-01 to 2026-03-31",
    ] {
        assert!(section.contains(said), "{said} is not there:\n{section}");
    }
}

#[test]
fn an_approval_that_does_not_count_never_looks_as_if_it_did() {
    let (mut a, v) = estate(Plan::of(60));
    let section = |a: &Assessment| {
        let html = page(a, &v);
        let start = html.find("<section id=\"tailoring\"").unwrap();
        words(&html[start..start + html[start..].find("</section>").unwrap()])
    };
    assert!(section(&a).contains("Nobody has to sign"));
    a.tailoring.allowed_signers = Some(AllowedSigners {
        file: "allowed_signers".into(),
        sha256: "12".repeat(32),
        text: String::new(),
    });
    a.tailoring.scope = vec![ScopeChoice {
        framework: "soc2_2017".into(),
        parts: vec!["security".into(), "processing_integrity".into()],
        approval: a.tailoring.floors[0].approval.clone(),
    }];
    let result = |kind, signing, reason: Option<&str>| ApprovalResult {
        kind,
        index: 0,
        subject: String::new(),
        approver: None,
        signing,
        key: (signing == Signing::Signed).then(|| "SHA256:kkk".to_owned()),
        reason: reason.map(str::to_owned),
        counts: reason.is_none(),
        sha256: String::new(),
    };
    a.approvals = vec![
        result(ApprovalKind::Waiver, Signing::Invalid, Some("it signs another text")),
        result(ApprovalKind::Attestation, Signing::Unsigned, Some("nobody signed the word")),
        result(ApprovalKind::Floor, Signing::Signed, None),
        result(ApprovalKind::Scope, Signing::Unsigned, Some("nobody signed the parts")),
    ];
    let said = section(&a);
    for words in [
        "checked against allowed_signers",
        "does not count: it signs another text",
        "its approval does not count",
        "does not count: nobody signed the word",
        "signed, SHA256:kkk",
        "security, processing integrity",
        "does not count: nobody signed the parts",
        "no approval that counts names ap-southeast-2",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
    assert!(!said.contains(" holds "), "the attestation does not hold: {said}");
}

#[test]
fn each_printed_page_carries_the_ids() {
    let (a, v) = estate(Plan::of(5));
    let html = page(&a, &v);
    let foot = &html[html.find("@bottom-left").unwrap()..];
    let foot = &foot[..foot.find('}').unwrap()];
    for digest in [&a.snapshot.root_digest, &a.rules_digest] {
        assert!(foot.contains(&digest[..12]), "{foot}");
    }
    let id = html.split("Report <code>").nth(1).unwrap();
    assert!(foot.contains(&id[..12]), "{foot}");
}

#[test]
fn what_became_of_the_failures_of_a_baseline_adds_up() {
    let (mut a, v) = estate(Plan::of(60));
    a.baseline = Some(BaselineResult {
        root_digest: "cd".repeat(32),
        failures: 40,
        carried: 5,
        new: 7,
        fixed: 11,
    });
    let html = page(&a, &v);
    let start = html.find("Failures since the baseline</caption>").unwrap();
    let table = words(&html[start..start + html[start..].find("</table>").unwrap()]);
    assert!(table.contains("New 7 Unchanged 24 No longer assessed 5 Fixed 11"), "{table}");
}

#[test]
fn a_pass_that_could_have_failed_is_shown() {
    let (mut a, v) = estate(Plan::of(60));
    let id = a.rules[2].meta.id.clone();
    assert!(!words(card(&page(&a, &v), &id)).contains("Could it have failed?"));
    a.rules[2].counterfactual = Some(Counterfactual {
        resource: "arn:aws:s3:::logs".into(),
        document: "ef".repeat(32),
        changes: vec![Change {
            document: None,
            pointer: "/VersioningConfiguration/Status".into(),
            from: Some("Enabled".into()),
            to: Some(serde_json::Value::Null),
        }],
        message: "versioning was never enabled".into(),
        at: String::new(),
        tried: 4,
    });
    let html = page(&a, &v);
    let text = words(card(&html, &id));
    for said in [
        "Could it have failed?",
        "arn:aws:s3:::logs",
        "/VersioningConfiguration/Status",
        "null (known to be absent)",
        "versioning was never enabled",
        "4 changed documents were judged",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
}
