//! The small estate of a case, and what can be taken away from it.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::rule::RelatedScope;
use assay_core::{
    Gap, GapState, Listing, ListingState, Manifest, Name, Resource, Timestamp, TypeRegistry,
};
use assay_snapshot::Memory;

use super::file::{Case, REGION};
use crate::load::Rule;
use crate::reads::Read;

/// A case, ready to run and to be changed.
#[derive(Debug, Clone)]
pub(crate) struct Estate {
    pub(crate) documents: Vec<Resource>,
    pub(crate) incomplete: Vec<String>,
    pub(crate) params: BTreeMap<String, serde_json::Value>,
    pub(crate) now: Timestamp,
    /// The judged document.
    pub(crate) id: String,
    pub(crate) kind: String,
}

impl Estate {
    /// The estate of a case; what does not fit the type files is an error.
    pub(crate) fn of(case: &Case, rule: &Rule, types: &TypeRegistry) -> Result<Self, String> {
        let default = rule.meta.resources.first().cloned().unwrap_or_default();
        let mut documents = vec![case.resource.resource(&default, 0, types)];
        for (n, document) in case.related.iter().enumerate() {
            documents.push(document.resource(&default, n + 1, types));
        }
        for doc in &mut documents {
            let def = types
                .get(&doc.kind)
                .ok_or_else(|| format!("type {} has no file in policies/types", doc.kind))?;
            if def.check(doc) > 0 && case.expect != assay_core::Status::NotAssessed {
                let gaps: Vec<String> = doc
                    .gaps
                    .iter()
                    .filter(|(_, g)| g.state == GapState::Malformed)
                    .map(|(p, g)| format!("{p}: {}", g.detail))
                    .collect();
                return Err(format!(
                    "{} does not fit its type file: {}",
                    doc.name,
                    gaps.join("; ")
                ));
            }
        }
        let now = case.now.parse().map_err(|e| format!("now: {e}"))?;
        let id = documents.first().map(|d| d.id.clone()).unwrap_or_default();
        let kind = documents.first().map(|d| d.kind.clone()).unwrap_or_default();
        Ok(Self {
            documents,
            incomplete: case.incomplete.clone(),
            params: case.params.clone(),
            now,
            id,
            kind,
        })
    }

    /// The estate as a snapshot.
    pub(crate) fn source(&self, types: &TypeRegistry) -> Result<Memory, String> {
        let mut memory = Memory::new(types, self.documents.clone(), Vec::new(), self.now)
            .map_err(|e| e.to_string())?;
        let manifest = memory.manifest_mut();
        if !manifest.scope.regions.iter().any(|r| r == REGION) {
            manifest.scope.regions.push(REGION.to_owned());
            manifest.scope.regions.sort();
        }
        complete(manifest, types);
        for listing in &mut manifest.listings {
            if self.incomplete.iter().any(|kind| listing.kind == *kind) {
                listing.state = ListingState::Partial;
            }
        }
        Ok(memory)
    }

    /// Every way to take away what a derived facet looks at without relying on it: the verdict may
    /// stay, or become not assessed.
    pub(crate) fn without_looks(&self, read: &Read) -> Vec<(String, Self)> {
        let Read::Derived(name) = read else { return Vec::new() };
        let Some(deriver) = assay_derive::of(&self.kind, name) else { return Vec::new() };
        let mut out = Vec::new();
        for need in deriver.looks() {
            out.push(self.cut(need.kind));
            out.extend(self.lose_related(need.kind, need.scope, need.facets.iter().copied()));
        }
        out
    }

