//! Managed prefix lists, resolved.

use std::collections::BTreeMap;

use assay_core::rule::RelatedScope;
use assay_core::{Gap, GapState, Resource};

use super::set::{AddressSet, Family};
use super::{list, malformed, member, text};
use crate::{Need, World, known};

const KIND: &str = "AWS::EC2::PrefixList";

/// What derivers that resolve prefix lists look at.
pub(super) const LOOK: Need = Need {
    kind: KIND,
    scope: RelatedScope::Region,
    facets: &["PrefixListId", "OwnerId", "Entries"],
};

/// The prefix lists of a region.
#[derive(Debug, Clone, Default)]
pub(super) struct PrefixLists {
    lists: BTreeMap<String, Result<Vec<AddressSet>, Gap>>,
    /// Why a list may be missing.
    lacking: Option<Gap>,
}

impl PrefixLists {
    /// Reads the lists around a document.
    pub(super) fn load(world: &dyn World) -> Self {
        let mut lists = BTreeMap::new();
        for doc in world.related(KIND, RelatedScope::Region).iter() {
            if let Ok(id) = text(doc, "PrefixListId") {
                lists.insert(id.to_owned(), sets(doc));
            }
        }
        let lacking = world.lacking(KIND, RelatedScope::Region, &["PrefixListId"]).map(|u| u.gap);
        Self { lists, lacking }
    }

    /// The addresses of a list. The provider's own lists (its edge locations, for example) name
    /// no address that just anybody has: they resolve to nothing.
    pub(super) fn resolve(&self, id: &str) -> Result<Vec<AddressSet>, Gap> {
        match (self.lists.get(id), &self.lacking) {
            (Some(sets), _) => sets.clone(),
            (None, Some(gap)) => Err(gap.clone()),
            (None, None) => {
                Err(Gap::new(GapState::Unsupported, format!("prefix list {id} is not listed")))
            }
        }
    }
}

fn sets(doc: &Resource) -> Result<Vec<AddressSet>, Gap> {
    if let Some(unknown) = known(doc, "OwnerId") {
        return Err(unknown.gap);
    }
    if text(doc, "OwnerId")? == "AWS" {
        return Ok(Vec::new());
    }
    if let Some(unknown) = known(doc, "Entries") {
        return Err(unknown.gap);
    }
    let mut out = Family::BOTH.map(AddressSet::empty);
    for entry in list(doc, "Entries")? {
        let block = member(entry, "Cidr").and_then(AddressSet::block);
        let block =
            block.ok_or_else(|| malformed(format!("an entry of {} is no block", doc.id)))?;
        for set in &mut out {
            if set.family() == block.family() {
                *set = set.or(&block);
            }
        }
    }
    Ok(out.into_iter().filter(|s| !s.is_empty()).collect())
}
