//! Which known ways to a stronger principal are open to a principal.

use std::collections::BTreeSet;

use assay_core::{Gap, GapState};
use serde_json::{Value, json};

use super::access::{Access, Grant, Target};
use super::conditions::Applies;
use super::paths::{Over, PATHS, Path};
use super::principal::{Kind, Principal};
use super::trust::{assumes, by_account, trusts, trusts_service};

/// A way that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    /// Id of the path.
    pub path: &'static str,
    /// Its category.
    pub category: &'static str,
    /// The actions that it takes.
    pub required: &'static [&'static str],
    /// Over whom or what, where that is another one.
    pub target: Option<String>,
    /// Digests of the statements that grant the actions, in order.
    pub digests: Vec<String>,
    /// The policies that they come from.
    pub policies: BTreeSet<String>,
}

impl Escalation {
    /// The shape that rules see.
    #[must_use]
    pub fn json(&self) -> Value {
        let policies = self.policies.iter().cloned().collect::<Vec<_>>().join(", ");
        let over = self.target.as_ref().map_or_else(String::new, |t| format!(" over {t}"));
        let by = if policies.is_empty() { String::new() } else { format!(", by {policies}") };
        json!({
            "path": self.path,
            "category": self.category,
            "key": self.path,
            "target": self.target,
            "statements": self.digests,
            "message": format!("{} ({}) is open with {}{over}{by}", self.path, self.category,
                self.required.join(" and ")),
        })
    }
}

/// What a search found: a way, or that one may be open.
enum Found {
    Open(Option<String>, Vec<Grant>),
    Perhaps,
    No,
}

/// Every way that is open to a principal. An administrator needs none.
///
/// # Errors
/// No way is open for sure, and at least one rests on conditions that are not evaluated, or on a
/// principal whose policies could not be read.
pub fn escalations(who: &Principal, all: &Access) -> Result<Vec<Escalation>, Gap> {
    if who.service_linked || !who.admin().reasons.is_empty() {
        return Ok(Vec::new());
    }
    let mut open: Vec<Escalation> = Vec::new();
    let mut perhaps = Vec::new();
    for path in PATHS {
        match search(who, path, all) {
            Found::Open(target, grants) => open.push(Escalation {
                path: path.id,
                category: path.category,
                required: path.required,
                target,
                digests: grants.iter().filter_map(|g| g.by.as_ref()).map(|b| b.1.clone()).collect(),
                policies: grants.into_iter().filter_map(|g| g.by).map(|b| b.0).collect(),
            }),
            Found::Perhaps => perhaps.push(path.id),
            Found::No => {}
        }
    }
    if open.is_empty() && !perhaps.is_empty() {
        return Err(Gap::new(
            GapState::Unsupported,
            format!("{} may be open: conditions decide that are not evaluated", perhaps.join(", ")),
        ));
    }
    // A way that needs more than another open one tells nothing new.
    let minimal: Vec<Escalation> = open
        .iter()
        .filter(|e| {
            !open.iter().any(|o| {
                o.required.len() < e.required.len()
                    && o.required.iter().all(|a| e.required.contains(a))
            })
        })
        .cloned()
        .collect();
    if minimal.is_empty()
        && let Some(gap) = unread(all)
        && PATHS.iter().any(|p| p.required.iter().all(|a| may_reach(who, p, a)))
    {
        return Err(gap);
    }
    Ok(minimal)
}

/// A principal or a group that could be the target of a path, and whose policies could not be
/// read.
fn unread(all: &Access) -> Option<Gap> {
    let principals = all.principals.values().find_map(|p| p.as_ref().err());
    principals.or_else(|| all.library.groups.values().find_map(|g| g.as_ref().err())).cloned()
}

/// Whether an action of a path may be open on something that could not be read.
fn may_reach(who: &Principal, path: &Path, action: &str) -> bool {
    // The trust policy of a role that could not be read may name the principal. To assume it and
    // nothing more is then a decision.
    let by_trust = action == "sts:assumerole" && path.required.len() > 1;
    by_trust || who.may(action, Target::Some("*"), None).level() >= Applies::Perhaps
}

