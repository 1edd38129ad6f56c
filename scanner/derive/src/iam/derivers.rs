//! The derived facets of IAM documents.

use assay_core::rule::RelatedScope;
use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::access::{Access, NEEDS};
use super::chain::Chains;
use super::escalation::{Escalation, escalations};
use super::principal::Kind;
use crate::{Deriver, Need, World};

/// A facet of an IAM document over everyone in its account.
#[derive(Debug)]
pub struct Iam {
    name: &'static str,
    types: &'static [&'static str],
    reads: &'static [&'static str],
    needs: &'static [Need],
    derive: fn(&Resource, &dyn World) -> Result<Value, Gap>,
}

impl Deriver for Iam {
    fn name(&self) -> &'static str {
        self.name
    }

    fn types(&self) -> &'static [&'static str] {
        self.types
    }

    fn reads(&self) -> &'static [&'static str] {
        self.reads
    }

    fn needs(&self) -> &'static [Need] {
        self.needs
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        (self.derive)(doc, world)
    }
}

const PRINCIPALS: &[&str] = &["AWS::IAM::User", "AWS::IAM::Role"];
const POLICIES: &[&str] = &["/ManagedPolicyArns", "/Policies", "/PermissionsBoundary"];

/// What an administrator is judged by: no other principal.
const OWN_NEEDS: &[Need] = &[
    Need {
        kind: "AWS::IAM::Group",
        scope: RelatedScope::Account,
        facets: &["GroupName", "ManagedPolicyArns", "Policies"],
    },
    Need {
        kind: "AWS::IAM::ManagedPolicy",
        scope: RelatedScope::Account,
        facets: &["PolicyDocument"],
    },
];

/// Every deriver of this module.
pub static ALL: &[&dyn Deriver] =
    &[&ADMIN_USER, &ADMIN_ROLE, &ESCALATIONS, &ADMIN_CHAIN, &PRIVILEGED, &GROUP_MFA];

/// `admin` of a user: whether all policies together make it an administrator, and which do.
pub static ADMIN_USER: Iam = Iam {
    name: "admin",
    types: &["AWS::IAM::User"],
    reads: &["/Groups", "/ManagedPolicyArns", "/Policies", "/PermissionsBoundary"],
    needs: OWN_NEEDS,
    derive: |doc, world| admin(doc, world, Kind::User),
};

/// `admin` of a role.
pub static ADMIN_ROLE: Iam = Iam {
    name: "admin",
    types: &["AWS::IAM::Role"],
    reads: POLICIES,
    needs: OWN_NEEDS,
    derive: |doc, world| admin(doc, world, Kind::Role),
};

/// `escalations`: the known ways to a stronger principal that are open.
pub static ESCALATIONS: Iam = Iam {
    name: "escalations",
    types: PRINCIPALS,
    reads: POLICIES,
    needs: NEEDS,
    derive: |doc, world| {
        let access = Access::of(world);
        let open = escalations(access.principal(doc)?, &access)?;
        Ok(open.iter().map(Escalation::json).collect())
    },
};

/// `admin_chain`: the roles to assume, one after another, to become an administrator.
pub static ADMIN_CHAIN: Iam = Iam {
    name: "admin_chain",
    types: PRINCIPALS,
    reads: POLICIES,
    needs: NEEDS,
    derive: |doc, world| {
        let access = Access::of(world);
        let chains = Chains::of(world, &access);
        let hops = chains.hops(&doc.id);
        if hops.is_empty()
            && let Some(gap) = access.principals.values().find_map(|p| p.as_ref().err())
        {
            return Err(gap.clone());
        }
        if hops.is_empty()
            && let Some(gap) = chains.unsure(&doc.id)
        {
            return Err(gap);
        }
        Ok(json!({ "hops": hops }))
    },
};

/// `privileged`: why the role of an instance profile is powerful.
pub static PRIVILEGED: Iam = Iam {
    name: "privileged",
    types: &["AWS::IAM::InstanceProfile"],
    reads: &["/Roles"],
    needs: NEEDS,
    derive: privileged,
};

/// `mfa`: sensitive actions that a group allows, and those that it allows without MFA.
pub static GROUP_MFA: Iam = Iam {
    name: "mfa",
    types: &["AWS::IAM::Group"],
    reads: &["/GroupName", "/ManagedPolicyArns", "/Policies"],
    needs: NEEDS,
    derive: super::mfa::derive,
};

fn admin(doc: &Resource, world: &dyn World, kind: Kind) -> Result<Value, Gap> {
    // Read alone: the index of everyone rests on more than an administrator does.
    let principal = Access::of(world).library.principal(doc, kind)?;
    let admin = principal.admin();
    if let Some(gap) = admin.unsure() {
        return Err(gap);
    }
    Ok(json!({"admin": !admin.reasons.is_empty(), "reasons": admin.reasons}))
}

fn privileged(doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
    let access = Access::of(world);
    let (mut out, mut unsure) = (Vec::new(), None);
    for id in super::principal::strings(doc, "Roles") {
        let who = match access.principals.get(&id) {
            Some(Ok(p)) => p,
            Some(Err(gap)) => return Err(gap.clone()),
            None => {
                return Err(Gap::new(
                    assay_core::GapState::Failed,
                    format!("role {id} is not in the listing of its type"),
                ));
            }
        };
        let admin = who.admin();
        if !admin.reasons.is_empty() {
            let reason = format!("an administrator by {}", admin.reasons.join(", "));
            out.push(json!({"role": id, "reason": reason}));
            continue;
        }
        match escalations(who, &access) {
            Ok(open) => out.extend(open.iter().map(|e| {
                let reason = format!("can become stronger by {}", e.path);
                json!({"role": id, "reason": reason})
            })),
            Err(gap) => unsure = unsure.or(Some(gap)),
        }
        unsure = unsure.or(admin.unsure());
    }
    match unsure {
        // One power is enough; what else is unknown does not matter.
        Some(gap) if out.is_empty() => Err(gap),
        _ => Ok(Value::Array(out)),
    }
}
