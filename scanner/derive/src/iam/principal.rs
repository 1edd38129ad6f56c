//! Users and roles with all their policies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, OnceLock};

use assay_core::{Gap, GapState, Resource};
use serde_json::Value;

use super::paths::PATHS;
use crate::policy::{Effect, Selector, Statement, pattern, statements};

/// What a principal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `AWS::IAM::User`
    User,
    /// `AWS::IAM::Role`
    Role,
    /// `AWS::IAM::Group`: no principal itself, but its policies are read the same way.
    Group,
}

/// Actions that are asked for. Each one is a bit of [`Prepared::probes`].
static PROBES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut all: BTreeSet<&'static str> =
        PATHS.iter().flat_map(|p| p.required.iter().copied()).collect();
    all.extend(super::mfa::SENSITIVE);
    all.extend(["iam:deleteuserpermissionsboundary", "iam:deleterolepermissionsboundary"]);
    all.extend(super::power::RAISE);
    debug_assert!(all.len() <= 128, "one bit for each action");
    all.into_iter().collect()
});

/// The bit of an action; zero for one that nobody asks for.
pub(super) fn probe(action: &str) -> u128 {
    PROBES
        .binary_search(&action)
        .ok()
        .and_then(|i| 1_u128.checked_shl(u32::try_from(i).ok()?))
        .unwrap_or(0)
}

/// The bits of the actions that are selected. No action that is asked for holds a wildcard, and
/// the usual patterns (a name, a name and a star at its end) select neighbours in their order.
fn probes(selected: &Selector) -> u128 {
    let bits = |from: usize, to: usize| {
        let below = |n: usize| {
            u32::try_from(n).ok().and_then(|n| 1_u128.checked_shl(n)).map_or(u128::MAX, |b| b - 1)
        };
        below(to) & !below(from)
    };
    let one = |pattern: &String| {
        let head = pattern.strip_suffix('*').filter(|h| !pattern::has_wildcard(h));
        match head {
            Some(head) => {
                let from = PROBES.partition_point(|a| *a < head);
                let run = PROBES.iter().skip(from).take_while(|a| a.starts_with(head)).count();
                bits(from, from + run)
            }
            None if !pattern::has_wildcard(pattern) => probe(pattern),
            None => PROBES
                .iter()
                .filter(|a| pattern::covers(pattern, a))
                .fold(0, |mask, a| mask | probe(a)),
        }
    };
    let named = selected.patterns.iter().fold(0, |mask, p| mask | one(p));
    if selected.not { bits(0, PROBES.len()) & !named } else { named }
}

/// A statement with the actions that it selects.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) statement: Statement,
    pub(super) probes: u128,
    /// The policy that it comes from, for people.
    pub(super) policy: String,
    /// Most are never asked for.
    digest: OnceLock<String>,
}

impl Prepared {
    /// See [`Statement::digest`].
    pub(super) fn digest(&self) -> &str {
        self.digest.get_or_init(|| self.statement.digest())
    }
}

pub(super) type Policy = Arc<Vec<Arc<Prepared>>>;

/// Reads a document once.
pub(super) fn prepare(policy: &str, document: &Value) -> Result<Policy, Gap> {
    let list = statements(document).map_err(|e| {
        let mut gap = e.gap();
        gap.detail = format!("policy {policy}: {}", gap.detail);
        gap
    })?;
    let prepared = |statement: Statement| {
        let probes = probes(&statement.actions);
        let digest = OnceLock::new();
        Arc::new(Prepared { statement, probes, policy: policy.to_owned(), digest })
    };
    Ok(Arc::new(list.into_iter().map(prepared).collect()))
}

/// Statements of several policies.
#[derive(Debug, Default)]
pub(super) struct Bundle {
    pub(super) allow: Vec<Arc<Prepared>>,
    pub(super) deny: Vec<Arc<Prepared>>,
}

impl Bundle {
    pub(super) fn add(&mut self, policy: &Policy) {
        for s in policy.iter() {
            match s.statement.effect {
                Effect::Allow => self.allow.push(Arc::clone(s)),
                Effect::Deny => self.deny.push(Arc::clone(s)),
            }
        }
    }
}

/// A user or a role with everything that decides what it may do.
#[derive(Debug)]
pub struct Principal {
    /// The ARN.
    pub id: String,
    /// The short name.
    pub name: String,
    /// The account.
    pub account: String,
    /// User or role.
    pub kind: Kind,
    /// A service-linked role: only its service can use it, and nobody can edit it.
    pub service_linked: bool,
    pub(super) policies: Bundle,
    pub(super) boundary: Option<Bundle>,
    /// ARNs of the managed policies that it has, those of its groups included.
    pub(super) attached: BTreeSet<String>,
    /// ARNs of its groups.
    pub(super) groups: BTreeSet<String>,
    /// A role's trust policy.
    pub(super) trust: Vec<Statement>,
    pub(super) admin: OnceLock<super::power::Administrator>,
}

