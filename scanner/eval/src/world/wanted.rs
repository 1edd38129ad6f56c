//! What rules and derivers look at in documents beside the one that they judge.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::rule::RelatedScope;
use assay_derive::Deriver;

use crate::load::Rule;
use crate::reads::Read;
use crate::set::{Plan, top};

/// Type to facets. What is asked of the whole estate stays apart: it is in memory for as long as
/// the evaluation takes, and it is little.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    near: BTreeMap<String, BTreeSet<String>>,
    estate: BTreeMap<String, BTreeSet<String>>,
}

impl Wanted {
    pub(crate) fn new(rules: &[Rule], plans: &BTreeMap<String, Plan>) -> Self {
        let mut wanted = Self::default();
        let mut derivers: BTreeMap<(String, String), &'static dyn Deriver> = BTreeMap::new();
        for (kind, plan) in plans {
            for item in &plan.items {
                if let (Read::Derived(name), Some(d)) = (&item.read, item.deriver) {
                    derivers.insert((kind.clone(), name.clone()), d);
                }
            }
        }
        for related in rules.iter().flat_map(|r| &r.meta.related) {
            let facets = wanted.of(related.scope).entry(related.kind.clone()).or_default();
            facets.extend(related.facets.iter().cloned());
            for facet in &related.facets {
                let Some(name) = facet.strip_prefix("derived/") else { continue };
                if let Some(deriver) = assay_derive::of(&related.kind, name) {
                    facets.extend(deriver.reads().iter().map(|r| top(r)));
                    derivers.insert((related.kind.clone(), name.to_owned()), deriver);
                }
            }
        }
        for deriver in derivers.values() {
            for need in deriver.needs().iter().chain(deriver.looks()) {
                wanted
                    .of(need.scope)
                    .entry(need.kind.to_owned())
                    .or_default()
                    .extend(need.facets.iter().map(|f| top(f)));
            }
        }
        // What is loaded for others is not read again for its own derived facets.
        for ((kind, _), deriver) in &derivers {
            if let Some(facets) = wanted.near.get_mut(kind) {
                facets.extend(deriver.reads().iter().map(|r| top(r)));
            }
        }
        wanted
    }

    fn of(&mut self, scope: RelatedScope) -> &mut BTreeMap<String, BTreeSet<String>> {
        match scope {
            RelatedScope::Estate => &mut self.estate,
            RelatedScope::Account | RelatedScope::Region => &mut self.near,
        }
    }

    /// The facets of a type in an account.
    pub(super) fn near(&self, kind: &str) -> Option<&BTreeSet<String>> {
        self.near.get(kind)
    }

    /// The facets of a type in the whole estate.
    pub(super) fn estate(&self, kind: &str) -> Option<&BTreeSet<String>> {
        self.estate.get(kind)
    }
}
