//! Who reaches an administrator by assuming one role after another.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use assay_core::{Gap, GapState};

use super::access::Access;
use super::principal::{Kind, Principal};
use super::trust::{Trust, assumes, trusts};
use crate::{World, memo};

/// For each principal that is no administrator and reaches one: the role to assume next.
#[derive(Debug, Default)]
pub struct Chains {
    next: BTreeMap<String, String>,
    /// The same, if all conditions hold that are not evaluated.
    perhaps: BTreeMap<String, String>,
}

impl Chains {
    /// The chains of the account, computed once.
    #[must_use]
    pub fn of(world: &dyn World, access: &Access) -> Arc<Self> {
        memo(world, "iam/chains", || Self::build(access))
    }

    fn build(access: &Access) -> Self {
        Self { next: search(access, false), perhaps: search(access, true) }
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
        (hops.len() > 1).then(gap)
    }
}

fn walk(next: &BTreeMap<String, String>, id: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut at = id;
    while let Some(role) = next.get(at) {
        out.push(role.clone());
        at = role;
    }
    out
}

/// Breadth first, backwards from the administrators, so that each chain is a shortest one.
fn search(access: &Access, perhaps: bool) -> BTreeMap<String, String> {
    let all: Vec<&Principal> = access.principals.values().filter_map(|p| p.as_ref().ok()).collect();
    let mut next: BTreeMap<String, String> = BTreeMap::new();
    let admins: Vec<&Principal> = all.iter().copied().filter(|p| !p.admin().is_empty()).collect();
    let mut open: VecDeque<&Principal> =
        admins.iter().copied().filter(|p| p.kind == Kind::Role).collect();
    let done: std::collections::BTreeSet<&str> = admins.iter().map(|p| p.id.as_str()).collect();
    let closed = if perhaps { Trust::No } else { Trust::Perhaps };
    while let Some(role) = open.pop_front() {
        for who in &all {
            if done.contains(who.id.as_str())
                || next.contains_key(&who.id)
                || trusts(role, who) <= closed
            {
                continue;
            }
            let way = assumes(who, role);
            if way.yes || (perhaps && way.perhaps) {
                next.insert(who.id.clone(), role.id.clone());
                if who.kind == Kind::Role {
                    open.push_back(who);
                }
            }
        }
    }
    next
}
