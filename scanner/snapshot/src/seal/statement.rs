//! in-toto statements (v1): files with their digests, and what is said of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The statement's format.
const TYPE: &str = "https://in-toto.io/Statement/v1";
/// What the statement says: results of an assessment.
const PREDICATE: &str = "urn:assay:results:v1";

/// What a folder holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// in-toto's format.
    #[serde(rename = "_type")]
    kind: String,
    /// The files, in order of their names.
    pub subject: Vec<Subject>,
    /// What the predicate is.
    #[serde(rename = "predicateType")]
    predicate_type: String,
    /// Digests and versions of the assessment.
    pub predicate: BTreeMap<String, Value>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// Its path below the folder, with `/`.
    pub name: String,
    /// Its digests by algorithm.
    digest: BTreeMap<String, String>,
}

impl Subject {
    /// A file with its sha256 in hex.
    #[must_use]
    pub fn new(name: impl Into<String>, sha256: impl Into<String>) -> Self {
        let digest = BTreeMap::from([("sha256".to_owned(), sha256.into())]);
        Self { name: name.into(), digest }
    }

    /// Its sha256 in hex; empty where the statement has none.
    #[must_use]
    pub fn sha256(&self) -> &str {
        self.digest.get("sha256").map_or("", String::as_str)
    }
}

impl Statement {
    /// A statement about some files.
    #[must_use]
    pub fn new(mut subject: Vec<Subject>, predicate: BTreeMap<String, Value>) -> Self {
        subject.sort();
        Self { kind: TYPE.to_owned(), subject, predicate_type: PREDICATE.to_owned(), predicate }
    }
}
