//! What follows from Azure's and Entra's documents: what network security groups let in, which
//! machines the internet reaches, what other documents say of a machine, whom conditional access
//! policies cover, what role assignments give, what databases let in and write down.
//!
//! ARM ids name things in any case: they are compared without it.

mod cells;
mod database_firewall;
mod entra;
mod exposure;
mod machine;
mod ports;
mod rbac;
mod reachability;
mod rules;
mod sql_audit;
#[cfg(test)]
mod tests;

use assay_core::{Gap, GapState, Resource};
use serde_json::Value;

use crate::{Deriver, Unknown};

pub use exposure::Exposure;
pub use machine::{Assessments, Backups};
pub use reachability::Reachability;

/// The derivers of this module.
pub(crate) static ALL: [&dyn Deriver; 20] = [
    &Exposure,
    &Reachability,
    &Backups,
    &Assessments,
    &database_firewall::Firewall::Sql,
    &database_firewall::Firewall::Cosmos,
    &entra::PRIVILEGED_MFA,
    &entra::USER_MFA,
    &entra::MANAGEMENT_MFA,
    &entra::LEGACY_AUTHENTICATION,
    &entra::GlobalAdministrators,
    &entra::StandingRoles,
    &entra::AuthenticationMethods,
    &entra::DirectoryPermissions,
    &entra::OutsideOwners,
    &rbac::Access,
    &rbac::Standing,
    &rbac::Outsiders,
    &rbac::Power,
    &sql_audit::Audit,
];

/// An ARM id as a key.
fn key(id: &str) -> String {
    id.trim_end_matches('/').to_ascii_lowercase()
}

/// A property that is a text.
fn text<'a>(doc: &'a Resource, name: &str) -> Option<&'a str> {
    doc.properties.get(name).and_then(Value::as_str)
}

/// The last segment of an id, in lower case: the object id of a Graph document, the GUID of a role.
fn last_segment(id: &str) -> String {
    id.rsplit('/').next().unwrap_or(id).to_ascii_lowercase()
}

/// A deriver's gap for something else that is not known.
fn because(unknown: Unknown) -> Gap {
    let mut gap = unknown.gap;
    gap.detail = format!("{}: {}", unknown.what, gap.detail);
    gap
}

/// What a document lacks as a gap of a deriver that looked at it.
fn lacks(doc: &Resource, what: &str) -> Option<Gap> {
    let unknown = crate::known(doc, what)?;
    let mut gap = unknown.gap;
    gap.detail = format!("{what} of {}: {}", doc.id, gap.detail);
    Some(gap)
}

/// A value that the provider gave and that this program does not understand.
fn strange(detail: impl Into<String>) -> Gap {
    Gap::new(GapState::Unsupported, detail.into())
}
