//! What a deriver is, and the gate before it.

use std::any::Any;
use std::sync::Arc;

use assay_core::rule::RelatedScope;
use assay_core::{Gap, Resource};
use serde_json::Value;

use crate::known::{Unknown, known};

/// Related documents that a deriver looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Need {
    /// The other type.
    pub kind: &'static str,
    /// How far to look.
    pub scope: RelatedScope,
    /// The facets of the other documents that are looked at: names of properties
    /// (`PolicyDocument`), `tags`, or `derived/<name>`. Others are not there to be seen.
    pub facets: &'static [&'static str],
}

/// Computes one derived facet, `input.derived.<name>`.
pub trait Deriver: Send + Sync {
    /// The facet's name.
    fn name(&self) -> &'static str;

    /// On which types it exists.
    fn types(&self) -> &'static [&'static str];

    /// What it reads of the document itself: pointers into `properties`
    /// (`/AssumeRolePolicyDocument`), `tags`, or `derived/<name>` of a collector.
    fn reads(&self) -> &'static [&'static str];

    /// What it reads of other documents.
    fn needs(&self) -> &'static [Need];

    /// Related documents that it looks at without relying on all of them: they are loaded, but
    /// the gate does not ask for them. The deriver asks [`World::lacking`] itself where a negative
    /// answer would rest on them, and a facet that is not known is simply not there.
    fn looks(&self) -> &'static [Need] {
        &[]
    }

    /// Computes the facet. Everything in [`reads`](Self::reads) and [`needs`](Self::needs) is known.
    ///
    /// # Errors
    ///
    /// A gap, where what is known does not suffice to tell.
    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap>;
}

/// A value that several calls share.
pub type Memo = Arc<dyn Any + Send + Sync>;

/// The documents around one document: those of its account, or of its account and region.
pub trait World {
    /// The documents of a type, in order of region and id, with the facets that somebody needs.
    fn related(&self, kind: &str, scope: RelatedScope) -> Arc<Vec<Arc<Resource>>>;

    /// Why [`related`](Self::related) cannot be relied on: a listing in the scope that is not
    /// complete, or a facet (`PolicyDocument`, `tags`, `derived/<name>`) that is not known in one
    /// of the documents. `None` where all is known.
    fn lacking(&self, kind: &str, scope: RelatedScope, facets: &[&str]) -> Option<Unknown>;

    /// A value computed once for the account. The key must name all that it depends on, the
    /// region included where it depends on one. Use [`memo`] for a typed value.
    fn memo(&self, key: &str, make: &mut dyn FnMut() -> Memo) -> Memo;
}

/// A typed value that is computed once for the account: an index over related documents.
pub fn memo<T: Any + Send + Sync>(world: &dyn World, key: &str, make: impl Fn() -> T) -> Arc<T> {
    let any = world.memo(key, &mut || Arc::new(make()) as Memo);
    // Two derivers that use one key for two types would be a mistake; they then only lose the
    // sharing.
    any.downcast::<T>().unwrap_or_else(|_| Arc::new(make()))
}

/// The gate, then the deriver.
///
/// # Errors
///
/// What is not known, where something is not.
pub fn derive(deriver: &dyn Deriver, doc: &Resource, world: &dyn World) -> Result<Value, Unknown> {
    for read in deriver.reads() {
        if let Some(unknown) = known(doc, read) {
            return Err(unknown);
        }
    }
    for need in deriver.needs() {
        if let Some(unknown) = world.lacking(need.kind, need.scope, need.facets) {
            return Err(unknown);
        }
    }
    deriver
        .derive(doc, world)
        .map_err(|gap| Unknown::facet(format!("derived/{}", deriver.name()), gap))
}
