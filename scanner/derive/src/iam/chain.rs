//! Who reaches an administrator by assuming one role after another.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::access::Access;
use super::principal::{Kind, Principal};
use super::trust::{Trust, assumes, trusts};
use crate::{World, memo};

/// For each principal that is no administrator and reaches one: the role to assume next.
#[derive(Debug, Default)]
pub struct Chains {
    next: BTreeMap<String, String>,
}

impl Chains {
    /// The chains of the account, computed once.
    #[must_use]
    pub fn of(world: &dyn World, access: &Access) -> Arc<Self> {
        memo(world, "iam/chains", || Self::build(access))
    }

    /// Breadth first, backwards from the administrators, so that each chain is a shortest one.
    fn build(access: &Access) -> Self {
        let all: Vec<&Principal> =
            access.principals.values().filter_map(|p| p.as_ref().ok()).collect();
        let mut next: BTreeMap<String, String> = BTreeMap::new();
        let admins: Vec<&Principal> =
            all.iter().copied().filter(|p| !p.admin().is_empty()).collect();
        let mut open: VecDeque<&Principal> =
            admins.iter().copied().filter(|p| p.kind == Kind::Role).collect();
        let done: std::collections::BTreeSet<&str> = admins.iter().map(|p| p.id.as_str()).collect();
        while let Some(role) = open.pop_front() {
            for who in &all {
                if done.contains(who.id.as_str())
                    || next.contains_key(&who.id)
                    || trusts(role, who) <= Trust::Perhaps
                    || !assumes(who, role).yes
                {
                    continue;
                }
                next.insert(who.id.clone(), role.id.clone());
                if who.kind == Kind::Role {
                    open.push_back(who);
                }
            }
        }
        Self { next }
    }

    /// The roles that a principal assumes one after another, the administrator last; empty if it
    /// reaches none.
    #[must_use]
    pub fn hops(&self, id: &str) -> Vec<String> {
        let mut out = Vec::new();
        let mut at = id;
        while let Some(role) = self.next.get(at) {
            out.push(role.clone());
            at = role;
        }
        out
    }
}
