//! Who may do what: role assignments of Resource Manager in every subscription, and Entra ID as
//! Microsoft Graph tells it.
//!
//! One service, because its parts need each other: the members of a group are read only where a
//! role assignment, an eligibility or a conditional access policy names the group, the per-user
//! MFA state only of those accounts for which it decides, and what is registered goes with the users.

mod authorization;
mod groups;
mod mfa;
mod names;
mod object;
mod policies;
mod population;
mod registration;
mod users;

use crate::{Cx, Scope, Service};

pub(crate) const USERS: &str = "Microsoft.Graph/users";
pub(crate) const GROUPS: &str = "Microsoft.Graph/groups";
pub(crate) const SERVICE_PRINCIPALS: &str = "Microsoft.Graph/servicePrincipals";
pub(crate) const APPLICATIONS: &str = "Microsoft.Graph/applications";
pub(crate) const ASSIGNMENTS: &str = "Microsoft.Authorization/roleAssignments";
pub(crate) const DEFINITIONS: &str = "Microsoft.Authorization/roleDefinitions";

/// Role assignments, and the directory.
pub(super) static SERVICE: Service = Service {
    name: "directory",
    scope: Scope::Tenant,
    operations: &[
        &authorization::ASSIGNED,
        &authorization::DEFINED,
        &authorization::CUSTOM,
        &authorization::INSTANCES,
        &policies::AUTHORIZATION,
        &policies::SECURITY_DEFAULTS,
        &policies::CONDITIONAL_ACCESS,
        &policies::ROLES,
        &policies::ELIGIBLE,
        &policies::SCHEDULED,
        &policies::METHODS,
        &groups::GROUPS,
        &groups::MEMBERS,
        &users::USERS,
        &users::PLAIN,
        &mfa::REQUIREMENTS,
        &registration::REGISTRATION,
        &population::SERVICE_PRINCIPALS,
        &population::PLAIN_SERVICE_PRINCIPALS,
        &population::SERVICE_PRINCIPAL_OWNERS,
        &population::ASSIGNED_TO,
        &population::APPLICATIONS,
        &population::PLAIN_APPLICATIONS,
        &population::APPLICATION_OWNERS,
    ],
    types: &[USERS, GROUPS, SERVICE_PRINCIPALS, APPLICATIONS, ASSIGNMENTS, DEFINITIONS],
    collect: |cx| Box::pin(collect(cx)),
};

async fn collect(cx: Cx) {
    let granted = authorization::collect(&cx).await;
    let tenant = policies::read(&cx).await;
    let mut names = names::Names::of(&tenant.resource);
    names.groups.extend(granted);
    cx.fold(tenant).await;
    let members = groups::collect(&cx, &names.groups).await;
    let registered = registration::read(&cx).await;
    let enabled = users::collect(&cx, registered).await;
    mfa::collect(&cx, &names, &members, &enabled).await;
    population::collect(&cx, &population::PRINCIPALS).await;
    population::collect(&cx, &population::APPS).await;
}
