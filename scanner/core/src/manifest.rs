//! What a snapshot says of itself: scope, caller, times, listings, calls, digests.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::gap::Gap;
use crate::{Name, Timestamp};

/// Version of the snapshot's layout.
pub const SNAPSHOT_SCHEMA: &str = "assay/snapshot/1";

/// The listing that says what there is of a provider, by provider: while it is not complete,
/// nothing of the account can be assessed.
pub const DISCOVERIES: [(&str, &str); 2] =
    [("aws", "Assay::AWS::Region"), ("azure", "Microsoft.Resources/subscriptions")];

/// `manifest.json` of a snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`SNAPSHOT_SCHEMA`].
    pub schema: String,
    /// Version of the program that collected.
    pub tool_version: String,
    /// `complete` or `interrupted`: whether the collection came to its own end.
    pub state: SnapshotState,
    /// Start of the collection.
    pub started: Timestamp,
    /// End of the collection: `input.now` of every rule.
    pub ended: Timestamp,
    /// What was asked for.
    pub scope: Scope,
    /// Who asked the provider, by account (`arn:aws:sts::…`).
    #[serde(default)]
    pub callers: BTreeMap<String, String>,
    /// Every listing, in order of provider, account, region, type.
    pub listings: Vec<Listing>,
    /// Every segment, in the order of its path; once a snapshot is open, in the order in which they
    /// are judged.
    pub segments: Vec<SegmentInfo>,
    /// sha256 of `calls.ndjson`.
    pub calls_sha256: String,
    /// sha256 over the segment digests, the call digest and everything above.
    pub root_digest: String,
}

impl Manifest {
    /// The providers of each account, as its listings name them.
    #[must_use]
    pub fn providers(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut out: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for l in &self.listings {
            out.entry(&l.account).or_default().insert(&l.provider);
        }
        out
    }
}

/// Whether a collection came to its own end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SnapshotState {
    /// The collection ended by itself.
    Complete,
    /// Somebody stopped it: listings that were open are `partial` or `not_attempted`.
    Interrupted,
}

/// What was asked for, and what was left out by choice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Scope {
    /// Providers in scope.
    pub providers: Vec<String>,
    /// Accounts in scope, in order.
    pub accounts: Vec<String>,
    /// Regions in scope, in order, without `global`.
    pub regions: Vec<String>,
    /// The regions of accounts in which not all of them are in scope: each account enables its own.
    /// Not written where there are none, as snapshots of before have it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub account_regions: BTreeMap<String, Vec<String>>,
    /// `requested` (flags named the regions) or `discovered` (all enabled ones).
    #[serde(default)]
    pub region_choice: String,
    /// Regions that exist for the account and were left out by choice.
    #[serde(default)]
    pub left_out_regions: Vec<String>,
    /// Accounts (subscriptions) that the caller can read and that were left out by choice. Not
    /// written where there are none, as snapshots of before have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out_accounts: Vec<String>,
    /// Services left out by choice.
    #[serde(default)]
    pub left_out_services: Vec<String>,
}

impl Scope {
    /// The regions in scope in one account, in order.
    #[must_use]
    pub fn regions_of(&self, account: &str) -> &[String] {
        self.account_regions.get(account).unwrap_or(&self.regions)
    }
}

/// The state of one listing: all resources of a type in an account and region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    /// The provider.
    pub provider: Name,
    /// The account.
    pub account: Name,
    /// The region, or `global`.
    pub region: Name,
    /// The resource type.
    #[serde(rename = "type")]
    pub kind: Name,
    /// Whether the population is known.
    pub state: ListingState,
    /// Resources written.
    pub count: u64,
    /// Pages read.
    pub pages: u64,
    /// Start of the first call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// End of the last call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// Ids of the calls that listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<String>,
    /// The cause, where the listing is not complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Box<Gap>>,
}

/// Whether all resources of a listing are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListingState {
    /// Every page was read.
    Complete,
    /// Some pages were read, then reading stopped.
    Partial,
    /// The caller was not allowed to list.
    Denied,
    /// Listing failed for another reason.
    Failed,
    /// Nothing tried to list.
    NotAttempted,
    /// A flag left it out by choice: nobody looked, and that is no gap.
    LeftOut,
}

impl ListingState {
    /// The word used in JSON and on screen.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Denied => "denied",
            Self::Failed => "failed",
            Self::NotAttempted => "not_attempted",
            Self::LeftOut => "left_out",
        }
    }
}

/// One immutable segment: NDJSON + zstd of one (provider, account, region, type).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentInfo {
    /// Path inside the snapshot folder, with `/`.
    pub path: String,
    /// The provider.
    pub provider: Name,
    /// The account.
    pub account: Name,
    /// The region, or `global`.
    pub region: Name,
    /// The resource type.
    #[serde(rename = "type")]
    pub kind: Name,
    /// Documents inside.
    pub count: u64,
    /// sha256 of the file as it lies on disk.
    pub sha256: String,
}

/// One line of `calls.ndjson`: an operation that was called (all pages of a listing are one call
/// with several pages only where the client made them in one go; otherwise one line each).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Id inside this snapshot (`aws/123456789012/eu-west-1/s3:GetBucketAcl/logs`), stable for the
    /// same operation, parameters and region, so that two snapshots of one estate are alike.
    pub id: String,
    /// `service:Operation`.
    pub operation: String,
    /// Parameters that matter, in order of their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// The account.
    pub account: String,
    /// The region the call went to.
    pub region: String,
    /// Start in UTC.
    pub started: Timestamp,
    /// End in UTC, retries included.
    pub ended: Timestamp,
    /// Pages read.
    pub pages: u64,
    /// Attempts made, the first included.
    pub attempts: u64,
    /// How it ended.
    pub result: CallResult,
    /// The provider's request ids, one for each page where known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub request_ids: Vec<String>,
    /// sha256 of each page's body, where the client exposes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub body_sha256: Vec<String>,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CallResult {
    /// An answer came.
    Ok,
    /// The provider answered that the thing is not configured: positive evidence of absence.
    Absent {
        /// The provider's code (`NoSuchBucketPolicy`).
        code: String,
    },
    /// No usable answer came.
    Gap {
        /// What state the facets get that rest on it.
        #[serde(flatten)]
        gap: Gap,
    },
}
