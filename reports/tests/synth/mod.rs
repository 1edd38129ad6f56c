//! A made-up estate: an assessment and its verdicts, the same for the same numbers.

#![allow(dead_code, reason = "each test and example uses a part")]

mod data;
mod evidence;

use std::collections::{BTreeMap, BTreeSet};

use assay_core::assessment::*;
use assay_core::framework::Assessability;
use assay_core::manifest::{Listing, ListingState, Scope, SnapshotState};
use assay_core::rule::{Remediation, RuleMeta};
use assay_core::tailoring::*;
use assay_core::verdict::{Cause, CauseKind, Evidence};
use assay_core::{Failure, Gap, GapState, Severity, Status, Verdict, fingerprint};

/// What to make up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Findings (failures, waived ones and not-assessed verdicts).
    pub(crate) findings: usize,
    /// Accounts.
    pub(crate) accounts: usize,
    /// Whether names and messages attack.
    pub(crate) hostile: bool,
}

impl Plan {
    /// A tame estate of one account.
    pub(crate) fn of(findings: usize) -> Self {
        Self { findings, accounts: 1, hostile: false }
    }
}

/// Names that attack every format.
pub(crate) fn attacks() -> Vec<String> {
    vec![
        "<script>alert(1)</script>".into(),
        "</style><img src=x onerror=alert(1)>".into(),
        "\u{1b}[31mred\u{1b}]0;title\u{7}".into(),
        "invoice\u{202e}fdp.exe".into(),
        "x".repeat(10_000),
        "[click](javascript:alert(1))".into(),
        "=cmd|' /C calc'!A0".into(),
        "a/b c%d ü 名前".into(),
        "y".repeat(300),
        "..".into(),
        "line\nbreak\r\ttab\u{9b}31m".into(),
        "</script><script>alert(2)</script>".into(),
        "`backticks` **bold** {0} {{x}}".into(),
        String::new(),
    ]
}

fn ts(s: &str) -> assay_core::Timestamp {
    s.parse().unwrap()
}

fn day(s: &str) -> Date {
    s.parse().unwrap()
}

struct Lcg(u64);
impl Lcg {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % below.max(1)
    }
}

fn severity(s: &str) -> Severity {
    Severity::ALL.into_iter().find(|x| x.as_str() == s).unwrap()
}

fn metas() -> Vec<RuleMeta> {
    data::RULES
        .iter()
        .map(|(id, service, kind, sev, title, objective, facet)| RuleMeta {
            id: (*id).into(),
            title: (*title).into(),
            description: format!("{title}. Whoever gets this far gets further: the defence that should stop them is not there, and nobody would notice for days."),
            severity: severity(sev),
            objective: (*objective).into(),
            resources: vec![(*kind).into()],
            remediation: Remediation {
                text: "Turn it on for the resource, and set it in the module that creates it so that it stays on.".into(),
                terraform: format!("resource \"aws_{service}_example\" \"this\" {{\n  {} = true\n}}\n", facet.to_lowercase()),
                cloudformation: String::new(),
                bicep: String::new(),
                cli: format!("aws {service} put-{} --enabled", facet.to_lowercase()),
            },
            aliases: BTreeMap::from([("prowler".into(), vec![format!("{service}_{}", facet.to_lowercase())])]),
            references: vec![format!("https://docs.aws.amazon.com/{service}/latest/userguide/security.html")],
            related: vec![],
            params: BTreeMap::new(),
            limits: if id.ends_with('3') { "Service control policies are not read yet.".into() } else { String::new() },
            package: format!("rules.aws.{service}.{}", facet.to_lowercase()),
            file: format!("rules/aws/{service}/{}.rego", facet.to_lowercase()),
        })
        .collect()
}

fn source(m: &RuleMeta, facet: &str) -> String {
    format!(
        "# METADATA\n# title: {}\n# scope: package\n# custom:\n#   id: {}\n#   severity: {}\npackage {}\nimport rego.v1\n\npass if input.properties.{facet}.Status == \"Enabled\"\n\nfail contains {{\"message\": \"it was never turned on\", \"at\": \"/{facet}\"}} if {{\n\tinput.properties.{facet} == null\n}}\n",
        m.title, m.id, m.severity, m.package
    )
}

