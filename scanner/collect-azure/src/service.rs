//! The descriptor of a service.

use futures_util::future::BoxFuture;

use crate::{Cx, Operation};

/// Whether a service is asked once for the tenant or once for each subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Once for the tenant. Its types have `listing: {scope: tenant}`.
    Tenant,
    /// Once for each subscription.
    Subscription,
}

/// All facts of one service's collector.
pub struct Service {
    /// The name that flags and events use (`storage`).
    pub name: &'static str,
    /// Where it is asked.
    pub scope: Scope,
    /// Every operation that it may call. Anything else is refused.
    pub operations: &'static [&'static Operation],
    /// The types whose listings it is responsible for. It may write documents of these types only.
    pub types: &'static [&'static str],
    /// Collects. Never fails: what it cannot read becomes gaps and listing states.
    pub collect: fn(Cx) -> BoxFuture<'static, ()>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("name", &self.name).finish_non_exhaustive()
    }
}
