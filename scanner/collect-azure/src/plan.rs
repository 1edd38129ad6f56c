//! What to collect.

use std::collections::BTreeMap;

use crate::Cloud;

/// What to collect from Azure, and how.
#[derive(Clone, Default)]
pub struct AzurePlan {
    /// Which cloud.
    pub cloud: Cloud,
    /// Only these subscriptions. Empty: every one that the identity can read.
    pub subscriptions: Vec<String>,
    /// Only the subscriptions below this management group.
    pub management_group: Option<String>,
    /// Only these services. Empty: all.
    pub services: Vec<String>,
    /// Services to leave out by choice.
    pub left_out_services: Vec<String>,
    /// The variables of the environment that credentials are made of ([`crate::VARIABLES`]).
    pub environment: BTreeMap<String, String>,
    /// Key of the digests of secrets; not part of the snapshot.
    pub estate_key: Option<Vec<u8>>,
    /// Calls in flight for each subscription; `None` for the collectors' default.
    pub concurrency: Option<usize>,
    /// Version of the program, for the manifest.
    pub tool_version: String,
}

impl std::fmt::Debug for AzurePlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The environment and the key are secret.
        f.debug_struct("AzurePlan")
            .field("cloud", &self.cloud)
            .field("subscriptions", &self.subscriptions)
            .field("management_group", &self.management_group)
            .finish_non_exhaustive()
    }
}

impl AzurePlan {
    /// Whether a service is in scope.
    #[must_use]
    pub fn wants(&self, service: &str) -> bool {
        (self.services.is_empty() || self.services.iter().any(|s| s == service))
            && !self.left_out_services.iter().any(|s| s == service)
    }

    /// A variable of the environment that is set and not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }
}
