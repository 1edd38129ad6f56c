//! Where somebody has to sign: what counts, what does not, and that nothing gets better by it.

use assay_core::approval::{AllowedSigners, ApprovalKind, NAMESPACE, Signing};
use assay_core::tailoring::{Attestation, Attested, LeftOut, LeftOutKind, ScopeChoice};
use assay_snapshot::seal::{Key, sign_text};

use super::*;

/// The approver's key, and another one.
fn key(n: u8) -> Key {
    Key::from_seed(&[n; 32])
}

fn list(lines: &str) -> AllowedSigners {
    let text =
        lines.replace("LEE", &key(1).public().unwrap()).replace("DANA", &key(2).public().unwrap());
    AllowedSigners { file: "signers".into(), sha256: String::new(), text }
}

/// Every kind that may change a result, each with one entry by `a`, approved on 2026-01-01.
const KINDS: [ApprovalKind; 7] = [
    ApprovalKind::Waiver,
    ApprovalKind::AcceptedGap,
    ApprovalKind::ExcludedControl,
    ApprovalKind::Floor,
    ApprovalKind::Scope,
    ApprovalKind::LeftOut,
    ApprovalKind::Attestation,
];

fn attestation(outcome: Attested) -> Attestation {
    Attestation {
        framework: "f".into(),
        control: "C2".into(),
        statement: "it works".into(),
        outcome,
        owner: "o".into(),
        approver: "a".into(),
        date: "2026-01-01".parse().unwrap(),
        valid_until: "2026-12-31".parse().unwrap(),
        link: None,
        file: None,
        sha256: None,
        inherited: None,
        signature: None,
    }
}

/// A failure, something unseen, a region left out; and one approval of each of some kinds.
fn world(kinds: &[ApprovalKind]) -> World {
    let mut w = World::new(vec![
        verdict("R1", "a", Status::Fail),
        verdict("R1", "b", Status::Pass),
        verdict("R2", "b", Status::NotAssessed),
    ]);
    w.rules.push(RuleInfo {
        meta: RuleMeta { objective: "p".into(), ..rule("R2", Severity::Low).meta },
        ..rule("R2", Severity::Low)
    });
    w.manifest.scope.left_out_regions = vec!["me-south-1".into()];
    w.assessability = Assessability::Partial;
    let t = &mut w.tailoring;
    for kind in kinds {
        match kind {
            ApprovalKind::Waiver => t.waivers = vec![waiver("a")],
            ApprovalKind::AcceptedGap => {
                t.accepted_gaps = vec![AcceptGap {
                    operation: Some("s3:GetX".into()),
                    listing: None,
                    account: None,
                    region: None,
                    reason: "r".into(),
                    owner: "o".into(),
                    expires: "2026-12-31".parse().unwrap(),
                    approver: Some("a".into()),
                    approved: Some("2026-01-01".parse().unwrap()),
                    signature: None,
                }];
            }
            ApprovalKind::ExcludedControl => {
                t.excluded = vec![ExcludedControl {
                    framework: "f".into(),
                    control: "C1".into(),
                    approval: approval(),
                }];
            }
            ApprovalKind::Floor => {
                let severity = Severity::Critical;
                t.floors = vec![Floor { framework: "f".into(), severity, approval: approval() }];
            }
            ApprovalKind::Scope => {
                let parts = vec!["z".into()];
                t.scope = vec![ScopeChoice { framework: "f".into(), parts, approval: approval() }];
            }
            ApprovalKind::LeftOut => {
                let names = vec!["me-*".into()];
                let what = LeftOutKind::Region;
                t.left_out = vec![LeftOut { what, names, approval: approval() }];
            }
            ApprovalKind::Attestation => t.attestations = vec![attestation(Attested::Pass)],
            ApprovalKind::Parameter | ApprovalKind::Deselected => {}
        }
    }
    w
}

/// Puts a signature beside the entry of a kind.
fn put(t: &mut Tailoring, kind: ApprovalKind, signature: String) {
    let signature = Some(signature);
    match kind {
        ApprovalKind::Waiver => t.waivers[0].signature = signature,
        ApprovalKind::AcceptedGap => t.accepted_gaps[0].signature = signature,
        ApprovalKind::ExcludedControl => t.excluded[0].approval.signature = signature,
        ApprovalKind::Floor => t.floors[0].approval.signature = signature,
        ApprovalKind::Scope => t.scope[0].approval.signature = signature,
        ApprovalKind::LeftOut => t.left_out[0].approval.signature = signature,
        ApprovalKind::Attestation => t.attestations[0].signature = signature,
        ApprovalKind::Parameter | ApprovalKind::Deselected => panic!("no such entry"),
    }
}

