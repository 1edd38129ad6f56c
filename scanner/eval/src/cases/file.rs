//! The cases of a rule, as their file declares them.

use std::collections::BTreeMap;

use assay_core::{Gap, GapState, Origin, Resource, Status, TypeRegistry};
use serde::Deserialize;
use serde_json::{Map, Value};

/// `<name>.cases.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseFile {
    pub(crate) cases: Vec<Case>,
}

/// One case: a small estate and what the rule says of one of its resources.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) expect: Status,
    /// The exact keys of the failures, in any order.
    #[serde(default)]
    pub(crate) keys: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) resource: Document,
    #[serde(default)]
    pub(crate) related: Vec<Document>,
    /// Types whose listings are not complete.
    #[serde(default)]
    pub(crate) incomplete: Vec<String>,
    #[serde(default)]
    pub(crate) params: BTreeMap<String, Value>,
    #[serde(default = "now")]
    pub(crate) now: String,
}

/// A document of a case. What it does not name is unknown.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    account: Option<String>,
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default = "no_tags")]
    tags: Option<BTreeMap<String, String>>,
    #[serde(default)]
    properties: Map<String, Value>,
    #[serde(default)]
    derived: Map<String, Value>,
    /// Gaps by pointer: only their state.
    #[serde(default)]
    gaps: BTreeMap<String, GapState>,
}

/// The account of a case's documents.
pub(crate) const ACCOUNT: &str = "111122223333";
/// The host of documents of hosts.
pub(crate) const HOST: &str = "case";
/// The region of documents that have one.
pub(crate) const REGION: &str = "eu-west-1";

fn now() -> String {
    "2026-11-01T00:00:00Z".to_owned()
}

#[expect(clippy::unnecessary_wraps, reason = "the default of an optional member")]
fn no_tags() -> Option<BTreeMap<String, String>> {
    Some(BTreeMap::new())
}

impl Default for Document {
    fn default() -> Self {
        Self {
            kind: None,
            id: None,
            account: None,
            region: None,
            name: None,
            tags: no_tags(),
            properties: Map::new(),
            derived: Map::new(),
            gaps: BTreeMap::new(),
        }
    }
}

impl Document {
    /// The document as a resource; `n` tells documents without a name apart.
    pub(crate) fn resource(&self, default: &str, n: usize, types: &TypeRegistry) -> Resource {
        let kind = self.kind.clone().unwrap_or_else(|| default.to_owned());
        let host = kind.starts_with("linux.");
        let account = if host { HOST } else { ACCOUNT };
        let account = self.account.clone().unwrap_or_else(|| account.to_owned());
        let name = self.name.clone().unwrap_or_else(|| match n {
            0 => "case".to_owned(),
            n => format!("related-{n}"),
        });
        let region = self.region.clone().unwrap_or_else(|| region(&kind, types));
        let id = self.id.clone().unwrap_or_else(|| match kind.strip_prefix("linux.") {
            Some(subject) => format!("host:{account}/{subject}/{name}"),
            None => format!(
                "arn:aws:case:{region}:{account}:{}/{name}",
                assay_core::typedef::stem(&kind)
            ),
        });
        let provider = if host { "linux" } else { "aws" };
        let mut r = Resource::new(kind, id, provider, account, region, name);
        r.tags.clone_from(&self.tags);
        r.properties = self.properties.clone();
        r.derived = self.derived.clone();
        r.origin = Origin::Case;
        for (pointer, state) in &self.gaps {
            r.gaps.insert(pointer.clone(), Gap::new(*state, "the case says so"));
        }
        r
    }
}

/// Types of which one global listing names documents that lie in a region of their own.
const OWN_REGION: [&str; 2] = ["AWS::S3::Bucket", "Assay::AWS::Region"];

/// The region in which a document of a type lies unless the case says otherwise.
fn region(kind: &str, types: &TypeRegistry) -> String {
    let own = OWN_REGION.contains(&kind);
    types.get(kind).filter(|_| !own).map_or(REGION, |def| def.listing_region(REGION)).to_owned()
}