/// The estate: its assessment and its verdicts in order.
pub(crate) fn estate(plan: Plan) -> (Assessment, Vec<Verdict>) {
    let metas = metas();
    let mut rng = Lcg(7);
    let accounts: Vec<String> =
        (0..plan.accounts).map(|i| format!("{:012}", 123_456_789_012 + i * 1_111)).collect();
    let regions = ["eu-west-1", "us-east-1"];
    let attacks = attacks();
    let mut verdicts = Vec::new();
    let mut found = 0;
    let mut i = 0_usize;
    while found < plan.findings {
        let m = &metas[i % metas.len()];
        let facet = data::RULES[i % metas.len()].6;
        let n = i / metas.len();
        let account = &accounts[n % accounts.len()];
        let region = regions[rng.next(2) as usize];
        let name = if plan.hostile && i.is_multiple_of(2) {
            attacks[(i / 2) % attacks.len()].clone()
        } else {
            format!(
                "{}-{}-{n:04}",
                data::TEAMS[rng.next(data::TEAMS.len() as u64) as usize],
                data::THINGS[rng.next(data::THINGS.len() as u64) as usize]
            )
        };
        let kind = m.resources[0].clone();
        let id = format!(
            "arn:aws:{}:{region}:{account}:{}/{}{name}",
            data::RULES[i % metas.len()].1,
            kind.rsplit("::").next().unwrap().to_lowercase(),
            if plan.hostile { format!("h{i}/") } else { String::new() }
        );
        let op = format!("{}:Get{facet}", data::RULES[i % metas.len()].1);
        let dice = rng.next(100);
        let status = match dice {
            // Every third rule finds nothing, so that something passes.
            _ if (i % metas.len()) % 3 == 2 && dice > 2 => Status::Pass,
            0..=39 => Status::Pass,
            40..=47 => Status::NotAssessed,
            48..=52 => Status::Waived,
            53..=56 => Status::NotApplicable,
            _ => Status::Fail,
        };
        let mut failures = Vec::new();
        if matches!(status, Status::Fail | Status::Waived)
            || (status == Status::NotAssessed && dice == 47)
        {
            let keys = if m.id.contains("EC2") && dice.is_multiple_of(3) {
                vec!["tcp/22/0.0.0.0/0", "tcp/3389/::/0"]
            } else {
                vec![""]
            };
            for key in keys {
                let message = if plan.hostile && i.is_multiple_of(3) {
                    attacks[i % attacks.len()].clone()
                } else if key.is_empty() {
                    format!("{} is not configured", facet)
                } else {
                    format!("{key} is open to the world")
                };
                failures.push(Failure {
                    key: key.into(),
                    message,
                    at: format!("/{facet}/Status"),
                    fingerprint: fingerprint(&m.id, &id, key),
                    waiver: (status == Status::Waived).then_some(0),
                    place: None,
                });
            }
        }
        let cause = (status == Status::NotAssessed).then(|| Cause {
            kind: if dice == 47 { CauseKind::StaleFailure } else if dice.is_multiple_of(2) { CauseKind::Denied } else { CauseKind::ListingIncomplete },
            what: format!("/{facet}"),
            operation: Some(op.clone()),
            detail: format!("User: arn:aws:sts::{account}:assumed-role/audit/x is not authorized to perform: {op}"),
        });
        found += if matches!(status, Status::Fail | Status::Waived | Status::NotAssessed) {
            failures.len().max(1)
        } else {
            0
        };
        verdicts.push(Verdict {
            rule: m.id.clone(),
            severity: m.severity,
            status,
            resource: id.clone(),
            kind,
            provider: "aws".into(),
            account: account.clone(),
            region: region.into(),
            name,
            failures,
            cause,
            reason: if status == Status::NotApplicable {
                "the bucket belongs to a service".into()
            } else {
                String::new()
            },
            evidence: Evidence {
                document: assay_core::identity::sha256(id.as_bytes()),
                calls: vec![format!("aws/{account}/{region}/{op}/{n}")],
            },
        });
        i += 1;
    }
    verdicts.sort_by(assay_core::order::verdicts);
    let a = assess(plan, &metas, &accounts, &verdicts);
    (a, verdicts)
}

