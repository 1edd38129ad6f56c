//! Whom a role's trust policy lets in, inside the account.

use super::access::{Grant, Target};
use super::conditions::{Applies, Request, applies};
use super::principal::Principal;
use crate::policy::{Effect, Principals, Statement};

/// How a role trusts a principal of its account: for sure, perhaps (if conditions hold that are
/// not evaluated), or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trust {
    /// It trusts the whole account (or everyone): the principal's own policies decide too.
    pub(super) account: Applies,
    /// It names the principal: no policy of the principal is needed.
    pub(super) named: Applies,
}

impl Trust {
    const NONE: Self = Self { account: Applies::Never, named: Applies::Never };
}

/// Whom a statement speaks of, seen from a principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whom {
    Others,
    Account,
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
    let mut out = Trust::NONE;
    if role.service_linked || role.id == who.id {
        return out;
    }
    let request = Request { arn: &who.id, account: &who.account, passed_to: None };
    let mut ceiling = Applies::Always;
    for s in role.trust.iter().filter(|s| s.actions.covers("sts:assumerole")) {
        let whom = whom(s, who);
        if whom == Whom::Others {
            continue;
        }
        let level = applies(s, &request);
        match (s.effect, level) {
            (Effect::Allow, _) => {
                // The principal meets the circumstances.
                let level = if level == Applies::Sometimes { Applies::Always } else { level };
                let place = match whom {
                    Whom::Named => &mut out.named,
                    _ => &mut out.account,
                };
                *place = level.max(*place);
            }
            (Effect::Deny, Applies::Always) => return Trust::NONE,
            (Effect::Deny, Applies::Perhaps) => ceiling = Applies::Perhaps,
            (Effect::Deny, Applies::Sometimes | Applies::Never) => {}
        }
    }
    Trust { account: out.account.min(ceiling), named: out.named.min(ceiling) }
}

fn whom(s: &Statement, who: &Principal) -> Whom {
    let by = |p: &Principals| {
        if p.aws.contains(&who.id) {
            Whom::Named
        } else if p.any
            || p.aws.iter().any(|a| {
                *a == who.account
                    || (a.ends_with(":root") && a.contains(&format!("::{}:", who.account)))
            })
        {
            Whom::Account
        } else {
            Whom::Others
        }
    };
    match (&s.principals, &s.not_principals) {
        (Some(p), _) => by(p),
        // Everyone but those.
        (None, Some(p)) if by(p) == Whom::Others => Whom::Account,
        _ => Whom::Others,
    }
}

/// Whether a principal can assume a role of its account: trust and permission together.
pub(super) fn assumes(who: &Principal, role: &Principal) -> Grant {
    let trust = trusts(role, who);
    let own = by_account(who, role, trust);
    if own.yes || trust.named == Applies::Never {
        return own;
    }
    // A trust policy that names the principal needs no policy of the principal.
    match trust.named.min(who.left(ASSUME, &role.id)) {
        Applies::Never => own,
        Applies::Perhaps => Grant { yes: false, perhaps: true, by: own.by },
        Applies::Sometimes | Applies::Always => Grant { yes: true, perhaps: false, by: own.by },
    }
}

/// Whether a principal can assume a role that trusts the whole account.
pub(super) fn by_account(who: &Principal, role: &Principal, trust: Trust) -> Grant {
    match trust.account {
        Applies::Never => Grant::default(),
        Applies::Perhaps => {
            let own = who.may(ASSUME, Target::One(&role.id), None);
            Grant { yes: false, perhaps: own.yes || own.perhaps, by: own.by }
        }
        Applies::Sometimes | Applies::Always => who.may(ASSUME, Target::One(&role.id), None),
    }
}

const ASSUME: &str = "sts:assumerole";
