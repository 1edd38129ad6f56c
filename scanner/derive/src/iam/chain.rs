//! Who reaches an administrator by assuming one role after another.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use assay_core::{Gap, GapState};

use super::access::Access;
use super::conditions::Applies;
use super::principal::{Kind, Principal};
use super::trust::assumes;
use crate::{World, memo};

/// For each principal that is no administrator and reaches one: the role to assume next.
#[derive(Debug, Default)]
pub struct Chains {
    next: BTreeMap<String, String>,
    /// The same, if all conditions hold that are not evaluated.
    perhaps: BTreeMap<String, String>,
    /// Who then has a way over several roles, be there a shorter one or not.
    longer: BTreeSet<String>,
}

impl Chains {
    /// The chains of the account, computed once.
    #[must_use]
    pub fn of(world: &dyn World, access: &Access) -> Arc<Self> {
        memo(world, "iam/chains", || Self::build(access))
    }

    fn build(access: &Access) -> Self {
        let (perhaps, longer) = search(access, true);
        Self { next: search(access, false).0, perhaps, longer }
    }

    /// The roles that a principal assumes one after another, the administrator last; empty if it
    /// reaches none.
    #[must_use]
    pub fn hops(&self, id: &str) -> Vec<String> {
        walk(&self.next, id)
    }

    /// Why it cannot be told that a principal reaches none over several roles: conditions decide
    /// that are not evaluated.
    #[must_use]
    pub fn unsure(&self, id: &str) -> Option<Gap> {
        let hops = walk(&self.perhaps, id);
        let detail = "conditions decide that are not evaluated, on the way to";
        let gap = || Gap::new(GapState::Unsupported, format!("{detail} {}", hops.join(", then ")));
        (hops.len() > 1 || self.longer.contains(id)).then(gap)
    }
}

fn walk(next: &BTreeMap<String, String>, id: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut at = id;
    while let Some(role) = next.get(at) {
        // Two roles that may be administrators can lead to each other.
        if role == id || out.contains(role) {
            break;
        }
        out.push(role.clone());
        at = role;
    }
    out
}

/// Breadth first, backwards from the administrators, so that each chain is a shortest one. Also
/// everyone who has a way over several roles. With `perhaps`, whatever rests on conditions that
/// are not evaluated counts: trust, permissions, and who is an administrator.
fn search(access: &Access, perhaps: bool) -> (BTreeMap<String, String>, BTreeSet<String>) {
    let all: Vec<&Principal> = access.principals.values().filter_map(|p| p.as_ref().ok()).collect();
    let mut next: BTreeMap<String, String> = BTreeMap::new();
    let mut longer = BTreeSet::new();
    let least = if perhaps { Applies::Perhaps } else { Applies::Always };
    let mut open: VecDeque<&Principal> = all
        .iter()
        .copied()
        .filter(|p| p.kind == Kind::Role && p.admin().level() >= least)
        .collect();
    // Whoever is one for sure needs no chain.
    let done: BTreeSet<&str> = all
        .iter()
        .filter(|p| p.admin().level() == Applies::Always)
        .map(|p| p.id.as_str())
        .collect();
    while let Some(role) = open.pop_front() {
        let onwards = walk(&next, &role.id);
        for who in &all {
            let known = next.contains_key(&who.id);
            let further = perhaps && !onwards.is_empty() && !onwards.contains(&who.id);
            if done.contains(who.id.as_str()) || (known && !further) {
                continue;
            }
            if assumes(who, role).level() < least {
                continue;
            }
            if further {
                longer.insert(who.id.clone());
            }
            if !known {
                next.insert(who.id.clone(), role.id.clone());
                if who.kind == Kind::Role && who.admin().level() < least {
                    open.push_back(who);
                }
            }
        }
    }
    (next, longer)
}
