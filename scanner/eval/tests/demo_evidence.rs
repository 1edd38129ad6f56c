//! The evidence of every rule over the bundled estate: populations add up, and each verdict leads to
//! the operations that were called for it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use assay_core::assessment::Assessment;
use assay_core::tailoring::{Approval, Clocks, Deselected, Tailoring};
use assay_core::{Call, Status, Verdict};
use assay_eval::assess::{AssessInput, Assessor, Baseline, CallLog, RuleInfo};
use assay_eval::{Library, Rule, RuleSet, evaluate};
use assay_policies::Content;
use assay_snapshot::{Snapshot, Source};

struct Demo {
    snapshot: Snapshot,
    library: Library,
}

impl Demo {
    fn open() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/demo/snapshot");
        Self {
            snapshot: Snapshot::open(&root).unwrap(),
            library: Library::load(&Content::embedded()).unwrap(),
        }
    }

    fn judge(
        &self,
        tailoring: &Tailoring,
        baseline: Option<Baseline>,
    ) -> (Assessment, Vec<Verdict>) {
        let out: BTreeSet<&str> = tailoring.deselected.iter().map(|d| d.rule.as_str()).collect();
        let set =
            RuleSet::select(&self.library, &tailoring.params, |m| !out.contains(m.id.as_str()))
                .unwrap();
        let rules: Vec<RuleInfo> = self.library.rules.iter().map(Rule::info).collect();
        let objectives: Vec<_> = self.library.objectives.values().cloned().collect();
        let calls = CallLog::read(&self.snapshot).unwrap();
        let manifest = self.snapshot.manifest();
        let input = AssessInput {
            manifest,
            calls: &calls,
            rules: &rules,
            types: &self.library.types,
            objectives: &objectives,
            frameworks: &self.library.frameworks,
            tailoring,
            clocks: Clocks { now: manifest.ended, today: "2026-12-01".parse().unwrap() },
            rules_digest: String::new(),
            actions: &BTreeMap::new(),
            tool_version: String::new(),
        };
        let mut assessor = Assessor::new(input, baseline);
        let mut verdicts = Vec::new();
        evaluate(&set, &self.snapshot, &mut |v, tags| verdicts.extend(assessor.take(v, tags)))
            .unwrap();
        let (rest, assessment) = assessor.finish();
        verdicts.extend(rest);
        (assessment, verdicts)
    }

    fn calls(&self) -> BTreeMap<String, Call> {
        let mut all = BTreeMap::new();
        self.snapshot.calls(&mut |c| drop(all.insert(c.id.clone(), c))).unwrap();
        all
    }
}

/// Asserts that the terms of every rule add up, to what was listed and to what was judged.
fn adds_up(a: &Assessment, verdicts: &[Verdict]) -> u64 {
    let mut judged: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for v in verdicts {
        judged.entry((&v.rule, &v.account)).or_default().insert(&v.resource);
    }
    let mut sum = 0;
    for rule in &a.rules {
        for x in &rule.accounts {
            let at = format!("{} in {}", rule.meta.id, x.account);
            let terms = x.reconciled(rule.deselected).unwrap();
            assert!(terms.adds_up(), "{at}: {terms:?}");
            let listed: u64 = a
                .populations
                .iter()
                .filter(|p| p.account == x.account && rule.meta.resources.contains(&p.kind))
                .map(|p| p.resources)
                .sum();
            assert_eq!(terms.population, listed, "{at}: what was listed is what there was");
            let key = (rule.meta.id.as_str(), x.account.as_str());
            let seen = judged.get(&key).map_or(0, BTreeSet::len) as u64;
            assert_eq!(terms.population - terms.not_run + terms.carried, seen, "{at}");
            assert!(rule.deselected || terms.not_run == 0, "{at} ran");
            sum += terms.population;
        }
    }
    sum
}

