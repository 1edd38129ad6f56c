//! Observations: what was seen of each rule, on which subjects.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::Status;
use assay_core::assessment::{Assessment, RuleResult};
use assay_core::verdict::Verdict;
use serde_json::{Value, json};

use super::ids::{NS, text, token, uuid};
use crate::error::RenderError;
use crate::source::VerdictSource;
use crate::text::number;

/// Subjects that an observation names; the worst of them first.
const MAX_SUBJECTS: usize = 100;

/// One subject of an observation.
struct Subject {
    status: Status,
    resource: String,
    kind: String,
    account: String,
    document: String,
}

/// The observations of all rules that saw something.
pub(super) struct Observations {
    by_rule: BTreeMap<String, Vec<Subject>>,
}

impl Observations {
    /// Reads the verdicts once; keeps at most [`MAX_SUBJECTS`] of each rule.
    pub(super) fn read(verdicts: &dyn VerdictSource) -> Result<Self, RenderError> {
        let mut by_rule: BTreeMap<String, Vec<Subject>> = BTreeMap::new();
        for verdict in verdicts.open()? {
            let verdict = verdict?;
            if matches!(verdict.status, Status::Fail | Status::Waived | Status::Pass) {
                keep(by_rule.entry(verdict.rule.clone()).or_default(), &verdict);
            }
        }
        Ok(Self { by_rule })
    }

    /// The observation's id of a rule, if something was seen of it.
    pub(super) fn of(&self, rule: &str) -> Option<String> {
        self.by_rule.contains_key(rule).then(|| uuid(&["observation", rule]))
    }

    /// The inventory: every subject once.
    pub(super) fn inventory(&self) -> Vec<Value> {
        let all: BTreeSet<(&str, &str, &str)> = self
            .by_rule
            .values()
            .flatten()
            .map(|s| (s.resource.as_str(), s.kind.as_str(), s.account.as_str()))
            .collect();
        all.into_iter()
            .map(|(resource, kind, account)| {
                json!({
                    "uuid": uuid(&["resource", resource]),
                    "description": text(resource),
                    "props": [
                        prop("resource-type", kind),
                        prop("account", account),
                    ],
                })
            })
            .collect()
    }

    /// The observations, in order of rule.
    pub(super) fn all(&self, a: &Assessment) -> Vec<Value> {
        let rules: BTreeMap<&str, &RuleResult> =
            a.rules.iter().map(|r| (r.meta.id.as_str(), r)).collect();
        self.by_rule.iter().map(|(id, s)| one(a, id, rules.get(id.as_str()).copied(), s)).collect()
    }
}

/// Failures before waived ones before passes; in the order of verdicts among themselves.
fn keep(subjects: &mut Vec<Subject>, v: &Verdict) {
    if subjects.len() >= MAX_SUBJECTS {
        match subjects.iter().rposition(|s| s.status > v.status) {
            Some(last) => drop(subjects.remove(last)),
            None => return,
        }
    }
    let at = subjects.partition_point(|s| s.status <= v.status);
    subjects.insert(
        at,
        Subject {
            status: v.status,
            resource: v.resource.clone(),
            kind: v.kind.clone(),
            account: v.account.clone(),
            document: v.evidence.document.clone(),
        },
    );
}

fn one(a: &Assessment, id: &str, rule: Option<&RuleResult>, subjects: &[Subject]) -> Value {
    let counts = rule.map(|r| r.verdicts).unwrap_or_default();
    let judged = counts.fail + counts.waived + counts.pass;
    let mut observation = json!({
        "uuid": uuid(&["observation", id]),
        "title": text(&format!("{id}: {}", rule.map_or("", |r| &r.meta.title))),
        "description": text(&format!(
            "{} of {} passed, {} failed, {} excepted, {} not assessed.",
            number(counts.pass),
            number(judged + counts.not_assessed),
            number(counts.fail),
            number(counts.waived),
            number(counts.not_assessed),
        )),
        "methods": ["TEST"],
        "types": ["control-objective"],
        "collected": a.snapshot.ended,
        "props": [
            prop("rule", id),
            prop("rule-sha256", rule.map_or("", |r| &r.sha256)),
            prop("severity", rule.map_or("", |r| r.meta.severity.as_str())),
        ],
        "subjects": subjects.iter().map(subject).collect::<Vec<_>>(),
        "relevant-evidence": [{
            "href": format!("urn:sha256:{}", a.snapshot.root_digest),
            "description": "The snapshot, by the root digest of its manifest; each subject names the digest of its document in it.",
        }],
    });
    let shown = u64::try_from(subjects.len()).unwrap_or(u64::MAX);
    if let (Some(o), true) = (observation.as_object_mut(), judged > shown) {
        let said = format!(
            "{} of {} subjects are named, the failing ones first; verdicts.ndjson.zst names all.",
            number(shown),
            number(judged)
        );
        o.insert("remarks".to_owned(), json!(said));
    }
    observation
}

fn subject(s: &Subject) -> Value {
    json!({
        "subject-uuid": uuid(&["resource", &s.resource]),
        "type": "inventory-item",
        "title": text(&s.resource),
        "props": [
            prop("status", s.status.as_str()),
            prop("document-sha256", &s.document),
        ],
    })
}

/// One of our properties.
pub(super) fn prop(name: &str, value: &str) -> Value {
    json!({"name": token(name), "ns": NS, "value": text(value)})
}