fn rule_status(c: &Counts) -> Status {
    if c.fail > 0 {
        Status::Fail
    } else if c.not_assessed > 0 {
        Status::NotAssessed
    } else if c.waived > 0 {
        Status::Waived
    } else if c.pass > 0 {
        Status::Pass
    } else {
        Status::NotAssessed
    }
}

type Seen = (Cause, u64, BTreeSet<String>, BTreeSet<String>);

fn assess(plan: Plan, metas: &[RuleMeta], accounts: &[String], verdicts: &[Verdict]) -> Assessment {
    let mut summary = Summary::default();
    let mut by_rule: BTreeMap<&str, BTreeMap<&str, Counts>> = BTreeMap::new();
    let mut causes: BTreeMap<(CauseKind, String), Seen> = BTreeMap::new();
    let mut resources = BTreeSet::new();
    let mut kinds: BTreeMap<(String, String), BTreeSet<&str>> = BTreeMap::new();
    let mut open: BTreeMap<&str, u64> = BTreeMap::new();
    for v in verdicts {
        by_rule.entry(&v.rule).or_default().entry(&v.account).or_default().add(v.status, 1);
        summary.verdicts.add(v.status, 1);
        resources.insert(&v.resource);
        kinds.entry((v.account.clone(), v.kind.clone())).or_default().insert(&v.resource);
        let n = v.failures.iter().filter(|f| f.waiver.is_none() && v.status == Status::Fail).count()
            as u64;
        *summary.failures.entry(v.severity.as_str().into()).or_default() += n;
        *open.entry(&v.rule).or_default() += n;
        if let Some(c) = &v.cause {
            let e = causes
                .entry((c.kind, c.what.clone()))
                .or_insert_with(|| (c.clone(), 0, BTreeSet::new(), BTreeSet::new()));
            e.1 += 1;
            e.2.insert(v.rule.clone());
            e.3.insert(v.account.clone());
        }
    }
    summary.resources = resources.len() as u64;
    let (operations, places) = evidence::operations(verdicts);
    let mut rules = Vec::new();
    for (i, m) in metas.iter().enumerate() {
        let mut total = Counts::default();
        let mut per = Vec::new();
        for account in accounts {
            let c = by_rule
                .get(m.id.as_str())
                .and_then(|r| r.get(account.as_str()))
                .copied()
                .unwrap_or_default();
            for s in Status::ALL {
                total.add(s, c.of(s));
            }
            let status = rule_status(&c);
            summary.rule_results.add(status, 1);
            summary.accounts.entry(account.clone()).or_default().rule_results.add(status, 1);
            let operation =
                format!("{}:Get{}", m.package.split('.').nth(2).unwrap(), data::RULES[i].6);
            per.push(RuleAccount {
                account: account.clone(),
                status,
                verdicts: c,
                cause: None,
                population: Some(c.total()),
                carried: 0,
                operations: places
                    .get(&(account.clone(), operation))
                    .copied()
                    .into_iter()
                    .collect(),
            });
        }
        rules.push(RuleResult {
            source: source(m, data::RULES[i].6),
            sha256: assay_core::identity::sha256(m.id.as_bytes()),
            meta: m.clone(),
            status: rule_status(&total),
            out_of_scope: false,
            deselected: false,
            reads: vec![format!("/{}/Status", data::RULES[i].6)],
            verdicts: total,
            failures: open.get(m.id.as_str()).copied().unwrap_or(0),
            accounts: per,
            counterfactual: None,
        });
    }
    rules.sort_by(|x, y| x.meta.id.cmp(&y.meta.id));
    for s in summary.accounts.values_mut() {
        s.score = s.rule_results.score();
        s.coverage = s.rule_results.coverage();
    }
    summary.score = summary.rule_results.score();
    summary.coverage = summary.rule_results.coverage();
    summary.unaccepted_gaps = summary.verdicts.not_assessed;
    let mut top: Vec<_> = verdicts
        .iter()
        .filter(|v| v.status == Status::Fail)
        .flat_map(Verdict::findings)
        .filter(|f| f.status == Status::Fail)
        .collect();
    top.sort_by_key(|f| std::cmp::Reverse(f.severity));
    top.truncate(TOP_FINDINGS);
    let mut causes: Vec<CauseCount> = causes
        .into_values()
        .map(|(cause, n, r, accounts)| CauseCount {
            cause,
            verdicts: n,
            rules: r.len() as u64,
            accepted: false,
            accounts: accounts.into_iter().collect(),
            actions: vec![],
        })
        .collect();
    causes.sort_by_key(|c| std::cmp::Reverse(c.verdicts));
    let incomplete = if plan.findings == 0 {
        vec![]
    } else {
        vec![Listing {
            provider: "aws".into(),
            account: (&accounts[0]).into(),
            region: "global".into(),
            kind: "AWS::IAM::SAMLProvider".into(),
            state: ListingState::Denied,
            count: 0,
            pages: 0,
            started: None,
            ended: None,
            calls: vec![],
            gap: Some(Box::new(Gap {
                state: GapState::Denied,
                call: None,
                operation: Some("iam:ListSAMLProviders".into()),
                detail: "AccessDenied".into(),
            })),
        }]
    };
    let populations = kinds
        .iter()
        .map(|((account, kind), ids)| Population {
            provider: "aws".into(),
            account: account.clone(),
            kind: kind.clone(),
            resources: ids.len() as u64,
            listings: 2,
            complete: 2,
            pages: 3,
            started: Some(ts("2026-11-22T02:03:04Z")),
            ended: Some(ts("2026-11-22T02:05:09Z")),
            operations: vec![],
        })
        .collect();
    let frameworks = data::frameworks(&rules);
    Assessment {
        schema: ASSESSMENT_SCHEMA.into(),
        tool_version: "0.1.0".into(),
        snapshot: SnapshotRef {
            root_digest: assay_core::identity::sha256(b"root"),
            started: ts("2026-11-22T02:03:04Z"),
            ended: ts("2026-11-22T02:11:31Z"),
            state: SnapshotState::Complete,
            scope: Scope {
                providers: vec!["aws".into()],
                accounts: accounts.to_vec(),
                regions: vec!["eu-west-1".into(), "us-east-1".into()],
                account_regions: BTreeMap::new(),
                region_choice: "requested".into(),
                left_out_regions: vec!["ap-southeast-2".into()],
                left_out_accounts: vec![],
                left_out_services: vec![],
            },
            callers: accounts
                .iter()
                .map(|x| (x.clone(), format!("arn:aws:sts::{x}:assumed-role/assay-audit/nightly")))
                .collect(),
            resources: BTreeMap::new(),
            calls: 214,
        },
        clocks: Clocks { now: ts("2026-11-22T02:11:31Z"), today: day("2026-11-22") },
        rules_digest: assay_core::identity::sha256(b"rules"),
        tailoring_digest: assay_core::identity::sha256(b"tailoring"),
        tailoring: tailoring(plan),
        summary,
        rules,
        frameworks,
        incomplete_listings: incomplete,
        populations,
        operations,
        objectives: metas
            .iter()
            .map(|m| (m.objective.clone(), "What the defence is for, in one sentence".to_owned()))
            .collect(),
        causes,
        waivers: if plan.findings == 0 {
            vec![]
        } else {
            vec![WaiverResult {
                index: 0,
                state: WaiverState::Active,
                covers: 12,
                reapprove: vec!["arn:aws:s3:::new-one".into()],
            }]
        },
        accepted_gaps: vec![],
        approvals: vec![],
        baseline: None,
        top,
    }
}