fn sign(t: &mut Tailoring, kind: ApprovalKind, key: &Key, namespace: &str) -> String {
    let text = t.approvals().into_iter().find(|e| e.kind == kind).unwrap().text.unwrap();
    let signature = sign_text(key, namespace, &text).unwrap();
    put(t, kind, signature.clone());
    signature
}

/// Changes one letter of the entry's reason.
fn change(t: &mut Tailoring, kind: ApprovalKind) {
    let reason = match kind {
        ApprovalKind::Waiver => &mut t.waivers[0].reason,
        ApprovalKind::AcceptedGap => &mut t.accepted_gaps[0].reason,
        ApprovalKind::ExcludedControl => &mut t.excluded[0].approval.reason,
        ApprovalKind::Floor => &mut t.floors[0].approval.reason,
        ApprovalKind::Scope => &mut t.scope[0].approval.reason,
        ApprovalKind::LeftOut => &mut t.left_out[0].approval.reason,
        ApprovalKind::Attestation => &mut t.attestations[0].statement,
        ApprovalKind::Parameter | ApprovalKind::Deselected => panic!("no such entry"),
    };
    reason.push('s');
}

/// What an approval does, in one word that differs where it does not count.
fn effect(kind: ApprovalKind, a: &Assessment) -> String {
    let control = |i: usize| &a.frameworks[0].controls[i];
    match kind {
        ApprovalKind::Waiver => format!("{} {:?}", a.rules[0].failures, a.waivers[0].state),
        ApprovalKind::AcceptedGap | ApprovalKind::LeftOut => a.summary.unaccepted_gaps.to_string(),
        ApprovalKind::Floor => control(0).deviations.join(" "),
        ApprovalKind::Attestation => format!("{:?} {:?}", control(1).human, control(1).basis),
        _ => format!("{:?} {:?}", control(0).status, control(0).basis),
    }
}

/// What is wrong, the list of signers, what is done to the tailoring, and the reason given.
type Case<'a> = (&'a str, &'a str, &'a dyn Fn(&mut Tailoring), &'a str);

#[test]
fn each_kind_counts_only_with_its_approvers_signature() {
    let good = "a LEE";
    for kind in KINDS {
        let world = || {
            let mut w = world(&[kind]);
            if kind != ApprovalKind::LeftOut {
                w.manifest.scope.left_out_regions.clear();
            }
            w
        };
        let plain = effect(kind, &world().run().1);
        let judged = |lines: &str, bend: &dyn Fn(&mut Tailoring)| {
            let mut w = world();
            w.tailoring.allowed_signers = Some(list(lines));
            bend(&mut w.tailoring);
            w.run().1
        };
        let signed = |t: &mut Tailoring| drop(sign(t, kind, &key(1), NAMESPACE));
        let a = judged(good, &signed);
        assert_eq!(effect(kind, &a), plain, "{kind:?} signed");
        let r = &a.approvals[0];
        assert_eq!((r.signing, r.counts, r.kind), (Signing::Signed, true, kind));
        assert_eq!(r.key.as_deref(), Some(key(1).fingerprint().as_str()));
        assert_eq!((r.approver.as_deref(), &r.reason), (Some("a"), &None));

        let cases: [Case<'_>; 11] = [
            ("unsigned", good, &|_| {}, "not signed"),
            (
                "changed after signing",
                good,
                &|t| {
                    signed(t);
                    change(t, kind);
                },
                "another text",
            ),
            (
                "signed by another",
                "a LEE\nb DANA",
                &|t| drop(sign(t, kind, &key(2), NAMESPACE)),
                "not allowed for a, but for b",
            ),
            (
                "signed by a stranger",
                good,
                &|t| drop(sign(t, kind, &key(3), NAMESPACE)),
                "not among the allowed signers",
            ),
            ("expired key", "a valid-before=\"20260101\" LEE", &signed, "was valid until"),
            ("key of later", "a valid-after=\"20260102\" LEE", &signed, "valid from"),
            (
                "wrong namespace",
                good,
                &|t| drop(sign(t, kind, &key(1), "file")),
                "namespace `file`",
            ),
            ("key for other things", "a namespaces=\"git\" LEE", &signed, "may not sign for"),
            ("negated", "*,!a LEE", &signed, "not allowed for a"),
            ("authority", "a cert-authority LEE", &signed, "not among the allowed signers"),
            ("no signature at all", good, &|t| put(t, kind, "!".into()), "no SSH signature"),
        ];
        for (what, lines, bend, why) in cases {
            let a = judged(lines, bend);
            assert_ne!(effect(kind, &a), plain, "{kind:?} {what}");
            let r = &a.approvals[0];
            let reason = r.reason.clone().unwrap_or_default();
            assert!(!r.counts && reason.contains(why), "{kind:?} {what}: {reason}");
            let wanted = if what == "unsigned" { Signing::Unsigned } else { Signing::Invalid };
            assert_eq!(r.signing, wanted, "{kind:?} {what}");
        }
    }
}

