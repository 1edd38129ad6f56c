//! What an assignment's role can do under the assignment's condition.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_core::rule::RelatedScope;
use assay_core::{Gap, GapState, Resource};
use serde_json::Value;

use super::power::{Level, everywhere, gives_out, level};
use super::{ASSIGNMENTS, DEFINITIONS};
use crate::azure::{because, lacks, last_segment, strange, text};
use crate::{Need, World, memo};

/// Definitions are looked at where the role is not one of those that everybody knows.
pub(super) const LOOKS: Need =
    Need { kind: DEFINITIONS, scope: RelatedScope::Account, facets: &["roleName", "permissions"] };

/// What an assignment gives.
#[derive(Debug, Clone)]
pub(super) struct Role {
    /// The role's name.
    pub(super) name: String,
    /// What it can do once the condition is counted in.
    pub(super) level: Level,
    /// The condition keeps it from giving out roles that can give out any role.
    pub(super) narrowed: bool,
}

/// The role of an assignment.
///
/// # Errors
/// A gap, where the definition or the condition is not known.
pub(super) fn role(doc: &Resource, world: &dyn World) -> Result<Role, Gap> {
    let id = text(doc, "roleDefinitionId").map(last_segment);
    let id = id.ok_or_else(|| Gap::new(GapState::Malformed, "the assignment names no role"))?;
    let (name, level, write) = match id.as_str() {
        "8e3af657-a8ff-443c-a75c-2fe8c4bcb635" => ("Owner".to_owned(), Level::Owner, true),
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9" => {
            ("User Access Administrator".to_owned(), Level::Owner, false)
        }
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168" => {
            ("Role Based Access Control Administrator".to_owned(), Level::Owner, false)
        }
        "b24988ac-6180-42a0-ab88-20f7382dd24c" => ("Contributor".to_owned(), Level::Write, true),
        _ => defined(&id, world)?,
    };
    let narrowed = level == Level::Owner && !gives_out(text(doc, "condition"))?;
    let level = match (narrowed, write) {
        (false, _) => level,
        (true, true) => Level::Write,
        (true, false) => Level::None,
    };
    Ok(Role { name, level, narrowed })
}

/// Name, level, and whether it changes resources of every service beside that.
fn defined(id: &str, world: &dyn World) -> Result<(String, Level, bool), Gap> {
    let all = memo(world, "azure/role_definitions", || -> BTreeMap<String, Arc<Resource>> {
        let all = world.related(DEFINITIONS, RelatedScope::Account);
        all.iter().map(|d| (last_segment(&d.id), Arc::clone(d))).collect()
    });
    let Some(found) = all.get(id) else {
        let unlisted = world.lacking(DEFINITIONS, RelatedScope::Account, &[]);
        return Err(unlisted.map_or_else(
            || Gap::new(GapState::Failed, format!("role {id} is not in the listing of its type")),
            because,
        ));
    };
    if let Some(gap) = lacks(found, "permissions") {
        return Err(gap);
    }
    let permissions = found.properties.get("permissions").unwrap_or(&Value::Null);
    let (own, _) = level(permissions)?;
    let name = text(found, "roleName").unwrap_or(id).to_owned();
    Ok((name, own, everywhere(permissions)))
}

/// How many assignments of a scope can give out any role and are standing.
///
/// # Errors
/// A gap, where an assignment of the scope, or whether there are more, is not known.
pub(super) fn holders(scope: &str, world: &dyn World) -> Result<i64, Gap> {
    if let Some(unknown) = world.lacking(ASSIGNMENTS, RelatedScope::Account, &[]) {
        return Err(because(unknown));
    }
    let same =
        |a: &str, b: &str| a.trim_end_matches('/').eq_ignore_ascii_case(b.trim_end_matches('/'));
    let mut count = 0;
    for other in world.related(ASSIGNMENTS, RelatedScope::Account).iter() {
        if let Some(gap) = lacks(other, "scope") {
            return Err(gap);
        }
        if !text(other, "scope").is_some_and(|s| same(s, scope)) {
            continue;
        }
        if let Some(gap) = ["roleDefinitionId", "condition"].iter().find_map(|f| lacks(other, f)) {
            return Err(gap);
        }
        if role(other, world)?.level == Level::Owner && !activated(other)? {
            count += 1;
        }
    }
    Ok(count)
}

/// Whether an assignment is an activation through Privileged Identity Management.
///
/// # Errors
/// A gap, where that is not known.
pub(super) fn activated(doc: &Resource) -> Result<bool, Gap> {
    // A service principal cannot activate anything.
    if text(doc, "principalType") == Some("ServicePrincipal") {
        return Ok(false);
    }
    if let Some(gap) = lacks(doc, "roleAssignmentScheduleInstance") {
        return Err(gap);
    }
    match doc.properties.get("roleAssignmentScheduleInstance") {
        None | Some(Value::Null) => Ok(false),
        Some(v) => match v.get("assignmentType").and_then(Value::as_str) {
            Some(word) => Ok(word == "Activated"),
            None => Err(strange("a schedule without its kind")),
        },
    }
}