fn tailoring(plan: Plan) -> Tailoring {
    if plan.findings == 0 {
        return Tailoring::default();
    }
    let reason = if plan.hostile {
        attacks()[0].clone()
    } else {
        "Public by purpose: static assets of the shop, reviewed every quarter".to_owned()
    };
    Tailoring {
        params: BTreeMap::from([(
            "AWS-IAM-010".into(),
            BTreeMap::from([("max_age_days".into(), serde_json::json!(90))]),
        )]),
        deselected: vec![],
        floors: vec![Floor {
            framework: "soc2_2017".into(),
            severity: Severity::Medium,
            approval: Approval {
                reason: "Low findings are tracked in the backlog".into(),
                approver: "Dana Reyes".into(),
                approved: day("2026-10-01"),
                signature: None,
            },
        }],
        excluded: vec![ExcludedControl {
            framework: "iso27001_2022".into(),
            control: "A.7.4".into(),
            approval: Approval {
                reason: "No premises of our own".into(),
                approver: "Dana Reyes".into(),
                approved: day("2026-10-01"),
                signature: None,
            },
        }],
        waivers: vec![Waiver {
            rule: "AWS-S3-002".into(),
            resource: "arn:aws:s3:::shop-assets-*".into(),
            key: None,
            tags: BTreeMap::new(),
            reason,
            owner: "Kim Osei".into(),
            approver: "Dana Reyes".into(),
            approved: day("2026-09-01"),
            expires: day("2027-03-01"),
            ticket: Some("SEC-118".into()),
            signature: None,
        }],
        accepted_gaps: vec![],
        attestations: vec![Attestation {
            framework: "iso27001_2022".into(),
            control: "A.5.1".into(),
            statement: if plan.hostile {
                attacks().concat()
            } else {
                "The policies were reviewed and published".into()
            },
            outcome: Attested::Pass,
            owner: "Kim Osei".into(),
            approver: "Dana Reyes".into(),
            date: day("2026-03-01"),
            valid_until: day("2027-02-28"),
            link: Some(if plan.hostile {
                "javascript:alert(1)".into()
            } else {
                "https://wiki.example.com/policies".into()
            }),
            file: None,
            sha256: None,
            inherited: None,
            signature: None,
        }],
        ..Tailoring::default()
    }
}

