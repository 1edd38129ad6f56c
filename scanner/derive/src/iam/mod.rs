//! What IAM principals can do: all their policies together, and how they can become stronger.
//!
//! A principal's permissions are its attached, inline and group policies, less explicit `Deny`s,
//! within its permissions boundary ([`access`]). On them rest who is an administrator, which known
//! ways of privilege escalation are open ([`escalation`], over the table [`paths`]), and who reaches
//! an administrator through a chain of roles ([`chain`]). Not seen: service and resource control
//! policies, resource policies, session policies.
//!
//! Work is bounded: each policy is tried once against the few actions that matter, principals share
//! the outcome, and a search stops at the first proof.

pub mod access;
pub mod chain;
mod conditions;
mod derivers;
pub mod escalation;
pub mod mfa;
pub mod paths;
mod power;
mod principal;
#[cfg(test)]
mod tests;
mod trust;

pub use access::{Access, Grant};
pub use derivers::{ADMIN_CHAIN, ADMIN_ROLE, ADMIN_USER, ALL, ESCALATIONS, GROUP_MFA, PRIVILEGED};
pub use power::Administrator;
pub use principal::{Kind, Principal};
