//! The result of a control: the worst of what was tested, together with what people must say.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::assessment::{
    Basis, ControlLine, ControlResult, Counts, FrameworkResult, RuleResult,
};
use assay_core::framework::{Assessability, Control, Framework, Objective};
use assay_core::rule::Severity;
use assay_core::tailoring::{Date, Tailoring};
use assay_core::verdict::Status;

use super::add_counts;
use super::people::People;

/// Said where a mapping decides only for stores that hold personal data.
pub const CONTROL_NOTE_PERSONAL_DATA: &str =
    "some rules would decide for stores that hold personal data; which those are is not declared";

/// The rules of one control.
#[derive(Debug, Default)]
struct Mapped<'a> {
    decisive: BTreeMap<&'a str, &'a RuleResult>,
    supporting: BTreeMap<&'a str, &'a RuleResult>,
    conditional: bool,
}

/// The results of all frameworks, each with every control.
pub(super) fn results(
    frameworks: &[Framework],
    objectives: &[Objective],
    rules: &[RuleResult],
    tailoring: &Tailoring,
    today: Date,
) -> Vec<FrameworkResult> {
    frameworks.iter().map(|f| framework(f, objectives, rules, tailoring, today)).collect()
}

fn framework(
    f: &Framework,
    objectives: &[Objective],
    rules: &[RuleResult],
    tailoring: &Tailoring,
    today: Date,
) -> FrameworkResult {
    let people = People::of(&f.id, tailoring, today);
    let mapped = mapped(f, objectives, rules);
    let floor =
        tailoring.floors.iter().find(|x| x.framework == f.id).map_or(Severity::Low, |x| x.severity);
    let excluded: BTreeMap<&str, &str> = tailoring
        .excluded
        .iter()
        .filter(|x| x.framework == f.id)
        .map(|x| (x.control.as_str(), x.approval.reason.as_str()))
        .collect();
    let nobody = Mapped::default();
    let controls: Vec<ControlResult> = f
        .controls
        .iter()
        .map(|c| {
            let m = mapped.get(c.id.as_str()).unwrap_or(&nobody);
            control(c, m, floor, excluded.get(c.id.as_str()).copied(), &people)
        })
        .collect();
    let mut counts = Counts::default();
    let mut line = ControlLine { of: controls.len() as u64, ..ControlLine::default() };
    for c in &controls {
        counts.add(c.status, 1);
        match c.basis {
            Basis::Tested => line.tested += 1,
            Basis::Attested => line.attested += 1,
            Basis::TestedAndAttested => {
                line.tested += 1;
                line.attested += 1;
            }
            Basis::TestedAndInherited => {
                line.tested += 1;
                line.inherited += 1;
            }
            Basis::Inherited => line.inherited += 1,
            Basis::Excluded | Basis::Unseen => line.unseen += 1,
        }
    }
    FrameworkResult {
        id: f.id.clone(),
        title: f.title.clone(),
        coverage: f.coverage.clone(),
        counts,
        line,
        controls,
    }
}

fn mapped<'a>(
    f: &'a Framework,
    objectives: &'a [Objective],
    rules: &'a [RuleResult],
) -> BTreeMap<&'a str, Mapped<'a>> {
    let mut by_objective: BTreeMap<&str, Vec<&RuleResult>> = BTreeMap::new();
    for r in rules.iter().filter(|r| !r.out_of_scope) {
        by_objective.entry(&r.meta.objective).or_default().push(r);
    }
    let mut out: BTreeMap<&str, Mapped<'_>> = BTreeMap::new();
    for o in objectives {
        let Some(rules) = by_objective.get(o.id.as_str()) else { continue };
        for m in o.controls.iter().filter(|m| m.framework == f.id) {
            let to = out.entry(&m.control).or_default();
            let decides = m.decisive && m.only.is_none();
            to.conditional |= m.decisive && m.only.is_some();
            let list = if decides { &mut to.decisive } else { &mut to.supporting };
            list.extend(rules.iter().map(|r| (r.meta.id.as_str(), *r)));
        }
    }
    for m in out.values_mut() {
        // A rule that decides through one objective does not also "only support".
        let decisive: BTreeSet<&str> = m.decisive.keys().copied().collect();
        m.supporting.retain(|id, _| !decisive.contains(id));
    }
    out
}

