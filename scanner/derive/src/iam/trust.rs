//! Whom a role's trust policy lets in, inside the account.

use super::access::{Grant, Target};
use super::conditions::{Applies, Request, applies};
use super::principal::Principal;
use crate::policy::{Effect, Principals, Statement};

/// How a role trusts a principal of its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trust {
    /// It does not.
    No,
    /// If conditions hold that are not evaluated.
    Perhaps,
    /// It trusts the whole account (or everyone): the principal's own policies decide.
    Account,
    /// It names the principal: no policy of the principal is needed.
    Named,
}

/// Whether some service may assume the role.
pub(super) fn trusts_service(role: &Principal, services: &[&str]) -> bool {
    let request = Request { arn: "", account: &role.account, passed_to: None };
    role.trust.iter().any(|s| {
        s.effect == Effect::Allow
            && s.actions.covers("sts:assumerole")
            && s.principals
                .as_ref()
                .is_some_and(|p| services.iter().any(|name| p.service.contains(*name)))
            // A source condition names the service's resource, which the account chooses.
            && applies(s, &request) != Applies::Never
    })
}

/// Whether a principal of the same account may assume the role, by its trust policy alone.
pub(super) fn trusts(role: &Principal, who: &Principal) -> Trust {
    if role.service_linked || role.id == who.id {
        return Trust::No;
    }
    let request = Request { arn: &who.id, account: &who.account, passed_to: None };
    let mut best = Trust::No;
    let mut ceiling = Trust::Named;
    for s in role.trust.iter().filter(|s| s.actions.covers("sts:assumerole")) {
        match s.effect {
            Effect::Allow => {
                let named = named(s, who);
                best = best.max(match applies(s, &request) {
                    Applies::Never => Trust::No,
                    Applies::Perhaps => named.min(Trust::Perhaps),
                    Applies::Sometimes | Applies::Always => named,
                });
            }
            Effect::Deny if named(s, who) != Trust::No => match applies(s, &request) {
                Applies::Always => return Trust::No,
                Applies::Perhaps => ceiling = Trust::Perhaps,
                Applies::Sometimes | Applies::Never => {}
            },
            Effect::Deny => {}
        }
    }
    best.min(ceiling)
}

fn named(s: &Statement, who: &Principal) -> Trust {
    let by = |p: &Principals| {
        if p.aws.contains(&who.id) {
            Trust::Named
        } else if p.any
            || p.aws.iter().any(|a| {
                *a == who.account
                    || (a.ends_with(":root") && a.contains(&format!("::{}:", who.account)))
            })
        {
            Trust::Account
        } else {
            Trust::No
        }
    };
    match (&s.principals, &s.not_principals) {
        (Some(p), _) => by(p),
        // Everyone but those.
        (None, Some(p)) if by(p) == Trust::No => Trust::Account,
        _ => Trust::No,
    }
}

/// Whether a principal can assume a role of its account: trust and permission together.
pub(super) fn assumes(who: &Principal, role: &Principal) -> Grant {
    let trust = trusts(role, who);
    if trust == Trust::No {
        return Grant::default();
    }
    let own = who.may("sts:assumerole", Target::One(&role.id), None);
    match trust {
        Trust::Perhaps => Grant { yes: false, perhaps: own.yes || own.perhaps, by: own.by },
        Trust::Named if !denied(who, &role.id) => Grant { yes: true, perhaps: false, by: own.by },
        _ => own,
    }
}

/// Whether an explicit `Deny` of the principal's own policies keeps it from a role.
fn denied(who: &Principal, role: &str) -> bool {
    let request = Request { arn: &who.id, account: &who.account, passed_to: None };
    who.policies.deny.iter().any(|d| {
        d.statement.actions.covers("sts:assumerole")
            && d.statement.touches_resource(role)
            && applies(&d.statement, &request) >= Applies::Perhaps
    })
}
