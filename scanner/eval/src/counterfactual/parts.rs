//! The parts of a document that a change may be about, and the document as a whole.

use serde_json::{Value, json};

use super::edit::{Edit, Key, members};
use crate::set::top;

/// Where a facet lies in a document.
pub(super) fn root(read: &str) -> Vec<String> {
    let name = top(read);
    match name.strip_prefix("derived/") {
        Some(derived) => vec!["derived".to_owned(), derived.to_owned()],
        None if name == "tags" => vec![name],
        None => vec!["properties".to_owned(), name],
    }
}

/// The facet of what a deriver reads: all of it may be changed.
pub(super) fn facet(read: &str) -> String {
    match (read.strip_prefix('/'), read.strip_prefix("derived/")) {
        (Some(_), _) | (None, Some(_)) => read.to_owned(),
        (None, None) if read == "tags" => read.to_owned(),
        (None, None) => format!("/{read}"),
    }
}

/// All facets of a document.
pub(super) fn everything(doc: &Value) -> Vec<Vec<String>> {
    let below = |of: &str| members(doc.get(of)).map(|m| vec![of.to_owned(), m.0.clone()]).collect();
    let parts: [Vec<Vec<String>>; 2] = [below("properties"), below("derived")];
    parts.concat()
}

/// A whole document goes.
pub(super) fn goes(key: &Key, doc: &Value) -> Edit {
    let from = json!({"type": key.kind, "name": doc.get("name")});
    Edit { of: key.clone(), path: Vec::new(), from: Some(from), to: None }
}

/// A whole document comes.
pub(super) fn comes(key: &Key, doc: &Value) -> Edit {
    Edit { of: key.clone(), path: Vec::new(), from: None, to: Some(doc.clone()) }
}
