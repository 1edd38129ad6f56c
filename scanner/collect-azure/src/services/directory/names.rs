//! Whom the tenant's policies and roles name: of those more is read than of others.

use std::collections::BTreeSet;

use assay_core::Resource;
use serde_json::Value;

/// Object ids that are named.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// Groups, and principals of directory roles, which may be groups.
    pub(crate) groups: BTreeSet<String>,
    /// Principals of directory roles, active and eligible.
    pub(crate) holders: BTreeSet<String>,
    /// Users and groups that an enabled conditional access policy leaves out.
    pub(crate) excluded: BTreeSet<String>,
    /// Whether security defaults are known to be on: they cover everybody.
    pub(crate) defaults: bool,
}

impl Names {
    /// Reads them from the tenant's document. What is unknown there names nobody.
    pub(crate) fn of(tenant: &Resource) -> Self {
        let list = |facet: &str| {
            tenant.properties.get(facet).and_then(Value::as_array).into_iter().flatten()
        };
        let mut names = Self::default();
        for facet in ["DirectoryRoleAssignments", "DirectoryRoleEligibilitySchedules"] {
            for grant in list(facet) {
                names.holders.extend(text(grant.get("principalId")));
            }
        }
        for policy in list("ConditionalAccessPolicies") {
            let users = policy.get("conditions").and_then(|c| c.get("users"));
            let all = |key: &str| texts(users.and_then(|u| u.get(key)));
            names.groups.extend(all("includeGroups"));
            names.groups.extend(all("excludeGroups"));
            if policy.get("state").and_then(Value::as_str) == Some("enabled") {
                names.excluded.extend(all("excludeUsers"));
                names.excluded.extend(all("excludeGroups"));
            }
        }
        names.groups.extend(names.holders.iter().cloned());
        let on = tenant.properties.get("SecurityDefaults").and_then(|d| d.get("isEnabled"));
        names.defaults = on == Some(&Value::Bool(true));
        names
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::to_ascii_lowercase)
}

fn texts(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(|v| text(Some(v))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn roles_and_policies_name_groups_and_accounts() {
        let mut tenant = Resource::new("T", "t", "azure", "t", "global", "t");
        tenant.properties = json!({
            "DirectoryRoleAssignments": [{"principalId": "A"}],
            "DirectoryRoleEligibilitySchedules": null,
            "ConditionalAccessPolicies": [
                {"state": "enabled", "conditions": {"users": {
                    "excludeUsers": ["u1"], "excludeGroups": ["G1"], "includeGroups": null}}},
                {"state": "disabled", "conditions": {"users": {
                    "includeGroups": ["g2"], "excludeUsers": ["u2"]}}},
                {"state": "enabled", "conditions": {"users": null}},
            ],
            "SecurityDefaults": {"isEnabled": false},
        })
        .as_object()
        .unwrap()
        .clone();
        let set = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        assert_eq!(
            Names::of(&tenant),
            Names {
                groups: set(&["a", "g1", "g2"]),
                holders: set(&["a"]),
                excluded: set(&["g1", "u1"]),
                defaults: false,
            }
        );
    }
}
