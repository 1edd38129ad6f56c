//! Frameworks, controls and rules, ready to be shown.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::Status;
use assay_core::assessment::{
    Assessment, ControlResult, Counts, FrameworkResult, RuleAccount, RuleResult,
};
use assay_core::framework::Assessability;

use super::chart::{Bar, ORDER};
use super::scan::Scan;
use crate::text::{clip, number};
use crate::words;

/// Accounts shown for each rule.
const MAX_ACCOUNTS: usize = 50;

/// A status with a count.
pub(super) struct Count {
    pub(super) class: &'static str,
    pub(super) name: &'static str,
    pub(super) n: u64,
}

/// The statuses that occur.
pub(super) fn present(counts: &Counts) -> Vec<Count> {
    ORDER
        .into_iter()
        .filter(|s| counts.of(*s) > 0)
        .map(|s| Count { class: words::status_class(s), name: words::status(s), n: counts.of(s) })
        .collect()
}

/// A framework.
pub(super) struct FrameworkView<'a> {
    pub(super) f: &'a FrameworkResult,
    pub(super) anchor: String,
    pub(super) short: String,
    pub(super) line: String,
    pub(super) bar: Bar,
    pub(super) numbers: Vec<u64>,
    pub(super) picks: Vec<Count>,
    pub(super) controls: Vec<ControlView<'a>>,
}

/// A control.
pub(super) struct ControlView<'a> {
    pub(super) c: &'a ControlResult,
    pub(super) anchor: String,
    pub(super) assessability: &'static str,
    pub(super) population: String,
    pub(super) rules: Vec<RuleLine<'a>>,
    pub(super) supporting: Vec<RuleLine<'a>>,
}

/// A rule inside a control.
pub(super) struct RuleLine<'a> {
    pub(super) r: &'a RuleResult,
    pub(super) anchor: String,
    pub(super) operations: String,
    pub(super) deviates: bool,
}

/// A rule with all that its page shows.
pub(super) struct RuleView<'a> {
    pub(super) r: &'a RuleResult,
    pub(super) anchor: String,
    pub(super) counts: String,
    pub(super) snippets: Vec<(&'static str, &'a str)>,
    pub(super) operations: String,
    pub(super) controls: Vec<(String, String)>,
    pub(super) params: String,
    pub(super) aliases: String,
    pub(super) accounts: &'a [RuleAccount],
    pub(super) references: Vec<&'a str>,
}

/// The anchor of a rule.
pub(super) fn rule_anchor(id: &str) -> String {
    format!("rule-{}", slug(id))
}

fn control_anchor(framework: &str, control: &str) -> String {
    format!("control-{}-{}", slug(framework), slug(control))
}

/// Letters, digits, `.`, `_` and `-` stay; anything else becomes its number.
fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || "._-".contains(c) {
            out.push(c);
        } else {
            out.push_str(&format!("-{:x}", u32::from(c)));
        }
    }
    out
}

/// The service of a rule, from its package.
pub(super) fn service(package: &str) -> &str {
    package.split('.').nth(2).unwrap_or("other")
}

fn operations(scan: &Scan, rule: &str) -> String {
    let Some(known) = scan.operations.get(rule) else { return String::new() };
    known.iter().map(|(op, n)| format!("{op} ({})", number(*n))).collect::<Vec<_>>().join(", ")
}

/// All frameworks.
pub(super) fn frameworks<'a>(a: &'a Assessment, scan: &Scan) -> Vec<FrameworkView<'a>> {
    let rules: BTreeMap<&str, &RuleResult> =
        a.rules.iter().map(|r| (r.meta.id.as_str(), r)).collect();
    a.frameworks
        .iter()
        .map(|f| {
            let l = &f.line;
            FrameworkView {
                f,
                anchor: format!("framework-{}", slug(&f.id)),
                short: f.title.split(" (").next().unwrap_or(&f.title).to_owned(),
                line: format!(
                    "{} tested, {} attested, {} inherited, {} unseen of {}",
                    l.tested, l.attested, l.inherited, l.unseen, l.of
                ),
                bar: Bar::new(&f.counts, "controls"),
                numbers: ORDER.into_iter().map(|s| f.counts.of(s)).collect(),
                picks: present(&f.counts),
                controls: f.controls.iter().map(|c| control(f, c, &rules, scan)).collect(),
            }
        })
        .collect()
}

fn control<'a>(
    f: &FrameworkResult,
    c: &'a ControlResult,
    rules: &BTreeMap<&str, &'a RuleResult>,
    scan: &Scan,
) -> ControlView<'a> {
    let lines = |ids: &[String]| -> Vec<RuleLine<'a>> {
        ids.iter()
            .filter_map(|id| rules.get(id.as_str()))
            .map(|r| RuleLine {
                r,
                anchor: rule_anchor(&r.meta.id),
                operations: operations(scan, &r.meta.id),
                deviates: c.deviations.contains(&r.meta.id),
            })
            .collect()
    };
    let n = &c.verdicts;
    ControlView {
        c,
        anchor: control_anchor(&f.id, &c.id),
        assessability: match c.assessability {
            Assessability::Automated => "all of it",
            Assessability::Partial => "a part of it",
            Assessability::Manual => "nothing: only people can",
        },
        population: format!(
            "{} judged = {} pass + {} fail + {} waived + {} not assessed + {} not applicable",
            number(n.total()),
            number(n.pass),
            number(n.fail),
            number(n.waived),
            number(n.not_assessed + n.manual),
            number(n.not_applicable)
        ),
        rules: lines(&c.decisive),
        supporting: lines(&c.supporting),
    }
}

