//! May a principal do something? All its policies together.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_core::rule::RelatedScope;
use assay_core::{Gap, Resource};
use serde_json::Value;

use super::conditions::{Applies, Request, applies};
use super::principal::{
    Bundle, GroupPolicies, Kind, Library, Prepared, Principal, prepare, probe, strings,
};
use crate::policy::{Selector, pattern};
use crate::{Need, World, memo};

/// Whether a principal may do something, and by which statement.
#[derive(Debug, Clone, Default)]
pub struct Grant {
    /// It may: always, or in circumstances that it can be in.
    pub yes: bool,
    /// Where it may not for sure: it may, if conditions hold that are not evaluated.
    pub perhaps: bool,
    /// The statement that grants it: its policy and its digest.
    pub by: Option<(String, String)>,
}

/// On what an action is asked for.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// One resource, by its ARN.
    One(&'a str),
    /// Some resource of a kind, as an ARN pattern.
    Some(&'a str),
    /// Every resource that an ARN pattern matches.
    Every(&'a str),
}

impl Grant {
    /// The same as a level.
    pub(super) fn level(&self) -> Applies {
        match (self.yes, self.perhaps) {
            (true, _) => Applies::Always,
            (false, true) => Applies::Perhaps,
            (false, false) => Applies::Never,
        }
    }
}

/// The facets that the index is made of.
pub(super) const NEEDS: &[Need] = &[
    Need {
        kind: "AWS::IAM::User",
        scope: RelatedScope::Account,
        facets: &["Groups", "ManagedPolicyArns", "Policies", "PermissionsBoundary"],
    },
    Need {
        kind: "AWS::IAM::Group",
        scope: RelatedScope::Account,
        facets: &["GroupName", "ManagedPolicyArns", "Policies"],
    },
    Need {
        kind: "AWS::IAM::Role",
        scope: RelatedScope::Account,
        facets: &[
            "Path",
            "AssumeRolePolicyDocument",
            "ManagedPolicyArns",
            "Policies",
            "PermissionsBoundary",
        ],
    },
    Need {
        kind: "AWS::IAM::ManagedPolicy",
        scope: RelatedScope::Account,
        facets: &["PolicyDocument"],
    },
];

/// Everyone in an account, and what they may do.
#[derive(Debug, Default)]
pub struct Access {
    /// By ARN, in order. An `Err` is a principal whose policies could not be read.
    pub principals: BTreeMap<String, Result<Principal, Gap>>,
    pub(super) library: Library,
}

impl Access {
    /// The index of the account, made once.
    #[must_use]
    pub fn of(world: &dyn World) -> Arc<Self> {
        memo(world, "iam/access", || Self::build(world))
    }

    fn build(world: &dyn World) -> Self {
        let mut library = Library::default();
        for r in world.related("AWS::IAM::ManagedPolicy", RelatedScope::Account).iter() {
            let document = r.properties.get("PolicyDocument").unwrap_or(&Value::Null);
            library.managed.insert(r.id.clone(), prepare(&r.name, document));
        }
        for r in world.related("AWS::IAM::Group", RelatedScope::Account).iter() {
            let name = r.properties.get("GroupName").and_then(Value::as_str).unwrap_or(&r.name);
            let group = library.own(r).map(|(policies, attached)| GroupPolicies {
                arn: r.id.clone(),
                attached,
                policies,
            });
            library.groups.insert(name.to_owned(), group);
        }
        let mut principals = BTreeMap::new();
        for (kind, name) in [(Kind::User, "AWS::IAM::User"), (Kind::Role, "AWS::IAM::Role")] {
            for r in world.related(name, RelatedScope::Account).iter() {
                principals.insert(r.id.clone(), library.principal(r, kind));
            }
        }
        Self { principals, library }
    }

    /// A principal by its ARN.
    ///
    /// # Errors
    /// Why it could not be read.
    pub fn principal(&self, r: &Resource) -> Result<&Principal, Gap> {
        match self.principals.get(&r.id) {
            Some(Ok(p)) => Ok(p),
            Some(Err(gap)) => Err(gap.clone()),
            None => Err(Gap::new(
                assay_core::GapState::Failed,
                format!("{} is not in the listing of its type", r.id),
            )),
        }
    }

    /// Users in a group, by name.
    pub(super) fn members(world: &dyn World, group: &str) -> Vec<String> {
        world
            .related("AWS::IAM::User", RelatedScope::Account)
            .iter()
            .filter(|u| strings(u, "Groups").any(|g| g == group))
            .map(|u| u.name.clone())
            .collect()
    }
}

impl Principal {
    /// Whether it may do an action. `passed_to` is the service that gets a role by `iam:PassRole`.
    #[must_use]
    pub fn may(&self, action: &str, target: Target<'_>, passed_to: Option<&str>) -> Grant {
        let bit = probe(action);
        let request = Request { arn: &self.id, account: &self.account, passed_to };
        let mut out = Grant::default();
        for s in self.policies.allow.iter().filter(|s| s.probes & bit != 0) {
            let level = self.level(s, &target, &request);
            if level == Applies::Never || (level == Applies::Perhaps && out.perhaps) {
                continue;
            }
            let limited = self.limited(bit, &target, &request);
            let denied = self
                .denials()
                .filter(|d| d.probes & bit != 0)
                .map(|d| self.refuses(d, Some(s), &target, &request))
                .min()
                .unwrap_or(Applies::Always);
            match level.min(limited).min(denied) {
                Applies::Never => {}
                Applies::Perhaps => {
                    out.perhaps = true;
                    out.by = Some((s.policy.clone(), s.digest().to_owned()));
                }
                Applies::Sometimes | Applies::Always => {
                    return Grant {
                        yes: true,
                        perhaps: false,
                        by: Some((s.policy.clone(), s.digest().to_owned())),
                    };
                }
            }
        }
        out
    }

    /// Every `Deny` that holds for the principal, those of its boundary included.
    pub(super) fn denials(&self) -> impl Iterator<Item = &Arc<Prepared>> {
        self.policies.deny.iter().chain(self.boundary.iter().flat_map(|b| &b.deny))
    }

    /// What the boundary leaves of an action.
    fn limited(&self, bit: u128, target: &Target<'_>, request: &Request<'_>) -> Applies {
        match &self.boundary {
            None => Applies::Always,
            Some(b) => self.within(b, bit, target, request),
        }
    }

    /// What is left of an action on one resource that somebody else's policy grants to the
    /// principal by name: explicit denials count, and for a role the boundary.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-id-rdp.html>
    pub(super) fn left(&self, action: &str, on: &str) -> Applies {
        let (bit, target) = (probe(action), Target::One(on));
        let request = Request { arn: &self.id, account: &self.account, passed_to: None };
        let denied = self
            .denials()
            .filter(|d| d.probes & bit != 0)
            .map(|d| self.refuses(d, None, &target, &request))
            .min()
            .unwrap_or(Applies::Always);
        match self.kind {
            Kind::Role => denied.min(self.limited(bit, &target, &request)),
            _ => denied,
        }
    }

    fn within(&self, b: &Bundle, bit: u128, t: &Target<'_>, r: &Request<'_>) -> Applies {
        b.allow
            .iter()
            .filter(|s| s.probes & bit != 0)
            .map(|s| self.level(s, t, r))
            .max()
            .unwrap_or(Applies::Never)
    }

    pub(super) fn level(
        &self,
        s: &Prepared,
        target: &Target<'_>,
        request: &Request<'_>,
    ) -> Applies {
        match self.selects(s.statement.resources.as_ref(), target) {
            Applies::Never => Applies::Never,
            level => level.min(applies(&s.statement, request)),
        }
    }

    /// What a `Deny` leaves of what `allow` grants (`None`: of anything).
    pub(super) fn refuses(
        &self,
        d: &Prepared,
        allow: Option<&Prepared>,
        t: &Target<'_>,
        r: &Request<'_>,
    ) -> Applies {
        let granted = allow.and_then(|a| a.statement.resources.as_ref());
        let hit = match (t, &d.statement.resources, granted) {
            (Target::One(_), on, _) => self.selects(on.as_ref(), t) >= Applies::Sometimes,
            (_, None, _) => true,
            (Target::Every(of), Some(d), _) if d.covers(of) => true,
            (_, Some(d), Some(a)) => d.covers_selector(a),
            (_, Some(d), None) => d.everything(),
        };
        if !hit {
            return Applies::Always;
        }
        match applies(&d.statement, r) {
            Applies::Always => Applies::Never,
            Applies::Perhaps => Applies::Perhaps,
            // The principal avoids the circumstances, or they never come.
            Applies::Sometimes | Applies::Never => Applies::Always,
        }
    }

    /// Whether a resource element selects the target; `Perhaps` where a policy variable decides.
    fn selects(&self, on: Option<&Selector>, target: &Target<'_>) -> Applies {
        let Some(on) = on else { return Applies::Always };
        let mut unsure = false;
        let patterns: Vec<String> =
            on.patterns.iter().filter_map(|p| self.resolve(p, &mut unsure)).collect();
        let on = Selector { not: on.not, patterns };
        let hit = match target {
            Target::One(arn) => {
                let named = on.patterns.iter().any(|p| pattern::matches(p, arn));
                named != on.not
            }
            Target::Some(kind) => on.intersects(kind),
            Target::Every(of) => on.covers(of),
        };
        match (hit, unsure) {
            (true, false) => Applies::Always,
            (false, false) => Applies::Never,
            // With the variable as a wildcard: what is not hit then is not hit at all, unless the
            // element is inverted.
            (false, true) if !on.not => Applies::Never,
            _ => Applies::Perhaps,
        }
    }

    /// A resource pattern with this principal's variables filled in; `None` if it can match nothing.
    fn resolve(&self, p: &str, unsure: &mut bool) -> Option<String> {
        if !p.contains("${") {
            return Some(p.to_owned());
        }
        let mut out = String::new();
        let mut rest = p;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, tail) = after.split_once('}')?;
            out.push_str(before);
            match name.split(',').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
                // Only users have a user name.
                "aws:username" if self.kind == Kind::User => out.push_str(&self.name),
                "aws:username" => return None,
                "aws:principalaccount" | "aws:resourceaccount" => out.push_str(&self.account),
                literal @ ("*" | "?" | "$") => out.push_str(literal),
                _ => {
                    *unsure = true;
                    out.push('*');
                }
            }
            rest = tail;
        }
        out.push_str(rest);
        Some(out)
    }
}
