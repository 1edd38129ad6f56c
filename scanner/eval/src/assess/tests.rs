//! One test for each sentence of the statuses.

use std::collections::BTreeMap;

use assay_core::assessment::{Assessment, Basis, WaiverState};
use assay_core::framework::{Assessability, Control, Framework, Mapping, Objective, Part};
use assay_core::manifest::{Listing, ListingState, Manifest, Scope, SegmentInfo, SnapshotState};
use assay_core::rule::{Remediation, RuleMeta, Severity};
use assay_core::tailoring::{
    AcceptGap, Approval, Clocks, Deselected, ExcludedControl, Floor, Tailoring, Waiver,
};
use assay_core::typedef::TypeRegistry;
use assay_core::verdict::{Cause, CauseKind, Evidence, Failure, Status, Verdict};
use assay_core::{Gap, GapState, fingerprint};

use super::{AssessInput, Assessor, Baseline, CallLog, RuleInfo};

mod known;
mod scope;
mod signed;
mod unlisted;
mod waived;

const BUCKET: &str = "AWS::S3::Bucket";
const ACCOUNT: &str = "111122223333";

/// A small estate that each test bends.
struct World {
    manifest: Manifest,
    rules: Vec<RuleInfo>,
    tailoring: Tailoring,
    verdicts: Vec<Verdict>,
    baseline: Option<Baseline>,
    assessability: Assessability,
    types: TypeRegistry,
}

fn rule(id: &str, severity: Severity) -> RuleInfo {
    RuleInfo {
        meta: RuleMeta {
            id: id.into(),
            title: String::new(),
            description: String::new(),
            severity,
            objective: "o".into(),
            resources: vec![BUCKET.into()],
            remediation: Remediation::default(),
            aliases: BTreeMap::new(),
            references: vec![],
            related: vec![],
            params: BTreeMap::new(),
            limits: String::new(),
            package: String::new(),
            file: "rules/aws/s3/x.rego".into(),
        },
        sha256: String::new(),
        source: String::new(),
        reads: vec![],
    }
}

fn listing(state: ListingState) -> Listing {
    Listing {
        provider: "aws".into(),
        account: ACCOUNT.into(),
        region: "eu-west-1".into(),
        kind: BUCKET.into(),
        state,
        count: 0,
        pages: 1,
        started: None,
        ended: None,
        calls: vec![],
        gap: (state != ListingState::Complete).then(|| {
            Box::new(Gap {
                operation: Some("s3:ListBuckets".into()),
                ..Gap::new(GapState::Denied, "no")
            })
        }),
    }
}

fn verdict(rule: &str, id: &str, status: Status) -> Verdict {
    let failing = matches!(status, Status::Fail);
    Verdict {
        rule: rule.into(),
        severity: Severity::High,
        status,
        resource: id.into(),
        kind: BUCKET.into(),
        provider: "aws".into(),
        account: ACCOUNT.into(),
        region: "eu-west-1".into(),
        name: id.into(),
        failures: if failing { vec![failure(rule, id, "k")] } else { vec![] },
        cause: (status == Status::NotAssessed).then(|| Cause {
            kind: CauseKind::Denied,
            what: "/X".into(),
            operation: Some("s3:GetX".into()),
            detail: String::new(),
        }),
        reason: String::new(),
        evidence: Evidence::default(),
    }
}

fn failure(rule: &str, id: &str, key: &str) -> Failure {
    Failure {
        key: key.into(),
        message: "m".into(),
        at: String::new(),
        fingerprint: fingerprint(rule, id, key),
        waiver: None,
        place: None,
    }
}

fn approval() -> Approval {
    Approval {
        reason: "r".into(),
        approver: "a".into(),
        approved: "2026-01-01".parse().unwrap(),
        signature: None,
    }
}

fn waiver(resource: &str) -> Waiver {
    Waiver {
        rule: "R1".into(),
        resource: resource.into(),
        key: None,
        tags: BTreeMap::new(),
        reason: "r".into(),
        owner: "o".into(),
        approver: "a".into(),
        approved: "2026-01-01".parse().unwrap(),
        expires: "2026-12-31".parse().unwrap(),
        ticket: None,
        signature: None,
    }
}

impl World {
    fn new(verdicts: Vec<Verdict>) -> Self {
        let now = "2026-11-01T00:00:00Z".parse().unwrap();
        Self {
            manifest: Manifest {
                schema: String::new(),
                tool_version: String::new(),
                state: SnapshotState::Complete,
                started: now,
                ended: now,
                scope: Scope {
                    providers: vec!["aws".into()],
                    accounts: vec![ACCOUNT.into()],
                    regions: vec!["eu-west-1".into()],
                    ..Scope::default()
                },
                callers: BTreeMap::new(),
                listings: vec![listing(ListingState::Complete)],
                segments: vec![],
                calls_sha256: String::new(),
                root_digest: "now".into(),
            },
            rules: vec![rule("R1", Severity::High)],
            tailoring: Tailoring::default(),
            verdicts,
            baseline: None,
            assessability: Assessability::Automated,
            types: TypeRegistry::default(),
        }
    }

