//! A document while its collector fills it.

use std::collections::BTreeMap;

use assay_core::path::escape;
use assay_core::resource::TAGS;
use assay_core::{Gap, GapState, Resource};
use serde_json::{Map, Value};

use crate::Facet;

/// A document being built. Hand it to `Cx::put`.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The document so far.
    pub resource: Resource,
}

impl Draft {
    /// A draft of a document that knows nothing yet.
    #[must_use]
    pub const fn new(resource: Resource) -> Self {
        Self { resource }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.resource.id
    }

    /// Puts the document into another region than the one it was listed in (a bucket).
    pub fn region(&mut self, region: &str) -> &mut Self {
        region.clone_into(&mut self.resource.region);
        self
    }

    /// Puts the document into another account than the one it was listed in.
    pub fn account(&mut self, account: &str) -> &mut Self {
        account.clone_into(&mut self.resource.account);
        self
    }

    /// Sets a facet. A known value also names its source; an unknown one becomes a gap.
    pub fn set(&mut self, facet: &str, value: Facet) -> &mut Self {
        match value {
            Facet::Known { value, call } => {
                self.resource.gaps.remove(&format!("/{}", escape(facet)));
                self.resource.properties.insert(facet.to_owned(), value);
                self.resource.sources.insert(facet.to_owned(), call);
            }
            Facet::Unknown(gap) => self.resource.lose(facet, gap),
        }
        self
    }

    /// Sets several facets that one call gave. What the map lacks stays unknown.
    pub fn set_all(&mut self, values: Map<String, Value>, call: &str) -> &mut Self {
        for (facet, value) in values {
            self.set(&facet, Facet::known(value, call));
        }
        self
    }

    /// Makes facets unknown for one cause.
    pub fn lose(&mut self, facets: &[&str], gap: &Gap) -> &mut Self {
        for facet in facets {
            self.resource.lose(facet, gap.clone());
        }
        self
    }

    /// Makes a place inside a known facet unknown (`/Rules/0/Status`).
    pub fn gap(&mut self, pointer: &str, gap: Gap) -> &mut Self {
        self.resource.gaps.insert(pointer.to_owned(), gap);
        self
    }

    /// Sets the tags that a call gave. A tag without a key or a value makes them `malformed`.
    pub fn tags<K: Into<String>, V: Into<String>>(
        &mut self,
        tags: impl IntoIterator<Item = (Option<K>, Option<V>)>,
        call: &str,
    ) -> &mut Self {
        let all: Option<BTreeMap<String, String>> =
            tags.into_iter().map(|(k, v)| Some((k?.into(), v?.into()))).collect();
        if all.is_some() {
            self.resource.gaps.remove(TAGS);
            self.resource.tags = all;
            self.resource.sources.insert(TAGS.to_owned(), call.to_owned());
        } else {
            let mut gap = Gap::new(GapState::Malformed, "a tag lacks its key or its value");
            gap.call = Some(call.to_owned());
            self.lose_tags(gap);
        }
        self
    }

    /// Makes the tags unknown.
    pub fn lose_tags(&mut self, gap: Gap) -> &mut Self {
        self.resource.tags = None;
        self.resource.gaps.insert(TAGS.to_owned(), gap);
        self
    }

    /// Sets a fact that no call gave directly (`secrets`).
    pub fn derived(&mut self, name: &str, value: Value) -> &mut Self {
        self.resource.gaps.remove(&format!("derived/{}", escape(name)));
        self.resource.derived.insert(name.to_owned(), value);
        self
    }

    /// Makes such a fact unknown.
    pub fn lose_derived(&mut self, name: &str, gap: Gap) -> &mut Self {
        self.resource.derived.remove(name);
        self.resource.gaps.insert(format!("derived/{}", escape(name)), gap);
        self
    }
}
