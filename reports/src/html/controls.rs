//! Frameworks and their controls: what was tested, over which population, what was excepted, what
//! was not assessed and why, and on whose word the rest stands.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::assessment::{
    Assessment, Basis, ControlResult, FrameworkResult, RuleResult, WaiverState,
};
use assay_core::framework::Assessability;
use assay_core::tailoring::Waiver;

use super::card::{Terms, terms};
use super::chart::{Bar, ORDER};
use super::lists::few;
use super::people::{AttestationView, attestations};
use super::view::{Count, card_anchor, control_anchor, framework_anchor, present};
use crate::text::{clip, count, number};
use crate::words;

/// Causes and waivers shown in one control.
const MAX_LINES: usize = 8;

/// What controls rest on, as the summary's chart shows it: class and name.
pub(super) const BASES: [(&str, &str); 5] = [
    ("tested", "Tested"),
    ("both", "Tested and said by people"),
    ("attested", "Attested"),
    ("inherited", "Inherited"),
    ("nobody", "Unseen or excluded"),
];

/// A framework.
pub(super) struct FrameworkView<'a> {
    pub(super) f: &'a FrameworkResult,
    pub(super) anchor: String,
    pub(super) short: String,
    pub(super) line: String,
    pub(super) bar: Bar,
    pub(super) numbers: Vec<u64>,
    pub(super) picks: Vec<Count>,
    pub(super) bases: Vec<Count>,
    pub(super) basis_bar: Bar,
    pub(super) basis_numbers: [u64; 5],
    pub(super) controls: Vec<ControlView<'a>>,
}

/// A control.
pub(super) struct ControlView<'a> {
    pub(super) c: &'a ControlResult,
    pub(super) anchor: String,
    pub(super) basis_class: &'static str,
    pub(super) assessability: &'static str,
    pub(super) tested: String,
    pub(super) terms: Option<Terms>,
    pub(super) objectives: Vec<ObjectiveView<'a>>,
    pub(super) supporting: Vec<RuleLine<'a>>,
    pub(super) unseen: Vec<Unseen>,
    pub(super) more_unseen: usize,
    pub(super) waivers: Vec<Excepted<'a>>,
    pub(super) more_waivers: usize,
    pub(super) said: Vec<AttestationView<'a>>,
    pub(super) floor: String,
}

/// An objective, with the rules that prove it.
pub(super) struct ObjectiveView<'a> {
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) rules: Vec<RuleLine<'a>>,
}

/// A rule inside a control.
pub(super) struct RuleLine<'a> {
    pub(super) r: &'a RuleResult,
    pub(super) card: String,
    pub(super) terms: Option<Terms>,
    pub(super) deviates: bool,
}

/// Something that rules of a control could not look at.
pub(super) struct Unseen {
    pub(super) why: String,
    pub(super) rules: String,
    pub(super) accounts: String,
}

/// An accepted failure of a control's rules.
pub(super) struct Excepted<'a> {
    pub(super) w: &'a Waiver,
    pub(super) covers: String,
}

/// What all controls look things up in.
struct Known<'a> {
    rules: BTreeMap<&'a str, &'a RuleResult>,
    waivers: Vec<Excepted<'a>>,
    a: &'a Assessment,
}

/// All frameworks.
pub(super) fn frameworks(a: &Assessment) -> Vec<FrameworkView<'_>> {
    let known = Known {
        rules: a.rules.iter().map(|r| (r.meta.id.as_str(), r)).collect(),
        waivers: active(a),
        a,
    };
    let all = attestations(a);
    a.frameworks
        .iter()
        .map(|f| {
            let l = &f.line;
            let (basis_bar, basis_numbers) = by_basis(f);
            FrameworkView {
                basis_bar,
                basis_numbers,
                f,
                anchor: framework_anchor(&f.id),
                short: f.title.split(" (").next().unwrap_or(&f.title).to_owned(),
                line: format!(
                    "{} tested, {} attested, {} inherited, {} unseen of {}",
                    l.tested, l.attested, l.inherited, l.unseen, l.of
                ),
                bar: Bar::new(&f.counts, "controls"),
                numbers: ORDER.into_iter().map(|s| f.counts.of(s)).collect(),
                picks: present(&f.counts),
                bases: bases(f),
                controls: f.controls.iter().map(|c| control(f, c, &known, &all)).collect(),
            }
        })
        .collect()
}

/// The waivers that cover something now.
fn active(a: &Assessment) -> Vec<Excepted<'_>> {
    a.waivers
        .iter()
        .filter(|r| r.state == WaiverState::Active)
        .filter_map(|r| {
            let w = a.tailoring.waivers.get(r.index)?;
            Some(Excepted { w, covers: count(r.covers, "failure", "failures") })
        })
        .collect()
}

/// The bases that occur, each control once.
fn bases(f: &FrameworkResult) -> Vec<Count> {
    const ALL: [Basis; 7] = [
        Basis::Tested,
        Basis::TestedAndAttested,
        Basis::TestedAndInherited,
        Basis::Attested,
        Basis::Inherited,
        Basis::Excluded,
        Basis::Unseen,
    ];
    let n = |b: Basis| f.controls.iter().filter(|c| c.basis == b).count() as u64;
    ALL.into_iter()
        .map(|b| Count { class: basis_class(b), name: b.as_str(), n: n(b) })
        .filter(|c| c.n > 0)
        .collect()
}