    /// Every way to make one thing unknown that the rule reads: what, and the changed estate.
    pub(crate) fn without(&self, read: &Read, rule: &Rule) -> Vec<(String, Self)> {
        let mut out = Vec::new();
        match read {
            Read::Property(path) => match path.facet() {
                Some(facet) => out.extend(self.lose(0, facet)),
                None => {
                    let names: Vec<String> = self
                        .documents
                        .iter()
                        .take(1)
                        .flat_map(|d| d.properties.keys().cloned())
                        .collect();
                    out.extend(names.iter().filter_map(|n| self.lose(0, n)));
                }
            },
            Read::Tags => out.extend(self.lose(0, "tags")),
            Read::Derived(name) => match assay_derive::of(&self.kind, name) {
                None => out.extend(self.lose(0, &format!("derived/{name}"))),
                Some(deriver) => {
                    for read in deriver.reads() {
                        out.extend(self.lose(0, facet(read)));
                    }
                    for need in deriver.needs() {
                        out.push(self.cut(need.kind));
                        out.extend(self.lose_related(
                            need.kind,
                            need.scope,
                            need.facets.iter().copied(),
                        ));
                    }
                }
            },
            Read::Related(kind) => {
                out.push(self.cut(kind));
                let related = rule.meta.related.iter().filter(|r| r.kind == *kind);
                let facets: Vec<_> =
                    related.flat_map(|r| r.facets.iter().map(|f| (r.scope, f.as_str()))).collect();
                for (scope, facet) in facets {
                    let deriver = facet
                        .strip_prefix("derived/")
                        .and_then(|name| assay_derive::of(kind, name));
                    match deriver {
                        Some(d) => out.extend(self.lose_related(
                            kind,
                            scope,
                            d.reads().iter().map(|r| self::facet(r)),
                        )),
                        None => out.extend(self.lose_related(kind, scope, std::iter::once(facet))),
                    }
                }
            }
            Read::Param(name) => {
                let default = rule.meta.params.get(name).and_then(|p| p.default.as_ref());
                if default.is_none() {
                    let mut changed = self.clone();
                    if changed.params.remove(name).is_some() {
                        out.push((format!("without the parameter {name}"), changed));
                    }
                }
            }
        }
        out
    }

    fn cut(&self, kind: &str) -> (String, Self) {
        let mut changed = self.clone();
        changed.incomplete.push(kind.to_owned());
        (format!("with an incomplete listing of {kind}"), changed)
    }

    /// Loses facets in each document of a type, one at a time.
    fn lose_related<'f>(
        &self,
        kind: &str,
        scope: RelatedScope,
        facets: impl Iterator<Item = &'f str> + Clone,
    ) -> Vec<(String, Self)> {
        let mut out = Vec::new();
        let Some(own) = self.documents.first() else { return out };
        for (place, doc) in self.documents.iter().enumerate() {
            let near = match scope {
                RelatedScope::Region => doc.account == own.account && doc.region == own.region,
                RelatedScope::Account => doc.account == own.account,
                RelatedScope::Estate => true,
            };
            if doc.kind == kind && near {
                out.extend(facets.clone().filter_map(|f| self.lose(place, f)));
            }
        }
        out
    }

    /// Loses a facet of a document, if it has it.
    fn lose(&self, place: usize, facet: &str) -> Option<(String, Self)> {
        let mut changed = self.clone();
        let doc = changed.documents.get_mut(place)?;
        let gap = Gap::new(GapState::Denied, "taken away by a generated case");
        if facet == "tags" {
            doc.tags.take()?;
            doc.gaps.insert("tags".to_owned(), gap);
        } else if let Some(name) = facet.strip_prefix("derived/") {
            doc.derived.remove(name)?;
            doc.gaps.insert(facet.to_owned(), gap);
        } else {
            doc.properties.get(facet)?;
            doc.lose(facet, gap);
        }
        let of = if place == 0 { String::new() } else { format!(" of {}", doc.name) };
        Some((format!("without {facet}{of}"), changed))
    }
}

/// Adds the listings of every region in scope that no document names.
fn complete(manifest: &mut Manifest, types: &TypeRegistry) {
    let have: BTreeSet<(Name, Name, Name)> = manifest
        .listings
        .iter()
        .map(|l| (l.account.clone(), l.region.clone(), l.kind.clone()))
        .collect();
    let Some(model) = manifest.listings.first().cloned() else { return };
    for account in &manifest.scope.accounts {
        for region in &manifest.scope.regions {
            for def in types.iter() {
                let region = Name::from(def.listing_region(region));
                let key = (account.into(), region.clone(), (&def.name).into());
                if region != "global" && !have.contains(&key) {
                    manifest.listings.push(Listing {
                        account: account.into(),
                        region,
                        kind: (&def.name).into(),
                        count: 0,
                        ..model.clone()
                    });
                }
            }
        }
    }
}

/// The facet of a pointer, or the text itself.
fn facet(read: &str) -> &str {
    match read.strip_prefix('/') {
        Some(rest) => rest.split('/').next().unwrap_or(rest),
        None => read,
    }
}
