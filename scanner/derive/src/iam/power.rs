//! How powerful a principal is: an administrator, raisable to one, weaker than another.

use std::sync::Arc;

use assay_core::{Gap, GapState};

use super::access::Target;
use super::conditions::{Applies, Request, applies};
use super::principal::{Kind, Prepared, Principal, probe};

/// Whether a principal is an administrator, and by which policies.
#[derive(Debug, Clone, Default)]
pub struct Administrator {
    /// The policies that make it one; empty if none does for sure.
    pub reasons: Vec<String>,
    /// Where it is none for sure: the policies that make it one, if conditions hold that are not
    /// evaluated.
    pub perhaps: Vec<String>,
}

impl Administrator {
    /// Why it cannot be told.
    #[must_use]
    pub fn unsure(&self) -> Option<Gap> {
        (self.reasons.is_empty() && !self.perhaps.is_empty()).then(|| {
            let by = self.perhaps.join(", ");
            Gap::new(
                GapState::Unsupported,
                format!("an administrator by {by}, if conditions hold that are not evaluated"),
            )
        })
    }

    /// The same as a level.
    pub(super) fn level(&self) -> Applies {
        match (self.reasons.is_empty(), self.perhaps.is_empty()) {
            (false, _) => Applies::Always,
            (true, false) => Applies::Perhaps,
            (true, true) => Applies::Never,
        }
    }
}

/// Actions by which an administrator of IAM gives itself everything.
pub(super) const RAISE: [&str; 5] = [
    "iam:attachuserpolicy",
    "iam:attachrolepolicy",
    "iam:putuserpolicy",
    "iam:putrolepolicy",
    "iam:createpolicyversion",
];

impl Principal {
    /// Whether the principal is an administrator: policies give it all of IAM on all of the
    /// account's IAM, and no `Deny` and no boundary takes away that it can grant itself more.
    /// Computed once.
    pub fn admin(&self) -> &Administrator {
        self.admin.get_or_init(|| self.judge())
    }

    fn judge(&self) -> Administrator {
        let every = self.all_of_iam();
        let target = Target::Every(&every);
        let raise = RAISE.iter().map(|a| self.may(a, target, None).level()).max();
        let raise = raise.unwrap_or(Applies::Never);
        let request = Request { arn: &self.id, account: &self.account, passed_to: None };
        let mut out = Administrator::default();
        for s in self.policies.allow.iter().filter(|s| s.statement.actions.covers("iam:*")) {
            match self.level(s, &target, &request).min(raise) {
                Applies::Never => {}
                Applies::Perhaps => out.perhaps.push(s.policy.clone()),
                Applies::Sometimes | Applies::Always => out.reasons.push(s.policy.clone()),
            }
        }
        for list in [&mut out.reasons, &mut out.perhaps] {
            list.sort();
            list.dedup();
        }
        out
    }

    /// Everything that IAM holds in the principal's account.
    fn all_of_iam(&self) -> String {
        let partition = self.id.split(':').nth(1).unwrap_or("aws");
        format!("arn:{partition}:iam::{}:*", self.account)
    }

    /// Whether `raiser` can make this principal an administrator by giving it policies: it has no
    /// boundary, its boundary leaves an administrator, or `raiser` can take the boundary off.
    pub(super) fn raisable(&self, raiser: &Self) -> Applies {
        let Some(b) = &self.boundary else { return Applies::Always };
        let every = self.all_of_iam();
        let target = Target::Every(&every);
        let request = Request { arn: &self.id, account: &self.account, passed_to: None };
        let wide = b.allow.iter().filter(|s| s.statement.actions.covers("iam:*"));
        let open = wide
            .map(|s| {
                let left = RAISE.iter().map(|a| {
                    let bit = probe(a);
                    b.deny
                        .iter()
                        .filter(|d| d.probes & bit != 0)
                        .map(|d| self.refuses(d, Some(s), &target, &request))
                        .min()
                        .unwrap_or(Applies::Always)
                });
                self.level(s, &target, &request).min(left.max().unwrap_or(Applies::Never))
            })
            .max()
            .unwrap_or(Applies::Never);
        let remove = match self.kind {
            Kind::User => "iam:deleteuserpermissionsboundary",
            _ => "iam:deleterolepermissionsboundary",
        };
        open.max(raiser.may(remove, Target::One(&self.id), None).level())
    }

    /// Whether `other` can do something that this principal cannot, as far as statements tell.
    #[must_use]
    pub fn weaker_than(&self, other: &Self) -> bool {
        let request = Request { arn: &self.id, account: &self.account, passed_to: None };
        let covers = |mine: &Prepared, o: &Prepared| {
            applies(&mine.statement, &request) >= Applies::Sometimes
                && mine.statement.actions.covers_selector(&o.statement.actions)
                && match (&mine.statement.resources, &o.statement.resources) {
                    (None, _) => true,
                    (Some(m), Some(o)) => m.covers_selector(o),
                    (Some(m), None) => m.everything(),
                }
        };
        // A `Deny` that the other one does not have takes something away, unless the principal
        // can avoid its circumstances.
        let lost: Vec<&Arc<Prepared>> = self
            .denials()
            .filter(|d| {
                matches!(applies(&d.statement, &request), Applies::Always | Applies::Perhaps)
                    && !other.denials().any(|o| Arc::ptr_eq(d, o))
            })
            .collect();
        other.policies.allow.iter().any(|o| {
            let own = |mine: &Arc<Prepared>| Arc::ptr_eq(mine, o) || covers(mine, o);
            let taken = |d: &&Arc<Prepared>| {
                let actions = &o.statement.actions;
                actions.not || actions.patterns.iter().any(|p| d.statement.actions.intersects(p))
            };
            let bounded = self.boundary.as_ref().is_some_and(|b| {
                let same = other.boundary.as_ref().is_some_and(|theirs| {
                    b.allow.iter().all(|s| theirs.allow.iter().any(|t| Arc::ptr_eq(s, t)))
                });
                !same && !b.allow.iter().any(|s| covers(s, o))
            });
            bounded || lost.iter().any(taken) || !self.policies.allow.iter().any(own)
        })
    }
}
