//! The result of a control: the worst of what was tested, together with what people must say.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::approval::{ApprovalKind, ApprovalResult};
use assay_core::assessment::{
    Basis, ControlLine, ControlResult, Counts, FrameworkResult, RuleResult,
};
use assay_core::framework::{Assessability, Control, Framework, Objective};
use assay_core::rule::Severity;
use assay_core::tailoring::{Approval, Date, ScopeChoice, Tailoring};
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

/// What people decided about controls.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decided<'a> {
    /// What the organisation declares.
    pub(super) tailoring: &'a Tailoring,
    /// Which of it counts.
    pub(super) approvals: &'a [ApprovalResult],
    /// The day for which attestations count.
    pub(super) today: Date,
}

impl<'a> Decided<'a> {
    /// Why an approval does not count, where it does not.
    fn refusal(&self, kind: ApprovalKind, index: usize) -> Option<&'a str> {
        let of = |r: &&ApprovalResult| r.kind == kind && r.index == index && !r.counts;
        self.approvals.iter().find(of).map(|r| r.reason.as_deref().unwrap_or_default())
    }
}

/// Whether a control is left out, in words: why, and who approved it when.
#[derive(Debug, Default)]
struct Exclusion {
    /// It is not applicable.
    holds: Option<String>,
    /// Somebody left it out, and that does not count.
    refused: Option<String>,
}

/// The results of all frameworks, each with every control.
pub(super) fn results(
    frameworks: &[Framework],
    objectives: &[Objective],
    rules: &[RuleResult],
    decided: Decided<'_>,
) -> Vec<FrameworkResult> {
    frameworks.iter().map(|f| framework(f, objectives, rules, decided)).collect()
}

fn framework(
    f: &Framework,
    objectives: &[Objective],
    rules: &[RuleResult],
    decided: Decided<'_>,
) -> FrameworkResult {
    let Decided { tailoring, approvals, today } = decided;
    let people = People::of(&f.id, tailoring, approvals, today);
    let mapped = mapped(f, objectives, rules);
    let floors = tailoring.floors.iter().enumerate().filter(|(_, x)| x.framework == f.id);
    let floor = floors
        .filter(|(i, _)| decided.refusal(ApprovalKind::Floor, *i).is_none())
        .map(|(_, x)| x.severity)
        .next()
        .unwrap_or(Severity::Low);
    let nobody = Mapped::default();
    let controls: Vec<ControlResult> = f
        .controls
        .iter()
        .map(|c| {
            let m = mapped.get(c.id.as_str()).unwrap_or(&nobody);
            control(c, m, floor, exclusion(f, c, decided), &people)
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

/// Whether a control is left out: by the statement of applicability, or because none of the parts
/// to which it belongs is in scope.
fn exclusion(f: &Framework, c: &Control, decided: Decided<'_>) -> Exclusion {
    let by = |a: &Approval| format!("{} (approved by {} on {})", a.reason, a.approver, a.approved);
    let mut out = Exclusion::default();
    let mut put = |kind, index, what: String| match decided.refusal(kind, index) {
        None => {
            out.holds.get_or_insert(what);
        }
        Some(why) => {
            out.refused.get_or_insert(why.to_owned());
        }
    };
    for (i, x) in decided.tailoring.excluded.iter().enumerate() {
        if x.framework == f.id && x.control == c.id {
            let why = format!("excluded by the statement of applicability: {}", by(&x.approval));
            put(ApprovalKind::ExcludedControl, i, why);
        }
    }
    for (i, s) in decided.tailoring.scope.iter().enumerate() {
        if s.framework == f.id && outside(f, c, s) {
            let of = f.parted_by.as_deref().unwrap_or("parts");
            let parts = s.parts.join(", ");
            let why = format!("outside the {of} in scope ({parts}): {}", by(&s.approval));
            put(ApprovalKind::Scope, i, why);
        }
    }
    out
}

/// Whether a control belongs only to parts that a choice leaves out.
fn outside(f: &Framework, c: &Control, choice: &ScopeChoice) -> bool {
    let inside = |part: &String| {
        choice.parts.contains(part) || f.parts.iter().any(|p| p.id == *part && p.always)
    };
    !c.parts.is_empty() && !c.parts.iter().any(inside)
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
    exclusion: Exclusion,
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
    let status = match &exclusion.holds {
        Some(_) => Status::NotApplicable,
        None => judged.unwrap_or(Status::NotAssessed),
    };
    let tested = c.assessability != Assessability::Manual
        && matches!(technical, Some(Status::Fail | Status::Waived | Status::Pass));
    let said = human.is_some_and(|h| h != Status::Manual);
    let basis = match (&exclusion.holds, people.inherited(&c.id)) {
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
        reason: exclusion.holds.unwrap_or_else(|| {
            let tested = reason(c, m, technical, no_population, &deviations);
            let mut text = match human.and_then(|_| people.words(&c.id)) {
                // Where only people can say, what they say is the whole reason.
                Some(said) if c.assessability == Assessability::Manual => said,
                Some(said) => format!("{tested}; {said}"),
                None => tested,
            };
            if let Some(why) = exclusion.refused {
                text.push_str("; leaving it out does not count: ");
                text.push_str(&why);
            }
            text
        }),
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
