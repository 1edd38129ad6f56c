//! A resource, written the way its provider declares it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::gap::Gap;

/// Key of the gap that makes a resource's tags unknown.
pub const TAGS: &str = "tags";

/// One document of the snapshot.
///
/// A top-level property is a *facet*. In `properties` it is known, and `null` means known to be
/// absent. In `gaps` it is unknown. In neither it is unknown too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// The full id: an ARN, an ARM id, or `host:<name>/<subject>/<item>`.
    pub id: String,
    /// The type, by its provider's own name (`AWS::S3::Bucket`).
    #[serde(rename = "type")]
    pub kind: String,
    /// `aws`, `azure`, `gcp`, `linux`, `kubernetes`.
    pub provider: String,
    /// The account, subscription, project or host that owns it.
    pub account: String,
    /// The region, or `global`.
    pub region: String,
    /// A short name for people.
    pub name: String,
    /// Tags by key. `None` means unknown, an empty map means none.
    #[serde(default)]
    pub tags: Option<BTreeMap<String, String>>,
    /// The known facets.
    pub properties: Map<String, Value>,
    /// What is known about the resource that no call gave directly: secrets found while
    /// collecting, for example. Facets like the properties.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub derived: Map<String, Value>,
    /// The unknown values. A key is a JSON pointer into `properties` (`/VersioningConfiguration`,
    /// `/Rules/0/Status`), or `tags`, or `derived/<name>`. A nested gap covers its ancestors and
    /// descendants.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gaps: BTreeMap<String, Gap>,
    /// Facet name to the id of the call that gave it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: BTreeMap<String, String>,
    /// Where the document comes from.
    #[serde(default)]
    pub origin: Origin,
}

/// Where a document comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Origin {
    /// Read from the provider's API.
    #[default]
    Api,
    /// Read from infrastructure code.
    Code {
        /// Path inside the repository, with `/`.
        file: String,
        /// First line of the block, from 1.
        line: u32,
    },
    /// Written by a case of a rule.
    Case,
}

impl Resource {
    /// An empty resource: no facet is known yet.
    #[must_use]
    pub fn new(
        kind: impl Into<String>,
        id: impl Into<String>,
        provider: impl Into<String>,
        account: impl Into<String>,
        region: impl Into<String>,
        name: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            kind: kind.into(),
            provider: provider.into(),
            account: account.into(),
            region: region.into(),
            name: name.into(),
            tags: None,
            properties: Map::new(),
            derived: Map::new(),
            gaps: BTreeMap::new(),
            sources: BTreeMap::new(),
            origin: Origin::Api,
        }
    }

    /// Makes a whole facet unknown: it leaves `properties` and gets a gap.
    pub fn lose(&mut self, facet: &str, gap: Gap) {
        self.properties.remove(facet);
        self.gaps.insert(format!("/{}", crate::path::escape(facet)), gap);
    }

    /// The key by which documents are ordered everywhere: type, account, region, id.
    #[must_use]
    pub fn order(&self) -> (&str, &str, &str, &str) {
        (&self.kind, &self.account, &self.region, &self.id)
    }
}
