//! Entra: who is in the directory, which conditional access policies concern whom, and who is left.

mod admins;
mod coverage;
mod derivers;
mod directory;
mod methods;
mod owners;
mod people;
mod permissions;
mod policy;
mod question;
mod roles;
mod standing;
#[cfg(test)]
mod tests;

pub(crate) use admins::GlobalAdministrators;
pub(crate) use derivers::{LEGACY_AUTHENTICATION, MANAGEMENT_MFA, PRIVILEGED_MFA, USER_MFA};
pub(crate) use directory::Directory;
pub(crate) use methods::AuthenticationMethods;
pub(crate) use owners::OutsideOwners;
pub(crate) use permissions::DirectoryPermissions;
pub(crate) use standing::StandingRoles;

const TENANT: &str = "Assay::Azure::Tenant";
