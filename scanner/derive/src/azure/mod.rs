//! What follows from Azure's documents: what network security groups let in, which machines the
//! internet reaches, what other documents say of a machine.
//!
//! ARM ids name things in any case: they are compared without it.

mod cells;
mod exposure;
mod machine;
mod ports;
mod reachability;
mod rules;
#[cfg(test)]
mod tests;

pub use exposure::Exposure;
pub use machine::{Assessments, Backups};
pub use reachability::Reachability;

/// The derivers of this module.
pub(crate) static ALL: [&dyn crate::Deriver; 4] =
    [&Exposure, &Reachability, &Backups, &Assessments];

/// An ARM id as a key.
fn key(id: &str) -> String {
    id.trim_end_matches('/').to_ascii_lowercase()
}