    fn listed(mut self, state: ListingState) -> Self {
        self.manifest.listings = vec![listing(state)];
        self
    }

    fn run(self) -> (Vec<Verdict>, Assessment) {
        self.run_with_tags(None)
    }

    fn run_with_tags(self, tags: Option<&BTreeMap<String, String>>) -> (Vec<Verdict>, Assessment) {
        let control = |id: &str| Control {
            id: id.into(),
            title: String::new(),
            assessability: self.assessability,
            why: String::new(),
            sources: vec![],
            // Only the first belongs to a part that can be left out.
            parts: if id == "C1" { vec!["y".into()] } else { vec![] },
        };
        let part = |id: &str| Part { id: id.into(), title: String::new(), always: false };
        let frameworks = [Framework {
            id: "f".into(),
            title: String::new(),
            coverage: String::new(),
            parted_by: Some("roles".into()),
            parts: vec![part("y"), part("z")],
            controls: vec![control("C1"), control("C2")],
        }];
        let mapping =
            Mapping { framework: "f".into(), control: "C1".into(), decisive: true, only: None };
        let objectives =
            [Objective { id: "o".into(), title: String::new(), controls: vec![mapping] }];
        let actions = BTreeMap::new();
        let calls = CallLog::default();
        let input = AssessInput {
            manifest: &self.manifest,
            calls: &calls,
            rules: &self.rules,
            types: &self.types,
            objectives: &objectives,
            frameworks: &frameworks,
            tailoring: &self.tailoring,
            clocks: Clocks { now: self.manifest.ended, today: "2026-11-01".parse().unwrap() },
            rules_digest: String::new(),
            actions: &actions,
            tool_version: String::new(),
        };
        let mut assessor = Assessor::new(input, self.baseline);
        let mut out = Vec::new();
        for v in self.verdicts {
            out.extend(assessor.take(v, tags));
        }
        let (rest, assessment) = assessor.finish();
        out.extend(rest);
        (out, assessment)
    }
}

fn rule_status(w: World) -> Status {
    w.run().1.rules[0].status
}

#[test]
fn a_rule_takes_the_worst_in_the_designs_order() {
    use Status::{Fail, NotApplicable, NotAssessed, Pass};
    let of = |list: &[Status]| {
        let all = list.iter().enumerate().map(|(i, s)| verdict("R1", &format!("b{i}"), *s));
        rule_status(World::new(all.collect()))
    };
    assert_eq!(of(&[Pass, NotAssessed, Fail]), Fail);
    assert_eq!(of(&[Pass, NotAssessed]), NotAssessed);
    assert_eq!(of(&[Pass, NotApplicable]), Pass);
    assert_eq!(of(&[NotApplicable]), NotApplicable);
    assert_eq!(of(&[]), NotApplicable, "the population is proved empty");
}

#[test]
fn an_incomplete_listing_is_never_green() {
    for state in [
        ListingState::Partial,
        ListingState::Denied,
        ListingState::Failed,
        ListingState::NotAttempted,
        ListingState::LeftOut,
    ] {
        let w = World::new(vec![verdict("R1", "b", Status::Pass)]).listed(state);
        assert_eq!(rule_status(w), Status::NotAssessed, "{state:?}");
    }
    let mut missing = World::new(vec![verdict("R1", "b", Status::Pass)]);
    missing.manifest.listings.clear();
    assert_eq!(rule_status(missing), Status::NotAssessed);
}

#[test]
fn incomplete_discovery_is_never_green() {
    let mut w = World::new(vec![verdict("R1", "b", Status::Pass)]);
    w.manifest.listings.push(Listing {
        kind: "Assay::AWS::Region".into(),
        region: "global".into(),
        ..listing(ListingState::Denied)
    });
    assert_eq!(rule_status(w), Status::NotAssessed);
}

#[test]
fn a_control_without_population_is_not_assessed() {
    let (_, a) = World::new(vec![]).run();
    let c = &a.frameworks[0].controls[0];
    assert_eq!((c.status, c.basis), (Status::NotAssessed, Basis::Unseen));
    assert!(c.reason.contains("no population"), "{}", c.reason);
    assert_eq!(a.summary.score, None);
    assert!(a.summary.unaccepted_gaps > 0, "nothing was judged: that is no clean run");
}

