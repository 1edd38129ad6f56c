//! The tenant's policies and directory roles: facets of its document.

use assay_collect::{Draft, Facet};
use serde_json::Value;

use super::object;
use crate::{Cx, Operation};

/// Graph answers this to a tenant whose licence has no privileged identity management: nothing can
/// be eligible there, or activated.
const NO_LICENCE: &str = "AadPremiumLicenseRequired";

pub(crate) static AUTHORIZATION: Operation = Operation::graph(
    "MicrosoftGraph:policies/authorizationPolicy",
    "/v1.0/policies/authorizationPolicy",
    &["Policy.Read.All"],
);
pub(crate) static SECURITY_DEFAULTS: Operation = Operation::graph(
    "MicrosoftGraph:policies/identitySecurityDefaultsEnforcementPolicy",
    "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy",
    &["Policy.Read.All"],
);
pub(crate) static CONDITIONAL_ACCESS: Operation = Operation::graph(
    "MicrosoftGraph:identity/conditionalAccess/policies",
    "/v1.0/identity/conditionalAccess/policies",
    &["Policy.Read.All"],
);
pub(crate) static ROLES: Operation = Operation::graph(
    "MicrosoftGraph:roleManagement/directory/roleAssignments",
    "/v1.0/roleManagement/directory/roleAssignments",
    &["RoleManagement.Read.Directory", "RoleManagement.Read.All"],
);
pub(crate) static ELIGIBLE: Operation = Operation::graph(
    "MicrosoftGraph:roleManagement/directory/roleEligibilitySchedules",
    "/v1.0/roleManagement/directory/roleEligibilitySchedules",
    &[
        "RoleEligibilitySchedule.Read.Directory",
        "RoleManagement.Read.Directory",
        "RoleManagement.Read.All",
    ],
);

pub(crate) static SCHEDULED: Operation = Operation::graph(
    "MicrosoftGraph:roleManagement/directory/roleAssignmentSchedules",
    "/v1.0/roleManagement/directory/roleAssignmentSchedules",
    // What the assignments themselves need is enough.
    &["RoleManagement.Read.Directory", "RoleManagement.Read.All"],
);
pub(crate) static METHODS: Operation = Operation::graph(
    "MicrosoftGraph:policies/authenticationMethodsPolicy",
    "/v1.0/policies/authenticationMethodsPolicy",
    &["Policy.Read.All"],
);

/// The tenant's document with its policies and roles.
pub(super) async fn read(cx: &Cx) -> Draft {
    let mut draft = cx.tenant_document();
    let (authorization, defaults, methods, access, roles, eligible, scheduled) = futures_util::join!(
        one(cx, "AuthorizationPolicy", &AUTHORIZATION),
        one(cx, "SecurityDefaults", &SECURITY_DEFAULTS),
        one(cx, "AuthenticationMethodsPolicy", &METHODS),
        many(cx, "ConditionalAccessPolicies", &CONDITIONAL_ACCESS, &[]),
        many(cx, "DirectoryRoleAssignments", &ROLES, &[]),
        many(cx, "DirectoryRoleEligibilitySchedules", &ELIGIBLE, &[NO_LICENCE]),
        many(cx, "DirectoryRoleAssignmentSchedules", &SCHEDULED, &[NO_LICENCE]),
    );
    let all = [authorization, defaults, methods, access, roles, eligible, scheduled];
    for (name, facet) in all.into_iter().flatten() {
        draft.set(name, facet);
    }
    draft
}

type Named = Option<(&'static str, Facet)>;

async fn one(cx: &Cx, name: &'static str, read: &'static Operation) -> Named {
    let shape = &cx.type_def(crate::TENANT)?.facets.get(name)?.shape;
    let called = cx.get(read, &[]).await;
    Some((name, called.facet(|answer| object::one(shape, answer))))
}

async fn many(cx: &Cx, name: &'static str, read: &'static Operation, absent: &[&str]) -> Named {
    let shape = &cx.type_def(crate::TENANT)?.facets.get(name)?.shape;
    let called = cx.list(read, &[]).await;
    Some((name, called.absent_on(absent, |rows: &Vec<Value>| object::many(shape, rows))))
}