fn search(who: &Principal, path: &Path, all: &Access) -> Found {
    // Without any grant of some action no target needs to be looked at.
    if path.required.iter().any(|a| *a != "sts:assumerole" && !touches(who, a)) {
        return Found::No;
    }
    let others = |kind: Kind| {
        all.principals
            .values()
            .filter_map(|p| p.as_ref().ok())
            .filter(move |p| p.kind == kind && p.id != who.id && !p.service_linked)
    };
    match path.over {
        Over::SelfUser | Over::SelfRole => {
            let kind = if path.over == Over::SelfUser { Kind::User } else { Kind::Role };
            if who.kind != kind {
                return Found::No;
            }
            within(who.raisable(who), || on(who, path, &who.id, None))
        }
        Over::OwnPolicy => within(who.raisable(who), || {
            first(customer(&who.attached).map(|arn| on(who, path, arn, Some(arn))))
        }),
        Over::OwnGroup | Over::OtherGroup if who.kind != Kind::User => Found::No,
        Over::OwnGroup => within(who.raisable(who), || {
            first(who.groups.iter().map(|arn| on(who, path, arn, Some(arn))))
        }),
        Over::OtherGroup => within(who.raisable(who), || other_group(who, path, all)),
        Over::OtherUser => stronger(who, path, others(Kind::User)),
        Over::OtherRole => stronger(who, path, others(Kind::Role)),
        Over::RaisedUser => first(
            others(Kind::User)
                .map(|p| within(p.raisable(who), || on(who, path, &p.id, Some(&p.id)))),
        ),
        Over::RaisedRole => {
            first(others(Kind::Role).map(|p| within(p.raisable(who), || raised(who, path, p))))
        }
        Over::PolicyOfRole => first(others(Kind::Role).flat_map(|role| {
            customer(&role.attached)
                .map(move |arn| within(role.raisable(who), || policy_of(who, path, role, arn)))
        })),
        Over::Assume => first(others(Kind::Role).map(|r| {
            within(r.admin().level(), || {
                let trust = trusts(r, who);
                // A trust policy that names the principal is a decision.
                match trust.named {
                    Applies::Always => Found::No,
                    _ => grants(vec![by_account(who, r, trust)], Some(&r.id)),
                }
            })
        })),
        Over::PassRole(services) => first(
            others(Kind::Role)
                .filter(|r| trusts_service(r, services))
                .filter_map(|r| pass(who, path, r, services)),
        ),
        Over::Existing(services) => existing(who, path, services, others(Kind::Role)),
    }
}

/// A group that the user is not in and that gives more.
fn other_group(who: &Principal, path: &Path, all: &Access) -> Found {
    first(all.library.groups.values().filter_map(|g| g.as_ref().ok()).filter_map(|g| {
        let raises = !who.groups.contains(&g.arn)
            && g.policies
                .iter()
                .flat_map(|p| p.iter())
                .any(|s| !who.policies.allow.iter().any(|mine| std::sync::Arc::ptr_eq(mine, s)));
        raises.then(|| on(who, path, &g.arn, Some(&g.arn)))
    }))
}

/// What is found, as far as it leads on: for sure, perhaps, or not at all.
fn within(leads: Applies, find: impl FnOnce() -> Found) -> Found {
    match leads {
        Applies::Never => Found::No,
        Applies::Perhaps => match find() {
            Found::No => Found::No,
            Found::Open(..) | Found::Perhaps => Found::Perhaps,
        },
        Applies::Sometimes | Applies::Always => find(),
    }
}

/// The path's actions on one resource.
fn on(who: &Principal, path: &Path, arn: &str, target: Option<&String>) -> Found {
    let list = path.required.iter().map(|a| who.may(a, Target::One(arn), None)).collect();
    grants(list, target)
}

