//! Why a collection cannot even begin, or cannot end. Everything else becomes a gap.

use assay_snapshot::SnapshotError;

/// An error that ends a collection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectError {
    /// No source of credentials had any.
    #[error(
        "no AWS credentials: set AWS_PROFILE or AWS_ACCESS_KEY_ID, run `aws sso login`, or pass --profile ({0})"
    )]
    NoCredentials(String),
    /// The profile that was asked for has none, or is not there.
    #[error(
        "the AWS profile `{name}` gives no credentials: check that ~/.aws/config or ~/.aws/credentials has it (`aws configure list-profiles`), or run `aws sso login --profile {name}` ({detail})"
    )]
    Profile {
        /// The profile.
        name: String,
        /// What was tried.
        detail: String,
    },
    /// `AWS_ENDPOINT_URL`, or the profile's `endpoint_url`, is no address.
    #[error(
        "the endpoint `{0}` is no address: write AWS_ENDPOINT_URL (or endpoint_url in ~/.aws/config) as https://HOST or http://HOST:PORT"
    )]
    BadEndpoint(String),
    /// A source of credentials is set up wrongly.
    #[error("the AWS configuration cannot be used: {0}; check the profile in ~/.aws/config")]
    BadConfiguration(String),
    /// The credentials were good once.
    #[error(
        "the AWS credentials have expired: run `aws sso login` or renew them, then scan again ({0})"
    )]
    Expired(String),
    /// AWS does not accept the credentials.
    #[error(
        "AWS does not accept the credentials ({0}): check the access key and the partition of the region"
    )]
    Refused(String),
    /// AWS could not be asked who we are.
    #[error(
        "AWS cannot be reached in {region} ({detail}): check the region's name, the network, HTTPS_PROXY and AWS_ENDPOINT_URL"
    )]
    Unreachable {
        /// The region that was asked.
        region: String,
        /// What happened.
        detail: String,
    },
    /// A region that the account does not have.
    #[error("unknown region `{region}`: the account's enabled regions are {known}")]
    UnknownRegion {
        /// What was asked for.
        region: String,
        /// The enabled regions.
        known: String,
    },
    /// A region that exists and is not enabled for the account.
    #[error("the region `{0}` is not enabled for this account: enable it, or leave it out")]
    DisabledRegion(String),
    /// Every region of the plan is left out.
    #[error(
        "no region is left: every one of {0} is left out; leave out fewer, or name one with --region"
    )]
    NoRegion(String),
    /// The accounts of the organisation are not known.
    #[error(
        "the accounts of the organisation cannot be listed ({0}): ask as its management account or a delegated administrator, with organizations:ListAccounts, or name the accounts with --account"
    )]
    Organization(String),
    /// An account that the organisation does not have.
    #[error(
        "the account {account} is not one of the {members} accounts of the organisation: correct --account or --exclude-account"
    )]
    NotAMember {
        /// What was asked for.
        account: String,
        /// How many accounts the organisation has.
        members: usize,
    },
    /// Every account is left out.
    #[error("no account is left: every one is left out; leave out fewer")]
    NoAccount,
    /// Another account, and no way into it.
    #[error(
        "the credentials are those of account {own}, and {other} is in scope too: name the role to assume there with --role"
    )]
    NoRole {
        /// The caller's account.
        own: String,
        /// The first other account.
        other: String,
    },
    /// A service that no collector has.
    #[error("unknown service `{service}`: known are {known}")]
    UnknownService {
        /// What was asked for.
        service: String,
        /// All services.
        known: String,
    },
    /// A collector declares a type that has no type file.
    #[error("the service {service} collects {kind}, which has no type file: add policies/types/aws/{}.yaml", assay_core::typedef::stem(.kind))]
    NoTypeFile {
        /// The service.
        service: &'static str,
        /// The type.
        kind: &'static str,
    },
    /// The collection was interrupted before anything was known of the account.
    #[error("interrupted before the account was known: nothing was written")]
    Interrupted,
    /// The snapshot cannot be written.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}
