//! `power` of a role definition: whether its actions make an owner, an administrator, or neither.

use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use super::condition::may_assign;
use super::scope::Scope;
use crate::azure::strange;
use crate::{Deriver, Need, World};

/// What a role can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Neither.
    None,
    /// Everything but giving out rights.
    Write,
    /// It can give itself any role.
    Owner,
}

impl Level {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Write => "write",
            Self::Owner => "owner",
        }
    }
}

/// Built-in roles that can give out any role: Owner, User Access Administrator, Role Based Access
/// Control Administrator.
pub(super) const GIVERS: [&str; 3] = [
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
];

/// What a condition can keep in.
const ASSIGN: &str = "Microsoft.Authorization/roleAssignments/write";

/// Actions with which a holder makes itself an owner: by an assignment, by a schedule of
/// Privileged Identity Management, or by adding actions to the role that it holds.
const ESCALATIONS: [&str; 4] = [
    ASSIGN,
    "Microsoft.Authorization/roleAssignmentScheduleRequests/write",
    "Microsoft.Authorization/roleEligibilityScheduleRequests/write",
    "Microsoft.Authorization/roleDefinitions/write",
];

/// Writes of unrelated services: a role with all of them in one block is an administrator.
const EVERYWHERE: [&str; 5] = [
    "Microsoft.Compute/virtualMachines/write",
    "Microsoft.KeyVault/vaults/write",
    "Microsoft.Network/networkSecurityGroups/write",
    "Microsoft.Storage/storageAccounts/write",
    "Microsoft.Web/sites/write",
];

/// Whether a pattern of actions covers an action: `*` stands for any text, letters' case does not
/// count.
pub(super) fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.trim().to_ascii_lowercase(), action.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = action.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The level of a list of permissions, and why.
///
/// # Errors
/// A gap, where a permission has a condition that cannot be read.
pub(super) fn level(permissions: &Value) -> Result<(Level, Vec<String>), Gap> {
    let mut reasons = Vec::new();
    for block in blocks(permissions) {
        for action in ESCALATIONS {
            let Some(pattern) = block.by(action) else { continue };
            if action != ASSIGN || gives_out(block.condition)? {
                reasons.push(format!("{pattern} allows {action}"));
            }
        }
    }
    if !reasons.is_empty() {
        return Ok((Level::Owner, reasons));
    }
    if everywhere(permissions) {
        return Ok((Level::Write, vec!["it may change resources of every service".to_owned()]));
    }
    Ok((Level::None, reasons))
}

/// Whether one permission allows changes to resources of every service.
pub(super) fn everywhere(permissions: &Value) -> bool {
    blocks(permissions).any(|b| EVERYWHERE.iter().all(|a| b.by(a).is_some()))
}

/// One permission: what `actions` allow less what `notActions` take away.
struct Block<'a> {
    actions: Vec<&'a str>,
    not: Vec<&'a str>,
    condition: Option<&'a str>,
}

impl<'a> Block<'a> {
    /// The pattern that allows an action.
    fn by(&self, action: &str) -> Option<&'a str> {
        let by = self.actions.iter().find(|p| matches(p, action)).copied();
        by.filter(|_| !self.not.iter().any(|p| matches(p, action)))
    }
}

fn blocks(permissions: &Value) -> impl Iterator<Item = Block<'_>> {
    permissions.as_array().into_iter().flatten().map(|block| {
        let list = |name: &str| {
            let list = block.get(name).and_then(Value::as_array);
            list.into_iter().flatten().filter_map(Value::as_str).collect()
        };
        Block {
            actions: list("actions"),
            not: list("notActions"),
            condition: block.get("condition").and_then(Value::as_str),
        }
    })
}

/// Whether a condition, if there is one, lets a role out that can give itself any role.
///
/// # Errors
/// A gap, where the condition cannot be read.
pub(super) fn gives_out(condition: Option<&str>) -> Result<bool, Gap> {
    let Some(condition) = condition.filter(|c| !c.trim().is_empty()) else { return Ok(true) };
    for role in GIVERS {
        if may_assign(condition, role).map_err(|e| strange(e.to_string()))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The deriver.
#[derive(Debug)]
pub(crate) struct Power;

impl Deriver for Power {
    fn name(&self) -> &'static str {
        "power"
    }

    fn types(&self) -> &'static [&'static str] {
        &[super::DEFINITIONS]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/permissions", "/assignableScopes"]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn derive(&self, doc: &Resource, _: &dyn World) -> Result<Value, Gap> {
        let missing = || Gap::new(GapState::Malformed, "the role has no permissions");
        let permissions = doc.properties.get("permissions").ok_or_else(missing)?;
        let (level, reasons) = level(permissions)?;
        let scopes = doc.properties.get("assignableScopes").and_then(Value::as_array);
        let wide: Vec<&str> = scopes
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .filter(|s| Scope::of(s) <= Scope::Subscription)
            .collect();
        Ok(json!({"level": level.word(), "reasons": reasons, "wide_scopes": wide}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_actions() {
        let write = "Microsoft.Authorization/roleAssignments/write";
        for (pattern, yes) in [
            ("*", true),
            ("*/write", true),
            ("microsoft.authorization/*", true),
            ("Microsoft.Authorization/*/Write", true),
            ("Microsoft.*/roleAssignments/*", true),
            (write, true),
            ("Microsoft.Authorization/roleAssignments", false),
            ("*/read", false),
            ("Microsoft.Authorization/*/delete", false),
            ("Microsoft.Authorization/roleAssignments/write/*", false),
            ("", false),
        ] {
            assert_eq!(matches(pattern, write), yes, "{pattern}");
        }
    }

    #[test]
    fn levels_of_roles() {
        let block = |actions: &[&str], not: &[&str]| json!({"actions": actions, "notActions": not});
        let contributor = [
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
        ];
        for (permissions, want) in [
            (json!([block(&["*"], &[])]), Level::Owner),
            (json!([block(&["*"], &contributor)]), Level::Write),
            (
                json!([block(&["*"], &["Microsoft.Authorization/roleAssignments/write"])]),
                Level::Owner,
            ),
            (json!([block(&["*/read"], &[])]), Level::None),
            (json!([block(&["*/read", "Microsoft.Authorization/*"], &[])]), Level::Owner),
            (json!([block(&["Microsoft.Authorization/roleAssignments/write"], &[])]), Level::Owner),
            (json!([block(&["Microsoft.Authorization/roleAssignments/read"], &[])]), Level::None),
            (
                json!([block(&["*/write", "*/action"], &["Microsoft.Authorization/*"])]),
                Level::Write,
            ),
            (json!([block(&["Microsoft.Compute/*", "Microsoft.Web/*"], &[])]), Level::None),
            // What one block leaves out another one may give.
            (json!([block(&["*"], &contributor), block(&["*"], &[])]), Level::Owner),
            (json!([block(&[], &[])]), Level::None),
            (json!([]), Level::None),
        ] {
            assert_eq!(level(&permissions).unwrap().0, want, "{permissions}");
        }
    }

    #[test]
    fn a_condition_inside_a_permission_counts() {
        let block = |condition: &str| {
            json!([{"actions": ["Microsoft.Authorization/roleAssignments/write"], "notActions": [],
                    "condition": condition}])
        };
        let kept = "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR \
            (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] \
            ForAnyOfAnyValues:GuidEquals{21090545-7ca7-4776-b22c-e363652d74d2}))";
        assert_eq!(level(&block(kept)).unwrap().0, Level::None);
        assert!(level(&block("what?")).is_err());
    }
}