/// The path's actions on another principal that can do more; administrators come first.
fn stronger<'a>(
    who: &Principal,
    path: &Path,
    others: impl Iterator<Item = &'a Principal>,
) -> Found {
    first(others.filter_map(|p| match on(who, path, &p.id, Some(&p.id)) {
        Found::No => None,
        found => who.weaker_than(p).then_some(found),
    }))
}

/// Change a role, then become it.
fn raised(who: &Principal, path: &Path, role: &Principal) -> Found {
    let list = path
        .required
        .iter()
        .map(|a| match *a {
            "sts:assumerole" => assumes(who, role),
            a => who.may(a, Target::One(&role.id), None),
        })
        .collect();
    grants(list, Some(&role.id))
}

/// Change a policy that a role has, then become the role.
fn policy_of(who: &Principal, path: &Path, role: &Principal, policy: &str) -> Found {
    let list = path
        .required
        .iter()
        .map(|a| match *a {
            "sts:assumerole" => assumes(who, role),
            "iam:createpolicyversion" => who.may(a, Target::One(policy), None),
            a => who.may(a, Target::One(&role.id), None),
        })
        .collect();
    grants(list, Some(&role.id))
}

/// Hand a role to a service that the principal steers.
fn pass(who: &Principal, path: &Path, role: &Principal, services: &[&str]) -> Option<Found> {
    let list: Vec<Grant> = path
        .required
        .iter()
        .map(|a| match *a {
            "iam:passrole" => services
                .iter()
                .map(|s| who.may(a, Target::One(&role.id), Some(s)))
                .max_by_key(|g| (g.yes, g.perhaps))
                .unwrap_or_default(),
            a => who.may(a, Target::Some(&arns_of(a)), None),
        })
        .collect();
    match grants(list, Some(&role.id)) {
        Found::No => None,
        found => who.weaker_than(role).then_some(found),
    }
}

/// Use a resource whose role is an administrator. Which resources exist is not read for every
/// service; that such a role exists for the service is.
fn existing<'a>(
    who: &Principal,
    path: &Path,
    services: &[&str],
    roles: impl Iterator<Item = &'a Principal>,
) -> Found {
    let list = path
        .required
        .iter()
        .map(|a| who.may(a, Target::Some(&arns_of(a)), None))
        .collect::<Vec<_>>();
    if list.iter().any(|g| !g.yes && !g.perhaps) {
        return Found::No;
    }
    first(
        roles
            .filter(|r| trusts_service(r, services))
            .map(|role| within(role.admin().level(), || grants(list.clone(), Some(&role.id)))),
    )
}

/// All must be granted.
fn grants(list: Vec<Grant>, target: Option<&String>) -> Found {
    if list.iter().all(|g| g.yes) {
        Found::Open(target.cloned(), list)
    } else if list.iter().all(|g| g.yes || g.perhaps) {
        Found::Perhaps
    } else {
        Found::No
    }
}

/// The first open way, else whether one may be.
fn first(found: impl Iterator<Item = Found>) -> Found {
    let mut out = Found::No;
    for f in found {
        match f {
            Found::Open(..) => return f,
            Found::Perhaps => out = Found::Perhaps,
            Found::No => {}
        }
    }
    out
}

fn touches(who: &Principal, action: &str) -> bool {
    let bit = super::principal::probe(action);
    who.policies.allow.iter().any(|s| s.probes & bit != 0)
}

/// Customer-managed policies: AWS's own cannot be changed.
fn customer(arns: &BTreeSet<String>) -> impl Iterator<Item = &String> {
    arns.iter().filter(|a| crate::policy::principal::account_of(a).is_some())
}

/// The ARNs that an action can be allowed on, as a pattern: those of its service, and for what
/// reaches into instances those of EC2.
fn arns_of(action: &str) -> String {
    match action.split(':').next().unwrap_or_default() {
        "ssm" => "arn:*:*:*:*".to_owned(),
        "ec2-instance-connect" => "arn:*:ec2:*".to_owned(),
        service => format!("arn:*:{service}:*"),
    }
}