/// The basis as a CSS class.
pub(super) const fn basis_class(basis: Basis) -> &'static str {
    match basis {
        Basis::Tested => "tested",
        Basis::Attested => "attested",
        Basis::Inherited => "inherited",
        Basis::TestedAndAttested => "tested-attested",
        Basis::TestedAndInherited => "tested-inherited",
        Basis::Excluded => "excluded",
        Basis::Unseen => "nobody",
    }
}

fn control<'a>(
    f: &FrameworkResult,
    c: &'a ControlResult,
    known: &Known<'a>,
    said: &[AttestationView<'a>],
) -> ControlView<'a> {
    let rules = |ids: &'a [String]| -> Vec<&'a RuleResult> {
        ids.iter().filter_map(|id| known.rules.get(id.as_str()).copied()).collect()
    };
    let decisive = rules(&c.decisive);
    let line = |r: &'a RuleResult| RuleLine {
        r,
        card: card_anchor(&r.meta.id),
        terms: terms([r]),
        deviates: c.deviations.contains(&r.meta.id),
    };
    let ran = decisive.iter().filter(|r| !r.deselected && r.verdicts.total() > 0).count() as u64;
    let accounts: BTreeSet<&str> =
        decisive.iter().flat_map(|r| &r.accounts).map(|x| x.account.as_str()).collect();
    let (unseen, more_unseen) = unseen(&decisive);
    let excepted: Vec<&Excepted<'a>> =
        known.waivers.iter().filter(|x| c.decisive.contains(&x.w.rule)).collect();
    let floor = known.a.tailoring.floors.iter().find(|x| x.framework == f.id);
    ControlView {
        c,
        anchor: control_anchor(&f.id, &c.id),
        basis_class: basis_class(c.basis),
        assessability: match c.assessability {
            Assessability::Automated => "all of it",
            Assessability::Partial => "a part of it; people must say the rest",
            Assessability::Manual => "nothing: only people can",
        },
        tested: format!(
            "{} of {} found something to judge, in {}: {}",
            number(ran),
            count(decisive.len() as u64, "deciding rule", "deciding rules"),
            count(accounts.len() as u64, "account", "accounts"),
            count(c.verdicts.total(), "verdict", "verdicts"),
        ),
        terms: terms(decisive.iter().copied()).filter(|_| !decisive.is_empty()),
        objectives: objectives(known.a, &decisive, &line),
        supporting: rules(&c.supporting).into_iter().map(line).collect(),
        unseen,
        more_unseen,
        more_waivers: excepted.len().saturating_sub(MAX_LINES),
        waivers: excepted
            .into_iter()
            .take(MAX_LINES)
            .map(|x| Excepted { w: x.w, covers: x.covers.clone() })
            .collect(),
        said: said
            .iter()
            .filter(|t| t.t.framework == f.id && t.t.control == c.id)
            .cloned()
            .collect(),
        floor: match floor {
            Some(x) if !c.deviations.is_empty() => {
                format!("only failures of severity {} and above fail a control here", x.severity)
            }
            _ => String::new(),
        },
    }
}

/// The rules by their objectives.
fn objectives<'a>(
    a: &'a Assessment,
    rules: &[&'a RuleResult],
    line: &dyn Fn(&'a RuleResult) -> RuleLine<'a>,
) -> Vec<ObjectiveView<'a>> {
    let mut out: BTreeMap<&str, ObjectiveView<'_>> = BTreeMap::new();
    for r in rules {
        let id = r.meta.objective.as_str();
        let title = a.objectives.get(id).map_or("", String::as_str);
        let view = out.entry(id).or_insert_with(|| ObjectiveView { id, title, rules: vec![] });
        view.rules.push(line(r));
    }
    out.into_values().collect()
}

/// Why rules could not look at everything: each cause once.
fn unseen(rules: &[&RuleResult]) -> (Vec<Unseen>, usize) {
    let mut by_cause: BTreeMap<String, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
    for r in rules {
        for x in &r.accounts {
            let Some(cause) = &x.cause else { continue };
            let mut why = words::cause_line(cause);
            if !cause.detail.is_empty() {
                why.push_str(": ");
                why.push_str(&cause.detail);
            }
            let entry = by_cause.entry(clip(&why, 300).into_owned()).or_default();
            entry.0.insert(&r.meta.id);
            entry.1.insert(&x.account);
        }
    }
    let names = |all: &BTreeSet<&str>| {
        let all: Vec<String> = all.iter().map(|s| (*s).to_owned()).collect();
        few(&all, 4)
    };
    let more = by_cause.len().saturating_sub(MAX_LINES);
    let lines = by_cause.into_iter().take(MAX_LINES);
    let lines = lines
        .map(|(why, (rules, accounts))| Unseen {
            why,
            rules: names(&rules),
            accounts: names(&accounts),
        })
        .collect();
    (lines, more)
}

/// The controls of a framework by what they rest on, each once, for the chart of the summary.
fn by_basis(f: &FrameworkResult) -> (Bar, [u64; 5]) {
    let mut n = [0_u64; 5];
    for c in &f.controls {
        let slot = match c.basis {
            Basis::Tested => 0,
            Basis::TestedAndAttested | Basis::TestedAndInherited => 1,
            Basis::Attested => 2,
            Basis::Inherited => 3,
            Basis::Excluded | Basis::Unseen => 4,
        };
        if let Some(x) = n.get_mut(slot) {
            *x += 1;
        }
    }
    (Bar::of(BASES.into_iter().zip(n).map(|((class, name), n)| (class, name, n)), "controls"), n)
}
