//! What people say of controls: attestations, and provider's reports that controls are inherited
//! from. Their word never looks like a test, and ends on its last day.

use std::collections::BTreeMap;

use assay_core::approval::{ApprovalKind, ApprovalResult};
use assay_core::tailoring::{Attestation, Attested, Date, Tailoring};
use assay_core::verdict::Status;

/// The attestations of one framework, by control.
pub(super) struct People<'a> {
    by_control: BTreeMap<&'a str, Vec<&'a Attestation>>,
    /// Those whose approval does not count, with the reason, by control.
    refused: BTreeMap<&'a str, (&'a Attestation, &'a str)>,
    today: Date,
}

impl<'a> People<'a> {
    /// Those of a framework; `approvals` says whether they count.
    pub(super) fn of(
        framework: &str,
        tailoring: &'a Tailoring,
        approvals: &'a [ApprovalResult],
        today: Date,
    ) -> Self {
        let refusals: BTreeMap<usize, &str> = approvals
            .iter()
            .filter(|r| r.kind == ApprovalKind::Attestation && !r.counts)
            .map(|r| (r.index, r.reason.as_deref().unwrap_or_default()))
            .collect();
        let mut by_control: BTreeMap<&str, Vec<&Attestation>> = BTreeMap::new();
        let mut refused = BTreeMap::new();
        let all = tailoring.attestations.iter().enumerate();
        for (i, a) in all.filter(|(_, a)| a.framework == framework) {
            match refusals.get(&i) {
                Some(why) => {
                    refused.insert(a.control.as_str(), (a, *why));
                }
                None => by_control.entry(&a.control).or_default().push(a),
            }
        }
        Self { by_control, refused, today }
    }

    /// Those of a control that hold today.
    fn holding(&self, control: &str) -> impl Iterator<Item = &'a Attestation> {
        let today = self.today;
        let all = self.by_control.get(control).into_iter().flatten().copied();
        all.filter(move |a| a.date <= today && today <= a.valid_until)
    }

    /// The human part of a control: the worst of what holds, `manual` where nothing does.
    pub(super) fn status(&self, control: &str) -> Status {
        let said = self.holding(control).map(|a| match a.outcome {
            Attested::Pass => Status::Pass,
            Attested::Fail => Status::Fail,
        });
        Status::worst(said).unwrap_or(Status::Manual)
    }

    /// Whether all that holds is a provider's report.
    pub(super) fn inherited(&self, control: &str) -> bool {
        let mut holding = self.holding(control).peekable();
        holding.peek().is_some() && holding.all(|a| a.inherited.is_some())
    }

    /// What is said of a control, in words: what holds, else what does not count, has ended or has
    /// not begun.
    pub(super) fn words(&self, control: &str) -> Option<String> {
        let holding: Vec<String> = self.holding(control).map(words).collect();
        if !holding.is_empty() {
            return Some(holding.join("; "));
        }
        if let Some((a, why)) = self.refused.get(control) {
            return Some(format!("the attestation by {} does not count: {why}", a.owner));
        }
        let all = self.by_control.get(control)?;
        let last = all.iter().max_by_key(|a| a.valid_until)?;
        Some(if last.date > self.today {
            format!("the attestation by {} holds from {} only", last.owner, last.date)
        } else {
            format!("the attestation by {} expired on {}", last.owner, last.valid_until)
        })
    }
}

fn words(a: &Attestation) -> String {
    let outcome = match a.outcome {
        Attested::Pass => "",
        Attested::Fail => " as failing",
    };
    let by = format!(
        "by {}, approved by {} on {}, valid until {}",
        a.owner, a.approver, a.date, a.valid_until
    );
    match &a.inherited {
        Some(i) => format!(
            "inherited{outcome} from {}: {} ({} to {}), {by}: {}",
            i.provider, i.report, i.from, i.to, a.statement
        ),
        None => format!("attested{outcome} {by}: {}", a.statement),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attestation(outcome: Attested, until: &str) -> Attestation {
        Attestation {
            framework: "f".into(),
            control: "c".into(),
            statement: "it works".into(),
            outcome,
            owner: "dana".into(),
            approver: "lee".into(),
            date: "2026-01-01".parse().unwrap(),
            valid_until: until.parse().unwrap(),
            link: None,
            file: None,
            sha256: None,
            inherited: None,
            signature: None,
        }
    }

    fn status(all: Vec<Attestation>, today: &str) -> (Status, String) {
        let tailoring = Tailoring { attestations: all, ..Tailoring::default() };
        let people = People::of("f", &tailoring, &[], today.parse().unwrap());
        (people.status("c"), people.words("c").unwrap_or_default())
    }

    #[test]
    fn a_word_holds_until_its_last_day() {
        let good = || vec![attestation(Attested::Pass, "2026-06-30")];
        assert_eq!(status(good(), "2026-06-30").0, Status::Pass);
        let (late, why) = status(good(), "2026-07-01");
        assert_eq!(late, Status::Manual);
        assert!(why.contains("expired on 2026-06-30"), "{why}");
        assert_eq!(status(good(), "2025-12-31").0, Status::Manual);
        assert_eq!(status(vec![], "2026-02-01"), (Status::Manual, String::new()));
    }

    #[test]
    fn the_worst_word_counts() {
        let both = vec![
            attestation(Attested::Pass, "2026-06-30"),
            attestation(Attested::Fail, "2026-06-30"),
        ];
        assert_eq!(status(both, "2026-02-01").0, Status::Fail);
    }
}
