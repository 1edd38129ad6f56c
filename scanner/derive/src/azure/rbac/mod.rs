//! Azure role assignments: what a role can do, where it holds, and who holds it.

mod access;
mod condition;
mod outsiders;
mod power;
mod role;
mod scope;

pub(crate) use access::{Access, Standing};
pub(crate) use outsiders::Outsiders;
pub(crate) use power::Power;

const ASSIGNMENTS: &str = "Microsoft.Authorization/roleAssignments";
const DEFINITIONS: &str = "Microsoft.Authorization/roleDefinitions";
