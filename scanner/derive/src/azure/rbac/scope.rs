//! Scopes, from the widest to the narrowest.

/// How wide a scope is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// `/`: every management group and subscription of the tenant.
    Root,
    /// A management group.
    ManagementGroup,
    /// A subscription.
    Subscription,
    /// A resource group.
    ResourceGroup,
    /// One resource, or a part of one.
    Resource,
}

impl Scope {
    /// The scope that a path names.
    pub(super) fn of(path: &str) -> Self {
        let parts: Vec<String> =
            path.split('/').filter(|p| !p.is_empty()).map(str::to_ascii_lowercase).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match parts.as_slice() {
            [] => Self::Root,
            ["providers", "microsoft.management", "managementgroups", _] => Self::ManagementGroup,
            ["subscriptions", _] => Self::Subscription,
            ["subscriptions", _, "resourcegroups", _] => Self::ResourceGroup,
            _ => Self::Resource,
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::ManagementGroup => "management_group",
            Self::Subscription => "subscription",
            Self::ResourceGroup => "resource_group",
            Self::Resource => "resource",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_by_their_paths() {
        for (path, scope) in [
            ("/", Scope::Root),
            ("/providers/Microsoft.Management/managementGroups/mg-1", Scope::ManagementGroup),
            ("/subscriptions/1111", Scope::Subscription),
            ("/SUBSCRIPTIONS/1111/", Scope::Subscription),
            ("/subscriptions/1111/resourcegroups/rg", Scope::ResourceGroup),
            (
                "/subscriptions/1111/resourceGroups/rg/providers/Microsoft.Sql/servers/s",
                Scope::Resource,
            ),
            ("/subscriptions/1111/providers/Microsoft.X/y/z", Scope::Resource),
            ("/providers/Microsoft.Capacity", Scope::Resource),
        ] {
            assert_eq!(Scope::of(path), scope, "{path}");
        }
        assert!(Scope::Subscription < Scope::ResourceGroup);
    }
}
