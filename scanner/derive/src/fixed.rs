//! A small world in memory, for tests of derivers.

use std::sync::Arc;

use assay_core::rule::RelatedScope;
use assay_core::{Gap, GapState, Resource};

use crate::deriver::{Memo, World};
use crate::known::{Unknown, known};

/// Some documents around one document, with every listing complete but those named.
#[derive(Debug, Clone, Default)]
pub struct Fixed {
    account: String,
    region: String,
    documents: Vec<Arc<Resource>>,
    incomplete: Vec<String>,
}

impl Fixed {
    /// The world of a document.
    #[must_use]
    pub fn around(doc: &Resource, documents: impl IntoIterator<Item = Resource>) -> Self {
        let mut documents: Vec<_> = documents.into_iter().map(Arc::new).collect();
        documents.sort_by(|a, b| a.order().cmp(&b.order()));
        Self {
            account: doc.account.clone(),
            region: doc.region.clone(),
            documents,
            incomplete: Vec::new(),
        }
    }

    /// Makes the listing of a type incomplete.
    #[must_use]
    pub fn without(mut self, kind: &str) -> Self {
        self.incomplete.push(kind.to_owned());
        self
    }
}

impl World for Fixed {
    fn related(&self, kind: &str, scope: RelatedScope) -> Arc<Vec<Arc<Resource>>> {
        let near = |r: &Resource| match scope {
            RelatedScope::Region => r.account == self.account && r.region == self.region,
            RelatedScope::Account => r.account == self.account,
            RelatedScope::Estate => true,
        };
        Arc::new(self.documents.iter().filter(|r| r.kind == kind && near(r)).cloned().collect())
    }

    fn lacking(&self, kind: &str, scope: RelatedScope, facets: &[&str]) -> Option<Unknown> {
        if self.incomplete.iter().any(|k| k == kind) {
            return Some(Unknown::listing(kind, Gap::new(GapState::Failed, "not complete")));
        }
        self.related(kind, scope)
            .iter()
            .find_map(|doc| facets.iter().find_map(|facet| known(doc, facet)))
    }

    fn memo(&self, _key: &str, make: &mut dyn FnMut() -> Memo) -> Memo {
        make()
    }
}