/// Managed policies and groups, by which principals are read.
#[derive(Debug, Default)]
pub(super) struct Library {
    pub(super) managed: BTreeMap<String, Result<Policy, Gap>>,
    /// Groups by name: their ARN, their policies, their attached ARNs.
    pub(super) groups: BTreeMap<String, Result<GroupPolicies, Gap>>,
}

/// What a group gives to its members.
#[derive(Debug, Clone)]
pub(super) struct GroupPolicies {
    pub(super) arn: String,
    pub(super) attached: BTreeSet<String>,
    pub(super) policies: Vec<Policy>,
}

impl Library {
    fn managed(&self, arn: &str) -> Result<Policy, Gap> {
        match self.managed.get(arn) {
            Some(policy) => policy.clone(),
            None => Err(Gap::new(
                GapState::Unsupported,
                format!("the document of the attached policy {arn} was not returned"),
            )),
        }
    }

    /// The policies that a document names and holds: managed and inline.
    pub(super) fn own(&self, r: &Resource) -> Result<(Vec<Policy>, BTreeSet<String>), Gap> {
        let attached: BTreeSet<String> = strings(r, "ManagedPolicyArns").collect();
        let mut out: Vec<Policy> =
            attached.iter().map(|arn| self.managed(arn)).collect::<Result<_, _>>()?;
        for p in r.properties.get("Policies").and_then(Value::as_array).into_iter().flatten() {
            let name = p.get("PolicyName").and_then(Value::as_str).unwrap_or_default();
            out.push(prepare(name, p.get("PolicyDocument").unwrap_or(&Value::Null))?);
        }
        Ok((out, attached))
    }

    /// Reads a user or a role.
    pub(super) fn principal(&self, r: &Resource, kind: Kind) -> Result<Principal, Gap> {
        let (own, mut attached) = self.own(r)?;
        let mut policies = Bundle::default();
        own.iter().for_each(|p| policies.add(p));
        let mut groups = BTreeSet::new();
        if kind == Kind::User {
            for name in strings(r, "Groups") {
                let group = self.groups.get(&name).cloned().unwrap_or_else(|| {
                    Err(Gap::new(GapState::Unsupported, format!("group {name} was not returned")))
                })?;
                group.policies.iter().for_each(|p| policies.add(p));
                attached.extend(group.attached);
                groups.insert(group.arn);
            }
        }
        let boundary = match r.properties.get("PermissionsBoundary").and_then(Value::as_str) {
            None => None,
            Some(arn) => {
                let mut bundle = Bundle::default();
                bundle.add(&self.managed(arn)?);
                Some(bundle)
            }
        };
        let trust = match r.properties.get("AssumeRolePolicyDocument") {
            Some(document) if kind == Kind::Role => statements(document).map_err(|e| e.gap())?,
            _ => Vec::new(),
        };
        let path = r.properties.get("Path").and_then(Value::as_str).unwrap_or_default();
        Ok(Principal {
            id: r.id.clone(),
            name: r.name.clone(),
            account: r.account.clone(),
            kind,
            service_linked: path.starts_with("/aws-service-role/"),
            policies,
            boundary,
            attached,
            groups,
            trust,
            admin: OnceLock::new(),
        })
    }
}

/// The texts of a facet.
pub(super) fn strings(r: &Resource, facet: &str) -> impl Iterator<Item = String> {
    r.properties
        .get(facet)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(ToOwned::to_owned)
        .collect::<Vec<_>>()
        .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Patterns are looked up by their neighbours; asking each action for itself says the same.
    #[test]
    fn probes_are_the_actions_that_are_selected() {
        let lists: [&[&str]; 9] = [
            &["*"],
            &["iam:*"],
            &["iam:pass*"],
            &["iam:passrole", "s3:getobject"],
            &["iam:*user*", "?am:putrolepolicy"],
            &["i*e"],
            &["zzz:*", "a*"],
            &["s3:get*"],
            &["iam:PassRole"],
        ];
        for patterns in lists {
            for not in [false, true] {
                let patterns = patterns.iter().map(|p| (*p).to_owned()).collect();
                let selected = Selector { not, patterns };
                let slow =
                    PROBES.iter().filter(|a| selected.covers(a)).fold(0, |mask, a| mask | probe(a));
                assert_eq!(probes(&selected), slow, "{selected:?}");
            }
        }
    }
}