/// An estate in which nothing could be looked at.
pub(crate) fn blind() -> (Assessment, Vec<Verdict>) {
    let (mut a, _) = estate(Plan { findings: 1, accounts: 1, hostile: false });
    for rule in &mut a.rules {
        rule.status = Status::NotAssessed;
        rule.verdicts = Counts::default();
        rule.failures = 0;
        for x in &mut rule.accounts {
            x.status = Status::NotAssessed;
            x.verdicts = Counts::default();
            x.population = Some(0);
            x.operations.clear();
        }
    }
    let n = a.rules.len() as u64;
    let none = Counts { not_assessed: n, ..Counts::default() };
    a.summary = Summary { rule_results: none, coverage: none.coverage(), ..Summary::default() };
    a.summary.accounts.insert(
        a.snapshot.scope.accounts[0].clone(),
        AccountSummary { rule_results: none, score: None, coverage: none.coverage() },
    );
    a.top.clear();
    a.causes.clear();
    for f in &mut a.frameworks {
        f.counts = Counts::default();
        f.line = ControlLine {
            unseen: f.controls.len() as u64,
            of: f.controls.len() as u64,
            ..ControlLine::default()
        };
        for c in &mut f.controls {
            c.status = if c.assessability == Assessability::Manual {
                Status::Manual
            } else {
                Status::NotAssessed
            };
            c.basis = Basis::Unseen;
            c.reason = "nothing could be looked at".into();
            c.verdicts = Counts::default();
            f.counts.add(c.status, 1);
        }
    }
    (a, Vec::new())
}