fn control(
    c: &Control,
    m: &Mapped<'_>,
    floor: Severity,
    excluded: Option<&str>,
    people: &People<'_>,
) -> ControlResult {
    let mut verdicts = Counts::default();
    let mut deviations = Vec::new();
    // What each decisive rule of the plan contributes; a rule without any account is not in it.
    let mut parts: Vec<Status> = Vec::new();
    for r in m.decisive.values().filter(|r| !r.accounts.is_empty()) {
        add_counts(&mut verdicts, &r.verdicts);
        if r.status == Status::Fail && r.meta.severity < floor {
            deviations.push(r.meta.id.clone());
            // A deviation does not make up for what the rule could not look at.
            parts.push(if unseen(r) { Status::NotAssessed } else { Status::Pass });
        } else {
            parts.push(r.status);
        }
    }
    let worst = Status::worst(parts);
    let technical = match worst {
        Some(Status::NotApplicable) => Some(Status::NotAssessed),
        other => other,
    };
    let no_population = worst == Some(Status::NotApplicable);
    let human = match c.assessability {
        Assessability::Automated => None,
        Assessability::Partial | Assessability::Manual => Some(people.status(&c.id)),
    };
    let judged = match c.assessability {
        Assessability::Automated => technical,
        Assessability::Manual => human,
        Assessability::Partial => Status::worst([technical, human].into_iter().flatten()),
    };
    let status = match excluded {
        Some(_) => Status::NotApplicable,
        None => judged.unwrap_or(Status::NotAssessed),
    };
    let tested = c.assessability != Assessability::Manual
        && matches!(technical, Some(Status::Fail | Status::Waived | Status::Pass));
    let said = human.is_some_and(|h| h != Status::Manual);
    let basis = match (excluded, people.inherited(&c.id)) {
        (Some(_), _) => Basis::Excluded,
        (None, true) if said && tested => Basis::TestedAndInherited,
        (None, true) if said => Basis::Inherited,
        (None, _) if said && tested => Basis::TestedAndAttested,
        (None, _) if said => Basis::Attested,
        (None, _) if tested => Basis::Tested,
        (None, _) => Basis::Unseen,
    };
    ControlResult {
        id: c.id.clone(),
        title: c.title.clone(),
        assessability: c.assessability,
        why: c.why.clone(),
        status,
        reason: excluded.map_or_else(
            || {
                let tested = reason(c, m, technical, no_population, &deviations);
                match human.and_then(|_| people.words(&c.id)) {
                    // Where only people can say, what they say is the whole reason.
                    Some(said) if c.assessability == Assessability::Manual => said,
                    Some(said) => format!("{tested}; {said}"),
                    None => tested,
                }
            },
            |justification| format!("excluded by the statement of applicability: {justification}"),
        ),
        technical: if c.assessability == Assessability::Manual { None } else { technical },
        human,
        basis,
        decisive: m.decisive.keys().map(|id| (*id).to_owned()).collect(),
        supporting: m.supporting.keys().map(|id| (*id).to_owned()).collect(),
        deviations,
        verdicts,
    }
}

fn reason(
    c: &Control,
    m: &Mapped<'_>,
    technical: Option<Status>,
    no_population: bool,
    deviations: &[String],
) -> String {
    let with = |status: Status| -> Vec<&str> {
        m.decisive.iter().filter(|(_, r)| r.status == status).map(|(id, _)| *id).collect()
    };
    let mut text = match (c.assessability, technical) {
        (Assessability::Manual, _) => "only people can say; no attestation holds".to_owned(),
        (_, None) if m.decisive.is_empty() && m.conditional => {
            CONTROL_NOTE_PERSONAL_DATA.to_owned()
        }
        (_, None) => "no rule of this plan decides it".to_owned(),
        (_, Some(_)) if no_population => {
            "its rules found no resource to judge (no population)".to_owned()
        }
        (_, Some(Status::Fail)) => format!("fails: {}", some(&with(Status::Fail))),
        (_, Some(Status::NotAssessed)) => {
            // Beside rules that were not assessed: deviations that were not looked at everywhere.
            let ids: Vec<&str> = m
                .decisive
                .iter()
                .filter(|(_, r)| r.status == Status::NotAssessed || unseen(r))
                .map(|(id, _)| *id)
                .collect();
            format!("could not be looked at: {}", some(&ids))
        }
        (_, Some(Status::Waived)) => {
            format!("exception noted and accepted: {}", some(&with(Status::Waived)))
        }
        (Assessability::Partial, Some(_)) => {
            "what a machine sees was tested without exception; the rest is for people to attest"
                .to_owned()
        }
        (Assessability::Automated, Some(_)) => "tested without exception".to_owned(),
    };
    if !deviations.is_empty() {
        let ids: Vec<&str> = deviations.iter().map(String::as_str).collect();
        text.push_str("; with deviations below the severity floor: ");
        text.push_str(&some(&ids));
    }
    text
}

/// Whether a rule could not look at everything, whatever it found elsewhere.
fn unseen(r: &RuleResult) -> bool {
    r.accounts.iter().any(|a| a.cause.is_some())
}

/// The first few ids, and how many more.
fn some(ids: &[&str]) -> String {
    const SHOWN: usize = 4;
    let head: Vec<&str> = ids.iter().copied().take(SHOWN).collect();
    let more = ids.len().saturating_sub(SHOWN);
    if more == 0 { head.join(", ") } else { format!("{} and {more} more", head.join(", ")) }
}