#[test]
fn every_control_has_a_status() {
    let (_, a) = World::new(vec![verdict("R1", "b", Status::Pass)]).run();
    assert_eq!(a.frameworks[0].counts.total(), a.frameworks[0].line.of);
    assert_eq!(a.frameworks[0].controls[0].status, Status::Pass);
    assert_eq!(a.frameworks[0].controls[1].status, Status::NotAssessed, "no rule, no green");
}

#[test]
fn a_partial_control_needs_people_too() {
    for (tested, wanted) in [
        (Status::Pass, Status::Manual),
        (Status::Fail, Status::Fail),
        (Status::NotAssessed, Status::NotAssessed),
    ] {
        let mut w = World::new(vec![verdict("R1", "b", tested)]);
        w.assessability = Assessability::Partial;
        let (_, a) = w.run();
        assert_eq!(a.frameworks[0].controls[0].status, wanted);
        assert_eq!(a.frameworks[0].controls[1].status, Status::Manual, "people alone");
    }
}

#[test]
fn a_failure_below_the_floor_is_a_deviation() {
    let mut w = World::new(vec![verdict("R1", "b", Status::Fail)]);
    w.rules = vec![rule("R1", Severity::Low)];
    w.tailoring.floors =
        vec![Floor { framework: "f".into(), severity: Severity::Medium, approval: approval() }];
    let (_, a) = w.run();
    let c = &a.frameworks[0].controls[0];
    assert_eq!((c.status, c.deviations.len()), (Status::Pass, 1));
    assert!(c.reason.contains("deviations"), "{}", c.reason);
}

#[test]
fn a_deviation_does_not_make_up_for_what_was_not_looked_at() {
    let list = vec![verdict("R1", "a", Status::Fail), verdict("R1", "b", Status::NotAssessed)];
    for mut w in [
        World::new(list),
        World::new(vec![verdict("R1", "a", Status::Fail)]).listed(ListingState::Partial),
    ] {
        w.rules = vec![rule("R1", Severity::Low)];
        w.tailoring.floors =
            vec![Floor { framework: "f".into(), severity: Severity::Medium, approval: approval() }];
        let (_, a) = w.run();
        let c = &a.frameworks[0].controls[0];
        assert_eq!((c.status, c.deviations.len()), (Status::NotAssessed, 1));
        assert!(c.reason.contains("could not be looked at: R1"), "{}", c.reason);
    }
}

#[test]
fn a_deselected_rule_is_not_assessed() {
    let mut w = World::new(vec![]);
    w.tailoring.deselected =
        vec![Deselected { rule: "R1".into(), by_flag: false, approval: Some(approval()) }];
    let (_, a) = w.run();
    assert_eq!(a.rules[0].status, Status::NotAssessed);
    assert_eq!(a.frameworks[0].controls[0].status, Status::NotAssessed);
}

#[test]
fn an_excluded_control_is_not_applicable_and_says_why() {
    let mut w = World::new(vec![verdict("R1", "b", Status::Fail)]);
    w.tailoring.excluded =
        vec![ExcludedControl { framework: "f".into(), control: "C1".into(), approval: approval() }];
    let (_, a) = w.run();
    let c = &a.frameworks[0].controls[0];
    assert_eq!((c.status, c.basis), (Status::NotApplicable, Basis::Excluded));
}

#[test]
fn an_accepted_gap_does_not_change_the_exit_code_and_stays_unseen() {
    let gap = |operation: &str, expires: &str| AcceptGap {
        operation: Some(operation.into()),
        listing: None,
        account: None,
        region: None,
        reason: "r".into(),
        owner: "o".into(),
        expires: expires.parse().unwrap(),
        approver: None,
        approved: None,
        signature: None,
    };
    let with = |g: AcceptGap| {
        let mut w = World::new(vec![verdict("R1", "b", Status::NotAssessed)]);
        w.tailoring.accepted_gaps = vec![g];
        let (out, a) = w.run();
        assert_eq!(out[0].status, Status::NotAssessed);
        a.summary.unaccepted_gaps
    };
    assert_eq!(with(gap("s3:GetX", "2026-12-01")), 0);
    assert_eq!(with(gap("s3:GetY", "2026-12-01")), 1);
    assert_eq!(with(gap("s3:GetX", "2026-10-01")), 1, "an expired one accepts nothing");
}

#[test]
fn an_undeclared_parameter_is_not_a_missing_look() {
    let mut v = verdict("R1", "b", Status::NotAssessed);
    v.cause.as_mut().unwrap().kind = CauseKind::ParameterUndeclared;
    let (_, a) = World::new(vec![v]).run();
    assert_eq!(a.summary.unaccepted_gaps, 0);
    assert_eq!(a.rules[0].status, Status::NotAssessed);
}
