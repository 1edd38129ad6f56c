//! Why a collection cannot even begin, or cannot end. Everything else becomes a gap.

use assay_snapshot::SnapshotError;

/// An error that ends a collection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectError {
    /// No source of credentials gave a token.
    #[error(
        "no Azure credentials; tried in this order:\n  {0}\nset AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or AZURE_FEDERATED_TOKEN_FILE), or run `az login`"
    )]
    NoCredentials(String),
    /// A source of credentials was set up by hand and does not work: none after it is asked, lest
    /// another identity than the meant one scans.
    #[error(
        "the Azure credentials of {source_name} do not work: {detail}; correct them, or unset {variables} so that the next source is tried (before it: {before})"
    )]
    BadCredentials {
        /// The source.
        source_name: &'static str,
        /// What went wrong.
        detail: String,
        /// The variables that set it up.
        variables: &'static str,
        /// What was tried before it.
        before: String,
    },
    /// Azure does not accept the token.
    #[error("Azure does not accept the credentials ({0}): check the tenant and --cloud")]
    Refused(String),
    /// Azure could not be asked.
    #[error(
        "Azure cannot be reached at {host} ({detail}): check the network, HTTPS_PROXY and --cloud"
    )]
    Unreachable {
        /// Who was asked.
        host: &'static str,
        /// What happened.
        detail: String,
    },
    /// No HTTPS client can be made.
    #[error("no HTTPS client can be made ({0}): check HTTPS_PROXY and the system's certificates")]
    NoClient(String),
    /// The identity can read no subscription.
    #[error(
        "{0} can read no subscription: assign it the role that `assay permissions azure` prints, at a management group or a subscription"
    )]
    NoSubscription(String),
    /// A subscription that was asked for is not there, or may not be read.
    #[error(
        "the subscription `{id}` cannot be read ({detail}): check the id, the tenant and the role assignment"
    )]
    UnknownSubscription {
        /// What was asked for.
        id: String,
        /// What Azure said.
        detail: String,
    },
    /// The management group cannot be read.
    #[error(
        "the management group `{id}` cannot be read ({detail}): check its id (not its display name) and the role assignment"
    )]
    ManagementGroup {
        /// What was asked for.
        id: String,
        /// What Azure said.
        detail: String,
    },
    /// The tenant of the token is not known.
    #[error(
        "Azure names no tenant for these credentials ({0}): set AZURE_TENANT_ID, or sign in with `az login --tenant ID`"
    )]
    NoTenant(String),
    /// A service that no collector has.
    #[error("unknown service `{service}`: known are {known}")]
    UnknownService {
        /// What was asked for.
        service: String,
        /// All services.
        known: String,
    },
    /// A collector declares a type that has no type file.
    #[error("the service {service} collects {kind}, which has no type file: add policies/types/azure/{}.yaml", assay_core::typedef::stem(.kind))]
    NoTypeFile {
        /// The service.
        service: &'static str,
        /// The type.
        kind: &'static str,
    },
    /// The collection was interrupted before anything was known of the tenant.
    #[error("interrupted before the tenant was known: nothing was written")]
    Interrupted,
    /// The snapshot cannot be written.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}