#[test]
fn the_population_of_every_rule_adds_up() {
    let demo = Demo::open();
    let (a, verdicts) = demo.judge(&Tailoring::default(), None);
    assert!(a.rules.len() > 300);
    assert_eq!(adds_up(&a, &verdicts), verdicts.len() as u64);
    assert!(verdicts.len() > 2_000, "the estate has something to judge");

    // A rule that is left out judges nothing, and says so; what was known of it is carried.
    let deselected = a.rules.iter().find(|r| r.failures > 1).unwrap().meta.id.clone();
    let approval = Approval {
        reason: "r".into(),
        approver: "a".into(),
        approved: "2026-11-02".parse().unwrap(),
        signature: None,
    };
    let tailoring = Tailoring {
        deselected: vec![Deselected {
            by_flag: false,
            rule: deselected.clone(),
            approval: Some(approval),
        }],
        ..Tailoring::default()
    };
    let known: Vec<Verdict> = verdicts.into_iter().filter(|v| !v.failures.is_empty()).collect();
    let before = Baseline::new(String::new(), a.snapshot.ended, known);
    let (b, verdicts) = demo.judge(&tailoring, Some(before));
    adds_up(&b, &verdicts);
    let rule = b.rules.iter().find(|r| r.meta.id == deselected).unwrap();
    for x in &rule.accounts {
        let terms = x.reconciled(true).unwrap();
        assert_eq!(terms.not_run, terms.population);
    }
    assert!(rule.accounts.iter().any(|x| x.carried > 0), "what was known is carried");
}

/// Service principals and the tenant are loaded for others, too: what is derived of them must not be
/// missing what nobody else looks at.
#[test]
fn what_is_derived_of_a_document_that_others_load_sees_all_of_it() {
    let (_, verdicts) = Demo::open().judge(&Tailoring::default(), None);
    for (rule, resource) in [
        ("AZ-ENT-001", "/tenants/3b6f1c52-8a0d-4c7e-9f21-6d5e0b7a1c90"),
        ("AZ-ENT-013", "b2000000-0000-4000-8000-000000000003"),
        ("AZ-ENT-014", "b2000000-0000-4000-8000-000000000003"),
    ] {
        let mut all = verdicts.iter();
        let found = all.find(|v| v.rule == rule && v.resource.ends_with(resource)).unwrap();
        assert_eq!(found.status, Status::Fail, "{rule}: {:?}", found.cause);
    }
}

#[test]
fn every_verdict_leads_to_the_operations_behind_it() {
    let demo = Demo::open();
    let (a, verdicts) = demo.judge(&Tailoring::default(), None);
    let calls = demo.calls();
    let made: u64 = a.operations.iter().map(|o| o.calls).sum();
    assert_eq!((made, a.snapshot.calls), (calls.len() as u64, calls.len() as u64));
    let by_rule: BTreeMap<&str, _> = a.rules.iter().map(|r| (r.meta.id.as_str(), r)).collect();
    let mut with_calls = 0;
    for v in &verdicts {
        let rule = by_rule[v.rule.as_str()];
        let here = rule.accounts.iter().find(|x| x.account == v.account).unwrap();
        for id in &v.evidence.calls {
            let call = &calls[id];
            let named = here.operations.iter().map(|i| &a.operations[*i as usize]);
            let found: Vec<_> = named
                .filter(|o| o.operation == call.operation && o.account == call.account)
                .collect();
            let [one] = found.as_slice() else { panic!("{} lacks {id}", v.rule) };
            assert!(one.started <= call.started && call.ended <= one.ended, "{id}");
            assert!(one.regions.contains(&call.region), "{id}");
            assert_eq!(one.results.values().sum::<u64>(), one.calls, "{id}");
            assert!(call.parameters.keys().all(|p| one.parameters.contains_key(p)), "{id}");
            with_calls += 1;
        }
    }
    assert!(with_calls > 2_000, "{with_calls} calls are named");
    for p in a.populations.iter().filter(|p| p.pages > 0) {
        assert!(!p.operations.is_empty(), "nothing listed {} in {}", p.kind, p.account);
    }
}
