//! Entra: who is in the directory, which conditional access policies concern whom, and who is left.

mod admins;
mod coverage;
mod derivers;
mod directory;
mod people;
mod policy;
mod question;
#[cfg(test)]
mod tests;

pub(crate) use admins::GlobalAdministrators;
pub(crate) use derivers::{LEGACY_AUTHENTICATION, MANAGEMENT_MFA, PRIVILEGED_MFA, USER_MFA};
pub(crate) use directory::Directory;

const TENANT: &str = "Assay::Azure::Tenant";
