//! What to collect.

use crate::CollectError;

/// What to collect from AWS, and how. Credentials, profiles and `AWS_ENDPOINT_URL` follow the SDK's
/// usual chain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsPlan {
    /// A profile of the AWS configuration files, instead of the chain's own choice.
    pub profile: Option<String>,
    /// Which accounts, and how to get into them.
    pub accounts: Accounts,
    /// Only these regions. Empty: all enabled ones.
    pub regions: Vec<String>,
    /// Enabled regions to leave out by choice.
    pub left_out_regions: Vec<String>,
    /// Only these services. Empty: all.
    pub services: Vec<String>,
    /// Services to leave out by choice.
    pub left_out_services: Vec<String>,
    /// Whether IAM's `GenerateCredentialReport`, the one operation that writes, may be called.
    pub credential_report: bool,
    /// Key of the digests of secrets; not part of the snapshot.
    pub estate_key: Option<Vec<u8>>,
    /// Calls in flight for each account, region and service; `None` for the collectors' default.
    pub concurrency: Option<usize>,
    /// Version of the program, for the manifest.
    pub tool_version: String,
}

/// Which accounts to collect. By default: that of the caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts {
    /// Every account of the caller's organisation.
    pub organization: bool,
    /// Only these (ids of twelve digits).
    pub only: Vec<String>,
    /// Accounts to leave out by choice.
    pub left_out: Vec<String>,
    /// The role to assume in every account but the caller's own: its name, with its path where it
    /// has one (`audit/AssayReader`).
    pub role: Option<String>,
    /// What the role's trust policy may ask for as `sts:ExternalId`.
    pub external_id: Option<String>,
}

impl Accounts {
    /// Whether the caller's account is the only one in question.
    #[must_use]
    pub fn own(&self) -> bool {
        !self.organization && self.only.is_empty()
    }
}

impl AwsPlan {
    /// Whether a service is in scope.
    #[must_use]
    pub fn wants(&self, service: &str) -> bool {
        (self.services.is_empty() || self.services.iter().any(|s| s == service))
            && !self.left_out_services.iter().any(|s| s == service)
    }

    /// The regions among some that are not left out, in order.
    ///
    /// # Errors
    /// None is left. A scan of no region would call everything regional not applicable.
    pub fn remaining(&self, mut regions: Vec<String>) -> Result<Vec<String>, CollectError> {
        regions.sort();
        regions.dedup();
        let all = regions.join(", ");
        regions.retain(|r| !self.left_out_regions.contains(r));
        if regions.is_empty() { Err(CollectError::NoRegion(all)) } else { Ok(regions) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_leaves_out_every_region_is_an_error() {
        let names = |list: &[&str]| list.iter().map(|r| (*r).to_owned()).collect::<Vec<_>>();
        let left_out_regions = names(&["eu-west-1", "us-east-1"]);
        let plan = AwsPlan { left_out_regions, ..AwsPlan::default() };
        let some = plan.remaining(names(&["us-east-1", "eu-west-2"])).unwrap();
        assert_eq!(some, ["eu-west-2"]);
        let none = plan.remaining(names(&["us-east-1", "eu-west-1"])).unwrap_err().to_string();
        assert!(none.contains("no region is left"), "{none}");
        assert!(none.contains("eu-west-1, us-east-1"), "{none}");
    }
}
