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
/// The subscription of documents of Azure.
pub(crate) const SUBSCRIPTION: &str = "00000000-0000-0000-0000-0000000000c1";
/// The region of documents that have one.
pub(crate) const REGION: &str = "eu-west-1";
/// The location of documents of Azure that have one.
const LOCATION: &str = "westeurope";

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
        let (provider, account) = owner(&kind);
        let account = self.account.clone().unwrap_or_else(|| account.to_owned());
        let name = self.name.clone().unwrap_or_else(|| match n {
            0 => "case".to_owned(),
            n => format!("related-{n}"),
        });
        let region = self.region.clone().unwrap_or_else(|| region(&kind, types));
        let id = self.id.clone().unwrap_or_else(|| id(&kind, &account, &region, &name));
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

/// The provider of a type, and the account of its documents in cases.
fn owner(kind: &str) -> (&'static str, &'static str) {
    if kind.starts_with("linux.") {
        ("linux", HOST)
    } else if is_azure(kind) {
        ("azure", SUBSCRIPTION)
    } else {
        ("aws", ACCOUNT)
    }
}

fn is_azure(kind: &str) -> bool {
    kind.starts_with("Microsoft.") || kind.starts_with("Assay::Azure::")
}

/// The id of a document that the case does not give one. An ARM id names each ancestor: they all
/// have the document's name.
fn id(kind: &str, account: &str, region: &str, name: &str) -> String {
    if let Some(subject) = kind.strip_prefix("linux.") {
        return format!("host:{account}/{subject}/{name}");
    }
    if kind == AZURE_SUBSCRIPTION {
        return format!("/subscriptions/{account}");
    }
    match kind.split_once('/') {
        Some((namespace, types)) if is_azure(kind) => {
            let path = types.replace('/', &format!("/{name}/"));
            format!(
                "/subscriptions/{account}/resourceGroups/case/providers/{namespace}/{path}/{name}"
            )
        }
        _ => format!("arn:aws:case:{region}:{account}:{}/{name}", assay_core::typedef::stem(kind)),
    }
}

/// A subscription: the account itself, of which there is one.
pub(super) const AZURE_SUBSCRIPTION: &str = "Microsoft.Resources/subscriptions";

/// Types of which one global listing names documents that lie in a region of their own.
const OWN_REGION: [&str; 2] = ["AWS::S3::Bucket", "Assay::AWS::Region"];

/// The region in which a document of a type lies unless the case says otherwise.
fn region(kind: &str, types: &TypeRegistry) -> String {
    if is_azure(kind) {
        let everywhere = kind == AZURE_SUBSCRIPTION
            || kind.starts_with("Assay::")
            || kind.starts_with("Microsoft.Graph/");
        return if everywhere { "global" } else { LOCATION }.to_owned();
    }
    let own = OWN_REGION.contains(&kind);
    types.get(kind).filter(|_| !own).map_or(REGION, |def| def.listing_region(REGION)).to_owned()
}
