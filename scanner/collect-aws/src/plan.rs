//! What to collect.

/// What to collect from AWS, and how. Credentials, profiles and `AWS_ENDPOINT_URL` follow the SDK's
/// usual chain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsPlan {
    /// A profile of the AWS configuration files, instead of the chain's own choice.
    pub profile: Option<String>,
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

impl AwsPlan {
    /// Whether a service is in scope.
    #[must_use]
    pub fn wants(&self, service: &str) -> bool {
        (self.services.is_empty() || self.services.iter().any(|s| s == service))
            && !self.left_out_services.iter().any(|s| s == service)
    }
}