/// All rules, in order of their ids.
pub(super) fn rules<'a>(a: &'a Assessment, scan: &Scan) -> Vec<RuleView<'a>> {
    let mut decides: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for f in &a.frameworks {
        let name = f.title.split([' ', ':']).next().unwrap_or(&f.title);
        for c in &f.controls {
            for rule in &c.decisive {
                decides
                    .entry(rule)
                    .or_default()
                    .push((control_anchor(&f.id, &c.id), format!("{name} {}", c.id)));
            }
        }
    }
    let rules = a.rules.iter().filter(|r| !r.out_of_scope);
    rules.map(|r| rule(a, r, scan, decides.remove(r.meta.id.as_str()))).collect()
}

fn rule<'a>(
    a: &Assessment,
    r: &'a RuleResult,
    scan: &Scan,
    controls: Option<Vec<(String, String)>>,
) -> RuleView<'a> {
    let m = &r.meta;
    let counts: Vec<String> = present(&r.verdicts)
        .iter()
        .map(|c| format!("{} {}", number(c.n), c.name.to_lowercase()))
        .collect();
    let params: Vec<String> = m
        .params
        .iter()
        .map(|(name, p)| {
            let set = [m.id.as_str(), "*"]
                .into_iter()
                .find_map(|key| a.tailoring.params.get(key).and_then(|x| x.get(name)));
            match (set, &p.default) {
                (Some(v), _) => format!("{name} = {v} (set here): {}", p.description),
                (None, Some(v)) => format!("{name} = {v}: {}", p.description),
                (None, None) => format!("{name} (not declared): {}", p.description),
            }
        })
        .collect();
    let aliases: Vec<String> = m
        .aliases
        .iter()
        .filter(|(_, ids)| !ids.is_empty())
        .map(|(tool, ids)| format!("{tool}: {}", ids.join(", ")))
        .collect();
    RuleView {
        r,
        anchor: rule_anchor(&m.id),
        counts: if counts.is_empty() {
            "no verdicts".to_owned()
        } else {
            format!("{} judged: {}", number(r.verdicts.total()), counts.join(", "))
        },
        snippets: [
            ("Terraform", m.remediation.terraform.as_str()),
            ("CloudFormation", m.remediation.cloudformation.as_str()),
            ("Bicep", m.remediation.bicep.as_str()),
            ("Command line", m.remediation.cli.as_str()),
        ]
        .into_iter()
        .filter(|(_, s)| !s.is_empty())
        .map(|(n, s)| (n, s.trim_end()))
        .collect(),
        operations: operations(scan, &m.id),
        controls: controls.unwrap_or_default(),
        params: params.join("; "),
        aliases: aliases.join("; "),
        accounts: r.accounts.get(..MAX_ACCOUNTS).unwrap_or(&r.accounts),
        references: m
            .references
            .iter()
            .map(String::as_str)
            .filter(|u| u.starts_with("https://") || u.starts_with("http://"))
            .collect(),
    }
}

/// Rules with open failures, the worst first.
pub(super) fn worst<'a>(a: &'a Assessment) -> Vec<RuleLine<'a>> {
    let mut rules: Vec<&RuleResult> = a.rules.iter().filter(|r| r.failures > 0).collect();
    rules.sort_by(|x, y| {
        (y.meta.severity, y.failures)
            .cmp(&(x.meta.severity, x.failures))
            .then_with(|| x.meta.id.cmp(&y.meta.id))
    });
    rules
        .into_iter()
        .map(|r| RuleLine {
            r,
            anchor: rule_anchor(&r.meta.id),
            operations: String::new(),
            deviates: false,
        })
        .collect()
}

/// A finding in the page itself.
pub(super) struct FindingView<'a> {
    pub(super) f: &'a assay_core::verdict::Finding,
    pub(super) anchor: String,
    pub(super) title: &'a str,
    pub(super) name: String,
    pub(super) message: String,
}

/// The worst findings.
pub(super) fn findings(a: &Assessment) -> Vec<FindingView<'_>> {
    let titles: BTreeMap<&str, &str> =
        a.rules.iter().map(|r| (r.meta.id.as_str(), r.meta.title.as_str())).collect();
    let mut seen = BTreeSet::new();
    a.top
        .iter()
        .filter(|f| f.status == Status::Fail && seen.insert(&f.fingerprint))
        .map(|f| FindingView {
            f,
            anchor: rule_anchor(&f.rule),
            title: titles.get(f.rule.as_str()).copied().unwrap_or_default(),
            name: clip(crate::text::short_id(&f.resource), 120).into_owned(),
            message: clip(&f.message, 300).into_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_tame_and_differ() {
        assert_eq!(control_anchor("gdpr", "Art.32(1)(a)"), "control-gdpr-Art.32-281-29-28a-29");
        assert_ne!(slug("a b"), slug("a_b"));
        assert_eq!(rule_anchor("\"><script>"), "rule--22-3e-3cscript-3e");
    }
}