#[test]
fn what_does_not_count_says_so_where_it_would_have_counted() {
    let mut w = world(&KINDS);
    w.tailoring.allowed_signers = Some(list("a LEE"));
    let (verdicts, a) = w.run();
    assert_eq!(verdicts[0].status, Status::Fail, "the alert is back");
    assert_eq!(a.waivers[0].state, WaiverState::NotApproved);
    assert!(a.accepted_gaps[0].not_approved);
    let [one, two] = a.frameworks[0].controls.as_slice() else { panic!() };
    assert_eq!(one.status, Status::Fail);
    assert!(
        one.reason.contains("leaving it out does not count: it is not signed"),
        "{}",
        one.reason
    );
    assert_eq!(two.human, Some(Status::Manual));
    assert!(two.reason.contains("by o does not count: it is not signed"), "{}", two.reason);
}

#[test]
fn a_gap_without_approver_is_signed_by_nobody() {
    let mut w = world(&[ApprovalKind::AcceptedGap]);
    w.tailoring.accepted_gaps[0].approver = None;
    sign(&mut w.tailoring, ApprovalKind::AcceptedGap, &key(1), NAMESPACE);
    w.tailoring.allowed_signers = Some(list("* LEE"));
    let a = w.run().1;
    assert!(a.approvals[0].reason.as_ref().unwrap().contains("names no approver"));
    assert!(a.accepted_gaps[0].not_approved);
}

#[test]
fn bad_news_needs_no_signature() {
    let mut w = world(&[]);
    w.tailoring.attestations = vec![attestation(Attested::Fail)];
    w.tailoring.allowed_signers = Some(list("a LEE"));
    let a = w.run().1;
    assert_eq!(a.frameworks[0].controls[1].status, Status::Fail);
    assert!(a.approvals[0].counts && a.approvals[0].signing == Signing::Unsigned);
}

#[test]
fn a_part_out_of_scope_is_not_applicable_and_says_who_decided() {
    let mut w = world(&[ApprovalKind::Scope]);
    let a = {
        w.tailoring.scope[0].approval.reason = "we only process".into();
        w.run().1
    };
    let f = &a.frameworks[0];
    assert_eq!(
        (f.controls[0].status, f.controls[0].basis),
        (Status::NotApplicable, Basis::Excluded)
    );
    assert_eq!(
        f.controls[0].reason,
        "outside the roles in scope (z): we only process (approved by a on 2026-01-01)"
    );
    assert_ne!(f.controls[1].basis, Basis::Excluded, "what belongs to no part belongs to all");
    assert_eq!(f.counts.total(), f.controls.len() as u64);
    assert_eq!((f.counts.pass, f.line.unseen), (0, 2));
}

/// Fail first, as the design orders them.
fn rank(s: Status) -> usize {
    Status::ALL.iter().position(|x| *x == s).unwrap()
}

#[test]
fn requiring_signatures_makes_nothing_better() {
    let mut whole = world(&KINDS);
    let signatures: BTreeMap<ApprovalKind, String> = KINDS
        .into_iter()
        .map(|kind| (kind, sign(&mut whole.tailoring, kind, &key(1), NAMESPACE)))
        .collect();
    // Every choice of approvals; of each all, none and some are signed.
    for there in 0_u8..128 {
        let chosen = |mask: u8| {
            let on = |i: &usize| mask & (1 << *i) != 0;
            (0..KINDS.len()).filter(on).map(|i| KINDS[i]).collect::<Vec<_>>()
        };
        let kinds = chosen(there);
        let (before, a) = world(&kinds).run();
        for signed in [0, there & 0b101_0101, there & 0b010_1010, there] {
            let mut w = world(&kinds);
            w.tailoring.allowed_signers = Some(list("a LEE"));
            for kind in chosen(signed) {
                put(&mut w.tailoring, kind, signatures[&kind].clone());
            }
            let (after, b) = w.run();
            for (x, y) in before.iter().zip(&after) {
                assert!(rank(y.status) <= rank(x.status), "{kinds:?}: {x:?} {y:?}");
            }
            for (x, y) in a.frameworks[0].controls.iter().zip(&b.frameworks[0].controls) {
                assert!(rank(y.status) <= rank(x.status), "{kinds:?}: {x:?} {y:?}");
            }
            assert!(b.summary.unaccepted_gaps >= a.summary.unaccepted_gaps, "{kinds:?}");
            let open = |a: &Assessment| a.summary.failures.values().sum::<u64>();
            assert!(open(&b) >= open(&a) && b.summary.score <= a.summary.score, "{kinds:?}");
            let everything = signed == there && kinds.contains(&ApprovalKind::LeftOut);
            if everything {
                assert_eq!(b.summary, a.summary, "what is signed is as it was");
                assert_eq!(b.frameworks, a.frameworks);
            }
        }
    }
}

/// Somebody may write down today what holds from next year on; until then it changes nothing.
#[test]
fn what_is_approved_for_a_later_day_does_not_count_yet() {
    let kinds = [
        ApprovalKind::AcceptedGap,
        ApprovalKind::ExcludedControl,
        ApprovalKind::Floor,
        ApprovalKind::Scope,
    ];
    for kind in kinds {
        let without = effect(kind, &world(&[]).run().1);
        assert_ne!(effect(kind, &world(&[kind]).run().1), without, "{kind:?} counts");
        let later = || {
            let mut w = world(&[kind]);
            let t = &mut w.tailoring;
            let day = match kind {
                ApprovalKind::AcceptedGap => t.accepted_gaps[0].approved.as_mut().unwrap(),
                ApprovalKind::ExcludedControl => &mut t.excluded[0].approval.approved,
                ApprovalKind::Floor => &mut t.floors[0].approval.approved,
                _ => &mut t.scope[0].approval.approved,
            };
            *day = "2099-01-01".parse().unwrap();
            w
        };
        let a = later().run().1;
        assert_eq!(effect(kind, &a), without, "{kind:?}");
        let r = &a.approvals[0];
        assert!(!r.counts && r.reason.as_ref().unwrap().contains("2099-01-01"), "{r:?}");
        // Nor does a signature make it earlier.
        let mut w = later();
        w.tailoring.allowed_signers = Some(list("a LEE"));
        sign(&mut w.tailoring, kind, &key(1), NAMESPACE);
        let r = w.run().1.approvals.remove(0);
        assert_eq!((r.signing, r.counts), (Signing::Signed, false), "{kind:?}");
    }
}

/// What was signed for one estate is worth nothing beside the accounts of another.
#[test]
fn a_signature_is_for_its_estate() {
    let signed_for = |accounts: &[&str], judged: &[&str]| {
        let names = |all: &[&str]| all.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>();
        let mut w = world(&[ApprovalKind::Waiver]);
        w.tailoring.allowed_signers = Some(list("a LEE"));
        w.tailoring.approval_accounts = names(accounts);
        sign(&mut w.tailoring, ApprovalKind::Waiver, &key(1), NAMESPACE);
        w.tailoring.approval_accounts = names(judged);
        let r = w.run().1.approvals.remove(0);
        (r.signing, r.counts)
    };
    assert_eq!(signed_for(&["1"], &["1"]), (Signing::Signed, true));
    for judged in [&["2"][..], &["1", "2"], &[]] {
        assert_eq!(signed_for(&["1"], judged), (Signing::Invalid, false));
    }
    assert_eq!(signed_for(&[], &["1"]), (Signing::Invalid, false));
}
